/* Case ranges, switches on calls, labels of a block's own, jumps out of and into blocks. */
#include <stdio.h>
#include <preaches.h>

static int slow(int x)
{
    preaches_poll_here();
    return x;
}

static const char *class_of(int c)
{
    switch (slow(c)) {
    case '0' ... '9': return "digit";
    case 'a' ... 'f':
    case 'A' ... 'F': return slow(c) > 'F' ? "small hex" : "hex";
    case ' ': return "space";
    default: return slow(0) ? "never" : "other";
    }
}

/* A label that is the macro's own, however often the macro is used. */
#define FIRST(at, n, test)                                                                         \
    do {                                                                                           \
        __label__ found;                                                                           \
        for (at = 0; at < (n); at++)                                                               \
            if (test)                                                                              \
                goto found;                                                                        \
        at = -1;                                                                                   \
    found:;                                                                                        \
    } while (0)

static int twice(int n)
{
    int i, k;
    FIRST(i, n, slow(i) * i > 8);
    FIRST(k, n, slow(k) + i > 5);
    return i * 10 + k;
}

static int jumps(int n)
{
    int r = 0, i = 0;
    if (n & 1)
        goto inside;
    for (i = 0; i < 3; i++) {
        r += slow(i);
    inside:
        r = r * 2 + 1;
        switch (slow(r) % 3)
            for (; i < 9; i++) {
            case 0: r += slow(i); continue;
            case 1: r++; break;
            default: goto out;
            }
    }
    return r;
out:
    return -r;
}

int main(void)
{
    for (const char *s = "7bF z"; *s; s++)
        printf("%c: %s\n", *s, class_of(*s));
    for (int i = 3; i < 7; i++)
        printf("%d %d\n", twice(i), jumps(i));
    return 0;
}
