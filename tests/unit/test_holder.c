/* core/agent: hold, commit, newest, prune. The program is a description and symbol tables in object
 * files of three architectures; the class images are written from a view made by hand. */
#define _GNU_SOURCE
#include "core/agent/proc.h"
#include "core/convert/convert.h"
#include "torture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { S_COUNTER, S_TEXT, S_GREETING, S_MAIN, N_SYMBOLS };

static char *folder, *program;
static PrDesc desc;

static const struct {
    const char *arch, *as, *word;
} builds[] = {{"x86_64", "as", ".quad"},
              {"s390x", "s390x-linux-gnu-as", ".quad"},
              {"i686", "i686-linux-gnu-as", ".long"}};

static void shell(const char *format, ...) G_GNUC_PRINTF(1, 2);
static void shell(const char *format, ...)
{
    va_list ap;
    g_autofree char *command = NULL;

    va_start(ap, format);
    command = g_strdup_vprintf(format, ap);
    va_end(ap);
    g_assert_cmpint(system(command), ==, 0);
}

static void describe(void)
{
    Torture *t = torture_new();
    uint32_t six = torture_type(t, PR_ARRAY, "char[6]", T_CHAR, 6);

    t->desc.n_symbols = N_SYMBOLS;
    t->symbols[S_COUNTER] = (PrSymbol){PR_SYM_DATA, "counter", "a.c", 1, T_INT, 0x90000000};
    t->symbols[S_TEXT] = (PrSymbol){PR_SYM_DATA, "text", "a.c", 2, T_CHARPTR, 0x90000010};
    t->symbols[S_GREETING] = (PrSymbol){PR_SYM_CONST, "a.c:greeting", "a.c", 3, six, 0x90000020};
    t->symbols[S_MAIN] = (PrSymbol){PR_SYM_FUNC, "main", "a.c", 4, T_FUNC, 0x90000030};
    t->desc.n_funcs = 1;
    t->funcs[0] = (PrFunc){.name = "main", .file = "a.c", .symbol = S_MAIN};
    t->desc.n_sites = 1;
    t->sites[0] = (PrSite){.line = 5, .is_poll = true, .n_vars = 1};
    t->desc.n_vars = 1;
    t->vars[0] = (PrVar){"i", T_INT};
    torture_finish(t, &desc);
    g_free(t);
}

/* An object file with the two sections a holder reads; symbol k stands at `base` + 0x100 k. */
static void build_exe(guint i, guint base)
{
    g_autofree char *exe = preaches_exe_path(program, builds[i].arch);
    g_autofree char *source = g_strdup_printf("%s/a.s", folder);
    g_autoptr(GString) text = g_string_new(".section .preaches.desc,\"a\"\n.incbin \"");

    g_string_append_printf(text, "%s/desc\"\n.section preaches_syms,\"a\"\n", folder);
    for (guint k = 0; k < N_SYMBOLS; k++)
        g_string_append_printf(text, "%s %u, 0\n", builds[i].word, base + 0x100 * k);
    g_assert_true(g_file_set_contents(source, text->str, -1, NULL));
    shell("%s -o %s %s", builds[i].as, exe, source);
}

static void write_class(const char *spool, guint64 epoch, const char *cls, const char *as_name)
{
    static const uint8_t counter[4] = {42};
    static uint8_t text[8] = {0x22, 0, 0, 0x90}; /* greeting + 2 */
    const uint8_t *globals[N_SYMBOLS] = {counter, text, NULL, NULL};
    const PrValue value = {7, 0};
    const PrFrame frame = {0, PR_STACK_BASE, &value};
    const PrView view = {.desc = &desc,
                         .layout = 0,
                         .globals = globals,
                         .frames = &frame,
                         .n_frames = 1,
                         .epoch = epoch,
                         .term = 1,
                         .polls = 9};
    g_autofree char *dir = preaches_epoch_dir(spool, epoch);
    g_autofree char *path = g_strdup_printf("%s/%s.class.img", dir, as_name);
    uint32_t index = desc.layouts[pr_desc_layout(&desc, cls)].cls;
    PrError note = {0}, error = {0};
    int fd;

    g_assert_cmpint(g_mkdir_with_parents(dir, 0777), ==, 0);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);
    if (pr_convert_write(&view, index, fd, NULL, NULL, &note, &error) != PR_OK)
        g_error("%s: %s %s", path, error.what, error.path);
    close(fd);
}

