/* Each kind of plot turns the runs into points of named series, and writes them as one data file:
 * one block a series (two blank lines between blocks), its title in the first line. */
#include "plot.h"
#include "plot_model.h"
#include "../core/agent/proc.h"
#include "summary.h"

#include <math.h>
#include <string.h>

#define MIB (1024.0 * 1024.0)
#define NS 1e9

const char *const lab_plot_kinds[] = {"recovery",   "breakdown",  "overhead",
                                      "completion", "violations", "waste", NULL};

/* ---- series ---- */

typedef struct Series {
    const char *title;
    const char *strategy;
    enum { ANY_TARGET, SAME, OTHER } target;
} Series;

static const Series recovery_series[] = {
    {"H: native image, same architecture", "H", SAME},
    {"P: propagated image, same architecture", "P", SAME},
    {"P: propagated image, other architecture", "P", OTHER},
    {"L: converted at recovery, other architecture", "L", OTHER},
    {"0: from the beginning", "0", ANY_TARGET},
};
static const Series overhead_series[] = {
    {"H: own architecture only", "H", ANY_TARGET},
    {"L: raw image", "L", ANY_TARGET},
    {"P: every architecture, converted by the sender", "P", ANY_TARGET},
};

static gboolean in_series(const LabTable *runs, guint row, const Series *series)
{
    const char *source = lab_table_cell(runs, row, lab_table_column(runs, "source_arch"));
    const char *target = lab_table_cell(runs, row, lab_table_column(runs, "target_arch"));
    const char *strategy = lab_table_cell(runs, row, lab_table_column(runs, "strategy"));
    gboolean same = g_str_equal(source, target);
    return g_str_equal(strategy, series->strategy) &&
           (series->target == ANY_TARGET || same == (series->target == SAME));
}

/* Distinct values of "workload args" in order of appearance. */
static char *workload_of(const LabTable *runs, guint row)
{
    return g_strdup_printf("%s %s", lab_table_cell(runs, row, lab_table_column(runs, "workload")),
                           lab_table_cell(runs, row, lab_table_column(runs, "args")));
}

static GPtrArray *list_workloads(const LabTable *runs)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < runs->rows->len; i++) {
        g_autofree char *name = workload_of(runs, i);
        if (!g_ptr_array_find_with_equal_func(list, name, g_str_equal, NULL))
            g_ptr_array_add(list, g_steal_pointer(&name));
    }
    return list;
}

/* TRUE where the run went on from a checkpoint, or never had one to go on from. */
static gboolean went_on(const LabTable *runs, guint row)
{
    gint64 epoch;
    return g_str_equal(lab_table_cell(runs, row, lab_table_column(runs, "strategy")), "0") ||
           (lab_table_int(runs, row, lab_table_column(runs, "epoch_recovered"), &epoch) &&
            epoch > 0);
}

/* Statistics of a column over the rows of a series and workload (NULL: any). A failure before the
 * first commit starts the program again under every strategy: that is no recovery of its kind, and
 * does not count as a time to the next useful instruction. */
static LabStats stats_of(const LabTable *runs, const Series *series, const char *workload,
                         const char *column)
{
    gboolean recoveries = series && g_str_equal(column, "first_work_ns");
    g_autofree double *values = g_new(double, runs->rows->len + 1);
    int index = lab_table_column(runs, column);
    guint n = 0;
    for (guint i = 0; i < runs->rows->len; i++) {
        g_autofree char *name = workload_of(runs, i);
        gint64 value;
        if ((workload && !g_str_equal(name, workload)) || (series && !in_series(runs, i, series)))
            continue;
        if (recoveries && !went_on(runs, i))
            continue;
        if (lab_table_int(runs, i, index, &value))
            values[n++] = (double)value;
    }
    return lab_stats(values, n);
}

static void add_number(GString *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_printf(out, " %s", g_ascii_formatd(text, sizeof text, "%.9g", value));
}

static void begin_series(GString *out, const char *title)
{
    g_string_append_printf(out, "%s\"%s\"\n", out->len ? "\n\n" : "", title);
}

/* ---- recovery: state size against the time to the next useful instruction ---- */

static double state_mib(const LabTable *runs, const char *workload)
{
    return stats_of(runs, NULL, workload, "state_bytes").median / MIB;
}

static int compare_points(gconstpointer a, gconstpointer b)
{
    const double *x = a, *y = b;
    return (x[0] > y[0]) - (x[0] < y[0]);
}

