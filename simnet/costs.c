#include "costs.h"
#include "host.h"

#include <math.h>

/* Chosen for a workstation of 1998 where a host's own figures do not say it; every experiment uses
 * the same ones. fork: 4 KiB pages at what copying their table entries costs (core/ARCHITECTURE.md
 * has today's measurement, 20 ms a GiB). */
const SimCosts sim_costs = {
    .fork_ns = 300000,
    .fork_page_ns = 80,
    .page_bytes = 4096,
    .copy_speedup = 4.0,
    .heartbeats_per_timeout = 4,
    .decide_ns = 1000000,
    .first_touch_bytes = 65536,
    .map_ns = 1000000,
    .frame_ns = 2000,
    .memory_bps = 200e6,
    .fault_step_ns = 1000000,
};

gint64 sim_cost_pause_ns(const SimCosts *costs, const SimHostSpec *host, guint64 state_bytes)
{
    double pages = (double)(state_bytes / costs->page_bytes);
    double ns = (double)costs->fork_ns + pages * (double)costs->fork_page_ns;
    return (gint64)nearbyint(ns / host->speed);
}

gint64 sim_cost_make_ns(const SimCosts *costs, const SimHostSpec *host, guint64 bytes,
                        gboolean converts)
{
    return sim_time_for((double)bytes,
                        host->convert_bps * (converts ? 1.0 : costs->copy_speedup));
}

double sim_cost_beside(const SimHostSpec *host) { return host->cores >= 2 ? 1 : 0.5; }

gint64 sim_cost_beside_ns(const SimHostSpec *host, gint64 cpu_ns)
{
    return host->cores >= 2 ? cpu_ns : sim_time_add(cpu_ns, cpu_ns);
}

double sim_cost_had_ns(const SimHostSpec *host, gint64 cpu_ns, gint64 elapsed_ns)
{
    gint64 child_ns = sim_cost_beside_ns(host, cpu_ns);
    return elapsed_ns <= child_ns ? (double)elapsed_ns * sim_cost_beside(host)
                                  : (double)(elapsed_ns - (child_ns - cpu_ns));
}

gint64 sim_cost_until_ns(const SimHostSpec *host, gint64 cpu_ns, gint64 need_ns)
{
    if (host->cores >= 2)
        return need_ns;
    return need_ns <= cpu_ns ? 2 * need_ns : need_ns + cpu_ns;
}

gint64 sim_cost_verify_ns(const SimCosts *costs, const SimHostSpec *host, guint64 bytes)
{
    return sim_time_for((double)bytes, host->convert_bps * costs->copy_speedup);
}

gint64 sim_cost_detected_ns(const SimCosts *costs, gint64 failed_ns, gint64 timeout_ns)
{
    gint64 beat_ns = MAX(1, timeout_ns / costs->heartbeats_per_timeout);
    gint64 last_ns = failed_ns / beat_ns * beat_ns;
    return MAX(failed_ns, sim_time_add(last_ns, timeout_ns));
}

gint64 sim_cost_round_trip_ns(const SimPlatform *platform, const gboolean *up)
{
    gint64 longest_ns = 0;
    guint n_hosts = sim_platform_n_hosts(platform);
    for (guint a = 0; a < n_hosts; a++)
        for (guint b = a + 1; b < n_hosts && up[a]; b++) {
            guint n;
            const guint *route = sim_platform_route(platform, a, b, &n);
            gint64 one_way_ns = 0;
            for (guint l = 0; l < n; l++)
                one_way_ns += sim_platform_link(platform, route[l])->latency_ns;
            if (up[b])
                longest_ns = MAX(longest_ns, 2 * one_way_ns);
        }
    return longest_ns;
}

gint64 sim_cost_select_ns(const SimCosts *costs, const SimPlatform *platform, const gboolean *up)
{
    return sim_cost_round_trip_ns(platform, up) + costs->decide_ns;
}

gint64 sim_cost_prepare_ns(const SimCosts *costs, const SimHostSpec *host, guint64 images_bytes)
{
    return costs->as_agents ? costs->prepare_ns + sim_cost_verify_ns(costs, host, images_bytes) : 0;
}

gint64 sim_cost_load_ns(const SimCosts *costs, const SimHostSpec *host, const SimJobFacts *facts)
{
    gint64 ns = sim_time_add(sim_host_read_ns(host, facts->head_bytes),
                             sim_host_read_ns(host, MIN(facts->bytes, costs->first_touch_bytes)));
    return costs->as_agents ? sim_time_add(ns, sim_cost_verify_ns(costs, host, facts->bytes)) : ns;
}

gint64 sim_cost_late_ns(const SimHostSpec *host, guint64 stored_bytes, guint64 native_bytes)
{
    gint64 ns = sim_time_add(sim_host_read_ns(host, stored_bytes),
                             sim_time_for((double)stored_bytes, host->convert_bps));
    return sim_time_add(ns, sim_host_write_ns(host, native_bytes));
}

gint64 sim_cost_rebuild_ns(const SimCosts *costs, const SimHostSpec *host,
                           const SimJobFacts *facts)
{
    gint64 own_ns = costs->start_ns[pr_arch_find(host->arch) - pr_arches];
    return (own_ns ? own_ns : host->start_ns) + costs->map_ns + (gint64)facts->n_frames * costs->frame_ns +
           sim_time_for((double)facts->global_bytes, costs->memory_bps);
}
