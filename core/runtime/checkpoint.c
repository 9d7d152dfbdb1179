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
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REASON_BYTES = 640 };

static uint64_t stack_bytes;
static char first_reason[REASON_BYTES]; /* why there is no image, "" while nothing has failed */

#define EPOCH ((unsigned long long)rt_progress.epoch)

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
    stack_bytes = (uintptr_t)preaches_sp - PR_STACK_BASE;
    rt_fault("forked");
}

void rt_checkpoint_fail(const char *format, ...)
{
    char reason[REASON_BYTES];
    va_list ap;

    va_start(ap, format);
    vsnprintf(reason, sizeof reason, format, ap);
    va_end(ap);
    rt_control_await(rt_progress.epoch);
    rt_warn("checkpoint %llu failed: %s", EPOCH, reason);
    rt_control_say("failed %llu %s", EPOCH, reason);
    _exit(RT_EXIT_FAILED);
}

static void explain(char *reason, const PrError *e)
{
    bool io = e->status == PR_E_IO && e->offset && e->offset < 4096;

    snprintf(reason, REASON_BYTES, "%s%s%s%s%s", e->what ? e->what : "", e->what ? ": " : "",
             io ? strerror((int)e->offset) : pr_status_text(e->status), e->path[0] ? ": " : "",
             e->path);
}

/* ---- the epoch's folder ---- */

static bool sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    return ok;
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);

    return n >= m && !strcmp(name + n - m, end);
}

/* Removes what an earlier run left of this epoch. */
static bool clear_folder(const char *path)
{
    char name[PATH_MAX];
    struct dirent *entry;
    DIR *folder;
    bool ok = true;

    snprintf(name, sizeof name, "%s/commit", path);
    if (unlink(name) == 0)
        ok = sync_folder(path);
    else if (errno != ENOENT)
        return false;
    folder = opendir(path);
    while (folder && (entry = readdir(folder)))
        if (ends_with(entry->d_name, ".img") || ends_with(entry->d_name, ".img.tmp"))
            ok = unlinkat(dirfd(folder), entry->d_name, 0) == 0 && ok;
    if (folder)
        closedir(folder);
    return ok && folder;
}

static void make_folder(char *path)
{
    int n = snprintf(path, PATH_MAX, "%s/epoch-%06llu", rt_config.spool, EPOCH);

    if (n >= PATH_MAX - 64)
        rt_checkpoint_fail("%s: name too long", rt_config.spool);
    if (mkdir(path, 0777) == 0) {
        if (!sync_folder(rt_config.spool))
            rt_checkpoint_fail("%s: %s", rt_config.spool, strerror(errno));
    } else if (errno != EEXIST || !clear_folder(path)) {
        rt_checkpoint_fail("%s: %s", path, strerror(errno));
    }
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
             pool->alloc < rt_desc.n_allocs ? rt_desc.allocs[pool->alloc].file : "?",
             pool->alloc < rt_desc.n_allocs ? rt_desc.allocs[pool->alloc].line : 0);
    return pr_fail(error, PR_E_UNTYPED, "heap", unit, where);
}

static PrStatus write_image(const PrView *view, uint32_t cls, const char *temporary,
                            PrConvertStats *stats, uint64_t *convert_ns, PrError *error)
{
    PrError dangling = {0};
    uint64_t begin = rt_now_ns();
    PrStatus status = check_misfit(cls, error);
    int fd = status != PR_OK ? -1 : open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (status != PR_OK)
        return status;
    if (fd < 0)
        return pr_fail(error, PR_E_IO, "open", (uint64_t)errno, temporary);
    status = pr_convert_write(view, cls, fd, rt_fault_hook, stats, &dangling, error);
    *convert_ns = rt_now_ns() - begin;
    if (status == PR_OK) {
        rt_fault("sync");
        if (fsync(fd) != 0)
            status = pr_fail(error, PR_E_IO, "fsync", (uint64_t)errno, temporary);
    }
    if (close(fd) != 0 && status == PR_OK)
        status = pr_fail(error, PR_E_IO, "close", (uint64_t)errno, temporary);
    return status;
}

static bool save_class(const PrView *view, uint32_t cls, const char *folder)
{
    char temporary[PATH_MAX], name[PATH_MAX], reason[REASON_BYTES];
    PrConvertStats stats = {0};
    PrError error = {0};
    uint64_t convert_ns = 0;
    const char *class = class_name(cls);

    snprintf(temporary, sizeof temporary, "%s/.%s.class.img.tmp", folder, class);
    snprintf(name, sizeof name, "%s/%s.class.img", folder, class);
    if (write_image(view, cls, temporary, &stats, &convert_ns, &error) == PR_OK) {
        rt_fault("rename");
        if (rename(temporary, name) != 0 || !sync_folder(folder))
            pr_fail(&error, PR_E_IO, "rename", (uint64_t)errno, name);
    }
    if (error.status != PR_OK) {
        unlink(temporary);
        explain(reason, &error);
        rt_control_say("refused %llu %s %s", EPOCH, class, reason);
        if (!first_reason[0])
            memcpy(first_reason, reason, sizeof reason);
        else if (strcmp(first_reason, reason))
            rt_warn("checkpoint %llu for %s failed: %s", EPOCH, class, reason);
        return false;
    }
    rt_fault("renamed");
    rt_control_say("image %llu %s %llu %llu", EPOCH, class, (unsigned long long)stats.image_bytes,
                   (unsigned long long)convert_ns);
    return true;
}

void rt_checkpoint_run(void)
{
    char folder[PATH_MAX], reason[REASON_BYTES];
    PrError error = {0};
    PrView view;
    unsigned n_images = 0;

    rt_control_await(rt_progress.epoch);
    if (rt_view_build(&view, stack_bytes, &error) != PR_OK) {
        explain(reason, &error);
        rt_checkpoint_fail("%s", reason);
    }
    if (!view.n_frames)
        rt_checkpoint_fail("no frame was saved");
    make_folder(folder);
    for (uint32_t cls = 0; cls < rt_desc.n_classes; cls++)
        if (class_wanted(cls))
            n_images += save_class(&view, cls, folder);
    if (!n_images) {
        rmdir(folder);
        rt_checkpoint_fail("%s", first_reason[0] ? first_reason : "no such layout class");
    }
    if (first_reason[0])
        rt_warn("checkpoint %llu is not complete: %s", EPOCH, first_reason);
    rt_control_say("done %llu %u", EPOCH, n_images);
    _exit(0);
}
