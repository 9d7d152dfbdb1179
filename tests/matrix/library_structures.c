/* Structures of the C library that differ by machine, used up before the first checkpoint of their block. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

static volatile sig_atomic_t hits;
static void on_signal(int number) { hits += number == SIGUSR1 ? 1 : 100; }

static int round_of(int i)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, i % 2 ? SIGUSR1 : SIGHUP);
    int has = sigismember(&set, SIGUSR1);
    for (int k = 0; k < 3; k++)
        has = has * 3 + k;
    return has;
}

int main(void)
{
    struct sigaction action;
    struct utsname name;
    struct rusage usage;
    char system[80];
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (uname(&name) || getrusage(RUSAGE_SELF, &usage))
        return 1;
    strcpy(system, name.sysname);
    int used = usage.ru_maxrss > 0;
    for (int i = 0; i < 12; i++) {
        raise(i % 3 ? SIGUSR1 : SIGTERM);
        printf("%d %d %d %s %d\n", i, (int)hits, round_of(i), system, used);
    }
    return 0;
}
