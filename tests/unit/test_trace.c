/* Traces, and that the simulator's steady state allocates nothing: this program counts every call of
 * malloc and its relatives. */
#include "../../simnet/host.h"
#include "../../simnet/network.h"
#include "../../simnet/random.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

/* glibc's own, under the names that it keeps for who replaces them. */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t n, size_t bytes);
void *__libc_realloc(void *p, size_t bytes);

static guint64 n_allocations;

void *malloc(size_t bytes)
{
    n_allocations++;
    return __libc_malloc(bytes);
}
void *calloc(size_t n, size_t bytes)
{
    n_allocations++;
    return __libc_calloc(n, bytes);
}
void *realloc(void *p, size_t bytes)
{
    n_allocations++;
    return __libc_realloc(p, bytes);
}

typedef struct World {
    SimEngine *engine;
    SimNetwork *net;
    SimHost *host[8];
    SimStream stream;
    guint link[12], n_hosts;
} World;

static void flow_again(SimFlow flow, gboolean delivered, gpointer data);
static void write_again(gboolean ok, gpointer data);

static void start_flow(World *w)
{
    guint from = (guint)sim_stream_below(&w->stream, 8), to = (from + 1 + (guint)sim_stream_below(&w->stream, 7)) % 8;
    guint route[3] = {w->link[from], w->link[8 + (from & 3)], w->link[to]};
    sim_network_start(w->net, from, to, sim_stream_exponential(&w->stream, 1e6), route, 3, NULL, 0, flow_again, w);
}

static void flow_again(SimFlow flow, gboolean delivered, gpointer data)
{
    (void)flow, (void)delivered;
    start_flow(data);
}

static void compute_again(gboolean ok, gpointer data)
{
    World *w = data;
    (void)ok;
    sim_host_compute(w->host[sim_stream_below(&w->stream, 8)], (gint64)sim_stream_exponential(&w->stream, 1e7), compute_again, w);
}

static void write_again(gboolean ok, gpointer data)
{
    World *w = data;
    (void)ok;
    sim_host_write(w->host[sim_stream_below(&w->stream, 8)], sim_stream_below(&w->stream, 100000), write_again, w);
}

static void timer_again(gpointer data)
{
    World *w = data;
    SimTimer other = sim_engine_after(w->engine, G_GINT64_CONSTANT(1) << 40, SIM_PRIORITY_NORMAL, timer_again, w);
    sim_engine_cancel(w->engine, other);
    sim_engine_after(w->engine, (gint64)sim_stream_exponential(&w->stream, 1e7), SIM_PRIORITY_NORMAL, timer_again, w);
}

static void world_init(World *w, SimTrace *trace, guint64 seed)
{
    static const SimHostSpec spec = {.speed = 1, .cores = 2, .disk_bps = 1e7, .seek_ns = 1000000, .fsync_ns = 2000000};
    *w = (World){.engine = sim_engine_new()};
    sim_engine_set_trace(w->engine, trace);
    w->net = sim_network_new(w->engine, sim_net_model("pure"));
    sim_stream_init(&w->stream, seed, "allocations", 0);
    for (guint i = 0; i < 12; i++)
        w->link[i] = sim_network_add_link(w->net, i < 8 ? 1e7 : 2e7, 1000000, SIM_LINK_SHARED);
    for (guint i = 0; i < 8; i++) {
        w->host[i] = sim_host_new(w->engine, &spec);
        sim_network_add_host(w->net);
    }
    for (guint i = 0; i < 40; i++) {
        start_flow(w);
        compute_again(TRUE, w);
        write_again(TRUE, w);
        timer_again(w);
    }
}

static void world_fini(World *w)
{
    for (guint i = 0; i < 8; i++)
        sim_host_free(w->host[i]);
    sim_network_free(w->net);
    sim_engine_free(w->engine);
}

static void run(World *w, guint64 events)
{
    for (guint64 i = 0; i < events; i++)
        g_assert_true(sim_engine_step(w->engine));
}

static void test_no_allocation(void)
{
    World w;
    world_init(&w, NULL, 1);
    run(&w, 1000000); /* until every queue and table has been as long as it gets */
    guint64 before = n_allocations;
    run(&w, 1000000);
    g_test_message("%" G_GUINT64_FORMAT " allocations before, %" G_GUINT64_FORMAT " in the million events after",
                   before, n_allocations - before);
    g_assert_cmpuint(before, >, 100); /* it counts */
    g_assert_cmpuint(n_allocations - before, <=, 20); /* a table that doubles now and then: none an event */
    world_fini(&w);
}

static guint64 traced(SimTraceLevel level, guint64 seed, const char *path, guint64 *n)
{
    World w;
    g_autoptr(GError) error = NULL;
    SimTrace *trace = sim_trace_new(level, path, &error);
    g_assert_no_error(error);
    world_init(&w, trace, seed);
    run(&w, 20000);
    guint64 hash = sim_trace_hash(trace, n);
    world_fini(&w);
    g_assert_true(sim_trace_end(trace, &error));
    return hash;
}

static void test_hash(void)
{
    guint64 n, n_activities, n_events, file_n;
    g_autofree char *path = g_strdup_printf("%s/preaches-%d.trace", g_get_tmp_dir(), g_random_int());
    guint64 hash = traced(SIM_TRACE_EVENT, 7, path, &n_events);
    g_assert_cmpuint(traced(SIM_TRACE_EVENT, 7, NULL, &n), ==, hash);
    g_assert_cmpuint(n, ==, n_events);
    g_assert_cmpuint(traced(SIM_TRACE_EVENT, 8, NULL, &n), !=, hash);
    g_assert_cmpuint(traced(SIM_TRACE_ACTIVITY, 7, NULL, &n_activities), !=, hash);
    g_assert_cmpuint(n_events, >, 20000);
    g_assert_cmpuint(n_activities, ==, n_events - 20000); /* a level holds those before it */
    traced(SIM_TRACE_STATE, 7, NULL, &n);
    g_assert_cmpuint(n, ==, 0); /* nobody's life is told here */
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, n_events + 2);
    g_auto(GStrv) last = g_strsplit(lines[n_events], " ", -1);
    file_n = g_ascii_strtoull(last[2], NULL, 10);
    g_assert_cmpstr(last[0], ==, "hash");
    g_assert_cmpuint(g_ascii_strtoull(last[1], NULL, 16), ==, hash);
    g_assert_cmpuint(file_n, ==, n_events);
    g_remove(path);
}

static void test_no_file(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(sim_trace_new(SIM_TRACE_STATE, "/nowhere/x.trace", &error));
    g_assert_nonnull(error);
    g_assert_true(sim_trace_end(NULL, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/trace/hash", test_hash);
    g_test_add_func("/trace/no-file", test_no_file);
    g_test_add_func("/trace/no-allocation", test_no_allocation);
    return g_test_run();
}
