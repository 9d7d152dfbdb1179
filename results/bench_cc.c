/* What it costs a program to be checkpointable while nothing is taken, and how soon a checkpoint begins
 * after it was asked for. Every workload in three builds: plain (gcc -O2), auto, profile (polls by a
 * record of the same work). Instructions are counted by callgrind and repeat; times and latencies are this
 * machine's at this moment. */
#include "../core/agent/proc.h"
#include "bench_rows.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_PAIRS = 5, N_REQUESTS = 40, WAIT_MS = 60 * 1000, LEAST_PAUSE_US = 2000, PAUSE_RANGE_US = 20000 };

typedef enum Build { PLAIN, AUTO, PROFILE, SMALL_PROFILE /* recorded on next to nothing */, N_BUILDS } Build;

static const struct Job {
    const char *name, *counted[3], *small[3], *endless[3];
} jobs[] = {
    {"tree", {"4000", "30"}, {"20", "2"}, {"12000", "4000000"}},
    {"nbody", {"40", "400"}, {"4", "2"}, {"200", "40000000"}},
    {"queens", {"8", "40"}, {"4", "1"}, {"9", "4000000"}},
    {"quicksort", {"5000", "8"}, {"10", "1"}, {"50000", "4000000"}},
    {"sparse", {"60", "60"}, {"4", "2"}, {"150", "40000000"}},
    {"text", {"3000"}, {"2"}, {"2000000"}},
    {"lists", {"2000", "100"}, {"5", "2"}, {"5000", "40000000"}},
};
enum { N_JOBS = G_N_ELEMENTS(jobs) };

typedef struct Cost {
    LabTable *table;
    const char *home, *scratch;
    GCancellable *cancel;
    char *program[N_JOBS][N_BUILDS];
} Cost;

/* ---- builds ---- */

static gboolean run_quietly(const Cost *cost, const char *const *argv, GError **error)
{
    int status = 1;
    return g_spawn_sync(cost->scratch, (char **)argv, NULL,
                        G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                        NULL, NULL, NULL, &status, error) &&
           g_spawn_check_wait_status(status, error);
}

/* argv of a program with its arguments; nothing in it is owned. */
static GPtrArray *with_args(const char *program, const char *const *args)
{
    GPtrArray *argv = g_ptr_array_new();
    g_ptr_array_add(argv, (gpointer)program);
    for (guint i = 0; i < 2 && args[i]; i++)
        g_ptr_array_add(argv, (gpointer)args[i]);
    g_ptr_array_add(argv, NULL);
    return argv;
}

/* The same source by gcc alone, with the flags that keep the meaning one (core/cc/README.md). */
static gboolean build_plain(const Cost *cost, const char *source, const char *out, GError **error)
{
    const char *const gcc[] = {"gcc", "-O2", "-static", "-fsigned-char", "-ffp-contract=off", "-w", "-o", out,
                               source, "-lm", NULL};
    return run_quietly(cost, gcc, error);
}

static gboolean build_ours(const Cost *cost, const char *source, const char *out, const char *polls,
                           const char *profile, GError **error)
{
    g_autofree char *cc = g_build_filename(cost->home, "build", "bin", "preaches-cc", NULL);
    const char *const argv[] = {cc, "--arch=native", "-O2", "-w", "-o", out, source, "-lm", polls, profile, NULL};
    return run_quietly(cost, argv, error);
}

static gboolean build_by_record(const Cost *cost, const char *source, const char *out, const char *const *work,
                                GError **error)
{
    g_autofree char *record = g_strconcat(out, ".record", NULL);
    g_autofree char *profile = g_strconcat("--polls-profile=", record, ".polls", NULL);
    if (!build_ours(cost, source, record, "--polls=record", NULL, error))
        return FALSE;
    g_autoptr(GPtrArray) argv = with_args(record, work);
    return run_quietly(cost, (const char *const *)argv->pdata, error) &&
           build_ours(cost, source, out, "--polls=profile", profile, error);
}