/* A spool with epochs 1…n committed for x86_64 and s390x. */
static char *make_spool(const char *name, guint64 n)
{
    char *spool = g_build_filename(folder, name, NULL);
    g_autoptr(GError) error = NULL;

    for (guint64 epoch = 1; epoch <= n; epoch++) {
        write_class(spool, epoch, "x86_64", "x86_64");
        write_class(spool, epoch, "s390x", "s390x");
        g_assert_cmpint(preaches_commit(program, spool, epoch, PREACHES_PACK_NONE, &error), ==, 2);
        g_assert_no_error(error);
    }
    return spool;
}

static void expect_newest(const char *spool, const char *arch, guint64 wanted, const char *in_note)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *note = NULL;
    guint64 epoch = 0;
    g_autofree char *path = preaches_newest(spool, arch, &epoch, &note, &error);

    g_assert_cmpuint(epoch, ==, wanted);
    if (wanted) {
        g_assert_no_error(error);
        g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    } else {
        gboolean absent = in_note && g_str_has_prefix(in_note, "without an image");
        int code = absent ? PREACHES_ERROR_REFUSED : PREACHES_ERROR_DAMAGED;
        g_assert_error(error, PREACHES_ERROR, code);
    }
    if (in_note)
        g_assert_nonnull(strstr(note ? note : "", in_note));
    else
        g_assert_null(note);
}

static void test_symbols(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(builds); i++) {
        g_autofree char *exe = preaches_exe_path(program, builds[i].arch);
        g_autoptr(GError) error = NULL;
        guint n = 0;
        g_autofree guint64 *addr = preaches_exe_symbols(exe, &n, &error);

        g_assert_no_error(error);
        g_assert_cmpuint(n, ==, N_SYMBOLS);
        for (guint k = 0; k < n; k++)
            g_assert_cmphex(addr[k], ==, 0x400000 + 0x1000 * i + 0x100 * k);
    }
}

/* The held image has this executable's addresses where the class image had virtual ones. */
static void test_hold(void)
{
    static const struct {
        const char *arch;
        guint8 text[8];
    } want[] = {{"x86_64", {0x02, 0x02, 0x40}}, {"s390x", {0, 0, 0, 0, 0, 0x40, 0x12, 0x02}}};
    g_autofree char *spool = make_spool("hold", 1);

    for (guint i = 0; i < G_N_ELEMENTS(want); i++) {
        g_autofree char *path = g_strdup_printf("%s/epoch-000001/%s.img", spool, want[i].arch);
        g_autofree char *arch = NULL;
        g_autoptr(GError) error = NULL;
        PrError why = {0};
        PrImage image;

        g_assert_cmpint(pr_image_open(&image, path, PR_VERIFY_ALL, &why), ==, PR_OK);
        g_assert_true(image.is_native);
        torture_assert_bytes(image.view.globals[S_TEXT], 8, want[i].text, 8);
        pr_image_close(&image);
        g_assert_true(preaches_exe_check(program, path, &arch, &error));
        g_assert_cmpstr(arch, ==, want[i].arch);
    }
    expect_newest(spool, "s390x", 1, NULL);
    expect_newest(spool, "i686", 0, "without an image for i686");
}

static void test_hold_refuses(void)
{
    g_autofree char *spool = g_build_filename(folder, "refuse", NULL);
    const char *const reason[] = {"another epoch", "truncated", "not built for architecture vax"};

    write_class(spool, 2, "x86_64", "x86_64");
    shell("mkdir %s/epoch-000003 && cp %s/epoch-000002/x86_64.class.img %s/epoch-000003/", spool,
          spool, spool);
    shell("mkdir %s/epoch-000004 && head -c 300 %s/epoch-000002/x86_64.class.img "
          ">%s/epoch-000004/x86_64.class.img",
          spool, spool, spool);
    for (guint i = 0; i < G_N_ELEMENTS(reason); i++) {
        g_autoptr(GError) error = NULL;
        guint64 bytes = 0;
        if (preaches_hold(program, spool, i == 2 ? 2 : 3 + i, i == 2 ? "vax" : "x86_64", &bytes,
                          &error))
            g_error("held: %s", reason[i]);
        g_test_message("%s", error->message);
        g_assert_true(error->domain == PREACHES_ERROR);
        g_clear_error(&error);
        if (i < 2)
            g_assert_cmpint(preaches_commit(program, spool, 3 + i, PREACHES_PACK_NONE, &error), ==, -1);
    }
    expect_newest(spool, "x86_64", 0, NULL);
}

