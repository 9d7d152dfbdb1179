#include "traffic.h"
#include "host.h"
#include "linkprofile.h"

#include <math.h>
#include <string.h>

typedef struct Way { /* of one copy */
    SimSending *s;
    SimProfileCopy *copy;
    SimFlow flow;
    gboolean is_open, at_host; /* at_host: its disk or cores will call */
} Way;

struct SimSending {
    SimTraffic *traffic;
    const SimSizes *sizes;
    guint primary;
    gint64 begin_ns;
    gint64 holder_cpu_ns; /* longest conversion at a holder */
    guint n_open, n_called; /* ways: not held or lost yet; that the engine, network or a host will call */
    gboolean released;
    SimProfile *profile;
    Way *way;
};

struct SimTraffic {
    const SimCosts *costs;
    const SimPlatform *platform;
    SimEngine *engine;
    SimNetwork *net;
    SimLinkProfiles *links;
    SimHost **hosts;
    GPtrArray *sendings; /* SimSending: that are the caller's, or are still called */
    guint n_open;        /* of them: with something open */
};

static const SimHostSpec *spec_of(const SimTraffic *t, guint host)
{
    return sim_platform_host(t->platform, host);
}

static gint64 since_begin_ns(const SimSending *s) { return sim_engine_now(s->traffic->engine) - s->begin_ns; }

/* ---- the end of a copy, and of an epoch ---- */

static void sending_free(gpointer data)
{
    SimSending *s = data;
    sim_profile_free(s->profile);
    g_free(s->way);
    g_free(s);
}

static void maybe_free(SimSending *s)
{
    if (s->released && s->n_called == 0)
        g_ptr_array_remove_fast(s->traffic->sendings, s);
}

/* The phases as world_epoch.c tells them apart. */
static void measure(SimSending *s)
{
    SimProfile *p = s->profile;
    gint64 delivered_ns = 0;
    guint classes = 0;
    p->over_ns = 0;
    for (guint i = 0; i < p->n_copies; i++) {
        const SimProfileCopy *copy = &p->copy[i];
        delivered_ns = MAX(delivered_ns, copy->arrived_ns);
        p->over_ns = copy->lost ? p->over_ns : MAX(p->over_ns, copy->held_ns);
        const char *stored = copy->converts ? copy->arch : copy->made;
        classes |= 1u << sim_sizes_arch(s->sizes, stored)->cls;
    }
    p->propagate_ns = MAX(0, delivered_ns - p->made_ns);
    p->commit_ns = MAX(0, p->over_ns - p->made_ns - p->propagate_ns - s->holder_cpu_ns);
    p->convert_ns = p->made_ns - p->pause_ns + s->holder_cpu_ns;
    p->n_classes = __builtin_popcount(classes);
}

static void way_close(Way *way, gboolean held)
{
    SimSending *s = way->s;
    if (!way->is_open)
        return;
    way->is_open = FALSE;
    way->copy->lost = !held;
    if (held)
        way->copy->held_ns = since_begin_ns(s);
    if (--s->n_open > 0)
        return;
    measure(s);
    s->traffic->n_open--;
}

/* Whoever was to call a way back has done so; FALSE: nothing is to follow. */
static gboolean called_back(Way *way, gboolean ok)
{
    SimSending *s = way->s;
    s->n_called--;
    way->at_host = FALSE;
    if (!ok)
        way_close(way, FALSE);
    if (way->is_open)
        return TRUE;
    maybe_free(s);
    return FALSE;
}

/* ---- at the holder ---- */

static void compute(Way *way, gint64 ns, SimHostDone done)
{
    way->s->n_called++;
    way->at_host = TRUE;
    sim_host_compute(way->s->traffic->hosts[way->copy->host], ns, done, way);
}

static void held(gboolean ok, gpointer data)
{
    Way *way = data;
    if (!called_back(way, ok))
        return;
    way_close(way, TRUE);
    maybe_free(way->s);
}

