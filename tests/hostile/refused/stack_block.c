/* A block on the C stack, alive where polls are met. */
#include <alloca.h>
#include <preaches.h>
#include <stdio.h>
static int sum(int n)
{
    int *all = alloca((size_t)n * sizeof *all), i, s = 0;  /* ! -Wpreaches-vla: alloca in 'sum', from which a poll can be reached */
    for (i = 0; i < n; i++) {
        all[i] = i;
        preaches_poll_here();
    }
    while (n--)
        s += all[n];
    return s;
}
int main(void)
{
    printf("%d\n", sum(4));
    return 0;
}
