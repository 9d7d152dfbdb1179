/* A long as so many bytes as it has: on another machine the next number stands elsewhere. */
/* with: --arch=x86_64,i686 */
#include <stdio.h>
static unsigned char bytes[400];
static int length;
static void put(unsigned long x)
{
    for (size_t i = 0; i < sizeof(x); i++) /* ! -Wpreaches-differs: a 'long' is taken apart, or put together, by as many bytes as it has on this machine */
        bytes[length++] = (unsigned char)(x >> (8 * i));
}
int main(void)
{
    for (int i = 0; i < 30; i++) {
        put((unsigned long)i * 1000003);
        printf("%d %d\n", length, bytes[length / 2]);
    }
    return 0;
}
