/* Hosts of a cell: how they fail and come back. A host has two streams of its own, so what happens to
 * it depends on nothing else in the run: arms of an experiment meet the same failures. */
#include "model_priv.h"

static void host_fails(gpointer data);
static void host_is_back(gpointer data);

void model_set_up(ModelCell *cell, guint host, gboolean up)
{
    guint64 bit = G_GUINT64_CONSTANT(1) << host % 64;
    cell->up[host] = up;
    cell->up_mask[host / 64] = up ? cell->up_mask[host / 64] | bit : cell->up_mask[host / 64] & ~bit;
}

static const SimFailNode *node_of(const ModelHost *host)
{
    const SimFailTrace *trace = host->cell->m->spec->trace;
    guint64 k = host->cell->index * host->cell->m->n_hosts + host->index;
    return trace->nodes->pdata[k % trace->nodes->len];
}

/* When the host fails next; G_MAXINT64: never. */
static gint64 next_failure_ns(ModelHost *host)
{
    const SimModelSpec *spec = host->cell->m->spec;
    gint64 now = sim_engine_now(host->cell->engine);
    if (!spec->trace)
        return sim_time_add(now, sim_law_draw(&spec->failure, &host->up_stream));
    const SimFailNode *node = node_of(host);
    while (host->outage < node->outages->len &&
           g_array_index(node->outages, SimOutage, host->outage).down_ns < now)
        host->outage++;
    return host->outage < node->outages->len
               ? g_array_index(node->outages, SimOutage, host->outage).down_ns
               : G_MAXINT64;
}

static gint64 repair_length_ns(ModelHost *host)
{
    const SimModelSpec *spec = host->cell->m->spec;
    if (!spec->trace)
        return sim_law_draw(&spec->repair, &host->repair_stream);
    const SimOutage *o = &g_array_index(node_of(host)->outages, SimOutage, host->outage);
    host->outage++;
    return o->up_ns - o->down_ns;
}

static void await_failure(ModelHost *host)
{
    gint64 at_ns = next_failure_ns(host);
    host->next = at_ns < G_MAXINT64 ? sim_engine_at(host->cell->engine, at_ns, SIM_PRIORITY_FAULT,
                                                    host_fails, host)
                                    : 0;
}

static void trace_host(const ModelHost *host, const char *what)
{
    const ModelCell *cell = host->cell;
    sim_engine_trace(cell->engine, SIM_TRACE_STATE, what, cell->index * cell->m->n_hosts + host->index, 0);
}

/* It is down for that long; not, when it is already: several things may fail it. */
static void fail_host(ModelHost *host, gint64 repair_ns)
{
    ModelCell *cell = host->cell;
    if (!cell->up[host->index])
        return;
    sim_engine_cancel(cell->engine, host->next); /* its own next failure */
    model_epochs_host_fails(cell, host->index);
    model_set_up(cell, host->index, FALSE);
    cell->m->r.row.failures++;
    trace_host(host, "host-fails");
    host->next = 0;
    if (repair_ns < G_MAXINT64) {
        cell->n_repairs++;
        host->next = sim_engine_after(cell->engine, repair_ns, SIM_PRIORITY_FAULT, host_is_back,
                                      host);
    }
    for (guint j = 0; j < cell->m->spec->jobs; j++)
        model_job_host_failed(&cell->job[j], host->index);
}

static void host_fails(gpointer data)
{
    ModelHost *host = data;
    if (host->cell->up[host->index])
        fail_host(host, repair_length_ns(host));
}

/* ---- groups ---- */

static void await_group(ModelGroup *group);

/* Of n hosts the first k of a shuffle of them all (Fisher, Yates). */
static void group_fails(gpointer data)
{
    ModelGroup *group = data;
    ModelCell *cell = group->cell;
    const SimModelSpec *spec = cell->m->spec;
    const SimGroupSpec *of = sim_platform_group(spec->platform, group->index);
    guint order[SIM_MODEL_MAX_HOSTS], hit = spec->group_hit ? MIN(spec->group_hit, of->n_hosts) : of->n_hosts;
    gint64 repair_ns = sim_law_draw(&spec->group_repair, &group->stream);
    for (guint i = 0; i < of->n_hosts; i++)
        order[i] = of->hosts[i];
    sim_engine_trace(cell->engine, SIM_TRACE_STATE, "group-fails", group->index, hit);
    for (guint i = 0; i < hit; i++) {
        guint k = i + (guint)sim_stream_below(&group->stream, of->n_hosts - i), host = order[k];
        order[k] = order[i];
        order[i] = host;
    }
    for (guint i = 0; i < hit; i++)
        fail_host(&cell->host[order[i]], repair_ns);
    await_group(group);
}

static void await_group(ModelGroup *group)
{
    ModelCell *cell = group->cell;
    gint64 after_ns = sim_law_draw(&cell->m->spec->group_failure, &group->stream);
    if (after_ns < G_MAXINT64)
        sim_engine_after(cell->engine, after_ns, SIM_PRIORITY_FAULT, group_fails, group);
}

