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

/* How many pages from `page` on, at most n, have changed. */
static uint64_t dirty_stretch(const uint8_t *dirty, uint64_t page, uint64_t n)
{
    uint64_t length = 0;
    while (length < n && dirty[(page + length) / 8] >> ((page + length) % 8) & 1)
        length++;
    return length;
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

typedef struct Row { /* adjacent elements, arrays flattened */
    uint32_t type;
    uint64_t count, from_size, to_size;
} Row;

static Row row_of(const PrConv *c, uint32_t type, uint64_t count)
{
    const PrDesc *desc = c->desc;
    while (desc->types[type].kind == PR_ARRAY && c->from->size[type] > 0) {
        count *= desc->types[type].count; /* sizes were checked against the schema */
        type = desc->types[type].elem;
    }
    return (Row){type, count, c->from->size[type], c->to->size[type]};
}

/* The elements of the row, which begins at `start` in the target, that overlap bytes [from, to) of it and are
 * behind the first *done. `run` says whose they are. */
static PrStatus add_elements(PrRuns *runs, const Row *row, PrRun run, uint64_t start, uint64_t from, uint64_t to,
                             uint64_t *done, PrError *error)
{
    if (row->from_size == 0 || row->to_size == 0)
        return PR_OK;
    uint64_t first = from / row->from_size, end = (to + row->from_size - 1) / row->from_size;
    first = first > *done ? first : *done;
    end = end < row->count ? end : row->count;
    if (first >= end)
        return PR_OK;
    *done = end;
    run.n_slots = 1;
    run.type = row->type;
    run.element = first;
    run.n_elements = end - first;
    run.range = (PrRange){start + first * row->to_size, (end - first) * row->to_size};
    return add(runs, run, error);
}

static PrStatus walk_pool(Walk *w)
{
    enum { UNIT_PAGES = PR_UNIT_BYTES / PR_PAGE_BYTES };
    const PrPool *p = w->pool;
    uint64_t base = (uint64_t)p->unit * UNIT_PAGES, n = (uint64_t)p->n_units * UNIT_PAGES;
    /* A struct with a tail is written as one. */
    bool elements = p->n_slots == 1 && w->c->desc->types[p->type].kind != PR_FLEX;
    Row row = row_of(w->c, p->type, elements ? p->counts ? p->counts[0] : p->count : 0);
    /* The bytes may be the same and mean something else than in the epoch before. */
    bool all = w->c->overlays.possible && pr_is_raw(w->c->desc, p->type);
    PrStatus status = PR_OK;
    w->done = 0;
    if (elements && !(p->live[0] & 1))
        return PR_OK;
    for (uint64_t i = 0, length; i < n && status == PR_OK; i += length + 1) {
        length = all ? n : dirty_stretch(w->c->view->dirty, base + i, n - i);
        uint64_t from = i * PR_PAGE_BYTES, to = (i + length) * PR_PAGE_BYTES;
        if (length > 0)
            status = elements ? add_elements(w->runs, &row, (PrRun){.pool = w->index}, p->unit * PR_UNIT_BYTES,
                                             from, to, &w->done, w->error)
                              : add_slots(w, from, to);
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

/* ---- variables ---- */

/* The tracked memory that holds all of a variable, or NULL. */
static const PrTracked *tracked_at(const PrView *view, const uint8_t *at, uint64_t bytes)
{
    for (uint32_t i = 0; at && i < view->n_tracked; i++) {
        const PrTracked *t = &view->tracked[i];
        if (at >= t->base && (uint64_t)(at - t->base) <= t->bytes && bytes <= t->bytes - (uint64_t)(at - t->base))
            return t;
    }
    return NULL;
}

/* What of a large variable has changed; `start` is its place in the section GLOBALS. */
static PrStatus walk_variable(PrRuns *runs, const PrConv *c, uint32_t symbol, uint64_t start, PrError *error)
{
    uint32_t type = c->desc->symbols[symbol].type;
    const uint8_t *at = c->view->globals[symbol];
    uint64_t bytes = c->from->size[type], done = 0;
    Row row = row_of(c, type, 1);
    const PrTracked *t = bytes < PR_MAPPED_BYTES ? NULL : tracked_at(c->view, at, bytes);
    if (!t)
        return add_elements(runs, &row, (PrRun){.symbol = symbol}, start, 0, bytes, &done, error);
    uint64_t before = (uint64_t)(at - t->base), n = (before + bytes + PR_PAGE_BYTES - 1) / PR_PAGE_BYTES;
    PrStatus status = PR_OK;
    for (uint64_t i = before / PR_PAGE_BYTES, length; i < n && status == PR_OK; i += length + 1) {
        length = dirty_stretch(t->dirty, i, n - i);
        uint64_t from = i * PR_PAGE_BYTES, to = (i + length) * PR_PAGE_BYTES;
        if (length > 0)
            status = add_elements(runs, &row, (PrRun){.symbol = symbol}, start, from > before ? from - before : 0,
                                  to - before < bytes ? to - before : bytes, &done, error);
    }
    return status;
}

PrStatus pr_runs_find_globals(PrRuns *runs, const PrConv *c, PrError *error)
{
    PrStatus status = PR_OK;
    uint64_t end = 0;
    for (uint32_t i = 0; i < c->desc->n_symbols && status == PR_OK; i++) {
        if (c->desc->symbols[i].kind != PR_SYM_DATA)
            continue;
        uint64_t size = c->to->size[c->desc->symbols[i].type], start = pr_global_start(end, size);
        status = walk_variable(runs, c, i, start, error);
        end = pr_round_up(start + size, 16);
    }
    return status;
}
