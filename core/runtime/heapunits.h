/* The heap's 64 KiB units: which pool owns each, and which hold old bytes. */
#ifndef PREACHES_RUNTIME_HEAPUNITS_H
#define PREACHES_RUNTIME_HEAPUNITS_H

#include "../layout/desc.h"

enum { RT_N_UNITS = (int)((PR_HEAP_END - PR_HEAP_BASE) / PR_UNIT_BYTES), RT_NO_UNIT = 0xffff };

/* First of `n` free units in a row, all bytes zero, owned by the pool that starts there; or
 * RT_NO_UNIT when the heap is full. */
uint32_t rt_units_take(uint32_t n);
/* Gives back the pool starting at `unit`. */
void rt_units_give(uint32_t unit, uint32_t n);
/* Lengthens the pool at `unit` from `n` by `more` units where they are free. */
bool rt_units_extend(uint32_t unit, uint32_t n, uint32_t more);
extern uint16_t rt_unit_owner[RT_N_UNITS]; /* first unit of the pool + 1; 0: free */
/* First unit of the pool that owns `unit`, or RT_NO_UNIT. */
static inline uint32_t rt_units_owner(uint32_t unit)
{
    return rt_unit_owner[unit] ? rt_unit_owner[unit] - 1u : (uint32_t)RT_NO_UNIT;
}
/* Units up to the last one in use. */
uint32_t rt_units_top(void);

/* Restore: units [0, top) hold old bytes; pools are then claimed. False when taken already. */
void rt_units_restored(uint32_t top);
bool rt_units_claim(uint32_t unit, uint32_t n);

static inline char *rt_unit_address(uint32_t unit)
{
    return (char *)(uintptr_t)(PR_HEAP_BASE + unit * PR_UNIT_BYTES);
}

#endif
