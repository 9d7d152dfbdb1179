#include "indexheap.h"

#include <string.h>

void sim_heap_clear(SimHeap *heap)
{
    g_free(heap->entry);
    *heap = (SimHeap){NULL, 0, 0};
}

static gboolean before(const SimHeapEntry *a, const SimHeapEntry *b)
{
    return a->key < b->key || (a->key == b->key && a->item < b->item);
}

static void put(SimHeap *heap, guint *place, guint i, SimHeapEntry entry)
{
    heap->entry[i] = entry;
    place[entry.item] = i;
}

static guint rise(SimHeap *heap, guint *place, guint i, SimHeapEntry entry)
{
    for (guint parent; i > 0 && before(&entry, &heap->entry[parent = (i - 1) / 2]); i = parent)
        put(heap, place, i, heap->entry[parent]);
    put(heap, place, i, entry);
    return i;
}

void sim_heap_push(SimHeap *heap, guint *place, gint64 key, guint item)
{
    if (heap->n == heap->capacity) {
        heap->capacity = MAX(8, heap->capacity * 2);
        heap->entry = g_renew(SimHeapEntry, heap->entry, heap->capacity);
    }
    rise(heap, place, heap->n++, (SimHeapEntry){key, item});
}

void sim_heap_remove(SimHeap *heap, guint *place, guint item)
{
    guint i = place[item];
    g_assert(i < heap->n && heap->entry[i].item == item);
    SimHeapEntry moved = heap->entry[--heap->n];
    if (i == heap->n || rise(heap, place, i, moved) < i)
        return;
    for (guint child; (child = 2 * i + 1) < heap->n; i = child) {
        if (child + 1 < heap->n && before(&heap->entry[child + 1], &heap->entry[child]))
            child++;
        if (!before(&heap->entry[child], &moved))
            break;
        put(heap, place, i, heap->entry[child]);
    }
    put(heap, place, i, moved);
}

gint64 sim_heap_key(double value)
{
    gint64 key;
    value = MAX(value, 0.0);
    memcpy(&key, &value, sizeof key);
    return key;
}

double sim_heap_value(gint64 key)
{
    double value;
    memcpy(&value, &key, sizeof value);
    return value;
}
