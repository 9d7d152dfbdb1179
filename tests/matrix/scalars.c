/* Every scalar kind as a local, an argument and a result across calls. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum color { RED, GREEN = 5, BLUE };

static double pass(float f, double d, long double l)
{
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            d += f * i + (double)l * j;
    return d;
}

static int64_t wide(int64_t a, uint64_t b, size_t c)
{
    while (c-- > 0 && b != 1)
        a += (int64_t)(b ^ (uint64_t)pass(1, 2, (long double)c)) % 1000;
    return a;
}

static enum color next(enum color c)
{
    return pass(0, 0, 0) > 0 ? RED : c == RED ? GREEN : BLUE;
}

int main(void)
{
    bool on = true;
    signed char sc = -5;
    unsigned char uc = 250;
    short s = -300;
    unsigned short us = 65000;
    long l = -100000;
    unsigned long ul = 4000000000UL;
    float f = 0.5f;
    long double ld = 1.25L;
    enum color c = RED;
    for (int i = 0; i < 4; i++) {
        on = !on;
        sc = (signed char)(sc - i);
        uc = (unsigned char)(uc + (unsigned char)i);
        c = next(c);
        l += (long)wide(l, ul, (size_t)i);
        f += (float)pass(f, 1, ld);
        ld += (long double)pass(f, ld, 1) / 16;
        printf("%d %d %u %d %u %ld %lu %.4f %.6Lf %d\n", on, sc, uc, s, us, l, ul, (double)f, ld,
               (int)c);
    }
    return 0;
}