static gboolean build(Cost *cost, guint job, Build which, GError **error)
{
    static const char *const names[] = {"plain", "auto", "profile", "small"};
    static const char *const none[] = {NULL};
    g_autofree char *name = g_strconcat(jobs[job].name, ".c", NULL);
    g_autofree char *source = g_build_filename(cost->home, "workloads", name, NULL);
    if (which == AUTO) {
        cost->program[job][which] = g_build_filename(cost->home, "build", "workloads", jobs[job].name, NULL);
        return TRUE;
    }
    const char *out = cost->program[job][which] =
        g_strdup_printf("%s/%s.%s", cost->scratch, jobs[job].name, names[which]);
    return which == PLAIN     ? build_plain(cost, source, out, error)
           : which == PROFILE ? build_by_record(cost, source, out, none, error)
                              : build_by_record(cost, source, out, jobs[job].small, error);
}

/* ---- instructions ---- */

/* Of one run, in an empty environment so that they repeat; 0 and error. Callgrind's own code stands in the
 * upper part of the arena. */
static guint64 instructions(const Cost *cost, const char *program, const char *const *args, GError **error)
{
    static const char *const environment[] = {"PATH=/usr/bin:/bin", "PREACHES_HEAP=33554432", NULL};
    g_autoptr(GPtrArray) argv = with_args(program, args);
    g_autofree char *text = NULL;
    int status = 1;
    g_ptr_array_insert(argv, 0, (gpointer) "valgrind");
    g_ptr_array_insert(argv, 1, (gpointer) "--tool=callgrind");
    g_ptr_array_insert(argv, 2, (gpointer) "--callgrind-out-file=/dev/null");
    if (!g_spawn_sync(cost->scratch, (char **)argv->pdata, (char **)environment,
                      G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &text, &status, error) ||
        !g_spawn_check_wait_status(status, error))
        return 0;
    const char *at = strstr(text, "Collected : ");
    guint64 n = at ? g_ascii_strtoull(at + strlen("Collected : "), NULL, 10) : 0;
    if (n == 0)
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "no count of instructions of %s", program);
    return n;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Rows PREFIX.median and PREFIX.worst of ratios; sorts them. */
static void add_summary(const Cost *cost, const char *prefix, double *ratios, double median, double worst)
{
    g_autofree char *middle = g_strconcat(prefix, ".median", NULL), *last = g_strconcat(prefix, ".worst", NULL);
    qsort(ratios, N_JOBS, sizeof *ratios, compare_doubles);
    lab_bench_measured(cost->table, middle, ratios[N_JOBS / 2], "ratio", 1, -median);
    lab_bench_measured(cost->table, last, ratios[N_JOBS - 1], "ratio", 1, -worst);
}

static gboolean count_all(Cost *cost, GError **error)
{
    double by_auto[N_JOBS], by_profile[N_JOBS];
    for (guint i = 0; i < N_JOBS; i++) {
        double n[N_BUILDS];
        for (Build b = PLAIN; b <= PROFILE; b++)
            if ((n[b] = (double)instructions(cost, cost->program[i][b], jobs[i].counted, error)) == 0)
                return FALSE;
        g_autofree char *a = g_strdup_printf("cc.instructions.%s.auto", jobs[i].name);
        g_autofree char *p = g_strdup_printf("cc.instructions.%s.profile", jobs[i].name);
        lab_bench_measured(cost->table, a, n[AUTO], "instructions", n[PLAIN], -1.10);
        lab_bench_gate_last(cost->table);
        lab_bench_measured(cost->table, p, n[PROFILE], "instructions", n[PLAIN], -1.05);
        by_auto[i] = n[AUTO] / n[PLAIN];
        by_profile[i] = n[PROFILE] / n[PLAIN];
    }
    add_summary(cost, "cc.instructions.auto", by_auto, 1.03, 1.10);
    add_summary(cost, "cc.instructions.profile", by_profile, 1.01, 1.05);
    return TRUE;
}

/* ---- user time ---- */

static double user_time(const Cost *cost, const char *program, GError **error)
{
    char *argv[] = {(char *)program, NULL};
    GPid pid;
    int status = 0;
    struct rusage usage = {0};
    GSpawnFlags flags = G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL;
    if (!g_spawn_async(cost->scratch, argv, NULL, flags, NULL, NULL, &pid, error))
        return -1;
    wait4(pid, &status, 0, &usage);
    if (status != 0) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s failed", program);
        return -1;
    }
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
}

