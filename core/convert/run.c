/* Running plans: windows where there are any, leaf by leaf where not, then pointers and long
 * doubles. When a window finds a value that does not fit, the same elements go through the leaf
 * code, which names it. */
#include "offsets.h"
#include "scalar.h"
#include "starts.h"
#include <stdlib.h>

enum { CHUNK_BYTES = 2048 }; /* data, then pointers, of what still is in the cache: measured with a tree */

static PrStatus narrow(PrConv *c, const uint8_t *at, uint64_t value, bool is_signed)
{
    return pr_conv_fail(c, c->error, PR_E_NARROW, "value does not fit the target's type", at,
                        value, is_signed);
}

PrStatus pr_conv_unfit(PrConv *c, const uint8_t *at, uint64_t value, bool is_signed, unsigned from_bytes,
                       unsigned to_bytes)
{
    if (to_bytes <= from_bytes)
        return narrow(c, at, value, is_signed);
    return pr_conv_fail(c, c->error, PR_E_NARROW, "value may have more bits on the target", at, value, is_signed);
}

/* One integer, float or double. */
static PrStatus run_scalar(PrConv *c, uint32_t type, const uint8_t *from, unsigned from_bytes,
                           uint8_t *to, unsigned to_bytes)
{
    PrKind kind = c->desc->types[type].kind;
    bool is_signed = pr_kind_is_signed(kind);
    uint64_t value = pr_scalar_get(from, from_bytes, c->from->arch->big_endian, is_signed);
    if (kind == PR_BOOL)
        value = value != 0;
    if (!pr_integer_convert(&value, from_bytes, to_bytes, is_signed, c->desc->types[type].count))
        return pr_conv_unfit(c, from, value, is_signed, from_bytes, to_bytes);
    pr_scalar_put(to, to_bytes, c->to->arch->big_endian, value);
    return PR_OK;
}

static PrStatus run_ldouble(PrConv *c, const uint8_t *from, unsigned from_bytes, uint8_t *to,
                            unsigned to_bytes)
{
    PrValue value = pr_ldouble_get(c->from->arch, from, from_bytes);
    if (!pr_ldouble_put(c->to->arch, to, to_bytes, value))
        return pr_conv_fail(c, c->error, PR_E_NARROW,
                            "long double is too large for the target (shown: binary128, upper)",
                            from, value.hi, false);
    return PR_OK;
}

/* What could not be carried over may be left over from something else: then it is of no use, and zero. */
static PrStatus may_be_stale(PrConv *c, uint32_t type, PrStatus status, uint8_t *to, unsigned to_bytes)
{
    const PrType *t = &c->desc->types[type];
    if (t->kind == PR_ARRAY || t->count != PR_STALE || (status != PR_E_NARROW && status != PR_E_POINTER))
        return status;
    memset(to, 0, to_bytes);
    if (c->error)
        *c->error = (PrError){.status = PR_OK};
    return PR_OK;
}

static inline PrStatus run_pointer(PrConv *c, uint32_t type, const uint8_t *from, uint8_t *to)
{
    const PrArch *fa = c->from->arch, *ta = c->to->arch;
    uint64_t value = pr_word_get(from, fa->pointer_bytes, fa->big_endian), out = 0;
    PrExtref ref = {.section = (uint32_t)c->section, .offset = c->out_offset};
    bool external = false;
    PrStatus status = PR_OK;
    if (value)
        status = pr_conv_pointer(c, value, type, from, &out, &ref, &external);
    if (status == PR_OK && ta->pointer_bytes == 4 && out > UINT32_MAX)
        status = narrow(c, from, out, false);
    if (status != PR_OK)
        return may_be_stale(c, type, status, to, ta->pointer_bytes);
    pr_word_put(to, ta->pointer_bytes, ta->big_endian, out);
    if (!external || !c->view)
        return PR_OK;
    ref.offset += (uint64_t)(to - c->out);
    return pr_conv_record(c, ref);
}

