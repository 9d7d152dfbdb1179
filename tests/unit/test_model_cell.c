/* mode=model: hosts that fail together, change with time and have memory for so much; several jobs whose
 * checkpoints are under way at the same time; many hosts. */
#include "../../core/agent/proc.h"
#include "../../simnet/traffic.h"
#include "smallworld.h"

#define FAST    "[link wire]\nbandwidth=1GB/s\nlatency=0ns\n[route * *]\nlinks=wire\n"
#define BARE(n) "[host " n "]\narch=x86_64\nstart=0ns\n"

/* Nothing is sent. */
static SimModelSpec idle(const SimPlatform *p, const SimSizes *sizes)
{
    SimModelSpec spec = small_model(p, sizes);
    spec.strategy = SIM_STRATEGY_0;
    spec.target_arch = NULL;
    return spec;
}

/* k of the n of a group fail at once, the whole group, or nobody outside it. */
static void test_groups(void)
{
    SimPlatform *p = small_platform(FAST BARE("a") BARE("b") BARE("c") BARE("d") "[group rack]\nhosts=a;b;c\n");
    const SimSizes sizes = small_sizes(1000);
    static const struct {
        guint hit;
        gint64 failures;
    } rows[] = {{0, 3}, {1, 1}, {2, 2}, {9, 3}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        SimModelSpec spec = idle(p, &sizes);
        spec.cells = 50;
        spec.run_ns = 1000 * S;
        spec.horizon_ns = 25 * S;
        spec.group_failure = sim_law_init(SIM_LAW_FIXED, 10 * (double)S, 1);
        spec.group_repair = sim_law_init(SIM_LAW_FIXED, 2 * (double)S, 1);
        spec.group_hit = rows[i].hit;
        g_assert_cmpint(small_model_run(&spec).row.failures, ==, 50 * 2 * rows[i].failures); /* at 10 s and at 20 s */
        if (rows[i].hit == 1) { /* one of three, drawn anew: the job's host is hit in about a third of them */
            gint64 hits = small_model_run(&spec).recoveries;
            g_assert_cmpint(hits, >, 15);
            g_assert_cmpint(hits, <, 55);
        }
    }
    sim_platform_unref(p);
}

/* Half of the host from 10 s to 50 s; gone from 60 s to 90 s, when the job begins anew. */
static void test_availability(void)
{
    const SimSizes sizes = small_sizes(1000);
    SimPlatform *p = small_platform(FAST BARE("a") "availability=10s 0.5;50s 1\n");
    SimModelSpec spec = idle(p, &sizes);
    g_assert_cmpint(small_model_run(&spec).row.total_ns, ==, 120 * S);
    sim_platform_unref(p);
    p = small_platform(FAST BARE("a") "availability=60s 0;90s 1\n");
    spec = idle(p, &sizes);
    SimModelResult r = small_model_run(&spec);
    g_assert_cmpint(r.row.failures, ==, 1);
    g_assert_cmpint(r.row.total_ns, ==, 190 * S);
    sim_platform_unref(p);
    p = small_platform(FAST BARE("a") "speed_float=0.25\n");
    spec = idle(p, &sizes);
    spec.work = SIM_WORK_FLOAT;
    g_assert_cmpint(small_model_run(&spec).row.total_ns, ==, 400 * S);
    spec.work = SIM_WORK_INTEGER;
    g_assert_cmpint(small_model_run(&spec).row.total_ns, ==, 100 * S);
    sim_platform_unref(p);
}

/* A host has room for one job: when it fails, the other host takes no second one, and its job waits. */
static void test_memory(void)
{
    const SimSizes sizes = small_sizes(1000000);
    SimPlatform *p = small_platform(FAST BARE("a") "memory=1500kB\navailability=10s 0;500s 1\n" BARE("b") "memory=1500kB\n");
    SimModelSpec spec = idle(p, &sizes);
    spec.jobs = 2;
    SimModelResult r = small_model_run(&spec);
    g_assert_cmpint(r.ended, ==, 2);
    g_assert_cmpint(r.row.total_ns, ==, (100 + 200) * S / 2); /* when b's own has ended, at 100 s */
    spec.jobs = 3;
    g_autoptr(GError) error = NULL;
    g_assert_false(sim_model_run(&spec, &r, &error));
    g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE);
    sim_platform_unref(p);
}

/* ---- several checkpoints at a time ---- */

typedef struct Two { /* epochs of two jobs, begun a while apart */
    const SimProfile *first, *second;
    SimTraffic *traffic;
    SimSending *sending[2];
} Two;

