#include "engine.h"
#include <stdlib.h>

bool pr_is_raw(const PrDesc *desc, uint32_t type)
{
    return desc->types[type].kind == PR_UCHAR && desc->types[type].count == PR_RAW;
}

static bool is_overlay(const PrType *t)
{
    return t->kind == PR_PTR && t->count == PR_OVERLAY;
}

static PrStatus put(PrConv *c, PrOverlays *all, PrOverlay overlay)
{
    if (all->n == all->room) {
        uint64_t room = all->room ? 2 * all->room : 16;
        PrOverlay *grown = room < SIZE_MAX / sizeof *grown ? realloc(all->list, (size_t)room * sizeof *grown) : NULL;
        if (!grown)
            return pr_fail(c->error, PR_E_NOMEM, "table of overlays", room, NULL);
        all->list = grown;
        all->room = room;
    }
    all->list[all->n++] = overlay;
    return PR_OK;
}

/* ---- what the frames say ---- */

static PrStatus refuse(PrConv *c, const PrOverlay *o, const char *what)
{
    return pr_fail(c->error, PR_E_UNTYPED, what, o->from, c->desc->types[o->type].name);
}

/* Whether its numbers are numbers of the same size in the target. */
static bool fits(const PrConv *c, uint32_t type)
{
    PrKind kind = c->desc->types[type].kind;
    return kind >= PR_BOOL && kind <= PR_DOUBLE && c->from->size[type] > 0 && c->from->size[type] == c->to->size[type];
}

/* The counter of a pointer of that type at the frame's site, or NULL. */
static const PrValue *counter_of(const PrConv *c, const PrFrame *frame, uint32_t pointer_type)
{
    const PrSite *site = &c->desc->sites[frame->site];
    for (uint32_t k = 0; k < site->n_vars; k++) {
        const PrType *t = &c->desc->types[c->desc->vars[site->first_var + k].type];
        if (t->kind >= PR_BOOL && t->kind <= PR_ULLONG && t->count == PR_OVERLAY && t->elem == pointer_type)
            return &frame->values[k];
    }
    return NULL;
}

/* The pointer stays a pointer; what it says of memory that is not raw, the memory's own type says better. */
static PrStatus add_pointer(PrConv *c, uint32_t frame, uint32_t type, uint64_t value)
{
    uint64_t at = value - c->desc->heap_base, unit = at / PR_UNIT_BYTES;
    if (value < c->desc->heap_base || at >= c->view->heap_bytes || !c->unit_pool[unit])
        return PR_OK;
    const PrPool *pool = &c->view->pools[c->unit_pool[unit] - 1];
    uint64_t start = pool->unit * PR_UNIT_BYTES, slot = (at - start) / pool->slot_bytes;
    if (!pr_is_raw(c->desc, pool->type) || slot >= pool->n_slots || !pr_pool_live(pool, (uint32_t)slot))
        return PR_OK;
    uint64_t block = start + slot * pool->slot_bytes, end = block + (pool->counts ? pool->counts[slot] : pool->count);
    PrOverlay o = {at, end, block, c->desc->types[type].elem, frame, false};
    const PrValue *counter = counter_of(c, &c->view->frames[frame], type);
    if (at >= end)
        return PR_OK;
    if (!fits(c, o.type))
        return refuse(c, &o, "overlay of numbers that have another size there");
    if (counter) {
        uint64_t size = c->from->size[o.type];
        if (counter->lo > (end - at) / size)
            return refuse(c, &o, "overlay has more elements than its block has room for");
        o.to = at + counter->lo * size;
        o.counted = true;
    }
    return o.to > o.from ? put(c, &c->overlays, o) : PR_OK;
}

static PrStatus add_frame(PrConv *c, uint32_t i)
{
    const PrFrame *frame = &c->view->frames[i];
    const PrSite *site = &c->desc->sites[frame->site];
    PrStatus status = PR_OK;
    for (uint32_t k = 0; k < site->n_vars && status == PR_OK; k++) {
        uint32_t type = c->desc->vars[site->first_var + k].type;
        if (is_overlay(&c->desc->types[type]))
            status = add_pointer(c, i, type, frame->values[k].lo);
    }
    return status;
}

