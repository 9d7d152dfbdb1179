/* Qualified variables: volatile, register, const locals and parameters, restrict pointers, across polls. */
#include <stdio.h>
#include <preaches.h>

static volatile int ticks;

static int tick(register int x, const int y, volatile int z)
{
    preaches_poll_here();
    z += ticks++;
    return x * 100 + y * 10 + z % 10;
}

static long scale(double *restrict to, const double *restrict from, const int n)
{
    register const double *at = from, *const end = from + n;
    const long begin = tick(1, n, 2);
    while (at < end) {
        const double x = *at++;
        *to++ = x * tick(0, 1, 0);
    }
    return begin + (long)(end - from);
}

int main(void)
{
    const double in[] = { 1.5, 2.5, 3.5 };
    double out[3];
    for (register int i = 0; i < 3; i++) {
        volatile int v = i;
        const volatile int w = tick(v, 2, 3);
        v += w;
        printf("%d %d %ld\n", v, w, scale(out, in, i + 1));
        printf("%.1f %d\n", out[i], ticks);
    }
    return 0;
}
