/* Layout to layout: turns a view of a checkpoint into a class image. C11 + libc only.
 *
 * Per type a *window plan* is compiled once per layout pair (after the 1998 paper's idea that
 * conversion is done ahead of recovery; the window form is ours): 16-byte shuffles with range
 * checks for narrowed fields; pointers by common address, interior ones through the typed pools. */
#ifndef PREACHES_CONVERT_CONVERT_H
#define PREACHES_CONVERT_CONVERT_H

#include "../image/image.h"

typedef struct PrConvertStats {
    uint64_t image_bytes, dangling;
} PrConvertStats;

/* Called at named fault points ("convert", "write") with a running count; may not return. NULL: none. */
typedef void (*PrFaultHook)(const char *point, uint64_t count);

/* Converts `view` to layout class `cls` and writes the class image to `fd` (empty, seekable; the
 * caller syncs, renames and closes). Dangling pointers become PR_POISON and are counted in stats
 * (first one's path in *note, which may be NULL). A value that does not fit is PR_E_NARROW with
 * path ("node.next->count (tree.c:41)") and value in *error; a pointer into untracked memory is
 * PR_E_POINTER likewise. `stats` may be NULL. */
PrStatus pr_convert_write(const PrView *view, uint32_t cls, int fd, PrFaultHook hook,
                          PrConvertStats *stats, PrError *note, PrError *error);

/* Converts `count` elements of `type` between two layouts of desc, for tests, bench and inspect.
 * Pointers inside are taken as common or virtual addresses. `dst` holds count * size(dst). */
PrStatus pr_convert_elements(const PrDesc *desc, uint32_t type, uint32_t from, uint32_t to,
                             const void *src, void *dst, uint64_t count, PrError *error);

#endif
