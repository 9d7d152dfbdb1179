#include "eventqueue.h"

struct SimQueue {
    GArray *heap; /* SimQueueEntry; children of i at 2i+1 and 2i+2 */
};

SimQueue *sim_queue_new(void)
{
    SimQueue *queue = g_new(SimQueue, 1);
    queue->heap = g_array_new(FALSE, FALSE, sizeof(SimQueueEntry));
    return queue;
}

void sim_queue_free(SimQueue *queue)
{
    if (!queue)
        return;
    g_array_unref(queue->heap);
    g_free(queue);
}

guint sim_queue_length(const SimQueue *queue) { return queue->heap->len; }

static gboolean before(const SimQueueEntry *a, const SimQueueEntry *b)
{
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns;
    if (a->priority != b->priority)
        return a->priority < b->priority;
    return a->sequence < b->sequence;
}

void sim_queue_push(SimQueue *queue, SimQueueEntry entry)
{
    g_array_append_val(queue->heap, entry);
    SimQueueEntry *heap = (SimQueueEntry *)(gpointer)queue->heap->data;
    guint i = queue->heap->len - 1;
    while (i > 0 && before(&entry, &heap[(i - 1) / 2])) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = entry;
}

gboolean sim_queue_pop(SimQueue *queue, SimQueueEntry *entry)
{
    guint n = queue->heap->len;
    if (n == 0)
        return FALSE;
    SimQueueEntry *heap = (SimQueueEntry *)(gpointer)queue->heap->data;
    *entry = heap[0];
    SimQueueEntry last = heap[--n];
    guint i = 0;
    for (;;) {
        guint child = 2 * i + 1;
        if (child >= n)
            break;
        if (child + 1 < n && before(&heap[child + 1], &heap[child]))
            child++;
        if (!before(&heap[child], &last))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    g_array_set_size(queue->heap, n);
    return TRUE;
}
