/* Order statistics against values worked out by hand. */
#include "results/runs.h"
#include "results/summary.h"

#include <math.h>
#include <string.h>

static void near(double a, double b)
{
    g_assert_cmpfloat_with_epsilon(a, b, 1e-9 * fmax(1, fabs(b)));
}

static void test_stats(void)
{
    double none[1] = {0}, one[] = {7}, five[] = {5, 1, 4, 2, 3};
    LabStats s = lab_stats(none, 0);
    g_assert_cmpuint(s.n, ==, 0);
    s = lab_stats(one, 1);
    near(s.median, 7);
    near(s.p90, 7);
    near(s.ci95, 0);
    s = lab_stats(five, 5);
    near(s.median, 3);
    near(s.p10, 1.4);
    near(s.p90, 4.6);
    near(s.mean, 3);
    near(s.ci95, 2.776 * sqrt(2.5) / sqrt(5)); /* t(4) s / sqrt(n) */
}

static void set(char **row, const char *column, const char *value)
{
    for (guint i = 0; lab_run_columns[i]; i++)
        if (g_str_equal(lab_run_columns[i], column)) {
            g_free(row[i]);
            row[i] = g_strdup(value);
        }
}

static void add(LabTable *runs, const char *strategy, const char *total, const char *match)
{
    char **row = g_new0(char *, runs->n_columns + 1);
    for (guint i = 0; i < runs->n_columns; i++)
        row[i] = g_strdup("");
    set(row, "strategy", strategy);
    set(row, "total_ns", total);
    set(row, "failures", "1");
    set(row, "output_match", match);
    lab_table_take(runs, row);
}

static void test_arms(void)
{
    g_autoptr(LabTable) runs = lab_table_new(lab_run_columns);
    g_autoptr(GError) error = NULL;
    add(runs, "P", "10", "1");
    add(runs, "L", "7", "1");
    add(runs, "P", "20", "0");
    g_autoptr(LabTable) summary = lab_summary_new(runs, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(summary->rows->len, ==, 2);
    static const struct {
        const char *column, *value;
    } wanted[] = {{"strategy", "P"},        {"n", "2"},        {"total_ns_median", "15"},
                  {"total_ns_mean", "15"},  {"failures", "2"}, {"matches", "1"},
                  {"first_work_ns_median", ""}};
    for (guint i = 0; i < G_N_ELEMENTS(wanted); i++)
        g_assert_cmpstr(
            lab_table_cell(summary, 0, lab_table_column(summary, wanted[i].column)), ==,
            wanted[i].value);
    g_assert_cmpstr(lab_table_cell(summary, 1, lab_table_column(summary, "total_ns_ci95")), ==, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/summary/stats", test_stats);
    g_test_add_func("/summary/arms", test_arms);
    return g_test_run();
}
