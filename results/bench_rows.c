#include "bench_rows.h"

#include <math.h>

const char *const lab_bench_columns[] = {"metric", "value", "unit", "reference", "ratio", "target",
                                         "ok", "gate", NULL};
enum { VALUE = 1, REFERENCE = 3, RATIO, TARGET, OK, GATE };

static char *number(double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    if (fabs(value) < 1e15 && fabs(value - round(value)) < 1e-9)
        return g_strdup_printf("%.0f", value);
    return g_strdup(g_ascii_formatd(text, sizeof text, "%.10g", value));
}

void lab_bench_gated(LabTable *table, const char *metric, double value, const char *unit)
{
    const char *const row[] = {metric, "", unit, "", "", "", "yes", "yes", NULL};
    char **cells = g_strdupv((char **)row);
    g_free(cells[VALUE]);
    cells[VALUE] = number(value);
    lab_table_take(table, cells);
}

void lab_bench_shown(LabTable *table, const char *metric, double value, const char *unit)
{
    const char *const row[] = {metric, "", unit, "", "", "", "", "no", NULL};
    char **cells = g_strdupv((char **)row);
    g_free(cells[VALUE]);
    cells[VALUE] = number(value);
    lab_table_take(table, cells);
}

void lab_bench_skipped(LabTable *table, const char *metric, const char *why)
{
    g_autofree char *text = g_strdup_printf("skipped: %s", why);
    const char *const row[] = {metric, "", text, "", "", "", "", "no", NULL};
    lab_table_take(table, g_strdupv((char **)row));
}

void lab_bench_measured(LabTable *table, const char *metric, double value, const char *unit,
                        double reference, double target)
{
    double ratio = value / reference;
    gboolean ok = target < 0 ? ratio <= -target : ratio >= target;
    char **cells = g_new0(char *, G_N_ELEMENTS(lab_bench_columns));
    cells[0] = g_strdup(metric);
    cells[VALUE] = number(value);
    cells[2] = g_strdup(unit);
    cells[REFERENCE] = number(reference);
    cells[RATIO] = g_strdup_printf("%.3f", ratio);
    cells[TARGET] = g_strdup_printf("%s%g", target < 0 ? "<=" : ">=", fabs(target));
    cells[OK] = g_strdup(ok ? "yes" : "no");
    cells[GATE] = g_strdup("no");
    lab_table_take(table, cells);
}

void lab_bench_gate_last(LabTable *table)
{
    char **row = table->rows->pdata[table->rows->len - 1];
    g_free(row[GATE]);
    row[GATE] = g_strdup("yes");
}
