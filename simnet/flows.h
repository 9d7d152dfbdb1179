/* A folder of flows to run through the network alone: hosts.csv links.csv routes.csv flows.csv and
 * perhaps events.csv, as in tests/golden/simgrid. */
#ifndef PREACHES_SIMNET_FLOWS_H
#define PREACHES_SIMNET_FLOWS_H

#include "network.h"

typedef struct SimFlowEnd {
    char *name;
    double finish_s; /* negative: failed at that time */
} SimFlowEnd;

/* One element a flow, in the file's order (free with g_array_unref). Errors carry FILE:LINE. */
GArray *sim_flows_run(const char *folder, const SimNetModel *model, GError **error);

#endif
