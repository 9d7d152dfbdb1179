#include "simbench.h"
#include "network.h"

#include <malloc.h>
#include <math.h>
#include <time.h>

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A generator of its own: the bench measures the engine, not the streams. */
static inline guint64 draw(guint64 *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* ---- hold model ---- */

enum { DELAYS = 4096 };

typedef struct Hold {
    SimEngine *engine;
    guint64 state;
    gint64 delay_ns[DELAYS]; /* exponential, mean 1 s */
} Hold;

typedef struct Holder { /* what a handler works on */
    Hold *hold;
    guint64 n_run;
} Holder;

static void hold_again(gpointer data)
{
    Holder *holder = data;
    Hold *hold = holder->hold;
    holder->n_run++;
    guint64 r = draw(&hold->state);
    sim_engine_after(hold->engine, hold->delay_ns[r % DELAYS] + (gint64)(r >> 44),
                     SIM_PRIORITY_NORMAL, hold_again, holder);
}

double sim_bench_hold(guint pending, guint64 events)
{
    Hold *hold = g_new0(Hold, 1);
    Holder *holders = g_new0(Holder, pending);
    hold->engine = sim_engine_new();
    hold->state = G_GUINT64_CONSTANT(88172645463325252);
    for (guint i = 0; i < DELAYS; i++)
        hold->delay_ns[i] = (gint64)(-1e9 * log((i + 0.5) / DELAYS));
    for (guint i = 0; i < pending; i++) {
        holders[i].hold = hold;
        hold_again(&holders[i]);
    }
    for (guint64 i = 0; i < pending * G_GUINT64_CONSTANT(2); i++) /* settle */
        sim_engine_step(hold->engine);
    double start_s = cpu_s();
    for (guint64 i = 0; i < events; i++)
        sim_engine_step(hold->engine);
    double rate = (double)events / (cpu_s() - start_s);
    sim_engine_free(hold->engine);
    g_free(holders);
    g_free(hold);
    return rate;
}

/* ---- flows ---- */

typedef struct Sender {
    SimNetwork *net;
    guint from, to, n_route;
    double bytes;
    guint route[3];
} Sender;

static void flow_done(SimFlow flow, gboolean delivered, gpointer data)
{
    (void)flow, (void)delivered, (void)data;
}

static void flow_start(gpointer data)
{
    Sender *s = data;
    sim_network_start(s->net, s->from, s->to, s->bytes, s->route, s->n_route, NULL, 0, flow_done,
                      NULL);
}

/* Link 0 is everybody's; 1 + 2h leads from host h, 2 + 2h to it. tests/bench/simgrid_flows.cpp draws
 * the same flows. */
static void sender_init(Sender *s, SimNetwork *net, guint hosts, gboolean bus, guint64 *state)
{
    s->net = net;
    s->from = (guint)(draw(state) % hosts);
    s->to = (s->from + 1 + (guint)(draw(state) % (hosts - 1))) % hosts;
    s->bytes = (double)(100000 + draw(state) % 900000);
    s->n_route = bus ? 1 : 3;
    s->route[0] = bus ? 0 : 1 + 2 * s->from;
    s->route[1] = 0;
    s->route[2] = 2 + 2 * s->to;
}

static void backbone(SimNetwork *net, guint hosts, gboolean bus)
{
    sim_network_add_link(net, 1.25e9, 100000, bus ? SIM_LINK_BUS : SIM_LINK_SHARED);
    for (guint h = 0; h < hosts; h++) {
        sim_network_add_host(net);
        for (guint i = 0; !bus && i < 2; i++)
            sim_network_add_link(net, 1.25e8, 50000, SIM_LINK_SHARED);
    }
}

double sim_bench_net(guint hosts, guint flows, gboolean bus, double *last_s)
{
    SimEngine *engine = sim_engine_new();
    SimNetwork *net = sim_network_new(engine, sim_net_model("pure"));
    backbone(net, hosts, bus);
    Sender *senders = g_new0(Sender, flows);
    guint64 state = G_GUINT64_CONSTANT(88172645463325252);
    double start_s = cpu_s();
    for (guint f = 0; f < flows; f++) {
        sender_init(&senders[f], net, hosts, bus, &state);
        sim_engine_at(engine, (gint64)(draw(&state) % 1000000) * 1000, SIM_PRIORITY_NORMAL,
                      flow_start, &senders[f]);
    }
    while (sim_engine_step(engine))
        ;
    double rate = flows / (cpu_s() - start_s);
    *last_s = (double)sim_engine_now(engine) * 1e-9;
    sim_network_free(net);
    sim_engine_free(engine);
    g_free(senders);
    return rate;
}

const SimBenchNet sim_bench_nets[] = {{"net.backbone_100", 100, 1000, FALSE, 10},
                                      {"net.backbone_1000", 1000, 4000, FALSE, 10},
                                      {"net.backbone_10000", 10000, 4000, FALSE, 10},
                                      {"net.shared_1000", 1000, 4000, TRUE, 100},
                                      {NULL, 0, 0, FALSE, 0}};

double sim_bench_memory(guint hosts)
{
    struct mallinfo2 before = mallinfo2(), after;
    SimEngine *engine = sim_engine_new();
    SimNetwork *net = sim_network_new(engine, sim_net_model("pure"));
    backbone(net, hosts, FALSE);
    Sender sender = {.net = net, .n_route = 3, .bytes = 1e12};
    for (guint h = 0; h < hosts; h++) {
        sender.from = h;
        sender.to = (h + 1) % hosts;
        sender.route[0] = 1 + 2 * sender.from;
        sender.route[2] = 2 + 2 * sender.to;
        flow_start(&sender);
    }
    while (sim_engine_n_run(engine) < hosts + 1 && sim_engine_step(engine))
        ;
    after = mallinfo2();
    sim_network_free(net);
    sim_engine_free(engine);
    return (double)(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / hosts;
}
