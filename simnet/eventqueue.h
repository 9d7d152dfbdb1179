/* The pending events of the simulation, in total order (time, priority, sequence). Only this module
 * knows how they are kept (a binary heap now), so that it can be replaced alone. */
#ifndef PREACHES_SIMNET_EVENTQUEUE_H
#define PREACHES_SIMNET_EVENTQUEUE_H

#include <glib.h>

typedef struct SimQueue SimQueue;

typedef struct SimQueueEntry {
    gint64 time_ns;
    gint32 priority; /* smaller first within one instant */
    guint64 sequence; /* unique, ascending: order of insertion decides the rest */
    guint64 id;       /* the caller's */
} SimQueueEntry;

SimQueue *sim_queue_new(void);
void sim_queue_free(SimQueue *queue); /* NULL allowed */
void sim_queue_push(SimQueue *queue, SimQueueEntry entry);
/* Removes the first entry; FALSE when there is none. */
gboolean sim_queue_pop(SimQueue *queue, SimQueueEntry *entry);
guint sim_queue_length(const SimQueue *queue);

#endif
