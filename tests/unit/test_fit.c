/* Laws: what is drawn has the law's moments and distribution; what is fitted to it is the law again, and
 * to small samples what can be worked out by hand. Traces: LANL's layout and our own, and their faults. */
#include "../../core/agent/proc.h"
#include "../../simnet/detmath.h"
#include "../../simnet/fit.h"

#include <glib/gstdio.h>

#include <math.h>
#include <string.h>

#define S 1e9

static gboolean near(double a, double b, double tolerance)
{
    return fabs(a - b) <= tolerance * fabs(b);
}

static void test_detmath(void)
{
    SimStream s;
    sim_stream_init(&s, 3, "detmath", 0);
    for (guint i = 0; i < 200000; i++) {
        double x = exp((sim_stream_unit(&s) - 0.5) * 1400), y = (sim_stream_unit(&s) - 0.5) * 1400;
        if (fabs(log(x)) > 1e-3)
            g_assert_true(near(det_log(x), log(x), 1e-14));
        g_assert_true(near(det_exp(y), exp(y), 1e-14) || exp(y) < 1e-300);
        double z = sim_stream_unit(&s) * 60 + 1e-3, p = sim_stream_unit(&s);
        g_assert_cmpfloat(fabs(det_lgamma(z) - lgamma(z)), <, 1e-13 * (1 + fabs(lgamma(z))));
        g_assert_cmpfloat(fabs(0.5 * erfc(-det_normal_quantile(p) / G_SQRT2) - p), <, 1e-14);
    }
    g_assert_cmpfloat(det_exp(-800), ==, 0);
    g_assert_true(isinf(det_exp(800)));
    /* The bits, which must be these on every machine. */
    const double values[] = {det_log(3), det_exp(1), det_pow(2, 0.5), det_lgamma(0.3),
                             det_normal_quantile(0.01)};
    static const guint64 bits[] = {
        G_GUINT64_CONSTANT(0x3ff193ea7aad030b), G_GUINT64_CONSTANT(0x4005bf0a8b14576a),
        G_GUINT64_CONSTANT(0x3ff6a09e667f3bcc), G_GUINT64_CONSTANT(0x3ff188637a6c4199),
        G_GUINT64_CONSTANT(0xc0029c5c4630ff0e)};
    for (guint i = 0; i < G_N_ELEMENTS(bits); i++) {
        guint64 b;
        memcpy(&b, &values[i], sizeof b);
        g_assert_cmphex(b, ==, bits[i]);
    }
}

/* Draws of each law: mean, distribution, and the law found again. */
static void test_laws(void)
{
    static const SimLawKind kinds[] = {SIM_LAW_EXPONENTIAL, SIM_LAW_WEIBULL, SIM_LAW_LOGNORMAL};
    enum { N = 40000 };
    static const double shapes[] = {1, 0.7, 1.2};
    g_autofree double *ns = g_new(double, N);
    for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
        SimLaw law = sim_law_init(kinds[k], 3600 * S, shapes[k]);
        SimStream s;
        double sum = 0;
        sim_stream_init(&s, 11, "laws", k);
        for (guint i = 0; i < N; i++) {
            ns[i] = (double)sim_law_draw(&law, &s);
            sum += ns[i] / N;
        }
        g_assert_true(near(sum, 3600 * S, 0.03));
        SimFit fit;
        double least = INFINITY;
        SimLawKind best = SIM_LAW_NEVER;
        for (guint f = 0; f < G_N_ELEMENTS(kinds); f++) {
            g_assert_true(sim_fit(kinds[f], ns, N, &fit));
            if (fit.aic < least - 2)
                best = kinds[f];
            least = fmin(least, fit.aic);
            if (f != k)
                continue;
            g_assert_cmpfloat(fit.ks, <, 1.36 / sqrt(N)); /* 95% */
            g_assert_true(near(fit.law.scale_ns, law.scale_ns, 0.02));
            g_assert_true(kinds[k] == SIM_LAW_EXPONENTIAL || near(fit.law.shape, shapes[k], 0.02));
        }
        g_assert_cmpint(best, ==, kinds[k]);
    }
    SimLaw fixed = sim_law_init(SIM_LAW_FIXED, 7, 1), never = sim_law_init(SIM_LAW_NEVER, 0, 1);
    SimStream s;
    sim_stream_init(&s, 1, "x", 0);
    g_assert_cmpint(sim_law_draw(&fixed, &s), ==, 7);
    g_assert_cmpint(sim_law_draw(&never, &s), ==, G_MAXINT64);
}

