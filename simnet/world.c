/* The job's life: legs, checkpoints, its end, and the row of results. See world_priv.h for the map. */
#include "livejob.h"
#include "median.h"
#include "world_job.h"
#include "world_priv.h"
#include "../core/agent/proc.h"
#include "../core/runtime/control.h"

#include <math.h>
#include <string.h>

/* How many checkpoints one leg may plan: they travel in one environment variable. */
enum { MAX_MARKS = 10000 };

gint64 world_now(const World *w) { return sim_engine_now(w->engine); }

void world_fail(World *w, GError *error)
{
    w->is_over = TRUE;
    if (w->error)
        g_error_free(error);
    else
        w->error = error;
}

SimPolicyView world_view(const World *w)
{
    return (SimPolicyView){.platform = w->platform,
                           .up = w->up,
                           .job = w->job,
                           .primary = w->primary,
                           .target_arch = w->spec->target_arch,
                           .replicas = w->spec->replicas};
}

guint world_fault_offset(const char *point)
{
#define X(name, process, where) name,
    static const char *const points[] = {PR_FAULT_LIST(X)};
#undef X
    gsize n = strcspn(point, ":");
    for (guint i = 0; i < G_N_ELEMENTS(points); i++)
        if (strlen(points[i]) == n && strncmp(points[i], point, n) == 0)
            return i;
    return G_N_ELEMENTS(points);
}

/* ---- progress ---- */

static const SimHostSpec *host_of_primary(const World *w)
{
    return sim_platform_host(w->platform, w->primary);
}

gint64 world_work(const World *w)
{
    const Leg *leg = &w->leg;
    gint64 elapsed_ns = MAX(0, world_now(w) - leg->base_ns);
    double had_ns = sim_cost_had_ns(host_of_primary(w), leg->cpu_ns, elapsed_ns);
    gint64 work_ns = leg->base_work_ns + (gint64)floor(had_ns * leg->speed);
    return MIN(work_ns, w->spec->run_ns);
}

/* When the job will have done that much. */
static gint64 time_of_work(const World *w, gint64 work_ns)
{
    const Leg *leg = &w->leg;
    gint64 need_ns = (gint64)ceil((double)(work_ns - leg->base_work_ns) / leg->speed);
    gint64 spent_ns = sim_cost_until_ns(host_of_primary(w), leg->cpu_ns, need_ns);
    return MAX(world_now(w), sim_time_add(leg->base_ns, spent_ns));
}

static guint64 poll_at(const World *w, gint64 work_ns)
{
    return (guint64)((unsigned __int128)(guint64)work_ns * w->spec->total_polls /
                     (guint64)w->spec->run_ns);
}

/* ---- legs ---- */

static void reach_mark(gpointer data);

static void schedule_next(World *w)
{
    const Leg *leg = &w->leg;
    gint64 work_ns = leg->next < leg->marks->len
                         ? g_array_index(leg->marks, Mark, leg->next).work_ns
                         : w->spec->run_ns;
    w->next =
        sim_engine_at(w->engine, time_of_work(w, work_ns), SIM_PRIORITY_NORMAL, reach_mark, w);
}

/* Checkpoints of this leg: at multiples of the interval on this host, from its start. Two that fall
 * on one poll are one. */
static gboolean plan_marks(World *w, char **at_polls)
{
    Leg *leg = &w->leg;
    GString *list = g_string_new(NULL);
    double step_ns = (double)w->spec->interval_ns * leg->speed;
    guint64 last_poll = leg->poll;
    g_array_set_size(leg->marks, 0);
    for (guint k = 1; w->policy->checkpoints && leg->marks->len <= MAX_MARKS; k++) {
        double work = (double)leg->base_work_ns + nearbyint(k * step_ns);
        if (work >= (double)w->spec->run_ns)
            break;
        Mark mark = {(gint64)work, poll_at(w, (gint64)work)};
        if (mark.poll <= last_poll)
            continue;
        last_poll = mark.poll;
        g_array_append_val(leg->marks, mark);
        g_string_append_printf(list, "%s%" G_GUINT64_FORMAT, list->len ? "," : "",
                               mark.poll - leg->poll);
    }
    *at_polls = g_string_free(list, FALSE);
    if (leg->marks->len <= MAX_MARKS)
        return TRUE;
    world_fail(w,
               g_error_new(PREACHES_ERROR, PREACHES_ERROR_USAGE,
                           "checkpoint interval too short: more than %d checkpoints", MAX_MARKS));
    return FALSE;
}

