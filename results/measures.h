/* From the agents' steps to the figures of a row of runs.csv (README.md, mode=real). */
#ifndef PREACHES_RESULTS_MEASURES_H
#define PREACHES_RESULTS_MEASURES_H

#include "../simnet/world.h"
#include "stations.h"

/* Figures of the epochs that were committed: medians, of those begun after `from_ns` where there are any;
 * bytes of the newest. `steps`: LabStep, in the order of time. What there is nothing of is left as it is. */
void lab_measure_epochs(const GArray *steps, gint64 from_ns, SimRunResult *row);

/* The recovery from the failure at `failed_ns`: up to the first useful work after it. FALSE: there was
 * none. Each phase ends where the next begins, so their sum is first_work_ns. */
gboolean lab_measure_recovery(const GArray *steps, gint64 failed_ns, SimRunResult *row);

/* When the last of `n` workstations had the executables: from then on only checkpoints travel. -1: not
 * all have them yet. */
gint64 lab_measure_spread_ns(const GArray *steps, guint n);
/* Time of the job's first useful work, and of its end; -1: not yet. */
gint64 lab_measure_begin_ns(const GArray *steps);
gint64 lab_measure_end_ns(const GArray *steps);

#endif
