/* Who belongs to a job. Members change one at a time, each change a record of its own, and only when
 * the leader has a decided record of its own term: then any two majorities have a member in common
 * (Ongaro 2014, ch. 4). A member is a node *and* the incarnation of its disk, since one that forgot
 * its promises must not vote by them. */
#include "protojob.h"

#define JOIN_AGAIN 2 /* heartbeats between two requests */

const PpMember *pp_member(const PpRecord *record, guint32 node)
{
    for (guint i = 0; i < record->n_members; i++)
        if (record->members[i].node == node)
            return &record->members[i];
    return NULL;
}

gboolean pp_is_member(const PpJob *job)
{
    const PpMember *me = pp_member(&job->record, pp_self(job));

    return me && me->incarnation == job->node->self.incarnation;
}

guint pp_majority(const PpJob *job)
{
    if (pp_bug(job, PP_BUG_MAJORITY))
        return MAX(job->record.n_members / 2, 1);
    return job->record.n_members / 2 + 1;
}

PpPeer *pp_peer(PpJob *job, guint32 node)
{
    for (guint i = 0; i < job->peers->len; i++)
        if (g_array_index(job->peers, PpPeer, i).node == node)
            return &g_array_index(job->peers, PpPeer, i);
    return NULL;
}

gboolean pp_peer_alive(const PpJob *job, const PpPeer *peer)
{
    return pp_now(job) < pp_silence_deadline(job, &peer->detector);
}

void pp_peers_update(PpJob *job)
{
    for (guint i = job->peers->len; i-- > 0;)
        if (!pp_member(&job->record, g_array_index(job->peers, PpPeer, i).node))
            g_array_remove_index(job->peers, i);
    for (guint i = 0; i < job->record.n_members; i++) {
        guint32 node = job->record.members[i].node;
        if (node == pp_self(job) || pp_peer(job, node))
            continue;
        PpPeer peer = {.node = node, .acked_ns = PP_LONG_AGO};
        pp_detector_init(&peer.detector, pp_now(job));
        g_array_append_val(job->peers, peer);
    }
}

/* ---- joining ---- */

/* Whom to ask: the leader if it is known, else one member after the other. */
static guint32 join_whom(PpJob *job)
{
    const PpRecord *record = &job->record;

    if (job->leader != PP_NOBODY && job->leader != pp_self(job) &&
        pp_now(job) < pp_silence_deadline(job, &job->leader_heard))
        return job->leader;
    if (record->n_members == 0)
        return job->join_peer;
    return record->members[job->join_turn++ % record->n_members].node;
}

void pp_join_ask(PpJob *job)
{
    PpMessage m;
    guint32 to;

    if (pp_is_member(job) || (job->record.finished && pp_record_decided(job))) {
        job->join_ns = G_MAXINT64;
        return;
    }
    job->join_ns = pp_now(job) + JOIN_AGAIN * job->node->config.heartbeat_ns;
    to = join_whom(job);
    if (to == PP_NOBODY || to == pp_self(job))
        return;
    pp_message_init(job, &m, PP_JOIN, to);
    m.member = job->node->self;
    m.member.class_id = job->join_class;
    pp_send(job, &m);
}

/* One change at a time: remove an earlier incarnation of it, or add it. */
void pp_join_taken(PpJob *job, const PpMessage *message)
{
    const PpMember *known = pp_member(&job->record, message->member.node);
    PpRecord next = job->record;

    if (message->member.node != message->from ||
        message->member.incarnation != message->from_incarnation)
        return;
    if (job->role != PP_LEADER) { /* it learns from the record whom else it can ask */
        PpMessage m;
        pp_message_init(job, &m, PP_VOTE, message->from);
        m.has_record = job->record.n_members > 0;
        m.record = job->record;
        m.spec = g_bytes_get_data(job->spec, NULL);
        m.spec_bytes = (guint32)g_bytes_get_size(job->spec);
        pp_send(job, &m);
        return;
    }
    if (job->proposed || job->phase == PP_PHASE_ADOPT || job->record.finished)
        return;
    if (known && known->incarnation == message->member.incarnation)
        return;
    if (known) {
        next.n_members = 0;
        for (guint i = 0; i < job->record.n_members; i++)
            if (&job->record.members[i] != known)
                next.members[next.n_members++] = job->record.members[i];
    } else if (next.n_members < PP_MAX_MEMBERS) {
        next.members[next.n_members++] = message->member;
    } else {
        return;
    }
    pp_trace(job, "%s member %u", known ? "removes an earlier incarnation of" : "takes in",
             message->member.node);
    pp_propose(job, &next);
}

/* A member that has been silent for very long leaves the count. Never so that what is left could not
 * have formed a majority of what was. */
gboolean pp_membership_change(PpJob *job, PpRecord *record)
{
    gint64 remove_ns = job->node->config.remove_ns;
    guint alive = 1;

    for (guint i = 0; i < job->peers->len; i++)
        alive += pp_peer_alive(job, &g_array_index(job->peers, PpPeer, i)) ? 1 : 0;
    if (remove_ns <= 0 || alive < pp_majority(job))
        return FALSE;
    for (guint i = 0; i < job->peers->len; i++) {
        const PpPeer *peer = &g_array_index(job->peers, PpPeer, i);
        if (pp_now(job) < MAX(peer->detector.last_ns, job->elected_ns) + remove_ns)
            continue;
        *record = job->record;
        record->n_members = 0;
        for (guint k = 0; k < job->record.n_members; k++)
            if (job->record.members[k].node != peer->node)
                record->members[record->n_members++] = job->record.members[k];
        pp_trace(job, "removes member %u: silent for too long", peer->node);
        return TRUE;
    }
    return FALSE;
}
