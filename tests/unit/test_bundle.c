/* core/agent/bundle: a folder there and back; whatever a peer could write into one is refused. */
#include "core/agent/bundle.h"
#include "core/agent/spool.h"

#include <glib/gstdio.h>
#include <string.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Folders {
    char *top, *from, *to, *bundle;
} Folders;

static void set_up(Folders *f, gconstpointer data)
{
    (void)data;
    f->top = g_dir_make_tmp("bundle.XXXXXX", NULL);
    f->from = g_build_filename(f->top, "from", NULL);
    f->to = g_build_filename(f->top, "to", NULL);
    f->bundle = g_build_filename(f->top, "b", NULL);
    g_assert_cmpint(g_mkdir(f->from, 0700), ==, 0);
    g_assert_cmpint(g_mkdir(f->to, 0700), ==, 0);
}

static void tear_down(Folders *f, gconstpointer data)
{
    (void)data;
    preaches_tree_remove(f->top);
    g_free(f->top);
    g_free(f->from);
    g_free(f->to);
    g_free(f->bundle);
}

static void put(const char *dir, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void assert_text(const char *dir, const char *name, const char *wanted)
{
    g_autofree char *path = g_build_filename(dir, name, NULL), *text = NULL;

    if (g_file_get_contents(path, &text, NULL, NULL))
        g_assert_cmpstr(text, ==, wanted);
    else
        g_assert_null(wanted);
}

static void assert_refused(gboolean ok, GError **error, int code, const char *part)
{
    g_assert_false(ok);
    g_assert_error(*error, PREACHES_ERROR, code);
    g_assert_nonnull(strstr((*error)->message, part));
    g_clear_error(error);
}

static void test_there_and_back(Folders *f, gconstpointer data)
{
    g_autofree char *sub = g_build_filename(f->from, "a b", "c", NULL), *link = g_build_filename(f->from, "link", NULL);
    g_autofree char *script = g_build_filename(f->from, "script", NULL), *base = g_build_filename(f->top, "0", NULL);
    g_autofree char *to_script = g_build_filename(f->to, "script", NULL);
    g_autoptr(GError) error = NULL;
    GStatBuf at;

    (void)data;
    g_assert_cmpint(g_mkdir_with_parents(sub, 0700), ==, 0);
    put(f->from, "empty", "");
    put(f->from, "script", "#!/bin/sh\n");
    put(sub, "deep", "deep text");
    g_assert_cmpint(g_chmod(script, 0750), ==, 0);
    g_assert_cmpint(symlink("/etc/passwd", link), ==, 0);
    g_assert_true(preaches_bundle_make(f->from, base, 1 << 20, &error));
    g_assert_true(preaches_bundle_verify(base, &error));
    g_assert_true(preaches_bundle_unpack(base, f->to, NULL, &error));
    assert_text(f->to, "empty", "");
    assert_text(f->to, "a b/c/deep", "deep text");
    assert_text(f->to, "link", NULL);
    g_assert_cmpint(g_stat(to_script, &at), ==, 0);
    g_assert_cmpuint(at.st_mode & 0777, ==, 0750);

    /* What is as it was in the base is left alone, even if it was changed where it goes. */
    put(f->to, "empty", "the owner's");
    put(f->from, "script", "changed");
    g_assert_true(preaches_bundle_make(f->from, f->bundle, 1 << 20, &error));
    g_assert_true(preaches_bundle_unpack(f->bundle, f->to, base, &error));
    assert_text(f->to, "empty", "the owner's");
    assert_text(f->to, "script", "changed");
}

static void test_limits(Folders *f, gconstpointer data)
{
    g_autofree char *text = g_strnfill(5000, 'x');
    g_autoptr(GError) error = NULL;

    (void)data;
    put(f->from, "big", text);
    assert_refused(preaches_bundle_make(f->from, f->bundle, 4096, &error), &error, PREACHES_ERROR_FAILED, "more than");
    g_assert_false(g_file_test(f->bundle, G_FILE_TEST_EXISTS));
    for (guint i = 0; i < 40; i++) {
        g_autofree char *deeper = g_build_filename(f->from, "d", NULL);
        g_assert_cmpint(g_mkdir(deeper, 0700), ==, 0);
        g_free(f->from);
        f->from = g_steal_pointer(&deeper);
    }
    g_free(f->from);
    f->from = g_build_filename(f->top, "from", NULL);
    assert_refused(preaches_bundle_make(f->from, f->bundle, 1 << 20, &error), &error, PREACHES_ERROR_FAILED,
                   "too deep");
}

/* Cut at every byte: refused. (Flipped bytes are refused by the hash that the protocol carries.) */
/* A disk that takes no more: the message names the file that could not be written, and nothing of it is left. */
static void test_no_room(Folders *f, gconstpointer data)
{
    g_autofree char *part = g_strconcat(f->bundle, ".part", NULL);
    g_autoptr(GError) error = NULL;
    struct rlimit before, small;

    (void)data;
    put(f->from, "file", "more than the few bytes that there is room for");
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &before), ==, 0);
    small = (struct rlimit){.rlim_cur = 60, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
    gboolean ok = preaches_bundle_make(f->from, f->bundle, 1 << 20, &error);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &before), ==, 0);
    assert_refused(ok, &error, PREACHES_ERROR_FAILED, part);
    g_assert_false(g_file_test(part, G_FILE_TEST_EXISTS) || g_file_test(f->bundle, G_FILE_TEST_EXISTS));
}

