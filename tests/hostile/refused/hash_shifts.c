/* The same with shifts, in a size_t, which is an unsigned int on some machines. */
/* with: --arch=x86_64,i686 */
#include <stddef.h>
#include <stdio.h>
static size_t hash(const char *s)
{
    size_t h = 0;
    for (; *s; s++) {
        h += (unsigned char)*s;
        h += h << 10;  /* ! -Wpreaches-wraps: an unsigned 'long' that wraps */
        h ^= h >> 6;
    }
    return h;
}
int main(void)
{
    for (char word[] = "a"; word[0] < 'z'; word[0]++)
        printf("%d\n", (int)(hash(word) % 31));
    return 0;
}