static void written(gboolean ok, gpointer data)
{
    Way *way = data;
    SimSending *s = way->s;
    guint host = way->copy->host;
    if (!called_back(way, ok))
        return;
    way->copy->written_ns = since_begin_ns(s);
    compute(way, sim_cost_verify_ns(s->traffic->costs, spec_of(s->traffic, host), way->copy->stored_bytes), held);
}

static void write_it(Way *way)
{
    way->s->n_called++;
    way->at_host = TRUE;
    sim_host_write(way->s->traffic->hosts[way->copy->host], way->copy->stored_bytes, written, way);
}

static void converted(gboolean ok, gpointer data)
{
    Way *way = data;
    if (called_back(way, ok))
        write_it(way);
}

static void arrived(SimFlow flow, gboolean delivered, gpointer data)
{
    (void)flow;
    Way *way = data;
    SimSending *s = way->s;
    guint host = way->copy->host;
    way->flow = 0;
    if (!called_back(way, delivered))
        return;
    way->copy->arrived_ns = since_begin_ns(s);
    if (!way->copy->converts) {
        write_it(way);
        return;
    }
    gint64 ns = sim_cost_make_ns(s->traffic->costs, spec_of(s->traffic, host), way->copy->bytes, TRUE);
    s->holder_cpu_ns = MAX(s->holder_cpu_ns, ns);
    compute(way, ns, converted);
}

/* ---- at the primary ---- */

static void ready(gpointer data)
{
    Way *way = data;
    SimSending *s = way->s;
    guint n, n_back, to = way->copy->host;
    const SimPlatform *p = s->traffic->platform;
    if (!called_back(way, TRUE))
        return;
    const guint *route = sim_platform_route(p, s->primary, to, &n);
    const guint *back = sim_platform_route(p, to, s->primary, &n_back);
    way->copy->ready_ns = since_begin_ns(s);
    s->profile->sent_bytes += (gint64)way->copy->bytes;
    s->n_called++;
    way->flow = sim_network_start(s->traffic->net, s->primary, to, (double)way->copy->bytes, route, n,
                                  back, n_back, arrived, way);
}

static void ready_after(Way *way, gint64 delay_ns)
{
    way->s->n_called++;
    sim_engine_after(way->s->traffic->engine, delay_ns, SIM_PRIORITY_NORMAL, ready, way);
}

/* The child makes one class after the other, at its share of the processor; what is made is sent at once,
 * or, as agents, when all of it is. */
static void start_child(SimSending *s, const char *classes)
{
    SimProfile *p = s->profile;
    const SimCosts *costs = s->traffic->costs;
    const SimHostSpec *host = spec_of(s->traffic, s->primary);
    gint own = sim_sizes_arch(s->sizes, host->arch)->cls;
    g_auto(GStrv) wanted = g_strsplit(classes, ",", -1);
    guint made = 0, asked = 0;
    for (guint i = 0; wanted[i] && *wanted[i]; i++)
        asked |= 1u << sim_sizes_arch(s->sizes, wanted[i])->cls;
    for (guint a = 0; a < PR_N_ARCHES; a++) { /* in the order in which the core makes them */
        const SimSizesArch *row = &s->sizes->arch[a];
        if (row->cls < 0 || !(asked >> row->cls & 1) || made >> row->cls & 1)
            continue;
        made |= 1u << row->cls;
        p->image_bytes += (gint64)row->image_bytes;
        p->cpu_ns += sim_cost_make_ns(costs, host, row->image_bytes, row->cls != own);
        p->made_ns = p->pause_ns + sim_cost_beside_ns(host, p->cpu_ns);
        for (guint c = 0; c < p->n_copies && !costs->as_agents; c++)
            if (sim_sizes_arch(s->sizes, p->copy[c].made)->cls == row->cls)
                ready_after(&s->way[c], p->made_ns);
    }
    gint64 whole_ns = p->made_ns + sim_cost_prepare_ns(costs, host, (guint64)p->image_bytes);
    for (guint c = 0; c < p->n_copies && costs->as_agents; c++)
        ready_after(&s->way[c], whole_ns);
}

