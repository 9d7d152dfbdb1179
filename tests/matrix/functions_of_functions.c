/* Calls of what calls return, tables of functions, functions that take and give functions, and calls in
 * tail position that go round. */
#include <stdio.h>
#include <preaches.h>

typedef int op(int, int);
typedef op *maker(int);

static int add(int a, int b) { preaches_poll_here(); return a + b; }
static int sub(int a, int b) { preaches_poll_here(); return a - b; }
static int mul(int a, int b) { return b > 1 ? add(a, mul(a, b - 1)) : a; }

static op *choose(int i)
{
    static op *const table[] = { add, sub, mul };
    preaches_poll_here();
    return table[i % 3];
}

static maker *chooser(int i)
{
    preaches_poll_here();
    return i < 100 ? choose : 0;
}

static op *(*twice(op *(*f)(int), int i))(int)
{
    return f(i) ? f : 0;
}

static int fold(op *f, const int *v, int n, int start)
{
    return n ? fold(f, v + 1, n - 1, f(start, *v)) : start;
}

static int odd(unsigned n);
static int even(unsigned n) { preaches_poll_here(); return n == 0 ? 1 : odd(n - 1); }
static int odd(unsigned n) { return n == 0 ? 0 : even(n - 1); }

int main(void)
{
    static const int v[] = { 3, 1, 2 };
    for (int i = 0; i < 4; i++) {
        printf("%d %d\n", choose(i)(7, 2), chooser(i)(i + 1)(5, 3));
        printf("%d %d\n", (*twice(choose, i)(i))(4, 4), fold(choose(add(i, 0)), v, 3, i));
        printf("%d %d\n", even((unsigned)i * 3), (i & 1 ? add : sub)(mul(i, 3), choose(0)(1, 1)));
    }
    return 0;
}
