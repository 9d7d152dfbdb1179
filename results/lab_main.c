/* preaches-lab: experiments from a file to a page. See results/README.md. */
#include "../core/agent/proc.h"
#include "bench.h"
#include "calibrate.h"
#include "compare.h"
#include "explanation.h"
#include "export.h"
#include "fittable.h"
#include "flowtable.h"
#include "json.h"
#include "manifest.h"
#include "merge.h"
#include "plot.h"
#include "realsuite.h"
#include "report.h"
#include "runner.h"
#include "summary.h"
#include "../simnet/units.h"

#include <sources.h>

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static GCancellable *cancel;
static volatile sig_atomic_t signal_seen;

static struct {
    char **overrides, **files;
    char *out, *check, *real, *calibration, *model, *system, *shard, *trace;
    int jobs, shards;
    gboolean quiet, json, gated;
} opt;

static char *home, *self; /* the project's folder; this executable */

/* ---- small parts ---- */

static void print_text(char *text) /* takes it */
{
    fputs(text, stdout);
    g_free(text);
}

static int fail(const GError *error, gboolean bare)
{
    fprintf(stderr, "%s%s\n", bare ? "" : "preaches-lab: ", error->message);
    return error->domain == PREACHES_ERROR && error->code != PREACHES_ERROR_REFUSED ? error->code
                                                                               : PREACHES_ERROR_FAILED;
}

static int usage_error(const char *text)
{
    fprintf(stderr, "preaches-lab: %s (see preaches-lab --help)\n", text);
    return PREACHES_ERROR_USAGE;
}

static void on_signal(int number)
{
    signal_seen = number;
}

static void tick(void)
{
    if (signal_seen)
        g_cancellable_cancel(cancel);
}

static char *scripts_folder(void)
{
    return g_build_filename(home, "results", "plots", NULL);
}

static LabTable *read_runs(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "runs.csv", NULL);
    return lab_table_read(path, error);
}

/* ---- run, plan ---- */

static LabConfig *load(int *status, LabPlan **plan)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LabConfig) config = lab_config_load(opt.files[0], (const char *const *)opt.overrides,
                                                  home, &error);
    if (!config) {
        fail(error, TRUE);
        *status = PREACHES_ERROR_USAGE;
        return NULL;
    }
    /* What is simulated depends on the sources alone, what is real on the executable. */
    g_autofree char *build = config->model ? g_strdup(PREACHES_SOURCES) : lab_program_hash(self, &error);
    *plan = build ? lab_plan_new(config, build, &error) : NULL;
    if (!*plan) {
        *status = fail(error, FALSE);
        return NULL;
    }
    return g_steal_pointer(&config);
}

/* --shard=K/N; 0 of 0 when there is none. FALSE: it is not of that form. */
static gboolean parse_shard(guint *shard, guint *shards)
{
    *shard = *shards = 0;
    if (!opt.shard)
        return TRUE;
    g_auto(GStrv) part = g_strsplit(opt.shard, "/", -1);
    guint64 k, n;
    if (g_strv_length(part) != 2 || !g_ascii_string_to_unsigned(part[1], 10, 1, 1000000, &n, NULL) ||
        !g_ascii_string_to_unsigned(part[0], 10, 1, n, &k, NULL))
        return FALSE;
    *shard = (guint)k;
    *shards = (guint)n;
    return TRUE;
}

static char *out_folder(const LabConfig *config)
{
    return opt.out ? g_strdup(opt.out)
                   : g_build_filename("results", "out", lab_config_get(config, LAB_NAME), NULL);
}

