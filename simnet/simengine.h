/* The discrete-event engine: virtual time in integer nanoseconds, events in total order (time,
 * priority, sequence). Knows no wall clock; the same calls give the same order on every machine. */
#ifndef PREACHES_SIMNET_SIMENGINE_H
#define PREACHES_SIMNET_SIMENGINE_H

#include "trace.h"

typedef struct SimEngine SimEngine;
typedef guint64 SimTimer; /* names one scheduled action, never used twice; 0: none */
typedef void (*SimAction)(gpointer data);

/* Within one instant: failures first (what happens at the instant of a failure did not happen
 * before it), then everything else, then the network's re-sharing, once for all changes. */
enum {
    SIM_PRIORITY_FAULT = 0,
    SIM_PRIORITY_NORMAL = 1,
    SIM_PRIORITY_SHARE = 2,
    SIM_PRIORITY_LIMIT = 4
};

SimEngine *sim_engine_new(void);
void sim_engine_free(SimEngine *engine); /* pending actions are dropped; NULL allowed */
gint64 sim_engine_now(const SimEngine *engine);
/* time_ns must not lie in the past. The action may schedule and cancel freely. */
SimTimer sim_engine_at(SimEngine *engine, gint64 time_ns, gint priority, SimAction action,
                       gpointer data);
SimTimer sim_engine_after(SimEngine *engine, gint64 delay_ns, gint priority, SimAction action,
                          gpointer data);
/* FALSE when it has run or was cancelled already; 0 is allowed. */
gboolean sim_engine_cancel(SimEngine *engine, SimTimer timer);
/* Borrowed; what happens from now on is recorded in it. NULL: nowhere. */
void sim_engine_set_trace(SimEngine *engine, SimTrace *trace);
/* Records that it happens now. */
void sim_engine_trace(const SimEngine *engine, SimTraceLevel level, const char *what, guint64 subject,
                      gint64 value);
/* Runs the next action; FALSE when none is left. */
gboolean sim_engine_step(SimEngine *engine);
/* When the next action runs; G_MAXINT64: there is none. */
gint64 sim_engine_next_ns(SimEngine *engine);
/* Lets time pass to a moment before which nothing is left to run. */
void sim_engine_set_now(SimEngine *engine, gint64 time_ns);
guint64 sim_engine_n_run(const SimEngine *engine);

/* a + b for times >= 0, stopping at G_MAXINT64. */
gint64 sim_time_add(gint64 a, gint64 b);
/* amount / rate_per_second in nanoseconds, rounded to nearest, stopping at G_MAXINT64. */
gint64 sim_time_for(double amount, double rate_per_second);

#endif
