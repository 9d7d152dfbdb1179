/* Who holds which image: for each class the hosts that can run it first, then others, evenly; never
 * the primary itself, since it would be lost with it. */
#include "protojob.h"

guint pp_need(const PpJob *job)
{
    return MIN(job->record.replicas, job->record.n_members - 1);
}

static gboolean is_asked(const PpHeld *held, guint32 node)
{
    for (guint i = 0; i < held->n_holders; i++)
        if (held->holders[i] == node)
            return TRUE;
    return FALSE;
}

static guint n_assigned(const PpMaking *making, guint32 node)
{
    guint n = 0;

    for (guint i = 0; i < making->epoch.n_classes; i++)
        n += is_asked(&making->epoch.classes[i], node) ? 1 : 0;
    return n;
}

static gboolean has_failed(const PpMaking *making, guint index, guint32 node)
{
    for (guint i = 0; i < PP_MAX_REPLICAS; i++)
        if (making->failed[index][i] == node)
            return TRUE;
    return FALSE;
}

void pp_place(PpJob *job, guint index)
{
    PpMaking *making = &job->making;
    PpHeld *held = &making->epoch.classes[index];

    while (held->n_holders < MIN(making->need, PP_MAX_REPLICAS)) {
        const PpPeer *best = NULL;
        guint64 best_cost = G_MAXUINT64;
        for (guint i = 0; i < job->peers->len; i++) {
            const PpPeer *peer = &g_array_index(job->peers, PpPeer, i);
            const PpMember *member = pp_member(&job->record, peer->node);
            guint64 cost = ((guint64)has_failed(making, index, peer->node) << 52) +
                           ((guint64)(member->class_id != held->image.class_id) << 48) +
                           ((guint64)n_assigned(making, peer->node) << 32) + peer->load;
            if (!pp_peer_alive(job, peer) || is_asked(held, peer->node) || cost >= best_cost)
                continue;
            best = peer;
            best_cost = cost;
        }
        if (!best)
            return;
        held->holders[held->n_holders++] = best->node;
    }
}
