/* Who leads: terms and votes. A candidate first only asks (pre-vote), so that a node that was cut off
 * does not push everybody's term up when it comes back. */
#include "protojob.h"

/* Scrambled, so that two nodes do not stand at the same time again and again. */
static gint64 jitter(const PpJob *job, gint64 limit_ns)
{
    guint64 z = ((guint64)pp_self(job) << 32) + job->term * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15) +
                (guint64)(pp_now(job) / MAX(limit_ns, 1)) * G_GUINT64_CONSTANT(0xd1b54a32d192ed03);

    z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return (gint64)((z ^ (z >> 31)) % (guint64)MAX(limit_ns, 1));
}

/* Who could go on at once stands first. */
static gint64 handicap(PpJob *job)
{
    const PpMember *me = pp_member(&job->record, pp_self(job));
    const PpEpoch *newest = job->record.n_epochs ? &job->record.epochs[0] : NULL;

    for (guint i = 0; me && newest && i < newest->n_classes; i++) {
        PpLocal *local = newest->classes[i].image.class_id == me->class_id
                             ? pp_local(job, &newest->classes[i].image)
                             : NULL;
        if (local && local->state == PP_IMAGE_HELD)
            return 0;
    }
    return job->node->config.heartbeat_ns;
}

void pp_follow(PpJob *job, guint64 term, guint32 leader)
{
    const PpConfig *config = &job->node->config;

    if (job->role != PP_FOLLOWER)
        pp_trace(job, "term %" G_GUINT64_FORMAT ": follows %u in term %" G_GUINT64_FORMAT,
                 job->term, leader, term);
    if (term > job->term || (term < job->term && pp_bug(job, PP_BUG_OLD_TERM))) {
        job->term = term;
        job->voted_for = PP_NOBODY;
        pp_changed(job);
    }
    if (job->role != PP_FOLLOWER || leader == PP_NOBODY)
        job->election_ns = pp_now(job) + handicap(job) + jitter(job, config->heartbeat_ns);
    job->role = PP_FOLLOWER;
    job->leader = leader;
    job->pre = FALSE;
    job->released_term = 0;
    job->proposed = FALSE;
    job->making.active = FALSE;
    job->checkpointing = FALSE;
    pp_move_forget(job);
    if (!pp_bug(job, PP_BUG_NO_FENCE) || term > job->run_term)
        pp_kill(job);
}

/* ---- standing ---- */

void pp_check_won(PpJob *job)
{
    guint votes = pp_is_member(job) ? 1 : 0;

    if (job->role != PP_CANDIDATE)
        return;
    for (guint i = 0; i < job->peers->len; i++)
        votes += g_array_index(job->peers, PpPeer, i).granted ? 1 : 0;
    if (votes < pp_majority(job))
        return;
    if (job->pre)
        pp_stand(job, FALSE);
    else if (job->saved >= job->change) /* its own vote is durable */
        pp_lead(job);
}

void pp_stand(PpJob *job, gboolean pre)
{
    PpMessage m;

    pp_peers_update(job);
    job->role = PP_CANDIDATE;
    job->pre = pre;
    job->leader = PP_NOBODY;
    job->election_ns = pp_now(job) + job->node->config.election_ns;
    for (guint i = 0; i < job->peers->len; i++) {
        g_array_index(job->peers, PpPeer, i).granted = FALSE;
        g_array_index(job->peers, PpPeer, i).acked_ns = PP_LONG_AGO;
    }
    if (!pre) {
        job->term++;
        job->voted_for = pp_self(job);
        pp_promise(job, pp_self(job), job->term);
        pp_changed(job);
    }
    pp_trace(job, "term %" G_GUINT64_FORMAT ": %s", job->term,
             pre ? "asks whether it would be elected" : "stands for election");
    for (guint i = 0; i < job->peers->len; i++) {
        pp_message_init(job, &m, PP_VOTE_REQUEST, g_array_index(job->peers, PpPeer, i).node);
        m.flags = pre ? PP_FLAG_PRE : 0;
        m.term = job->term + (pre ? 1 : 0);
        m.released_term = job->released_term;
        pp_send_saved(job, &m);
    }
    pp_check_won(job);
}

/* ---- voting ---- */

static void answer(PpJob *job, const PpMessage *request, gboolean ok)
{
    PpMessage m;

    pp_message_init(job, &m, PP_VOTE, request->from);
    m.flags = (guint8)((request->flags & PP_FLAG_PRE) | (ok ? PP_FLAG_OK : 0));
    m.sent_ns = request->sent_ns;
    if (pp_bug(job, PP_BUG_OLD_TERM))
        m.term = MIN(m.term, request->term - (request->flags & PP_FLAG_PRE ? 1 : 0));
    if (ok)
        pp_report(job, &m);
    if (pp_version_compare(request->version, job->record.version) < 0 ||
        (!ok && pp_record_decided(job))) {
        m.has_record = job->record.n_members > 0;
        m.record = job->record;
        m.spec = g_bytes_get_data(job->spec, NULL);
        m.spec_bytes = (guint32)g_bytes_get_size(job->spec);
    }
    pp_send_saved(job, &m);
}