static void test_damaged(Folders *f, gconstpointer data)
{
    g_autofree char *bytes = NULL, *bad = g_build_filename(f->top, "bad", NULL);
    gsize n = 0;

    (void)data;
    put(f->from, "one", "1");
    put(f->from, "two", "two");
    g_assert_true(preaches_bundle_make(f->from, f->bundle, 1 << 20, NULL));
    g_assert_true(g_file_get_contents(f->bundle, &bytes, &n, NULL));
    for (gsize at = 0; at < n; at++) {
        g_autoptr(GError) error = NULL;
        g_assert_true(g_file_set_contents(bad, bytes, (gssize)at, NULL));
        assert_refused(preaches_bundle_verify(bad, &error), &error, PREACHES_ERROR_DAMAGED, "files: ");
    }
}

/* A bundle with one file of that path, as a peer could write it. */
static void forge(const char *bundle, const char *from, const char *real, const char *path)
{
    g_autofree char *bytes = NULL;
    gsize n = 0;

    g_assert_cmpuint(strlen(real), ==, strlen(path));
    g_assert_true(preaches_bundle_make(from, bundle, 1 << 20, NULL));
    g_assert_true(g_file_get_contents(bundle, &bytes, &n, NULL));
    for (gsize i = 0; i + strlen(real) <= n; i++)
        if (memcmp(bytes + i, real, strlen(real)) == 0)
            memcpy(bytes + i, path, strlen(path));
    g_assert_true(g_file_set_contents(bundle, bytes, (gssize)n, NULL));
}

static void test_paths(Folders *f, gconstpointer data)
{
    static const char *const paths[] = {"../escaped", "a/../../es", "/tmp/esca1", "a//escaped", "./escaped1",
                                        "a/./escape", "escaped/..", "escaped12/"};
    g_autofree char *link = g_build_filename(f->to, "link", NULL), *outside = g_build_filename(f->top, "out", NULL);
    g_autoptr(GError) error = NULL;

    (void)data;
    put(f->from, "QQQQQQQQQQ", "bad");
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        forge(f->bundle, f->from, "QQQQQQQQQQ", paths[i]);
        assert_refused(preaches_bundle_unpack(f->bundle, f->to, NULL, &error), &error, PREACHES_ERROR_DAMAGED,
                       "leaves the folder");
    }
    /* A link that stands in the folder already is not followed. */
    g_assert_cmpint(g_mkdir(outside, 0700), ==, 0);
    g_assert_cmpint(symlink(outside, link), ==, 0);
    forge(f->bundle, f->from, "QQQQQQQQQQ", "link/bad12");
    g_assert_false(preaches_bundle_unpack(f->bundle, f->to, NULL, NULL));
    assert_text(outside, "bad12", NULL);
    assert_text(f->top, "escaped", NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/bundle/there-and-back", Folders, NULL, set_up, test_there_and_back, tear_down);
    g_test_add("/bundle/limits", Folders, NULL, set_up, test_limits, tear_down);
    g_test_add("/bundle/no-room", Folders, NULL, set_up, test_no_room, tear_down);
    g_test_add("/bundle/damaged", Folders, NULL, set_up, test_damaged, tear_down);
    g_test_add("/bundle/paths", Folders, NULL, set_up, test_paths, tear_down);
    return g_test_run();
}
