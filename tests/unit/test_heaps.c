/* Random heaps full of pointers, right and wrong ones: what is found by tables, in batches and by what was
 * remembered must be what is worked out for each pointer alone. */
#include "core/convert/engine.h"
#include "core/convert/scalar.h"
#include "torture.h"
#include <stdlib.h>

enum { UNITS = 24, MAX_POOLS = 16, ROUNDS = 12 };

static PrDesc desc;
static uint32_t t_link, t_node, t_three, t_row, t_tree, blocks[10], symbol_type;

static void build(void)
{
    Torture *t = torture_new();
    uint32_t int_ptr = torture_type(t, PR_PTR, "int *", T_INT, 0);
    uint32_t double_ptr = torture_type(t, PR_PTR, "double *", T_DOUBLE, 0);
    uint32_t link_ptr = torture_type(t, PR_PTR, "struct link *", T_FIRST + 4, 0);
    t_row = torture_type(t, PR_ARRAY, "int[5]", T_INT, 5);
    t_link = torture_struct(t, "struct link", 4, (PrField[]){
        {"next", link_ptr, 0}, {"middle", int_ptr, 0}, {"value", T_LONG, 0}, {"row", t_row, 0}});
    g_assert_cmpuint(t_link, ==, T_FIRST + 4);
    uint32_t links = torture_type(t, PR_ARRAY, "struct link *[3]", link_ptr, 3);
    t_node = torture_struct(t, "struct node", 7, (PrField[]){
        {"c", T_CHAR, 0}, {"d", T_DOUBLE, 0}, {"links", links, 0}, {"any", T_VOIDPTR, 0},
        {"text", T_CHARPTR, 0}, {"call", T_FPTR, 0}, {"number", double_ptr, 0}});
    t_three = torture_type(t, PR_ARRAY, "char[3]", T_CHAR, 3);
    uint32_t tree_ptr = torture_type(t, PR_PTR, "struct tree *", t_three + 2, 0);
    t_tree = torture_struct(t, "struct tree", 6, (PrField[]){ /* pairs of pointers, and one left over */
        {"value", T_INT, 0}, {"left", tree_ptr, 0}, {"right", tree_ptr, 0}, {"up", tree_ptr, 0},
        {"first", link_ptr, 0}, {"last", link_ptr, 0}});
    g_assert_cmpuint(t_tree, ==, t_three + 2);
    const uint32_t all[] = {t_link, t_node, t_three, T_CHAR, T_DOUBLE, T_INT, link_ptr, T_VOIDPTR, T_LONG, t_tree};
    memcpy(blocks, all, sizeof all);
    symbol_type = t_link;
    t->symbols[0] = (PrSymbol){PR_SYM_DATA, "global", "a.c", 1, symbol_type, 0x90000000};
    t->symbols[1] = (PrSymbol){PR_SYM_FUNC, "call", "a.c", 2, T_FUNC, 0x90002000};
    t->desc.n_symbols = 2;
    torture_finish(t, &desc);
    g_free(t);
}

typedef struct Heap {
    PrView view;
    const PrLayout *l;
    GRand *rand;
    bool wild;  /* holds pointers that are refused */
    bool links; /* holds nothing but struct link */
    bool alone; /* holds nothing but single trees, without gaps ... */
    bool usual; /* ... or three of four pools do ... */
    bool full;  /* ... and no dead slots */
    uint8_t *bytes;
    PrPool pools[MAX_POOLS];
    PrCount *counts[MAX_POOLS];
    uint8_t *live[MAX_POOLS];
    uint32_t n_pools;
} Heap;

static uint32_t below(Heap *h, uint32_t n) { return (uint32_t)g_rand_int_range(h->rand, 0, (gint32)n); }

static void add_pool(Heap *h, uint32_t unit)
{
    bool usual = h->alone || (h->usual && below(h, 4) != 0);
    uint32_t i = h->n_pools++, other = h->links ? t_link : blocks[below(h, G_N_ELEMENTS(blocks))];
    uint32_t type = usual ? t_tree : other;
    bool large = !usual && below(h, 5) == 0;
    uint64_t count = usual ? 1 : large ? 70000 / desc.types[type].common_size : below(h, 2) ? 1 : 1 + below(h, 6);
    PrPool *p = &h->pools[i];
    *p = (PrPool){.unit = unit, .n_units = large ? 2 : 1, .type = type, .alloc = PR_NO_ALLOC, .count = count};
    p->slot_bytes = pr_desc_slot_bytes(&desc, type, count);
    p->n_slots = large ? 1 : (uint32_t)(PR_UNIT_BYTES / p->slot_bytes);
    h->live[i] = g_malloc0(p->n_slots / 8 + 1);
    uint32_t dead = usual ? (h->full ? 0 : 10) : (uint32_t[]){0, 0, 10, 2, 1}[below(h, 5)]; /* one in so many */
    for (uint32_t s = 0; s < p->n_slots; s++)
        if (dead == 0 || below(h, dead) != 0)
            h->live[i][s / 8] |= (uint8_t)(1U << s % 8);
    p->live = h->live[i];
    if (!large && !usual && below(h, 4) == 0) {
        h->counts[i] = g_new0(PrCount, p->n_slots);
        for (uint32_t s = 0; s < p->n_slots; s++)
            h->counts[i][s] = (PrCount)below(h, (uint32_t)count + 1);
        p->counts = h->counts[i];
    }
}

