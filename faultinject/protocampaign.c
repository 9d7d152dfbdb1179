#include "protocampaign.h"

#include "simnet/random.h"

#define MS G_GINT64_CONSTANT(1000000)
#define S  (1000 * MS)

#define BIT(kind) (1u << (kind))

typedef struct Scenario {
    const char *name;
    guint32 kinds;       /* ProtoFaultKind that are drawn from */
    guint faults;        /* at most, a run */
    double loss, dup, tail; /* at most */
    gint32 clock_ppm;
    guint late;
    gboolean moves;
} Scenario;

static const Scenario scenarios[] = {
    {"network", 0, 0, 0.20, 0.20, 0.10, 100, 0, FALSE},
    {"partition", BIT(PROTO_PARTITION) | BIT(PROTO_ONE_WAY), 8, 0.02, 0.02, 0.01, 100, 0, FALSE},
    {"crash", BIT(PROTO_CRASH) | BIT(PROTO_AGENT), 10, 0.02, 0.02, 0.01, 100, 0, FALSE},
    {"pause", BIT(PROTO_PAUSE) | BIT(PROTO_CRASH), 8, 0.02, 0.02, 0.01, 100, 0, FALSE},
    {"disk", BIT(PROTO_SLOW_DISK) | BIT(PROTO_BAD_DISK) | BIT(PROTO_CRASH), 10, 0.02, 0.02, 0.01,
     100, 0, FALSE},
    {"clocks", BIT(PROTO_PARTITION) | BIT(PROTO_PAUSE) | BIT(PROTO_ONE_WAY), 8, 0.02, 0.02, 0.01,
     10000, 0, FALSE},
    {"loss", BIT(PROTO_WIPE) | BIT(PROTO_DIE) | BIT(PROTO_CRASH), 6, 0.02, 0.02, 0.01, 100, 0,
     FALSE},
    {"members", BIT(PROTO_CRASH) | BIT(PROTO_PROGRAM) | BIT(PROTO_PARTITION), 6, 0.02, 0.02, 0.01,
     100, 2, TRUE},
    {"everything", BIT(PROTO_N_FAULTS) - 1, 14, 0.10, 0.10, 0.05, 10000, 1, TRUE},
};

guint fault_proto_n_scenarios(void) { return G_N_ELEMENTS(scenarios); }
const char *fault_proto_scenario(guint index) { return scenarios[index].name; }

/* Slow hosts with bad clocks, and nothing is ever given up for good. */
static PpConfig campaign_config(void)
{
    PpConfig c = pp_config_default;

    c.heartbeat_ns *= 2;
    c.detect_ns *= 2;
    c.lease_ns *= 2;
    c.election_ns *= 2;
    c.choose_ns *= 2;
    c.drift_ppm = 10000;
    c.prepare_ns = 3 * S;
    c.remove_ns = 12 * S;
    c.tries = 1000;
    return c;
}

static double share(SimStream *draw, double most) { return most * sim_stream_unit(draw); }

static gint64 between(SimStream *draw, gint64 low, gint64 high)
{
    return low + (gint64)sim_stream_below(draw, (guint64)(high - low));
}

/* At most `may_lose` nodes lose their disk, so that fewer than k holders of anything are lost. */
static guint draw_faults(const Scenario *s, SimStream *draw, const ProtoWorldSpec *spec,
                         guint may_lose, ProtoFault *faults)
{
    guint n = s->faults ? 1 + (guint)sim_stream_below(draw, s->faults) : 0, n_drawn = 0;

    for (guint i = 0; i < n; i++) {
        ProtoFault fault;
        do
            fault.kind = (ProtoFaultKind)sim_stream_below(draw, PROTO_N_FAULTS);
        while (!(s->kinds >> fault.kind & 1));
        fault.at_ns = between(draw, 100 * MS, spec->calm_ns - 200 * MS);
        fault.until_ns = between(draw, fault.at_ns + 1, MIN(fault.at_ns + 4 * S, spec->calm_ns));
        fault.nodes = 1u << sim_stream_below(draw, spec->n_nodes);
        if (fault.kind == PROTO_PARTITION || fault.kind == PROTO_ONE_WAY ||
            sim_stream_below(draw, 8) == 0) /* sometimes several at once */
            fault.nodes = (guint32)(1 + sim_stream_below(draw, (1u << spec->n_nodes) - 2));
        if (sim_stream_below(draw, 3) == 0)
            fault.nodes = 0; /* where it hurts: the primary */
        if (fault.kind == PROTO_WIPE || fault.kind == PROTO_DIE) {
            if (may_lose == 0)
                continue;
            may_lose--;
            fault.nodes = 1u << sim_stream_below(draw, spec->n_nodes);
        }
        faults[n_drawn++] = fault;
    }
    return n_drawn;
}

