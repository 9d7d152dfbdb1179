/* core/agent/seal: there and back at all sizes around a chunk; cut, changed, renamed, another's key: refused.
 * With -m perf: how long 64 MiB take to open. */
#define _GNU_SOURCE
#include "core/agent/seal.h"
#include "core/agent/spool.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct Files {
    char *top, *plain, *sealed, *bad;
    PreachesSealKey key;
} Files;

static void set_up(Files *f, gconstpointer data)
{
    (void)data;
    f->top = g_dir_make_tmp("seal.XXXXXX", NULL);
    f->plain = g_build_filename(f->top, "plain", NULL);
    f->sealed = g_build_filename(f->top, "sealed", NULL);
    f->bad = g_build_filename(f->top, "bad", NULL);
    memset(f->key.bytes, 7, sizeof f->key.bytes);
}

static void tear_down(Files *f, gconstpointer data)
{
    (void)data;
    preaches_tree_remove(f->top);
    g_free(f->top);
    g_free(f->plain);
    g_free(f->sealed);
    g_free(f->bad);
}

static void make(Files *f, gsize n)
{
    g_autofree char *bytes = g_malloc(n + 1);

    for (gsize i = 0; i < n; i++)
        bytes[i] = (char)(i * 7 + i / 251);
    g_assert_true(g_file_set_contents(f->plain, bytes, (gssize)n, NULL));
    g_assert_true(preaches_seal(&f->key, f->plain, f->sealed, "here/it", NULL));
}

static gboolean append(const guint8 *bytes, gsize n, gpointer data, GError **error)
{
    (void)error;
    g_byte_array_append(data, bytes, (guint)n);
    return TRUE;
}

static GByteArray *opened(const PreachesSealKey *key, const char *path, const char *name)
{
    g_autoptr(GError) error = NULL;
    GByteArray *content = g_byte_array_new();

    if (preaches_unseal(key, path, name, append, content, &error))
        return content;
    g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED);
    g_assert_nonnull(strstr(error->message, "seal: "));
    g_byte_array_unref(content);
    return NULL;
}

static void test_sizes(Files *f, gconstpointer data)
{
    static const gsize sizes[] = {0, 1, 65535, 65536, 65537, 131072, 200000};

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *plain = NULL, *sealed = NULL;
        g_autoptr(GByteArray) content = NULL;
        gsize n = 0, n_sealed = 0;
        make(f, sizes[i]);
        content = opened(&f->key, f->sealed, "here/it");
        g_assert_true(g_file_get_contents(f->plain, &plain, &n, NULL));
        g_assert_true(g_file_get_contents(f->sealed, &sealed, &n_sealed, NULL));
        g_assert_true(content->len == n && memcmp(content->data, plain, n) == 0);
        g_assert_true(n < 64 || memmem(sealed, n_sealed, plain, 64) == NULL);
    }
}

static void refuse(const Files *f, const char *bytes, gsize n)
{
    g_assert_true(g_file_set_contents(f->bad, bytes, (gssize)n, NULL));
    g_assert_null(opened(&f->key, f->bad, "here/it"));
}

static void test_tampered(Files *f, gconstpointer data)
{
    g_autofree char *bytes = NULL;
    PreachesSealKey other = f->key;
    gsize n = 0, chunk = 65536 + 16;

    (void)data;
    make(f, 150000);
    g_assert_true(g_file_get_contents(f->sealed, &bytes, &n, NULL));
    for (gsize at = 0; at < n; at += at < 100 ? 1 : 997) { /* changed, and cut */
        refuse(f, bytes, at);
        bytes[at] = (char)(bytes[at] ^ 0x10);
        refuse(f, bytes, n);
        bytes[at] = (char)(bytes[at] ^ 0x10);
    }
    { /* one chunk too few; longer; two chunks changed round */
        g_autofree char *longer = g_malloc0(n + 1), *swapped = g_memdup2(bytes, n);
        gsize first = n - 150000 - 3 * 16;
        memcpy(longer, bytes, n);
        refuse(f, longer, n + 1);
        refuse(f, bytes, first + 2 * chunk);
        memcpy(swapped + first, bytes + first + chunk, chunk);
        memcpy(swapped + first + chunk, bytes + first, chunk);
        refuse(f, swapped, n);
    }
    g_assert_null(opened(&f->key, f->sealed, "there/it"));
    other.bytes[31] ^= 1;
    g_assert_null(opened(&other, f->sealed, NULL));
}

static void test_key(Files *f, gconstpointer data)
{
    PreachesSealKey one, again;

    (void)data;
    g_assert_true(preaches_seal_key_make(f->plain, NULL));
    g_assert_false(preaches_seal_key_make(f->plain, NULL));
    g_assert_true(preaches_seal_key_load(&one, f->plain, NULL));
    g_assert_true(preaches_seal_key_load(&again, f->plain, NULL));
    g_assert_true(memcmp(&one, &again, sizeof one) == 0);
    g_assert_cmpint(g_chmod(f->plain, 0640), ==, 0);
    g_assert_false(preaches_seal_key_load(&one, f->plain, NULL));
}

static void test_speed(Files *f, gconstpointer data)
{
    gsize n = 64 << 20;
    double seconds;
    int fd;

    (void)data;
    make(f, n);
    fd = open(f->bad, O_WRONLY | O_CREAT, 0600);
    g_test_timer_start();
    g_assert_true(preaches_unseal_to(&f->key, f->sealed, NULL, fd, NULL));
    seconds = g_test_timer_elapsed();
    close(fd);
    g_test_minimized_result(seconds, "64 MiB opened in %.0f ms", seconds * 1000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/seal/sizes", Files, NULL, set_up, test_sizes, tear_down);
    g_test_add("/seal/tampered", Files, NULL, set_up, test_tampered, tear_down);
    g_test_add("/seal/key", Files, NULL, set_up, test_key, tear_down);
    if (g_test_perf())
        g_test_add("/seal/speed", Files, NULL, set_up, test_speed, tear_down);
    return g_test_run();
}
