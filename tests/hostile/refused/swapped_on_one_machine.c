/* Numbers kept as big-endian ones, which is another number where bytes have another order. */
/* with: --arch=x86_64,s390x */
#include <stdint.h>
#include <stdio.h>
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BIG(x) __builtin_bswap32(x)
#else
#define BIG(x) (x)
#endif
static uint32_t table[10];
int main(void) /* ! -Wpreaches-bytes: 'main' is another text on s390x, where bytes have another order */
{
    for (uint32_t i = 0; i < 20; i++) {
        printf("%u\n", (unsigned)BIG(table[i % 10]));
        table[i % 10] = BIG(i * 1000);
    }
    return 0;
}
