/* A node: its jobs, what comes in and what goes out. Whatever came in, the same follows: what has
 * changed is saved, and a leader makes the step that may have become possible. */
#include "protojob.h"

#include <stdarg.h>

enum { MAX_JOBS = 256 };
#define SAVE_AGAIN_NS G_GINT64_CONSTANT(1000000000)
#define MS            G_GINT64_CONSTANT(1000000)

const PpConfig pp_config_default = {.heartbeat_ns = 50 * MS,
                                    .detect_ns = 200 * MS,
                                    .lease_ns = 200 * MS,
                                    .kill_ns = 20 * MS,
                                    .drift_ppm = 1000,
                                    .election_ns = 300 * MS,
                                    .prepare_ns = 120000 * MS,
                                    .choose_ns = 100 * MS,
                                    .patience_ns = 60000 * MS,
                                    .remove_ns = 600000 * MS,
                                    .tries = 3};

const char *pp_config_check(const PpConfig *c)
{
    if (c->heartbeat_ns <= 0 || c->detect_ns <= c->heartbeat_ns)
        return "the detector's time-out must be longer than a heartbeat";
    if (c->drift_ppm >= 100000)
        return "clocks that drift by a tenth cannot keep a lease";
    if (c->kill_ns < 0 || c->lease_ns - c->kill_ns <= 2 * c->heartbeat_ns)
        return "the lease must be longer than two heartbeats and a kill";
    if (c->election_ns <= 0 || c->prepare_ns <= 0 || c->choose_ns < 0 || c->patience_ns < 0 ||
        c->remove_ns < 0 || c->phi < 0 || c->phi > 300)
        return "a time is negative";
    return NULL;
}

gboolean pp_id_equal(PpId a, PpId b) { return a.high == b.high && a.low == b.low; }

int pp_version_compare(PpVersion a, PpVersion b)
{
    if (a.term != b.term)
        return a.term < b.term ? -1 : 1;
    return a.seq < b.seq ? -1 : a.seq > b.seq ? 1 : 0;
}

/* ---- out ---- */

void pp_trace(const PpJob *job, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    if (!job->node->trace)
        return;
    va_start(ap, format);
    text = g_strdup_vprintf(format, ap);
    va_end(ap);
    job->node->trace(text, job->node->trace_data);
}

PpAction *pp_act(PpJob *job, PpActionKind kind)
{
    PpAction *action = g_new0(PpAction, 1);

    action->kind = kind;
    action->job = job->id;
    g_queue_push_tail(&job->node->actions, action);
    return action;
}

PpAction *pp_notify(PpJob *job, PpNotice notice)
{
    PpAction *action = pp_act(job, PP_NOTIFY);

    action->notice = notice;
    return action;
}

void pp_action_clear(PpAction *action)
{
    g_clear_pointer(&action->bytes, g_bytes_unref);
}

gboolean pp_node_next(PpNode *node, PpAction *action)
{
    g_autofree PpAction *first = g_queue_pop_head(&node->actions);

    if (first)
        *action = *first;
    return first != NULL;
}

void pp_message_init(const PpJob *job, PpMessage *message, PpMessageType type, guint32 to)
{
    memset(message, 0, sizeof *message);
    message->type = type;
    message->job = job->id;
    message->from = pp_self(job);
    message->to = to;
    message->from_incarnation = job->node->self.incarnation;
    message->term = job->term;
    message->sent_ns = pp_now(job);
    message->version = job->record.version;
    message->committed = job->committed;
    message->load = job->node->load;
}

static void send_bytes(PpJob *job, guint32 to, GBytes *bytes)
{
    PpAction *action = pp_act(job, PP_SEND);

    action->peer = to;
    action->bytes = bytes;
}

void pp_send(PpJob *job, const PpMessage *message)
{
    send_bytes(job, message->to, pp_message_encode(message));
}

void pp_send_saved(PpJob *job, const PpMessage *message)
{
    PpWaiting *waiting;

    if (job->saved >= job->change) {
        pp_send(job, message);
        return;
    }
    waiting = g_new0(PpWaiting, 1);
    waiting->change = job->change;
    waiting->to = message->to;
    waiting->bytes = pp_message_encode(message);
    g_queue_push_tail(&job->waiting, waiting);
}

