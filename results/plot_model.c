#include "plot_model.h"
#include "config.h"
#include "summary.h"

#include <string.h>

typedef struct Kind {
    LabKeyId x;            /* swept: stands in the column `arm` */
    double x_unit_ns;      /* 0: not a time */
    gboolean (*y)(const LabTable *runs, guint row, double *value);
} Kind;

static gboolean cell(const LabTable *runs, guint row, const char *name, double *value)
{
    gint64 number;
    gboolean ok = lab_table_int(runs, row, lab_table_column(runs, name), &number);
    *value = ok ? (double)number : 0;
    return ok;
}

static gboolean completion(const LabTable *runs, guint row, double *value)
{
    double ns;
    gboolean ok = cell(runs, row, "total_ns", &ns);
    *value = ns / 3600e9;
    return ok;
}

static gboolean late(const LabTable *runs, guint row, double *value)
{
    double violations, recoveries;
    gboolean ok = cell(runs, row, "violations", &violations) &&
                  cell(runs, row, "recoveries", &recoveries) && recoveries > 0;
    *value = ok ? 100 * violations / recoveries : 0;
    return ok;
}

static gboolean wasted(const LabTable *runs, guint row, double *value)
{
    double waste, work;
    gboolean ok = cell(runs, row, "wasted_s", &waste) && cell(runs, row, "work_s", &work) &&
                  waste + work > 0;
    *value = ok ? 100 * waste / (waste + work) : 0;
    return ok;
}

/* Value of "KEY=" in "k=v; k=v". FALSE: it is not there. */
static gboolean swept(const LabTable *runs, guint row, const Kind *kind, double *x)
{
    g_auto(GStrv) pairs =
        g_strsplit(lab_table_cell(runs, row, lab_table_column(runs, "arm")), "; ", -1);
    const char *key = lab_key_name(kind->x);
    for (guint i = 0; pairs[i]; i++) {
        gsize n = strlen(key);
        if (strncmp(pairs[i], key, n) != 0 || pairs[i][n] != '=')
            continue;
        const char *text = pairs[i] + n + 1;
        *x = kind->x_unit_ns > 0 ? (double)lab_time_ns(text) / kind->x_unit_ns
                                 : g_ascii_strtod(text, NULL);
        return *x > 0;
    }
    return FALSE;
}

static char *series_of(const LabTable *runs, guint row)
{
    const char *policy = lab_table_cell(runs, row, lab_table_column(runs, "policy"));
    return g_strdup_printf("%s%s%s", lab_table_cell(runs, row, lab_table_column(runs, "strategy")),
                           *policy ? ", " : "", policy);
}

static gint compare_doubles(gconstpointer a, gconstpointer b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void add_point(const LabTable *runs, const Kind *kind, const char *series, double at,
                      GString *out)
{
    g_autofree double *values = g_new(double, runs->rows->len + 1);
    guint n = 0;
    for (guint i = 0; i < runs->rows->len; i++) {
        g_autofree char *own = series_of(runs, i);
        double x, y;
        if (g_str_equal(own, series) && swept(runs, i, kind, &x) && compare_doubles(&x, &at) == 0 &&
            kind->y(runs, i, &y))
            values[n++] = y;
    }
    LabStats s = lab_stats(values, n);
    const double point[] = {at, s.mean, s.mean - s.ci95, s.mean + s.ci95};
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    for (guint k = 0; k < G_N_ELEMENTS(point) && n > 0; k++)
        g_string_append_printf(out, " %s", g_ascii_formatd(text, sizeof text, "%.9g", point[k]));
    if (n > 0)
        g_string_append_c(out, '\n');
}

static guint data_of(const LabTable *runs, const Kind *kind, GString *out)
{
    g_autoptr(GPtrArray) series = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) at = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < runs->rows->len; i++) {
        double x;
        gboolean known = !swept(runs, i, kind, &x);
        for (guint k = 0; k < at->len && !known; k++)
            known = compare_doubles(&g_array_index(at, double, k), &x) == 0;
        if (!known)
            g_array_append_val(at, x);
        g_autofree char *name = series_of(runs, i);
        if (!g_ptr_array_find_with_equal_func(series, name, g_str_equal, NULL))
            g_ptr_array_add(series, g_steal_pointer(&name));
    }
    if (at->len == 0)
        return 0;
    g_array_sort(at, compare_doubles);
    for (guint s = 0; s < series->len; s++) {
        g_string_append_printf(out, "%s\"%s\"\n", out->len ? "\n\n" : "", (char *)series->pdata[s]);
        for (guint k = 0; k < at->len; k++)
            add_point(runs, kind, series->pdata[s], g_array_index(at, double, k), out);
    }
    return series->len;
}

guint lab_completion_data(const LabTable *runs, GString *out)
{
    static const Kind kind = {LAB_MTTF, 3600e9, completion};
    return data_of(runs, &kind, out);
}

guint lab_violations_data(const LabTable *runs, GString *out)
{
    static const Kind kind = {LAB_RECOVERY_TARGET, 60e9, late};
    return data_of(runs, &kind, out);
}

guint lab_waste_data(const LabTable *runs, GString *out)
{
    static const Kind kind = {LAB_SYSTEM, 0, wasted};
    return data_of(runs, &kind, out);
}
