/* Each unit of the heap has eight bytes here, so that a heap of 32 MiB is looked up in 4 KiB: what decides
 * the speed is how much of the cache the look-ups take from the data that streams by.
 *
 * Whether an offset in a unit is one of its slots' starts is told by one multiplication (Lemire, Kaser,
 * Kurz, "Faster remainder by direct computation", 2019): with times = ceil(2^32 / slot) and excess =
 * times * slot - 2^32 > 0, slot i's start times `times` is i * excess modulo 2^32, and that of any other
 * offset is at least `times`, which is more. */
#include "starts.h"
#include "scalar.h"
#include <stdlib.h>

/* An offset is a start when (uint32_t)(offset * times) < below. */
typedef struct Unit {
    uint32_t times, below; /* {0, 0}: there is none */
} Unit;

/* In `below`: some slots are dead, or more is to be said than fits: an offset that passes is looked at closer. */
#define CLOSER UINT32_C(0x80000000)

enum { MAX_SLOT = 32768 }; /* up to here no product wraps around */

struct PrStarts {
    Unit *heap;  /* [units + 1] whatever the pointer; the last stands for all that lies outside */
    Unit **type; /* [n_types] by pointer type; made when first asked for; may be `heap` */
};

static bool all_live(const PrPool *p)
{
    for (uint32_t i = 0; i < p->n_slots / 8; i++)
        if (p->live[i] != 0xff)
            return false;
    for (uint32_t i = p->n_slots & ~7U; i < p->n_slots; i++)
        if (!pr_pool_live(p, i))
            return false;
    return true;
}

static Unit unit_of(const PrPool *p)
{
    if (p->n_units > 1 || p->slot_bytes > MAX_SLOT)
        return (Unit){0, CLOSER | 1}; /* 0 < 1: every offset passes */
    uint64_t slot = p->slot_bytes, times = (UINT64_C(1) << 32) / slot + 1;
    uint64_t excess = times * slot - (UINT64_C(1) << 32);
    if (p->n_slots == 0 || times > UINT32_MAX)
        return (Unit){0, p->n_slots ? CLOSER | 1 : 0};
    return (Unit){(uint32_t)times, (uint32_t)((p->n_slots - 1) * excess + 1) | (all_live(p) ? 0 : CLOSER)};
}

static uint64_t n_units(const PrConv *c) { return c->view->heap_bytes / PR_UNIT_BYTES; }

static bool make_heap(PrConv *c)
{
    PrStarts *s = calloc(1, sizeof *s);
    if (!s)
        return false;
    c->starts = s;
    s->heap = calloc((size_t)n_units(c) + 1, sizeof *s->heap);
    s->type = calloc(c->desc->n_types, sizeof *s->type);
    if (!s->heap || !s->type) {
        pr_starts_free(c);
        return false;
    }
    for (uint32_t i = 0; i < c->view->n_pools; i++) {
        const PrPool *p = &c->view->pools[i];
        for (uint32_t u = 0; u < p->n_units; u++)
            s->heap[p->unit + u] = unit_of(p);
    }
    return true;
}

static bool accepts(PrConv *c, uint32_t block, uint32_t pointer_type)
{
    bool flex = c->desc->types[block].kind == PR_FLEX; /* its start may be that of its elements */
    return (!flex || c->from->size[block] > 0) && pr_conv_sees(c, block, 1, 0, pointer_type);
}

/* The heap's units without those whose blocks such a pointer may not point to. NULL: no memory. */
static const Unit *units_for(PrConv *c, uint32_t pointer_type)
{
    PrStarts *s = c->starts;
    if (s->type[pointer_type])
        return s->type[pointer_type];
    Unit *own = s->heap;
    uint8_t *known = calloc(c->desc->n_types, 1); /* 0 unknown, 1 no, 2 yes */
    for (uint32_t i = 0; known && own && i < c->view->n_pools; i++) {
        const PrPool *p = &c->view->pools[i];
        if (known[p->type] == 0)
            known[p->type] = accepts(c, p->type, pointer_type) ? 2 : 1;
        if (known[p->type] == 2)
            continue;
        size_t bytes = ((size_t)n_units(c) + 1) * sizeof *own;
        if (own == s->heap && (own = malloc(bytes)))
            memcpy(own, s->heap, bytes);
        if (own)
            memset(own + p->unit, 0, p->n_units * sizeof *own);
    }
    own = known ? own : NULL;
    free(known);
    return s->type[pointer_type] = own;
}

/* Whether a block begins at heap offset `at`, which is inside some pool. */
static bool begins_block(const PrConv *c, uint64_t at)
{
    const PrPool *p = &c->view->pools[c->unit_pool[at / PR_UNIT_BYTES] - 1];
    uint64_t rest = at - p->unit * PR_UNIT_BYTES, slot = rest / p->slot_bytes;
    return rest == slot * p->slot_bytes && slot < p->n_slots && pr_pool_live(p, (uint32_t)slot);
}

typedef struct Look { /* pointers, and what they are looked up in */
    const PrConv *c;
    const Unit *unit;
    uint64_t n_units, base;
    const uint8_t *from;
    uint64_t stride;
    uint32_t n;
} Look;

/* Of the pointers in `mask`, those that are not the start of a block. */
static uint64_t look_closer(const Look *l, uint64_t mask)
{
    const PrArch *arch = l->c->from->arch;
    uint64_t unsettled = 0;
    for (; mask; mask &= mask - 1) {
        unsigned i = (unsigned)__builtin_ctzll(mask);
        uint64_t value = pr_word_get(l->from + i * l->stride, arch->pointer_bytes, arch->big_endian);
        unsettled |= (uint64_t)!begins_block(l->c, value - l->base) << i;
    }
    return unsettled;
}

