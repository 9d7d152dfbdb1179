/* A job's folder: SPOOL/jobs/HEX/
 *     state                          what the protocol must not forget
 *     spec                           the job's description, for workstations that want to join
 *     exe/PROGRAM, exe/PROGRAM.preaches/ARCH
 *     files.0, work-T/, result-T     with --files=copy: bundles of the working folder, as it was and as it became;
 *                                    the working folder of the program's life in term T, if that is here
 *     term-T/epoch-NNNNNN/CLASS.class.img, ARCH.img, files      a spool (proc.h) for each term's primary
 */
#include "agent_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define CLASS_SUFFIX ".class.img"

char *agent_id_text(PpId id)
{
    return g_strdup_printf("%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x", id.high, id.low);
}

gboolean agent_id_parse(const char *text, PpId *id)
{
    g_autofree char *high = NULL;

    if (strlen(text) != 32 || strspn(text, "0123456789abcdef") != 32)
        return FALSE;
    high = g_strndup(text, 16);
    id->high = g_ascii_strtoull(high, NULL, 16);
    id->low = g_ascii_strtoull(text + 16, NULL, 16);
    return TRUE;
}

AgentJob *agent_job_new(const Agent *agent, PpId id, const guint8 *spec, gsize n, GError **error)
{
    AgentSpec *parsed = agent_spec_parse(spec, n, error);
    g_autofree char *siblings = NULL, *copy = NULL;
    AgentJob *job;

    if (!parsed)
        return NULL;
    job = g_new0(AgentJob, 1);
    job->id = id;
    job->hex = agent_id_text(id);
    job->spec = parsed;
    job->dir = g_build_filename(agent->config->spool, "jobs", job->hex, NULL);
    job->seal = agent->memory ? &agent->seal : NULL;
    job->pack = agent->config->compress;
    job->open_dir = agent->memory ? g_build_filename(agent->memory, job->hex, NULL) : g_strdup(job->dir);
    job->program = g_build_filename(job->dir, "exe", parsed->program, NULL);
    siblings = g_strdup_printf("%s.preaches", job->program);
    copy = g_build_filename(job->dir, "spec", NULL);
    if (g_mkdir_with_parents(siblings, 0700) != 0)
        preaches_fail_errno(error, siblings);
    else if (g_file_set_contents_full(copy, (const char *)spec, (gssize)n,
                                      G_FILE_SET_CONTENTS_CONSISTENT, 0600, error))
        return job;
    agent_job_free(job);
    return NULL;
}

void agent_job_free(AgentJob *job)
{
    if (!job)
        return;
    g_free(job->hex);
    g_free(job->dir);
    g_free(job->program);
    g_free(job->open_dir);
    g_free(job->run.spool);
    g_free(job->run.image);
    agent_spec_free(job->spec);
    g_free(job);
}

gboolean agent_job_save(const AgentJob *job, GBytes *state, GError **error)
{
    g_autofree char *path = g_build_filename(job->dir, "state", NULL);
    gsize n;
    const char *bytes = g_bytes_get_data(state, &n);

    return g_file_set_contents_full(path, bytes, (gssize)n,
                                    G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                    0600, error) &&
           preaches_sync(job->dir, error);
}

char *agent_job_work(const AgentJob *job, guint64 term)
{
    return g_strdup_printf("%s/work-%" G_GUINT64_FORMAT, job->dir, term);
}

char *agent_job_files(const AgentJob *job) { return g_build_filename(job->dir, "files.0", NULL); }

char *agent_job_result(const AgentJob *job, guint64 term)
{
    return g_strdup_printf("%s/result-%" G_GUINT64_FORMAT, job->dir, term);
}

char *agent_job_term_dir(const AgentJob *job, guint64 term)
{
    return g_strdup_printf("%s/term-%" G_GUINT64_FORMAT, job->open_dir, term);
}

char *agent_job_image(const AgentJob *job, const PpImage *image)
{
    g_autofree char *spool = agent_job_term_dir(job, image->term);
    g_autofree char *dir = preaches_epoch_dir(spool, image->epoch);

    if (image->class_id == PP_FILES_CLASS && job->spec->files)
        return g_build_filename(dir, "files", NULL);
    if (image->class_id >= job->spec->classes->len)
        return NULL;
    return g_strdup_printf("%s/%s" CLASS_SUFFIX, dir,
                           (const char *)job->spec->classes->pdata[image->class_id]);
}

/* ---- at rest ---- */

char *agent_job_sealed(const AgentJob *job, const char *path, char **name)
{
    const char *rest = path + strlen(job->open_dir);

    *name = NULL;
    if (!job->seal)
        return NULL;
    *name = g_strdup_printf("%s%s", job->hex, rest);
    return g_strdup_printf("%s%s" PREACHES_SEALED_SUFFIX, job->dir, rest);
}

/* The folders that lead to it are made, and durable. */
static gboolean make_way(const AgentJob *job, const char *sealed, GError **error)
{
    g_autofree char *epoch = g_path_get_dirname(sealed), *term = g_path_get_dirname(epoch);

    if (g_mkdir_with_parents(epoch, 0700) != 0)
        return preaches_fail_errno(error, epoch);
    return preaches_sync(term, error) && preaches_sync(job->dir, error);
}

