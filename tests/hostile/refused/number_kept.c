/* Numbers of errors, signals and modes to open files with that are kept: mips and hppa have others. */
/* with: --arch=x86_64,mips */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static volatile sig_atomic_t last, seen[65];
static struct result { int code, mode; } results[4];
static void on(int sig)
{
    last = sig;
    seen[sig]++;
}
static int finish(int r)
{
    if (r == EILSEQ || last == SIGCHLD || seen[SIGUSR1] > 100)
        puts("odd");
    return r;
}
int main(void)
{
    signal(SIGUSR1, on);
    signal(SIGINT, SIG_IGN);
    for (int i = 0; i < 20; i++) {
        struct result *r = &results[i % 4];
        raise(SIGUSR1);
        r->code = rmdir("/") ? errno : 0; /* ! -Wpreaches-number: the number of an error or signal, or a mode to open files with, is kept in 'result.code' */
        r->mode = O_WRONLY | O_CREAT;
        int fd = open("/nothing/at/all", r->mode, 0600);
        printf("%d %s %d\n", finish(i), strerror(results[(i + 1) % 4].code), fd);
    }
    return 0;
}
