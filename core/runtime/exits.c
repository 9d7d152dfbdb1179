/* Functions that run when the program ends, last registered first. They stand, with their arguments,
 * in a block of the arena: the converter carries them over like the program's own pointers. No
 * checkpoint is taken while they run: what called exit() could not be unwound. */
#include "records.h"
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
