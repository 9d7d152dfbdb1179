/* Queues whose mean response is known: a link that flows share is M/M/1 with processor sharing, a disk
 * is M/D/1. A million jobs each, within 1%. PREACHES_QUEUE_JOBS: fewer, under a slow tool. */
#include "../../simnet/host.h"
#include "../../simnet/network.h"
#include "../../simnet/random.h"

#include <math.h>

typedef struct Queue Queue;

typedef struct Job { /* in a ring: as many as can be there at once */
    Queue *queue;
    gint64 came_ns;
} Job;

enum { RING = 1 << 16 };

struct Queue {
    SimEngine *engine;
    SimNetwork *net;
    SimHost *disk;
    guint link;
    SimStream arrivals, sizes;
    double rate; /* arrivals a second */
    guint64 n_left, n_come, n_gone;
    double response_s; /* sum */
    Job job[RING];
};

static void gone(Queue *q, const Job *job)
{
    q->n_gone++;
    q->response_s += (double)(sim_engine_now(q->engine) - job->came_ns) * 1e-9;
}

static void flow_gone(SimFlow flow, gboolean delivered, gpointer data)
{
    (void)flow;
    Job *job = data;
    g_assert_true(delivered);
    gone(job->queue, job);
}

static void write_gone(gboolean ok, gpointer data)
{
    g_assert_true(ok);
    gone(((Job *)data)->queue, data);
}

static void come(gpointer data)
{
    Queue *q = data;
    Job *job = &q->job[q->n_come++ % RING];
    *job = (Job){q, sim_engine_now(q->engine)};
    if (q->disk)
        sim_host_write(q->disk, 1000000, write_gone, job);
    else
        sim_network_start(q->net, 0, 1, sim_stream_exponential(&q->sizes, 1e6), &q->link, 1, NULL, 0,
                          flow_gone, job);
    if (--q->n_left > 0)
        sim_engine_after(q->engine, (gint64)(sim_stream_exponential(&q->arrivals, 1 / q->rate) * 1e9),
                         SIM_PRIORITY_NORMAL, come, q);
}

/* Mean response; the server does one job a second, `load` of which come. */
static double run(double load, gboolean disk)
{
    const char *wanted = g_getenv("PREACHES_QUEUE_JOBS");
    static const SimHostSpec spec = {.speed = 1, .disk_bps = 1e6, .convert_bps = 1e6};
    Queue *q = g_new0(Queue, 1);
    q->engine = sim_engine_new();
    q->net = sim_network_new(q->engine, sim_net_model("pure"));
    q->disk = disk ? sim_host_new(q->engine, &spec) : NULL;
    q->rate = load;
    q->n_left = wanted ? g_ascii_strtoull(wanted, NULL, 10) : 1000000;
    guint64 n = q->n_left;
    sim_network_add_host(q->net);
    sim_network_add_host(q->net);
    q->link = sim_network_add_link(q->net, 1e6, 0, SIM_LINK_BUS);
    sim_stream_init(&q->arrivals, 1, "arrivals", disk ? 1 : 0);
    sim_stream_init(&q->sizes, 1, "sizes", disk ? 1 : 0);
    sim_engine_at(q->engine, 0, SIM_PRIORITY_NORMAL, come, q);
    while (sim_engine_step(q->engine))
        g_assert_cmpuint(q->n_come - q->n_gone, <, RING);
    g_assert_cmpuint(q->n_gone, ==, n);
    double mean = q->response_s / (double)n;
    sim_host_free(q->disk);
    sim_network_free(q->net);
    sim_engine_free(q->engine);
    g_free(q);
    return mean;
}

static void check(double mean, double exact)
{
    g_test_message("mean response %.4f s, exact %.4f s", mean, exact);
    g_assert_cmpfloat(fabs(mean / exact - 1), <, 0.01);
}

static void test_processor_sharing(void) { check(run(0.5, FALSE), 1 / (1 - 0.5)); }

static void test_deterministic(void) { check(run(0.7, TRUE), 1 + 0.7 / (2 * (1 - 0.7))); }

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/queues/m-m-1-ps", test_processor_sharing);
    g_test_add_func("/queues/m-d-1", test_deterministic);
    return g_test_run();
}
