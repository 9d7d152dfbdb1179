/* Window plans: a group of elements is converted by 16-byte shuffles. Each target window takes its
 * bytes from one 16-byte source window; masks zero the padding, extend widened integers and collect
 * what does not fit a narrowed one. One OR of differences per window decides whether any value has
 * to be looked at by the leaf code, which knows how to report it. */
#include "plan.h"
#include "scalar.h"
#include <stdlib.h>
#include <string.h>

typedef uint8_t V16 __attribute__((vector_size(16)));
typedef int8_t S16 __attribute__((vector_size(16)));

enum { EXTENDS = 1, CHECKS = 2 };

/* Indices into the source window; NONE picks zero, as pshufb does. */
enum { NONE = 0x80 };
struct PrWindow {
    V16 pick;          /* target byte i = source byte pick[i] ... */
    V16 sign;          /* ... | 0xff where source byte sign[i] is negative */
    V16 top, drop;     /* source byte i must equal the sign of source byte top[i] in the bits of drop[i] */
    uint32_t from, to; /* byte offsets in the group */
};

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_WINDOWS 1
#else
#define HAVE_WINDOWS 0
#endif

typedef struct ByteMap { /* what a target byte is made of; offsets in the source group */
    int32_t pick;        /* -1: zero or only the sign */
    int32_t sign;        /* -1: none */
    int32_t lo, hi;      /* source bytes that have to be in the window; lo == hi: none */
    const PrLeaf *leaf;
    int32_t start;       /* of the scalar in the source */
} ByteMap;

static void map_scalar(const PrPlans *plans, const PrLeaf *leaf, int32_t from, ByteMap *map)
{
    bool fbe = plans->from->arch->big_endian, tbe = plans->to->arch->big_endian;
    PrKind kind = plans->desc->types[leaf->type].kind;
    int32_t fs = leaf->from_bytes, ts = leaf->to_bytes;
    int32_t top = fbe ? from : from + fs - 1;
    bool whole = fs != ts || kind == PR_BOOL;
    for (int32_t i = 0; i < ts; i++) {
        int32_t rank = tbe ? ts - 1 - i : i; /* 0: least significant */
        ByteMap *b = &map[i];
        *b = (ByteMap){.pick = -1, .sign = -1, .leaf = leaf, .start = from};
        if (rank < fs)
            b->pick = fbe ? from + fs - 1 - rank : from + rank;
        else if (pr_kind_is_signed(kind))
            b->sign = top;
        b->lo = whole ? from : b->pick;
        b->hi = whole ? from + fs : b->pick + 1;
    }
}

/* Of PR_LIMITS: whatever is near an end of the narrower type's range goes to the leaf code. */
static void add_limits_check(const PrPlans *plans, const ByteMap *b, PrWindow *w, int32_t at)
{
    bool fbe = plans->from->arch->big_endian, is_signed = pr_kind_is_signed(plans->desc->types[b->leaf->type].kind);
    int32_t fs = b->leaf->from_bytes, narrower = fs < b->leaf->to_bytes ? fs : b->leaf->to_bytes;
    int32_t top = fbe ? at + fs - narrower : at + narrower - 1;
    w->drop[top] |= is_signed ? 0x40 : 0x80;
    w->top[top] = is_signed ? (uint8_t)top : NONE;
}

static uint32_t add_check(const PrPlans *plans, const ByteMap *b, PrWindow *w, int32_t base)
{
    PrKind kind = plans->desc->types[b->leaf->type].kind;
    int32_t fs = b->leaf->from_bytes, ts = b->leaf->to_bytes, at = b->start - base;
    if (kind == PR_BOOL) { /* other than 0 and 1 is normalised by the leaf code */
        for (int32_t i = 0; i < fs; i++)
            w->drop[at + i] = 0xff;
        w->drop[plans->from->arch->big_endian ? at + fs - 1 : at] = 0xfe;
        return CHECKS;
    }
    bool limits = ts != fs && (plans->desc->types[b->leaf->type].count & PR_LIMITS);
    if (limits)
        add_limits_check(plans, b, w, at);
    if (ts >= fs || kind == PR_PTR || kind == PR_FPTR) /* pointers are looked at afterwards */
        return limits ? CHECKS : 0;
    bool fbe = plans->from->arch->big_endian;
    int32_t kept_top = fbe ? at + fs - ts : at + ts - 1;
    for (int32_t rank = ts; rank < fs; rank++) {
        int32_t i = fbe ? at + fs - 1 - rank : at + rank;
        w->drop[i] = 0xff;
        w->top[i] = pr_kind_is_signed(kind) ? (uint8_t)kept_top : NONE;
    }
    return CHECKS;
}

