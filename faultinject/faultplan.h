/* Fault plans: which failures a simulated run will meet, drawn before it begins from named streams.
 * A plan depends on (law, seed, replication, stream name, horizon) alone, so the arms of an
 * experiment meet the same failures, and a longer horizon only adds failures at the end. */
#ifndef PREACHES_FAULTINJECT_FAULTPLAN_H
#define PREACHES_FAULTINJECT_FAULTPLAN_H

#include "simnet/world.h"

typedef enum FaultDistribution { FAULT_EXPONENTIAL, FAULT_WEIBULL } FaultDistribution;

typedef struct FaultLaw {
    FaultDistribution distribution;
    gint64 mttf_ns;        /* mean time between failures; <= 0: none by time */
    double shape;          /* Weibull; 1 is the exponential; > 0 */
    gint64 repair_ns;      /* < 0: never repaired */
    gboolean at_least_one; /* the first failure falls within the horizon: its time is drawn from the
                              law on condition that it does */
    const char *const *points; /* "write:3", NULL-terminated; NULL: failures by time only */
    double point_share;        /* of the failures, that happen at one of the points instead */
    guint64 epochs; /* point failures happen at checkpoint 1…epochs, evenly; 0: at the first */
    double holder_share; /* of the failures, that hit the target's holder, not the primary */
    guint maximum;       /* failures in all; 0: no bound but the library's own of 10000 */
} FaultLaw;

/* Array of SimFault in the order of their times (point failures stand where their time would have
 * been); fault_plan_free() frees it. `law` is only read; the points are copied. */
GArray *fault_plan_draw(const FaultLaw *law, guint64 seed, guint64 replication,
                        const char *stream_name, gint64 horizon_ns);
void fault_plan_free(GArray *plan);

#endif
