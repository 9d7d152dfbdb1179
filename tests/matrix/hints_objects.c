/* Hints: objects of many types from one allocator, which knows the type by a number; headers in front of
 * what their users want; members that hold something only now and then. */
#include <preaches.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum tag { TEXT, LIST, BOX, CALL };

struct object { struct object *next; unsigned char tag; };
struct text { struct object *next; unsigned char tag; unsigned hash; char chars[1]; };
struct list { struct object *next; unsigned char tag; int n; struct object *item[1]; };
struct box { struct object *next; unsigned char tag; size_t bytes; union { double d; void *p; long long l; } data; };

/* What is in `done` is read only while `state` says so; else it is what the slot's last use left there. */
struct call {
    struct object *next;
    unsigned char tag, state;
    union {
        struct { const int *from; int at, step; } walk;
        struct { long (*done)(long); long extra; } wait;
    } u;
};
PREACHES_HINT("union call.u tag state & 1 : 0=walk 1=wait");
PREACHES_HINT("stale call.u.wait.done");
PREACHES_HINT("stale call.u.wait.extra");

PREACHES_HINT("allocator new_object");
PREACHES_HINT("alloc new_object by tag : TEXT=text LIST=list CALL=call BOX=*");
PREACHES_HINT("allocator new_box in box.data");

static struct buffer {
    int used;
    union { double align; char *p; char bytes[32]; } room;
    struct { char *cursor; long place; } cache; /* made anew when it is empty */
} buffer;
PREACHES_HINT("union buffer.room always bytes");
PREACHES_HINT("opaque buffer.cache");

static struct object *all;
static const int steps[] = { 3, 1, 4, 1, 5, 9, 2, 6 };

static struct object *new_object(int tag, size_t bytes)
{
    struct object *o = malloc(bytes);
    if (!o)
        exit(1);
    o->tag = (unsigned char)tag;
    o->next = all;
    all = o;
    return o;
}

static struct text *new_text(const char *s)
{
    struct text *t = (struct text *)new_object(TEXT, sizeof(struct text) + strlen(s));
    strcpy(t->chars, s);
    t->hash = (unsigned)strlen(s) * 2654435761u;
    return t;
}

static void *new_box(size_t bytes)
{
    struct box *b = (struct box *)new_object(BOX, sizeof(struct box) - sizeof b->data + bytes);
    b->bytes = bytes;
    return &b->data;
}

struct point { long x; double y; struct text *name; };
struct counters { short n[6]; };

static long half(long n) { return n / 2; }

static struct call *new_call(int i)
{
    struct call *c = (struct call *)new_object(CALL, sizeof(struct call));
    c->u.walk.from = steps + i % 4;
    c->u.walk.at = i % 2;
    c->u.walk.step = 0x7fff - i; /* as `extra`, this fits no long of 32 bits */
    c->state = i % 3 == 0;
    if (i % 6 == 0) {
        c->u.wait.done = half;
        c->u.wait.extra = -i;
        c->state = 3;
    }
    return c;
}

static long run_call(const struct call *c)
{
    if (c->state == 3)
        return c->u.wait.done(c->u.wait.extra);
    return c->state ? 0 : c->u.walk.from[c->u.walk.at] + c->u.walk.step;
}

static char *cursor(void)
{
    if (!buffer.cache.cursor)
        buffer.cache.cursor = buffer.room.bytes + buffer.used % 8;
    return buffer.cache.cursor;
}

static unsigned sort_steps; /* counts what a function that is never interrupted did */
static long exclusive(const int *v, int n)
{
    long sum = 0;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < 40; k++) {
            sum += v[i] * k;
            sort_steps++;
        }
    return sum;
}
PREACHES_HINT("never exclusive");

static void *work; /* bytes at one time, words at another; never both at a poll, and bytes then */
static void fill_work(int seed)
{
    unsigned char *b = malloc(64);
    if (!b)
        exit(1);
    for (int i = 0; i < 64; i++)
        b[i] = (unsigned char)(i * seed);
    free(work);
    work = b;
}
PREACHES_HINT("raw fill_work");

int main(void)
{
    struct point *points[10];
    struct counters *counters = new_box(sizeof *counters);
    memset(counters, 0, sizeof *counters);
    for (int i = 0; i < 10; i++) {
        char name[16];
        struct list *l = (struct list *)new_object(LIST, sizeof(struct list) + 3 * sizeof l->item[0]);
        points[i] = new_box(sizeof *points[i]);
        sprintf(name, "%.*s%d", i, "point and point", i);
        *points[i] = (struct point){ -i * 100000L, i / 3.0, new_text(name) };
        l->n = 4;
        for (int k = 0; k < 4; k++)
            l->item[k] = k ? l->item[k - 1]->next : all;
        struct call *c = new_call(i);
        counters->n[i % 6] = (short)(counters->n[i % 6] + i * 1000);
        buffer.used = i;
        buffer.cache.cursor = NULL;
        *cursor() = (char)('a' + i);
        fill_work(i + 1);
        long sum = 0;
        for (const struct object *o = all; o; o = o->next) {
            switch (o->tag) {
            case TEXT: sum += ((const struct text *)o)->chars[0] + (long)(((const struct text *)o)->hash >> 20); break;
            case LIST: sum += ((const struct list *)o)->item[3] ? ((const struct list *)o)->item[3]->tag : 9; break;
            case CALL: sum += run_call((const struct call *)o); break;
            default: sum += 1; break;
            }
        }
        printf("%ld %ld %g %s %d %.8s %ld %d\n", sum + run_call(c), points[i / 2]->x, points[i / 2]->y,
               points[i]->name->chars, counters->n[i % 6], buffer.room.bytes, exclusive(steps, 8),
               ((unsigned char *)work)[63]);
    }
    return sort_steps != 3200;
}
