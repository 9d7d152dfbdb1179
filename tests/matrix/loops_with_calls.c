/* Every kind of loop with calls that reach polls in its parts: conditions, steps, continue, break. */
#include <stdio.h>
#include <preaches.h>

static int step(int x)
{
    preaches_poll_here();
    return x + 1;
}

static int less(int a, int b)
{
    preaches_poll_here();
    return a < b;
}

static int whiles(int n)
{
    int i = 0, s = 0;
    while (less(i, n)) {
        i = step(i);
        if (i % 2)
            continue;
        while (less(s, i * 3) && s != 5)
            s = step(s);
        if (s > 12)
            break;
    }
    return s;
}

static int dos(int n)
{
    int s = 0;
    do {
        if (step(n) % 3 == 0)
            continue;
        do
            s = step(s);
        while (less(s, n));
        s += 2;
    } while (less(0, n = step(n) - 2));
    return s;
}

static int fors(int n)
{
    int s = 0;
    for (int i = step(-1), k = step(i); less(i, n); i = step(i), k += step(0)) {
        switch (k % 3) {
        case 0: continue;
        case 1: s += step(k);
        }
        for (;;) {
            s = step(s);
            if (!less(s, k * 4))
                break;
        }
        for (int j = 0; j < step(1) && less(j, 9); j++)
            s ^= j;
    }
    return s;
}

static int endless(int n)
{
    for (int i = 0;; i++)
        for (int j = 0;; j = step(j)) {
            if (j > 2)
                break;
            if (i * j > n)
                return i * 10 + j;
        }
}

int main(void)
{
    for (int i = 1; i < 6; i += 2)
        printf("%d %d %d %d\n", whiles(i), dos(i), fors(i), endless(i));
    return 0;
}
