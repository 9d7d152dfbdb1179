/* How long agents take from a failure until somebody begins to load: the rules of core/protocol
 * (election.c: silence, the queue of candidates; takeover.c: listening for better targets, handing over),
 * as random times. What an election itself takes, round trips and durable votes, is `decide_ns`. */
#ifndef PREACHES_SIMNET_ELECTIONTIME_H
#define PREACHES_SIMNET_ELECTIONTIME_H

#include "costs.h"
#include "policy.h"
#include "random.h"

typedef struct SimElection {
    gint64 timeout_ns, beat_ns; /* of the detector; between heartbeats */
    gint64 decide_ns;           /* one election */
    guint n_voters;             /* hosts that are up */
    guint n_able;               /* of these: that could run the job */
    guint n_ready;              /* of these: that hold the newest image of their own class, and so stand first */
    gboolean native;            /* the best of them need convert nothing */
} SimElection;

typedef struct SimElected {
    gint64 detect_ns; /* from the failure until somebody finds the primary silent */
    gint64 select_ns; /* from then until the target begins to load */
} SimElected;

/* Of a calibration with as_agents. n_voters and n_able are counted from the hosts that are up, without the
 * failed one; n_ready and native are the caller's. */
SimElection sim_election_init(const SimCosts *costs, gint64 timeout_ns, const SimPolicyView *view);
SimElected sim_election_draw(const SimElection *election, SimStream *stream);
/* Median of both together over many draws of a stream of its own; each part is its own median, detect_ns
 * what the sum leaves. */
SimElected sim_election_median(const SimElection *election);
/* Expectation of select_ns. */
gint64 sim_election_select_ns(const SimElection *election);
/* How many elections select_ns has in it, on average: two where the first leader hands over. */
double sim_election_rounds(const SimElection *election);
/* Silence is noticed that much later than the time-out. */
gint64 sim_election_slack_ns(const SimElection *election);

#endif
