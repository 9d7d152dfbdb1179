/* The files of a job that is submitted with --files=copy. Each life of the program has a working folder of its
 * own, made from a bundle: the one of the epoch that it goes on from, or the first. When the program has ended,
 * its last bundle goes to all members, and from there to the folder in which the job was submitted. */
#include "agent_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RESULT_TRIES = 1000 };
#define AGAIN_US  300000
#define PAUSE_US  10000000
#define QUICK     100 /* tries before the pauses become long */
#define WORK_NAME "work-"

/* ---- submission ---- */

gboolean agent_file_sha256(const char *path, AgentExe *file, GError **error)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree guint8 *chunk = g_malloc(PREACHES_FRAME_LIMIT);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = 0;

    while (fd >= 0 && (n = read(fd, chunk, PREACHES_FRAME_LIMIT)) > 0) {
        g_checksum_update(sum, chunk, n);
        file->bytes += (guint64)n;
    }
    if (fd < 0 || n < 0)
        preaches_fail_errno(error, path);
    if (fd >= 0)
        close(fd);
    file->sha256 = g_strdup(g_checksum_get_string(sum));
    return fd >= 0 && n == 0;
}

/* A spool in the folder would be in its own bundles. */
static gboolean holds_spool(const Agent *agent, const char *dir)
{
    g_autofree char *spool = realpath(agent->config->spool, NULL), *folder = realpath(dir, NULL);
    gsize n = folder ? strlen(folder) : 0;

    return spool && folder && strncmp(spool, folder, n) == 0 && (spool[n] == '/' || spool[n] == '\0' || n == 1);
}

gboolean agent_files_register(Agent *agent, AgentSpec *spec, const char *job_dir, GError **error)
{
    g_autofree char *path = g_build_filename(job_dir, "files.0", NULL);

    if (!agent_spec_output(spec))
        return preaches_fail(error, PREACHES_ERROR_USAGE,
                             "with --files=copy, the output must be in the working folder %s", spec->dir);
    if (holds_spool(agent, spec->dir))
        return preaches_fail(error, PREACHES_ERROR_USAGE,
                             "the working folder %s holds the agent's spool: not with --files=copy", spec->dir);
    if (spec->classes->len >= PP_MAX_CLASSES)
        return preaches_fail(error, PREACHES_ERROR_FAILED, "%s: too many layout classes", spec->program);
    if (!preaches_bundle_make(spec->dir, path, agent->config->files_bytes, error))
        return FALSE;
    spec->files = g_new0(AgentExe, 1);
    spec->home = agent->config->node;
    return agent_file_sha256(path, spec->files, error);
}

/* ---- at epochs and starts ---- */

gboolean agent_files_take(Agent *agent, const AgentJob *job, guint64 term, guint64 epoch, GError **error)
{
    PpImage image = {.epoch = epoch, .term = term, .class_id = PP_FILES_CLASS};
    g_autofree char *work = agent_job_work(job, term), *path = agent_job_image(job, &image);

    return preaches_bundle_make(work, path, agent->config->files_bytes, error);
}

/* Folders of lives that are over. */
static void remove_old(const AgentJob *job)
{
    g_autoptr(GDir) dir = g_dir_open(job->dir, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(job->dir, name, NULL);
        if (g_str_has_prefix(name, WORK_NAME))
            preaches_tree_remove(path);
    }
}

gboolean agent_files_place(const AgentJob *job, guint64 term, const PpImage *files, GError **error)
{
    g_autofree char *work = agent_job_work(job, term);
    g_autofree char *bundle = files->epoch ? agent_job_image(job, files) : agent_job_files(job);

    remove_old(job);
    if (g_mkdir(work, 0700) != 0)
        return preaches_fail_errno(error, work);
    return preaches_bundle_unpack(bundle, work, NULL, error);
}

/* ---- the end ---- */

gboolean agent_files_result(Agent *agent, const AgentJob *job, guint64 term, GError **error)
{
    g_autofree char *work = agent_job_work(job, term), *path = agent_job_result(job, term);

    if (!preaches_bundle_make(work, path, agent->config->files_bytes, error))
        return FALSE;
    preaches_tree_remove(work);
    return TRUE;
}

typedef struct Result {
    Agent *agent;
    AgentJob *job;
    guint64 term;
} Result;

static gboolean get_result(const Result *r, const char *path)
{
    g_autofree char *what = g_strdup_printf("result %s %" G_GUINT64_FORMAT, r->job->hex, r->term);
    g_autofree char *part = g_strdup_printf("%s.part", path);

    for (guint i = 0; i < r->agent->peers->len; i++) {
        const AgentPeer *peer = r->agent->peers->pdata[i];
        if (!agent_net_get(r->agent, peer->config->node, what, part, 0600, r->agent->config->files_bytes, NULL, NULL))
            continue;
        if (preaches_bundle_verify(part, NULL) && preaches_sync(part, NULL) && g_rename(part, path) == 0)
            return TRUE;
        g_unlink(part);
    }
    return FALSE;
}

static void put_home(const Result *r, const char *path)
{
    g_autofree char *base = agent_job_files(r->job), *marker = g_strdup_printf("%s.home", path);
    g_autoptr(GError) error = NULL;

    if (!g_file_test(marker, G_FILE_TEST_EXISTS)) {
        if (!preaches_bundle_unpack(path, r->job->spec->dir, base, &error) ||
            !g_file_set_contents(marker, "", 0, &error)) {
            agent_say(r->agent, "job %.8s: its files stay in %s: %s", r->job->hex, path, error->message);
            return;
        }
        agent_say(r->agent, "job %.8s: its files are in %s", r->job->hex, r->job->spec->dir);
    }
    g_atomic_int_set(&r->job->is_home, 1);
}

static gpointer result_thread(gpointer data)
{
    g_autofree Result *r = data;
    g_autofree char *path = agent_job_result(r->job, r->term);
    gboolean have = g_file_test(path, G_FILE_TEST_EXISTS);

    for (guint try = 0; !have && try < RESULT_TRIES && !g_atomic_int_get(&r->agent->stopping); try++) {
        have = get_result(r, path);
        if (!have)
            g_usleep(try < QUICK ? AGAIN_US : PAUSE_US);
    }
    if (have && r->job->spec->home == r->agent->config->node)
        put_home(r, path);
    return NULL;
}

void agent_files_bring_home(Agent *agent, AgentJob *job, guint64 term)
{
    Result *r;

    if (!job->spec->files || job->fetching_result)
        return;
    job->fetching_result = TRUE;
    r = g_new(Result, 1);
    *r = (Result){agent, job, term};
    g_thread_unref(g_thread_new("result", result_thread, r));
}
