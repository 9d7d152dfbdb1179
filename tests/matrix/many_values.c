/* A frame with more values than registers: every kind of scalar is live at a poll and at a call below
 * which there is one; they are saved in a struct, whose layout is each machine's own. */
#include <preaches.h>
#include <stdbool.h>
#include <stdio.h>

struct node { struct node *next; };

static int twice(int x) { return 2 * x; }

static int below(int x)
{
    preaches_poll_here();
    return x + 1;
}

static double mix(int round)
{
    signed char a = (signed char)(-3 * round);
    double b = 1.5 * round;
    bool c = round % 2;
    short d = (short)(-1000 - round);
    long double e = 0.25L + round;
    unsigned char f = (unsigned char)(250 + round);
    long long g = -5000000000LL * round;
    char h = (char)('a' + round);
    float i = 0.125f * (float)round;
    unsigned short j = (unsigned short)(65000 + round);
    unsigned long k = 4000000000UL + (unsigned long)round;
    const char *l = "text" + round % 3;
    int (*m)(int) = round % 2 ? twice : below;
    unsigned long long n = 18000000000000000000ULL + (unsigned)round;
    long o = -7L * round;
    unsigned p = 3000000000U + (unsigned)round;
    struct node last = {NULL}, first = {&last}, *q = &first;

    preaches_poll_here();
    a = (signed char)(a + below(round));
    printf("%d %g %d %d %Lg %u %lld %c %g %u %lu %s %d %llu %ld %u %d\n", a, b, c, d, e, f, g, h, (double)i, j, k, l,
           m(round), n, o, p, q->next == &last);
    return a + b + c + d + (double)e + f + (double)g + h + (double)i + j + (double)k;
}

int main(void)
{
    double sum = 0;

    for (int round = 0; round < 5; round++)
        sum += mix(round);
    printf("%.3f\n", sum);
    return 0;
}
