/* `preaches-lab calibrate`: what the real core costs on this machine, as a calibration file. */
#ifndef PREACHES_RESULTS_CALIBRATE_H
#define PREACHES_RESULTS_CALIBRATE_H

#include "../simnet/calibration.h"

#include <gio/gio.h>

/* Runs each program ("tree 20000 1": one of build/workloads or a path, and its arguments) to the
 * middle of its polls, takes a checkpoint for all architectures it is built for, kills it, and
 * restarts it. Sizes are the images'; the costs are medians over programs, the pause's by least
 * squares against the state. `say` hears of each program. */
SimCalibration *lab_calibrate(const char *home, const char *const *programs,
                              void (*say)(const char *text), GCancellable *cancel, GError **error);

#endif
