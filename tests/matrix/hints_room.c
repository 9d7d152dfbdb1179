/* Hints: a segment of cells with more room than cells, so that it can be aligned; its own allocator is
 * called through a pointer to malloc. */
#include <preaches.h>
#include <stdio.h>
#include <stdlib.h>

enum { CELLS = 3000, ROOM = 32 };

struct cell {
    unsigned kind;
    union { struct { struct cell *first, *rest; } pair; double real; long whole; } u;
};
PREACHES_TAG(cell.u, kind & 3, "0=pair 1=real 2=whole");

struct heap { void *(*get)(size_t); void (*put)(void *); char *segment[4]; struct cell *cells[4], *open; int n; };
PREACHES_HINT("alloc add_segment struct cell and room");

static int add_segment(struct heap *h)
{
    char *bytes = h->get(CELLS * sizeof(struct cell) + ROOM);
    if (!bytes)
        exit(1);
    h->segment[h->n] = bytes;
    if ((unsigned long)bytes % ROOM)
        bytes = (char *)(ROOM * ((unsigned long)bytes / ROOM + 1));
    h->cells[h->n] = (struct cell *)bytes;
    for (int i = 0; i < CELLS; i++) {
        struct cell *c = h->cells[h->n] + i;
        c->kind = 0;
        c->u.pair.first = NULL;
        c->u.pair.rest = h->open;
        h->open = c;
    }
    return h->n++;
}

static struct cell *take(struct heap *h, unsigned kind)
{
    if (!h->open)
        add_segment(h);
    struct cell *c = h->open;
    h->open = c->u.pair.rest;
    c->kind = kind;
    return c;
}

static double sum(const struct cell *c)
{
    double s = 0;
    for (; c; c = c->u.pair.rest)
        s += c->u.pair.first->kind == 1 ? c->u.pair.first->u.real : (double)c->u.pair.first->u.whole;
    return s;
}

int main(void)
{
    struct heap h = { .get = malloc, .put = free };
    struct cell *list = NULL;
    for (int i = 0; i < 8; i++) {
        for (int k = 0; k < 200; k++) {
            struct cell *pair = take(&h, 0), *value = take(&h, 1 + (unsigned)k % 2);
            if (value->kind == 1)
                value->u.real = k / 4.0 - i;
            else
                value->u.whole = -k * 1000L * i;
            pair->u.pair.first = value;
            pair->u.pair.rest = list;
            list = pair;
        }
        printf("%d segments, sum %.2f\n", h.n, sum(list));
    }
    for (int i = 0; i < h.n; i++)
        h.put(h.segment[i]);
    return 0;
}
