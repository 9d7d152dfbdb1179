/* Every text that comes from outside goes through add_text(), which escapes it. */
#include "report.h"
#include "manifest.h"
#include "plot.h"
#include "summary.h"

#include <math.h>
#include <string.h>

static const char style[] =
    ":root{color-scheme:light dark;--fg:#1c1c1c;--bg:#fff;--line:#d0d0d0;--soft:#f3f4f6;"
    "--good:#0b6b3a;--bad:#b3261e}\n"
    "@media(prefers-color-scheme:dark){:root{--fg:#e6e6e6;--bg:#16181c;--line:#3a3d44;"
    "--soft:#20232a;--good:#6fd39c;--bad:#ff8a80}}\n"
    "body{font:16px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);"
    "max-width:1060px;margin:2rem auto;padding:0 1rem}\n"
    "h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid var(--line)}\n"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.86rem}\n"
    "th,td{border:1px solid var(--line);padding:.2rem .5rem;text-align:right}\n"
    "th{background:var(--soft)}td.t,th.t{text-align:left}\n"
    ".good{color:var(--good)}.bad{color:var(--bad);font-weight:bold}\n"
    ".wide{overflow-x:auto}figure{margin:1rem 0;background:#fff;border:1px solid var(--line)}\n"
    "figure svg{width:100%;height:auto;display:block}pre{background:var(--soft);padding:.8rem;"
    "overflow-x:auto}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dt{font-weight:600}"
    "dd{margin:0;overflow-wrap:anywhere}\n";

static void add_text(GString *out, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *escaped = g_markup_escape_text(valid, -1);
    g_string_append(out, escaped);
}

static void add_cell(GString *out, const char *tag, const char *class, const char *text)
{
    g_string_append_printf(out, "<%s%s%s%s>", tag, *class ? " class=\"" : "", class,
                           *class ? "\"" : "");
    add_text(out, text);
    g_string_append_printf(out, "</%s>", tag);
}

static const char *cell(const LabTable *table, guint row, const char *column)
{
    return lab_table_cell(table, row, lab_table_column(table, column));
}

/* "1.234 s", "56.7 ms" from nanoseconds. g_free. */
static char *time_text(double ns)
{
    static const struct {
        double ns;
        const char *unit;
    } units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}, {1, "ns"}};
    guint i = 0;
    while (i + 1 < G_N_ELEMENTS(units) && ns < units[i].ns)
        i++;
    return g_strdup_printf("%.4g %s", ns / units[i].ns, units[i].unit);
}

/* ---- figures ---- */

/* Median of a column over the runs of a strategy; `other`: only those that went on elsewhere. */
static LabStats of_strategy(const LabTable *runs, const char *strategy, gboolean other,
                            const char *column)
{
    g_autofree double *values = g_new(double, runs->rows->len + 1);
    gboolean recoveries = g_str_equal(column, "first_work_ns") && !g_str_equal(strategy, "0");
    guint n = 0;
    for (guint i = 0; i < runs->rows->len; i++) {
        gint64 value, epoch = 0;
        /* before the first commit there is nothing to recover from: started again, not counted */
        lab_table_int(runs, i, lab_table_column(runs, "epoch_recovered"), &epoch);
        if (recoveries && epoch <= 0)
            continue;
        gboolean same =
            g_str_equal(cell(runs, i, "source_arch"), cell(runs, i, "target_arch"));
        if (g_str_equal(cell(runs, i, "strategy"), strategy) && (!other || !same) &&
            lab_table_int(runs, i, lab_table_column(runs, column), &value))
            values[n++] = (double)value;
    }
    return lab_stats(values, n);
}

static void add_figure(GString *out, const char *name, LabStats stats)
{
    if (stats.n == 0)
        return;
    g_autofree char *median = time_text(stats.median), *p10 = time_text(stats.p10),
                    *p90 = time_text(stats.p90);
    g_string_append(out, "<tr>");
    add_cell(out, "td", "t", name);
    g_string_append_printf(out, "<td>%u</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", stats.n,
                           median, p10, p90);
}

