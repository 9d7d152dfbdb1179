/* Laws fitted to times by maximum likelihood, and how well they fit. */
#ifndef PREACHES_SIMNET_FIT_H
#define PREACHES_SIMNET_FIT_H

#include "failtrace.h"
#include "law.h"

typedef struct SimFit {
    SimLaw law;
    guint n;
    double log_likelihood; /* of times in seconds */
    double aic;            /* 2 * parameters - 2 * log_likelihood: the law with the least is best */
    double ks;             /* Kolmogorov and Smirnov's distance to the sample's distribution. Its usual
                              p-values do not hold for a law fitted to the same sample. */
} SimFit;

/* `ns` holds times above 0, at least two different ones (any number for the exponential); it is
 * sorted. FALSE: too few. Exponential, Weibull (Newton's method for the shape) or lognormal. */
gboolean sim_fit(SimLawKind kind, double *ns, guint n, SimFit *fit);

typedef enum SimFitQuantity {
    SIM_FIT_BETWEEN,        /* failures of one node, from one's beginning to the next one's */
    SIM_FIT_UPTIME,         /* of a node, from a repair to the next failure: what a model's hosts live */
    SIM_FIT_REPAIR,         /* from failure to repair */
    SIM_FIT_BETWEEN_SYSTEM, /* failures of any node */
    SIM_FIT_N_QUANTITIES
} SimFitQuantity;
extern const char *const sim_fit_quantity_names[]; /* NULL-terminated */

/* The times of a trace (double, ns). What is before a node's first failure and after its last is not
 * known whole and is left out; so are times of nothing (*n_nothing), which no law here can draw. */
GArray *sim_fit_times(const SimFailTrace *trace, SimFitQuantity quantity, guint *n_nothing);

#endif
