/* A timer that runs while the program is stopped goes on with what was left of it. */
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t rings;

static void ring(int number)
{
    (void)number;
    rings++;
}

static void block(int how)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    sigprocmask(how, &set, NULL);
}

/* No polls in here: how often it would come by is nobody's to say. */
static void wait_for_ring(void)
{
    sigset_t none;

    sigemptyset(&none);
    if (!rings)
        sigsuspend(&none);
}

int main(void)
{
    int n = 0;
    unsigned left;

    signal(SIGALRM, ring);
    block(SIG_BLOCK);
    alarm(1);
    for (int i = 0; i < 3; i++)
        n += i;
    wait_for_ring();
    block(SIG_UNBLOCK);
    printf("rang %d %d\n", (int)rings, n);
    alarm(1000);
    for (int i = 0; i < 3; i++)
        n += i;
    left = alarm(0);
    printf("left %s\n", left > 900 && left <= 1000 ? "about right" : "WRONG");
    return 0;
}
