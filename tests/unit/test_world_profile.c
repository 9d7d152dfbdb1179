/* The world where hosts and links change with time by themselves, with a job that is only its sizes. */
#include "smallworld.h"

#include <stdio.h>

static SimRunResult run(const char *text, const char *trace_path)
{
    SimPlatform *p = small_platform(text);
    const SimSizes sizes = small_sizes(1000000);
    g_autoptr(GError) error = NULL;
    SimRunSpec spec = small_world(p);
    spec.trace = trace_path ? sim_trace_new(SIM_TRACE_STATE, trace_path, &error) : NULL;
    SimRunResult r = small_world_run(&spec, &sizes);
    sim_trace_end(spec.trace, &error);
    g_assert_no_error(error);
    sim_platform_unref(p);
    return r;
}

static gboolean near(gint64 ns, gint64 wanted_ns) { return ABS(ns - wanted_ns) < S / 5; } /* pauses, copies */

static void test_link(void)
{
    SimRunResult r = run(WIRE HOST("a", "x86_64") HOST("b", "s390x"), NULL);
    g_assert_cmpint(r.epochs, ==, 3);
    g_assert_true(near(r.propagate_ns, S));
    r = run(WIRE "bandwidth_profile=10s 500kB/s\n" HOST("a", "x86_64") HOST("b", "s390x"), NULL);
    g_assert_cmpint(r.epochs, ==, 3);
    g_assert_true(near(r.propagate_ns, 2 * S)); /* half the rate, twice as long */
    /* gone while the second copy travels: that epoch is dropped, the others are not */
    r = run(WIRE "availability=60500ms 0;61s 1\n" HOST("a", "x86_64") HOST("b", "s390x"), NULL);
    g_assert_cmpint(r.epochs, ==, 2);
    g_assert_cmpint(r.failures, ==, 0);
    g_assert_cmpint(r.output_match, ==, 1);
}

static void test_host(void)
{
    /* half the speed from 20 s to 60 s: 20 s of work are done later */
    SimRunResult r = run(WIRE HOST("a", "x86_64") "availability=20s 0.5;60s 1\n" HOST("b", "s390x"), NULL);
    g_assert_true(near(r.total_ns, 120 * S));
    g_assert_cmpint(r.failures, ==, 0);
    /* gone at 50 s: b goes on from the checkpoint at 30 s */
    r = run(WIRE HOST("a", "x86_64") "availability=50s 0;70s 1\n" HOST("b", "s390x"), NULL);
    g_assert_cmpint(r.failures, ==, 1);
    g_assert_true(near(r.lost_work_ns, 20 * S));
    g_assert_true(near(r.total_ns, 50 * S + r.first_work_ns + 70 * S));
}

static void test_trace(void)
{
    g_autofree char *path = g_strdup_printf("%s/preaches-%d.trace", g_get_tmp_dir(), g_random_int());
    g_autofree char *text = NULL;
    run(WIRE HOST("a", "x86_64") "availability=50s 0;70s 1\n" HOST("b", "s390x"), path);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    static const char *const order[] = {"0 job-runs 0 0\n", " checkpoint 1 0\n", " epoch-is-committed 1 1\n",
                                        "50000000000 host-fails 0 0\n", " job-runs 0 1\n",
                                        "70000000000 host-is-back 0 0\n", " job-ends 0 1\n", "hash "};
    const char *at = text;
    for (guint i = 0; i < G_N_ELEMENTS(order); i++) {
        at = strstr(at, order[i]);
        if (!at)
            g_error("no '%s' in its place:\n%s", order[i], text);
    }
    remove(path);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/world-profile/link", test_link);
    g_test_add_func("/world-profile/host", test_host);
    g_test_add_func("/world-profile/trace", test_trace);
    return g_test_run();
}
