/* What becomes of every kind of pointer, and of values that do not fit. */
#define _GNU_SOURCE
#include "imagestate.h"

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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    build();
    g_test_add_func("/pointers/kinds", test_pointers);
    g_test_add_func("/pointers/ambiguous", test_ambiguous);
    g_test_add_func("/pointers/narrow", test_narrow_value);
    return g_test_run();
}
