/* Types declared inside functions, complex numbers, members without names. */
#include <complex.h>
#include <stdio.h>
#include <stdlib.h>

struct outer {
    int tag;
    struct { short x, y; struct { long deep; }; };
    double _Complex z;
};

static double _Complex turn(double _Complex z, int n)
{
    double _Complex w = 1;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < 1; k++)
            w *= z;
    return w;
}

static long lists(int n)
{
    struct node { struct node *next; long value; union { unsigned u; float f; } bits; char name[3]; };
    typedef struct { struct node first; unsigned low : 5, high : 11; } pair;
    enum mode { SLOW = 3, FAST };
    struct node *head = NULL, fixed = { NULL, -7, { 5 }, "ab" };
    pair pairs[3] = { { { NULL, 1, { 1 }, "x" }, 1, 2 } };
    enum mode mode = n % 2 ? SLOW : FAST;
    long sum = 0;
    for (int i = 0; i < n; i++) {
        struct node *p = malloc(sizeof *p);
        if (!p)
            return -1;
        *p = (struct node){ head, i * -3L, { .f = (float)i * 0.5f }, { (char)('a' + i % 26), 0 } };
        head = p;
        pairs[i % 3].first = *head;
        pairs[i % 3].high = (unsigned)i & 2047;
        pairs[i % 3].low = (unsigned)i & 31;
        fixed.next = head;
        for (struct node *q = &fixed; q; q = q->next)
            sum = sum * 3 + q->value + q->name[0] + (long)(q->bits.u % 1000);
        sum = (sum + pairs[i % 3].high * pairs[(i + 1) % 3].low + (long)mode) % 1000003;
    }
    return sum;
}

int main(void)
{
    struct outer o = { 1, { 2, 3, { 4 } }, 1.0 + 2.0 * I }, *p = &o;
    float _Complex small[2] = { 1, 2 * I };
    for (int i = 0; i < 8; i++) {
        o.z = turn(o.z, 2) / 4;
        small[i % 2] = small[i % 2] * (float)0.5 + (float)i;
        p->x = (short)(p->x + p->y);
        p->deep -= p->tag * i;
        printf("%d %d %ld %.6f %.6f %.3f %.3f %ld\n", o.x, o.y, o.deep, creal(o.z), cimag(o.z),
               (double)crealf(small[0]), (double)cimagf(small[1]), lists(i));
    }
    return 0;
}
