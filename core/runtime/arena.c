/* Typed allocation in the common-address arena.
 *
 * Blocks of one element type and size class share pools; a pool is a run of 64 KiB units. All
 * bookkeeping lies outside the arena, in the very form the converter reads (PrPool): a bitmap of
 * the slots in use, and element counts where they vary. There is no free list: a free slot is
 * found in the bitmap, so nothing has to be rebuilt after a restore, nothing a program writes can
 * damage it, and a second free is always noticed. */
#define _GNU_SOURCE
#include "arena.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CLASS_HASH = 2 * RT_MAX_CLASSES, CACHE = 1024 };

RtPool *rt_pools;
RtClass rt_classes[RT_MAX_CLASSES];
static uint32_t n_classes;
static uint16_t class_hash[CLASS_HASH]; /* class + 1 */
static uint64_t live_bytes; /* of slots in use */

/* What a request for (bytes, type) comes down to; direct-mapped. */
typedef struct Request {
    size_t bytes;
    uint32_t wanted; /* the type as asked for, + 1; 0: empty entry */
    uint32_t type, cls;
    uint64_t count, slot_bytes;
    bool misfit;
} Request;
static Request cache[CACHE];

/* ---- bitmap: bit i of byte i/8. Handled in whole words (a byte's store would delay the next load
 * of its word), so those are little endian ---- */