/* A bit-field: `at` is its offset in bits from `p`. The target's bits are zero. */
static PrStatus run_bits(PrConv *c, const PrLeaf *leaf, const uint8_t *from, uint8_t *to)
{
    uint64_t value = pr_bits_get(from, leaf->from, leaf->bits, c->from->arch->big_endian);
    pr_bits_put(to, leaf->to, leaf->bits, c->to->arch->big_endian, value);
    return PR_OK;
}

static PrStatus run_any(PrConv *c, uint32_t type, const uint8_t *from, unsigned from_bytes,
                        uint8_t *to, unsigned to_bytes)
{
    PrKind kind = c->desc->types[type].kind;
    if (pr_kind_is_pointer(kind))
        return run_pointer(c, type, from, to);
    if (kind == PR_LDOUBLE)
        return run_ldouble(c, from, from_bytes, to, to_bytes);
    return may_be_stale(c, type, run_scalar(c, type, from, from_bytes, to, to_bytes), to, to_bytes);
}

static PrStatus run_leaf(PrConv *c, const PrLeaf *leaf, const uint8_t *from, uint8_t *to)
{
    PrKind kind = c->desc->types[leaf->type].kind;
    if (leaf->bits)
        return run_bits(c, leaf, from, to);
    from += leaf->from;
    to += leaf->to;
    if (leaf->n == 1)
        return run_any(c, leaf->type, from, leaf->from_bytes, to, leaf->to_bytes);
    bool copy = leaf->from_bytes == leaf->to_bytes && kind < PR_LDOUBLE && kind != PR_BOOL &&
                (leaf->to_bytes == 1 || c->from->arch->big_endian == c->to->arch->big_endian);
    if (copy) {
        memcpy(to, from, (size_t)(leaf->n * leaf->to_bytes));
        return PR_OK;
    }
    PrStatus status = PR_OK;
    for (uint64_t i = 0; i < leaf->n && status == PR_OK; i++)
        status = run_any(c, leaf->type, from + i * leaf->from_bytes, leaf->from_bytes,
                         to + i * leaf->to_bytes, leaf->to_bytes);
    return status;
}

static PrStatus run_leaves(PrConv *c, const PrPlan *plan, PrSpan s)
{
    PrStatus status = PR_OK;
    for (uint64_t e = 0; e < s.n && status == PR_OK; e++) {
        uint8_t *to = s.to + e * s.to_stride;
        memset(to, 0, (size_t)plan->to_size);
        for (uint32_t l = 0; l < plan->n_leaves && status == PR_OK; l++)
            status = run_leaf(c, &plan->leaves[l], s.from + e * s.from_stride, to);
    }
    return status;
}

/* How many strides from `base` may be reached by `reach` bytes before `end`. */
static uint64_t within(const uint8_t *base, const uint8_t *end, uint64_t stride, uint64_t reach,
                       uint64_t n)
{
    uint64_t room = (uint64_t)(end - base);
    if (room < reach || n == 0)
        return 0;
    uint64_t most = (room - reach) / stride + 1;
    return most < n ? most : n;
}

/* Plain data of one chunk: as many whole groups as may be touched by windows, the rest by leaves. *moved: of
 * how many elements the pointers have been moved along. */
static PrStatus run_data(PrConv *c, const PrPlan *plan, PrSpan s, uint64_t *moved)
{
    bool tight = s.from_stride == plan->from_size && s.to_stride == plan->to_size;
    if (plan->form == PR_FORM_COPY && tight) {
        memcpy(s.to, s.from, (size_t)(s.n * plan->to_size));
        *moved = s.n;
        return PR_OK;
    }
    bool packs = tight && plan->packed.n > 0 &&
                 (plan->packed.n <= PR_FAST_WINDOWS || plan->single.n > PR_FAST_WINDOWS);
    const PrWindows *w = packs ? &plan->packed : &plan->single;
    uint64_t groups = 0;
    if (w->n > 0) {
        uint64_t fs = w->group * s.from_stride, ts = w->group * s.to_stride;
        groups = within(s.from, s.from_end, fs, w->from_reach, s.n / w->group);
        groups = within(s.to, s.to_end, ts, w->to_reach, groups);
        if (groups > 0 && !pr_windows_run(w, s.from, fs, s.to, ts, groups))
            groups = 0; /* the leaves find out what it was */
    }
    uint64_t done = groups * (w->n ? w->group : 0);
    *moved = done;
    s.from += done * s.from_stride;
    s.to += done * s.to_stride;
    s.n -= done;
    return s.n ? run_leaves(c, plan, s) : PR_OK;
}

