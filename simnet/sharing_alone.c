#include "sharing_priv.h"

#include <float.h>

void sharing_set_alone(SimSharing *s, guint l, gint64 now_ns)
{
    Link *link = &s->link[l];
    gboolean alone = link->binds && link->n_joined == 0;
    if (alone == link->alone)
        return;
    for (guint m = 0; m < link->n_members; m++) {
        guint t = link->member[m].transfer;
        const Transfer *transfer = &s->transfer[t];
        if (link->alone && transfer->on == l &&
            (transfer->mode == RISING || transfer->mode == HELD))
            sharing_unset(s, t, now_ns);
        sharing_mark_changed(s, t);
    }
    if (link->alone)
        sim_heap_remove(&s->clocks, s->link_place, l);
    else
        sim_heap_push(&s->clocks, s->link_place, G_MAXINT64, l);
    link->alone = alone;
    link->clock = link->level = 0;
    link->clock_ns = now_ns;
    link->weight = link->held = (Sum){0, 0};
}

static double alone_level(const Link *link)
{
    double left = link->capacity - sum_value(&link->held);
    if (link->ends.n > 0)
        return left / sum_value(&link->weight);
    return left < -link->capacity * 1e-12 ? 0 : DBL_MAX; /* all are held: is it too much? */
}

void sharing_solve_alone(SimSharing *s, guint l, gint64 now_ns)
{
    Link *link = &s->link[l];
    sharing_clock_set(link, now_ns);
    if (link->ends.n == 0)
        link->weight = (Sum){0, 0};
    if (link->loose.n == 0)
        link->held = (Sum){0, 0};
    double level = alone_level(link);
    /* Both loops raise the level: what is let go lies above it, what is held below. */
    while (link->loose.n > 0 && sim_heap_value(-link->loose.entry[0].key) > level * SHARING_SAME) {
        guint t = link->loose.entry[0].item;
        sharing_unset(s, t, now_ns);
        sharing_set_rising(s, t, l, now_ns);
        level = alone_level(link);
    }
    while (link->bound.n > 0 && sim_heap_value(link->bound.entry[0].key) <= level) {
        guint t = link->bound.entry[0].item;
        sharing_unset(s, t, now_ns);
        sharing_set_held(s, t, l, now_ns);
        level = alone_level(link);
    }
    link->level = link->ends.n > 0 ? level : 0;
    gint64 next_ns = G_MAXINT64;
    if (link->ends.n > 0)
        next_ns = sharing_end_after(now_ns, sim_heap_value(link->ends.entry[0].key) - link->clock, level);
    else
        link->clock = 0;
    sim_heap_remove(&s->clocks, s->link_place, l);
    sim_heap_push(&s->clocks, s->link_place, next_ns, l);
    sharing_watch_level(s, l);
}
