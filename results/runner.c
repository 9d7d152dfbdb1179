/* The main thread hands runs to a pool and hears of their ends by a queue; it alone prints, counts
 * and looks at the clock. A worker touches its own run, its own folder and nothing else. */
#include "runner.h"
#include "../core/agent/proc.h"
#include "../faultinject/faultplan.h"
#include "../simnet/modelrun.h"
#include "baseline.h"
#include "progress.h"
#include "realrun.h"
#include "runs.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { TICK_US = 100 * 1000 };

typedef struct Runner {
    const LabPlan *plan;
    const LabRunnerOptions *options;
    char *runs, *baseline, *scratch; /* folders */
    GHashTable *baselines;           /* key -> LabBaseline; read only while runs are running */
    GAsyncQueue *done;               /* of Task */
    LabProgress *progress;
    guint n_done;
} Runner;

typedef struct Task {
    Runner *runner;
    const LabRun *run;
    LabBaseline *baseline; /* what a baseline task makes */
    char **row;            /* what a run makes */
    GError *error;
} Task;

static void task_free(Task *task)
{
    g_clear_error(&task->error);
    g_strfreev(task->row);
    g_free(task);
}

/* ---- what a worker does ---- */

static GArray *draw_faults(const LabConfig *config, const LabRun *run, gint64 run_ns)
{
    g_autofree const char **points = g_new0(const char *, config->values[LAB_POINTS]->len + 1);
    g_autofree char *stream =
        g_strdup_printf("%s %s", run->program->name, run->value[LAB_ARGS]);
    for (guint i = 0; i < config->values[LAB_POINTS]->len; i++)
        points[i] = config->values[LAB_POINTS]->pdata[i];
    gint64 interval_ns = lab_time_ns(lab_config_get(config, LAB_INTERVAL));
    if (*run->value[LAB_INTERVAL])
        interval_ns = lab_time_ns(run->value[LAB_INTERVAL]);
    gboolean weibull = g_str_equal(run->value[LAB_DISTRIBUTION], "weibull");
    FaultLaw law = {
        .distribution = weibull ? FAULT_WEIBULL : FAULT_EXPONENTIAL,
        .mttf_ns = lab_time_ns(run->value[LAB_MTTF]),
        .shape = g_ascii_strtod(run->value[LAB_SHAPE], NULL),
        .repair_ns = lab_time_ns(run->value[LAB_REPAIR]),
        .at_least_one = lab_count(run->value[LAB_MINIMUM]) > 0,
        /* without checkpoints there is no such point: the failures stay where their times are */
        .points = points[0] && run->strategy != SIM_STRATEGY_0 ? points : NULL,
        .point_share = g_ascii_strtod(run->value[LAB_SHARE], NULL),
        .epochs = (guint64)MAX(run_ns / interval_ns, 1),
        .holder_share = g_ascii_strtod(run->value[LAB_HOLDERS], NULL),
        .maximum = (guint)lab_count(run->value[LAB_MAXIMUM]),
    };
    return fault_plan_draw(&law, g_ascii_strtoull(run->value[LAB_SEED], NULL, 10),
                           run->replication, stream, run_ns);
}