/* The least of several runs, the builds taking turns. */
static gboolean time_job(const Cost *cost, guint job, double *least, GError **error)
{
    for (Build b = PLAIN; b <= PROFILE; b++)
        least[b] = INFINITY;
    for (guint i = 0; i < N_PAIRS; i++)
        for (Build b = PLAIN; b <= PROFILE; b++) {
            double t = user_time(cost, cost->program[job][b], error);
            if (t < 0 || g_cancellable_set_error_if_cancelled(cost->cancel, error))
                return FALSE;
            least[b] = fmin(least[b], t);
        }
    return TRUE;
}

static gboolean time_all(Cost *cost, GError **error)
{
    double by_auto[N_JOBS], by_profile[N_JOBS];
    for (guint i = 0; i < N_JOBS; i++) {
        double t[N_BUILDS];
        if (!time_job(cost, i, t, error))
            return FALSE;
        g_autofree char *a = g_strdup_printf("cc.time.%s.auto", jobs[i].name);
        g_autofree char *p = g_strdup_printf("cc.time.%s.profile", jobs[i].name);
        lab_bench_measured(cost->table, a, t[AUTO], "s", fmax(t[PLAIN], 1e-3), -1.10);
        lab_bench_measured(cost->table, p, t[PROFILE], "s", fmax(t[PLAIN], 1e-3), -1.05);
        by_auto[i] = t[AUTO] / fmax(t[PLAIN], 1e-3);
        by_profile[i] = t[PROFILE] / fmax(t[PLAIN], 1e-3);
    }
    add_summary(cost, "cc.time.auto", by_auto, 1.03, 1.10);
    add_summary(cost, "cc.time.profile", by_profile, 1.01, 1.05);
    return TRUE;
}

/* ---- latency: from the signal to the fork ---- */

/* Asks a running program for checkpoints at random times; milliseconds of each go to `waits`. */
static gboolean ask(const Cost *cost, PreachesProc *proc, GRand *random, double *waits, GError **error)
{
    for (guint n = 0; n < N_REQUESTS;) {
        gboolean done = FALSE;
        g_usleep(LEAST_PAUSE_US + (gulong)g_rand_int_range(random, 0, PAUSE_RANGE_US));
        kill(preaches_proc_pid(proc), SIGUSR2);
        while (!done) {
            PreachesEvent event;
            if (g_cancellable_set_error_if_cancelled(cost->cancel, error) ||
                !preaches_proc_next(proc, WAIT_MS, &event, error))
                return FALSE;
            gboolean ended = !event.line;
            const char *word = ended ? "" : event.field[0];
            if (g_str_equal(word, "checkpoint") && g_strv_length(event.field) > 5)
                waits[n++] = (double)g_ascii_strtoull(event.field[5], NULL, 10) / 1e6;
            done = g_str_equal(word, "done") || g_str_equal(word, "failed");
            preaches_event_clear(&event);
            if (ended) {
                g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "a program ended before its requests");
                return FALSE;
            }
        }
    }
    return TRUE;
}

static gboolean latency(Cost *cost, guint job, Build which, double *waits, GError **error)
{
    g_autofree char *spool = g_build_filename(cost->scratch, "latency", NULL);
    g_autofree char *out = g_build_filename(cost->scratch, "stdout", NULL);
    g_autoptr(GRand) random = g_rand_new_with_seed(1998 + job);
    PreachesSpec spec = {.program = cost->program[job][which], .args = jobs[job].endless, .spool = spool,
                         .classes = preaches_native_arch(), .out_path = out, .dir = cost->scratch, .listen = TRUE};
    g_mkdir_with_parents(spool, 0755);
    PreachesProc *proc = preaches_proc_start(&spec, error);
    PreachesEvent hello;
    gboolean ok = proc && preaches_proc_next(proc, WAIT_MS, &hello, error);
    if (ok)
        preaches_event_clear(&hello);
    ok = ok && ask(cost, proc, random, waits, error);
    if (proc)
        preaches_proc_free(proc);
    preaches_tree_remove(spool);
    return ok;
}