static guint recovery_data(const LabTable *runs, GString *out)
{
    g_autoptr(GPtrArray) workloads = list_workloads(runs);
    guint n_series = 0;
    for (guint s = 0; s < G_N_ELEMENTS(recovery_series); s++) {
        g_autoptr(GArray) points = g_array_new(FALSE, FALSE, 4 * sizeof(double));
        for (guint w = 0; w < workloads->len; w++) {
            LabStats y = stats_of(runs, &recovery_series[s], workloads->pdata[w], "first_work_ns");
            /* bars of different series at one size stand beside each other */
            double shift = pow(1.02, (double)s - 2);
            double point[] = {state_mib(runs, workloads->pdata[w]) * shift, y.median / NS,
                              y.p10 / NS, y.p90 / NS};
            if (y.n > 0 && point[0] > 0)
                g_array_append_vals(points, point, 1);
        }
        if (points->len == 0)
            continue;
        g_array_sort(points, compare_points);
        begin_series(out, recovery_series[s].title);
        n_series++;
        for (guint i = 0; i < points->len; i++) {
            for (guint k = 0; k < 4; k++)
                add_number(out, ((double *)(gpointer)points->data)[i * 4 + k]);
            g_string_append_c(out, '\n');
        }
    }
    return n_series;
}

/* ---- breakdown: means, because they add up ---- */

static const char *const phases[] = {"detect_ns", "select_ns", "load_ns", "rebuild_ns",
                                     "lost_work_ns"};
static const char *const bar_titles[] = {"H\\nsame", "P\\nsame", "P\\nother",
                                         "L\\nother", "0\\nrestart"};

static guint breakdown_data(const LabTable *runs, GString *out)
{
    guint n_bars = 0;
    for (guint s = 0; s < G_N_ELEMENTS(recovery_series); s++) {
        if (stats_of(runs, &recovery_series[s], NULL, "first_work_ns").n == 0)
            continue;
        g_string_append_printf(out, "\"%s\"", bar_titles[s]);
        for (guint i = 0; i < G_N_ELEMENTS(phases); i++)
            add_number(out, stats_of(runs, &recovery_series[s], NULL, phases[i]).mean / NS);
        g_string_append_c(out, '\n');
        n_bars++;
    }
    return n_bars;
}

/* ---- overhead: completion time above that of the same workload with strategy 0 ---- */

static GArray *list_intervals(const LabTable *runs)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(double));
    int column = lab_table_column(runs, "interval_ns");
    for (guint i = 0; i < runs->rows->len; i++) {
        gint64 value;
        gboolean known = !lab_table_int(runs, i, column, &value);
        for (guint k = 0; k < list->len && !known; k++)
            known = fabs(g_array_index(list, double, k) - (double)value) < 0.5;
        double interval = known ? 0 : (double)value;
        if (!known)
            g_array_append_val(list, interval);
    }
    g_array_sort(list, compare_points);
    return list;
}

/* Overheads in percent of a series' runs at an interval; runs without a twin do not count. */
static LabStats overhead_of(const LabTable *runs, const Series *series, double interval)
{
    static const Series none = {"0", "0", ANY_TARGET};
    g_autofree double *values = g_new(double, runs->rows->len + 1);
    int total = lab_table_column(runs, "total_ns"), at = lab_table_column(runs, "interval_ns");
    guint n = 0;
    for (guint i = 0; i < runs->rows->len; i++) {
        gint64 ns, own;
        if (!in_series(runs, i, series) || !lab_table_int(runs, i, at, &own) ||
            fabs((double)own - interval) > 0.5 || !lab_table_int(runs, i, total, &ns))
            continue;
        g_autofree char *workload = workload_of(runs, i);
        LabStats base = stats_of(runs, &none, workload, "total_ns");
        if (base.n > 0 && base.median > 0)
            values[n++] = ((double)ns / base.median - 1) * 100;
    }
    return lab_stats(values, n);
}

static guint overhead_data(const LabTable *runs, GString *out)
{
    g_autoptr(GArray) intervals = list_intervals(runs);
    guint n_series = 0;
    /* with failures it is not the checkpoints that make the difference; one interval is no curve */
    if (stats_of(runs, NULL, NULL, "first_work_ns").n || intervals->len < 2)
        return 0;
    for (guint s = 0; s < G_N_ELEMENTS(overhead_series); s++) {
        gboolean begun = FALSE;
        for (guint i = 0; i < intervals->len; i++) {
            double interval = g_array_index(intervals, double, i);
            LabStats y = overhead_of(runs, &overhead_series[s], interval);
            if (y.n == 0)
                continue;
            if (!begun)
                begin_series(out, overhead_series[s].title);
            n_series += begun ? 0 : 1;
            begun = TRUE;
            const double point[] = {interval / NS, y.median, y.p10, y.p90};
            for (guint k = 0; k < 4; k++)
                add_number(out, point[k]);
            g_string_append_c(out, '\n');
        }
    }
    return n_series;
}

