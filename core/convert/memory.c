/* The sections of a class image that hold memory: converted straight into the writer's buffer, so that every
 * byte is touched once. */
#include "delta.h"
#include "imagejob.h"
#include "scalar.h"
#include <stdlib.h>

/* One element that is larger than the writer's buffer: converted aside. */
static PrStatus write_giant(PrJob *job, uint32_t type, const uint8_t *from, const uint8_t *from_end)
{
    PrConv *c = &job->c;
    uint64_t size = c->to->size[type];
    uint8_t *aside = size < SIZE_MAX ? calloc((size_t)size, 1) : NULL;
    if (!aside)
        return pr_fail(job->error, PR_E_NOMEM, "conversion buffer", size, NULL);
    c->out = aside;
    c->out_offset = pr_writer_offset(job->writer) + job->shift;
    PrSpan span = {from, from_end, aside, aside + size, c->from->size[type], size, 1};
    PrStatus status = pr_conv_run(c, type, span);
    if (status == PR_OK)
        status = pr_writer_bytes(job->writer, aside, size, job->error);
    free(aside);
    return status;
}

/* Zero bytes are zero in every layout: long runs of them become holes. */
static bool makes_hole(const uint8_t *p, uint64_t n)
{
    return n >= PR_UNIT_BYTES && pr_all_zero(p, n);
}

/* Elements that are in the target what they are here: written from where they stand, but for what is zero. */
static PrStatus write_same(PrJob *job, const uint8_t *from, uint64_t n)
{
    PrStatus status = PR_OK;
    while (n > 0 && status == PR_OK) {
        uint64_t part = 0, unit = n < PR_UNIT_BYTES ? n : PR_UNIT_BYTES;
        bool hole = makes_hole(from, unit);
        do {
            part += unit;
            unit = n - part < PR_UNIT_BYTES ? n - part : PR_UNIT_BYTES;
        } while (part < n && makes_hole(from + part, unit) == hole);
        status = hole ? pr_writer_zeros(job->writer, part, job->error)
                      : pr_writer_direct(job->writer, from, part, job->error);
        from += part;
        n -= part;
    }
    return status;
}

/* Whether so many elements are better written as they stand. */
static bool are_same(PrJob *job, uint32_t type, uint64_t count)
{
    PrConv *c = &job->c;
    uint64_t size = c->from->size[type];
    if (size == 0 || size != c->to->size[type] || count < PR_UNIT_BYTES / size)
        return false;
    const PrPlan *plan = pr_plans_get(&c->plans, type, job->error);
    return plan && plan->form == PR_FORM_COPY && plan->n_specials == 0 && plan->n_picks == 0;
}

/* `count` adjacent elements, then zeros up to `span` bytes. */
static PrStatus write_elements(PrJob *job, uint32_t type, const uint8_t *from,
                               const uint8_t *from_end, uint64_t count, uint64_t span_bytes)
{
    PrConv *c = &job->c;
    while (c->desc->types[type].kind == PR_ARRAY && c->from->size[type] > 0) {
        count *= c->desc->types[type].count; /* sizes were checked against the schema */
        type = c->desc->types[type].elem;
    }
    uint64_t fs = c->from->size[type], ts = c->to->size[type], left = count;
    PrStatus status = PR_OK;
    if (are_same(job, type, count)) {
        status = write_same(job, from, count * fs);
        left = 0;
    }
    while (left > 0 && ts > 0 && status == PR_OK) {
        if (ts > PR_WRITER_BYTES) {
            status = write_giant(job, type, from, from_end);
            from += fs;
            left--;
            continue;
        }
        uint64_t room = 0, want = left < 16384 / ts + 1 ? left * ts : 16384 / ts * ts + ts;
        uint8_t *to = pr_writer_reserve(job->writer, want < PR_WRITER_BYTES ? want : ts, &room,
                                        job->error);
        if (!to)
            return PR_E_IO;
        uint64_t n = room / ts < left ? room / ts : left;
        if (makes_hole(from, n * fs)) {
            status = pr_writer_zeros(job->writer, n * ts, job->error);
            from += n * fs;
            left -= n;
            continue;
        }
        c->out = to;
        c->out_offset = pr_writer_offset(job->writer) + job->shift;
        PrSpan span = {from, from_end, to, to + room + PR_WRITER_SLACK, fs, ts, n};
        status = pr_conv_run(c, type, span);
        pr_writer_commit(job->writer, n * ts);
        from += n * fs;
        left -= n;
    }
    return status == PR_OK ? pr_writer_zeros(job->writer, span_bytes - count * ts, job->error)
                           : status;
}