static gboolean latency_of_build(Cost *cost, Build which, const char *name, double median, double last,
                                 GError **error)
{
    g_autofree double *all = g_new0(double, N_JOBS * N_REQUESTS);
    for (guint i = 0; i < N_JOBS; i++) {
        double *waits = all + i * N_REQUESTS;
        if (!latency(cost, i, which, waits, error))
            return FALSE;
        qsort(waits, N_REQUESTS, sizeof *waits, compare_doubles);
        g_autofree char *middle = g_strdup_printf("cc.latency.%s.%s.median", jobs[i].name, name);
        g_autofree char *worst = g_strdup_printf("cc.latency.%s.%s.worst", jobs[i].name, name);
        lab_bench_shown(cost->table, middle, waits[N_REQUESTS / 2], "ms");
        lab_bench_shown(cost->table, worst, waits[N_REQUESTS - 1], "ms");
    }
    qsort(all, N_JOBS * N_REQUESTS, sizeof *all, compare_doubles);
    g_autofree char *middle = g_strdup_printf("cc.latency.%s.median", name);
    g_autofree char *p99 = g_strdup_printf("cc.latency.%s.p99", name);
    lab_bench_measured(cost->table, middle, all[N_JOBS * N_REQUESTS / 2], "ms", 1, -median);
    lab_bench_measured(cost->table, p99, all[N_JOBS * N_REQUESTS * 99 / 100], "ms", 1, -last);
    return TRUE;
}

static gboolean latency_all(Cost *cost, GError **error)
{
    return latency_of_build(cost, AUTO, "auto", 10, 100, error) &&
           latency_of_build(cost, PROFILE, "profile", 5, 5, error) &&
           latency_of_build(cost, SMALL_PROFILE, "unrecorded", 200, 200, error);
}

/* ---- size of the code ---- */

/* Rows of tests/bench/cc_size.sh: metric,ratio,bytes,plain bytes. The clones have no target of their own. */
static gboolean size_all(Cost *cost, GError **error)
{
    static const struct { const char *prefix; double most; } targets[] = {
        {"cc.text_hot.", 1.2}, {"cc.text.", 1.5}, {"cc.text_all.", INFINITY}};
    g_autofree char *script = g_build_filename(cost->home, "tests", "bench", "cc_size.sh", NULL), *text = NULL;
    char *argv[] = {script, NULL};
    int status = 1;
    if (!g_spawn_sync(cost->scratch, argv, NULL, 0, NULL, NULL, &text, NULL, &status, error) ||
        !g_spawn_check_wait_status(status, error))
        return FALSE;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; **line; line++) {
        g_auto(GStrv) cell = g_strsplit(*line, ",", -1);
        for (guint i = 0; i < G_N_ELEMENTS(targets) && g_strv_length(cell) == 4; i++)
            if (g_str_has_prefix(cell[0], targets[i].prefix))
                lab_bench_measured(cost->table, cell[0], g_ascii_strtod(cell[2], NULL), "B",
                                   g_ascii_strtod(cell[3], NULL), -targets[i].most);
    }
    return TRUE;
}

/* ---- all ---- */

static gboolean count_gated(Cost *cost, GError **error)
{
    for (guint i = 0; i < N_JOBS; i++) {
        guint64 n = build(cost, i, AUTO, error) ? instructions(cost, cost->program[i][AUTO], jobs[i].counted, error)
                                                : 0;
        g_autofree char *metric = g_strdup_printf("cc.instructions.%s.auto", jobs[i].name);
        if (n == 0)
            return FALSE;
        lab_bench_gated(cost->table, metric, (double)n, "instructions");
    }
    return TRUE;
}

static gboolean measure(Cost *cost, GError **error)
{
    for (guint i = 0; i < N_JOBS; i++)
        for (Build b = PLAIN; b < N_BUILDS; b++)
            if (g_cancellable_set_error_if_cancelled(cost->cancel, error) || !build(cost, i, b, error))
                return FALSE;
    return count_all(cost, error) && size_all(cost, error) && time_all(cost, error) && latency_all(cost, error);
}

gboolean lab_bench_cost(LabTable *table, const char *home, const char *scratch, gboolean gated_only,
                        GCancellable *cancel, GError **error)
{
    Cost cost = {.table = table, .home = home, .scratch = scratch, .cancel = cancel};
    gboolean ok = gated_only ? count_gated(&cost, error) : measure(&cost, error);
    for (guint i = 0; i < N_JOBS; i++)
        for (Build b = PLAIN; b < N_BUILDS; b++)
            g_free(cost.program[i][b]);
    return ok;
}
