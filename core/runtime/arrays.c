/* Variable length arrays (gen.h; core/cc/vla.c says why they are blocks). */
#include "runtime.h"

void preaches_make_array(void **array, __SIZE_TYPE__ bytes, unsigned type, unsigned site)
{
    preaches_free(*array);
    *array = NULL;
    *array = preaches_malloc(bytes, type, site);
    if (!*array && bytes)
        preaches_stack_overflow();
}

void preaches_free_arrays(void **arrays, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        preaches_free(arrays[i]);
}
