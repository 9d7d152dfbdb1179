/* The simulator's rates, and the same flows in SimGrid within the same run. */
#include "bench_rows.h"
#include "../simnet/simbench.h"

#include <math.h>

enum { HOLD_EVENTS = 4000000, MEMORY_HOSTS = 100000, BEST_OF = 3 };

static const struct {
    const char *metric;
    guint pending;
    double target; /* events a second; 0: none */
} holds[] = {{"sim.hold_1e3", 1000, 0}, {"sim.hold_1e4", 10000, 10e6}, {"sim.hold_1e6", 1000000, 4e6}};

/* The best of some: other work on the machine can only make it slower. */
static void add_holds(LabTable *table)
{
    for (guint i = 0; i < G_N_ELEMENTS(holds); i++) {
        double best = 0;
        for (guint k = 0; k < BEST_OF; k++)
            best = fmax(best, sim_bench_hold(holds[i].pending, HOLD_EVENTS));
        if (holds[i].target > 0)
            lab_bench_measured(table, holds[i].metric, best, "events/s", holds[i].target, 1);
        else
            lab_bench_shown(table, holds[i].metric, best, "events/s");
    }
}

/* Lines METRIC,RATE,LAST by SimGrid, or NULL where there is none. */
static char **run_simgrid(const char *home, GError **error)
{
    g_autofree char *script = g_build_filename(home, "tests", "bench", "simgrid.sh", NULL);
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *text = NULL;
    int status = 1;
    if (!g_file_test(script, G_FILE_TEST_IS_REGULAR))
        return g_strsplit("absent", "\n", -1);
    g_ptr_array_add(argv, g_strdup("bash"));
    g_ptr_array_add(argv, g_strdup(script));
    for (const SimBenchNet *net = sim_bench_nets; net->metric; net++) {
        g_ptr_array_add(argv, g_strdup(net->metric));
        g_ptr_array_add(argv, g_strdup_printf("%u", net->hosts));
        g_ptr_array_add(argv, g_strdup_printf("%u", net->flows));
        g_ptr_array_add(argv, g_strdup(net->bus ? "1" : "0"));
    }
    g_ptr_array_add(argv, NULL);
    if (!g_spawn_sync(NULL, (char **)argv->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &text, NULL,
                      &status, error) ||
        !g_spawn_check_wait_status(status, error))
        return NULL;
    return g_strsplit(text, "\n", -1);
}

/* FALSE: the peer is not there, or had no result in its time. */
static gboolean peer_of(char **lines, const char *metric, double *rate, double *last_s)
{
    for (guint i = 0; lines[i]; i++) {
        g_auto(GStrv) field = g_strsplit(lines[i], ",", -1);
        if (g_strv_length(field) == 3 && g_str_equal(field[0], metric)) {
            *rate = g_ascii_strtod(field[1], NULL);
            *last_s = g_ascii_strtod(field[2], NULL);
            return *rate > 0;
        }
    }
    return FALSE;
}

static void add_net(LabTable *table, const SimBenchNet *net, char **peer)
{
    double rate = 0, last_s = 0, peer_rate, peer_last_s;
    for (guint k = 0; k < BEST_OF; k++)
        rate = fmax(rate, sim_bench_net(net->hosts, net->flows, net->bus, &last_s));
    g_autofree char *last = g_strconcat(net->metric, "_last", NULL);
    g_autofree char *error = g_strconcat(net->metric, "_last_error", NULL);
    lab_bench_gated(table, last, last_s, "s");
    if (peer_of(peer, net->metric, &peer_rate, &peer_last_s)) {
        lab_bench_measured(table, net->metric, rate, "flows/s (reference: SimGrid)", peer_rate,
                           net->target);
        lab_bench_measured(table, error, fabs(last_s / peer_last_s - 1), "relative to SimGrid", 1e-6,
                           -1);
    } else {
        gboolean absent = g_str_equal(peer[0], "absent");
        lab_bench_shown(table, net->metric, rate,
                        absent ? "flows/s (SimGrid: absent)" : "flows/s (SimGrid: no result in time)");
    }
}

gboolean lab_bench_simulator(LabTable *table, const char *home, GCancellable *cancel,
                             GError **error)
{
    add_holds(table);
    g_auto(GStrv) peer = run_simgrid(home, error);
    if (!peer)
        return FALSE;
    for (const SimBenchNet *net = sim_bench_nets; net->metric; net++) {
        if (g_cancellable_set_error_if_cancelled(cancel, error))
            return FALSE;
        add_net(table, net, peer);
    }
    lab_bench_measured(table, "net.memory_1e5", sim_bench_memory(MEMORY_HOSTS), "B/host", 2048, -1);
    return TRUE;
}
