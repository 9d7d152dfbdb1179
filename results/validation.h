/* Is the simulator right? Its predictions against runs of mode=real (E19), and what it is calibrated
 * with: other runs than those that are scored. */
#ifndef PREACHES_RESULTS_VALIDATION_H
#define PREACHES_RESULTS_VALIDATION_H

#include "sweep.h"
#include "table.h"

/* Takes from runs of mode=real what only they tell: `prepare` from those without failures, `decide` and
 * the starts of their targets' architectures from the others, all by medians. Sets as_agents. FALSE: a
 * program is not in the calibration, or nothing can be told. */
gboolean lab_calibrate_network(SimCalibration *calibration, const LabPlan *plan,
                               const LabTable *runs, GError **error);

/* Columns of validation.csv; NULL-terminated. */
extern const char *const lab_validation_columns[];
/* Appends a row for each arm of the plan: predicted and measured propagate_ns where nothing fails, else
 * first_work_ns; the median of the replications. */
gboolean lab_validation_add(LabTable *table, const char *name, const LabPlan *plan,
                            const LabTable *runs, const SimCalibration *calibration, GError **error);

typedef struct LabValidation {
    guint scenarios;
    double median, worst; /* of |predicted / measured - 1| */
} LabValidation;
LabValidation lab_validation_score(const LabTable *table);

/* DIR/validation.csv, DIR/validation.svg and .png. */
gboolean lab_validation_write(const LabTable *table, const char *scripts, const char *dir,
                              GCancellable *cancel, GError **error);

#endif
