#include "profile.h"
#include "host.h"

#include <string.h>

typedef struct Sending Sending;

typedef struct Way { /* of one copy */
    Sending *s;
    SimProfileCopy *copy;
    gboolean converts; /* at the holder */
    guint64 stored_bytes;
} Way;

struct Sending {
    const SimCosts *costs;
    const SimPolicyView *view;
    SimEngine *engine;
    SimNetwork *net;
    SimHost **hosts;
    Way *way;
    SimProfile *profile;
    gint64 holder_cpu_ns; /* longest conversion at a holder */
};

static const SimHostSpec *spec_of(const Sending *s, guint host)
{
    return sim_platform_host(s->view->platform, host);
}

static void held(gboolean ok, gpointer data)
{
    (void)ok;
    Way *way = data;
    way->copy->held_ns = sim_engine_now(way->s->engine);
}

static void written(gboolean ok, gpointer data)
{
    (void)ok;
    Way *way = data;
    Sending *s = way->s;
    guint host = way->copy->host;
    way->copy->written_ns = sim_engine_now(s->engine);
    sim_host_compute(s->hosts[host],
                     sim_cost_verify_ns(s->costs, spec_of(s, host), way->stored_bytes), held, way);
}

static void write_it(gboolean ok, gpointer data)
{
    (void)ok;
    Way *way = data;
    sim_host_write(way->s->hosts[way->copy->host], way->stored_bytes, written, way);
}

static void arrived(SimFlow flow, gboolean delivered, gpointer data)
{
    (void)flow, (void)delivered;
    Way *way = data;
    Sending *s = way->s;
    guint host = way->copy->host;
    way->copy->arrived_ns = sim_engine_now(s->engine);
    if (!way->converts) {
        write_it(TRUE, way);
        return;
    }
    gint64 ns = sim_cost_make_ns(s->costs, spec_of(s, host), way->copy->bytes, TRUE);
    s->holder_cpu_ns = MAX(s->holder_cpu_ns, ns);
    sim_host_compute(s->hosts[host], ns, write_it, way);
}

static void ready(gpointer data)
{
    Way *way = data;
    Sending *s = way->s;
    guint n, n_back, from = s->view->primary, to = way->copy->host;
    const guint *route = sim_platform_route(s->view->platform, from, to, &n);
    const guint *back = sim_platform_route(s->view->platform, to, from, &n_back);
    way->copy->ready_ns = sim_engine_now(s->engine);
    s->profile->sent_bytes += (gint64)way->copy->bytes;
    sim_network_start(s->net, from, to, (double)way->copy->bytes, route, n, back, n_back, arrived,
                      way);
}

/* The child makes one class after the other, at half the processor; what is made is sent at once. */
static void start_child(Sending *s, const SimPolicy *policy, const SimSizes *sizes,
                        gboolean at_sender)
{
    SimProfile *p = s->profile;
    const SimHostSpec *host = spec_of(s, s->view->primary);
    gint own = sim_sizes_arch(sizes, host->arch)->cls;
    g_autofree char *list = sim_policy_classes(policy, s->view, at_sender);
    g_auto(GStrv) wanted = g_strsplit(list, ",", -1);
    guint made = 0, asked = 0;
    for (guint i = 0; wanted[i] && *wanted[i]; i++)
        asked |= 1u << sim_sizes_arch(sizes, wanted[i])->cls;
    for (guint a = 0; a < PR_N_ARCHES; a++) { /* in the order in which the core makes them */
        const SimSizesArch *row = &sizes->arch[a];
        if (row->cls < 0 || !(asked >> row->cls & 1) || made >> row->cls & 1)
            continue;
        made |= 1u << row->cls;
        p->image_bytes += (gint64)row->image_bytes;
        p->cpu_ns += sim_cost_make_ns(s->costs, host, row->image_bytes, row->cls != own);
        for (guint c = 0; c < p->n_copies; c++)
            if (sim_sizes_arch(sizes, s->way[c].copy->made)->cls == row->cls && !s->costs->as_agents)
                sim_engine_at(s->engine, p->pause_ns + 2 * p->cpu_ns, SIM_PRIORITY_NORMAL, ready,
                              &s->way[c]);
    }
    if (!s->costs->as_agents)
        return;
    gint64 whole_ns = p->pause_ns + 2 * p->cpu_ns +
                      sim_cost_prepare_ns(s->costs, host, (guint64)p->image_bytes);
    for (guint c = 0; c < p->n_copies; c++)
        sim_engine_at(s->engine, whole_ns, SIM_PRIORITY_NORMAL, ready, &s->way[c]);
}

