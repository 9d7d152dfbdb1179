/* `preaches-lab flows`: a folder of flows through the network alone, as a table. */
#ifndef PREACHES_RESULTS_FLOWTABLE_H
#define PREACHES_RESULTS_FLOWTABLE_H

#include "table.h"

/* Columns flow, finish_s (seconds to the nanosecond; negative: failed at that time), rows in the order
 * of the folder's flows.csv. `model`: one of sim_net_model_names. Errors carry FILE:LINE. */
LabTable *lab_flow_table(const char *folder, const char *model, GError **error);

#endif
