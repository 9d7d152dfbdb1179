/* Jump buffers in arrays, copied, made in loops, used again, and nested functions that jump to different
 * ones; buffers in functions from which no poll can be reached. */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <preaches.h>

static jmp_buf bufs[3], spare;
static int arrived[3];

static void fly(int to)
{
    preaches_poll_here();
    longjmp(bufs[to], to + 1);
}

static int many(void)
{
    volatile int i, total = 0;
    for (i = 0; i < 3; i++) {
        int r = setjmp(bufs[i]);
        if (r) {
            arrived[r - 1]++;
            total = total * 10 + r;
        }
        preaches_poll_here();
    }
    if (total < 1000)
        fly(total % 3);
    return total;
}

/* A buffer may be copied. */
static int copied(int n)
{
    volatile int tries = 0;
    if (setjmp(spare) == 3)
        return tries;
    if (tries == 0)
        memcpy(bufs[0], spare, sizeof spare);
    tries++;
    preaches_poll_here();
    memset(spare, 0, sizeof spare);
    longjmp(*(tries < n ? &bufs[0] : (memcpy(spare, bufs[0], sizeof spare), &spare)), tries < n ? 2 : 3);
}

static int quick(int x)
{
    jmp_buf here;
    int r = setjmp(here);
    if (r < x)
        longjmp(here, r + 1);
    return r;
}

static int inner(int x)
{
    if (setjmp(bufs[1])) {
        preaches_poll_here();
        fly(2);
    }
    preaches_poll_here();
    if (x)
        fly(1);
    return 7;
}

static int outer(int x)
{
    switch (setjmp(bufs[2])) {
    case 0:
        return inner(x) + quick(x);
    case 3:
        preaches_poll_here();
        return quick(3) * 100;
    }
    return -1;
}

int main(void)
{
    printf("%d\n", many());
    printf("%d %d %d\n", arrived[0], arrived[1], arrived[2]);
    printf("%d %d\n", copied(1), copied(3));
    printf("%d %d %d\n", outer(0), outer(1), quick(4));
    return 0;
}
