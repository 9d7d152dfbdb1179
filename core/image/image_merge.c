/* Base + delta = whole: see image.h. All but the heap and large variables is in the delta. The heap is made unit by unit:
 * zeros, over them what the base holds of blocks that live in both, over that the delta's ranges. */
#include "image_read.h"
#include "image_writer.h"
#include <stdlib.h>

typedef struct Merge {
    const PrImage *base, *delta;
    const PrLayout *layout;
    PrWriter *writer;
    PrError *error;
} Merge;

static uint64_t count_of(const PrPool *pool, uint32_t slot)
{
    return pool->counts ? pool->counts[slot] : pool->count;
}

static uint64_t start_of(const PrPool *pool) { return pool->unit * PR_UNIT_BYTES; }

/* Index of the first pool that ends behind `offset`; n_pools when there is none. */
static uint32_t pool_at(const PrView *view, uint64_t offset)
{
    uint32_t low = 0, high = view->n_pools;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const PrPool *p = &view->pools[middle];
        if ((p->unit + (uint64_t)p->n_units) * PR_UNIT_BYTES <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The base's pool with the same blocks as `pool`, or NULL. A large block may have grown. */
static const PrPool *counterpart(const Merge *m, const PrPool *pool)
{
    uint32_t i = pool_at(&m->base->view, start_of(pool));
    const PrPool *other = i < m->base->view.n_pools ? &m->base->view.pools[i] : NULL;
    bool alike = other && other->unit == pool->unit && other->type == pool->type &&
                 (other->slot_bytes == pool->slot_bytes ||
                  (other->n_slots == 1 && pool->n_slots == 1));
    return alike ? other : NULL;
}

/* Bytes at the start of a slot that are the base's. */
static uint64_t kept(const Merge *m, const PrPool *pool, const PrPool *other, uint32_t slot)
{
    if (!pr_pool_live(pool, slot) || !pr_pool_live(other, slot))
        return 0;
    uint64_t now = count_of(pool, slot), before = count_of(other, slot);
    return pr_desc_block_bytes(&m->delta->desc, m->layout, pool->type, now < before ? now : before);
}

static void copy_kept(const Merge *m, const PrPool *pool, uint8_t *chunk, uint64_t from, uint64_t to)
{
    const PrPool *other = counterpart(m, pool);
    uint64_t start = start_of(pool);
    if (!other)
        return;
    for (uint64_t i = from > start ? (from - start) / pool->slot_bytes : 0; i < pool->n_slots; i++) {
        uint64_t at = start + i * pool->slot_bytes;
        if (at >= to)
            break;
        uint64_t end = at + kept(m, pool, other, (uint32_t)i);
        uint64_t low = at > from ? at : from, high = end < to ? end : to;
        if (low < high)
            memcpy(chunk + (low - from), m->base->view.heap + low, (size_t)(high - low));
    }
}

/* Over bytes [from, to) of a whole section, what the delta's holds of them. */
static void copy_changed(const Merge *m, PrSection section, uint8_t *chunk, uint64_t from, uint64_t to)
{
    const PrPacked *packed = section == PR_SEC_HEAP ? &m->delta->heap_ranges : &m->delta->global_ranges;
    const uint8_t *bytes = m->delta->map + m->delta->offset[section];
    for (uint64_t i = pr_packed_find(packed, from); i < packed->n && packed->range[i].offset < to; i++) {
        uint64_t at = packed->range[i].offset, end = at + packed->range[i].bytes;
        uint64_t low = at > from ? at : from, high = end < to ? end : to;
        memcpy(chunk + (low - from), bytes + packed->at[i] + (low - at), (size_t)(high - low));
    }
}

static PrStatus put_chunk(Merge *m, const uint8_t *chunk, uint64_t n)
{
    if (n == PR_UNIT_BYTES && pr_all_zero(chunk, n))
        return pr_writer_zeros(m->writer, n, m->error);
    pr_writer_commit(m->writer, n);
    return PR_OK;
}

/* The base's, which has them at the same places, and over them what has changed. */
static PrStatus write_globals(Merge *m)
{
    const uint8_t *base = m->base->map + m->base->offset[PR_SEC_GLOBALS];
    uint64_t length = m->base->length[PR_SEC_GLOBALS];
    PrStatus status = pr_writer_section(m->writer, PR_SEC_GLOBALS, length, m->error);
    for (uint64_t at = 0, n; at < length && status == PR_OK; at += n) {
        uint64_t room;
        n = length - at < PR_UNIT_BYTES ? length - at : PR_UNIT_BYTES;
        uint8_t *chunk = pr_writer_reserve(m->writer, n, &room, m->error);
        if (!chunk)
            return PR_E_IO;
        memcpy(chunk, base + at, (size_t)n);
        copy_changed(m, PR_SEC_GLOBALS, chunk, at, at + n);
        status = put_chunk(m, chunk, n);
    }
    return status;
}

static PrStatus write_heap(Merge *m)
{
    const PrView *view = &m->delta->view;
    PrStatus status = pr_writer_section(m->writer, PR_SEC_RANGES, 0, m->error);
    if (status == PR_OK)
        status = pr_writer_section(m->writer, PR_SEC_HEAP, view->heap_bytes, m->error);
    for (uint64_t at = 0; at < view->heap_bytes && status == PR_OK; at += PR_UNIT_BYTES) {
        uint64_t room;
        uint8_t *chunk = pr_writer_reserve(m->writer, PR_UNIT_BYTES, &room, m->error);
        if (!chunk)
            return PR_E_IO;
        memset(chunk, 0, PR_UNIT_BYTES);
        uint32_t i = pool_at(view, at);
        if (i < view->n_pools && start_of(&view->pools[i]) <= at)
            copy_kept(m, &view->pools[i], chunk, at, at + PR_UNIT_BYTES);
        copy_changed(m, PR_SEC_HEAP, chunk, at, at + PR_UNIT_BYTES);
        status = put_chunk(m, chunk, PR_UNIT_BYTES);
    }
    return status;
}

/* ---- external references ---- */

static bool in_range(const PrPacked *packed, uint64_t offset)
{
    uint64_t i = pr_packed_find(packed, offset);
    return i < packed->n && packed->range[i].offset <= offset;
}

/* Whether the merged image has the base's bytes at the place of a reference of the base. */
static bool from_base(const Merge *m, const PrExtref *ref)
{
    const PrView *view = &m->delta->view;
    uint64_t offset = ref->offset;
    if (ref->section == PR_SEC_GLOBALS)
        return !in_range(&m->delta->global_ranges, offset);
    if (ref->section != PR_SEC_HEAP || in_range(&m->delta->heap_ranges, offset))
        return false;
    uint32_t index = pool_at(view, offset);
    if (index == view->n_pools || start_of(&view->pools[index]) > offset)
        return false;
    const PrPool *pool = &view->pools[index], *other = counterpart(m, pool);
    uint64_t in = offset - start_of(pool), slot = in / pool->slot_bytes;
    return other && slot < pool->n_slots &&
           in - slot * pool->slot_bytes < kept(m, pool, other, (uint32_t)slot);
}

typedef struct Refs { /* one image's references, front to back */
    const PrImage *image;
    uint64_t n, next;
    PrExtref ref;
} Refs;

/* The next reference that counts: the base's count where the merged heap has its bytes. */
static PrStatus advance(const Merge *m, Refs *refs)
{
    PrStatus status = PR_OK;
    while (refs->next < refs->n && status == PR_OK) {
        status = pr_image_extref(refs->image, refs->next, &refs->ref, m->error);
        if (status == PR_OK && (refs->image == m->delta || from_base(m, &refs->ref)))
            return PR_OK;
        refs->next++;
    }
    return status;
}

static bool before(const Refs *a, const Refs *b)
{
    if (a->next == a->n || b->next == b->n)
        return b->next == b->n;
    return a->ref.section != b->ref.section ? a->ref.section < b->ref.section
                                            : a->ref.offset < b->ref.offset;
}

/* Both lists as one: counted with rows == NULL, then put into rows. */
static PrStatus walk_refs(const Merge *m, uint8_t *rows, uint64_t *n)
{
    Refs both[2] = {{.image = m->base, .n = pr_image_n_extrefs(m->base)},
                    {.image = m->delta, .n = pr_image_n_extrefs(m->delta)}};
    PrStatus status = advance(m, &both[0]);
    if (status == PR_OK)
        status = advance(m, &both[1]);
    for (*n = 0; status == PR_OK && (both[0].next < both[0].n || both[1].next < both[1].n); ++*n) {
        Refs *refs = before(&both[0], &both[1]) ? &both[0] : &both[1];
        if (rows) {
            uint8_t *row = rows + *n * PR_EXTREF_BYTES;
            pr_put32(row, refs->ref.section);
            pr_put32(row + 4, refs->ref.symbol);
            pr_put64(row + 8, refs->ref.offset);
            pr_put64(row + 16, refs->ref.addend);
        }
        refs->next++;
        status = advance(m, refs);
    }
    return status;
}

static PrStatus write_refs(Merge *m)
{
    uint64_t n = 0;
    PrStatus status = walk_refs(m, NULL, &n);
    uint8_t head[PR_EXTREFS_HEAD] = {0};
    if (status != PR_OK)
        return status;
    uint8_t *rows = n < SIZE_MAX / PR_EXTREF_BYTES ? malloc((size_t)n * PR_EXTREF_BYTES + 1) : NULL;
    if (!rows)
        return pr_fail(m->error, PR_E_NOMEM, "references", n, NULL);
    status = walk_refs(m, rows, &n);
    pr_put64(head, n);
    if (status == PR_OK)
        status = pr_writer_section(m->writer, PR_SEC_EXTREFS,
                                   PR_EXTREFS_HEAD + n * PR_EXTREF_BYTES, m->error);
    if (status == PR_OK)
        status = pr_writer_bytes(m->writer, head, sizeof head, m->error);
    if (status == PR_OK)
        status = pr_writer_bytes(m->writer, rows, n * PR_EXTREF_BYTES, m->error);
    free(rows);
    return status;
}

/* ---- the file ---- */

static PrStatus check_pair(const PrImage *base, const PrImage *delta, PrError *error)
{
    if (!delta->is_delta || base->is_delta || base->is_native)
        return pr_fail(error, PR_E_FORMAT, "header", 12, "not a delta and a whole class image");
    if (memcmp(base->desc.program_id, delta->desc.program_id, sizeof base->desc.program_id))
        return pr_fail(error, PR_E_PROGRAM, "header", 32, "base of another build");
    if (base->view.layout != delta->view.layout)
        return pr_fail(error, PR_E_ARCH, "header", 16, "base of another layout class");
    if (base->view.epoch != delta->view.base_epoch)
        return pr_fail(error, PR_E_FORMAT, pr_section_name(PR_SEC_META), base->view.epoch,
                       "not the epoch that the delta builds on");
    return PR_OK;
}

/* Everything in front of the heap but the variables is the delta's, but it is no delta any more. */
static PrStatus write_front(Merge *m)
{
    const PrImage *d = m->delta;
    PrStatus status = PR_OK;
    for (unsigned s = 0; s < PR_SEC_RANGES && status == PR_OK; s++) {
        const uint8_t *from = d->map + d->offset[s];
        uint64_t n = d->length[s], whole = s == PR_SEC_META ? PR_META_BYTES - 8 : n;
        if (s == PR_SEC_GLOBALS) {
            status = write_globals(m);
            continue;
        }
        status = pr_writer_section(m->writer, (PrSection)s, n, m->error);
        if (status == PR_OK)
            status = pr_writer_bytes(m->writer, from, whole, m->error);
        if (status == PR_OK)
            status = pr_writer_zeros(m->writer, n - whole, m->error);
    }
    return status;
}

PrStatus pr_image_merge(const PrImage *base, const PrImage *delta, int fd, PrError *error)
{
    PrError own = {0};
    Merge m = {.base = base, .delta = delta, .error = error ? error : &own};
    PrStatus status = check_pair(base, delta, m.error);
    if (status != PR_OK)
        return status;
    m.layout = &delta->desc.layouts[delta->view.layout];
    m.writer = pr_writer_new(fd, NULL);
    if (!m.writer)
        return pr_fail(m.error, PR_E_NOMEM, "image writer", 0, NULL);
    status = write_front(&m);
    if (status == PR_OK)
        status = write_heap(&m);
    if (status == PR_OK)
        status = write_refs(&m);
    if (status == PR_OK)
        status = pr_writer_finish(m.writer, &delta->desc, delta->view.layout, 0, NULL, m.error);
    pr_writer_free(m.writer);
    return status;
}