/* ---- saving ---- */

void pp_changed(PpJob *job) { job->change++; }

static void save(PpJob *job)
{
    PpSaved saved;
    PpAction *action;

    if (job->save_token || job->saved >= job->change || job->record.n_members == 0 ||
        pp_now(job) < job->save_again_ns)
        return;
    saved = (PpSaved){.job = job->id,
                      .node = pp_self(job),
                      .incarnation = job->node->self.incarnation,
                      .term = job->term,
                      .voted_for = job->voted_for,
                      .record = job->record,
                      .spec = g_bytes_get_data(job->spec, NULL),
                      .spec_bytes = (guint32)g_bytes_get_size(job->spec)};
    job->save_token = ++job->node->tokens;
    job->saving = job->change;
    job->saving_version = job->record.version;
    action = pp_act(job, PP_SAVE);
    action->token = job->save_token;
    action->bytes = pp_saved_encode(&saved);
}

static void save_done(PpJob *job, gboolean ok)
{
    job->save_token = 0;
    if (!ok) {
        pp_trace(job, "its state cannot be saved");
        job->save_again_ns = pp_now(job) + SAVE_AGAIN_NS;
        return;
    }
    job->saved = job->saving;
    job->stored = job->saving_version;
    for (PpWaiting *first; (first = g_queue_peek_head(&job->waiting)) != NULL;) {
        if (first->change > job->saved)
            break;
        send_bytes(job, first->to, first->bytes);
        g_free(g_queue_pop_head(&job->waiting));
    }
    if (job->role == PP_CANDIDATE)
        pp_check_won(job);
    pp_check_decided(job);
}

/* After whatever came in. */
static void settle(PpJob *job)
{
    if (job->role == PP_LEADER) {
        pp_fence(job);
        pp_takeover_step(job);
    }
    if (job->role == PP_LEADER)
        pp_propose_next(job);
    save(job);
}

/* ---- jobs ---- */

static PpJob *find_job(const PpNode *node, PpId id)
{
    for (guint i = 0; i < node->jobs->len; i++) {
        PpJob *job = node->jobs->pdata[i];
        if (pp_id_equal(job->id, id))
            return job;
    }
    return NULL;
}

static PpJob *job_new(PpNode *node, PpId id, const guint8 *spec, gsize spec_bytes)
{
    PpJob *job = g_new0(PpJob, 1);

    job->node = node;
    job->id = id;
    job->spec = g_bytes_new(spec, spec_bytes);
    job->peers = g_array_new(FALSE, TRUE, sizeof(PpPeer));
    job->images = g_array_new(FALSE, TRUE, sizeof(PpLocal));
    g_queue_init(&job->waiting);
    job->join_ns = G_MAXINT64;
    job->join_class = PP_NO_CLASS;
    job->promise_until_ns = node->now_ns;
    job->election_ns = node->now_ns + node->config.detect_ns;
    job->fence_ns = PP_LONG_AGO;
    g_ptr_array_add(node->jobs, job);
    return job;
}

static void job_free(gpointer data)
{
    PpJob *job = data;

    for (PpWaiting *w; (w = g_queue_pop_head(&job->waiting)) != NULL; g_free(w))
        g_bytes_unref(w->bytes);
    g_bytes_unref(job->spec);
    g_array_unref(job->peers);
    g_array_unref(job->images);
    g_free(job);
}

PpNode *pp_node_new(const PpConfig *config, const PpMember *self, gint64 now_ns)
{
    PpNode *node = g_new0(PpNode, 1);

    g_assert(pp_config_check(config) == NULL && self->node != PP_NOBODY);
    node->config = *config;
    node->phi_sigmas = pp_detector_sigmas(config->phi);
    node->self = *self;
    node->now_ns = now_ns;
    node->jobs = g_ptr_array_new_with_free_func(job_free);
    g_queue_init(&node->actions);
    return node;
}

