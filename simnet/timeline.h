/* What changes with time as a platform says it: a value from each moment on, perhaps over and over. For
 * the availability of hosts and links and the bandwidth of links.
 *
 *   0s 1; 8h 0.5; 18h 1; every 24h      from the start 1, after eight hours 0.5, ...; a day is a turn
 *   10s 0; 20s 1                        what holds before the first moment is the caller's */
#ifndef PREACHES_SIMNET_TIMELINE_H
#define PREACHES_SIMNET_TIMELINE_H

#include <glib.h>

typedef struct SimTimeline SimTimeline;

/* Reads one value behind its time; FALSE: not of its kind. */
typedef gboolean (*SimTimelineValue)(const char *text, double *value);

/* NULL: not of the form above, times that do not ascend, or a turn that ends before its last moment. */
SimTimeline *sim_timeline_parse(const char *text, SimTimelineValue read);
/* SimGrid's form: "SECONDS VALUE" a line, comments behind #, and one of "LOOPAFTER SECONDS" (a turn is
 * that much longer than its last moment) or "PERIODICITY SECONDS" (a turn is that long). NULL: *line says
 * where it is not. */
SimTimeline *sim_timeline_parse_simgrid(const char *text, double factor, guint *line);
SimTimeline *sim_timeline_copy(const SimTimeline *timeline); /* NULL allowed, as below */
void sim_timeline_free(SimTimeline *timeline);

/* The value that holds at a time, or `before` where none does yet (a NULL timeline has none). */
double sim_timeline_at(const SimTimeline *timeline, gint64 time_ns, double before);
/* The first moment after a time; G_MAXINT64: there is none. */
gint64 sim_timeline_next_ns(const SimTimeline *timeline, gint64 time_ns);

#endif
