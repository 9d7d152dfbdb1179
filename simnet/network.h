/* The network: flows over routes of links. A flow waits out its route's latency, then transfers at
 * a rate given by max-min sharing (progressive filling) with everything else that travels; it ends
 * at an integer nanosecond. Which resources it takes is a model (a row of SimNetModel).
 *
 * Who fails what: a host that goes down kills the flows it sends and receives, a link the flows that
 * cross it, at that instant; their shares are free at once. A flow started over something that is
 * down fails at the instant of its start. */
#ifndef PREACHES_SIMNET_NETWORK_H
#define PREACHES_SIMNET_NETWORK_H

#include "simengine.h"

typedef enum SimLinkPolicy {
    SIM_LINK_SHARED,  /* all flows that cross it share its bandwidth, whatever their direction;
                         crossed twice by one route, it counts twice */
    SIM_LINK_FATPIPE, /* bounds every flow singly; never saturates */
    SIM_LINK_BUS      /* as shared, but a route takes it once however often it names it */
} SimLinkPolicy;

typedef struct SimNetModel {
    const char *name;
    double latency_factor, bandwidth_factor;
    double weight_s;      /* seconds * bytes/s added to a flow's penalty per link: s / bandwidth */
    double cross_traffic; /* share of the rate that acknowledgements take on the route back */
    double window_bytes;  /* rate <= window / (2 * latency); 0: no window */
} SimNetModel;

/* "pure", "cm02", "lv08-nocross", "lv08"; NULL when unknown. */
const SimNetModel *sim_net_model(const char *name);
extern const char *const sim_net_model_names[]; /* NULL-terminated */

typedef struct SimNetwork SimNetwork;
typedef guint64 SimFlow; /* names one flow, ascending by start, never used twice; 0: none */
typedef void (*SimFlowDone)(SimFlow flow, gboolean delivered, gpointer data);

SimNetwork *sim_network_new(SimEngine *engine, const SimNetModel *model);
void sim_network_free(SimNetwork *network); /* flows are dropped without a call; NULL allowed */
guint sim_network_add_host(SimNetwork *network);
guint sim_network_add_link(SimNetwork *network, double bandwidth_bps, gint64 latency_ns,
                           SimLinkPolicy policy);
/* `route` and `back` (only used by models with cross traffic) are copied. `done` is called once,
 * from the engine, unless the flow is cancelled. */
SimFlow sim_network_start(SimNetwork *network, guint from, guint to, double bytes,
                          const guint *route, guint n_route, const guint *back, guint n_back,
                          SimFlowDone done, gpointer data);
gboolean sim_network_cancel(SimNetwork *network, SimFlow flow); /* FALSE: it is over */
void sim_network_set_host(SimNetwork *network, guint host, gboolean up);
void sim_network_set_link(SimNetwork *network, guint link, gboolean up);
void sim_network_set_bandwidth(SimNetwork *network, guint link, double bandwidth_bps);
/* Bytes per second at this instant (after the instant's sharing); 0 while in latency or over. */
double sim_network_rate(const SimNetwork *network, SimFlow flow);

#endif