static void add_figures(GString *out, const LabTable *runs)
{
    static const struct {
        const char *name, *strategy;
        gboolean other;
        const char *column;
    } figures[] = {
        {"failure to next useful instruction: H, same architecture", "H", FALSE, "first_work_ns"},
        {"P, another architecture", "P", TRUE, "first_work_ns"},
        {"L, another architecture", "L", TRUE, "first_work_ns"},
        {"0, from the beginning", "0", FALSE, "first_work_ns"},
        {"lost work: P", "P", FALSE, "lost_work_ns"},
        {"lost work: 0", "0", FALSE, "lost_work_ns"},
        {"pause of the program at a checkpoint: P", "P", FALSE, "pause_ns"},
        {"propagation of an epoch: P", "P", FALSE, "propagate_ns"},
        {"whole run: P", "P", FALSE, "total_ns"},
        {"whole run: L", "L", FALSE, "total_ns"},
        {"whole run: 0", "0", FALSE, "total_ns"},
    };
    g_string_append(out, "<h2>Key figures</h2>\n<div class=\"wide\"><table><tr><th class=\"t\">"
                         "</th><th>runs</th><th>median</th><th>10%</th><th>90%</th></tr>\n");
    for (guint i = 0; i < G_N_ELEMENTS(figures); i++)
        add_figure(out, figures[i].name, of_strategy(runs, figures[i].strategy, figures[i].other,
                                                     figures[i].column));
    g_string_append(out, "</table></div>\n");
    LabStats p = of_strategy(runs, "P", TRUE, "first_work_ns");
    LabStats l = of_strategy(runs, "L", TRUE, "first_work_ns");
    if (p.n && l.n && p.median > 0)
        g_string_append_printf(out, "<p>On another architecture, conversion at recovery (L) takes "
                                    "%.2f times as long as propagated images (P).</p>\n",
                               l.median / p.median);
}

/* ---- source by target ---- */

static GPtrArray *distinct(const LabTable *runs, const char *column)
{
    GPtrArray *list = g_ptr_array_new();
    for (guint i = 0; i < runs->rows->len; i++) {
        char *value = (char *)cell(runs, i, column);
        if (!g_ptr_array_find_with_equal_func(list, value, g_str_equal, NULL))
            g_ptr_array_add(list, value);
    }
    return list;
}

static void add_pair(GString *out, const LabTable *runs, const char *source, const char *target)
{
    guint n = 0, matches = 0;
    for (guint i = 0; i < runs->rows->len; i++) {
        if (!g_str_equal(cell(runs, i, "source_arch"), source) ||
            !g_str_equal(cell(runs, i, "target_arch"), target))
            continue;
        n++;
        matches += g_str_equal(cell(runs, i, "output_match"), "1") ? 1 : 0;
    }
    if (n == 0)
        g_string_append(out, "<td>–</td>");
    else
        g_string_append_printf(out, "<td class=\"%s\">%u of %u</td>", n == matches ? "good" : "bad",
                               matches, n);
}

static void add_matrix(GString *out, const LabTable *runs)
{
    g_autoptr(GPtrArray) sources = distinct(runs, "source_arch");
    g_autoptr(GPtrArray) targets = distinct(runs, "target_arch");
    g_string_append(out, "<h2>Outputs equal to those of an undisturbed run</h2>\n<div class=\"wide\">"
                         "<table><tr><th class=\"t\">from \\ to</th>");
    for (guint i = 0; i < targets->len; i++)
        add_cell(out, "th", "", targets->pdata[i]);
    g_string_append(out, "</tr>\n");
    for (guint i = 0; i < sources->len; i++) {
        g_string_append(out, "<tr>");
        add_cell(out, "th", "t", sources->pdata[i]);
        for (guint k = 0; k < targets->len; k++)
            add_pair(out, runs, sources->pdata[i], targets->pdata[k]);
        g_string_append(out, "</tr>\n");
    }
    g_string_append(out, "</table></div>\n");
}

/* ---- plots and tables ---- */

/* gnuplot gives the same ids in every picture; here they stand in one document. */
static void add_plot(GString *out, const char *folder, const char *kind)
{
    g_autofree char *path = g_strdup_printf("%s/%s.svg", folder, kind);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return;
    const char *start = strstr(text, "<svg");
    if (!start)
        return;
    GString *svg = g_string_new(start);
    const char *const marks[] = {"id='", "id=\"", "href='#", "href=\"#", "url(#"};
    for (guint i = 0; i < G_N_ELEMENTS(marks); i++) {
        g_autofree char *with = g_strdup_printf("%s%s-", marks[i], kind);
        g_string_replace(svg, marks[i], with, 0);
    }
    g_string_append_printf(out, "<figure>%s</figure>\n", svg->str);
    g_string_free(svg, TRUE);
}

