/* Definitions in the style of Kernighan and Ritchie, and functions without a prototype. */
#include <stdio.h>
#include <preaches.h>

static int slow();
static int apply(), (*chosen)() = slow;

static double mixed(a, b, c, d)
    char a;
    float b;
    short c;
    double d;
{
    double r = slow(a) + b;
    c += slow(c);
    return r + c + d * slow(2);
}

static int apply(f, x)
    int (*f)(), x;
{
    return f(x) + (*f)(x + 1);
}

static int slow(x)
    int x;
{
    preaches_poll_here();
    return x;
}

int main()
{
    for (int i = 0; i < 3; i++) {
        printf("%.3f %d\n", mixed('a' + i, 0.5f * i, i, 1e3 * i), apply(slow, i));
        printf("%d\n", chosen(slow(i) + 10));
    }
    return 0;
}
