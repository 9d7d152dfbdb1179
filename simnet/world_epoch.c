/* One epoch on its way.
 *
 *   primary                      network            holder
 *   pause (fork) -> convert -+-> flow to holder A -> [convert] -> write -> verify -> held
 *                            +-> flow to holder B -> ...
 *
 * The child converts one class after the other and each is sent as soon as it is made. An epoch is
 * committed for an architecture at the moment its image is held by as many holders as replicas asks
 * for; it is over when every copy is held or dropped. One epoch is under way at a time: a checkpoint
 * that falls due before that is left out. A copy is dropped when its holder or the primary dies, when
 * its class was refused, or when the holder's conversion refuses it. */
#include "world_priv.h"
#include "../core/agent/proc.h"

#include <math.h>
#include <string.h>

typedef struct Ready { /* a class image that the child has made */
    Epoch *epoch;
    SimTimer timer;
    guint cls;
} Ready;

static void item_free(gpointer data) { g_free(data); }

void epoch_free(gpointer data)
{
    Epoch *e = data;
    g_ptr_array_unref(e->items);
    g_ptr_array_unref(e->ready);
    g_ptr_array_unref(e->committed);
    g_clear_pointer(&e->made.images, g_array_unref);
    g_free(e);
}

gint64 world_pause_ns(const World *w, guint64 state_bytes)
{
    return sim_cost_pause_ns(&sim_costs, sim_platform_host(w->platform, w->primary), state_bytes);
}

gboolean epoch_is_committed(const Epoch *epoch, const char *arch)
{
    for (guint i = 0; i < epoch->committed->len; i++)
        if (strcmp(epoch->committed->pdata[i], arch) == 0)
            return TRUE;
    return FALSE;
}

/* ---- the end of an epoch ---- */

/* Classes that have an image of the epoch somewhere. */
static gint64 count_classes(const Epoch *e)
{
    SimJob *job = e->w->job;
    guint64 seen = 0;
    for (guint i = 0; i < e->items->len; i++) {
        const Item *item = e->items->pdata[i];
        const char *arch = item->converts ? item->copy.arch : item->copy.made;
        gint cls = job->ops->class_of(job, arch);
        seen |= item->state == ITEM_DONE ? G_GUINT64_CONSTANT(1) << (cls & 63) : 0;
    }
    return __builtin_popcountll(seen);
}

/* The phases are told apart by their last events, so that they add up to the whole: pause, then
 * until the last class is made, then until the last copy has arrived, then until all are held. A
 * receiver's conversion is counted as conversion, not as commit. */
static void epoch_measure(World *w, const Epoch *e)
{
    gint64 made_ns = e->begin_ns + e->pause_ns + e->convert_ns;
    gint64 propagate_ns = MAX(0, e->delivered_ns - made_ns);
    gint64 held_ns = w->spec->convert_at_sender ? 0 : e->cpu_ns;
    gint64 commit_ns = MAX(0, e->over_ns - made_ns - propagate_ns - held_ns);
    const gint64 value[N_SERIES] = {
        [SERIES_PAUSE] = e->pause_ns,
        [SERIES_CONVERT] = e->convert_ns + held_ns,
        [SERIES_PROPAGATE] = propagate_ns,
        [SERIES_COMMIT] = commit_ns,
        [SERIES_STATE] = (gint64)e->made.state_bytes,
        [SERIES_IMAGE] = (gint64)e->image_bytes,
        [SERIES_SENT] = (gint64)e->sent_bytes,
        [SERIES_CLASSES] = count_classes(e),
        [SERIES_REAL_PAUSE] = e->made.real_pause_ns,
        [SERIES_REAL_CONVERT] = e->made.real_convert_ns,
    };
    for (guint i = 0; i < N_SERIES; i++)
        g_array_append_val(w->series[i], value[i]);
    w->r.epochs++;
}