static void set_ways(Sending *s, const GArray *copies, const SimSizes *sizes, gboolean at_sender)
{
    SimProfile *p = s->profile;
    const char *own = spec_of(s, s->view->primary)->arch;
    p->n_copies = copies->len;
    p->copy = g_new0(SimProfileCopy, copies->len);
    s->way = g_new0(Way, copies->len);
    for (guint i = 0; i < copies->len; i++) {
        const SimCopy *copy = &g_array_index(copies, SimCopy, i);
        const SimSizesArch *made = sim_sizes_arch(sizes, copy->made);
        gboolean converts = !at_sender && made->cls != sim_sizes_arch(sizes, own)->cls;
        guint64 sent = converts ? sim_sizes_arch(sizes, own)->image_bytes : made->image_bytes;
        p->copy[i] = (SimProfileCopy){
            .host = copy->host, .arch = copy->arch,
            .arch_place = (guint)(pr_arch_find(copy->arch) - pr_arches), .made = converts ? own : copy->made, .bytes = sent};
        s->way[i] = (Way){s, &p->copy[i], converts, made->image_bytes};
        p->image_bytes += converts ? (gint64)made->image_bytes : 0;
    }
}

static void set_up(Sending *s)
{
    const SimPlatform *p = s->view->platform;
    s->engine = sim_engine_new();
    s->net = sim_platform_network(p, s->engine);
    s->hosts = g_new0(SimHost *, sim_platform_n_hosts(p));
    for (guint h = 0; h < sim_platform_n_hosts(p); h++) {
        s->hosts[h] = sim_host_new(s->engine, sim_platform_host(p, h));
    }
}

static void clean_up(Sending *s)
{
    for (guint h = 0; h < sim_platform_n_hosts(s->view->platform); h++)
        sim_host_free(s->hosts[h]);
    g_free(s->hosts);
    g_free(s->way);
    sim_network_free(s->net);
    sim_engine_free(s->engine);
}

/* The phases as world_epoch.c tells them apart. */
static void measure(const Sending *s, const SimSizes *sizes)
{
    SimProfile *p = s->profile;
    gint64 delivered_ns = 0;
    guint classes = 0;
    for (guint i = 0; i < p->n_copies; i++) {
        delivered_ns = MAX(delivered_ns, p->copy[i].arrived_ns);
        p->over_ns = MAX(p->over_ns, p->copy[i].held_ns);
        const char *stored = s->way[i].converts ? p->copy[i].arch : p->copy[i].made;
        classes |= 1u << sim_sizes_arch(sizes, stored)->cls;
    }
    gint64 made_ns = p->pause_ns + 2 * p->cpu_ns;
    p->propagate_ns = MAX(0, delivered_ns - made_ns);
    p->commit_ns = MAX(0, p->over_ns - made_ns - p->propagate_ns - s->holder_cpu_ns);
    p->convert_ns = 2 * p->cpu_ns + s->holder_cpu_ns;
    p->n_classes = __builtin_popcount(classes);
}

SimProfile *sim_profile_new(const SimCosts *costs, const SimPolicy *policy,
                            const SimPolicyView *view, const SimSizes *sizes,
                            gboolean convert_at_sender)
{
    Sending s = {.costs = costs, .view = view, .profile = g_new0(SimProfile, 1)};
    SimProfile *p = s.profile;
    g_autoptr(GArray) copies = g_array_new(FALSE, FALSE, sizeof(SimCopy));
    policy->plan(view, copies);
    set_ways(&s, copies, sizes, convert_at_sender);
    p->pause_ns = sim_cost_pause_ns(costs, spec_of(&s, view->primary), sizes->state_bytes);
    set_up(&s);
    start_child(&s, policy, sizes, convert_at_sender);
    while (sim_engine_step(s.engine))
        ;
    measure(&s, sizes);
    clean_up(&s);
    return p;
}

void sim_profile_free(SimProfile *profile)
{
    if (!profile)
        return;
    g_free(profile->copy);
    g_free(profile);
}
