/* The lease: why no two primaries act at a time.
 *
 * Whoever answers a leader's append, or votes for it, promises to vote for nobody else until a lease
 * has passed *by its own clock, from when it got the message*. The leader counts its lease *by its
 * own clock, from when it sent the oldest message that a majority has answered*, and shorter by what
 * two clocks can differ in that time and by what a kill takes. Every other majority has one of
 * those members in it, so a successor is elected only after the old primary's process is dead. A node
 * that restarts has forgotten its promises and makes one to nobody, a lease long. */
#include "protojob.h"

void pp_promise(PpJob *job, guint32 to, guint64 term)
{
    job->promise_until_ns = MAX(job->promise_until_ns, pp_now(job) + job->node->config.lease_ns);
    job->promise_to = to;
    job->promise_term = term;
}

gboolean pp_promise_binds(const PpJob *job, guint32 candidate, guint64 released_term)
{
    if (job->run != PP_RUN_NONE) /* our own process may still write */
        return TRUE;
    if (pp_now(job) >= job->promise_until_ns || candidate == job->promise_to)
        return FALSE;
    return released_term == 0 || released_term != job->promise_term;
}

/* Into an array whose newest come first. */
static void insert_down(gint64 *since, guint n, gint64 value)
{
    for (; n > 0 && since[n - 1] < value; n--)
        since[n] = since[n - 1];
    since[n] = value;
}

gint64 pp_lease_until(const PpJob *job)
{
    const PpConfig *config = &job->node->config;
    gint64 since[PP_MAX_MEMBERS], base;
    guint n = 0, majority = pp_majority(job);

    if (job->role != PP_LEADER)
        return PP_LONG_AGO;
    if (pp_is_member(job))
        insert_down(since, n++, pp_now(job));
    for (guint i = 0; i < job->peers->len && n < PP_MAX_MEMBERS; i++)
        insert_down(since, n++, g_array_index(job->peers, PpPeer, i).acked_ns);
    if (n < majority)
        return PP_LONG_AGO;
    base = since[majority - 1];
    /* Ours may be slow and theirs fast: (1-d)/(1+d) > 1-2d. */
    return base + config->lease_ns - config->lease_ns / 1000000 * 2 * (gint64)config->drift_ppm -
           config->kill_ns;
}

void pp_fence(PpJob *job)
{
    gint64 until = pp_lease_until(job);

    if (job->run != PP_RUN_ALIVE || until <= job->fence_ns || pp_bug(job, PP_BUG_NO_FENCE))
        return;
    job->fence_ns = until;
    pp_act(job, PP_FENCE)->until_ns = until;
}

void pp_kill(PpJob *job)
{
    if (job->run != PP_RUN_ALIVE)
        return;
    job->run = PP_RUN_KILLED;
    pp_act(job, PP_KILL)->term = job->run_term;
}
