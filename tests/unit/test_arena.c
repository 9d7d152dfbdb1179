/* The typed allocator against a model: contents, alignment, distinct slots, metadata round trip. */
#include "core/runtime/adopt.c"
#include "core/runtime/arena.c"
#include "core/runtime/heapunits.c"

#include <glib.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

PrDesc rt_desc;
uint32_t rt_layout;
RtConfig rt_config;
void rt_track_remapped(uint32_t unit, uint32_t n) { (void)unit, (void)n; }
static gboolean quiet;

void rt_warn(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    g_autofree char *text = g_strdup_vprintf(format, ap);
    if (!quiet)
        g_printerr("%s\n", text);
    va_end(ap);
}

enum { T_VOID, T_CHAR, T_CHARPTR, T_INT, T_LONG, T_NODE, T_FLEX, T_TAIL, T_BIG, N_TYPES };
static PrType types[N_TYPES] = {
    [T_VOID] = {.kind = PR_VOID, .name = "void"},
    [T_CHAR] = {.kind = PR_CHAR, .name = "char"},
    [T_CHARPTR] = {.kind = PR_PTR, .name = "char *", .elem = T_CHAR},
    [T_INT] = {.kind = PR_INT, .name = "int"},
    [T_LONG] = {.kind = PR_LONG, .name = "long"},
    [T_NODE] = {.kind = PR_STRUCT, .name = "struct node", .first_field = 0, .n_fields = 2},
    [T_FLEX] = {.kind = PR_FLEX, .name = "struct flex", .elem = T_LONG, .first_field = 2, .n_fields = 2},
    [T_TAIL] = {.kind = PR_ARRAY, .name = "int[]", .elem = T_INT, .count = 0},
    [T_BIG] = {.kind = PR_ARRAY, .name = "char[700]", .elem = T_CHAR, .count = 700},
};
static PrField fields[] = {{"next", T_CHARPTR, 0}, {"weight", T_INT, 0}, {"n", T_INT, 0}, {"tail", T_LONG, 0}};
static uint64_t size64[N_TYPES] = {0, 1, 8, 4, 8, 16, 8, 0, 700};
static uint64_t size32[N_TYPES] = {0, 1, 4, 4, 4, 8, 4, 0, 700};
static uint32_t align64[N_TYPES] = {1, 1, 8, 4, 8, 8, 8, 4, 1};
static uint32_t align32[N_TYPES] = {1, 1, 4, 4, 4, 4, 4, 4, 1};
static uint64_t offset64[] = {0, 8, 0, 8}, offset32[] = {0, 4, 0, 4};

static void describe(uint32_t n_layouts)
{
    PrLayout layouts[2] = {{pr_arch_find("x86_64"), size64, align64, offset64, 0},
                           {pr_arch_find("i686"), size32, align32, offset32, 0}};
    PrDesc desc = {.n_layouts = n_layouts, .n_types = N_TYPES, .n_fields = 4, .layouts = layouts,
                   .types = types, .fields = fields};
    uint8_t *blob;
    size_t bytes;
    PrError error = {0};

    if (pr_desc_write(&desc, &blob, &bytes, &error) || pr_desc_parse(&rt_desc, blob, bytes, &error))
        g_error("%s: %s", error.what, pr_status_text(error.status));
}

typedef struct Block { guint8 *at; gsize bytes; guint type; guint8 fill; } Block;

static void check_filled(const Block *b, gsize bytes)
{
    for (gsize i = 0; i < bytes; i++)
        if (b->at[i] != b->fill)
            g_error("byte %zu of a block of %zu was overwritten", i, b->bytes);
}

static void check_new(Block *b)
{
    guint64 align = b->type == T_CHAR ? 16 : rt_desc.types[b->type].common_align;

    g_assert_nonnull(b->at);
    g_assert_cmpuint((guintptr)b->at % align, ==, 0);
    memset(b->at, b->fill, b->bytes);
}

