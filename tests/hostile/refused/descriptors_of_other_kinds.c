/* What is neither a regular file nor a harmless device. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
int main(void)
{
    int fd[2], i;
    for (i = 0; i < 3; i++) {
        printf("%d\n", pipe(fd));  /* ! -Wpreaches-library: call of 'pipe' */
        printf("%d\n", socketpair(AF_UNIX, SOCK_STREAM, 0, fd));  /* ! -Wpreaches-library: call of 'socketpair' */
        printf("%d\n", connect(fd[0], NULL, 0));  /* ! -Wpreaches-library: call of 'connect' cannot be carried over: sockets */
        printf("%d\n", inotify_init1(0));  /* ! -Wpreaches-library: call of 'inotify_init1' */
        printf("%d\n", inotify_add_watch(fd[0], ".", IN_MODIFY));  /* ! -Wpreaches-library: call of 'inotify_add_watch' */
        printf("%d\n", eventfd(0, 0));  /* ! -Wpreaches-library: call of 'eventfd' */
        printf("%d\n", timerfd_create(CLOCK_MONOTONIC, 0));  /* ! -Wpreaches-library: call of 'timerfd_create' */
        printf("%d\n", signalfd(-1, NULL, 0));  /* ! -Wpreaches-library: call of 'signalfd' */
        printf("%d\n", memfd_create("m", 0));  /* ! -Wpreaches-library: call of 'memfd_create' */
    }
    return 0;
}