/* Cut at every length and flipped at every byte, the commit file means "not committed". */
static void test_commit_file(void)
{
    g_autofree char *spool = make_spool("commit", 2);
    g_autofree char *path = g_build_filename(spool, "epoch-000002", "commit", NULL);
    g_autofree char *text = NULL;
    gsize bytes = 0;

    expect_newest(spool, "x86_64", 2, NULL);
    g_assert_true(g_file_get_contents(path, &text, &bytes, NULL));
    for (gsize i = 0; i < bytes; i++) {
        g_assert_true(g_file_set_contents(path, text, (gssize)i, NULL));
        expect_newest(spool, "x86_64", 1, "epoch 2: ");
        text[i] ^= 1;
        g_assert_true(g_file_set_contents(path, text, (gssize)bytes, NULL));
        text[i] ^= 1;
        expect_newest(spool, "x86_64", 1, "epoch 2: ");
    }
    g_assert_true(g_file_set_contents(path, text, (gssize)bytes, NULL));
    expect_newest(spool, "x86_64", 2, NULL);
    g_unlink(path); /* a crash before the commit */
    expect_newest(spool, "x86_64", 1, NULL);
}

/* A damaged, exchanged or missing image: the next older epoch is offered, for that one only. */
static void test_images(void)
{
    g_autofree char *spool = make_spool("images", 3);

    shell(
        "cd %s/epoch-000003 && printf X | dd of=x86_64.img bs=1 seek=900 conv=notrunc 2>/dev/null",
        spool);
    expect_newest(spool, "x86_64", 2, "epoch 3: ");
    expect_newest(spool, "s390x", 3, NULL);
    shell("cp %s/epoch-000001/x86_64.img %s/epoch-000002/x86_64.img", spool, spool);
    expect_newest(spool, "x86_64", 1, "another epoch");
    g_autofree char *last = g_build_filename(spool, "epoch-000001", "x86_64.img", NULL);
    g_unlink(last);
    expect_newest(spool, "x86_64", 0, "epoch 1: ");
}

/* Same description, other addresses: the image is not used with the executable. */
static void test_other_build(void)
{
    g_autofree char *spool = make_spool("other", 1);
    g_autofree char *path = g_build_filename(spool, "epoch-000001", "s390x.img", NULL);
    g_autofree char *arch = NULL;
    g_autoptr(GError) error = NULL;

    build_exe(1, 0x500000);
    g_assert_false(preaches_exe_check(program, path, &arch, &error));
    g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED);
    g_assert_nonnull(strstr(error->message, "another build"));
    g_assert_null(arch);
    build_exe(1, 0x401000);
    g_clear_error(&error);
    g_assert_true(preaches_exe_check(program, path, &arch, &error));
}

static void test_convert(void)
{
    g_autofree char *spool = make_spool("convert", 1);
    g_autofree char *from = g_build_filename(spool, "epoch-000001", "x86_64.class.img", NULL);
    g_autofree char *native = g_build_filename(spool, "epoch-000001", "s390x.img", NULL);
    g_autofree char *out = g_build_filename(folder, "converted.img", NULL);
    g_autofree char *a = NULL, *b = NULL;
    g_autoptr(GError) error = NULL;
    gsize n_a, n_b;

    g_assert_true(preaches_convert(from, "s390x", program, out, PREACHES_PACK_NONE, NULL, &error));
    g_assert_true(g_file_get_contents(out, &a, &n_a, NULL));
    g_assert_true(g_file_get_contents(native, &b, &n_b, NULL));
    torture_assert_bytes(a, n_a, b, n_b); /* converted late or early: the same bytes */
    g_assert_true(preaches_convert(from, "i686", NULL, out, PREACHES_PACK_NONE, NULL, &error));
    g_assert_false(preaches_convert(native, "i686", NULL, out, PREACHES_PACK_NONE, NULL, &error));
    g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED);
}

/* No room at any point of the commit: the older epoch stands, no temporary file is left, and once
 * there is room again the same epoch can be committed. */
