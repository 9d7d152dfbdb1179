/* Which byte comes first, asked while it runs: the answer of the machine that asked is kept in `table`. */
#include <stdint.h>
#include <stdio.h>
static uint32_t table[10];
static int is_little(void)
{
    uint32_t one = 1;
    return *(unsigned char *)&one; /* ! -Wpreaches-bytes: a byte of a wider value is looked at */
}
static uint32_t big(uint32_t x)
{
    return is_little() ? x << 24 | (x & 0xff00) << 8 | (x >> 8 & 0xff00) | x >> 24 : x;
}
int main(void)
{
    for (uint32_t i = 0; i < 20; i++) {
        printf("%u\n", (unsigned)big(table[i % 10]));
        table[i % 10] = big(i * 1000);
    }
    return 0;
}
