/* Past the library nobody sees what a program changes. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void)
{
    int i;
    prctl(PR_SET_NAME, "worker");  /* ! -Wpreaches-library: call of 'prctl' cannot be carried over: the kernel's settings */
    for (i = 0; i < 3; i++)
        printf("%ld\n", syscall(SYS_getpid));  /* ! -Wpreaches-library: call of 'syscall' cannot be carried over: what a raw system call changes is not followed */
    return 0;
}
