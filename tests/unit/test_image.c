/* Images: written, opened, converted on, resolved; every kind of pointer; and every damage refused.
 * The state is made by hand: a heap with four pools, two frames, three variables. */
#define _GNU_SOURCE
#define XXH_INLINE_ALL
#include "core/convert/convert.h"
#include "core/convert/scalar.h"
#include "core/image/image_format.h"
#include "torture.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

enum { S_TABLE, S_TEXT, S_VISIT, S_HEAD, S_WALK, S_MAIN, N_SYMBOLS };
enum { NODES = 40, GAPS = 3000, CALL_SITE = 0, POLL_SITE = 1 };

static PrDesc desc;
static uint32_t t_node, t_node_ptr, t_gap, t_gap_ptr, t_double_ptr, t_grid, t_text, t_c12;

static void build(void)
{
    Torture *t = torture_new();
    t_node_ptr = torture_type(t, PR_PTR, "struct node *", T_FIRST + 1, 0);
    t_node = torture_struct(t, "struct node", 6, (PrField[]){
        {"key", T_INT, 0}, {"next", t_node_ptr, 0}, {"count", T_LONG, 0}, {"call", T_FPTR, 0},
        {"name", T_CHARPTR, 0}, {"any", T_VOIDPTR, 0}});
    g_assert_cmpuint(t_node, ==, T_FIRST + 1);
    t_c12 = torture_type(t, PR_ARRAY, "char[12]", T_CHAR, 12);
    t_double_ptr = torture_type(t, PR_PTR, "double *", T_DOUBLE, 0);
    t_gap = torture_struct(t, "struct gap", 5, (PrField[]){
        {"buf", t_c12, 0}, {"d", T_DOUBLE, 0}, {"l", T_LONG, 0}, {"c", T_CHAR, 0}, {"at", t_double_ptr, 0}});
    t_gap_ptr = torture_type(t, PR_PTR, "struct gap *", t_gap, 0);
    t_grid = torture_type(t, PR_ARRAY, "struct gap[5]", t_gap, 5);
    t_text = torture_type(t, PR_ARRAY, "char[6]", T_CHAR, 6);
    PrSymbol symbols[N_SYMBOLS] = {
        [S_TABLE] = {PR_SYM_DATA, "table", "a.c", 1, t_grid, 0x90000000},
        [S_TEXT] = {PR_SYM_CONST, "a.c:1", "a.c", 2, t_text, 0x90001000},
        [S_VISIT] = {PR_SYM_FUNC, "visit", "a.c", 3, T_FUNC, 0x90002000},
        [S_HEAD] = {PR_SYM_DATA, "head", "a.c", 4, t_node_ptr, 0x90003000},
        [S_WALK] = {PR_SYM_FUNC, "walk", "a.c", 5, T_FUNC, 0x90004000},
        [S_MAIN] = {PR_SYM_FUNC, "main", "a.c", 6, T_FUNC, 0x90005000}};
    memcpy(t->symbols, symbols, sizeof symbols);
    t->desc.n_symbols = N_SYMBOLS;
    t->funcs[0] = (PrFunc){"main", "a.c", S_MAIN, 0, 0, 0};
    t->funcs[1] = (PrFunc){"walk", "a.c", S_WALK, 128, 0, 2};
    t->locals[0] = (PrLocal){"buf", t_c12, 0};
    t->locals[1] = (PrLocal){"g", t_gap, 16};
    t->sites[CALL_SITE] = (PrSite){0, 10, false, 0, 3};
    t->sites[POLL_SITE] = (PrSite){1, 20, true, 3, 8};
    PrVar vars[] = {{"i", T_LONG}, {"x", T_LDOUBLE}, {"f", T_FPTR},
                    {"n", t_node_ptr}, {"p", t_double_ptr}, {"b", T_BOOL}, {"u", T_ULONG},
                    {"w", T_DOUBLE}, {"end", t_gap_ptr}, {"s", T_CHARPTR}, {"tab", t_double_ptr}};
    memcpy(t->vars, vars, sizeof vars);
    t->desc.n_funcs = 2;
    t->desc.n_locals = 2;
    t->desc.n_sites = 2;
    t->desc.n_vars = G_N_ELEMENTS(vars);
    t->allocs[0] = (PrAlloc){"tree.c", 41, t_node};
    t->allocs[1] = (PrAlloc){"grid.c", 7, t_gap};
    t->desc.n_allocs = 2;
    torture_finish(t, &desc);
    g_free(t);
}

