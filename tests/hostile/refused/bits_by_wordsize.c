/* A set of numbers as bits of longs: elsewhere a long holds another number of them. */
/* with: --arch=x86_64,i686 */
#include <bits/wordsize.h>
#include <stdio.h>
typedef unsigned long word;
#define BITS __WORDSIZE /* in the text, 64 here and 32 there */
static word set[16];
static int has(int i)
{
    return (int)(set[i / BITS] >> (unsigned)i % 8 & 1); /* ! -Wpreaches-differs: bits are placed by a number that is 64 on this machine and 32 on i686 */
}
int main(void)
{
    for (int i = 0; i < 300; i += 7) {
        set[i / BITS] |= (word)1 << (unsigned)i % 8;
        printf("%d %d\n", i, has(i / 2));
    }
    return 0;
}
