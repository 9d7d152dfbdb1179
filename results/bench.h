/* The project's own figures: those that cannot change by chance are gated against a file of accepted
 * values, the others are measured and shown beside their references. */
#ifndef PREACHES_RESULTS_BENCH_H
#define PREACHES_RESULTS_BENCH_H

#include "table.h"
#include <gio/gio.h>

/* Columns metric, value, unit, reference, ratio, target, ok, gate (yes: deterministic). NULL and error
 * when a part cannot be run. `names`: only these parts; empty: all. gated_only: without figures that take
 * long and are not gated. */
LabTable *lab_bench_run(const char *home, const char *const *names, gboolean gated_only,
                        GCancellable *cancel, gboolean quiet, GError **error);
/* Gated metrics of `accepted` that are missing in `now` or differ by more than 1%; lines for each are
 * appended to `report`. Puts the accepted values into `now` as references. */
guint lab_bench_check(LabTable *now, const LabTable *accepted, GString *report);

#endif