void fault_proto_case(guint scenario, guint64 seed, guint32 bugs,
                      void (*trace)(const char *line, gpointer data), gpointer data,
                      ProtoOutcome *outcome)
{
    const Scenario *s = &scenarios[scenario];
    ProtoFault faults[PROTO_MAX_FAULTS];
    ProtoWorldSpec spec = {.seed = seed, .config = campaign_config(), .trace = trace, .trace_data = data};
    SimStream draw;

    sim_stream_init(&draw, seed, "proto.case", scenario);
    spec.config.bugs = bugs;
    spec.config.phi = sim_stream_below(&draw, 3) == 0 ? 8 : 0;
    spec.n_nodes = 3 + (guint)sim_stream_below(&draw, 4);
    spec.late = MIN(s->late, spec.n_nodes - 3);
    spec.n_classes = 1 + (guint)sim_stream_below(&draw, MIN(spec.n_nodes, 4));
    spec.replicas = spec.n_nodes > 3 && spec.late == 0 ? 2 : 1 + (guint)sim_stream_below(&draw, 2);
    spec.keep = 1 + (guint)sim_stream_below(&draw, 3);
    spec.clock_ppm = s->clock_ppm;
    spec.loss = share(&draw, s->loss);
    spec.dup = share(&draw, s->dup);
    spec.tail = share(&draw, s->tail);
    spec.hold = share(&draw, 0.6);
    spec.delay_ns = between(&draw, 200000, 10 * MS);
    spec.disk_ns = between(&draw, 500000, 15 * MS);
    spec.fetch_ns = between(&draw, MS, 60 * MS);
    spec.work_ns = between(&draw, 2 * S, 8 * S);
    spec.checkpoint_ns = between(&draw, 300 * MS, 1500 * MS);
    spec.move_ns = s->moves ? between(&draw, S, 4 * S) : 0;
    spec.calm_ns = between(&draw, 3 * S, 10 * S);
    spec.limit_ns = spec.calm_ns + 2 * spec.work_ns + 40 * S;
    spec.faults = faults;
    spec.n_faults =
        draw_faults(s, &draw, &spec, spec.n_nodes > 3 && spec.replicas > 1 ? 1 : 0, faults);
    spec.files = sim_stream_below(&draw, 2) == 0;
    proto_world_run(&spec, outcome);
}

/* ---- many ---- */

typedef struct Campaign { /* shared by the threads that run it */
    const FaultProtoRun *run;
    GMutex lock;
    guint next, done, n_violations;
    GArray *tallies;
} Campaign;

static void report(Campaign *c, guint64 seed, guint scenario, const char *violation)
{
    g_autofree char *text = NULL;

    if (!*violation)
        return;
    c->n_violations++;
    text = g_strdup_printf("seed %" G_GUINT64_FORMAT " (%s): %s", seed, scenarios[scenario].name,
                           violation);
    if (c->run->say)
        c->run->say(text);
}

static gboolean take_seed(Campaign *c, guint64 *seed)
{
    const FaultProtoRun *run = c->run;
    gboolean more;

    g_mutex_lock(&c->lock);
    more = c->next < run->n && (run->most == 0 || c->n_violations < run->most);
    *seed = run->first + c->next;
    c->next += more ? 1 : 0;
    g_mutex_unlock(&c->lock);
    return more;
}

static gpointer work(gpointer data)
{
    Campaign *c = data;
    guint64 seed;

    while (take_seed(c, &seed)) {
        guint scenario = (guint)(seed % G_N_ELEMENTS(scenarios));
        FaultTally *tally = &g_array_index(c->tallies, FaultTally, scenario);
        ProtoOutcome outcome;
        fault_proto_case(scenario, seed, c->run->bugs, NULL, NULL, &outcome);
        g_mutex_lock(&c->lock);
        tally->cases++;
        tally->detected += outcome.primaries > 1 ? 1 : 0;
        tally->recovered += *outcome.violation ? 0 : 1;
        tally->violations += *outcome.violation ? 1 : 0;
        report(c, seed, scenario, outcome.violation);
        c->done++;
        if (c->run->progress)
            c->run->progress(c->done, c->run->n);
        g_mutex_unlock(&c->lock);
    }
    return NULL;
}

GArray *fault_proto_run(const FaultProtoRun *run)
{
    Campaign c = {.run = run, .tallies = g_array_new(FALSE, TRUE, sizeof(FaultTally))};
    /* With a limit the violations that are found must not depend on which thread is faster. */
    guint n_threads = run->most ? 1 : CLAMP(run->threads, 1, 64);
    g_autoptr(GPtrArray) threads = g_ptr_array_new();

    for (guint i = 0; i < G_N_ELEMENTS(scenarios); i++) {
        FaultTally tally = {.name = scenarios[i].name};
        g_array_append_val(c.tallies, tally);
    }
    g_mutex_init(&c.lock);
    for (guint i = 1; i < n_threads; i++)
        g_ptr_array_add(threads, g_thread_new("campaign", work, &c));
    work(&c);
    for (guint i = 0; i < threads->len; i++)
        g_thread_join(threads->pdata[i]);
    g_mutex_clear(&c.lock);
    return c.tallies;
}
