#include "delta.h"
#include <stdlib.h>

void pr_runs_free(PrRuns *runs)
{
    free(runs->run);
    *runs = (PrRuns){0};
}

PrRange pr_runs_range(const PrRuns *runs, uint64_t *at)
{
    PrRange range = runs->run[(*at)++].range;
    while (*at < runs->n && runs->run[*at].range.offset == range.offset + range.bytes)
        range.bytes += runs->run[(*at)++].range.bytes;
    return range;
}

static PrStatus add(PrRuns *runs, PrRun run, PrError *error)
{
    if (run.range.bytes == 0)
        return PR_OK;
    if (runs->n == runs->room) {
        uint64_t room = runs->room ? 2 * runs->room : 256;
        PrRun *grown = room < SIZE_MAX / sizeof *grown
                           ? realloc(runs->run, (size_t)room * sizeof *grown) : NULL;
        if (!grown)
            return pr_fail(error, PR_E_NOMEM, "table of changes", room, NULL);
        runs->run = grown;
        runs->room = room;
    }
    const PrRange *last = runs->n ? &runs->run[runs->n - 1].range : NULL;
    runs->n_ranges += !last || last->offset + last->bytes != run.range.offset;
    runs->bytes += run.range.bytes;
    runs->run[runs->n++] = run;
    return PR_OK;
}

static bool is_dirty(const PrView *view, uint64_t page)
{
    return view->dirty[page / 8] >> (page % 8) & 1;
}

typedef struct Walk { /* over one pool, dirty stretch by dirty stretch */
    PrRuns *runs;
    const PrConv *c;
    uint32_t index;
    const PrPool *pool;
    uint64_t done; /* slots, or elements of the block, that earlier stretches have covered */
    PrError *error;
} Walk;

/* The slots that overlap bytes [from, to) of the pool. */
static PrStatus add_slots(Walk *w, uint64_t from, uint64_t to)
{
    const PrPool *p = w->pool;
    uint64_t i = from / p->slot_bytes, end = (to + p->slot_bytes - 1) / p->slot_bytes;
    PrStatus status = PR_OK;
    i = i > w->done ? i : w->done;
    end = end < p->n_slots ? end : p->n_slots;
    while (i < end && status == PR_OK) {
        uint64_t n = 0;
        while (i + n < end && p->live[(i + n) / 8] >> ((i + n) % 8) & 1)
            n++;
        PrRun run = {.pool = w->index, .slot = (uint32_t)i, .n_slots = (uint32_t)n,
                     .range = {p->unit * PR_UNIT_BYTES + i * p->slot_bytes, n * p->slot_bytes}};
        status = add(w->runs, run, w->error);
        i += n + 1;
    }
    w->done = end > w->done ? end : w->done;
    return status;
}

/* The elements of the pool's only block that overlap bytes [from, to). */
static PrStatus add_elements(Walk *w, uint64_t from, uint64_t to)
{
    const PrPool *p = w->pool;
    const PrDesc *desc = w->c->desc;
    uint64_t count = p->counts ? p->counts[0] : p->count;
    uint32_t type = p->type;
    while (desc->types[type].kind == PR_ARRAY && w->c->from->size[type] > 0) {
        count *= desc->types[type].count;
        type = desc->types[type].elem;
    }
    uint64_t fs = w->c->from->size[type], ts = w->c->to->size[type];
    if (!(p->live[0] & 1) || fs == 0 || ts == 0)
        return PR_OK;
    uint64_t first = from / fs, end = (to + fs - 1) / fs;
    first = first > w->done ? first : w->done;
    end = end < count ? end : count;
    if (first >= end)
        return PR_OK;
    w->done = end;
    PrRun run = {.pool = w->index, .slot = 0, .n_slots = 1, .type = type, .element = first,
                 .n_elements = end - first,
                 .range = {p->unit * PR_UNIT_BYTES + first * ts, (end - first) * ts}};
    return add(w->runs, run, w->error);
}

static PrStatus walk_pool(Walk *w)
{
    enum { UNIT_PAGES = PR_UNIT_BYTES / PR_PAGE_BYTES };
    const PrPool *p = w->pool;
    uint64_t base = (uint64_t)p->unit * UNIT_PAGES, n = (uint64_t)p->n_units * UNIT_PAGES;
    /* A struct with a tail is written as one. */
    bool elements = p->n_slots == 1 && w->c->desc->types[p->type].kind != PR_FLEX;
    PrStatus status = PR_OK;
    w->done = 0;
    for (uint64_t i = 0; i < n && status == PR_OK;) {
        uint64_t length = 0;
        while (i + length < n && is_dirty(w->c->view, base + i + length))
            length++;
        if (length > 0)
            status = elements
                         ? add_elements(w, i * PR_PAGE_BYTES, (i + length) * PR_PAGE_BYTES)
                         : add_slots(w, i * PR_PAGE_BYTES, (i + length) * PR_PAGE_BYTES);
        i += length + 1;
    }
    return status;
}

PrStatus pr_runs_find(PrRuns *runs, const PrConv *c, PrError *error)
{
    const PrView *view = c->view;
    PrStatus status = PR_OK;
    for (uint32_t i = 0; i < view->n_pools && status == PR_OK; i++) {
        Walk walk = {.runs = runs, .c = c, .index = i, .pool = &view->pools[i], .error = error};
        status = walk_pool(&walk);
    }
    return status;
}
