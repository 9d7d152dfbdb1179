/* What happened in a simulation, in order: as lines of text, and as a hash of all of them. Two runs with the
 * same hash at the same level were the same run. A level includes those before it:
 *
 *   state      hosts fail and come back; jobs start, take checkpoints, commit, fail, go on, end
 *   activity   flows, disk operations and computations begin and end
 *   event      every event of the engine: its priority and sequence
 *
 * A line is "TIME_NS WHAT SUBJECT VALUE"; the last one "hash HEX RECORDS". Whoever has no trace pays a test
 * of a pointer. */
#ifndef PREACHES_SIMNET_TRACE_H
#define PREACHES_SIMNET_TRACE_H

#include <glib.h>

typedef enum SimTraceLevel {
    SIM_TRACE_NONE,
    SIM_TRACE_STATE,
    SIM_TRACE_ACTIVITY,
    SIM_TRACE_EVENT
} SimTraceLevel;

extern const char *const sim_trace_names[]; /* by level, "none" first; NULL-terminated */

typedef struct SimTrace SimTrace;

/* path NULL: the hash alone. NULL and error: the file cannot be made. */
SimTrace *sim_trace_new(SimTraceLevel level, const char *path, GError **error);
/* Writes the last line and ends the file; FALSE and error when something could not be written. The trace is
 * freed. NULL allowed. */
gboolean sim_trace_end(SimTrace *trace, GError **error);
SimTraceLevel sim_trace_level(const SimTrace *trace); /* NULL: SIM_TRACE_NONE */
/* `what`: constant text without blanks. */
void sim_trace_record(SimTrace *trace, SimTraceLevel level, gint64 time_ns, const char *what,
                      guint64 subject, gint64 value);
guint64 sim_trace_hash(const SimTrace *trace, guint64 *n_records);

#endif
