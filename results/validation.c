#include "validation.h"
#include "../core/agent/proc.h"
#include "plot.h"
#include "prediction.h"
#include "summary.h"

#include <math.h>
#include <string.h>

const char *const lab_validation_columns[] = {
    "scenario", "quantity", "platform", "workload", "args", "source_arch", "target_arch", "strategy",
    "replicas", "timeout_ns", "replications", "predicted_ns", "measured_ns", "ratio", NULL};
enum { PREDICTED = 11, MEASURED, RATIO };

/* ---- runs and their rows ---- */

static int row_of(const LabTable *runs, const LabRun *run)
{
    int id = lab_table_column(runs, "run_id");
    for (guint i = 0; i < runs->rows->len; i++)
        if (g_str_equal(lab_table_cell(runs, i, id), run->id))
            return (int)i;
    return -1;
}

/* A column of a run's row; FALSE: it did not run, or has nothing there. */
static gboolean measured(const LabTable *runs, const LabRun *run, const char *column, double *value)
{
    gint64 number;
    int row = row_of(runs, run);
    if (row < 0 || !lab_table_int(runs, (guint)row, lab_table_column(runs, column), &number))
        return FALSE;
    *value = (double)number;
    return TRUE;
}

static gboolean has_failures(const LabRun *run) { return lab_time_ns(run->value[LAB_MTTF]) > 0; }

/* ---- calibration ---- */

typedef struct Fit {
    GArray *prepare;             /* ns */
    GArray *decide;              /* ns, each recovery's */
    GArray *start[PR_N_ARCHES];  /* ns */
} Fit;

static void add(GArray *values, double value) { g_array_append_val(values, value); }

/* What is left of the measured times when everything that is known is taken away. */
static void take_run(Fit *fit, const LabTable *runs, const LabRun *run, const LabPrediction *p)
{
    double propagate, select, load, rebuild;
    if (!has_failures(run)) {
        if (measured(runs, run, "propagate_ns", &propagate))
            add(fit->prepare, propagate - (double)p->epoch->propagate_ns);
        return;
    }
    if (!p->copy || !measured(runs, run, "select_ns", &select) ||
        !measured(runs, run, "load_ns", &load) || !measured(runs, run, "rebuild_ns", &rebuild))
        return;
    gsize arch = (gsize)(pr_arch_find(run->value[LAB_TARGET]) - pr_arches);
    gint64 start_ns = sim_platform_host(p->platform, p->copy->host)->start_ns;
    add(fit->decide, (select - (double)p->select_ns) / sim_election_rounds(&p->election));
    add(fit->start[arch],
        load + rebuild - (double)(p->late_ns + p->load_ns + p->rebuild_ns - start_ns));
}

static double median(GArray *values)
{
    return lab_stats((double *)(gpointer)values->data, values->len).median;
}

static void settle(Fit *fit, SimCosts *costs)
{
    if (fit->prepare->len)
        costs->prepare_ns = (gint64)fmax(median(fit->prepare), 0);
    if (fit->decide->len)
        costs->decide_ns = (gint64)fmax(median(fit->decide), 0);
    for (guint a = 0; a < PR_N_ARCHES; a++)
        if (fit->start[a]->len)
            costs->start_ns[a] = (gint64)fmax(median(fit->start[a]), 1);
}

gboolean lab_calibrate_network(SimCalibration *calibration, const LabPlan *plan,
                               const LabTable *runs, GError **error)
{
    Fit fit;
    gboolean ok = TRUE;
    fit.prepare = g_array_new(FALSE, FALSE, sizeof(double));
    fit.decide = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint a = 0; a < PR_N_ARCHES; a++)
        fit.start[a] = g_array_new(FALSE, FALSE, sizeof(double));
    calibration->costs.as_agents = TRUE;
    calibration->costs.prepare_ns = calibration->costs.decide_ns = 0;
    for (guint i = 0; i < plan->runs->len && ok; i++) {
        const LabRun *run = plan->runs->pdata[i];
        g_autoptr(LabPrediction) p = lab_prediction_new(plan->config, run, calibration, error);
        ok = p != NULL;
        if (ok)
            take_run(&fit, runs, run, p);
    }
    if (ok && !fit.prepare->len && !fit.decide->len) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: no run tells anything",
                    plan->config->path);
        ok = FALSE;
    }
    if (ok)
        settle(&fit, &calibration->costs);
    g_array_unref(fit.prepare);
    g_array_unref(fit.decide);
    for (guint a = 0; a < PR_N_ARCHES; a++)
        g_array_unref(fit.start[a]);
    return ok;
}