static PrStatus run_special(PrConv *c, const PrLeaf *leaf, const uint8_t *from, uint8_t *to)
{
    return leaf->one_pointer ? run_pointer(c, leaf->type, from + leaf->from, to + leaf->to)
                             : run_leaf(c, leaf, from, to);
}

/* Bit i: the leaf of element i, whose pointers have been moved, is not as it should be yet. */
static uint64_t unsettled(PrConv *c, const PrLeaf *leaf, const PrSpan *s)
{
    uint64_t open = 0;
    if (leaf->bits || c->desc->types[leaf->type].kind != PR_PTR)
        return ~UINT64_C(0) >> (PR_BATCH - s->n);
    for (uint64_t i = 0; i < leaf->n; i++) {
        const uint8_t *from = s->from + leaf->from + i * leaf->from_bytes;
        uint64_t bits = pr_starts_unsettled(c, leaf->type, from, s->from_stride, 1, (uint32_t)s->n);
        if (bits)
            open |= pr_offsets_settle(c, leaf->type, from, s->from_stride,
                                      s->to + leaf->to + i * leaf->to_bytes, s->to_stride, bits);
    }
    return open;
}

/* The same of two leaves whose pointers stand side by side. */
static void unsettled_pair(PrConv *c, const PrLeaf *leaf, const PrSpan *s, uint64_t open[2])
{
    enum { HALF = PR_BATCH / 2 };
    open[0] = open[1] = 0;
    for (uint64_t e = 0; e < s->n; e += HALF) {
        uint32_t n = 2 * (uint32_t)(s->n - e < HALF ? s->n - e : HALF);
        uint64_t bits = pr_starts_unsettled(c, leaf->type, s->from + leaf->from + e * s->from_stride,
                                            s->from_stride, 2, n);
        for (; bits; bits &= bits - 1) {
            unsigned i = (unsigned)__builtin_ctzll(bits);
            open[i % 2] |= UINT64_C(1) << (e + i / 2);
        }
    }
    for (unsigned k = 0; k < 2; k++)
        if (open[k])
            open[k] = pr_offsets_settle(c, leaf[k].type, s->from + leaf[k].from, s->from_stride,
                                        s->to + leaf[k].to, s->to_stride, open[k]);
}

/* Up to PR_BATCH elements whose pointers have been moved: in order, since references are listed in order. */
static PrStatus run_batch(PrConv *c, const PrPlan *plan, const PrSpan *s)
{
    uint64_t open[PR_MAX_LEAVES], any = 0;
    PrStatus status = PR_OK;
    for (uint32_t i = 0; i < plan->n_specials; i++) {
        const PrLeaf *leaf = &plan->specials[i];
        if (leaf->with_next) {
            unsettled_pair(c, leaf, s, &open[i]);
            any |= open[i] | open[i + 1];
            i++;
        } else {
            any |= open[i] = unsettled(c, leaf, s);
        }
    }
    for (; any && status == PR_OK; any &= any - 1) {
        unsigned e = (unsigned)__builtin_ctzll(any);
        for (uint32_t i = 0; i < plan->n_specials && status == PR_OK; i++)
            if (open[i] >> e & 1)
                status = run_special(c, &plan->specials[i], s->from + e * s->from_stride,
                                     s->to + e * s->to_stride);
    }
    return status;
}

