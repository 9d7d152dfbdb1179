/* Arrays whose size is known at run time, alive while polls are reached: of numbers, structures and
 * pointers, of two dimensions, in loops and recursions, pointed to from elsewhere. */
#include <stdio.h>
#include <preaches.h>

struct cell { long n; struct cell *next; char tag; };

static int slow(int x)
{
    preaches_poll_here();
    return x;
}

static long sum(const long *v, int n)
{
    return n ? v[0] + slow(0) + sum(v + 1, n - 1) : 0;
}

static long triangle(int n)
{
    long row[n + 1], before[slow(n) + 1];
    for (int i = 0; i <= n; i++)
        row[i] = before[i] = 1;
    for (int k = 2; k <= n; k++) {
        for (int i = 1; i < k; i++)
            row[i] = before[i - 1] + before[i];
        slow(k);
        for (int i = 0; i <= n; i++)
            before[i] = row[i];
    }
    return sum(row, n + 1) * 1000 + (long)(sizeof row / sizeof row[0]);
}

static long chain(int n)
{
    struct cell cells[n], *list = 0, *at[n];
    long total = 0;
    for (int i = 0; i < n; i++) {
        cells[i] = (struct cell){ i, list, (char)('a' + i) };
        at[n - 1 - i] = list = &cells[i];
        slow(i);
    }
    if (n > 2)
        total = chain(n - 2);
    for (struct cell *c = list; c; c = c->next)
        total = total * 3 + c->n + at[c->n]->tag;
    return total;
}

static int matrix(int n, int m)
{
    int t = 0;
    for (int round = 1; round < 4; round++) {
        int v[n][m + round][2], *p = &v[0][0][0];
        for (int i = 0; i < n * (m + round) * 2; i++)
            *p++ = i * round;
        slow(1);
        t += v[n - 1][m][1] - v[slow(1)][0][0] + (int)(sizeof v[0] / sizeof(int));
        if (round == 2)
            continue;
        t ^= slow(t);
        t += v[0][1][slow(1)];
    }
    {
        char none[n]; /* no poll while it lives */
        for (int i = 0; i < n; i++)
            none[i] = (char)i;
        t += none[n - 1];
    }
    return t;
}

int main(void)
{
    for (int i = 2; i < 6; i++)
        printf("%ld %ld %d\n", triangle(i), chain(i), matrix(i, 2));
    return 0;
}
