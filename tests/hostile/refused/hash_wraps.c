/* The hash of many a textbook: its high bits, and so its remainder, depend on how wide a long is. */
/* with: --arch=x86_64,i686 */
#include <stdio.h>
static unsigned long hash(const char *s)
{
    unsigned long h = 5381;
    while (*s)
        h = h * 33 + (unsigned char)*s++;  /* ! -Wpreaches-wraps: an unsigned 'long' that wraps */
    return h;
}
int main(void)
{
    char word[20];
    for (int i = 0; i < 20; i++) {
        snprintf(word, sizeof word, "identifier_%d", i);
        printf("%lu\n", hash(word) % 101);
    }
    return 0;
}
