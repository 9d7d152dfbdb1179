/* Flows: the golden scenarios in all four models, failures, and laws that hold for any sharing. */
#include "../../core/agent/proc.h"
#include "../../simnet/flows.h"
#include "../../simnet/network.h"
#include "../../simnet/random.h"

#include <math.h>
#include <string.h>

static const char *golden = "tests/golden/simgrid";

/* Column of expected.csv by model. */
static void test_golden(gconstpointer data)
{
    guint column = GPOINTER_TO_UINT(data);
    const SimNetModel *model = sim_net_model(sim_net_model_names[column - 2]);
    g_autofree char *path = g_build_filename(golden, "expected.csv", NULL);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint checked = 0;
    g_autofree char *scenario = g_strdup("");
    GArray *ends = NULL;
    for (guint i = 1; lines[i] && *lines[i]; i++) {
        g_auto(GStrv) f = g_strsplit(lines[i], ",", -1);
        if (strcmp(scenario, f[0]) != 0) {
            g_clear_pointer(&ends, g_array_unref);
            g_autofree char *folder = g_build_filename(golden, f[0], NULL);
            g_autoptr(GError) error = NULL;
            ends = sim_flows_run(folder, model, &error);
            g_assert_no_error(error);
            g_free(scenario);
            scenario = g_strdup(f[0]);
        }
        double expected = g_ascii_strtod(f[column], NULL), ours = NAN;
        for (guint k = 0; k < ends->len; k++)
            if (strcmp(g_array_index(ends, SimFlowEnd, k).name, f[1]) == 0)
                ours = g_array_index(ends, SimFlowEnd, k).finish_s;
        if (!(fabs(ours - expected) <= 1e-6 * fabs(expected)))
            g_error("%s %s: ours %.9f, expected %.9f", f[0], f[1], ours, expected);
        checked++;
    }
    g_clear_pointer(&ends, g_array_unref);
    g_assert_cmpuint(checked, >, 50);
}

typedef struct Seen {
    SimEngine *engine;
    gint64 end_ns[64];
    guint order[64], n;
} Seen;

typedef struct One {
    Seen *seen;
    guint index;
} One;

static void done(SimFlow flow, gboolean delivered, gpointer data)
{
    (void)flow;
    One *one = data;
    gint64 now = sim_engine_now(one->seen->engine);
    one->seen->end_ns[one->index] = delivered ? now : -now;
    one->seen->order[one->seen->n++] = one->index;
}

static void fail_host_1(gpointer net) { sim_network_set_host(net, 1, FALSE); }

static void test_failure_frees_share(void)
{
    SimEngine *engine = sim_engine_new();
    SimNetwork *net = sim_network_new(engine, sim_net_model("pure"));
    Seen seen = {.engine = engine};
    One one[4];
    for (guint i = 0; i < 4; i++) {
        sim_network_add_host(net);
        one[i] = (One){&seen, i};
    }
    guint ether = sim_network_add_link(net, 1e6, 1000000, SIM_LINK_SHARED);
    SimFlow a = sim_network_start(net, 0, 1, 1e6, &ether, 1, &ether, 1, done, &one[0]);
    sim_network_start(net, 0, 2, 1e6, &ether, 1, &ether, 1, done, &one[1]);
    SimFlow c = sim_network_start(net, 0, 3, 1e6, &ether, 1, &ether, 1, done, &one[2]);
    g_assert_true(sim_network_cancel(net, c));
    g_assert_false(sim_network_cancel(net, c));
    sim_engine_at(engine, 1001000000, SIM_PRIORITY_FAULT, fail_host_1, net);
    while (sim_engine_now(engine) < 500000000)
        sim_engine_step(engine);
    g_assert_cmpfloat(sim_network_rate(net, a), <=, 5e5);
    while (sim_engine_step(engine))
        ;
    g_assert_cmpint(seen.end_ns[0], ==, -1001000000);
    g_assert_cmpint(seen.end_ns[1], ==, 1501000000); /* half rate for 1 s, then alone for 0.5 s */
    sim_network_start(net, 2, 1, 1, &ether, 1, &ether, 1, done, &one[3]);
    sim_engine_step(engine);
    g_assert_cmpint(seen.end_ns[3], ==, -1501000000); /* at once: the host is down */
    sim_network_free(net);
    sim_engine_free(engine);
}