/* ---- gnuplot ---- */

static gboolean run_gnuplot(const char *const *argv, GCancellable *cancel, GError **error)
{
    g_autofree char *said = NULL;
    g_autoptr(GError) cause = NULL;
    g_autoptr(GSubprocess) process = g_subprocess_newv(
        argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE, error);
    if (!process)
        return FALSE;
    if (!g_subprocess_communicate_utf8(process, NULL, cancel, NULL, &said, &cause)) {
        g_subprocess_force_exit(process);
        g_subprocess_wait(process, NULL, NULL);
        g_propagate_error(error, g_steal_pointer(&cause));
        return FALSE;
    }
    if (g_subprocess_get_successful(process))
        return TRUE;
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "gnuplot: %s",
                said ? g_strstrip(said) : "failed");
    return FALSE;
}

/* Both pictures are drawn under other names first: a picture that is there is whole. */
static gboolean draw(const char *kind, const char *data, guint n, const char *title,
                     const char *scripts, const char *out, GCancellable *cancel, GError **error)
{
    g_autofree char *script = g_strdup_printf("%s/%s.gp", scripts, kind);
    g_autofree char *count = g_strdup_printf("%u", n);
    static const char *const terminals[] = {"svg", "png"};
    for (guint i = 0; i < G_N_ELEMENTS(terminals); i++) {
        g_autofree char *final = g_strdup_printf("%s/%s.%s", out, kind, terminals[i]);
        g_autofree char *new = g_strdup_printf("%s/plots/%s.%s.new", out, kind, terminals[i]);
        const char *const argv[] = {"gnuplot", "-c", script, data, new, terminals[i], title,
                                    count, scripts, NULL};
        g_autofree char *text = NULL;
        gsize bytes = 0;
        gboolean ok = run_gnuplot(argv, cancel, error) &&
                      g_file_get_contents(new, &text, &bytes, error) &&
                      lab_file_replace(final, text, (gssize)bytes, error);
        preaches_tree_remove(new);
        if (!ok)
            return FALSE;
    }
    return TRUE;
}

gboolean lab_plot_data(const char *kind, const GString *data, guint n, const char *title,
                       const char *scripts, const char *out, GCancellable *cancel, GError **error)
{
    g_autofree char *folder = g_build_filename(out, "plots", NULL);
    g_autofree char *path = g_strdup_printf("%s/%s.dat", folder, kind);
    if (g_mkdir_with_parents(folder, 0755) != 0) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: %s", folder,
                    g_strerror(errno));
        return FALSE;
    }
    return lab_file_replace(path, data->str, (gssize)data->len, error) &&
           draw(kind, path, n, title, scripts, out, cancel, error);
}

gboolean lab_plot(const LabTable *runs, const char *kind, const char *platform, const char *scripts,
                  const char *out, GCancellable *cancel, gboolean *drawn, GError **error)
{
    static const struct {
        const char *kind, *title;
        guint (*data)(const LabTable *, GString *);
    } kinds[] = {
        {"recovery", "Recovery from the last committed checkpoint", recovery_data},
        {"breakdown", "Recovery: where the time goes (means)", breakdown_data},
        {"overhead", "Failure-free overhead of checkpoints", overhead_data},
        {"completion", "Completion with failures", lab_completion_data},
        {"violations", "Recoveries, with lost work done again, against a target", lab_violations_data},
        {"waste", "Time wasted under real failures", lab_waste_data},
    };
    g_autoptr(GString) data = g_string_new(NULL);
    guint n = 0, k = 0;
    while (k + 1 < G_N_ELEMENTS(kinds) && !g_str_equal(kinds[k].kind, kind))
        k++;
    n = kinds[k].data(runs, data);
    *drawn = n > 0;
    if (n == 0)
        return TRUE;
    const char *mode = lab_table_cell(runs, 0, lab_table_column(runs, "mode"));
    g_autofree char *title = g_strdup_printf("%s\nmode %s, platform %s, %u runs", kinds[k].title,
                                             mode, platform, runs->rows->len);
    return lab_plot_data(kind, data, n, title, scripts, out, cancel, error);
}
