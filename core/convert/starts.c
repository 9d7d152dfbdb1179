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
enum { MOST_USUAL = 32768 }; /* units, so that offsets in a run of them have 31 bits */

typedef struct Table { /* what a type of pointer may point to */
    Unit *unit;        /* [units + 1], the last stands for all that lies outside; NULL: not made yet */
    Unit usual;        /* of the longest run of units that are alike, with all slots live ... */
    uint32_t first, n; /* ... which is here; n == 0: it is too short to be tried first */
} Table;

struct PrStarts {
    Unit *heap;  /* [units + 1] whatever the pointer */
    Table *type; /* [n_types] by pointer type; made when first asked for; its units may be `heap` */
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

/* Most heaps are long runs of one type's pools. */
static void find_usual(Table *t, uint64_t units)
{
    uint64_t some = 0, most = 0, u = 0, end;
    for (; u < units; u = end) {
        Unit unit = t->unit[u];
        for (end = u + 1; end < units && t->unit[end].times == unit.times && t->unit[end].below == unit.below;)
            end++;
        if (unit.below == 0)
            continue;
        uint64_t n = end - u < MOST_USUAL ? end - u : MOST_USUAL;
        some += end - u;
        if (!(unit.below & CLOSER) && n > most) {
            most = n;
            t->usual = unit;
            t->first = (uint32_t)u;
        }
    }
    t->n = most > some / 2 ? (uint32_t)most : 0;
}

/* The heap's units without those whose blocks such a pointer may not point to. NULL: no memory. */
static Unit *units_for(PrConv *c, uint32_t pointer_type)
{
    PrStarts *s = c->starts;
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
    return own;
}

static const Table *table_for(PrConv *c, uint32_t pointer_type)
{
    if (!c->use_starts || (!c->starts && !make_heap(c)))
        return NULL;
    Table *t = &c->starts->type[pointer_type];
    if (t->unit)
        return t;
    t->unit = units_for(c, pointer_type);
    if (!t->unit)
        return NULL;
    find_usual(t, n_units(c));
    return t;
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
    const Table *table;
    uint64_t n_units, base;
    const uint8_t *from;
    uint64_t stride;
    uint32_t each, n; /* `each` side by side at every stride */
} Look;

static inline const uint8_t *place_of(const Look *l, uint32_t i, const unsigned bytes)
{
    return l->each == 1 ? l->from + i * l->stride : l->from + i / 2 * l->stride + i % 2 * bytes;
}

/* Of the pointers in `mask`, those that are not NULL or the start of a block; inlined with the kind of pointer known. */
static inline __attribute__((always_inline)) uint64_t
look(const Look *l, uint64_t mask, const unsigned bytes, const bool big_endian)
{
    uint64_t unsettled = 0;
    for (; mask; mask &= mask - 1) {
        uint32_t i = (uint32_t)__builtin_ctzll(mask);
        uint64_t value = pr_word_get(place_of(l, i, bytes), bytes, big_endian), at = value - l->base;
        Unit unit = l->table->unit[at / PR_UNIT_BYTES < l->n_units ? at / PR_UNIT_BYTES : l->n_units];
        bool passes = (uint32_t)(at % PR_UNIT_BYTES) * unit.times < (unit.below & ~CLOSER);
        if (passes && unit.below & CLOSER)
            passes = begins_block(l->c, at);
        unsettled |= (uint64_t)(!passes && value) << i;
    }
    return unsettled;
}

static uint64_t all_of(uint32_t n) { return ~UINT64_C(0) >> (PR_BATCH - n); }

static uint64_t look_at(const Look *l, unsigned bytes, bool big_endian)
{
    if (bytes == 4)
        return big_endian ? look(l, all_of(l->n), 4, true) : look(l, all_of(l->n), 4, false);
    return big_endian ? look(l, all_of(l->n), 8, true) : look(l, all_of(l->n), 8, false);
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2")))

/* The even, and the odd, dwords of two vectors, in pairs. */
AVX2 static inline __m256i evens(__m256i a, __m256i b)
{
    return _mm256_castps_si256(
        _mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), _MM_SHUFFLE(2, 0, 2, 0)));
}

AVX2 static inline __m256i odds(__m256i a, __m256i b)
{
    return _mm256_castps_si256(
        _mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), _MM_SHUFFLE(3, 1, 3, 1)));
}

AVX2 static inline uint64_t signs(__m256i v)
{
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(v));
}

AVX2 static inline __m256i at_most(__m256i v, __m256i most) /* of each dword, unsigned: all ones or zero */
{
    return _mm256_cmpeq_epi32(_mm256_min_epu32(v, most), v);
}

typedef struct Eight { /* pointers, two by two: evens() and odds() put them in order */
    __m256i a, b;
} Eight;

/* Those at p, `each` side by side. */
AVX2 static inline __attribute__((always_inline)) Eight eight(const uint8_t *p, uint64_t stride, const unsigned each)
{
#define TWO(k) _mm_loadu_si128((const __m128i *)(const void *)(p + (k) * stride))
#define ONE(k) ((long long)pr_word_get(p + (k) * stride, 8, false))
    if (each == 2)
        return (Eight){_mm256_set_m128i(TWO(2), TWO(0)), _mm256_set_m128i(TWO(3), TWO(1))};
    return (Eight){_mm256_set_epi64x(ONE(5), ONE(4), ONE(1), ONE(0)),
                   _mm256_set_epi64x(ONE(7), ONE(6), ONE(3), ONE(2))};
#undef ONE
#undef TWO
}

