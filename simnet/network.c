#include "network.h"
#include "sharing.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* One row per model, after the columns of SimGrid 3.32 that tests/golden/simgrid holds. */
static const SimNetModel models[] = {
    {"pure", 1.0, 1.0, 0, 0, 0},
    {"cm02", 1.0, 1.0, 0, 0.05, 4194304},
    {"lv08-nocross", 13.01, 0.97, 20537, 0, 4194304},
    {"lv08", 13.01, 0.97, 20537, 0.05, 4194304},
};
const char *const sim_net_model_names[] = {"pure", "cm02", "lv08-nocross", "lv08", NULL};

/* A penalty of nothing would divide by zero; this stands for "no latency at all". */
static const double min_penalty = 1e-9;
/* A flow's name: ascending number << INDEX_BITS | place among the flows. */
enum { INDEX_BITS = 24 };

typedef struct Link {
    double bandwidth_bps;
    gint64 latency_ns;
    SimLinkPolicy policy;
    gboolean up;
} Link;

typedef enum FlowState {
    FLOW_NONE, /* a place for the next */
    FLOW_LATENCY,
    FLOW_TRANSFER,
    FLOW_DELIVERED,
    FLOW_FAILED
} FlowState;

typedef struct Flow {
    SimNetwork *network;
    SimFlow id;
    guint from, to;
    guint *route;
    guint n_route, route_capacity;
    GArray *uses; /* SimUse */
    FlowState state;
    guint transfer; /* FLOW_TRANSFER: of the sharing */
    double left_bytes;
    double latency_s;
    SimTimer timer; /* end of latency, or the report */
    SimFlowDone done;
    gpointer data;
} Flow;

struct SimNetwork {
    SimEngine *engine;
    SimNetModel model;
    SimSharing *sharing; /* its links are these links */
    GArray *links;       /* Link */
    GArray *hosts;       /* gboolean: up */
    GPtrArray *flows;    /* Flow by place; used again, with their memory */
    GArray *free_places; /* guint */
    GPtrArray *some;     /* Flow, sorted before use */
    SimFlow n_started;
    SimTimer solve, completion;
};

const SimNetModel *sim_net_model(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(models); i++)
        if (strcmp(models[i].name, name) == 0)
            return &models[i];
    return NULL;
}

static void flow_free(gpointer data)
{
    Flow *flow = data;
    g_array_unref(flow->uses);
    g_free(flow->route);
    g_free(flow);
}

SimNetwork *sim_network_new(SimEngine *engine, const SimNetModel *model)
{
    SimNetwork *net = g_new0(SimNetwork, 1);
    net->engine = engine;
    net->model = *model;
    net->links = g_array_new(FALSE, FALSE, sizeof(Link));
    net->hosts = g_array_new(FALSE, FALSE, sizeof(gboolean));
    net->flows = g_ptr_array_new_with_free_func(flow_free);
    net->free_places = g_array_new(FALSE, FALSE, sizeof(guint));
    net->some = g_ptr_array_new();
    net->sharing = sim_sharing_new();
    return net;
}

void sim_network_free(SimNetwork *network)
{
    if (!network)
        return;
    sim_sharing_free(network->sharing);
    g_ptr_array_unref(network->flows);
    g_ptr_array_unref(network->some);
    g_array_unref(network->free_places);
    g_array_unref(network->hosts);
    g_array_unref(network->links);
    g_free(network);
}

guint sim_network_add_host(SimNetwork *network)
{
    gboolean up = TRUE;
    g_array_append_val(network->hosts, up);
    return network->hosts->len - 1;
}

guint sim_network_add_link(SimNetwork *network, double bandwidth_bps, gint64 latency_ns,
                           SimLinkPolicy policy)
{
    Link link = {bandwidth_bps, latency_ns, policy, TRUE};
    sim_sharing_add_link(network->sharing, network->model.bandwidth_factor * bandwidth_bps);
    g_array_append_val(network->links, link);
    return network->links->len - 1;
}

static Link *link_at(const SimNetwork *net, guint i) { return &g_array_index(net->links, Link, i); }

/* The flow of that name, or NULL when it is over. */
static Flow *flow_find(const SimNetwork *net, SimFlow id)
{
    guint place = id & ((1u << INDEX_BITS) - 1);
    if (place >= net->flows->len)
        return NULL;
    Flow *flow = net->flows->pdata[place];
    return flow->state != FLOW_NONE && flow->id == id ? flow : NULL;
}

static Flow *flow_new(SimNetwork *net)
{
    guint place = net->flows->len;
    if (net->free_places->len > 0) {
        place = g_array_index(net->free_places, guint, net->free_places->len - 1);
        g_array_set_size(net->free_places, net->free_places->len - 1);
    } else {
        g_assert(place < 1u << INDEX_BITS);
        Flow *fresh = g_new0(Flow, 1);
        fresh->network = net;
        fresh->uses = g_array_new(FALSE, FALSE, sizeof(SimUse));
        g_ptr_array_add(net->flows, fresh);
    }
    Flow *flow = net->flows->pdata[place];
    flow->id = ++net->n_started << INDEX_BITS | place;
    return flow;
}

