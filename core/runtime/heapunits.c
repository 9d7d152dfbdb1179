#define _GNU_SOURCE
#include "heapunits.h"
#include "runtime.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

/* Below this many units, old bytes are cleared by memset when the units are taken again; from it
 * on, fresh memory is mapped over them when they are given back. */
enum { REMAP_UNITS = 16 };

/* Huge pages make fork, and first touches, cheap, and round a heap up to 2 MiB. So they begin behind the
 * units of a small heap, and take these in too once the heap is large. A heap of few blocks of many types is
 * spread over more units than it fills: then they would round it up again and again. */
enum { SMALL_UNITS = 128, LARGE_UNITS = 512, DENSE_BYTES = 12 << 20, MADV_COLLAPSE_ = 25 };

RtHeap rt_heap;

/* What a free unit's bytes are: zeros, or those that unit `at` of a pool of that kind left. */
typedef struct Left {
    uint64_t kind; /* 0: zeros */
    uint32_t at;
} Left;
#define UNKNOWN UINT64_MAX   /* a kind that no pool has */
static Left *left;           /* [n_units] */
static uint32_t lowest_free; /* no free unit lies below */
static uint32_t top;
static uint32_t huge_from = RT_NO_UNIT; /* from this unit on huge pages are asked for */
static const char *bound;    /* what keeps the heap from being larger */
static bool said_full;

static uint32_t free_run_at(uint32_t unit, uint32_t limit)
{
    uint32_t n = 0;

    while (n < limit && unit + n < rt_heap.n_units && !rt_heap.owner[unit + n])
        n++;
    return n;
}

static void ask_huge(uint32_t from)
{
    if (from >= huge_from || from >= rt_heap.n_units)
        return;
    (void)madvise(rt_unit_address(from), rt_heap.bytes - from * (size_t)PR_UNIT_BYTES, MADV_HUGEPAGE);
    huge_from = from;
}

void rt_units_grow(uint32_t new_top, uint64_t used)
{
    if (new_top <= SMALL_UNITS || used < DENSE_BYTES || !huge_from)
        return;
    ask_huge(SMALL_UNITS);
    if (new_top <= LARGE_UNITS)
        return;
    ask_huge(0);
    (void)madvise(rt_unit_address(0), SMALL_UNITS * PR_UNIT_BYTES, MADV_COLLAPSE_);
}

/* True when all bytes of units [from, from + n) of the pool at `first` are zero. */
static bool own(uint32_t first, uint32_t from, uint32_t n, uint64_t kind)
{
    bool zero = true;

    rt_units_grow(first + from + n, rt_arena_live_bytes() + n * PR_UNIT_BYTES);
    for (uint32_t at = from; at < from + n; at++) {
        Left *l = &left[first + at];

        rt_heap.owner[first + at] = first + 1;
        if (l->kind == kind && l->at == at)
            zero = false;
        else if (l->kind)
            memset(rt_unit_address(first + at), 0, PR_UNIT_BYTES);
        l->kind = 0;
    }
    if (first + from + n > top)
        top = first + from + n;
    return zero;
}

static uint64_t machine_bytes(void)
{
    struct sysinfo machine;

    return sysinfo(&machine) == 0 ? ((uint64_t)machine.totalram + machine.totalswap) * machine.mem_unit
                                  : UINT64_MAX;
}

/* What no machine like this could give is the program's affair; all else should not surprise. */
void rt_units_full(uint64_t bytes)
{
    if (said_full || bytes > machine_bytes())
        return;
    said_full = true;
    rt_warn("no memory for a block of %llu KiB: the heap ends at %llu MiB, %s",
            (unsigned long long)bytes >> 10, (unsigned long long)rt_heap.bytes >> 20, bound);
}

