/* Signal handlers are the program's functions; numbers differ between machines. */
#include <signal.h>
#include <stdio.h>

static volatile int first, second, wanted;

static void on_first(int number) { first += number == SIGUSR1; }
static void on_second(int number)
{
    for (int i = 0; i < 3; i++)
        second += number == SIGHUP;
}

int main(void)
{
    void (*before)(int) = signal(SIGUSR1, on_first);

    printf("%s\n", before == SIG_DFL ? "default" : "other");
    signal(SIGHUP, on_second);
    signal(SIGTERM, SIG_IGN);
    for (int i = 0; i < 6; i++) {
        raise(i % 2 ? SIGHUP : SIGUSR1);
        raise(SIGTERM);
        if (i == 3) {
            before = signal(SIGUSR1, on_second);
            wanted = before == on_first;
            signal(SIGUSR1, before);
        }
        printf("%d: %d %d %d\n", i, first, second, wanted);
    }
    return 0;
}
