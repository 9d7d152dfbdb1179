/* Functions that run when the program ends, last registered first, and those that run before main and at the very
 * end by themselves. What is registered stands, with its arguments,
 * in a block of the arena: the converter carries it over like the program's own pointers. No
 * checkpoint is taken while any of these run: what called exit() could not be unwound. */
#include "records.h"
#include <limits.h>
#include <stdlib.h>

typedef struct Handlers {
    char **block; /* pairs: function, argument */
    size_t n;
} Handlers;
static Handlers handlers;

enum { PLAIN = 1 }; /* in the argument's place: a function without arguments */

static int add(char *function, char *argument)
{
    char **grown = preaches_realloc(handlers.block, (2 * handlers.n + 2) * sizeof *grown,
                                    PR_TYPE_VOIDPTR, PR_NO_ALLOC);

    if (!grown)
        return -1;
    grown[2 * handlers.n] = function;
    grown[2 * handlers.n + 1] = argument;
    handlers.block = grown;
    handlers.n++;
    return 0;
}

int preaches_atexit(void (*function)(void))
{
    return add((char *)(uintptr_t)function, (char *)(uintptr_t)PLAIN);
}

int preaches_on_exit(void (*function)(int, void *), void *argument)
{
    return add((char *)(uintptr_t)function, argument);
}

/* ---- constructors and destructors ---- */

extern const struct preaches_hook __start_preaches_hooks[] __attribute__((weak));
extern const struct preaches_hook __stop_preaches_hooks[] __attribute__((weak));

/* Those of the lowest priority that is higher than *last, in order; false: there are none left. Where the
 * program ends, all is the other way round. */
static bool run_next(bool at_end, long *last, int argc, char **argv)
{
    size_t n = (size_t)(__stop_preaches_hooks - __start_preaches_hooks);
    long next = LONG_MAX;

    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n; i++) {
            const struct preaches_hook *hook = __start_preaches_hooks + (at_end ? n - 1 - i : i);
            long priority = at_end ? -(long)hook->priority : (long)hook->priority;

            if ((hook->at_end != 0) != at_end || priority <= *last)
                continue;
            if (pass == 0 && priority < next)
                next = priority;
            else if (pass == 1 && priority == next) /* with main's arguments, as the C library does it */
                ((void (*)(int, char **, char **))hook->run)(argc, argv, preaches_environment());
        }
    *last = next;
    return next != LONG_MAX;
}

void rt_constructors_run(int argc, char **argv)
{
    for (long last = LONG_MIN; run_next(false, &last, argc, argv);)
        ;
}

void rt_exits_run(int status)
{
    preaches_closed++;
    while (handlers.n) { /* a handler may register others */
        char **pair = handlers.block + 2 * --handlers.n;

        if (pair[1] == (char *)(uintptr_t)PLAIN)
            ((void (*)(void))(uintptr_t)pair[0])();
        else
            ((void (*)(int, void *))(uintptr_t)pair[0])(status, pair[1]);
    }
    for (long last = LONG_MIN; run_next(true, &last, 0, NULL);)
        ;
}

void rt_exits_save(RtOut *out)
{
    if (!handlers.n)
        return;
    rt_put_number(out, (uintptr_t)handlers.block, 8);
    rt_put_number(out, handlers.n, 4);
}

void rt_exits_load(RtIn *in)
{
    handlers.block = rt_get_block(in);
    handlers.n = (size_t)rt_get_number(in, 4);
    in->bad |= handlers.n && !handlers.block;
}