/* ---- a live state ---- */
typedef struct State {
    PrView view;
    PrPool pools[4];
    uint8_t live_nodes[8], live_one[8], live_chars[8];
    uint64_t counts[3];
    PrFrame frames[3];
    PrValue main_values[3], walk_values[8];
    PrNativeSym native[N_SYMBOLS];
    const uint8_t *globals[N_SYMBOLS];
    PrFile files[2];
    const PrLayout *l;
    uint8_t *stack, *heap, *table, *head;
} State;

static uint64_t field_at(const PrLayout *l, uint32_t type, uint32_t field)
{
    return l->offset[desc.types[type].first_field + field];
}

static uint8_t *heap_at(const State *s, uint64_t address) { return s->heap + (address - PR_HEAP_BASE); }
static uint64_t node_address(uint64_t i)
{
    return PR_HEAP_BASE + i * pr_desc_slot_bytes(&desc, t_node, 1);
}
#define GAPS_ADDRESS (PR_HEAP_BASE + 2 * PR_UNIT_BYTES)
#define CHARS_ADDRESS (PR_HEAP_BASE + PR_UNIT_BYTES)

static void put(const State *s, uint8_t *base, uint32_t type, uint32_t field, uint64_t value)
{
    uint32_t ft = desc.fields[desc.types[type].first_field + field].type;
    pr_scalar_put(base + field_at(s->l, type, field), (unsigned)s->l->size[ft],
                  s->l->arch->big_endian, value);
}

static uint64_t get(const PrLayout *l, const uint8_t *base, uint32_t type, uint32_t field)
{
    uint32_t ft = desc.fields[desc.types[type].first_field + field].type;
    return pr_scalar_get(base + field_at(l, type, field), (unsigned)l->size[ft],
                         l->arch->big_endian, pr_kind_is_signed(desc.types[ft].kind));
}

static const uint64_t native_addr[N_SYMBOLS] = {0x404000, 0x402000, 0x401000, 0x405000, 0x401100,
                                                0x401200};

static void fill_heap(State *s)
{
    const PrLayout *l = s->l;
    s->pools[0] = (PrPool){0, 1, t_node, 0, pr_desc_slot_bytes(&desc, t_node, 1), 60, 1, NULL,
                           s->live_nodes};
    for (uint64_t i = 0; i < NODES; i++) {
        uint8_t *p = heap_at(s, node_address(i));
        if (i % 7 == 3) {
            memset(p, 0xee, s->pools[0].slot_bytes); /* dead: never seen again */
            continue;
        }
        s->live_nodes[i / 8] |= (uint8_t)(1U << i % 8);
        put(s, p, t_node, 0, i);
        put(s, p, t_node, 1, i + 1 < NODES && (i + 1) % 7 != 3 ? node_address(i + 1) : 0);
        put(s, p, t_node, 2, (uint64_t)-1000 - i);
        put(s, p, t_node, 3, i % 2 ? native_addr[S_VISIT] : 1);
        put(s, p, t_node, 4, native_addr[S_TEXT] + i % 7); /* 6: one past the end */
        put(s, p, t_node, 5, i % 3 ? ~UINT64_C(0) : CHARS_ADDRESS + 256 + i);
    }
    s->counts[0] = 10, s->counts[1] = 256, s->counts[2] = 0;
    s->live_chars[0] = 7;
    s->pools[1] = (PrPool){1, 1, T_CHAR, PR_NO_ALLOC, 256, 3, 0, s->counts, s->live_chars};
    memcpy(heap_at(s, CHARS_ADDRESS), "abcdefghij", 10);
    memset(heap_at(s, CHARS_ADDRESS + 256), 'z', 256);
    s->live_one[0] = 1;
    s->pools[2] = (PrPool){2, 3, t_gap, 1, 2 * PR_UNIT_BYTES, 1, GAPS, NULL, s->live_one};
    while (s->pools[2].slot_bytes < pr_desc_slot_bytes(&desc, t_gap, GAPS))
        s->pools[2].slot_bytes += 16;
    g_assert_cmpuint(s->pools[2].slot_bytes, <=, 3 * PR_UNIT_BYTES);
    for (uint64_t i = 0; i < GAPS; i++) {
        uint8_t *p = heap_at(s, GAPS_ADDRESS + i * l->size[t_gap]);
        p[0] = (uint8_t)i;
        put(s, p, t_gap, 2, i * 1000003 % 2147483647);
        put(s, p, t_gap, 4, i ? GAPS_ADDRESS + (i - 1) * l->size[t_gap] + field_at(l, t_gap, 1) : 0);
    }
}

