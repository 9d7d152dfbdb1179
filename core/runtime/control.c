/* The control descriptor: lines out, bytes in. Each line leaves in one write, so that lines of the
 * program and of its checkpoint child do not mix. */
#define _GNU_SOURCE
#include "control.h"
#include "runtime.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define X(name, process, where) name,
static const char *const points[] = {PR_FAULT_LIST(X)};
#undef X
enum { N_POINTS = sizeof points / sizeof *points, LINE_BYTES = 1024, OWN_FD = 512 };

/* Shared between the program and its children. */
static volatile struct Shared {
    uint32_t said; /* last epoch whose "checkpoint" line is out */
    uint32_t passed[N_POINTS];
} *shared;
static int fault_point = -1; /* index into points */

void rt_control_init(void)
{
    int ctl = rt_config.ctl;

    for (int i = 0; i < N_POINTS; i++)
        if (!strcmp(rt_config.fault, points[i]))
            fault_point = i;
    if (rt_config.fault[0] && fault_point < 0)
        rt_die(2, "PREACHES_FAULT: unknown fault point '%s'", rt_config.fault);
    if (ctl < 0)
        return;
    rt_config.ctl = fcntl(ctl, F_DUPFD_CLOEXEC, OWN_FD); /* out of the way of the program's numbers */
    if (rt_config.ctl < 0 || close(ctl) != 0) {
        rt_config.ctl = -1;
        rt_die(2, "PREACHES_CTL: descriptor %d: %s", ctl, strerror(errno));
    }
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        shared = NULL;
    rt_control_say("hello %s %ld", preaches_arch, (long)getpid());
}

void rt_control_say(const char *format, ...)
{
    char line[LINE_BYTES];
    va_list ap;
    int n;

    if (rt_config.ctl < 0)
        return;
    va_start(ap, format);
    n = vsnprintf(line, sizeof line - 1, format, ap);
    va_end(ap);
    if (n < 0)
        return;
    n = n < (int)sizeof line - 1 ? n : (int)sizeof line - 2;
    for (int i = 0; i < n; i++)
        line[i] = line[i] == '\n' ? ' ' : line[i];
    line[n] = '\n';
    /* A supervisor that is gone must not end the program by SIGPIPE. */
    if (send(rt_config.ctl, line, (size_t)n + 1, MSG_NOSIGNAL) < 0 && errno == ENOTSOCK)
        n = (int)write(rt_config.ctl, line, (size_t)n + 1);
}

void rt_control_wait(void)
{
    char byte;

    while (rt_config.ctl >= 0 && read(rt_config.ctl, &byte, 1) < 0 && errno == EINTR)
        continue;
}

void rt_fault(const char *point)
{
    uint32_t passed;

    if (fault_point < 0 || !shared || strcmp(point, points[fault_point]))
        return;
    /* The program has given this checkpoint's number away when it comes by here. */
    if (rt_config.fault_epoch && rt_progress.epoch - (rt_progress.child ? 0 : 1) != rt_config.fault_epoch)
        return;
    passed = ++shared->passed[fault_point];
    if (passed != rt_config.fault_k)
        return;
    rt_control_say("fault %s %lu", point, (unsigned long)passed);
    rt_control_wait();
}

void rt_fault_hook(const char *point, uint64_t count)
{
    (void)count; /* passings are counted here, over all checkpoints */
    rt_fault(point);
}

void rt_control_said(uint64_t epoch)
{
    if (shared)
        shared->said = (uint32_t)epoch;
}

void rt_control_await(uint64_t epoch)
{
    const struct timespec moment = {.tv_nsec = 50000};

    if (rt_config.snapshot == RT_SNAPSHOT_INLINE)
        return; /* the program sleeps until this process has ended */
    while (shared && shared->said < (uint32_t)epoch && getppid() == rt_progress.pid)
        nanosleep(&moment, NULL);
}