/* Raw bytes of the heap, some of which hold numbers, whole blocks of them: stretch by stretch. */
static PrStatus write_overlaid(PrJob *job, uint32_t raw, const uint8_t *from, const uint8_t *from_end, uint64_t bytes)
{
    uint64_t at = (uint64_t)(from - job->view->heap), end = at + bytes;
    PrStatus status = PR_OK;
    while (at < end && status == PR_OK) {
        const PrOverlay *next = pr_overlays_from(&job->c.overlays, at);
        bool inside = next && next->from <= at;
        uint64_t to = !next ? end : inside ? next->to : next->from, n = (to < end ? to : end) - at;
        uint64_t size = inside ? job->c.from->size[next->type] : 1, whole = n / size * size;
        if (whole > 0)
            status = write_elements(job, inside ? next->type : raw, job->view->heap + at, from_end, whole / size, whole);
        if (whole < n && status == PR_OK)
            status = pr_writer_bytes(job->writer, job->view->heap + at + whole, n - whole, job->error);
        at += n;
    }
    return status;
}

/* Adjacent elements of a block of the heap, then zeros up to `span` bytes. */
static PrStatus write_block(PrJob *job, uint32_t type, const uint8_t *from, const uint8_t *from_end, uint64_t count,
                            uint64_t span_bytes)
{
    if (job->c.overlays.n == 0 || !pr_is_raw(job->c.desc, type))
        return write_elements(job, type, from, from_end, count, span_bytes);
    PrStatus status = write_overlaid(job, type, from, from_end, count);
    return status == PR_OK ? pr_writer_zeros(job->writer, span_bytes - count, job->error) : status;
}

static void place_global(PrJob *job, uint32_t symbol)
{
    job->c.place = (PrPlace){.kind = PR_PLACE_GLOBAL, .type = job->c.desc->symbols[symbol].type,
                             .base = job->view->globals[symbol], .index = symbol};
}

/* Of the variables, what overlaps the pages that have changed, and all small ones. */
static PrStatus write_changed_globals(PrJob *job)
{
    PrConv *c = &job->c;
    PrStatus status = pr_runs_find_globals(&job->globals, c, job->error);
    if (status == PR_OK)
        status = pr_job_begin(job, PR_SEC_GLOBALS, job->globals.bytes);
    for (uint64_t i = 0; i < job->globals.n && status == PR_OK; i++) {
        const PrRun *run = &job->globals.run[i];
        const PrSymbol *s = &c->desc->symbols[run->symbol];
        const uint8_t *from = job->view->globals[run->symbol];
        if (!from)
            return pr_fail(job->error, PR_E_PROGRAM, "variable without an address", run->symbol, s->name);
        place_global(job, run->symbol);
        job->shift = run->range.offset - pr_writer_offset(job->writer);
        status = write_elements(job, run->type, from + run->element * c->from->size[run->type],
                                from + c->from->size[s->type], run->n_elements, run->range.bytes);
    }
    job->shift = 0;
    return status;
}

PrStatus pr_write_globals(PrJob *job)
{
    PrConv *c = &job->c;
    const PrView *v = job->view;
    if (v->dirty)
        return write_changed_globals(job);
    uint64_t length = pr_image_globals(c->desc, (uint32_t)(c->to - c->desc->layouts), NULL);
    PrStatus status = pr_job_begin(job, PR_SEC_GLOBALS, length);
    for (uint32_t i = 0; i < c->desc->n_symbols && status == PR_OK; i++) {
        const PrSymbol *s = &c->desc->symbols[i];
        if (s->kind != PR_SYM_DATA)
            continue;
        uint64_t size = c->from->size[s->type], to = c->to->size[s->type], at = pr_writer_offset(job->writer);
        place_global(job, i);
        if (!v->globals[i] && size > 0)
            return pr_fail(job->error, PR_E_PROGRAM, "variable without an address", i, s->name);
        status = pr_writer_zeros(job->writer, pr_global_start(at, to) - at, job->error);
        if (status == PR_OK)
            status = write_elements(job, s->type, v->globals[i], v->globals[i] + size, size ? 1 : 0,
                                    pr_round_up(to, 16));
    }
    return status;
}

