/* Stacks of the program's own, and what walks a stack. */
#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <ucontext.h>
static ucontext_t here, there;
static char stack[65536];
static void work(void) { puts("there"); }
int main(void)
{
    void *frames[4];
    int i;
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = sizeof stack;
    makecontext(&there, work, 0);  /* ! -Wpreaches-library: call of 'makecontext' cannot be carried over: machine contexts */
    for (i = 0; i < 3; i++) {
        swapcontext(&here, &there);  /* ! -Wpreaches-library: call of 'swapcontext' cannot be carried over: machine contexts */
        printf("%d\n", backtrace(frames, 4));  /* ! -Wpreaches-library: call of 'backtrace' */
    }
    return sigaltstack(NULL, NULL);  /* ! -Wpreaches-library: call of 'sigaltstack' */
}
