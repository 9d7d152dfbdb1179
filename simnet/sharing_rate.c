/* A rate is set and taken here and nowhere else, so the sums of what every link carries follow. */
#include "sharing_priv.h"
#include "simengine.h"

gint64 sharing_end_after(gint64 now_ns, double amount, double per_second)
{
    if (!(per_second > 0))
        return G_MAXINT64;
    return sim_time_add(now_ns, sim_time_for(MAX(amount, 0.0), per_second));
}

void sharing_clock_set(Link *link, gint64 now_ns)
{
    link->clock += link->level * seconds(link->clock_ns, now_ns);
    link->clock_ns = now_ns;
}

double sharing_hold_level(const Transfer *transfer) { return transfer->bound * transfer->penalty; }

double sharing_factor(const Transfer *transfer, guint link)
{
    for (guint p = 0; p < transfer->n_parts; p++)
        if (transfer->part[p].link == link)
            return transfer->part[p].factor;
    return 0;
}

static void count_fixed(SimSharing *s, const Transfer *transfer, double rate)
{
    for (guint p = 0; p < transfer->n_parts; p++) {
        sum_add(&s->link[transfer->part[p].link].fixed, transfer->part[p].factor * rate);
        sharing_mark_doubtful(s, transfer->part[p].link);
    }
}

static void set_rate(SimSharing *s, guint t, Mode mode, double rate, gint64 now_ns)
{
    Transfer *transfer = &s->transfer[t];
    transfer->mode = mode;
    transfer->rate = rate;
    transfer->since_ns = now_ns;
    sim_heap_push(&s->fixed, s->end_place,
                  sharing_end_after(now_ns, transfer->left_bytes, rate), t);
    count_fixed(s, transfer, rate);
}

void sharing_set_fixed(SimSharing *s, guint t, double rate, gint64 now_ns)
{
    set_rate(s, t, FIXED, rate, now_ns);
}

void sharing_set_rising(SimSharing *s, guint t, guint l, gint64 now_ns)
{
    Transfer *transfer = &s->transfer[t];
    Link *link = &s->link[l];
    sharing_clock_set(link, now_ns);
    transfer->mode = RISING;
    transfer->on = l;
    transfer->clock_end = link->clock + transfer->left_bytes * transfer->penalty;
    sim_heap_push(&link->ends, s->end_place, sim_heap_key(transfer->clock_end), t);
    sim_heap_push(&link->bound, s->bound_place, sim_heap_key(sharing_hold_level(transfer)), t);
    sum_add(&link->weight, sharing_factor(transfer, l) / transfer->penalty);
    for (guint p = 0; p < transfer->n_parts; p++)
        if (transfer->part[p].link != l)
            sharing_watch_add(s, transfer->part[p].link, l,
                              transfer->part[p].factor / transfer->penalty);
}

void sharing_set_held(SimSharing *s, guint t, guint l, gint64 now_ns)
{
    Transfer *transfer = &s->transfer[t];
    set_rate(s, t, HELD, transfer->bound, now_ns);
    transfer->on = l;
    sim_heap_push(&s->link[l].loose, s->bound_place, -sim_heap_key(sharing_hold_level(transfer)),
                  t);
    sum_add(&s->link[l].held, sharing_factor(transfer, l) * transfer->bound);
}

static void unset_rising(SimSharing *s, guint t, gint64 now_ns)
{
    Transfer *transfer = &s->transfer[t];
    Link *link = &s->link[transfer->on];
    sharing_clock_set(link, now_ns);
    transfer->left_bytes = MAX(0, (transfer->clock_end - link->clock) / transfer->penalty);
    sim_heap_remove(&link->ends, s->end_place, t);
    sim_heap_remove(&link->bound, s->bound_place, t);
    sum_add(&link->weight, -sharing_factor(transfer, transfer->on) / transfer->penalty);
    for (guint p = 0; p < transfer->n_parts; p++)
        if (transfer->part[p].link != transfer->on)
            sharing_watch_take(s, transfer->part[p].link, transfer->on,
                               transfer->part[p].factor / transfer->penalty);
}

void sharing_unset(SimSharing *s, guint t, gint64 now_ns)
{
    Transfer *transfer = &s->transfer[t];
    if (transfer->mode == RISING) {
        unset_rising(s, t, now_ns);
    } else if (transfer->mode == FIXED || transfer->mode == HELD) {
        double sent = transfer->rate * seconds(transfer->since_ns, now_ns);
        transfer->left_bytes = MAX(0, transfer->left_bytes - sent);
        sim_heap_remove(&s->fixed, s->end_place, t);
        count_fixed(s, transfer, -transfer->rate);
    }
    if (transfer->mode == HELD) {
        Link *link = &s->link[transfer->on];
        sim_heap_remove(&link->loose, s->bound_place, t);
        sum_add(&link->held, -sharing_factor(transfer, transfer->on) * transfer->bound);
    }
    transfer->mode = UNSET;
}

double sim_sharing_rate(const SimSharing *s, guint t)
{
    const Transfer *transfer = &s->transfer[t];
    if (transfer->mode == RISING)
        return s->link[transfer->on].level / transfer->penalty;
    return transfer->mode == FIXED || transfer->mode == HELD ? transfer->rate : 0;
}
