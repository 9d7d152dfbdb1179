#include "model_priv.h"
#include "detmath.h"
#include "linkprofile.h"
#include "median.h"
#include "../core/agent/proc.h"

#include <math.h>
#include <string.h>

enum { CHECK_EVENTS = 1 << 16 }; /* between looks at whether the run is cancelled */

/* ---- profiles ---- */

SimPolicyView model_view(const ModelCell *cell, guint primary)
{
    const SimModelSpec *spec = cell->m->spec;
    return (SimPolicyView){.platform = spec->platform,
                           .up = cell->up,
                           .job = cell->m->sizes_job,
                           .primary = primary,
                           .target_arch = spec->target_arch,
                           .replicas = spec->replicas,
                           .n_jobs = cell->n_jobs_on,
                           .by_class = spec->costs->as_agents};
}

typedef struct Key { /* of a profile */
    guint64 primary, up[SIM_MODEL_MAX_HOSTS / 64];
} Key;

static guint profile_hash(gconstpointer key)
{
    const Key *k = key;
    guint64 h = k->primary;
    for (guint i = 0; i < G_N_ELEMENTS(k->up); i++)
        h = (h ^ h >> 29 ^ k->up[i]) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    return (guint)(h >> 32);
}

static gboolean profile_equal(gconstpointer a, gconstpointer b) { return memcmp(a, b, sizeof(Key)) == 0; }

/* Whom the jobs of the cell occupy does not decide where images go: the profile is anybody's. */
ModelProfile *model_profile(ModelCell *cell, guint primary)
{
    Model *m = cell->m;
    Key key = {.primary = primary};
    memcpy(key.up, cell->up_mask, sizeof key.up);
    ModelProfile *profile = g_hash_table_lookup(m->profiles, &key);
    if (profile)
        return profile;
    SimPolicyView view = model_view(cell, primary);
    view.n_jobs = NULL;
    profile = g_new0(ModelProfile, 1);
    profile->profile =
        sim_profile_new(m->spec->costs, m->policy, &view, m->spec->sizes, m->spec->convert_at_sender);
    g_hash_table_insert(m->profiles, g_memdup2(&key, sizeof key), profile);
    g_ptr_array_add(m->in_order, profile);
    return profile;
}

static void profile_free(gpointer data)
{
    ModelProfile *profile = data;
    sim_profile_free(profile->profile);
    g_free(profile);
}

/* ---- checks ---- */

static gboolean usage(GError **error, const char *what)
{
    g_set_error_literal(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, what);
    return FALSE;
}

static gboolean is_source(const SimModelSpec *spec, guint host)
{
    const char *arch = sim_platform_host(spec->platform, host)->arch;
    return (!spec->source_arch || strcmp(arch, spec->source_arch) == 0) &&
           sim_sizes_arch(spec->sizes, arch);
}

/* How many jobs there is memory for on the hosts where they begin. */
static guint64 room_for(const SimModelSpec *spec)
{
    guint64 room = 0;
    for (guint h = 0; h < sim_platform_n_hosts(spec->platform); h++)
        if (is_source(spec, h))
            room += sim_platform_host(spec->platform, h)->memory_bytes / spec->sizes->state_bytes;
    return room;
}

static gboolean check(const SimModelSpec *spec, GError **error)
{
    guint n_hosts = sim_platform_n_hosts(spec->platform), n_sources = 0;
    if (n_hosts > SIM_MODEL_MAX_HOSTS)
        return usage(error, "a platform has at most 256 hosts in mode=model: use more cells of it");
    for (guint h = 0; h < n_hosts; h++)
        n_sources += is_source(spec, h) ? 1 : 0;
    if (n_sources == 0)
        return usage(error, "the platform has no host of the source architecture that the program "
                            "is built for");
    if (spec->run_ns <= 0 || spec->detector_ns < 0 || spec->cells == 0 || spec->jobs == 0)
        return usage(error, "run length, cells and jobs must be above 0");
    if (spec->strategy == SIM_STRATEGY_H && spec->target_arch && spec->source_arch &&
        strcmp(spec->target_arch, spec->source_arch) != 0)
        return usage(error, "strategy H recovers on the source architecture only");
    if (spec->sizes->state_bytes == 0)
        return usage(error, "the calibration has no state");
    if (spec->jobs > room_for(spec))
        return usage(error, "the hosts of the source architecture have no memory for all jobs");
    if (spec->group_failure.kind != SIM_LAW_NEVER && sim_platform_n_groups(spec->platform) == 0)
        return usage(error, "groups fail, but the platform has no [group NAME]");
    if (spec->trace && spec->trace->nodes->len == 0)
        return usage(error, "the trace has no nodes");
    return TRUE;
}

