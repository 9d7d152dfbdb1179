/* One run of mode=real: a network of workstations on this machine, a job given to the agent of the
 * first host of its source architecture, the failures as planned but by the clock, and what the agents'
 * events say of it. Wall-clock: one at a time, or they disturb each other. */
#ifndef PREACHES_RESULTS_REALRUN_H
#define PREACHES_RESULTS_REALRUN_H

#include "../simnet/world.h"

typedef struct LabRealSpec {
    const SimRunSpec *run;  /* faults[].at_ns: from the program's first useful work on */
    const char *network;    /* realnet.h */
    double loss;            /* share of the frames that get lost */
    const char *compress;   /* of what goes to peers: "none", "zstd", "lz4" */
    const char *kind;       /* of the failures: "crash", "cut" (off the network), "stop" (SIGSTOP) */
} LabRealSpec;

/* As sim_world_run(), measured. FALSE and error (PREACHES_ERROR_USAGE: not on this machine or platform). */
gboolean lab_real_run(const LabRealSpec *spec, SimRunResult *result, GError **error);

#endif