void pp_node_free(PpNode *node)
{
    PpAction action;

    if (!node)
        return;
    while (pp_node_next(node, &action))
        pp_action_clear(&action);
    g_ptr_array_unref(node->jobs);
    g_free(node);
}

void pp_node_on_trace(PpNode *node, void (*trace)(const char *text, gpointer data), gpointer data)
{
    node->trace = trace;
    node->trace_data = data;
}

static void clock_set(PpNode *node, gint64 now_ns) { node->now_ns = MAX(node->now_ns, now_ns); }

gboolean pp_node_create(PpNode *node, gint64 now_ns, PpId id, const PpRecord *record,
                        const guint8 *spec, gsize spec_bytes)
{
    PpRecord first = *record;
    PpJob *job;

    clock_set(node, now_ns);
    first.version = (PpVersion){0, 1};
    first.n_epochs = 0;
    first.finished = FALSE;
    first.status = 0;
    first.finish_term = 0;
    if (!pp_record_valid(&first) || !pp_member(&first, node->self.node) ||
        spec_bytes > PP_MAX_SPEC || find_job(node, id) || node->jobs->len >= MAX_JOBS)
        return FALSE;
    job = job_new(node, id, spec, spec_bytes);
    job->record = first;
    job->creating = TRUE;
    job->round_ns = node->now_ns;
    job->election_ns = node->now_ns + node->config.heartbeat_ns;
    pp_peers_update(job);
    pp_changed(job);
    pp_lead_tick(job);
    settle(job);
    return TRUE;
}

gboolean pp_node_restore(PpNode *node, gint64 now_ns, const guint8 *saved, gsize bytes,
                         const PpImage *images, guint n_images)
{
    PpSaved state;
    PpJob *job;

    clock_set(node, now_ns);
    if (!pp_saved_decode(&state, saved, bytes) || state.node != node->self.node ||
        state.incarnation != node->self.incarnation || find_job(node, state.job))
        return FALSE;
    job = job_new(node, state.job, state.spec, state.spec_bytes);
    job->term = state.term;
    job->voted_for = state.voted_for;
    job->record = state.record;
    job->stored = state.record.version;
    for (guint i = 0; i < MIN(n_images, PP_MAX_IMAGES); i++)
        pp_image_held(job, &images[i]);
    /* It may have promised anything just before it stopped. */
    pp_promise(job, PP_NOBODY, 0);
    pp_peers_update(job);
    if (!pp_is_member(job))
        job->join_ns = node->now_ns;
    return TRUE;
}

void pp_node_images(PpNode *node, PpId id, const PpImage *images, guint n_images)
{
    PpJob *job = find_job(node, id);

    for (guint i = 0; job && i < n_images && job->images->len < PP_MAX_IMAGES; i++)
        pp_image_held(job, &images[i]);
}

void pp_node_join(PpNode *node, gint64 now_ns, PpId id, guint32 peer, guint16 class_id)
{
    PpJob *job = find_job(node, id);

    clock_set(node, now_ns);
    if (!job && node->jobs->len < MAX_JOBS)
        job = job_new(node, id, (const guint8 *)"", 0);
    if (!job)
        return;
    job->join_class = class_id;
    job->join_peer = peer;
    pp_join_ask(job);
    settle(job);
}

/* ---- in ---- */

static gboolean names_me(const PpNode *node, const PpMessage *message)
{
    const PpMember *me =
        message->has_record ? pp_member(&message->record, node->self.node) : NULL;

    return me && me->incarnation == node->self.incarnation;
}

static void take(PpJob *job, const PpMessage *message)
{
    static void (*const takers[PP_N_MESSAGES])(PpJob *, const PpMessage *) = {
        [PP_APPEND] = pp_append_taken,         [PP_ACK] = pp_ack_taken,
        [PP_VOTE_REQUEST] = pp_vote_requested, [PP_VOTE] = pp_vote_taken,
        [PP_PREPARE] = pp_prepare_taken,       [PP_PREPARED] = pp_prepared_taken,
        [PP_TRANSFER] = pp_transfer_taken,     [PP_JOIN] = pp_join_taken};

    takers[message->type](job, message);
}

