/* Arrays of structs and of arrays on the stack, pointers into their middle and one past the end. */
#include <stdio.h>
#include <string.h>

struct cell { char tag; long weight; short marks[3]; };

static long total(const struct cell *from, const struct cell *to)
{
    long sum = 0;
    for (; from != to; from++)
        for (int i = 0; i < 3; i++)
            sum += from->weight * from->marks[i];
    return sum;
}

static void fill(int grid[][3], int rows)
{
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < 3; j++)
            grid[i][j] = i * 10 + j;
}

static long matrix(int n)
{
    int grid[4][3], *middle = &grid[1][2];
    struct cell cells[4] = { { 'a', 1, { 1, 2, 3 } }, { .tag = 'b', .marks = { [2] = 4 } } };
    struct cell *end = cells + 4;
    fill(grid, 4);
    for (struct cell *c = cells; c < end; c++) {
        c->weight += *middle + n;
        memset(c->marks + 1, 0, sizeof c->marks[1]);
        n += (int)total(cells, c + 1);
    }
    return total(cells, end) + middle[-1] * n;
}

int main(void)
{
    for (int i = 0; i < 4; i++)
        printf("%ld\n", matrix(i));
    return 0;
}