/* What is not plain data; of the first `moved` elements the pointers are there as they were. */
static PrStatus run_specials(PrConv *c, const PrPlan *plan, const PrSpan *s, uint64_t moved)
{
    PrStatus status = PR_OK;
    uint64_t done = 0;
    for (; done < moved && status == PR_OK; done += PR_BATCH) {
        PrSpan batch = *s;
        batch.from += done * s->from_stride;
        batch.to += done * s->to_stride;
        batch.n = moved - done < PR_BATCH ? moved - done : PR_BATCH;
        status = run_batch(c, plan, &batch);
    }
    for (uint64_t e = moved; e < s->n && status == PR_OK; e++)
        for (uint32_t i = 0; i < plan->n_specials && status == PR_OK; i++)
            status = run_special(c, &plan->specials[i], s->from + e * s->from_stride,
                                 s->to + e * s->to_stride);
    return status;
}

/* ---- unions ---- */

/* The tag's value, as the cases name it. */
static PrStatus tag_of(PrConv *c, const PrPick *pick, const uint8_t *from, uint64_t *value)
{
    const PrChoice *choice = &c->desc->choices[pick->choice];
    bool be = c->from->arch->big_endian, is_signed = pr_kind_is_signed(c->desc->types[pick->tag.type].kind);
    if (pick->tag.bits) {
        *value = pr_bits_get(from, pick->tag.from, pick->tag.bits, be);
        if (is_signed && *value >> (pick->tag.bits - 1))
            *value |= pick->tag.bits == 64 ? 0 : ~UINT64_C(0) << pick->tag.bits;
    } else {
        *value = pr_scalar_get(from + pick->tag.from, pick->tag.from_bytes, be, is_signed);
    }
    if (!choice->here) {
        *value &= choice->mask;
        return PR_OK;
    }
    uint64_t address;
    if (!pr_conv_address(c, from + pick->from, &address))
        return pr_conv_fail(c, c->error, PR_E_UNTYPED, "union outside the heap, tagged by its address",
                            from + pick->from, *value, false);
    *value = *value == address;
    return PR_OK;
}

static PrStatus run_member(PrConv *c, const PrPick *pick, uint32_t field, const uint8_t *from,
                           const uint8_t *from_end, uint8_t *to)
{
    uint32_t type = c->desc->fields[field].type;
    uint64_t fs = c->from->size[type], ts = c->to->size[type];
    PrKind kind = c->desc->types[type].kind;
    from += pick->from;
    to += pick->to;
    if (kind >= PR_BOOL && kind <= PR_FPTR)
        return run_any(c, type, from, (unsigned)fs, to, (unsigned)ts);
    PrSpan span = {from, from_end, to, to + ts, fs, ts, 1};
    return pr_conv_run(c, type, span);
}

/* Whether every member of the union is zero: so it is in every layout, whichever member holds. */
static bool union_is_zero(const PrConv *c, uint32_t type, const uint8_t *from)
{
    for (uint64_t i = 0; i < c->from->size[type]; i++)
        if (from[i])
            return false;
    return true;
}

/* The union at `pick` of one element, whose bytes are zero in the target. */
static PrStatus run_pick(PrConv *c, const PrPick *pick, const uint8_t *from, const uint8_t *from_end,
                         uint8_t *to)
{
    uint64_t value = 0;
    if (union_is_zero(c, pick->type, from + pick->from))
        return PR_OK;
    if (pick->choice == PR_NO_FIELD)
        return pr_conv_fail(c, c->error, PR_E_UNTYPED, "nothing says which member of the union holds",
                            from + pick->from, 0, false);
    const PrChoice *choice = &c->desc->choices[pick->choice];
    PrStatus status = tag_of(c, pick, from, &value);
    if (status != PR_OK)
        return status;
    for (uint32_t i = 0; i < choice->n_cases; i++) {
        const PrCase *k = &c->desc->cases[choice->first_case + i];
        if (value >= k->low && value <= k->high)
            return k->field == PR_NO_FIELD ? PR_OK : run_member(c, pick, k->field, from, from_end, to);
    }
    return pr_conv_fail(c, c->error, PR_E_UNTYPED, "no case names this value of the union's tag",
                        from + pick->from, value, false);
}

static PrStatus run_picks(PrConv *c, const PrPlan *plan, const uint8_t *from, const uint8_t *from_end,
                          uint8_t *to)
{
    PrStatus status = PR_OK;
    for (uint32_t i = 0; i < plan->n_picks && status == PR_OK; i++)
        status = run_pick(c, &plan->picks[i], from, from_end, to);
    return status;
}

