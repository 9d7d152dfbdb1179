/* The simulator's rates, in CPU time of this process: events through the engine with handlers, flows
 * through the network. Each function does its work once and returns a figure. */
#ifndef PREACHES_SIMNET_SIMBENCH_H
#define PREACHES_SIMNET_SIMBENCH_H

#include <glib.h>

/* Hold model: `pending` timers, each of which sets itself anew when it runs. Events a second. */
double sim_bench_hold(guint pending, guint64 events);
/* Open loop, model "pure": `flows` flows of 1e5 to 1e6 bytes between `hosts` hosts, all started within
 * one second. bus: one shared Ethernet of 1.25e9 B/s; else each host's own two links of 1.25e8 B/s and a
 * backbone of 1.25e9 B/s. Flows a second of CPU time; *last_s: when the last one ended. */
double sim_bench_net(guint hosts, guint flows, gboolean bus, double *last_s);
typedef struct SimBenchNet {
    const char *metric;
    guint hosts, flows;
    gboolean bus;
    double target; /* times SimGrid's rate */
} SimBenchNet;
extern const SimBenchNet sim_bench_nets[]; /* ends with metric NULL */

/* Bytes allocated a host: its two links and one flow that it sends over the backbone, all under way. */
double sim_bench_memory(guint hosts);

#endif
