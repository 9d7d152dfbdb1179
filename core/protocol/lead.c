/* The leader's rounds and the record: what a majority has stored under the leader's own term is
 * decided. A new leader has the newest record of those that voted for it, stores it anew under its
 * term, and acts only then: what an earlier leader may have had decided is not lost. */
#include "protojob.h"

#define OVER_TIMEOUTS 10 /* so long the end of a job is told to the members unasked */
#define REPORT_ROUNDS 16 /* how often images are asked for when nothing needs them */

gboolean pp_record_decided(const PpJob *job)
{
    return job->committed.term == job->record.version.term &&
           job->committed.seq >= job->record.version.seq;
}

static void tell_finished(PpJob *job)
{
    PpAction *action;

    if (job->told_finished || !job->record.finished || !pp_record_decided(job))
        return;
    job->told_finished = TRUE;
    action = pp_notify(job, PP_NOTICE_FINISHED);
    action->status = job->record.status;
    action->term = job->record.finish_term;
    pp_trace(job, "knows that the job is over, status %d", job->record.status);
}

/* The newest decided version can only grow. */
static void learn_committed(PpJob *job, PpVersion committed)
{
    if (pp_version_compare(committed, job->committed) <= 0)
        return;
    job->committed = committed;
    tell_finished(job);
    pp_collect_garbage(job);
}

static void take_record(PpJob *job, const PpMessage *message)
{
    const PpMember *me = pp_member(&job->record, pp_self(job));

    if (me && job->join_class == PP_NO_CLASS) /* should it have to ask to be taken in again */
        job->join_class = me->class_id;
    job->record = message->record;
    if (g_bytes_get_size(job->spec) == 0 && message->spec_bytes > 0) {
        g_bytes_unref(job->spec);
        job->spec = g_bytes_new(message->spec, message->spec_bytes);
    }
    pp_peers_update(job);
    pp_changed(job);
    job->join_ns = pp_is_member(job) ? G_MAXINT64 : MIN(job->join_ns, pp_now(job));
}

void pp_learn(PpJob *job, const PpMessage *message)
{
    if (message->has_record && job->role != PP_LEADER &&
        pp_version_compare(message->record.version, job->record.version) > 0)
        take_record(job, message);
    learn_committed(job, message->committed);
    tell_finished(job);
}

/* ---- rounds ---- */

void pp_round(PpJob *job)
{
    gboolean want = job->phase <= PP_PHASE_CHOOSE;
    PpMessage m;

    want |= (job->round_ns / job->node->config.heartbeat_ns) % REPORT_ROUNDS == 0;
    job->round_ns = pp_now(job) + job->node->config.heartbeat_ns;
    if (job->role == PP_LEADER)
        pp_promise(job, pp_self(job), job->term);
    for (guint i = 0; i < job->peers->len; i++) {
        const PpPeer *peer = &g_array_index(job->peers, PpPeer, i);
        pp_message_init(job, &m, PP_APPEND, peer->node);
        m.flags = want ? PP_FLAG_WANT_IMAGES : 0;
        if (job->creating && job->role != PP_LEADER) {
            m.flags |= PP_FLAG_CREATE;
            m.term = 0;
        }
        m.has_record = pp_version_compare(peer->stored, job->record.version) < 0;
        if (m.has_record) {
            m.record = job->record;
            m.spec = g_bytes_get_data(job->spec, NULL);
            m.spec_bytes = (guint32)g_bytes_get_size(job->spec);
        }
        pp_send(job, &m);
    }
}

void pp_append_taken(PpJob *job, const PpMessage *message)
{
    gboolean create = (message->flags & PP_FLAG_CREATE) != 0;
    gboolean stale = message->term < job->term && !pp_bug(job, PP_BUG_OLD_TERM);
    PpMessage m;

    if (!stale && !create) {
        if (message->term > job->term || job->role != PP_FOLLOWER ||
            job->leader != message->from) {
            pp_trace(job, "term %" G_GUINT64_FORMAT ": leader is %u", message->term, message->from);
            pp_follow(job, message->term, message->from);
            pp_detector_init(&job->leader_heard, pp_now(job));
        }
        pp_detector_heard(&job->leader_heard, pp_now(job));
        pp_promise(job, message->from, message->term);
        job->creating = FALSE;
    }
    if (!stale && message->has_record &&
        pp_version_compare(message->record.version, job->record.version) > 0)
        take_record(job, message);
    learn_committed(job, message->committed);
    if (message->has_record)
        pp_collect_garbage(job);
    tell_finished(job);
    pp_message_init(job, &m, PP_ACK, message->from);
    m.sent_ns = message->sent_ns;
    m.flags = stale ? 0 : PP_FLAG_OK;
    if (pp_bug(job, PP_BUG_OLD_TERM))
        m.term = message->term;
    if (message->flags & PP_FLAG_WANT_IMAGES)
        pp_report(job, &m);
    pp_send_saved(job, &m);
}

