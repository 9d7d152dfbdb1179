/* A set of numbers, so many to a word: another machine would look for them elsewhere. */
/* with: --arch=x86_64,i686 */
#include <limits.h>
#include <stdio.h>
static unsigned long set[8];
static void put(unsigned n)
{
    set[n / (sizeof(unsigned long) * CHAR_BIT)] |= 1;  /* ! -Wpreaches-differs: bits are placed by how many a word of this machine has */
}
int main(void)
{
    for (unsigned i = 0; i < 99; i += 7) {
        put(i);
        printf("%lu\n", set[0]);
    }
    return 0;
}
