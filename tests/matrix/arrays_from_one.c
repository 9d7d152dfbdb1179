/* Arrays and matrices that are counted from 1, as numerical programs of old do: the pointer that is kept stands one
 * element before its block. */
#include <stdio.h>
#include <stdlib.h>

struct point { double x, y; };

static double *vector(int low, int high)
{
    double *v = malloc((size_t)(high - low + 1) * sizeof *v);
    if (!v)
        exit(1);
    return v - low;
}

static double **matrix(int rows, int columns)
{
    double **m = malloc((size_t)(rows + 1) * sizeof *m);
    if (!m)
        exit(1);
    m[1] = vector(1, rows * columns);
    for (int i = 2; i <= rows; i++)
        m[i] = m[i - 1] + columns;
    return m;
}

int main(void)
{
    double *v = vector(1, 10), *w = vector(1, 7), **m = matrix(4, 3);
    struct point *p = malloc(5 * sizeof *p);
    char *text = malloc(8);
    text--;
    p--;
    for (int i = 1; i <= 10; i++)
        v[i] = i;
    for (int i = 1; i <= 7; i++) {
        w[i] = 0;
        text[i] = (char)('a' + i);
    }
    for (int i = 1; i <= 4; i++)
        for (int k = 1; k <= 3; k++)
            m[i][k] = i * 10 + k;
    for (int i = 1; i <= 5; i++)
        p[i] = (struct point){ i, -i };
    for (int round = 0; round < 12; round++) {
        double sum = 0;
        for (int i = 1; i <= 7; i++)
            sum += w[i] += v[i] * round;
        for (int i = 1; i <= 5; i++)
            sum += p[i].x * m[i % 4 + 1][round % 3 + 1] - p[i].y;
        text[round % 7 + 1]++;
        printf("%d %g %.7s\n", round, sum, text + 1);
    }
    free(text + 1);
    free(p + 1);
    return 0;
}
