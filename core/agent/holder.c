/* The holder's work on a spool: hold, commit, find, prune. Two phases, told once:
 *
 *   1. hold: a class image that the program left is verified whole, resolved for one architecture's
 *      executable into .ARCH.img.tmp, the result verified whole, synced, renamed to ARCH.img.
 *   2. commit: when every architecture that has a class image is held, the file `commit` is written
 *      the same way. Only it makes the epoch count: whatever a crash leaves before it is ignored.
 *
 * The commit file is text: one line "ARCH BYTES XXH3-128" an image, then a line with the XXH3-128 of
 * all lines before. A file that is cut or flipped anywhere means "not committed". Recovery trusts an
 * image only if it still has the bytes that were committed. Pruning takes the commit file first. */
#include "proc.h"

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

#define COMMIT_FILE "commit"
#define COMMIT_MAX_BYTES ((gsize)8192)

typedef struct HexHash {
    char text[33];
} HexHash;

static gboolean fail_errno(GError **error, const char *path)
{
    int code = errno;

    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: %s", path, g_strerror(code));
    return FALSE;
}

static gboolean fail_damaged(GError **error, const char *path, const char *why)
{
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED, "%s: %s", path, why);
    return FALSE;
}

char *preaches_epoch_dir(const char *spool, guint64 epoch)
{
    return g_strdup_printf("%s/epoch-%06" G_GUINT64_FORMAT, spool, epoch);
}

/* ---- bytes ---- */

static HexHash hash_bytes(const void *bytes, gsize n_bytes)
{
    XXH128_hash_t hash = XXH3_128bits(bytes, n_bytes);
    HexHash hex;

    g_snprintf(hex.text, sizeof hex.text, "%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
               (guint64)hash.high64, (guint64)hash.low64);
    return hex;
}

static gboolean hash_file(const char *path, guint64 *n_bytes, HexHash *hash, GError **error)
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
        fail_errno(error, path);
    if (fd >= 0)
        close(fd);
    if (!ok)
        return FALSE;
    *n_bytes = (guint64)info.st_size;
    *hash = hash_bytes(map ? map : "", (gsize)info.st_size);
    if (map)
        munmap(map, (size_t)info.st_size);
    return TRUE;
}

static gboolean sync_folder(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    gboolean ok = fd >= 0 && fsync(fd) == 0;

    if (!ok)
        fail_errno(error, path);
    if (fd >= 0)
        close(fd);
    return ok;
}

/* A file on its way: written under a temporary name, seen under its own only when it is durable. */
typedef struct NewFile {
    const char *dir;
    char *path, *temporary;
    int fd;
} NewFile;

