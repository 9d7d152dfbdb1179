/* Sets of signals that live at checkpoints: their bits are other numbers, in words of another size and order, on
 * other machines. A critical section whose old mask is put back long after, sets in structures, waiting for one. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

static volatile sig_atomic_t caught[3];
static sigset_t waiting; /* grows from turn to turn */
static struct { int level; sigset_t before; } saved[4];
static const int numbers[] = {SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGCHLD, SIGWINCH, SIGVTALRM};
enum { N = sizeof numbers / sizeof *numbers };

static void on(int number) { caught[number == SIGUSR1 ? 0 : number == SIGUSR2 ? 1 : 2]++; }

static void show(const char *what, const sigset_t *set)
{
    printf("%s", what);
    for (int i = 0; i < N; i++)
        printf(" %d", sigismember(set, numbers[i]));
    printf("\n");
}

static void enter(int level, int number)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    saved[level].level = level;
    sigprocmask(SIG_BLOCK, &set, &saved[level].before);
}

static void leave(int level) { sigprocmask(SIG_SETMASK, &saved[level].before, NULL); }

int main(void)
{
    struct sigaction action = {.sa_handler = on, .sa_flags = SA_RESTART};
    sigset_t all, now, first;
    sigfillset(&all);
    sigdelset(&all, SIGTERM);
    sigprocmask(SIG_SETMASK, NULL, &first);
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &action, NULL);
    signal(SIGUSR2, on);
    signal(SIGHUP, on);
    for (int i = 0; i < N; i++) {
        enter(0, SIGUSR1);
        enter(1, SIGUSR2);
        raise(SIGUSR1);
        raise(SIGUSR2);
        raise(SIGHUP);
        sigpending(&now);
        show("pending", &now);
        sigaddset(&waiting, numbers[i]);
        show("waiting", &waiting);
        show("before ", &saved[1].before);
        for (int k = 0; k < 3; k++)
            caught[2] += k;
        leave(1);
        if (i % 3 == 0) {
            int number = 0;
            sigset_t one;
            sigemptyset(&one);
            sigaddset(&one, SIGUSR1);
            printf("%d %d\n", sigwait(&one, &number), number == SIGUSR1);
        }
        leave(0);
        printf("%d %d %d\n", caught[0], caught[1], caught[2]);
    }
    sigprocmask(SIG_BLOCK, NULL, &now);
    printf("%d %d %d\n", memcmp(&now, &first, sizeof now) == 0, sigismember(&all, SIGTERM), sigismember(&all, SIGINT));
    return 0;
}
