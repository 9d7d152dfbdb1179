#include "bench_cost.h"
#include "../core/agent/proc.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { WAIT_MS = 60 * 1000, LEAST_PAUSE_US = 2000, PAUSE_RANGE_US = 20000, IDLE_RUNS = 5 };

gboolean lab_cost_command(const char *dir, const char *const *argv, GError **error)
{
    int status = 1;
    return g_spawn_sync(dir, (char **)argv, NULL,
                        G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                        NULL, NULL, NULL, &status, error) &&
           g_spawn_check_wait_status(status, error);
}

static gboolean fresh(const CostRun *run, GError **error)
{
    const char *const copy[] = {"cp", "-a", run->input, run->dir, NULL};
    if (!run->input)
        return TRUE;
    preaches_tree_remove(run->dir);
    return lab_cost_command(NULL, copy, error);
}

/* argv with `before` in front; nothing in it is owned. */
static GPtrArray *command(const char *const *before, const CostRun *run)
{
    GPtrArray *argv = g_ptr_array_new();
    for (guint i = 0; before && before[i]; i++)
        g_ptr_array_add(argv, (gpointer)before[i]);
    g_ptr_array_add(argv, (gpointer)run->program);
    for (guint i = 0; run->args[i]; i++)
        g_ptr_array_add(argv, (gpointer)run->args[i]);
    g_ptr_array_add(argv, NULL);
    return argv;
}

static gboolean ended_well(const CostRun *run, int status, GError **error)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == run->status)
        return TRUE;
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s failed", run->program);
    return FALSE;
}

/* Callgrind's own code stands in the upper part of the arena, so the heap is small. */
guint64 lab_cost_instructions(const CostRun *run, GError **error)
{
    static const char *const environment[] = {"PATH=/usr/bin:/bin", "PREACHES_HEAP=33554432", NULL};
    static const char *const callgrind[] = {"valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", NULL};
    g_autoptr(GPtrArray) argv = command(callgrind, run);
    g_autofree char *text = NULL;
    int status = 1;
    if (!fresh(run, error) ||
        !g_spawn_sync(run->dir, (char **)argv->pdata, (char **)environment,
                      G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &text, &status, error) ||
        !ended_well(run, status, error))
        return 0;
    const char *at = strstr(text, "Collected : ");
    guint64 n = at ? g_ascii_strtoull(at + strlen("Collected : "), NULL, 10) : 0;
    if (n == 0)
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "no count of instructions of %s", run->program);
    return n;
}

double lab_cost_user_time(const CostRun *run, GError **error)
{
    g_autoptr(GPtrArray) argv = command(NULL, run);
    GPid pid;
    int status = 0;
    struct rusage usage = {0};
    GSpawnFlags flags = G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL;
    if (!fresh(run, error) ||
        !g_spawn_async(run->dir, (char **)argv->pdata, NULL, flags, NULL, NULL, &pid, error))
        return -1;
    wait4(pid, &status, 0, &usage);
    if (!ended_well(run, status, error))
        return -1;
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
}

/* ---- latency: from the signal to the fork ---- */

typedef struct Asking {
    const CostRun *run;
    GRand *random;
    double *waits;
    guint n, wanted;
    GCancellable *cancel;
} Asking;

/* Takes what the program says until its checkpoint is done; *ended when the program is. */
static gboolean wait_done(Asking *a, PreachesProc *proc, gboolean *ended, GError **error)
{
    for (gboolean done = FALSE; !done;) {
        PreachesEvent event;
        if (g_cancellable_set_error_if_cancelled(a->cancel, error) ||
            !preaches_proc_next(proc, WAIT_MS, &event, error))
            return FALSE;
        const char *word = event.line ? event.field[0] : "";
        *ended = !event.line;
        if (g_str_equal(word, "checkpoint") && g_strv_length(event.field) > 5)
            a->waits[a->n++] = (double)g_ascii_strtoull(event.field[5], NULL, 10) / 1e6;
        done = *ended || g_str_equal(word, "done") || g_str_equal(word, "failed");
        gboolean failed = *ended && event.status != a->run->status;
        preaches_event_clear(&event);
        if (failed) {
            g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s failed", a->run->program);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean ask_one_run(Asking *a, const char *scratch, GError **error)
{
    g_autofree char *spool = g_build_filename(scratch, "latency", NULL);
    g_autofree char *out = g_build_filename(scratch, "stdout", NULL);
    PreachesSpec spec = {.program = a->run->program, .args = a->run->args, .spool = spool,
                         .classes = preaches_native_arch(), .out_path = out, .dir = a->run->dir, .listen = TRUE};
    PreachesEvent hello;
    gboolean ended = FALSE;
    if (!fresh(a->run, error))
        return FALSE;
    g_mkdir_with_parents(spool, 0755);
    PreachesProc *proc = preaches_proc_start(&spec, error);
    gboolean ok = proc && preaches_proc_next(proc, WAIT_MS, &hello, error);
    if (ok)
        preaches_event_clear(&hello);
    while (ok && !ended && a->n < a->wanted) {
        g_usleep(LEAST_PAUSE_US + (gulong)g_rand_int_range(a->random, 0, PAUSE_RANGE_US));
        kill(preaches_proc_pid(proc), SIGUSR2);
        ok = wait_done(a, proc, &ended, error);
    }
    if (proc)
        preaches_proc_free(proc);
    preaches_tree_remove(spool);
    return ok;
}

gboolean lab_cost_latency(const CostRun *run, const char *scratch, guint n, guint32 seed, double *waits,
                          GCancellable *cancel, GError **error)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    Asking a = {.run = run, .random = random, .waits = waits, .wanted = n, .cancel = cancel};
    for (guint idle = 0; a.n < n;) {
        guint before = a.n;
        if (!ask_one_run(&a, scratch, error))
            return FALSE;
        idle = a.n == before ? idle + 1 : 0;
        if (idle == IDLE_RUNS) {
            g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s ends before its requests", run->program);
            return FALSE;
        }
    }
    lab_cost_sort(waits, n);
    return TRUE;
}

/* ---- rows ---- */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

void lab_cost_sort(double *values, guint n)
{
    qsort(values, n, sizeof *values, compare_doubles);
}

void lab_cost_summary(LabTable *table, const char *prefix, double *ratios, guint n, double median, double worst)
{
    g_autofree char *middle = g_strconcat(prefix, ".median", NULL), *last = g_strconcat(prefix, ".worst", NULL);
    lab_cost_sort(ratios, n);
    lab_bench_measured(table, middle, (ratios[(n - 1) / 2] + ratios[n / 2]) / 2, "ratio", 1, -median);
    lab_bench_measured(table, last, ratios[n - 1], "ratio", 1, -worst);
}
