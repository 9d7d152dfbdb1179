/* preaches-lab run, plan, merge, export: experiments and their parts. */
#include "export.h"
#include "interrupt.h"
#include "json.h"
#include "lab.h"
#include "manifest.h"
#include "merge.h"
#include "plot.h"
#include "report.h"
#include "summary.h"

#include <stdio.h>
#include <string.h>

/* ---- run, plan ---- */

/* --shard=K/N; 0 of 0 when there is none. FALSE: it is not of that form. */
static gboolean parse_shard(guint *shard, guint *shards)
{
    *shard = *shards = 0;
    if (!lab_opt.shard)
        return TRUE;
    g_auto(GStrv) part = g_strsplit(lab_opt.shard, "/", -1);
    guint64 k, n;
    if (g_strv_length(part) != 2 || !g_ascii_string_to_unsigned(part[1], 10, 1, 1000000, &n, NULL) ||
        !g_ascii_string_to_unsigned(part[0], 10, 1, n, &k, NULL))
        return FALSE;
    *shard = (guint)k;
    *shards = (guint)n;
    return TRUE;
}

static gboolean write_results(const LabConfig *config, const LabTable *runs, const char *out,
                              const LabOutcome *outcome, GDateTime *started, GError **error)
{
    g_autoptr(LabTable) summary = lab_summary_new(runs, error);
    g_autofree char *summary_path = g_build_filename(out, "summary.csv", NULL);
    g_autofree char *manifest_path = g_build_filename(out, "manifest.json", NULL);
    g_autoptr(GDateTime) ended = g_date_time_new_now_utc();
    g_autoptr(GPtrArray) kinds = g_ptr_array_new();
    for (guint i = 0; i < config->values[LAB_PLOTS]->len; i++)
        g_ptr_array_add(kinds, config->values[LAB_PLOTS]->pdata[i]);
    g_ptr_array_add(kinds, NULL);
    g_auto(GStrv) facts = lab_manifest_facts(lab_opt.home, config, started, ended);
    if (!summary || !lab_table_write(summary, summary_path, error) ||
        !lab_manifest_write(manifest_path, (const char *const *)facts, config->text, outcome, error) ||
        !lab_plot_all(runs, (const char *const *)kinds->pdata,
                  lab_manifest_get((const char *const *)facts, "platform_file", ""), out, error))
        return FALSE;
    g_auto(GStrv) written = lab_manifest_read(manifest_path, error);
    return written && lab_report_write(out, runs, summary, (const char *const *)written, error);
}

static void print_outcome(const char *out, const LabOutcome *outcome)
{
    if (lab_opt.json) {
        LabJson *json = lab_json_new();
        lab_json_open(json, NULL, '{');
        lab_json_text(json, "out", out);
        lab_json_int(json, "runs", outcome->runs);
        lab_json_int(json, "kept", outcome->kept);
        lab_json_int(json, "failed", outcome->failed);
        lab_json_int(json, "mismatched", outcome->mismatched);
        g_autofree char *text = lab_json_free(json);
        fputs(text, stdout);
    } else if (!lab_opt.quiet) {
        printf("%u runs (%u from before), %u failed, %u with another output than undisturbed\n"
               "%s: runs.csv summary.csv manifest.json report.html\n",
               outcome->runs, outcome->kept, outcome->failed, outcome->mismatched, out);
    }
}

int lab_cmd_run(void)
{
    int status = 0;
    LabPlan *plan = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(LabTable) runs = NULL;
    g_autoptr(GDateTime) started = g_date_time_new_now_utc();
    LabOutcome outcome;
    guint shard, shards, trace = SIM_TRACE_NONE;
    while (lab_opt.trace && sim_trace_names[trace] && !g_str_equal(sim_trace_names[trace], lab_opt.trace))
        trace++;
    if (!sim_trace_names[trace])
        return lab_usage_error("--trace needs none, state, activity or event");
    if (!parse_shard(&shard, &shards))
        return lab_usage_error("--shard needs K/N with K from 1 to N, as 2/8");
    LabConfig *config = lab_load(&status, &plan);
    if (!config)
        return status;
    g_autofree char *out = lab_out_folder(config);
    LabRunnerOptions options = {.out = out, .jobs = (guint)lab_opt.jobs, .quiet = lab_opt.quiet,
                                .trace = (SimTraceLevel)trace, .shard = shard, .shards = shards,
                                .cancel = lab_opt.cancel};
    if (!lab_runner_run(plan, &options, &runs, &outcome, &error) ||
        !write_results(config, runs, out, &outcome, started, &error)) {
        status = lab_interrupt_seen() ? 0 : lab_fail(error, FALSE);
    } else {
        print_outcome(out, &outcome);
        status = outcome.failed || outcome.mismatched ? PREACHES_ERROR_FAILED : 0;
    }
    lab_plan_free(plan);
    lab_config_free(config);
    return status;
}

