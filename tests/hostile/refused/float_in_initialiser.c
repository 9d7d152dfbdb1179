/* A floating constant that becomes a long before the program runs: what 32 bits do not hold is no such number. */
/* with: --arch=x86_64,i686 */
#include <stdio.h>
static long small = 2e9, far = (long)5e9 / 2; /* ! -Wpreaches-differs: the constant is another one where a 'long' has 64 bits */
int main(void)
{
    for (int i = 0; i < 20; i++)
        printf("%ld %ld\n", small - i, far - i);
    return 0;
}
