/* Three tiers by time, latest first:
 *
 *   top     an unsorted array: everything at or after top_start
 *   rungs   rung 0 spreads what the top held over buckets of equal width; rung k + 1 spreads the
 *           bucket of rung k that was taken last, where it was too full to sort
 *   bottom  a heap with what lies before the rungs' next buckets: usually one bucket, a few entries
 *
 * An entry is moved at most once a tier on its way down. The bottom is a heap and not the sorted
 * list of the paper, so that any number of entries at one instant, the case that buckets cannot
 * separate, costs no more than a heap does. Widths are powers of two: a bucket is found by a shift. */
#include "eventqueue.h"
#include "bigarray.h"

enum {
    MAX_RUNGS = 10,
    BOTTOM_ENTRIES = 48,   /* a bucket up to this is sorted, not spread */
    BATCH_ENTRIES = 12,    /* buckets are taken until there are so many, to hide memory's latency */
    AHEAD = 8,             /* and fetched so many before they are taken */
    SPILL_ENTRIES = 512,   /* a bottom grown to this by insertions is spread */
    MAX_BUCKETS = 1 << 22,
    BUCKET_ENTRIES = 8, /* on average, when a rung is made */
    NODE_ENTRIES = 7,   /* two cache lines */
    NO_NODE = 0 /* nodes are counted from 1 */
};

typedef struct Item {
    guint64 time;
    guint64 rank;
} Item;

typedef struct Items {
    Item *item;
    guint n, capacity;
} Items;

typedef struct Node { /* of a bucket's list; only the first may have room */
    guint32 next, n;
    guint64 unused; /* so that a node is whole cache lines */
    Item item[NODE_ENTRIES];
} Node;

typedef struct Rung {
    guint64 start;      /* of bucket 0 */
    guint64 next_start; /* of bucket `next`: from here on, entries go into this rung */
    guint shift;        /* width of a bucket = 1 << shift */
    guint next, n_buckets, capacity, n_items;
    guint32 *bucket; /* first node */
} Rung;

struct SimQueue {
    guint length;
    Items top, bottom;
    SimQueueSoon soon;
    gpointer soon_data;
    guint64 top_start;
    guint spill_at; /* spread the bottom when it grows beyond */
    Rung rung[MAX_RUNGS];
    guint n_rungs;
    Node *node;
    guint32 free_node, n_nodes, node_capacity;
};

SimQueue *sim_queue_new(void)
{
    SimQueue *queue = g_new0(SimQueue, 1);
    queue->spill_at = SPILL_ENTRIES;
    return queue;
}

void sim_queue_on_soon(SimQueue *queue, SimQueueSoon soon, gpointer data)
{
    queue->soon = soon;
    queue->soon_data = data;
}

void sim_queue_free(SimQueue *queue)
{
    if (!queue)
        return;
    sim_big_free(queue->top.item);
    sim_big_free(queue->bottom.item);
    for (guint r = 0; r < MAX_RUNGS; r++)
        g_free(queue->rung[r].bucket);
    sim_big_free(queue->node);
    g_free(queue);
}

guint sim_queue_length(const SimQueue *queue) { return queue->length; }

static inline void items_add(Items *items, const Item *item)
{
    if (G_UNLIKELY(items->n == items->capacity)) {
        gsize bytes = items->capacity * sizeof(Item);
        items->capacity = MAX(64, items->capacity * 2);
        items->item = sim_big_grow(items->item, bytes, items->capacity * sizeof(Item));
    }
    items->item[items->n++] = *item;
}

/* ---- bottom: a binary heap ---- */

static inline gboolean before(const Item *a, const Item *b)
{
    return a->time < b->time || (a->time == b->time && a->rank < b->rank);
}

static inline void sift_down(Item *heap, guint n, guint i, Item moved)
{
    for (guint child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && before(&heap[child + 1], &heap[child]))
            child++;
        if (!before(&heap[child], &moved))
            break;
        heap[i] = heap[child];
    }
    heap[i] = moved;
}

static void bottom_insert(SimQueue *queue, const Item *item)
{
    items_add(&queue->bottom, item);
    Item *heap = queue->bottom.item, moved = *item;
    guint i = queue->bottom.n - 1;
    for (guint parent; i > 0 && before(&moved, &heap[parent = (i - 1) / 2]); i = parent)
        heap[i] = heap[parent];
    heap[i] = moved;
}

static void bottom_order(SimQueue *queue)
{
    Items *b = &queue->bottom;
    for (guint i = b->n / 2; i-- > 0;)
        sift_down(b->item, b->n, i, b->item[i]);
}

