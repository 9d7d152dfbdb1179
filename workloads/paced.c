/* paced [MIB [STEPS [MS]]]: MIB mebibytes of records of mixed types, of which each step changes some
 * and then sleeps MS milliseconds: a job whose length is the clock's, not the processor's. For
 * experiments on a real network, where several machines share one processor. */
#define _POSIX_C_SOURCE 200809L
#include "digest.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BLOCK_RECORDS = 4095, TOUCHED = 64 };

struct record {
    double value[6];
    int key, count;
    long long stamp;
};

struct block {
    struct block *next;
    struct record record[BLOCK_RECORDS];
};

static struct block *first;
static int n_blocks;

static void build(int mib)
{
    n_blocks = (int)(((long long)mib << 20) / (long long)sizeof(struct block));
    if (n_blocks < 1)
        n_blocks = 1;
    for (int b = 0; b < n_blocks; b++) {
        struct block *block = malloc(sizeof *block);

        if (!block)
            exit(1);
        for (int i = 0; i < BLOCK_RECORDS; i++) {
            struct record *r = &block->record[i];

            for (int k = 0; k < 6; k++)
                r->value[k] = b + i / 8.0 + k;
            r->key = b ^ i;
            r->count = 0;
            r->stamp = 0;
        }
        block->next = first;
        first = block;
    }
}

static unsigned long long step(unsigned long long digest, int number)
{
    struct block *block = first;

    for (int skip = number % n_blocks; skip > 0; skip--)
        block = block->next;
    for (int i = 0; i < TOUCHED; i++) {
        struct record *r = &block->record[(number * 31 + i * 61) % BLOCK_RECORDS];

        r->value[i % 6] = r->value[i % 6] * 0.5 + number;
        r->count++;
        r->stamp += number;
        digest = digest_add(digest, (unsigned long long)r->count + (unsigned long long)r->stamp);
        digest = digest_double(digest, r->value[(i + 1) % 6]);
    }
    return digest;
}

int main(int argc, char **argv)
{
    int mib = argc > 1 ? atoi(argv[1]) : 1, steps = argc > 2 ? atoi(argv[2]) : 20;
    int ms = argc > 3 ? atoi(argv[3]) : 10;
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    unsigned long long digest = DIGEST_START;

    build(mib);
    for (int i = 1; i <= steps; i++) {
        digest = step(digest, i);
        if (i % 50 == 0)
            printf("step %d: %016llx\n", i, digest);
        if (ms > 0) /* a pause of nothing still takes the kernel 60 us */
            nanosleep(&pause, NULL);
    }
    printf("paced: digest %016llx\n", digest);
    return 0;
}
