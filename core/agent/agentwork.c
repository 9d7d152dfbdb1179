/* Disk work, in two pools: the protocol's state on one thread, so that no image holds it up; images
 * and executables on a few. */
#include "agent_priv.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { WORKERS = 4, EXE_TRIES = 100 };
#define EXE_AGAIN_US 300000

typedef enum WorkKind { WORK_DISK, WORK_START, WORK_IMAGES, WORK_EXES, WORK_RESULT } WorkKind;

typedef struct Work {
    WorkKind kind;
    Agent *agent;
    AgentJob *job;
    PpAction action; /* bytes: a reference */
    guint64 term, epoch;
    int status; /* WORK_RESULT: the program's */
    gboolean ok;
    guint64 received; /* PP_FETCH: bytes that came over the link */
    char *image;   /* WORK_START: native image to start from */
    PpEvent event; /* WORK_IMAGES */
} Work;

static void work_free(gpointer data)
{
    Work *work = data;

    pp_action_clear(&work->action);
    g_free(work->image);
    g_free(work);
}

static void complain(const Work *work, const GError *error)
{
    if (error)
        agent_say(work->agent, "job %.8s: %s", work->job->hex, error->message);
}

/* ---- executables ---- */

/* Whether it is the very file that the owner registered. */
static gboolean exe_is_registered(const char *path, const AgentExe *exe)
{
    AgentExe now = {0};
    gboolean same = agent_file_sha256(path, &now, NULL) && now.bytes == exe->bytes &&
                    strcmp(now.sha256, exe->sha256) == 0;

    g_free(now.sha256);
    return same;
}

static char *exe_path(const AgentJob *job, const AgentExe *exe)
{
    return exe == job->spec->files ? agent_job_files(job) : preaches_exe_path(job->program, exe->arch);
}

static gboolean get_exe(Work *work, const AgentExe *exe, guint32 node)
{
    AgentJob *job = work->job;
    g_autofree char *path = exe_path(job, exe);
    g_autofree char *part = g_strdup_printf("%s.part%p", path, (void *)work);
    g_autofree char *what = g_strdup_printf("exe %s %s", job->hex, exe->sha256);

    if (!agent_net_get(work->agent, node, what, part, 0700, exe->bytes, NULL, NULL))
        return FALSE;
    if (exe_is_registered(part, exe) && preaches_sync(part, NULL) && g_rename(part, path) == 0)
        return TRUE;
    g_unlink(part);
    return FALSE;
}

/* There, and as registered; else from `first`, else from any peer. A file that is not as registered is
 * never run: it is replaced, or the start fails. */
static gboolean ensure_file(Work *work, const AgentExe *exe, guint32 first)
{
    g_autofree char *path = exe_path(work->job, exe);

    if (exe_is_registered(path, exe))
        return TRUE;
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        agent_say(work->agent, "job %.8s: %s is not the registered %s: refused", work->job->hex, path,
                  exe == work->job->spec->files ? "folder" : "executable");
    if (first != PP_NOBODY && get_exe(work, exe, first))
        return TRUE;
    for (guint i = 0; i < work->agent->peers->len; i++) {
        const AgentPeer *peer = work->agent->peers->pdata[i];
        if (peer->config->node != first && get_exe(work, exe, peer->config->node))
            return TRUE;
    }
    return FALSE;
}

static gboolean ensure_exe(Work *work, const char *arch, guint32 first)
{
    const AgentExe *exe = agent_spec_exe(work->job->spec, arch);

    return exe && ensure_file(work, exe, first);
}

/* What this workstation itself needs: its own, and the one whose description it reads. */
static gboolean ensure_own(Work *work, guint32 first)
{
    const char *arch = work->agent->config->arch;

    return ensure_exe(work, preaches_native_arch(), first) &&
           (strcmp(arch, preaches_native_arch()) == 0 || ensure_exe(work, arch, first));
}

/* What a holder of a class's images needs: without the executables of those architectures, and the one whose
 * description is read, they would be worth nothing once who submitted the job is gone. */
static gboolean ensure_class(Work *work, guint32 class_id, guint32 first)
{
    const GPtrArray *exes = work->job->spec->exes;
    gboolean all = ensure_exe(work, preaches_native_arch(), first);

    for (guint i = 0; i < exes->len && all; i++) {
        const AgentExe *exe = exes->pdata[i];
        all = exe->class_id != class_id || ensure_file(work, exe, first);
    }
    return all;
}