/* ---- rungs ---- */

static guint32 node_take(SimQueue *queue, guint32 next)
{
    guint32 index = queue->free_node;
    if (index != NO_NODE) {
        queue->free_node = queue->node[index].next;
        __builtin_prefetch(&queue->node[queue->free_node]);
    } else {
        if (queue->n_nodes + 1 >= queue->node_capacity) {
            gsize bytes = queue->node_capacity * sizeof(Node);
            queue->node_capacity = MAX(256, queue->node_capacity * 2);
            queue->node = sim_big_grow(queue->node, bytes, queue->node_capacity * sizeof(Node));
        }
        index = ++queue->n_nodes;
    }
    queue->node[index].next = next;
    queue->node[index].n = 0;
    return index;
}

static inline void node_give(SimQueue *queue, guint32 index)
{
    queue->node[index].next = queue->free_node;
    queue->free_node = index;
}

static inline void rung_insert(SimQueue *queue, Rung *rung, const Item *item)
{
    guint32 *bucket = &rung->bucket[(item->time - rung->start) >> rung->shift];
    if (*bucket == NO_NODE || queue->node[*bucket].n == NODE_ENTRIES)
        *bucket = node_take(queue, *bucket);
    Node *node = &queue->node[*bucket];
    node->item[node->n++] = *item;
    rung->n_items++;
}

/* Spreads the items over a new lowest rung that reaches from `first` to the end at `end`; FALSE, and
 * nothing done, where there is no room for a rung or no time to divide. Empties `items`. */
static gboolean spread(SimQueue *queue, Items *items, guint64 first, guint64 end)
{
    guint64 span = end - first;
    if (queue->n_rungs == MAX_RUNGS || span < 2)
        return FALSE;
    Rung *rung = &queue->rung[queue->n_rungs++];
    guint64 wanted = CLAMP(items->n / BUCKET_ENTRIES, 2, MAX_BUCKETS);
    rung->shift = 0;
    while ((span - 1) >> rung->shift >= wanted)
        rung->shift++;
    rung->n_buckets = (guint)((span - 1) >> rung->shift) + 1;
    if (rung->n_buckets > rung->capacity) {
        rung->capacity = rung->n_buckets;
        g_free(rung->bucket);
        rung->bucket = g_new(guint32, rung->capacity);
    }
    for (guint i = 0; i < rung->n_buckets; i++)
        rung->bucket[i] = NO_NODE;
    rung->start = rung->next_start = first;
    rung->next = rung->n_items = 0;
    for (guint i = 0; i < items->n; i++) {
        if (i + AHEAD < items->n)
            __builtin_prefetch(&rung->bucket[(items->item[i + AHEAD].time - first) >> rung->shift]);
        rung_insert(queue, rung, &items->item[i]);
    }
    items->n = 0;
    return TRUE;
}

static void time_range(const Items *items, guint64 *first, guint64 *last)
{
    *first = G_MAXUINT64;
    *last = 0;
    for (guint i = 0; i < items->n; i++) {
        *first = MIN(*first, items->item[i].time);
        *last = MAX(*last, items->item[i].time);
    }
}

static void take_bucket(SimQueue *queue, Rung *rung, guint b)
{
    guint32 index = rung->bucket[b];
    rung->bucket[b] = NO_NODE;
    while (index != NO_NODE) {
        Node *node = &queue->node[index];
        guint32 next = node->next;
        for (guint i = 0; i < node->n; i++) {
            items_add(&queue->bottom, &node->item[i]);
            if (queue->soon)
                queue->soon(node->item[i].rank, FALSE, queue->soon_data);
        }
        rung->n_items -= node->n;
        node_give(queue, index);
        index = next;
    }
}

/* Takes the next buckets of the lowest rung, which is not empty, into the bottom's array: as many as
 * make a batch, or a single one that is too full to sort. */
static void take_buckets(SimQueue *queue, Rung *rung)
{
    while (rung->n_items > 0 && queue->bottom.n < BATCH_ENTRIES) {
        guint b = rung->next++;
        if (b + AHEAD < rung->n_buckets)
            __builtin_prefetch(&queue->node[rung->bucket[b + AHEAD]]);
        take_bucket(queue, rung, b);
    }
    rung->next_start = rung->start + ((guint64)rung->next << rung->shift);
}