void pp_vote_requested(PpJob *job, const PpMessage *message)
{
    gboolean newer = pp_version_compare(message->version, job->record.version) >= 0;
    gboolean ok = newer && !pp_promise_binds(job, message->from, message->released_term) &&
                  !(job->record.finished && pp_record_decided(job)) && job->record.n_members > 0;

    if (message->flags & PP_FLAG_PRE) {
        answer(job, message, ok && (message->term > job->term || pp_bug(job, PP_BUG_OLD_TERM)));
        return;
    }
    if ((message->term < job->term && !pp_bug(job, PP_BUG_OLD_TERM)) ||
        pp_promise_binds(job, message->from, message->released_term)) {
        answer(job, message, FALSE);
        return;
    }
    if (message->term > job->term || pp_bug(job, PP_BUG_OLD_TERM))
        pp_follow(job, message->term, PP_NOBODY);
    ok = ok && job->role == PP_FOLLOWER &&
         (job->voted_for == PP_NOBODY || job->voted_for == message->from);
    if (ok) {
        job->voted_for = message->from;
        pp_changed(job);
        pp_promise(job, message->from, message->term);
        pp_trace(job, "term %" G_GUINT64_FORMAT ": votes for %u", job->term, message->from);
    }
    answer(job, message, ok);
}

void pp_vote_taken(PpJob *job, const PpMessage *message)
{
    gboolean pre = (message->flags & PP_FLAG_PRE) != 0;
    PpPeer *peer;

    pp_learn(job, message);
    if (message->term > job->term) {
        pp_follow(job, message->term, PP_NOBODY);
        return;
    }
    peer = pp_peer(job, message->from);
    if (job->role != PP_CANDIDATE || !(message->flags & PP_FLAG_OK) || pre != job->pre || !peer ||
        message->sent_ns > pp_now(job) || (!pre && message->term != job->term) ||
        message->from_incarnation != pp_member(&job->record, message->from)->incarnation)
        return;
    peer->granted = TRUE;
    pp_detector_init(&peer->detector, pp_now(job));
    if (!pre)
        peer->acked_ns = MAX(peer->acked_ns, message->sent_ns);
    peer->load = message->load;
    peer->reported = TRUE;
    peer->n_images = message->n_images;
    memcpy(peer->images, message->images, sizeof message->images);
    pp_check_won(job);
}

void pp_transfer_taken(PpJob *job, const PpMessage *message)
{
    if (message->term != job->term || message->from != job->leader || !pp_is_member(job) ||
        job->role != PP_FOLLOWER ||
        pp_version_compare(job->record.version, message->version) != 0)
        return;
    job->released_term = message->term;
    pp_trace(job, "term %" G_GUINT64_FORMAT ": is asked by %u to take over", job->term,
             message->from);
    pp_stand(job, FALSE);
}

/* ---- time ---- */

gint64 pp_election_wake(const PpJob *job)
{
    gint64 at = job->election_ns;

    if (job->role == PP_CANDIDATE)
        return at;
    if (job->role != PP_FOLLOWER || !pp_is_member(job) || job->run != PP_RUN_NONE ||
        (job->record.finished && pp_record_decided(job)))
        return G_MAXINT64;
    if (job->leader != PP_NOBODY)
        at = MAX(at, pp_silence_deadline(job, &job->leader_heard) +
                         job->node->config.heartbeat_ns / 4);
    if (job->promise_to != pp_self(job))
        at = MAX(at, job->promise_until_ns);
    return at;
}

void pp_election_tick(PpJob *job)
{
    if (pp_now(job) < pp_election_wake(job))
        return;
    if (job->role == PP_CANDIDATE) {
        pp_check_won(job); /* its own vote may have become durable meanwhile */
        if (job->role == PP_CANDIDATE && pp_now(job) >= job->election_ns)
            pp_follow(job, job->term, PP_NOBODY);
        return;
    }
    job->released_term = 0;
    if (job->leader != PP_NOBODY) {
        pp_trace(job, "term %" G_GUINT64_FORMAT ": leader %u is silent", job->term, job->leader);
        pp_notify(job, PP_NOTICE_SUSPECT)->term = job->term;
        pp_follow(job, job->term, PP_NOBODY); /* its place in the queue: handicap and jitter */
    } else {
        pp_stand(job, TRUE);
    }
}
