/* quicksort [RECORDS [ROUNDS]]: sorts shuffled records, odd rounds by recursion, even ones with an
 * explicit stack of ranges; pointers into the middle of one large block are live all the time, and
 * a record's size is not the same on all machines. */
#include "digest.h"
#include <stdio.h>
#include <stdlib.h>

struct record {
    short group;
    double weight;
    char *label; /* one of the labels, shared */
    long long serial;
    char flag;
};

struct range {
    struct record *low, *high;
}; /* both inclusive */

enum { N_LABELS = 4, MAX_RANGES = 64 };
static char labels[N_LABELS][8] = {"alpha", "beta", "gamma", "delta"};

static int before(const struct record *a, const struct record *b)
{
    if (a->group != b->group)
        return a->group < b->group;
    if (a->weight != b->weight)
        return a->weight < b->weight;
    return a->serial < b->serial;
}

static void swap(struct record *a, struct record *b)
{
    struct record keep = *a;

    *a = *b;
    *b = keep;
}

/* Splits [low, high] around its middle record; returns where that one comes to stand. */
static struct record *split(struct record *low, struct record *high)
{
    struct record *store = low;

    swap(low + (high - low) / 2, high);
    for (struct record *at = low; at < high; at++)
        if (before(at, high))
            swap(at, store++);
    swap(store, high);
    return store;
}

static void sort_by_recursion(struct record *low, struct record *high, int *depth, int level)
{
    if (level > *depth)
        *depth = level;
    while (low < high) {
        struct record *middle = split(low, high);

        if (middle > low)
            sort_by_recursion(low, middle - 1, depth, level + 1);
        low = middle + 1;
    }
}

static void sort_by_stack(struct record *low, struct record *high)
{
    struct range stack[MAX_RANGES];
    int n = 0;

    stack[n].low = low;
    stack[n++].high = high;
    while (n > 0) {
        struct range range = stack[--n];
        struct record *middle;

        if (range.low >= range.high)
            continue;
        middle = split(range.low, range.high);
        /* the larger half first, so that the stack never holds more than log2(records) ranges */
        if (middle - range.low > range.high - middle) {
            stack[n].low = range.low;
            stack[n++].high = middle - 1;
            range.low = middle + 1;
        } else {
            stack[n].low = middle + 1;
            stack[n++].high = range.high;
            range.high = middle - 1;
        }
        if (range.low < range.high)
            stack[n++] = range;
    }
}

static void fill(struct record *records, int n, unsigned long long *state)
{
    for (int i = 0; i < n; i++) {
        struct record *record = &records[i];

        record->group = (short)(random_next(state) % 100 - 50);
        record->weight = random_next(state) % 1000 / 8.0;
        record->label = labels[random_next(state) % N_LABELS];
        record->serial = ((long long)random_next(state) << 20) - i;
        record->flag = (char)(i % 100);
    }
}

static unsigned long long check(const struct record *records, int n, unsigned long long digest)
{
    for (const struct record *at = records; at < records + n; at++) {
        if (at > records && before(at, at - 1)) {
            fprintf(stderr, "quicksort: not sorted\n");
            exit(1);
        }
        digest = digest_add(digest, (unsigned long long)at->serial);
        digest = digest_double(digest, at->weight + at->flag + at->label[0]);
    }
    return digest;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 10000;
    int rounds = argc > 2 ? atoi(argv[2]) : 150;
    unsigned long long state = 0xfeed, digest = DIGEST_START;
    struct record *records;
    int depth = 0;

    if (n < 1 || rounds < 1) {
        fprintf(stderr, "usage: quicksort [RECORDS [ROUNDS]]\n");
        return 2;
    }
    records = malloc((size_t)n * sizeof(struct record));
    if (!records) {
        fprintf(stderr, "quicksort: out of memory\n");
        return 1;
    }
    for (int round = 0; round < rounds; round++) {
        fill(records, n, &state);
        if (round % 2)
            sort_by_recursion(records, records + n - 1, &depth, 1);
        else
            sort_by_stack(records, records + n - 1);
        digest = check(records, n, digest);
        if (round % (rounds / 5 + 1) == 0)
            printf("round %d: first %lld, depth %d\n", round, records[0].serial, depth);
    }
    free(records);
    printf("quicksort: digest %016llx\n", digest);
    return 0;
}