/* Older epochs are kept while they are the newest one committed for some architecture. */
static void prune(World *w)
{
    for (guint i = 0; i < w->epochs->len; i++) {
        Epoch *e = w->epochs->pdata[i];
        gboolean needed = !e->is_over || e->committed->len == 0;
        for (guint a = 0; a < e->committed->len && !needed; a++) {
            needed = TRUE;
            for (guint j = i + 1; j < w->epochs->len && needed; j++)
                needed = !epoch_is_committed(w->epochs->pdata[j], e->committed->pdata[a]);
        }
        if (needed)
            continue;
        w->job->ops->discard(w->job, e->number);
        g_ptr_array_set_size(e->committed, 0); /* gone: nobody may choose it */
    }
}

static void epoch_over(Epoch *e)
{
    World *w = e->w;
    GError *error = NULL;
    e->is_over = TRUE;
    e->over_ns = world_now(w);
    if (w->in_flight == e)
        w->in_flight = NULL;
    if (e->committed->len == 0)
        return;
    epoch_measure(w, e);
    if (!w->job->ops->commit(w->job, e->number, &error))
        world_fail(w, error);
    else
        prune(w);
}

static void item_close(Item *item, ItemState state)
{
    if (item->state != ITEM_OPEN)
        return;
    item->state = state;
    if (--item->epoch->n_open == 0 && !item->epoch->is_over)
        epoch_over(item->epoch);
}

/* ---- at the holder ---- */

static guint copies_held(const Epoch *e, const char *arch)
{
    guint n = 0;
    for (guint i = 0; i < e->items->len; i++) {
        const Item *item = e->items->pdata[i];
        n += item->state == ITEM_DONE && strcmp(item->copy.arch, arch) == 0 ? 1 : 0;
    }
    return n;
}

/* The holder has checked what it wrote. The real core does the same at this moment: for the wanted
 * architecture now, for the others when the epoch is over. */
static void item_held(gboolean computed, gpointer data)
{
    (void)computed;
    Item *item = data;
    World *w = item->w;
    Epoch *e = item->epoch;
    const char *arch = item->copy.arch;
    GError *error = NULL;
    if (item->state != ITEM_OPEN)
        return;
    gboolean commits = copies_held(e, arch) + 1 == MAX(w->spec->replicas, 1);
    gboolean wanted = !w->spec->target_arch || strcmp(w->spec->target_arch, arch) == 0;
    gboolean ok = TRUE;
    if (commits && !w->policy->native_at_recovery)
        ok = w->job->ops->verify(w->job, e->number, item->copy.made, &error);
    else if (commits && wanted)
        ok = w->job->ops->hold(w->job, e->number, arch, NULL, &error);
    if (!ok) {
        world_fail(w, error);
        return;
    }
    if (commits)
        sim_engine_trace(w->engine, SIM_TRACE_STATE, "epoch-is-committed", e->number, item->copy.host);
    if (commits)
        g_ptr_array_add(e->committed, (gpointer)arch);
    item_close(item, ITEM_DONE);
}

static void item_written(gboolean written, gpointer data)
{
    Item *item = data;
    if (!written)
        item_close(item, ITEM_DROPPED);
    const SimHostSpec *host = sim_platform_host(item->w->platform, item->copy.host);
    gint64 verify_ns = sim_cost_verify_ns(&sim_costs, host, item->bytes);
    if (item->state == ITEM_OPEN)
        sim_host_compute(item->w->hosts[item->copy.host], verify_ns, item_held, item);
}

static void item_write(Item *item)
{
    if (item->state == ITEM_OPEN)
        sim_host_write(item->w->hosts[item->copy.host], item->bytes, item_written, item);
}

static void item_converted(gboolean computed, gpointer item)
{
    (void)computed;
    item_write(item);
}

static void item_convert(Item *item)
{
    World *w = item->w;
    const SimHostSpec *host = sim_platform_host(w->platform, item->copy.host);
    gint64 ns = sim_time_for((double)item->bytes, host->convert_bps);
    item->epoch->cpu_ns = MAX(item->epoch->cpu_ns, ns);
    g_autoptr(GError) refused = NULL;
    if (!w->job->ops->convert(w->job, item->epoch->number,
                              sim_platform_host(w->platform, w->primary)->arch, item->copy.arch,
                              &item->bytes, &item->epoch->made.real_convert_ns, &refused)) {
        item_close(item, ITEM_DROPPED); /* a value that does not fit: the class has no image */
        return;
    }
    item->epoch->image_bytes += item->bytes;
    sim_host_compute(w->hosts[item->copy.host], ns, item_converted, item);
}

