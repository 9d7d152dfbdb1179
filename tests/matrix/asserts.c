/* Library macros in reaching functions: assert with and without a reaching call, isalpha, errno,
 * statement expressions of headers; volatile; compound assignment. */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int checked(int x)
{
    volatile int v = x;
    assert(v == x);
    for (int i = 0; i < 2; i++)
        while (v < x + 2)
            v++;
    return v;
}

static int letters(const char *s)
{
    int n = 0;
    while (*s) {
        assert(checked(n) == n + 2);
        if (isalpha((unsigned char)*s))
            n += 1;
        else if (isdigit((unsigned char)*s))
            n |= checked(8);
        s++;
    }
    return n;
}

int main(void)
{
    errno = 0;
    for (int i = 0; i < 3; i++) {
        long v = strtol(i ? "12" : "99999999999999999999999", NULL, 10);
        printf("%d %d %.4f %d\n", letters("ab1c d2"), errno == ERANGE, sqrt(2.0 + i), v > 11);
        errno = 0;
    }
    return 0;
}
