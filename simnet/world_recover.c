/* Deaths and recovery.
 *
 *   RUNNING --primary dies--> DETECTING   waits for the failure detector: the other hosts miss heartbeats
 *   DETECTING --time out----> SELECTING   waits for one round trip and the decision
 *   SELECTING --chosen------> LOADING     waits for the target's disk (and, for L, its conversion)
 *             --nobody can--> WAITING     waits for a repaired host, which leads to SELECTING's end again
 *   LOADING --loaded--------> RUNNING     the job's next leg, on the target
 *           --target dies---> DETECTING   again, for the target's death
 *
 * Chosen is a host that is up and holds an image committed for its own architecture: first the wanted
 * architecture, then the newest epoch, then speed, then platform order. When no image can be had the
 * job starts from the beginning. An image that its holder cannot convert is passed over. */
#include "world_priv.h"
#include "../core/agent/proc.h"

#include <string.h>

/* ---- planned failures ---- */

typedef struct Kill { /* a planned death on its way; lives as long as the world */
    World *w;
    guint fault;
} Kill;

static gboolean is_named(const char *point, const char *name)
{
    gsize n = strlen(name);
    return strncmp(point, name, n) == 0 && (point[n] == '\0' || point[n] == ':');
}

static char place_of(const char *point)
{
    if (is_named(point, "propagate"))
        return 'p';
    return is_named(point, "restore") || is_named(point, "resume") ? 'r' : 'c';
}

gint world_find_fault(const World *w, char place, guint64 epoch)
{
    for (guint i = 0; i < w->spec->n_faults; i++) {
        const SimFault *f = &w->spec->faults[i];
        if (!w->fired[i] && f->at_ns < 0 && place_of(f->point) == place && f->epoch <= epoch)
            return (gint)i;
    }
    return -1;
}

/* The host that would take over now, for faults of the holder. -1: there is none. */
static gint holder_of_target(const World *w)
{
    SimPolicyView view = world_view(w);
    g_autoptr(GArray) copies = g_array_new(FALSE, FALSE, sizeof(SimCopy));
    w->policy->plan(&view, copies);
    for (guint i = 0; i < copies->len; i++) {
        const SimCopy *copy = &g_array_index(copies, SimCopy, i);
        if (!w->spec->target_arch || strcmp(copy->arch, w->spec->target_arch) == 0)
            return (gint)copy->host;
    }
    return -1;
}

static gint victim_of(const World *w, const SimFault *fault)
{
    if (fault->holder)
        return holder_of_target(w);
    return (gint)(w->phase == PHASE_LOADING ? w->target : w->primary);
}

static void kill_now(gpointer data)
{
    Kill *kill = data;
    World *w = kill->w;
    const SimFault *fault = &w->spec->faults[kill->fault];
    gint host = victim_of(w, fault);
    if (host >= 0 && !w->is_over)
        world_kill_host(w, (guint)host, fault->repair_ns);
}

void world_kill_later(World *w, guint fault, gint64 delay_ns)
{
    Kill *kill = g_new(Kill, 1);
    *kill = (Kill){w, fault};
    w->fired[fault] = TRUE;
    g_ptr_array_add(w->owned, kill);
    sim_engine_after(w->engine, delay_ns, SIM_PRIORITY_FAULT, kill_now, kill);
}

void world_schedule_faults(World *w)
{
    for (guint i = 0; i < w->spec->n_faults; i++)
        if (w->spec->faults[i].at_ns >= 0)
            world_kill_later(w, i, w->spec->faults[i].at_ns);
}

/* ---- recovery ---- */

static void detected(gpointer data);
static void choose(gpointer data);

static void begin_detection(World *w)
{
    gint64 now = world_now(w);
    w->phase = PHASE_DETECTING;
    w->next = sim_engine_at(w->engine,
                            sim_cost_detected_ns(&sim_costs, now, w->spec->detector_ns),
                            SIM_PRIORITY_NORMAL, detected, w);
}

