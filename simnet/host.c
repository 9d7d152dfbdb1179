/* The cores' clock: it shows how long each of those that compute has had, were it there from the start; it
 * runs at a core's speed while there are no more of them than cores, else at their share of one. Who ends
 * is who has the least end on it, so one timer serves them all. */
#include "host.h"

#include <math.h>

/* An operation's name: ascending number << INDEX_BITS | its place. */
enum { INDEX_BITS = 20 };

typedef struct Operation {
    SimHost *host;
    SimOperation id; /* 0: a place for the next */
    SimActivity kind; /* COMPUTES, READS, WRITES or WAITS */
    gboolean failed;  /* its report comes at this instant */
    SimTimer timer;   /* COMPUTES: of its report alone */
    gint64 begin_ns, seek_ns, transfer_ns; /* of the disk: when each is over */
    double clock_end; /* COMPUTES */
    SimHostDone done;
    gpointer data;
} Operation;

struct SimHost {
    SimEngine *engine;
    const SimHostSpec *spec;
    gboolean up, disk_up;
    gint64 disk_free_ns;
    GPtrArray *operations; /* Operation by place; used again, with their memory */
    GArray *free_places;   /* guint */
    guint64 n_started;
    /* cores */
    GPtrArray *computing; /* Operation; borrowed */
    double share, clock_ns;
    gint64 clock_set_ns;
    SimTimer first; /* end of the first of them */
};

SimHost *sim_host_new(SimEngine *engine, const SimHostSpec *spec)
{
    SimHost *host = g_new0(SimHost, 1);
    host->engine = engine;
    host->spec = spec;
    host->up = host->disk_up = TRUE;
    host->share = 1;
    host->operations = g_ptr_array_new_with_free_func(g_free);
    host->free_places = g_array_new(FALSE, FALSE, sizeof(guint));
    host->computing = g_ptr_array_new();
    return host;
}

void sim_host_free(SimHost *host)
{
    if (!host)
        return;
    g_ptr_array_unref(host->operations);
    g_array_unref(host->free_places);
    g_ptr_array_unref(host->computing);
    g_free(host);
}

gboolean sim_host_is_up(const SimHost *host) { return host->up; }

/* ---- operations ---- */

static guint place_of(SimOperation id) { return id & ((1u << INDEX_BITS) - 1); }

static Operation *operation_new(SimHost *host, SimActivity kind, SimHostDone done, gpointer data)
{
    guint place = host->operations->len;
    g_assert(host->up && place < 1u << INDEX_BITS);
    if (host->free_places->len > 0) {
        place = g_array_index(host->free_places, guint, host->free_places->len - 1);
        g_array_set_size(host->free_places, host->free_places->len - 1);
    } else {
        g_ptr_array_add(host->operations, g_new0(Operation, 1));
    }
    Operation *op = host->operations->pdata[place];
    *op = (Operation){.host = host, .id = ++host->n_started << INDEX_BITS | place, .kind = kind,
                      .done = done, .data = data};
    sim_engine_trace(host->engine, SIM_TRACE_ACTIVITY, "operation-starts", op->id >> INDEX_BITS, kind);
    return op;
}

static void operation_forget(Operation *op)
{
    guint place = place_of(op->id);
    sim_engine_cancel(op->host->engine, op->timer);
    op->id = 0;
    g_array_append_val(op->host->free_places, place);
}

static void operation_over(gpointer data)
{
    Operation *op = data;
    SimHostDone done = op->done;
    gpointer user = op->data;
    gboolean ok = !op->failed;
    sim_engine_trace(op->host->engine, SIM_TRACE_ACTIVITY, ok ? "operation-ends" : "operation-fails",
                     op->id >> INDEX_BITS, op->kind);
    operation_forget(op);
    done(ok, user);
}

static void operation_fail(Operation *op)
{
    sim_engine_cancel(op->host->engine, op->timer);
    op->failed = TRUE;
    op->timer = sim_engine_after(op->host->engine, 0, SIM_PRIORITY_NORMAL, operation_over, op);
}

SimActivity sim_host_activity(const SimHost *host, SimOperation operation)
{
    gint64 now = sim_engine_now(host->engine);
    guint place = place_of(operation);
    const Operation *op = place < host->operations->len ? host->operations->pdata[place] : NULL;
    if (!operation || !op || op->id != operation || op->failed)
        return SIM_ACTIVITY_OVER;
    if (op->kind == SIM_ACTIVITY_COMPUTES || op->kind == SIM_ACTIVITY_WAITS)
        return op->kind;
    return now < op->begin_ns      ? SIM_ACTIVITY_QUEUES
           : now < op->seek_ns     ? SIM_ACTIVITY_SEEKS
           : now < op->transfer_ns ? op->kind
                                   : SIM_ACTIVITY_SYNCS;
}

/* ---- failures ---- */

void sim_host_fail(SimHost *host)
{
    for (guint i = 0; i < host->operations->len; i++) {
        Operation *op = host->operations->pdata[i];
        if (op->id)
            operation_forget(op);
    }
    g_ptr_array_set_size(host->computing, 0);
    sim_engine_cancel(host->engine, host->first);
    host->first = 0;
    host->up = FALSE;
    host->disk_free_ns = 0;
}

void sim_host_repair(SimHost *host) { host->up = TRUE; }

