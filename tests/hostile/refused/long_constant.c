/* A constant that is a long on one machine and a long long on another. */
/* with: --arch=x86_64,i686 */
#include <stdio.h>
int main(void)
{
    long f = 1;
    for (int i = 1; i < 9; i++) {
        f = f * 3 % 1000000007777L;  /* ! -Wpreaches-differs: the constant does not fit a 'long' of i686 */
        printf("%ld\n", f);
    }
    return 0;
}
