/* Platforms from a text, and a job that is only its sizes, for tests of the world and the model. */
#ifndef PREACHES_TESTS_SMALLWORLD_H
#define PREACHES_TESTS_SMALLWORLD_H

#include "../../simnet/modelrun.h"
#include "../../simnet/world_job.h"

#include <string.h>

#define S G_GINT64_CONSTANT(1000000000)

/* A host without delays of its own, and one wire between all. */
#define HOST(n, a) "[host " n "]\narch=" a "\nstart=0ns\nseek=0ns\nfsync=0ns\ndisk=1GB/s\nconvert=1GB/s\n"
#define WIRE       "[route * *]\nlinks=wire\n[link wire]\nbandwidth=1MB/s\nlatency=0ns\n"

static inline SimPlatform *small_platform(const char *text)
{
    g_autoptr(GError) error = NULL;
    SimIni *ini = sim_ini_parse("t", text, strlen(text), &error);
    SimPlatform *p = ini ? sim_platform_from_ini(ini, &error) : NULL;
    g_assert_no_error(error);
    sim_ini_free(ini);
    return p;
}

/* Two classes: that of x86_64 and aarch64, and that of s390x. */
static inline SimSizes small_sizes(guint64 bytes)
{
    static const struct {
        const char *arch;
        gint cls;
    } rows[] = {{"x86_64", 0}, {"aarch64", 0}, {"s390x", 1}};
    SimSizes sizes = {.state_bytes = bytes};
    for (guint a = 0; a < PR_N_ARCHES; a++)
        sizes.arch[a].cls = -1;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        sizes.arch[pr_arch_find(rows[i].arch) - pr_arches] =
            (SimSizesArch){rows[i].cls, bytes, {bytes, 1000, 10, 1}};
    return sizes;
}

/* A hundred seconds of work, a checkpoint every 30 s, strategy P from x86_64 to s390x. */
static inline SimRunSpec small_world(const SimPlatform *p)
{
    static const char *const none[] = {NULL};
    return (SimRunSpec){.platform = p, .workload = "w", .program = "w", .args = none,
                        .source_arch = "x86_64", .target_arch = "s390x", .strategy = SIM_STRATEGY_P,
                        .interval_ns = 30 * S, .run_ns = 100 * S, .detector_ns = S, .replicas = 1,
                        .convert_at_sender = TRUE, .total_polls = 1000000,
                        .expected_output = "/dev/null", .scratch = "/"};
}

static inline SimModelSpec small_model(const SimPlatform *p, const SimSizes *sizes)
{
    return (SimModelSpec){.platform = p, .sizes = sizes, .costs = &sim_costs, .cells = 1, .jobs = 1,
                          .source_arch = "x86_64", .target_arch = "s390x", .strategy = SIM_STRATEGY_P,
                          .replicas = 1, .convert_at_sender = TRUE,
                          .interval = {SIM_INTERVAL_FIXED, 30 * S, 0, 0}, .run_ns = 100 * S,
                          .detector_ns = S};
}

static inline SimRunResult small_world_run(const SimRunSpec *spec, const SimSizes *sizes)
{
    g_autoptr(GError) error = NULL;
    SimRunResult r;
    SimJob *job = sim_sizes_job_new(sizes);
    sim_world_run_job(spec, job, &r, &error);
    g_assert_no_error(error);
    job->ops->free(job);
    return r;
}

static inline SimModelResult small_model_run(const SimModelSpec *spec)
{
    SimModelResult r;
    g_autoptr(GError) error = NULL;
    sim_model_run(spec, &r, &error);
    g_assert_no_error(error);
    return r;
}

#endif
