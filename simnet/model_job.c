/* The life of a job.
 *
 *   UNBORN --its time-----> RUNNING
 *   RUNNING --host fails--> SELECTING   until the failure is noticed and somebody is chosen
 *   SELECTING --chosen----> LOADING     until the target has loaded
 *             --nobody----> WAITING     until a host comes back
 *   LOADING --loaded------> RUNNING     on the target
 *           --target fails-> SELECTING
 *   RUNNING --work done---> ENDED
 *
 * What an epoch has come to (model_epoch.c) is looked at when it matters: at the next checkpoint, at a
 * failure, at the end. */
#include "model_priv.h"
#include "electiontime.h"

#include <math.h>
#include <string.h>

static void next_step(gpointer data);

static gint64 now_of(const ModelJob *job) { return sim_engine_now(job->cell->engine); }

static const SimHostSpec *host_of(const ModelJob *job, guint host)
{
    return sim_platform_host(job->cell->m->spec->platform, host);
}

static void trace(const ModelJob *job, const char *what, gint64 value)
{
    const ModelCell *cell = job->cell;
    sim_engine_trace(cell->engine, SIM_TRACE_STATE, what,
                     cell->index * cell->m->spec->jobs + (guint64)(job - cell->job), value);
}

/* ---- progress ---- */

gint64 model_job_work(const ModelJob *job)
{
    gint64 elapsed_ns = MAX(0, now_of(job) - job->base_ns);
    double had_ns = sim_cost_had_ns(host_of(job, job->primary), job->cpu_ns, elapsed_ns);
    gint64 work_ns = job->base_work_ns + (gint64)floor(had_ns * job->speed);
    return MIN(work_ns, job->cell->m->spec->run_ns);
}

static gint64 time_of_work(const ModelJob *job, gint64 work_ns)
{
    gint64 need_ns = (gint64)ceil((double)(work_ns - job->base_work_ns) / job->speed);
    gint64 spent_ns = sim_cost_until_ns(host_of(job, job->primary), job->cpu_ns, need_ns);
    return MAX(now_of(job), sim_time_add(job->base_ns, spent_ns));
}

static void schedule(ModelJob *job)
{
    gint64 work_ns = MIN(job->mark_work_ns, job->cell->m->spec->run_ns);
    sim_engine_cancel(job->cell->engine, job->next);
    job->next = sim_engine_at(job->cell->engine, time_of_work(job, work_ns), SIM_PRIORITY_NORMAL,
                              next_step, job);
}

static double speed_of(const ModelJob *job, guint host)
{
    return sim_host_speed(host_of(job, host), job->cell->m->spec->work);
}

static double speed_on(const ModelJob *job, guint host)
{
    const SimHostSpec *spec = host_of(job, host);
    return speed_of(job, host) * job->cell->share[host] *
           MIN(1.0, spec->cores / job->cell->n_jobs_on[host]);
}

/* The jobs of a host share its cores: when their number changes, each goes on from where it is. */
void model_job_share_anew(ModelCell *cell, guint host)
{
    for (guint j = 0; j < cell->m->spec->jobs; j++) {
        ModelJob *job = &cell->job[j];
        if (job->phase != MODEL_RUNNING || job->primary != host)
            continue;
        gint64 now = now_of(job);
        double speed = speed_on(job, host);
        if (speed == job->speed)
            continue;
        if (now > job->base_ns) {
            gint64 work_ns = model_job_work(job);
            double had_ns = sim_cost_beside(host_of(job, host)) * (double)(now - job->base_ns);
            job->cpu_ns = MAX(0, job->cpu_ns - (gint64)had_ns);
            job->base_work_ns = work_ns;
            job->base_ns = now;
        }
        job->speed = speed;
        schedule(job);
    }
}

static void come(ModelJob *job, guint host)
{
    job->primary = host;
    job->cell->n_jobs_on[host]++;
    model_job_share_anew(job->cell, host);
}

static void go(ModelJob *job)
{
    job->cell->n_jobs_on[job->primary]--;
    model_job_share_anew(job->cell, job->primary);
}

/* Is there memory for one more job beside those that run or load there? */
static gboolean has_room(const ModelCell *cell, guint host)
{
    const SimModelSpec *spec = cell->m->spec;
    guint n = 1;
    for (guint j = 0; j < spec->jobs; j++) {
        const ModelJob *job = &cell->job[j];
        n += (job->phase == MODEL_RUNNING && job->primary == host) ||
                     (job->phase == MODEL_LOADING && job->target == host)
                 ? 1
                 : 0;
    }
    return (double)n * (double)spec->sizes->state_bytes <=
           (double)sim_platform_host(spec->platform, host)->memory_bytes;
}

