/* A jump buffer that holds the signal mask, too. */
#include <setjmp.h>
#include <stdio.h>
static sigjmp_buf again;
int main(void)
{
    volatile int i = 0;
    if (sigsetjmp(again, 1))  /* ! -Wpreaches-setjmp: the signal mask in a jump buffer cannot be carried over */
        printf("once more\n");
    for (; i < 4; i++)
        printf("%d\n", i);
    if (i++ < 6)
        siglongjmp(again, 1);
    return 0;
}