static gsize random_bytes(GRand *r, guint type)
{
    guint pick = (guint)g_rand_int_range(r, 0, 100);
    gsize n = pick < 70 ? 1 : pick < 98 ? (gsize)g_rand_int_range(r, 0, 100)
                                        : (gsize)g_rand_int_range(r, 0, 300000) / size64[type];
    return n * size64[type];
}

static Block new_block(GRand *r)
{
    static const guint choice[] = {T_CHAR, T_CHARPTR, T_INT, T_LONG, T_NODE, T_BIG};
    Block b = {.type = choice[g_rand_int_range(r, 0, G_N_ELEMENTS(choice))],
               .fill = (guint8)g_rand_int_range(r, 1, 256)};

    b.bytes = random_bytes(r, b.type);
    if (g_rand_boolean(r)) {
        b.at = preaches_malloc(b.bytes, b.type, 7);
    } else {
        b.at = preaches_calloc(b.bytes, 1, b.type, 7);
        for (gsize i = 0; i < b.bytes; i++)
            g_assert_cmpuint(b.at[i], ==, 0);
    }
    check_new(&b);
    return b;
}

static void resize(GRand *r, Block *b)
{
    gsize bytes = random_bytes(r, b->type);

    bytes = bytes ? bytes : size64[b->type];
    b->at = preaches_realloc(b->at, bytes, b->type, 7);
    check_filled(b, MIN(bytes, b->bytes));
    b->bytes = bytes;
    check_new(b);
}

/* Every block is in the pools, live, with its type and count; nothing else is. */
static void check_metadata(const Block *blocks, guint n)
{
    g_autofree PrPool *list = g_new0(PrPool, rt_units_top() + 1);
    guint n_pools = rt_arena_pools(list), live = 0;
    guint64 low = 0;

    for (guint i = 0; i < n_pools; i++) {
        g_assert_cmpuint(list[i].unit, >=, low);
        g_assert_cmpuint(list[i].slot_bytes * list[i].n_slots, <=, list[i].n_units * PR_UNIT_BYTES);
        low = list[i].unit + list[i].n_units;
        for (guint s = 0; s < list[i].n_slots; s++)
            live += list[i].live[s / 8] >> (s % 8) & 1;
    }
    g_assert_cmpuint(low * PR_UNIT_BYTES, <=, rt_arena_heap_bytes());
    g_assert_cmpuint(live, ==, n);
    for (guint i = 0; i < n; i++) {
        guint64 at = (guintptr)blocks[i].at - PR_HEAP_BASE;
        const PrPool *p = rt_arena_pool(rt_units_owner((uint32_t)(at / PR_UNIT_BYTES)));
        guint64 slot = (at - p->unit * PR_UNIT_BYTES) / p->slot_bytes;
        guint64 count = p->counts ? p->counts[slot] : p->count;

        g_assert_cmpuint(p->type, ==, blocks[i].type);
        g_assert_cmpuint(count, ==, blocks[i].bytes / size64[blocks[i].type]);
        g_assert_cmpuint(pr_desc_slot_bytes(&rt_desc, p->type, count), <=, p->slot_bytes);
    }
}

/* What a restore does: the metadata of the running arena, adopted; then it has to go on. */
static void adopt_again(void)
{
    PrPool *list = g_new0(PrPool, rt_units_top() + 1);
    PrView view = {.pools = list, .heap_bytes = rt_arena_heap_bytes()};
    guint64 live = rt_arena_live_bytes();
    PrError error = {0};

    view.n_pools = rt_arena_pools(list);
    g_assert_cmpint(rt_arena_adopt(&view, &error), ==, PR_OK);
    g_assert_cmpuint(rt_arena_live_bytes(), ==, live);
}

