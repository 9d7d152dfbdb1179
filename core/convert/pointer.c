/* Mapping pointers. A block has one address on all machines, so a pointer to its start stays; one
 * into its middle goes through the type's fields. Where the end of one object and the start of
 * the next are one address here but two there, the pointer's own type decides, or it is refused. */
#include "offsets.h"
#include "scalar.h"
#include <stdlib.h>

/* Below this no architecture has memory (Linux: vm.mmap_min_addr): such a pointer is a number, like SIG_IGN. */
enum { SMALL_INTEGER = 65536, MAX_DEPTH = 64, MOST_MARKS = 4 };

static const char other_values[] = "pointer to other values than its block holds";

typedef struct Target { /* what the pointer may mean in the target's layout */
    PrConv *c;
    uint32_t pointee;
    bool generic;           /* void* or char*: may point at anything */
    bool any, any_match;    /* found: at all; of the pointer's own type */
    bool differ, match_differ;
    bool sees;              /* of the locals at the place, one holds what the pointer says */
    uint64_t to, match_to;
} Target;

static void found(Target *t, uint64_t to, bool match)
{
    t->differ |= t->any && t->to != to;
    t->to = to;
    t->any = true;
    if (match) {
        t->match_differ |= t->any_match && t->match_to != to;
        t->match_to = to;
        t->any_match = true;
    }
}

/* Whether an object of `type` is what the pointer's type says. */
static bool matches(const Target *t, uint32_t type)
{
    if (type == t->pointee)
        return true;
    const PrType *a = &t->c->desc->types[type], *b = &t->c->desc->types[t->pointee];
    if (a->kind != b->kind)
        return false;
    return (pr_kind_is_integer(a->kind) || (a->kind >= PR_FLOAT && a->kind <= PR_LDOUBLE));
}

static void collect(Target *t, uint32_t type, uint64_t off, uint64_t to, unsigned depth);

static void collect_array(Target *t, uint32_t elem, uint64_t count, uint64_t off, uint64_t to,
                          unsigned depth)
{
    uint64_t fs = t->c->from->size[elem], ts = t->c->to->size[elem];
    if (fs == 0 || count == 0)
        return;
    uint64_t i = off / fs, rest = off % fs;
    if (rest == 0 && i > 0 && i <= count)
        collect(t, elem, fs, to + (i - 1) * ts, depth + 1);
    if (i < count)
        collect(t, elem, rest, to + i * ts, depth + 1);
}

/* Every object of `type` (placed at `to` in the target) that begins at, ends at or holds `off`. */
static void collect(Target *t, uint32_t type, uint64_t off, uint64_t to, unsigned depth)
{
    const PrDesc *desc = t->c->desc;
    const PrType *ty = &desc->types[type];
    uint64_t fs = t->c->from->size[type], ts = t->c->to->size[type];
    if (depth > MAX_DEPTH || off > fs)
        return;
    if (off == 0)
        found(t, to, matches(t, type));
    if (off == fs && ty->kind == PR_ARRAY) /* one past the end */
        found(t, to + ts, matches(t, ty->elem));
    else if (off == fs && matches(t, type))
        found(t, to + ts, true);
    if (ty->kind == PR_ARRAY) {
        collect_array(t, ty->elem, ty->count, off, to, depth);
    } else if (pr_kind_has_fields(ty->kind)) {
        for (uint32_t i = 0; i < ty->n_fields - (ty->kind == PR_FLEX); i++) {
            uint32_t f = ty->first_field + i;
            if (desc->fields[f].bits)
                continue;
            uint64_t start = t->c->from->offset[f];
            if (off >= start && off - start <= t->c->from->size[desc->fields[f].type])
                collect(t, desc->fields[f].type, off - start, to + t->c->to->offset[f], depth + 1);
        }
    } else if (off > 0 && off < fs && fs == ts) {
        found(t, to + off, false); /* a byte of a scalar */
    }
}

