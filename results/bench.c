/* Each part fills rows; a row is gated only when two runs on one machine and build must agree. Times
 * are never gated: ratios of times within one run are shown with the target they should meet. */
#include "bench.h"
#include "../core/agent/proc.h"
#include "bench_rows.h"
#include "config.h"
#include "runner.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VALUE = 1, REFERENCE = 3, RATIO, TARGET, OK };

#define TOLERANCE 0.01 /* of a gated metric */
enum { WAIT_MS = 60 * 1000 };

typedef struct Bench {
    LabTable *table;
    const char *home;
    char *scratch;
    GCancellable *cancel;
    gboolean gated_only;
} Bench;

static const struct Job {
    const char *name, *args[3];
} jobs[] = {
    {"tree", {"2000", "3", NULL}},
    {"nbody", {"64", "10", NULL}},
    {"quicksort", {"5000", "1", NULL}},
    {"sparse", {"40", "5", NULL}},
};

/* ---- rows ---- */

static void add_gated(Bench *bench, const char *metric, double value, const char *unit)
{
    lab_bench_gated(bench->table, metric, value, unit);
}

static void add_measured(Bench *bench, const char *metric, double value, const char *unit,
                         double reference, double target)
{
    lab_bench_measured(bench->table, metric, value, unit, reference, target);
}

static char *program_of(const Bench *bench, const char *name)
{
    return g_build_filename(bench->home, "build", "workloads", name, NULL);
}

/* ---- image.*, cc.*: one checkpoint in the middle of each job, for all classes ---- */

typedef struct Taken {
    guint64 polls, state_bytes, images;
    gint64 pause_ns;
    int status;
} Taken;

static guint64 field(const PreachesEvent *event, guint i)
{
    return i < g_strv_length(event->field) ? g_ascii_strtoull(event->field[i], NULL, 10) : 0;
}

static void note_event(Taken *taken, const PreachesEvent *event)
{
    const char *word = event->line ? event->field[0] : "";
    if (!event->line)
        taken->status = event->status;
    else if (g_str_equal(word, "checkpoint"))
        taken->pause_ns = (gint64)field(event, 3), taken->state_bytes = field(event, 4);
    else if (g_str_equal(word, "done"))
        taken->images = field(event, 2);
    else if (g_str_equal(word, "exit"))
        taken->polls = field(event, 2);
}

/* One run. Polls are counted only where something waits for one: at_poll may lie beyond the last. */
static gboolean run_job(const Bench *bench, const struct Job *job, const char *spool, guint64 at_poll,
                        Taken *taken, GError **error)
{
    g_autofree char *program = program_of(bench, job->name);
    g_autofree char *out = g_build_filename(bench->scratch, "stdout", NULL);
    g_autofree char *at = g_strdup_printf("%" G_GUINT64_FORMAT, at_poll);
    PreachesSpec spec = {.program = program, .name = job->name, .args = job->args, .spool = spool,
                         .at_polls = at, .sync = TRUE, .out_path = out, .dir = bench->scratch,
                         .listen = TRUE};
    PreachesProc *proc = preaches_proc_start(&spec, error);
    gboolean ok = proc != NULL;
    for (gboolean ended = FALSE; ok && !ended;) {
        PreachesEvent event;
        ok = !g_cancellable_set_error_if_cancelled(bench->cancel, error) &&
             preaches_proc_next(proc, WAIT_MS, &event, error);
        if (!ok)
            break;
        note_event(taken, &event);
        ended = !event.line;
        preaches_event_clear(&event);
    }
    preaches_proc_free(proc);
    return ok;
}

/* In the middle of its polls, however many a change of where they stand leaves. */
static gboolean take_checkpoint(const Bench *bench, const struct Job *job, const char *spool,
                                Taken *taken, GError **error)
{
    Taken counted = {0};
    if (!run_job(bench, job, spool, G_MAXINT64, &counted, error) ||
        !run_job(bench, job, spool, MAX(counted.polls / 2, 1), taken, error))
        return FALSE;
    if (taken->status == 0 && taken->images > 0)
        return TRUE;
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s took no checkpoint (status %d, %" G_GUINT64_FORMAT
                " polls)", job->name, taken->status, counted.polls);
    return FALSE;
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_image_bytes(Bench *bench, const struct Job *job, const char *epoch)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = g_dir_open(epoch, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));)
        if (g_str_has_suffix(name, ".class.img"))
            g_ptr_array_add(names, g_strdup(name));
    if (dir)
        g_dir_close(dir);
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        g_autofree char *path = g_build_filename(epoch, name, NULL);
        g_autofree char *cls = g_strndup(name, strlen(name) - strlen(".class.img"));
        g_autofree char *metric = g_strdup_printf("image.%s.%s_bytes", job->name, cls);
        GStatBuf status;
        if (g_stat(path, &status) == 0)
            add_gated(bench, metric, (double)status.st_size, "B");
    }
}

