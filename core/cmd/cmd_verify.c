/* preaches verify: every byte of images, and what a spool says was committed. */
#include "cmd.h"

#include "../agent/pack.h"
#include "../agent/seal.h"
#include <stdio.h>
#include <string.h>

static int worse(int a, int b) { return MAX(a, b); }

static char *key; /* of encrypted images */

static int verify_file(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *content = cmd_content(path, key, &error);
    PreachesPack pack = preaches_packed(path);
    PrError why = {0};
    PrImage image;

    if (!content)
        return cmd_fail(error);
    if (pr_image_open(&image, content, PR_VERIFY_ALL, &why) != PR_OK) {
        preaches_error_take(&error, &why, path);
        return cmd_fail(error);
    }
    printf("ok %s: %s image for %s, epoch %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " bytes%s%s\n",
           path, image.is_native ? "native" : "class",
           image.desc.layouts[image.view.layout].arch->name, (guint64)image.view.epoch,
           (guint64)image.bytes, pack ? ", by " : "", pack ? preaches_pack_name(pack) : "");
    pr_image_close(&image);
    return 0;
}

static int verify_committed(const char *spool, guint64 epoch, GArray *held)
{
    int status = 0;

    for (guint i = 0; i < held->len; i++) {
        const char *arch = g_array_index(held, PreachesHeld, i).arch;
        g_autoptr(GError) error = NULL;
        g_autofree char *path = preaches_held_image(spool, epoch, arch, &error);

        status = worse(status, path ? verify_file(path) : cmd_fail(error));
    }
    return status;
}

static int verify_epoch(const char *spool, guint64 epoch)
{
    g_autofree char *dir = preaches_epoch_dir(spool, epoch);
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) held = preaches_commit_read(spool, epoch, &error);
    g_autoptr(GDir) entries = g_dir_open(dir, 0, NULL);
    const char *name;
    int status = 0;

    if (!held && !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        status = cmd_fail(error);
    else if (!held)
        printf("not committed: epoch %" G_GUINT64_FORMAT "\n", epoch);
    else
        status = verify_committed(spool, epoch, held);
    while (entries && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        if (g_str_has_suffix(name, ".class.img") || g_str_has_suffix(name, PREACHES_SEALED_SUFFIX))
            status = worse(status, verify_file(path));
    }
    return status;
}

static int verify_folder(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) epochs = preaches_epochs(path, &error);
    g_autofree char *whole = g_canonicalize_filename(path, NULL);
    g_autofree char *spool = g_path_get_dirname(whole), *name = g_path_get_basename(whole);
    guint64 epoch;
    int status = 0;

    if (!epochs)
        return cmd_fail(error);
    if (preaches_epoch_parse(name, &epoch)) /* one epoch's folder */
        return verify_epoch(spool, epoch);
    if (epochs->len == 0) {
        cmd_say("%s: no epochs in it", path);
        return PREACHES_ERROR_FAILED;
    }
    for (guint i = 0; i < epochs->len; i++)
        status = worse(status, verify_epoch(path, g_array_index(epochs, guint64, i)));
    return status;
}

int cmd_verify(int argc, char **argv)
{
    const GOptionEntry options[] = {CMD_KEY_OPTION(key), {NULL, 0, 0, 0, NULL, NULL, NULL}};
    int status = 0;

    if (!cmd_parse(&argc, &argv, options, "IMAGE | EPOCH | SPOOL …",
                   "Checks every byte: images alone, or all that a spool holds. Exit status 3 if "
                   "anything is damaged."))
        return PREACHES_ERROR_USAGE;
    if (argc < 2)
        return cmd_usage("verify: nothing named");
    for (int i = 1; i < argc; i++)
        status = worse(status, g_file_test(argv[i], G_FILE_TEST_IS_DIR) ? verify_folder(argv[i])
                                                                        : verify_file(argv[i]));
    return status;
}