/* mode=live and mode=real: the same job and failures, in virtual time or by the clock. */
static gboolean run_job(const Runner *runner, const LabRun *run, const char *scratch, SimTrace *record,
                        SimRunResult *result, GError **error)
{
    const LabConfig *config = runner->plan->config;
    g_autofree char *key = lab_baseline_key(run);
    const LabBaseline *baseline = g_hash_table_lookup(runner->baselines, key);
    g_auto(GStrv) argv = NULL;
    if (!baseline) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "it has no undisturbed run");
        return FALSE;
    }
    if (*run->value[LAB_ARGS] && !g_shell_parse_argv(run->value[LAB_ARGS], NULL, &argv, error))
        return FALSE;
    static const char *const none[] = {NULL};
    gint64 run_ns = lab_time_ns(run->value[LAB_RUN]);
    GArray *faults = draw_faults(config, run, run_ns);
    SimRunSpec spec = {
        .platform = config->platform,
        .workload = run->program->name, .program = run->program->path,
        .args = argv ? (const char *const *)argv : none,
        .source_arch = run->value[LAB_SOURCE], .target_arch = run->value[LAB_TARGET],
        .strategy = run->strategy,
        .interval_ns = MAX(lab_time_ns(run->value[LAB_INTERVAL]), 0), .run_ns = run_ns,
        .detector_ns = lab_time_ns(run->value[LAB_DETECTOR]),
        .replicas = (guint)MAX(lab_count(run->value[LAB_REPLICAS]), 1),
        .convert_at_sender = !g_str_equal(run->value[LAB_CONVERTER], "receiver"),
        .total_polls = baseline->polls, .expected_output = baseline->output,
        .scratch = scratch,
        .faults = (const SimFault *)(gpointer)faults->data, .n_faults = faults->len,
        .seed = g_ascii_strtoull(run->value[LAB_SEED], NULL, 10),
        .replication = run->replication, .cancel = runner->options->cancel, .trace = record,
        .work = lab_work(run->value[LAB_WORK]),
    };
    LabRealSpec real = {.run = &spec, .network = run->value[LAB_NETWORK],
                        .loss = g_ascii_strtod(run->value[LAB_LOSS], NULL),
                        .compress = run->value[LAB_COMPRESS], .kind = run->value[LAB_KIND]};
    gboolean ok = config->real ? lab_real_run(&real, result, error)
                               : sim_world_run(&spec, result, error);
    fault_plan_free(faults);
    return ok;
}

static SimLaw law_of(const char *name, const char *mean, const char *shape)
{
    gint64 mean_ns = lab_time_ns(mean);
    SimLawKind kind = SIM_LAW_NEVER;
    for (guint i = 0; sim_law_names[i] && mean_ns > 0; i++)
        if (g_str_equal(sim_law_names[i], name))
            kind = (SimLawKind)i;
    return sim_law_init(kind, (double)mean_ns, g_ascii_strtod(shape, NULL));
}

static SimInterval interval_of(const LabRun *run)
{
    SimInterval interval = {.fixed_ns = MAX(lab_time_ns(run->value[LAB_INTERVAL]), 0),
                            .mtbf_ns = (double)MAX(lab_time_ns(run->value[LAB_MTTF]), 0),
                            .target_ns = MAX(lab_time_ns(run->value[LAB_RECOVERY_TARGET]), 0)};
    for (guint i = 0; sim_interval_names[i]; i++)
        if (g_str_equal(sim_interval_names[i], run->value[LAB_POLICY]))
            interval.kind = (SimIntervalKind)i;
    return interval;
}

static gboolean run_model(const Runner *runner, const LabRun *run, SimTrace *record,
                          SimModelResult *result, GError **error)
{
    const LabConfig *config = runner->plan->config;
    g_autofree char *name = lab_sizes_name(run->program, run->value[LAB_ARGS]);
    gboolean calibrated = g_str_equal(run->value[LAB_COSTS], "calibrated");
    gboolean trace = g_str_equal(run->value[LAB_DISTRIBUTION], "trace");
    SimModelSpec spec = {
        .platform = config->platform,
        .sizes = sim_calibration_find(config->calibration, name),
        .costs = calibrated ? &config->calibration->costs : &sim_costs,
        .cells = (guint)lab_count(run->value[LAB_CELLS]),
        .jobs = (guint)lab_count(run->value[LAB_JOBS]),
        .source_arch = run->value[LAB_SOURCE], .target_arch = run->value[LAB_TARGET],
        .strategy = run->strategy,
        .replicas = (guint)MAX(lab_count(run->value[LAB_REPLICAS]), 1),
        .convert_at_sender = !g_str_equal(run->value[LAB_CONVERTER], "receiver"),
        .interval = interval_of(run), .run_ns = lab_time_ns(run->value[LAB_RUN]),
        .spread_ns = lab_time_ns(run->value[LAB_SPREAD]),
        .horizon_ns = MAX(lab_time_ns(run->value[LAB_HORIZON]), 0),
        .detector_ns = lab_time_ns(run->value[LAB_DETECTOR]),
        .failure = law_of(run->value[LAB_DISTRIBUTION], run->value[LAB_MTTF], run->value[LAB_SHAPE]),
        .repair = law_of(run->value[LAB_REPAIR_DISTRIBUTION], run->value[LAB_REPAIR],
                         run->value[LAB_REPAIR_SHAPE]),
        .group_failure = law_of(run->value[LAB_GROUP_DISTRIBUTION], run->value[LAB_GROUP_MTTF],
                                run->value[LAB_GROUP_SHAPE]),
        .group_repair = law_of("fixed", run->value[LAB_GROUP_REPAIR], "1"),
        .group_hit = (guint)lab_count(run->value[LAB_GROUP_HIT]), /* "all" is 0 */
        .work = lab_work(run->value[LAB_WORK]),
        .hit_jobs = g_str_equal(run->value[LAB_HITS], "jobs"),
        .trace = trace ? g_hash_table_lookup(config->traces, run->value[LAB_SYSTEM]) : NULL,
        .seed = g_ascii_strtoull(run->value[LAB_SEED], NULL, 10),
        .replication = run->replication, .cancel = runner->options->cancel, .record = record};
    return sim_model_run(&spec, result, error);
}