/* The place is free again. */
static void flow_forget(Flow *flow)
{
    guint place = flow->id & ((1u << INDEX_BITS) - 1);
    flow->state = FLOW_NONE;
    g_array_append_val(flow->network->free_places, place);
}

static gint by_start(gconstpointer a, gconstpointer b)
{
    const Flow *x = *(Flow *const *)a, *y = *(Flow *const *)b;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* ---- transfers ---- */

static void join(Flow *flow)
{
    SimNetwork *net = flow->network;
    const SimNetModel *m = &net->model;
    double penalty = flow->latency_s, bound_bps = DBL_MAX;
    if (m->window_bytes > 0 && flow->latency_s > 0)
        bound_bps = m->bandwidth_factor * m->window_bytes / (2 * flow->latency_s);
    for (guint i = 0; i < flow->n_route; i++) {
        const Link *link = link_at(net, flow->route[i]);
        penalty += m->weight_s / link->bandwidth_bps;
        if (link->policy == SIM_LINK_FATPIPE)
            bound_bps = MIN(bound_bps, m->bandwidth_factor * link->bandwidth_bps);
    }
    flow->state = FLOW_TRANSFER;
    flow->transfer = sim_sharing_add(net->sharing, sim_engine_now(net->engine),
                                     (const SimUse *)(gpointer)flow->uses->data, flow->uses->len,
                                     MAX(penalty, min_penalty), bound_bps, flow->left_bytes, flow);
}

static void leave(Flow *flow)
{
    SimNetwork *net = flow->network;
    if (flow->state == FLOW_TRANSFER)
        flow->left_bytes =
            sim_sharing_remove(net->sharing, sim_engine_now(net->engine), flow->transfer);
}

static void flow_report(gpointer data)
{
    Flow *flow = data;
    SimFlowDone done = flow->done;
    gpointer user = flow->data;
    SimFlow id = flow->id;
    gboolean delivered = flow->state == FLOW_DELIVERED;
    flow_forget(flow);
    done(id, delivered, user);
}

/* The flow takes no shares any more; its report comes at this instant. */
static void flow_over(Flow *flow, FlowState state)
{
    SimNetwork *net = flow->network;
    sim_engine_trace(net->engine, SIM_TRACE_ACTIVITY, state == FLOW_DELIVERED ? "flow-arrives" : "flow-fails",
                     flow->id >> INDEX_BITS, flow->to);
    sim_engine_cancel(net->engine, flow->timer);
    flow->state = state;
    flow->timer = sim_engine_after(net->engine, 0, SIM_PRIORITY_NORMAL, flow_report, flow);
}

static void want_solve(SimNetwork *net);

static void complete_due(gpointer data)
{
    SimNetwork *net = data;
    net->completion = 0;
    g_ptr_array_set_size(net->some, 0);
    Flow *flow;
    while ((flow = sim_sharing_pop_due(net->sharing, sim_engine_now(net->engine))))
        g_ptr_array_add(net->some, flow);
    g_ptr_array_sort(net->some, by_start);
    for (guint i = 0; i < net->some->len; i++)
        flow_over(net->some->pdata[i], FLOW_DELIVERED);
    want_solve(net);
}

static void solve_now(gpointer data)
{
    SimNetwork *net = data;
    net->solve = 0;
    sim_sharing_solve(net->sharing, sim_engine_now(net->engine));
    gint64 first = sim_sharing_next_ns(net->sharing);
    sim_engine_cancel(net->engine, net->completion);
    net->completion = 0;
    if (first < G_MAXINT64)
        net->completion = sim_engine_at(net->engine, first, SIM_PRIORITY_NORMAL, complete_due, net);
}

static void want_solve(SimNetwork *net)
{
    if (!net->solve)
        net->solve = sim_engine_after(net->engine, 0, SIM_PRIORITY_SHARE, solve_now, net);
}

/* ---- flows ---- */

static void latency_over(gpointer data)
{
    Flow *flow = data;
    flow->timer = 0;
    join(flow);
    want_solve(flow->network);
}

static void add_use(Flow *flow, guint link, double factor)
{
    for (guint u = 0; u < flow->uses->len; u++) {
        SimUse *use = &g_array_index(flow->uses, SimUse, u);
        if (use->link == link) {
            use->factor += factor;
            return;
        }
    }
    SimUse use = {link, factor};
    g_array_append_val(flow->uses, use);
}

static void add_uses(const SimNetwork *net, Flow *flow, const guint *links, guint n, double factor)
{
    for (guint i = 0; i < n; i++) {
        SimLinkPolicy policy = link_at(net, links[i])->policy;
        if (policy == SIM_LINK_FATPIPE)
            continue;
        gboolean again = FALSE;
        for (guint j = 0; policy == SIM_LINK_BUS && j < i; j++)
            again |= links[j] == links[i];
        if (!again)
            add_use(flow, links[i], factor);
    }
}

static gboolean can_travel(const SimNetwork *net, const Flow *flow)
{
    for (guint i = 0; i < flow->n_route; i++)
        if (!link_at(net, flow->route[i])->up)
            return FALSE;
    return g_array_index(net->hosts, gboolean, flow->from) &&
           g_array_index(net->hosts, gboolean, flow->to);
}

static void set_route(Flow *flow, const guint *route, guint n_route, const guint *back,
                      guint n_back)
{
    SimNetwork *net = flow->network;
    if (n_route > flow->route_capacity) {
        flow->route_capacity = n_route;
        flow->route = g_renew(guint, flow->route, n_route);
    }
    if (n_route > 0)
        memcpy(flow->route, route, n_route * sizeof *route);
    flow->n_route = n_route;
    g_array_set_size(flow->uses, 0);
    add_uses(net, flow, route, n_route, 1.0);
    if (net->model.cross_traffic > 0)
        add_uses(net, flow, back, n_back, net->model.cross_traffic);
}

SimFlow sim_network_start(SimNetwork *network, guint from, guint to, double bytes,
                          const guint *route, guint n_route, const guint *back, guint n_back,
                          SimFlowDone done, gpointer data)
{
    Flow *flow = flow_new(network);
    flow->from = from;
    flow->to = to;
    flow->left_bytes = bytes;
    flow->timer = 0;
    flow->done = done;
    flow->data = data;
    set_route(flow, route, n_route, back, n_back);
    sim_engine_trace(network->engine, SIM_TRACE_ACTIVITY, "flow-starts", flow->id >> INDEX_BITS, from);
    gint64 latency_ns = 0;
    for (guint i = 0; i < n_route; i++)
        latency_ns = sim_time_add(latency_ns, link_at(network, route[i])->latency_ns);
    flow->latency_s = (double)latency_ns * 1e-9;
    if (!can_travel(network, flow)) {
        flow_over(flow, FLOW_FAILED);
        return flow->id;
    }
    flow->state = FLOW_LATENCY;
    gint64 wait_ns = (gint64)nearbyint((double)latency_ns * network->model.latency_factor);
    flow->timer =
        sim_engine_after(network->engine, wait_ns, SIM_PRIORITY_NORMAL, latency_over, flow);
    return flow->id;
}

gboolean sim_network_cancel(SimNetwork *network, SimFlow id)
{
    Flow *flow = flow_find(network, id);
    if (!flow)
        return FALSE;
    sim_engine_trace(network->engine, SIM_TRACE_ACTIVITY, "flow-is-cancelled", id >> INDEX_BITS, flow->to);
    sim_engine_cancel(network->engine, flow->timer);
    leave(flow);
    flow_forget(flow);
    want_solve(network);
    return TRUE;
}

static void fail_stranded(SimNetwork *net)
{
    g_ptr_array_set_size(net->some, 0);
    for (guint i = 0; i < net->flows->len; i++) {
        Flow *flow = net->flows->pdata[i];
        if ((flow->state == FLOW_LATENCY || flow->state == FLOW_TRANSFER) && !can_travel(net, flow))
            g_ptr_array_add(net->some, flow);
    }
    g_ptr_array_sort(net->some, by_start);
    for (guint i = 0; i < net->some->len; i++) {
        leave(net->some->pdata[i]);
        flow_over(net->some->pdata[i], FLOW_FAILED);
    }
    want_solve(net);
}

void sim_network_set_host(SimNetwork *network, guint host, gboolean up)
{
    g_array_index(network->hosts, gboolean, host) = up;
    fail_stranded(network);
}

void sim_network_set_link(SimNetwork *network, guint link, gboolean up)
{
    link_at(network, link)->up = up;
    fail_stranded(network);
}

static gboolean crosses(const Flow *flow, guint link)
{
    for (guint i = 0; i < flow->n_route; i++)
        if (flow->route[i] == link)
            return TRUE;
    for (guint u = 0; u < flow->uses->len; u++)
        if (g_array_index(flow->uses, SimUse, u).link == link)
            return TRUE;
    return FALSE;
}

void sim_network_set_bandwidth(SimNetwork *network, guint link, double bandwidth_bps)
{
    g_ptr_array_set_size(network->some, 0);
    for (guint i = 0; i < network->flows->len; i++) {
        Flow *flow = network->flows->pdata[i];
        if (flow->state == FLOW_TRANSFER && crosses(flow, link)) {
            leave(flow);
            g_ptr_array_add(network->some, flow);
        }
    }
    link_at(network, link)->bandwidth_bps = bandwidth_bps;
    sim_sharing_set_capacity(network->sharing, link,
                             network->model.bandwidth_factor * bandwidth_bps);
    for (guint i = 0; i < network->some->len; i++)
        join(network->some->pdata[i]);
    want_solve(network);
}

double sim_network_rate(const SimNetwork *network, SimFlow id)
{
    const Flow *flow = flow_find(network, id);
    return flow && flow->state == FLOW_TRANSFER ? sim_sharing_rate(network->sharing, flow->transfer)
                                                : 0;
}
