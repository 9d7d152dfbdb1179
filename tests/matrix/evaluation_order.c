/* What stands beside a call that reaches a poll is evaluated when gcc does it: the left operand first, the
 * place that is assigned to before a call alone on the right, after anything else. Printed as gcc -O2 would. */
#include <stdio.h>
#include <stdlib.h>
#include <preaches.h>
struct s { int v, k[4]; struct s *next; };
static int n, a[40], sp;
static struct s s0, s1 = { 5, {1,2,3,4}, &s0 }, *sp1 = &s1;
static int slow(int x) { preaches_poll_here(); n += 10; sp++; return x + n; }
static int next(void) { return ++n; }
static int push(int x) { preaches_poll_here(); sp1 = sp1 == &s0 ? &s1 : &s0; sp1->v += x; return x; }
int main(void)
{
    int x, *p = a;
    x = n + slow(1); printf("1 %d\n", x);
    n += slow(1); printf("2 %d\n", n);
    x = next() + slow(2); printf("3 %d\n", x);
    x = slow(2) + next(); printf("4 %d\n", x);
    x = a[n % 7] - slow(3) * n; printf("5 %d\n", x);
    sp = 0; a[sp] = slow(4); printf("6 %d %d\n", a[0], a[1]);
    sp = 0; a[sp++] = slow(4); printf("7 %d %d\n", a[0], a[1]);
    a[next() % 3] = slow(5); printf("8 %d %d %d\n", a[0], a[1], a[2]);
    sp1->v = push(3); printf("9 %d %d\n", s0.v, s1.v);
    sp1->v += push(3); printf("10 %d %d\n", s0.v, s1.v);
    sp1->k[1] = push(4); printf("11 %d %d\n", s0.k[1], s1.k[1]);
    sp1->k[sp1->v % 4] -= push(4); printf("12 %d %d\n", s0.k[1], s1.k[1]);
    *(p + next() % 5) = slow(1); printf("13 %d %d %d %d\n", a[0], a[1], a[2], a[3]);
    *p++ = slow(n); printf("14 %d %d\n", a[0], (int)(p - a));
    x = (n < slow(1)) + (slow(1) > n); printf("15 %d\n", x);
    printf("16 %d %d %d\n", slow(1), n, slow(2));
    printf("17 %d %d\n", slow(1), sp1->v + n);
    x = next() * 2 + (n + slow(1)); printf("19 %d\n", x);
    int v[3] = { n, slow(1), n }; printf("20 %d %d %d\n", v[0], v[1], v[2]);
    struct s t = { .v = n, .k = { slow(1), n } }; printf("21 %d %d %d\n", t.v, t.k[0], t.k[1]);
    n = n + slow(n) + n; printf("22 %d\n", n);
    x = -n + slow(2) ? n : slow(1); printf("23 %d\n", x);
    a[slow(1) % 5] = n + slow(2); printf("24 %d %d %d %d %d\n", a[0], a[1], a[2], a[3], a[4]);
    a[n % 5] = slow(n); n = a[n % 5] = slow(n); printf("25 %d %d %d %d %d\n", a[0], a[1], a[2], a[3], a[4]);
    return 0;
}
