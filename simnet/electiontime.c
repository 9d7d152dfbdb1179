#include "electiontime.h"
#include "median.h"
#include "../core/protocol/protocol.h"

#include <math.h>

enum { DRAWS = 1001, ROUND_TRIPS = 3 /* of an election: pre-vote, vote, the record stored anew */ };

SimElection sim_election_init(const SimCosts *costs, gint64 timeout_ns, const SimPolicyView *view)
{
    SimElection e = {.timeout_ns = timeout_ns,
                     .beat_ns = MAX(1, timeout_ns / costs->heartbeats_per_timeout),
                     .decide_ns = costs->decide_ns +
                                  ROUND_TRIPS * sim_cost_round_trip_ns(view->platform, view->up),
                     .native = TRUE};
    for (guint h = 0; h < sim_platform_n_hosts(view->platform); h++) {
        const char *arch = sim_platform_host(view->platform, h)->arch;
        gboolean wanted = !view->target_arch || g_str_equal(view->target_arch, arch);
        e.n_voters += view->up[h] ? 1 : 0;
        e.n_able += view->up[h] && wanted && view->job->ops->class_of(view->job, arch) >= 0 ? 1 : 0;
    }
    return e;
}

gint64 sim_election_slack_ns(const SimElection *e) { return e->beat_ns / 4; }

/* A leader that cannot go on at once listens that long for better targets: the failed one does not answer. */
static gint64 listen_ns(const SimElection *e)
{
    return MAX(pp_config_default.choose_ns, 2 * e->beat_ns);
}

static double hands_over(const SimElection *e)
{
    return e->n_ready > 0 || e->n_voters == 0 ? 0 : 1 - (double)e->n_able / e->n_voters;
}

double sim_election_rounds(const SimElection *e) { return 1 + hands_over(e); }

/* From the first candidate's standing: `over` is how likely it is that the first leader hands over. */
static double settle_ns(const SimElection *e, double over)
{
    double listens = over + (e->native ? 0 : 1);
    return (double)e->decide_ns * (1 + over) + listens * (double)listen_ns(e);
}

gint64 sim_election_select_ns(const SimElection *e)
{
    double beat = (double)e->beat_ns;
    double first = e->n_ready > 0 ? beat / (e->n_ready + 1) : beat + beat / (e->n_voters + 1);
    return (gint64)nearbyint(first + settle_ns(e, hands_over(e)));
}

/* The first of `n` that each wait for up to a heartbeat. */
static double first_of(guint n, double beat, SimStream *stream)
{
    double least = beat;
    for (guint i = 0; i < n; i++)
        least = fmin(least, beat * sim_stream_unit(stream));
    return least;
}

SimElected sim_election_draw(const SimElection *e, SimStream *stream)
{
    double beat = (double)e->beat_ns;
    double silent = sim_stream_unit(stream) * beat; /* since the last heartbeat before the failure */
    double first = e->n_ready > 0 ? first_of(e->n_ready, beat, stream)
                                  : beat + first_of(e->n_voters, beat, stream);
    gboolean over = sim_stream_unit(stream) < hands_over(e);
    return (SimElected){
        .detect_ns = MAX(0, e->timeout_ns + sim_election_slack_ns(e) - (gint64)nearbyint(silent)),
        .select_ns = (gint64)nearbyint(first + settle_ns(e, over ? 1 : 0))};
}

SimElected sim_election_median(const SimElection *e)
{
    g_autoptr(GArray) both = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_autoptr(GArray) select = g_array_new(FALSE, FALSE, sizeof(gint64));
    SimStream stream;
    sim_stream_init(&stream, 0, "election", 0);
    for (guint i = 0; i < DRAWS; i++) {
        SimElected drawn = sim_election_draw(e, &stream);
        gint64 sum_ns = drawn.detect_ns + drawn.select_ns;
        g_array_append_val(both, sum_ns);
        g_array_append_val(select, drawn.select_ns);
    }
    gint64 select_ns = sim_median(select);
    return (SimElected){.detect_ns = MAX(0, sim_median(both) - select_ns), .select_ns = select_ns};
}