/* Only the locals of active frames; what lies between and behind them is zero. */
static PrStatus write_frame_locals(PrJob *job, const PrFrame *frame)
{
    PrConv *c = &job->c;
    uint32_t func = c->desc->sites[frame->site].func;
    const PrFunc *f = &c->desc->funcs[func];
    const uint8_t *base = job->view->stack + (frame->fp - PR_STACK_BASE);
    uint8_t *aside = calloc(f->frame_bytes + PR_WRITER_SLACK, 1);
    if (!aside)
        return pr_fail(job->error, PR_E_NOMEM, "conversion buffer", f->frame_bytes, f->name);
    PrStatus status = pr_writer_zeros(
        job->writer, frame->fp - PR_STACK_BASE - pr_writer_offset(job->writer), job->error);
    c->out = aside;
    c->out_offset = pr_writer_offset(job->writer) + job->shift;
    for (uint32_t i = 0; i < f->n_locals && status == PR_OK; i++) {
        uint32_t local = f->first_local + i, type = c->desc->locals[local].type;
        uint64_t at = c->desc->locals[local].offset, fs = c->from->size[type],
                 ts = c->to->size[type];
        c->place = (PrPlace){.kind = PR_PLACE_LOCAL, .type = type, .base = base + at,
                             .index = local, .func = func};
        if (at > f->frame_bytes || fs > f->frame_bytes - at || ts > f->frame_bytes - at)
            status = pr_fail(job->error, PR_E_FORMAT, "local outside its frame", local,
                             c->desc->locals[local].name);
        PrSpan span = {base + at, base + f->frame_bytes, aside + at, aside + at + ts, fs, ts, 1};
        if (status == PR_OK && fs > 0)
            status = pr_conv_run(c, type, span);
    }
    if (status == PR_OK)
        status = pr_writer_bytes(job->writer, aside, f->frame_bytes, job->error);
    free(aside);
    return status;
}

PrStatus pr_write_stack(PrJob *job)
{
    const PrView *v = job->view;
    PrStatus status = pr_job_begin(job, PR_SEC_STACK, v->stack_bytes);
    for (uint32_t i = 0; i < job->c.n_frames && status == PR_OK; i++)
        status = write_frame_locals(job, &v->frames[job->c.frames[i]]);
    return status == PR_OK
               ? pr_writer_zeros(job->writer, v->stack_bytes - pr_writer_offset(job->writer),
                                 job->error)
               : status;
}

/* Slots [first, first + n) hold one element each: one strided run. */
static PrStatus write_singles(PrJob *job, const PrPool *pool, uint32_t n, const uint8_t *from,
                              const uint8_t *from_end)
{
    PrConv *c = &job->c;
    PrStatus status = PR_OK;
    while (n > 0 && status == PR_OK) {
        uint64_t room = 0;
        uint8_t *to = pr_writer_reserve(job->writer, pool->slot_bytes, &room, job->error);
        if (!to)
            return PR_E_IO;
        uint32_t part = room / pool->slot_bytes < n ? (uint32_t)(room / pool->slot_bytes) : n;
        uint64_t bytes = part * pool->slot_bytes;
        if (c->to->size[pool->type] != pool->slot_bytes)
            memset(to, 0, (size_t)bytes);
        c->out = to;
        c->out_offset = pr_writer_offset(job->writer) + job->shift;
        PrSpan span = {from, from_end, to, to + room + PR_WRITER_SLACK, pool->slot_bytes,
                       pool->slot_bytes, part};
        status = pr_conv_run(c, pool->type, span);
        pr_writer_commit(job->writer, bytes);
        from += bytes;
        n -= part;
    }
    return status;
}

