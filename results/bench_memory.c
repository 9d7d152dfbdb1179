/* snapshot.*, image.large.*, incremental.*: a program with one large block (tests/bench/pages.c), its
 * images in memory (/dev/shm). Each figure is the median of interleaved runs, beside what
 * the machine itself takes for as many bytes in the same run. */
#include "bench_memory.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LARGE_MIB = 1024, CLASSES_MIB = 512, SMALL_MIB = 16, N_RUNS = 9, WAIT_MS = 120 * 1000, REPORT_MS = 2500 };

double lab_now_s(void) { return (double)g_get_monotonic_time() * 1e-6; }

static int by_value(gconstpointer a, gconstpointer b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

double lab_median(GArray *values)
{
    g_array_sort(values, by_value);
    return values->len ? g_array_index(values, double, values->len / 2) : 0;
}

/* ---- the machine ---- */

guint8 *lab_take_memory(gsize bytes)
{
    guint8 *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        return NULL;
    (void)madvise(at, bytes, MADV_HUGEPAGE);
    memset(at, 1, bytes);
    return at;
}

/* A guest that reports free pages gives them back two seconds after the first of them got free, and with them
 * all that got free since. Behind such a report there are two seconds without. */
static void let_report(void)
{
    if (g_file_test("/sys/module/page_reporting", G_FILE_TEST_IS_DIR))
        g_usleep(REPORT_MS * 1000);
}

void lab_warm_memory(gsize bytes)
{
    let_report();
    guint8 *memory = lab_take_memory(bytes);
    if (memory)
        munmap(memory, bytes);
}

/* Seconds that fork() takes of a process with so much memory in huge pages. */
static double time_fork(const guint8 *memory)
{
    double begin = lab_now_s();
    pid_t pid = fork();
    if (pid == 0)
        _exit(memory[0] == 0);
    double end = lab_now_s();
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return end - begin;
}

static double time_write(const LabMemory *m, const guint8 *memory, gsize bytes)
{
    g_autofree char *path = g_build_filename(m->folder, "written", NULL);
    enum { STEP = 256 << 10 };
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    double begin = lab_now_s();
    for (gsize at = 0; fd >= 0 && at < bytes; at += STEP)
        if (write(fd, memory + at, STEP) != STEP)
            break;
    double end = lab_now_s();
    if (fd >= 0)
        close(fd);
    g_unlink(path);
    return end - begin;
}

/* ---- the program ---- */

typedef struct Life { /* what a run told, epoch by epoch from 1 */
    struct Epoch {
        double pause_s, write_s, convert_s; /* fork; request to the last image; one class */
        double bytes;
    } epoch[8];
    char *why; /* a checkpoint failed, or a class was refused: the program's own line */
} Life;

static guint64 field(const PreachesEvent *event, guint i)
{
    return i < g_strv_length(event->field) ? g_ascii_strtoull(event->field[i], NULL, 10) : 0;
}

static void note(Life *life, const PreachesEvent *event, double *asked)
{
    const char *word = event->field[0];
    struct Epoch *epoch = &life->epoch[field(event, 1) % G_N_ELEMENTS(life->epoch)];
    if (g_str_equal(word, "checkpoint")) {
        epoch->pause_s = (double)field(event, 3) * 1e-9;
        *asked = lab_now_s();
    } else if (g_str_equal(word, "image")) {
        epoch->bytes = (double)field(event, 3);
        epoch->convert_s = (double)field(event, 4) * 1e-9;
    } else if (g_str_equal(word, "done")) {
        epoch->write_s = lab_now_s() - *asked;
    } else if (!life->why && (g_str_equal(word, "failed") || g_str_equal(word, "refused"))) {
        life->why = g_strdup(event->line);
    }
}

static gboolean live(const LabMemory *m, PreachesSpec spec, Life *life, GError **error)
{
    g_autofree char *out = g_build_filename(m->folder, "stdout", NULL);
    double asked = lab_now_s();
    gboolean ok, ended = FALSE;
    int status = 0;

    *life = (Life){0};
    spec.out_path = out;
    spec.listen = spec.sync = TRUE;
    PreachesProc *proc = preaches_proc_start(&spec, error);
    ok = proc != NULL;
    while (ok && !ended) {
        PreachesEvent event;
        ok = !g_cancellable_set_error_if_cancelled(m->cancel, error) &&
             preaches_proc_next(proc, WAIT_MS, &event, error);
        if (!ok)
            break;
        ended = !event.line;
        status = ended ? event.status : 0;
        if (!ended)
            note(life, &event, &asked);
        preaches_event_clear(&event);
    }
    preaches_proc_free(proc);
    if (ok && (status != 0 || life->why))
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s ended with status %d%s%s",
                    spec.program, status, life->why ? ": " : "", life->why ? life->why : "");
    ok = ok && status == 0 && !life->why;
    g_clear_pointer(&life->why, g_free);
    return ok;
}

