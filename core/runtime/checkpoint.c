/* The checkpoint child, from its poll to its end.
 *
 *   poll: fork() -> child notes the data stack's top, returns 1 -> the program's functions save
 *   their frames and return, up to main -> rt_checkpoint_run(): one view, one class image a layout
 *   class. An image is written under a temporary name, synced, renamed, and its folder synced,
 *   before it is reported. Older images of the same epoch (of a run that was rolled back) are taken
 *   away first, their commit before all: images of two runs never stand together.
 *
 * Whatever goes wrong here, the program has long gone on. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include "runtime.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t stack_bytes;
static int folder = -1; /* the epoch's */
static char first_reason[RT_REASON_BYTES]; /* why there is no image, "" while nothing has failed */

#define EPOCH ((unsigned long long)rt_progress.epoch)

/* Under a supervisor the child ends with its program: an orphan would go on writing images of an
 * epoch that a restart may already be taking again. */
static void end_with_program(void)
{
    if (rt_config.ctl < 0)
        return;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != rt_progress.pid)
        _exit(RT_EXIT_FAILED);
}

void rt_checkpoint_begin(void)
{
    sigset_t all;

    /* The program's handlers are not for this process; faults and the way to end it stay. */
    sigfillset(&all);
    sigdelset(&all, SIGTERM);
    sigdelset(&all, SIGINT);
    sigdelset(&all, SIGQUIT);
    sigprocmask(SIG_SETMASK, &all, NULL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    signal(SIGABRT, SIG_DFL);
    signal(SIGCHLD, SIG_DFL); /* ignored, nothing would be told of the processes that convert */
    end_with_program();
    rt_frames_discard();
    first_reason[0] = 0;
    folder = -1;
    stack_bytes = (uintptr_t)preaches_sp - PR_STACK_BASE;
    rt_fault("forked");
}

void rt_checkpoint_fail(const char *format, ...)
{
    char reason[RT_REASON_BYTES];
    va_list ap;

    va_start(ap, format);
    vsnprintf(reason, sizeof reason, format, ap);
    va_end(ap);
    rt_control_await(rt_progress.epoch);
    rt_warn("checkpoint %llu failed: %s", EPOCH, reason);
    rt_control_say("failed %llu %s", EPOCH, reason);
    _exit(RT_EXIT_FAILED);
}

/* ---- the epoch's folder ---- */

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);

    return n >= m && !strcmp(name + n - m, end);
}

/* Removes what an earlier run left of this epoch. */
static bool clear_folder(void)
{
    struct dirent *entry;
    DIR *list;
    bool ok = true;

    if (unlinkat(folder, "commit", 0) == 0)
        ok = fsync(folder) == 0;
    else if (errno != ENOENT)
        return false;
    list = opendir(".");
    while (list && (entry = readdir(list)))
        if (ends_with(entry->d_name, ".img") || ends_with(entry->d_name, ".img.tmp") ||
            ends_with(entry->d_name, ".refused"))
            ok = unlinkat(folder, entry->d_name, 0) == 0 && ok;
    if (list)
        closedir(list);
    return ok && list;
}