/* How many elements a FLEX block holds that has room for `room`, and whether a number stands behind them. */
static PrStatus count_elements(PrConv *c, const PrType *t, const uint8_t *from, uint64_t room, uint64_t *n)
{
    *n = room;
    if (t->rest == PR_TYPE_VOID)
        return PR_OK;
    uint32_t type = c->desc->fields[t->counter].type;
    *n = pr_scalar_get(from + c->from->offset[t->counter], (unsigned)c->from->size[type],
                       c->from->arch->big_endian, pr_kind_is_signed(c->desc->types[type].kind));
    return *n <= room ? PR_OK
                      : pr_conv_fail(c, c->error, PR_E_UNTYPED, "block has no room for so many elements",
                                     from + c->from->offset[t->counter], *n, false);
}

/* A struct and the elements behind it, then zeros up to the slot's end. */
static PrStatus write_flex(PrJob *job, const PrPool *pool, const uint8_t *from, const uint8_t *from_end,
                           uint64_t count)
{
    PrConv *c = &job->c;
    const PrType *t = &c->desc->types[pool->type];
    uint32_t elem = t->elem;
    uint64_t head = c->from->size[pool->type], to_head = c->to->size[pool->type];
    uint64_t bytes = pr_desc_block_bytes(c->desc, c->to, pool->type, count); /* fits the slot */
    uint8_t *aside = calloc((size_t)bytes + PR_WRITER_SLACK, 1);
    if (!aside)
        return pr_fail(job->error, PR_E_NOMEM, "conversion buffer", bytes, NULL);
    c->out = aside;
    c->out_offset = pr_writer_offset(job->writer) + job->shift;
    PrSpan first = {from, from_end, aside, aside + to_head, head, to_head, 1};
    PrStatus status = head ? pr_conv_run(c, pool->type, first) : PR_OK;
    uint64_t n = 0, each = c->from->size[elem], to_each = c->to->size[elem];
    if (status == PR_OK)
        status = count_elements(c, t, from, count, &n);
    PrSpan tail = {from + head, from_end, aside + to_head, aside + bytes + PR_WRITER_SLACK, each, to_each, n};
    if (status == PR_OK && n > 0)
        status = pr_conv_run(c, elem, tail);
    tail.from += n * each;
    tail.to += n * to_each;
    tail.n = 1;
    if (status == PR_OK && n < count)
        status = pr_conv_run(c, t->rest, tail);
    if (status == PR_OK)
        status = pr_writer_bytes(job->writer, aside, bytes, job->error);
    free(aside);
    return status == PR_OK ? pr_writer_zeros(job->writer, pool->slot_bytes - bytes, job->error) : status;
}

/* Whether every slot holds one element, so that many are one strided run. */
static bool has_singles(const PrJob *job, const PrPool *pool)
{
    return job->c.desc->types[pool->type].kind != PR_FLEX && !pool->counts && pool->count == 1 &&
           pool->slot_bytes <= PR_WRITER_BYTES;
}

/* One live slot, up to its end. */
static PrStatus write_slot(PrJob *job, const PrPool *pool, uint32_t i, const uint8_t *from,
                           const uint8_t *end)
{
    uint64_t count = pool->counts ? pool->counts[i] : pool->count;
    return job->c.desc->types[pool->type].kind == PR_FLEX
               ? write_flex(job, pool, from, end, count)
               : write_block(job, pool->type, from, end, count, pool->slot_bytes);
}

