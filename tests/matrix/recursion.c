/* Recursion whose results meet in one expression: several calls of one statement, a temporary that
 * must survive the next call. */
#include <stdio.h>

static int fib(int n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static int ackermann(int m, int n)
{
    if (m == 0)
        return n + 1;
    if (n == 0)
        return ackermann(m - 1, 1);
    return ackermann(m - 1, ackermann(m, n - 1));
}

static long product(int a, int b)
{
    return a >= b ? a : product(a, (a + b) / 2) * 10 + product((a + b) / 2 + 1, b) % 7;
}

int main(void)
{
    for (int i = 0; i < 10; i++)
        printf("fib(%d) = %d\n", i, fib(i));
    printf("ackermann = %d\n", ackermann(2, 3));
    printf("product = %ld\n", product(1, 9));
    return 0;
}
