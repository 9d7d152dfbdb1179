/* sizeof(long) * 8 and builtins on longs: a word has 64 bits on all machines, wherever it is counted, shifted or
 * compared by; what measures memory stays what each machine needs. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BITS (CHAR_BIT * sizeof(unsigned long))
enum { WORD = 8 * sizeof(long) };
static const int width = sizeof(void *) * 8;
static struct { int bits; short half; } kept = {sizeof(long) << 3, sizeof(long) * 8 / 2};
static int zeros, ones;
static size_t total = 1;

static int logarithm(unsigned long x) { return (int)sizeof(long) * CHAR_BIT - 1 - __builtin_clzl(x); }

static unsigned long power(unsigned long x) { return 1UL << (8 * sizeof x - (unsigned)__builtin_clzl(x)); }

static const char *binary(unsigned long x)
{
    static char out[80];
    char digits[sizeof(long) * 8 + 1];
    for (size_t i = 0; i < sizeof(x) * 8; i++)
        digits[i] = (char)('0' + (x >> (sizeof(x) * 8 - 1 - i) & 1));
    digits[sizeof(x) * 8] = 0;
    return strcpy(out, digits);
}

static void show(int bits, unsigned long x)
{
    for (int i = bits - 1; i >= 0; i--)
        putchar('0' + (int)(x >> i & 1));
    putchar('\n');
}

static int mirror(unsigned long x)
{
    int sum = 0;
    for (unsigned i = 0; i < BITS; i++)
        sum += x >> i & 1 ? (int)i * 3 : 1;
    return sum;
}

static void *room(size_t n)
{
    void *p = malloc(n);
    if (!p)
        exit(1);
    memset(p, 0, n);
    return p;
}

static void count(unsigned long x, long below)
{
    zeros += __builtin_clzl(x) + __builtin_ctzl(x) + __builtin_clrsbl(below) + __builtin_ffsl(below);
    ones += __builtin_popcountl((unsigned long)below) + __builtin_parityl((unsigned long)below);
    printf("%d %d %d\n", zeros, ones, logarithm(x));
}

static void overflow(unsigned long x, int i)
{
    size_t bytes = 0;
    long difference = 0;
    int told = __builtin_add_overflow_p(x * 2, x * 2, 0ul);
    if (!__builtin_mul_overflow(total, (size_t)(i % 3), &bytes) && bytes)
        total = bytes;
    if (__builtin_ssubl_overflow(i, (long)x, &difference))
        puts("overflow");
    printf("%zu %zu %ld %d\n", total, bytes, difference, told);
}

int main(void)
{
    unsigned long x = 12345;
    long *sums = room(8 * sizeof(long));
    for (int i = 0; i < 10; i++) {
        int left = WORD;
        size_t high = BITS;
        long copy[8];
        x = (x * 1103515245 + 12345) & 0x7fffffff;
        while (left > 0 && !(x >> (left - 1) & 1))
            left--;
        sums[i % 8] += left + (long)high + mirror(x) + width + kept.bits - kept.half;
        memcpy(copy, sums, 8 * sizeof(long));
        count(x | 1, -(long)(x >> 3));
        overflow(x, i);
        show(sizeof(x) * CHAR_BIT, x);
        printf("%s %ld %lu %zu %lu\n", binary(x), copy[i % 8], x >> (BITS - 40), BITS, power(x / 2));
    }
    free(sums);
    return 0;
}