static PrStatus write_pool(PrJob *job, const PrPool *pool)
{
    PrConv *c = &job->c;
    uint64_t start = pool->unit * PR_UNIT_BYTES, bytes = pool->n_units * PR_UNIT_BYTES;
    const uint8_t *base = job->view->heap + start, *end = base + bytes;
    bool singles = has_singles(job, pool);
    c->place = (PrPlace){.kind = PR_PLACE_HEAP, .type = pool->type, .base = base, .pool = pool};
    PrStatus status =
        pr_writer_zeros(job->writer, start - pr_writer_offset(job->writer), job->error);
    for (uint32_t i = 0; i < pool->n_slots && status == PR_OK;) {
        bool live = pr_pool_live(pool, i);
        uint32_t n = 1; /* slots alike */
        while (i + n < pool->n_slots && pr_pool_live(pool, i + n) == live && (singles || !live))
            n++;
        const uint8_t *from = base + i * pool->slot_bytes;
        if (!live)
            status = pr_writer_zeros(job->writer, n * pool->slot_bytes, job->error);
        else if (singles)
            status = write_singles(job, pool, n, from, end);
        else
            status = write_slot(job, pool, i, from, end);
        i += n;
    }
    uint64_t rest = bytes - pool->n_slots * pool->slot_bytes;
    return status == PR_OK ? pr_writer_zeros(job->writer, rest, job->error) : status;
}

/* Slots alike, or some elements of one large block. */
static PrStatus write_run(PrJob *job, const PrRun *run)
{
    const PrPool *pool = &job->view->pools[run->pool];
    const uint8_t *base = job->view->heap + pool->unit * PR_UNIT_BYTES;
    const uint8_t *end = base + pool->n_units * PR_UNIT_BYTES;
    const uint8_t *from = base + run->slot * pool->slot_bytes;
    job->c.place = (PrPlace){.kind = PR_PLACE_HEAP, .type = pool->type, .base = base, .pool = pool};
    job->shift = run->range.offset - pr_writer_offset(job->writer);
    if (run->n_elements > 0)
        return write_block(job, run->type, from + run->element * job->c.from->size[run->type], end, run->n_elements,
                           run->range.bytes);
    if (has_singles(job, pool))
        return write_singles(job, pool, run->n_slots, from, end);
    PrStatus status = PR_OK;
    for (uint32_t i = run->slot; i < run->slot + run->n_slots && status == PR_OK; i++)
        status = write_slot(job, pool, i, base + i * pool->slot_bytes, end);
    return status;
}

static PrStatus write_ranges(PrJob *job, const PrRuns *heap)
{
    const PrRuns *both[] = {heap, &job->globals};
    uint64_t n = heap->n_ranges + job->globals.n_ranges;
    PrStatus status = pr_job_begin(job, PR_SEC_RANGES, PR_RANGES_HEAD + n * PR_RANGE_BYTES);
    if (status == PR_OK)
        status = pr_job_pair(job, heap->n_ranges, job->globals.n_ranges);
    for (unsigned k = 0; k < 2; k++)
        for (uint64_t i = 0, at = 0; i < both[k]->n_ranges && status == PR_OK; i++) {
            PrRange range = pr_runs_range(both[k], &at);
            status = pr_job_pair(job, range.offset, range.bytes);
        }
    return status;
}

/* Of the heap, what overlaps the pages that have changed. */
static PrStatus write_delta(PrJob *job)
{
    PrRuns runs = {0};
    PrStatus status = pr_runs_find(&runs, &job->c, job->error);
    if (status == PR_OK)
        status = write_ranges(job, &runs);
    if (status == PR_OK)
        status = pr_job_begin(job, PR_SEC_HEAP, runs.bytes);
    for (uint64_t i = 0; i < runs.n && status == PR_OK; i++) {
        if (job->hook && (i == 0 || runs.run[i].pool != runs.run[i - 1].pool))
            job->hook("convert", ++job->n_pools);
        status = write_run(job, &runs.run[i]);
    }
    job->shift = 0;
    pr_runs_free(&runs);
    return status;
}

PrStatus pr_write_heap(PrJob *job)
{
    const PrView *v = job->view;
    if (v->dirty)
        return write_delta(job);
    PrStatus status = pr_job_begin(job, PR_SEC_RANGES, 0);
    if (status == PR_OK)
        status = pr_job_begin(job, PR_SEC_HEAP, v->heap_bytes);
    for (uint32_t i = 0; i < v->n_pools && status == PR_OK; i++) {
        if (job->hook)
            job->hook("convert", ++job->n_pools);
        status = write_pool(job, &v->pools[i]);
    }
    return status == PR_OK
               ? pr_writer_zeros(job->writer, v->heap_bytes - pr_writer_offset(job->writer),
                                 job->error)
               : status;
}