/* Pointers [first, l->n), inlined with the kind of pointer known. */
static inline __attribute__((always_inline)) uint64_t
look(const Look *l, uint32_t first, const unsigned bytes, const bool big_endian)
{
    uint64_t unsettled = 0, closer = 0;
    const uint8_t *from = l->from + first * l->stride;
    for (uint32_t i = first; i < l->n; i++, from += l->stride) {
        uint64_t value = pr_word_get(from, bytes, big_endian), at = value - l->base;
        uint64_t unit = at / PR_UNIT_BYTES < l->n_units ? at / PR_UNIT_BYTES : l->n_units;
        uint32_t times = l->unit[unit].times, below = l->unit[unit].below;
        uint64_t passes = (uint32_t)(at % PR_UNIT_BYTES) * times < (below & ~CLOSER);
        unsettled |= (uint64_t)(!passes && value) << i;
        closer |= (passes & (below / CLOSER)) << i;
    }
    return unsettled | look_closer(l, closer);
}

static uint64_t look_at(const Look *l, unsigned bytes, bool big_endian)
{
    if (bytes == 4)
        return big_endian ? look(l, 0, 4, true) : look(l, 0, 4, false);
    return big_endian ? look(l, 0, 8, true) : look(l, 0, 8, false);
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

/* The even dwords of two vectors, in pairs. */
__attribute__((target("avx2"))) static inline __m256i evens(__m256i a, __m256i b)
{
    return _mm256_castps_si256(
        _mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), _MM_SHUFFLE(2, 0, 2, 0)));
}

__attribute__((target("avx2"))) static inline uint64_t signs(__m256i v)
{
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(v));
}

/* The units of four pointers; those outside the heap have the last one. */
__attribute__((target("avx2"))) static inline __m256i gather(const Look *l, __m256i at)
{
    __m256i last = _mm256_set1_epi64x((long long)l->n_units), unit = _mm256_srli_epi64(at, 16);
    unit = _mm256_blendv_epi8(unit, last, _mm256_cmpgt_epi64(unit, last));
    return _mm256_i64gather_epi64((const long long *)l->unit, unit, 8);
}

/* The same as look() for little-endian pointers of eight bytes, eight at a time. */
__attribute__((target("avx2"))) static uint64_t look_avx2(const Look *l)
{
    const __m256i zero = _mm256_setzero_si256(), base = _mm256_set1_epi64x((long long)l->base);
    const __m256i low = _mm256_set1_epi32(0xffff), limit = _mm256_set1_epi32((int)~CLOSER);
    const uint8_t *p = l->from;
    uint64_t unsettled = 0, closer = 0, s = l->stride;
    uint32_t i = 0;
#define AT(k) ((long long)pr_word_get(p + (k) * s, 8, false))
    for (; i + 8 <= l->n; i += 8, p += 8 * s) {
        __m256i a = _mm256_set_epi64x(AT(5), AT(4), AT(1), AT(0)); /* evens() makes 0..7 of them */
        __m256i b = _mm256_set_epi64x(AT(7), AT(6), AT(3), AT(2));
        uint64_t null = signs(evens(_mm256_cmpeq_epi64(a, zero), _mm256_cmpeq_epi64(b, zero)));
        a = _mm256_sub_epi64(a, base);
        b = _mm256_sub_epi64(b, base);
        __m256i ua = gather(l, a), ub = gather(l, b);
        __m256i times = evens(ua, ub);
        __m256i below = evens(_mm256_srli_epi64(ua, 32), _mm256_srli_epi64(ub, 32));
        __m256i product = _mm256_mullo_epi32(_mm256_and_si256(evens(a, b), low), times);
        __m256i least = _mm256_and_si256(below, limit);
        uint64_t fails = signs(_mm256_cmpeq_epi32(_mm256_max_epu32(product, least), product));
        unsettled |= (fails & ~null) << i;
        closer |= (signs(below) & ~fails) << i;
    }
#undef AT
    unsettled |= look_closer(l, closer);
    return i < l->n ? unsettled | look(l, i, 8, false) : unsettled;
}

static bool has_avx2(void) { return __builtin_cpu_supports("avx2"); }
#else
static bool has_avx2(void) { return false; }
static uint64_t look_avx2(const Look *l) { return look_at(l, 8, false); }
#endif

uint64_t pr_starts_unsettled(PrConv *c, uint32_t type, const uint8_t *from, uint64_t stride, uint32_t n)
{
    const PrArch *arch = c->from->arch;
    const Unit *unit = c->use_starts && (c->starts || make_heap(c)) ? units_for(c, type) : NULL;
    if (!unit)
        return ~UINT64_C(0) >> (PR_BATCH - n);
    Look l = {c, unit, n_units(c), c->desc->heap_base, from, stride, n};
    if (arch->pointer_bytes == 8 && !arch->big_endian && has_avx2())
        return look_avx2(&l);
    return look_at(&l, arch->pointer_bytes, arch->big_endian);
}

void pr_starts_free(PrConv *c)
{
    PrStarts *s = c->starts;
    if (!s)
        return;
    for (uint32_t i = 0; s->type && i < c->desc->n_types; i++)
        if (s->type[i] != s->heap)
            free(s->type[i]);
    free(s->type);
    free(s->heap);
    free(s);
    c->starts = NULL;
}
