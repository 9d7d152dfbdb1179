/* The reading side of a spool: epochs, commit files, the newest usable image; and pruning. */
#include "spool.h"

#include "pack.h"
#include "../layout/desc.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define COMMIT_MAX_BYTES ((gsize)8192)

char *preaches_epoch_dir(const char *spool, guint64 epoch)
{
    return g_strdup_printf("%s/epoch-%06" G_GUINT64_FORMAT, spool, epoch);
}

PreachesHash preaches_hash_bytes(const void *bytes, gsize n_bytes)
{
    XXH128_hash_t hash = XXH3_128bits(bytes, n_bytes);
    PreachesHash hex;

    g_snprintf(hex.text, sizeof hex.text, "%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
               (guint64)hash.high64, (guint64)hash.low64);
    return hex;
}

gboolean preaches_hash_file(const char *path, guint64 *n_bytes, PreachesHash *hash, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    void *map = NULL;
    gboolean ok = fd >= 0 && fstat(fd, &info) == 0;

    if (ok && info.st_size > 0) {
        map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        ok = map != MAP_FAILED;
    }
    if (!ok)
        preaches_fail_errno(error, path);
    if (fd >= 0)
        close(fd);
    if (!ok)
        return FALSE;
    *n_bytes = (guint64)info.st_size;
    *hash = preaches_hash_bytes(map ? map : "", (gsize)info.st_size);
    if (map)
        munmap(map, (size_t)info.st_size);
    return TRUE;
}

gboolean preaches_sync(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    gboolean ok = fd >= 0 && fsync(fd) == 0;

    if (!ok)
        preaches_fail_errno(error, path);
    if (fd >= 0)
        close(fd);
    return ok;
}

/* One that is compressed is unpacked into memory, as much of it as is looked at. */
static gboolean open_content(PrImage *image, const char *path, PrVerify how, GError **error)
{
    gboolean packed = preaches_packed(path) != PREACHES_PACK_NONE;
    int memory = packed ? preaches_unpack_memory(path, how, error) : -1;
    g_autofree char *content = packed ? g_strdup_printf("/proc/self/fd/%d", memory) : g_strdup(path);
    PrError why = {0};
    PrStatus status;

    if (packed && memory < 0)
        return FALSE;
    status = pr_image_open(image, content, how, &why);
    if (memory >= 0)
        close(memory);
    if (status != PR_OK)
        preaches_error_take(error, &why, path);
    return status == PR_OK;
}

/* Opens and verifies an image and checks that it is what its name says. */
gboolean preaches_open_image(PrImage *image, const char *path, PrVerify how, gboolean native,
                             guint64 epoch, GError **error)
{
    if (!open_content(image, path, how, error))
        return FALSE;
    if (image->is_native != native)
        preaches_fail_damaged(error, path,
                              native ? "header: a class image, not a native one"
                                     : "header: a native image, not a class image");
    else if (epoch && image->view.epoch != epoch)
        preaches_fail_damaged(error, path, "meta: image of another epoch");
    else
        return TRUE;
    pr_image_close(image);
    return FALSE;
}

/* ---- find ---- */

static int compare_epochs_down(gconstpointer a, gconstpointer b)
{
    guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;

    return x < y ? 1 : x > y ? -1 : 0;
}

gboolean preaches_epoch_parse(const char *name, guint64 *epoch)
{
    return g_str_has_prefix(name, "epoch-") &&
           g_ascii_string_to_unsigned(name + strlen("epoch-"), 10, 1, G_MAXUINT64, epoch, NULL);
}

GArray *preaches_epochs(const char *spool, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(spool, 0, NULL);
    GArray *epochs;
    const char *name;

    if (!dir) {
        preaches_fail_errno(error, spool);
        return NULL;
    }
    epochs = g_array_new(FALSE, FALSE, sizeof(guint64));
    while ((name = g_dir_read_name(dir)) != NULL) {
        guint64 epoch;
        if (preaches_epoch_parse(name, &epoch))
            g_array_append_val(epochs, epoch);
    }
    g_array_sort(epochs, compare_epochs_down);
    return epochs;
}

