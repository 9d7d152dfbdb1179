/* The project's own figures: those that cannot change by chance are gated against a file of accepted
 * values, the others are measured and shown beside their references. */
#ifndef PREACHES_RESULTS_BENCH_H
#define PREACHES_RESULTS_BENCH_H

#include "table.h"
#include <gio/gio.h>

/* A table with the columns metric, value, unit, reference, ratio, target, ok, gate (yes: deterministic). */
LabTable *lab_bench_table(void);
/* Adds the rows of these parts; `names` empty: of all. gated_only: without figures that take long and are not
 * gated. FALSE and error when a part cannot be run; what was measured before stands in the table. */
gboolean lab_bench_run(LabTable *table, const char *home, const char *const *names, gboolean gated_only,
                       GCancellable *cancel, gboolean quiet, GError **error);
/* Gated metrics of `accepted` that are missing in `now` or differ by more than 1%; lines for each are
 * appended to `report`. Puts the accepted values into `now` as references. */
guint lab_bench_check(LabTable *now, const LabTable *accepted, GString *report);

#endif
