/* What the assembler does to memory is not seen. */
#include <stdio.h>
int main(void)
{
    int i, x = 0;
    for (i = 0; i < 3; i++) {
        __asm__ volatile("incl %0" : "+m"(x));  /* ! -Wpreaches-asm: inline assembly with an operand in memory in 'main' */
        printf("%d\n", x);
    }
    return 0;
}
