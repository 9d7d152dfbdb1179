#include "summary.h"
#include "../core/agent/proc.h"

#include <math.h>
#include <stdlib.h>

static const char *const arm_columns[] = {"experiment", "mode", "workload", "args", "source_arch",
                                          "target_arch", "strategy", "interval_ns", "arm"};
static const char *const metrics[] = {"first_work_ns", "lost_work_ns", "total_ns", "propagate_ns"};
static const char *const figures[] = {"median", "p10", "p90", "mean", "ci95"};

enum { N_ARM = G_N_ELEMENTS(arm_columns), N_METRICS = G_N_ELEMENTS(metrics),
       N_FIGURES = G_N_ELEMENTS(figures),
       AT_METRICS = N_ARM + 1, AT_FAILURES = AT_METRICS + N_METRICS * N_FIGURES,
       AT_MATCHES, N_COLUMNS };

/* ---- statistics ---- */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double *sorted, guint n, double q)
{
    double at = q * (n - 1);
    guint low = (guint)at;
    if (low + 1 >= n)
        return sorted[n - 1];
    return sorted[low] + (at - low) * (sorted[low + 1] - sorted[low]);
}

/* 97.5% quantile of Student's t; above the table by its expansion around the normal's. */
static double student(guint degrees)
{
    static const double t[] = {0,     12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
                               2.262, 2.228,  2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110,
                               2.101, 2.093,  2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
                               2.052, 2.048,  2.045, 2.042};
    if (degrees < G_N_ELEMENTS(t))
        return t[degrees];
    double z = 1.959964;
    return z + (z * z * z + z) / (4.0 * degrees);
}

LabStats lab_stats(double *values, guint n)
{
    LabStats stats = {.n = n};
    if (n == 0)
        return stats;
    qsort(values, n, sizeof *values, compare_doubles);
    stats.median = quantile(values, n, 0.5);
    stats.p10 = quantile(values, n, 0.1);
    stats.p90 = quantile(values, n, 0.9);
    for (guint i = 0; i < n; i++)
        stats.mean += values[i] / n;
    double squares = 0;
    for (guint i = 0; i < n; i++)
        squares += (values[i] - stats.mean) * (values[i] - stats.mean);
    if (n > 1)
        stats.ci95 = student(n - 1) * sqrt(squares / (n - 1) / n);
    return stats;
}

/* ---- arms ---- */

static int require(const LabTable *runs, const char *name, GError **error)
{
    int column = lab_table_column(runs, name);
    if (column < 0 && error && !*error)
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED, "runs.csv: no column '%s'",
                    name);
    return column;
}

static char *arm_key(const LabTable *runs, guint row, const int *arm)
{
    GString *key = g_string_new(NULL);
    for (guint i = 0; i < N_ARM; i++)
        g_string_append_printf(key, "%s\n", lab_table_cell(runs, row, arm[i]));
    return g_string_free(key, FALSE);
}

static gint64 sum(const LabTable *runs, const GArray *rows, const char *name)
{
    gint64 total = 0, value;
    for (guint i = 0; i < rows->len; i++)
        if (lab_table_int(runs, g_array_index(rows, guint, i), lab_table_column(runs, name), &value))
            total += value;
    return total;
}

static char *integer(double value)
{
    return g_strdup_printf("%.0f", value);
}

static void fill_metric(char **cells, const LabTable *runs, const GArray *rows, const char *metric)
{
    g_autofree double *values = g_new(double, rows->len);
    int column = lab_table_column(runs, metric);
    gint64 value;
    guint n = 0;
    for (guint i = 0; i < rows->len; i++)
        if (lab_table_int(runs, g_array_index(rows, guint, i), column, &value))
            values[n++] = (double)value;
    LabStats stats = lab_stats(values, n);
    const double shown[N_FIGURES] = {stats.median, stats.p10, stats.p90, stats.mean, stats.ci95};
    for (guint i = 0; i < N_FIGURES; i++)
        cells[i] = n == 0 || (i == N_FIGURES - 1 && n < 2) ? g_strdup("") : integer(shown[i]);
}

static char **summary_row(const LabTable *runs, const GArray *rows, const int *arm)
{
    char **cells = g_new0(char *, N_COLUMNS + 1);
    for (guint i = 0; i < N_ARM; i++)
        cells[i] = g_strdup(lab_table_cell(runs, g_array_index(rows, guint, 0), arm[i]));
    cells[N_ARM] = g_strdup_printf("%u", rows->len);
    for (guint i = 0; i < N_METRICS; i++)
        fill_metric(cells + AT_METRICS + i * N_FIGURES, runs, rows, metrics[i]);
    cells[AT_FAILURES] = g_strdup_printf("%" G_GINT64_FORMAT, sum(runs, rows, "failures"));
    cells[AT_MATCHES] = g_strdup_printf("%" G_GINT64_FORMAT, sum(runs, rows, "output_match"));
    return cells;
}

static LabTable *empty_summary(void)
{
    char *names[N_COLUMNS + 1] = {0};
    for (guint i = 0; i < N_ARM; i++)
        names[i] = g_strdup(arm_columns[i]);
    names[N_ARM] = g_strdup("n");
    for (guint i = 0; i < N_METRICS; i++)
        for (guint k = 0; k < N_FIGURES; k++)
            names[AT_METRICS + i * N_FIGURES + k] =
                g_strdup_printf("%s_%s", metrics[i], figures[k]);
    names[AT_FAILURES] = g_strdup("failures");
    names[AT_MATCHES] = g_strdup("matches");
    LabTable *table = lab_table_new((const char *const *)names);
    for (guint i = 0; i < N_COLUMNS; i++)
        g_free(names[i]);
    return table;
}

LabTable *lab_summary_new(const LabTable *runs, GError **error)
{
    int arm[N_ARM];
    for (guint i = 0; i < N_ARM; i++)
        if ((arm[i] = require(runs, arm_columns[i], error)) < 0)
            return NULL;
    for (guint i = 0; i < N_METRICS; i++)
        if (require(runs, metrics[i], error) < 0)
            return NULL;
    if (require(runs, "failures", error) < 0 || require(runs, "output_match", error) < 0)
        return NULL;
    g_autoptr(GHashTable) by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    for (guint i = 0; i < runs->rows->len; i++) {
        g_autofree char *key = arm_key(runs, i, arm);
        GArray *rows = g_hash_table_lookup(by_key, key);
        if (!rows) {
            rows = g_array_new(FALSE, FALSE, sizeof(guint));
            g_ptr_array_add(groups, rows);
            g_hash_table_insert(by_key, g_steal_pointer(&key), rows);
        }
        g_array_append_val(rows, i);
    }
    LabTable *table = empty_summary();
    for (guint i = 0; i < groups->len; i++)
        lab_table_take(table, summary_row(runs, groups->pdata[i], arm));
    return table;
}
