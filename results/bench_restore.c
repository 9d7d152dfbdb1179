/* restore.*: from exec to the innermost poll, and to the poll behind writing all of a large block; what the
 * runtime adds to a program's start. The program is started by vfork, since this process is large. */
#include "bench_memory.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LARGE_MIB = 1024, SMALL_MIB = 16, N_RUNS = 9, N_STARTS = 25, PAGE = 4096, STRIDE = 7919 };

typedef struct Start {
    pid_t pid;
    int lines; /* our end of the control pipe */
    double begin_s;
} Start;

/* `variables`: NULL-terminated "NAME=VALUE". */
static gboolean start(const char *program, const char *const *variables, Start *s, GError **error)
{
    char *const argv[] = {(char *)program, (char *)"1", NULL};
    g_auto(GStrv) env = g_get_environ();
    posix_spawn_file_actions_t actions;
    int ends[2], code = pipe(ends) == 0 ? 0 : errno;
    g_autofree char *ctl = g_strdup_printf("%d", 9);
    env = g_environ_setenv(env, "PREACHES_CTL", ctl, TRUE);
    for (guint i = 0; variables[i]; i++) {
        g_auto(GStrv) pair = g_strsplit(variables[i], "=", 2);
        env = g_environ_setenv(env, pair[0], pair[1], TRUE);
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (code == 0) {
        posix_spawn_file_actions_adddup2(&actions, ends[1], 9);
        posix_spawn_file_actions_addclose(&actions, ends[0]);
        s->begin_s = lab_now_s();
        code = posix_spawn(&s->pid, program, &actions, NULL, argv, env);
        close(ends[1]);
        s->lines = ends[0];
    }
    posix_spawn_file_actions_destroy(&actions);
    if (code)
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: %s", program, g_strerror(code));
    return code == 0;
}

/* Seconds from the start to the line beginning with `word`, or to the end (NULL); then the program is dead.
 * Negative: it never came. */
static double await(Start *s, const char *word)
{
    g_autoptr(GString) text = g_string_new("\n");
    double seconds = -1;
    char buffer[512];
    ssize_t n;
    g_autofree char *wanted = word ? g_strdup_printf("\n%s", word) : NULL;
    while ((n = read(s->lines, buffer, sizeof buffer)) > 0) {
        g_string_append_len(text, buffer, n);
        if (wanted && strstr(text->str, wanted)) {
            seconds = lab_now_s() - s->begin_s;
            kill(s->pid, SIGKILL);
            break;
        }
    }
    close(s->lines);
    waitpid(s->pid, NULL, 0);
    return word ? seconds : lab_now_s() - s->begin_s;
}

static gboolean add_time(GArray *times, const char *program, const char *const *variables, const char *word,
                         GError **error)
{
    Start s;
    if (!start(program, variables, &s, error))
        return FALSE;
    double seconds = await(&s, word);
    if (seconds < 0)
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: ended before '%s'", program, word);
    g_array_append_val(times, seconds);
    return seconds >= 0;
}

/* Exec to the innermost poll, from the image of this machine. */
static gboolean bench_first_work(const LabMemory *m, const char *program, int mib, const char *metric,
                                 GError **error)
{
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(double));
    g_autofree char *image = lab_bench_image(m, program, mib, error);
    g_autofree char *restore = g_strdup_printf("PREACHES_RESTORE=%s", image);
    const char *const variables[] = {restore, NULL};
    gboolean ok = image != NULL;
    for (int i = 0; i < N_RUNS && ok; i++)
        ok = add_time(times, program, variables, "restored", error);
    if (ok)
        lab_bench_measured(m->table, metric, lab_median(times) * 1e3, "ms", 1, -2);
    return ok;
}