static void test_model(void)
{
    GRand *r = g_rand_new_with_seed(1998);
    Block *blocks = g_new0(Block, 4000);
    guint n = 0;

    for (guint step = 0; step < 60000; step++) {
        guint pick = (guint)g_rand_int_range(r, 0, 100);

        if (step % 10000 == 9999) {
            check_metadata(blocks, n);
            adopt_again();
            check_metadata(blocks, n);
        }
        if (n < 1500 && (n == 0 || pick < 50)) {
            blocks[n++] = new_block(r);
            continue;
        }
        Block *b = &blocks[g_rand_int_range(r, 0, (gint32)n)];
        check_filled(b, b->bytes);
        if (pick < 60) {
            resize(r, b);
        } else {
            preaches_free(b->at);
            *b = blocks[--n];
        }
    }
    check_metadata(blocks, n);
    while (n)
        preaches_free(blocks[--n].at);
    g_assert_cmpuint(rt_arena_live_bytes(), ==, 0);
    g_rand_free(r);
}

static void test_edges(void)
{
    void *big, *a, *b;

    preaches_free(NULL);
    a = preaches_malloc(0, T_NODE, 0);
    b = preaches_malloc(0, T_NODE, 0);
    g_assert_true(a && b && a != b);
    preaches_free(a);
    preaches_free(b);
    errno = 0;
    g_assert_null(preaches_malloc(PR_HEAP_END - PR_HEAP_BASE + 1, T_CHAR, 0));
    g_assert_cmpint(errno, ==, ENOMEM);
    g_assert_null(preaches_malloc(SIZE_MAX, T_LONG, 0));
    g_assert_null(preaches_calloc(SIZE_MAX / 2, 4, T_LONG, 0));
    big = preaches_malloc(600u << 20, T_LONG, 0);
    g_assert_nonnull(big);
    quiet = TRUE;
    g_assert_null(preaches_malloc(300u << 20, T_LONG, 0));
    quiet = FALSE;
    preaches_free(big);
    g_assert_cmpuint(rt_arena_live_bytes(), ==, 0);
    a = preaches_realloc(NULL, 8, T_CHAR, 0);
    g_assert_null(preaches_realloc(a, 0, T_CHAR, 0));
}

/* Memory taken again for another type is zero; calloc's is zero always. */
static void test_zeroed(void)
{
    for (guint round = 0; round < 3; round++) {
        gsize bytes = (gsize)PR_UNIT_BYTES << (2 * round);
        guint8 *a = preaches_malloc(bytes, T_CHAR, 0), *b;

        memset(a, 0xff, bytes);
        preaches_free(a);
        b = preaches_malloc(bytes, T_LONG, 0);
        for (gsize i = 0; i < bytes; i++)
            g_assert_cmpuint(b[i], ==, 0);
        memset(b, 0xee, bytes);
        preaches_free(b);
        b = preaches_calloc(1, bytes, T_LONG, 0);
        for (gsize i = 0; i < bytes; i++)
            g_assert_cmpuint(b[i], ==, 0);
        preaches_free(b);
    }
}

/* What the same kind of block left in the same place is not cleared again: large blocks come and go quickly.
 * A unit that was the second of a block is cleared when it is a first one: there its elements begin anew. */
static void test_left(void)
{
    enum { BYTES = 2 * PR_UNIT_BYTES };
    guint8 *a = preaches_malloc(BYTES, T_BIG, 0), *b;

    memset(a, 0x77, BYTES);
    preaches_free(a);
    b = preaches_malloc(BYTES, T_BIG, 0);
    g_assert_true(b == a);
    g_assert_cmpuint(b[BYTES - 1], ==, 0x77);
    preaches_free(b);
    b = preaches_malloc(PR_UNIT_BYTES, T_CHAR, 0);
    a = preaches_malloc(PR_UNIT_BYTES, T_BIG, 0);
    g_assert_true(a == b + PR_UNIT_BYTES);
    for (gsize i = 0; i < PR_UNIT_BYTES; i++)
        g_assert_cmpuint(a[i], ==, 0);
    preaches_free(a);
    preaches_free(b);
}