static void detected(gpointer data)
{
    World *w = data;
    w->detected_ns = world_now(w);
    w->r.detect_ns = w->detected_ns - w->failed_ns;
    w->phase = PHASE_SELECTING;
    w->next = sim_engine_after(w->engine, sim_cost_select_ns(&sim_costs, w->platform, w->up),
                               SIM_PRIORITY_NORMAL, choose, w);
}

typedef struct Choice {
    Epoch *epoch;
    Item *item;
} Choice;

/* Up, and with memory for the job. */
static gboolean *who_can(const World *w)
{
    gboolean *can = g_new(gboolean, w->n_hosts);
    for (guint h = 0; h < w->n_hosts; h++)
        can[h] = w->up[h] && w->state_bytes <= sim_platform_host(w->platform, h)->memory_bytes;
    return can;
}

static Choice best_image(const World *w, const gboolean *can)
{
    SimPolicyView view = world_view(w);
    Choice best = {NULL, NULL};
    SimImageChoice best_choice = {0, 0};
    for (guint i = 0; i < w->epochs->len; i++) {
        Epoch *e = w->epochs->pdata[i];
        for (guint k = 0; k < e->items->len; k++) {
            Item *item = e->items->pdata[k];
            const char *arch = sim_platform_host(w->platform, item->copy.host)->arch;
            if (item->state != ITEM_DONE || !can[item->copy.host] ||
                strcmp(arch, item->copy.arch) != 0 || !epoch_is_committed(e, arch))
                continue;
            SimImageChoice choice = {item->copy.host, e->number};
            if (sim_policy_prefers(&view, choice, best_choice)) {
                best = (Choice){e, item};
                best_choice = choice;
            }
        }
    }
    return best;
}

/* Then frames, globals and the program's start. */
static void native_costs(World *w, const SimHostSpec *host, const SimJobFacts *facts)
{
    w->load_ns = sim_time_add(w->load_ns, sim_cost_load_ns(&sim_costs, host, facts));
    w->rebuild_ns = sim_cost_rebuild_ns(&sim_costs, host, facts);
}

/* L: the raw image is read whole, converted, and written before it can be mapped. */
static gboolean convert_first(World *w, const SimHostSpec *host, const Item *item, GError **error)
{
    guint64 bytes = 0;
    SimJob *job = w->job;
    if (job->ops->class_of(job, item->copy.made) == job->ops->class_of(job, host->arch))
        return TRUE;
    if (!job->ops->convert(job, item->epoch->number, item->copy.made, host->arch, &bytes,
                           &w->r.real_load_ns, error))
        return FALSE;
    w->load_ns = sim_cost_late_ns(host, item->bytes, bytes);
    return TRUE;
}

static void loaded(gpointer data)
{
    World *w = data;
    SimJobOutcome outcome;
    gint64 now = world_now(w);
    w->next = 0;
    w->r.load_ns = w->load_ns;
    w->r.rebuild_ns = w->rebuild_ns;
    w->r.first_work_ns = now - w->failed_ns;
    w->r.lost_work_ns = w->failed_work_ns - (w->from ? w->from->work_ns : 0);
    w->r.epoch_recovered = w->from ? (gint64)w->from->number : 0;
    gint fault = w->from ? world_find_fault(w, 'r', G_MAXUINT64) : -1;
    w->primary = w->target;
    if (!world_start_leg(w, &outcome) || outcome != SIM_JOB_FAULT)
        return;
    /* It died before it had done anything: what the first death cost is still what is lost. */
    gint64 failed_work_ns = w->failed_work_ns;
    w->fired[fault] = TRUE;
    world_kill_host(w, w->primary, w->spec->faults[fault].repair_ns);
    w->failed_work_ns = failed_work_ns;
}

static void begin_loading(World *w, guint target, Epoch *from)
{
    w->target = target;
    w->from = from;
    w->phase = PHASE_LOADING;
    w->next = sim_engine_after(w->engine, sim_time_add(w->load_ns, w->rebuild_ns),
                               SIM_PRIORITY_NORMAL, loaded, w);
}

