/* A vector of longs that is counted from 1: the pointer before its block may be one to the last element of another. */
#include <stdio.h>
#include <stdlib.h>
static long *vector(int n)
{
    long *v = malloc((size_t)n * sizeof *v);
    return v - 1; /* ! -Wpreaches-before: a pointer to what stands before a block */
}
int main(void)
{
    long *all[40], sum = 0;
    for (int i = 0; i < 40; i++) {
        all[i] = vector(3);
        for (int k = 1; k <= 3; k++)
            all[i][k] = i + k;
    }
    for (int i = 0; i < 40; i++)
        printf("%ld\n", sum += all[i][3]);
    return 0;
}
