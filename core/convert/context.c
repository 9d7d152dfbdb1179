/* A conversion's context: indices over the view that pointers are looked up in. */
#include "offsets.h"
#include "starts.h"
#include <stdio.h>
#include <stdlib.h>

static PrStatus no_memory(PrConv *c)
{
    return pr_fail(c->error, PR_E_NOMEM, "conversion tables", 0, NULL);
}

static bool any_live(const PrPool *p)
{
    for (uint32_t s = 0; s < p->n_slots; s++)
        if (p->live[s / 8] >> (s % 8) & 1)
            return true;
    return false;
}

static PrStatus untyped(PrConv *c, const PrPool *p, uint32_t i)
{
    char path[sizeof c->error->path];
    const PrAlloc *a = p->alloc < c->desc->n_allocs ? &c->desc->allocs[p->alloc] : NULL;
    snprintf(path, sizeof path, "block allocated at %s:%u", a ? a->file : "?", a ? a->line : 0);
    return pr_fail(c->error, PR_E_UNTYPED, "heap block of unknown type", i, path);
}

static PrStatus index_heap(PrConv *c)
{
    uint64_t units = c->view->heap_bytes / PR_UNIT_BYTES;
    c->unit_pool = calloc((size_t)units + 1, sizeof *c->unit_pool);
    if (!c->unit_pool)
        return no_memory(c);
    uint32_t low = 0;
    for (uint32_t i = 0; i < c->view->n_pools; i++) {
        const PrPool *p = &c->view->pools[i];
        uint64_t bytes = p->n_units * PR_UNIT_BYTES;
        if (p->unit < low || p->unit > units || p->n_units > units - p->unit ||
            p->type >= c->desc->n_types || p->slot_bytes == 0 ||
            p->n_slots > bytes / p->slot_bytes || (p->alloc >= c->desc->n_allocs && p->alloc != PR_NO_ALLOC))
            return pr_fail(c->error, PR_E_FORMAT, "heap pool", i, "pool does not fit the heap");
        if (c->desc->types[p->type].kind == PR_VOID && any_live(p))
            return untyped(c, p, i);
        for (uint32_t s = 0; s < (p->counts ? p->n_slots : 1); s++) {
            uint64_t count = p->counts ? p->counts[s] : p->count;
            if (!pr_desc_block_fits(c->desc, p->type, count, p->slot_bytes))
                return pr_fail(c->error, PR_E_UNTYPED, "heap block larger than its slot", i,
                               c->desc->types[p->type].name);
        }
        for (uint32_t u = 0; u < p->n_units; u++)
            c->unit_pool[p->unit + u] = i + 1;
        low = p->unit + p->n_units;
    }
    return PR_OK;
}

static PrStatus index_frames(PrConv *c)
{
    uint64_t low = PR_STACK_BASE, end = PR_STACK_BASE + c->view->stack_bytes;
    c->frames = calloc((size_t)c->view->n_frames + 1, sizeof *c->frames);
    if (!c->frames)
        return no_memory(c);
    for (uint32_t i = 0; i < c->view->n_frames; i++) {
        const PrFrame *f = &c->view->frames[i];
        if (f->site >= c->desc->n_sites)
            return pr_fail(c->error, PR_E_FORMAT, "frame's site", i, NULL);
        const PrFunc *func = &c->desc->funcs[c->desc->sites[f->site].func];
        if (func->frame_bytes == 0)
            continue;
        if (f->fp < low || f->fp > end || func->frame_bytes > end - f->fp)
            return pr_fail(c->error, PR_E_FORMAT, "frame outside the data stack", i, func->name);
        low = f->fp + func->frame_bytes;
        c->frames[c->n_frames++] = i;
    }
    return PR_OK;
}

static PrStatus index_native(PrConv *c)
{
    const PrView *view = c->view;
    if (!view->native)
        return PR_OK;
    c->data = calloc((size_t)view->n_native + 1, sizeof *c->data);
    c->funcs = calloc((size_t)view->n_native + 1, sizeof *c->funcs);
    if (!c->data || !c->funcs)
        return no_memory(c);
    for (uint32_t i = 0; i < view->n_native; i++) {
        uint32_t symbol = view->native[i].symbol;
        if (symbol >= c->desc->n_symbols || (i > 0 && view->native[i].addr < view->native[i - 1].addr))
            return pr_fail(c->error, PR_E_PROGRAM, "native symbol table", i, NULL);
        if (c->desc->symbols[symbol].kind == PR_SYM_FUNC)
            c->funcs[c->n_funcs++] = i;
        else
            c->data[c->n_data++] = i;
    }
    return PR_OK;
}