/* ---- what holds of it ---- */

/* By block; the innermost frame first; those without counters first; by place. */
static int by_block(const void *a, const void *b)
{
    const PrOverlay *x = a, *y = b;
    if (x->block != y->block)
        return x->block < y->block ? -1 : 1;
    if (x->frame != y->frame)
        return x->frame > y->frame ? -1 : 1;
    if (x->counted != y->counted)
        return x->counted ? 1 : -1;
    return x->from < y->from ? -1 : x->from > y->from;
}

static int by_place(const void *a, const void *b)
{
    const PrOverlay *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

/* Takes the counted elements out of what list[first..] says of the same block: one stretch becomes two. */
static PrStatus cut(PrConv *c, PrOverlays *all, uint64_t first, const PrOverlay *counted)
{
    PrOverlay behind = {0};
    for (uint64_t i = first; i < all->n; i++) {
        PrOverlay *o = &all->list[i];
        if (o->to <= counted->from || o->from >= counted->to)
            continue;
        if (o->counted || o->from > counted->from || o->to < counted->to)
            return refuse(c, counted, "overlay runs into another one");
        uint64_t size = c->from->size[o->type];
        behind = *o;
        behind.from += (counted->to - o->from + size - 1) / size * size; /* its next whole element */
        o->to = counted->from;
    }
    PrStatus status = put(c, all, *counted);
    return status == PR_OK && behind.from < behind.to ? put(c, all, behind) : status;
}

/* The overlays of one block, as its innermost frame says; found[*at] is the first of it, and *at moves behind its last. */
static PrStatus settle_block(PrConv *c, const PrOverlays *found, uint64_t *at, PrOverlays *all)
{
    uint64_t first = all->n;
    const PrOverlay *head = &found->list[*at];
    PrStatus status = PR_OK;
    for (; *at < found->n && found->list[*at].block == head->block && status == PR_OK; ++*at) {
        const PrOverlay *o = &found->list[*at];
        PrOverlay *last = all->n > first ? &all->list[all->n - 1] : NULL;
        if (o->frame != head->frame || (last && last->from == o->from && last->type == o->type && !o->counted))
            continue;
        if (o->counted) {
            status = cut(c, all, first, o);
            continue;
        }
        if (last && last->from == o->from)
            return refuse(c, o, "two overlays of a block begin at the same place");
        if (last)
            last->to = o->from;
        status = put(c, all, *o);
    }
    return status;
}

static void drop_empty(PrOverlays *all)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < all->n; i++)
        if (all->list[i].from < all->list[i].to)
            all->list[n++] = all->list[i];
    all->n = n;
}

PrStatus pr_overlays_find(PrConv *c)
{
    PrStatus status = PR_OK;
    for (uint32_t i = 0; i < c->desc->n_types && !c->overlays.possible; i++)
        c->overlays.possible = is_overlay(&c->desc->types[i]);
    if (!c->overlays.possible)
        return PR_OK;
    for (uint32_t i = 0; i < c->view->n_frames && status == PR_OK; i++)
        status = add_frame(c, i);
    if (status != PR_OK || c->overlays.n == 0)
        return status;
    PrOverlays found = c->overlays;
    c->overlays = (PrOverlays){.possible = true};
    qsort(found.list, (size_t)found.n, sizeof *found.list, by_block);
    for (uint64_t at = 0; at < found.n && status == PR_OK;)
        status = settle_block(c, &found, &at, &c->overlays);
    free(found.list);
    drop_empty(&c->overlays);
    qsort(c->overlays.list, (size_t)c->overlays.n, sizeof *c->overlays.list, by_place);
    return status;
}

void pr_overlays_free(PrOverlays *overlays)
{
    free(overlays->list);
    *overlays = (PrOverlays){0};
}

const PrOverlay *pr_overlays_from(const PrOverlays *overlays, uint64_t at)
{
    uint64_t low = 0, high = overlays->n;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (overlays->list[middle].to > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low < overlays->n ? &overlays->list[low] : NULL;
}
