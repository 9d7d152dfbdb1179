/* Unions: those that need no tag, and those whose tag stands beside them. */
#include <preaches.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* one size everywhere: whatever is stored as one comes out right as the other */
union bits32 { float f; unsigned u; int i; };
union bits64 { double d; unsigned long long u; };
/* one member begins as the other does */
struct head { int kind; long size; };
union packet { struct head head; struct { int kind; long size; double body[3]; } whole; };
union bytes { unsigned char raw[8]; struct { char a, b, c, d; signed char rest[4]; } named; };
union link { void *any; struct value *value; char *text; };

/* a tag beside the union, with other bits in the same number */
enum kind { NOTHING, NUMBER, TEXT, PAIR, CALL = 9 };
typedef struct value {
    unsigned flags; /* kind and a mark */
    union {
        struct { char *chars; int length; } text;
        struct number { char is_whole; union { long whole; double real; } n; } number;
        struct { struct value *first, *rest; } pair;
        int (*call)(int);
    } u;
    union link link;
} value;
PREACHES_TAG(value.u, flags & 15, "NOTHING=- NUMBER=number TEXT=text PAIR=pair 9=call");
PREACHES_TAG(number.n, is_whole, "0=real else=whole");

/* the union has no name; the tag is a bit-field in a struct beside it */
struct event {
    struct { unsigned seen : 3, type : 4; } info;
    union { long count; struct event *cause; short pair[2]; };
};
PREACHES_TAG(event.cause, info.type, "1=count 2=cause 3-5=pair");

/* open or closed, as the pointer says: at itself when closed */
struct cell { value *at; union { struct { struct cell *next; struct cell **back; } open; value own; } u; };
PREACHES_TAG(cell.u, at here, "1=own 0=open");

/* no case names 0, but a union that is all zero is so in every layout: not used yet */
struct slot { int kind; union { long n; char *text; double d; } u; };
PREACHES_TAG(slot.u, kind, "1=n 2=text 3=d");
static struct slot slots[8];

static int twice(int n) { return 2 * n; }
static int thrice(int n) { return 3 * n; }

static union packet packet;
static value table[4];
static unsigned seed = 7;

static value *make(int i, value *rest)
{
    value *v = calloc(1, sizeof *v);
    if (!v)
        exit(1);
    v->link.any = rest;
    switch (i % 5) {
    case 0: v->flags = NUMBER | 16; v->u.number.is_whole = 1; v->u.number.n.whole = -1000L * i; break;
    case 1: v->flags = NUMBER; v->u.number.n.real = i / 8.0; break;
    case 2: v->flags = TEXT | 32; v->u.text.chars = malloc(16); v->u.text.length = sprintf(v->u.text.chars, "text %d", i); break;
    case 3: v->flags = PAIR; v->u.pair.first = rest; v->u.pair.rest = &table[i % 4]; break;
    default: v->flags = CALL; v->u.call = i % 2 ? twice : thrice; break;
    }
    return v;
}

static void show(const value *v, int depth)
{
    switch (v->flags & 15) {
    case NUMBER:
        if (v->u.number.is_whole)
            printf("%ld", v->u.number.n.whole);
        else
            printf("%g", v->u.number.n.real);
        break;
    case TEXT: printf("'%s'%d", v->u.text.chars, v->u.text.length); break;
    case PAIR:
        printf("(");
        if (v->u.pair.first && depth < 4)
            show(v->u.pair.first, depth + 1);
        printf(" . ");
        if (depth < 4)
            show(v->u.pair.rest, depth + 1);
        printf(")");
        break;
    case CALL: printf("f=%d", v->u.call(7)); break;
    default: printf("nothing"); break;
    }
}

int main(void)
{
    union bits32 b = { .f = 1.5f };
    union bits64 w = { .d = -0.1 };
    union bytes raw = { { 0 } };
    struct event *events = NULL, *event;
    struct cell cells[2] = { { NULL, { .open = { NULL, NULL } } } }, *chain = NULL;
    value *list = NULL;
    for (int i = 0; i < 15; i++) {
        list = make(i, list);
        table[i % 4] = *list;
        b.u += 0x10001u;
        w.u ^= 0x1111ull << i % 40;
        raw.raw[i % 8] = (unsigned char)(raw.named.a + i * 17);
        packet.whole.kind = i;
        packet.head.size = -i;
        packet.whole.body[i % 3] = i * 0.25;
        event = calloc(1, sizeof *event);
        if (!event)
            return 1;
        event->info.type = (unsigned)i % 5 + 1;
        event->info.seen = (unsigned)i & 7;
        if (event->info.type == 1)
            event->count = -i * 100000L;
        else if (event->info.type == 2)
            event->cause = events;
        else
            event->pair[0] = (short)i, event->pair[1] = (short)(-i * 300);
        events = event;
        cells[i % 2].at = i % 3 ? &cells[i % 2].u.own : list;
        if (i % 3)
            cells[i % 2].u.own = *list;
        else
            cells[i % 2].u.open.next = chain, cells[i % 2].u.open.back = &chain;
        if (i % 2) {
            slots[i / 2].kind = 1 + i % 3;
            if (i % 3 == 0)
                slots[i / 2].u.n = -i;
            else if (i % 3 == 1)
                slots[i / 2].u.text = "slot";
            else
                slots[i / 2].u.d = i;
        }
        for (int k = 0; k < 8; k++)
            seed += slots[k].kind == 1 ? (unsigned)slots[k].u.n : slots[k].kind == 2 ? (unsigned)slots[k].u.text[k % 4] : 0;
        for (value *v = list; v; v = v->link.value) {
            show(v, 0);
            putchar(' ');
            seed = seed * 31 + v->flags;
        }
        printf("\n%u %g %llx %d %ld %g", b.u, b.f, w.u, packet.head.kind, packet.whole.size, packet.whole.body[2]);
        for (int k = 0; k < 8; k++)
            printf(" %d", raw.raw[k]);
        printf(" %ld", events->info.type == 1 ? events->count : events->info.type == 2
               ? (long)(events->cause ? events->cause->info.type : 99) : (long)events->pair[1]);
        if (cells[i % 2].at == &cells[i % 2].u.own)
            show(&cells[i % 2].u.own, 3);
        else
            printf(" %d %d", *cells[i % 2].u.open.back == chain, cells[i % 2].u.open.next == NULL);
        printf(" %u\n", seed);
    }
    return 0;
}
