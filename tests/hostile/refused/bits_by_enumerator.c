/* A set of numbers as bits of longs: elsewhere a long holds another number of them. */
/* with: --arch=x86_64,i686 */
#include <limits.h>
#include <stdio.h>
typedef unsigned long word;
enum { BITS = CHAR_BIT * sizeof(word) }; /* an enumerator made of a size */
static word set[16];
static int has(int i)
{
    return (int)(set[i / BITS] >> (unsigned)i % 8 & 1); /* ! -Wpreaches-differs: bits are placed by how many a word of this machine has */
}
int main(void)
{
    for (int i = 0; i < 300; i += 7) {
        set[i / BITS] |= (word)1 << (unsigned)i % 8;
        printf("%d %d\n", i, has(i / 2));
    }
    return 0;
}
