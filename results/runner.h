/* Runs a plan: several runs at a time, each result a file of its own, so that an interrupted job
 * goes on where it stopped.
 *
 *   OUT/baseline/    undisturbed runs, kept
 *   OUT/runs/ID.csv  one finished run each; an id that is there is not run again
 *   OUT/scratch/ID/  what a run works in; gone when the run is done
 *   OUT/plan.csv     every run of the plan, this shard's or not: position,run_id
 *   OUT/runs.csv     those that are done, in the order of the plan */
#ifndef PREACHES_RESULTS_RUNNER_H
#define PREACHES_RESULTS_RUNNER_H

#include "sweep.h"
#include "table.h"

typedef struct LabRunnerOptions {
    const char *out;      /* folder, created when it is not there */
    guint jobs;           /* runs at a time */
    guint shard, shards;  /* this job does every shards-th run, from the shard-th (1 = first); 0: all */
    SimTraceLevel trace;  /* of every run that is done, into OUT/trace/ID.trace */
    gboolean quiet;
    GCancellable *cancel;
} LabRunnerOptions;

typedef struct LabOutcome {
    guint runs, kept, failed, mismatched; /* kept: found from before */
} LabOutcome;

/* FALSE and error when nothing could be run (or G_IO_ERROR_CANCELLED); a run that fails is told on
 * standard error and counted. `*table` gets the rows of all finished runs, already written to
 * OUT/runs.csv; lab_table_free. */
gboolean lab_runner_run(const LabPlan *plan, const LabRunnerOptions *options, LabTable **table,
                        LabOutcome *outcome, GError **error);

#endif
