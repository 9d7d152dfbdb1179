#include "prediction.h"
#include "../core/agent/proc.h"
#include "../simnet/policy.h"

#include <string.h>

static const SimProfileCopy *best_copy(const LabPrediction *p, const SimPolicyView *view)
{
    const SimProfileCopy *best = NULL;
    for (guint i = 0; i < p->epoch->n_copies; i++) {
        const SimProfileCopy *copy = &p->epoch->copy[i];
        if (g_str_equal(sim_platform_host(p->platform, copy->host)->arch, copy->arch) &&
            (!best || sim_policy_prefers(view, (SimImageChoice){copy->host, 1},
                                         (SimImageChoice){best->host, 1})))
            best = copy;
    }
    return best;
}

/* Whether that copy has to be converted where it lies. */
static gboolean is_late(const LabPrediction *p, const SimProfileCopy *copy)
{
    const char *arch = sim_platform_host(p->platform, copy->host)->arch;
    return !p->policy->native_at_recovery &&
           sim_sizes_arch(p->sizes, copy->made)->cls != sim_sizes_arch(p->sizes, arch)->cls;
}

static void predict_takeover(LabPrediction *p, const SimPolicyView *view)
{
    SimElection *e = &p->election;
    e->native = !p->copy || !is_late(p, p->copy);
    for (guint i = 0; i < p->epoch->n_copies; i++) {
        const SimProfileCopy *copy = &p->epoch->copy[i];
        const char *arch = sim_platform_host(p->platform, copy->host)->arch;
        gboolean able = !view->target_arch || g_str_equal(arch, view->target_arch);
        e->n_ready += able && g_str_equal(arch, copy->arch) && !is_late(p, copy) ? 1 : 0;
    }
    SimElected median = sim_election_median(e);
    p->detect_ns = p->costs->as_agents ? median.detect_ns : e->timeout_ns - e->beat_ns / 2;
    p->select_ns = p->costs->as_agents ? median.select_ns
                                       : sim_cost_select_ns(p->costs, p->platform, view->up);
}

static void predict_recovery(LabPrediction *p, const SimPolicyView *view, gint64 timeout_ns)
{
    p->copy = best_copy(p, view);
    p->election = sim_election_init(p->costs, timeout_ns, view);
    predict_takeover(p, view);
    if (!p->copy)
        return;
    const SimHostSpec *on = sim_platform_host(p->platform, p->copy->host);
    p->native = sim_sizes_arch(p->sizes, on->arch);
    if (is_late(p, p->copy))
        p->late_ns = sim_cost_late_ns(on, p->copy->bytes, p->native->image_bytes);
    p->load_ns = sim_cost_load_ns(p->costs, on, &p->native->facts);
    p->rebuild_ns = sim_cost_rebuild_ns(p->costs, on, &p->native->facts);
    p->first_work_ns = p->detect_ns + p->select_ns + p->late_ns + p->load_ns + p->rebuild_ns;
}

static gboolean find_primary(LabPrediction *p, const char *arch, GError **error)
{
    guint n = sim_platform_n_hosts(p->platform);
    while (p->primary < n && !g_str_equal(sim_platform_host(p->platform, p->primary)->arch, arch))
        p->primary++;
    if (p->primary < n && p->sizes && sim_sizes_arch(p->sizes, arch))
        return TRUE;
    g_set_error_literal(error, PREACHES_ERROR, PREACHES_ERROR_USAGE,
                        p->sizes ? "no host for the source architecture"
                                 : "the calibration has no such program with these arguments");
    return FALSE;
}

LabPrediction *lab_prediction_new(const LabConfig *config, const LabRun *run,
                                  const SimCalibration *calibration, GError **error)
{
    g_autofree char *name = lab_sizes_name(run->program, run->value[LAB_ARGS]);
    gboolean calibrated = g_str_equal(run->value[LAB_COSTS], "calibrated");
    guint n = sim_platform_n_hosts(config->platform);
    g_autofree gboolean *up = g_new(gboolean, n);
    g_autoptr(LabPrediction) p = g_new0(LabPrediction, 1);
    p->platform = config->platform;
    p->sizes = sim_calibration_find(calibration, name);
    p->costs = calibrated ? &calibration->costs : &sim_costs;
    p->policy = sim_policy(run->strategy);
    if (!find_primary(p, run->value[LAB_SOURCE], error))
        return NULL;
    for (guint h = 0; h < n; h++)
        up[h] = TRUE;
    SimJob *job = sim_sizes_job_new(p->sizes);
    SimPolicyView view = {.platform = p->platform, .up = up, .job = job, .primary = p->primary,
                          .by_class = p->costs->as_agents,
                          .target_arch = run->value[LAB_TARGET],
                          .replicas = (guint)MAX(lab_count(run->value[LAB_REPLICAS]), 1)};
    p->epoch = sim_profile_new(p->costs, p->policy, &view, p->sizes,
                               !g_str_equal(run->value[LAB_CONVERTER], "receiver"));
    up[p->primary] = FALSE;
    predict_recovery(p, &view, lab_time_ns(run->value[LAB_DETECTOR]));
    job->ops->free(job);
    return g_steal_pointer(&p);
}

void lab_prediction_free(LabPrediction *prediction)
{
    if (!prediction)
        return;
    sim_profile_free(prediction->epoch);
    g_free(prediction);
}
