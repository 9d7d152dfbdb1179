/* What the simulator expects of one run of an experiment: an undisturbed epoch and one recovery, phase
 * by phase, from the parts that mode=model is made of. For `preaches-lab explain` and `validate`. */
#ifndef PREACHES_RESULTS_PREDICTION_H
#define PREACHES_RESULTS_PREDICTION_H

#include "sweep.h"

#include "../simnet/electiontime.h"
#include "../simnet/profile.h"

typedef struct LabPrediction {
    const SimPlatform *platform; /* borrowed, as all but `epoch` */
    const SimSizes *sizes;
    const SimCosts *costs;
    const SimPolicy *policy;
    guint primary;
    SimElection election;       /* its timeout_ns and beat_ns always; the rest as agents */
    SimProfile *epoch;
    const SimProfileCopy *copy; /* that the job goes on from; NULL: from its beginning */
    const SimSizesArch *native; /* there */
    gint64 detect_ns, select_ns; /* on average; as agents: half of all cases take longer than both */
    gint64 late_ns, load_ns;    /* late: before load, where what lies there is not native */
    gint64 rebuild_ns;
    gint64 first_work_ns; /* from the failure: all five */
} LabPrediction;

/* NULL and error: the platform has no host for the source, or the calibration no such program.
 * `config` and `calibration` are borrowed. lab_prediction_free. */
LabPrediction *lab_prediction_new(const LabConfig *config, const LabRun *run,
                                  const SimCalibration *calibration, GError **error);
void lab_prediction_free(LabPrediction *prediction);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LabPrediction, lab_prediction_free)

#endif
