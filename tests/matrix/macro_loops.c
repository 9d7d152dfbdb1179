/* do { } while (0), as macros have it, is no loop and has no poll; what stands in it may. `continue` and `break` in
 * it, and a loop around it. */
#include <stdio.h>

#define SWAP(a, b) do { int swap_ = (a); (a) = (b); (b) = swap_; } while (0)
#define EACH(i, n, what) do { for (i = 0; i < (n); i++) { what; } } while (0)
#define TRY(what) do { if (!(what)) goto failed; } while (0)

static int step(int n)
{
    do {
        if (n % 3 == 0)
            break;
        n += 2;
        if (n % 5 == 0)
            continue;
        n *= 2;
    } while (0);
    return n;
}

static int checked(int n)
{
    int i, s = 0;
    for (i = 0; i < n; i++)
        TRY((s += step(i)) < 60);
    return s;
failed:
    return -i;
}

int main(void)
{
    int a[8] = {5, 3, 8, 1, 9, 2, 7, 4}, i, k, s = 0;
    do
        for (i = 0; i < 8; i++)
            for (k = i + 1; k < 8; k++)
                if (a[k] < a[i])
                    SWAP(a[i], a[k]);
    while (0);
    EACH(i, 8, s = s * 7 + a[i]; s %= 10007);
    printf("%d\n", s);
    EACH(i, 9, printf("%d ", step(i)));
    do { do { s += checked(4); } while (0); s += checked(30); } while (0);
    printf("\n%d\n", s);
    return 0;
}
