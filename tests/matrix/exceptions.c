/* Exceptions made of setjmp: a chain of handlers through the C stack, as Lua has, and a stack of buffers
 * in a heap block, as mujs has. Handlers are nested, thrown to from below, used again. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <preaches.h>

struct handler { struct handler *previous; jmp_buf b; volatile int status; };
struct state {
    struct handler *handler;
    int level, top;
    struct { jmp_buf buf; int level; } tries[8];
};

static void throw(struct state *s, int status)
{
    if (s->handler) {
        s->handler->status = status;
        longjmp(s->handler->b, 1);
    }
    printf("no handler\n");
    exit(1);
}

static int protect(struct state *s, void (*f)(struct state *, int), int arg)
{
    struct handler h;
    int level = s->level;
    h.status = 0;
    h.previous = s->handler;
    s->handler = &h;
    if (setjmp(h.b) == 0) {
        f(s, arg);
    }
    s->handler = h.previous;
    s->level = level;
    return h.status;
}

static void fail_at(struct state *s, int n)
{
    double local[2] = { n, s->level };
    s->level++;
    preaches_poll_here();
    if (n == 0)
        throw(s, (int)local[1] + 1);
    if (n % 3 == 0)
        printf("caught %d at %d\n", protect(s, fail_at, n - 1), s->level);
    fail_at(s, n - 1);
}

static void *try_begin(struct state *s)
{
    s->tries[s->top].level = s->level;
    return s->tries[s->top++].buf;
}

static void try_throw(struct state *s)
{
    s->top--;
    s->level = s->tries[s->top].level;
    longjmp(s->tries[s->top].buf, s->top + 1);
}

static int attempt(struct state *s, int n)
{
    preaches_poll_here();
    if (setjmp(try_begin(s))) {
        preaches_poll_here();
        printf("attempt %d failed at level %d\n", n, s->level);
        return n;
    }
    s->level++;
    int below = n > 0 ? attempt(s, n - 1) : 100;
    preaches_poll_here();
    if (below + n > 2)
        try_throw(s);
    s->top--;
    return below;
}

int main(void)
{
    struct state *s = calloc(1, sizeof *s);
    if (!s)
        return 1;
    for (int i = 0; i < 5; i++)
        printf("status %d\n", protect(s, fail_at, i));
    for (int i = 0; i < 4; i++)
        printf("= %d, %d left\n", attempt(s, i), s->top);
    free(s);
    return 0;
}
