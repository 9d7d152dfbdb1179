/* What fork() has beside it. */
#define _GNU_SOURCE
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static char stack[4096];
static int work(void *unused) { return unused != NULL; }
int main(void)
{
    pid_t child;
    int i;
    for (i = 0; i < 3; i++) {
        if (vfork() == 0)  /* ! -Wpreaches-library: call of 'vfork' cannot be carried over: child processes */
            _exit(0);
        clone(work, stack + sizeof stack, 0, NULL);  /* ! -Wpreaches-library: call of 'clone' cannot be carried over: child processes */
        posix_spawn(&child, "/bin/true", NULL, NULL, NULL, NULL);  /* ! -Wpreaches-library: call of 'posix_spawn' cannot be carried over: child */
        printf("%d\n", (int)waitpid(-1, NULL, 0));  /* ! -Wpreaches-library: call of 'waitpid' cannot be carried over: child */
    }
    return 0;
}
