/* The simulator's core at work: prints what it drew, in which order events ran, when transfers ended.
 * Every build and machine must print the same bytes (tests/e2e/samebytes.t). */
#include "simnet/interval.h"
#include "simnet/law.h"
#include "simnet/sharing.h"
#include "simnet/simengine.h"

#include <inttypes.h>
#include <stdio.h>

static guint64 hash = G_GUINT64_CONSTANT(0xcbf29ce484222325);

static void mix(guint64 value) /* FNV-1a over the number's bytes, lowest first, whatever the machine's order */
{
    for (guint i = 0; i < 64; i += 8)
        hash = (hash ^ (value >> i & 255)) * G_GUINT64_CONSTANT(0x100000001b3);
}

static void draws(void)
{
    static const double shapes[] = {1, 1, 1, 0.7, 1.9};
    for (guint k = SIM_LAW_FIXED; k <= SIM_LAW_LOGNORMAL; k++) {
        SimLaw law = sim_law_init((SimLawKind)k, 8.6e13, shapes[k]);
        SimStream s;
        sim_stream_init(&s, 1998, sim_law_names[k], 7);
        for (guint i = 0; i < 20000; i++) {
            gint64 ns = sim_law_draw(&law, &s);
            mix((guint64)ns);
            if (i < 3)
                printf("%s %" PRId64 "\n", sim_law_names[k], ns);
        }
    }
    for (guint i = 1; i < 2000; i++) {
        double young = sim_interval_young(i, 86400), daly = sim_interval_daly(i, 86400);
        mix((guint64)(young * 1e9));
        mix((guint64)(daly * 1e9));
        mix((guint64)sim_interval_expected(1e6, daly, i, 60, 86400));
    }
    printf("draws %016" PRIx64 "\n", hash);
}

typedef struct Net {
    SimEngine *engine;
    SimSharing *sharing;
    SimStream stream;
    SimTimer next;
    guint n_left, n_ended;
} Net;

enum { LINKS = 20 };

static void come(gpointer data);
static void solve(gpointer data);

static void end(gpointer data)
{
    Net *net = data;
    net->next = 0;
    while (sim_sharing_pop_due(net->sharing, sim_engine_now(net->engine))) {
        net->n_ended++;
        mix((guint64)sim_engine_now(net->engine));
    }
    sim_engine_after(net->engine, 0, SIM_PRIORITY_SHARE, solve, net);
}

static void solve(gpointer data)
{
    Net *net = data;
    sim_sharing_solve(net->sharing, sim_engine_now(net->engine));
    gint64 at_ns = sim_sharing_next_ns(net->sharing);
    sim_engine_cancel(net->engine, net->next);
    net->next = at_ns < G_MAXINT64 ? sim_engine_at(net->engine, at_ns, SIM_PRIORITY_NORMAL, end, net) : 0;
}

static void come(gpointer data)
{
    Net *net = data;
    SimUse uses[2] = {{(guint)sim_stream_below(&net->stream, LINKS), 1}, {0, 1.05}};
    uses[1].link = (uses[0].link + 1 + (guint)sim_stream_below(&net->stream, LINKS - 1)) % LINKS;
    double penalty = 1e-3 * (1 + (double)sim_stream_below(&net->stream, 5));
    double bytes = sim_stream_exponential(&net->stream, 1e6);
    sim_sharing_add(net->sharing, sim_engine_now(net->engine), uses, 2, penalty, 9e5, bytes, net);
    sim_engine_after(net->engine, 0, SIM_PRIORITY_SHARE, solve, net);
    if (--net->n_left > 0)
        sim_engine_after(net->engine, (gint64)(sim_stream_exponential(&net->stream, 2e8)),
                         SIM_PRIORITY_NORMAL, come, net);
}

int main(void)
{
    static Net net = {.n_left = 3000};
    draws();
    net.engine = sim_engine_new();
    net.sharing = sim_sharing_new();
    sim_stream_init(&net.stream, 1998, "transfers", 0);
    for (guint l = 0; l < LINKS; l++)
        sim_sharing_add_link(net.sharing, 1e6 * (1 + l % 3));
    sim_engine_at(net.engine, 0, SIM_PRIORITY_NORMAL, come, &net);
    while (sim_engine_step(net.engine))
        mix((guint64)sim_engine_now(net.engine));
    printf("transfers %u, events %" PRIu64 ", end %" PRId64 ", hash %016" PRIx64 "\n", net.n_ended,
           sim_engine_n_run(net.engine), sim_engine_now(net.engine), hash);
    return 0;
}