/* Opens the epoch's folder, empty, and makes it the child's working directory. */
static void make_folder(void)
{
    char name[32];
    int spool = open(rt_config.spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool made;

    if (spool < 0)
        rt_checkpoint_fail("%s: %s", rt_config.spool, strerror(errno));
    snprintf(name, sizeof name, "epoch-%06llu", EPOCH);
    made = mkdirat(spool, name, 0777) == 0;
    if ((!made && errno != EEXIST) || (made && fsync(spool) != 0) ||
        (folder = openat(spool, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
        fchdir(folder) != 0 || (!made && !clear_folder()))
        rt_checkpoint_fail("%s/%s: %s", rt_config.spool, name, strerror(errno));
    close(spool);
}

/* ---- one class ---- */

static const char *class_name(uint32_t cls)
{
    return rt_desc.layouts[pr_desc_class_layout(&rt_desc, cls)].arch->name;
}

/* Whether any architecture of the class stands in PREACHES_CLASSES. */
static bool class_wanted(uint32_t cls)
{
    const char *at = rt_config.classes;

    while (at && *at) {
        size_t n = strcspn(at, ",");

        for (uint32_t l = 0; l < rt_desc.n_layouts; l++) {
            const char *name = rt_desc.layouts[l].arch->name;

            if (rt_desc.layouts[l].cls == cls && strlen(name) == n && !strncmp(name, at, n))
                return true;
        }
        at += n + (at[n] == ',');
    }
    return !rt_config.classes;
}

/* Blocks of structs with something else behind them cannot be told apart from arrays. */
static PrStatus check_misfit(uint32_t cls, PrError *error)
{
    uint32_t unit = cls == rt_desc.layouts[rt_layout].cls ? UINT32_MAX : rt_arena_misfit(0);
    const PrPool *pool;
    char where[256];

    if (unit == UINT32_MAX)
        return PR_OK;
    pool = rt_arena_pool(unit);
    snprintf(where, sizeof where, "%s allocated at %s:%u", rt_desc.types[pool->type].name,
             pool->alloc < rt_desc.n_allocs ? rt_desc.allocs[pool->alloc].file : "runtime",
             pool->alloc < rt_desc.n_allocs ? rt_desc.allocs[pool->alloc].line : 0);
    return pr_fail(error, PR_E_UNTYPED, "heap", unit, where);
}

/* ---- one class, possibly in a process of its own ---- */

typedef struct Outcome { /* shared with the process that does the work */
    bool saved;
    uint64_t bytes, convert_ns, dangling;
    char path[sizeof((PrError *)0)->path]; /* of the first dangling pointer */
    char reason[RT_REASON_BYTES];          /* why not saved */
} Outcome;

static PrStatus write_image(const PrView *view, uint32_t cls, const char *temporary,
                            Outcome *outcome, PrError *error)
{
    PrConvertStats stats = {0};
    PrError dangling = {0};
    uint64_t begin = rt_now_ns();
    PrStatus status = check_misfit(cls, error);
    int fd = status != PR_OK ? -1 : open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (status != PR_OK)
        return status;
    if (fd < 0)
        return rt_fail_errno(error, "open", temporary);
    status = pr_convert_write(view, cls, fd, rt_fault_hook, &stats, &dangling, error);
    outcome->convert_ns = rt_now_ns() - begin;
    outcome->bytes = stats.image_bytes;
    outcome->dangling = stats.dangling;
    memcpy(outcome->path, dangling.path, sizeof outcome->path);
    if (status == PR_OK) {
        rt_fault("sync");
        if (fsync(fd) != 0)
            status = rt_fail_errno(error, "fsync", temporary);
    }
    if (close(fd) != 0 && status == PR_OK)
        status = rt_fail_errno(error, "close", temporary);
    return status;
}

/* A delta is written only where the image that it builds on stands: the holder makes a whole one of
 * the two at the commit. Otherwise, and whenever in doubt, a whole image. */
static bool base_stands(const PrView *view, const char *class)
{
    char path[96];

    snprintf(path, sizeof path, "../epoch-%06llu/%s.class.img",
             (unsigned long long)view->base_epoch, class);
    return view->dirty && access(path, R_OK) == 0;
}

static void save_class(const PrView *whole, uint32_t cls, Outcome *outcome)
{
    PrView view = *whole;
    char temporary[64], name[64];
    PrError error = {0};
    const char *class = class_name(cls);

    if (!base_stands(whole, class))
        view.dirty = NULL;
    snprintf(temporary, sizeof temporary, ".%s.class.img.tmp", class);
    snprintf(name, sizeof name, "%s.%s.img", class, view.dirty ? "delta" : "class");
    if (write_image(&view, cls, temporary, outcome, &error) == PR_OK) {
        rt_fault("rename");
        if (rename(temporary, name) != 0 || fsync(folder) != 0)
            rt_fail_errno(&error, "rename", name);
    }
    if (error.status == PR_OK) {
        rt_fault("renamed");
        outcome->saved = true;
    } else {
        unlink(temporary);
        rt_explain(outcome->reason, &error);
    }
}

static bool report(uint32_t cls, const Outcome *outcome)
{
    const char *class = class_name(cls);

    if (outcome->dangling)
        rt_control_say("dangling %llu %s %llu %s", EPOCH, class,
                       (unsigned long long)outcome->dangling, outcome->path);
    if (outcome->saved) {
        rt_control_say("image %llu %s %llu %llu", EPOCH, class, (unsigned long long)outcome->bytes,
                       (unsigned long long)outcome->convert_ns);
        return true;
    }
    rt_control_say("refused %llu %s %s", EPOCH, class, outcome->reason);
    if (!first_reason[0])
        memcpy(first_reason, outcome->reason, sizeof first_reason);
    else if (strcmp(first_reason, outcome->reason))
        rt_warn("checkpoint %llu for %s failed: %s", EPOCH, class, outcome->reason);
    return false;
}

/* ---- all classes: as many at a time as there are processors, told in their order ---- */

static pid_t start_class(const PrView *view, uint32_t cls, Outcome *outcome)
{
    int parent = getpid();
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
        save_class(view, cls, outcome);
    _exit(0);
}

/* Waits until one of the n processes has ended, and takes it off the list: its pid becomes 0. */
static void await_one(pid_t *pid, uint32_t n, Outcome *outcome)
{
    int status = 0;
    pid_t got;
    uint32_t i = 0;

    do
        got = waitpid(-1, &status, 0);
    while (got < 0 && errno == EINTR);
    while (i < n && (got < 0 ? pid[i] == 0 : pid[i] != got))
        i++;
    if (i == n)
        return;
    pid[i] = 0;
    if (got > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    outcome[i].saved = false;
    snprintf(outcome[i].reason, sizeof outcome[i].reason, "its process was killed by signal %d",
             WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

/* How many processes to use. Fault points count passings in one order, so then it is this one. */
static uint32_t parallelism(uint32_t n_classes)
{
    enum { SMALL_BYTES = 4 << 20 }; /* a fork costs more than it saves */
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    if (rt_config.fault[0] || n < 2 || rt_arena_live_bytes() < SMALL_BYTES ||
        rt_config.snapshot == RT_SNAPSHOT_INLINE)
        return 1;
    return (uint32_t)n < n_classes ? (uint32_t)n : n_classes;
}

static unsigned save_parallel(const PrView *view, const uint32_t *cls, uint32_t n, uint32_t at_once,
                              Outcome *outcome)
{
    pid_t pid[PR_N_ARCHES];
    unsigned n_images = 0;
    uint32_t started = 0, running = 0, told = 0;

    while (told < n) {
        for (; started < n && running < at_once; started++) {
            pid[started] = start_class(view, cls[started], &outcome[started]);
            if (pid[started] > 0) {
                running++;
            } else { /* no room for a process: then here */
                pid[started] = 0;
                save_class(view, cls[started], &outcome[started]);
            }
        }
        if (running) {
            await_one(pid, started, outcome);
            running--;
        }
        for (; told < started && pid[told] == 0; told++)
            n_images += report(cls[told], &outcome[told]);
    }
    return n_images;
}

static unsigned save_classes(const PrView *view)
{
    uint32_t cls[PR_N_ARCHES], n = 0, at_once;
    unsigned n_images = 0;
    Outcome *outcome;

    for (uint32_t i = 0; i < rt_desc.n_classes; i++)
        if (class_wanted(i))
            cls[n++] = i;
    at_once = parallelism(n);
    outcome = mmap(NULL, PR_N_ARCHES * sizeof *outcome, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (outcome == MAP_FAILED)
        rt_checkpoint_fail("memory: %s", strerror(errno));
    if (at_once > 1)
        n_images = save_parallel(view, cls, n, at_once, outcome);
    for (uint32_t i = 0; i < n && at_once <= 1; i++) {
        save_class(view, cls[i], &outcome[i]);
        n_images += report(cls[i], &outcome[i]);
    }
    munmap(outcome, PR_N_ARCHES * sizeof *outcome);
    return n_images;
}

/* An epoch without images leaves no trace. */
static void discard_folder(void)
{
    char name[32];

    snprintf(name, sizeof name, "../epoch-%06llu", EPOCH);
    rmdir(name);
}

void rt_checkpoint_run(void)
{
    char reason[RT_REASON_BYTES];
    PrError error = {0};
    PrView view;
    unsigned n_images = 0;

    rt_control_await(rt_progress.epoch);
    if (rt_view_build(&view, stack_bytes, &error) != PR_OK) {
        rt_explain(reason, &error);
        rt_checkpoint_fail("%s", reason);
    }
    if (!view.n_frames || !rt_desc.sites[view.frames[view.n_frames - 1].site].is_poll)
        rt_checkpoint_fail("the frame of the poll was not saved");
    rt_track_view(&view);
    make_folder();
    n_images = save_classes(&view);
    if (!n_images) {
        discard_folder();
        rt_checkpoint_fail("%s", first_reason[0] ? first_reason : "no such layout class");
    }
    if (first_reason[0])
        rt_warn("checkpoint %llu is not complete: %s", EPOCH, first_reason);
    rt_track_done(rt_progress.epoch);
    rt_control_say("done %llu %u %llu", EPOCH, n_images, (unsigned long long)rt_copied_bytes());
    rt_view_free(&view);
    _exit(0);
}
