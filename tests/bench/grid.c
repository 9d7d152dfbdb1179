/* grid MIB PERMILLE: pages.c's program with its doubles in a static array, of which it uses so much. */
#include "../../core/include/preaches.h"
#include <stdio.h>
#include <stdlib.h>

enum { MOST_MIB = 512, PAGE_DOUBLES = 512, ROUNDS = 3, STEP = 7919 };
static double grid[MOST_MIB * 256L * PAGE_DOUBLES];

int main(int argc, char **argv)
{
    long mib = argc > 1 ? atol(argv[1]) : 16, pages = (mib < MOST_MIB ? mib : MOST_MIB) * 256;
    long changed = pages * (argc > 2 ? atol(argv[2]) : 10) / 1000, at = 1;
    double sum = 0;

    for (long i = 0; i < pages * PAGE_DOUBLES; i++)
        grid[i] = (double)i * 0.5;
    preaches_poll_here();
    for (int round = 0; round < ROUNDS; round++) {
        for (long i = 0; i < changed; i++) {
            at = (at + STEP) % pages;
            grid[at * PAGE_DOUBLES + round] += 1;
        }
        preaches_poll_here();
    }
    for (long i = 0; i < pages; i++)
        sum += grid[i * PAGE_DOUBLES];
    printf("%.1f\n", sum);
    return 0;
}
