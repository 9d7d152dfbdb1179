/* mode=model: its epochs cost what the world's do, and its life is right where it is known exactly. */
#include "smallworld.h"

#include <math.h>

#define MIN_NS (60 * S)

static SimSizes sizes_of(guint64 bytes)
{
    static const struct {
        const char *arch;
        gint cls;
    } rows[] = {{"x86_64", 0}, {"aarch64", 0}, {"i686", 1}, {"s390x", 2},
                {"hppa", 3},   {"mips", 3},    {"m68k", 4}};
    SimSizes sizes = {.state_bytes = bytes};
    for (guint a = 0; a < PR_N_ARCHES; a++) {
        sizes.arch[a].cls = -1;
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
            if (strcmp(rows[i].arch, pr_arches[a].name) == 0) {
                guint64 image = bytes + (guint64)rows[i].cls * 65536;
                sizes.arch[a] = (SimSizesArch){rows[i].cls, image, {image, 4096, 512, 5}};
            }
    }
    return sizes;
}

static SimPlatform *lab1998(void)
{
    g_autoptr(GError) error = NULL;
    SimPlatform *p = sim_platform_load("simnet/platforms/lab1998.platform", &error);
    g_assert_no_error(error);
    return p;
}

static const char no_output[] = "/dev/null";

/* The same undisturbed epochs and the same recovery, in the world and in the model. */
static void test_as_the_world(void)
{
    SimPlatform *p = lab1998();
    const SimSizes sizes = sizes_of(1000000);
    static const struct {
        SimStrategy strategy;
        gboolean at_sender;
        guint replicas;
        const char *target;
    } rows[] = {{SIM_STRATEGY_P, TRUE, 1, "m68k"}, {SIM_STRATEGY_P, FALSE, 1, "s390x"},
                {SIM_STRATEGY_P, TRUE, 2, "i686"}, {SIM_STRATEGY_L, TRUE, 1, "mips"},
                {SIM_STRATEGY_N, TRUE, 1, "hppa"}, {SIM_STRATEGY_N, TRUE, 2, "s390x"},
                {SIM_STRATEGY_H, TRUE, 1, "x86_64"}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        static const SimFault fault = {.at_ns = 100 * S, .repair_ns = -1};
        static const char *const none[] = {NULL};
        SimRunSpec spec = {.platform = p, .workload = "w", .program = "w", .args = none,
                           .source_arch = "x86_64", .target_arch = rows[i].target,
                           .strategy = rows[i].strategy, .interval_ns = 30 * S, .run_ns = 200 * S,
                           .detector_ns = S, .replicas = rows[i].replicas,
                           .convert_at_sender = rows[i].at_sender, .total_polls = 1000000,
                           .expected_output = no_output, .scratch = "/", .faults = &fault,
                           .n_faults = 1};
        g_autoptr(GError) error = NULL;
        SimRunResult world;
        SimJob *job = sim_sizes_job_new(&sizes);
        sim_world_run_job(&spec, job, &world, &error);
        g_assert_no_error(error);
        job->ops->free(job);

        /* A trace in which the first host goes down where the fault came, and stays so. */
        g_autofree char *path = g_build_filename(g_get_tmp_dir(), "preaches-test-trace.csv", NULL);
        g_assert_true(g_file_set_contents(path, "node,down_s,up_s\n0,100,100000000\n9,0,1\n", -1, NULL));
        SimFailTrace *trace = sim_fail_trace_load(path, NULL, &error);
        g_assert_no_error(error);
        SimFailNode *quiet = trace->nodes->pdata[0];
        g_assert_cmpuint(trace->nodes->len, ==, 2);
        quiet = trace->nodes->pdata[strcmp(quiet->name, "0") == 0 ? 1 : 0];
        g_array_set_size(quiet->outages, 0);
        if (quiet == trace->nodes->pdata[0]) { /* the failing one first */
            trace->nodes->pdata[0] = trace->nodes->pdata[1];
            trace->nodes->pdata[1] = quiet;
        }
        while (trace->nodes->len < 14)
            g_ptr_array_add(trace->nodes, quiet);
        SimModelSpec m = {.platform = p, .sizes = &sizes, .costs = &sim_costs, .cells = 1, .jobs = 1,
                          .source_arch = "x86_64", .target_arch = rows[i].target,
                          .strategy = rows[i].strategy, .replicas = rows[i].replicas,
                          .convert_at_sender = rows[i].at_sender,
                          .interval = {SIM_INTERVAL_FIXED, 30 * S, 0, 0}, .run_ns = 200 * S,
                          .detector_ns = S, .trace = trace};
        SimModelResult model;
        sim_model_run(&m, &model, &error);
        g_assert_no_error(error);
        g_assert_cmpint(model.row.pause_ns, ==, world.pause_ns);
        g_assert_cmpint(model.row.convert_ns, ==, world.convert_ns);
        g_assert_cmpint(model.row.propagate_ns, ==, world.propagate_ns);
        g_assert_cmpint(model.row.commit_ns, ==, world.commit_ns);
        g_assert_cmpint(model.row.image_bytes, ==, world.image_bytes);
        g_assert_cmpint(model.row.sent_bytes, ==, world.sent_bytes);
        g_assert_cmpint(model.row.classes, ==, world.classes);
        g_assert_cmpint(model.row.epochs, ==, world.epochs);
        g_assert_cmpint(model.row.failures, ==, world.failures);
        g_assert_cmpint(model.row.detect_ns, ==, world.detect_ns);
        g_assert_cmpint(model.row.select_ns, ==, world.select_ns);
        g_assert_cmpint(model.row.load_ns, ==, world.load_ns);
        g_assert_cmpint(model.row.rebuild_ns, ==, world.rebuild_ns);
        g_assert_cmpint(model.row.lost_work_ns, ==, world.lost_work_ns);
        g_assert_cmpint(model.row.total_ns, ==, world.total_ns);
        g_ptr_array_set_free_func(trace->nodes, NULL);
        sim_fail_trace_free(trace);
    }
    sim_platform_unref(p);
}

