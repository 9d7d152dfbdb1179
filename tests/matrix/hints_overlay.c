/* Hints 'overlay': one block is used as bytes, halfwords and words side by side, as compressors do. It has no type; while
 * a function runs whose pointers stand at the beginning of each part, a checkpoint knows by them what the block holds.
 * Between these functions it holds what no pointer says, so no checkpoint begins there: 'never ... but'. */
#include <preaches.h>
#include <stdio.h>
#include <stdlib.h>

enum { N = 13 };

struct work { unsigned *words; unsigned char *bytes; unsigned short *halves; unsigned sum; };
PREACHES_HINT("raw work_init");
PREACHES_HINT("never work but spread ranks mixed halve");
PREACHES_HINT("bytes split");
PREACHES_HINT("bytes work.bytes");

static void work_init(struct work *w)
{
    w->words = malloc(N * sizeof *w->words + 3); /* three bytes at the end are part of no word */
    if (!w->words)
        exit(1);
    w->bytes = (unsigned char *)w->words;
    for (int i = 0; i < N * 4 + 3; i++)
        w->bytes[i] = (unsigned char)(i * 41 + 7);
}

/* Bytes in front, halfwords behind them, also where a word would not begin. */
static unsigned ranks(const unsigned char *bytes, unsigned short *halves, int n)
{
    unsigned sum = 0;
    for (int i = 0; i < n; i++) {
        halves[i] = (unsigned short)(bytes[i] * 259 + i);
        preaches_poll_here();
        sum += halves[i / 2] ^ bytes[i];
    }
    return sum;
}
PREACHES_HINT("overlay ranks bytes halves");

/* The inner one's overlay counts, and another block keeps the outer one's. */
static unsigned deeper(const unsigned *all, int depth)
{
    unsigned sum = all[depth];
    preaches_poll_here();
    return depth > 0 ? sum + deeper(all, depth - 1) : sum;
}

static unsigned mixed(unsigned *words, unsigned short *half, int depth)
{
    unsigned sum = deeper(words, 5);
    *half++ = (unsigned short)(sum >> 3);
    preaches_poll_here();
    sum += words[depth] + half[-1];
    if (depth > 1)
        sum += mixed(words, half - 1, depth - 1);
    return sum + *words;
}
PREACHES_HINT("overlay mixed words half");

/* The whole of it as words. */
static unsigned spread(struct work *w, unsigned seed)
{
    unsigned *at = w->words;
    double *const none = NULL;
    for (int i = 0; i < N; i++) {
        at[i] = seed * (unsigned)(i + 1);
        preaches_poll_here();
        seed = seed * 1664525u + at[i] + (none != NULL);
    }
    return deeper(at, 3) + seed;
}
PREACHES_HINT("overlay spread at");

static void split(struct work *w, unsigned round)
{
    unsigned char *b = w->bytes;
    for (int i = 0; i < N; i++) /* no word is read of which a byte was written */
        b[i] = (unsigned char)(w->words[i] % 251 + round);
    w->halves = (unsigned short *)&b[N + 1];
}

/* Words become halfwords in the same place: so many in front are halfwords already. */
static unsigned halve(struct work *w)
{
    unsigned *from = w->words;
    unsigned short *to = (unsigned short *)w->words;
    int n;
    unsigned sum = deeper(from, 1); /* no checkpoint here: nobody knows how many there are */
    for (n = 0; n < N;) {
        unsigned word = from[n];
        to[n++] = (unsigned short)(word >> 7);
        preaches_poll_here();
        sum = sum * 3 + to[n / 2] + word;
    }
    return sum;
}
PREACHES_HINT("overlay halve to[n] from");

static void work(struct work *w, unsigned round)
{
    unsigned short one[4] = { 0 };
    w->sum += spread(w, round);
    w->sum += mixed(w->words, one, 2);
    w->sum += halve(w);
    w->sum += spread(w, w->sum);
    split(w, round);
    w->sum += ranks(w->bytes, w->halves, N);
    for (int i = 0; i < N; i++) /* bytes again, before the next checkpoint */
        w->bytes[N + 1 + 2 * i] = w->bytes[N + 2 + 2 * i] = (unsigned char)(w->halves[i] >> 3);
}

int main(void)
{
    struct work first, second;
    work_init(&first);
    work_init(&second);
    for (unsigned round = 1; round < 3; round++) {
        work(&first, round);
        printf("%u: %u %d\n", round, first.sum, first.bytes[round * 5 + N]);
        preaches_poll_here();
        work(&second, round * 3);
        printf("%u: %u %d %d\n", round, second.sum, second.bytes[round * 5 + N], second.bytes[N * 4 + 2]);
    }
    free(first.words);
    free(second.words);
    return 0;
}
