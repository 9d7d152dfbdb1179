#include "policy.h"
#include "../core/layout/arch.h"

#include <string.h>

static const SimHostSpec *host_spec(const SimPolicyView *view, guint host)
{
    return sim_platform_host(view->platform, host);
}

static gboolean may_hold(const SimPolicyView *view, guint host)
{
    return host != view->primary && view->up[host];
}

guint sim_policy_holders(const SimPolicyView *view, const char *arch, guint n, guint *hosts)
{
    guint found = 0;
    for (guint pass = 0; pass < 2; pass++)
        for (guint h = 0; h < sim_platform_n_hosts(view->platform) && found < n; h++) {
            gboolean same = strcmp(host_spec(view, h)->arch, arch) == 0;
            if (may_hold(view, h) && same == (pass == 0))
                hosts[found++] = h;
        }
    return found;
}

/* What a job that comes to the host would get of it. */
static double speed_for_one_more(const SimPolicyView *view, guint host)
{
    double jobs = view->n_jobs ? view->n_jobs[host] + 1 : 1;
    const SimHostSpec *spec = host_spec(view, host);
    return spec->speed * MIN(1.0, spec->cores / jobs);
}

static gboolean is_wanted(const SimPolicyView *view, guint host)
{
    return !view->target_arch || strcmp(host_spec(view, host)->arch, view->target_arch) == 0;
}

gboolean sim_policy_prefers(const SimPolicyView *view, SimImageChoice a, SimImageChoice b)
{
    if (a.epoch == 0 || b.epoch == 0)
        return a.epoch != 0;
    if (is_wanted(view, a.host) != is_wanted(view, b.host))
        return is_wanted(view, a.host);
    if (a.epoch != b.epoch)
        return a.epoch > b.epoch;
    double speed_a = speed_for_one_more(view, a.host), speed_b = speed_for_one_more(view, b.host);
    return speed_a > speed_b || (speed_a == speed_b && a.host < b.host);
}

gint sim_policy_any_host(const SimPolicyView *view)
{
    gint best = -1;
    gboolean best_wanted = FALSE;
    for (guint h = 0; h < sim_platform_n_hosts(view->platform); h++) {
        const SimHostSpec *spec = host_spec(view, h);
        if (!view->up[h] || view->job->ops->class_of(view->job, spec->arch) < 0)
            continue;
        gboolean wanted = is_wanted(view, h);
        if (best < 0 || (wanted && !best_wanted) ||
            (wanted == best_wanted &&
             speed_for_one_more(view, h) > speed_for_one_more(view, (guint)best))) {
            best = (gint)h;
            best_wanted = wanted;
        }
    }
    return best;
}

/* An architecture is served only where a host of it can take over. */
static gboolean has_host(const SimPolicyView *view, const char *arch)
{
    for (guint h = 0; h < sim_platform_n_hosts(view->platform); h++)
        if (may_hold(view, h) && strcmp(host_spec(view, h)->arch, arch) == 0)
            return TRUE;
    return FALSE;
}

static void add_copies(const SimPolicyView *view, const char *arch, const char *made,
                       GArray *copies)
{
    guint n_hosts = sim_platform_n_hosts(view->platform);
    g_autofree guint *hosts = g_new(guint, n_hosts);
    if (!has_host(view, arch) || view->job->ops->class_of(view->job, arch) < 0)
        return;
    guint n = sim_policy_holders(view, arch, MAX(view->replicas, 1), hosts);
    for (guint i = 0; i < n; i++) {
        SimCopy copy = {hosts[i], arch, made};
        g_array_append_val(copies, copy);
    }
}

/* Does `host` speak for its architecture: the first of it in the platform? By class: for its class, and the
 * wanted architecture stands before the others of that class. */
static gboolean speaks(const SimPolicyView *view, guint host)
{
    const SimJobOps *ops = view->job->ops;
    const char *arch = host_spec(view, host)->arch;
    for (guint h = 0; h < sim_platform_n_hosts(view->platform); h++) {
        const char *other = host_spec(view, h)->arch;
        gboolean same = strcmp(other, arch) == 0;
        if (same && h < host)
            return FALSE;
        if (!same && view->by_class && has_host(view, other) &&
            ops->class_of(view->job, other) == ops->class_of(view->job, arch) &&
            (is_wanted(view, h) != is_wanted(view, host) ? is_wanted(view, h) : h < host))
            return FALSE;
    }
    return TRUE;
}

