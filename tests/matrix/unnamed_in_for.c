/* Variables of several types in the head of a `for`: a structure without a name. */
#include <stdio.h>

static int slow(int x)
{
    int i;
    for (i = 0; i < 2; i++)
        printf("%d: %d\n", i, x += i);
    return x;
}

int main(void)
{
    long total = 0;
    int rows = 0;
    for (struct { int i; double half; long *sum; } at = {0, 0.5, &total}; at.i < 3; at.i++, at.half /= 2)
        for (union { int n; unsigned bits; } inner = {1}; inner.n < 4; inner.n *= 2)
            if (inner.n == 2)
                for (struct { short from, to; } range = {2, 3}; range.from <= range.to; range.from++)
                    *at.sum += slow(at.i + range.from);
            else
                total += (long)(at.half * 16);
    for (struct {
             int i;
             struct { int left, right; } pair;
         } last = {.pair = {1, 2}};
         last.i < 2; last.i++, rows++)
        printf("line %d: %d\n", __LINE__, slow(last.pair.left + last.pair.right));
    printf("%ld %d\n", total, rows);
    return 0;
}