static PrStatus run_flat(PrConv *c, const PrPlan *plan, PrSpan s)
{
    PrStatus status = PR_OK;
    uint64_t chunk = pr_round_up(CHUNK_BYTES / (s.from_stride + 1) + 1, PR_MAX_GROUP);
    if (plan->n_specials == 0 && plan->n_picks == 0)
        chunk = s.n;
    while (s.n > 0 && status == PR_OK) {
        PrSpan part = s;
        part.n = s.n < chunk ? s.n : chunk;
        uint64_t moved = 0;
        status = run_data(c, plan, part, &moved);
        if (plan->n_specials && status == PR_OK)
            status = run_specials(c, plan, &part, moved);
        for (uint64_t e = 0; e < part.n && plan->n_picks && status == PR_OK; e++)
            status = run_picks(c, plan, s.from + e * s.from_stride, s.from_end,
                               s.to + e * s.to_stride);
        s.from += part.n * s.from_stride;
        s.to += part.n * s.to_stride;
        s.n -= part.n;
    }
    return status;
}

static PrStatus run_array(PrConv *c, const PrPlan *plan, PrSpan s)
{
    const PrType *t = &c->desc->types[plan->type];
    PrSpan inner = s;
    inner.from_stride = c->from->size[t->elem];
    inner.to_stride = c->to->size[t->elem];
    inner.n = t->count;
    if (s.from_stride == plan->from_size && s.to_stride == plan->to_size) {
        inner.n = s.n * t->count;
        return pr_conv_run(c, t->elem, inner);
    }
    PrStatus status = PR_OK;
    for (uint64_t e = 0; e < s.n && status == PR_OK; e++) {
        inner.from = s.from + e * s.from_stride;
        inner.to = s.to + e * s.to_stride;
        inner.to_end = inner.to + plan->to_size;
        status = pr_conv_run(c, t->elem, inner);
    }
    return status;
}

static PrStatus run_steps(PrConv *c, const PrPlan *plan, PrSpan s)
{
    const PrType *t = &c->desc->types[plan->type];
    PrStatus status = PR_OK;
    for (uint64_t e = 0; e < s.n && status == PR_OK; e++) {
        uint8_t *to = s.to + e * s.to_stride;
        memset(to, 0, (size_t)plan->to_size);
        status = run_picks(c, plan, s.from + e * s.from_stride, s.from_end, to);
        for (uint32_t i = 0; i < t->n_fields - (t->kind == PR_FLEX) && status == PR_OK; i++) {
            uint32_t f = t->first_field + i, type = c->desc->fields[f].type;
            PrLeaf bits = {.from = c->from->offset[f], .to = c->to->offset[f], .type = type,
                           .bits = (uint8_t)c->desc->fields[f].bits};
            if (bits.bits)
                status = run_bits(c, &bits, s.from + e * s.from_stride, to);
            if (bits.bits || c->desc->types[type].kind == PR_UNION)
                continue;
            PrSpan field = {.from = s.from + e * s.from_stride + c->from->offset[f],
                            .from_end = s.from_end, .to = to + c->to->offset[f],
                            .from_stride = c->from->size[type], .to_stride = c->to->size[type],
                            .n = 1};
            field.to_end = field.to + field.to_stride;
            status = pr_conv_run(c, type, field);
        }
    }
    return status;
}

PrStatus pr_conv_run(PrConv *c, uint32_t type, PrSpan span)
{
    const PrPlan *plan = pr_plans_get(&c->plans, type, c->error);
    if (!plan)
        return PR_E_FORMAT;
    switch (plan->form) {
    case PR_FORM_EMPTY: return PR_OK;
    case PR_FORM_ARRAY: return run_array(c, plan, span);
    case PR_FORM_STEPS: return run_steps(c, plan, span);
    case PR_FORM_COPY: case PR_FORM_FLAT: break;
    }
    return run_flat(c, plan, span);
}

/* ---- the oracle: straight from the schema ---- */
static PrStatus oracle_one(PrConv *c, uint32_t type, const uint8_t *from, uint8_t *to);