static void plan_eager(const SimPolicyView *view, GArray *copies)
{
    for (guint h = 0; h < sim_platform_n_hosts(view->platform); h++)
        if (speaks(view, h)) {
            const char *arch = host_spec(view, h)->arch;
            add_copies(view, arch, arch, copies);
        }
}

/* One image, of `made`'s class, to where it would be converted: the host that would take over now. */
static void plan_one(const SimPolicyView *view, const char *made, GArray *copies)
{
    SimPolicyView without = *view;
    g_autofree gboolean *up =
        g_memdup2(view->up, sim_platform_n_hosts(view->platform) * sizeof *up);
    up[view->primary] = FALSE;
    without.up = up;
    gint host = sim_policy_any_host(&without);
    if (host >= 0)
        add_copies(view, host_spec(view, (guint)host)->arch, made, copies);
}

static void plan_lazy(const SimPolicyView *view, GArray *copies)
{
    plan_one(view, host_spec(view, view->primary)->arch, copies);
}

/* The neutral format is the class of 64 bits and network byte order where the program is built for
 * one, as XDR's is: else of the first architecture of that order, else the primary's own. */
static void plan_neutral(const SimPolicyView *view, GArray *copies)
{
    const char *neutral = host_spec(view, view->primary)->arch;
    guint bytes = 0;
    for (guint a = 0; a < PR_N_ARCHES; a++)
        if (pr_arches[a].big_endian && pr_arches[a].pointer_bytes > bytes &&
            view->job->ops->class_of(view->job, pr_arches[a].name) >= 0) {
            neutral = pr_arches[a].name;
            bytes = pr_arches[a].pointer_bytes;
        }
    plan_one(view, neutral, copies);
}

static void plan_homogeneous(const SimPolicyView *view, GArray *copies)
{
    const char *arch = host_spec(view, view->primary)->arch;
    add_copies(view, arch, arch, copies);
}

static void plan_none(const SimPolicyView *view, GArray *copies)
{
    (void)view;
    (void)copies;
}

static const SimPolicy policies[] = {
    [SIM_STRATEGY_P] = {"P", TRUE, TRUE, plan_eager},
    [SIM_STRATEGY_N] = {"N", TRUE, FALSE, plan_neutral},
    [SIM_STRATEGY_L] = {"L", TRUE, FALSE, plan_lazy},
    [SIM_STRATEGY_H] = {"H", TRUE, TRUE, plan_homogeneous},
    [SIM_STRATEGY_0] = {"0", FALSE, TRUE, plan_none},
};

const SimPolicy *sim_policy(SimStrategy strategy) { return &policies[strategy]; }

const char *sim_strategy_name(SimStrategy strategy) { return policies[strategy].name; }

gboolean sim_strategy_parse(const char *text, SimStrategy *strategy)
{
    for (guint i = 0; i < G_N_ELEMENTS(policies); i++)
        if (strcmp(policies[i].name, text) == 0) {
            *strategy = (SimStrategy)i;
            return TRUE;
        }
    return FALSE;
}

static void add_name(GString *list, const char *name)
{
    g_auto(GStrv) have = g_strsplit(list->str, ",", -1);
    if (!g_strv_contains((const gchar *const *)have, name))
        g_string_append_printf(list, "%s%s", list->len ? "," : "", name);
}

char *sim_policy_classes(const SimPolicy *policy, const SimPolicyView *view, gboolean at_sender)
{
    GString *list = g_string_new(NULL);
    if (policy->checkpoints && !at_sender)
        add_name(list, host_spec(view, view->primary)->arch);
    else if (policy->checkpoints) {
        g_autoptr(GArray) copies = g_array_new(FALSE, FALSE, sizeof(SimCopy));
        g_autofree gboolean *up = g_new(gboolean, sim_platform_n_hosts(view->platform));
        SimPolicyView all = *view; /* hosts that are down now may be back at the next checkpoint */
        for (guint h = 0; h < sim_platform_n_hosts(view->platform); h++)
            up[h] = TRUE;
        all.up = up;
        policy->plan(&all, copies);
        for (guint i = 0; i < copies->len; i++)
            add_name(list, g_array_index(copies, SimCopy, i).made);
    }
    return g_string_free(list, FALSE);
}
