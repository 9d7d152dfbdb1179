/* A set of signals in the state: its bits are numbers of signals, in words of the machine. */
/* with: --arch=x86_64,mips */
#include <signal.h>
#include <stdio.h>
static sigset_t waiting; /* ! -Wpreaches-type: a set of signals, whose bits stand elsewhere */
int main(void)
{
    sigemptyset(&waiting);
    for (int i = 0; i < 9; i++) {
        printf("%d\n", sigismember(&waiting, SIGUSR1));
        sigaddset(&waiting, SIGUSR1);
    }
    return 0;
}