static Two begin_two(const SimPlatform *p, const SimSizes *sizes, SimJob *job, gint64 apart_ns)
{
    static const gboolean up[] = {TRUE, TRUE, TRUE};
    Two two = {.traffic = sim_traffic_new(&sim_costs, p)};
    for (guint i = 0; i < 2; i++) {
        SimPolicyView view = {.platform = p, .up = up, .job = job, .primary = i, .replicas = 1};
        sim_traffic_run(two.traffic, i * apart_ns, TRUE);
        two.sending[i] = sim_traffic_begin(two.traffic, sim_policy(SIM_STRATEGY_L), &view, sizes, TRUE);
    }
    two.first = sim_sending_profile(two.sending[0]);
    two.second = sim_sending_profile(two.sending[1]);
    return two;
}

/* L sends one image, to c: for each job a second over the wire alone, and a second of c's disk. */
static const char two_senders[] = WIRE HOST("a", "x86_64") HOST("b", "x86_64") "speed=0.5\n"
    "[host c]\narch=s390x\nstart=0ns\nseek=0ns\nfsync=0ns\ndisk=1MB/s\nconvert=1GB/s\nspeed=9\n";

static gboolean near(gint64 ns, gint64 wanted_ns) { return ABS(ns - wanted_ns) < S / 50; }

static void test_traffic(void)
{
    SimPlatform *p = small_platform(two_senders);
    const SimSizes sizes = small_sizes(1000000);
    SimJob *job = sim_sizes_job_new(&sizes);
    Two two = begin_two(p, &sizes, job, 0); /* the wire halves; then they queue for the disk */
    sim_traffic_finish(two.traffic);
    g_assert_true(near(two.first->copy[0].arrived_ns, 2 * S));
    g_assert_true(near(two.second->copy[0].arrived_ns, 2 * S));
    g_assert_true(near(two.first->copy[0].held_ns, 3 * S));
    g_assert_true(near(two.second->copy[0].held_ns, 4 * S));
    sim_traffic_free(two.traffic);

    two = begin_two(p, &sizes, job, S / 2); /* alone, shared, alone */
    sim_traffic_finish(two.traffic);
    g_assert_true(near(two.first->copy[0].arrived_ns, S * 3 / 2));
    g_assert_true(near(two.second->copy[0].arrived_ns, S * 3 / 2));
    sim_traffic_free(two.traffic);

    two = begin_two(p, &sizes, job, 0); /* a's host fails half-way: b has the wire to itself */
    sim_traffic_run(two.traffic, S, FALSE);
    sim_sending_abort(two.sending[0]);
    sim_traffic_finish(two.traffic);
    g_assert_true(two.first->copy[0].lost);
    g_assert_true(near(two.second->copy[0].arrived_ns, S * 3 / 2));
    sim_traffic_free(two.traffic);

    two = begin_two(p, &sizes, job, 0); /* the holder fails while it writes: both are lost */
    sim_traffic_run(two.traffic, S * 5 / 2, FALSE);
    sim_traffic_host_failed(two.traffic, 2);
    g_assert_true(sim_traffic_is_idle(two.traffic));
    g_assert_true(two.first->copy[0].lost && two.second->copy[0].lost);
    sim_traffic_host_back(two.traffic, 2);
    sim_sending_release(two.sending[0]);
    sim_sending_release(two.sending[1]);
    sim_traffic_free(two.traffic);

    two = begin_two(p, &sizes, job, 0); /* the disk is somebody else's until then */
    sim_traffic_hold_disk(two.traffic, 2, 10 * S);
    SimSending *again = sim_traffic_repeat(two.traffic, two.first, 0, &sizes);
    sim_traffic_finish(two.traffic);
    const SimProfile *third = sim_sending_profile(again);
    gint64 sum_ns = two.first->copy[0].held_ns + two.second->copy[0].held_ns + third->copy[0].held_ns;
    g_assert_true(near(sum_ns, (11 + 12 + 13) * S));
    g_assert_cmpint(third->sent_bytes, ==, two.first->sent_bytes);
    sim_traffic_free(two.traffic);
    job->ops->free(job);
    sim_platform_unref(p);
}

/* In the model: two jobs that checkpoint at the same instants take twice as long to send, and those that begin
 * ten seconds apart do not notice each other. */
static void test_contention(void)
{
    SimPlatform *p = small_platform(two_senders);
    const SimSizes sizes = small_sizes(1000000);
    SimModelSpec spec = small_model(p, &sizes);
    spec.strategy = SIM_STRATEGY_L;
    spec.cells = 3;
    SimModelResult one = small_model_run(&spec);
    spec.jobs = 2;
    SimModelResult two = small_model_run(&spec);
    spec.spread_ns = 20 * S;
    SimModelResult apart = small_model_run(&spec);
    g_assert_true(near(one.row.propagate_ns, S));
    g_assert_true(near(two.row.propagate_ns, 2 * S));
    g_assert_true(near(apart.row.propagate_ns, S));
    g_assert_cmpint(one.row.epochs, ==, 3 * 3);
    g_assert_cmpint(two.row.epochs, ==, 2 * one.row.epochs + 3 * 3); /* b is half as fast: 200 s */
    g_assert_cmpint(apart.row.epochs, ==, two.row.epochs);
    g_assert_cmpint(one.row.total_ns, <=, 101 * S);
    g_assert_cmpint(apart.row.total_ns, ==, two.row.total_ns); /* counted from when each began */
    sim_platform_unref(p);
}