static char *new_spool(const LabMemory *m)
{
    char *spool = g_build_filename(m->folder, "spool", NULL);
    preaches_tree_remove(spool);
    g_mkdir_with_parents(spool, 0700);
    return spool;
}

/* Checkpoints of `program` for `classes`; at the first poll alone, or at the first two. */
static gboolean checkpoint(const LabMemory *m, const char *program, int mib, const char *classes,
                           gboolean incremental, Life *life, GError **error)
{
    g_autofree char *spool = new_spool(m), *size = g_strdup_printf("%d", mib);
    const char *const args[] = {size, "10", NULL};
    PreachesSpec spec = {.program = program, .args = args, .spool = spool, .classes = classes};
    spec.at_polls = incremental ? "1,2" : "1";
    spec.incremental = incremental ? "1" : NULL;
    spec.stop = !incremental;
    return live(m, spec, life, error);
}

char *lab_bench_commit(const LabMemory *m, const char *program, GError **error)
{
    g_autofree char *spool = g_build_filename(m->folder, "spool", NULL);
    int n = preaches_commit(program, spool, 1, PREACHES_PACK_NONE, error);
    if (n == 0)
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: no image of epoch 1 in %s", program, spool);
    return n > 0 ? preaches_held_image(spool, 1, "x86_64", error) : NULL;
}

char *lab_bench_image(const LabMemory *m, const char *program, int mib, GError **error)
{
    Life life;
    return checkpoint(m, program, mib, "x86_64", FALSE, &life, error) ? lab_bench_commit(m, program, error) : NULL;
}

/* ---- the figures ---- */

#define N_SERIES 8
typedef struct Series {
    GArray *of[N_SERIES];
} Series;

static Series series_new(void)
{
    Series s;
    for (int i = 0; i < N_SERIES; i++)
        s.of[i] = g_array_new(FALSE, FALSE, sizeof(double));
    return s;
}

static void series_clear(Series *s)
{
    for (int i = 0; i < N_SERIES; i++)
        g_array_unref(s->of[i]);
}