static char *run_path(const Runner *runner, const LabRun *run)
{
    return g_strdup_printf("%s/%s.csv", runner->runs, run->id);
}

static char *trace_path(const Runner *runner, const LabRun *run)
{
    return g_strdup_printf("%s/trace/%s.trace", runner->options->out, run->id);
}

/* The run, recorded where that was asked for. */
static gboolean run_recorded(const Runner *runner, const LabRun *run, const char *scratch,
                             SimModelResult *result, GError **error)
{
    g_autofree char *path = trace_path(runner, run);
    SimTrace *record = NULL;
    if (runner->options->trace && !(record = sim_trace_new(runner->options->trace, path, error)))
        return FALSE;
    gboolean ok = runner->plan->config->model
                      ? run_model(runner, run, record, result, error)
                      : run_job(runner, run, scratch, record, &result->row, error);
    return sim_trace_end(record, ok ? error : NULL) && ok;
}

static void do_run(Task *task)
{
    Runner *runner = task->runner;
    g_autofree char *scratch = g_build_filename(runner->scratch, task->run->id, NULL);
    g_autofree char *path = run_path(runner, task->run);
    SimModelResult result = {0};
    preaches_tree_remove(scratch);
    if (g_mkdir_with_parents(scratch, 0755) != 0) {
        g_set_error(&task->error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: %s", scratch,
                    g_strerror(errno));
        return;
    }
    if (run_recorded(runner, task->run, scratch, &result, &task->error)) {
        g_autoptr(LabTable) table = lab_table_new(lab_run_columns);
        task->row = lab_run_row(runner->plan->config, task->run, &result);
        lab_table_take(table, g_strdupv(task->row));
        lab_table_write(table, path, &task->error);
    }
    preaches_tree_remove(scratch);
}

static void do_baseline(Task *task)
{
    Runner *runner = task->runner;
    g_autofree char *name = g_strdup_printf("baseline-%s", task->run->id);
    g_autofree char *scratch = g_build_filename(runner->scratch, name, NULL);
    task->baseline = lab_baseline_get(task->run, runner->baseline, scratch,
                                      runner->options->cancel, &task->error);
}

static void work(gpointer data, gpointer baseline)
{
    Task *task = data;
    if (g_cancellable_set_error_if_cancelled(task->runner->options->cancel, &task->error))
        ; /* the queue is emptied without running anything more */
    else if (baseline)
        do_baseline(task);
    else
        do_run(task);
    g_async_queue_push(task->runner->done, task);
}

/* ---- what the main thread does ---- */