static gboolean new_file_open(NewFile *file, const char *dir, const char *name, GError **error)
{
    *file = (NewFile){.dir = dir, .path = g_strdup_printf("%s/%s", dir, name),
                      .temporary = g_strdup_printf("%s/.%s.tmp", dir, name)};
    file->fd = open(file->temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return file->fd >= 0 || fail_errno(error, file->temporary);
}

static gboolean new_file_commit(NewFile *file, GError **error)
{
    int fd = file->fd;
    gboolean ok = fsync(fd) == 0;

    file->fd = -1;
    if (close(fd) != 0)
        ok = FALSE;
    if (!ok || g_rename(file->temporary, file->path) != 0)
        return fail_errno(error, file->temporary);
    return sync_folder(file->dir, error);
}

static void new_file_fini(NewFile *file)
{
    if (file->fd >= 0)
        close(file->fd);
    if (file->temporary)
        unlink(file->temporary); /* there only if it was not committed */
    g_free(file->path);
    g_free(file->temporary);
}

/* ---- hold ---- */

typedef struct Job { /* a program's description, as its native executable carries it */
    const char *program;
    guint8 *blob;
    PrDesc desc;
} Job;

static gboolean job_open(Job *job, const char *program, GError **error)
{
    PrError why = {0};
    gsize bytes = 0;

    *job = (Job){.program = program};
    if (!preaches_exe_desc(program, &job->blob, &bytes, error))
        return FALSE;
    if (pr_desc_parse(&job->desc, job->blob, bytes, &why) != PR_OK) {
        preaches_error_take(error, &why, program);
        return FALSE;
    }
    return TRUE;
}

static void job_close(Job *job)
{
    pr_desc_fini(&job->desc);
    g_free(job->blob);
}

static gboolean same_program(const PrDesc *a, const PrDesc *b)
{
    return memcmp(a->program_id, b->program_id, sizeof a->program_id) == 0;
}

static char *class_path(const Job *job, const char *dir, guint32 cls)
{
    guint32 first = pr_desc_class_layout(&job->desc, cls);

    return g_strdup_printf("%s/%s.class.img", dir, job->desc.layouts[first].arch->name);
}

/* Opens and verifies an image and checks that it is what its name says. */
static gboolean open_image(PrImage *image, const char *path, PrVerify how, gboolean native,
                           guint64 epoch, GError **error)
{
    PrError why = {0};

    if (pr_image_open(image, path, how, &why) != PR_OK) {
        preaches_error_take(error, &why, path);
        return FALSE;
    }
    if (image->is_native != native)
        fail_damaged(error, path, native ? "header: a class image, not a native one"
                                         : "header: a native image, not a class image");
    else if (image->view.epoch != epoch)
        fail_damaged(error, path, "meta: image of another epoch");
    else
        return TRUE;
    pr_image_close(image);
    return FALSE;
}

static gboolean open_class(PrImage *image, const Job *job, const char *path, guint64 epoch,
                           GError **error)
{
    if (!open_image(image, path, PR_VERIFY_ALL, FALSE, epoch, error))
        return FALSE;
    if (same_program(&image->desc, &job->desc))
        return TRUE;
    pr_image_close(image);
    return fail_damaged(error, path, "desc: image belongs to another build of the program");
}

/* The executable's symbol addresses, after checking that it is of the same build as the image. */
static guint64 *read_symbols(const Job *job, const char *arch, guint *n, GError **error)
{
    g_autofree char *exe = preaches_exe_path(job->program, arch);
    g_autofree guint8 *blob = NULL;
    guint64 *addr;
    gsize bytes = 0;

    if (!preaches_exe_desc(exe, &blob, &bytes, error))
        return NULL;
    if (bytes != job->desc.blob_bytes || memcmp(blob, job->desc.blob, bytes) != 0) {
        fail_damaged(error, exe, "description: executable belongs to another build");
        return NULL;
    }
    addr = preaches_exe_symbols(exe, n, error);
    if (addr && *n != job->desc.n_symbols) {
        fail_damaged(error, exe, "preaches_syms: not one record a symbol");
        g_clear_pointer(&addr, g_free);
    }
    return addr;
}

static gboolean hold_layout(const Job *job, const PrImage *from, const char *dir, guint32 layout,
                            guint64 *image_bytes, GError **error)
{
    const char *arch = job->desc.layouts[layout].arch->name;
    g_autofree char *name = g_strdup_printf("%s.img", arch);
    g_autofree guint64 *addr = NULL;
    NewFile file = {.fd = -1};
    PrError why = {0};
    PrImage check;
    guint n_addr = 0;
    gboolean ok = FALSE;

    addr = read_symbols(job, arch, &n_addr, error);
    if (!addr || !new_file_open(&file, dir, name, error))
        goto out;
    if (pr_image_resolve(from, layout, addr, n_addr, file.fd, &why) != PR_OK) {
        preaches_error_take(error, &why, file.path);
        goto out;
    }
    if (!open_image(&check, file.temporary, PR_VERIFY_ALL, TRUE, from->view.epoch, error))
        goto out;
    if (image_bytes)
        *image_bytes = check.bytes;
    pr_image_close(&check);
    ok = new_file_commit(&file, error);
out:
    new_file_fini(&file);
    return ok;
}

gboolean preaches_hold(const char *program, const char *spool, guint64 epoch, const char *arch,
                       guint64 *image_bytes, GError **error)
{
    g_autofree char *dir = preaches_epoch_dir(spool, epoch);
    g_autofree char *path = NULL;
    PrImage image;
    Job job;
    int layout;
    gboolean ok = FALSE;

    if (!job_open(&job, program, error))
        goto out;
    layout = pr_desc_layout(&job.desc, arch);
    if (layout < 0) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED,
                    "%s: not built for architecture %s", program, arch);
        goto out;
    }
    path = class_path(&job, dir, job.desc.layouts[layout].cls);
    if (open_class(&image, &job, path, epoch, error)) {
        ok = hold_layout(&job, &image, dir, (guint32)layout, image_bytes, error);
        pr_image_close(&image);
    }