static void item_arrived(SimFlow flow, gboolean delivered, gpointer data)
{
    (void)flow;
    Item *item = data;
    item->flow = 0;
    if (item->state != ITEM_OPEN)
        return;
    if (!delivered) {
        item_close(item, ITEM_DROPPED);
        return;
    }
    item->epoch->delivered_ns = world_now(item->w);
    if (item->converts)
        item_convert(item);
    else
        item_write(item);
}

/* ---- at the primary ---- */

static void item_send(Item *item)
{
    World *w = item->w;
    guint n, n_back;
    const guint *route = sim_platform_route(w->platform, w->primary, item->copy.host, &n);
    const guint *back = sim_platform_route(w->platform, item->copy.host, w->primary, &n_back);
    item->flow = sim_network_start(w->net, w->primary, item->copy.host, (double)item->bytes, route,
                                   n, back, n_back, item_arrived, item);
    item->epoch->sent_bytes += item->bytes;
}

/* Death "in the middle of the flow": half the time the epoch's bytes would need at least. */
static void maybe_fault(World *w, Epoch *e)
{
    gint fault = world_find_fault(w, 'p', e->number);
    gint64 longest_ns = 0;
    if (fault < 0)
        return;
    for (guint i = 0; i < e->items->len; i++) {
        const Item *item = e->items->pdata[i];
        if (!item->flow)
            continue;
        guint n;
        const guint *route = sim_platform_route(w->platform, w->primary, item->copy.host, &n);
        double bps = HUGE_VAL;
        for (guint l = 0; l < n; l++)
            bps = MIN(bps, sim_platform_link(w->platform, route[l])->bandwidth_bps);
        longest_ns = MAX(longest_ns, sim_time_for((double)item->bytes, bps));
    }
    if (longest_ns > 0)
        world_kill_later(w, (guint)fault, longest_ns / 2);
}

static void class_is_ready(gpointer data)
{
    Ready *ready = data;
    Epoch *e = ready->epoch;
    World *w = e->w;
    ready->timer = 0;
    for (guint i = 0; i < e->items->len; i++) {
        Item *item = e->items->pdata[i];
        gint cls = w->job->ops->class_of(w->job, item->copy.made);
        if (item->state == ITEM_OPEN && !item->flow && cls == (gint)ready->cls)
            item_send(item);
    }
    maybe_fault(w, e);
}

static const SimJobImage *find_image(const Epoch *e, gint cls)
{
    for (guint i = 0; i < e->made.images->len; i++) {
        const SimJobImage *image = &g_array_index(e->made.images, SimJobImage, i);
        if ((gint)image->cls == cls)
            return image;
    }
    return NULL;
}

static void add_item(Epoch *e, const SimCopy *copy)
{
    World *w = e->w;
    const char *own = sim_platform_host(w->platform, w->primary)->arch;
    gint cls = w->job->ops->class_of(w->job, copy->made);
    SimCopy real = *copy;
    gboolean converts = !w->spec->convert_at_sender && cls != w->job->ops->class_of(w->job, own);
    if (converts) {
        real.made = own;
        cls = w->job->ops->class_of(w->job, own);
    }
    const SimJobImage *image = find_image(e, cls);
    if (!image)
        return; /* refused: this class has no image of this epoch */
    Item *item = g_new0(Item, 1);
    *item = (Item){.w = w,
                   .epoch = e,
                   .copy = real,
                   .bytes = image->bytes,
                   .converts = converts,
                   .state = ITEM_OPEN};
    g_ptr_array_add(e->items, item);
    e->n_open++;
}

/* The child's work: its own class is copied, every other one converted, one after the other, beside
 * the job. */
