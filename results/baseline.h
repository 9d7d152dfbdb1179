/* The undisturbed run of a workload: what its output must be, and how many polls it passes. A real
 * run, natively, kept in a folder under a name that says which build it was. */
#ifndef PREACHES_RESULTS_BASELINE_H
#define PREACHES_RESULTS_BASELINE_H

#include "sweep.h"

typedef struct LabBaseline {
    char *output; /* file with the standard output */
    guint64 polls;
} LabBaseline;

/* `folder` exists; `scratch` is a new folder's name for the run, which is removed again. */
LabBaseline *lab_baseline_get(const LabRun *run, const char *folder, const char *scratch,
                              GCancellable *cancel, GError **error);
void lab_baseline_free(LabBaseline *baseline);
/* Names the baseline of a run; equal for runs that share it. g_free. */
char *lab_baseline_key(const LabRun *run);

#endif