out:
    job_close(&job);
    return ok;
}

/* ---- commit ---- */

/* Holds the class's architectures and adds their lines. FALSE on error. */
static gboolean commit_class(const Job *job, const char *dir, guint64 epoch, guint32 cls,
                             GString *lines, int *n_images, GError **error)
{
    g_autofree char *path = class_path(job, dir, cls);
    PrImage image;
    gboolean ok = TRUE;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return TRUE; /* refused for this class, or not wanted */
    if (!open_class(&image, job, path, epoch, error))
        return FALSE;
    for (guint32 i = 0; ok && i < job->desc.n_layouts; i++) {
        const char *arch = job->desc.layouts[i].arch->name;
        g_autofree char *exe = preaches_exe_path(job->program, arch);
        g_autofree char *held = g_strdup_printf("%s/%s.img", dir, arch);
        guint64 bytes = 0;
        HexHash hash;

        if (job->desc.layouts[i].cls != cls || !g_file_test(exe, G_FILE_TEST_EXISTS))
            continue; /* not built for this architecture: nothing could be resolved or started */
        ok = hold_layout(job, &image, dir, i, NULL, error) &&
             hash_file(held, &bytes, &hash, error);
        if (ok) {
            g_string_append_printf(lines, "%s %" G_GUINT64_FORMAT " %s\n", arch, bytes, hash.text);
            ++*n_images;
        }
    }
    pr_image_close(&image);
    return ok;
}

static gboolean write_commit(const char *dir, GString *lines, GError **error)
{
    HexHash hash = hash_bytes(lines->str, lines->len);
    NewFile file = {.fd = -1};
    gboolean ok = FALSE;

    g_string_append_printf(lines, "%s\n", hash.text);
    if (new_file_open(&file, dir, COMMIT_FILE, error)) {
        ok = write(file.fd, lines->str, lines->len) == (ssize_t)lines->len;
        ok = ok ? new_file_commit(&file, error) : fail_errno(error, file.temporary);
    }
    new_file_fini(&file);
    return ok;
}

int preaches_commit(const char *program, const char *spool, guint64 epoch, GError **error)
{
    g_autofree char *dir = preaches_epoch_dir(spool, epoch);
    g_autoptr(GString) lines = g_string_new(NULL);
    int n_images = 0;
    gboolean ok;
    Job job;

    ok = job_open(&job, program, error);
    for (guint32 cls = 0; ok && cls < job.desc.n_classes; cls++)
        ok = commit_class(&job, dir, epoch, cls, lines, &n_images, error);
    if (ok && n_images > 0) /* the folder's own entry must be durable before it counts */
        ok = sync_folder(spool, error) && write_commit(dir, lines, error);
    job_close(&job);
    return ok ? n_images : -1;
}

/* ---- find ---- */

static int compare_epochs_down(gconstpointer a, gconstpointer b)
{
    guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;

    return x < y ? 1 : x > y ? -1 : 0;
}

GArray *preaches_epochs(const char *spool, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(spool, 0, NULL);
    GArray *epochs;
    const char *name;

    if (!dir) {
        fail_errno(error, spool);
        return NULL;
    }
    epochs = g_array_new(FALSE, FALSE, sizeof(guint64));
    while ((name = g_dir_read_name(dir)) != NULL) {
        guint64 epoch;
        if (g_str_has_prefix(name, "epoch-") &&
            g_ascii_string_to_unsigned(name + strlen("epoch-"), 10, 1, G_MAXUINT64, &epoch, NULL))
            g_array_append_val(epochs, epoch);
    }
    g_array_sort(epochs, compare_epochs_down);
    return epochs;
}