AVX2 static inline uint64_t nulls(Eight v)
{
    const __m256i zero = _mm256_setzero_si256();
    return signs(evens(_mm256_cmpeq_epi64(v.a, zero), _mm256_cmpeq_epi64(v.b, zero)));
}

AVX2 static inline Eight minus(Eight v, uint64_t base)
{
    const __m256i b = _mm256_set1_epi64x((long long)base);
    return (Eight){_mm256_sub_epi64(v.a, b), _mm256_sub_epi64(v.b, b)};
}

typedef struct Found { /* bits of pointers: those that are no starts, and those that have to be looked up */
    uint64_t open, closer;
} Found;

/* Whole eights of pointers, by what the usual units are. No table is read. */
AVX2 static inline __attribute__((always_inline)) Found usual(const Look *l, const unsigned each)
{
    const Table *t = l->table;
    const uint64_t base = l->base + t->first * PR_UNIT_BYTES;
    const __m256i last = _mm256_set1_epi32((int)(t->n * PR_UNIT_BYTES - 1)), low = _mm256_set1_epi32(0xffff);
    const __m256i zero = _mm256_setzero_si256();
    const __m256i times = _mm256_set1_epi32((int)t->usual.times), most = _mm256_set1_epi32((int)(t->usual.below - 1));
    const uint8_t *p = l->from;
    Found found = {0, 0};
    for (uint32_t i = 0; i + 8 <= l->n; i += 8, p += 8 / each * l->stride) {
        Eight v = eight(p, l->stride, each), at = minus(v, base);
        __m256i offset = evens(at.a, at.b), far = odds(at.a, at.b);
        __m256i product = _mm256_mullo_epi32(_mm256_and_si256(offset, low), times);
        __m256i inside = _mm256_and_si256(_mm256_cmpeq_epi32(far, zero), at_most(offset, last));
        uint64_t in = signs(inside), null = nulls(v), starts = signs(at_most(product, most));
        found.open |= (in & ~(starts | null)) << i;
        found.closer |= (~(in | null) & 0xff) << i;
    }
    return found;
}

AVX2 static inline __m128i pair(const Unit *a, const Unit *b)
{
    __m128i low = _mm_loadl_epi64((const __m128i *)(const void *)a);
    return _mm_castps_si128(_mm_loadh_pi(_mm_castsi128_ps(low), (const __m64 *)(const void *)b));
}

/* Their units, by numbers in order. One by one: that is faster than to gather them. */
AVX2 static inline Eight units_at(const Unit *unit, __m256i numbers)
{
    uint32_t n[8];
    memcpy(n, &numbers, sizeof n);
    return (Eight){_mm256_set_m128i(pair(&unit[n[4]], &unit[n[5]]), pair(&unit[n[0]], &unit[n[1]])),
                   _mm256_set_m128i(pair(&unit[n[6]], &unit[n[7]]), pair(&unit[n[2]], &unit[n[3]]))};
}

/* The same by the table. */
AVX2 static inline __attribute__((always_inline)) Found tabled(const Look *l, const unsigned each)
{
    const __m256i low = _mm256_set1_epi32(0xffff), limit = _mm256_set1_epi32((int)~CLOSER);
    const __m256i last = _mm256_set1_epi32((int)l->n_units), zero = _mm256_setzero_si256();
    const uint8_t *p = l->from;
    Found found = {0, 0};
    for (uint32_t i = 0; i + 8 <= l->n; i += 8, p += 8 / each * l->stride) {
        Eight v = eight(p, l->stride, each), at = minus(v, l->base);
        __m256i offset = _mm256_and_si256(evens(at.a, at.b), low);
        at = (Eight){_mm256_srli_epi64(at.a, 16), _mm256_srli_epi64(at.b, 16)};
        __m256i far = _mm256_cmpgt_epi32(odds(at.a, at.b), zero); /* all ones: behind the last unit */
        Eight u = units_at(l->table->unit, _mm256_min_epu32(_mm256_or_si256(evens(at.a, at.b), far), last));
        __m256i product = _mm256_mullo_epi32(offset, evens(u.a, u.b)), below = odds(u.a, u.b);
        __m256i least = _mm256_and_si256(below, limit);
        uint64_t fails = signs(_mm256_cmpeq_epi32(_mm256_max_epu32(product, least), product));
        found.open |= (fails & ~nulls(v)) << i;
        found.closer |= (signs(below) & ~fails) << i;
    }
    return found;
}

/* Little-endian pointers of eight bytes: most are settled eight at a time, the rest one by one. */
AVX2 static uint64_t look_avx2(const Look *l)
{
    uint64_t all = all_of(l->n), tail = l->n < 8 ? all : all & ~(all >> l->n % 8);
    Found found;
    if (l->table->n > 0)
        found = l->each == 2 ? usual(l, 2) : usual(l, 1);
    else
        found = l->each == 2 ? tabled(l, 2) : tabled(l, 1);
    return found.open | look(l, found.closer | tail, 8, false);
}

static bool has_avx2(void) { return __builtin_cpu_supports("avx2"); }
#else
static bool has_avx2(void) { return false; }
static uint64_t look_avx2(const Look *l) { return look_at(l, 8, false); }
#endif

uint64_t pr_starts_unsettled(PrConv *c, uint32_t type, const uint8_t *from, uint64_t stride, uint32_t each, uint32_t n)
{
    const PrArch *arch = c->from->arch;
    const Table *table = table_for(c, type);
    if (!table)
        return all_of(n);
    Look l = {c, table, n_units(c), c->desc->heap_base, from, stride, each, n};
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
        if (s->type[i].unit != s->heap)
            free(s->type[i].unit);
    free(s->type);
    free(s->heap);
    free(s);
    c->starts = NULL;
}
