/* Addresses of labels kept in variables: a generator that goes on where it stopped, a table that is
 * changed while the program runs. */
#include <stdio.h>
#include <preaches.h>

static int slow(int x)
{
    preaches_poll_here();
    return x;
}

static int next(void)
{
    static void *state;
    static int i;
    if (state)
        goto *state;
    for (i = 0; i < 3; i++) {
        state = &&resume;
        return slow(i);
    resume:;
    }
    state = &&over;
over:
    return -1;
}

static int swap(int n)
{
    void *way[2] = { &&left, &&right };
    int r = 0;
again:
    goto *way[n & 1];
left:
    r = r * 3 + slow(1);
    way[0] = way[1];
    goto check;
right:
    r = r * 3 + slow(2);
    way[1] = &&left;
check:
    if (n-- > 0)
        goto again;
    return r;
}

int main(void)
{
    for (int i = 0; i < 5; i++)
        printf("%d %d\n", next(), swap(i));
    return 0;
}
