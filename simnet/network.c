#include "network.h"

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
/* Shares closer than this are one share: what is left of rounding, not of the model. */
static const double same_share = 1.0 + 1e-12;

typedef struct Link {
    double bandwidth_bps;
    gint64 latency_ns;
    SimLinkPolicy policy;
    gboolean up;
    double left_bps, weight; /* of the solver */
} Link;

typedef enum FlowState { FLOW_LATENCY, FLOW_TRANSFER, FLOW_DELIVERED, FLOW_FAILED } FlowState;

/* A flow's rate while the shares are filled: still rising, just held, or held and subtracted. */
typedef enum Filling { RISING, JUST_HELD, HELD } Filling;

typedef struct Use { /* what a flow takes of a link, per unit of its rate */
    guint link;
    double factor;
} Use;

typedef struct Flow {
    SimNetwork *network;
    SimFlow id;
    guint from, to;
    guint *route;
    guint n_route;
    GArray *uses; /* Use */
    FlowState state;
    double left_bytes, rate_bps;
    double latency_s, penalty, bound_bps; /* of the solver */
    Filling filling;
    gint64 end_ns;
    SimTimer timer; /* end of latency, or the report */
    SimFlowDone done;
    gpointer data;
} Flow;

struct SimNetwork {
    SimEngine *engine;
    SimNetModel model;
    GArray *links;    /* Link */
    GArray *hosts;    /* gboolean: up */
    GPtrArray *flows; /* Flow, ascending by id: every walk is in order of start */
    SimFlow n_started;
    gint64 solved_ns; /* left_bytes are as of then */
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
    return net;
}

void sim_network_free(SimNetwork *network)
{
    if (!network)
        return;
    g_ptr_array_unref(network->flows);
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
    Link link = {bandwidth_bps, latency_ns, policy, TRUE, 0, 0};
    g_array_append_val(network->links, link);
    return network->links->len - 1;
}

static Link *link_at(const SimNetwork *net, guint i) { return &g_array_index(net->links, Link, i); }