static void start_child(Epoch *e)
{
    World *w = e->w;
    const SimHostSpec *host = sim_platform_host(w->platform, w->primary);
    gint own = w->job->ops->class_of(w->job, host->arch);
    gint64 cpu_ns = 0;
    for (guint i = 0; i < e->made.images->len; i++) {
        const SimJobImage *image = &g_array_index(e->made.images, SimJobImage, i);
        cpu_ns = sim_time_add(cpu_ns, sim_cost_make_ns(&sim_costs, host, image->bytes,
                                                       (gint)image->cls != own));
        e->image_bytes += image->bytes;
        Ready *ready = g_new(Ready, 1);
        *ready = (Ready){e, 0, image->cls};
        g_ptr_array_add(e->ready, ready);
        ready->timer = sim_engine_after(w->engine, e->pause_ns + sim_cost_beside_ns(host, cpu_ns),
                                        SIM_PRIORITY_NORMAL, class_is_ready, ready);
    }
    e->convert_ns = sim_cost_beside_ns(host, cpu_ns);
    w->leg.cpu_ns = cpu_ns;
}

/* FALSE: the run is over, since the primary has no memory for what it runs. */
static gboolean fits(World *w, guint64 state_bytes)
{
    const SimHostSpec *host = sim_platform_host(w->platform, w->primary);
    w->state_bytes = MAX(w->state_bytes, state_bytes);
    if (state_bytes <= host->memory_bytes)
        return TRUE;
    world_fail(w, g_error_new(PREACHES_ERROR, PREACHES_ERROR_USAGE,
                              "host '%s' has %" G_GUINT64_FORMAT " bytes of memory, the job's state is %" G_GUINT64_FORMAT,
                              host->name, host->memory_bytes, state_bytes));
    return FALSE;
}

void epoch_begin(World *w, guint64 number, const Mark *mark, SimJobCheckpoint *made)
{
    Epoch *e = g_new0(Epoch, 1);
    e->w = w;
    e->number = number;
    e->poll = mark->poll;
    e->work_ns = mark->work_ns;
    e->begin_ns = world_now(w);
    sim_engine_trace(w->engine, SIM_TRACE_STATE, "checkpoint", number, w->primary);
    e->items = g_ptr_array_new_with_free_func(item_free);
    e->ready = g_ptr_array_new_with_free_func(g_free);
    e->committed = g_ptr_array_new();
    e->made = *made;
    made->images = NULL;
    e->pause_ns = world_pause_ns(w, e->made.state_bytes);
    g_ptr_array_add(w->epochs, e);
    g_autoptr(GArray) copies = g_array_new(FALSE, FALSE, sizeof(SimCopy));
    SimPolicyView view = world_view(w);
    w->policy->plan(&view, copies);
    if (!fits(w, e->made.state_bytes))
        g_array_set_size(copies, 0);
    for (guint i = 0; i < copies->len; i++)
        add_item(e, &g_array_index(copies, SimCopy, i));
    start_child(e);
    if (e->n_open > 0)
        w->in_flight = e;
    else
        e->is_over = TRUE; /* nobody to send it to */
}

/* ---- failures ---- */

void epoch_host_failed(World *w, guint host)
{
    Epoch *e = w->in_flight;
    for (guint i = 0; e && i < e->items->len; i++) {
        Item *item = e->items->pdata[i];
        if (item->copy.host == host)
            item_close(item, ITEM_DROPPED);
    }
}

void epoch_abort(World *w)
{
    Epoch *e = w->in_flight;
    if (!e)
        return;
    w->in_flight = NULL;
    e->is_over = TRUE;
    for (guint i = 0; i < e->ready->len; i++)
        sim_engine_cancel(w->engine, ((Ready *)e->ready->pdata[i])->timer);
    for (guint i = 0; i < e->items->len; i++) {
        Item *item = e->items->pdata[i];
        if (item->state == ITEM_OPEN)
            item->state = ITEM_DROPPED;
        if (item->flow)
            sim_network_cancel(w->net, item->flow);
        item->flow = 0;
    }
}