static gboolean parse_commit_line(const char *line, PreachesHeld *held)
{
    g_auto(GStrv) field = g_strsplit(line, " ", -1);

    if (g_strv_length(field) != 4 || !pr_arch_find(field[0]) || strlen(field[2]) != 32 ||
        strlen(field[3]) != 32 ||
        !g_ascii_string_to_unsigned(field[1], 10, 1, G_MAXINT64, &held->bytes, NULL))
        return FALSE;
    held->arch = pr_arch_find(field[0])->name;
    g_strlcpy(held->hash, field[2], sizeof held->hash);
    g_strlcpy(held->exe_hash, field[3], sizeof held->exe_hash);
    return TRUE;
}

GArray *preaches_commit_read(const char *spool, guint64 epoch, GError **error)
{
    g_autofree char *dir = preaches_epoch_dir(spool, epoch);
    g_autofree char *path = g_build_filename(dir, COMMIT_FILE, NULL);
    g_autofree char *text = NULL;
    g_autoptr(GArray) held = g_array_new(FALSE, TRUE, sizeof(PreachesHeld));
    g_auto(GStrv) line = NULL;
    gsize bytes = 0, body;

    if (!g_file_get_contents(path, &text, &bytes, error))
        return NULL;
    /* The last line is 32 digits and LF; everything before it is under its hash. */
    body = bytes >= 33 ? bytes - 33 : 0;
    if (bytes > COMMIT_MAX_BYTES || body == 0 || text[bytes - 1] != '\n' ||
        text[body - 1] != '\n' ||
        memcmp(preaches_hash_bytes(text, body).text, text + body, 32) != 0) {
        preaches_fail_damaged(error, path, "checksum mismatch: counts as not committed");
        return NULL;
    }
    text[body - 1] = '\0';
    line = g_strsplit(text, "\n", -1);
    for (gsize i = 0; line[i]; i++) {
        PreachesHeld one = {0};
        if (!parse_commit_line(line[i], &one)) {
            preaches_fail_damaged(error, path, "malformed line: counts as not committed");
            return NULL;
        }
        g_array_append_val(held, one);
    }
    return g_steal_pointer(&held);
}

/* The image still has its committed bytes; if not, the image's own checks say where it is damaged. */
static gboolean check_held(const char *path, const PreachesHeld *held, guint64 epoch,
                           GError **error)
{
    guint64 bytes = 0;
    PreachesHash hash;
    PrImage image;
    gboolean same;

    if (!preaches_hash_file(path, &bytes, &hash, error))
        return FALSE;
    same = bytes == held->bytes && strcmp(hash.text, held->hash) == 0;
    if (!preaches_open_image(&image, path, same ? PR_VERIFY_HEAD : PR_VERIFY_ALL, TRUE, epoch,
                             error))
        return FALSE;
    if (same && strcmp(image.desc.layouts[image.view.layout].arch->name, held->arch) != 0)
        same = FALSE;
    pr_image_close(&image);
    return same || preaches_fail_damaged(error, path, "file: not the image that was committed");
}

static void fail_absent(GError **error, const char *dir, const char *arch)
{
    g_autofree char *path = g_strdup_printf("%s/%s" REFUSED_SUFFIX, dir, arch), *why = NULL;

    g_file_get_contents(path, &why, NULL, NULL);
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_REFUSED, "%s: committed without an image for %s%s%s",
                dir, arch, why ? ": " : "", why ? why : "");
}