static gboolean plot_all(const LabTable *runs, const char *const *kinds, const char *platform,
                         const char *out, GError **error)
{
    g_autofree char *scripts = scripts_folder();
    g_autofree char *name = g_strdup(platform);
    if (g_str_has_suffix(name, ".platform"))
        name[strlen(name) - strlen(".platform")] = '\0';
    for (guint i = 0; kinds[i] && runs->rows->len; i++) {
        gboolean drawn;
        if (!lab_plot(runs, kinds[i], name, scripts, out, cancel, &drawn, error))
            return FALSE;
        if (!drawn && !opt.quiet)
            fprintf(stderr, "preaches-lab: the runs hold nothing for plot '%s'\n", kinds[i]);
    }
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
    g_auto(GStrv) facts = lab_manifest_facts(home, config, started, ended);
    if (!summary || !lab_table_write(summary, summary_path, error) ||
        !lab_manifest_write(manifest_path, (const char *const *)facts, config->text, outcome, error) ||
        !plot_all(runs, (const char *const *)kinds->pdata,
                  lab_manifest_get((const char *const *)facts, "platform_file", ""), out, error))
        return FALSE;
    g_auto(GStrv) written = lab_manifest_read(manifest_path, error);
    return written && lab_report_write(out, runs, summary, (const char *const *)written, error);
}

static void print_outcome(const char *out, const LabOutcome *outcome)
{
    if (opt.json) {
        LabJson *json = lab_json_new();
        lab_json_open(json, NULL, '{');
        lab_json_text(json, "out", out);
        lab_json_int(json, "runs", outcome->runs);
        lab_json_int(json, "kept", outcome->kept);
        lab_json_int(json, "failed", outcome->failed);
        lab_json_int(json, "mismatched", outcome->mismatched);
        g_autofree char *text = lab_json_free(json);
        fputs(text, stdout);
    } else if (!opt.quiet) {
        printf("%u runs (%u from before), %u failed, %u with another output than undisturbed\n"
               "%s: runs.csv summary.csv manifest.json report.html\n",
               outcome->runs, outcome->kept, outcome->failed, outcome->mismatched, out);
    }
}

static int cmd_run(void)
{
    int status = 0;
    LabPlan *plan = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(LabTable) runs = NULL;
    g_autoptr(GDateTime) started = g_date_time_new_now_utc();
    LabOutcome outcome;
    guint shard, shards, trace = SIM_TRACE_NONE;
    while (opt.trace && sim_trace_names[trace] && !g_str_equal(sim_trace_names[trace], opt.trace))
        trace++;
    if (!sim_trace_names[trace])
        return usage_error("--trace needs none, state, activity or event");
    if (!parse_shard(&shard, &shards))
        return usage_error("--shard needs K/N with K from 1 to N, as 2/8");
    LabConfig *config = load(&status, &plan);
    if (!config)
        return status;
    g_autofree char *out = out_folder(config);
    LabRunnerOptions options = {.out = out, .jobs = (guint)opt.jobs, .quiet = opt.quiet,
                                .trace = (SimTraceLevel)trace, .shard = shard, .shards = shards, .cancel = cancel, .tick = tick};
    if (!lab_runner_run(plan, &options, &runs, &outcome, &error) ||
        !write_results(config, runs, out, &outcome, started, &error)) {
        status = signal_seen ? 0 : fail(error, FALSE);
    } else {
        print_outcome(out, &outcome);
        status = outcome.failed || outcome.mismatched ? PREACHES_ERROR_FAILED : 0;
    }
    lab_plan_free(plan);
    lab_config_free(config);
    return status;
}

static int cmd_plan(void)
{
    int status = 0;
    LabPlan *plan = NULL;
    LabConfig *config = load(&status, &plan);
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
        if (!opt.json)
            printf("%s  %s\n", run->id, title);
    }
    g_autofree char *text = lab_json_free(json);
    if (opt.json)
        fputs(text, stdout);
    else if (!opt.quiet)
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
    g_autofree char *from = g_build_filename(opt.files[0], "manifest.json", NULL);
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
           plot_all(runs, lab_plot_kinds, platform, out, error) &&
           lab_report_write(out, runs, summary, (const char *const *)facts, error);
}

static int cmd_merge(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LabTable) runs = NULL;
    LabOutcome outcome;
    if (!opt.out)
        return usage_error("merge needs --out, the folder for the whole");
    if (!lab_merge((const char *const *)opt.files, opt.out, &runs, &outcome, &error) ||
        !write_merged(runs, opt.out, &outcome, &error))
        return fail(error, FALSE);
    print_outcome(opt.out, &outcome);
    if (outcome.failed)
        fprintf(stderr, "preaches-lab: %u of %u runs are in none of the folders\n", outcome.failed,
                outcome.runs);
    return outcome.failed || outcome.mismatched ? PREACHES_ERROR_FAILED : 0;
}

