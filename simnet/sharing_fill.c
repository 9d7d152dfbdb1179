#include "sharing_priv.h"

#include <float.h>

static void gather(SimSharing *s, guint first)
{
    GArray *links = s->component_links;
    g_array_set_size(links, 0);
    g_array_set_size(s->component, 0);
    g_array_append_val(links, first);
    s->link[first].seen = TRUE;
    for (guint i = 0; i < links->len; i++) {
        const Link *link = &s->link[number(links, i)];
        for (guint m = 0; m < link->n_members; m++) {
            guint t = link->member[m].transfer;
            Transfer *transfer = &s->transfer[t];
            if (transfer->filling)
                continue;
            transfer->filling = TRUE;
            g_array_append_val(s->component, t);
            for (guint p = 0; p < transfer->n_parts; p++) {
                guint other = transfer->part[p].link;
                if (s->link[other].binds && !s->link[other].seen) {
                    s->link[other].seen = TRUE;
                    sharing_mark_dirty(s, other); /* so that `seen` is taken back */
                    g_array_append_val(links, other);
                }
            }
        }
    }
}

static void push_level(SimSharing *s, guint l)
{
    Link *link = &s->link[l];
    sim_heap_push(&s->levels, s->link_place, sim_heap_key(link->left / link->rising), l);
}

/* left and rising from nothing: what they have become by subtraction is only good for the order. */
static void weigh(SimSharing *s, Link *link)
{
    link->left = link->capacity;
    link->rising = 0;
    link->n_rising = 0;
    for (guint m = 0; m < link->n_members; m++) {
        const Transfer *transfer = &s->transfer[link->member[m].transfer];
        double factor = transfer->part[link->member[m].part].factor;
        if (transfer->filling) {
            link->rising += factor / transfer->penalty;
            link->n_rising++;
        } else {
            link->left -= factor * transfer->rate;
        }
    }
    link->left = MAX(link->left, 0);
}

static void fill(SimSharing *s, guint t, double rate, gint64 now_ns)
{
    Transfer *transfer = &s->transfer[t];
    transfer->filling = FALSE;
    sim_heap_remove(&s->bounds, s->bound_place, t);
    sharing_set_fixed(s, t, rate, now_ns);
    for (guint p = 0; p < transfer->n_parts; p++) {
        Link *link = &s->link[transfer->part[p].link];
        link->left = MAX(0, link->left - transfer->part[p].factor * rate);
        link->rising = MAX(DBL_MIN, link->rising - transfer->part[p].factor / transfer->penalty);
        link->n_rising--;
    }
}

/* The link with the lowest level: full, if the level stands when weighed again. */
static void fill_link(SimSharing *s, guint l, gint64 now_ns)
{
    Link *link = &s->link[l];
    double before = sim_heap_value(s->levels.entry[0].key);
    sim_heap_remove(&s->levels, s->link_place, l);
    if (link->n_rising == 0)
        return;
    weigh(s, link);
    double level = link->left / link->rising;
    if (level > before * SHARING_SAME) {
        push_level(s, l);
        return;
    }
    for (guint m = 0; m < link->n_members; m++) {
        guint t = link->member[m].transfer;
        const Transfer *transfer = &s->transfer[t];
        if (transfer->filling)
            fill(s, t, MIN(level / transfer->penalty, transfer->bound), now_ns);
    }
}

void sharing_solve_component(SimSharing *s, guint first, gint64 now_ns)
{
    gather(s, first);
    for (guint i = 0; i < s->component->len; i++) {
        guint t = number(s->component, i);
        sharing_unset(s, t, now_ns);
        sim_heap_push(&s->bounds, s->bound_place, sim_heap_key(sharing_hold_level(&s->transfer[t])), t);
    }
    for (guint i = 0; i < s->component_links->len; i++) {
        weigh(s, &s->link[number(s->component_links, i)]);
        push_level(s, number(s->component_links, i));
    }
    while (s->bounds.n > 0) {
        SimHeapEntry bound = s->bounds.entry[0];
        if (s->levels.n == 0 || bound.key <= s->levels.entry[0].key)
            fill(s, bound.item, s->transfer[bound.item].bound, now_ns);
        else
            fill_link(s, s->levels.entry[0].item, now_ns);
    }
    while (s->levels.n > 0)
        sim_heap_remove(&s->levels, s->link_place, s->levels.entry[0].item);
}
