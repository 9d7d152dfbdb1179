/* A binary heap of numbered items, smallest (key, number) first, from which any item can be taken:
 * `place[number]` says where it stands. One array of places may serve several heaps, when an item is
 * in one of them at a time. */
#ifndef PREACHES_SIMNET_INDEXHEAP_H
#define PREACHES_SIMNET_INDEXHEAP_H

#include <glib.h>

typedef struct SimHeapEntry {
    gint64 key;
    guint item;
} SimHeapEntry;

typedef struct SimHeap { /* all zero: empty */
    SimHeapEntry *entry;
    guint n, capacity;
} SimHeap;

void sim_heap_clear(SimHeap *heap);
void sim_heap_push(SimHeap *heap, guint *place, gint64 key, guint item);
void sim_heap_remove(SimHeap *heap, guint *place, guint item); /* it must be there */
/* Non-negative doubles as keys in the same order. */
gint64 sim_heap_key(double value);
double sim_heap_value(gint64 key);

#endif