/* ---- a run ---- */

static void start_job(ModelCell *cell, guint j, guint host)
{
    const SimModelSpec *spec = cell->m->spec;
    ModelJob *job = &cell->job[j];
    model_job_init(job, cell, host, spec->spread_ns / spec->jobs * j);
    sim_stream_init(&job->failures, spec->seed, "job failure",
                    (spec->replication * spec->cells + cell->index) * spec->jobs + j);
    if (spec->hit_jobs)
        model_cell_await_hit(job);
}

static void start_jobs(Model *m, ModelCell *cell)
{
    const SimModelSpec *spec = m->spec;
    guint placed[SIM_MODEL_MAX_HOSTS] = {0};
    for (guint j = 0, h = 0; j < spec->jobs; h = (h + 1) % m->n_hosts)
        if (is_source(spec, h) && (placed[h] + 1) * spec->sizes->state_bytes <=
                                      sim_platform_host(spec->platform, h)->memory_bytes) {
            placed[h]++;
            start_job(cell, j++, h);
        }
    model_cell_begin_availability(cell);
}

static gboolean run_cell(Model *m, guint64 index, GError **error)
{
    const SimModelSpec *spec = m->spec;
    ModelCell cell;
    gint64 end_ns = spec->horizon_ns > 0 ? spec->horizon_ns : G_MAXINT64;
    model_cell_init(&cell, m, index);
    gboolean ok = TRUE;
    start_jobs(m, &cell);
    while (ok && cell.n_running > 0 && sim_engine_next_ns(cell.engine) <= end_ns) {
        if (!sim_engine_step(cell.engine))
            break;
        if (sim_engine_n_run(cell.engine) % CHECK_EVENTS == 0)
            ok = !g_cancellable_set_error_if_cancelled(spec->cancel, error);
    }
    if (ok && cell.n_running > 0 && spec->horizon_ns == 0) {
        g_set_error_literal(error, PREACHES_ERROR, PREACHES_ERROR_FAILED,
                            "every host that could run the job has failed");
        ok = FALSE;
    }
    if (ok && spec->horizon_ns > 0 && cell.n_running > 0)
        sim_engine_set_now(cell.engine, spec->horizon_ns);
    for (guint j = 0; ok && j < spec->jobs; j++)
        model_job_count(&cell.job[j]);
    m->r.events += (gint64)sim_engine_n_run(cell.engine);
    model_cell_fini(&cell);
    return ok;
}

typedef struct Weighted {
    gint64 value;
    guint64 n;
} Weighted;

static gint compare_weighted(gconstpointer a, gconstpointer b)
{
    return sim_compare_gint64(&((const Weighted *)a)->value, &((const Weighted *)b)->value);
}

/* Lower median of values that each count several times. */
static gint64 weighted_median(GArray *values)
{
    guint64 n = 0, seen = 0;
    for (guint i = 0; i < values->len; i++)
        n += g_array_index(values, Weighted, i).n;
    g_array_sort(values, compare_weighted);
    for (guint i = 0; i < values->len; i++) {
        const Weighted *w = &g_array_index(values, Weighted, i);
        seen += w->n;
        if (2 * seen > n - 1)
            return w->value;
    }
    return -1;
}

static gint64 value_at(const ModelProfile *p, gsize offset)
{
    gint64 value;
    memcpy(&value, (const char *)p->profile + offset, sizeof value);
    return value;
}

/* Over all epochs of a number of their profile, which stands at `offset`. */
static gint64 median_of_profiles(const Model *m, gsize offset)
{
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(Weighted));
    for (guint i = 0; i < m->in_order->len; i++) {
        const ModelProfile *p = m->in_order->pdata[i];
        Weighted w = {value_at(p, offset), p->n_epochs};
        g_array_append_val(values, w);
    }
    return weighted_median(values);
}

