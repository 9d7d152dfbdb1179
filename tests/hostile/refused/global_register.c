/* A variable in a register of the machine. */
#include <stdio.h>
register long counter __asm__("rbx");  /* ! -Wpreaches-parse: a variable in a machine's register cannot be carried over */
int main(void)
{
    int i;
    for (i = 0; i < 3; i++)
        printf("%d\n", i);
    return 0;
}
