/* arena.*: programs that allocate, built with gcc and with preaches-cc without polls (tests/bench/
 * allocator.sh), run in turns: processor time and peak memory, ours ÷ glibc's. */
#include "../core/agent/proc.h"
#include "bench_rows.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_RUNS = 9, PLAIN = 0, OURS = 1 };

typedef struct Cost {
    double seconds, kib;
} Cost;

/* Runs it to its end, output thrown away. */
static gboolean run(char *const *argv, Cost *cost, GError **error)
{
    struct rusage usage;
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDOUT_FILENO);
        execv(argv[0], argv);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status != 0) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: ended with status %d", argv[0], status);
        return FALSE;
    }
    cost->seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                    1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    cost->kib = (double)usage.ru_maxrss;
    return TRUE;
}

static int by_value(gconstpointer a, gconstpointer b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values)
{
    qsort(values, N_RUNS, sizeof *values, by_value);
    return values[N_RUNS / 2];
}

static gboolean measure(LabTable *table, const char *folder, const char *name, GCancellable *cancel,
                        GError **error)
{
    static const char *const suffix[] = {[PLAIN] = "plain", [OURS] = "ours"};
    double seconds[2][N_RUNS], kib[2][N_RUNS];
    g_autofree char *args_file = g_strdup_printf("%s/%s.args", folder, name), *args = NULL;
    if (!g_file_get_contents(args_file, &args, NULL, error))
        return FALSE;
    for (int i = 0; i < 2 * N_RUNS; i++) {
        g_autofree char *line = g_strdup_printf("%s/%s.%s %s", folder, name, suffix[i % 2], g_strchomp(args));
        g_auto(GStrv) argv = g_strsplit(line, " ", -1);
        Cost cost;
        if (g_cancellable_set_error_if_cancelled(cancel, error) || !run(argv, &cost, error))
            return FALSE;
        seconds[i % 2][i / 2] = cost.seconds;
        kib[i % 2][i / 2] = cost.kib;
    }
    g_autofree char *time_metric = g_strdup_printf("arena.%s.time", name);
    g_autofree char *peak_metric = g_strdup_printf("arena.%s.peak", name);
    lab_bench_measured(table, time_metric, median(seconds[OURS]), "s", median(seconds[PLAIN]), -1.05);
    lab_bench_measured(table, peak_metric, median(kib[OURS]), "KiB", median(kib[PLAIN]), -1.15);
    return TRUE;
}

gboolean lab_bench_arena(LabTable *table, const char *home, const char *scratch, GCancellable *cancel,
                         GError **error)
{
    g_autofree char *script = g_build_filename(home, "tests", "bench", "allocator.sh", NULL);
    g_autofree char *folder = g_build_filename(scratch, "allocator", NULL), *names = NULL;
    char *argv[] = {script, folder, NULL};
    int status;
    if (!g_spawn_sync(NULL, argv, NULL, 0, NULL, NULL, &names, NULL, &status, error) ||
        !g_spawn_check_wait_status(status, error))
        return FALSE;
    g_auto(GStrv) name = g_strsplit(g_strchomp(names), "\n", -1);
    for (guint i = 0; name[i] && *name[i]; i++)
        if (!measure(table, folder, name[i], cancel, error))
            return FALSE;
    return TRUE;
}