static void nobody(World *w)
{
    w->phase = PHASE_WAITING;
    w->next = 0;
    if (w->n_repairs == 0)
        world_fail(w, g_error_new(PREACHES_ERROR, PREACHES_ERROR_FAILED,
                                  "every host that could run the job has failed, or has no memory for it"));
}

static void choose(gpointer data)
{
    World *w = data;
    g_autofree gboolean *can = who_can(w);
    w->next = 0;
    w->r.select_ns = world_now(w) - w->detected_ns;
    for (;;) {
        Choice choice = best_image(w, can);
        SimJobFacts facts;
        g_autoptr(GError) why = NULL;
        w->load_ns = w->rebuild_ns = 0;
        w->r.real_load_ns = -1;
        if (!choice.item)
            break;
        const SimHostSpec *host = sim_platform_host(w->platform, choice.item->copy.host);
        if ((w->policy->native_at_recovery || convert_first(w, host, choice.item, &why)) &&
            w->job->ops->hold(w->job, choice.epoch->number, host->arch, &facts, &why)) {
            native_costs(w, host, &facts);
            begin_loading(w, choice.item->copy.host, choice.epoch);
            return;
        }
        choice.item->state = ITEM_DROPPED; /* refused: the next older one is tried */
    }
    SimPolicyView view = world_view(w);
    view.up = can;
    gint host = sim_policy_any_host(&view);
    if (host < 0) {
        nobody(w);
        return;
    }
    w->rebuild_ns = sim_platform_host(w->platform, (guint)host)->start_ns;
    begin_loading(w, (guint)host, NULL);
}

/* ---- deaths ---- */

typedef struct Repair {
    World *w;
    guint host;
} Repair;

static void repaired(gpointer data)
{
    Repair *repair = data;
    World *w = repair->w;
    guint host = repair->host;
    if (world_share(w, host) <= 0) { /* repaired, but nobody may have it yet */
        gint64 next_ns = sim_timeline_next_ns(sim_platform_host(w->platform, host)->availability, world_now(w));
        if (next_ns < G_MAXINT64)
            sim_engine_at(w->engine, next_ns, SIM_PRIORITY_NORMAL, repaired, repair);
        else
            w->n_repairs--;
        return;
    }
    w->n_repairs--;
    w->up[host] = TRUE;
    sim_engine_trace(w->engine, SIM_TRACE_STATE, "host-is-back", host, 0);
    sim_host_repair(w->hosts[host]);
    sim_network_set_host(w->net, host, TRUE);
    if (w->phase == PHASE_WAITING)
        choose(w);
}

static void primary_died(World *w)
{
    w->failed_work_ns = world_work(w);
    epoch_abort(w);
    w->job->ops->kill(w->job, w->next_epoch - 1);
}

void world_kill_host(World *w, guint host, gint64 repair_ns)
{
    if (!w->up[host])
        return;
    gboolean primary = w->phase == PHASE_RUNNING && host == w->primary;
    gboolean target = w->phase == PHASE_LOADING && host == w->target;
    w->up[host] = FALSE;
    w->r.failures++;
    if (primary)
        primary_died(w);
    sim_engine_trace(w->engine, SIM_TRACE_STATE, "host-fails", host, 0);
    sim_host_fail(w->hosts[host]);
    sim_network_set_host(w->net, host, FALSE);
    epoch_host_failed(w, host);
    if (repair_ns >= 0) {
        Repair *repair = g_new(Repair, 1);
        *repair = (Repair){w, host};
        g_ptr_array_add(w->owned, repair);
        w->n_repairs++;
        sim_engine_after(w->engine, repair_ns, SIM_PRIORITY_NORMAL, repaired, repair);
    }
    if (!primary && !target)
        return;
    sim_engine_cancel(w->engine, w->next);
    w->failed_ns = world_now(w);
    begin_detection(w);
}
