/* Polls: counting, requests, the fork.
 *
 * preaches_request is non-zero while polls have to come here: always when polls are counted
 * (AT_POLL, EVERY, BREAK, COUNT), else from a signal until its checkpoint has begun; where polls are patched
 * (sites.c), they are so just as long. Between two polls that matter the slow path is one comparison with
 * `next_stop`.
 *
 * One checkpoint is in flight at a time. A request by poll number waits for the one before it; a
 * request by signal stays pending until a later poll finds it finished. */
#define _GNU_SOURCE
#include "globals.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int preaches_request;
int preaches_unwinding;
char *preaches_sp = (char *)(uintptr_t)PR_STACK_BASE;
char *const preaches_sp_limit = (char *)(uintptr_t)PR_STACK_END;
unsigned preaches_closed;
RtProgress rt_progress = {.epoch = 1, .term = 1};

static volatile sig_atomic_t signalled;
static volatile uint64_t signalled_ns; /* when; read only while nothing can be signalled anew */
static bool counting;
static uint64_t next_stop; /* next poll that needs more than counting */
static pid_t in_flight;    /* checkpoint child, 0: none */
static uint64_t in_flight_epoch;

void preaches_stack_overflow(void)
{
    rt_warn("data stack overflow (%llu MiB of locals whose address is taken)",
            (unsigned long long)((PR_STACK_END - PR_STACK_BASE) >> 20));
    abort();
}

static void failed(uint64_t epoch, const char *reason)
{
    rt_warn("checkpoint %llu failed: %s", (unsigned long long)epoch, reason);
    rt_control_say("failed %llu %s", (unsigned long long)epoch, reason);
}

/* Whether polls come here from now on. */
static bool watch(bool wanted)
{
    preaches_request = wanted;
    return rt_sites_patch(wanted);
}

/* For a request by signal: in its handler, or when one came while polls were let go. */
static void watch_signalled(void)
{
    char reason[96];

    if (watch(true))
        return;
    snprintf(reason, sizeof reason, "polls cannot be patched: %s", strerrordesc_np(errno));
    signalled = 0;
    failed(rt_progress.epoch, reason);
}

/* As long as something is due at later polls. */
static void watch_on(void)
{
    (void)watch(counting); /* what stays patched comes here again */
    if (signalled)
        watch_signalled();
}

static void on_signal(int number)
{
    int saved = errno;

    (void)number;
    if (!signalled)
        signalled_ns = rt_now_ns();
    signalled = 1;
    watch_signalled();
    errno = saved;
}