/* All, so that they outlive who submitted the job. */
static void work_exes(Work *work)
{
    for (guint try = 0; try < EXE_TRIES && !g_atomic_int_get(&work->agent->stopping); try++) {
        gboolean all = ensure_own(work, PP_NOBODY);
        for (guint i = 0; i < work->job->spec->exes->len; i++)
            all &= ensure_file(work, work->job->spec->exes->pdata[i], PP_NOBODY);
        if (work->job->spec->files)
            all &= ensure_file(work, work->job->spec->files, PP_NOBODY);
        if (all) {
            g_atomic_int_set(&work->job->has_exes, TRUE);
            agent_event(work->agent, work->job, "exes");
            return;
        }
        g_usleep(EXE_AGAIN_US);
    }
}

/* ---- images ---- */

static gboolean is_native_here(const Work *work, const PpImage *image)
{
    const AgentExe *exe = agent_spec_exe(work->job->spec, work->agent->config->arch);

    return exe && exe->class_id == image->class_id;
}

static gboolean fetch(Work *work, GError **error)
{
    const PpImage *image = &work->action.image;
    g_autofree char *path = agent_job_image(work->job, image);
    g_autofree char *part = g_strdup_printf("%s.part", path);
    g_autofree char *what =
        g_strdup_printf("image %s %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %u", work->job->hex,
                        image->term, image->epoch, image->class_id);

    if (!path)
        return preaches_fail_damaged(error, work->job->dir, "a class that the job does not have");
    if (image->class_id == PP_FILES_CLASS && image->bytes > work->agent->config->files_bytes)
        return preaches_fail(error, PREACHES_ERROR_FAILED, "the job's files are more than this workstation takes");
    /* What cannot be compressed becomes a little longer. */
    return agent_net_get(work->agent, work->action.peer, what, part, 0600, image->bytes + image->bytes / 256 + 4096,
                         &work->received, error) &&
           preaches_unpack_here(part, image->bytes, error);
}

static gboolean has_hash(const char *path, const PpImage *image, GError **error)
{
    PreachesHash hash;
    guint64 bytes;

    if (!preaches_hash_file(path, &bytes, &hash, error))
        return FALSE;
    for (guint i = 0; i < sizeof image->hash; i++)
        if (bytes != image->bytes || g_ascii_xdigit_value(hash.text[2 * i]) != image->hash[i] >> 4 ||
            g_ascii_xdigit_value(hash.text[2 * i + 1]) != (image->hash[i] & 15))
            return preaches_fail_damaged(error, path, "not the image that was sent");
    return TRUE;
}

static gboolean resolve(Work *work, const PpImage *image, GError **error)
{
    g_autofree char *spool = agent_job_term_dir(work->job, image->term);

    if (!ensure_own(work, work->action.peer)) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "no executable for %s",
                    work->agent->config->arch);
        return FALSE;
    }
    return preaches_hold(work->job->program, spool, image->epoch, work->agent->config->arch, NULL,
                         error);
}

static gboolean verify_part(const char *part, const PpImage *image, GError **error)
{
    PrImage open;

    if (image->class_id == PP_FILES_CLASS)
        return preaches_bundle_verify(part, error);
    if (!preaches_open_image(&open, part, PR_VERIFY_ALL, FALSE, image->epoch, error))
        return FALSE;
    pr_image_close(&open);
    return TRUE;
}

/* As they rest: the class image, and the native one that was made of it. */
static gboolean seal_held(const Work *work, const char *path, GError **error)
{
    g_autofree char *dir = g_path_get_dirname(path);
    g_autofree char *native = g_strdup_printf("%s/%s.img", dir, work->agent->config->arch);

    return (!is_native_here(work, &work->action.image) || agent_job_seal(work->job, native, error)) &&
           agent_job_seal(work->job, path, error);
}

/* Verify, make durable, rename, resolve: told at the head of holder.c. */
static gboolean hold(Work *work, GError **error)
{
    const PpImage *image = &work->action.image;
    g_autofree char *path = agent_job_image(work->job, image);
    g_autofree char *part = g_strdup_printf("%s.part", path);
    g_autofree char *dir = g_path_get_dirname(path), *spool = g_path_get_dirname(dir);

    if (image->class_id != PP_FILES_CLASS && !g_atomic_int_get(&work->job->has_exes) &&
        !ensure_class(work, image->class_id, work->action.peer))
        return preaches_fail(error, PREACHES_ERROR_FAILED, "an epoch's executables cannot be had");
    if (!has_hash(part, image, error) || !verify_part(part, image, error) || !preaches_sync(part, error))
        return FALSE;
    if (g_rename(part, path) != 0)
        return preaches_fail_errno(error, path);
    return preaches_sync(dir, error) && preaches_sync(spool, error) &&
           preaches_sync(work->job->dir, error) &&
           (!is_native_here(work, image) || resolve(work, image, error)) && seal_held(work, path, error);
}