/* An address near a block: its start, a byte of it, or what lies around. */
static uint64_t some_address(Heap *h)
{
    const PrPool *p = &h->pools[below(h, h->n_pools)];
    uint64_t slot = below(h, p->n_slots + 1), start = desc.heap_base + p->unit * PR_UNIT_BYTES;
    uint64_t size = h->l->size[p->type], at = start + slot * p->slot_bytes;
    if (!h->wild && slot == p->n_slots)
        at = start;
    if (below(h, 2) == 0)
        return at;
    uint32_t f = desc.types[p->type].first_field + below(h, MAX(1, desc.types[p->type].n_fields));
    if (desc.types[p->type].kind == PR_STRUCT)
        return at + h->l->offset[f] + (below(h, 4) ? 0 : below(h, 3) * size);
    return at + (h->wild ? below(h, (uint32_t)(2 * size)) : size * below(h, 8));
}

static uint64_t some_pointer(Heap *h, uint32_t type)
{
    uint64_t top = h->l->arch->pointer_bytes == 8 ? ~UINT64_C(0) : UINT32_MAX;
    if (desc.types[type].kind == PR_FPTR)
        return below(h, 2) ? desc.symbols[1].vaddr : below(h, 3);
    switch (below(h, 24)) {
    case 0: return 0;
    case 1: return below(h, 65536);
    case 2: return top;
    case 3: return desc.heap_base + below(h, UNITS * (uint32_t)PR_UNIT_BYTES); /* anywhere: often dangling */
    case 4: return desc.symbols[0].vaddr;
    case 5: return h->wild && below(h, 200) == 0 ? some_address(h) + (UINT64_C(1) << 48) : 0;
    case 6: return h->wild && below(h, 200) == 0 ? some_address(h) + (UINT64_C(1) << 32) : 0;
    case 7: return PR_HEAP_END - 8;
    default: return some_address(h) & top;
    }
}

static void fill(Heap *h, uint32_t type, uint8_t *at)
{
    const PrType *t = &desc.types[type];
    uint64_t size = h->l->size[type];
    bool big = h->l->arch->big_endian;
    for (uint64_t i = 0; t->kind == PR_ARRAY && i < t->count; i++)
        fill(h, t->elem, at + i * h->l->size[t->elem]);
    for (uint32_t i = 0; t->kind == PR_STRUCT && i < t->n_fields; i++)
        fill(h, desc.fields[t->first_field + i].type, at + h->l->offset[t->first_field + i]);
    if (t->kind == PR_PTR || t->kind == PR_FPTR)
        pr_word_put(at, (unsigned)size, big, some_pointer(h, type));
    else if (t->kind != PR_ARRAY && t->kind != PR_STRUCT)
        pr_scalar_put(at, (unsigned)size, big, below(h, 127));
}

static Heap *heap_new(uint32_t layout, guint32 seed)
{
    Heap *h = g_new0(Heap, 1);
    h->l = &desc.layouts[layout];
    h->rand = g_rand_new_with_seed(seed);
    h->wild = seed % 2;
    h->links = seed % 3 == 0;
    h->usual = seed % 4 < 2;
    h->alone = seed % 8 == 0;
    h->full = seed % 16 < 8;
    h->bytes = g_malloc0(UNITS * PR_UNIT_BYTES);
    for (uint32_t unit = 0; unit + 2 <= UNITS && h->n_pools < MAX_POOLS;) {
        if (!h->alone && below(h, 6) == 0) {
            unit++; /* no pool */
            continue;
        }
        add_pool(h, unit);
        unit += h->pools[h->n_pools - 1].n_units;
    }
    h->view = (PrView){.desc = &desc, .layout = layout, .heap = h->bytes, .pools = h->pools,
                       .heap_bytes = UNITS * PR_UNIT_BYTES, .n_pools = h->n_pools};
    for (uint32_t i = 0; i < h->n_pools; i++)
        for (uint64_t s = 0; s < h->pools[i].n_slots; s++)
            for (uint64_t k = 0; k < (h->pools[i].counts ? h->pools[i].counts[s] : h->pools[i].count); k++)
                fill(h, h->pools[i].type, h->bytes + h->pools[i].unit * PR_UNIT_BYTES +
                                              s * h->pools[i].slot_bytes + k * h->l->size[h->pools[i].type]);
    return h;
}

static void heap_free(Heap *h)
{
    for (uint32_t i = 0; i < h->n_pools; i++) {
        g_free(h->counts[i]);
        g_free(h->live[i]);
    }
    g_rand_free(h->rand);
    g_free(h->bytes);
    g_free(h);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Heap, heap_free)

