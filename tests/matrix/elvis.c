/* a ?: b with calls on either side: `a` is evaluated once, `b` only when it is needed. */
#include <stdio.h>
#include <preaches.h>

static int calls;

static int count(int x)
{
    preaches_poll_here();
    calls++;
    return x;
}

static const char *name(const char *s)
{
    return count(s[0] == '-') ? 0 : s;
}

int main(void)
{
    for (int i = -1; i < 2; i++) {
        int a = count(i) ?: count(7), b = (count(0) ?: count(i)) ?: 5;
        long c = count(i) ?: 1000000L;
        double d = i / 2.0 ?: count(3);
        printf("%d %d %ld %.2f\n", a, b, c, d);
        printf("%s, %s\n", name(i ? "-" : "one") ?: name("two"), name("-") ?: "none");
        printf("%d calls\n", calls);
    }
    return 0;
}