static Flow *flow_find(const SimNetwork *net, SimFlow id, guint *index)
{
    guint low = 0, high = net->flows->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        Flow *flow = net->flows->pdata[middle];
        if (flow->id == id) {
            if (index)
                *index = middle;
            return flow;
        }
        if (flow->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* ---- max-min sharing ---- */

/* Brings what is left of every transfer up to now, at the rates that held until now. */
static void advance(SimNetwork *net)
{
    gint64 now = sim_engine_now(net->engine);
    double elapsed_s = (double)(now - net->solved_ns) * 1e-9;
    net->solved_ns = now;
    for (guint i = 0; i < net->flows->len; i++) {
        Flow *flow = net->flows->pdata[i];
        if (flow->state == FLOW_TRANSFER)
            flow->left_bytes = MAX(0, flow->left_bytes - flow->rate_bps * elapsed_s);
    }
}

static void prepare(SimNetwork *net, Flow *flow)
{
    const SimNetModel *m = &net->model;
    flow->rate_bps = 0;
    flow->filling = flow->state == FLOW_TRANSFER ? RISING : HELD;
    flow->penalty = flow->latency_s;
    flow->bound_bps = m->window_bytes > 0 && flow->latency_s > 0
                          ? m->bandwidth_factor * m->window_bytes / (2 * flow->latency_s)
                          : DBL_MAX;
    for (guint i = 0; i < flow->n_route; i++) {
        const Link *link = link_at(net, flow->route[i]);
        flow->penalty += m->weight_s / link->bandwidth_bps;
        if (link->policy == SIM_LINK_FATPIPE)
            flow->bound_bps = MIN(flow->bound_bps, m->bandwidth_factor * link->bandwidth_bps);
    }
    flow->penalty = MAX(flow->penalty, min_penalty);
}

/* The lowest water level at which a link saturates or a flow meets its bound. */
static double next_level(SimNetwork *net)
{
    for (guint l = 0; l < net->links->len; l++)
        link_at(net, l)->weight = 0;
    double level = DBL_MAX;
    for (guint i = 0; i < net->flows->len; i++) {
        const Flow *flow = net->flows->pdata[i];
        if (flow->filling != RISING)
            continue;
        for (guint u = 0; u < flow->uses->len; u++) {
            const Use *use = &g_array_index(flow->uses, Use, u);
            link_at(net, use->link)->weight += use->factor / flow->penalty;
        }
        if (flow->bound_bps < DBL_MAX)
            level = MIN(level, flow->bound_bps * flow->penalty);
    }
    for (guint l = 0; l < net->links->len; l++) {
        const Link *link = link_at(net, l);
        if (link->weight > 0)
            level = MIN(level, link->left_bps / link->weight);
    }
    return level;
}

static gboolean is_held_at(const SimNetwork *net, const Flow *flow, double level)
{
    for (guint u = 0; u < flow->uses->len; u++) {
        const Link *link = link_at(net, g_array_index(flow->uses, Use, u).link);
        if (link->left_bps <= level * link->weight * same_share)
            return TRUE;
    }
    return FALSE;
}

/* Fixes the flows that can rise no further; FALSE when none is left to rise. */
static gboolean fill_once(SimNetwork *net)
{
    double level = next_level(net);
    gboolean any = FALSE;
    for (guint i = 0; i < net->flows->len; i++) { /* decide on all before the links change */
        Flow *flow = net->flows->pdata[i];
        if (flow->filling != RISING)
            continue;
        if (flow->bound_bps <= level / flow->penalty * same_share)
            flow->rate_bps = flow->bound_bps;
        else if (level == DBL_MAX || is_held_at(net, flow, level))
            flow->rate_bps = level == DBL_MAX ? DBL_MAX : level / flow->penalty;
        else
            continue;
        any = TRUE;
        flow->filling = JUST_HELD;
    }
    for (guint i = 0; i < net->flows->len; i++) {
        Flow *flow = net->flows->pdata[i];
        if (flow->filling != JUST_HELD)
            continue;
        flow->filling = HELD;
        for (guint u = 0; u < flow->uses->len; u++) {
            const Use *use = &g_array_index(flow->uses, Use, u);
            Link *link = link_at(net, use->link);
            link->left_bps = MAX(0, link->left_bps - use->factor * flow->rate_bps);
        }
    }
    return any;
}

static void flow_report(gpointer data)
{
    Flow *flow = data;
    SimFlowDone done = flow->done;
    gpointer user = flow->data;
    SimFlow id = flow->id;
    gboolean delivered = flow->state == FLOW_DELIVERED;
    guint index = 0;
    flow_find(flow->network, id, &index);
    g_ptr_array_remove_index(flow->network->flows, index);
    done(id, delivered, user);
}

static void flow_over(Flow *flow, FlowState state)
{
    SimNetwork *net = flow->network;
    sim_engine_cancel(net->engine, flow->timer);
    flow->state = state;
    flow->rate_bps = 0;
    flow->timer = sim_engine_after(net->engine, 0, SIM_PRIORITY_NORMAL, flow_report, flow);
}

static void want_solve(SimNetwork *net);

static void complete_due(gpointer data)
{
    SimNetwork *net = data;
    net->completion = 0;
    gint64 now = sim_engine_now(net->engine);
    for (guint i = 0; i < net->flows->len; i++) {
        Flow *flow = net->flows->pdata[i];
        if (flow->state == FLOW_TRANSFER && flow->end_ns <= now)
            flow_over(flow, FLOW_DELIVERED);
    }
    want_solve(net);
}

static void solve_now(gpointer data)
{
    SimNetwork *net = data;
    net->solve = 0;
    advance(net);
    for (guint l = 0; l < net->links->len; l++) {
        Link *link = link_at(net, l);
        link->left_bps = net->model.bandwidth_factor * link->bandwidth_bps;
    }
    for (guint i = 0; i < net->flows->len; i++)
        prepare(net, net->flows->pdata[i]);
    while (fill_once(net))
        ;
    gint64 first = G_MAXINT64;
    for (guint i = 0; i < net->flows->len; i++) {
        Flow *flow = net->flows->pdata[i];
        if (flow->state != FLOW_TRANSFER)
            continue;
        flow->end_ns = G_MAXINT64;
        if (flow->rate_bps > 0)
            flow->end_ns =
                sim_time_add(net->solved_ns, sim_time_for(flow->left_bytes, flow->rate_bps));
        first = MIN(first, flow->end_ns);
    }
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
    /* Rates so far do not concern it: bring the others up to now, then let it join. */
    advance(flow->network);
    flow->state = FLOW_TRANSFER;
    flow->end_ns = G_MAXINT64; /* until it is given a rate */
    want_solve(flow->network);
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
        Use use = {links[i], factor};
        if (!again)
            g_array_append_val(flow->uses, use);
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

SimFlow sim_network_start(SimNetwork *network, guint from, guint to, double bytes,
                          const guint *route, guint n_route, const guint *back, guint n_back,
                          SimFlowDone done, gpointer data)
{
    Flow *flow = g_new0(Flow, 1);
    *flow = (Flow){.network = network,
                   .id = ++network->n_started,
                   .from = from,
                   .to = to,
                   .route = g_memdup2(route, n_route * sizeof *route),
                   .n_route = n_route,
                   .left_bytes = bytes,
                   .end_ns = G_MAXINT64,
                   .done = done,
                   .data = data};
    flow->uses = g_array_new(FALSE, FALSE, sizeof(Use));
    add_uses(network, flow, route, n_route, 1.0);
    if (network->model.cross_traffic > 0)
        add_uses(network, flow, back, n_back, network->model.cross_traffic);
    gint64 latency_ns = 0;
    for (guint i = 0; i < n_route; i++)
        latency_ns = sim_time_add(latency_ns, link_at(network, route[i])->latency_ns);
    flow->latency_s = (double)latency_ns * 1e-9;
    g_ptr_array_add(network->flows, flow);
    if (!can_travel(network, flow)) {
        flow_over(flow, FLOW_FAILED);
        return flow->id;
    }
    gint64 wait_ns = (gint64)nearbyint((double)latency_ns * network->model.latency_factor);
    flow->timer =
        sim_engine_after(network->engine, wait_ns, SIM_PRIORITY_NORMAL, latency_over, flow);
    return flow->id;
}

gboolean sim_network_cancel(SimNetwork *network, SimFlow id)
{
    guint index;
    Flow *flow = flow_find(network, id, &index);
    if (!flow)
        return FALSE;
    sim_engine_cancel(network->engine, flow->timer);
    advance(network);
    g_ptr_array_remove_index(network->flows, index);
    want_solve(network);
    return TRUE;
}

static void fail_stranded(SimNetwork *net)
{
    advance(net);
    for (guint i = 0; i < net->flows->len; i++) {
        Flow *flow = net->flows->pdata[i];
        if (flow->state <= FLOW_TRANSFER && !can_travel(net, flow))
            flow_over(flow, FLOW_FAILED);
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

void sim_network_set_bandwidth(SimNetwork *network, guint link, double bandwidth_bps)
{
    advance(network);
    link_at(network, link)->bandwidth_bps = bandwidth_bps;
    want_solve(network);
}

double sim_network_rate(const SimNetwork *network, SimFlow id)
{
    const Flow *flow = flow_find(network, id, NULL);
    return flow && flow->state == FLOW_TRANSFER ? flow->rate_bps : 0;
}
