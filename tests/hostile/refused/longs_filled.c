/* As many bytes of 0x3f as a long has are another number where it has 32 bits. */
/* with: --arch=x86_64,i686 */
#include <stdio.h>
#include <string.h>
static long distance[8];
int main(void)
{
    memset(distance, 0x3f, sizeof distance); /* ! -Wpreaches-differs: longs are filled with bytes */
    for (int i = 0; i < 20; i++) {
        if (i < distance[i % 8])
            distance[i % 8] = i;
        printf("%d\n", distance[5] < 100);
    }
    return 0;
}
