/* The agent's main thread: what happened goes into the protocol, what it wants is carried out. */
#include "agent_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <linux/magic.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

/* An agent that was just killed takes its guard with it a moment later. */
enum { LOCK_TRIES = 60, LOCK_AGAIN_US = 50000 };

/* ---- between threads ---- */

void agent_say(Agent *agent, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, format);
    text = g_strdup_vprintf(format, ap);
    va_end(ap);
    agent->say(text);
}

void agent_event(Agent *agent, const AgentJob *job, const char *format, ...)
{
    g_autoptr(GString) line = NULL;
    va_list ap;

    if (agent->events < 0)
        return;
    line = g_string_new(NULL);
    g_string_append_printf(line, "%" G_GINT64_FORMAT " %s ", preaches_clock_ns(), job->hex);
    va_start(ap, format);
    g_string_append_vprintf(line, format, ap);
    va_end(ap);
    g_string_append_c(line, '\n');
    /* in one piece: several threads append */
    if (write(agent->events, line->str, line->len) != (ssize_t)line->len)
        agent_say(agent, "%s: %s", agent->config->events, g_strerror(errno));
}

typedef struct Post {
    Agent *agent;
    void (*call)(Agent *agent, gpointer data);
    gpointer data;
    GDestroyNotify free_data;
} Post;

static gboolean on_post(gpointer data)
{
    const Post *post = data;

    post->call(post->agent, post->data);
    return G_SOURCE_REMOVE;
}

static void post_free(gpointer data)
{
    Post *post = data;

    if (post->free_data)
        post->free_data(post->data);
    g_free(post);
}

void agent_post(Agent *agent, void (*call)(Agent *agent, gpointer data), gpointer data,
                GDestroyNotify free_data)
{
    Post *post = g_new(Post, 1);

    *post = (Post){agent, call, data, free_data};
    g_idle_add_full(G_PRIORITY_DEFAULT, on_post, post, post_free);
}

typedef struct Call {
    void (*call)(Agent *agent, gpointer data);
    gpointer data;
    GMutex lock;
    GCond over;
    gboolean done;
} Call;

static void on_call(Agent *agent, gpointer data)
{
    Call *call = data;

    call->call(agent, call->data);
    g_mutex_lock(&call->lock);
    call->done = TRUE;
    g_cond_signal(&call->over);
    g_mutex_unlock(&call->lock);
}

void agent_call(Agent *agent, void (*call)(Agent *agent, gpointer data), gpointer data)
{
    Call c = {.call = call, .data = data};

    g_mutex_init(&c.lock);
    g_cond_init(&c.over);
    agent_post(agent, on_call, &c, NULL);
    g_mutex_lock(&c.lock);
    while (!c.done)
        g_cond_wait(&c.over, &c.lock);
    g_mutex_unlock(&c.lock);
    g_mutex_clear(&c.lock);
    g_cond_clear(&c.over);
}

/* ---- jobs and peers ---- */

AgentJob *agent_find_job(Agent *agent, PpId id)
{
    AgentJob *found = NULL;

    g_mutex_lock(&agent->jobs_lock);
    for (guint i = 0; i < agent->jobs->len && !found; i++)
        if (pp_id_equal(((AgentJob *)agent->jobs->pdata[i])->id, id))
            found = agent->jobs->pdata[i];
    g_mutex_unlock(&agent->jobs_lock);
    return found;
}

AgentPeer *agent_find_peer(Agent *agent, guint32 node)
{
    for (guint i = 0; i < agent->peers->len; i++)
        if (((AgentPeer *)agent->peers->pdata[i])->config->node == node)
            return agent->peers->pdata[i];
    return NULL;
}

AgentPeer *agent_peer_named(Agent *agent, const char *name)
{
    for (guint i = 0; i < agent->peers->len; i++)
        if (strcmp(((AgentPeer *)agent->peers->pdata[i])->config->name, name) == 0)
            return agent->peers->pdata[i];
    return NULL;
}