/* The pause, and one class image, beside fork() and write(2) of as many bytes. */
static gboolean bench_large(const LabMemory *m, GError **error)
{
    enum { FORK, PAUSE, WRITE, IMAGE };
    Series s = series_new();
    guint8 *memory = lab_take_memory(LARGE_MIB * LAB_MIB);
    gboolean ok = memory != NULL;
    double bytes = LARGE_MIB * (double)LAB_MIB, image_bytes = 0;
    for (int i = 0; i < N_RUNS && ok; i++) {
        Life life = {0};
        g_free(new_spool(m)); /* empties it */
        double fork_s = time_fork(memory);
        lab_warm_memory(2 * LARGE_MIB * LAB_MIB);
        double write_s = time_write(m, memory, LARGE_MIB * LAB_MIB);
        lab_warm_memory(2 * LARGE_MIB * LAB_MIB + LARGE_MIB * LAB_MIB / 8);
        ok = checkpoint(m, m->wide, LARGE_MIB, "x86_64", FALSE, &life, error);
        g_array_append_val(s.of[FORK], fork_s);
        g_array_append_val(s.of[WRITE], write_s);
        g_array_append_val(s.of[PAUSE], life.epoch[1].pause_s);
        g_array_append_val(s.of[IMAGE], life.epoch[1].convert_s);
        image_bytes = life.epoch[1].bytes;
    }
    if (memory)
        munmap(memory, LARGE_MIB * LAB_MIB);
    if (ok) {
        double pause = lab_median(s.of[PAUSE]);
        lab_bench_measured(m->table, "snapshot.large.pause_fork", pause * 1e3, "ms",
                           lab_median(s.of[FORK]) * 1e3, -1.2);
        lab_bench_measured(m->table, "snapshot.large.pause", pause * 1e3, "ms", 1, -2);
        lab_bench_measured(m->table, "image.large.rate", bytes / lab_median(s.of[IMAGE]) * 1e-9, "GB/s",
                           bytes / lab_median(s.of[WRITE]) * 1e-9, 0.85);
        lab_bench_measured(m->table, "image.large.bytes", image_bytes - 65536, "B", bytes, -1.01);
    }
    series_clear(&s);
    return ok;
}

/* The pause alone, of PROGRAM MIB; `most` in milliseconds. */
static gboolean bench_pause(const LabMemory *m, const char *program, int mib, const char *metric, double most,
                            GError **error)
{
    g_autoptr(GArray) pauses = g_array_new(FALSE, FALSE, sizeof(double));
    gboolean ok = TRUE;
    for (int i = 0; i < N_RUNS && ok; i++) {
        Life life = {0};
        ok = checkpoint(m, program, mib, "x86_64", FALSE, &life, error);
        g_array_append_val(pauses, life.epoch[1].pause_s);
    }
    if (ok)
        lab_bench_measured(m->table, metric, lab_median(pauses) * 1e3, "ms", 1, -most);
    return ok;
}

/* Four layout classes at once, beside one of them. */
static gboolean bench_classes(const LabMemory *m, GError **error)
{
    enum { ONE, FOUR };
    Series s = series_new();
    gboolean ok = TRUE;
    for (int i = 0; i < N_RUNS && ok; i++) {
        Life one = {0}, four = {0};
        g_free(new_spool(m));
        lab_warm_memory(6 * CLASSES_MIB * LAB_MIB);
        ok = checkpoint(m, m->narrow, CLASSES_MIB, "s390x", FALSE, &one, error);
        g_free(new_spool(m));
        lab_warm_memory(6 * CLASSES_MIB * LAB_MIB);
        ok = ok && checkpoint(m, m->narrow, CLASSES_MIB, "x86_64,i686,s390x,mips", FALSE, &four, error);
        g_array_append_val(s.of[ONE], one.epoch[1].write_s);
        g_array_append_val(s.of[FOUR], four.epoch[1].write_s);
    }
    if (ok)
        lab_bench_measured(m->table, "image.large.classes4", lab_median(s.of[FOUR]), "s",
                           lab_median(s.of[ONE]), -3);
    series_clear(&s);
    return ok;
}

static gboolean bench_incremental(const LabMemory *m, const char *program, const char *kind, int mib, GError **error)
{
    enum { WHOLE, DELTA, BYTES, PAUSE };
    Series s = series_new();
    gboolean ok = TRUE;
    double dirty = (double)(mib * 256 / 100) * 4096;
    for (int i = 0; i < N_RUNS && ok; i++) {
        Life life = {0};
        g_free(new_spool(m));
        lab_warm_memory(2 * (gsize)mib * LAB_MIB);
        ok = checkpoint(m, program, mib, "x86_64", TRUE, &life, error);
        g_array_append_val(s.of[WHOLE], life.epoch[1].write_s);
        g_array_append_val(s.of[DELTA], life.epoch[2].write_s);
        g_array_append_val(s.of[BYTES], life.epoch[2].bytes);
        g_array_append_val(s.of[PAUSE], life.epoch[2].pause_s);
    }
    if (ok) {
        g_autofree char *sent = g_strdup_printf("incremental.%sbytes", kind);
        g_autofree char *taken = g_strdup_printf("incremental.%stime", kind);
        g_autofree char *pause = g_strdup_printf("incremental.%spause", kind);
        lab_bench_measured(m->table, sent, lab_median(s.of[BYTES]), "B", dirty, -1.1);
        lab_bench_measured(m->table, taken, lab_median(s.of[DELTA]), "s", lab_median(s.of[WHOLE]), -0.05);
        lab_bench_shown(m->table, pause, lab_median(s.of[PAUSE]) * 1e3, "ms");
    }
    series_clear(&s);
    return ok;
}