/* `path`, or, compressed, `packed`: what is to be encrypted. NULL and error. */
static const char *seal_source(const AgentJob *job, const char *path, const char *packed, GError **error)
{
    gboolean ok;
    int fd;

    if (job->pack == PREACHES_PACK_NONE || !g_str_has_suffix(path, ".img"))
        return path;
    fd = open(packed, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ok = fd >= 0 ? preaches_pack_to(path, job->pack, fd, error) : preaches_fail_errno(error, packed);
    if (fd >= 0)
        close(fd);
    return ok ? packed : NULL;
}

gboolean agent_job_seal(const AgentJob *job, const char *path, GError **error)
{
    g_autofree char *name = NULL, *sealed = agent_job_sealed(job, path, &name);
    g_autofree char *packed = g_strdup_printf("%s.packed", path);
    const char *source;
    gboolean ok;

    if (!sealed)
        return TRUE;
    source = make_way(job, sealed, error) ? seal_source(job, path, packed, error) : NULL;
    ok = source && preaches_seal(job->seal, source, sealed, name, error);
    g_unlink(packed);
    if (ok)
        g_unlink(path);
    return ok;
}

gboolean agent_job_unseal(const AgentJob *job, const char *path, GError **error)
{
    g_autofree char *name = NULL, *sealed = agent_job_sealed(job, path, &name);
    g_autofree char *dir = g_path_get_dirname(path), *part = g_strdup_printf("%s.unsealed%p", path, (void *)&name);
    gboolean ok;
    int fd;

    if (!sealed || g_file_test(path, G_FILE_TEST_EXISTS))
        return TRUE;
    fd = g_mkdir_with_parents(dir, 0700) == 0 ? open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return preaches_fail_errno(error, part);
    ok = preaches_unseal_to(job->seal, sealed, name, fd, error);
    close(fd);
    ok = ok && preaches_unpack_here(part, G_MAXINT64, error);
    if (ok && g_rename(part, path) != 0)
        ok = preaches_fail_errno(error, path);
    if (!ok)
        g_unlink(part);
    return ok;
}

void agent_job_close(const AgentJob *job, const char *path)
{
    if (job->seal)
        g_unlink(path);
}

static gboolean rests(const AgentJob *job, const char *path)
{
    g_autofree char *name = NULL, *sealed = agent_job_sealed(job, path, &name);

    return g_file_test(sealed ? sealed : path, G_FILE_TEST_EXISTS);
}

gboolean agent_job_read_image(const AgentJob *job, PpImage *image, GError **error)
{
    g_autofree char *path = agent_job_image(job, image);
    PreachesHash hash;

    if (!path || !preaches_hash_file(path, &image->bytes, &hash, error))
        return FALSE;
    for (guint i = 0; i < sizeof image->hash; i++)
        image->hash[i] = (guint8)(g_ascii_xdigit_value(hash.text[2 * i]) << 4 |
                                  g_ascii_xdigit_value(hash.text[2 * i + 1]));
    return TRUE;
}

static void scan_epoch(const AgentJob *job, guint64 term, guint64 epoch, GArray *images)
{
    for (guint c = 0; c <= job->spec->classes->len; c++) {
        PpImage image = {.epoch = epoch, .term = term,
                         .class_id = c < job->spec->classes->len ? (guint16)c : PP_FILES_CLASS};
        g_autofree char *path = agent_job_image(job, &image);
        if (!path || !rests(job, path) || !agent_job_unseal(job, path, NULL))
            continue;
        if (agent_job_read_image(job, &image, NULL))
            g_array_append_val(images, image);
        agent_job_close(job, path);
    }
}

/* Whole is what has the hash by which it is known: the protocol compares. */
GArray *agent_job_scan(const AgentJob *job)
{
    GArray *images = g_array_new(FALSE, TRUE, sizeof(PpImage));
    g_autoptr(GDir) dir = g_dir_open(job->dir, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *spool = g_build_filename(job->dir, name, NULL); /* where they rest */
        g_autoptr(GArray) epochs = NULL;
        guint64 term;
        if (!g_str_has_prefix(name, "term-") ||
            !g_ascii_string_to_unsigned(name + strlen("term-"), 10, 1, G_MAXUINT64, &term, NULL))
            continue;
        epochs = preaches_epochs(spool, NULL);
        for (guint i = 0; epochs && i < epochs->len; i++)
            scan_epoch(job, term, g_array_index(epochs, guint64, i), images);
    }
    return images;
}

/* The folders go when they are empty. */
static void drop_file(const AgentJob *job, const char *path)
{
    g_autofree char *name = NULL, *sealed = agent_job_sealed(job, path, &name);
    g_autofree char *dir = g_path_get_dirname(path), *spool = g_path_get_dirname(dir);

    g_unlink(path);
    g_rmdir(dir);
    g_rmdir(spool);
    if (sealed) {
        g_autofree char *at_rest = g_path_get_dirname(sealed), *term = g_path_get_dirname(at_rest);
        g_unlink(sealed);
        g_rmdir(at_rest);
        g_rmdir(term);
    }
}

void agent_job_drop(const AgentJob *job, const PpImage *image, const char *arch)
{
    g_autofree char *path = agent_job_image(job, image);
    const AgentExe *exe = agent_spec_exe(job->spec, arch);
    g_autofree char *part = path ? g_strdup_printf("%s.part", path) : NULL;

    if (!path)
        return;
    g_unlink(part);
    if (exe && exe->class_id == image->class_id) {
        g_autofree char *dir = g_path_get_dirname(path), *native = g_strdup_printf("%s/%s.img", dir, arch);
        drop_file(job, native);
    }
    drop_file(job, path);
}
