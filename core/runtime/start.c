/* The real main(): sets the process up as the environment says, then calls the program's main, or
 * its restore clone. What comes back is the program's end, or, in a checkpoint child, the end of
 * the unwinding. */
#define _GNU_SOURCE
#include "globals.h"
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <time.h>
#include <unistd.h>

PrDesc rt_desc;
uint32_t rt_layout;

uint64_t rt_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void warn_list(const char *format, va_list ap)
{
    char line[1024] = "preaches: ";
    int n = vsnprintf(line + 10, sizeof line - 11, format, ap);
    size_t bytes;

    if (n < 0)
        return;
    bytes = strlen(line);
    line[bytes] = '\n';
    if (write(STDERR_FILENO, line, bytes + 1) < 0)
        return;
}

void rt_warn(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    warn_list(format, ap);
    va_end(ap);
}

void rt_die(int status, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    warn_list(format, ap);
    va_end(ap);
    if (!rt_progress.child)
        rt_control_say("exit %d %llu", status, (unsigned long long)rt_progress.polls);
    _exit(status);
}

PrStatus rt_fail_errno(PrError *error, const char *what, const char *path)
{
    const char *why = strerror(errno);
    char text[sizeof error->path];

    snprintf(text, sizeof text, "%.*s%s%s", (int)(sizeof text - 64), path, path[0] ? ": " : "", why);
    return pr_fail(error, PR_E_IO, what, 0, text);
}

void rt_explain(char reason[RT_REASON_BYTES], const PrError *error)
{
    /* Of a failed system call, the path says why. */
    const char *why = error->status == PR_E_IO && error->path[0] ? "" : pr_status_text(error->status);
    const char *what = error->what && strcmp(error->what, why) ? error->what : "";

    snprintf(reason, RT_REASON_BYTES, "%s%s%s%s%s", what, what[0] && why[0] ? ": " : "", why,
             error->path[0] && (what[0] || why[0]) ? ": " : "", error->path);
}

const struct preaches_symrec *rt_symbols(void) { return __start_preaches_syms; }

/* The description is part of this executable, so a defect in it is one of the build. */
static void describe(void)
{
    PrError error = {0};
    ptrdiff_t n = __stop_preaches_syms - __start_preaches_syms;
    int layout;

    if (pr_desc_parse(&rt_desc, preaches_desc, preaches_desc_bytes, &error) != PR_OK)
        rt_die(RT_EXIT_FAILED, "description: %s (%s)", pr_status_text(error.status), error.what);
    layout = pr_desc_layout(&rt_desc, preaches_arch);
    if (layout < 0 || n != (ptrdiff_t)rt_desc.n_symbols || rt_desc.n_types <= PR_TYPE_VOIDPTR ||
        rt_desc.types[PR_TYPE_VOIDPTR].kind != PR_PTR || rt_desc.types[PR_TYPE_VOIDPTR].elem != PR_TYPE_VOID)
        rt_die(RT_EXIT_FAILED, "the description does not belong to this executable");
    rt_layout = (uint32_t)layout;
}

/* Arithmetic in double as on the other architectures, unless the program knows long double. */
static void set_rounding(void)
{
#ifdef __m68k__
    unsigned control = 0x80;

    for (uint32_t i = 0; i < rt_desc.n_types; i++)
        if (rt_desc.types[i].kind == PR_LDOUBLE)
            return;
    __asm__ volatile("fmove%.l %0,%!" : : "dm"(control));
#endif
}

/* The arguments as blocks of the arena: pointers to them are carried over like any other. */
static char **copy_arguments(int argc, char **argv)
{
    char **copy = preaches_malloc(((size_t)argc + 1) * sizeof *copy, PR_TYPE_CHARPTR, PR_NO_ALLOC);

    for (int i = 0; copy && i < argc; i++) {
        copy[i] = preaches_strdup(argv[i]);
        if (!copy[i])
            copy = NULL;
    }
    if (!copy)
        rt_die(RT_EXIT_FAILED, "out of memory for the arguments");
    copy[argc] = NULL;
    return copy;
}

static void at_exit(int status, void *unused)
{
    (void)unused;
    if (rt_progress.child)
        rt_checkpoint_fail("the program ended while its frames were saved");
    rt_exits_run(status);
    rt_streams_finish();
    rt_poll_finish();
    if (rt_record_end)
        rt_record_end();
    if (rt_config.count)
        rt_warn("%llu polls", (unsigned long long)rt_progress.polls);
    fflush(NULL);
    rt_control_say("exit %d %llu", status & 0xff, (unsigned long long)rt_progress.polls);
}

/* Kernels put the break up to 1 GiB behind a program's variables, at random: with large ones, perhaps where
 * the arena has to be. Then the program begins anew without such randomness. */
static void avoid_break(char **argv)
{
    extern char end[];
    uintptr_t at = (uintptr_t)sbrk(0);
    int persona = personality(0xffffffff);
    char path[4096];
    ssize_t n;

    if ((uintptr_t)end > PR_STACK_BASE || at < PR_STACK_BASE || at > PR_HEAP_END || persona < 0 ||
        persona & ADDR_NO_RANDOMIZE || personality((unsigned)persona | ADDR_NO_RANDOMIZE) < 0)
        return;
    n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n < 0)
        return;
    path[n] = 0;
    execv(path, argv);
}

int main(int argc, char **argv)
{
    PrError error = {0};
    int status;

    avoid_break(argv);
    rt_progress.main_frame = (uintptr_t)__builtin_frame_address(0);
    rt_config_read();
    rt_poll_listen();
    rt_control_init();
    describe();
    set_rounding();
    rt_streams_init();
    if (rt_arena_map(&error) != PR_OK)
        rt_die(RT_EXIT_FAILED, "the addresses of stack (0x%llx) and heap (0x%llx) are not free: %s",
               (unsigned long long)PR_STACK_BASE, (unsigned long long)rt_desc.heap_base, error.path);
    rt_globals_init();
    on_exit(at_exit, NULL);
    if (rt_record_begin)
        rt_record_begin();
    if (rt_config.restore) {
        rt_restore_open(rt_config.restore);
        rt_track_init();
        rt_poll_init();
        status = preaches_call_main_clone(argc, NULL);
    } else {
        char **arguments = copy_arguments(argc, argv);

        rt_track_init();
        rt_poll_init();
        rt_constructors_run(argc, arguments);
        status = preaches_call_main(argc, arguments);
    }
    if (preaches_unwinding)
        rt_checkpoint_run();
    if (rt_frames_loading())
        rt_die(RT_EXIT_DAMAGED, "the program ended before its frames were restored");
    exit(status);
}
