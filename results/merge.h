/* The results of shards put together: folders that `preaches-lab run --shard=K/N` left become one, in
 * the order of the plan, as if one job had done all of it.
 *
 * The folders must be of one plan (their plan.csv are equal). A run that stands in several must be the
 * same in all of them, but for what was measured with a clock. */
#ifndef PREACHES_RESULTS_MERGE_H
#define PREACHES_RESULTS_MERGE_H

#include "runner.h"

/* Writes OUT/runs/ID.csv, OUT/plan.csv and OUT/runs.csv; `outcome->failed` counts the runs of the plan
 * that no folder has. `folders`: at least one, NULL-terminated; OUT may be one of them. FALSE and error:
 * different plans (usage), a run that differs (failed), a damaged file. */
gboolean lab_merge(const char *const *folders, const char *out, LabTable **runs,
                   LabOutcome *outcome, GError **error);

#endif
