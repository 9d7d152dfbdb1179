/* The simulator's rates, in CPU time of this process: events through the engine with handlers, flows
 * through the network. Each function does its work once and returns a figure; sim_bench_all reports
 * all of them as (metric, value, unit). */
#ifndef PREACHES_SIMNET_SIMBENCH_H
#define PREACHES_SIMNET_SIMBENCH_H

#include <glib.h>

typedef void (*SimBenchReport)(const char *metric, double value, const char *unit, gpointer data);

/* Hold model: `pending` timers, each of which sets itself anew when it runs. Events a second. */
double sim_bench_hold(guint pending, guint64 events);
/* Open loop, model "pure": `flows` flows of 1e5 to 1e6 bytes between `hosts` hosts, all started within
 * one second. bus: one shared Ethernet of 1.25e9 B/s; else each host's own two links of 1.25e8 B/s and a
 * backbone of 1.25e9 B/s. Flows a second of CPU time; *last_s: when the last one ended. */
double sim_bench_net(guint hosts, guint flows, gboolean bus, double *last_s);
void sim_bench_all(SimBenchReport report, gpointer data);

#endif