static Target target_new(PrConv *c, uint32_t pointer_type)
{
    uint32_t pointee = c->desc->types[pointer_type].elem;
    PrKind kind = c->desc->types[pointee].kind;
    return (Target){.c = c, .pointee = pointee,
                    .generic = kind == PR_VOID || (kind >= PR_CHAR && kind <= PR_UCHAR)};
}

/* The one address that the pointer means, or false. */
static bool decide(const Target *t, uint64_t *to)
{
    if (t->any && !t->differ)
        *to = t->to;
    else if (!t->generic && t->any_match && !t->match_differ)
        *to = t->match_to;
    else
        return false;
    return true;
}

static bool same_offsets(PrConv *c, uint32_t type)
{
    if (c->same[type] == 0)
        c->same[type] = pr_type_same_offsets(&c->plans, type) ? 1 : 2;
    return c->same[type] == 1;
}

/* Maps byte `off` of a block of `count` elements that stands at `to`, by what the tables say. */
static PrStatus work_out(PrConv *c, uint32_t type, uint64_t count, uint64_t off, uint64_t to,
                          uint32_t pointer_type, uint64_t *out, const char **why)
{
    if (!pr_conv_sees(c, type, count, off, pointer_type)) {
        *why = other_values;
        return PR_E_POINTER;
    }
    if (off == 0 || same_offsets(c, type)) {
        *out = to + off;
        return PR_OK;
    }
    Target t = target_new(c, pointer_type);
    if (c->desc->types[type].kind == PR_FLEX) {
        const PrType *flex = &c->desc->types[type];
        uint64_t head = c->from->size[type], end = pr_desc_block_bytes(c->desc, c->from, type, count);
        collect(&t, type, off, to, 0);
        if (off == end)
            found(&t, to + pr_desc_block_bytes(c->desc, c->to, type, count), matches(&t, flex->elem));
        if (off >= head) {
            if (off == head)
                found(&t, to + c->to->size[type], matches(&t, flex->elem));
            collect_array(&t, flex->elem, count, off - head, to + c->to->size[type], 0);
        }
    } else if (off == count * c->from->size[type])
        found(&t, to + count * c->to->size[type], matches(&t, type));
    if (c->desc->types[type].kind != PR_FLEX)
        collect_array(&t, type, count, off, to, 0);
    *why = t.any ? "pointer may mean the end of one object or the start of another"
                 : "pointer to no object of its block";
    return decide(&t, out) ? PR_OK : PR_E_POINTER;
}

/* The same, from memory where it was worked out before. */
static PrStatus map_block(PrConv *c, uint32_t type, uint64_t count, uint64_t off, uint64_t to,
                          uint32_t pointer_type, uint64_t *out, const char **why)
{
    uint64_t fs = c->from->size[type], i = 0;
    if (off >= fs)
        i = fs ? off / fs : count;
    if (i >= count || c->desc->types[type].kind == PR_FLEX)
        return work_out(c, type, count, off, to, pointer_type, out, why);
    uint64_t start = to + i * c->to->size[type];
    uint32_t *known = pr_offsets_at(c, type, pointer_type, i == 0, off - i * fs);
    if (known && *known != PR_OFFSET_UNKNOWN) {
        *out = start + *known;
        return PR_OK;
    }
    PrStatus status = work_out(c, type, count, off, to, pointer_type, out, why);
    if (status == PR_OK && known && *out - start < PR_OFFSET_UNKNOWN)
        *known = (uint32_t)(*out - start);
    return status;
}

static PrStatus dangling(PrConv *c, uint64_t value, const uint8_t *at, uint64_t *out)
{
    c->stats.dangling++;
    if (c->note && c->note->status == PR_OK)
        pr_conv_fail(c, c->note, PR_E_POINTER, "dangling pointer", at, value, false);
    *out = PR_POISON;
    return PR_OK;
}

static PrStatus refuse(PrConv *c, uint64_t value, const uint8_t *at, const char *why)
{
    return pr_conv_fail(c, c->error, PR_E_POINTER, why, at, value, false);
}

/* ---- heap ---- */
static bool slot_live(const PrPool *pool, uint64_t slot)
{
    return slot < pool->n_slots && (pool->live[slot / 8] >> (slot % 8) & 1);
}

