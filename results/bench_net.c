/* Agents on a real network: the experiments papers/validation/bench-*.ini. */
#include "../core/agent/proc.h"
#include "bench_rows.h"
#include "realnet.h"
#include "runner.h"
#include "summary.h"

#include <math.h>
#include <string.h>

#define LINK_BPS       1e9
#define FIRST_WORK_MS  1000
#define LINK_TARGET    0.9

static const char propagation[] = "net.propagate_256mib_rate";
static const char recovery[] = "net.first_work_64mib";

/* A column's value in the rows of one strategy; the median. NAN: none. */
static double value_of(const LabTable *runs, const char *strategy, const char *column)
{
    g_autofree double *values = g_new(double, runs->rows->len + 1);
    int at = lab_table_column(runs, column), which = lab_table_column(runs, "strategy");
    guint n = 0;
    for (guint i = 0; i < runs->rows->len; i++) {
        gint64 value;
        if (g_str_equal(lab_table_cell(runs, i, which), strategy) &&
            lab_table_int(runs, i, at, &value))
            values[n++] = (double)value;
    }
    return n ? lab_stats(values, n).median : NAN;
}

static void add_propagation(LabTable *table, const LabTable *runs)
{
    double spent = value_of(runs, "P", "convert_ns") + value_of(runs, "P", "propagate_ns") +
                   value_of(runs, "P", "commit_ns");
    double lost = value_of(runs, "P", "total_ns") - value_of(runs, "0", "total_ns");
    lab_bench_measured(table, propagation,
                       value_of(runs, "P", "image_bytes") * 8 /
                           (value_of(runs, "P", "propagate_ns") * 1e-9),
                       "bit/s (reference: the link)", LINK_BPS, LINK_TARGET);
    lab_bench_shown(table, "net.propagate_256mib_slowdown",
                    1 + lost / (spent * value_of(runs, "P", "epochs")),
                    "x, of the job while an epoch is made and sent");
}

static void add_recovery(LabTable *table, const LabTable *runs)
{
    static const char *const phases[] = {"detect", "select", "load", "rebuild"};
    lab_bench_measured(table, recovery, value_of(runs, "H", "first_work_ns") * 1e-6,
                       "ms (time-out 200 ms)", FIRST_WORK_MS, -1);
    for (guint i = 0; i < G_N_ELEMENTS(phases); i++) {
        g_autofree char *metric = g_strdup_printf("%s_%s", recovery, phases[i]);
        g_autofree char *column = g_strdup_printf("%s_ns", phases[i]);
        lab_bench_shown(table, metric, value_of(runs, "H", column) * 1e-6, "ms");
    }
}

/* Runs the experiment whose name is given; what it measured goes through `add`. */
static gboolean bench_file(LabTable *table, const char *home, const char *scratch, const char *name,
                           void (*add)(LabTable *, const LabTable *), GCancellable *cancel,
                           GError **error)
{
    g_autofree char *file = g_strdup_printf("%s/papers/validation/%s.ini", home, name);
    g_autofree char *out = g_build_filename(scratch, name, NULL);
    g_autoptr(LabConfig) config = lab_config_load(file, NULL, home, error);
    g_autoptr(LabPlan) plan = config ? lab_plan_new(config, "bench", error) : NULL;
    LabRunnerOptions options = {.out = out, .jobs = 1, .quiet = TRUE, .cancel = cancel};
    LabOutcome outcome;
    LabTable *runs = NULL;
    gboolean ok = plan && lab_runner_run(plan, &options, &runs, &outcome, error);
    if (ok && outcome.failed + outcome.mismatched > 0) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: %u runs failed, %u with "
                    "another output", file, outcome.failed, outcome.mismatched);
        ok = FALSE;
    }
    if (ok)
        add(table, runs);
    if (runs)
        lab_table_free(runs);
    return ok;
}

gboolean lab_bench_network(LabTable *table, const char *home, const char *scratch,
                           GCancellable *cancel, GError **error)
{
    g_autoptr(GError) why = NULL;
    if (lab_net_permitted(&why))
        return bench_file(table, home, scratch, "bench-propagation", add_propagation, cancel,
                          error) &&
               bench_file(table, home, scratch, "bench-recovery", add_recovery, cancel, error);
    lab_bench_skipped(table, propagation, why->message);
    lab_bench_skipped(table, recovery, why->message);
    return TRUE;
}
