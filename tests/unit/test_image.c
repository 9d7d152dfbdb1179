/* Images: written for every pair of architectures, opened, converted on, resolved. */
#define _GNU_SOURCE
#include "imagestate.h"

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
    g_assert_cmpuint(view->n_files, ==, 3);
    g_assert_cmpuint(view->files[2].flags, ==, PR_FILE_NAMED | PR_FILE_ABSENT);
    g_assert_cmpstr(view->files[0].path, ==, "");
    g_assert_cmpstr(view->files[1].mode, ==, "r+");
    g_assert_cmpstr(view->files[1].path, ==, "/tmp/a file");
    g_assert_cmpuint(view->files[1].length, ==, 99);
    g_assert_cmpuint(view->files[1].permissions, ==, 0644);
    for (int i = 0; i < 99; i++)
        g_assert_cmpuint(view->files[1].content[i], ==, 'x');
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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    build();
    g_test_add_func("/image/pairs", test_pairs);
    g_test_add_func("/image/chain", test_chain);
    g_test_add_func("/image/resolve", test_resolve);
    return g_test_run();
}