/* ---- Daly's exact expectation ---- */

static SimPlatform *pair(const char *start)
{
    g_autofree char *text = g_strdup_printf(
        "[link wire]\nbandwidth=1000000GB/s\nlatency=0ns\npolicy=fatpipe\n[route * *]\nlinks=wire\n"
        "[host a]\narch=x86_64\ndisk=1000000GB/s\nseek=0ns\nfsync=0ns\nconvert=1000000GB/s\nstart=%s\n"
        "[host b]\narch=x86_64\ndisk=1000000GB/s\nseek=0ns\nfsync=0ns\nconvert=1000000GB/s\nstart=%s\n",
        start, start);
    return small_platform(text);
}

/* Columns of daly.csv, in minutes. */
enum { M_MIN, DELTA_MIN, R_MIN, TS_MIN, YOUNG_MIN, DALY_MIN, OPT_MIN, ET_EXACT_MIN };

static void check_daly_row(const SimPlatform *p, const double *row)
{
    double tau = row[DALY_MIN];
    /* The table rounds the interval to hundredths of a minute; the work is a whole number of them. */
    g_assert_cmpfloat(fabs(sim_interval_young(row[DELTA_MIN], row[M_MIN]) - row[YOUNG_MIN]), <, 0.006);
    g_assert_cmpfloat(fabs(sim_interval_daly(row[DELTA_MIN], row[M_MIN]) - tau), <, 0.006);
    double n = nearbyint(row[TS_MIN] / tau), exact_tau = row[TS_MIN] / n;
    double expected = sim_interval_expected(row[TS_MIN], exact_tau, row[DELTA_MIN], row[R_MIN], row[M_MIN]);
    g_assert_cmpfloat(fabs(expected / row[ET_EXACT_MIN] - 1), <, 1e-4);

    SimSizes sizes = sizes_of(1);
    SimCosts costs = {.fork_ns = (gint64)(row[DELTA_MIN] * (double)MIN_NS), .page_bytes = 4096,
                      .copy_speedup = 1, .heartbeats_per_timeout = 4, .memory_bps = 1e18,
                      .decide_ns = 1000 /* the one that failed is back by then */};
    for (guint a = 0; a < PR_N_ARCHES; a++)
        sizes.arch[a].facts = (SimJobFacts){0};
    gint64 tau_ns = (gint64)nearbyint(exact_tau * (double)MIN_NS);
    SimModelSpec spec = {.platform = p, .sizes = &sizes, .costs = &costs, .jobs = 1,
                         .cells = row[M_MIN] > 100 ? 4000 : 100, .source_arch = "x86_64",
                         .strategy = SIM_STRATEGY_H, .replicas = 1, .convert_at_sender = TRUE,
                         .interval = {SIM_INTERVAL_FIXED, tau_ns, 0, 0},
                         .run_ns = tau_ns * (gint64)n + 1000000, /* the last checkpoint counts */
                         .failure = sim_law_init(SIM_LAW_EXPONENTIAL, row[M_MIN] * (double)MIN_NS, 1),
                         .repair = sim_law_init(SIM_LAW_FIXED, 1, 1), .hit_jobs = TRUE,
                         .seed = 2006};
    SimModelResult r;
    g_autoptr(GError) error = NULL;
    sim_model_run(&spec, &r, &error);
    g_assert_no_error(error);
    double mean = (double)r.row.total_ns / (double)MIN_NS;
    double ci99 = 2.576 * r.total_sd_ns / (double)MIN_NS / sqrt(spec.cells);
    g_test_message("M %g min: mean %.2f, exact %.2f, 99%% interval +-%.2f", row[M_MIN], mean,
                   row[ET_EXACT_MIN], ci99);
    g_assert_cmpfloat(fabs(mean - row[ET_EXACT_MIN]), <, ci99);
    g_assert_cmpfloat(ci99, <, 0.02 * mean); /* the interval says something */
    g_assert_cmpint(r.ended, ==, spec.cells);
}

