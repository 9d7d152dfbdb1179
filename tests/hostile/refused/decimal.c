/* Decimal floating point. */
#include <stdio.h>
static _Decimal64 sum = 1;  /* ! -Wpreaches-parse: decimal floating point has no portable form */
int main(void)
{
    int i;
    for (i = 0; i < 3; i++)
        printf("%d\n", (int)(sum *= 3));
    return 0;
}
