/* Many variables of every kind live at one site, more than there are registers; deep recursion with them. */
#include <stdio.h>
#include <preaches.h>

static unsigned mix(unsigned char a, signed char b, short c, unsigned short d, int e, unsigned f, long g,
                    unsigned long long h, float i, double j, const char *k, _Bool l, int depth)
{
    unsigned x0 = a * 3u, x1 = x0 ^ (unsigned)b, x2 = x1 + (unsigned)c, x3 = x2 * d, x4 = x3 - (unsigned)e;
    unsigned x5 = x4 ^ f, x6 = x5 + (unsigned)g, x7 = x6 * 5, x8 = (unsigned)h + x7;
    double y0 = i + j, y1 = y0 * i, y2 = y1 - j;
    const char *s = k + l;
    unsigned below = 1;
    preaches_poll_here();
    if (depth)
        below = mix((unsigned char)(a + 1), (signed char)(b - 1), (short)(c * 2), (unsigned short)(d + 7), e - 3,
                    f + x0 % 5, g + 1, h * 3, i + 0.5f, j * 1.5, s, !l, depth - 1);
    preaches_poll_here();
    return below * 31 + x0 + x1 * 2 + x2 * 3 + x3 + x4 + x5 + x6 + x7 + x8 + (unsigned)(int)(y0 + y1 * 2 + y2) +
        (unsigned char)*s + a + (unsigned)b + (unsigned)c + d + (unsigned)e + f + (unsigned)g + (unsigned)h + l;
}

int main(void)
{
    for (int i = 0; i < 3; i++)
        printf("%u\n", mix(1, -2, 300, 60000, -5, 6, 7, 1ULL << 40, 2.5f, 3.25, "frames and frames", i & 1, i * 3));
    return 0;
}
