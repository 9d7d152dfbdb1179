/* Hashing by a product's high bits. */
/* with: --arch=x86_64,i686 */
#include <stdio.h>
static unsigned slot(unsigned long key, unsigned size)
{
    return (unsigned)(key * 2654435761UL % size);  /* ! -Wpreaches-wraps: an unsigned 'long' that wraps */
}
int main(void)
{
    for (unsigned long i = 1; i < 20; i++)
        printf("%u\n", slot(i, 101));
    return 0;
}
