/* LONG_MAX for "none so far", (size_t)-1 for "nowhere": on each machine those of its own long, in variables, members,
 * blocks, arrays and results; sums near zero; sets of bits. */
#include "preaches.h"
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 8, STEPS = 12 };
static const size_t nowhere = SIZE_MAX;

struct node {
    long distance;
    size_t parent, edges[2];
};

static long nearest = LONG_MAX, farthest = LONG_MIN;
static size_t last_found = (size_t)-1;
static unsigned long seen[N];
static ptrdiff_t span = PTRDIFF_MAX;

static size_t find(const char *text, char c)
{
    const char *at = strchr(text, c);
    return at ? (size_t)(at - text) : nowhere;
}

static long least(const long *list, int n)
{
    long low = LONG_MAX;
    for (int i = 0; i < n; i++)
        if (list[i] < low)
            low = list[i];
    return low;
}

/* Dijkstra's shortest paths in a ring with chords, one node a call. */
static int settle(struct node *graph, int *done)
{
    int best = -1;
    for (int i = 0; i < N; i++)
        if (!done[i] && graph[i].distance < LONG_MAX && (best < 0 || graph[i].distance < graph[best].distance))
            best = i;
    if (best < 0)
        return best;
    done[best] = 1;
    for (int e = 0; e < 2; e++) {
        size_t to = graph[best].edges[e];
        if (to == nowhere)
            continue;
        long weight = 3 + 7 * (best + e) % 5;
        if (graph[to].distance == LONG_MAX || weight < graph[to].distance - graph[best].distance) {
            graph[to].distance = graph[best].distance + weight;
            graph[to].parent = (size_t)best;
        }
    }
    return best;
}

static void count(size_t *backwards, uint64_t *sum)
{
    --*backwards; /* below zero for a while */
    *sum += *backwards + 4;
    if (*backwards == (size_t)-4)
        *backwards = 2;
}

/* What an unsigned int makes of a number below zero is not below zero; the difference of two ints is. */
static unsigned long clipped;
static size_t before, filled[N];

/* Members of unions. */
static union slot { long value, again; } slot;
static struct cell {
    int is_real;
    union { long whole; double real; } u;
} cells[2];
PREACHES_TAG(cell.u, is_real, "0=whole 1=real");
/* An interpreter's value: what strtol() has read is a number, not the end of its range. */
static struct number {
    int is_real;
    union { long whole; double real; } u;
} number;
PREACHES_TAG(number.u, is_real, "0=whole 1=real");

static int fits(size_t n, size_t each) { return n <= SIZE_MAX / each; }
static int adds(long a, long b) { return b <= LONG_MAX - a; }

int main(void)
{
    struct node *graph = malloc(N * sizeof *graph);
    long *best = malloc(N * sizeof *best);
    int done[N] = {0};
    size_t backwards = 2, at = nowhere;
    uint64_t sum = 0, limit = SIZE_MAX;
    if (!graph || !best)
        return 1;
    for (int i = 0; i < N; i++) {
        graph[i] = (struct node){LONG_MAX, nowhere, {(size_t)(i + 1) % N, i % 3 ? nowhere : (size_t)(i + 3) % N}};
        best[i] = i % 2 ? LONG_MIN : LONG_MAX;
    }
    graph[0].distance = 0;
    for (int i = 0; i < STEPS; i++) {
        int settled = settle(graph, done);
        count(&backwards, &sum);
        best[i % N] = i % 5 ? i * 1000L : LONG_MAX;
        seen[i % N] = i % 4 ? (unsigned long)i : ULONG_MAX;
        clipped = i % 2 ? (unsigned long)(unsigned)~28 : (unsigned long)(unsigned)(3 - 4);
        slot.value = i % 3 ? LONG_MAX : i;
        cells[i % 2] = i % 4 ? (struct cell){ 0, { .whole = LONG_MIN } } : (struct cell){ 1, { .real = i } };
        number.u.whole = strtol(i % 2 ? "2147483647" : "2147483646", NULL, 10);
        long copy[2] = {i, LONG_MAX}, copied[2];
        memcpy(copied, copy, sizeof copied);
        memset(filled, i % 5 ? 0xff : 0, sizeof filled);
        before = i % 3 ? (size_t)(1 - 2) : (size_t)i;
        at = find("abcdef", (char)('d' + i % 5));
        if (at != nowhere && (last_found == nowhere || at > last_found))
            last_found = at;
        if (i > 5 && (long)i * 10 < nearest)
            nearest = i * 10;
        if (i > 7 && i > farthest)
            farthest = i;
        span = i % 7 == 6 ? PTRDIFF_MAX : span == PTRDIFF_MAX ? i : span + 1;
        int marks = 0, reached = 0;
        for (int k = 0; k < N; k++) {
            marks += (seen[k] == ULONG_MAX) + 10 * (best[k] == LONG_MIN);
            reached += graph[k].distance != LONG_MAX && graph[k].parent != nowhere;
        }
        printf("%d %d %d %llu %d %d %d %d %d %d %d%d%d%d %d%d %d%d%d%d %ld\n",
               settled, reached, marks, (unsigned long long)sum,
               at == nowhere ? -1 : (int)at, (int)(last_found + 1), nearest == LONG_MAX, farthest == LONG_MIN,
               span == PTRDIFF_MAX, (int)(least(best, N) / 1000 % 1000), fits(1u << 31, 4), adds(2147483600, i * 20L),
               limit == SIZE_MAX, backwards > 100, clipped > 4294967267u, before == nowhere, slot.again == LONG_MAX,
               cells[0].is_real ? 5 : cells[0].u.whole == LONG_MIN, copied[1] == LONG_MAX, filled[3] == nowhere,
               number.u.whole);
    }
    free(graph);
    free(best);
    return 0;
}
