/* core/agent/pack: an image comes back byte for byte, by each method; what recovery looks at first can be had alone;
 * cut, changed, swapped, forged: refused, with the section's name. */
#define _GNU_SOURCE
#include "core/agent/pack.h"
#include "core/agent/spool.h"
#include "imagestate.h"

#include <glib/gstdio.h>
#include <string.h>

enum { FRONT = 464 }; /* pack.h */

typedef struct Bytes {
    char *p;
    gsize n;
} Bytes;

static char *folder;

static Bytes contents(const char *path)
{
    Bytes b = {0};

    g_assert_true(g_file_get_contents(path, &b.p, &b.n, NULL));
    return b;
}

/* A whole image of some 400 KiB, or of one whose heap is longer than a block. */
static char *make_image(bool small)
{
    g_autoptr(State) s = state_new("x86_64", small);
    PrError error = {0};
    char *path = g_build_filename(folder, "image", NULL);
    g_autofree char *from = NULL;
    int fd;
    Bytes b;

    must(write_fd(&s->view, "s390x", &fd, NULL, NULL, &error), &error);
    from = fd_path(fd);
    b = contents(from);
    g_assert_true(g_file_set_contents(path, b.p, (gssize)b.n, NULL));
    g_free(b.p);
    close(fd);
    return path;
}

static char *pack_it(const char *image, PreachesPack method)
{
    char *path = g_build_filename(folder, "packed", NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

    g_assert_true(preaches_pack_to(image, method, fd, NULL));
    close(fd);
    g_assert_cmpint(preaches_packed(path), ==, method);
    return path;
}

static void test_there_and_back(void)
{
    for (PreachesPack method = PREACHES_PACK_ZSTD; method <= PREACHES_PACK_LZ4; method++)
        for (int small = 0; small < 2; small++) {
            g_autofree char *image = make_image(small), *packed = pack_it(image, method);
            g_autoptr(GError) error = NULL;
            Bytes was = contents(image), stored = contents(packed);
            PrImage head;
            g_assert_cmpuint(stored.n, <, was.n / 2);
            g_assert_true(preaches_open_image(&head, packed, PR_VERIFY_HEAD, FALSE, 0, &error));
            g_assert_cmpuint(head.bytes, ==, was.n);
            pr_image_close(&head);
            g_assert_false(preaches_unpack_here(packed, was.n - 1, &error));
            g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED);
            g_assert_true(preaches_unpack_here(packed, was.n, NULL));
            g_free(stored.p);
            stored = contents(packed);
            g_assert_true(stored.n == was.n && memcmp(stored.p, was.p, was.n) == 0);
            g_assert_true(preaches_unpack_here(packed, was.n, NULL)); /* nothing to do */
            g_free(stored.p);
            g_free(was.p);
        }
}

/* Refused; why, from the place on. */
static char *refused(const char *bytes, gsize n)
{
    g_autofree char *path = g_build_filename(folder, "bad", NULL);
    g_autoptr(GError) error = NULL;
    PrImage image;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600); /* not synced: there are thousands */

    g_assert_true(preaches_write_all(fd, bytes, n));
    close(fd);
    if (preaches_open_image(&image, path, PR_VERIFY_ALL, FALSE, 0, &error))
        g_error("accepted");
    g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED);
    return g_strdup(error->message + strlen(path) + 2);
}

static void test_damaged(void)
{
    g_autofree char *image = make_image(true), *packed = pack_it(image, PREACHES_PACK_LZ4);
    Bytes b = contents(packed);

    for (gsize at = 0; at < b.n; at += at < FRONT + 2000 ? 1 : 7) {
        g_autofree char *cut = refused(b.p, at), *flipped = NULL;
        b.p[at] = (char)(b.p[at] ^ 1 << at % 8);
        flipped = refused(b.p, b.n);
        b.p[at] = (char)(b.p[at] ^ 1 << at % 8);
        g_assert_true(g_str_has_prefix(cut, at < FRONT ? "header" : "section "));
        g_assert_true(g_str_has_prefix(flipped, at < FRONT ? "header" : "section "));
    }
    g_autofree char *longer = g_malloc0(b.n + 1);
    memcpy(longer, b.p, b.n);
    g_autofree char *where = refused(longer, b.n + 1);
    g_assert_true(g_str_has_prefix(where, "file: "));
    g_free(b.p);
}

/* What is not an image is not packed; what is stored as it is has its own length. */
static void test_others(void)
{
    g_autofree char *path = g_build_filename(folder, "other", NULL), *noise = g_malloc(3 << 20);
    g_autoptr(GError) error = NULL;
    int fd = open("/dev/null", O_WRONLY);

    g_assert_true(g_file_set_contents(path, "text", 4, NULL));
    g_assert_cmpint(preaches_packed(path), ==, PREACHES_PACK_NONE);
    g_assert_false(preaches_pack_to(path, PREACHES_PACK_ZSTD, fd, &error));
    g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED);
    g_clear_error(&error);
    memset(noise, 1, 3 << 20);
    g_assert_true(g_file_set_contents(path, noise, 3 << 20, NULL));
    g_assert_false(preaches_pack_to(path, PREACHES_PACK_LZ4, fd, &error));
    g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED);
    close(fd);
}

static void test_names(void)
{
    PreachesPack method = PREACHES_PACK_LZ4;

    g_assert_true(preaches_pack_parse(NULL, &method) && method == PREACHES_PACK_NONE);
    g_assert_true(preaches_pack_parse("zstd", &method) && method == PREACHES_PACK_ZSTD);
    g_assert_true(preaches_pack_parse("lz4", &method) && method == PREACHES_PACK_LZ4);
    g_assert_false(preaches_pack_parse("gzip", &method));
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    build();
    folder = g_dir_make_tmp("pack.XXXXXX", NULL);
    g_test_add_func("/pack/there_and_back", test_there_and_back);
    g_test_add_func("/pack/damaged", test_damaged);
    g_test_add_func("/pack/others", test_others);
    g_test_add_func("/pack/names", test_names);
    status = g_test_run();
    preaches_tree_remove(folder);
    return status;
}
