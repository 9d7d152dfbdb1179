/* Experiments of mode=real that are run for their measurements: `preaches-lab validate FILE.ini...` and
 * `calibrate --real=FILE.ini`. */
#ifndef PREACHES_RESULTS_REALSUITE_H
#define PREACHES_RESULTS_REALSUITE_H

#include "validation.h"

typedef struct LabSuite {
    const char *home, *build; /* sweep.h, config.h */
    const char *out;          /* a folder for each file's results below it; what is done is kept */
    const char *const *overrides;
    gboolean quiet;
    GCancellable *cancel;
} LabSuite;

/* Runs the experiment and calibrates with it. */
gboolean lab_suite_calibrate(const LabSuite *suite, const char *file, SimCalibration *calibration,
                             GError **error);
/* Runs the experiments and compares: OUT/validation.csv, .svg, .png. */
gboolean lab_suite_validate(const LabSuite *suite, const char *const *files,
                            const SimCalibration *calibration, LabValidation *score, GError **error);

#endif
