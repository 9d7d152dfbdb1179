/* The pending events of the simulation, in total order (time, rank), as a ladder queue
 * (Tang, Goh, Thng 2005): about constant time an event, whatever is pending. Only this module knows
 * how they are kept. Memory is kept from one use to the next: a queue whose length has settled
 * allocates no more. */
#ifndef PREACHES_SIMNET_EVENTQUEUE_H
#define PREACHES_SIMNET_EVENTQUEUE_H

#include <glib.h>

typedef struct SimQueue SimQueue;

typedef struct SimQueueEntry {
    gint64 time_ns; /* not negative */
    guint64 rank;   /* unique; smaller first within one instant */
} SimQueueEntry;

typedef gboolean (*SimQueueKeep)(guint64 rank, gpointer data);

/* An entry that will come out soon or even next, unless others come before it: time to fetch what it
 * needs. */
typedef void (*SimQueueSoon)(guint64 rank, gboolean next, gpointer data);

SimQueue *sim_queue_new(void);
void sim_queue_on_soon(SimQueue *queue, SimQueueSoon soon, gpointer data);
void sim_queue_free(SimQueue *queue); /* NULL allowed */
void sim_queue_push(SimQueue *queue, SimQueueEntry entry);
/* Removes the first entry; FALSE when there is none. */
gboolean sim_queue_pop(SimQueue *queue, SimQueueEntry *entry);
/* The first entry, which stays. */
gboolean sim_queue_peek(SimQueue *queue, SimQueueEntry *entry);
/* Drops every entry that `keep` says no to: how cancelled events leave before their time. */
void sim_queue_sweep(SimQueue *queue, SimQueueKeep keep, gpointer data);
guint sim_queue_length(const SimQueue *queue);

#endif