/* A poll that the job cannot have passed, in virtual time, when its next planned death comes. */
static guint64 bound_poll(const World *w)
{
    const Leg *leg = &w->leg;
    guint64 bound = G_MAXUINT64;
    double full_speed = sim_host_speed(sim_platform_host(w->platform, w->primary), w->spec->work);
    for (guint i = 0; i < w->spec->n_faults; i++) {
        const SimFault *f = &w->spec->faults[i];
        if (f->holder || f->at_ns <= world_now(w))
            continue;
        double work = (double)leg->base_work_ns + (double)(f->at_ns - world_now(w)) * full_speed;
        if (work < (double)w->spec->run_ns)
            bound = MIN(bound, poll_at(w, (gint64)work) + 1);
    }
    gint fault = world_find_fault(w, 'p', G_MAXUINT64);
    if (fault >= 0 &&
        !w->spec->faults[fault].holder) { /* by the checkpoint after it at the latest */
        guint64 epoch = MAX(w->spec->faults[fault].epoch, leg->first_epoch);
        guint64 after = epoch - leg->first_epoch + 1;
        if (after < leg->marks->len)
            bound = MIN(bound, g_array_index(leg->marks, Mark, after).poll);
    }
    return bound < w->spec->total_polls ? MAX(bound - leg->poll, 1) : 0;
}

static gint leg_fault(const World *w, guint64 *epoch)
{
    gint fault = w->from ? world_find_fault(w, 'r', G_MAXUINT64) : -1;
    *epoch = 0;
    if (fault >= 0)
        return fault;
    fault = world_find_fault(w, 'c', G_MAXUINT64);
    if (fault < 0 || w->spec->faults[fault].holder)
        return -1;
    *epoch = MAX(w->spec->faults[fault].epoch, w->leg.first_epoch);
    return fault;
}

static double leg_speed(const World *w)
{
    return sim_host_speed(sim_platform_host(w->platform, w->primary), w->spec->work) *
           world_share(w, w->primary);
}

void world_set_speed(World *w)
{
    Leg *leg = &w->leg;
    gint64 now = world_now(w);
    if (now > leg->base_ns) { /* it goes on from where it is */
        gint64 work_ns = world_work(w);
        leg->cpu_ns = MAX(0, leg->cpu_ns - (now - leg->base_ns) / 2);
        leg->base_work_ns = work_ns;
        leg->base_ns = now;
    }
    leg->speed = leg_speed(w);
    if (sim_engine_cancel(w->engine, w->next))
        schedule_next(w);
}

gboolean world_start_leg(World *w, SimJobOutcome *outcome)
{
    const SimHostSpec *host = sim_platform_host(w->platform, w->primary);
    Leg *leg = &w->leg;
    SimPolicyView view = world_view(w);
    g_autofree char *at_polls = NULL;
    g_autofree char *classes = sim_policy_classes(w->policy, &view, w->spec->convert_at_sender);
    GError *error = NULL;
    w->phase = PHASE_RUNNING;
    leg->speed = leg_speed(w);
    leg->base_ns = world_now(w);
    leg->base_work_ns = w->from ? w->from->work_ns : 0;
    leg->poll = w->from ? w->from->poll : 0;
    leg->cpu_ns = 0;
    leg->next = 0;
    leg->first_epoch = w->next_epoch;
    *outcome = SIM_JOB_FAILED;
    if (!plan_marks(w, &at_polls))
        return FALSE;
    SimJobLeg start = {.arch = host->arch,
                       .restore_epoch = w->from ? w->from->number : 0,
                       .classes = classes,
                       .at_polls = at_polls,
                       .first_epoch = leg->first_epoch,
                       .break_poll = bound_poll(w)};
    gint fault = leg_fault(w, &start.fault_epoch);
    start.fault = fault >= 0 ? w->spec->faults[fault].point : NULL;
    if (!w->job->ops->start(w->job, &start, outcome, &w->r.real_load_ns, &error)) {
        world_fail(w, error);
        return FALSE;
    }
    sim_engine_trace(w->engine, SIM_TRACE_STATE, "job-runs", 0, w->primary);
    schedule_next(w);
    return TRUE;
}

/* ---- checkpoints ---- */

/* The job stands still until then, and shares the processor for cpu_ns of it afterwards. */
static void set_base(World *w, const Mark *mark, gint64 pause_ns)
{
    w->leg.base_work_ns = mark->work_ns;
    w->leg.base_ns = world_now(w) + pause_ns;
    w->leg.cpu_ns = 0;
}