static void test_no_room(void)
{
    g_autofree char *spool = make_spool("room", 1);
    struct rlimit limit, unlimited;
    gboolean done = FALSE;
    guint n_failed = 0;

    write_class(spool, 2, "x86_64", "x86_64");
    write_class(spool, 2, "s390x", "s390x");
    getrlimit(RLIMIT_FSIZE, &unlimited);
    signal(SIGXFSZ, SIG_IGN);
    for (rlim_t bytes = 0; !done; bytes = bytes < 400 ? bytes + 40 : bytes + bytes / 2) {
        g_autoptr(GError) error = NULL;
        int n;
        limit = (struct rlimit){.rlim_cur = bytes, .rlim_max = unlimited.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
        n = preaches_commit(program, spool, 2, PREACHES_PACK_NONE, &error);
        setrlimit(RLIMIT_FSIZE, &unlimited);
        done = n == 2;
        if (!done) {
            g_assert_cmpint(n, ==, -1);
            g_assert_nonnull(error);
            n_failed++;
            expect_newest(spool, "x86_64", 1, NULL);
            shell("! ls -A %s/epoch-000002 | grep -q tmp", spool);
        }
    }
    g_assert_cmpuint(n_failed, >, 5);
    expect_newest(spool, "x86_64", 2, NULL);
}

static void test_prune(void)
{
    g_autofree char *spool = make_spool("prune", 5);
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) left = NULL;
    g_autofree char *commit = g_build_filename(spool, "epoch-000003", "commit", NULL);

    write_class(spool, 6, "x86_64", "x86_64"); /* in the making */
    g_unlink(commit);                          /* never committed: does not count as kept */
    g_assert_true(preaches_prune(spool, 3, &error));
    left = preaches_epochs(spool, &error);
    g_assert_cmpuint(left->len, ==, 5); /* 6, 5, 4, 3, 2 */
    g_assert_cmpuint(g_array_index(left, guint64, 4), ==, 2);
    g_clear_pointer(&left, g_array_unref);
    g_assert_true(preaches_prune(spool, 0, &error)); /* at least one */
    left = preaches_epochs(spool, &error);
    g_assert_cmpuint(left->len, ==, 2);
    g_assert_cmpuint(g_array_index(left, guint64, 1), ==, 5);
    expect_newest(spool, "x86_64", 5, NULL);
}

/* An architecture that newer epochs have no image for keeps its newest one. */
static void test_prune_refused(void)
{
    g_autofree char *spool = make_spool("refused", 2);
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) left = NULL;

    for (guint64 epoch = 3; epoch <= 6; epoch++) {
        write_class(spool, epoch, "x86_64", "x86_64");
        g_assert_cmpint(preaches_commit(program, spool, epoch, PREACHES_PACK_NONE, &error), ==, 1);
    }
    g_assert_true(preaches_prune(spool, 1, &error));
    left = preaches_epochs(spool, &error);
    g_assert_cmpuint(left->len, ==, 2); /* 6, and 2 for s390x */
    expect_newest(spool, "x86_64", 6, NULL);
    expect_newest(spool, "s390x", 2, "epoch 6: ");
}

int main(int argc, char **argv)
{
    g_autofree char *blob = NULL;
    int status;

    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("preaches-holder-XXXXXX", NULL);
    program = g_build_filename(folder, "prog", NULL);
    blob = g_build_filename(folder, "desc", NULL);
    describe();
    g_assert_true(
        g_file_set_contents(blob, (const char *)desc.blob, (gssize)desc.blob_bytes, NULL));
    shell("mkdir %s.preaches", program);
    for (guint i = 0; i < G_N_ELEMENTS(builds); i++)
        build_exe(i, 0x400000 + 0x1000 * i);
    g_test_add_func("/holder/symbols", test_symbols);
    g_test_add_func("/holder/hold", test_hold);
    g_test_add_func("/holder/hold-refuses", test_hold_refuses);
    g_test_add_func("/holder/commit-file", test_commit_file);
    g_test_add_func("/holder/images", test_images);
    g_test_add_func("/holder/other-build", test_other_build);
    g_test_add_func("/holder/convert", test_convert);
    g_test_add_func("/holder/no-room", test_no_room);
    g_test_add_func("/holder/prune", test_prune);
    g_test_add_func("/holder/prune-refused", test_prune_refused);
    status = g_test_run();
    shell("rm -r '%s'", folder);
    return status;
}
