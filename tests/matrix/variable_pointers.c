/* Pointers to variable length arrays: matrices with their sizes beside them, as parameters and on the heap. */
#include <stdio.h>
#include <stdlib.h>

static void multiply(int n, int m, double a[n][m], const double b[m][n], double (*to)[n])
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            to[i][j] = 0;
            for (int k = 0; k < m; k++)
                to[i][j] += a[i][k] * b[k][j];
        }
}

/* The bound is the one it was entered with, whatever becomes of the parameter; and it is met by polls. */
static double corners(int n, double (*a)[n])
{
    double sum = 0, (*row)[n] = a;
    int rows = n;
    for (n = 0; n < rows; n++, row++) {
        sum += (*row)[0] + (*row)[rows - 1];
        printf("%d: %g, rows of %d\n", n, sum, (int)(sizeof *row / sizeof **row));
    }
    return sum + a[rows - 1][0];
}

static int layers(int x, int y, int z, short cube[x][y][z], int depth)
{
    int sum = 0;
    for (int i = 0; i < x; i++)
        for (int j = 0; j < y; j++) {
            cube[i][j][(i + j) % z] += (short)(depth + j);
            sum += cube[i][j][z - 1];
            if (j == i)
                printf("%d ", sum);
        }
    return depth ? sum + layers(x, y, z, cube, depth - 1) : sum;
}

int main(void)
{
    for (int n = 2; n < 5; n++) {
        int m = n + 1;
        double (*a)[m] = malloc(sizeof(double[n][m])), (*b)[n] = malloc((size_t)m * sizeof *b), c[n][n];
        for (int i = 0; i < n; i++)
            for (int k = 0; k < m; k++) {
                a[i][k] = i - k / 2.0;
                b[k][i] = i == k ? 2 : 0.25;
            }
        multiply(n, m, a, (const double(*)[n])b, c);
        m = 1;
        printf("%g %g\n", corners(n, c), a[n - 1][n]);
        short(*cube)[3][n] = calloc(2, sizeof *cube);
        printf("= %d\n", layers(2, 3, n, cube, 2));
        free(a);
        free(b);
        free(cube);
    }
    return 0;
}
