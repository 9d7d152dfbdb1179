/* The heap as a whole: what a checkpoint is told of it, and taking it over from an image. */
#include "arena.h"
#include <string.h>

/* The bitmap may lie anywhere in the image. */
static uint64_t count_live(const PrPool *p)
{
    uint32_t bytes = (p->n_slots + 7) / 8;
    uint64_t n = 0, word;

    for (uint32_t at = 0; at < bytes; at += 8) {
        word = 0;
        memcpy(&word, p->live + at, bytes - at < 8 ? bytes - at : 8);
        n += (uint64_t)__builtin_popcountll(word);
    }
    return n;
}

static PrStatus adopt_one(const PrPool *p, uint64_t heap_units, PrError *error)
{
    RtPool *q;
    bool whole = p->n_slots == 1 && p->slot_bytes == p->n_units * PR_UNIT_BYTES;

    if (p->type >= rt_desc.n_types || !p->slot_bytes || !p->n_slots || !p->live ||
        p->unit + (uint64_t)p->n_units > heap_units ||
        p->slot_bytes > p->n_units * PR_UNIT_BYTES / p->n_slots ||
        !rt_units_claim(p->unit, p->n_units))
        return pr_fail(error, PR_E_FORMAT, "HEAPMAP", p->unit, NULL);
    q = &rt_pools[p->unit];
    rt_pool_restored(p, count_live(p));
    if (whole && !p->counts)
        return rt_pool_own(q) ? PR_OK : pr_fail(error, PR_E_NOMEM, "HEAPMAP", p->unit, NULL);
    q->cls = rt_class_find(p->type, p->slot_bytes, p->counts != NULL, false);
    if (q->cls == RT_NO_CLASS)
        return pr_fail(error, PR_E_LIMIT, "size classes", p->unit, NULL);
    rt_pool_list(&rt_classes[q->cls], p->unit);
    return PR_OK;
}

PrStatus rt_arena_adopt(const PrView *view, PrError *error)
{
    uint64_t heap_units = view->heap_bytes / PR_UNIT_BYTES;

    if (heap_units > rt_heap.n_units)
        return pr_fail(error, PR_E_FORMAT, "heap size", view->heap_bytes, NULL);
    rt_arena_clear();
    rt_units_restored((uint32_t)heap_units);
    for (uint32_t i = 0; i < view->n_pools; i++) {
        const PrPool *p = &view->pools[i];

        if (adopt_one(p, heap_units, error) != PR_OK)
            return error->status;
    }
    return PR_OK;
}

uint32_t rt_arena_pools(PrPool *out)
{
    uint32_t n = 0;

    for (uint32_t unit = 0; unit < rt_units_top();) {
        if (rt_units_owner(unit) == RT_NO_UNIT) {
            unit++;
            continue;
        }
        out[n] = rt_pools[unit].p;
        unit += out[n++].n_units;
    }
    return n;
}

uint64_t rt_arena_heap_bytes(void) { return rt_units_top() * PR_UNIT_BYTES; }
const PrPool *rt_arena_pool(uint32_t unit) { return &rt_pools[unit].p; }

uint32_t rt_arena_misfit(uint32_t unit)
{
    for (; unit < rt_units_top(); unit++) {
        const RtPool *q = &rt_pools[unit];

        if (rt_units_owner(unit) == unit && q->misfit && (!q->owned || q->n_free < q->p.n_slots))
            return unit;
    }
    return UINT32_MAX;
}

/* A pool restored from an image that notes it as misfit: moves it to its own kind of class. */
void rt_arena_set_misfit(uint32_t unit)
{
    RtPool *q = unit < rt_heap.n_units && rt_units_owner(unit) == unit ? &rt_pools[unit] : NULL;
    uint32_t cls;

    if (!q || q->misfit)
        return;
    q->misfit = true;
    if (q->cls == RT_NO_CLASS)
        return;
    cls = rt_class_find(q->p.type, q->p.slot_bytes, true, true);
    rt_pool_unlist(&rt_classes[q->cls], unit);
    q->cls = cls == RT_NO_CLASS ? q->cls : cls;
    rt_pool_list(&rt_classes[q->cls], unit);
}