static uint64_t slot_count(const PrPool *pool, uint64_t slot)
{
    return pool->counts ? pool->counts[slot] : pool->count;
}

static const PrPool *pool_at(const PrConv *c, uint64_t unit)
{
    uint32_t i = unit < c->view->heap_bytes / PR_UNIT_BYTES ? c->unit_pool[unit] : 0;
    return i ? &c->view->pools[i - 1] : NULL;
}

static uint64_t pool_start(const PrConv *c, const PrPool *pool)
{
    return c->desc->heap_base + pool->unit * PR_UNIT_BYTES;
}

/* The live block that ends exactly at `value`, when `slot` of `pool` (may be NULL) begins there. */
static const PrPool *block_before(const PrConv *c, const PrPool *pool, uint64_t value,
                                  uint64_t *slot)
{
    if (!pool || value == pool_start(c, pool)) {
        uint64_t unit = (value - c->desc->heap_base) / PR_UNIT_BYTES;
        if ((value - c->desc->heap_base) % PR_UNIT_BYTES || unit == 0 || !(pool = pool_at(c, unit - 1)))
            return NULL;
        *slot = pool->n_slots;
    }
    uint64_t last = *slot - 1;
    if (*slot == 0 || !slot_live(pool, last))
        return NULL;
    uint64_t end = pool_start(c, pool) + last * pool->slot_bytes +
                   pr_desc_block_bytes(c->desc, c->from, pool->type, slot_count(pool, last));
    *slot = last;
    return end == value ? pool : NULL;
}

/* One element in front of a block: an array that is counted from 1 (`v = malloc(n * sizeof *v); v--`), where
 * no other block lies. What C says of such a pointer keeps nobody from having one. */
static bool element_before(const PrConv *c, uint64_t value, uint32_t type, uint64_t *out)
{
    uint32_t elem = c->desc->types[type].elem;
    uint64_t next = value + c->from->size[elem];
    const PrPool *pool = pool_at(c, (next - c->desc->heap_base) / PR_UNIT_BYTES);
    uint64_t rest = pool ? next - pool_start(c, pool) : 1;
    if (!pool || pool->type != elem || c->from->size[elem] == 0 || rest % pool->slot_bytes != 0 ||
        !slot_live(pool, rest / pool->slot_bytes))
        return false;
    *out = next - c->to->size[elem];
    return true;
}

static PrStatus outside(PrConv *c, uint64_t value, uint32_t type, const uint8_t *at, uint64_t *out)
{
    return element_before(c, value, type, out) ? PR_OK : dangling(c, value, at, out);
}

static PrStatus map_heap(PrConv *c, uint64_t value, uint32_t type, const uint8_t *at, uint64_t *out)
{
    const PrPool *pool = pool_at(c, (value - c->desc->heap_base) / PR_UNIT_BYTES);
    uint64_t slot = 0, off = 0;
    if (pool) {
        uint64_t rest = value - pool_start(c, pool);
        if (rest <= UINT32_MAX && pool->slot_bytes <= UINT32_MAX) /* much faster than 64 bits */
            slot = (uint32_t)rest / (uint32_t)pool->slot_bytes;
        else
            slot = rest / pool->slot_bytes;
        off = rest - slot * pool->slot_bytes;
    }
    if (!pool || !slot_live(pool, slot)) {
        if (off != 0 || !(pool = block_before(c, pool, value, &slot)))
            return outside(c, value, type, at, out);
        off = value - pool_start(c, pool) - slot * pool->slot_bytes;
    }
    uint64_t count = slot_count(pool, slot);
    if (off > pr_desc_block_bytes(c->desc, c->from, pool->type, count))
        return outside(c, value, type, at, out);
    const char *why = NULL;
    PrStatus status = map_block(c, pool->type, count, off,
                                pool_start(c, pool) + slot * pool->slot_bytes, type, out, &why);
    return status == PR_OK || element_before(c, value, type, out) ? PR_OK : refuse(c, value, at, why);
}