/* Two jobs of a host go on from c at once: c's disk serves one after the other. */
static void test_reads(void)
{
    SimPlatform *p = small_platform(WIRE "policy=fatpipe\n" HOST("a", "x86_64") "cores=2\navailability=70s 0\n"
                                    "[host c]\narch=s390x\ncores=2\nstart=0ns\nseek=1s\nfsync=0ns\ndisk=1GB/s\nconvert=1GB/s\n");
    const SimSizes sizes = small_sizes(1000000);
    SimModelSpec spec = small_model(p, &sizes);
    SimModelResult one = small_model_run(&spec);
    spec.jobs = 2;
    SimModelResult two = small_model_run(&spec);
    g_assert_true(near(one.row.load_ns, 2 * S)); /* two seeks */
    g_assert_cmpint(two.recoveries, ==, 2);
    g_assert_cmpint(two.restarts, ==, 0);
    g_assert_true(near(two.worst_ns - one.worst_ns, 2 * S));
    sim_platform_unref(p);
}

/* With links that change, and so always through traffic, an epoch is what it is in the world. */
static void test_links_as_the_world(void)
{
    static const char *const links[] = {
        WIRE, /* not through traffic */
        WIRE "availability=1s 1\n", /* through it, and nothing else */
        WIRE "bandwidth_profile=10s 500kB/s\n",
        WIRE "availability=60500ms 0;61s 1\n", /* the second epoch's copies are lost */
        WIRE "availability=0s 0.25;31s 1;every 40s\n",
    };
    const SimSizes sizes = small_sizes(1000000);
    gint64 propagate_ns[G_N_ELEMENTS(links)];
    for (guint i = 0; i < G_N_ELEMENTS(links); i++) {
        g_autofree char *text = g_strconcat(links[i], HOST("a", "x86_64"), HOST("b", "s390x"),
                                            HOST("c", "x86_64"), NULL);
        SimPlatform *p = small_platform(text);
        SimRunSpec world_spec = small_world(p);
        SimModelSpec model_spec = small_model(p, &sizes);
        SimRunResult world = small_world_run(&world_spec, &sizes);
        SimRunResult model = small_model_run(&model_spec).row;
        g_assert_cmpint(model.epochs, ==, world.epochs);
        g_assert_cmpint(model.propagate_ns, ==, world.propagate_ns);
        g_assert_cmpint(model.commit_ns, ==, world.commit_ns);
        g_assert_cmpint(model.convert_ns, ==, world.convert_ns);
        g_assert_cmpint(model.total_ns, ==, world.total_ns);
        propagate_ns[i] = model.propagate_ns;
        sim_platform_unref(p);
    }
    g_assert_cmpint(propagate_ns[1], ==, propagate_ns[0]);
    g_assert_cmpint(propagate_ns[2], >, propagate_ns[0]);
}

/* ---- many hosts ---- */

static SimPlatform *of_hosts(guint n)
{
    GString *text = g_string_new(FAST);
    for (guint h = 0; h < n; h++)
        g_string_append_printf(text, "[host h%u]\narch=x86_64\n", h);
    SimPlatform *p = small_platform(text->str);
    g_string_free(text, TRUE);
    return p;
}

static void test_many_hosts(void)
{
    const SimSizes sizes = small_sizes(1000);
    g_autoptr(GError) error = NULL;
    SimPlatform *p = of_hosts(SIM_MODEL_MAX_HOSTS);
    SimModelSpec spec = small_model(p, &sizes);
    SimModelResult r;
    spec.target_arch = NULL;
    spec.jobs = 100;
    spec.seed = 7;
    spec.failure = sim_law_init(SIM_LAW_EXPONENTIAL, 1000 * (double)S, 1);
    r = small_model_run(&spec);
    g_assert_cmpint(r.ended, ==, 100);
    g_assert_cmpint(r.recoveries, >, 3);
    g_assert_cmpint(r.recoveries, <, 30);
    sim_platform_unref(p);
    p = of_hosts(SIM_MODEL_MAX_HOSTS + 1);
    spec.platform = p;
    g_assert_false(sim_model_run(&spec, &r, &error));
    g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE);
    sim_platform_unref(p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model-cell/groups", test_groups);
    g_test_add_func("/model-cell/availability", test_availability);
    g_test_add_func("/model-cell/memory", test_memory);
    g_test_add_func("/model-cell/traffic", test_traffic);
    g_test_add_func("/model-cell/contention", test_contention);
    g_test_add_func("/model-cell/reads", test_reads);
    g_test_add_func("/model-cell/links-as-the-world", test_links_as_the_world);
    g_test_add_func("/model-cell/many-hosts", test_many_hosts);
    return g_test_run();
}