static AgentJob *add_job(Agent *agent, PpId id, const guint8 *spec, gsize n)
{
    g_autoptr(GError) error = NULL;
    AgentJob *job = agent_job_new(agent, id, spec, n,
                                  &error);

    if (!job) {
        agent_say(agent, "a job is refused: %s", error->message);
        return NULL;
    }
    g_mutex_lock(&agent->jobs_lock);
    g_ptr_array_add(agent->jobs, job);
    g_mutex_unlock(&agent->jobs_lock);
    agent_work_exes(agent, job);
    return job;
}

/* The job of an action; one that is seen for the first time gets its folder. NULL: its description is
 * malformed. */
static AgentJob *action_job(Agent *agent, const PpAction *action)
{
    AgentJob *job = agent_find_job(agent, action->job);

    for (guint i = 0; !job && i < pp_node_n_jobs(agent->node); i++) {
        PpJobStatus status;
        pp_node_status(agent->node, preaches_clock_ns(), i, &status);
        if (pp_id_equal(status.job, action->job) && status.spec_bytes > 0)
            return add_job(agent, status.job, status.spec, status.spec_bytes);
    }
    return job;
}

/* ---- actions ---- */

static void notice(Agent *agent, AgentJob *job, const PpAction *action)
{
    static const char *const events[] = {
        [PP_NOTICE_PRIMARY] = "primary",     [PP_NOTICE_COMMITTED] = "committed",
        [PP_NOTICE_ABANDONED] = "abandoned", [PP_NOTICE_FINISHED] = "finished",
        [PP_NOTICE_WAITING] = "waiting",     [PP_NOTICE_OLDER] = "older",
        [PP_NOTICE_SUSPECT] = "suspect"};
    static const char *const words[] = {
        [PP_NOTICE_COMMITTED] = "committed",
        [PP_NOTICE_ABANDONED] = "given up",
        [PP_NOTICE_FINISHED] = "finished",
        [PP_NOTICE_WAITING] = "nobody who holds it answers; waiting",
        [PP_NOTICE_OLDER] = "nobody who holds it answers; an older one is taken"};

    agent_event(agent, job, "%s %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, events[action->notice],
                action->term ? action->term : action->epoch.term, action->epoch.epoch);
    if (action->notice == PP_NOTICE_FINISHED)
        agent_say(agent, "job %.8s: finished with status %d", job->hex, action->status);
    else if (action->notice == PP_NOTICE_ELECTED)
        agent_say(agent, "job %.8s: is elected in term %" G_GUINT64_FORMAT, job->hex,
                  action->term);
    else if (action->notice == PP_NOTICE_PRIMARY)
        agent_say(agent, "job %.8s: this workstation is the primary of term %" G_GUINT64_FORMAT,
                  job->hex, action->term);
    else if (action->notice == PP_NOTICE_SUSPECT)
        agent_say(agent, "job %.8s: its primary is silent", job->hex);
    else
        agent_say(agent, "job %.8s: epoch %" G_GUINT64_FORMAT ": %s", job->hex, action->epoch.epoch,
                  words[action->notice]);
    if (action->notice == PP_NOTICE_FINISHED)
        agent_files_bring_home(agent, job, action->term);
}

static void act(Agent *agent, const PpAction *action)
{
    AgentJob *job;

    if (action->kind == PP_SEND) {
        agent_net_send(agent, action->peer, action->bytes);
        return;
    }
    job = action_job(agent, action);
    if (!job) {
        if (action->token)
            pp_node_done(agent->node, preaches_clock_ns(), action->token, FALSE);
        return;
    }
    switch (action->kind) {
    case PP_SEND:
    case PP_SAVE:
    case PP_FETCH:
    case PP_SYNC:
    case PP_DROP:
        agent_work_disk(agent, job, action);
        break;
    case PP_START:
        agent_run_start(agent, job, action);
        break;
    case PP_FENCE:
        agent_run_fence(agent, job, action->until_ns);
        break;
    case PP_CHECKPOINT:
        agent_run_checkpoint(agent, job);
        break;
    case PP_KILL:
        agent_run_kill(agent, job);
        break;
    case PP_NOTIFY:
        notice(agent, job, action);
        break;
    }
}

static gboolean on_wake(gpointer data)
{
    Agent *agent = data;

    agent->wake_source = 0;
    pp_node_tick(agent->node, preaches_clock_ns());
    agent_act(agent);
    return G_SOURCE_REMOVE;
}