static int cmd_export(void)
{
    enum { USUAL_SHARDS = 8 };
    int status = 0;
    LabPlan *plan = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *kind = opt.files[0]; /* what `load` reads is the file behind it */
    memmove(opt.files, opt.files + 1, 2 * sizeof *opt.files);
    if (!g_strv_contains(lab_export_names, kind))
        return usage_error("export knows slurm and parallel");
    LabConfig *config = load(&status, &plan);
    if (!config)
        return status;
    g_autofree char *out_name = out_folder(config);
    g_autofree char *out = g_canonicalize_filename(out_name, NULL);
    g_autofree char *file = g_canonicalize_filename(config->path, NULL);
    guint wanted = opt.shards ? (guint)opt.shards : USUAL_SHARDS;
    LabExport what = {.lab = self, .name = lab_config_get(config, LAB_NAME), .file = file, .out = out,
                      .overrides = (const char *const *)opt.overrides,
                      .shards = MIN(wanted, plan->runs->len), .jobs = 1};
    g_autofree char *text = lab_export(kind, &what);
    fputs(text, stdout);
    lab_plan_free(plan);
    lab_config_free(config);
    return 0;
}

/* ---- explain ---- */

/* explain FILE.platform FROM TO SIZE: a transfer; explain FILE.ini: a checkpoint and a recovery. */
static int cmd_explain(void)
{
    g_autoptr(GError) error = NULL;
    guint n = g_strv_length(opt.files);
    char *text = NULL;
    if (n == 4) {
        guint64 bytes;
        if (!sim_parse_bytes(opt.files[3], &bytes))
            return usage_error("explain needs a size with its unit, as 10MB");
        SimPlatform *platform = sim_platform_load(opt.files[0], &error);
        text = platform ? lab_explain_transfer(platform, opt.files[1], opt.files[2], bytes, &error)
                        : NULL;
        g_clear_pointer(&platform, sim_platform_unref);
    } else if (n == 1) {
        int status = 0;
        LabPlan *plan = NULL;
        LabConfig *config = load(&status, &plan);
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
        return usage_error("explain needs an experiment file, or a platform file, two hosts and a size");
    }
    if (!text)
        return fail(error, FALSE);
    fputs(text, stdout);
    g_free(text);
    return 0;
}

/* ---- plot, report, compare ---- */

static int cmd_plot(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(opt.files[0], "manifest.json", NULL);
    g_auto(GStrv) facts = lab_manifest_read(path, NULL);
    g_autoptr(LabTable) runs = read_runs(opt.files[0], &error);
    const char *platform = lab_manifest_get((const char *const *)facts, "platform_file", "unknown");
    if (!runs || !plot_all(runs, lab_plot_kinds, platform, opt.out ? opt.out : opt.files[0], &error))
        return fail(error, FALSE);
    return 0;
}

static int cmd_report(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(opt.files[0], "manifest.json", NULL);
    g_autoptr(LabTable) runs = read_runs(opt.files[0], &error);
    g_autoptr(LabTable) summary = runs ? lab_summary_new(runs, &error) : NULL;
    g_auto(GStrv) facts = summary ? lab_manifest_read(path, &error) : NULL;
    if (!facts ||
        !lab_report_write(opt.files[0], runs, summary, (const char *const *)facts, &error))
        return fail(error, FALSE);
    return 0;
}

static int cmd_compare(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LabTable) a = lab_table_read(opt.files[0], &error);
    g_autoptr(LabTable) b = a ? lab_table_read(opt.files[1], &error) : NULL;
    if (!b)
        return fail(error, FALSE);
    GString *report = g_string_new(NULL);
    guint n = lab_compare(a, b, report);
    if (n)
        fputs(report->str, stdout);
    else if (!opt.quiet)
        printf("%u rows, no difference\n", a->rows->len);
    g_string_free(report, TRUE);
    return n ? PREACHES_ERROR_FAILED : 0;
}

/* ---- flows ---- */

