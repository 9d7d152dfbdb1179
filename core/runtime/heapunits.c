#define _GNU_SOURCE
#include "heapunits.h"
#include "runtime.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

/* Below this many units, old bytes are cleared by memset when the units are taken again; from it
 * on, fresh memory is mapped over them when they are given back. */
enum { REMAP_UNITS = 16 };

uint16_t rt_unit_owner[RT_N_UNITS];
static bool dirty[RT_N_UNITS];     /* free, and may hold old bytes */
static uint32_t lowest_free;       /* no free unit lies below */
static uint32_t top;
static uint32_t n_units = RT_N_UNITS; /* fewer where PREACHES_HEAP says so */

static uint32_t free_run_at(uint32_t unit, uint32_t limit)
{
    uint32_t n = 0;

    while (n < limit && unit + n < n_units && !rt_unit_owner[unit + n])
        n++;
    return n;
}

static void own(uint32_t unit, uint32_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        rt_unit_owner[unit + i] = (uint16_t)(first + 1);
        if (dirty[unit + i])
            memset(rt_unit_address(unit + i), 0, PR_UNIT_BYTES);
        dirty[unit + i] = false;
    }
    if (unit + n > top)
        top = unit + n;
}

uint32_t rt_units_take(uint32_t n)
{
    uint32_t unit = lowest_free;

    while (unit < n_units && rt_unit_owner[unit])
        unit++;
    lowest_free = unit;
    while (unit + n <= n_units) {
        uint32_t run = free_run_at(unit, n);

        if (run == n) {
            own(unit, unit, n);
            return unit;
        }
        unit += run;
        while (unit < n_units && rt_unit_owner[unit])
            unit++;
    }
    return RT_NO_UNIT;
}

/* Fresh zero pages; MADV_DONTNEED would bring back the image's bytes where one is mapped. */
static bool remap(uint32_t unit, uint32_t n)
{
    size_t bytes = (size_t)n * PR_UNIT_BYTES;
    void *at = rt_unit_address(unit);

    if (mmap(at, bytes, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != at)
        return false;
    (void)madvise(at, bytes, MADV_HUGEPAGE);
    rt_track_remapped(unit, n);
    return true;
}

void rt_units_give(uint32_t unit, uint32_t n)
{
    bool clean = n >= REMAP_UNITS && remap(unit, n);

    for (uint32_t i = 0; i < n; i++) {
        rt_unit_owner[unit + i] = 0;
        dirty[unit + i] = !clean;
    }
    if (unit < lowest_free)
        lowest_free = unit;
    while (top && !rt_unit_owner[top - 1])
        top--;
}

bool rt_units_extend(uint32_t unit, uint32_t n, uint32_t more)
{
    if (free_run_at(unit + n, more) < more)
        return false;
    own(unit + n, unit, more);
    return true;
}

uint32_t rt_units_top(void) { return top; }

void rt_units_restored(uint32_t restored_top)
{
    memset(rt_unit_owner, 0, sizeof rt_unit_owner);
    memset(dirty, 0, sizeof dirty);
    for (uint32_t i = 0; i < restored_top; i++)
        dirty[i] = true;
    lowest_free = 0;
    top = restored_top;
}

bool rt_units_claim(uint32_t unit, uint32_t n)
{
    if (n == 0 || unit >= n_units || n > n_units - unit || free_run_at(unit, n) < n)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        rt_unit_owner[unit + i] = (uint16_t)(unit + 1);
        dirty[unit + i] = false;
    }
    return true;
}

/* ---- the arena's addresses ---- */

static bool map_fixed(uint64_t from, uint64_t to)
{
    void *at = (void *)(uintptr_t)from;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
    void *got = mmap(at, (size_t)(to - from), PROT_READ | PROT_WRITE, flags, -1, 0);

    if (got != MAP_FAILED && got != at) {
        munmap(got, (size_t)(to - from)); /* an old kernel or qemu-user took the address as a hint */
        errno = EEXIST;
        return false;
    }
    return got == at;
}

PrStatus rt_arena_map(PrError *error)
{
    uint64_t heap_bytes = PR_HEAP_END - PR_HEAP_BASE;

    if (rt_config.heap_bytes && rt_config.heap_bytes < heap_bytes)
        heap_bytes = rt_config.heap_bytes & ~(PR_UNIT_BYTES - 1);
    n_units = (uint32_t)(heap_bytes / PR_UNIT_BYTES);
    if (!map_fixed(PR_STACK_BASE, PR_HEAP_BASE + heap_bytes))
        return pr_fail(error, PR_E_ADDRESS, "arena", (uint64_t)errno, strerror(errno));
    (void)madvise((void *)(uintptr_t)PR_HEAP_BASE, (size_t)heap_bytes, MADV_HUGEPAGE);
    return PR_OK;
}
