#define _GNU_SOURCE
#include "signalsets.h"
#include "gen.h"
#include <errno.h>
#include <stddef.h>

const int rt_signal_numbers[RT_SIGNAL_NUMBERS] = {
    SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGUSR1, SIGSEGV, SIGUSR2,
    SIGPIPE, SIGALRM, SIGTERM, SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGXCPU, SIGXFSZ,
    SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, SIGPWR, SIGSYS, SIGSTOP, SIGKILL,
};
_Static_assert(sizeof(SignalSet) == sizeof(sigset_t), "in the room of a sigset_t");

unsigned rt_signal_place(int number)
{
    unsigned i = 0;

    while (i < RT_SIGNAL_NUMBERS && rt_signal_numbers[i] != number)
        i++;
    return i;
}

uint64_t rt_mask_from_set(const sigset_t *set)
{
    uint64_t mask = 0;

    for (unsigned i = 0; i < RT_SIGNAL_NUMBERS; i++)
        mask |= (uint64_t)(sigismember(set, rt_signal_numbers[i]) == 1) << i;
    return mask;
}

void rt_mask_to_set(sigset_t *set, uint64_t mask)
{
    sigemptyset(set);
    for (unsigned i = 0; i < RT_SIGNAL_NUMBERS; i++)
        if (mask >> i & 1)
            sigaddset(set, rt_signal_numbers[i]);
}

/* ---- the program's sets and the library's ---- */

static void to_native(sigset_t *native, const SignalSet *set)
{
    rt_mask_to_set(native, set->mask);
    for (int number = SIGRTMIN; set->rest && number <= SIGRTMAX; number++)
        sigaddset(native, number);
}

static void from_native(SignalSet *set, const sigset_t *native)
{
    *set = (SignalSet){.mask = (uint32_t)rt_mask_from_set(native), .rest = sigismember(native, SIGRTMAX) == 1};
}

int preaches_sigemptyset(void *set)
{
    *(SignalSet *)set = (SignalSet){0};
    return 0;
}

int preaches_sigfillset(void *set)
{
    *(SignalSet *)set = (SignalSet){.mask = (UINT32_C(1) << RT_SIGNAL_NUMBERS) - 1, .rest = 1};
    return 0;
}

static int set_member(SignalSet *set, int number, int add)
{
    unsigned place = rt_signal_place(number);

    if (place == RT_SIGNAL_NUMBERS) { /* real-time signals have no names that all machines know */
        errno = EINVAL;
        return -1;
    }
    set->mask = add ? set->mask | UINT32_C(1) << place : set->mask & ~(UINT32_C(1) << place);
    return 0;
}

int preaches_sigaddset(void *set, int number) { return set_member(set, number, 1); }
int preaches_sigdelset(void *set, int number) { return set_member(set, number, 0); }

int preaches_sigismember(const void *set, int number)
{
    const SignalSet *s = set;
    unsigned place = rt_signal_place(number);

    if (number < 1 || number > SIGRTMAX) {
        errno = EINVAL;
        return -1;
    }
    return place == RT_SIGNAL_NUMBERS ? (int)s->rest : (int)(s->mask >> place & 1);
}

int preaches_sigisemptyset(const void *set)
{
    const SignalSet *s = set;

    return !s->mask && !s->rest;
}

int preaches_sigandset(void *to, const void *a, const void *b)
{
    const SignalSet *x = a, *y = b;

    *(SignalSet *)to = (SignalSet){.mask = x->mask & y->mask, .rest = x->rest & y->rest};
    return 0;
}

int preaches_sigorset(void *to, const void *a, const void *b)
{
    const SignalSet *x = a, *y = b;

    *(SignalSet *)to = (SignalSet){.mask = x->mask | y->mask, .rest = x->rest | y->rest};
    return 0;
}

int preaches_sigprocmask(int how, const void *set, void *before)
{
    sigset_t native, old;

    if (set)
        to_native(&native, set);
    sigemptyset(&old);
    if (sigprocmask(how, set ? &native : NULL, &old) != 0)
        return -1;
    if (before)
        from_native(before, &old);
    return 0;
}

int preaches_sigpending(void *set)
{
    sigset_t native;

    sigemptyset(&native);
    if (sigpending(&native) != 0)
        return -1;
    from_native(set, &native);
    return 0;
}

int preaches_sigsuspend(const void *set)
{
    sigset_t native;

    to_native(&native, set);
    return sigsuspend(&native);
}

int preaches_sigwait(const void *set, int *number)
{
    sigset_t native;

    to_native(&native, set);
    return sigwait(&native, number);
}

int preaches_sigwaitinfo(const void *set, void *info)
{
    sigset_t native;

    to_native(&native, set);
    return sigwaitinfo(&native, info);
}

int preaches_sigtimedwait(const void *set, void *info, const void *most)
{
    sigset_t native;

    to_native(&native, set);
    return sigtimedwait(&native, info, most);
}