static void test_closed_forms(void)
{
    double ns[] = {4 * S, 1 * S, 7 * S}, log_mean = log(28.0) / 3;
    SimFit fit;
    g_assert_true(sim_fit(SIM_LAW_EXPONENTIAL, ns, 3, &fit));
    g_assert_true(near(fit.law.mean_ns, 4 * S, 1e-12)); /* the mean */
    g_assert_true(near(fit.log_likelihood, -3 * (log(4) + 1), 1e-12));
    g_assert_true(near(fit.aic, 2 + 6 * (log(4) + 1), 1e-12));
    /* F(1) = 1 - e^-1/4 = 0.2212: the step from 1/3 is below it by 0.112; F(4) = 0.632, F(7) = 0.826 */
    g_assert_true(near(fit.ks, 1 - exp(-1) - 1.0 / 3, 1e-12));
    g_assert_true(sim_fit(SIM_LAW_LOGNORMAL, ns, 3, &fit));
    double s2 = (pow(log(1) - log_mean, 2) + pow(log(4) - log_mean, 2) + pow(log(7) - log_mean, 2)) / 3;
    g_assert_true(near(fit.law.scale_ns, exp(log_mean) * S, 1e-12));
    g_assert_true(near(fit.law.shape, sqrt(s2), 1e-12));
    g_assert_true(sim_fit(SIM_LAW_WEIBULL, ns, 3, &fit));
    double k = fit.law.shape, a = 1 + pow(4, k) + pow(7, k);
    g_assert_true(near((pow(4, k) * log(4) + pow(7, k) * log(7)) / a - 1 / k, log_mean, 1e-9));
    g_assert_true(near(fit.law.scale_ns, pow(a / 3, 1 / k) * S, 1e-9));
    double same[] = {S, S};
    g_assert_false(sim_fit(SIM_LAW_WEIBULL, same, 2, &fit));
    g_assert_false(sim_fit(SIM_LAW_EXPONENTIAL, same, 0, &fit));
}

/* ---- traces ---- */

static SimFailTrace *load_text(const char *text, const char *system, GError **error)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("preaches-trace-XXXXXX.csv", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    SimFailTrace *trace = sim_fail_trace_load(path, system, error);
    g_unlink(path);
    return trace;
}

#define HEAD \
    "System,machine type,nodes,procstot,procsinnode,nodenum,nodenumz,node install,node prod,node decom," \
    "fru type,mem,cputype,memtype,num intercon,purpose,Prob Started,Prob Fixed,Down Time,Facilities," \
    "Hardware,Human Error,Network,Undetermined,Software,Same Event\r\n"
#define LINE(system, nodes, node, from, to, minutes) \
    system ",smp," nodes ",8,4," node "," node ",Jan-97,Jan-97,5-Nov,part,1,1,1,0,compute," from "," to \
           "," minutes ",,,,,,\"MPI, \"\"odd\"\"\",No\r\n"

static void test_lanl_layout(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SimFailTrace) t = load_text(
        HEAD LINE("7", "3", "1", "2/28/2004 23:50", "2/29/2004 0:10", "20")     /* 2: leap year */
        LINE("8", "3", "0", "1/1/2004 0:00", "1/1/2004 1:00", "60")             /* 3: another system */
        LINE("7", "3", "1", "2/29/2004 0:00", "2/29/2004 0:30", "30")           /* 4: overlaps */
        LINE("7", "3", "9", "3/1/2004 0:00", "3/1/2004 1:00", "61")             /* 5: node, minutes */
        LINE("7", "3", "0", "3/1/2004 0:00", "2/1/2004 1:00", "0")              /* 6: backwards */
        LINE("7", "3", "0", "13/1/2004 0:00", "2/1/2004 1:00", "0")             /* 7: no date */
        LINE("7", "3", "0", "3/2/2004 0:00", "3/2/2004 0:00", "0")              /* 8: no time */
        LINE("7", "3", "x", "3/2/2004 0:00", "3/2/2004 0:10", "10"), "7", &error); /* 9: node */
    g_assert_no_error(error);
    g_assert_cmpuint(t->records, ==, 7);
    g_assert_cmpuint(t->nodes->len, ==, 3); /* 1, 9, 0 */
    const SimFailNode *one = t->nodes->pdata[0];
    g_assert_cmpstr(one->name, ==, "1");
    g_assert_cmpuint(one->outages->len, ==, 1);
    g_assert_cmpint(g_array_index(one->outages, SimOutage, 0).down_ns, ==, 0);
    g_assert_cmpint(g_array_index(one->outages, SimOutage, 0).up_ns, ==, (gint64)(40 * 60 * S));
    GString *all = g_string_new(NULL);
    for (guint i = 0; i < t->problems->len; i++)
        g_string_append_printf(all, "%s\n", (char *)t->problems->pdata[i]);
    static const char *const wanted[] = {":4: node 1 was down already", ":5: node 9 of 3",
                                         ":5: down time says 61", ":6: it was back before",
                                         ":7: '13/1/2004 0:00' is no time", ":8: down for no time",
                                         ":9: node 'x' is not a number"};
    for (guint i = 0; i < G_N_ELEMENTS(wanted); i++)
        if (!strstr(all->str, wanted[i]))
            g_error("missing '%s' in\n%s", wanted[i], all->str);
    g_string_free(all, TRUE);
    g_assert_null(load_text(HEAD LINE("7", "3", "1", "2/28/2004 23:50", "2/29/2004 0:10", "20"), "9", &error));
    g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, "no system 9, but 7"));
    g_clear_error(&error);
    g_assert_null(load_text(HEAD, NULL, &error));
    g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE);
    g_clear_error(&error);
    g_assert_null(load_text("what,is,this\n1,2,3\n", NULL, &error));
    g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED);
}