static uint64_t nearer(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* The next poll after the present one at which something is to be done. */
static void plan_next_stop(void)
{
    uint64_t n = rt_progress.polls;

    next_stop = UINT64_MAX;
    while (rt_config.at_polls && *rt_config.at_polls <= n)
        rt_config.at_polls++;
    if (rt_config.at_polls)
        next_stop = *rt_config.at_polls;
    if (rt_config.every)
        next_stop = nearer(next_stop, (n / rt_config.every + 1) * rt_config.every);
    if (rt_config.break_poll > n)
        next_stop = nearer(next_stop, rt_config.break_poll);
}

void rt_poll_listen(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

    if (rt_config.spool && rt_config.signal) {
        sigemptyset(&action.sa_mask);
        sigaction(rt_config.signal, &action, NULL);
    }
}

/* Where a program cannot change its text, it does not begin; but one that goes on from an image does, and says of
 * each request that it failed. */
static void open_sites(void)
{
    const char *why = rt_config.spool || counting ? rt_sites_init() : NULL;

    if (why && (counting || !rt_config.restore))
        rt_die(RT_EXIT_FAILED, "polls cannot be patched here: %s; build the program without --sites=patch", why);
    if (why)
        rt_warn("no checkpoint can be asked for here: polls cannot be patched: %s", why);
}

void rt_poll_init(void)
{
    if (rt_config.epoch)
        rt_progress.epoch = rt_config.epoch;
    counting = rt_config.at_polls || rt_config.every || rt_config.break_poll || rt_config.count;
    plan_next_stop();
    open_sites();
    watch_on(); /* a signal may have come already */
}

/* Takes in the child's end. A child that did not come to its end is reported here. */
static int reap(int options)
{
    char reason[64];
    int status;
    pid_t got;

    do
        got = waitpid(in_flight, &status, options);
    while (got < 0 && errno == EINTR);
    if (got == 0)
        return -1;
    in_flight = 0;
    if (got < 0)
        return 0; /* the program waited for it itself */
    if (WIFSIGNALED(status)) {
        snprintf(reason, sizeof reason, "its process was killed by signal %d", WTERMSIG(status));
        failed(in_flight_epoch, reason);
        return RT_EXIT_FAILED;
    }
    return WEXITSTATUS(status);
}

void rt_poll_finish(void)
{
    if (in_flight)
        reap(0);
}

static void stop(int status)
{
    if (rt_config.count)
        rt_warn("%llu polls", (unsigned long long)rt_progress.polls);
    rt_control_say("exit %d %llu", status, (unsigned long long)rt_progress.polls);
    _exit(status ? RT_EXIT_FAILED : 0);
}

/* Forks. True in the child. `waited_ns`: since it was asked for by a signal. */
static bool checkpoint(uint64_t waited_ns)
{
    uint64_t begin = rt_now_ns(), epoch = rt_progress.epoch++;
    bool shared = rt_config.snapshot == RT_SNAPSHOT_INLINE;
    int fork_errno = 0, status = RT_EXIT_FAILED;

    rt_fault("poll");
    rt_progress.pid = getpid();
    rt_signals_note();
    rt_times_note();
    rt_streams_note();
    rt_track_note(epoch);
    in_flight = shared ? rt_fork_shared() : fork();
    if (in_flight == 0) {
        rt_progress.child = true;
        rt_progress.epoch = epoch;
        preaches_unwinding = 1;
        rt_checkpoint_begin();
        return true;
    }
    if (in_flight < 0) {
        fork_errno = errno;
        in_flight = 0;
    }
    in_flight_epoch = epoch;
    if (shared && in_flight)
        status = reap(0);
    rt_control_say("checkpoint %llu %llu %llu %llu %llu", (unsigned long long)epoch,
                   (unsigned long long)rt_progress.polls, (unsigned long long)(rt_now_ns() - begin),
                   (unsigned long long)(rt_arena_live_bytes() + rt_large_globals_bytes() + (uintptr_t)preaches_sp -
                                        PR_STACK_BASE),
                   (unsigned long long)waited_ns);
    rt_control_said(epoch);
    rt_contents_forget();
    if (fork_errno)
        failed(epoch, strerror(fork_errno));
    if (rt_config.stop || rt_config.sync) {
        if (in_flight)
            status = reap(0);
        if (rt_config.stop)
            stop(status);
    }
    return false;
}

static bool due(void)
{
    uint64_t n = rt_progress.polls;

    return (rt_config.at_polls && *rt_config.at_polls == n) ||
           (rt_config.every && n % rt_config.every == 0);
}

static bool poll_slow(unsigned site)
{
    uint64_t waited_ns;
    bool wanted;

    if (preaches_closed)
        return false; /* what is due now is done at the first poll outside */
    rt_progress.polls += counting || signalled;
    if (rt_progress.polls < next_stop && !signalled) {
        watch_on();
        return false;
    }
    if (rt_progress.child)
        rt_checkpoint_fail("the program went on while its frames were saved");
    if (rt_frames_loading() || site >= rt_desc.n_sites || !rt_desc.sites[site].is_poll)
        rt_die(RT_EXIT_DAMAGED, "poll at site %u does not match the program's description", site);
    if (rt_progress.polls == rt_config.break_poll) {
        rt_config.break_poll = 0;
        rt_control_say("break %llu", (unsigned long long)rt_progress.polls);
        rt_control_wait();
    }
    wanted = due();
    plan_next_stop();
    if (in_flight && reap(wanted ? 0 : WNOHANG) < 0)
        return false; /* still writing; a signal's request stays pending */
    if (!wanted && !signalled)
        return false;
    waited_ns = signalled ? rt_now_ns() - signalled_ns : 0;
    (void)watch(counting); /* in this order: a signal between the two is served now */
    signalled = 0;
    return rt_config.spool && checkpoint(waited_ns);
}

int preaches_poll(unsigned site, ...)
{
    int saved = errno;
    bool unwind;
    va_list ap;

    rt_libc_note_errno(saved);
    unwind = poll_slow(site);
    if (unwind) {
        va_start(ap, site);
        rt_frames_save(site, &ap);
        va_end(ap);
        if (!preaches_flag_sites)
            rt_unwind();
    }
    errno = saved;
    return unwind;
}
