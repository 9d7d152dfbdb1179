/* Jumps into and over blocks: case labels inside a loop, goto over declarations, variables that are
 * assigned on some paths only, values that live from one round of a loop to the next. */
#include <stdio.h>

static int work(int x)
{
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            x += i;
    return x;
}

static int duff(int n)
{
    int c = 0, rounds = (n + 3) / 4;
    switch (n % 4) {
    case 0:
        do {
            c += work(1);
            /* fall through */
        case 3:
            c += 10;
            /* fall through */
        case 2:
            c += work(c % 3);
            /* fall through */
        case 1:
            c++;
        } while (--rounds > 0);
    }
    return c;
}

static int into(int n)
{
    if (n)
        goto in;
    int a = 5;
    {
        int b;
    in:
        a = 7;
        b = work(a);
        a += b;
    }
    return a;
}

static int again(int n)
{
    int r = 0;
start:;
    int k = 3, m;
    long z[2];
    z[0] = work(n);
    if (n-- > 0) {
        m = work(k);
        r += m;
        goto start;
    }
    return r + (int)z[0];
}

static int sometimes(int c)
{
    int x;
    if (c)
        x = 1;
    work(1);
    return c ? x + work(x) : 0;
}

static int carried(int n)
{
    int last = -1, before = 0;
    for (;;) {
        if (last >= 0)
            before += last;
        work(1);
        if (n-- == 0)
            break;
        last = work(n);
    }
    return before * 10 + last;
}

static int nested(int n)
{
    int r = 0;
    for (int i = 0; i < n; i++)
        switch (i & 3) {
        case 0:
            r += 1;
            continue;
        case 1:
            r += work(r);
            break;
        case 2:
            switch (work(i) & 1) {
            case 0:
                r += 5;
                break;
            default:
                r -= work(2);
            }
            /* fall through */
        default:
            r *= 2;
        }
    return r;
}

int main(void)
{
    for (int i = 0; i < 4; i++) {
        printf("%d %d %d %d\n", duff(i + 3), into(i), again(i), sometimes(i % 2));
        printf("%d %d\n", carried(i + 1), nested(i + 6));
    }
    return 0;
}