/* ---- validation ---- */

static gboolean same_arm(const LabRun *a, const LabRun *b)
{
    for (guint i = 0; i < LAB_N_KEYS; i++)
        if (g_strcmp0(a->value[i], b->value[i]) != 0)
            return FALSE;
    return a->program == b->program;
}

static void add_row(LabTable *table, const char *name, const LabPlan *plan, const LabRun *run,
                    const LabStats *stats, double predicted_ns, double measured_ns)
{
    g_autoptr(GStrvBuilder) row = g_strv_builder_new();
    g_autofree char *scenario = g_strdup_printf("%s-%u", name, table->rows->len + 1);
    g_autofree char *timeout = g_strdup_printf("%" G_GINT64_FORMAT,
                                               lab_time_ns(run->value[LAB_DETECTOR]));
    g_autofree char *n = g_strdup_printf("%u", stats->n);
    g_autofree char *predicted = g_strdup_printf("%.0f", predicted_ns);
    g_autofree char *was = g_strdup_printf("%.0f", measured_ns);
    g_autofree char *ratio = g_strdup_printf("%.4f", predicted_ns / measured_ns);
    g_strv_builder_add_many(row, scenario, has_failures(run) ? "recovery" : "propagation",
                            sim_platform_name(plan->config->platform), run->program->name,
                            run->value[LAB_ARGS], run->value[LAB_SOURCE], run->value[LAB_TARGET],
                            run->value[LAB_STRATEGY], run->value[LAB_REPLICAS], timeout, n,
                            predicted, was, ratio, NULL);
    lab_table_take(table, g_strv_builder_end(row));
}

/* All replications of one run of the plan, which is the first of them. */
static gboolean add_arm(LabTable *table, const char *name, const LabPlan *plan, const LabRun *first,
                        const LabTable *runs, const SimCalibration *calibration, GError **error)
{
    gboolean recovery = has_failures(first);
    g_autoptr(LabPrediction) p = lab_prediction_new(plan->config, first, calibration, error);
    g_autofree double *values = g_new(double, plan->runs->len);
    guint n = 0;
    if (!p)
        return FALSE;
    for (guint i = first->index; i < plan->runs->len; i++)
        if (same_arm(first, plan->runs->pdata[i]) &&
            measured(runs, plan->runs->pdata[i], recovery ? "first_work_ns" : "propagate_ns",
                     &values[n]))
            n++;
    if (n == 0) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: a scenario was not measured",
                    plan->config->path);
        return FALSE;
    }
    LabStats stats = lab_stats(values, n);
    add_row(table, name, plan, first, &stats,
            (double)(recovery ? p->first_work_ns : p->epoch->propagate_ns),
            stats.median);
    return TRUE;
}

gboolean lab_validation_add(LabTable *table, const char *name, const LabPlan *plan,
                            const LabTable *runs, const SimCalibration *calibration, GError **error)
{
    for (guint i = 0; i < plan->runs->len; i++) {
        const LabRun *run = plan->runs->pdata[i];
        if (run->replication == 1 &&
            !add_arm(table, name, plan, run, runs, calibration, error))
            return FALSE;
    }
    return TRUE;
}

LabValidation lab_validation_score(const LabTable *table)
{
    g_autofree double *errors = g_new0(double, table->rows->len + 1);
    LabValidation score = {.scenarios = table->rows->len};
    for (guint i = 0; i < table->rows->len; i++) {
        errors[i] = fabs(g_ascii_strtod(lab_table_cell(table, i, RATIO), NULL) - 1);
        score.worst = fmax(score.worst, errors[i]);
    }
    score.median = lab_stats(errors, table->rows->len).median;
    return score;
}

gboolean lab_validation_write(const LabTable *table, const char *scripts, const char *dir,
                              GCancellable *cancel, GError **error)
{
    LabValidation score = lab_validation_score(table);
    g_autoptr(GString) data = g_string_new(NULL);
    g_autofree char *csv = g_build_filename(dir, "validation.csv", NULL);
    g_autofree char *title =
        g_strdup_printf("Simulator against a real network: median error %.1f%%, worst %.1f%%",
                        100 * score.median, 100 * score.worst);
    for (guint i = 0; i < table->rows->len; i++)
        g_string_append_printf(data, "%u %d %s %s\n", i + 1,
                               g_str_equal(lab_table_cell(table, i, 1), "recovery"),
                               lab_table_cell(table, i, MEASURED), lab_table_cell(table, i, RATIO));
    return lab_table_write(table, csv, error) &&
           lab_plot_data("validation", data, table->rows->len, title, scripts, dir, cancel, error);
}
