/* Laws of random times: how long hosts live and how long repairs take. Times are nanoseconds. Draws
 * are the same bits on every machine. */
#ifndef PREACHES_SIMNET_LAW_H
#define PREACHES_SIMNET_LAW_H

#include "random.h"

typedef enum SimLawKind {
    SIM_LAW_NEVER,       /* no end: draws G_MAXINT64 */
    SIM_LAW_FIXED,       /* always the mean */
    SIM_LAW_EXPONENTIAL, /* by mean */
    SIM_LAW_WEIBULL,     /* by shape and mean */
    SIM_LAW_LOGNORMAL    /* by sigma of the logarithm (`shape`) and mean */
} SimLawKind;

typedef struct SimLaw { /* sim_law_init; copied freely */
    SimLawKind kind;
    double mean_ns, shape;
    double scale_ns; /* Weibull's scale; lognormal: e^mu */
} SimLaw;

extern const char *const sim_law_names[]; /* by kind, NULL-terminated */

/* By the mean (> 0) and, where the kind has one, the shape (> 0). */
SimLaw sim_law_init(SimLawKind kind, double mean_ns, double shape);
/* By the scale: Weibull's, or e^mu of the lognormal. The mean follows. */
SimLaw sim_law_by_scale(SimLawKind kind, double scale_ns, double shape);
/* At least 1 ns, at most G_MAXINT64. */
gint64 sim_law_draw(const SimLaw *law, SimStream *stream);
/* P(time <= t). */
double sim_law_cdf(const SimLaw *law, double t_ns);

#endif