static void fill_frames(State *s)
{
    const PrLayout *l = s->l;
    uint64_t fp = PR_STACK_BASE + 64; /* a frame's worth of nothing lies below */
    s->main_values[0] = (PrValue){(uint64_t)-5, 0};
    s->main_values[1] = (PrValue){0, UINT64_C(0x4000800000000000)}; /* 3 */
    s->main_values[2] = (PrValue){native_addr[S_WALK], 0};
    s->walk_values[0] = (PrValue){node_address(5), 0};
    s->walk_values[1] = (PrValue){fp + 16 + field_at(l, t_gap, 1), 0}; /* &g.d */
    s->walk_values[2] = (PrValue){1, 0};
    s->walk_values[3] = (PrValue){0xfffffff0, 0};
    s->walk_values[4] = (PrValue){0x3ff8000000000000, 0};
    s->walk_values[5] = (PrValue){GAPS_ADDRESS + GAPS * l->size[t_gap], 0}; /* one past the end */
    s->walk_values[6] = (PrValue){fp + 12, 0};                              /* buf + 12 */
    s->walk_values[7] = (PrValue){native_addr[S_TABLE] + 2 * l->size[t_gap] +
                                      field_at(l, t_gap, 1), 0}; /* &table[2].d */
    s->frames[0] = (PrFrame){CALL_SITE, 0, s->main_values};
    s->frames[1] = (PrFrame){POLL_SITE, fp, s->walk_values};
    memcpy(s->stack + 64, "twelve bytes", 12);
    put(s, s->stack + 80, t_gap, 2, 77);
    put(s, s->stack + 80, t_gap, 4, fp + 16 + field_at(l, t_gap, 1));
    put(s, s->table + 4 * l->size[t_gap], t_gap, 4,
        native_addr[S_TABLE] + 3 * l->size[t_gap] + field_at(l, t_gap, 1));
    pr_scalar_put(s->head, l->arch->pointer_bytes, l->arch->big_endian, node_address(0));
}

/* A state as a process of that architecture would have it; `small`: no frames, no heap. */
static State *state_new(const char *arch, bool small)
{
    static const uint32_t by_address[N_SYMBOLS] = {S_VISIT, S_WALK, S_MAIN, S_TEXT, S_TABLE, S_HEAD};
    State *s = g_new0(State, 1);
    uint32_t layout = torture_arch(arch);
    s->l = &desc.layouts[layout];
    s->stack = g_malloc0(256);
    s->heap = g_malloc0(6 * PR_UNIT_BYTES);
    s->table = g_malloc0(s->l->size[t_grid]);
    s->head = g_malloc0(16);
    s->globals[S_TABLE] = s->table;
    s->globals[S_HEAD] = s->head;
    for (uint32_t i = 0; i < N_SYMBOLS; i++) {
        uint32_t symbol = by_address[i];
        s->native[i] = (PrNativeSym){native_addr[symbol], s->l->size[desc.symbols[symbol].type],
                                     symbol};
    }
    s->files[0] = (PrFile){1, PR_FILE_STD, 10, 10, "w", ""};
    s->files[1] = (PrFile){3, PR_FILE_REGULAR, 5, 99, "r+", "/tmp/a file"};
    s->view = (PrView){.desc = &desc, .layout = layout, .stack = s->stack, .heap = s->heap,
                       .pools = s->pools, .frames = s->frames, .globals = s->globals,
                       .native = s->native, .n_native = N_SYMBOLS, .files = s->files, .n_files = 2,
                       .libc = "libc state", .libc_bytes = 10, .epoch = 3, .term = 1, .polls = 999};
    if (small)
        return s;
    s->view.stack_bytes = 64 + 128 + 16;
    s->view.heap_bytes = 6 * PR_UNIT_BYTES;
    s->view.n_pools = 3;
    s->view.n_frames = 2;
    fill_heap(s);
    fill_frames(s);
    return s;
}

