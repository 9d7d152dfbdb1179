/* f(g(x), h(y)) in conditions, indices, arguments of library functions and initialisers. */
#include <stdio.h>

static int calls;

static int g(int x)
{
    for (int i = 0; i < 2; i++)
        calls += i + (x > 100 ? g(x - 100) : 0);
    return x + 1;
}

static int h(int x, int y)
{
    do
        calls++;
    while (g(y) < 0);
    return x * y;
}

static int f(int x, int y, int z)
{
    return h(g(x), g(y)) + h(z, g(h(x, y)));
}

static void show(int a, long b, double c)
{
    while (a % 7)
        a = g(a);
    printf("%d %ld %.3f\n", a, b, c);
}

int main(void)
{
    int table[64] = { 0 };
    for (int i = 0; i < 4; i++) {
        int a = f(g(i), h(i, 2), g(g(i))), b = g(a) % 10, *p = &table[g(b)];
        *p += f(a, b, i);
        table[h(1, i)] = g(table[g(i)]);
        show(g(a), h(b, g(i)), f(1, g(1), 1) / 2.0);
        printf("%d %d\n", g(h(g(1), g(2))), table[g(b)]);
        printf("%d\n", calls);
    }
    return 0;
}