static void checkpoint_fault(World *w, guint fault)
{
    gint64 delay_ns = world_fault_offset(w->spec->faults[fault].point) * sim_costs.fault_step_ns;
    world_kill_later(w, fault, delay_ns);
}

static gboolean take_checkpoint(World *w, const Mark *mark, guint64 number)
{
    gint fault = world_find_fault(w, 'c', number);
    gboolean at_primary = fault >= 0 && !w->spec->faults[fault].holder;
    gboolean skipped =
        w->in_flight != NULL; /* still busy with the one before: this one is left out */
    SimJobCheckpoint made = {0};
    GError *error = NULL;
    if (!w->job->ops->checkpoint(w->job, number, at_primary, &made, &error)) {
        world_fail(w, error);
        return FALSE;
    }
    if (made.outcome == SIM_JOB_FAULT) {
        set_base(w, mark, G_MAXINT64 / 4); /* it stands at the fault point */
        checkpoint_fault(w, (guint)fault);
    } else if (skipped) {
        w->job->ops->discard(w->job, number);
    } else {
        gint64 pause_ns = world_pause_ns(w, made.state_bytes);
        set_base(w, mark, pause_ns);
        if (made.outcome == SIM_JOB_IMAGES)
            epoch_begin(w, number, mark, &made);
        if (fault >= 0 && !at_primary)
            checkpoint_fault(w, (guint)fault);
    }
    g_clear_pointer(&made.images, g_array_unref);
    return made.outcome != SIM_JOB_FAULT;
}

static void finish(World *w)
{
    gboolean match = FALSE;
    GError *error = NULL;
    w->r.total_ns = world_now(w);
    sim_engine_trace(w->engine, SIM_TRACE_STATE, "job-ends", 0, w->primary);
    if (!w->job->ops->finish(w->job, &match, &error)) {
        world_fail(w, error);
        return;
    }
    w->r.output_match = match ? 1 : 0;
    w->is_over = TRUE;
}

static void reach_mark(gpointer data)
{
    World *w = data;
    Leg *leg = &w->leg;
    w->next = 0;
    if (leg->next >= leg->marks->len) {
        finish(w);
        return;
    }
    Mark mark = g_array_index(leg->marks, Mark, leg->next);
    leg->next++;
    if (take_checkpoint(w, &mark, w->next_epoch++))
        schedule_next(w);
}

/* ---- set-up and result ---- */

static gboolean usage(GError **error, const char *what)
{
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s", what);
    return FALSE;
}

static gboolean check_fault(const SimFault *f, GError **error)
{
    if (f->at_ns >= 0)
        return TRUE;
    if (!f->point)
        return usage(error, "a fault needs a time or a point");
    if (!g_str_equal(f->point, "propagate") &&
        world_fault_offset(f->point) >= world_fault_offset(""))
        return usage(error, "unknown fault point");
    return TRUE;
}

static gint find_arch(const SimPlatform *platform, const char *arch)
{
    for (guint h = 0; h < sim_platform_n_hosts(platform); h++)
        if (strcmp(sim_platform_host(platform, h)->arch, arch) == 0)
            return (gint)h;
    return -1;
}

static gboolean check_spec(const SimRunSpec *spec, SimJob *job, GError **error)
{
    if (spec->run_ns <= 0 || spec->total_polls == 0 || spec->detector_ns <= 0)
        return usage(error, "run length, number of polls and detector time-out must be above 0");
    if (spec->strategy != SIM_STRATEGY_0 && spec->interval_ns <= 0)
        return usage(error, "the checkpoint interval must be above 0");
    if (find_arch(spec->platform, spec->source_arch) < 0)
        return usage(error, "the platform has no host of the source architecture");
    if (spec->target_arch && find_arch(spec->platform, spec->target_arch) < 0)
        return usage(error, "the platform has no host of the target architecture");
    if (spec->strategy == SIM_STRATEGY_H && spec->target_arch &&
        strcmp(spec->target_arch, spec->source_arch) != 0)
        return usage(error, "strategy H recovers on the source architecture only");
    if (job->ops->class_of(job, spec->source_arch) < 0)
        return usage(error, "the program was not built for the source architecture");
    if (spec->target_arch && job->ops->class_of(job, spec->target_arch) < 0)
        return usage(error, "the program was not built for the target architecture");
    for (guint i = 0; i < spec->n_faults; i++)
        if (!check_fault(&spec->faults[i], error))
            return FALSE;
    return TRUE;
}

