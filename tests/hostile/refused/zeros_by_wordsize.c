/* A logarithm that counts the zeros in front: of a word that has as many bits as this machine's text says. */
/* with: --arch=x86_64,i686 */
#include <bits/wordsize.h>
#include <stdio.h>
static int logarithm(unsigned long x)
{
    return __WORDSIZE - 1 - __builtin_clzl(x); /* ! -Wpreaches-differs: bits are placed by a number that is 64 on this machine and 32 on i686 */
}
int main(void)
{
    for (unsigned long i = 1; i < 300; i += 7)
        printf("%d\n", logarithm(i * i));
    return 0;
}
