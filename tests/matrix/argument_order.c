/* Arguments that depend on one another: C leaves their order open, and it is the same on all machines. */
#include <stdio.h>
#include <stdlib.h>
#include <preaches.h>

struct pair { int a, b; };
struct flags { unsigned low : 3, high : 5; };
static int n, *at = &n;
static struct flags flags = { 1, 2 };

static int next(void) { return ++n; }
static double half(void) { return ++n / 2.0; }
static struct pair pair(int a, int b) { return (struct pair){ a, b }; }
static int slow(int x) { preaches_poll_here(); n += 10; return x + n; }
static int sum(int a, double b, struct pair p, const char *s) { return a * 3 + (int)(b * 5) + p.a * 7 + p.b + s[0]; }
static int (*choose(int i))(void) { n += i; return next; }
static struct flags raise_both(void) { flags.low++; flags.high++; return flags; }
static int *bump(void) { n += 100; return at; }

int main(void)
{
    for (int i = 0; i < 4; i++) {
        int local = i, *alias = &local;
        printf("%d %d %d\n", next(), next(), next());
        printf("%d %.1f %d %d\n", next(), half(), n, *at);
        printf("%d %d\n", n, next());
        struct pair p = pair(next(), next());
        printf("%d %d\n", p.a, p.b);
        p = pair(slow(next()), next());
        printf("%d %d\n", p.a, p.b);
        p = pair(next(), slow(next()));
        printf("%d %d\n", p.a, p.b);
        p = pair(slow(1), slow(2));
        printf("%d %d %d\n", p.a, p.b, pair(slow(3), p.a = next()).b);
        printf("%d\n", sum(next(), half(), p, next() ? "x" : "y"));
        printf("%d\n", choose(next())() + sum(slow(1), half(), p, "z"));
        printf("%d %d %d\n", flags.low, raise_both().high, flags.high);
        printf("%d %d %d\n", local, (*alias)++, *alias);
        printf("%d %d %s\n", *bump(), (*bump())++, *at > 3 ? "many" : "few");
        char *text = malloc((size_t)(next() + 20));
        snprintf(text, (size_t)(next() + 10), "%d/%d", next(), next());
        printf("%s %d\n", text, abs(next() - next() * next()));
        free(text);
        (next() & 1 ? printf : printf)("%d %d\n", next(), slow(next()));
    }
    return 0;
}
