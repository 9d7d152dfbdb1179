/* Structures as arguments and results of calls that reach polls: small, large, nested in one expression,
 * with const members, through pointers to functions. */
#include <stdio.h>
#include <preaches.h>

struct small { short a; char b; };
struct large { double v[4]; struct small s; const char *name; };
struct fixed { const int id; int n; };

static struct small tiny(int x)
{
    preaches_poll_here();
    return (struct small){ (short)x, (char)('a' + x) };
}

static struct large grow(struct large l, struct small s)
{
    for (int i = 0; i < 4; i++) {
        l.v[i] = l.v[i] * 2 + s.a;
        preaches_poll_here();
    }
    l.s = s;
    return l;
}

static struct fixed label(int id, struct large l)
{
    preaches_poll_here();
    return (struct fixed){ id, (int)l.v[id & 3] };
}

static struct large deep(struct large l, int n)
{
    return n ? grow(deep(grow(l, tiny(n)), n - 1), tiny(n + 1)) : l;
}

int main(void)
{
    struct large (*f)(struct large, struct small) = grow, l = { { 1, 2, 3, 4 }, { 0, 'x' }, "first" };
    for (int i = 0; i < 3; i++) {
        l = f(f(l, tiny(i)), (struct small){ tiny(1).a, tiny(2).b });
        l.name = i ? "later" : l.name;
        struct fixed x = label(i, deep(l, i)), y = label(tiny(1).a, grow(l, l.s));
        printf("%d %d %d %d\n", x.id, x.n, y.id, y.n);
        printf("%.1f %d %c %s\n", grow(l, tiny(3)).v[2], deep(l, 1).s.a, f(l, tiny(4)).s.b, l.name);
        l.v[i] = label(i, l).n / 7;
    }
    return 0;
}