static void set_ways(SimSending *s, const GArray *copies, gboolean at_sender)
{
    SimProfile *p = s->profile;
    const char *own = spec_of(s->traffic, s->primary)->arch;
    p->n_copies = s->n_open = copies->len;
    p->copy = g_new0(SimProfileCopy, copies->len);
    s->way = g_new0(Way, copies->len);
    for (guint i = 0; i < copies->len; i++) {
        const SimCopy *copy = &g_array_index(copies, SimCopy, i);
        const SimSizesArch *made = sim_sizes_arch(s->sizes, copy->made);
        gboolean converts = !at_sender && made->cls != sim_sizes_arch(s->sizes, own)->cls;
        guint64 sent = converts ? sim_sizes_arch(s->sizes, own)->image_bytes : made->image_bytes;
        p->copy[i] = (SimProfileCopy){
            .host = copy->host, .arch = copy->arch,
            .arch_place = (guint)(pr_arch_find(copy->arch) - pr_arches),
            .made = converts ? own : copy->made, .converts = converts, .bytes = sent,
            .stored_bytes = made->image_bytes, .held_ns = G_MAXINT64};
        s->way[i] = (Way){.s = s, .copy = &p->copy[i], .is_open = TRUE};
        p->image_bytes += converts ? (gint64)made->image_bytes : 0;
    }
}

static SimSending *sending_new(SimTraffic *t, guint primary, const SimSizes *sizes)
{
    SimSending *s = g_new(SimSending, 1);
    *s = (SimSending){.traffic = t, .sizes = sizes, .primary = primary,
                      .begin_ns = sim_engine_now(t->engine), .profile = g_new0(SimProfile, 1)};
    g_ptr_array_add(t->sendings, s);
    return s;
}

SimSending *sim_traffic_begin(SimTraffic *t, const SimPolicy *policy, const SimPolicyView *view,
                              const SimSizes *sizes, gboolean convert_at_sender)
{
    SimSending *s = sending_new(t, view->primary, sizes);
    g_autoptr(GArray) copies = g_array_new(FALSE, FALSE, sizeof(SimCopy));
    g_autofree char *classes = sim_policy_classes(policy, view, convert_at_sender);
    policy->plan(view, copies);
    set_ways(s, copies, convert_at_sender);
    s->profile->pause_ns = s->profile->made_ns =
        sim_cost_pause_ns(t->costs, spec_of(t, s->primary), sizes->state_bytes);
    start_child(s, classes);
    t->n_open += s->n_open > 0 ? 1 : 0;
    if (s->n_open == 0)
        measure(s);
    return s;
}

/* What comes before a copy is sent is nobody else's: it takes as long as ever. */
SimSending *sim_traffic_repeat(SimTraffic *t, const SimProfile *like, guint primary, const SimSizes *sizes)
{
    SimSending *s = sending_new(t, primary, sizes);
    SimProfile *p = s->profile;
    *p = (SimProfile){.pause_ns = like->pause_ns, .cpu_ns = like->cpu_ns, .made_ns = like->made_ns,
                      .image_bytes = like->image_bytes, .n_copies = like->n_copies};
    p->copy = g_memdup2(like->copy, like->n_copies * sizeof *like->copy);
    s->way = g_new0(Way, p->n_copies);
    s->n_open = p->n_copies;
    t->n_open += s->n_open > 0 ? 1 : 0;
    for (guint i = 0; i < p->n_copies; i++) {
        SimProfileCopy *copy = &p->copy[i];
        s->way[i] = (Way){.s = s, .copy = copy, .is_open = TRUE};
        copy->arrived_ns = copy->written_ns = 0;
        copy->held_ns = G_MAXINT64;
        copy->lost = FALSE;
        ready_after(&s->way[i], copy->ready_ns);
    }
    return s;
}