static void test_policies(void)
{
    static const struct {
        SimLinkPolicy policy;
        gint64 end_ns;
    } rows[] = {
        {SIM_LINK_SHARED, 4000000000}, {SIM_LINK_BUS, 2000000000}, {SIM_LINK_FATPIPE, 1000000000}};
    for (guint r = 0; r < G_N_ELEMENTS(rows); r++) { /* two flows, each naming the link twice */
        SimEngine *engine = sim_engine_new();
        SimNetwork *net = sim_network_new(engine, sim_net_model("pure"));
        Seen seen = {.engine = engine};
        One one[2] = {{&seen, 0}, {&seen, 1}};
        sim_network_add_host(net);
        sim_network_add_host(net);
        guint link = sim_network_add_link(net, 1e6, 0, rows[r].policy);
        guint route[2] = {link, link};
        for (guint i = 0; i < 2; i++)
            sim_network_start(net, 0, 1, 1e6, route, 2, NULL, 0, done, &one[i]);
        while (sim_engine_step(engine))
            ;
        g_assert_cmpint(seen.end_ns[0], ==, rows[r].end_ns);
        g_assert_cmpint(seen.end_ns[1], ==, rows[r].end_ns);
        sim_network_free(net);
        sim_engine_free(engine);
    }
}

/* Random flows on one link: whatever comes and goes, the link is never idle while any waits, so the
 * last end is the sum of the bytes; and the same seed gives the same ends. */
static gint64 run_random(guint64 seed, guint32 *fingerprint)
{
    SimEngine *engine = sim_engine_new();
    SimNetwork *net = sim_network_new(engine, sim_net_model("pure"));
    Seen seen = {.engine = engine};
    One one[64];
    SimStream stream;
    sim_stream_init(&stream, seed, "test", 0);
    double bytes = 0;
    for (guint i = 0; i < 8; i++)
        sim_network_add_host(net);
    guint link = sim_network_add_link(net, 1e6, 0, SIM_LINK_SHARED);
    for (guint i = 0; i < 64; i++) {
        one[i] = (One){&seen, i};
        double size = (double)(1000 + sim_stream_below(&stream, 1000000));
        bytes += size;
        sim_network_start(net, i % 8, (i + 1) % 8, size, &link, 1, NULL, 0, done, &one[i]);
    }
    while (sim_engine_step(engine))
        ;
    g_assert_cmpuint(seen.n, ==, 64);
    gint64 last = sim_engine_now(engine);
    g_assert_cmpint(ABS(last - (gint64)(bytes * 1e3)), <, 100);
    for (guint i = 0; i < 64; i++)
        *fingerprint = *fingerprint * 31 + (guint32)seen.end_ns[i] + seen.order[i];
    sim_network_free(net);
    sim_engine_free(engine);
    return last;
}

static void test_conservation(void)
{
    for (guint64 seed = 1; seed <= 20; seed++) {
        guint32 one = 0, two = 0;
        g_assert_cmpint(run_random(seed, &one), ==, run_random(seed, &two));
        g_assert_cmpuint(one, ==, two);
    }
}

static void test_bad_folder(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(sim_flows_run("tests/golden/none", sim_net_model("pure"), &error));
    g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE);
    g_assert_null(sim_net_model("tcp"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; sim_net_model_names[i]; i++) {
        g_autofree char *name = g_strdup_printf("/network/golden/%s", sim_net_model_names[i]);
        g_test_add_data_func(name, GUINT_TO_POINTER(i + 2), test_golden);
    }
    g_test_add_func("/network/failure-frees-share", test_failure_frees_share);
    g_test_add_func("/network/policies", test_policies);
    g_test_add_func("/network/conservation", test_conservation);
    g_test_add_func("/network/bad-folder", test_bad_folder);
    return g_test_run();
}
