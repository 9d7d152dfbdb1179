#include "compare.h"
#include "runs.h"

enum { MAX_SHOWN = 50 };

static void tell(GString *report, guint *n, guint row, const char *column, const char *a,
                 const char *b)
{
    if (++*n <= MAX_SHOWN)
        g_string_append_printf(report, "%8u  %-18s %-28s %s\n", row, column, *a ? a : "(empty)",
                               *b ? b : "(empty)");
}

guint lab_compare(const LabTable *a, const LabTable *b, GString *report)
{
    guint n = 0, rows = MIN(a->rows->len, b->rows->len);
    g_string_append_printf(report, "%8s  %-18s %-28s %s\n", "row", "column", "first", "second");
    for (guint c = 0; c < b->n_columns; c++)
        if (lab_table_column(a, b->columns[c]) < 0)
            tell(report, &n, 0, b->columns[c], "(no column)", "");
    for (guint c = 0; c < a->n_columns; c++) {
        const char *name = a->columns[c];
        int other = lab_table_column(b, name);
        if (other < 0)
            tell(report, &n, 0, name, "", "(no column)");
        for (guint i = 0; i < rows && other >= 0 && lab_column_is_deterministic(name); i++) {
            const char *x = lab_table_cell(a, i, (int)c), *y = lab_table_cell(b, i, other);
            if (!g_str_equal(x, y))
                tell(report, &n, i + 1, name, x, y);
        }
    }
    if (a->rows->len != b->rows->len) {
        g_autofree char *x = g_strdup_printf("%u rows", a->rows->len);
        g_autofree char *y = g_strdup_printf("%u rows", b->rows->len);
        tell(report, &n, 0, "", x, y);
    }
    if (n > MAX_SHOWN)
        g_string_append_printf(report, "… and %u more\n", n - MAX_SHOWN);
    return n;
}
