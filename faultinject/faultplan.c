#include "faultplan.h"

#include "simnet/random.h"
#include <math.h>

#define MAX_FAILURES 10000

/* One stream a question, so that the answer to one does not shift the others' draws. */
typedef struct Streams {
    SimStream time, kind, point, epoch, holder;
} Streams;

static void stream_open(SimStream *stream, guint64 seed, const char *name, const char *question,
                        guint64 replication)
{
    g_autofree char *whole = g_strdup_printf("%s.%s", name, question);

    sim_stream_init(stream, seed, whole, replication);
}

static void streams_open(Streams *s, guint64 seed, const char *name, guint64 replication)
{
    stream_open(&s->time, seed, name, "time", replication);
    stream_open(&s->kind, seed, name, "kind", replication);
    stream_open(&s->point, seed, name, "point", replication);
    stream_open(&s->epoch, seed, name, "epoch", replication);
    stream_open(&s->holder, seed, name, "holder", replication);
}

/* Both laws are inverted: -log(1 - F(t)) = (t / scale)^shape. */
static double law_shape(const FaultLaw *law)
{
    return law->distribution == FAULT_WEIBULL && law->shape > 0 ? law->shape : 1;
}

static double law_scale(const FaultLaw *law)
{
    return (double)law->mttf_ns / tgamma(1 + 1 / law_shape(law));
}

/* Time to the next failure; with within_ns > 0 on condition that it is below. */
static double draw_gap(const FaultLaw *law, SimStream *stream, double within_ns)
{
    double shape = law_shape(law), scale = law_scale(law), u = sim_stream_unit(stream);

    if (within_ns > 0)
        u *= -expm1(-pow(within_ns / scale, shape));
    return scale * pow(-log1p(-u), 1 / shape);
}

static SimFault draw_fault(const FaultLaw *law, Streams *s, gint64 at_ns)
{
    SimFault fault = {.at_ns = at_ns, .repair_ns = law->repair_ns};
    guint n_points = law->points ? g_strv_length((char **)law->points) : 0;
    /* All drawn always: what one failure is does not change what the next one is. */
    gboolean at_point = sim_stream_unit(&s->kind) < law->point_share;
    guint64 point = sim_stream_below(&s->point, MAX(n_points, 1));
    guint64 epoch = 1 + sim_stream_below(&s->epoch, MAX(law->epochs, 1));

    fault.holder = sim_stream_unit(&s->holder) < law->holder_share;
    if (at_point && n_points > 0) {
        fault.at_ns = -1;
        fault.point = g_strdup(law->points[point]);
        fault.epoch = epoch;
    }
    return fault;
}

GArray *fault_plan_draw(const FaultLaw *law, guint64 seed, guint64 replication,
                        const char *stream_name, gint64 horizon_ns)
{
    GArray *plan = g_array_new(FALSE, TRUE, sizeof(SimFault));
    guint maximum = law->maximum ? MIN(law->maximum, MAX_FAILURES) : MAX_FAILURES;
    double now_ns = 0;
    Streams streams;

    streams_open(&streams, seed, stream_name, replication);
    while (law->mttf_ns > 0 && horizon_ns > 0 && plan->len < maximum) {
        gboolean forced = plan->len == 0 && law->at_least_one;
        SimFault fault;

        now_ns += draw_gap(law, &streams.time, forced ? (double)horizon_ns : 0);
        if (forced) /* rounding must not carry it over the edge */
            now_ns = CLAMP(now_ns, 0, (double)horizon_ns - 1);
        if (!(now_ns < (double)horizon_ns))
            break;
        fault = draw_fault(law, &streams, (gint64)now_ns);
        g_array_append_val(plan, fault);
    }
    return plan;
}

void fault_plan_free(GArray *plan)
{
    for (guint i = 0; plan && i < plan->len; i++)
        g_free(g_array_index(plan, SimFault, i).point);
    if (plan)
        g_array_unref(plan);
}
