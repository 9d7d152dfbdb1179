/* Calibration files: what the real core was measured to cost, for mode=model. Strict INI with units,
 * written by `preaches-lab calibrate`:
 *
 *   [costs]                  fork=310us  fork_page=12ns  convert=2900000000B/s  copy_speedup=3.1
 *                            map=900us  frame=2us  memory=8000000000B/s
 *                            agents=yes  prepare=20ms  decide=60ms  start_s390x=70ms
 *   [program tree 20000 1]   state=960000B  x86_64=0;1048576;4096;512;5  s390x=2;…
 *
 * Each key on a line of its own; an architecture's value is its layout class, the bytes of its image,
 * of the image's head and globals, and the frames. Costs are those of a speed-1 host: a platform's
 * host converts at `convert` times its speed. */
#ifndef PREACHES_SIMNET_CALIBRATION_H
#define PREACHES_SIMNET_CALIBRATION_H

#include "costs.h"
#include "sizes.h"

typedef struct SimCalibrated {
    char *name; /* "tree 20000 1" */
    SimSizes sizes;
} SimCalibrated;

typedef struct SimCalibration {
    SimCosts costs;
    double convert_bps;
    GPtrArray *programs; /* SimCalibrated, in file order */
} SimCalibration;

SimCalibration *sim_calibration_new(void); /* costs as mode=live's, no programs */
/* Errors: PREACHES_ERROR_USAGE with FILE:LINE. */
SimCalibration *sim_calibration_load(const char *path, GError **error);
void sim_calibration_free(SimCalibration *calibration);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimCalibration, sim_calibration_free)
/* The file's text. g_free. */
char *sim_calibration_text(const SimCalibration *calibration);
/* NULL: not in the file. */
const SimSizes *sim_calibration_find(const SimCalibration *calibration, const char *name);

#endif
