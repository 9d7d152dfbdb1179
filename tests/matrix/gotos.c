/* goto: backwards as a loop, forwards over declarations, out of nested loops. */
#include <stdio.h>

static int work(int n)
{
    int s = 0;
    while (n-- > 0)
        for (int i = 0; i < 2; i++)
            s += n * i + 1;
    return s;
}

static int state_machine(int limit)
{
    int n = 0, sum = 0;
start:
    n++;
    sum += work(n);
    if (n < limit)
        goto start;
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 5; j++) {
            sum += work(1);
            if (i * j == 6)
                goto out;
        }
    sum = -1;
out:
    if (sum % 2)
        goto done;
    sum += work(2);
done:
    return sum;
}

int main(void)
{
    for (int i = 1; i < 6; i++)
        printf("%d\n", state_machine(i));
    return 0;
}