static void state_free(State *s)
{
    g_free(s->stack);
    g_free(s->heap);
    g_free(s->table);
    g_free(s->head);
    g_free(s);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(State, state_free)

/* ---- files ---- */
static char *fd_path(int fd) { return g_strdup_printf("/proc/self/fd/%d", fd); }

static PrStatus write_fd(const PrView *view, const char *arch, int *fd, PrConvertStats *stats,
                         PrError *note, PrError *error)
{
    *fd = memfd_create("image", 0);
    g_assert_cmpint(*fd, >=, 0);
    return pr_convert_write(view, desc.layouts[torture_arch(arch)].cls, *fd, NULL, stats, note,
                            error);
}

static PrStatus open_fd(int fd, PrVerify how, PrImage *image, PrError *error)
{
    g_autofree char *path = fd_path(fd);
    return pr_image_open(image, path, how, error);
}

static void must(PrStatus status, const PrError *error)
{
    if (status != PR_OK)
        g_error("%s: %s at %" G_GUINT64_FORMAT " (%s)", pr_status_text(status), error->what,
                error->offset, error->path);
}

static void write_open(const PrView *view, const char *arch, PrImage *image)
{
    PrError error = {0};
    PrConvertStats stats;
    int fd;
    must(write_fd(view, arch, &fd, &stats, NULL, &error), &error);
    must(open_fd(fd, PR_VERIFY_ALL, image, &error), &error);
    g_assert_cmpuint(stats.image_bytes, ==, image->bytes);
    close(fd);
}

/* ---- the tests ---- */
static void check_nodes(const PrView *view)
{
    const PrLayout *l = &desc.layouts[view->layout];
    for (uint64_t i = 0; i < NODES; i++) {
        const uint8_t *p = view->heap + (node_address(i) - PR_HEAP_BASE);
        if (i % 7 == 3) {
            for (uint64_t k = 0; k < view->pools[0].slot_bytes; k++)
                g_assert_cmpuint(p[k], ==, 0);
            continue;
        }
        uint64_t next = i + 1 < NODES && (i + 1) % 7 != 3 ? node_address(i + 1) : 0;
        uint64_t ones = ~UINT64_C(0) >> (64 - 8 * l->arch->pointer_bytes);
        g_assert_cmphex(get(l, p, t_node, 0), ==, i);
        g_assert_cmphex(get(l, p, t_node, 1), ==, next);
        g_assert_cmphex(get(l, p, t_node, 2), ==, (uint64_t)-1000 - i);
        g_assert_cmphex(get(l, p, t_node, 3), ==, i % 2 ? desc.symbols[S_VISIT].vaddr : 1);
        g_assert_cmphex(get(l, p, t_node, 4), ==, desc.symbols[S_TEXT].vaddr + i % 7);
        g_assert_cmphex(get(l, p, t_node, 5), ==, i % 3 ? ones : CHARS_ADDRESS + 256 + i);
    }
}

static void check_gaps(const PrView *view)
{
    const PrLayout *l = &desc.layouts[view->layout];
    for (uint64_t i = 0; i < GAPS; i++) {
        const uint8_t *p = view->heap + (GAPS_ADDRESS - PR_HEAP_BASE) + i * l->size[t_gap];
        g_assert_cmphex(p[0], ==, (uint8_t)i);
        g_assert_cmphex(get(l, p, t_gap, 2), ==, i * 1000003 % 2147483647);
        g_assert_cmphex(get(l, p, t_gap, 4), ==,
                        i ? GAPS_ADDRESS + (i - 1) * l->size[t_gap] + field_at(l, t_gap, 1) : 0);
    }
}

static void check_frames(const PrView *view, const uint64_t *symbol)
{
    const PrLayout *l = &desc.layouts[view->layout];
    uint64_t fp = PR_STACK_BASE + 64;
    g_assert_cmpuint(view->n_frames, ==, 2);
    const PrValue *m = view->frames[0].values, *w = view->frames[1].values;
    g_assert_cmphex(m[0].lo, ==, (uint64_t)-5);
    g_assert_cmphex(m[1].hi, ==, UINT64_C(0x4000800000000000));
    g_assert_cmphex(m[2].lo, ==, symbol[S_WALK]);
    g_assert_cmphex(view->frames[1].fp, ==, fp);
    g_assert_cmphex(w[0].lo, ==, node_address(5));
    g_assert_cmphex(w[1].lo, ==, fp + 16 + field_at(l, t_gap, 1));
    g_assert_cmphex(w[3].lo, ==, 0xfffffff0);
    g_assert_cmphex(w[5].lo, ==, GAPS_ADDRESS + GAPS * l->size[t_gap]);
    g_assert_cmphex(w[6].lo, ==, fp + 12);
    g_assert_cmphex(w[7].lo, ==, symbol[S_TABLE] + 2 * l->size[t_gap] + field_at(l, t_gap, 1));
    torture_assert_bytes(view->stack + 64, 12, "twelve bytes", 12);
    g_assert_cmphex(get(l, view->stack + 80, t_gap, 2), ==, 77);
    g_assert_cmphex(get(l, view->stack + 80, t_gap, 4), ==, fp + 16 + field_at(l, t_gap, 1));
    g_assert_cmphex(get(l, view->globals[S_TABLE] + 4 * l->size[t_gap], t_gap, 4), ==,
                    symbol[S_TABLE] + 3 * l->size[t_gap] + field_at(l, t_gap, 1));
}

static void check_files(const PrView *view)
{
    g_assert_cmpuint(view->n_files, ==, 2);
    g_assert_cmpstr(view->files[0].path, ==, "");
    g_assert_cmpstr(view->files[1].mode, ==, "r+");
    g_assert_cmpstr(view->files[1].path, ==, "/tmp/a file");
    g_assert_cmpuint(view->files[1].length, ==, 99);
    torture_assert_bytes(view->libc, view->libc_bytes, "libc state", 10);
    g_assert_cmpuint(view->epoch, ==, 3);
    g_assert_cmpuint(view->polls, ==, 999);
}

static void test_pairs(void)
{
    uint64_t virtual[N_SYMBOLS];
    for (int i = 0; i < N_SYMBOLS; i++)
        virtual[i] = desc.symbols[i].vaddr;
    for (int a = 0; a < TORTURE_ARCHES; a++)
        for (int b = 0; b < TORTURE_ARCHES; b++) {
            g_autoptr(State) s = state_new(torture_arches[a], false);
            PrImage image;
            write_open(&s->view, torture_arches[b], &image);
            check_nodes(&image.view);
            check_gaps(&image.view);
            check_frames(&image.view, virtual);
            check_files(&image.view);
            pr_image_close(&image);
        }
}

/* A to B to C gives the very bytes of A to C. */
static void test_chain(void)
{
    for (int a = 0; a < TORTURE_ARCHES; a++)
        for (int b = 0; b < TORTURE_ARCHES; b++) {
            int c = (a + 2 * b + 1) % TORTURE_ARCHES;
            g_autoptr(State) s = state_new(torture_arches[a], false);
            PrImage direct, middle, onward;
            write_open(&s->view, torture_arches[c], &direct);
            write_open(&s->view, torture_arches[b], &middle);
            write_open(&middle.view, torture_arches[c], &onward);
            torture_assert_bytes(onward.map, onward.bytes, direct.map, direct.bytes);
            pr_image_close(&direct);
            pr_image_close(&middle);
            pr_image_close(&onward);
        }
}

static void test_resolve(void)
{
    for (int a = 0; a < TORTURE_ARCHES; a++) {
        g_autoptr(State) s = state_new("x86_64", false);
        PrImage image, native;
        PrError error = {0};
        uint64_t addr[N_SYMBOLS] = {0x10004000, 0x10102000, 0x10201002, 0x10300004, 0x10400002,
                                    0x10500002};
        write_open(&s->view, torture_arches[a], &image);
        int fd = memfd_create("native", 0);
        must(pr_image_resolve(&image, torture_arch(torture_arches[a]), addr, N_SYMBOLS, fd, &error),
             &error);
        must(open_fd(fd, PR_VERIFY_ALL, &native, &error), &error);
        close(fd);
        g_assert_true(native.is_native);
        g_assert_cmpuint(native.bytes, ==, image.bytes);
        g_assert_cmpstr(desc.layouts[native.view.layout].arch->name, ==, torture_arches[a]);
        check_frames(&native.view, addr);
        check_gaps(&native.view);
        const PrLayout *l = &desc.layouts[native.view.layout];
        const uint8_t *node = native.view.heap + (node_address(1) - PR_HEAP_BASE);
        g_assert_cmphex(get(l, node, t_node, 3), ==, addr[S_VISIT]);
        g_assert_cmphex(get(l, node, t_node, 4), ==, addr[S_TEXT] + 1);
        fd = memfd_create("again", 0);
        g_assert_cmpint(pr_image_resolve(&native, 0, addr, N_SYMBOLS, fd, NULL), !=, PR_OK);
        close(fd);
        pr_image_close(&image);
        pr_image_close(&native);
    }
}

/* One node's `any` field set to `value`; what becomes of it. */
static PrStatus one_pointer(uint64_t value, const char *to, uint64_t *out, PrConvertStats *stats,
                            PrError *note, PrError *error)
{
    g_autoptr(State) s = state_new("x86_64", false);
    put(s, heap_at(s, node_address(2)), t_node, 5, value);
    int fd;
    PrStatus status = write_fd(&s->view, to, &fd, stats, note, error);
    PrImage image;
    if (status == PR_OK) {
        must(open_fd(fd, PR_VERIFY_ALL, &image, error), error);
        *out = get(&desc.layouts[image.view.layout],
                   image.view.heap + (node_address(2) - PR_HEAP_BASE), t_node, 5);
        pr_image_close(&image);
    }
    close(fd);
    return status;
}

static void test_pointers(void)
{
    const PrLayout *x = &desc.layouts[torture_arch("x86_64")], *m = &desc.layouts[torture_arch("m68k")];
    const uint64_t fp = PR_STACK_BASE + 64, poison = PR_POISON, refused = UINT64_MAX;
    const struct {
        uint64_t value, want;
        bool dangling;
    } cases[] = {
        {PR_HANDLE_BASE + 128, PR_HANDLE_BASE + 128, false},
        {65535, 65535, false}, /* no memory there on any machine: a number */
        {65536, refused, false},
        {node_address(3), poison, true},                       /* a dead slot */
        {node_address(0) + 4 + x->size[t_node], poison, true}, /* behind a block, in its slot */
        {node_address(0) + x->size[t_node], node_address(0) + m->size[t_node], false},
        {node_address(0) + 2, node_address(0) + 2, false},     /* a byte of key */
        {node_address(0) + 5, refused, false},                 /* padding */
        {node_address(0) + field_at(x, t_node, 2), node_address(0) + field_at(m, t_node, 2), false},
        {node_address(0) + field_at(x, t_node, 2) + 1, refused, false}, /* byte of a long */
        {node_address(59), poison, true},
        {PR_HEAP_BASE + 5 * PR_UNIT_BYTES, poison, true},      /* no pool */
        {PR_HEAP_END - 8, poison, true},                       /* behind the heap */
        {CHARS_ADDRESS + 10, CHARS_ADDRESS + 10, false},       /* one past the end */
        {CHARS_ADDRESS + 11, poison, true},
        {CHARS_ADDRESS + 512, CHARS_ADDRESS + 512, false},     /* an empty block */
        {GAPS_ADDRESS + 7 * x->size[t_gap], GAPS_ADDRESS + 7 * m->size[t_gap], false},
        {GAPS_ADDRESS + 7 * x->size[t_gap] + 5, GAPS_ADDRESS + 7 * m->size[t_gap] + 5, false},
        {fp, fp, false},                                       /* buf */
        {fp + 12, fp + 12, false},
        {fp + 14, poison, true},
        {PR_STACK_BASE, poison, true},                         /* below the frames */
        {PR_STACK_BASE + 4096, poison, true},
        {native_addr[S_TABLE] + 5 * x->size[t_gap], 0x90000000 + 5 * m->size[t_gap], false},
        {native_addr[S_TABLE] + 5 * x->size[t_gap] + 1, refused, false},
        {native_addr[S_TEXT] + 3, desc.symbols[S_TEXT].vaddr + 3, false},
        {native_addr[S_VISIT], desc.symbols[S_VISIT].vaddr, false},
        {native_addr[S_VISIT] + 1, refused, false},
        {0x7fffffff1000, refused, false},                      /* the C stack */
        {0x90000000, refused, false},                          /* virtual in a live process */
        {0xffffffff, refused, false},                          /* -1 of the other width */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        PrConvertStats stats = {0};
        PrError note = {0}, error = {0};
        uint64_t out = 0;
        PrStatus status = one_pointer(cases[i].value, "m68k", &out, &stats, &note, &error);
        if (cases[i].want == refused) {
            g_autofree char *path = g_strdup_printf(
                "heap block of struct node (tree.c:41), element 0, .any = 0x%" G_GINT64_MODIFIER "x",
                cases[i].value);
            g_assert_cmpint(status, ==, PR_E_POINTER);
            g_assert_cmpstr(error.path, ==, path);
            continue;
        }
        must(status, &error);
        g_assert_cmphex(out, ==, cases[i].want);
        g_assert_cmpuint(stats.dangling, ==, cases[i].dangling ? 1 : 0);
        g_assert_cmpint(note.status, ==, cases[i].dangling ? PR_E_POINTER : PR_OK);
    }
}

/* On i686 buf + 12 and &d are one address; on x86_64 they are two. The pointer's type decides. */
static void test_ambiguous(void)
{
    static const struct {
        int value; /* index into walk_values */
        bool refused;
        uint32_t field; /* offset of the field, or 12 */
    } cases[] = {{1, false, 1}, {6, true, 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(State) s = state_new("i686", false);
        s->walk_values[cases[i].value].lo = GAPS_ADDRESS + 12;
        PrError error = {0};
        int fd;
        PrStatus status = write_fd(&s->view, "x86_64", &fd, NULL, NULL, &error);
        g_assert_cmpint(status, ==, cases[i].refused ? PR_E_POINTER : PR_OK);
        if (cases[i].refused) {
            g_assert_cmpstr(error.path, ==, "s in walk (a.c) = 0x5402000c");
        } else {
            PrImage image;
            must(open_fd(fd, PR_VERIFY_ALL, &image, &error), &error);
            g_assert_cmphex(image.view.frames[1].values[1].lo, ==, GAPS_ADDRESS + 16);
            pr_image_close(&image);
        }
        close(fd);
    }
}

static void test_narrow_value(void)
{
    g_autoptr(State) s = state_new("s390x", false);
    PrError error = {0};
    int fd;
    s->main_values[0].lo = UINT64_C(1) << 40;
    g_assert_cmpint(write_fd(&s->view, "hppa", &fd, NULL, NULL, &error), ==, PR_E_NARROW);
    close(fd);
    g_assert_cmpstr(error.path, ==, "i in main (a.c) = 1099511627776");
    s->main_values[0].lo = 1;
    put(s, heap_at(s, node_address(9)), t_node, 2, UINT64_C(1) << 33);
    memset(&error, 0, sizeof error);
    g_assert_cmpint(write_fd(&s->view, "hppa", &fd, NULL, NULL, &error), ==, PR_E_NARROW);
    close(fd);
    g_assert_cmpstr(error.path, ==,
                    "heap block of struct node (tree.c:41), element 0, .count = 8589934592");
    memset(&error, 0, sizeof error);
    must(write_fd(&s->view, "x86_64", &fd, NULL, NULL, &error), &error);
    close(fd);
}

/* ---- damage ---- */
static void *read_fd(int fd, size_t *bytes)
{
    *bytes = (size_t)lseek(fd, 0, SEEK_END);
    void *data = g_malloc(*bytes);
    g_assert_cmpint(pread(fd, data, *bytes, 0), ==, (ssize_t)*bytes);
    return data;
}

static bool names_place(const PrError *error)
{
    return g_str_has_prefix(error->what, "section ") || g_str_equal(error->what, "header") ||
           g_str_equal(error->what, "file");
}

static void must_refuse(int fd, uint64_t where)
{
    PrImage image;
    PrError error = {0};
    if (open_fd(fd, PR_VERIFY_ALL, &image, &error) == PR_OK)
        g_error("damage at %" G_GUINT64_FORMAT " was not noticed", where);
    if (!names_place(&error) || !error.path[0])
        g_error("damage at %" G_GUINT64_FORMAT ": %s says nothing", where, error.what);
    g_assert_null(image.map);
}

static void test_truncated(void)
{
    for (int small = 0; small < 2; small++) {
        g_autoptr(State) s = state_new("x86_64", small);
        PrError error = {0};
        int fd;
        size_t bytes;
        must(write_fd(&s->view, "s390x", &fd, NULL, NULL, &error), &error);
        g_autofree uint8_t *data = read_fd(fd, &bytes);
        for (size_t n = bytes - 1; n > 0; n -= n > 8192 ? 4093 : 1) {
            g_assert_cmpint(ftruncate(fd, (off_t)n), ==, 0);
            must_refuse(fd, n);
        }
        g_assert_cmpint(pwrite(fd, data, bytes, 0), ==, (ssize_t)bytes);
        g_assert_cmpint(pwrite(fd, "", 1, (off_t)bytes), ==, 1);
        must_refuse(fd, bytes); /* one byte too many */
        close(fd);
    }
}

static void test_flipped(void)
{
    for (int small = 0; small < 2; small++) {
        g_autoptr(State) s = state_new("x86_64", small);
        PrError error = {0};
        int fd;
        size_t bytes, step = 1;
        must(write_fd(&s->view, "m68k", &fd, NULL, NULL, &error), &error);
        g_autofree uint8_t *data = read_fd(fd, &bytes);
        for (size_t at = 0; at < bytes; at += step) {
            uint8_t bad = data[at] ^ (uint8_t)(1U << at % 8);
            g_assert_cmpint(pwrite(fd, &bad, 1, (off_t)at), ==, 1);
            must_refuse(fd, at);
            g_assert_cmpint(pwrite(fd, data + at, 1, (off_t)at), ==, 1);
            step = at > 8192 && at + 2048 < bytes ? 509 : 1;
        }
        close(fd);
    }
}

/* Makes every hash fit again: only the checks behind them are left. */
static void rehash(uint8_t *data)
{
    for (unsigned i = 0; i < PR_N_SECTIONS; i++) {
        uint8_t *row = data + PR_HEAD_TABLE + 32 * i;
        XXH128_hash_t h = XXH3_128bits(data + pr_get64(row), pr_get64(row + 8));
        pr_put64(row + 16, h.low64);
        pr_put64(row + 24, h.high64);
    }
    XXH128_hash_t h = XXH3_128bits(data, PR_HEAD_HASH);
    pr_put64(data + PR_HEAD_HASH, h.low64);
    pr_put64(data + PR_HEAD_HASH + 8, h.high64);
}

/* A forged image must never crash a reader, a converter or a resolver. */
static void use_forged(int fd)
{
    static const uint64_t addr[N_SYMBOLS] = {1, 2, 3, 4, 5, 6};
    PrImage image;
    PrError error = {0};
    for (PrVerify how = PR_VERIFY_HEAD; how <= PR_VERIFY_ALL; how++) {
        if (open_fd(fd, how, &image, &error) != PR_OK)
            continue;
        int out = memfd_create("out", 0);
        if (image.desc.n_symbols == N_SYMBOLS)
            pr_image_resolve(&image, image.view.layout, addr, N_SYMBOLS, out, &error);
        close(out);
        out = memfd_create("out", 0);
        pr_convert_write(&image.view, desc.layouts[torture_arch("i686")].cls, out, NULL, NULL, NULL,
                         &error);
        close(out);
        pr_image_close(&image);
    }
}

static void test_forged(void)
{
    g_autoptr(State) s = state_new("x86_64", false);
    GRand *rand = g_rand_new_with_seed(11);
    PrError error = {0};
    int fd;
    size_t bytes;
    s->view.n_pools = 2; /* less to convert each time */
    s->view.heap_bytes = 2 * PR_UNIT_BYTES;
    s->walk_values[5].lo = 0;
    must(write_fd(&s->view, "m68k", &fd, NULL, NULL, &error), &error);
    g_autofree uint8_t *good = read_fd(fd, &bytes), *bad = g_malloc(bytes);
    for (int i = 0; i < 1500; i++) {
        memcpy(bad, good, bytes);
        const uint8_t *row = good + PR_HEAD_TABLE + 32 * (1 + i % (PR_N_SECTIONS - 1));
        uint64_t start = pr_get64(row), length = pr_get64(row + 8);
        for (int k = 0; k < 1 + i % 3 && length > 0; k++) {
            uint64_t at = start + g_rand_int(rand) % length;
            bad[at] = (uint8_t)(i % 2 ? g_rand_int(rand) : bad[at] ^ 1U << i % 8);
        }
        rehash(bad);
        g_assert_cmpint(pwrite(fd, bad, bytes, 0), ==, (ssize_t)bytes);
        use_forged(fd);
    }
    close(fd);
    g_rand_free(rand);
}

/* Header fields forged one by one, hash made to fit. */
static void test_forged_header(void)
{
    g_autoptr(State) s = state_new("x86_64", true);
    PrError error = {0};
    int fd;
    size_t bytes;
    must(write_fd(&s->view, "mips", &fd, NULL, NULL, &error), &error);
    g_autofree uint8_t *good = read_fd(fd, &bytes), *bad = g_malloc(bytes);
    for (size_t at = 0; at < PR_HEAD_HASH; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            if (at == 12 && bit == 0)
                continue; /* the native flag alone is no damage that can be seen */
            memcpy(bad, good, bytes);
            bad[at] ^= (uint8_t)(1U << bit);
            XXH128_hash_t h = XXH3_128bits(bad, PR_HEAD_HASH);
            pr_put64(bad + PR_HEAD_HASH, h.low64);
            pr_put64(bad + PR_HEAD_HASH + 8, h.high64);
            g_assert_cmpint(pwrite(fd, bad, bytes, 0), ==, (ssize_t)bytes);
            must_refuse(fd, at);
        }
    close(fd);
}

static void test_full_disk(void)
{
    g_autoptr(State) s = state_new("x86_64", false);
    PrError error = {0};
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        g_test_skip("no /dev/full");
        return;
    }
    g_assert_cmpint(pr_convert_write(&s->view, 0, fd, NULL, NULL, NULL, &error), ==, PR_E_IO);
    g_assert_cmpstr(error.path, ==, "No space left on device");
    close(fd);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    build();
    g_test_add_func("/image/pairs", test_pairs);
    g_test_add_func("/image/chain", test_chain);
    g_test_add_func("/image/resolve", test_resolve);
    g_test_add_func("/image/pointers", test_pointers);
    g_test_add_func("/image/ambiguous", test_ambiguous);
    g_test_add_func("/image/narrow", test_narrow_value);
    g_test_add_func("/image/truncated", test_truncated);
    g_test_add_func("/image/flipped", test_flipped);
    g_test_add_func("/image/forged", test_forged);
    g_test_add_func("/image/forged-header", test_forged_header);
    g_test_add_func("/image/full-disk", test_full_disk);
    return g_test_run();
}
