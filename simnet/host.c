#include "host.h"

typedef struct Operation {
    SimHost *host;
    SimTimer timer;
    SimHostDone done;
    gpointer data;
} Operation;

struct SimHost {
    SimEngine *engine;
    const SimHostSpec *spec;
    gboolean up;
    gint64 disk_free_ns, cpu_free_ns;
    GPtrArray *operations; /* Operation, in order of start */
};

SimHost *sim_host_new(SimEngine *engine, const SimHostSpec *spec)
{
    SimHost *host = g_new0(SimHost, 1);
    host->engine = engine;
    host->spec = spec;
    host->up = TRUE;
    host->operations = g_ptr_array_new_with_free_func(g_free);
    return host;
}

void sim_host_free(SimHost *host)
{
    if (!host)
        return;
    g_ptr_array_unref(host->operations);
    g_free(host);
}

gboolean sim_host_is_up(const SimHost *host) { return host->up; }

void sim_host_fail(SimHost *host)
{
    for (guint i = 0; i < host->operations->len; i++)
        sim_engine_cancel(host->engine, ((Operation *)host->operations->pdata[i])->timer);
    g_ptr_array_set_size(host->operations, 0);
    host->up = FALSE;
    host->disk_free_ns = host->cpu_free_ns = 0;
}

void sim_host_repair(SimHost *host) { host->up = TRUE; }

static void operation_over(gpointer data)
{
    Operation *op = data;
    SimHostDone done = op->done;
    gpointer user = op->data;
    g_ptr_array_remove(op->host->operations, op);
    done(user);
}

static void queue_up(SimHost *host, gint64 *free_ns, gint64 duration_ns, SimHostDone done,
                     gpointer data)
{
    g_assert(host->up);
    gint64 begin_ns = MAX(*free_ns, sim_engine_now(host->engine));
    *free_ns = sim_time_add(begin_ns, duration_ns);
    Operation *op = g_new(Operation, 1);
    *op = (Operation){host, 0, done, data};
    g_ptr_array_add(host->operations, op);
    op->timer = sim_engine_at(host->engine, *free_ns, SIM_PRIORITY_NORMAL, operation_over, op);
}

gint64 sim_host_read_ns(const SimHostSpec *spec, guint64 bytes)
{
    return sim_time_add(spec->seek_ns, sim_time_for((double)bytes, spec->disk_bps));
}

gint64 sim_host_write_ns(const SimHostSpec *spec, guint64 bytes)
{
    return sim_time_add(sim_host_read_ns(spec, bytes), spec->fsync_ns);
}

void sim_host_write(SimHost *host, guint64 bytes, SimHostDone done, gpointer data)
{
    queue_up(host, &host->disk_free_ns, sim_host_write_ns(host->spec, bytes), done, data);
}

void sim_host_compute(SimHost *host, gint64 duration_ns, SimHostDone done, gpointer data)
{
    queue_up(host, &host->cpu_free_ns, duration_ns, done, data);
}
