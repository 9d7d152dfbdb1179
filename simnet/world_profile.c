/* What changes with time by itself: the availability of hosts, the bandwidth and availability of links, as
 * the platform says. A host whose availability is 0 has failed until its next moment. */
#include "world_priv.h"

typedef struct Change { /* of one host or link; lives as long as the world */
    World *w;
    guint index;
} Change;

static void await(World *w, gint64 at_ns, SimAction action, Change *change)
{
    if (at_ns < G_MAXINT64)
        sim_engine_at(w->engine, at_ns, SIM_PRIORITY_FAULT, action, change);
}

double world_share(const World *w, guint host)
{
    return sim_timeline_at(sim_platform_host(w->platform, host)->availability, world_now(w), 1);
}

static void link_changes(gpointer data)
{
    Change *change = data;
    World *w = change->w;
    const SimLinkSpec *link = sim_platform_link(w->platform, change->index);
    gint64 now = world_now(w);
    double bps = sim_timeline_at(link->bandwidth, now, link->bandwidth_bps) *
                 sim_timeline_at(link->availability, now, 1);
    if (bps > 0)
        sim_network_set_bandwidth(w->net, change->index, bps);
    sim_network_set_link(w->net, change->index, bps > 0);
    sim_engine_trace(w->engine, SIM_TRACE_STATE, "link-changes", change->index, (gint64)bps);
    await(w, MIN(sim_timeline_next_ns(link->bandwidth, now), sim_timeline_next_ns(link->availability, now)),
          link_changes, change);
}

static void host_changes(gpointer data)
{
    Change *change = data;
    World *w = change->w;
    gint64 now = world_now(w);
    gint64 next_ns = sim_timeline_next_ns(sim_platform_host(w->platform, change->index)->availability, now);
    double share = world_share(w, change->index);
    if (share <= 0) {
        world_kill_host(w, change->index, next_ns < G_MAXINT64 ? next_ns - now : -1);
    } else {
        sim_host_set_share(w->hosts[change->index], share);
        if (w->phase == PHASE_RUNNING && w->primary == change->index)
            world_set_speed(w);
    }
    await(w, next_ns, host_changes, change);
}

static Change *change_new(World *w, guint index)
{
    Change *change = g_new(Change, 1);
    *change = (Change){w, index};
    g_ptr_array_add(w->owned, change);
    return change;
}

void world_begin_profiles(World *w)
{
    for (guint h = 0; h < w->n_hosts; h++)
        if (sim_platform_host(w->platform, h)->availability)
            await(w, 0, host_changes, change_new(w, h));
    for (guint l = 0; l < sim_platform_n_links(w->platform); l++) {
        const SimLinkSpec *link = sim_platform_link(w->platform, l);
        if (link->bandwidth || link->availability)
            await(w, 0, link_changes, change_new(w, l));
    }
}
