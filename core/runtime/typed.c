/* Blocks whose type is said by allocation site. What allocators of the program's own are asked for is
 * not part of a checkpoint: each has taken it into a variable of its own when a poll is reached. */
#include "arena.h"

unsigned preaches_type;

/* Nobody said a type: a block without one, which no checkpoint carries over. */
static unsigned type_of(unsigned wanted, unsigned *site)
{
    *site = (wanted & ~RT_FLAGS) - 1;
    if (*site >= rt_desc.n_allocs) {
        *site = PR_NO_ALLOC;
        return PR_TYPE_VOID;
    }
    return rt_desc.allocs[*site].type | (wanted & RT_FLAGS);
}

void *preaches_malloc_as(size_t bytes, unsigned wanted)
{
    unsigned site, type = type_of(wanted, &site);

    return preaches_malloc(bytes, type, site);
}

void *preaches_calloc_as(size_t n, size_t bytes, unsigned wanted)
{
    unsigned site, type = type_of(wanted, &site);

    return preaches_calloc(n, bytes, type, site);
}

void *preaches_realloc_as(void *block, size_t bytes, unsigned wanted)
{
    unsigned site, type = type_of(wanted, &site);

    return preaches_realloc(block, bytes, type, site);
}

void *preaches_malloc_value(size_t bytes) { return preaches_malloc_as(bytes, preaches_take_type()); }

void *preaches_calloc_value(size_t n, size_t bytes)
{
    return preaches_calloc_as(n, bytes, preaches_take_type());
}

void *preaches_realloc_value(void *block, size_t bytes)
{
    return preaches_realloc_as(block, bytes, preaches_take_type());
}
