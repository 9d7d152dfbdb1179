/* What an operator asks of an agent through its local socket: submit, wait, checkpoint, move, join. A job
 * in the middle of something is no answer: it is waited for, within the bound that was asked for. */
#include "agent_priv.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/random.h>

enum { MAX_WAIT_S = 86400 };
#define FILES_WAIT_US G_GINT64_CONSTANT(60000000)
#define SILENT_US G_GINT64_CONSTANT(20000000) /* so long a target may be silent while a move waits for it */

static void say(AgentQuestion *q, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void say(AgentQuestion *q, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    g_string_append(q->answer, "error ");
    g_string_append_vprintf(q->answer, format, ap);
    g_string_append_c(q->answer, '\n');
    va_end(ap);
}

static void say_no_job(AgentQuestion *q) { say(q, "no job %s here", q->word[1]); }

static gboolean job_status(Agent *agent, const char *text, PpJobStatus *status)
{
    guint n = pp_node_n_jobs(agent->node), n_found = 0;

    for (guint i = 0; i < n; i++) {
        PpJobStatus one;
        g_autofree char *hex = NULL;
        pp_node_status(agent->node, preaches_clock_ns(), i, &one);
        hex = agent_id_text(one.job);
        if (!g_str_has_prefix(hex, text) || strlen(text) < 4)
            continue;
        *status = one;
        n_found++;
    }
    return n_found == 1;
}

static const PpMember *find_member(const PpRecord *record, guint32 node)
{
    for (guint i = 0; i < record->n_members; i++)
        if (record->members[i].node == node)
            return &record->members[i];
    return NULL;
}

/* ---- wait, checkpoint ---- */

/* Where a job with --files=copy was submitted, its end is told when its files are there: within a bound, since
 * who has them may be gone. */
static gboolean files_are_coming(Agent *agent, AgentQuestion *q, PpId id)
{
    AgentJob *job = agent_find_job(agent, id);

    if (!job || !job->spec->files || job->spec->home != agent->config->node || g_atomic_int_get(&job->is_home))
        return FALSE;
    if (q->until_us == 0)
        q->until_us = g_get_monotonic_time() + FILES_WAIT_US;
    return g_get_monotonic_time() < q->until_us;
}

void agent_answer_wait(Agent *agent, AgentQuestion *q)
{
    PpJobStatus status;

    if (!job_status(agent, q->word[1], &status))
        say_no_job(q);
    else if (!status.record->finished || !status.committed)
        q->waiting = TRUE;
    else if (files_are_coming(agent, q, status.job))
        q->waiting = TRUE;
    else
        g_string_append_printf(q->answer, "finished %d\n", status.record->status);
}

static void say_runs_elsewhere(Agent *agent, AgentQuestion *q, guint32 leader)
{
    if (leader == PP_NOBODY)
        say(q, "job %s has no primary at the moment", q->word[1]);
    else
        say(q, "job %s does not run here: ask %s", q->word[1], agent_node_name(agent, leader));
}

void agent_answer_checkpoint(Agent *agent, AgentQuestion *q)
{
    PpJobStatus status;

    if (!job_status(agent, q->word[1], &status))
        say_no_job(q);
    else if (status.record->finished)
        say(q, "job %s has ended", q->word[1]);
    else if (pp_node_request(agent->node, preaches_clock_ns(), status.job, PP_REQUEST_CHECKPOINT, PP_NOBODY))
        g_string_append(q->answer, "done\n");
    else
        say_runs_elsewhere(agent, q, status.leader);
    agent_act(agent);
}

/* ---- move ---- */

/* The first time: until when it may take. FALSE: that is no time. */
static gboolean take_bound(AgentQuestion *q, const char *seconds)
{
    guint64 bound = 0;

    if (q->until_us == 0) {
        if (!g_ascii_string_to_unsigned(seconds, 10, 1, MAX_WAIT_S, &bound, NULL)) {
            say(q, "a time to wait is 1 to %d s", MAX_WAIT_S);
            return FALSE;
        }
        q->until_us = g_get_monotonic_time() + (gint64)bound * G_USEC_PER_SEC;
    }
    return TRUE;
}

static gboolean is_over(const AgentQuestion *q) { return g_get_monotonic_time() >= q->until_us; }

static void take_back(Agent *agent, const PpJobStatus *status, guint32 target)
{
    if (status->leader == agent->config->node && status->move_to == target)
        pp_node_request(agent->node, preaches_clock_ns(), status->job, PP_REQUEST_MOVE, PP_NOBODY);
}

/* How long the target has not answered while the move waits. */
static gint64 silence_us(AgentQuestion *q, const PpJobStatus *status, const PpMember *target)
{
    gint64 now_us = g_get_monotonic_time();

    if (status->alive >> (target - status->record->members) & 1)
        q->silent_since_us = 0;
    else if (q->silent_since_us == 0)
        q->silent_since_us = now_us;
    return q->silent_since_us ? now_us - q->silent_since_us : 0;
}

/* Where it runs here: what will never do is said at once; else the wish is given to the protocol. */
static void move_from_here(Agent *agent, AgentQuestion *q, const PpJobStatus *status, guint32 target)
{
    const PpMember *member = find_member(status->record, target);
    gint64 silent_us;

    if (!member) {
        say(q, "%s has not joined job %s", q->word[2], q->word[1]);
        return;
    }
    if (member->class_id == PP_NO_CLASS) {
        say(q, "%s cannot run job %s: not built for %s", q->word[2], q->word[1], member->arch);
        return;
    }
    silent_us = silence_us(q, status, member);
    if (q->asked && status->move == PP_MOVE_FAILED) {
        say(q, "job %s stays: it could not be checkpointed", q->word[1]);
    } else if (q->asked && status->move != PP_MOVE_NONE && status->move_to != target) {
        say(q, "job %s: another move was asked for", q->word[1]);
    } else if (silent_us >= SILENT_US || (is_over(q) && silent_us > 0)) {
        take_back(agent, status, target);
        say(q, "%s is silent: job %s stays", q->word[2], q->word[1]);
    } else if (is_over(q)) {
        take_back(agent, status, target);
        say(q, "job %s is busy with an epoch: it stays", q->word[1]);
    } else {
        if (!q->asked || status->move == PP_MOVE_NONE)
            q->asked = pp_node_request(agent->node, preaches_clock_ns(), status->job, PP_REQUEST_MOVE, target);
        q->waiting = TRUE;
    }
}

void agent_answer_move(Agent *agent, AgentQuestion *q)
{
    const AgentPeer *peer = agent_peer_named(agent, q->word[2]);
    gboolean is_self = strcmp(q->word[2], agent->config->name) == 0;
    guint32 target = is_self ? agent->config->node : peer ? peer->config->node : PP_NOBODY;
    PpJobStatus status;

    if (!take_bound(q, q->word[3]))
        return;
    if (!job_status(agent, q->word[1], &status))
        say_no_job(q);
    else if (target == PP_NOBODY)
        say(q, "%s is not a peer", q->word[2]);
    else if (status.record->finished)
        say(q, "job %s has ended", q->word[1]);
    else if (status.leader == target)
        g_string_append(q->answer, "done\n");
    else if (status.leader == agent->config->node)
        move_from_here(agent, q, &status, target);
    else if (is_over(q) || (!q->asked && status.leader != PP_NOBODY))
        say_runs_elsewhere(agent, q, status.leader);
    else
        q->waiting = TRUE; /* it is on its way */
    agent_act(agent);
}

/* ---- submit ---- */

typedef struct Submission {
    AgentSpec *spec;
    char **targets; /* architectures that may carry it on; NULL: all */
    PpId id;
    PpRecord record;
    gboolean ok;
} Submission;

static void add_member(Submission *s, guint32 node, guint64 incarnation, const char *arch)
{
    gboolean may_run = s->record.n_members == 0 /* who was asked starts it */ || !s->targets ||
                       g_strv_contains((const char *const *)s->targets, arch);
    const AgentExe *exe = may_run ? agent_spec_exe(s->spec, arch) : NULL;
    PpMember *member = &s->record.members[s->record.n_members++];

    *member = (PpMember){.node = node,
                         .incarnation = incarnation,
                         .class_id = exe ? exe->class_id : PP_NO_CLASS};
    g_strlcpy(member->arch, arch, sizeof member->arch);
}

static void submit(Agent *agent, gpointer data)
{
    Submission *s = data;
    g_autofree char *text = agent_spec_text(s->spec);

    add_member(s, agent->config->node, agent->incarnation, agent->config->arch);
    for (guint i = 0; i < agent->peers->len && s->record.n_members < PP_MAX_MEMBERS; i++) {
        const AgentPeer *peer = agent->peers->pdata[i];
        if (peer->known)
            add_member(s, peer->config->node, peer->incarnation, peer->arch);
    }
    s->ok = pp_node_create(agent->node, preaches_clock_ns(), s->id, &s->record,
                           (const guint8 *)text, strlen(text));
    agent_act(agent);
}

static gboolean read_submission(Agent *agent, Submission *s, const char *body, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *program = NULL, *dir = NULL, *output = NULL, *hex = NULL, *exe_dir = NULL, *job_dir = NULL;
    g_auto(GStrv) args = NULL;
    g_auto(GStrv) images = NULL;
    int replicas, keep;

    if (!g_key_file_load_from_data(file, body, strlen(body), G_KEY_FILE_NONE, error))
        return FALSE;
    program = g_key_file_get_string(file, "job", "program", NULL);
    dir = g_key_file_get_string(file, "job", "dir", NULL);
    output = g_key_file_get_string(file, "job", "output", NULL);
    args = g_key_file_get_string_list(file, "job", "args", NULL, NULL);
    images = g_key_file_get_string_list(file, "job", "images", NULL, NULL);
    s->targets = g_key_file_get_string_list(file, "job", "targets", NULL, NULL);
    replicas = g_key_file_get_integer(file, "job", "replicas", NULL);
    keep = g_key_file_get_integer(file, "job", "keep", NULL);
    s->record.checkpoint_ns = g_key_file_get_int64(file, "job", "interval_ns", NULL);
    if (!program || !dir || !output || replicas < 0 || replicas > PP_MAX_REPLICAS || keep < 1 ||
        keep > PP_MAX_KEEP || s->record.checkpoint_ns < 0) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "malformed submission");
        return FALSE;
    }
    s->record.replicas = (guint)replicas;
    s->record.keep = (guint)keep;
    if (getrandom(&s->id, sizeof s->id, 0) != (ssize_t)sizeof s->id)
        return preaches_fail_errno(error, "getrandom");
    hex = agent_id_text(s->id);
    job_dir = g_build_filename(agent->config->spool, "jobs", hex, NULL);
    exe_dir = g_build_filename(job_dir, "exe", NULL);
    if (!args)
        args = g_new0(char *, 1);
    s->spec = agent_spec_make(program, args, dir, output, exe_dir, error);
    if (!s->spec || (g_key_file_get_boolean(file, "job", "copy_files", NULL) &&
                     !agent_files_register(agent, s->spec, job_dir, error)))
        return FALSE;
    if (!images)
        return TRUE;
    s->spec->images = g_strjoinv(",", images);
    if (agent_spec_images_valid(s->spec->images))
        return TRUE;
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "images: '%s' is unknown",
                s->spec->images);
    return FALSE;
}