/* One pool: as a strided run where every slot holds one element, else block by block. */
static PrStatus run_pool(PrConv *c, const Heap *h, const PrPool *p, uint8_t *out)
{
    const uint8_t *from = h->bytes + p->unit * PR_UNIT_BYTES, *end = from + p->n_units * PR_UNIT_BYTES;
    bool strided = !p->counts && p->count == 1;
    PrStatus status = PR_OK;
    c->place = (PrPlace){.kind = PR_PLACE_HEAP, .type = p->type, .base = from, .pool = p};
    c->out = out;
    PrSpan span = {from, end, out, out + p->n_units * PR_UNIT_BYTES, p->slot_bytes, p->slot_bytes, p->n_slots};
    if (strided)
        return pr_conv_run(c, p->type, span);
    span.from_stride = c->from->size[p->type];
    span.to_stride = c->to->size[p->type];
    for (uint32_t s = 0; s < p->n_slots && status == PR_OK; s++) {
        span.from = from + s * p->slot_bytes;
        span.to = out + s * p->slot_bytes;
        span.to_end = span.to + p->slot_bytes;
        span.n = p->counts ? p->counts[s] : p->count;
        status = pr_conv_run(c, p->type, span);
    }
    return status;
}

typedef struct Result {
    PrConv c;
    PrError note, error;
    PrStatus status;
    uint8_t *bytes;
} Result;

static void prepare(Result *r, const Heap *h, uint32_t to, bool fast)
{
    memset(r, 0, sizeof *r);
    g_assert_cmpint(pr_conv_init(&r->c, &desc, &h->view, h->view.layout, to, &r->note, &r->error), ==, PR_OK);
    r->bytes = g_malloc0(2 * PR_UNIT_BYTES);
    r->c.use_starts &= fast;
    r->c.use_offsets = fast;
    r->c.plans.use_windows &= fast;
}

static void clear(Result *r)
{
    pr_conv_fini(&r->c);
    g_free(r->bytes);
}

static uint64_t n_refused, n_dangling;

static void compare(const Heap *h, uint32_t to)
{
    Result fast, slow;
    prepare(&fast, h, to, true);
    prepare(&slow, h, to, false);
    for (uint32_t i = 0; i < h->n_pools; i++) {
        fast.status = run_pool(&fast.c, h, &h->pools[i], fast.bytes);
        slow.status = run_pool(&slow.c, h, &h->pools[i], slow.bytes);
        g_assert_cmpint(fast.status, ==, slow.status);
        if (slow.status == PR_OK) {
            torture_assert_bytes(fast.bytes, 2 * PR_UNIT_BYTES, slow.bytes, 2 * PR_UNIT_BYTES);
        } else {
            g_assert_cmpstr(fast.error.what, ==, slow.error.what);
            g_assert_cmpstr(fast.error.path, ==, slow.error.path);
            n_refused++;
        }
        memset(fast.bytes, 0, 2 * PR_UNIT_BYTES);
        memset(slow.bytes, 0, 2 * PR_UNIT_BYTES);
        g_assert_cmpuint(fast.c.stats.dangling, ==, slow.c.stats.dangling);
        g_assert_cmpstr(fast.note.path, ==, slow.note.path);
        g_assert_cmpuint(fast.c.n_refs, ==, slow.c.n_refs);
        for (uint64_t k = 0; k < slow.c.n_refs; k++)
            g_assert_true(!memcmp(&fast.c.refs[k], &slow.c.refs[k], sizeof fast.c.refs[k]));
    }
    n_dangling += slow.c.stats.dangling;
    clear(&fast);
    clear(&slow);
}

static void test_pairs(void)
{
    for (uint32_t round = 0; round < ROUNDS; round++)
        for (uint32_t a = 0; a < TORTURE_ARCHES; a++) {
            g_autoptr(Heap) h = heap_new(a, round * TORTURE_ARCHES + a);
            compare(h, (a + round) % TORTURE_ARCHES);
            compare(h, torture_arch(a == 0 ? "i686" : "x86_64"));
        }
    g_assert_cmpuint(n_refused, >, 10);
    g_assert_cmpuint(n_dangling, >, 1000);
}

/* Of a heap of one type: what is a start but for its upper half is none. */
static void test_far(void)
{
    for (uint32_t shift = 31; shift < 64; shift++) {
        g_autoptr(Heap) h = heap_new(torture_arch("x86_64"), 0);
        uint32_t left = desc.types[t_tree].first_field + 1;
        uint8_t *tree = h->bytes + PR_UNIT_BYTES;
        g_assert_true(h->alone && h->full);
        pr_word_put(tree + h->l->offset[left], 8, false,
                    (desc.heap_base + (uint64_t)(tree - h->bytes)) ^ UINT64_C(1) << shift);
        uint64_t before = n_refused;
        compare(h, torture_arch("s390x"));
        g_assert_cmpuint(n_refused, >, before);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    build();
    g_test_add_func("/heaps/pairs", test_pairs);
    g_test_add_func("/heaps/far", test_far);
    return g_test_run();
}