uint32_t rt_units_take(uint32_t n, uint64_t kind, bool *zero)
{
    uint32_t unit = lowest_free;

    while (unit < rt_heap.n_units && rt_heap.owner[unit])
        unit++;
    lowest_free = unit;
    while (unit + (uint64_t)n <= rt_heap.n_units) {
        uint32_t run = free_run_at(unit, n);

        if (run == n) {
            *zero = own(unit, 0, n, kind);
            return unit;
        }
        unit += run;
        while (unit < rt_heap.n_units && rt_heap.owner[unit])
            unit++;
    }
    rt_units_full(n * PR_UNIT_BYTES);
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
    if (unit >= huge_from)
        (void)madvise(at, bytes, MADV_HUGEPAGE);
    rt_track_remapped(unit, n);
    return true;
}

void rt_units_give(uint32_t unit, uint32_t n, uint64_t kind)
{
    bool clean = n >= REMAP_UNITS && remap(unit, n);

    for (uint32_t i = 0; i < n; i++) {
        rt_heap.owner[unit + i] = 0;
        left[unit + i] = (Left){clean ? 0 : kind, i};
    }
    if (unit < lowest_free)
        lowest_free = unit;
    while (top && !rt_heap.owner[top - 1])
        top--;
}

bool rt_units_extend(uint32_t unit, uint32_t n, uint32_t more, uint64_t kind)
{
    if (free_run_at(unit + n, more) < more)
        return false;
    own(unit, n, more, kind);
    return true;
}

uint32_t rt_units_top(void) { return top; }

void rt_units_restored(uint32_t restored_top)
{
    memset(rt_heap.owner, 0, top * sizeof *rt_heap.owner);
    for (uint32_t i = 0; i < restored_top; i++)
        left[i].kind = UNKNOWN;
    lowest_free = 0;
    top = restored_top;
}

bool rt_units_claim(uint32_t unit, uint32_t n)
{
    if (n == 0 || unit >= rt_heap.n_units || n > rt_heap.n_units - unit || free_run_at(unit, n) < n)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        rt_heap.owner[unit + i] = unit + 1;
        left[unit + i].kind = 0;
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

void *rt_units_table(size_t n, size_t bytes)
{
    void *table = mmap(NULL, n * bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return table == MAP_FAILED ? NULL : table;
}

static uint64_t heap_bytes_wanted(void)
{
    uint64_t bytes = rt_desc.heap_end - rt_desc.heap_base, memory;

    bound = "all that a program for 32-bit architectures can have (--arch chooses them)";
    if (rt_desc.heap_base == PR_WIDE_HEAP_BASE) {
        bound = "the end of its addresses";
        memory = machine_bytes();
        if (memory < bytes)
            bytes = memory, bound = "this machine's memory";
    }
    if (rt_config.heap_bytes && rt_config.heap_bytes < bytes)
        bytes = rt_config.heap_bytes, bound = "as PREACHES_HEAP says";
    return bytes & ~(PR_UNIT_BYTES - 1);
}

static bool map_heap(void)
{
    enum { LEAST_BYTES = 16 << 20 };
    uint64_t bytes = heap_bytes_wanted();

    while (!map_fixed(rt_desc.heap_base, rt_desc.heap_base + bytes)) {
        if (errno != ENOMEM || bytes / 2 < LEAST_BYTES)
            return false;
        bytes = bytes / 2 & ~(PR_UNIT_BYTES - 1);
        bound = "as far as the limit of address space allows (ulimit -v)";
    }
    rt_heap = (RtHeap){.base = (uintptr_t)rt_desc.heap_base, .bytes = (uintptr_t)bytes,
                       .n_units = (uint32_t)(bytes / PR_UNIT_BYTES)};
    huge_from = RT_NO_UNIT;
    return true;
}

PrStatus rt_units_map(PrError *error)
{
    if (!map_fixed(PR_STACK_BASE, PR_STACK_END) || !map_heap())
        return pr_fail(error, PR_E_ADDRESS, "arena", (uint64_t)errno, strerror(errno));
    rt_heap.owner = rt_units_table(rt_heap.n_units, sizeof *rt_heap.owner);
    left = rt_units_table(rt_heap.n_units, sizeof *left);
    if (!rt_heap.owner || !left)
        return pr_fail(error, PR_E_NOMEM, "heap", rt_heap.bytes, NULL);
    return PR_OK;
}