/* Runs tasks to their ends; `take` gets each of them as it comes. */
static gboolean run_tasks(Runner *runner, GPtrArray *tasks, gboolean baseline,
                          void (*take)(Runner *, Task *, gpointer), gpointer data, GError **error)
{
    guint jobs = runner->plan->config->real ? 1 : runner->options->jobs; /* clocks are read */
    GThreadPool *pool =
        g_thread_pool_new(work, GINT_TO_POINTER(baseline), (int)jobs, TRUE, error);
    if (!pool)
        return FALSE;
    for (guint i = 0; i < tasks->len; i++)
        g_thread_pool_push(pool, tasks->pdata[i], NULL);
    for (guint ended = 0; ended < tasks->len;) {
        Task *task = g_async_queue_timeout_pop(runner->done, TICK_US);
        if (task) {
            ended++;
            take(runner, task, data);
        }
        lab_progress_set(runner->progress, runner->n_done);
    }
    g_thread_pool_free(pool, FALSE, TRUE);
    return TRUE;
}

static void report_failure(Runner *runner, const Task *task, const char *what)
{
    g_autofree char *title = lab_run_title(task->run);
    if (!g_cancellable_is_cancelled(runner->options->cancel))
        lab_progress_message(runner->progress, "preaches-lab: %s %s (%s) failed: %s", what,
                             task->run->id, title, task->error->message);
}

static void take_baseline(Runner *runner, Task *task, gpointer data)
{
    (void)data;
    if (task->error)
        report_failure(runner, task, "undisturbed run for");
    else
        g_hash_table_insert(runner->baselines, lab_baseline_key(task->run), task->baseline);
    task_free(task);
}

static void take_run(Runner *runner, Task *task, gpointer data)
{
    char ***rows = data;
    runner->n_done++;
    if (task->error)
        report_failure(runner, task, "run");
    else
        rows[task->run->index] = g_steal_pointer(&task->row);
    task_free(task);
}

/* The row of a run that an earlier job finished, or NULL. A damaged file is run again, and so is a run
 * of which a trace is wanted that is not there. */
static char **recall_row(const Runner *runner, const LabRun *run)
{
    g_autofree char *path = run_path(runner, run);
    g_autofree char *trace = trace_path(runner, run);
    if (runner->options->trace && !g_file_test(trace, G_FILE_TEST_EXISTS))
        return NULL;
    g_autoptr(LabTable) table = lab_table_read(path, NULL);
    if (!table || table->rows->len != 1 ||
        !g_strv_equal((const char *const *)table->columns, lab_run_columns) ||
        !g_str_equal(lab_table_cell(table, 0, lab_table_column(table, "run_id")), run->id))
        return NULL;
    return g_strdupv(table->rows->pdata[0]);
}

static Task *task_new(Runner *runner, const LabRun *run)
{
    Task *task = g_new0(Task, 1);
    task->runner = runner;
    task->run = run;
    return task;
}

static gboolean is_mine(const LabRunnerOptions *options, guint index)
{
    return options->shards == 0 || index % options->shards == options->shard - 1;
}

/* Both lists of tasks, without what is there already. */
static void list_tasks(Runner *runner, char ***rows, GPtrArray *baselines, GPtrArray *runs)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < runner->plan->runs->len; i++) {
        const LabRun *run = runner->plan->runs->pdata[i];
        if (!is_mine(runner->options, i))
            continue;
        rows[i] = recall_row(runner, run);
        if (rows[i])
            continue;
        g_ptr_array_add(runs, task_new(runner, run));
        if (!runner->plan->config->model && g_hash_table_add(seen, lab_baseline_key(run)))
            g_ptr_array_add(baselines, task_new(runner, run));
    }
}

static LabTable *collect(const Runner *runner, char ***rows, LabOutcome *outcome)
{
    LabTable *table = lab_table_new(lab_run_columns);
    int match = lab_table_column(table, "output_match");
    for (guint i = 0; i < runner->plan->runs->len; i++) {
        if (!rows[i]) {
            outcome->failed += is_mine(runner->options, i) ? 1 : 0;
            continue;
        }
        outcome->mismatched += *rows[i][match] == '0' ? 1 : 0;
        lab_table_take(table, rows[i]);
    }
    return table;
}