int lab_cmd_plan(void)
{
    int status = 0;
    LabPlan *plan = NULL;
    LabConfig *config = lab_load(&status, &plan);
    if (!config)
        return status;
    LabJson *json = lab_json_new();
    lab_json_open(json, NULL, '[');
    for (guint i = 0; i < plan->runs->len; i++) {
        const LabRun *run = plan->runs->pdata[i];
        g_autofree char *title = lab_run_title(run);
        lab_json_open(json, NULL, '{');
        lab_json_text(json, "run_id", run->id);
        lab_json_text(json, "workload", run->program->name);
        lab_json_int(json, "replication", (gint64)run->replication);
        for (LabKeyId k = LAB_ARGS; k <= LAB_DETECTOR; k++)
            if (run->value[k] && *run->value[k])
                lab_json_text(json, lab_key_name(k), run->value[k]);
        lab_json_close(json);
        if (!lab_opt.json)
            printf("%s  %s\n", run->id, title);
    }
    g_autofree char *text = lab_json_free(json);
    if (lab_opt.json)
        fputs(text, stdout);
    else if (!lab_opt.quiet)
        fprintf(stderr, "%u runs\n", plan->runs->len);
    lab_plan_free(plan);
    lab_config_free(config);
    return 0;
}

/* ---- merge, export ---- */

/* Everything that can be made of the rows alone is made again; the manifest is the first folder's. */
static gboolean write_merged(const LabTable *runs, const char *out, const LabOutcome *outcome,
                             GError **error)
{
    g_autoptr(LabTable) summary = lab_summary_new(runs, error);
    g_autofree char *summary_path = g_build_filename(out, "summary.csv", NULL);
    g_autofree char *from = g_build_filename(lab_opt.files[0], "manifest.json", NULL);
    g_autofree char *manifest_path = g_build_filename(out, "manifest.json", NULL);
    g_auto(GStrv) facts = summary ? lab_manifest_read(from, error) : NULL;
    if (!facts)
        return FALSE;
    guint n = g_strv_length(facts);
    g_assert(n >= 2 && g_str_equal(facts[n - 2], "config")); /* the manifest's last text */
    g_autofree char *config = g_steal_pointer(&facts[n - 1]);
    g_clear_pointer(&facts[n - 2], g_free);
    const char *platform = lab_manifest_get((const char *const *)facts, "platform_file", "unknown");
    return lab_table_write(summary, summary_path, error) &&
           lab_manifest_write(manifest_path, (const char *const *)facts, config, outcome, error) &&
           lab_plot_all(runs, lab_plot_kinds, platform, out, error) &&
           lab_report_write(out, runs, summary, (const char *const *)facts, error);
}

int lab_cmd_merge(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LabTable) runs = NULL;
    LabOutcome outcome;
    if (!lab_opt.out)
        return lab_usage_error("merge needs --out, the folder for the whole");
    if (!lab_merge((const char *const *)lab_opt.files, lab_opt.out, &runs, &outcome, &error) ||
        !write_merged(runs, lab_opt.out, &outcome, &error))
        return lab_fail(error, FALSE);
    print_outcome(lab_opt.out, &outcome);
    if (outcome.failed)
        fprintf(stderr, "preaches-lab: %u of %u runs are in none of the folders\n", outcome.failed,
                outcome.runs);
    return outcome.failed || outcome.mismatched ? PREACHES_ERROR_FAILED : 0;
}

int lab_cmd_export(void)
{
    enum { USUAL_SHARDS = 8 };
    int status = 0;
    LabPlan *plan = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *kind = lab_opt.files[0]; /* what `load` reads is the file behind it */
    memmove(lab_opt.files, lab_opt.files + 1, 2 * sizeof *lab_opt.files);
    if (!g_strv_contains(lab_export_names, kind))
        return lab_usage_error("export knows slurm and parallel");
    LabConfig *config = lab_load(&status, &plan);
    if (!config)
        return status;
    g_autofree char *out_name = lab_out_folder(config);
    g_autofree char *out = g_canonicalize_filename(out_name, NULL);
    g_autofree char *file = g_canonicalize_filename(config->path, NULL);
    guint wanted = lab_opt.shards ? (guint)lab_opt.shards : USUAL_SHARDS;
    LabExport what = {.lab = lab_opt.self, .name = lab_config_get(config, LAB_NAME), .file = file, .out = out,
                      .overrides = (const char *const *)lab_opt.overrides,
                      .shards = MIN(wanted, plan->runs->len), .jobs = 1};
    g_autofree char *text = lab_export(kind, &what);
    fputs(text, stdout);
    lab_plan_free(plan);
    lab_config_free(config);
    return 0;
}
