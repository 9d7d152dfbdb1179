/* A state made by hand, for the tests of images: a heap with three pools, two frames, two variables. All
 * functions are static. */
#ifndef PREACHES_TESTS_IMAGESTATE_H
#define PREACHES_TESTS_IMAGESTATE_H

#include "core/convert/convert.h"
#include "core/convert/scalar.h"
#include "torture.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { S_TABLE, S_TEXT, S_VISIT, S_HEAD, S_WALK, S_MAIN, N_SYMBOLS };
enum { NODES = 40, GAPS = 3000, CALL_SITE = 0, POLL_SITE = 1 };

static PrDesc desc;
static uint32_t t_node, t_node_ptr, t_gap, t_gap_ptr, t_double_ptr, t_grid, t_text, t_c12;

static G_GNUC_UNUSED void build(void)
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
    PrCount counts[3];
    PrFrame frames[3];
    PrValue main_values[3], walk_values[8];
    PrNativeSym native[N_SYMBOLS];
    const uint8_t *globals[N_SYMBOLS];
    PrFile files[3];
    uint8_t content[99]; /* of the second */
    const PrLayout *l;
    uint8_t *stack, *heap, *table, *head;
} State;

static G_GNUC_UNUSED uint64_t field_at(const PrLayout *l, uint32_t type, uint32_t field)
{
    return l->offset[desc.types[type].first_field + field];
}

static G_GNUC_UNUSED uint8_t *heap_at(const State *s, uint64_t address) { return s->heap + (address - PR_HEAP_BASE); }
static G_GNUC_UNUSED uint64_t node_address(uint64_t i)
{
    return PR_HEAP_BASE + i * pr_desc_slot_bytes(&desc, t_node, 1);
}
#define GAPS_ADDRESS (PR_HEAP_BASE + 2 * PR_UNIT_BYTES)
#define CHARS_ADDRESS (PR_HEAP_BASE + PR_UNIT_BYTES)

static G_GNUC_UNUSED void put(const State *s, uint8_t *base, uint32_t type, uint32_t field, uint64_t value)
{
    uint32_t ft = desc.fields[desc.types[type].first_field + field].type;
    pr_scalar_put(base + field_at(s->l, type, field), (unsigned)s->l->size[ft],
                  s->l->arch->big_endian, value);
}

static G_GNUC_UNUSED uint64_t get(const PrLayout *l, const uint8_t *base, uint32_t type, uint32_t field)
{
    uint32_t ft = desc.fields[desc.types[type].first_field + field].type;
    return pr_scalar_get(base + field_at(l, type, field), (unsigned)l->size[ft],
                         l->arch->big_endian, pr_kind_is_signed(desc.types[ft].kind));
}

static const uint64_t native_addr[N_SYMBOLS] = {0x404000, 0x402000, 0x401000, 0x405000, 0x401100,
                                                0x401200};

static G_GNUC_UNUSED void fill_heap(State *s)
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

static G_GNUC_UNUSED void fill_frames(State *s)
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
static G_GNUC_UNUSED State *state_new(const char *arch, bool small)
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
    s->files[0] = (PrFile){.handle = 1, .flags = PR_FILE_STD, .offset = 10, .length = 10, .mode = "w", .path = ""};
    s->files[1] = (PrFile){.handle = 3, .flags = PR_FILE_REGULAR | PR_FILE_KEPT, .offset = 5, .length = 99,
                           .permissions = 0644, .content = s->content, .mode = "r+", .path = "/tmp/a file"};
    memset(s->content, 'x', sizeof s->content);
    s->files[2] = (PrFile){.handle = (uint32_t)PR_NAMED_HANDLES, .flags = PR_FILE_NAMED | PR_FILE_ABSENT, .mode = "w",
                           .path = "/tmp/gone"};
    s->view = (PrView){.desc = &desc, .layout = layout, .stack = s->stack, .heap = s->heap,
                       .pools = s->pools, .frames = s->frames, .globals = s->globals,
                       .native = s->native, .n_native = N_SYMBOLS, .files = s->files, .n_files = 3,
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

static G_GNUC_UNUSED void state_free(State *s)
{
    g_free(s->stack);
    g_free(s->heap);
    g_free(s->table);
    g_free(s->head);
    g_free(s);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(State, state_free)

/* ---- files ---- */
static G_GNUC_UNUSED char *fd_path(int fd) { return g_strdup_printf("/proc/self/fd/%d", fd); }

static G_GNUC_UNUSED PrStatus write_fd(const PrView *view, const char *arch, int *fd, PrConvertStats *stats,
                         PrError *note, PrError *error)
{
    *fd = memfd_create("image", 0);
    g_assert_cmpint(*fd, >=, 0);
    return pr_convert_write(view, desc.layouts[torture_arch(arch)].cls, *fd, NULL, stats, note,
                            error);
}

static G_GNUC_UNUSED PrStatus open_fd(int fd, PrVerify how, PrImage *image, PrError *error)
{
    g_autofree char *path = fd_path(fd);
    return pr_image_open(image, path, how, error);
}

static G_GNUC_UNUSED void must(PrStatus status, const PrError *error)
{
    if (status != PR_OK)
        g_error("%s: %s at %" G_GUINT64_FORMAT " (%s)", pr_status_text(status), error->what,
                error->offset, error->path);
}

static G_GNUC_UNUSED void write_open(const PrView *view, const char *arch, PrImage *image)
{
    PrError error = {0};
    PrConvertStats stats;
    int fd;
    must(write_fd(view, arch, &fd, &stats, NULL, &error), &error);
    must(open_fd(fd, PR_VERIFY_ALL, image, &error), &error);
    g_assert_cmpuint(stats.image_bytes, ==, image->bytes);
    close(fd);
}

#endif
