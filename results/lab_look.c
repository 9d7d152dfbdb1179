/* preaches-lab plot, report, compare, explain, flows, fit: what looks at results, platforms and traces. */
#include "compare.h"
#include "explanation.h"
#include "fittable.h"
#include "flowtable.h"
#include "lab.h"
#include "manifest.h"
#include "plot.h"
#include "report.h"
#include "summary.h"
#include "../simnet/units.h"

#include <stdio.h>

/* ---- plot, report, compare ---- */

static LabTable *read_runs(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "runs.csv", NULL);
    return lab_table_read(path, error);
}

int lab_cmd_plot(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(lab_opt.files[0], "manifest.json", NULL);
    g_auto(GStrv) facts = lab_manifest_read(path, NULL);
    g_autoptr(LabTable) runs = read_runs(lab_opt.files[0], &error);
    const char *platform = lab_manifest_get((const char *const *)facts, "platform_file", "unknown");
    if (!runs || !lab_plot_all(runs, lab_plot_kinds, platform,
                               lab_opt.out ? lab_opt.out : lab_opt.files[0], &error))
        return lab_fail(error, FALSE);
    return 0;
}

int lab_cmd_report(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(lab_opt.files[0], "manifest.json", NULL);
    g_autoptr(LabTable) runs = read_runs(lab_opt.files[0], &error);
    g_autoptr(LabTable) summary = runs ? lab_summary_new(runs, &error) : NULL;
    g_auto(GStrv) facts = summary ? lab_manifest_read(path, &error) : NULL;
    if (!facts ||
        !lab_report_write(lab_opt.files[0], runs, summary, (const char *const *)facts, &error))
        return lab_fail(error, FALSE);
    return 0;
}

int lab_cmd_compare(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LabTable) a = lab_table_read(lab_opt.files[0], &error);
    g_autoptr(LabTable) b = a ? lab_table_read(lab_opt.files[1], &error) : NULL;
    if (!b)
        return lab_fail(error, FALSE);
    GString *report = g_string_new(NULL);
    guint n = lab_compare(a, b, report);
    if (n)
        fputs(report->str, stdout);
    else if (!lab_opt.quiet)
        printf("%u rows, no difference\n", a->rows->len);
    g_string_free(report, TRUE);
    return n ? PREACHES_ERROR_FAILED : 0;
}

/* ---- explain ---- */

/* explain FILE.platform FROM TO SIZE: a transfer; explain FILE.ini: a checkpoint and a recovery. */
int lab_cmd_explain(void)
{
    g_autoptr(GError) error = NULL;
    guint n = g_strv_length(lab_opt.files);
    char *text = NULL;
    if (n == 4) {
        guint64 bytes;
        if (!sim_parse_bytes(lab_opt.files[3], &bytes))
            return lab_usage_error("explain needs a size with its unit, as 10MB");
        g_autofree char *path = lab_find_file(lab_opt.files[0], NULL, lab_opt.home, "simnet/platforms");
        SimPlatform *platform = sim_platform_load(path ? path : lab_opt.files[0], &error);
        text = platform ? lab_explain_transfer(platform, lab_opt.files[1], lab_opt.files[2], bytes, &error)
                        : NULL;
        g_clear_pointer(&platform, sim_platform_unref);
    } else if (n == 1) {
        int status = 0;
        LabPlan *plan = NULL;
        LabConfig *config = lab_load(&status, &plan);
        if (!config)
            return status;
        if (config->model)
            text = lab_explain_recovery(config, plan->runs->pdata[0], &error);
        else
            g_set_error_literal(&error, PREACHES_ERROR, PREACHES_ERROR_USAGE,
                                "explain needs an experiment with mode=model");
        lab_plan_free(plan);
        lab_config_free(config);
    } else {
        return lab_usage_error("explain needs an experiment file, or a platform file, two hosts and a size");
    }
    if (!text)
        return lab_fail(error, FALSE);
    fputs(text, stdout);
    g_free(text);
    return 0;
}

/* ---- flows, fit ---- */

int lab_cmd_flows(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LabTable) table =
        lab_flow_table(lab_opt.files[0], lab_opt.model ? lab_opt.model : "lv08", &error);
    if (!table || !lab_print_table(table, &error))
        return lab_fail(error, FALSE);
    return 0;
}

enum { SHOWN_PROBLEMS = 20 };

int lab_cmd_fit(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SimFailTrace) trace = sim_fail_trace_load(lab_opt.files[0], lab_opt.system, &error);
    if (!trace)
        return lab_fail(error, FALSE);
    g_autoptr(LabTable) table = lab_fit_table(trace);
    for (guint i = 0; i < trace->problems->len && !lab_opt.quiet && !lab_opt.json; i++)
        if (i < SHOWN_PROBLEMS)
            fprintf(stderr, "%s\n", (char *)trace->problems->pdata[i]);
    if (trace->problems->len > SHOWN_PROBLEMS && !lab_opt.quiet && !lab_opt.json)
        fprintf(stderr, "... and %u more (all with --json)\n", trace->problems->len - SHOWN_PROBLEMS);
    g_autofree char *json = lab_opt.json ? lab_fit_json(table, trace) : NULL;
    if (json)
        fputs(json, stdout);
    else if (!lab_print_table(table, &error))
        return lab_fail(error, FALSE);
    return 0;
}
