/* Signals: the program's handlers, its mask, signals that wait and running timers. Numbers and flags
 * differ between architectures, so all of it travels by name: the place in the table below.
 *
 * A handler is entered through enter(), during which no checkpoint is taken: it lies on top of
 * whatever was interrupted, which could not be unwound. A request made meanwhile stays. */
#define _GNU_SOURCE
#include "records.h"
#include "signalsets.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

enum { N_NUMBERS = RT_SIGNAL_NUMBERS };
_Static_assert((int)N_NUMBERS <= (int)RT_N_SIGNALS, "a root for each handler");

static const unsigned flag_bits[] = { /* likewise */
    SA_NOCLDSTOP, SA_NOCLDWAIT, SA_SIGINFO, SA_ONSTACK, SA_RESTART, SA_NODEFER, SA_RESETHAND,
};
enum { N_FLAGS = sizeof flag_bits / sizeof *flag_bits };

typedef enum Kind { UNTOUCHED, DEFAULT, IGNORED, HANDLED } Kind;
static struct {
    Kind kind;
    uint32_t flags; /* of flag_bits */
    uint64_t mask;  /* of rt_signal_numbers */
} actions[N_NUMBERS];

/* The program's own set in one of its structures (signalsets.h). */
static uint64_t program_mask(const struct sigaction *action)
{
    SignalSet set;

    memcpy(&set, &action->sa_mask, sizeof set);
    return set.mask;
}

static void set_program_mask(struct sigaction *action, uint64_t mask)
{
    SignalSet set = {.mask = (uint32_t)mask};

    memcpy(&action->sa_mask, &set, sizeof set);
}

/* ---- handlers ---- */

static void enter(int number, siginfo_t *info, void *context)
{
    unsigned i = rt_signal_place(number);
    char *handler = rt_root_get(RT_ROOT_SIGNALS + i);

    if (actions[i].flags & SA_RESETHAND)
        actions[i].kind = DEFAULT;
    preaches_closed++;
    if (actions[i].flags & SA_SIGINFO)
        ((void (*)(int, siginfo_t *, void *))(uintptr_t)handler)(number, info, context);
    else
        ((void (*)(int))(uintptr_t)handler)(number);
    preaches_closed--;
}

static int install(unsigned i)
{
    struct sigaction action = {.sa_flags = (int)(actions[i].flags | SA_SIGINFO)};

    rt_mask_to_set(&action.sa_mask, actions[i].mask);
    if (actions[i].kind == HANDLED)
        action.sa_sigaction = enter;
    else {
        action.sa_flags = (int)(actions[i].flags & ~(unsigned)SA_SIGINFO);
        action.sa_handler = actions[i].kind == IGNORED ? SIG_IGN : SIG_DFL;
    }
    return sigaction(rt_signal_numbers[i], &action, NULL);
}

/* The action as the program sees it. */
static void describe(unsigned i, struct sigaction *action)
{
    memset(action, 0, sizeof *action);
    if (actions[i].kind == UNTOUCHED) {
        sigaction(rt_signal_numbers[i], NULL, action);
        if (action->sa_flags & SA_SIGINFO) /* ours */
            action->sa_handler = SIG_DFL;
        set_program_mask(action, rt_mask_from_set(&action->sa_mask));
        return;
    }
    action->sa_flags = (int)actions[i].flags;
    set_program_mask(action, actions[i].mask);
    if (actions[i].kind == HANDLED)
        action->sa_handler = (void (*)(int))(uintptr_t)rt_root_get(RT_ROOT_SIGNALS + i);
    else
        action->sa_handler = actions[i].kind == IGNORED ? SIG_IGN : SIG_DFL;
}

static int change(unsigned i, const struct sigaction *to)
{
    void (*handler)(int) = to->sa_handler;
    sigset_t all, before;
    int failed;

    if (rt_config.spool && rt_signal_numbers[i] == rt_config.signal) {
        rt_warn("the program uses SIG%s itself: checkpoints can no longer be asked for with it",
                sigabbrev_np(rt_signal_numbers[i]));
        rt_config.signal = 0;
    }
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    actions[i].kind = handler == SIG_DFL ? DEFAULT : handler == SIG_IGN ? IGNORED : HANDLED;
    actions[i].flags = (unsigned)to->sa_flags;
    actions[i].mask = program_mask(to);
    if (actions[i].kind == HANDLED)
        *rt_root(RT_ROOT_SIGNALS + i) = (char *)(uintptr_t)handler;
    failed = install(i);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return failed;
}

int preaches_sigaction(int number, const void *to, void *before)
{
    unsigned i = rt_signal_place(number);
    struct sigaction old, new;

    if (i == N_NUMBERS) { /* real-time signals have no names that all machines know */
        errno = EINVAL;
        return -1;
    }
    if (to) /* may be the same object as `before` */
        memcpy(&new, to, sizeof new);
    describe(i, &old);
    if (to && change(i, &new) != 0) {
        actions[i].kind = UNTOUCHED;
        return -1;
    }
    if (before)
        memcpy(before, &old, sizeof old);
    return 0;
}

