/* The logarithm of zero: FP_ILOGB0 is another number on other machines. */
/* with: --arch=x86_64,s390x */
#include <math.h>
#include <stdio.h>
static int exponent, nothing;
int main(void)
{
    for (int i = 0; i < 30; i++) {
        exponent = ilogb(i % 3); /* ! -Wpreaches-number: is kept in 'exponent' while polls are met: it is another one on s390x */
        printf("%d\n", nothing);
        nothing += exponent == FP_ILOGB0;
    }
    return 0;
}
