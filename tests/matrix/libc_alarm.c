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

int main(void)
{
    int n = 0;
    unsigned left;

    signal(SIGALRM, ring);
    alarm(1);
    for (int i = 0; i < 3; i++)
        n += i;
    while (!rings)
        usleep(1000);
    printf("rang %d %d\n", (int)rings, n);
    alarm(1000);
    for (int i = 0; i < 3; i++)
        n += i;
    left = alarm(0);
    printf("left %s\n", left > 900 && left <= 1000 ? "about right" : "WRONG");
    return 0;
}
