/* Allocators reached through pointers, one function for everything, and collection in the middle of an
 * allocation, from which a poll can be reached. */
#include <stdio.h>
#include <stdlib.h>

/* as zlib does */
typedef void *(*alloc_func)(void *opaque, unsigned items, unsigned size);
struct state { struct state *self; int window; long bits; };
struct stream { alloc_func zalloc; void (*zfree)(void *opaque, void *block); void *opaque; struct state *state; };

static void *zcalloc(void *opaque, unsigned items, unsigned size)
{
    (void)opaque;
    return sizeof(unsigned) > 2 ? malloc(items * size) : calloc(items, size);
}

static void zcfree(void *opaque, void *block)
{
    (void)opaque;
    free(block);
}

#define ZALLOC(s, n, size) (*((s)->zalloc))((s)->opaque, (n), (size))

/* as Lua does */
typedef void *(*realloc_func)(void *ud, void *block, size_t old, size_t size);
struct object { struct object *next; long tag; };
struct machine { realloc_func f; void *ud; struct object *all; long total; };

static int calls;

static void *one_for_all(void *ud, void *block, size_t old, size_t size)
{
    (void)ud;
    (void)old;
    if (size == 0) {
        free(block);
        return NULL;
    }
    return ++calls % 5 == 0 ? NULL : realloc(block, size); /* memory is short now and then */
}

static long visit(struct object *o)
{
    long sum = 0;
    for (int i = 0; i < 3; i++)
        sum += o->tag * i;
    return sum;
}

static void collect(struct machine *m)
{
    for (struct object *o = m->all; o; o = o->next)
        m->total += visit(o);
}

static void *try_again(struct machine *m, void *block, size_t old, size_t size)
{
    collect(m);
    return (*m->f)(m->ud, block, old, size);
}

static void *m_malloc(struct machine *m, size_t size)
{
    void *block;
    if (size == 0)
        return NULL;
    block = (*m->f)(m->ud, NULL, 0, size);
    if (block == NULL)
        block = try_again(m, NULL, 0, size);
    m->total += block != NULL;
    return block;
}

static void *m_realloc(struct machine *m, void *block, size_t old, size_t size)
{
    void *moved = (*m->f)(m->ud, block, old, size);
    if (moved == NULL && size > 0)
        moved = try_again(m, block, old, size);
    return moved;
}

static void *m_grow(struct machine *m, void *block, int n, int *room, size_t each)
{
    void *moved;
    if (n < *room)
        return block; /* handed back as it came */
    moved = m_realloc(m, block, (size_t)*room * each, (size_t)(*room * 2 + 4) * each);
    *room = *room * 2 + 4;
    return moved;
}

#define NEW(m, T) ((T *)m_malloc(m, sizeof(T)))
#define NEW_ARRAY(m, n, T) ((T *)m_malloc(m, (n) * sizeof(T)))
#define GROW(m, v, n, room, T) ((v) = (T *)m_grow(m, v, n, &(room), sizeof(T)))

int main(void)
{
    struct stream s = { 0 };
    struct machine m = { one_for_all, NULL, NULL, 0 };
    double *values = NULL;
    int room = 0;
    if (s.zalloc == (alloc_func)0) {
        s.zalloc = zcalloc;
        s.zfree = zcfree;
    }
    s.state = (struct state *)ZALLOC(&s, 1, sizeof(struct state));
    s.state->self = s.state;
    s.state->bits = 0;
    for (int i = 0; i < 12; i++) {
        struct object *o = NEW(&m, struct object);
        long *scratch = NEW_ARRAY(&m, 3, long), *more = ZALLOC(&s, 4, sizeof(long));
        o->next = m.all;
        o->tag = i;
        m.all = o;
        GROW(&m, values, i, room, double);
        values[i] = i * 1.5 + (double)m.all->tag;
        scratch[0] = i;
        scratch[2] = -i;
        more[3] = scratch[2] * 2;
        s.state->self->bits += more[3];
        printf("%d %g %ld %ld %ld\n", i, values[i], m.total, scratch[2], s.state->bits);
        s.zfree(s.opaque, more);
        one_for_all(NULL, scratch, 0, 0);
    }
    return 0;
}