void pp_ack_taken(PpJob *job, const PpMessage *message)
{
    PpPeer *peer = pp_peer(job, message->from);

    if (message->term > job->term) {
        pp_follow(job, message->term, PP_NOBODY);
        return;
    }
    if (!peer || message->sent_ns > pp_now(job) || !(message->flags & PP_FLAG_OK) ||
        message->from_incarnation != pp_member(&job->record, message->from)->incarnation)
        return;
    if (job->creating && job->role == PP_FOLLOWER)
        peer->stored = message->version;
    if (job->role != PP_LEADER || message->term != job->term)
        return;
    peer->acked_ns = MAX(peer->acked_ns, message->sent_ns);
    pp_detector_heard(&peer->detector, pp_now(job));
    if (pp_version_compare(message->version, peer->stored) > 0)
        peer->stored = message->version;
    peer->load = message->load;
    if (message->flags & PP_FLAG_REPORT) {
        peer->reported = TRUE;
        peer->n_images = message->n_images;
        memcpy(peer->images, message->images, sizeof message->images);
    }
    pp_fence(job);
    pp_check_decided(job);
}

/* ---- proposals ---- */

void pp_propose(PpJob *job, const PpRecord *record)
{
    PpVersion last = job->record.version;

    if (record != &job->record)
        job->record = *record;
    job->record.version = (PpVersion){job->term, last.term == job->term ? last.seq + 1 : 1};
    job->proposed = TRUE;
    pp_peers_update(job);
    pp_changed(job);
    pp_round(job);
}

void pp_check_decided(PpJob *job)
{
    PpVersion version = job->record.version;
    guint n = 0;

    if (job->role != PP_LEADER || !job->proposed)
        return;
    if (pp_is_member(job) && pp_version_compare(job->stored, version) >= 0)
        n++;
    for (guint i = 0; i < job->peers->len; i++)
        if (pp_version_compare(g_array_index(job->peers, PpPeer, i).stored, version) >= 0)
            n++;
    if (n < pp_majority(job))
        return;
    job->proposed = FALSE;
    learn_committed(job, version);
    pp_decided(job);
}

void pp_lead(PpJob *job)
{
    pp_trace(job, "term %" G_GUINT64_FORMAT ": is elected", job->term);
    job->role = PP_LEADER;
    job->leader = pp_self(job);
    job->creating = FALSE;
    job->elected_ns = pp_now(job);
    job->by_transfer = job->released_term != 0;
    job->released_term = 0;
    job->no_start = job->checkpointing = job->checkpoint_wanted = FALSE;
    pp_move_forget(job);
    job->making.active = FALSE;
    job->deaths = 0;
    job->last_epoch = 0;
    for (guint i = 0; i < job->peers->len; i++) {
        PpPeer *peer = &g_array_index(job->peers, PpPeer, i);
        peer->stored = (PpVersion){0, 0};
        peer->reported &= peer->granted;
        pp_detector_init(&peer->detector, pp_now(job));
    }
    pp_notify(job, PP_NOTICE_ELECTED)->term = job->term;
    pp_phase(job, PP_PHASE_ADOPT);
    pp_propose(job, &job->record);
}

/* ---- time ---- */

gint64 pp_lead_wake(const PpJob *job)
{
    gint64 at = job->round_ns;

    if (job->role == PP_LEADER && job->run == PP_RUN_ALIVE)
        at = MIN(at, MAX(pp_lease_until(job), pp_now(job) + 1));
    return job->role == PP_LEADER || job->creating ? at : G_MAXINT64;
}

/* At most one change of the record is on its way. */
void pp_propose_next(PpJob *job)
{
    PpRecord next;

    if (job->proposed || job->phase == PP_PHASE_ADOPT || job->record.finished)
        return;
    if (job->phase == PP_PHASE_FINISH) {
        next = job->record;
        next.finished = TRUE;
        next.status = job->exit_status;
        next.finish_term = job->term;
        pp_propose(job, &next);
    } else if (pp_epoch_change(job, &next) || pp_membership_change(job, &next)) {
        pp_propose(job, &next);
    }
}

void pp_lead_tick(PpJob *job)
{
    const PpConfig *config = &job->node->config;
    gint64 until = pp_lease_until(job);
    gboolean due = pp_now(job) >= job->round_ns;

    if (job->role != PP_LEADER) {
        if (job->creating && due)
            pp_round(job);
        return;
    }
    if (pp_now(job) >= until && job->run == PP_RUN_ALIVE && !pp_bug(job, PP_BUG_NO_FENCE)) {
        pp_trace(job, "term %" G_GUINT64_FORMAT ": its lease is over: fences itself", job->term);
        pp_follow(job, job->term, PP_NOBODY);
        return;
    }
    if (pp_now(job) >= MAX(until, job->elected_ns) + config->lease_ns + config->detect_ns) {
        if (!pp_bug(job, PP_BUG_NO_FENCE)) {
            pp_follow(job, job->term, PP_NOBODY);
            return;
        }
    }
    if (job->phase == PP_PHASE_OVER &&
        pp_now(job) >= job->phase_ns + OVER_TIMEOUTS * config->detect_ns) {
        pp_follow(job, job->term, PP_NOBODY);
        return;
    }
    if (due)
        pp_round(job);
    pp_takeover_step(job);
    if (job->role == PP_LEADER)
        pp_epoch_tick(job, due);
    if (job->role == PP_LEADER)
        pp_propose_next(job);
}
