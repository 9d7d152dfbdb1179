/* sparse [SIDE [ITERATIONS]]: conjugate gradients on a SIDE x SIDE grid, the matrix held row by row
 * in large static arrays; then a few sweeps of Jacobi over what is left. */
#include "digest.h"
#include <stdio.h>
#include <stdlib.h>

enum { MAX_SIDE = 160, MAX_ROWS = MAX_SIDE * MAX_SIDE, ROW_ENTRIES = 5 };

static double value[MAX_ROWS * ROW_ENTRIES];
static int column[MAX_ROWS * ROW_ENTRIES];
static int row_start[MAX_ROWS + 1];
static double right[MAX_ROWS], x[MAX_ROWS], residual[MAX_ROWS], direction[MAX_ROWS],
    product[MAX_ROWS];

static int add_entry(int at, int to, double v)
{
    column[at] = to;
    value[at] = v;
    return at + 1;
}

static void build(int side)
{
    int at = 0;

    for (int row = 0; row < side * side; row++) {
        int i = row / side, j = row % side;

        row_start[row] = at;
        if (i > 0)
            at = add_entry(at, row - side, -1.0);
        if (j > 0)
            at = add_entry(at, row - 1, -1.0);
        at = add_entry(at, row, 4.0 + (row % 7) / 16.0);
        if (j < side - 1)
            at = add_entry(at, row + 1, -1.0);
        if (i < side - 1)
            at = add_entry(at, row + side, -1.0);
        right[row] = (row * 37 % 101) / 101.0;
    }
    row_start[side * side] = at;
}

static void multiply(int rows, const double *in, double *out)
{
    for (int row = 0; row < rows; row++) {
        double sum = 0;

        for (int at = row_start[row]; at < row_start[row + 1]; at++)
            sum += value[at] * in[column[at]];
        out[row] = sum;
    }
}

static double dot(int rows, const double *a, const double *b)
{
    double sum = 0;

    for (int i = 0; i < rows; i++)
        sum += a[i] * b[i];
    return sum;
}

static double iterate(int rows, double rho)
{
    double alpha, next;

    multiply(rows, direction, product);
    alpha = rho / dot(rows, direction, product);
    for (int i = 0; i < rows; i++) {
        x[i] += alpha * direction[i];
        residual[i] -= alpha * product[i];
    }
    next = dot(rows, residual, residual);
    for (int i = 0; i < rows; i++)
        direction[i] = residual[i] + next / rho * direction[i];
    return next;
}

static void jacobi(int rows)
{
    multiply(rows, x, product);
    for (int row = 0; row < rows; row++)
        x[row] += (right[row] - product[row]) / (4.0 + (row % 7) / 16.0);
}

int main(int argc, char **argv)
{
    int side = argc > 1 ? atoi(argv[1]) : 100;
    int iterations = argc > 2 ? atoi(argv[2]) : 3000;
    int rows = side * side;
    unsigned long long digest = DIGEST_START;
    double rho;

    if (side < 1 || side > MAX_SIDE || iterations < 1) {
        fprintf(stderr, "usage: sparse [SIDE (1-%d) [ITERATIONS]]\n", MAX_SIDE);
        return 2;
    }
    build(side);
    memcpy(residual, right, (size_t)rows * sizeof(double));
    memcpy(direction, right, (size_t)rows * sizeof(double));
    rho = dot(rows, residual, residual);
    for (int i = 0; i < iterations; i++) {
        /* as good as it gets: start again from another right side, so that work never runs out */
        if (rho < 1e-12) {
            for (int row = 0; row < rows; row++)
                right[row] = (x[(row + i) % rows] + row * 37 % 101) / 101.0;
            memcpy(residual, right, (size_t)rows * sizeof(double));
            memcpy(direction, right, (size_t)rows * sizeof(double));
            memset(x, 0, sizeof x);
            rho = dot(rows, residual, residual);
        }
        rho = iterate(rows, rho);
        if (i % (iterations / 5 + 1) == 0)
            printf("iteration %d: residual %.12e\n", i, rho);
    }
    for (int i = 0; i < 8; i++)
        jacobi(rows);
    for (int row = 0; row < rows; row++)
        digest = digest_double(digest, x[row]);
    printf("sparse: digest %016llx\n", digest);
    return 0;
}