/* To --out, else to standard output, where lines end as lines do. */
static gboolean print_table(const LabTable *table, GError **error)
{
    if (opt.out)
        return lab_table_write(table, opt.out, error);
    GString *csv = lab_table_csv(table);
    g_string_replace(csv, "\r\n", "\n", 0);
    fputs(csv->str, stdout);
    g_string_free(csv, TRUE);
    return TRUE;
}

static int cmd_flows(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LabTable) table =
        lab_flow_table(opt.files[0], opt.model ? opt.model : "lv08", &error);
    if (!table || !print_table(table, &error))
        return fail(error, FALSE);
    return 0;
}

/* ---- calibrate ---- */

static void say_program(const char *text)
{
    if (!opt.quiet)
        fprintf(stderr, "calibrate: %s\n", text);
}

/* The hash of this build, which the suite borrows. g_free. */
static char *fill_suite(LabSuite *suite, const char *out, GError **error)
{
    char *build = lab_program_hash(self, error);
    *suite = (LabSuite){.home = home, .build = build, .out = out,
                        .overrides = (const char *const *)opt.overrides, .quiet = opt.quiet,
                        .cancel = cancel, .tick = tick};
    return build;
}

/* Its runs are left beside the calibration file. */
static gboolean calibrate_real(SimCalibration *c, GError **error)
{
    g_autofree char *folder = opt.out ? g_strconcat(opt.out, ".runs", NULL)
                                      : g_dir_make_tmp("preaches-calibrate-XXXXXX", error);
    LabSuite suite;
    g_autofree char *build = folder ? fill_suite(&suite, folder, error) : NULL;
    gboolean ok = build && lab_suite_calibrate(&suite, opt.real, c, error);
    if (!opt.out && folder)
        preaches_tree_remove(folder);
    return ok;
}

static int cmd_calibrate(void)
{
    static const char *const usual[] = {"tree 1000 10", "tree 20000 1", "tree 60000 1", "nbody 64 10",
                                        "quicksort 10000 1", NULL};
    g_autoptr(GError) error = NULL;
    const char *const *programs = opt.files[0] ? (const char *const *)opt.files : usual;
    g_autoptr(SimCalibration) c = lab_calibrate(home, programs, say_program, cancel, &error);
    if (!c || (opt.real && !calibrate_real(c, &error)))
        return signal_seen ? 0 : fail(error, FALSE);
    g_autofree char *text = sim_calibration_text(c);
    if (!opt.out)
        fputs(text, stdout);
    else if (!lab_file_replace(opt.out, text, -1, &error))
        return fail(error, FALSE);
    return 0;
}

static int cmd_validate(void)
{
    enum { TARGET_PERCENT = 10 };
    g_autoptr(GError) error = NULL;
    LabSuite suite;
    LabValidation score;
    if (!opt.out || !opt.calibration)
        return usage_error("validate needs --calibration=FILE and --out=FOLDER");
    g_autoptr(SimCalibration) c = sim_calibration_load(opt.calibration, &error);
    g_autofree char *build = c ? fill_suite(&suite, opt.out, &error) : NULL;
    if (!build || !lab_suite_validate(&suite, (const char *const *)opt.files, c, &score, &error))
        return signal_seen ? 0 : fail(error, FALSE);
    printf("%u scenarios: predicted / measured is off by %.1f%% in the median, %.1f%% at worst\n",
           score.scenarios, 100 * score.median, 100 * score.worst);
    return 100 * score.median <= TARGET_PERCENT ? 0 : PREACHES_ERROR_FAILED;
}

/* ---- fit ---- */

enum { SHOWN_PROBLEMS = 20 };

static int cmd_fit(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SimFailTrace) trace = sim_fail_trace_load(opt.files[0], opt.system, &error);
    if (!trace)
        return fail(error, FALSE);
    g_autoptr(LabTable) table = lab_fit_table(trace);
    for (guint i = 0; i < trace->problems->len && !opt.quiet && !opt.json; i++)
        if (i < SHOWN_PROBLEMS)
            fprintf(stderr, "%s\n", (char *)trace->problems->pdata[i]);
    if (trace->problems->len > SHOWN_PROBLEMS && !opt.quiet && !opt.json)
        fprintf(stderr, "... and %u more (all with --json)\n", trace->problems->len - SHOWN_PROBLEMS);
    if (opt.json)
        print_text(lab_fit_json(table, trace));
    else if (!print_table(table, &error))
        return fail(error, FALSE);
    return 0;
}

