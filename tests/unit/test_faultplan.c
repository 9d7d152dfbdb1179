/* faultinject: fault points by name, fault plans by law. */
#include "faultinject/faultplan.h"
#include "faultinject/points.h"

#define HOUR_NS G_GINT64_CONSTANT(3600000000000)

static void test_points(void)
{
    const FaultPoint *point;
    guint64 k;
    guint n;
    const FaultPoint *all = fault_points(&n);

    g_assert_cmpuint(n, >=, 11);
    for (guint i = 0; i < n; i++) {
        g_assert_true(fault_point_parse(all[i].name, &point, &k));
        g_assert_true(point == &all[i]);
        g_assert_cmpuint(k, ==, 1);
    }
    g_assert_true(fault_point_parse("write:3", &point, &k));
    g_assert_cmpstr(point->victim, ==, "child");
    g_assert_cmpint(point->phase, ==, FAULT_PHASE_CHECKPOINT);
    g_assert_cmpuint(k, ==, 3);
    g_assert_true(fault_point_parse("resume:2", &point, NULL));
    g_assert_cmpint(point->phase, ==, FAULT_PHASE_RESTART);
    for (const char *const *bad = (const char *const[]){"", "writ", "writes", "write:", "write:0",
                                                        "write:x", ":1", NULL};
         *bad; bad++)
        g_assert_false(fault_point_parse(*bad, &point, &k));
}

static void assert_same(const GArray *a, const GArray *b, guint n)
{
    for (guint i = 0; i < n; i++) {
        const SimFault *x = &g_array_index(a, SimFault, i), *y = &g_array_index(b, SimFault, i);
        g_assert_cmpint(x->at_ns, ==, y->at_ns);
        g_assert_cmpstr(x->point, ==, y->point);
        g_assert_cmpuint(x->epoch, ==, y->epoch);
        g_assert_cmpint(x->holder, ==, y->holder);
    }
}

static void test_repeatable(void)
{
    const char *const points[] = {"write:1", "rename:1", "propagate", NULL};
    const FaultLaw law = {.mttf_ns = HOUR_NS,
                          .repair_ns = -1,
                          .points = points,
                          .point_share = 0.5,
                          .epochs = 4,
                          .holder_share = 0.3};
    GArray *a = fault_plan_draw(&law, 7, 3, "failures", 100 * HOUR_NS);
    GArray *b = fault_plan_draw(&law, 7, 3, "failures", 100 * HOUR_NS);
    GArray *longer = fault_plan_draw(&law, 7, 3, "failures", 200 * HOUR_NS);
    GArray *other = fault_plan_draw(&law, 7, 4, "failures", 100 * HOUR_NS);
    guint n_points = 0;

    g_assert_cmpuint(a->len, ==, b->len);
    assert_same(a, b, a->len);
    g_assert_cmpuint(longer->len, >, a->len);
    assert_same(a, longer, a->len);
    g_assert_true(other->len != a->len ||
                  g_array_index(other, SimFault, 0).at_ns != g_array_index(a, SimFault, 0).at_ns);
    for (guint i = 0; i < a->len; i++) {
        const SimFault *fault = &g_array_index(a, SimFault, i);
        g_assert_true((fault->at_ns < 0) == (fault->point != NULL));
        g_assert_true(!fault->point || (fault->epoch >= 1 && fault->epoch <= 4));
        n_points += fault->point != NULL;
    }
    g_assert_cmpuint(n_points, >, 0);
    g_assert_cmpuint(n_points, <, a->len);
    fault_plan_free(a);
    fault_plan_free(b);
    fault_plan_free(longer);
    fault_plan_free(other);
}

/* The mean time between failures is the law's, for every shape: within 5 standard errors. */
static void test_mean(void)
{
    const FaultLaw laws[] = {{.distribution = FAULT_EXPONENTIAL, .mttf_ns = HOUR_NS},
                             {.distribution = FAULT_WEIBULL, .mttf_ns = HOUR_NS, .shape = 0.7},
                             {.distribution = FAULT_WEIBULL, .mttf_ns = HOUR_NS, .shape = 1},
                             {.distribution = FAULT_WEIBULL, .mttf_ns = HOUR_NS, .shape = 3}};

    for (gsize i = 0; i < G_N_ELEMENTS(laws); i++) {
        GArray *plan = fault_plan_draw(&laws[i], 1998, 0, "mean", 5000 * HOUR_NS);
        g_assert_cmpuint(plan->len, >, 4450); /* sd of the count: 70…105 */
        g_assert_cmpuint(plan->len, <, 5550);
        for (guint j = 1; j < plan->len; j++)
            g_assert_cmpint(g_array_index(plan, SimFault, j).at_ns, >=,
                            g_array_index(plan, SimFault, j - 1).at_ns);
        fault_plan_free(plan);
    }
}

static void test_bounds(void)
{
    const FaultLaw rare = {.mttf_ns = 100000 * HOUR_NS, .at_least_one = TRUE};
    const FaultLaw often = {.mttf_ns = HOUR_NS / 100, .maximum = 3};
    const FaultLaw never = {.mttf_ns = 0, .at_least_one = TRUE};
    gint64 sum_ns = 0;
    GArray *plan;

    for (guint64 r = 0; r < 400; r++) {
        plan = fault_plan_draw(&rare, 1, r, "rare", HOUR_NS);
        g_assert_cmpuint(plan->len, >=, 1);
        g_assert_cmpint(g_array_index(plan, SimFault, 0).at_ns, <, HOUR_NS);
        sum_ns += g_array_index(plan, SimFault, 0).at_ns;
        fault_plan_free(plan);
    }
    g_assert_cmpint(ABS(sum_ns / 400 - HOUR_NS / 2), <, HOUR_NS / 13); /* nearly uniform */
    plan = fault_plan_draw(&often, 1, 0, "often", HOUR_NS);
    g_assert_cmpuint(plan->len, ==, 3);
    fault_plan_free(plan);
    plan = fault_plan_draw(&never, 1, 0, "never", HOUR_NS);
    g_assert_cmpuint(plan->len, ==, 0);
    fault_plan_free(plan);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plan/points", test_points);
    g_test_add_func("/plan/repeatable", test_repeatable);
    g_test_add_func("/plan/mean", test_mean);
    g_test_add_func("/plan/bounds", test_bounds);
    return g_test_run();
}
