/* `preaches-lab fit`: laws fitted to a trace of failures, as a table. */
#ifndef PREACHES_RESULTS_FITTABLE_H
#define PREACHES_RESULTS_FITTABLE_H

#include "../simnet/failtrace.h"
#include "table.h"

/* Columns quantity, law, n, left_out (times of nothing), mean_s, shape, scale_s, log_likelihood, aic,
 * ks, best (yes: least aic of its quantity). Shape and scale are Weibull's; of the lognormal: sigma,
 * and e^mu. */
LabTable *lab_fit_table(const SimFailTrace *trace);
/* The same as JSON, with the trace's records and every problem found in it. g_free. */
char *lab_fit_json(const LabTable *table, const SimFailTrace *trace);

#endif
