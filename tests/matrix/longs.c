/* Arithmetic of longs whose intermediate values do not fit 32 bits, or whose types are others there: the same
 * results on all machines, those of a long with 64 bits. */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sizes { size_t n; long l; double d; uint64_t w; };

static unsigned slot(unsigned long key, unsigned size) { return (unsigned)(key * 2654435761UL % size); }
static size_t middle(size_t a, size_t b) { return (a + b) / 2; }
static int64_t distance(size_t a, size_t b) { return a - b; }
static double area(unsigned long a, unsigned long b) { return a * b; }
static long mixed(long a, unsigned u) { return a / 2 + a % u; }
static long next_random(long seed) { return seed * 16807 % 2147483647; }

static void compare(long l, unsigned u, int64_t wide, unsigned long big)
{
    printf("%d %d %d %s\n", l < u, wide < sizeof(int), wide == (size_t)-1, big * big > 5ull * big ? "more" : "less");
}

static void divide(size_t three, unsigned long big, int k, int i)
{
    int halves = -9;
    halves /= sizeof(short);
    printf("%d %zu %d %lu %d\n", (int)(k / sizeof(int)), (i - 3) % three, (int)(big >> (30 + i)), big >> 40, halves);
}

/* Places that are read and written, once through a pointer that moves. */
static void store(struct sizes *s, int i, unsigned u)
{
    size_t list[4] = {1, 2, 3, 4}, *p = list;
    s->l += u;
    s->l -= 3u;
    s->n <<= 3;
    s->n >>= 1;
    s->w += s->n - 1000;
    s->d += s->n - 1000;
    *p++ += s->n;
    p[i % 3] *= s->n + 1;
    printf("%zu %ld %g %llx %zu %zu\n", s->n, s->l, s->d, (unsigned long long)s->w, list[0], list[1 + i % 3]);
}

/* The limits of longs as marks for "none so far", in wider numbers. */
static int64_t nearest = LONG_MAX;
static struct { int64_t far; unsigned long long far_unsigned; double low; } marks[4];

static void find(int i)
{
    static uint64_t none = ~0UL;
    int from = i % 4, to = (i * 3 + 1) % 4;
    if (i < 4) {
        marks[i].far = i ? LONG_MAX / 2 : 0;
        marks[i].far_unsigned = ULONG_MAX;
        marks[i].low = LONG_MIN;
        return;
    }
    if (marks[from].far < LONG_MAX / 2 && marks[from].far + i < marks[to].far)
        marks[to].far = marks[from].far + i;
    if (marks[to].far_unsigned == ULONG_MAX)
        marks[to].far_unsigned = (unsigned)i;
    if (marks[from].low == LONG_MIN)
        marks[from].low = i / 2.;
    if (nearest == LONG_MAX && i > 14)
        nearest = i;
    if (none == ULONG_MAX && i > 12)
        none = strlen("four") - strlen("seven");
    printf("%lld %llu %g %llx %d\n", (long long)marks[to].far, marks[to].far_unsigned, marks[to].low,
           (unsigned long long)none, nearest == LONG_MAX);
}

int main(void)
{
    unsigned long big = 4000000000ul;
    long seed = 1;
    for (int i = 0; i < 20; i++) {
        size_t n = (size_t)i + 3;
        long kept = big * 2 > 100 ? -1L : i;
        struct sizes s = {.n = n, .l = -10 * i, .d = n - 10, .w = n - 9};
        char *end, text[32];
        find(i);
        compare(-i, 3, -1, big);
        divide(n, big, -8 * i, i);
        store(&s, i, (unsigned)i);
        seed = next_random(seed);
        snprintf(text, sizeof text, "%ld %lu", -seed, (unsigned long)seed);
        printf("%u %zu %lld %g %ld %ld ", slot((unsigned long)seed, 1009), middle(big, big - n),
               (long long)distance(n, 7), area(big, n), mixed(-10 * i, 7), kept);
        long first = strtol(text, &end, 10);
        printf("%ld %lu\n", first, strtoul(end, NULL, 10));
    }
    return 0;
}