bool pr_conv_address(const PrConv *c, const uint8_t *p, uint64_t *address)
{
    const PrView *v = c->view;
    uintptr_t at = (uintptr_t)p;
    if (!v)
        return false;
    if (v->heap && at >= (uintptr_t)v->heap && at - (uintptr_t)v->heap < v->heap_bytes)
        *address = v->desc->heap_base + (at - (uintptr_t)v->heap);
    else if (v->stack && at >= (uintptr_t)v->stack && at - (uintptr_t)v->stack < v->stack_bytes)
        *address = PR_STACK_BASE + (at - (uintptr_t)v->stack);
    else if (c->place.kind == PR_PLACE_GLOBAL && v->native)
        *address = at;
    else if (c->place.kind == PR_PLACE_GLOBAL)
        *address = c->desc->symbols[c->place.index].vaddr + (uint64_t)(p - c->place.base);
    else
        return false;
    return true;
}

/* Whether the heap's addresses may be too large for the target's pointers. */
static bool exceeds(const PrConv *c)
{
    return c->to->arch->pointer_bytes == 4 && c->desc->heap_end > UINT32_MAX;
}

PrStatus pr_conv_init(PrConv *c, const PrDesc *desc, const PrView *view, uint32_t from, uint32_t to,
                      PrError *note, PrError *error)
{
    memset(c, 0, sizeof *c);
    c->desc = desc;
    c->view = view;
    c->note = note;
    c->error = error;
    PrStatus status = pr_plans_init(&c->plans, desc, from, to, error);
    if (status != PR_OK)
        return status;
    c->from = c->plans.from;
    c->to = c->plans.to;
    c->same = calloc(desc->n_types, 1);
    c->rows = calloc(desc->n_types, 1);
    c->offsets = calloc(desc->n_types, sizeof *c->offsets);
    c->use_offsets = true;
    /* A delta holds few pointers, and whatever it costs to know all blocks is too much. */
    c->use_starts = view && view->heap && !view->dirty && !exceeds(c);
    if (!c->same || !c->rows || !c->offsets)
        return no_memory(c);
    if (view)
        status = index_heap(c);
    if (view && status == PR_OK)
        status = index_frames(c);
    if (view && status == PR_OK)
        status = index_native(c);
    if (view && status == PR_OK)
        status = pr_overlays_find(c);
    return status;
}

void pr_conv_fini(PrConv *c)
{
    if (c->plans.desc)
        pr_plans_fini(&c->plans);
    free(c->same);
    free(c->rows);
    pr_starts_free(c);
    pr_offsets_free(c);
    free(c->unit_pool);
    free(c->frames);
    free(c->data);
    free(c->funcs);
    free(c->refs);
    pr_overlays_free(&c->overlays);
    memset(c, 0, sizeof *c);
}

PrStatus pr_convert_elements(const PrDesc *desc, uint32_t type, uint32_t from, uint32_t to,
                             const void *src, void *dst, uint64_t count, PrError *error)
{
    PrConv c;
    if (type >= desc->n_types)
        return pr_fail(error, PR_E_FORMAT, "no such type", type, NULL);
    PrStatus status = pr_conv_init(&c, desc, NULL, from, to, NULL, error);
    if (status == PR_OK) {
        uint64_t fs = c.from->size[type], ts = c.to->size[type];
        c.place = (PrPlace){.kind = PR_PLACE_BARE, .type = type, .base = src};
        c.out = dst;
        PrSpan span = {.from = src, .to = dst, .from_stride = fs, .to_stride = ts, .n = count};
        span.from_end = span.from + count * fs;
        span.to_end = span.to + count * ts;
        status = pr_conv_run(&c, type, span);
    }
    pr_conv_fini(&c);
    return status;
}