/* Makes the window that begins at target byte `to`; returns where it ends. */
static int32_t make_window(const PrPlans *plans, const ByteMap *map, int32_t from_bytes,
                           int32_t to_bytes, int32_t to, PrWindow *w, uint32_t *flags)
{
    int32_t end = to, lo = INT32_MAX, hi = -1;
    for (; end < to_bytes && end < to + 16; end++) {
        const ByteMap *b = &map[end];
        if (b->lo == b->hi)
            continue;
        int32_t nlo = b->lo < lo ? b->lo : lo, nhi = b->hi > hi ? b->hi : hi;
        if (nhi - nlo > 16)
            break;
        lo = nlo;
        hi = nhi;
    }
    int32_t base = hi < 0 ? 0 : lo;
    if (base + 16 > from_bytes && from_bytes >= 16)
        base = from_bytes - 16; /* do not read beyond the group when that can be helped */
    memset(w, 0, sizeof *w);
    w->pick = w->sign = w->top = (V16){0} + NONE;
    w->from = (uint32_t)base;
    w->to = (uint32_t)to;
    for (int32_t i = to; i < end; i++) {
        const ByteMap *b = &map[i];
        if (b->lo == b->hi)
            continue;
        if (b->pick >= 0) {
            w->pick[i - to] = (uint8_t)(b->pick - base);
        } else if (b->sign >= 0) {
            w->sign[i - to] = (uint8_t)(b->sign - base);
            *flags |= EXTENDS;
        }
        *flags |= add_check(plans, b, w, base);
    }
    return end;
}

bool pr_windows_usable(void)
{
#if HAVE_WINDOWS
    return __builtin_cpu_supports("ssse3");
#else
    return false;
#endif
}

static bool fill_leaf(const PrPlans *plans, const PrPlan *plan, uint32_t element, const PrLeaf *leaf,
                      ByteMap *map)
{
    for (uint64_t i = 0; i < leaf->n; i++) {
        uint64_t from = element * plan->from_size + leaf->from + i * leaf->from_bytes;
        uint64_t to = element * plan->to_size + leaf->to + i * leaf->to_bytes;
        for (unsigned b = 0; b < leaf->to_bytes; b++)
            if (map[to + b].leaf)
                return false;
        map_scalar(plans, leaf, (int32_t)from, &map[to]);
    }
    return true;
}

/* Merges the leaves of `group` elements into the byte map; false when fields overlap. */
static bool fill_map(const PrPlans *plans, const PrPlan *plan, uint32_t group, ByteMap *map)
{
    bool fits = true;
    for (uint32_t e = 0; e < group; e++) {
        for (uint32_t l = 0; l < plan->n_leaves && fits; l++)
            fits = fill_leaf(plans, plan, e, &plan->leaves[l], map);
        for (uint32_t l = 0; l < plan->n_specials && fits; l++)
            if (pr_leaf_is_pointer(plans, &plan->specials[l]))
                fits = fill_leaf(plans, plan, e, &plan->specials[l], map);
    }
    return fits;
}

PrStatus pr_windows_make(PrPlans *plans, const PrPlan *plan, uint32_t group, PrWindows *out)
{
    *out = (PrWindows){0};
    if (!plans->use_windows)
        return PR_OK;
    int32_t from_bytes = (int32_t)(group * plan->from_size);
    int32_t to_bytes = (int32_t)(group * plan->to_size), to = 0;
    ByteMap *map = calloc((size_t)to_bytes, sizeof *map);
    /* A window covers at least one byte; with 16-byte source windows rarely fewer than eight. */
    void *list = NULL;
    if (!map || posix_memalign(&list, 64, (size_t)to_bytes * sizeof(PrWindow)) != 0) {
        free(map);
        return PR_E_NOMEM;
    }
    out->list = list;
    bool fits = fill_map(plans, plan, group, map);
    while (fits && to < to_bytes) {
        PrWindow *w = &out->list[out->n++];
        to = make_window(plans, map, from_bytes, to_bytes, to, w, &out->flags);
        out->from_reach = w->from + 16 > out->from_reach ? w->from + 16 : out->from_reach;
        out->to_reach = w->to + 16 > out->to_reach ? w->to + 16 : out->to_reach;
    }
    free(map);
    out->group = fits ? group : 0;
    if (!fits)
        out->n = 0;
    return PR_OK;
}