static void init_groups(ModelCell *cell)
{
    const SimModelSpec *spec = cell->m->spec;
    guint n = sim_platform_n_groups(spec->platform);
    cell->group = g_new0(ModelGroup, n);
    for (guint g = 0; g < n; g++) {
        cell->group[g].cell = cell;
        cell->group[g].index = g;
        sim_stream_init(&cell->group[g].stream, spec->seed, "group failure",
                        (spec->replication * spec->cells + cell->index) * n + g);
        await_group(&cell->group[g]);
    }
}

/* ---- availability ---- */

static const SimTimeline *availability(const ModelHost *host)
{
    return sim_platform_host(host->cell->m->spec->platform, host->index)->availability;
}

static void change_share(gpointer data)
{
    ModelHost *host = data;
    ModelCell *cell = host->cell;
    gint64 now = sim_engine_now(cell->engine), next_ns = sim_timeline_next_ns(availability(host), now);
    double share = sim_timeline_at(availability(host), now, 1);
    if (next_ns < G_MAXINT64)
        sim_engine_at(cell->engine, next_ns, SIM_PRIORITY_FAULT, change_share, host);
    if (share > 0) {
        cell->share[host->index] = share;
        model_job_share_anew(cell, host->index);
    } else {
        fail_host(host, next_ns < G_MAXINT64 ? next_ns - now : G_MAXINT64);
    }
}

/* ---- back ---- */

static void host_is_back(gpointer data)
{
    ModelHost *host = data;
    ModelCell *cell = host->cell;
    gint64 now = sim_engine_now(cell->engine);
    if (sim_timeline_at(availability(host), now, 1) <= 0) { /* repaired, but nobody may have it yet */
        gint64 next_ns = sim_timeline_next_ns(availability(host), now);
        host->next = next_ns < G_MAXINT64
                         ? sim_engine_at(cell->engine, next_ns, SIM_PRIORITY_FAULT, host_is_back, host)
                         : 0;
        cell->n_repairs -= host->next ? 0 : 1;
        return;
    }
    model_epochs_host_back(cell, host->index);
    model_set_up(cell, host->index, TRUE);
    cell->n_repairs--;
    trace_host(host, "host-is-back");
    if (!cell->m->spec->hit_jobs)
        await_failure(host);
    for (guint j = 0; j < cell->m->spec->jobs; j++)
        model_job_host_back(&cell->job[j]);
}

void model_cell_init(ModelCell *cell, Model *m, guint64 index)
{
    const SimModelSpec *spec = m->spec;
    *cell = (ModelCell){.m = m, .index = index, .engine = sim_engine_new()};
    sim_engine_set_trace(cell->engine, spec->record);
    cell->host = g_new0(ModelHost, m->n_hosts);
    cell->job = g_new0(ModelJob, spec->jobs);
    cell->n_running = spec->jobs;
    for (guint h = 0; h < m->n_hosts; h++) {
        ModelHost *host = &cell->host[h];
        guint64 place = (spec->replication * spec->cells + index) * m->n_hosts + h;
        host->cell = cell;
        host->index = h;
        model_set_up(cell, h, TRUE);
        cell->share[h] = 1;
        sim_stream_init(&host->up_stream, spec->seed, "host failure", place);
        sim_stream_init(&host->repair_stream, spec->seed, "host repair", place);
        if (!spec->hit_jobs)
            await_failure(host);
    }
    init_groups(cell);
}

void model_cell_begin_availability(ModelCell *cell)
{
    for (guint h = 0; h < cell->m->n_hosts; h++)
        if (availability(&cell->host[h]))
            sim_engine_at(cell->engine, 0, SIM_PRIORITY_FAULT, change_share, &cell->host[h]);
}

static void job_is_hit(gpointer data)
{
    ModelJob *job = data;
    if (job->phase == MODEL_ENDED)
        return;
    if (job->phase == MODEL_RUNNING)
        host_fails(&job->cell->host[job->primary]);
    else if (job->phase == MODEL_LOADING)
        host_fails(&job->cell->host[job->target]);
    model_cell_await_hit(job);
}

void model_cell_await_hit(ModelJob *job)
{
    gint64 after_ns = sim_law_draw(&job->cell->m->spec->failure, &job->failures);
    if (after_ns < G_MAXINT64)
        sim_engine_after(job->cell->engine, after_ns, SIM_PRIORITY_FAULT, job_is_hit, job);
}

void model_cell_fini(ModelCell *cell)
{
    model_epochs_fini(cell);
    for (guint j = 0; j < cell->m->spec->jobs; j++)
        if (cell->job[j].copies)
            g_array_unref(cell->job[j].copies);
    sim_engine_free(cell->engine);
    g_free(cell->host);
    g_free(cell->group);
    g_free(cell->job);
}