void agent_act(Agent *agent)
{
    PpAction action;
    gint64 wake, left_ms;

    while (agent->node && pp_node_next(agent->node, &action)) {
        act(agent, &action);
        pp_action_clear(&action);
    }
    if (!agent->node)
        return;
    if (agent->wake_source)
        g_source_remove(agent->wake_source);
    agent->wake_source = 0;
    wake = pp_node_wake_ns(agent->node);
    if (wake == G_MAXINT64)
        return;
    left_ms = (wake - preaches_clock_ns() + 999999) / 1000000;
    agent->wake_source = g_timeout_add_full(G_PRIORITY_HIGH, (guint)CLAMP(left_ms, 0, 60000),
                                            on_wake, agent, NULL);
}

/* ---- begin and end ---- */

/* A number that this spool has had since it was made: a disk that was lost is another one. */
static gboolean take_incarnation(Agent *agent, GError **error)
{
    g_autofree char *path = g_build_filename(agent->config->spool, "incarnation", NULL);
    g_autofree char *text = NULL;
    g_autofree char *made = NULL;

    if (g_file_get_contents(path, &text, NULL, NULL)) {
        if (g_ascii_string_to_unsigned(g_strstrip(text), 16, 1, G_MAXUINT64, &agent->incarnation,
                                       NULL))
            return TRUE;
        return preaches_fail_damaged(error, path, "not a number");
    }
    if (getrandom(&agent->incarnation, sizeof agent->incarnation, 0) !=
        (ssize_t)sizeof agent->incarnation)
        return preaches_fail_errno(error, path);
    agent->incarnation |= 1;
    made = g_strdup_printf("%" G_GINT64_MODIFIER "x\n", agent->incarnation);
    return g_file_set_contents_full(path, made, -1,
                                    G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                    0600, error) &&
           preaches_sync(agent->config->spool, error);
}

static gboolean open_spool(Agent *agent, GError **error)
{
    g_autofree char *jobs = g_build_filename(agent->config->spool, "jobs", NULL);
    g_autofree char *lock = g_build_filename(agent->config->spool, "lock", NULL);
    gboolean locked = FALSE;

    if (g_mkdir_with_parents(jobs, 0700) != 0 || g_chmod(agent->config->spool, 0700) != 0)
        return preaches_fail_errno(error, jobs);
    agent->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (agent->lock < 0)
        return preaches_fail_errno(error, lock);
    for (guint try = 0; try < LOCK_TRIES && !locked; try++) {
        locked = flock(agent->lock, LOCK_EX | LOCK_NB) == 0;
        if (!locked)
            g_usleep(LOCK_AGAIN_US);
    }
    if (!locked) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: another agent uses it",
                    agent->config->spool);
        return FALSE;
    }
    return take_incarnation(agent, error);
}

static gboolean open_events(Agent *agent, GError **error)
{
    const char *path = agent->config->events;

    if (!path)
        return TRUE;
    agent->events = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return agent->events >= 0 || preaches_fail_errno(error, path);
}

static void restore_job(Agent *agent, const char *hex)
{
    g_autofree char *path =
        g_build_filename(agent->config->spool, "jobs", hex, "state", NULL);
    g_autofree char *state = NULL;
    g_autoptr(GArray) images = NULL;
    gsize n = 0;
    AgentJob *job;
    PpId id;
    PpJobStatus status;

    if (!agent_id_parse(hex, &id) || !g_file_get_contents(path, &state, &n, NULL))
        return;
    if (!pp_node_restore(agent->node, preaches_clock_ns(), (const guint8 *)state, n, NULL, 0)) {
        agent_say(agent, "%s: damaged: this job is left alone", path);
        return;
    }
    pp_node_status(agent->node, preaches_clock_ns(), pp_node_n_jobs(agent->node) - 1, &status);
    job = add_job(agent, id, status.spec, status.spec_bytes);
    if (!job)
        return;
    images = agent_job_scan(job);
    pp_node_images(agent->node, id, (const PpImage *)(const void *)images->data, images->len);
}

static void restore_jobs(Agent *agent)
{
    g_autofree char *path = g_build_filename(agent->config->spool, "jobs", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir)) != NULL)
        restore_job(agent, name);
}

