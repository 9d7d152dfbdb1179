/* Short circuit: && || ?: and the comma with calls on either side. */
#include <stdio.h>

static int trail;

static int step(int x)
{
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 1; j++)
            trail = trail * 3 % 10007 + x + i;
    return x;
}

static int mixed(int a, int b)
{
    int r = step(a) && (step(b) || step(a + b)) ? step(7) : step(8);
    r += (step(1), step(2), a) + (a > b && step(3));
    return r + (step(0) || step(0) || step(5)) * 10 + !(step(a) && !step(b));
}

int main(void)
{
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            int m = mixed(a, b);
            printf("%d %d: %d trail %d\n", a, b, m, trail);
        }
    if (step(1) && step(2) && step(0))
        printf("not here\n");
    else if (step(0) || step(4))
        printf("here %d\n", trail);
    return 0;
}
