#include "linkprofile.h"

typedef struct Change {
    SimLinkProfiles *of;
    guint link;
} Change;

struct SimLinkProfiles {
    const SimPlatform *platform;
    SimEngine *engine;
    SimNetwork *network;
    GArray *changes; /* Change; complete before the first is scheduled */
};

static gboolean changes(const SimLinkSpec *link) { return link->bandwidth || link->availability; }

gboolean sim_links_change(const SimPlatform *platform)
{
    for (guint l = 0; l < sim_platform_n_links(platform); l++)
        if (changes(sim_platform_link(platform, l)))
            return TRUE;
    return FALSE;
}

static void link_changes(gpointer data)
{
    Change *change = data;
    SimLinkProfiles *p = change->of;
    const SimLinkSpec *link = sim_platform_link(p->platform, change->link);
    gint64 now = sim_engine_now(p->engine);
    double bps = sim_timeline_at(link->bandwidth, now, link->bandwidth_bps) *
                 sim_timeline_at(link->availability, now, 1);
    gint64 next_ns = MIN(sim_timeline_next_ns(link->bandwidth, now),
                         sim_timeline_next_ns(link->availability, now));
    if (bps > 0)
        sim_network_set_bandwidth(p->network, change->link, bps);
    sim_network_set_link(p->network, change->link, bps > 0);
    sim_engine_trace(p->engine, SIM_TRACE_STATE, "link-changes", change->link, (gint64)bps);
    if (next_ns < G_MAXINT64)
        sim_engine_at(p->engine, next_ns, SIM_PRIORITY_FAULT, link_changes, change);
}

SimLinkProfiles *sim_link_profiles_new(const SimPlatform *platform, SimEngine *engine, SimNetwork *network)
{
    if (!sim_links_change(platform))
        return NULL;
    SimLinkProfiles *p = g_new(SimLinkProfiles, 1);
    *p = (SimLinkProfiles){platform, engine, network, g_array_new(FALSE, FALSE, sizeof(Change))};
    for (guint l = 0; l < sim_platform_n_links(platform); l++) {
        Change change = {p, l};
        if (changes(sim_platform_link(platform, l)))
            g_array_append_val(p->changes, change);
    }
    for (guint i = 0; i < p->changes->len; i++)
        sim_engine_after(engine, 0, SIM_PRIORITY_FAULT, link_changes,
                         &g_array_index(p->changes, Change, i));
    return p;
}

void sim_link_profiles_free(SimLinkProfiles *profiles)
{
    if (!profiles)
        return;
    g_array_unref(profiles->changes);
    g_free(profiles);
}