/* ---- data stack ---- */
static void collect_locals(Target *t, const PrFrame *frame, uint64_t value, uint32_t pointer_type)
{
    const PrDesc *desc = t->c->desc;
    const PrFunc *func = &desc->funcs[desc->sites[frame->site].func];
    uint64_t off = value - frame->fp;
    for (uint32_t i = 0; i < func->n_locals; i++) {
        const PrLocal *local = &desc->locals[func->first_local + i];
        if (off < local->offset || off - local->offset > t->c->from->size[local->type])
            continue;
        collect(t, local->type, off - local->offset, frame->fp + local->offset, 0);
        t->sees |= pr_conv_sees(t->c, local->type, 1, off - local->offset, pointer_type);
    }
}

static PrStatus map_stack(PrConv *c, uint64_t value, uint32_t type, const uint8_t *at,
                          uint64_t *out)
{
    uint32_t low = 0, high = c->n_frames; /* frames[low - 1] is the last at or below value */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (c->view->frames[c->frames[middle]].fp <= value)
            low = middle + 1;
        else
            high = middle;
    }
    Target t = target_new(c, type);
    if (low > 0)
        collect_locals(&t, &c->view->frames[c->frames[low - 1]], value, type);
    if (low > 1 && c->view->frames[c->frames[low - 1]].fp == value)
        collect_locals(&t, &c->view->frames[c->frames[low - 2]], value, type);
    if (!t.any)
        return dangling(c, value, at, out);
    if (c->from == c->to) {
        *out = value;
        return PR_OK;
    }
    if (!t.sees)
        return refuse(c, value, at, other_values);
    return decide(&t, out) ? PR_OK : refuse(c, value, at, "pointer between two local objects");
}

/* ---- symbols ---- */
/* Last of n ascending addresses that is <= value; n when there is none. */
static uint32_t last_native(const PrConv *c, const uint32_t *index, uint32_t n, uint64_t value)
{
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (c->view->native[index[middle]].addr <= value)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? low - 1 : n;
}

static bool find_native(const PrConv *c, uint64_t value, uint32_t *symbol, uint64_t *off)
{
    const PrNativeSym *native = c->view->native;
    uint32_t i = last_native(c, c->funcs, c->n_funcs, value);
    if (i < c->n_funcs && native[c->funcs[i]].addr == value) {
        *symbol = native[c->funcs[i]].symbol;
        *off = 0;
        return true;
    }
    i = last_native(c, c->data, c->n_data, value);
    if (i == c->n_data)
        return false;
    const PrNativeSym *s = &native[c->data[i]];
    *symbol = s->symbol;
    *off = value - s->addr;
    return *off <= c->from->size[c->desc->symbols[s->symbol].type];
}

static bool find_virtual(const PrConv *c, uint64_t value, uint32_t *symbol, uint64_t *off)
{
    uint32_t low = 0, high = c->desc->n_symbols;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (c->desc->symbols[middle].vaddr <= value)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return false;
    const PrSymbol *s = &c->desc->symbols[low - 1];
    *symbol = low - 1;
    *off = value - s->vaddr;
    return *off <= (s->kind == PR_SYM_FUNC ? 0 : c->from->size[s->type]);
}

static PrStatus map_symbol(PrConv *c, uint64_t value, uint32_t type, const uint8_t *at,
                           uint64_t *out, PrExtref *ref, bool *external)
{
    bool native = c->view && c->view->native;
    uint64_t off;
    if (!(native ? find_native(c, value, &ref->symbol, &off)
                 : find_virtual(c, value, &ref->symbol, &off))) {
        if (native && value >= c->view->dead_from && value < c->view->dead_to)
            return dangling(c, value, at, out);
        return refuse(c, value, at, "pointer to memory that is not tracked");
    }
    const PrSymbol *s = &c->desc->symbols[ref->symbol];
    bool code = c->desc->types[type].kind == PR_FPTR;
    if (code && s->kind != PR_SYM_FUNC)
        return refuse(c, value, at, "pointer to a function points to data");
    const char *why = NULL;
    PrStatus status = map_block(c, s->type, 1, off, s->vaddr, type, out, &why);
    if (status != PR_OK)
        return refuse(c, value, at, why);
    ref->addend = *out - s->vaddr;
    *external = true;
    return PR_OK;
}

