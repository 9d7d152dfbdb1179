#include "simengine.h"
#include "eventqueue.h"

#include <math.h>

/* Cancelling only marks the slot; the queue's entry is dropped when it comes up, recognised by its
 * slot's generation. So a queue needs no removal from the middle. */
typedef struct Slot {
    SimAction action; /* NULL: free or cancelled */
    gpointer data;
    guint32 generation;
    guint32 next_free;
} Slot;

struct SimEngine {
    gint64 now_ns;
    guint64 sequence, n_run;
    SimQueue *queue;
    GArray *slots;     /* Slot */
    guint32 free_slot; /* index + 1; 0: none */
};

SimEngine *sim_engine_new(void)
{
    SimEngine *engine = g_new0(SimEngine, 1);
    engine->queue = sim_queue_new();
    engine->slots = g_array_new(FALSE, FALSE, sizeof(Slot));
    return engine;
}

void sim_engine_free(SimEngine *engine)
{
    if (!engine)
        return;
    sim_queue_free(engine->queue);
    g_array_unref(engine->slots);
    g_free(engine);
}

gint64 sim_engine_now(const SimEngine *engine) { return engine->now_ns; }

guint64 sim_engine_n_run(const SimEngine *engine) { return engine->n_run; }

static Slot *slot_at(SimEngine *engine, guint32 index)
{
    return &g_array_index(engine->slots, Slot, index);
}

static guint32 slot_take(SimEngine *engine)
{
    if (engine->free_slot) {
        guint32 index = engine->free_slot - 1;
        engine->free_slot = slot_at(engine, index)->next_free;
        return index;
    }
    Slot fresh = {NULL, NULL, 1, 0};
    g_array_append_val(engine->slots, fresh);
    return engine->slots->len - 1;
}

static void slot_give(SimEngine *engine, guint32 index)
{
    Slot *slot = slot_at(engine, index);
    slot->action = NULL;
    slot->generation++;
    slot->next_free = engine->free_slot;
    engine->free_slot = index + 1;
}

SimTimer sim_engine_at(SimEngine *engine, gint64 time_ns, gint priority, SimAction action,
                       gpointer data)
{
    g_assert(time_ns >= engine->now_ns && action != NULL);
    guint32 index = slot_take(engine);
    Slot *slot = slot_at(engine, index);
    slot->action = action;
    slot->data = data;
    SimTimer timer = (guint64)slot->generation << 32 | index;
    sim_queue_push(engine->queue, (SimQueueEntry){time_ns, priority, engine->sequence++, timer});
    return timer;
}

SimTimer sim_engine_after(SimEngine *engine, gint64 delay_ns, gint priority, SimAction action,
                          gpointer data)
{
    return sim_engine_at(engine, sim_time_add(engine->now_ns, delay_ns), priority, action, data);
}

/* The slot a timer names, or NULL when that timer is over. */
static Slot *slot_of(SimEngine *engine, SimTimer timer)
{
    guint32 index = (guint32)timer;
    if (timer == 0 || index >= engine->slots->len)
        return NULL;
    Slot *slot = slot_at(engine, index);
    return slot->action && slot->generation == (guint32)(timer >> 32) ? slot : NULL;
}

gboolean sim_engine_cancel(SimEngine *engine, SimTimer timer)
{
    if (!slot_of(engine, timer))
        return FALSE;
    slot_give(engine, (guint32)timer);
    return TRUE;
}

gboolean sim_engine_step(SimEngine *engine)
{
    SimQueueEntry entry;
    while (sim_queue_pop(engine->queue, &entry)) {
        Slot *slot = slot_of(engine, entry.id);
        if (!slot)
            continue;
        SimAction action = slot->action;
        gpointer data = slot->data;
        slot_give(engine, (guint32)entry.id);
        engine->now_ns = entry.time_ns;
        engine->n_run++;
        action(data);
        return TRUE;
    }
    return FALSE;
}

gint64 sim_time_add(gint64 a, gint64 b) { return a > G_MAXINT64 - b ? G_MAXINT64 : a + b; }

gint64 sim_time_for(double amount, double rate_per_second)
{
    double ns = nearbyint(amount / rate_per_second * 1e9);
    return ns < 9.2e18 ? (gint64)ns : G_MAXINT64;
}