static gboolean parse_commit_line(const char *line, PreachesHeld *held)
{
    g_auto(GStrv) field = g_strsplit(line, " ", -1);

    if (g_strv_length(field) != 3 || !pr_arch_find(field[0]) || strlen(field[2]) != 32 ||
        !g_ascii_string_to_unsigned(field[1], 10, 1, G_MAXINT64, &held->bytes, NULL))
        return FALSE;
    held->arch = pr_arch_find(field[0])->name;
    g_strlcpy(held->hash, field[2], sizeof held->hash);
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
        text[body - 1] != '\n' || memcmp(hash_bytes(text, body).text, text + body, 32) != 0) {
        fail_damaged(error, path, "checksum mismatch: counts as not committed");
        return NULL;
    }
    text[body - 1] = '\0';
    line = g_strsplit(text, "\n", -1);
    for (gsize i = 0; line[i]; i++) {
        PreachesHeld one = {0};
        if (!parse_commit_line(line[i], &one)) {
            fail_damaged(error, path, "malformed line: counts as not committed");
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
    HexHash hash;
    PrImage image;
    gboolean same;

    if (!hash_file(path, &bytes, &hash, error))
        return FALSE;
    same = bytes == held->bytes && strcmp(hash.text, held->hash) == 0;
    if (!open_image(&image, path, same ? PR_VERIFY_HEAD : PR_VERIFY_ALL, TRUE, epoch, error))
        return FALSE;
    if (same && strcmp(image.desc.layouts[image.view.layout].arch->name, held->arch) != 0)
        same = FALSE;
    pr_image_close(&image);
    return same || fail_damaged(error, path, "file: not the image that was committed");
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
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED,
                    "%s: committed without an image for %s", dir, arch);
    return NULL;
}

char *preaches_newest(const char *spool, const char *arch, guint64 *epoch, char **note,
                      GError **error)
{
    g_autoptr(GArray) epochs = preaches_epochs(spool, error);
    g_autoptr(GString) notes = g_string_new(NULL);
    char *found = NULL;

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
    }
    if (!found)
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED,
                    "%s: no committed epoch can be used on %s", spool, arch);
    if (note && notes->len)
        *note = g_string_free(g_steal_pointer(&notes), FALSE);
    return found;
}

/* ---- prune ---- */

static gboolean remove_epoch(const char *spool, guint64 epoch, GError **error)
{
    g_autofree char *dir = preaches_epoch_dir(spool, epoch);
    g_autofree char *commit = g_build_filename(dir, COMMIT_FILE, NULL);
    g_autoptr(GDir) entries = NULL;
    const char *name;

    if (g_unlink(commit) != 0 && errno != ENOENT)
        return fail_errno(error, commit);
    if (!sync_folder(dir, error))
        return FALSE;
    entries = g_dir_open(dir, 0, error);
    while (entries && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = g_build_filename(dir, name, NULL);
        if (g_unlink(path) != 0)
            return fail_errno(error, path);
    }
    return entries && (g_rmdir(dir) == 0 || fail_errno(error, dir));
}

gboolean preaches_prune(const char *spool, guint keep, GError **error)
{
    g_autoptr(GArray) epochs = preaches_epochs(spool, error);
    guint kept = 0;

    for (guint i = 0; epochs && i < epochs->len; i++) {
        guint64 number = g_array_index(epochs, guint64, i);
        g_autoptr(GArray) held = NULL;

        if (kept >= MAX(keep, 1)) { /* behind enough committed ones: also what never committed */
            if (!remove_epoch(spool, number, error))
                return FALSE;
            continue;
        }
        held = preaches_commit_read(spool, number, NULL);
        kept += held != NULL;
    }
    return epochs != NULL;
}
