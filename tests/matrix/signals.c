/* A handler that was installed before the program went elsewhere is called there too. */
#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t caught, last;

static void on_signal(int number)
{
    caught++;
    last = number == SIGUSR1 ? 1 : number == SIGUSR2 ? 2 : 3;
}

int main(void)
{
    int i;
    if (signal(SIGUSR1, on_signal) == SIG_ERR || signal(SIGUSR2, SIG_IGN) == SIG_ERR)
        return 1;
    for (i = 0; i < 10; i++) {
        raise(i % 3 ? SIGUSR1 : SIGUSR2);
        printf("%d %d %d\n", i, (int)caught, (int)last);
        if (i == 5)
            signal(SIGUSR2, on_signal);
    }
    return 0;
}
