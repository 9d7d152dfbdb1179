/* pages MIB PERMILLE: one block of doubles; before each poll so many of its 4 KiB pages are written. The
 * polls are explicit: after filling, and three more. For measuring snapshots, images and recovery. */
#include "../../core/include/preaches.h"
#include <stdio.h>
#include <stdlib.h>

enum { PAGE_DOUBLES = 512, ROUNDS = 3, STEP = 7919 /* a prime: pages in no order, each once */ };

int main(int argc, char **argv)
{
    long pages = (argc > 1 ? atol(argv[1]) : 16) * 256;
    long changed = pages * (argc > 2 ? atol(argv[2]) : 10) / 1000, at = 1;
    double *block = malloc((size_t)pages * PAGE_DOUBLES * sizeof *block), sum = 0;

    if (!block)
        return 1;
    for (long i = 0; i < pages * PAGE_DOUBLES; i++)
        block[i] = (double)i * 0.5;
    preaches_poll_here();
    for (int round = 0; round < ROUNDS; round++) {
        for (long i = 0; i < changed; i++) {
            at = (at + STEP) % pages;
            block[at * PAGE_DOUBLES + round] += 1;
        }
        preaches_poll_here();
    }
    for (long i = 0; i < pages; i++)
        sum += block[i * PAGE_DOUBLES];
    printf("%.1f\n", sum);
    return 0;
}