char *preaches_held_image(const char *spool, guint64 epoch, const char *arch, GError **error)
{
    g_autofree char *dir = preaches_epoch_dir(spool, epoch);
    g_autoptr(GArray) held = preaches_commit_read(spool, epoch, error);

    for (guint i = 0; held && i < held->len; i++) {
        const PreachesHeld *one = &g_array_index(held, PreachesHeld, i);
        g_autofree char *path = g_strdup_printf("%s/%s.img", dir, one->arch);
        if (strcmp(one->arch, arch) == 0)
            return check_held(path, one, epoch, error) ? g_steal_pointer(&path) : NULL;
    }
    if (held)
        fail_absent(error, dir, arch);
    return NULL;
}

char *preaches_newest(const char *spool, const char *arch, guint64 *epoch, char **note,
                      GError **error)
{
    g_autoptr(GArray) epochs = preaches_epochs(spool, error);
    g_autoptr(GString) notes = g_string_new(NULL);
    char *found = NULL;
    gboolean absent = FALSE, damaged = FALSE;

    if (note)
        *note = NULL;
    if (!epochs)
        return NULL;
    for (guint i = 0; i < epochs->len && !found; i++) {
        g_autoptr(GError) why = NULL;
        guint64 number = g_array_index(epochs, guint64, i);

        found = preaches_held_image(spool, number, arch, &why);
        if (found)
            *epoch = number;
        else if (!g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOENT)) /* else: no commit */
            g_string_append_printf(notes, "epoch %" G_GUINT64_FORMAT ": %s\n", number,
                                   why->message);
        absent = absent || g_error_matches(why, PREACHES_ERROR, PREACHES_ERROR_REFUSED);
        damaged = damaged || g_error_matches(why, PREACHES_ERROR, PREACHES_ERROR_DAMAGED);
    }
    if (!found)
        g_set_error(error, PREACHES_ERROR,
                    absent && !damaged ? PREACHES_ERROR_REFUSED : PREACHES_ERROR_DAMAGED,
                    "%s: no committed epoch can be used on %s", spool, arch);
    if (note && notes->len)
        *note = g_string_free(g_steal_pointer(&notes), FALSE);
    return found;
}

/* ---- does the executable belong to the image? ---- */

/* The description's id covers types, symbols and resume points. Two builds can agree in these and
 * yet have other addresses, so for a committed image the executable itself must be the same. */
static gboolean check_exe_hash(const char *exe, const char *image, const char *arch, GError **error)
{
    g_autofree char *dir = g_path_get_dirname(image);
    g_autofree char *spool = g_path_get_dirname(dir);
    g_autofree char *name = g_path_get_basename(dir);
    g_autofree char *held_name = g_strdup_printf("%s.img", arch);
    g_autofree char *image_name = g_path_get_basename(image);
    g_autoptr(GArray) held = NULL;
    PreachesHash hash;
    guint64 bytes, epoch;

    if (strcmp(held_name, image_name) != 0 || !preaches_epoch_parse(name, &epoch))
        return TRUE; /* not in a spool */
    held = preaches_commit_read(spool, epoch, NULL);
    if (!held)
        return TRUE;
    if (!preaches_hash_file(exe, &bytes, &hash, error))
        return FALSE;
    for (guint i = 0; i < held->len; i++) {
        const PreachesHeld *one = &g_array_index(held, PreachesHeld, i);
        if (strcmp(one->arch, arch) == 0 && strcmp(one->exe_hash, hash.text) != 0)
            return preaches_fail_damaged(error, image,
                                         "desc: image belongs to another build of "
                                         "the program");
    }
    return TRUE;
}

gboolean preaches_exe_check(const char *program, const char *image, char **arch, GError **error)
{
    g_autofree char *exe = NULL;
    g_autofree guint8 *blob = NULL;
    gsize n_bytes = 0;
    PrImage open;
    gboolean ok;

    *arch = NULL;
    if (!preaches_open_image(&open, image, PR_VERIFY_HEAD, TRUE, 0, error))
        return FALSE;
    *arch = g_strdup(open.desc.layouts[open.view.layout].arch->name);
    exe = preaches_exe_path(program, *arch);
    ok = preaches_exe_desc(exe, &blob, &n_bytes, error);
    if (ok && (n_bytes != open.desc.blob_bytes || memcmp(blob, open.desc.blob, n_bytes) != 0))
        ok = preaches_fail_damaged(error, image,
                                   "desc: image belongs to another build of the "
                                   "program");
    pr_image_close(&open);
    ok = ok && check_exe_hash(exe, image, *arch, error);
    if (!ok)
        g_clear_pointer(arch, g_free);
    return ok;
}