gboolean pp_node_message(PpNode *node, gint64 now_ns, guint32 from, const guint8 *bytes, gsize n)
{
    g_autofree PpMessage *message = g_new(PpMessage, 1);
    PpJob *job;

    clock_set(node, now_ns);
    if (!pp_message_decode(message, bytes, n) || message->from != from ||
        message->to != node->self.node || from == node->self.node)
        return FALSE;
    job = find_job(node, message->job);
    if (!job && message->type == PP_APPEND && names_me(node, message) &&
        node->jobs->len < MAX_JOBS)
        job = job_new(node, message->job, message->spec, message->spec_bytes);
    if (!job)
        return TRUE; /* well formed, and of a job that is not ours */
    take(job, message);
    settle(job);
    return TRUE;
}

void pp_node_tick(PpNode *node, gint64 now_ns)
{
    clock_set(node, now_ns);
    for (guint i = 0; i < node->jobs->len; i++) {
        PpJob *job = node->jobs->pdata[i];
        if (node->now_ns >= job->join_ns)
            pp_join_ask(job);
        pp_election_tick(job);
        pp_lead_tick(job);
        settle(job);
    }
}

void pp_node_done(PpNode *node, gint64 now_ns, guint64 token, gboolean ok)
{
    clock_set(node, now_ns);
    for (guint i = 0; i < node->jobs->len; i++) {
        PpJob *job = node->jobs->pdata[i];
        if (job->save_token == token && token)
            save_done(job, ok);
        else if (!pp_image_done(job, token, ok))
            continue;
        settle(job);
        return;
    }
}

void pp_node_event(PpNode *node, gint64 now_ns, const PpEvent *event)
{
    PpJob *job = find_job(node, event->job);

    clock_set(node, now_ns);
    if (!job)
        return;
    pp_event_taken(job, event);
    settle(job);
}

gboolean pp_node_request(PpNode *node, gint64 now_ns, PpId id, PpRequestKind kind, guint32 target)
{
    PpJob *job = find_job(node, id);

    clock_set(node, now_ns);
    if (!job || job->role != PP_LEADER || job->phase >= PP_PHASE_FINISH)
        return FALSE;
    if (kind == PP_REQUEST_CHECKPOINT)
        job->checkpoint_wanted = TRUE;
    else if (!pp_move_wish(job, target))
        return FALSE;
    pp_lead_tick(job);
    settle(job);
    return TRUE;
}

void pp_node_load(PpNode *node, guint32 load) { node->load = load; }

gint64 pp_node_wake_ns(const PpNode *node)
{
    gint64 at = G_MAXINT64;

    for (guint i = 0; i < node->jobs->len; i++) {
        const PpJob *job = node->jobs->pdata[i];
        at = MIN(at, MIN(job->join_ns, MIN(pp_election_wake(job), pp_lead_wake(job))));
        if (job->saved < job->change && !job->save_token && job->record.n_members > 0)
            at = MIN(at, job->save_again_ns);
    }
    return at;
}

/* ---- status ---- */

guint pp_node_n_jobs(const PpNode *node) { return node->jobs->len; }

void pp_node_status(const PpNode *node, gint64 now_ns, guint index, PpJobStatus *status)
{
    static const char *const roles[] = {"follower", "candidate", "leader"};
    PpJob *job = node->jobs->pdata[index];
    gsize spec_bytes;

    *status = (PpJobStatus){.job = job->id,
                            .term = job->term,
                            .leader = job->leader,
                            .role = roles[job->role],
                            .phase = job->role == PP_LEADER ? pp_phase_name(job->phase) : "",
                            .lease_ns = pp_lease_until(job) - now_ns,
                            .record = &job->record,
                            .committed = pp_record_decided(job),
                            .move = job->move,
                            .move_to = job->move_to};
    status->spec = g_bytes_get_data(job->spec, &spec_bytes);
    status->spec_bytes = spec_bytes;
    for (guint i = 0; i < job->record.n_members; i++) {
        const PpPeer *peer = pp_peer(job, job->record.members[i].node);
        if (peer ? pp_peer_alive(job, peer) : job->record.members[i].node == pp_self(job))
            status->alive |= 1u << i;
    }
}