/* ---- bench ---- */

static int cmd_bench(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LabTable) accepted = opt.check ? lab_table_read(opt.check, &error) : NULL;
    if (opt.check && !accepted)
        return fail(error, FALSE);
    if (opt.check && opt.files[0])
        return usage_error("bench: --check is for all parts");
    g_autoptr(LabTable) table = lab_bench_run(home, (const char *const *)opt.files, opt.gated, cancel,
                                              opt.quiet, &error);
    if (!table)
        return signal_seen ? 0 : fail(error, FALSE);
    g_autoptr(GString) report = g_string_new(NULL);
    guint wrong = accepted ? lab_bench_check(table, accepted, report) : 0;
    if (opt.out && !lab_table_write(table, opt.out, &error))
        return fail(error, FALSE);
    GString *csv = lab_table_csv(table);
    if (!opt.quiet && !opt.out)
        fputs(csv->str, stdout);
    g_string_free(csv, TRUE);
    if (wrong)
        printf("%u metrics differ from %s:\n%s", wrong, opt.check, report->str);
    else if (accepted && !opt.quiet)
        printf("all gated metrics as accepted\n");
    return wrong ? PREACHES_ERROR_FAILED : 0;
}

/* ---- the command line ---- */

static const struct {
    const char *name;
    guint least_files, most_files;
    int (*run)(void);
    const char *needs;
} commands[] = {
    {"run", 1, 1, cmd_run, "run needs one experiment file"},
    {"plan", 1, 1, cmd_plan, "plan needs one experiment file"},
    {"merge", 1, 100000, cmd_merge, "merge needs the folders of results of all shards"},
    {"export", 2, 2, cmd_export, "export needs slurm or parallel, and an experiment file"},
    {"plot", 1, 1, cmd_plot, "plot needs one folder of results"},
    {"report", 1, 1, cmd_report, "report needs one folder of results"},
    {"compare", 2, 2, cmd_compare, "compare needs two CSV files"},
    {"calibrate", 0, 1000, cmd_calibrate, "calibrate takes programs with their arguments"},
    {"validate", 1, 1000, cmd_validate, "validate needs experiment files of mode=real"},
    {"fit", 1, 1, cmd_fit, "fit needs one trace of failures"},
    {"explain", 1, 4, cmd_explain, "explain needs an experiment file, or a platform file, two hosts and a size"},
    {"flows", 1, 1, cmd_flows, "flows needs one folder of hosts, links, routes and flows"},
    {"bench", 0, 16, cmd_bench, "bench takes names of its parts"},
};

static const GOptionEntry entries[] = {
    {"define", 'D', 0, G_OPTION_ARG_STRING_ARRAY, &opt.overrides,
     "Another value for a key of the experiment", "SECTION.KEY=VALUE"},
    {"out", 'o', 0, G_OPTION_ARG_FILENAME, &opt.out, "Folder (or file) for the results", "PATH"},
    {"gated", 0, 0, G_OPTION_ARG_NONE, &opt.gated, "bench: only what is gated", NULL},
    {"check", 0, 0, G_OPTION_ARG_FILENAME, &opt.check, "bench: compare with this file", "FILE"},
    {"model", 0, 0, G_OPTION_ARG_STRING, &opt.model,
     "flows: pure, cm02, lv08-nocross or lv08 (default)", "NAME"},
    {"system", 0, 0, G_OPTION_ARG_STRING, &opt.system, "fit: system of a LANL trace", "NUMBER"},
    {"trace", 0, 0, G_OPTION_ARG_STRING, &opt.trace,
     "run: what happened, with a hash, in OUT/trace: none, state, activity or event", "LEVEL"},
    {"shard", 0, 0, G_OPTION_ARG_STRING, &opt.shard, "run: the K-th of N equal parts of the runs", "K/N"},
    {"shards", 0, 0, G_OPTION_ARG_INT, &opt.shards, "export: into how many tasks (default 8)", "N"},
    {"jobs", 'j', 0, G_OPTION_ARG_INT, &opt.jobs, "Runs at a time (default: processors)", "N"},
    {"real", 0, 0, G_OPTION_ARG_FILENAME, &opt.real,
     "calibrate: with an experiment of mode=real too", "FILE.ini"},
    {"calibration", 0, 0, G_OPTION_ARG_FILENAME, &opt.calibration, "validate: what calibrate wrote",
     "FILE"},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &opt.quiet, "Only errors", NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &opt.json, "Facts as JSON", NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &opt.files, NULL, NULL},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};