/* ---- prune ---- */

static gboolean remove_epoch(const char *spool, guint64 epoch, GError **error)
{
    g_autofree char *dir = preaches_epoch_dir(spool, epoch);
    g_autofree char *commit = g_build_filename(dir, COMMIT_FILE, NULL);
    g_autoptr(GDir) entries = NULL;
    const char *name;

    if (g_unlink(commit) != 0 && errno != ENOENT)
        return preaches_fail_errno(error, commit);
    if (!preaches_sync(dir, error))
        return FALSE;
    entries = g_dir_open(dir, 0, error);
    while (entries && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        if (g_unlink(path) != 0)
            return preaches_fail_errno(error, path);
    }
    return entries && (g_rmdir(dir) == 0 || preaches_fail_errno(error, dir));
}

/* Whether the epoch is one of the `keep` newest of one of its architectures; counts it in *newer. */
static gboolean is_kept(GArray *held, guint keep, GHashTable *newer)
{
    gboolean kept = FALSE;

    for (guint i = 0; i < held->len; i++) {
        gpointer arch = (gpointer)g_array_index(held, PreachesHeld, i).arch;
        guint n = GPOINTER_TO_UINT(g_hash_table_lookup(newer, arch));
        g_hash_table_insert(newer, arch, GUINT_TO_POINTER(n + 1));
        kept |= n < keep;
    }
    return kept;
}

gboolean preaches_prune(const char *spool, guint keep, GError **error)
{
    g_autoptr(GArray) epochs = preaches_epochs(spool, error);
    g_autoptr(GHashTable) newer = g_hash_table_new(g_str_hash, g_str_equal);
    guint n_committed = 0;

    keep = MAX(keep, 1);
    for (guint i = 0; epochs && i < epochs->len; i++) {
        guint64 number = g_array_index(epochs, guint64, i);
        g_autoptr(GArray) held = preaches_commit_read(spool, number, NULL);

        /* What never committed goes with its elders; before that it may be in the making. */
        if (held ? is_kept(held, keep, newer) : n_committed < keep)
            n_committed += held ? 1 : 0;
        else if (!remove_epoch(spool, number, error))
            return FALSE;
    }
    return epochs != NULL;
}

gboolean preaches_read_all(int fd, void *to, gsize n)
{
    for (gsize done = 0; done < n;) {
        ssize_t got = read(fd, (guint8 *)to + done, n - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0)
            errno = 0;
        if (got <= 0)
            return FALSE;
        done += (gsize)got;
    }
    return TRUE;
}

gboolean preaches_write_all(int fd, const void *from, gsize n)
{
    for (gsize done = 0; done < n;) {
        ssize_t put = write(fd, (const guint8 *)from + done, n - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return FALSE;
        done += (gsize)put;
    }
    return TRUE;
}

gboolean preaches_to_file(const guint8 *bytes, gsize n, gpointer data, GError **error)
{
    const PreachesFile *file = data;
    return preaches_write_all(file->fd, bytes, n) || preaches_fail_errno(error, file->path);
}

void preaches_tree_remove(const char *path)
{
    GStatBuf status;
    if (g_lstat(path, &status) != 0)
        return;
    if (!S_ISDIR(status.st_mode)) {
        g_unlink(path);
        return;
    }
    GDir *dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        preaches_tree_remove(child);
    }
    if (dir)
        g_dir_close(dir);
    g_rmdir(path);
}
