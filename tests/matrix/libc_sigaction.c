/* sigaction with a mask and one-shot handlers, blocked signals that wait, sigsuspend. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>

static volatile int calls, nested, depth;

static void handler(int number)
{
    calls++;
    nested += depth;
    depth++;
    if (number == SIGUSR1)
        raise(SIGHUP); /* in the mask: waits for this one's end */
    depth--;
}

static int set(int number, int flags)
{
    struct sigaction action = {.sa_flags = flags};

    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGHUP);
    return sigaction(number, &action, NULL);
}

static int is_default(int number)
{
    struct sigaction now;

    sigaction(number, NULL, &now);
    return now.sa_handler == SIG_DFL;
}

static void block(int how)
{
    sigset_t set_;

    sigemptyset(&set_);
    sigaddset(&set_, SIGHUP);
    sigprocmask(how, &set_, NULL);
}

int main(void)
{
    set(SIGUSR1, SA_RESTART);
    set(SIGHUP, 0);
    set(SIGALRM, (int)SA_RESETHAND);
    for (int i = 0; i < 4; i++) {
        raise(SIGUSR1);
        printf("%d %d\n", calls, nested);
    }
    block(SIG_BLOCK);
    raise(SIGHUP);
    for (int i = 0; i < 3; i++)
        printf("blocked %d\n", calls);
    block(SIG_UNBLOCK);
    printf("then %d\n", calls);
    raise(SIGALRM);
    for (int i = 0; i < 2; i++)
        printf("one shot %d %d\n", calls, is_default(SIGALRM));
    return 0;
}
