/* Images that are damaged, forged, or have no room: refused, with the place and the reason. */
#define _GNU_SOURCE
#include "imagestate.h"
#include "rehash.h"

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
    g_test_add_func("/damage/truncated", test_truncated);
    g_test_add_func("/damage/flipped", test_flipped);
    g_test_add_func("/damage/forged", test_forged);
    g_test_add_func("/damage/forged-header", test_forged_header);
    g_test_add_func("/damage/full-disk", test_full_disk);
    return g_test_run();
}