static gboolean disk(Work *work, GError **error)
{
    switch (work->action.kind) {
    case PP_SAVE:
        return agent_job_save(work->job, work->action.bytes, error);
    case PP_FETCH:
        return fetch(work, error);
    case PP_SYNC:
        return hold(work, error);
    default:
        agent_job_drop(work->job, &work->action.image, work->agent->config->arch);
        return TRUE;
    }
}

/* ---- before a start ---- */

static gboolean verify_native(const char *path, const PpImage *image, GError **error)
{
    PrImage open;

    if (!preaches_open_image(&open, path, PR_VERIFY_ALL, TRUE, image->epoch, error))
        return FALSE;
    pr_image_close(&open);
    return TRUE;
}

/* The working folder of this life, with the files of the same epoch. */
static gboolean place_files(Work *work, GError **error)
{
    const PpImage *files = &work->action.files;
    g_autofree char *path = files->epoch ? agent_job_image(work->job, files) : NULL;

    if (!work->job->spec->files)
        return TRUE;
    if (work->action.image.epoch != files->epoch || (!path && !ensure_file(work, work->job->spec->files, PP_NOBODY)))
        return preaches_fail(error, PREACHES_ERROR_FAILED, "the files of epoch %" G_GUINT64_FORMAT " are missing",
                             work->action.image.epoch);
    return (!path || (agent_job_unseal(work->job, path, error) && has_hash(path, files, error))) &&
           agent_files_place(work->job, work->term, files, error);
}

/* The native image, made again of the class image if it is not there. */
static gboolean open_native(Work *work, const char *class_path, GError **error)
{
    const PpImage *image = &work->action.image;
    g_autofree char *note = NULL;

    if (!work->action.convert && agent_job_unseal(work->job, work->image, NULL) &&
        g_file_test(work->image, G_FILE_TEST_EXISTS))
        return TRUE;
    if (!agent_job_unseal(work->job, class_path, error) || !has_hash(class_path, image, error))
        return FALSE;
    return work->action.convert ? preaches_convert(class_path, work->agent->config->arch, work->job->program,
                                                   work->image, PREACHES_PACK_NONE, &note, error)
                                : resolve(work, image, error);
}

static gboolean prepare_start(Work *work, GError **error)
{
    const PpImage *image = &work->action.image;
    const char *arch = work->agent->config->arch;
    g_autofree char *class_path = image->epoch ? agent_job_image(work->job, image) : NULL;
    g_autofree char *dir = class_path ? g_path_get_dirname(class_path) : NULL;
    gboolean ok;

    if (!ensure_own(work, PP_NOBODY))
        return preaches_fail(error, PREACHES_ERROR_FAILED, "no registered executable for %s", arch);
    if (!place_files(work, error))
        return FALSE;
    if (image->epoch == 0)
        return TRUE;
    if (!class_path)
        return preaches_fail_damaged(error, work->job->dir, "a class that the job does not have");
    work->image = g_strdup_printf("%s/%s.img", dir, arch);
    ok = open_native(work, class_path, error);
    agent_job_close(work->job, class_path);
    return ok && verify_native(work->image, image, error);
}

/* ---- after a checkpoint ---- */

typedef struct Reading { /* of one image */
    Work *work;
    PpImage image;
    gboolean ok;
} Reading;

static gpointer read_image(gpointer data)
{
    Reading *r = data;
    AgentJob *job = r->work->job;
    g_autofree char *path = agent_job_image(job, &r->image);

    r->ok = path && g_file_test(path, G_FILE_TEST_EXISTS) && agent_job_read_image(job, &r->image, NULL) &&
            agent_job_seal(job, path, NULL);
    return NULL;
}

/* All at a time: nothing is sent before they have their hashes. An epoch without the files that belong to it
 * is none. */