static void set_mark(ModelJob *job, gint64 from_work_ns)
{
    const Model *m = job->cell->m;
    job->mark_work_ns = G_MAXINT64;
    if (!m->policy->checkpoints)
        return;
    double step = (double)sim_interval_next(&m->spec->interval, &job->seen) *
                  speed_of(job, job->primary);
    double work = (double)from_work_ns + fmax(1, nearbyint(step));
    job->mark_work_ns = work < (double)m->spec->run_ns ? (gint64)work : G_MAXINT64;
}

static void begin_leg(ModelJob *job, guint host, gint64 work_ns)
{
    job->phase = MODEL_RUNNING;
    trace(job, "job-runs", host);
    job->base_ns = now_of(job);
    job->base_work_ns = work_ns;
    job->cpu_ns = 0;
    job->profile = NULL;
    job->speed = 0;
    job->mark_work_ns = G_MAXINT64;
    come(job, host); /* sets the speed */
    set_mark(job, work_ns);
    schedule(job);
}

/* ---- checkpoints ---- */

static void take_checkpoint(ModelJob *job)
{
    gint64 work_ns = job->mark_work_ns;
    model_epoch_settle(job, FALSE);
    set_mark(job, work_ns);
    if (job->flight.of) /* still busy with the one before: this one is left out */
        return;
    if (!job->profile)
        job->profile = model_profile(job->cell, job->primary);
    const SimProfile *p = job->profile->profile;
    job->base_work_ns = work_ns;
    job->base_ns = now_of(job) + p->pause_ns;
    job->cpu_ns = p->cpu_ns;
    job->seen.cost_ns = p->pause_ns + p->cpu_ns;
    job->n_epochs++;
    trace(job, "checkpoint", (gint64)job->n_epochs);
    if (p->n_copies > 0) /* else there is nobody to send it to */
        model_epoch_begin(job, work_ns);
}

static void choose(ModelJob *job);

/* Memory is free again: for the first who wait for it. */
static void wake(ModelCell *cell)
{
    for (guint j = 0; j < cell->m->spec->jobs; j++)
        if (cell->job[j].phase == MODEL_WAITING)
            choose(&cell->job[j]);
}

static void end(ModelJob *job)
{
    model_epoch_settle(job, FALSE);
    job->phase = MODEL_ENDED;
    trace(job, "job-ends", job->primary);
    job->ended_ns = now_of(job);
    job->next = 0;
    go(job);
    job->cell->n_running--;
    wake(job->cell);
}

/* ---- recovery ---- */

static gboolean is_late(const ModelJob *job, guint host)
{
    const Model *m = job->cell->m;
    return !m->policy->native_at_recovery &&
           sim_sizes_arch(m->spec->sizes, job->held[host].made)->cls !=
               sim_sizes_arch(m->spec->sizes, host_of(job, host)->arch)->cls;
}

/* As agents: who is there to be elected, when the primary has failed. */
static SimElection election_of(const ModelJob *job)
{
    const ModelCell *cell = job->cell;
    const SimModelSpec *spec = cell->m->spec;
    SimPolicyView view = model_view(cell, job->primary);
    SimElection e = sim_election_init(spec->costs, spec->detector_ns, &view);
    guint64 newest = 0;
    for (guint h = 0; h < cell->m->n_hosts; h++)
        newest = cell->up[h] ? MAX(newest, job->held[h].epoch) : newest;
    e.native = newest == 0;
    for (guint h = 0; h < cell->m->n_hosts && newest; h++) {
        const char *arch = host_of(job, h)->arch;
        gboolean ready = cell->up[h] && job->held[h].epoch == newest && !is_late(job, h) &&
                         (!spec->target_arch || strcmp(arch, spec->target_arch) == 0);
        e.n_ready += ready ? 1 : 0;
        e.native |= ready;
    }
    return e;
}

/* Everybody who could be chosen is up, for a first guess. */
static gint64 usual_select_ns(const ModelJob *job)
{
    const SimModelSpec *spec = job->cell->m->spec;
    SimPolicyView view = model_view(job->cell, job->primary);
    if (!spec->costs->as_agents)
        return sim_cost_select_ns(spec->costs, spec->platform, view.up);
    SimElection e = sim_election_init(spec->costs, spec->detector_ns, &view);
    return sim_election_select_ns(&e);
}

