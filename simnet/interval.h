/* How long to work between two checkpoints. */
#ifndef PREACHES_SIMNET_INTERVAL_H
#define PREACHES_SIMNET_INTERVAL_H

#include <glib.h>

typedef enum SimIntervalKind {
    SIM_INTERVAL_FIXED,
    SIM_INTERVAL_YOUNG,   /* J. W. Young, CACM 17(9), 1974 */
    SIM_INTERVAL_DALY,    /* J. T. Daly, FGCS 22(3), 2006, the higher-order estimate */
    SIM_INTERVAL_ADAPTIVE /* as long as a recovery still ends within a target, by what was seen */
} SimIntervalKind;
extern const char *const sim_interval_names[]; /* by kind, NULL-terminated */

typedef struct SimInterval {
    SimIntervalKind kind;
    gint64 fixed_ns;
    double mtbf_ns;    /* Young, Daly: mean time between failures of the job */
    gint64 target_ns;  /* adaptive: from a failure until the lost work is done again */
} SimInterval;

/* What an epoch and a recovery cost, as last seen. */
typedef struct SimIntervalSeen {
    gint64 cost_ns;    /* of a checkpoint, to the job */
    gint64 commit_ns;  /* from a checkpoint's begin until it counts */
    gint64 recover_ns; /* from a failure to the first work */
} SimIntervalSeen;

/* Work time until the next checkpoint, at least 1 ms. */
gint64 sim_interval_next(const SimInterval *interval, const SimIntervalSeen *seen);

double sim_interval_young(double cost, double mtbf);
double sim_interval_daly(double cost, double mtbf);
/* Expected time for `work` with failures by an exponential law at all times, a checkpoint of `cost`
 * after every `interval` of work, and `restart` after each failure (Daly 2006, equation 20's exact
 * form): mtbf e^(restart / mtbf) (e^((interval + cost) / mtbf) - 1) work / interval. */
double sim_interval_expected(double work, double interval, double cost, double restart, double mtbf);

#endif