#if HAVE_WINDOWS
#define SHUFFLE(v, index) ((V16)__builtin_ia32_pshufb128((C16)(v), (C16)(index)))
typedef char C16 __attribute__((vector_size(16)));

typedef struct Way { /* from element to element */
    const uint8_t *from;
    uint8_t *to;
    uint64_t from_stride, to_stride, n;
} Way;

/* Inlined with `n_windows` and `flags` known: the constants then stand in registers. False when some
 * value needs a closer look. */
static inline __attribute__((always_inline, target("ssse3"))) bool
run(const PrWindow *list, const uint32_t n_windows, const uint32_t flags, Way way)
{
    PrWindow own[PR_FAST_WINDOWS];
    const PrWindow *window = list;
    V16 wrong = {0};
    if (n_windows <= PR_FAST_WINDOWS) {
        for (uint32_t i = 0; i < n_windows; i++)
            own[i] = list[i];
        window = own;
    }
    for (; way.n > 0; way.n--, way.from += way.from_stride, way.to += way.to_stride)
#pragma GCC unroll 12
        for (uint32_t i = 0; i < n_windows; i++) {
            const PrWindow *w = &window[i];
            V16 in, out;
            memcpy(&in, way.from + w->from, 16);
            out = SHUFFLE(in, w->pick);
            if (flags & EXTENDS)
                out |= (V16)((S16)SHUFFLE(in, w->sign) < 0);
            if (flags & CHECKS)
                wrong |= (in ^ (V16)((S16)SHUFFLE(in, w->top) < 0)) & w->drop;
            memcpy(way.to + w->to, &out, 16);
        }
    uint64_t half[2];
    memcpy(half, &wrong, 16);
    return !(half[0] | half[1]);
}

#define BY_FLAGS(N)                                                                                \
    case N:                                                                                        \
        return w->flags == 0 ? run(w->list, N, 0, way)                                             \
               : w->flags == CHECKS ? run(w->list, N, CHECKS, way)                                 \
                                    : run(w->list, N, EXTENDS | CHECKS, way);
/* Old machines: right, and not written twelve times. */
__attribute__((target("ssse3"))) static bool run_ssse3(const PrWindows *w, Way way)
{
    return run(w->list, w->n, EXTENDS | CHECKS, way);
}

/* Numbers alone, byte for byte as many: two windows at a time. */
typedef uint8_t V32 __attribute__((vector_size(32)));
typedef char C32 __attribute__((vector_size(32)));
__attribute__((target("avx2"))) static Way run_pairs(const PrWindow *window, Way way)
{
    V32 pick;
    memcpy(&pick, &window->pick, 16);
    memcpy((uint8_t *)&pick + 16, &window->pick, 16);
    for (; way.n >= 2; way.n -= 2, way.from += 32, way.to += 32) {
        V32 in, out;
        memcpy(&in, way.from, 32);
        out = (V32)__builtin_ia32_pshufb256((C32)in, (C32)pick);
        memcpy(way.to, &out, 32);
    }
    return way;
}

__attribute__((target("avx2"))) static bool run_avx2(const PrWindows *w, Way way)
{
    if (w->n == 1 && w->flags == 0 && way.from_stride == 16 && way.to_stride == 16)
        way = run_pairs(w->list, way);
    switch (w->n) {
        BY_FLAGS(1) BY_FLAGS(2) BY_FLAGS(3) BY_FLAGS(4) BY_FLAGS(5) BY_FLAGS(6) BY_FLAGS(7)
        BY_FLAGS(8) BY_FLAGS(9) BY_FLAGS(10) BY_FLAGS(11) BY_FLAGS(12)
    default: return run(w->list, w->n, EXTENDS | CHECKS, way);
    }
}
#endif

bool pr_windows_run(const PrWindows *windows, const uint8_t *from, uint64_t from_stride,
                    uint8_t *to, uint64_t to_stride, uint64_t n)
{
#if HAVE_WINDOWS
    Way way = {from, to, from_stride, to_stride, n};
    return __builtin_cpu_supports("avx2") ? run_avx2(windows, way) : run_ssse3(windows, way);
#else
    (void)windows, (void)from, (void)from_stride, (void)to, (void)to_stride, (void)n;
    return false;
#endif
}
