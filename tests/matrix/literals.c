/* Compound literals that are pointed to: they live in their block, across calls and recursion. */
#include <stdio.h>

struct item { int value; const struct item *next; int marks[3]; };

static int work(int x)
{
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            x += i;
    return x;
}

static int sum(const struct item *l)
{
    int r = 0;
    for (; l; l = l->next)
        r += work(l->value) + l->marks[1];
    return r;
}

static int array(const int *p, int n)
{
    int r = 0;
    while (n-- > 0)
        r += work(*p++);
    return r;
}

static int keep(int n)
{
    const struct item *l = &(struct item){ work(n), NULL, { 1, 2, 3 } };
    int *p = (int[]){ 4, 5, work(6) };
    l = &(struct item){ .value = 9, .next = l };
    for (int i = 0; i < 3; i++)
        p[i] += sum(&(struct item){ i, l, { 0 } });
    return sum(l) + array(p, 3) + array((struct item){ .marks = { 7, 8, 9 } }.marks, 3) +
           (n > 0 ? keep(n - 1) : 0) + *&(int){ 5 };
}

int main(void)
{
    for (int i = 0; i < 3; i++)
        printf("%d\n", keep(i));
    return 0;
}
