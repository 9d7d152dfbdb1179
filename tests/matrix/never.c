/* PREACHES_NEVER: no checkpoint begins while a function runs, nor in what it calls, whatever polls stand
 * there. The balance is wrong in the middle of a posting: no image shows it so. */
#include <preaches.h>
#include <stdio.h>

static long accounts[8] = {1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000};
static long posted;

static long sum(void)
{
    long s = 0;
    for (int i = 0; i < 8; i++) {
        preaches_poll_here(); /* in a posting: nothing happens */
        s += accounts[i];
    }
    return s;
}

static int post(int from, int to, long amount);
PREACHES_NEVER(post);

static int post(int from, int to, long amount)
{
    accounts[from] -= amount;
    if (sum() != 36000 - amount)
        return -1;
    preaches_poll_here();
    accounts[to] += amount;
    posted++;
    return sum() == 36000;
}

int main(void)
{
    for (int i = 0; i < 40; i++) {
        int ok = post(i % 8, (i + 3) % 8, 10 + i);
        if (sum() != 36000)
            printf("the balance is wrong\n");
        if (i % 8 == 7)
            printf("%d: posted %ld, %d, first %ld\n", i, posted, ok, accounts[0]);
    }
    return 0;
}
