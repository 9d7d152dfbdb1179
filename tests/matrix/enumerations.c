/* Enumerations: below zero, in bit-fields, packed into a character, and of 64 bits, which are a long on some machines
 * and a long long on others. */
#include <preaches.h>
#include <stdint.h>
#include <stdio.h>

enum sign { BELOW = -1, ZERO, ABOVE };
enum __attribute__((packed)) small { RED, GREEN = 200 };
enum wide { NEAR = 1, FAR = 0x500000000LL };
enum high { TOP = 0xf000000000000000ULL };

static struct { enum sign sign; enum sign bits : 3; enum small small; enum wide wide; } row[3];
static enum high high = TOP;

static enum wide next(enum wide w, int i)
{
    preaches_poll_here();
    return w == NEAR ? FAR : (enum wide)(w + (enum wide)i);
}

int main(void)
{
    enum wide w = NEAR, *last = &row[2].wide;
    for (int i = 0; i < 6; i++) {
        w = next(w, i) + next(NEAR, i) - FAR;
        row[i % 3].sign = i % 2 ? BELOW : ABOVE;
        row[i % 3].bits = (enum sign)-row[i % 3].sign;
        row[i % 3].small = i % 2 ? RED : GREEN;
        row[i % 3].wide = w;
        high = (enum high)(high | (unsigned)i);
        switch (w) {
        case NEAR: puts("near"); break;
        case FAR: puts("far"); break;
        default: printf("%lld beyond\n", (long long)(w - FAR));
        }
        printf("%d %d %d %jx %jx %d\n", row[i % 3].sign, row[i % 3].bits, row[i % 3].small, (uintmax_t)*last, (uintmax_t)high,
               (int)sizeof row[0].small);
    }
    return 0;
}
