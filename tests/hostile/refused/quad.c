/* Floating point of 128 bits, which is a long double on some machines, and of 16. */
#include <stdio.h>
static _Float128 sum;  /* ! -Wpreaches-type: variable 'sum': type without a portable form (type '_Float128') */
static __float128 other;  /* ! -Wpreaches-type: type without a portable form (type '__float128') */
static _Float16 half;  /* ! -Wpreaches-type: type without a portable form (type '_Float16') */
int main(void)
{
    int i;
    for (i = 0; i < 3; i++)
        printf("%.17g\n", (double)(sum += other += half += 1));
    return 0;
}
