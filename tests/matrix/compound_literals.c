/* Compound literals and designated initialisers with calls that reach polls inside; pointers to such
 * literals stay good to the end of their block. */
#include <stdio.h>
#include <preaches.h>

struct node { int v; const struct node *left, *right; };
struct box { int at[3]; struct { char c; double d; } in; };

static int next(int x)
{
    preaches_poll_here();
    return x + 1;
}

static int sum(const struct node *n)
{
    preaches_poll_here();
    return n ? n->v + sum(n->left) * 2 + sum(n->right) * 3 : 0;
}

static double weigh(struct box b)
{
    preaches_poll_here();
    return b.at[0] + b.at[1] * 10 + b.at[2] * 100 + b.in.d + b.in.c;
}

static int total(const int *v, int n)
{
    int t = 0;
    while (n-- > 0)
        t = t * 10 + next(v[n]);
    return t;
}

int main(void)
{
    for (int i = 0; i < 3; i++) {
        struct box b = { .in = { .d = next(i) / 4.0, .c = 'a' }, .at = { [2] = next(1), [0] = next(i) } };
        const struct node *tree = &(struct node){ next(i), &(struct node){ .v = next(5) }, 0 };
        int *three = (int[]){ next(i), 7, next(8) };
        printf("%d %d\n", sum(tree), total(three, 3));
        printf("%.2f %.2f\n", weigh(b), weigh((struct box){ { next(0), i, 2 }, { 'b', 0.5 } }));
        printf("%d\n", total((const int[4]){ [1] = next(i), [3] = 1 }, 4) + *three + tree->left->v);
    }
    return 0;
}