static uint64_t last_address(const PrLayout *layout)
{
    return ~UINT64_C(0) >> (64 - 8 * layout->arch->pointer_bytes);
}

static PrStatus map_pointer(PrConv *c, uint64_t value, uint32_t type, const uint8_t *at,
                            uint64_t *out, PrExtref *ref, bool *external)
{
    uint64_t all_ones = last_address(c->from);
    *external = false;
    *out = value;
    if (value == 0)
        return PR_OK;
    if (value < SMALL_INTEGER)
        return PR_OK;
    if (value == all_ones) { /* MAP_FAILED and other sentinels */
        *out = last_address(c->to);
        return PR_OK;
    }
    bool in_heap = pr_desc_in_heap(c->desc, value);
    if (!in_heap && (value < PR_HANDLE_BASE || value >= PR_STACK_END))
        return map_symbol(c, value, type, at, out, ref, external);
    if (c->desc->types[type].kind == PR_FPTR)
        return refuse(c, value, at, "pointer to a function points to data");
    if (!c->view || value < PR_STACK_BASE)
        return PR_OK;
    return in_heap ? map_heap(c, value, type, at, out) : map_stack(c, value, type, at, out);
}

/* Marks in the low bits of a pointer to a structure, which are no part of any structure's address on either machine. */
static uint64_t low_bits(const PrConv *c, uint64_t value, uint32_t type)
{
    uint32_t to = c->desc->types[type].elem;
    if (c->desc->types[type].kind != PR_PTR || c->desc->types[to].kind != PR_STRUCT || value == last_address(c->from))
        return 0;
    uint32_t align = c->from->align[to] < c->to->align[to] ? c->from->align[to] : c->to->align[to];
    return align > 1 ? value & ((align < MOST_MARKS ? align : MOST_MARKS) - 1) : 0;
}

/* As it stands, without a word if that fails: marks are looked for after the pointer's own bits meant nothing. */
static bool map_as_it_is(PrConv *c, uint64_t value, uint32_t type, const uint8_t *at,
                         uint64_t *out, PrExtref *ref, bool *external)
{
    PrError *error = c->error, *note = c->note, unheard = {0};
    uint64_t dangling = c->stats.dangling;
    c->error = &unheard;
    c->note = NULL;
    PrStatus status = map_pointer(c, value, type, at, out, ref, external);
    c->error = error;
    c->note = note;
    c->stats.dangling = dangling;
    return status == PR_OK && *out != PR_POISON;
}

PrStatus pr_conv_pointer(PrConv *c, uint64_t value, uint32_t type, const uint8_t *at,
                         uint64_t *out, PrExtref *ref, bool *external)
{
    uint64_t marks = low_bits(c, value, type);
    if (marks && map_as_it_is(c, value, type, at, out, ref, external))
        return PR_OK;
    PrStatus status = map_pointer(c, value - marks, type, at, out, ref, external);
    if (status != PR_OK || *out == PR_POISON)
        return status;
    *out += marks;
    if (*external)
        ref->addend += marks;
    return status;
}

PrStatus pr_conv_record(PrConv *c, PrExtref ref)
{
    if (c->n_refs == c->refs_room) {
        uint64_t room = c->refs_room ? 2 * c->refs_room : 256;
        PrExtref *more = room > SIZE_MAX / sizeof *more
                             ? NULL : realloc(c->refs, (size_t)room * sizeof *more);
        if (!more)
            return pr_fail(c->error, PR_E_NOMEM, "external references", c->n_refs, NULL);
        c->refs = more;
        c->refs_room = room;
    }
    if (c->n_refs > 0) {
        const PrExtref *last = &c->refs[c->n_refs - 1];
        c->refs_unsorted |= last->section > ref.section ||
                            (last->section == ref.section && last->offset >= ref.offset);
    }
    c->refs[c->n_refs++] = ref;
    return PR_OK;
}
