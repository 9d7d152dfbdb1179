#include "offsets.h"
#include "scalar.h"
#include <stdlib.h>

enum { MAX_BYTES = 4096 }; /* of an element: larger ones are rarely many */

typedef struct PrShape { /* of a unit that is a pool of its own */
    uint32_t times; /* offset * times / 2^32 is the slot */
    uint32_t slot_bytes;
    uint32_t type; /* PR_TYPE_VOID: it is not such a unit */
} PrShape;

static uint32_t *new_map(const PrConv *c, uint32_t block)
{
    uint64_t n = 2 * c->from->size[block];
    uint32_t *map = malloc((size_t)n * sizeof *map);
    for (uint64_t i = 0; map && i < n; i++)
        map[i] = PR_OFFSET_UNKNOWN;
    return map;
}

uint32_t *pr_offsets_at(PrConv *c, uint32_t block, uint32_t pointer_type, bool first, uint64_t rest)
{
    uint64_t size = c->from->size[block];
    if (!c->use_offsets || size > MAX_BYTES || rest >= size)
        return NULL;
    uint32_t **maps = c->offsets[pointer_type];
    if (!maps && !(maps = c->offsets[pointer_type] = calloc(c->desc->n_types, sizeof *maps)))
        return NULL;
    if (!maps[block] && !(maps[block] = new_map(c, block)))
        return NULL;
    return &maps[block][first ? rest : size + rest];
}

static bool make_shapes(PrConv *c)
{
    c->shapes = calloc((size_t)(c->view->heap_bytes / PR_UNIT_BYTES) + 1, sizeof *c->shapes);
    for (uint32_t i = 0; c->shapes && i < c->view->n_pools; i++) {
        const PrPool *p = &c->view->pools[i];
        if (p->n_units == 1 && !p->counts && p->count > 0 && p->slot_bytes > 1 &&
            c->desc->types[p->type].kind != PR_FLEX)
            c->shapes[p->unit] = (PrShape){(uint32_t)((UINT64_C(1) << 32) / p->slot_bytes + 1),
                                           (uint32_t)p->slot_bytes, p->type};
    }
    return c->shapes;
}

/* What becomes of a pointer; false: not known. */
static inline bool find(const PrConv *c, uint32_t **maps, uint64_t value, uint64_t *out)
{
    uint64_t at = value - c->desc->heap_base, unit = at / PR_UNIT_BYTES, off = at % PR_UNIT_BYTES;
    if (at >= c->view->heap_bytes)
        return false;
    const PrShape *s = &c->shapes[unit];
    uint64_t slot = off * s->times >> 32, rest = off - slot * s->slot_bytes;
    const uint32_t *map = maps[s->type]; /* void has none */
    if (!map || rest >= c->from->size[s->type] || map[rest] == PR_OFFSET_UNKNOWN ||
        !pr_pool_live(&c->view->pools[c->unit_pool[unit] - 1], (uint32_t)slot))
        return false;
    *out = value - rest + map[rest];
    return true;
}

uint64_t pr_offsets_settle(PrConv *c, uint32_t type, const uint8_t *from, uint64_t from_stride,
                           uint8_t *to, uint64_t to_stride, uint64_t mask)
{
    const PrArch *fa = c->from->arch, *ta = c->to->arch;
    uint32_t **maps = c->offsets[type];
    uint64_t rest = 0;
    if (!c->use_starts || !c->use_offsets || !maps || (!c->shapes && !make_shapes(c)))
        return mask;
    for (; mask; mask &= mask - 1) {
        unsigned i = (unsigned)__builtin_ctzll(mask);
        uint64_t out, value = pr_word_get(from + i * from_stride, fa->pointer_bytes, fa->big_endian);
        if (find(c, maps, value, &out))
            pr_word_put(to + i * to_stride, ta->pointer_bytes, ta->big_endian, out);
        else
            rest |= UINT64_C(1) << i;
    }
    return rest;
}

void pr_offsets_free(PrConv *c)
{
    for (uint32_t i = 0; c->offsets && i < c->desc->n_types; i++) {
        for (uint32_t k = 0; c->offsets[i] && k < c->desc->n_types; k++)
            free(c->offsets[i][k]);
        free(c->offsets[i]);
    }
    free(c->offsets);
    free(c->shapes);
    c->offsets = NULL;
    c->shapes = NULL;
}