static GArray *values_new(void) { return g_array_new(FALSE, FALSE, sizeof(gint64)); }

static void world_init(World *w, const SimRunSpec *spec, SimJob *job)
{
    const SimPlatform *p = spec->platform;
    *w = (World){.spec = spec, .platform = p, .job = job, .policy = sim_policy(spec->strategy)};
    w->engine = sim_engine_new();
    sim_engine_set_trace(w->engine, spec->trace);
    w->net = sim_platform_network(p, w->engine);
    w->n_hosts = sim_platform_n_hosts(p);
    w->hosts = g_new0(SimHost *, w->n_hosts);
    w->up = g_new0(gboolean, w->n_hosts);
    for (guint h = 0; h < w->n_hosts; h++) {
        w->hosts[h] = sim_host_new(w->engine, sim_platform_host(p, h));
        w->up[h] = TRUE;
    }
    w->primary = (guint)find_arch(p, spec->source_arch);
    w->leg.marks = g_array_new(FALSE, FALSE, sizeof(Mark));
    w->epochs = g_ptr_array_new_with_free_func(epoch_free);
    w->owned = g_ptr_array_new_with_free_func(g_free);
    w->fired = g_new0(gboolean, spec->n_faults + 1);
    w->next_epoch = 1;
    for (guint i = 0; i < N_SERIES; i++)
        w->series[i] = values_new();
    memset(&w->r, 0xff, sizeof w->r); /* every field -1: does not apply */
    w->r.failures = w->r.epochs = 0;
}

static void world_fini(World *w)
{
    for (guint h = 0; h < w->n_hosts; h++)
        sim_host_free(w->hosts[h]);
    g_free(w->hosts);
    g_free(w->up);
    g_free(w->fired);
    g_array_unref(w->leg.marks);
    g_ptr_array_unref(w->epochs);
    g_ptr_array_unref(w->owned);
    for (guint i = 0; i < N_SERIES; i++)
        g_array_unref(w->series[i]);
    sim_link_profiles_free(w->links);
    sim_network_free(w->net);
    sim_engine_free(w->engine);
}

static void fill_row(World *w)
{
    SimRunResult *r = &w->r;
    r->state_bytes = sim_median(w->series[SERIES_STATE]);
    r->image_bytes = sim_median(w->series[SERIES_IMAGE]);
    r->sent_bytes = sim_median(w->series[SERIES_SENT]);
    r->pause_ns = sim_median(w->series[SERIES_PAUSE]);
    r->convert_ns = sim_median(w->series[SERIES_CONVERT]);
    r->propagate_ns = sim_median(w->series[SERIES_PROPAGATE]);
    r->commit_ns = sim_median(w->series[SERIES_COMMIT]);
    r->real_pause_ns = sim_median(w->series[SERIES_REAL_PAUSE]);
    r->real_convert_ns = sim_median(w->series[SERIES_REAL_CONVERT]);
    r->classes = sim_median(w->series[SERIES_CLASSES]);
}

gboolean sim_world_run_job(const SimRunSpec *spec, SimJob *job, SimRunResult *result,
                           GError **error)
{
    World w;
    SimJobOutcome outcome;
    if (!check_spec(spec, job, error))
        return FALSE;
    world_init(&w, spec, job);
    world_schedule_faults(&w);
    world_begin_profiles(&w);
    if (world_start_leg(&w, &outcome))
        while (!w.is_over && sim_engine_step(w.engine))
            if (g_cancellable_is_cancelled(spec->cancel))
                world_fail(&w, g_error_new_literal(G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled"));
    if (!w.is_over)
        world_fail(&w, g_error_new_literal(PREACHES_ERROR, PREACHES_ERROR_FAILED,
                                           "the job can make no more progress"));
    fill_row(&w);
    if (!w.error)
        *result = w.r;
    world_fini(&w);
    if (!w.error)
        return TRUE;
    g_propagate_error(error, w.error);
    return FALSE;
}

gboolean sim_world_run(const SimRunSpec *spec, SimRunResult *result, GError **error)
{
    SimJob *job = sim_live_new(spec, error);
    if (!job)
        return FALSE;
    gboolean ok = sim_world_run_job(spec, job, result, error);
    job->ops->free(job);
    return ok;
}