static void add_summary(GString *out, const LabTable *summary)
{
    g_string_append(out, "<h2>Arms</h2>\n<div class=\"wide\"><table><tr>");
    static const char *const shown[] = {"workload", "args", "source_arch", "target_arch",
                                        "strategy", "interval_ns", "arm", "n",
                                        "first_work_ns_median", "first_work_ns_p90",
                                        "lost_work_ns_median", "total_ns_median",
                                        "propagate_ns_median", "failures", "matches"};
    for (guint i = 0; i < G_N_ELEMENTS(shown); i++)
        add_cell(out, "th", i < 5 ? "t" : "", shown[i]);
    g_string_append(out, "</tr>\n");
    for (guint r = 0; r < summary->rows->len; r++) {
        g_string_append(out, "<tr>");
        for (guint i = 0; i < G_N_ELEMENTS(shown); i++) {
            const char *text = cell(summary, r, shown[i]);
            gboolean time = strstr(shown[i], "_ns") && *text;
            g_autofree char *value =
                time ? time_text(g_ascii_strtod(text, NULL)) : g_strdup(text);
            add_cell(out, "td", i < 5 ? "t" : "", value);
        }
        g_string_append(out, "</tr>\n");
    }
    g_string_append(out, "</table></div>\n");
}

static void add_facts(GString *out, const char *const *facts)
{
    g_string_append(out, "<h2>Where it comes from</h2>\n<dl>\n");
    for (guint i = 0; facts[i] && facts[i + 1]; i += 2) {
        if (g_str_equal(facts[i], "config"))
            continue;
        add_cell(out, "dt", "", facts[i]);
        add_cell(out, "dd", "", facts[i + 1]);
    }
    g_string_append(out, "</dl>\n<h2>The experiment</h2>\n<pre>");
    add_text(out, lab_manifest_get(facts, "config", ""));
    g_string_append(out, "</pre>\n");
}

static void add_heading(GString *out, const LabTable *runs, const char *name)
{
    guint wrong = 0;
    for (guint i = 0; i < runs->rows->len; i++)
        wrong += g_str_equal(cell(runs, i, "output_match"), "1") ? 0 : 1;
    g_autoptr(GPtrArray) sources = distinct(runs, "source_arch");
    g_autoptr(GPtrArray) targets = distinct(runs, "target_arch");
    g_autoptr(GPtrArray) programs = distinct(runs, "workload");
    g_string_append(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                         "<meta name=\"viewport\" content=\"width=device-width\"><title>");
    add_text(out, name);
    g_string_append_printf(out, "</title><style>\n%s</style></head><body>\n<h1>", style);
    add_text(out, name);
    g_string_append_printf(out, "</h1>\n<p>%u runs: %u programs, %u source and %u target "
                                "architectures. Real processes, checkpoints and conversions; "
                                "network, disks and failures in virtual time. Outputs that differ "
                                "from an undisturbed run: <span class=\"%s\">%u</span>.</p>\n",
                           runs->rows->len, programs->len, sources->len, targets->len,
                           wrong ? "bad" : "good", wrong);
}

gboolean lab_report_write(const char *out, const LabTable *runs, const LabTable *summary,
                          const char *const *facts, GError **error)
{
    GString *html = g_string_new(NULL);
    g_autofree char *path = g_build_filename(out, "report.html", NULL);
    add_heading(html, runs, lab_manifest_get(facts, "experiment", "experiment"));
    for (guint i = 0; lab_plot_kinds[i]; i++)
        add_plot(html, out, lab_plot_kinds[i]);
    add_figures(html, runs);
    add_matrix(html, runs);
    add_summary(html, summary);
    add_facts(html, facts);
    g_string_append(html, "</body></html>\n");
    gboolean ok = lab_file_replace(path, html->str, (gssize)html->len, error);
    g_string_free(html, TRUE);
    return ok;
}