static void detect(ModelJob *job)
{
    const ModelCell *cell = job->cell;
    const SimModelSpec *spec = cell->m->spec;
    gint64 now = now_of(job);
    gint64 detected_ns = sim_cost_detected_ns(spec->costs, now, spec->detector_ns);
    job->phase = MODEL_SELECTING;
    job->failed_ns = now;
    trace(job, "job-fails", job->primary);
    if (spec->costs->as_agents) {
        SimElection e = election_of(job);
        detected_ns = sim_time_add(detected_ns, sim_election_slack_ns(&e));
        job->select_ns = sim_election_select_ns(&e);
    } else {
        job->select_ns = sim_cost_select_ns(spec->costs, spec->platform, cell->up);
    }
    job->detect_ns = detected_ns - now;
    job->next = sim_engine_at(cell->engine, sim_time_add(detected_ns, job->select_ns),
                              SIM_PRIORITY_NORMAL, next_step, job);
}

static gint best_image(const ModelJob *job, const gboolean *can)
{
    const ModelCell *cell = job->cell;
    SimPolicyView view = model_view(cell, job->primary);
    SimImageChoice best = {0, 0};
    for (guint h = 0; h < cell->m->n_hosts; h++) {
        SimImageChoice choice = {h, job->held[h].epoch};
        if (choice.epoch && can[h] && sim_policy_prefers(&view, choice, best))
            best = choice;
    }
    return best.epoch ? (gint)best.host : -1;
}

/* What loading costs there; from nothing: the program's start. */
static void set_costs(ModelJob *job, guint host, gboolean image)
{
    const SimModelSpec *spec = job->cell->m->spec;
    const SimHostSpec *on = host_of(job, host);
    const SimSizesArch *native = sim_sizes_arch(spec->sizes, on->arch);
    const ModelHeld *held = &job->held[host];
    job->load_ns = 0;
    job->rebuild_ns = on->start_ns;
    job->from_work_ns = image ? held->work_ns : 0;
    if (!image)
        return;
    if (is_late(job, host))
        job->load_ns = sim_cost_late_ns(on, held->bytes, native->image_bytes);
    job->load_ns =
        sim_time_add(job->load_ns, sim_cost_load_ns(spec->costs, on, &native->facts));
    job->rebuild_ns = sim_cost_rebuild_ns(spec->costs, on, &native->facts);
}

static void choose(ModelJob *job)
{
    ModelCell *cell = job->cell;
    gboolean can[SIM_MODEL_MAX_HOSTS]; /* take the job */
    for (guint h = 0; h < cell->m->n_hosts; h++)
        can[h] = cell->up[h] && has_room(cell, h);
    gint host = best_image(job, can);
    gboolean image = host >= 0;
    if (!image) {
        SimPolicyView view = model_view(cell, job->primary);
        view.up = can;
        host = sim_policy_any_host(&view);
    }
    job->select_ns = now_of(job) - job->failed_ns - job->detect_ns;
    if (host < 0) {
        job->phase = MODEL_WAITING;
        job->next = 0;
        return;
    }
    set_costs(job, (guint)host, image);
    job->phase = MODEL_LOADING;
    job->target = (guint)host;
    if (image)
        job->load_ns = model_epochs_read(cell, (guint)host, job->load_ns) - now_of(job);
    job->next = sim_engine_after(cell->engine, sim_time_add(job->load_ns, job->rebuild_ns),
                                 SIM_PRIORITY_NORMAL, next_step, job);
    cell->m->r.restarts += image ? 0 : 1;
}

static void record(ModelJob *job, gint64 first_work_ns, gint64 lost_ns)
{
    Model *m = job->cell->m;
    const gint64 values[MODEL_N_SERIES] = {
        [MODEL_DETECT] = job->detect_ns,      [MODEL_SELECT] = job->select_ns,
        [MODEL_LOAD] = job->load_ns,          [MODEL_REBUILD] = job->rebuild_ns,
        [MODEL_FIRST_WORK] = first_work_ns,   [MODEL_LOST_WORK] = lost_ns,
    };
    for (guint i = 0; i < MODEL_N_SERIES; i++)
        g_array_append_val(m->series[i], values[i]);
    m->r.recoveries++;
    m->r.worst_ns = MAX(m->r.worst_ns, first_work_ns);
}