void sim_host_fail_disk(SimHost *host)
{
    host->disk_up = FALSE;
    host->disk_free_ns = 0;
    for (guint i = 0; i < host->operations->len; i++) {
        Operation *op = host->operations->pdata[i];
        if (op->id && !op->failed && (op->kind == SIM_ACTIVITY_READS || op->kind == SIM_ACTIVITY_WRITES))
            operation_fail(op);
    }
}

void sim_host_repair_disk(SimHost *host) { host->disk_up = TRUE; }

/* ---- the disk ---- */

gint64 sim_host_read_ns(const SimHostSpec *spec, guint64 bytes)
{
    double bps = spec->disk_read_bps > 0 ? spec->disk_read_bps : spec->disk_bps;
    return sim_time_add(spec->seek_ns, sim_time_for((double)bytes, bps));
}

static gint64 transfer_in_ns(const SimHostSpec *spec, guint64 bytes)
{
    return sim_time_add(spec->seek_ns, sim_time_for((double)bytes, spec->disk_bps));
}

gint64 sim_host_write_ns(const SimHostSpec *spec, guint64 bytes)
{
    return sim_time_add(transfer_in_ns(spec, bytes), spec->fsync_ns);
}

static SimOperation use_disk(SimHost *host, SimActivity kind, gint64 moved_ns, gint64 whole_ns,
                             SimHostDone done, gpointer data)
{
    Operation *op = operation_new(host, kind, done, data);
    if (!host->disk_up) {
        operation_fail(op);
        return op->id;
    }
    op->begin_ns = MAX(host->disk_free_ns, sim_engine_now(host->engine));
    op->seek_ns = sim_time_add(op->begin_ns, host->spec->seek_ns);
    op->transfer_ns = sim_time_add(op->begin_ns, moved_ns);
    host->disk_free_ns = sim_time_add(op->begin_ns, whole_ns);
    op->timer = sim_engine_at(host->engine, host->disk_free_ns, SIM_PRIORITY_NORMAL, operation_over, op);
    return op->id;
}

SimOperation sim_host_write(SimHost *host, guint64 bytes, SimHostDone done, gpointer data)
{
    return use_disk(host, SIM_ACTIVITY_WRITES, transfer_in_ns(host->spec, bytes),
                    sim_host_write_ns(host->spec, bytes), done, data);
}

SimOperation sim_host_read(SimHost *host, guint64 bytes, SimHostDone done, gpointer data)
{
    gint64 ns = sim_host_read_ns(host->spec, bytes);
    return use_disk(host, SIM_ACTIVITY_READS, ns, ns, done, data);
}

gint64 sim_host_disk_free_ns(const SimHost *host) { return host->disk_free_ns; }

void sim_host_hold_disk(SimHost *host, gint64 until_ns)
{
    host->disk_free_ns = MAX(host->disk_free_ns, until_ns);
}

/* ---- the cores ---- */

/* How fast the clock runs: what each of those that compute gets of a core. */
static double pace(const SimHost *host)
{
    double cores = MAX(host->spec->cores, 1);
    return host->share * MIN(1, cores / MAX(host->computing->len, 1));
}

/* Brings the clock up to now; to be called before anything changes its pace. */
static void clock_set(SimHost *host)
{
    gint64 now = sim_engine_now(host->engine);
    host->clock_ns = host->computing->len > 0
                         ? host->clock_ns + (double)(now - host->clock_set_ns) * pace(host)
                         : 0;
    host->clock_set_ns = now;
}

static void cores_next(SimHost *host);

static void cores_due(gpointer data)
{
    SimHost *host = data;
    host->first = 0;
    clock_set(host);
    for (guint i = 0; i < host->computing->len;) {
        Operation *op = host->computing->pdata[i];
        if (op->clock_end > host->clock_ns + 0.5) { /* half a nanosecond: what rounding leaves */
            i++;
            continue;
        }
        g_ptr_array_remove_index(host->computing, i);
        op->timer = sim_engine_after(host->engine, 0, SIM_PRIORITY_NORMAL, operation_over, op);
    }
    cores_next(host);
}

static void cores_next(SimHost *host)
{
    double least = HUGE_VAL;
    sim_engine_cancel(host->engine, host->first);
    host->first = 0;
    for (guint i = 0; i < host->computing->len; i++)
        least = fmin(least, ((const Operation *)host->computing->pdata[i])->clock_end);
    if (host->computing->len > 0)
        host->first = sim_engine_after(
            host->engine, sim_time_for(fmax(0, least - host->clock_ns), pace(host) * 1e9),
            SIM_PRIORITY_NORMAL, cores_due, host);
}

SimOperation sim_host_compute(SimHost *host, gint64 duration_ns, SimHostDone done, gpointer data)
{
    Operation *op = operation_new(host, SIM_ACTIVITY_COMPUTES, done, data);
    clock_set(host);
    op->clock_end = host->clock_ns + (double)duration_ns;
    g_ptr_array_add(host->computing, op);
    cores_next(host);
    return op->id;
}

void sim_host_set_share(SimHost *host, double share)
{
    clock_set(host);
    host->share = share;
    cores_next(host);
}

/* ---- timers ---- */

SimOperation sim_host_wait(SimHost *host, gint64 delay_ns, SimHostDone done, gpointer data)
{
    Operation *op = operation_new(host, SIM_ACTIVITY_WAITS, done, data);
    op->timer = sim_engine_after(host->engine, delay_ns, SIM_PRIORITY_NORMAL, operation_over, op);
    return op->id;
}
