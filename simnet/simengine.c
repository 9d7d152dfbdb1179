#include "simengine.h"
#include "bigarray.h"
#include "eventqueue.h"

#include <math.h>

enum { SWEEP_ENTRIES = 256 };

/* A timer is what the queue orders by within an instant: priority, then sequence; the slot's index
 * below them rides along. 2.7e11 timers can be set. */
enum { INDEX_BITS = 24, PRIORITY_SHIFT = 62 };
#define SEQUENCE_LIMIT (G_GUINT64_CONSTANT(1) << (PRIORITY_SHIFT - INDEX_BITS))

/* Cancelling only marks the slot; the queue's entry is dropped when it comes up, because its slot is
 * another timer's then or nobody's. So a queue needs no removal from the middle. Where most entries
 * are of that kind (time-outs set anew again and again), they are swept out. */
typedef struct Slot {
    SimAction action; /* NULL: free */
    union {
        gpointer data;
        guint32 next_free; /* index + 1 */
    };
    SimTimer timer;
    guint64 unused; /* so that a slot lies in one cache line */
} Slot;

struct SimEngine {
    gint64 now_ns;
    guint64 sequence, n_run; /* of the next timer, from 1; actions run */
    SimQueue *queue;
    SimTrace *trace;
    Slot *slot;
    guint32 n_slots, capacity;
    guint32 free_slot; /* index + 1; 0: none */
    guint n_pending;   /* entries of the queue that are not cancelled */
};

static inline guint32 slot_index(SimTimer timer) { return timer & ((1u << INDEX_BITS) - 1); }

static void fetch_soon(guint64 timer, gboolean next, gpointer data)
{
    const Slot *slot = &((SimEngine *)data)->slot[slot_index(timer)];
    if (next && slot->action)
        __builtin_prefetch(slot->data);
    else
        __builtin_prefetch(slot);
}

SimEngine *sim_engine_new(void)
{
    SimEngine *engine = g_new0(SimEngine, 1);
    engine->sequence = 1;
    engine->queue = sim_queue_new();
    sim_queue_on_soon(engine->queue, fetch_soon, engine);
    return engine;
}

void sim_engine_free(SimEngine *engine)
{
    if (!engine)
        return;
    sim_queue_free(engine->queue);
    sim_big_free(engine->slot);
    g_free(engine);
}

gint64 sim_engine_now(const SimEngine *engine) { return engine->now_ns; }

guint64 sim_engine_n_run(const SimEngine *engine) { return engine->n_run; }

static guint32 slot_take(SimEngine *engine)
{
    if (G_LIKELY(engine->free_slot)) {
        guint32 index = engine->free_slot - 1;
        engine->free_slot = engine->slot[index].next_free;
        return index;
    }
    if (engine->n_slots == engine->capacity) {
        g_assert(engine->n_slots < 1u << INDEX_BITS);
        gsize bytes = engine->capacity * sizeof(Slot);
        engine->capacity = MAX(64, engine->capacity * 2);
        engine->slot = sim_big_grow(engine->slot, bytes, engine->capacity * sizeof(Slot));
    }
    engine->slot[engine->n_slots] = (Slot){0};
    return engine->n_slots++;
}

static void slot_give(SimEngine *engine, guint32 index)
{
    Slot *slot = &engine->slot[index];
    slot->action = NULL;
    slot->next_free = engine->free_slot;
    engine->free_slot = index + 1;
    engine->n_pending--;
}

SimTimer sim_engine_at(SimEngine *engine, gint64 time_ns, gint priority, SimAction action,
                       gpointer data)
{
    g_assert(time_ns >= engine->now_ns && action != NULL);
    g_assert(priority >= 0 && priority < SIM_PRIORITY_LIMIT && engine->sequence < SEQUENCE_LIMIT);
    guint32 index = slot_take(engine);
    Slot *slot = &engine->slot[index];
    slot->action = action;
    slot->data = data;
    engine->n_pending++;
    slot->timer =
        (guint64)priority << PRIORITY_SHIFT | engine->sequence++ << INDEX_BITS | index;
    sim_queue_push(engine->queue, (SimQueueEntry){time_ns, slot->timer});
    return slot->timer;
}

SimTimer sim_engine_after(SimEngine *engine, gint64 delay_ns, gint priority, SimAction action,
                          gpointer data)
{
    return sim_engine_at(engine, sim_time_add(engine->now_ns, delay_ns), priority, action, data);
}

/* The slot a timer names, or NULL when that timer is over. */
static inline Slot *slot_of(const SimEngine *engine, SimTimer timer)
{
    guint32 index = slot_index(timer);
    if (index >= engine->n_slots)
        return NULL;
    Slot *slot = &engine->slot[index];
    return slot->action && slot->timer == timer ? slot : NULL;
}

static gboolean is_pending(guint64 timer, gpointer engine) { return slot_of(engine, timer) != NULL; }

gboolean sim_engine_cancel(SimEngine *engine, SimTimer timer)
{
    if (!slot_of(engine, timer))
        return FALSE;
    slot_give(engine, slot_index(timer));
    if (G_UNLIKELY(sim_queue_length(engine->queue) > 2 * engine->n_pending + SWEEP_ENTRIES))
        sim_queue_sweep(engine->queue, is_pending, engine);
    return TRUE;
}

gboolean sim_engine_step(SimEngine *engine)
{
    SimQueueEntry entry;
    while (sim_queue_pop(engine->queue, &entry)) {
        Slot *slot = slot_of(engine, entry.rank);
        if (!slot)
            continue;
        SimAction action = slot->action;
        gpointer data = slot->data;
        slot_give(engine, slot_index(entry.rank));
        engine->now_ns = entry.time_ns;
        engine->n_run++;
        if (G_UNLIKELY(engine->trace))
            sim_engine_trace(engine, SIM_TRACE_EVENT, "event", entry.rank >> PRIORITY_SHIFT,
                             (gint64)(entry.rank << 2 >> 2 >> INDEX_BITS));
        action(data);
        return TRUE;
    }
    return FALSE;
}

gint64 sim_engine_next_ns(SimEngine *engine)
{
    SimQueueEntry entry;
    while (sim_queue_peek(engine->queue, &entry)) {
        if (slot_of(engine, entry.rank))
            return entry.time_ns;
        sim_queue_pop(engine->queue, &entry);
    }
    return G_MAXINT64;
}

void sim_engine_set_now(SimEngine *engine, gint64 time_ns)
{
    g_assert(time_ns >= engine->now_ns && sim_engine_next_ns(engine) >= time_ns);
    engine->now_ns = time_ns;
}

void sim_engine_set_trace(SimEngine *engine, SimTrace *trace) { engine->trace = trace; }

void sim_engine_trace(const SimEngine *engine, SimTraceLevel level, const char *what, guint64 subject,
                      gint64 value)
{
    if (G_UNLIKELY(engine->trace))
        sim_trace_record(engine->trace, level, engine->now_ns, what, subject, value);
}

gint64 sim_time_add(gint64 a, gint64 b) { return a > G_MAXINT64 - b ? G_MAXINT64 : a + b; }

gint64 sim_time_for(double amount, double rate_per_second)
{
    double ns = nearbyint(amount / rate_per_second * 1e9);
    return ns < 9.2e18 ? (gint64)ns : G_MAXINT64;
}