/* A struct and elements behind it: their number is kept, and there is room for the larger layout. */
static void test_flex(void)
{
    for (gsize n = 0; n < 9000; n += n < 20 ? 1 : 997) {
        guint8 *block = preaches_malloc(8 + n * 8, T_FLEX, 0);
        const PrPool *q = rt_arena_pool((uint32_t)(((guintptr)block - PR_HEAP_BASE) / PR_UNIT_BYTES));
        guint64 slot = ((guintptr)block - PR_HEAP_BASE - q->unit * PR_UNIT_BYTES) / q->slot_bytes;

        g_assert_cmpuint(q->type, ==, T_FLEX);
        g_assert_cmpuint(q->counts ? q->counts[slot] : q->count, ==, n);
        g_assert_cmpuint(q->slot_bytes, >=, 8 + n * 8);
        g_assert_true(pr_desc_block_fits(&rt_desc, T_FLEX, n, q->slot_bytes));
        preaches_free(block);
    }
    void *bytes = preaches_malloc(12, T_VOID, 0); /* of unknown type */
    g_assert_cmpuint(rt_arena_pool((uint32_t)(((guintptr)bytes - PR_HEAP_BASE) / PR_UNIT_BYTES))->type,
                     ==, T_VOID);
    preaches_free(bytes);
}

/* Structs with a tail are found at a checkpoint, and found again after a restore notes them. */
static void test_misfit(void)
{
    void *fit = preaches_malloc(16, T_NODE, 0), *flex = preaches_malloc(8 + 3 * 8, T_FLEX, 0), *tail;
    uint32_t unit;

    g_assert_cmpuint(rt_arena_misfit(0), ==, UINT32_MAX);
    tail = preaches_malloc(16 + 8 * 4, T_NODE | RT_TAIL, 0);
    unit = rt_arena_misfit(0);
    g_assert_cmpuint(unit, !=, UINT32_MAX);
    g_assert_cmpuint(rt_arena_misfit(unit + 1), ==, UINT32_MAX);
    adopt_again();
    g_assert_cmpuint(rt_arena_misfit(0), ==, UINT32_MAX);
    rt_arena_set_misfit(unit);
    g_assert_cmpuint(rt_arena_misfit(0), ==, unit);
    preaches_free(tail);
    g_assert_cmpuint(rt_arena_misfit(0), ==, UINT32_MAX);
    tail = preaches_malloc(17, T_NODE, 0);
    g_assert_cmpuint(rt_arena_misfit(0), !=, UINT32_MAX);
    preaches_free(tail);
    preaches_free(fit);
    preaches_free(flex);
}

static void expect_abort(void (*run)(void))
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        quiet = TRUE;
        run();
        _exit(0);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void free_twice(void)
{
    char *a = preaches_malloc(24, T_CHAR, 0);
    preaches_free(a);
    preaches_free(a);
}
static void free_inside(void) { preaches_free((char *)preaches_malloc(24, T_CHAR, 0) + 8); }
static void free_wild(void) { preaches_free((void *)(guintptr)(PR_HEAP_END - 64)); }
static void realloc_freed(void)
{
    char *a = preaches_malloc(1u << 20, T_CHAR, 0);
    preaches_free(a);
    a = preaches_realloc(a, 8, T_CHAR, 0);
}

