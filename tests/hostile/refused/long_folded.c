/* The halves of a long, folded: how many bits a half has is another number elsewhere. */
/* with: --arch=x86_64,i686 */
#include <stdio.h>
static unsigned fold(long x) { return (unsigned)(x ^ x >> (sizeof(x) * 4)); } /* ! -Wpreaches-differs: bits are placed by how many a word of this machine has */
int main(void)
{
    unsigned sum = 0;
    for (int i = 0; i < 30; i++) {
        sum += fold(i * 1000003L);
        printf("%u\n", sum);
    }
    return 0;
}