/* Over those that were alone, by their profile, and the others, each by its own. */
static gint64 median_of_phase(const Model *m, ModelPhaseOf phase, gsize offset)
{
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(Weighted));
    for (guint i = 0; i < m->in_order->len; i++) {
        const ModelProfile *p = m->in_order->pdata[i];
        Weighted w = {value_at(p, offset), p->n_alone};
        g_array_append_val(values, w);
    }
    for (guint i = 0; i < m->phase[phase]->len; i++) {
        Weighted w = {g_array_index(m->phase[phase], gint64, i), 1};
        g_array_append_val(values, w);
    }
    return weighted_median(values);
}

static void fill_row(Model *m)
{
    SimRunResult *r = &m->r.row;
    gboolean any = r->epochs > 0;
    r->state_bytes = any ? (gint64)m->spec->sizes->state_bytes : -1;
    r->image_bytes = any ? median_of_profiles(m, offsetof(SimProfile, image_bytes)) : -1;
    r->sent_bytes = any ? median_of_profiles(m, offsetof(SimProfile, sent_bytes)) : -1;
    r->pause_ns = any ? median_of_profiles(m, offsetof(SimProfile, pause_ns)) : -1;
    r->convert_ns = any ? median_of_profiles(m, offsetof(SimProfile, convert_ns)) : -1;
    r->propagate_ns = any ? median_of_phase(m, MODEL_PROPAGATE, offsetof(SimProfile, propagate_ns)) : -1;
    r->commit_ns = any ? median_of_phase(m, MODEL_COMMIT, offsetof(SimProfile, commit_ns)) : -1;
    r->classes = any ? median_of_profiles(m, offsetof(SimProfile, n_classes)) : -1;
    r->detect_ns = sim_median(m->series[MODEL_DETECT]);
    r->select_ns = sim_median(m->series[MODEL_SELECT]);
    r->load_ns = sim_median(m->series[MODEL_LOAD]);
    r->rebuild_ns = sim_median(m->series[MODEL_REBUILD]);
    r->first_work_ns = sim_median(m->series[MODEL_FIRST_WORK]);
    r->lost_work_ns = sim_median(m->series[MODEL_LOST_WORK]);
    m->r.work_s = (gint64)nearbyint(m->work_s);
    m->r.wasted_s = (gint64)nearbyint(m->wasted_s);
    r->total_ns = (gint64)nearbyint(m->total_ns);
    m->r.total_sd_ns = m->n_counted > 1 ? det_sqrt(m->total_m2 / (double)(m->n_counted - 1)) : 0;
}

gboolean sim_model_run(const SimModelSpec *spec, SimModelResult *result, GError **error)
{
    Model m = {.spec = spec, .policy = sim_policy(spec->strategy)};
    if (!check(spec, error))
        return FALSE;
    m.sizes_job = sim_sizes_job_new(spec->sizes);
    m.n_hosts = sim_platform_n_hosts(spec->platform);
    for (guint h = 0; h < m.n_hosts; h++)
        m.arch[h] = (guint8)(pr_arch_find(sim_platform_host(spec->platform, h)->arch) - pr_arches);
    m.profiles = g_hash_table_new_full(profile_hash, profile_equal, g_free, NULL);
    m.in_order = g_ptr_array_new_with_free_func(profile_free);
    for (guint i = 0; i < MODEL_N_SERIES; i++)
        m.series[i] = g_array_new(FALSE, FALSE, sizeof(gint64));
    for (guint i = 0; i < MODEL_N_PHASES; i++)
        m.phase[i] = g_array_new(FALSE, FALSE, sizeof(gint64));
    m.links_change = sim_links_change(spec->platform);
    memset(&m.r.row, 0xff, sizeof m.r.row); /* every field -1: does not apply */
    m.r.row.failures = m.r.row.epochs = 0;
    m.r.hosts = (gint64)spec->cells * m.n_hosts;
    m.r.jobs = (gint64)spec->cells * spec->jobs;
    m.r.violations = spec->interval.target_ns > 0 ? 0 : -1;
    gboolean ok = TRUE;
    for (guint64 i = 0; ok && i < spec->cells; i++)
        ok = !g_cancellable_set_error_if_cancelled(spec->cancel, error) && run_cell(&m, i, error);
    if (ok) {
        fill_row(&m);
        *result = m.r;
    }
    for (guint i = 0; i < MODEL_N_SERIES; i++)
        g_array_unref(m.series[i]);
    for (guint i = 0; i < MODEL_N_PHASES; i++)
        g_array_unref(m.phase[i]);
    g_ptr_array_unref(m.in_order);
    g_hash_table_unref(m.profiles);
    m.sizes_job->ops->free(m.sizes_job);
    return ok;
}
