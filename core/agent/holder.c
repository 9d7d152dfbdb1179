/* The holder's work on a spool: hold and commit. Two phases, told once:
 *
 *   1. hold: a class image that the program left is verified whole, resolved for one architecture's
 *      executable into .ARCH.img.tmp, the result verified whole, synced, renamed to ARCH.img.
 *   2. commit: when every architecture that has a class image is held, the file `commit` is written
 *      the same way. Only it makes the epoch count: whatever a crash leaves before it is ignored.
 *
 * The commit file is text: one line "ARCH BYTES IMAGE-XXH3-128 EXECUTABLE-XXH3-128" an image, then a
 * line with the XXH3-128 of all lines before. A file that is cut or flipped anywhere means "not
 * committed". Recovery trusts an image only if it still has the bytes that were committed. Pruning
 * takes the commit file first. */
#include "spool.h"

#include "../convert/convert.h"
#include "pack.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* ---- bytes ---- */

/* A file on its way: written under a temporary name, seen under its own only when it is durable. */
typedef struct NewFile {
    const char *dir;
    char *path, *temporary;
    int fd;
} NewFile;

static gboolean new_file_open(NewFile *file, const char *dir, const char *name, GError **error)
{
    *file = (NewFile){.dir = dir,
                      .path = g_strdup_printf("%s/%s", dir, name),
                      .temporary = g_strdup_printf("%s/.%s.tmp", dir, name)};
    file->fd = open(file->temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return file->fd >= 0 || preaches_fail_errno(error, file->temporary);
}

static gboolean new_file_commit(NewFile *file, GError **error)
{
    int fd = file->fd;
    gboolean ok = fsync(fd) == 0;

    file->fd = -1;
    if (close(fd) != 0)
        ok = FALSE;
    if (!ok || g_rename(file->temporary, file->path) != 0)
        return preaches_fail_errno(error, file->temporary);
    return preaches_sync(file->dir, error);
}

/* What was written so far, compressed, takes its place. */
static gboolean new_file_pack(NewFile *file, PreachesPack pack, GError **error)
{
    g_autofree char *name = g_path_get_basename(file->path);
    g_autofree char *plain = NULL;
    gboolean ok;

    if (pack == PREACHES_PACK_NONE)
        return TRUE;
    close(file->fd);
    plain = file->temporary;
    file->temporary = g_strdup_printf("%s/.packed.%s.tmp", file->dir, name);
    file->fd = open(file->temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    ok = file->fd >= 0 ? preaches_pack_to(plain, pack, file->fd, error)
                       : preaches_fail_errno(error, file->temporary);
    unlink(plain);
    return ok;
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

static gboolean open_class(PrImage *image, const Job *job, const char *path, guint64 epoch,
                           GError **error)
{
    if (!preaches_open_image(image, path, PR_VERIFY_ALL, FALSE, epoch, error))
        return FALSE;
    if (same_program(&image->desc, &job->desc))
        return TRUE;
    pr_image_close(image);
    return preaches_fail_damaged(error, path,
                                 "desc: image belongs to another build of the program");
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
        preaches_fail_damaged(error, exe, "description: executable belongs to another build");
        return NULL;
    }
    addr = preaches_exe_symbols(exe, n, error);
    if (addr && *n != job->desc.n_symbols) {
        preaches_fail_damaged(error, exe, "preaches_syms: not one record a symbol");
        g_clear_pointer(&addr, g_free);
    }
    return addr;
}

static gboolean hold_layout(const Job *job, const PrImage *from, const char *dir, guint32 layout,
                            PreachesPack pack, guint64 *image_bytes, GError **error)
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
        if (why.status == PR_E_POINTER && error)
            (*error)->code = PREACHES_ERROR_REFUSED;
        goto out;
    }
    if (!preaches_open_image(&check, file.temporary, PR_VERIFY_ALL, TRUE, from->view.epoch, error))
        goto out;
    if (image_bytes)
        *image_bytes = check.bytes;
    pr_image_close(&check);
    ok = new_file_pack(&file, pack, error) && new_file_commit(&file, error);
out:
    new_file_fini(&file);
    return ok;
}

/* ---- incremental epochs ---- */

static gboolean open_pair(const char *delta_path, const char *spool, guint64 epoch, PrImage *delta,
                          PrImage *base, GError **error)
{
    g_autofree char *name = NULL, *dir = NULL, *base_path = NULL;
    PrError why = {0};

    if (pr_image_open_delta(delta, delta_path, PR_VERIFY_ALL, &why) != PR_OK) {
        preaches_error_take(error, &why, delta_path);
        return FALSE;
    }
    if (delta->view.epoch == epoch) {
        name = g_strdup_printf("%s.class.img",
                               delta->desc.layouts[delta->view.layout].arch->name);
        dir = preaches_epoch_dir(spool, delta->view.base_epoch);
        base_path = g_build_filename(dir, name, NULL);
        if (preaches_open_image(base, base_path, PR_VERIFY_ALL, FALSE, delta->view.base_epoch,
                                error))
            return TRUE;
    } else {
        preaches_fail_damaged(error, delta_path, "meta: image of another epoch");
    }
    pr_image_close(delta);
    return FALSE;
}