/* What the machine needs for as much: read() into huge pages, a write to each page in the program's order. */
static double time_read_and_write(const char *image, gsize bytes)
{
    double begin = lab_now_s();
    int fd = open(image, O_RDONLY | O_CLOEXEC);
    guint8 *memory = mmap(NULL, bytes + 2 * LAB_MIB, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return 0;
    guint8 *at = (guint8 *)(((guintptr)memory + 2 * LAB_MIB - 1) & ~(guintptr)(2 * LAB_MIB - 1));
    (void)madvise(at, bytes, MADV_HUGEPAGE);
    for (gsize done = 0; done < bytes;) {
        ssize_t n = pread(fd, at + done, MIN(bytes - done, 64 * LAB_MIB), (off_t)(65536 + done));
        if (n <= 0)
            break;
        done += (gsize)n;
    }
    gsize pages = bytes / PAGE, page = 1;
    for (gsize i = 0; i < pages; i++) {
        page = (page + STRIDE) % pages;
        ((volatile double *)(at + page * PAGE))[0] += 1;
    }
    double seconds = lab_now_s() - begin;
    munmap(memory, bytes + 2 * LAB_MIB);
    close(fd);
    return seconds;
}

/* An epoch of a program that writes all of its block before the next poll. */
static char *writers_image(const LabMemory *m, GError **error)
{
    g_autofree char *spool = g_build_filename(m->folder, "spool", NULL);
    g_autofree char *out = g_build_filename(m->folder, "stdout", NULL);
    g_autofree char *size = g_strdup_printf("%d", LARGE_MIB);
    const char *const args[] = {size, "1000", NULL};
    PreachesSpec spec = {.program = m->wide, .args = args, .spool = spool, .classes = "x86_64",
                         .at_polls = "1", .stop = TRUE, .sync = TRUE, .out_path = out, .listen = TRUE};
    PreachesEvent event = {.line = (char *)""};
    preaches_tree_remove(spool);
    g_mkdir_with_parents(spool, 0700);
    PreachesProc *proc = preaches_proc_start(&spec, error);
    while (proc && event.line) {
        if (!preaches_proc_next(proc, -1, &event, error))
            break;
        gboolean ended = !event.line;
        preaches_event_clear(&event);
        event.line = ended ? NULL : (char *)"";
    }
    preaches_proc_free(proc);
    return proc ? lab_bench_commit(m, m->wide, error) : NULL;
}

static gboolean bench_writing(const LabMemory *m, GError **error)
{
    g_autoptr(GArray) read_s = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) map_s = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) limit_s = g_array_new(FALSE, FALSE, sizeof(double));
    g_autofree char *image = writers_image(m, error);
    g_autofree char *restore = g_strdup_printf("PREACHES_RESTORE=%s", image);
    const char *const by_read[] = {restore, "PREACHES_BREAK=1", "PREACHES_RESTORE_BY=read", NULL};
    const char *const by_map[] = {restore, "PREACHES_BREAK=1", "PREACHES_RESTORE_BY=map", NULL};
    gsize bytes = LARGE_MIB * LAB_MIB;
    gboolean ok = image != NULL;
    for (int i = 0; i < N_RUNS && ok; i++) {
        lab_warm_memory(bytes + bytes / 8);
        double seconds = time_read_and_write(image, bytes);
        g_array_append_val(limit_s, seconds);
        lab_warm_memory(bytes + bytes / 8);
        ok = add_time(read_s, m->wide, by_read, "break", error);
        ok = ok && add_time(map_s, m->wide, by_map, "break", error);
    }
    if (ok) {
        lab_bench_measured(m->table, "restore.large.write", lab_median(read_s), "s", lab_median(limit_s), -1.2);
        lab_bench_shown(m->table, "restore.large.write_mapped", lab_median(map_s), "s");
    }
    return ok;
}

/* Exec to the end of a program that does nothing, less the same of gcc's. */
static gboolean bench_startup(const LabMemory *m, GError **error)
{
    g_autoptr(GArray) ours = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) plain = g_array_new(FALSE, FALSE, sizeof(double));
    g_autofree char *with = g_build_filename(m->folder, "nothing", NULL);
    g_autofree char *without = g_build_filename(m->folder, "plain", NULL);
    const char *const none[] = {NULL};
    gboolean ok = lab_bench_build(m, "nothing.c", "x86_64", with, error) &&
                  lab_bench_build(m, "nothing.c", NULL, without, error);
    for (int i = 0; i < N_STARTS && ok; i++)
        ok = add_time(plain, without, none, NULL, error) && add_time(ours, with, none, NULL, error);
    if (ok)
        lab_bench_measured(m->table, "restore.startup",
                           MAX(0, lab_median(ours) - lab_median(plain)) * 1e3, "ms", 1, -1);
    return ok;
}

gboolean lab_bench_restore(const LabMemory *m, GError **error)
{
    return bench_first_work(m, m->wide, SMALL_MIB, "restore.small.first_work", error) &&
           bench_first_work(m, m->wide, LARGE_MIB, "restore.large.first_work", error) &&
           bench_first_work(m, m->fixed, LAB_STATIC_MIB, "restore.static.first_work", error) &&
           bench_writing(m, error) && bench_startup(m, error);
}