gboolean lab_bench_build(const LabMemory *m, const char *source, const char *arches, char *program,
                         GError **error)
{
    g_autofree char *compiler = g_build_filename(m->home, "build", "bin", "preaches-cc", NULL);
    g_autofree char *path = g_build_filename(m->home, "tests", "bench", source, NULL);
    g_autofree char *arch = g_strdup_printf("--arch=%s", arches);
    char *const ours[] = {compiler, (char *)"-O2", (char *)"--polls=explicit", arch, (char *)"-o", program,
                          path, NULL};
    char *const plain[] = {(char *)"gcc", (char *)"-O2", (char *)"-static", (char *)"-o", program, path, NULL};
    char *const *argv = arches ? ours : plain;
    int status = 0;
    return g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                        &status, error) &&
           g_spawn_check_wait_status(status, error);
}

/* Runs one part with the programs that all of them use. */
static gboolean with_programs(LabMemory m, gboolean (*part)(const LabMemory *, GError **), GError **error)
{
    m.folder = g_strdup("/dev/shm/preaches-bench-XXXXXX");
    gboolean ok = g_mkdtemp(m.folder) != NULL;
    if (!ok)
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s: cannot be made", m.folder);
    m.wide = g_build_filename(m.folder, "pages", NULL);
    m.narrow = g_build_filename(m.folder, "narrow", NULL);
    m.fixed = g_build_filename(m.folder, "grid", NULL);
    ok = ok && lab_bench_build(&m, "pages.c", "x86_64,s390x", m.wide, error) &&
         lab_bench_build(&m, "pages.c", "x86_64,i686,s390x,mips", m.narrow, error) &&
         lab_bench_build(&m, "grid.c", "x86_64,s390x", m.fixed, error) && part(&m, error);
    preaches_tree_remove(m.folder);
    g_free(m.wide);
    g_free(m.narrow);
    g_free(m.fixed);
    g_free(m.folder);
    return ok;
}

static gboolean bench_snapshots(const LabMemory *m, GError **error)
{
    return bench_large(m, error) && bench_pause(m, m->wide, SMALL_MIB, "snapshot.small.pause", 1, error) &&
           bench_pause(m, m->fixed, LAB_STATIC_MIB, "snapshot.static.pause", 2, error) && bench_classes(m, error);
}

static gboolean bench_increments(const LabMemory *m, GError **error)
{
    return bench_incremental(m, m->wide, "", LARGE_MIB, error) &&
           bench_incremental(m, m->fixed, "static.", LAB_STATIC_MIB, error);
}

gboolean lab_bench_memory(LabTable *table, const char *home, GCancellable *cancel, GError **error)
{
    return with_programs((LabMemory){.table = table, .home = home, .cancel = cancel}, bench_snapshots, error);
}

gboolean lab_bench_recovery(LabTable *table, const char *home, GCancellable *cancel, GError **error)
{
    return with_programs((LabMemory){.table = table, .home = home, .cancel = cancel}, lab_bench_restore, error);
}

gboolean lab_bench_increments(LabTable *table, const char *home, GCancellable *cancel, GError **error)
{
    return with_programs((LabMemory){.table = table, .home = home, .cancel = cancel}, bench_increments, error);
}
