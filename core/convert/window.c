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

struct PrWindow {
    V16 pick, keep;       /* target byte i = source byte pick[i], where keep[i] is 0xff */
    V16 sign, extend;     /* ... | 0xff where source byte sign[i] is negative and extend[i] */
    V16 top, top_signed;  /* source byte i must equal the sign of source byte top[i] ... */
    V16 drop;             /* ... in the bits of drop[i] */
    uint32_t from, to;    /* byte offsets in the group */
    uint32_t flags;
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

static void add_check(const PrPlans *plans, const ByteMap *b, PrWindow *w, int32_t base)
{
    PrKind kind = plans->desc->types[b->leaf->type].kind;
    int32_t fs = b->leaf->from_bytes, ts = b->leaf->to_bytes, at = b->start - base;
    if (kind == PR_BOOL) { /* other than 0 and 1 is normalised by the leaf code */
        for (int32_t i = 0; i < fs; i++)
            w->drop[at + i] = 0xff;
        w->drop[plans->from->arch->big_endian ? at + fs - 1 : at] = 0xfe;
        w->flags |= CHECKS;
        return;
    }
    if (ts >= fs)
        return;
    w->flags |= CHECKS;
    bool fbe = plans->from->arch->big_endian;
    int32_t kept_top = fbe ? at + fs - ts : at + ts - 1;
    for (int32_t rank = ts; rank < fs; rank++) {
        int32_t i = fbe ? at + fs - 1 - rank : at + rank;
        w->drop[i] = 0xff;
        w->top[i] = (uint8_t)kept_top;
        w->top_signed[i] = pr_kind_is_signed(kind) ? 0xff : 0;
    }
}

/* Makes the window that begins at target byte `to`; returns where it ends. */
static int32_t make_window(const PrPlans *plans, const ByteMap *map, int32_t from_bytes,
                           int32_t to_bytes, int32_t to, PrWindow *w)
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
    w->from = (uint32_t)base;
    w->to = (uint32_t)to;
    for (int32_t i = to; i < end; i++) {
        const ByteMap *b = &map[i];
        if (b->lo == b->hi)
            continue;
        if (b->pick >= 0) {
            w->pick[i - to] = (uint8_t)(b->pick - base);
            w->keep[i - to] = 0xff;
        } else if (b->sign >= 0) {
            w->sign[i - to] = (uint8_t)(b->sign - base);
            w->extend[i - to] = 0xff;
            w->flags |= EXTENDS;
        }
        add_check(plans, b, w, base);
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

/* Merges the leaves of `group` elements into the byte map; false when fields overlap. */
static bool fill_map(const PrPlans *plans, const PrPlan *plan, uint32_t group, ByteMap *map)
{
    for (uint32_t e = 0; e < group; e++)
        for (uint32_t l = 0; l < plan->n_leaves; l++) {
            const PrLeaf *leaf = &plan->leaves[l];
            for (uint64_t i = 0; i < leaf->n; i++) {
                uint64_t from = e * plan->from_size + leaf->from + i * leaf->from_bytes;
                uint64_t to = e * plan->to_size + leaf->to + i * leaf->to_bytes;
                for (unsigned b = 0; b < leaf->to_bytes; b++)
                    if (map[to + b].leaf)
                        return false;
                map_scalar(plans, leaf, (int32_t)from, &map[to]);
            }
        }
    return true;
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
        to = make_window(plans, map, from_bytes, to_bytes, to, w);
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
/* GCC's generic shuffle becomes pshufb; `pick` is below 16 everywhere. */
static inline __attribute__((always_inline)) bool run(const PrWindows *windows,
                                                      const uint8_t *from, uint64_t from_stride,
                                                      uint8_t *to, uint64_t to_stride, uint64_t n)
{
    V16 wrong = {0};
    for (; n > 0; n--, from += from_stride, to += to_stride)
        for (uint32_t i = 0; i < windows->n; i++) {
            const PrWindow *w = &windows->list[i];
            V16 in, out;
            memcpy(&in, from + w->from, 16);
            out = __builtin_shuffle(in, w->pick) & w->keep;
            if (w->flags & EXTENDS)
                out |= (V16)((S16)__builtin_shuffle(in, w->sign) < 0) & w->extend;
            if (w->flags & CHECKS) {
                V16 sign = (V16)((S16)__builtin_shuffle(in, w->top) < 0) & w->top_signed;
                wrong |= (in ^ sign) & w->drop;
            }
            memcpy(to + w->to, &out, 16);
        }
    uint64_t half[2];
    memcpy(half, &wrong, 16);
    return !(half[0] | half[1]);
}

__attribute__((target("avx2"))) static bool run_avx2(const PrWindows *windows, const uint8_t *from,
                                                     uint64_t from_stride, uint8_t *to,
                                                     uint64_t to_stride, uint64_t n)
{
    return run(windows, from, from_stride, to, to_stride, n);
}

__attribute__((target("ssse3"))) static bool run_ssse3(const PrWindows *windows,
                                                       const uint8_t *from, uint64_t from_stride,
                                                       uint8_t *to, uint64_t to_stride, uint64_t n)
{
    return run(windows, from, from_stride, to, to_stride, n);
}
#endif

bool pr_windows_run(const PrWindows *windows, const uint8_t *from, uint64_t from_stride,
                    uint8_t *to, uint64_t to_stride, uint64_t n)
{
#if HAVE_WINDOWS
    if (__builtin_cpu_supports("avx2"))
        return run_avx2(windows, from, from_stride, to, to_stride, n);
    return run_ssse3(windows, from, from_stride, to, to_stride, n);
#else
    (void)windows, (void)from, (void)from_stride, (void)to, (void)to_stride, (void)n;
    return false;
#endif
}