static void test_daly(void)
{
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents("tests/golden/daly/daly.csv", &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    SimPlatform *p = pair("10min");
    guint n = 0;
    for (guint i = 1; lines[i] && *lines[i]; i++, n++) {
        g_auto(GStrv) f = g_strsplit(lines[i], ",", -1);
        double row[ET_EXACT_MIN + 1];
        for (guint k = 0; k <= ET_EXACT_MIN; k++)
            row[k] = g_ascii_strtod(f[k], NULL);
        check_daly_row(p, row);
    }
    g_assert_cmpuint(n, ==, 3);
    sim_platform_unref(p);
}

/* Four jobs on two hosts of one core: each gets half of it, until they end together. */
static void test_cores(void)
{
    SimPlatform *p = pair("0ns");
    const SimSizes sizes = sizes_of(1);
    SimModelSpec spec = {.platform = p, .sizes = &sizes, .costs = &sim_costs, .cells = 3, .jobs = 4,
                         .source_arch = "x86_64", .strategy = SIM_STRATEGY_0, .run_ns = 100 * S,
                         .detector_ns = S, .failure = {.kind = SIM_LAW_NEVER}};
    SimModelResult r;
    g_autoptr(GError) error = NULL;
    sim_model_run(&spec, &r, &error);
    g_assert_no_error(error);
    g_assert_cmpint(r.row.total_ns, ==, 200 * S);
    g_assert_cmpint(r.ended, ==, 12);
    g_assert_cmpint(r.work_s, ==, 1200);
    spec.jobs = 3; /* one host with one job, one with two */
    sim_model_run(&spec, &r, &error);
    g_assert_no_error(error);
    g_assert_cmpint(r.row.total_ns, ==, (200 + 200 + 100) * S / 3 + 1); /* rounded up */
    sim_platform_unref(p);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/as-the-world", test_as_the_world);
    g_test_add_func("/model/cores", test_cores);
    g_test_add_func("/model/daly", test_daly);
    return g_test_run();
}