static gboolean bench_images(Bench *bench, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(jobs); i++) {
        const struct Job *job = &jobs[i];
        g_autofree char *spool = g_build_filename(bench->scratch, job->name, NULL);
        g_autofree char *epoch = g_build_filename(spool, "epoch-000001", NULL);
        g_autofree char *classes = g_strdup_printf("image.%s.classes", job->name);
        g_autofree char *state = g_strdup_printf("image.%s.state_bytes", job->name);
        g_autofree char *polls = g_strdup_printf("cc.%s.polls", job->name);
        g_autofree char *pause = g_strdup_printf("snapshot.%s.pause", job->name);
        Taken taken = {0};
        g_mkdir_with_parents(spool, 0755);
        if (!take_checkpoint(bench, job, spool, &taken, error))
            return FALSE;
        add_gated(bench, polls, (double)taken.polls, "polls");
        add_gated(bench, state, (double)taken.state_bytes, "B");
        add_gated(bench, classes, (double)taken.images, "classes");
        add_image_bytes(bench, job, epoch);
        add_measured(bench, pause, (double)taken.pause_ns / 1e6, "ms", 1, -1);
    }
    return TRUE;
}

/* ---- image.*.zstd, .lz4 ---- */

static gboolean bench_pack(Bench *bench, GError **error)
{
    static const struct Job large[] = {{"tree", {"200000", "1", NULL}}, {"sparse", {"160", "3", NULL}}};
    for (guint i = 0; i < G_N_ELEMENTS(large); i++) {
        g_autofree char *spool = g_strdup_printf("%s/%s-large", bench->scratch, large[i].name);
        g_autofree char *image = g_build_filename(spool, "epoch-000001", "x86_64.class.img", NULL);
        Taken taken = {0};
        g_mkdir_with_parents(spool, 0755);
        if (!take_checkpoint(bench, &large[i], spool, &taken, error) ||
            !lab_bench_pack(bench->table, large[i].name, image, bench->scratch, bench->cancel, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- lab.*: one seeded run in virtual time ---- */

static gboolean bench_run(Bench *bench, GError **error)
{
    static const char *const shown[] = {"first_work_ns", "total_ns", "propagate_ns", "sent_bytes"};
    g_autofree char *ini = g_build_filename(bench->home, "results", "baseline", "bench.ini", NULL);
    g_autofree char *out = g_build_filename(bench->scratch, "lab", NULL);
    g_autoptr(LabConfig) config = lab_config_load(ini, NULL, bench->home, error);
    g_autoptr(LabPlan) plan = config ? lab_plan_new(config, "bench", error) : NULL;
    g_autoptr(LabTable) runs = NULL;
    LabOutcome outcome;
    LabRunnerOptions options = {.out = out, .jobs = 1, .quiet = TRUE, .cancel = bench->cancel};
    if (!plan || !lab_runner_run(plan, &options, &runs, &outcome, error))
        return FALSE;
    guint matched = 0;
    for (guint i = 0; i < runs->rows->len; i++) {
        const char *strategy = lab_table_cell(runs, i, lab_table_column(runs, "strategy"));
        const char *target = lab_table_cell(runs, i, lab_table_column(runs, "target_arch"));
        gint64 value;
        for (guint k = 0; k < G_N_ELEMENTS(shown); k++) {
            g_autofree char *metric =
                g_strdup_printf("lab.%s.%s.%s", strategy, target, shown[k]);
            if (lab_table_int(runs, i, lab_table_column(runs, shown[k]), &value))
                add_gated(bench, metric, (double)value, strstr(shown[k], "_ns") ? "ns" : "B");
        }
        matched += g_str_equal(lab_table_cell(runs, i, lab_table_column(runs, "output_match")), "1");
    }
    add_gated(bench, "lab.outputs_equal", matched, "runs");
    return TRUE;
}

static gboolean bench_convert(Bench *bench, GError **error)
{
    return lab_bench_convert(bench->table, bench->cancel, error);
}

static gboolean bench_cost(Bench *bench, GError **error)
{
    return lab_bench_cost(bench->table, bench->home, bench->scratch, bench->gated_only, bench->cancel, error);
}

static gboolean bench_real(Bench *bench, GError **error)
{
    return lab_bench_real(bench->table, bench->home, bench->scratch, bench->cancel, error);
}

static gboolean bench_simulator(Bench *bench, GError **error)
{
    return lab_bench_simulator(bench->table, bench->home, bench->cancel, error);
}

static gboolean bench_arena(Bench *bench, GError **error)
{
    return lab_bench_arena(bench->table, bench->home, bench->scratch, bench->cancel, error);
}

static gboolean bench_memory(Bench *bench, GError **error)
{
    return lab_bench_memory(bench->table, bench->home, bench->cancel, error);
}

static gboolean bench_recovery(Bench *bench, GError **error)
{
    return lab_bench_recovery(bench->table, bench->home, bench->cancel, error);
}

static gboolean bench_increments(Bench *bench, GError **error)
{
    return lab_bench_increments(bench->table, bench->home, bench->cancel, error);
}

static gboolean bench_network(Bench *bench, GError **error)
{
    return lab_bench_network(bench->table, bench->home, bench->scratch, bench->cancel, error);
}

/* ---- all ---- */

static const struct Part {
    const char *name, *what;
    gboolean (*run)(Bench *, GError **);
    gboolean gated;
} parts[] = {{"images", "images of the workloads", bench_images, TRUE},
             {"compress", "images compressed", bench_pack, FALSE},
             {"run", "a seeded run", bench_run, TRUE},
             {"convert", "conversion", bench_convert, FALSE},
             {"memory", "snapshots and images of a large heap", bench_memory, FALSE},
             {"recovery", "recovery", bench_recovery, FALSE},
             {"incremental", "incremental epochs", bench_increments, FALSE},
             {"network", "agents on a network", bench_network, FALSE},
             {"arena", "the allocator", bench_arena, FALSE},
             {"cost", "cost without checkpoints", bench_cost, TRUE},
             {"real", "cost of programs from Debian", bench_real, FALSE},
             {"simulator", "the simulator", bench_simulator, TRUE}};

/* Every name is a part's. */
static gboolean check_names(const char *const *names, GError **error)
{
    for (guint k = 0; names && names[k]; k++) {
        g_autoptr(GString) known = g_string_new(NULL);
        gboolean found = FALSE;
        for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
            found = found || g_str_equal(parts[i].name, names[k]);
            g_string_append_printf(known, " %s", parts[i].name);
        }
        if (found)
            continue;
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "no part '%s' of the bench; there are%s",
                    names[k], known->str);
        return FALSE;
    }
    return TRUE;
}

LabTable *lab_bench_table(void)
{
    return lab_table_new(lab_bench_columns);
}

gboolean lab_bench_run(LabTable *table, const char *home, const char *const *names, gboolean gated_only,
                       GCancellable *cancel, gboolean quiet, GError **error)
{
    if (!check_names(names, error))
        return FALSE;
    Bench bench = {.table = table, .home = home, .cancel = cancel, .gated_only = gated_only};
    bench.scratch = g_dir_make_tmp("preaches-bench-XXXXXX", error);
    gboolean ok = bench.scratch != NULL;
    for (guint i = 0; i < G_N_ELEMENTS(parts) && ok; i++) {
        if ((gated_only && !parts[i].gated) ||
            (names && names[0] && !g_strv_contains(names, parts[i].name)))
            continue;
        if (!quiet)
            g_printerr("bench: %s\n", parts[i].what);
        ok = !g_cancellable_set_error_if_cancelled(cancel, error) && parts[i].run(&bench, error);
    }
    if (bench.scratch)
        preaches_tree_remove(bench.scratch);
    g_free(bench.scratch);
    return ok;
}

static char **find_row(const LabTable *table, const char *metric)
{
    for (guint i = 0; i < table->rows->len; i++)
        if (g_str_equal(lab_table_cell(table, i, lab_table_column(table, "metric")), metric))
            return table->rows->pdata[i];
    return NULL;
}

static void set_cell(char **row, guint column, char *text)
{
    g_free(row[column]);
    row[column] = text;
}

/* TRUE when the gated metric stands where it stood; marks the row either way. */
static gboolean check_row(char **row, const char *accepted)
{
    double now = g_ascii_strtod(row[VALUE], NULL), was = g_ascii_strtod(accepted, NULL);
    gboolean ok = fabs(now - was) <= TOLERANCE * fabs(was);
    set_cell(row, REFERENCE, g_strdup(accepted));
    set_cell(row, RATIO, was > 0 ? g_strdup_printf("%.4f", now / was) : g_strdup(""));
    set_cell(row, TARGET, g_strdup("+-1%"));
    set_cell(row, OK, g_strdup(ok ? "yes" : "no"));
    return ok;
}

guint lab_bench_check(LabTable *now, const LabTable *accepted, GString *report)
{
    int gate = lab_table_column(accepted, "gate"), value = lab_table_column(accepted, "value");
    int metric = lab_table_column(accepted, "metric");
    guint wrong = 0;
    g_string_append_printf(report, "%-36s %16s %16s\n", "metric", "accepted", "now");
    for (guint i = 0; i < accepted->rows->len; i++) {
        if (!g_str_equal(lab_table_cell(accepted, i, gate), "yes"))
            continue;
        const char *name = lab_table_cell(accepted, i, metric);
        const char *was = lab_table_cell(accepted, i, value);
        char **row = find_row(now, name);
        if (row && check_row(row, was))
            continue;
        wrong++;
        g_string_append_printf(report, "%-36s %16s %16s\n", name, was, row ? row[VALUE] : "missing");
    }
    return wrong;
}
