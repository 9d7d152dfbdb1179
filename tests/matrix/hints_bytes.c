/* Hints: a message that is made, sent and read between two polls is in one machine's form, and nobody else
 * ever sees it. Without the hints, the numbers in it would be refused. Tables of texts are no such numbers. */
#include <preaches.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct channel { unsigned char room[64]; size_t used; };

static void put(struct channel *c, const void *what, size_t n)
{
    memcpy(c->room + c->used, what, n);
    c->used += n;
}
PREACHES_HINT("bytes put");

static void get(struct channel *c, void *where, size_t n)
{
    memcpy(where, c->room, n);
    memmove(c->room, c->room + n, c->used - n);
    c->used -= n;
}
PREACHES_HINT("bytes get");

/* Both ends in one process, as a test of such a program has them. */
static double echo(int whole, double real)
{
    static struct channel c;
    put(&c, &whole, sizeof whole);
    put(&c, &real, sizeof real);
    int back;
    get(&c, &back, sizeof back);
    get(&c, &real, sizeof real);
    memset(&c, 0, sizeof c);
    return back * real;
}
PREACHES_NEVER(echo);

/* A work array: bytes while it is filled, words while it is mixed, which no checkpoint sees. */
struct mixer { unsigned *words; unsigned char *bytes; };
PREACHES_HINT("raw mixer_init");
PREACHES_HINT("bytes mixer.bytes");

static void mixer_init(struct mixer *m)
{
    m->words = malloc(16 * sizeof *m->words);
    if (!m->words)
        exit(1);
    memset(m->words, 0, 16 * sizeof *m->words);
    m->bytes = (unsigned char *)m->words;
}

static void mix(struct mixer *m)
{
    for (int i = 0; i < 16; i++)
        m->words[i] = m->words[i] >> 1 & 0x7f7f7f7f;
}
PREACHES_NEVER(mix);

static void pick(const char *const *names, int i, const char **name) { *name = names[i % 3]; }

int main(void)
{
    static const char *const names[] = { "first", "second", "third" };
    char text[32];
    struct mixer m;
    mixer_init(&m);
    double sum = 0;
    for (int i = 1; i < 12; i++) {
        const char *name;
        pick(names, i, &name);
        memcpy(text, name, strlen(name) + 1);
        sum += echo(i, i / 8.0);
        m.bytes[i * 5] = (unsigned char)(i * 23 >> 1);
        if (i % 3 == 0)
            mix(&m);
        printf("%s %g %d\n", text, sum, m.bytes[i / 2 * 5]);
    }
    return 0;
}
