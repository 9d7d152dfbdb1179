/* The live view: this (forked) process as the converter reads it. Everything in it is borrowed from
 * the process or lives until the child ends. */
#include "runtime.h"
#include "heapunits.h"
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static uint64_t symbol_bytes(uint32_t i)
{
    const PrSymbol *s = &rt_desc.symbols[i];

    return s->kind == PR_SYM_FUNC ? 0 : rt_desc.layouts[rt_layout].size[s->type];
}

static int by_address(const void *a, const void *b)
{
    const PrNativeSym *x = a, *y = b;

    if (x->addr != y->addr)
        return x->addr < y->addr ? -1 : 1;
    return x->symbol < y->symbol ? -1 : x->symbol > y->symbol;
}

static PrStatus add_symbols(PrView *view, PrError *error)
{
    uint32_t n = rt_desc.n_symbols;
    const struct preaches_symrec *records = rt_symbols();
    PrNativeSym *native = calloc(n + 1, sizeof *native);
    const uint8_t **globals = calloc(n + 1, sizeof *globals);

    if (!native || !globals)
        return pr_fail(error, PR_E_NOMEM, "symbols", 0, NULL);
    for (uint32_t i = 0; i < n; i++) {
        native[i] = (PrNativeSym){(uintptr_t)records[i].addr, symbol_bytes(i), i};
        if (rt_desc.symbols[i].kind == PR_SYM_DATA)
            globals[i] = records[i].addr;
    }
    qsort(native, n, sizeof *native, by_address);
    view->native = native;
    view->n_native = n;
    view->globals = globals;
    return PR_OK;
}

/* The C stack beyond main's frame, as far as it can reach. Locals whose address is taken live on the
 * data stack while a poll can be reached, so an address here is of a call that has returned. */
static void add_dead_stack(PrView *view)
{
    enum { USUAL_BYTES = 8 << 20 };
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY};
    uint64_t frame = rt_progress.main_frame, bytes = USUAL_BYTES;

    if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < USUAL_BYTES)
        bytes = limit.rlim_cur;
#ifdef __hppa__ /* its stack grows upwards */
    view->dead_from = frame;
    view->dead_to = frame + bytes;
#else
    view->dead_from = frame > bytes ? frame - bytes : 0;
    view->dead_to = frame;
#endif
}

PrStatus rt_view_build(PrView *view, uint64_t stack_bytes, PrError *error)
{
    PrPool *pools = calloc(rt_units_top() + 1, sizeof *pools);
    uint8_t *libc = NULL;

    *view = (PrView){.desc = &rt_desc, .layout = rt_layout,
                     .stack = (const uint8_t *)(uintptr_t)PR_STACK_BASE, .stack_bytes = stack_bytes,
                     .heap = (const uint8_t *)rt_heap.base,
                     .heap_bytes = rt_arena_heap_bytes(), .pools = pools,
                     .epoch = rt_progress.epoch, .term = rt_progress.term,
                     .polls = rt_progress.polls_base + rt_progress.polls};
    if (!pools || rt_libc_save(&libc, &view->libc_bytes) != PR_OK)
        return pr_fail(error, PR_E_NOMEM, "view", 0, NULL);
    view->libc = libc;
    add_dead_stack(view);
    view->n_pools = rt_arena_pools(pools);
    view->frames = rt_frames_take(&view->n_frames);
    if (rt_streams_view(&view->files, &view->n_files, error) != PR_OK)
        return error->status;
    return add_symbols(view, error);
}

void rt_view_free(PrView *view)
{
    free((void *)(uintptr_t)view->pools);
    free((void *)(uintptr_t)view->native);
    free((void *)(uintptr_t)view->globals);
    free((void *)(uintptr_t)view->libc);
    *view = (PrView){0};
}

uint64_t rt_native_pointer(uint64_t pointer)
{
    uint32_t low = 0, high = rt_desc.n_symbols;

    if (pointer < PR_VADDR_BASE || pointer >= PR_VADDR_END)
        return pointer;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (rt_desc.symbols[middle].vaddr <= pointer)
            low = middle;
        else
            high = middle;
    }
    if (!rt_desc.n_symbols || pointer < rt_desc.symbols[low].vaddr)
        return pointer;
    return (uintptr_t)rt_symbols()[low].addr + (pointer - rt_desc.symbols[low].vaddr);
}
