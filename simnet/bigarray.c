#include "bigarray.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LINE_BYTES = 64, HUGE_BYTES = 2 << 20 };

gpointer sim_big_grow(gpointer old, gsize old_bytes, gsize new_bytes)
{
    gboolean huge = new_bytes >= HUGE_BYTES;
    gpointer grown = NULL;
    if (posix_memalign(&grown, huge ? HUGE_BYTES : LINE_BYTES, new_bytes) != 0)
        g_error("no memory for %" G_GSIZE_FORMAT " bytes", new_bytes); /* as g_realloc() */
#ifdef MADV_HUGEPAGE
    if (huge)
        madvise(grown, new_bytes / HUGE_BYTES * HUGE_BYTES, MADV_HUGEPAGE);
#endif
    if (old_bytes > 0)
        memcpy(grown, old, MIN(old_bytes, new_bytes));
    free(old);
    return grown;
}

void sim_big_free(gpointer array) { free(array); }