/* In a process of its own: an arena for 64-bit architectures alone, as large as the machine's memory. */
static void wide(void)
{
    PrError error = {0};
    uint64_t machine = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    GPtrArray *blocks = g_ptr_array_new();

    rt_arena_clear();
    rt_units_restored(0);
    munmap((void *)(guintptr)PR_STACK_BASE, PR_STACK_END - PR_STACK_BASE);
    pr_desc_fini(&rt_desc);
    describe(1);
    g_assert_cmpint(rt_arena_map(&error), ==, PR_OK);
    g_assert_cmpuint(rt_heap.base, ==, PR_WIDE_HEAP_BASE);
    g_assert_cmpuint(rt_heap.bytes, >=, MIN(machine, PR_WIDE_HEAP_END - PR_WIDE_HEAP_BASE) / 2);
    for (guint64 bytes = 0; bytes + (64 << 20) <= rt_heap.bytes; bytes += 64 << 20) /* never touched */
        g_ptr_array_add(blocks, preaches_malloc(64 << 20, T_LONG, 0));
    for (guint i = 0; i < blocks->len; i++) {
        guint64 at = (guintptr)blocks->pdata[i];
        g_assert_true(pr_desc_in_heap(&rt_desc, at));
        g_assert_cmpuint(rt_units_owner((uint32_t)((at - PR_WIDE_HEAP_BASE) / PR_UNIT_BYTES)), ==, i * 1024);
    }
    g_assert_null(preaches_malloc(64 << 20, T_LONG, 0)); /* the end */
    char *last = blocks->pdata[blocks->len - 1];
    last[0] = 1;
    adopt_again();
    g_assert_cmpint(last[0], ==, 1);
    for (guint i = 0; i < blocks->len; i++)
        preaches_free(blocks->pdata[i]);
    g_assert_cmpuint(rt_arena_live_bytes(), ==, 0);
    g_assert_cmpuint(rt_arena_heap_bytes(), ==, 0);
}

static void test_wide(void)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        quiet = TRUE;
        wide();
        _exit(0);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_bad_free(void)
{
    expect_abort(free_twice);
    expect_abort(free_inside);
    expect_abort(free_wild);
    expect_abort(realloc_freed);
}

static void test_classes(void)
{
    guint64 last = 0;

    for (guint64 bytes = 1; bytes <= RT_SLOT_MAX; bytes++) {
        guint64 slot = rt_class_bytes(bytes);
        g_assert_true(slot >= bytes && slot % 16 == 0 && slot >= last);
        g_assert_cmpuint(slot - bytes, <, MAX(16, bytes / 8 + 1));
        g_assert_cmpuint(rt_class_bytes(slot), ==, slot);
        last = slot;
    }
}

static void test_damaged(void)
{
    uint8_t live[8] = {1};
    PrPool bad[] = {
        {.unit = 0, .n_units = 1, .type = N_TYPES, .slot_bytes = 16, .n_slots = 4, .live = live},
        {.unit = 0, .n_units = 1, .type = T_INT, .slot_bytes = 0, .n_slots = 4, .live = live},
        {.unit = 0, .n_units = 1, .type = T_INT, .slot_bytes = 65536, .n_slots = 2, .live = live},
        {.unit = 3, .n_units = 2, .type = T_INT, .slot_bytes = 16, .n_slots = 2, .live = live},
        {.unit = 0xffffffff, .n_units = 1, .type = T_INT, .slot_bytes = 16, .n_slots = 2, .live = live},
        {.unit = 0, .n_units = 0, .type = T_INT, .slot_bytes = 16, .n_slots = 2, .live = live},
    };
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        PrView view = {.pools = &bad[i], .n_pools = 1, .heap_bytes = 4 * PR_UNIT_BYTES};
        PrError error = {0};
        g_assert_cmpint(rt_arena_adopt(&view, &error), ==, PR_E_FORMAT);
    }
}

int main(int argc, char **argv)
{
    PrError error = {0};

    g_test_init(&argc, &argv, NULL);
    describe(2);
    if (rt_arena_map(&error) != PR_OK)
        g_error("arena: %s", error.path);
    g_test_add_func("/arena/classes", test_classes);
    g_test_add_func("/arena/model", test_model);
    g_test_add_func("/arena/edges", test_edges);
    g_test_add_func("/arena/zeroed", test_zeroed);
    g_test_add_func("/arena/left", test_left);
    g_test_add_func("/arena/flex", test_flex);
    g_test_add_func("/arena/misfit", test_misfit);
    g_test_add_func("/arena/bad-free", test_bad_free);
    g_test_add_func("/arena/wide", test_wide);
    g_test_add_func("/arena/damaged", test_damaged); /* last: it leaves no arena behind */
    return g_test_run();
}