static const char help[] =
    "Commands:\n"
    "  run FILE.ini          run an experiment; what is done already is kept\n"
    "  plan FILE.ini         list its runs, run nothing\n"
    "  merge DIR... --out=DIR   the folders of all shards of an experiment as one\n"
    "  export slurm FILE.ini    its shards as a script for sbatch\n"
    "  export parallel FILE.ini   ... as commands, one a line, for GNU parallel or sh\n"
    "  plot DIR              draw the plots of a folder of results again\n"
    "  report DIR            write its report.html again\n"
    "  compare A.csv B.csv   equal where they must be?\n"
    "  calibrate [PROGRAM]   measure the real core's costs, e.g. \"tree 20000 1\", for mode=model\n"
    "  validate FILE.ini...  the simulator's predictions against runs of mode=real\n"
    "  fit TRACE             laws of failures and repairs; --system of a LANL trace\n"
    "  explain FILE.ini      one checkpoint and recovery of mode=model, term by term;\n"
    "  explain PLATFORM FROM TO SIZE   one transfer\n"
    "  flows DIR             when each flow of a folder ends (simnet/flows.h says what is in it)\n"
    "  bench [PART…]         this build's own figures; --check FILE gates them\n\n"
    "Exit status: 0 done, 1 a run or check failed, 2 usage or configuration, 3 damaged input.";

static void find_home(void)
{
    self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = g_path_get_dirname(self ? self : ".");
    g_autofree char *above = g_build_filename(folder, "..", "..", NULL);
    home = g_canonicalize_filename(above, NULL);
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

static int dispatch(void)
{
    if (!opt.files || !opt.files[0])
        return usage_error("a command is needed");
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (!g_str_equal(opt.files[0], commands[i].name))
            continue;
        g_free(opt.files[0]);
        memmove(opt.files, opt.files + 1, g_strv_length(opt.files + 1) * sizeof *opt.files + sizeof *opt.files);
        guint n = g_strv_length(opt.files);
        if (n < commands[i].least_files || n > commands[i].most_files)
            return usage_error(commands[i].needs);
        return commands[i].run();
    }
    g_autofree char *text = g_strdup_printf("unknown command '%s'", opt.files[0]);
    return usage_error(text);
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GOptionContext) context = g_option_context_new("COMMAND …");
    setlocale(LC_ALL, "C.UTF-8"); /* digits and sorting must not depend on who runs it */
    opt.jobs = (int)g_get_num_processors();
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_description(context, help);
    if (!g_option_context_parse(context, &argc, &argv, &error))
        return usage_error(error->message);
    if (opt.jobs < 1 || opt.jobs > 1024)
        return usage_error("--jobs needs a number from 1 to 1024");
    if (opt.shards < 0 || opt.shards > 100000)
        return usage_error("--shards needs a number from 1 to 100000");
    cancel = g_cancellable_new();
    find_home();
    catch_signals();
    int status = dispatch();
    g_clear_object(&cancel);
    g_strfreev(opt.overrides);
    g_strfreev(opt.files);
    g_free(opt.out);
    g_free(opt.check);
    g_free(opt.real);
    g_free(opt.calibration);
    g_free(opt.model);
    g_free(opt.system);
    g_free(opt.shard);
    g_free(opt.trace);
    g_free(home);
    g_free(self);
    return signal_seen ? 128 + signal_seen : status;
}
