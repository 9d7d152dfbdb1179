/* From runs to arms: order statistics, means and their confidence, one row an arm. */
#ifndef PREACHES_RESULTS_SUMMARY_H
#define PREACHES_RESULTS_SUMMARY_H

#include "table.h"

/* Rows in the order in which the arms first appear in `runs`. NULL and error when a column of
 * runs.csv is missing. */
LabTable *lab_summary_new(const LabTable *runs, GError **error);

typedef struct LabStats {
    guint n;
    double median, p10, p90, mean;
    double ci95; /* half width of the mean's 95% confidence interval (Student); 0 with n < 2 */
} LabStats;

/* Sorts `values`. Quantiles by linear interpolation between order statistics. All 0 when n = 0. */
LabStats lab_stats(double *values, guint n);

#endif