static void test_plain_layout(void)
{
    g_autoptr(GError) error = NULL;
    guint left_out;
    g_autoptr(SimFailTrace) t =
        load_text("node,down_s,up_s\na,100,110\nb,50,60\na,300,320\na,x,1\na,1\n", NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(t->problems->len, ==, 2);
    static const double wanted[SIM_FIT_N_QUANTITIES][3] = {{200}, {190}, {10, 20, 10}, {50, 200}};
    static const guint n[SIM_FIT_N_QUANTITIES] = {1, 1, 3, 2};
    for (guint q = 0; q < SIM_FIT_N_QUANTITIES; q++) {
        g_autoptr(GArray) times = sim_fit_times(t, (SimFitQuantity)q, &left_out);
        g_assert_cmpuint(times->len, ==, n[q]);
        for (guint i = 0; i < n[q]; i++)
            g_assert_cmpfloat(g_array_index(times, double, i), ==, wanted[q][i] * S);
    }
}

/* The real records, where they are. */
static void test_lanl(void)
{
    const char *data = g_getenv("PREACHES_DATA");
    g_autofree char *path = data ? g_build_filename(data, "lanl",
                                                    "LA-UR-05-7318-failure-data-1996-2005.csv.xz", NULL)
                                 : NULL;
    if (!path || !g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        g_test_skip("PREACHES_DATA has no lanl records");
        return;
    }
    static const struct {
        const char *system;
        guint records;
    } rows[] = {{"2", 7104}, {"18", 3997}, {"19", 3284}, {"16", 2680}, {"20", 2478}, {"17", 126}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(SimFailTrace) t = sim_fail_trace_load(path, rows[i].system, &error);
        guint left_out, outages = 0;
        g_assert_no_error(error);
        g_assert_cmpuint(t->records, ==, rows[i].records);
        for (guint k = 0; k < t->nodes->len; k++)
            outages += ((SimFailNode *)t->nodes->pdata[k])->outages->len;
        g_assert_cmpuint(outages, >, rows[i].records * 8 / 10);
        g_autoptr(GArray) repairs = sim_fit_times(t, SIM_FIT_REPAIR, &left_out);
        SimFit exponential, lognormal;
        g_assert_true(sim_fit(SIM_LAW_EXPONENTIAL, (double *)(gpointer)repairs->data, repairs->len, &exponential));
        g_assert_true(sim_fit(SIM_LAW_LOGNORMAL, (double *)(gpointer)repairs->data, repairs->len, &lognormal));
        g_assert_cmpfloat(lognormal.aic, <, exponential.aic); /* Schroeder and Gibson, DSN 2006 */
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fit/detmath", test_detmath);
    g_test_add_func("/fit/laws", test_laws);
    g_test_add_func("/fit/closed-forms", test_closed_forms);
    g_test_add_func("/fit/lanl-layout", test_lanl_layout);
    g_test_add_func("/fit/plain-layout", test_plain_layout);
    g_test_add_func("/fit/lanl", test_lanl);
    return g_test_run();
}
