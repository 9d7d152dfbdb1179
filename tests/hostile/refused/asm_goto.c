/* Jumps out of assembler text are not in the tree that is analysed. */
#include <stdio.h>
int main(void)
{
    int i;
    for (i = 0; i < 3; i++) {
        __asm__ goto("" : : : : out);  /* ! -Wpreaches-asm: inline assembly with jumps in 'main' */
        printf("%d\n", i);
    }
out:
    return 0;
}