/* So that the folders of several shards can be put together in order (merge.h). */
static gboolean write_plan(const Runner *runner, GError **error)
{
    static const char *const columns[] = {"position", "run_id", NULL};
    g_autoptr(LabTable) table = lab_table_new(columns);
    g_autofree char *path = g_build_filename(runner->options->out, "plan.csv", NULL);
    for (guint i = 0; i < runner->plan->runs->len; i++) {
        char **row = g_new0(char *, 3);
        row[0] = g_strdup_printf("%u", i + 1);
        row[1] = g_strdup(((const LabRun *)runner->plan->runs->pdata[i])->id);
        lab_table_take(table, row);
    }
    return lab_table_write(table, path, error);
}

/* One job at a time works in a folder; the lock goes with the process. */
static int lock_folder(const char *out, GError **error)
{
    if (g_mkdir_with_parents(out, 0755) != 0) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s: %s", out, g_strerror(errno));
        return -1;
    }
    int fd = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s: %s", out,
                fd < 0 ? g_strerror(errno) : "another preaches-lab is working in it");
    if (fd >= 0)
        close(fd);
    return -1;
}

static gboolean make_folders(Runner *runner, GError **error)
{
    const char *out = runner->options->out;
    runner->runs = g_build_filename(out, "runs", NULL);
    runner->baseline = g_build_filename(out, "baseline", NULL);
    runner->scratch = g_build_filename(out, "scratch", NULL);
    preaches_tree_remove(runner->scratch); /* of a job that was killed */
    g_autofree char *trace = g_build_filename(out, "trace", NULL);
    const char *const folders[] = {runner->runs, runner->baseline, runner->scratch,
                                   runner->options->trace ? trace : out};
    for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
        if (g_mkdir_with_parents(folders[i], 0755) != 0) {
            g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s: %s", folders[i],
                        g_strerror(errno));
            return FALSE;
        }
    return TRUE;
}

static gboolean run_plan(Runner *runner, char ***rows, LabOutcome *outcome, GError **error)
{
    g_autoptr(GPtrArray) baselines = g_ptr_array_new();
    g_autoptr(GPtrArray) runs = g_ptr_array_new();
    list_tasks(runner, rows, baselines, runs);
    for (guint i = 0; i < runner->plan->runs->len; i++)
        outcome->runs += is_mine(runner->options, i) ? 1 : 0;
    outcome->kept = outcome->runs - runs->len;
    runner->progress = lab_progress_new("runs", runs->len, runner->options->quiet);
    gboolean ok = run_tasks(runner, baselines, TRUE, take_baseline, NULL, error) &&
                  run_tasks(runner, runs, FALSE, take_run, rows, error);
    lab_progress_free(runner->progress);
    return ok && !g_cancellable_set_error_if_cancelled(runner->options->cancel, error);
}

gboolean lab_runner_run(const LabPlan *plan, const LabRunnerOptions *options, LabTable **table,
                        LabOutcome *outcome, GError **error)
{
    Runner runner = {.plan = plan, .options = options};
    int lock = lock_folder(options->out, error);
    *outcome = (LabOutcome){0};
    if (lock < 0)
        return FALSE;
    g_autofree char ***rows = g_new0(char **, plan->runs->len);
    runner.baselines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                             (GDestroyNotify)lab_baseline_free);
    runner.done = g_async_queue_new();
    g_autofree char *path = g_build_filename(options->out, "runs.csv", NULL);
    gboolean ok = make_folders(&runner, error) && write_plan(&runner, error) &&
                  run_plan(&runner, rows, outcome, error);
    preaches_tree_remove(runner.scratch);
    *table = collect(&runner, rows, outcome);
    ok = ok && lab_table_write(*table, path, error);
    if (!ok)
        g_clear_pointer(table, lab_table_free);
    g_hash_table_unref(runner.baselines);
    g_async_queue_unref(runner.done);
    g_free(runner.runs);
    g_free(runner.baseline);
    g_free(runner.scratch);
    close(lock);
    return ok;
}
