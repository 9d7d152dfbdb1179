/* The heap's 64 KiB units: which pool owns each, and which hold old bytes. */
#ifndef PREACHES_RUNTIME_HEAPUNITS_H
#define PREACHES_RUNTIME_HEAPUNITS_H

#include "../layout/desc.h"
#include <stddef.h>

#define RT_NO_UNIT UINT32_MAX

typedef struct RtHeap {
    uintptr_t base, bytes;  /* as far as it may grow */
    uint32_t n_units;
    uint32_t *owner; /* [n_units] first unit of the pool that owns each + 1; 0: free */
} RtHeap;
extern RtHeap rt_heap;

/* First of `n` free units in a row, owned by the pool that starts there; or RT_NO_UNIT when the heap is full,
 * which is said. Old bytes are cleared, since as another type's they could be values that cannot be converted;
 * but what a pool of the same kind left at the same distance from its start stays, as in any heap: clearing what
 * large blocks that come and go have used cost a program (zopfli) a seventh of its instructions.
 * `kind` is the same where bytes mean the same, not 0. *zero: all bytes are zero. */
uint32_t rt_units_take(uint32_t n, uint64_t kind, bool *zero);
/* Says once on standard error that, and why, the heap is too small for a block of so many bytes. */
void rt_units_full(uint64_t bytes);
/* Gives back the pool starting at `unit`; its kind as when it was taken. */
void rt_units_give(uint32_t unit, uint32_t n, uint64_t kind);
/* Lengthens the pool at `unit` from `n` by `more` units where they are free. */
bool rt_units_extend(uint32_t unit, uint32_t n, uint32_t more, uint64_t kind);
/* First unit of the pool that owns `unit`, or RT_NO_UNIT. */
static inline uint32_t rt_units_owner(uint32_t unit) { return rt_heap.owner[unit] - 1u; }
/* Units up to the last one in use. */
uint32_t rt_units_top(void);

/* The heap is going to reach up to this unit, and to have so many bytes in use: huge pages are asked for where
 * they pay. */
void rt_units_grow(uint32_t top, uint64_t used);
/* Restore: units [0, top) hold old bytes; pools are then claimed. False when taken already. */
void rt_units_restored(uint32_t top);
bool rt_units_claim(uint32_t unit, uint32_t n);

static inline bool rt_in_heap(const void *block) { return (uintptr_t)block - rt_heap.base < rt_heap.bytes; }

static inline char *rt_unit_address(uint32_t unit)
{
    return (char *)(rt_heap.base + unit * (uintptr_t)PR_UNIT_BYTES);
}

/* Maps data stack and heap at their addresses, lazily backed. The heap is as large as its range, the
 * machine's memory, the process's limit and PREACHES_HEAP allow. */
PrStatus rt_units_map(PrError *error);
/* Zeroed memory for a table, backed as it is touched; NULL. */
void *rt_units_table(size_t n, size_t bytes);

#endif