static uint64_t little(uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static uint64_t bit(uint32_t slot) { return little(UINT64_C(1) << slot % 64); }
static uint64_t *live_of(const RtPool *q) { return (uint64_t *)(uintptr_t)q->p.live; }
static PrCount *counts_of(RtPool *q) { return (PrCount *)(uintptr_t)q->p.counts; }
static uint32_t live_words(uint32_t n_slots) { return (n_slots + 63) / 64; }

static bool is_live(const RtPool *q, uint32_t slot)
{
    return live_of(q)[slot / 64] & bit(slot);
}

/* ---- pools ---- */

static uint64_t reciprocal(uint64_t slot_bytes)
{
    return ((UINT64_C(1) << RT_RECIP_SHIFT) + slot_bytes - 1) / slot_bytes;
}

void rt_pool_list(RtClass *c, uint32_t unit)
{
    RtPool *q = &rt_pools[unit];

    q->prev = RT_NO_UNIT;
    q->next = c->list;
    if (c->list != RT_NO_UNIT)
        rt_pools[c->list].prev = unit;
    c->list = unit;
    q->listed = true;
}

void rt_pool_unlist(RtClass *c, uint32_t unit)
{
    RtPool *q = &rt_pools[unit];

    if (q->prev == RT_NO_UNIT)
        c->list = q->next;
    else
        rt_pools[q->prev].next = q->next;
    if (q->next != RT_NO_UNIT)
        rt_pools[q->next].prev = q->prev;
    q->listed = false;
}

/* Pools in whose units the same places mean the same (rt_units_take). */
static uint64_t kind_of(uint32_t type, uint64_t slot_bytes, uint32_t n_slots)
{
    return (n_slots > 1 ? slot_bytes : 0) << 32 | (type + UINT64_C(1));
}

/* A new pool of `n_slots` slots; RT_NO_UNIT when memory or the heap is at its end. */
static uint32_t pool_new(uint32_t type, uint32_t alloc, uint64_t slot_bytes, uint32_t n_units,
                         uint32_t n_slots, bool counted)
{
    uint64_t *live = calloc(live_words(n_slots), 8);
    PrCount *counts = counted ? calloc(n_slots, sizeof *counts) : NULL;
    uint32_t unit = RT_NO_UNIT;
    bool zero = false;

    if (live && (counts || !counted))
        unit = rt_units_take(n_units, kind_of(type, slot_bytes, n_slots), &zero);
    if (unit == RT_NO_UNIT) {
        free(live);
        free(counts);
        return RT_NO_UNIT;
    }
    rt_pools[unit] = (RtPool){.p = {.unit = unit, .n_units = n_units, .type = type, .alloc = alloc,
                                 .slot_bytes = slot_bytes, .n_slots = n_slots, .count = 1,
                                 .counts = counts, .live = (uint8_t *)live},
                           .recip = reciprocal(slot_bytes), .n_free = n_slots, .cls = RT_NO_CLASS,
                           .clean = zero ? 0 : n_slots, .prev = RT_NO_UNIT, .next = RT_NO_UNIT, .owned = true};
    return unit;
}

static void pool_drop(uint32_t unit)
{
    RtPool *q = &rt_pools[unit];

    rt_units_give(unit, q->p.n_units, kind_of(q->p.type, q->p.slot_bytes, q->p.n_slots));
    if (q->owned) {
        free(live_of(q));
        free(counts_of(q));
    }
    memset(q, 0, sizeof *q);
}

bool rt_pool_own(RtPool *q)
{
    uint32_t n = q->p.n_slots, used = 0;
    uint64_t *live = calloc(live_words(n), 8);
    PrCount *counts = q->p.counts ? malloc(n * sizeof *counts) : NULL;

    if (!live || (q->p.counts && !counts)) {
        free(live);
        free(counts);
        return false;
    }
    memcpy(live, q->p.live, (n + 7) / 8);
    if (counts)
        memcpy(counts, q->p.counts, n * sizeof *counts);
    q->p.live = (uint8_t *)live;
    q->p.counts = counts;
    q->owned = true;
    for (uint32_t w = 0; w < live_words(n); w++)
        used += (uint32_t)__builtin_popcountll(live[w]);
    q->n_free = n - used;
    q->hint = 0;
    return true;
}

/* ---- size classes ---- */

uint64_t rt_class_bytes(uint64_t bytes)
{
    uint64_t step = 16;

    while (bytes > step * 16)
        step *= 2;
    return bytes <= 128 ? (bytes + 15) / 16 * 16 : (bytes + step - 1) / step * step;
}

uint32_t rt_class_find(uint32_t type, uint64_t slot_bytes, bool counted, bool misfit)
{
    uint64_t key = (type * UINT64_C(0x9e3779b97f4a7c15)) ^ (slot_bytes * UINT64_C(0xc2b2ae3d27d4eb4f)) ^
                   ((uint64_t)counted << 62) ^ ((uint64_t)misfit << 61);
    uint32_t at = (uint32_t)(key >> 40) % CLASS_HASH;

    for (; class_hash[at]; at = (at + 1) % CLASS_HASH) {
        const RtClass *c = &rt_classes[class_hash[at] - 1];

        if (c->type == type && c->slot_bytes == slot_bytes && c->counted == counted &&
            c->misfit == misfit)
            return class_hash[at] - 1u;
    }
    if (n_classes == RT_MAX_CLASSES)
        return RT_NO_CLASS;
    rt_classes[n_classes] = (RtClass){.type = type, .slot_bytes = slot_bytes, .counted = counted,
                                   .misfit = misfit, .current = RT_NO_UNIT, .list = RT_NO_UNIT};
    class_hash[at] = (uint16_t)++n_classes;
    return n_classes - 1;
}

static uint32_t class_pool_new(uint32_t cls, uint32_t site)
{
    const RtClass *c = &rt_classes[cls];
    uint32_t n_units = (uint32_t)((c->slot_bytes * RT_POOL_SLOTS + PR_UNIT_BYTES - 1) / PR_UNIT_BYTES);
    uint32_t n_slots = (uint32_t)(n_units * PR_UNIT_BYTES / c->slot_bytes);
    uint32_t unit = pool_new(c->type, site, c->slot_bytes, n_units, n_slots, c->counted);

    if (unit != RT_NO_UNIT) {
        rt_pools[unit].cls = cls;
        rt_pools[unit].misfit = c->misfit;
    }
    return unit;
}

/* The class's pool with a free slot, or NULL. */
static RtPool *class_pool(uint32_t cls, uint32_t site)
{
    RtClass *c = &rt_classes[cls];

    if (c->current != RT_NO_UNIT && rt_pools[c->current].owned && rt_pools[c->current].n_free)
        return &rt_pools[c->current];
    c->current = RT_NO_UNIT;
    while (c->list != RT_NO_UNIT) {
        uint32_t unit = c->list;
        RtPool *q = &rt_pools[unit];

        if (!q->owned && !rt_pool_own(q))
            return NULL;
        rt_pool_unlist(c, unit);
        if (q->n_free) {
            c->current = unit;
            return q;
        }
    }
    c->current = class_pool_new(cls, site);
    return c->current == RT_NO_UNIT ? NULL : &rt_pools[c->current];
}

/* ---- requests ---- */

/* Resolves a request. False when no block of that size can exist. */
static bool request_make(Request *r, size_t bytes, uint32_t wanted)
{
    uint32_t type = wanted & ~RT_FLAGS;
    uint32_t like = type == PR_TYPE_VOID ? PR_TYPE_CHAR : type; /* nothing is known but its bytes */
    uint64_t size = rt_desc.layouts[rt_layout].size[like];
    uint64_t align = rt_desc.types[type].common_align ? rt_desc.types[type].common_align : 1;
    bool aggregate = rt_desc.types[type].kind == PR_STRUCT || rt_desc.types[type].kind == PR_ARRAY;
    bool counted;

    if (bytes > rt_heap.bytes) {
        rt_units_full(bytes);
        return false;
    }
    *r = (Request){.bytes = bytes, .type = type, .wanted = wanted + 1, .cls = RT_NO_CLASS};
    if (rt_desc.types[type].kind == PR_FLEX) {
        uint64_t each = rt_desc.layouts[rt_layout].size[rt_desc.types[type].elem];

        uint64_t more = bytes > size && each ? bytes - size : 0;

        /* What stands behind the elements has an element's room; else less than an element is padding,
         * which is smaller than the alignment. */
        r->count = more / (each ? each : 1) + (rt_desc.types[type].rest && more % (each ? each : 1));
        r->misfit = bytes < size || (!rt_desc.types[type].rest && each && more % each >=
                                     rt_desc.layouts[rt_layout].align[type]);
    } else {
        r->count = ((uint64_t)bytes + (wanted & RT_ROOM ? 0 : size - 1)) / size;
        r->misfit = aggregate && !(wanted & RT_ROOM) &&
                    (bytes % size || (wanted & RT_TAIL && r->count != 1));
    }
    r->slot_bytes = pr_desc_slot_bytes(&rt_desc, like, r->count);
    if (wanted & RT_ROOM && r->slot_bytes < bytes)
        r->slot_bytes = bytes;
    if ((r->count && !r->slot_bytes) || r->slot_bytes > rt_heap.bytes || align > PR_UNIT_BYTES)
        return false;
    counted = size == 1 || r->count != 1 || rt_desc.types[type].kind == PR_FLEX ||
              r->slot_bytes > RT_SMALL_BYTES || r->misfit || wanted & RT_ROOM;
    if (counted && r->slot_bytes <= RT_SLOT_MAX) {
        r->slot_bytes = rt_class_bytes(r->slot_bytes ? r->slot_bytes : 1);
        r->slot_bytes = (r->slot_bytes + align - 1) / align * align;
    }
    if (r->slot_bytes <= RT_SLOT_MAX)
        r->cls = rt_class_find(type, r->slot_bytes, counted, r->misfit);
    return true;
}

static const Request *request_get(size_t bytes, uint32_t wanted)
{
    uint64_t key = (bytes * UINT64_C(0x9e3779b97f4a7c15)) ^ (wanted * UINT64_C(0xff51afd7ed558ccd));
    Request *r = &cache[(uint32_t)(key >> 40) % CACHE];
    uint32_t type = wanted & ~RT_FLAGS;

    if (r->wanted == wanted + 1 && r->bytes == bytes)
        return r;
    if (type != PR_TYPE_VOID && (type >= rt_desc.n_types || !rt_desc.layouts[rt_layout].size[type]))
        return request_get(bytes, PR_TYPE_VOID);
    return request_make(r, bytes, wanted) ? r : (r->wanted = 0, NULL);
}

/* ---- allocation ---- */

static void *large_new(const Request *r, uint32_t site, bool *zero)
{
    uint32_t n_units = (uint32_t)((r->slot_bytes + PR_UNIT_BYTES - 1) / PR_UNIT_BYTES);
    uint32_t unit;
    RtPool *q;

    n_units = n_units ? n_units : 1;
    unit = pool_new(r->type, site, n_units * PR_UNIT_BYTES, n_units, 1, false);
    if (unit == RT_NO_UNIT)
        return NULL;
    q = &rt_pools[unit];
    q->p.count = r->count;
    q->misfit = r->misfit;
    q->n_free = 0;
    *zero = q->clean == 0;
    live_of(q)[0] = bit(0);
    live_bytes += q->p.slot_bytes;
    return rt_unit_address(unit);
}

/* Takes a free slot: one freed just now, else the lowest. The caller has seen that there is one. */
static uint32_t slot_take(RtPool *q)
{
    uint64_t *live = live_of(q), open;
    uint32_t slot;

    q->n_free--;
    if (q->n_recent) {
        slot = q->recent[--q->n_recent];
        live[slot / 64] |= bit(slot);
        return slot;
    }
    while (!(open = ~little(live[q->hint])))
        q->hint++;
    slot = q->hint * 64 + (uint32_t)__builtin_ctzll(open);
    live[q->hint] |= bit(slot);
    return slot;
}

/* *zero: the block's bytes are known to be zero. */
static void *block_new(size_t bytes, uint32_t type, uint32_t site, bool *zero)
{
    const Request *r = request_get(bytes, type);
    RtPool *q;
    uint32_t slot;

    *zero = true;
    if (!r)
        return NULL;
    if (r->cls == RT_NO_CLASS)
        return large_new(r, site, zero);
    q = class_pool(r->cls, site);
    if (!q)
        return NULL;
    slot = slot_take(q);
    if (q->p.counts)
        counts_of(q)[slot] = (PrCount)r->count;
    if (slot >= q->clean)
        q->clean = slot + 1;
    else
        *zero = false;
    live_bytes += q->p.slot_bytes;
    return rt_unit_address(q->p.unit) + slot * (size_t)q->p.slot_bytes;
}

void *preaches_malloc(size_t bytes, unsigned type, unsigned site)
{
    bool zero;
    void *block = block_new(bytes, type, site, &zero);

    if (!block)
        errno = ENOMEM;
    return block;
}

void *preaches_calloc(size_t n, size_t bytes, unsigned type, unsigned site)
{
    size_t all;
    bool zero;
    void *block = __builtin_mul_overflow(n, bytes, &all) ? NULL : block_new(all, type, site, &zero);

    if (!block)
        errno = ENOMEM;
    else if (!zero)
        memset(block, 0, all);
    return block;
}

/* The pool and slot of a block in use; ends the program on anything else, as glibc does. */
static RtPool *block_find(void *block, uint32_t *slot, const char *what)
{
    uint64_t offset = (uintptr_t)block - rt_heap.base;
    uint32_t unit = rt_units_owner((uint32_t)(offset / PR_UNIT_BYTES));
    RtPool *q = unit == RT_NO_UNIT ? NULL : &rt_pools[unit];

    if (q) {
        offset -= unit * PR_UNIT_BYTES;
        *slot = q->p.n_slots == 1 ? 0 : (uint32_t)(offset * q->recip >> RT_RECIP_SHIFT);
    }
    if (q && !q->owned && !rt_pool_own(q)) {
        rt_warn("%s: out of memory", what);
        abort();
    }
    if (!q || *slot >= q->p.n_slots || *slot * q->p.slot_bytes != offset || !is_live(q, *slot)) {
        rt_warn("%s: not a block in use: %p", what, block);
        abort();
    }
    return q;
}

void preaches_free(void *block)
{
    uint32_t slot;
    uint32_t unit;
    RtPool *q;
    RtClass *c;

    if (!rt_in_heap(block)) {
        free(block); /* NULL, or a library's own */
        return;
    }
    q = block_find(block, &slot, "free");
    unit = q->p.unit;
    live_bytes -= q->p.slot_bytes;
    if (q->cls == RT_NO_CLASS) {
        pool_drop(unit);
        return;
    }
    live_of(q)[slot / 64] &= ~bit(slot);
    q->n_free++;
    if (q->n_recent < RT_RECENT)
        q->recent[q->n_recent++] = (uint16_t)slot;
    if (slot / 64 < q->hint)
        q->hint = slot / 64;
    c = &rt_classes[q->cls];
    if (unit == c->current)
        return;
    if (q->n_free == q->p.n_slots) {
        if (q->listed)
            rt_pool_unlist(c, unit);
        pool_drop(unit);
    } else if (!q->listed) {
        rt_pool_list(c, unit);
    }
}

/* Tries to give the block its new size where it stands. */
static bool resize_in_place(RtPool *q, uint32_t slot, const Request *r)
{
    uint64_t need = (r->slot_bytes + PR_UNIT_BYTES - 1) / PR_UNIT_BYTES;

    if (r->type != q->p.type || r->misfit != q->misfit || r->cls != q->cls)
        return false;
    if (q->cls != RT_NO_CLASS) {
        if (q->p.counts)
            counts_of(q)[slot] = (PrCount)r->count;
        return true;
    }
    if (need < q->p.n_units / 2)
        return false;
    if (need > q->p.n_units) {
        uint32_t more = (uint32_t)need - q->p.n_units;

        if (!rt_units_extend(q->p.unit, q->p.n_units, more, kind_of(q->p.type, 0, 1)))
            return false;
        q->p.n_units += more;
        q->p.slot_bytes += more * PR_UNIT_BYTES;
        live_bytes += more * PR_UNIT_BYTES;
    }
    q->p.count = r->count;
    return true;
}

/* What of a slot belongs to its block. Of blocks with pointers, the rest is not copied when they move: it
 * would end in the middle of what an earlier block left there, and half a pointer is none. */
static uint64_t content_bytes(RtPool *q, uint32_t slot)
{
    uint64_t count = q->p.counts ? counts_of(q)[slot] : q->p.count, bytes;

    if (q->misfit || !rt_desc.types[q->p.type].has_pointers)
        return q->p.slot_bytes;
    bytes = pr_desc_block_bytes(&rt_desc, &rt_desc.layouts[rt_layout], q->p.type, count);
    return bytes < q->p.slot_bytes ? bytes : q->p.slot_bytes;
}

void *preaches_realloc(void *block, size_t bytes, unsigned type, unsigned site)
{
    const Request *r;
    uint32_t slot;
    RtPool *q;
    uint64_t room;
    void *moved;

    if (!block)
        return preaches_malloc(bytes, type, site);
    if (!rt_in_heap(block))
        return realloc(block, bytes);
    q = block_find(block, &slot, "realloc");
    if (!bytes) {
        preaches_free(block);
        return NULL;
    }
    if (type == PR_TYPE_VOID)
        type = q->p.type;
    r = request_get(bytes, type);
    if (r && resize_in_place(q, slot, r))
        return block;
    room = content_bytes(q, slot);
    moved = preaches_malloc(bytes, type, site);
    if (!moved)
        return NULL;
    memcpy(moved, block, bytes < room ? bytes : (size_t)room);
    preaches_free(block);
    return moved;
}

/* ---- for adopt.c ---- */

void rt_arena_clear(void)
{
    if (!n_classes && !rt_units_top())
        return; /* untouched: pages of tables stay unbacked */
    memset(rt_pools, 0, rt_units_top() * sizeof *rt_pools);
    memset(rt_classes, 0, sizeof rt_classes[0] * n_classes);
    memset(class_hash, 0, sizeof class_hash);
    memset(cache, 0, sizeof cache);
    n_classes = 0;
    live_bytes = 0;
}

void rt_pool_restored(const PrPool *p, uint64_t n_live)
{
    rt_pools[p->unit] = (RtPool){.p = *p, .recip = reciprocal(p->slot_bytes), .clean = p->n_slots,
                                 .cls = RT_NO_CLASS, .prev = RT_NO_UNIT, .next = RT_NO_UNIT};
    live_bytes += p->slot_bytes * n_live;
}

PrStatus rt_arena_map(PrError *error)
{
    PrStatus status = rt_units_map(error);

    if (status != PR_OK)
        return status;
    rt_pools = rt_units_table(rt_heap.n_units, sizeof *rt_pools);
    return rt_pools ? PR_OK : pr_fail(error, PR_E_NOMEM, "heap", rt_heap.bytes, NULL);
}

uint64_t rt_arena_live_bytes(void) { return live_bytes; }
