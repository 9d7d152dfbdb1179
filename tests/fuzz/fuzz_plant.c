#define XXH_INLINE_ALL
#include "fuzz_plant.h"
#include "core/agent/spool.h"
#include "core/image/image_format.h"
#include "core/convert/scalar.h"
#include <string.h>
#include <xxhash.h>

static char *newest_image(const char *spool, const char *arch)
{
    for (guint epoch = 99; epoch > 0; epoch--) {
        g_autofree char *path = g_strdup_printf("%s/epoch-%06u/%s.img", spool, epoch, arch);
        if (g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&path);
    }
    return NULL;
}

static void put_hash(guint8 *at, const void *bytes, gsize n)
{
    XXH128_hash_t hash = XXH3_128bits(bytes, n);

    pr_put64(at, hash.low64);
    pr_put64(at + 8, hash.high64);
}

/* Place in the file of one saved integer, or 0. */
static guint64 pick_value(const PrImage *image, guint64 seed)
{
    const PrDesc *desc = &image->desc;
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(guint64));
    guint64 at = image->offset[PR_SEC_FRAMES] + PR_FRAMES_HEAD;

    for (guint i = 0; i < image->view.n_frames; i++) {
        const PrSite *site = &desc->sites[image->view.frames[i].site];
        at += PR_FRAME_BYTES;
        for (guint k = 0; k < site->n_vars; k++, at += PR_VALUE_BYTES)
            if (pr_kind_is_integer(desc->types[desc->vars[site->first_var + k].type].kind))
                g_array_append_val(places, at);
    }
    return places->len ? g_array_index(places, guint64, seed % places->len) : 0;
}

/* The commit file names each image's hash, and ends with a line that is its own. */
static gboolean commit_again(const char *image, const PreachesHash *before, const PreachesHash *now)
{
    g_autofree char *dir = g_path_get_dirname(image);
    g_autofree char *path = g_build_filename(dir, "commit", NULL);
    g_autofree char *text = NULL, *changed = NULL, *whole = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL) || !*text)
        return FALSE;
    text[strlen(text) - 1] = 0;
    char *last = strrchr(text, '\n');
    if (!last)
        return FALSE;
    last[1] = 0;
    g_auto(GStrv) parts = g_strsplit(text, before->text, 2);
    changed = g_strjoinv(now->text, parts);
    whole = g_strconcat(changed, preaches_hash_bytes(changed, strlen(changed)).text, "\n", NULL);
    return parts[1] && g_file_set_contents(path, whole, -1, NULL);
}

gboolean fuzz_plant(const char *spool, const char *arch, guint64 seed)
{
    g_autofree char *path = newest_image(spool, arch);
    g_autofree char *bytes = NULL;
    gsize n;
    PrImage image;
    PrError error = {0};

    if (!path || pr_image_open(&image, path, PR_VERIFY_ALL, &error) != PR_OK)
        return FALSE;
    guint64 at = pick_value(&image, seed), begin = image.offset[PR_SEC_FRAMES];
    guint64 length = image.length[PR_SEC_FRAMES];
    pr_image_close(&image);
    if (!at || !g_file_get_contents(path, &bytes, &n, NULL) || at >= n)
        return FALSE;
    PreachesHash before = preaches_hash_bytes(bytes, n), now;
    guint8 *head = (guint8 *)bytes;
    head[at] ^= 1; /* the lowest byte of the value */
    put_hash(head + PR_HEAD_TABLE + 32 * PR_SEC_FRAMES + 16, head + begin, length);
    put_hash(head + PR_HEAD_HASH, head, PR_HEAD_HASH);
    now = preaches_hash_bytes(bytes, n);
    return g_file_set_contents(path, bytes, (gssize)n, NULL) && commit_again(path, &before, &now);
}