static bool oracle_bit(const uint8_t *p, uint64_t at, bool be)
{
    return p[at / 8] >> (be ? 7 - at % 8 : at % 8) & 1;
}

/* Bit by bit, most significant first where the order is big. */
static void oracle_bits(PrConv *c, uint32_t f, const uint8_t *from, uint8_t *to)
{
    bool fbe = c->from->arch->big_endian, tbe = c->to->arch->big_endian;
    uint32_t bits = c->desc->fields[f].bits;
    for (uint32_t i = 0; i < bits; i++) {
        uint64_t a = c->from->offset[f] + (fbe ? bits - 1 - i : i);
        uint64_t b = c->to->offset[f] + (tbe ? bits - 1 - i : i);
        if (oracle_bit(from, a, fbe))
            to[b / 8] |= (uint8_t)(1U << (tbe ? 7 - b % 8 : b % 8));
    }
}

/* Only unions whose tag is a plain member beside them. */
static PrStatus oracle_union(PrConv *c, uint32_t owner, uint32_t f, const uint8_t *from, uint8_t *to)
{
    if (union_is_zero(c, c->desc->fields[f].type, from + c->from->offset[f]))
        return PR_OK;
    for (uint32_t i = 0; i < c->desc->n_choices; i++) {
        const PrChoice *choice = &c->desc->choices[i];
        const uint32_t *steps = c->desc->steps + choice->first_step;
        if (choice->owner != owner || choice->n_union != 1 || choice->n_tag != 1 || steps[0] != f)
            continue;
        uint32_t tag = c->desc->fields[steps[1]].type;
        uint64_t value = pr_scalar_get(from + c->from->offset[steps[1]], (unsigned)c->from->size[tag],
                                       c->from->arch->big_endian,
                                       pr_kind_is_signed(c->desc->types[tag].kind)) & choice->mask;
        for (uint32_t k = choice->first_case; k < choice->first_case + choice->n_cases; k++)
            if (value >= c->desc->cases[k].low && value <= c->desc->cases[k].high)
                return c->desc->cases[k].field == PR_NO_FIELD
                           ? PR_OK : oracle_one(c, c->desc->fields[c->desc->cases[k].field].type,
                                                from + c->from->offset[f], to + c->to->offset[f]);
    }
    return PR_E_UNTYPED;
}

static PrStatus oracle_one(PrConv *c, uint32_t type, const uint8_t *from, uint8_t *to)
{
    const PrType *t = &c->desc->types[type];
    PrStatus status = PR_OK;
    if (t->kind == PR_VOID || t->kind == PR_FUNC)
        return PR_OK;
    if (t->kind == PR_ARRAY) {
        for (uint64_t i = 0; i < t->count && status == PR_OK; i++)
            status = oracle_one(c, t->elem, from + i * c->from->size[t->elem],
                                to + i * c->to->size[t->elem]);
        return status;
    }
    if (t->kind == PR_OPAQUE)
        return PR_OK;
    if (!pr_kind_has_fields(t->kind))
        return run_any(c, type, from, (unsigned)c->from->size[type], to,
                       (unsigned)c->to->size[type]);
    uint32_t end = t->first_field + t->n_fields - (t->kind == PR_FLEX);
    for (uint32_t f = t->first_field; f < end && status == PR_OK; f++) {
        uint32_t ft = c->desc->fields[f].type;
        if (c->desc->types[ft].kind == PR_UNION)
            status = oracle_union(c, type, f, from, to);
        else if (c->desc->fields[f].bits)
            oracle_bits(c, f, from, to);
        else
            status = oracle_one(c, ft, from + c->from->offset[f], to + c->to->offset[f]);
    }
    return status;
}

PrStatus pr_conv_oracle(PrConv *c, uint32_t type, PrSpan span)
{
    PrStatus status = PR_OK;
    for (uint64_t e = 0; e < span.n && status == PR_OK; e++)
        status = oracle_one(c, type, span.from + e * span.from_stride,
                            span.to + e * span.to_stride);
    return status;
}