/* Refills the empty bottom; FALSE when nothing is pending. */
static gboolean refill(SimQueue *queue)
{
    queue->spill_at = SPILL_ENTRIES;
    for (;;) {
        guint64 first, last, end;
        if (queue->n_rungs > 0) {
            Rung *rung = &queue->rung[queue->n_rungs - 1];
            if (rung->n_items == 0) {
                queue->n_rungs--;
                continue;
            }
            take_buckets(queue, rung);
            end = rung->next_start;
        } else {
            if (queue->top.n == 0)
                return FALSE;
            Items empty = queue->bottom;
            queue->bottom = queue->top;
            queue->top = empty;
            time_range(&queue->bottom, &first, &last);
            end = queue->top_start = last + 1;
        }
        if (queue->bottom.n <= BOTTOM_ENTRIES)
            break;
        time_range(&queue->bottom, &first, &last);
        /* What lies between the last item and the bucket's end goes into the last bucket's rung. */
        if (first == last || !spread(queue, &queue->bottom, first, end))
            break;
    }
    bottom_order(queue);
    return TRUE;
}

/* Many insertions before everything in the rungs: give them a rung of their own, which ends where
 * the bottom's part of time ends. */
static void spill(SimQueue *queue)
{
    guint64 first, last;
    time_range(&queue->bottom, &first, &last);
    guint64 end = queue->n_rungs > 0 ? queue->rung[queue->n_rungs - 1].next_start : queue->top_start;
    if (first == last || !spread(queue, &queue->bottom, first, end))
        queue->spill_at = queue->bottom.n * 2;
}

/* ---- the queue ---- */

void sim_queue_push(SimQueue *queue, SimQueueEntry entry)
{
    g_assert(entry.time_ns >= 0);
    Item item = {(guint64)entry.time_ns, entry.rank};
    queue->length++;
    if (item.time >= queue->top_start) {
        items_add(&queue->top, &item);
        return;
    }
    for (guint r = 0; r < queue->n_rungs; r++)
        if (item.time >= queue->rung[r].next_start) {
            rung_insert(queue, &queue->rung[r], &item);
            return;
        }
    bottom_insert(queue, &item);
    if (G_UNLIKELY(queue->bottom.n > queue->spill_at))
        spill(queue);
}

gboolean sim_queue_peek(SimQueue *queue, SimQueueEntry *entry)
{
    if (queue->bottom.n == 0 && !refill(queue))
        return FALSE;
    *entry = (SimQueueEntry){(gint64)queue->bottom.item[0].time, queue->bottom.item[0].rank};
    return TRUE;
}

gboolean sim_queue_pop(SimQueue *queue, SimQueueEntry *entry)
{
    Items *bottom = &queue->bottom;
    if (bottom->n == 0 && !refill(queue))
        return FALSE;
    Item *heap = bottom->item;
    Item first = heap[0];
    *entry = (SimQueueEntry){(gint64)first.time, first.rank};
    if (--bottom->n > 0) {
        sift_down(heap, bottom->n, 0, heap[bottom->n]);
        if (queue->soon)
            queue->soon(heap[0].rank, TRUE, queue->soon_data);
    }
    queue->length--;
    return TRUE;
}

static guint sweep_items(Items *items, SimQueueKeep keep, gpointer data)
{
    guint n = 0;
    for (guint i = 0; i < items->n; i++)
        if (keep(items->item[i].rank, data))
            items->item[n++] = items->item[i];
    guint dropped = items->n - n;
    items->n = n;
    return dropped;
}

/* What stays of a bucket is put into it again, which keeps its nodes full. */
static guint sweep_rung(SimQueue *queue, Rung *rung, SimQueueKeep keep, gpointer data)
{
    guint before_n = rung->n_items;
    for (guint b = rung->next; b < rung->n_buckets; b++) {
        guint32 index = rung->bucket[b];
        rung->bucket[b] = NO_NODE;
        while (index != NO_NODE) {
            Node node = queue->node[index];
            node_give(queue, index);
            index = node.next;
            rung->n_items -= node.n;
            for (guint i = 0; i < node.n; i++)
                if (keep(node.item[i].rank, data))
                    rung_insert(queue, rung, &node.item[i]);
        }
    }
    return before_n - rung->n_items;
}

void sim_queue_sweep(SimQueue *queue, SimQueueKeep keep, gpointer data)
{
    guint dropped = sweep_items(&queue->top, keep, data);
    dropped += sweep_items(&queue->bottom, keep, data);
    for (guint r = 0; r < queue->n_rungs; r++)
        dropped += sweep_rung(queue, &queue->rung[r], keep, data);
    queue->length -= dropped;
    bottom_order(queue);
}