void agent_answer_submit(Agent *agent, AgentQuestion *q)
{
    Submission s = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *hex = NULL;

    if (read_submission(agent, &s, q->body, &error))
        agent_call(agent, submit, &s);
    hex = agent_id_text(s.id);
    if (!s.ok) {
        g_autofree char *job_dir = g_build_filename(agent->config->spool, "jobs", hex, NULL);
        preaches_tree_remove(job_dir);
    }
    if (s.ok)
        g_string_append_printf(q->answer, "job %s %u\n", hex, s.record.n_members);
    else
        say(q, "%s", error ? error->message : "not taken");
    agent_spec_free(s.spec);
    g_strfreev(s.targets);
}

/* ---- join ---- */

typedef struct Joining {
    PpId id;
    guint32 peer;
    guint16 class_id;
} Joining;

static void join(Agent *agent, gpointer data)
{
    const Joining *j = data;

    pp_node_join(agent->node, preaches_clock_ns(), j->id, j->peer, j->class_id);
    agent_act(agent);
}

/* The class that this workstation can run is in the job's description, which a peer has. */
static gboolean find_class(Agent *agent, const char *hex, Joining *j)
{
    g_autofree char *path = g_strdup_printf("%s/joining-%s", agent->config->spool, hex);
    g_autofree char *what = g_strdup_printf("spec %s", hex);
    gboolean found = FALSE;

    for (guint i = 0; i < agent->peers->len && !found; i++) {
        g_autofree char *text = NULL;
        gsize n = 0;
        AgentSpec *spec = NULL;
        j->peer = ((const AgentPeer *)agent->peers->pdata[i])->config->node;
        if (agent_net_get(agent, j->peer, what, path, 0600, PP_MAX_SPEC, NULL, NULL) &&
            g_file_get_contents(path, &text, &n, NULL))
            spec = agent_spec_parse((const guint8 *)text, n, NULL);
        if (spec) {
            const AgentExe *exe = agent_spec_exe(spec, agent->config->arch);
            j->class_id = exe ? exe->class_id : PP_NO_CLASS;
            found = TRUE;
        }
        agent_spec_free(spec);
    }
    g_unlink(path);
    return found;
}

/* Until a majority has decided that it is one of them. */
static void is_taken_in(Agent *agent, AgentQuestion *q)
{
    PpJobStatus status;
    const PpMember *me = job_status(agent, q->word[1], &status) ? find_member(status.record, agent->config->node)
                                                                : NULL;

    if (me && me->incarnation == agent->incarnation && status.committed)
        g_string_append(q->answer, "done\n");
    else if (is_over(q))
        say(q, "job %s: its primary has not answered yet; asked again until it does", q->word[1]);
    else
        q->waiting = TRUE;
}

void agent_answer_join(Agent *agent, AgentQuestion *q)
{
    Joining j = {.class_id = PP_NO_CLASS};

    if (!take_bound(q, q->word[2]))
        return;
    if (!agent_id_parse(q->word[1], &j.id)) {
        say(q, "a job's whole number is needed, 32 digits");
    } else if (agent_find_job(agent, j.id)) {
        say(q, "this workstation has that job already");
    } else if (!find_class(agent, q->word[1], &j)) {
        say(q, "no peer that answers has that job");
    } else {
        agent_call(agent, join, &j);
        agent_ask_main(agent, is_taken_in, q);
    }
}