void (*preaches_signal(int number, void (*handler)(int)))(int)
{
    struct sigaction to = {.sa_flags = SA_RESTART}, before;

    to.sa_handler = handler;
    set_program_mask(&to, 0);
    if (handler == SIG_ERR || preaches_sigaction(number, &to, &before) != 0) {
        errno = EINVAL;
        return SIG_ERR;
    }
    return before.sa_handler;
}

/* ---- what only the program itself can see: noted before the fork ---- */

static const int timers[] = {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF};
enum { N_TIMERS = sizeof timers / sizeof *timers };
static struct itimerval noted_timers[N_TIMERS];
static uint64_t noted_mask, noted_waiting;

void rt_signals_note(void)
{
    sigset_t set;

    for (unsigned i = 0; i < N_TIMERS; i++)
        getitimer(timers[i], &noted_timers[i]);
    sigemptyset(&set);
    sigprocmask(SIG_BLOCK, NULL, &set);
    noted_mask = rt_mask_from_set(&set);
    sigpending(&set);
    noted_waiting = rt_mask_from_set(&set);
}

static bool anything(void)
{
    bool any = noted_mask || noted_waiting;

    for (unsigned i = 0; i < N_TIMERS; i++)
        any |= noted_timers[i].it_value.tv_sec || noted_timers[i].it_value.tv_usec;
    for (unsigned i = 0; i < N_NUMBERS; i++)
        any |= actions[i].kind != UNTOUCHED;
    return any;
}

static uint64_t microseconds(const struct timeval *t)
{
    return (uint64_t)t->tv_sec * 1000000 + (uint64_t)t->tv_usec;
}

void rt_signals_save(RtOut *out)
{
    if (!anything())
        return;
    rt_put_number(out, noted_mask, 8);
    rt_put_number(out, noted_waiting, 8);
    for (unsigned i = 0; i < N_TIMERS; i++) {
        rt_put_number(out, microseconds(&noted_timers[i].it_value), 8);
        rt_put_number(out, microseconds(&noted_timers[i].it_interval), 8);
    }
    for (unsigned i = 0; i < N_NUMBERS; i++) {
        uint32_t flags = 0;

        if (actions[i].kind == UNTOUCHED)
            continue;
        for (unsigned k = 0; k < N_FLAGS; k++)
            flags |= (uint32_t)((actions[i].flags & flag_bits[k]) != 0) << k;
        rt_put_number(out, i, 4);
        rt_put_number(out, (uint32_t)actions[i].kind, 4);
        rt_put_number(out, flags, 4);
        rt_put_number(out, actions[i].mask, 8);
    }
}

static struct timeval timeval_of(uint64_t us)
{
    struct timeval t = {.tv_sec = (time_t)(us / 1000000)};

    t.tv_usec = (suseconds_t)(us % 1000000);
    return t;
}

static void load_action(RtIn *in)
{
    uint64_t i = rt_get_number(in, 4), kind = rt_get_number(in, 4);
    uint64_t flags = rt_get_number(in, 4), mask = rt_get_number(in, 8);

    in->bad |= i >= N_NUMBERS || kind > HANDLED || flags >> N_FLAGS;
    in->bad = in->bad || (kind == HANDLED && !rt_root_get(RT_ROOT_SIGNALS + (unsigned)i));
    if (in->bad)
        return;
    actions[i].kind = (Kind)kind;
    actions[i].mask = mask;
    for (unsigned k = 0; k < N_FLAGS; k++)
        actions[i].flags |= flags >> k & 1 ? flag_bits[k] : 0;
}

void rt_signals_load(RtIn *in)
{
    noted_mask = rt_get_number(in, 8);
    noted_waiting = rt_get_number(in, 8);
    for (unsigned i = 0; i < N_TIMERS; i++) {
        noted_timers[i].it_value = timeval_of(rt_get_number(in, 8));
        noted_timers[i].it_interval = timeval_of(rt_get_number(in, 8));
    }
    while (in->n && !in->bad)
        load_action(in);
}

/* At the innermost poll. Signals that waited do so again, since the mask stands first. */
void rt_signals_resume(void)
{
    sigset_t set;

    for (unsigned i = 0; i < N_NUMBERS; i++)
        if (actions[i].kind != UNTOUCHED) {
            rt_config.signal = rt_signal_numbers[i] == rt_config.signal ? 0 : rt_config.signal;
            install(i);
        }
    if (noted_mask) {
        rt_mask_to_set(&set, noted_mask);
        sigprocmask(SIG_SETMASK, &set, NULL);
    }
    for (unsigned i = 0; i < N_NUMBERS; i++)
        if (noted_waiting >> i & 1)
            raise(rt_signal_numbers[i]);
    for (unsigned i = 0; i < N_TIMERS; i++)
        if (noted_timers[i].it_value.tv_sec || noted_timers[i].it_value.tv_usec)
            setitimer(timers[i], &noted_timers[i], NULL);
}
