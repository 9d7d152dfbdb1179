#include "fit.h"

#include <math.h>

static const double ns_per_s = 1e9;

const char *const sim_fit_quantity_names[] = {"time_between_failures", "uptime", "repair",
                                              "time_between_failures_of_system", NULL};

static gint compare_doubles(gconstpointer a, gconstpointer b, gpointer data)
{
    (void)data;
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ---- estimates ---- */

typedef struct Logs {
    double sum, squares; /* of the logarithms of seconds, about their mean for the squares */
} Logs;

static Logs logs_of(const double *ns, guint n)
{
    Logs l = {0, 0};
    for (guint i = 0; i < n; i++)
        l.sum += log(ns[i] / ns_per_s);
    for (guint i = 0; i < n; i++) {
        double d = log(ns[i] / ns_per_s) - l.sum / n;
        l.squares += d * d;
    }
    return l;
}

/* The likelihood's derivative is zero where sum(x^k log x) / sum(x^k) - 1/k = mean(log x); x by the
 * largest, so that the powers stay below 1. Increasing in k: Newton's steps are kept within it. */
static double weibull_shape(const double *ns, guint n, double mean_log)
{
    double most = ns[n - 1], k = 1, low = 1e-3, high = 1e3;
    for (guint round = 0; round < 200; round++) {
        double s0 = 0, s1 = 0, s2 = 0;
        for (guint i = 0; i < n; i++) {
            double l = log(ns[i] / most), p = exp(k * l);
            s0 += p;
            s1 += p * l;
            s2 += p * l * l;
        }
        double f = s1 / s0 - 1 / k - (mean_log - log(most / ns_per_s));
        double slope = s2 / s0 - (s1 / s0) * (s1 / s0) + 1 / (k * k);
        if (f > 0)
            high = k;
        else
            low = k;
        double next = k - f / slope;
        if (!(next > low && next < high))
            next = (low + high) / 2;
        if (fabs(next / k - 1) < 1e-12)
            return next;
        k = next;
    }
    return k;
}

static double mean_power(const double *ns, guint n, double k)
{
    double sum = 0, most = ns[n - 1];
    for (guint i = 0; i < n; i++)
        sum += pow(ns[i] / most, k);
    return most * pow(sum / n, 1 / k);
}

static double log_density(const SimLaw *law, double ns)
{
    double scale_s = law->scale_ns / ns_per_s, x = ns / law->scale_ns, k = law->shape;
    switch (law->kind) {
    case SIM_LAW_EXPONENTIAL:
        return -log(scale_s) - x;
    case SIM_LAW_WEIBULL:
        return log(k / scale_s) + (k - 1) * log(x) - pow(x, k);
    default:
        return -log(ns / ns_per_s * k * sqrt(2 * G_PI)) - log(x) * log(x) / (2 * k * k);
    }
}

static void measure(const double *ns, guint n, SimFit *fit)
{
    guint parameters = fit->law.kind == SIM_LAW_EXPONENTIAL ? 1 : 2;
    fit->n = n;
    fit->log_likelihood = fit->ks = 0;
    for (guint i = 0; i < n; i++) {
        double f = sim_law_cdf(&fit->law, ns[i]);
        fit->log_likelihood += log_density(&fit->law, ns[i]);
        fit->ks = fmax(fit->ks, fmax((i + 1.0) / n - f, f - (double)i / n));
    }
    fit->aic = 2.0 * parameters - 2 * fit->log_likelihood;
}

gboolean sim_fit(SimLawKind kind, double *ns, guint n, SimFit *fit)
{
    if (n == 0)
        return FALSE;
    g_qsort_with_data(ns, (gint)n, sizeof *ns, compare_doubles, NULL);
    Logs logs = logs_of(ns, n);
    if (kind == SIM_LAW_EXPONENTIAL) {
        fit->law = sim_law_init(kind, mean_power(ns, n, 1), 1);
    } else if (ns[n - 1] <= ns[0]) {
        return FALSE;
    } else if (kind == SIM_LAW_WEIBULL) {
        double k = weibull_shape(ns, n, logs.sum / n);
        fit->law = sim_law_by_scale(kind, mean_power(ns, n, k), k);
    } else {
        fit->law = sim_law_by_scale(kind, exp(logs.sum / n) * ns_per_s, sqrt(logs.squares / n));
    }
    measure(ns, n, fit);
    return TRUE;
}

/* ---- times of a trace ---- */

static void add(GArray *times, gint64 ns, guint *n_nothing)
{
    double value = (double)ns;
    if (ns > 0)
        g_array_append_val(times, value);
    else
        (*n_nothing)++;
}

static void add_node(GArray *times, const SimFailNode *node, SimFitQuantity quantity,
                     guint *n_nothing)
{
    const SimOutage *o = (const SimOutage *)(gconstpointer)node->outages->data;
    for (guint i = 0; i < node->outages->len; i++) {
        if (quantity == SIM_FIT_REPAIR)
            add(times, o[i].up_ns - o[i].down_ns, n_nothing);
        else if (i > 0 && quantity == SIM_FIT_BETWEEN)
            add(times, o[i].down_ns - o[i - 1].down_ns, n_nothing);
        else if (i > 0 && quantity == SIM_FIT_UPTIME)
            add(times, o[i].down_ns - o[i - 1].up_ns, n_nothing);
    }
}

static gint compare_times(gconstpointer a, gconstpointer b) { return compare_doubles(a, b, NULL); }

static void add_system(GArray *times, const SimFailTrace *trace, guint *n_nothing)
{
    g_autoptr(GArray) downs = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < trace->nodes->len; i++) {
        const SimFailNode *node = trace->nodes->pdata[i];
        for (guint k = 0; k < node->outages->len; k++) {
            double down = (double)g_array_index(node->outages, SimOutage, k).down_ns;
            g_array_append_val(downs, down);
        }
    }
    g_array_sort(downs, compare_times);
    for (guint i = 1; i < downs->len; i++)
        add(times, (gint64)(g_array_index(downs, double, i) - g_array_index(downs, double, i - 1)),
            n_nothing);
}

GArray *sim_fit_times(const SimFailTrace *trace, SimFitQuantity quantity, guint *n_nothing)
{
    GArray *times = g_array_new(FALSE, FALSE, sizeof(double));
    *n_nothing = 0;
    if (quantity == SIM_FIT_BETWEEN_SYSTEM)
        add_system(times, trace, n_nothing);
    for (guint i = 0; i < trace->nodes->len && quantity != SIM_FIT_BETWEEN_SYSTEM; i++)
        add_node(times, trace->nodes->pdata[i], quantity, n_nothing);
    return times;
}