/* Where the program left only what changed, the whole class image is made of it and the image that
 * it builds on, so that recovery never depends on a chain. */
static gboolean make_whole(const Job *job, const char *spool, const char *dir, guint32 cls,
                           guint64 epoch, GError **error)
{
    const char *class = job->desc.layouts[pr_desc_class_layout(&job->desc, cls)].arch->name;
    g_autofree char *name = g_strdup_printf("%s.class.img", class);
    g_autofree char *delta_path = g_strdup_printf("%s/%s.delta.img", dir, class);
    NewFile file = {.fd = -1};
    PrImage delta, base;
    PrError why = {0};
    gboolean ok = FALSE;

    if (!g_file_test(delta_path, G_FILE_TEST_EXISTS))
        return TRUE;
    if (!open_pair(delta_path, spool, epoch, &delta, &base, error))
        return FALSE;
    if (!new_file_open(&file, dir, name, error))
        goto out;
    if (pr_image_merge(&base, &delta, file.fd, &why) != PR_OK) {
        preaches_error_take(error, &why, delta_path);
        goto out;
    }
    ok = new_file_commit(&file, error) && g_unlink(delta_path) == 0;
out:
    new_file_fini(&file);
    pr_image_close(&delta);
    pr_image_close(&base);
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
    if (make_whole(&job, spool, dir, job.desc.layouts[layout].cls, epoch, error) &&
        open_class(&image, &job, path, epoch, error)) {
        ok = hold_layout(&job, &image, dir, (guint32)layout, PREACHES_PACK_NONE, image_bytes, error);
        pr_image_close(&image);
    }
out:
    job_close(&job);
    return ok;
}

/* ---- commit ---- */

/* Why there is no image for an architecture: ARCH.refused, for whoever asks for one. */
static gboolean note_refusal(const char *dir, const char *arch, const char *why, GError **error)
{
    g_autofree char *path = g_strdup_printf("%s/%s" REFUSED_SUFFIX, dir, arch);

    return g_file_set_contents(path, why, -1, error);
}

/* The program has left it as it is. */
static gboolean pack_class(const char *dir, const char *path, PreachesPack pack, GError **error)
{
    g_autofree char *name = g_path_get_basename(path);
    NewFile file = {.fd = -1};
    gboolean ok = pack == PREACHES_PACK_NONE ||
                  (new_file_open(&file, dir, name, error) && preaches_pack_to(path, pack, file.fd, error) &&
                   new_file_commit(&file, error));

    new_file_fini(&file);
    return ok;
}

/* Holds the class's architectures and adds their lines. FALSE on error. */
static gboolean commit_class(const Job *job, const char *spool, const char *dir, guint64 epoch,
                             guint32 cls, PreachesPack pack, GString *lines, int *n_images, GError **error)
{
    g_autofree char *path = class_path(job, dir, cls);
    PrImage image;
    gboolean ok = TRUE;

    if (!make_whole(job, spool, dir, cls, epoch, error))
        return FALSE;
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return TRUE; /* refused for this class, or not wanted */
    if (!open_class(&image, job, path, epoch, error))
        return FALSE;
    for (guint32 i = 0; ok && i < job->desc.n_layouts; i++) {
        const char *arch = job->desc.layouts[i].arch->name;
        g_autofree char *exe = preaches_exe_path(job->program, arch);
        g_autofree char *held = g_strdup_printf("%s/%s.img", dir, arch);
        guint64 bytes = 0;
        PreachesHash hash, exe_hash;

        if (job->desc.layouts[i].cls != cls || !g_file_test(exe, G_FILE_TEST_EXISTS))
            continue; /* not built for this architecture: nothing could be resolved or started */
        GError *why = NULL;
        ok = hold_layout(job, &image, dir, i, pack, NULL, &why);
        if (!ok && g_error_matches(why, PREACHES_ERROR, PREACHES_ERROR_REFUSED)) {
            ok = note_refusal(dir, arch, why->message, error); /* the others stand */
            g_clear_error(&why);
            continue;
        }
        if (why)
            g_propagate_error(error, why);
        ok = ok && preaches_hash_file(exe, &bytes, &exe_hash, error) &&
             preaches_hash_file(held, &bytes, &hash, error);
        if (ok) {
            g_string_append_printf(lines, "%s %" G_GUINT64_FORMAT " %s %s\n", arch, bytes,
                                   hash.text, exe_hash.text);
            ++*n_images;
        }
    }
    pr_image_close(&image);
    return ok && pack_class(dir, path, pack, error);
}

