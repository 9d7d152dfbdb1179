/* What changes with time by itself, as the platform says: links (linkprofile.h), and the availability of
 * hosts. A host whose availability is 0 has failed until its next moment. */
#include "world_priv.h"

typedef struct Change { /* of one host; lives as long as the world */
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
    w->links = sim_link_profiles_new(w->platform, w->engine, w->net);
}
