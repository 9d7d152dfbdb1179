#define _GNU_SOURCE
#include "leaseguard.h"

#include "proc.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { MAX_GROUPS = 256 };

gint64 preaches_clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return (gint64)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- the guard's own process: no allocation, no locks ---- */

static PreachesGuardOrder orders[MAX_GROUPS];
static guint n_orders;

static void take(const PreachesGuardOrder *order)
{
    guint i = 0;

    while (i < n_orders && orders[i].group != order->group)
        i++;
    if (order->until_ns == 0) {
        if (i < n_orders)
            orders[i] = orders[--n_orders];
    } else if (i < n_orders) {
        orders[i] = *order;
    } else if (n_orders < MAX_GROUPS) {
        orders[n_orders++] = *order;
    } else {
        kill((pid_t)-order->group, SIGKILL); /* what cannot be watched may not run */
    }
}

/* Kills what is due; milliseconds until the next is, at most. */
static int kill_due(gboolean all)
{
    gint64 now = preaches_clock_ns(), next = 60000;

    for (guint i = n_orders; i-- > 0;) {
        gint64 left = orders[i].until_ns - now;
        if (all || left <= 0) {
            kill((pid_t)-orders[i].group, SIGKILL);
            orders[i] = orders[--n_orders];
        } else {
            next = MIN(next, left / 1000000);
        }
    }
    return (int)next;
}

static void guard(int fd) G_GNUC_NORETURN;
static void guard(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    for (;;) {
        PreachesGuardOrder order;
        int n = poll(&p, 1, kill_due(FALSE));
        ssize_t got = n > 0 ? read(fd, &order, sizeof order) : -1;
        if (got == (ssize_t)sizeof order)
            take(&order);
        else if (n > 0 && !(got < 0 && (errno == EINTR || errno == EAGAIN)))
            break; /* the agent is gone */
    }
    kill_due(TRUE);
    _exit(0);
}

int preaches_guard_start(GError **error)
{
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "guard: %s", g_strerror(errno));
        return -1;
    }
    if (pid == 0) {
        setsid(); /* what is sent to the agent's group does not reach it */
        prctl(PR_SET_NAME, "preaches-guard");
        for (int sig = 1; sig < NSIG; sig++)
            signal(sig, SIG_IGN);
        close(ends[1]);
        guard(ends[0]);
    }
    close(ends[0]);
    return ends[1];
}

void preaches_guard_order(int fd, pid_t group, gint64 until_ns)
{
    PreachesGuardOrder order = {.until_ns = until_ns, .group = group};
    ssize_t done;

    do
        done = write(fd, &order, sizeof order);
    while (done < 0 && errno == EINTR);
    if (done != (ssize_t)sizeof order) /* no guard, no program */
        kill(-group, SIGKILL);
}