static gboolean write_commit(const char *dir, GString *lines, GError **error)
{
    PreachesHash hash = preaches_hash_bytes(lines->str, lines->len);
    NewFile file = {.fd = -1};
    gboolean ok = FALSE;

    g_string_append_printf(lines, "%s\n", hash.text);
    if (new_file_open(&file, dir, COMMIT_FILE, error)) {
        ok = write(file.fd, lines->str, lines->len) == (ssize_t)lines->len;
        ok = ok ? new_file_commit(&file, error) : preaches_fail_errno(error, file.temporary);
    }
    new_file_fini(&file);
    return ok;
}

int preaches_commit(const char *program, const char *spool, guint64 epoch, PreachesPack pack, GError **error)
{
    g_autofree char *dir = preaches_epoch_dir(spool, epoch);
    g_autoptr(GString) lines = g_string_new(NULL);
    int n_images = 0;
    gboolean ok;
    Job job;

    ok = job_open(&job, program, error);
    for (guint32 cls = 0; ok && cls < job.desc.n_classes; cls++)
        ok = commit_class(&job, spool, dir, epoch, cls, pack, lines, &n_images, error);
    if (ok && n_images > 0) /* the folder's own entry must be durable before it counts */
        ok = preaches_sync(spool, error) && write_commit(dir, lines, error);
    job_close(&job);
    return ok ? n_images : -1;
}

/* ---- conversion at the time of recovery (strategy L) ---- */

/* Writes the class image for layout `layout`; the note of a dangling pointer goes to *note. */
static gboolean convert_to_class(const PrImage *from, guint32 layout, NewFile *to, char **note,
                                 GError **error)
{
    PrError why = {0}, dangling = {0};
    PrConvertStats stats = {0};

    if (pr_convert_write(&from->view, from->desc.layouts[layout].cls, to->fd, NULL, &stats,
                         &dangling, &why) != PR_OK) {
        preaches_error_take(error, &why, to->path);
        return FALSE;
    }
    if (note && stats.dangling)
        *note = g_strdup_printf("%" G_GUINT64_FORMAT " dangling pointers, first %s",
                                (guint64)stats.dangling, dangling.path);
    return TRUE;
}

static gboolean resolve_to(const char *program, const char *class_image, guint32 layout,
                           NewFile *to, GError **error)
{
    g_autofree guint64 *addr = NULL;
    PrError why = {0};
    PrImage image;
    guint n_addr = 0;
    gboolean ok = FALSE;
    Job job;

    if (job_open(&job, program, error) && open_class(&image, &job, class_image, 0, error)) {
        addr = read_symbols(&job, job.desc.layouts[layout].arch->name, &n_addr, error);
        ok = addr && pr_image_resolve(&image, layout, addr, n_addr, to->fd, &why) == PR_OK;
        if (addr && !ok)
            preaches_error_take(error, &why, to->path);
        pr_image_close(&image);
    }
    job_close(&job);
    return ok;
}

gboolean preaches_convert(const char *image, const char *arch, const char *program,
                          const char *out_path, PreachesPack pack, char **note, GError **error)
{
    g_autofree char *dir = g_path_get_dirname(out_path), *name = g_path_get_basename(out_path);
    g_autofree char *class_name = g_strdup_printf("%s.class", name);
    NewFile cls = {.fd = -1}, out = {.fd = -1};
    PrImage from;
    gboolean ok = FALSE;
    int layout;

    if (note)
        *note = NULL;
    if (!preaches_open_image(&from, image, PR_VERIFY_ALL, FALSE, 0, error))
        return FALSE;
    layout = pr_desc_layout(&from.desc, arch);
    if (layout < 0) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED,
                    "%s: the program was not built for %s", image, arch);
        goto out;
    }
    ok = new_file_open(&out, dir, name, error);
    if (ok && !program) {
        ok = convert_to_class(&from, (guint32)layout, &out, note, error);
    } else if (ok) {
        ok = new_file_open(&cls, dir, class_name, error) &&
             convert_to_class(&from, (guint32)layout, &cls, note, error) &&
             resolve_to(program, cls.temporary, (guint32)layout, &out, error);
    }
    ok = ok && new_file_pack(&out, pack, error) && new_file_commit(&out, error);
out:
    new_file_fini(&cls);
    new_file_fini(&out);
    pr_image_close(&from);
    return ok;
}
