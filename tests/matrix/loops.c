/* Calls in every part of every loop, with break and continue. */
#include <stdio.h>

static int clock_now;

static int tick(int by)
{
    for (int k = 0; k < by; k++)
        for (int j = 0; j <= k; j++)
            clock_now++;
    return clock_now;
}

static int for_loop(int n)
{
    int sum = 0;
    for (int i = tick(0) * 0; tick(1) && i < n; i += tick(2) ? 1 : 2) {
        if (i % 3 == 1)
            continue;
        if (i == 8)
            break;
        sum += i * 10 + tick(1);
    }
    return sum;
}

static int do_loop(int n)
{
    int sum = 0, i = 0;
    do {
        i++;
        if (i % 2)
            continue;
        sum += tick(i);
        if (sum > 4000)
            break;
    } while (tick(1) > 0 && i < n);
    return sum;
}

static int while_loop(int n)
{
    int i = 0;
    while (tick(1) % 1000 != 999 && i++ < n)
        if (i == 3)
            continue;
        else
            clock_now += i;
    return clock_now;
}

static int endless(void)
{
    int i = 0;
    for (;;) {
        if (++i > 5)
            return i * tick(1);
        while (i % 2 == 0) {
            tick(2);
            break;
        }
    }
}

int main(void)
{
    printf("%d\n", for_loop(12));
    printf("%d\n", do_loop(9));
    printf("%d\n", while_loop(6));
    printf("%d\n", endless());
    printf("%d\n", clock_now);
    return 0;
}