SimProfile *sim_sending_steal(SimSending *sending) { return g_steal_pointer(&sending->profile); }

const SimProfile *sim_sending_profile(const SimSending *sending) { return sending->profile; }

void sim_sending_release(SimSending *sending)
{
    sending->released = TRUE;
    maybe_free(sending);
}

/* ---- failures ---- */

static void stop_travelling(Way *way)
{
    if (way->flow && sim_network_cancel(way->s->traffic->net, way->flow))
        way->s->n_called--;
    way->flow = 0;
}

/* Its holder has failed, which calls nobody back. */
static void lose(Way *way)
{
    stop_travelling(way);
    way->s->n_called -= way->at_host ? 1 : 0;
    way->at_host = FALSE;
    way_close(way, FALSE);
}

void sim_sending_abort(SimSending *s)
{
    for (guint i = 0; i < s->profile->n_copies; i++) {
        stop_travelling(&s->way[i]);
        way_close(&s->way[i], FALSE);
    }
}

/* ---- time, hosts ---- */

SimTraffic *sim_traffic_new(const SimCosts *costs, const SimPlatform *platform)
{
    SimTraffic *t = g_new0(SimTraffic, 1);
    guint n = sim_platform_n_hosts(platform);
    t->costs = costs;
    t->platform = platform;
    t->engine = sim_engine_new();
    t->net = sim_platform_network(platform, t->engine);
    t->links = sim_link_profiles_new(platform, t->engine, t->net);
    t->sendings = g_ptr_array_new_with_free_func(sending_free);
    t->hosts = g_new0(SimHost *, n);
    for (guint h = 0; h < n; h++)
        t->hosts[h] = sim_host_new(t->engine, sim_platform_host(platform, h));
    return t;
}

void sim_traffic_free(SimTraffic *t)
{
    if (!t)
        return;
    for (guint h = 0; h < sim_platform_n_hosts(t->platform); h++)
        sim_host_free(t->hosts[h]);
    g_free(t->hosts);
    g_ptr_array_unref(t->sendings);
    sim_link_profiles_free(t->links);
    sim_network_free(t->net);
    sim_engine_free(t->engine);
    g_free(t);
}

void sim_traffic_run(SimTraffic *t, gint64 until_ns, gboolean with)
{
    gint64 last_ns = with ? until_ns : until_ns - 1;
    while (sim_engine_next_ns(t->engine) <= last_ns)
        sim_engine_step(t->engine);
    if (until_ns < G_MAXINT64)
        sim_engine_set_now(t->engine, MAX(sim_engine_now(t->engine), until_ns));
}

void sim_traffic_finish(SimTraffic *t)
{
    while (!sim_traffic_is_idle(t) && sim_engine_step(t->engine))
        ;
}

gboolean sim_traffic_is_idle(const SimTraffic *t) { return t->n_open == 0; }

void sim_traffic_host_failed(SimTraffic *t, guint host)
{
    for (guint k = t->sendings->len; k-- > 0;) {
        SimSending *s = t->sendings->pdata[k];
        for (guint i = 0; i < s->profile->n_copies; i++)
            if (s->way[i].copy->host == host)
                lose(&s->way[i]);
        maybe_free(s);
    }
    sim_host_fail(t->hosts[host]);
    sim_network_set_host(t->net, host, FALSE);
}

void sim_traffic_host_back(SimTraffic *t, guint host)
{
    sim_host_repair(t->hosts[host]);
    sim_network_set_host(t->net, host, TRUE);
}

gint64 sim_traffic_disk_free_ns(const SimTraffic *t, guint host)
{
    return sim_host_disk_free_ns(t->hosts[host]);
}

void sim_traffic_hold_disk(SimTraffic *t, guint host, gint64 until_ns)
{
    sim_host_hold_disk(t->hosts[host], until_ns);
}