static void loaded(ModelJob *job)
{
    Model *m = job->cell->m;
    gint64 first_work_ns = now_of(job) - job->failed_ns;
    gint64 lost_ns = job->failed_work_ns - job->from_work_ns;
    gint64 redo_ns = (gint64)((double)lost_ns / speed_of(job, job->target));
    record(job, first_work_ns, lost_ns);
    if (m->spec->interval.target_ns > 0 && first_work_ns + redo_ns > m->spec->interval.target_ns)
        m->r.violations++;
    job->seen.recover_ns = (job->seen.recover_ns + first_work_ns) / 2;
    begin_leg(job, job->target, job->from_work_ns);
}

/* Who is to begin on a host that is down begins elsewhere, as one that fails there at once. */
static void first_leg(ModelJob *job)
{
    ModelCell *cell = job->cell;
    const SimModelSpec *spec = cell->m->spec;
    if (cell->m->policy->checkpoints) {
        const SimProfile *p = model_profile(cell, job->primary)->profile;
        job->seen = (SimIntervalSeen){p->pause_ns + p->cpu_ns, p->over_ns, 0};
    }
    job->seen.recover_ns = sim_time_add(spec->detector_ns, usual_select_ns(job));
    if (cell->up[job->primary])
        begin_leg(job, job->primary, 0);
    else
        detect(job);
}

static void next_step(gpointer data)
{
    ModelJob *job = data;
    job->next = 0;
    if (job->phase == MODEL_UNBORN) {
        first_leg(job);
    } else if (job->phase == MODEL_SELECTING) {
        choose(job);
    } else if (job->phase == MODEL_LOADING) {
        loaded(job);
    } else if (job->mark_work_ns < job->cell->m->spec->run_ns) {
        take_checkpoint(job);
        schedule(job);
    } else {
        end(job);
    }
}

/* ---- hosts ---- */

void model_job_host_failed(ModelJob *job, guint host)
{
    gboolean running = job->phase == MODEL_RUNNING && job->primary == host;
    gboolean loading = job->phase == MODEL_LOADING && job->target == host;
    job->profile = NULL;
    if (job->phase == MODEL_ENDED)
        return;
    model_epoch_settle(job, TRUE);
    if (!running && !loading)
        return;
    if (running) {
        job->failed_work_ns = model_job_work(job);
        job->phase = MODEL_SELECTING; /* before the others share what it leaves */
        model_epoch_abort(job);
        go(job);
    }
    sim_engine_cancel(job->cell->engine, job->next);
    detect(job);
}

void model_job_host_back(ModelJob *job)
{
    job->profile = NULL;
    if (job->phase == MODEL_WAITING)
        choose(job);
}

/* ---- begin and end ---- */

void model_job_init(ModelJob *job, ModelCell *cell, guint host, gint64 delay_ns)
{
    *job = (ModelJob){.cell = cell, .primary = host, .begin_ns = delay_ns,
                      .copies = g_array_new(FALSE, FALSE, sizeof(ModelCopy))};
    if (delay_ns > 0)
        job->next = sim_engine_at(cell->engine, delay_ns, SIM_PRIORITY_NORMAL, next_step, job);
    else
        first_leg(job);
}

/* What it could go on from if somebody were there to. */
static gint64 newest_work_ns(const ModelJob *job)
{
    gint64 work_ns = 0;
    for (guint h = 0; h < job->cell->m->n_hosts; h++)
        if (job->held[h].epoch)
            work_ns = MAX(work_ns, job->held[h].work_ns);
    return work_ns;
}

void model_job_count(ModelJob *job)
{
    Model *m = job->cell->m;
    gint64 work_ns = job->phase == MODEL_ENDED     ? m->spec->run_ns
                     : job->phase == MODEL_RUNNING ? model_job_work(job)
                                                   : newest_work_ns(job);
    gint64 end_ns = job->phase == MODEL_ENDED ? job->ended_ns : now_of(job);
    gint64 spent_ns = MAX(0, end_ns - job->begin_ns);
    model_epoch_settle(job, FALSE);
    m->work_s += (double)work_ns * 1e-9;
    m->wasted_s += (double)MAX(0, spent_ns - work_ns) * 1e-9;
    m->r.ended += job->phase == MODEL_ENDED;
    double from_mean = (double)spent_ns - m->total_ns;
    m->total_ns += from_mean / (double)++m->n_counted;
    m->total_m2 += from_mean * ((double)spent_ns - m->total_ns);
}