static void read_images(Work *work, GError **error)
{
    const AgentSpec *spec = work->job->spec;
    guint n = spec->classes->len + (spec->files ? 1 : 0);
    Reading reading[PP_MAX_CLASSES];
    GThread *thread[PP_MAX_CLASSES];

    if (spec->files && !agent_files_take(work->agent, work->job, work->term, work->epoch, error))
        n = 0;
    for (guint i = 0; i < n; i++) {
        reading[i] = (Reading){.work = work, .image = {.epoch = work->epoch, .term = work->term}};
        reading[i].image.class_id = i < spec->classes->len ? (guint16)i : PP_FILES_CLASS;
        thread[i] = g_thread_new("hash", read_image, &reading[i]);
    }
    for (guint i = 0; i < n; i++) {
        g_thread_join(thread[i]);
        if (reading[i].ok && (reading[i].image.class_id != PP_FILES_CLASS || work->event.n_images))
            work->event.images[work->event.n_images++] = reading[i].image;
    }
    work->event.kind = work->event.n_images ? PP_EVENT_IMAGES : PP_EVENT_NO_IMAGES;
    work->event.job = work->job->id;
    work->event.term = work->term;
}

/* ---- the pools ---- */

static void done(Agent *agent, gpointer data)
{
    Work *work = data;

    if (!agent->node)
        return;
    if (work->kind == WORK_START)
        agent_run_ready(agent, work->job, work->term, work->ok, work->image);
    else if (work->kind == WORK_IMAGES)
        pp_node_event(agent->node, preaches_clock_ns(), &work->event);
    else if (work->kind == WORK_RESULT)
        agent_run_over(agent, work->job, work->term, work->status);
    else if (work->kind == WORK_DISK && work->action.token)
        pp_node_done(agent->node, preaches_clock_ns(), work->action.token, work->ok);
    agent_act(agent);
}

static void disk_event(const Work *work)
{
    const PpImage *image = &work->action.image;
    const char *what = work->action.kind == PP_FETCH  ? "fetched"
                       : work->action.kind == PP_SYNC ? "held"
                                                      : NULL;

    if (what && work->ok && work->action.kind == PP_FETCH)
        agent_event(work->agent, work->job,
                    "%s %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %u %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, what,
                    image->term, image->epoch, image->class_id, image->bytes, work->received);
    else if (what && work->ok)
        agent_event(work->agent, work->job,
                    "%s %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %u %" G_GUINT64_FORMAT, what,
                    image->term, image->epoch, image->class_id, image->bytes);
}

static void perform(gpointer data, gpointer user)
{
    Work *work = data;
    g_autoptr(GError) error = NULL;

    (void)user;
    switch (work->kind) {
    case WORK_DISK:
        work->ok = disk(work, &error);
        disk_event(work);
        break;
    case WORK_START:
        work->ok = prepare_start(work, &error);
        break;
    case WORK_IMAGES:
        read_images(work, &error);
        break;
    case WORK_RESULT:
        agent_files_result(work->agent, work->job, work->term, &error);
        break;
    case WORK_EXES:
        work_exes(work);
        break;
    }
    complain(work, error);
    agent_post(work->agent, done, work, work_free);
}

void agent_work_init(Agent *agent)
{
    agent->saver = g_thread_pool_new(perform, NULL, 1, TRUE, NULL);
    agent->worker = g_thread_pool_new(perform, NULL, WORKERS, FALSE, NULL);
}

static Work *work_new(Agent *agent, AgentJob *job, WorkKind kind)
{
    Work *work = g_new0(Work, 1);

    work->kind = kind;
    work->agent = agent;
    work->job = job;
    return work;
}

void agent_work_disk(Agent *agent, AgentJob *job, const PpAction *action)
{
    Work *work = work_new(agent, job, action->kind == PP_START ? WORK_START : WORK_DISK);

    work->action = *action;
    work->term = action->term;
    if (work->action.bytes)
        g_bytes_ref(work->action.bytes);
    g_thread_pool_push(action->kind == PP_SAVE ? agent->saver : agent->worker, work, NULL);
}

void agent_work_images(Agent *agent, AgentJob *job, guint64 epoch)
{
    Work *work = work_new(agent, job, WORK_IMAGES);

    work->term = job->run.term;
    work->epoch = epoch;
    g_thread_pool_push(agent->worker, work, NULL);
}

void agent_work_exes(Agent *agent, AgentJob *job)
{
    g_thread_pool_push(agent->worker, work_new(agent, job, WORK_EXES), NULL);
}

void agent_work_result(Agent *agent, AgentJob *job, int status)
{
    Work *work = work_new(agent, job, WORK_RESULT);

    work->term = job->run.term;
    work->status = status;
    g_thread_pool_push(agent->worker, work, NULL);
}
