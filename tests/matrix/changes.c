/* A heap of which little changes between polls: blocks written, freed and taken again with the same
 * bytes, an array that grows, one that is freed and taken again as zeros. */
#include "../../core/include/preaches.h"
#include <stdio.h>
#include <stdlib.h>

struct item {
    struct item *next;
    long key;
    double weight;
    char tag[6];
};
struct text { /* with a tail of any length */
    struct item *about;
    int n;
    short code[];
};
enum { N = 6000, TEXTS = 100, LETTERS = 30000, ROUNDS = 8, CHANGES = 15, MORE = 50000 };

static unsigned long state = 1998;

static unsigned draw(unsigned n)
{
    state = (state * 1103515245u + 12345u) & 0x7fffffffu;
    return (unsigned)(state >> 8) % n;
}

static struct item *make(struct item *next, int i)
{
    struct item *p = malloc(sizeof *p);

    p->next = next;
    p->key = i;
    p->weight = i * 0.25;
    for (int k = 0; k < 6; k++)
        p->tag[k] = (char)('a' + (i + k) % 26);
    return p;
}

static struct text *write_text(struct item *about, int n)
{
    struct text *t = malloc(sizeof *t + (size_t)n * sizeof(short));

    t->about = about;
    t->n = n;
    for (int i = 0; i < n; i++)
        t->code[i] = (short)(i % 1000 - n);
    return t;
}

static long long read_texts(struct text *const *texts)
{
    long long s = 0;

    for (int i = 0; i < TEXTS; i++)
        for (int k = 0; k < texts[i]->n; k++)
            s += texts[i]->code[k] * (k % 7) + (k ? 0 : texts[i]->about->key);
    return s;
}

static void change(struct item **items, double *big, unsigned i, int k)
{
    struct item copy = *items[i];

    if (k % 7 != 3) {
        items[i]->weight += k;
        big[4 * i + 1] += 0.125;
        return;
    }
    free(items[i]);
    items[i] = malloc(sizeof copy);
    *items[i] = copy;
    if (i + 1 < N)
        items[i + 1]->next = items[i];
}

static double sum(struct item *const *items, const double *big)
{
    double s = 0;

    for (int i = 0; i < N; i++)
        s += items[i]->weight * (double)(items[i]->key % 97) + items[i]->tag[2] +
             (items[i]->next ? (double)items[i]->next->key : 0.5);
    for (int i = 0; i < 4 * N; i++)
        s += big[i];
    return s;
}

int main(void)
{
    struct item **items = calloc(N, sizeof *items);
    double *big = calloc(4 * N, sizeof *big);
    struct text *texts[TEXTS];

    for (int i = 0; i < N; i++)
        items[i] = make(i ? items[i - 1] : NULL, i);
    for (int i = 0; i < TEXTS; i++)
        texts[i] = write_text(items[0], i ? 10 + i % 30 : LETTERS);
    for (int round = 0; round < ROUNDS; round++) {
        for (int k = 0; k < CHANGES; k++)
            change(items, big, draw(N - 1) + 1, k);
        texts[0]->code[draw(LETTERS)] = (short)round;
        texts[draw(TEXTS)]->code[3] = (short)-round;
        if (round == 4) {
            big = realloc(big, (4 * N + MORE) * sizeof *big);
            for (int i = 0; i < MORE; i++)
                big[4 * N + i] = i % 1000 ? 0 : i;
        }
        if (round == 5) {
            free(big);
            big = calloc(4 * N + MORE, sizeof *big);
            big[7] = 3;
        }
        printf("%d %.3f %lld\n", round, sum(items, big), read_texts(texts));
        preaches_poll_here();
    }
    return 0;
}