static gboolean on_signal(gpointer data)
{
    Agent *agent = data;

    g_main_loop_quit(agent->loop);
    return G_SOURCE_CONTINUE;
}

static void make_peers(Agent *agent)
{
    for (guint i = 0; i < agent->config->peers->len; i++) {
        AgentPeer *peer = g_new0(AgentPeer, 1);
        peer->config = agent->config->peers->pdata[i];
        peer->agent = agent;
        peer->queue = g_async_queue_new_full((GDestroyNotify)g_bytes_unref);
        g_ptr_array_add(agent->peers, peer);
    }
}

/* With encryption, images are open only in memory: in a folder of this spool's own, new at each start. */
static gboolean open_seal(Agent *agent, GError **error)
{
    g_autofree char *key = g_strdup_printf("%s/%s.seal", agent->config->keys, agent->config->name);
    g_autofree char *spool = g_canonicalize_filename(agent->config->spool, NULL);
    PreachesHash hash = preaches_hash_bytes(spool, strlen(spool));
    struct statfs system;

    if (!agent->config->encrypt)
        return TRUE;
    if (!preaches_seal_key_load(&agent->seal, key, error))
        return FALSE;
    if (statfs(agent->config->memory, &system) != 0)
        return preaches_fail_errno(error, agent->config->memory);
    if (system.f_type != TMPFS_MAGIC)
        return preaches_fail(error, PREACHES_ERROR_USAGE, "%s: not in memory (a tmpfs): [agent] memory=",
                             agent->config->memory);
    agent->memory = g_strdup_printf("%s/preaches-%u-%.16s", agent->config->memory, (guint)geteuid(), hash.text);
    preaches_tree_remove(agent->memory); /* of a life that was killed */
    return g_mkdir(agent->memory, 0700) == 0 || preaches_fail_errno(error, agent->memory);
}

static gboolean begin(Agent *agent, GError **error)
{
    PpMember self = {.node = agent->config->node};

    if (!open_spool(agent, error) || !open_events(agent, error) || !open_seal(agent, error))
        return FALSE;
    agent->guard = preaches_guard_start(error); /* before any thread */
    if (agent->guard < 0)
        return FALSE;
    agent->tls = preaches_tls_new(agent->config->keys, agent->config->name, error);
    if (!agent->tls)
        return FALSE;
    signal(SIGPIPE, SIG_IGN);
    self.incarnation = agent->incarnation;
    g_strlcpy(self.arch, agent->config->arch, sizeof self.arch);
    agent->node = pp_node_new(&agent->config->timing, &self, preaches_clock_ns());
    make_peers(agent);
    agent_work_init(agent);
    restore_jobs(agent);
    return agent_net_start(agent, error) && agent_control_start(agent, error);
}

/* Programs are killed; the rest goes with the process: what must last is on the disk. */
static void end(Agent *agent)
{
    g_atomic_int_set(&agent->stopping, 1);
    for (guint i = 0; i < agent->jobs->len; i++)
        agent_run_end(agent->jobs->pdata[i]);
    g_clear_pointer(&agent->node, pp_node_free);
    if (agent->memory)
        preaches_tree_remove(agent->memory);
}

int preaches_agent_run(const PreachesAgentConfig *config, void (*say)(const char *text),
                       GError **error)
{
    Agent *agent = g_new0(Agent, 1); /* threads look at it until the process ends */

    agent->config = config;
    agent->say = say;
    agent->guard = agent->listener = agent->control = agent->lock = agent->events = -1;
    agent->peers = g_ptr_array_new();
    agent->jobs = g_ptr_array_new();
    g_mutex_init(&agent->jobs_lock);
    agent->loop = g_main_loop_new(NULL, FALSE);
    if (!begin(agent, error))
        return -1;
    g_unix_signal_add(SIGTERM, on_signal, agent);
    g_unix_signal_add(SIGINT, on_signal, agent);
    agent_say(agent, "%s (node %u, %s) listens on %s", config->name, config->node, config->arch,
              config->address);
    agent_act(agent);
    g_main_loop_run(agent->loop);
    end(agent);
    return 128 + SIGTERM;
}
