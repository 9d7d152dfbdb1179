/* How little is solved when a transfer comes or goes:
 *
 * A link binds when the most that its transfers could ever take together (each at its own bound) is
 * more than it has. One that does not bind cannot hold anything back, and joins nothing to nothing.
 * Then a transfer
 *   - with no binding link runs at its bound;
 *   - whose only binding link is `alone`, i.e. all of its transfers have no other, shares it in
 *     virtual time: the link's clock runs at its level, the rate at penalty 1, and a transfer ends
 *     when the clock shows (clock at its start + bytes * penalty). A change of the level changes the
 *     clock's speed and no transfer's entry: log n a change. Those whose bound lies below the level
 *     are held at it, as if alone, and counted off the link's capacity;
 *   - else belongs to a component of links joined by such transfers: it is filled anew, level by
 *     level, when one of its links is touched.
 * The tests hold all this against filling everything from nothing, every time. */
#include "sharing.h"
#include "indexheap.h"
#include "simengine.h"

#include <float.h>

/* What is left of rounding, not of the model. */
static const double same_level = 1.0 + 1e-12;
static const double sure_to_fit = 1.0 - 1e-9; /* of the capacity */
static const double binds_until = 0.7;        /* less is asked for: it binds no more */

typedef struct Sum { /* of doubles that come and go: the error of `high` is in `low` */
    double high, low;
} Sum;

typedef enum Mode {
    FREE,   /* not a transfer */
    UNSET,  /* without a rate until solved */
    FIXED,  /* runs at its rate */
    RISING, /* on the clock of link `on` */
    HELD    /* at its bound, below the level of link `on` */
} Mode;

typedef struct Part { /* of a transfer, in one link */
    guint link;
    double factor;
    guint member; /* its place among the link's */
} Part;

typedef struct Transfer {
    Mode mode;
    guint n_parts, parts_capacity, n_binding, on;
    gboolean changed, filling;
    Part *part;
    double penalty, bound;
    double left_bytes, rate; /* as of since_ns */
    gint64 since_ns;
    double clock_end; /* RISING */
    gpointer item;
} Transfer;

typedef struct Member {
    guint transfer, part;
} Member;

typedef struct Link {
    double capacity;
    gboolean binds, alone, dirty, seen;
    Member *member;
    guint n_members, members_capacity;
    guint n_joined; /* members with two binding links or more */
    Sum most;       /* factor * bound of all */
    /* alone: */
    Sum weight, held; /* factor / penalty of those RISING; factor * bound of those HELD */
    double clock, level;
    gint64 clock_ns;
    SimHeap ends;  /* RISING by clock_end */
    SimHeap bound; /* RISING by the level at which they are held */
    SimHeap loose; /* HELD, highest such level first */
    /* while a component is filled: */
    double left, rising;
    guint n_rising;
} Link;

struct SimSharing {
    Link *link;
    guint n_links, links_capacity;
    Transfer *transfer;
    guint n_transfers, transfers_capacity;
    GArray *free_transfers, *changed, *dirty; /* guint */
    SimHeap fixed;                            /* FIXED and HELD by end */
    SimHeap clocks;                           /* alone links by the end of their first */
    SimHeap levels, bounds;                   /* while a component is filled */
    GArray *component_links, *component;      /* guint */
    guint *end_place, *bound_place;           /* by transfer */
    guint *link_place;                        /* by link */
};

/* ---- sums ---- */

static void sum_add(Sum *sum, double x)
{
    double high = sum->high + x, part = high - sum->high;
    sum->low += (sum->high - (high - part)) + (x - part);
    sum->high = high;
}

static double sum_value(const Sum *sum) { return sum->high + sum->low; }

/* ---- life ---- */

static GArray *numbers_new(void) { return g_array_new(FALSE, FALSE, sizeof(guint)); }
static guint number(const GArray *a, guint i) { return g_array_index(a, guint, i); }

SimSharing *sim_sharing_new(void)
{
    SimSharing *s = g_new0(SimSharing, 1);
    s->free_transfers = numbers_new();
    s->changed = numbers_new();
    s->dirty = numbers_new();
    s->component_links = numbers_new();
    s->component = numbers_new();
    return s;
}

void sim_sharing_free(SimSharing *s)
{
    if (!s)
        return;
    for (guint l = 0; l < s->n_links; l++) {
        g_free(s->link[l].member);
        sim_heap_clear(&s->link[l].ends);
        sim_heap_clear(&s->link[l].bound);
        sim_heap_clear(&s->link[l].loose);
    }
    for (guint t = 0; t < s->n_transfers; t++)
        g_free(s->transfer[t].part);
    SimHeap *const heaps[] = {&s->fixed, &s->clocks, &s->levels, &s->bounds};
    for (guint i = 0; i < G_N_ELEMENTS(heaps); i++)
        sim_heap_clear(heaps[i]);
    GArray *const arrays[] = {s->free_transfers, s->changed, s->dirty, s->component_links,
                              s->component};
    for (guint i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_array_unref(arrays[i]);
    g_free(s->link);
    g_free(s->transfer);
    g_free(s->end_place);
    g_free(s->bound_place);
    g_free(s->link_place);
    g_free(s);
}

guint sim_sharing_add_link(SimSharing *s, double capacity)
{
    if (s->n_links == s->links_capacity) {
        s->links_capacity = MAX(16, s->links_capacity * 2);
        s->link = g_renew(Link, s->link, s->links_capacity);
        s->link_place = g_renew(guint, s->link_place, s->links_capacity);
    }
    s->link[s->n_links] = (Link){.capacity = capacity};
    return s->n_links++;
}

void sim_sharing_set_capacity(SimSharing *s, guint link, double capacity)
{
    g_assert(s->link[link].n_members == 0);
    s->link[link].capacity = capacity;
}

static guint transfer_take(SimSharing *s)
{
    if (s->free_transfers->len > 0) {
        guint t = number(s->free_transfers, s->free_transfers->len - 1);
        g_array_set_size(s->free_transfers, s->free_transfers->len - 1);
        return t;
    }
    if (s->n_transfers == s->transfers_capacity) {
        s->transfers_capacity = MAX(16, s->transfers_capacity * 2);
        s->transfer = g_renew(Transfer, s->transfer, s->transfers_capacity);
        s->end_place = g_renew(guint, s->end_place, s->transfers_capacity);
        s->bound_place = g_renew(guint, s->bound_place, s->transfers_capacity);
    }
    s->transfer[s->n_transfers] = (Transfer){.mode = FREE};
    return s->n_transfers++;
}

/* ---- rates and clocks ---- */

static double seconds(gint64 from_ns, gint64 to_ns) { return (double)(to_ns - from_ns) * 1e-9; }

static gint64 end_after(gint64 now_ns, double amount, double per_second)
{
    if (!(per_second > 0))
        return G_MAXINT64;
    return sim_time_add(now_ns, sim_time_for(MAX(amount, 0.0), per_second));
}

static void clock_set(Link *link, gint64 now_ns)
{
    link->clock += link->level * seconds(link->clock_ns, now_ns);
    link->clock_ns = now_ns;
}

static void set_rate(SimSharing *s, guint t, Mode mode, double rate, gint64 now_ns)
{
    Transfer *transfer = &s->transfer[t];
    transfer->mode = mode;
    transfer->rate = rate;
    transfer->since_ns = now_ns;
    sim_heap_push(&s->fixed, s->end_place, end_after(now_ns, transfer->left_bytes, rate), t);
}

/* The level at which the transfer is held. */
static double hold_level(const Transfer *transfer) { return transfer->bound * transfer->penalty; }

static double part_factor(const Transfer *transfer, guint link)
{
    for (guint p = 0; p < transfer->n_parts; p++)
        if (transfer->part[p].link == link)
            return transfer->part[p].factor;
    return 0;
}

static void set_rising(SimSharing *s, guint t, guint l, gint64 now_ns)
{
    Transfer *transfer = &s->transfer[t];
    Link *link = &s->link[l];
    clock_set(link, now_ns);
    transfer->mode = RISING;
    transfer->on = l;
    transfer->clock_end = link->clock + transfer->left_bytes * transfer->penalty;
    sim_heap_push(&link->ends, s->end_place, sim_heap_key(transfer->clock_end), t);
    sim_heap_push(&link->bound, s->bound_place, sim_heap_key(hold_level(transfer)), t);
    sum_add(&link->weight, part_factor(transfer, l) / transfer->penalty);
}

static void set_held(SimSharing *s, guint t, guint l, gint64 now_ns)
{
    Transfer *transfer = &s->transfer[t];
    set_rate(s, t, HELD, transfer->bound, now_ns);
    transfer->on = l;
    sim_heap_push(&s->link[l].loose, s->bound_place, -sim_heap_key(hold_level(transfer)), t);
    sum_add(&s->link[l].held, part_factor(transfer, l) * transfer->bound);
}

/* Takes a transfer's rate from it, with what is left brought up to now. */
static void unset(SimSharing *s, guint t, gint64 now_ns)
{
    Transfer *transfer = &s->transfer[t];
    Link *link = &s->link[transfer->on];
    if (transfer->mode == RISING) {
        clock_set(link, now_ns);
        transfer->left_bytes = MAX(0, (transfer->clock_end - link->clock) / transfer->penalty);
        sim_heap_remove(&link->ends, s->end_place, t);
        sim_heap_remove(&link->bound, s->bound_place, t);
        sum_add(&link->weight, -part_factor(transfer, transfer->on) / transfer->penalty);
    } else if (transfer->mode == FIXED || transfer->mode == HELD) {
        double sent = transfer->rate * seconds(transfer->since_ns, now_ns);
        transfer->left_bytes = MAX(0, transfer->left_bytes - sent);
        sim_heap_remove(&s->fixed, s->end_place, t);
    }
    if (transfer->mode == HELD) {
        sim_heap_remove(&link->loose, s->bound_place, t);
        sum_add(&link->held, -part_factor(transfer, transfer->on) * transfer->bound);
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

/* ---- coming and going ---- */

static void mark_dirty(SimSharing *s, guint l)
{
    if (!s->link[l].dirty)
        g_array_append_val(s->dirty, l);
    s->link[l].dirty = TRUE;
}

static void mark_changed(SimSharing *s, guint t)
{
    if (!s->transfer[t].changed)
        g_array_append_val(s->changed, t);
    s->transfer[t].changed = TRUE;
}

static void count_joined(SimSharing *s, const Transfer *transfer, guint by)
{
    for (guint p = 0; p < transfer->n_parts; p++) {
        s->link[transfer->part[p].link].n_joined += by;
        mark_dirty(s, transfer->part[p].link);
    }
}

static void member_add(SimSharing *s, guint t, guint p)
{
    Part *part = &s->transfer[t].part[p];
    Link *link = &s->link[part->link];
    if (link->n_members == link->members_capacity) {
        link->members_capacity = MAX(4, link->members_capacity * 2);
        link->member = g_renew(Member, link->member, link->members_capacity);
    }
    part->member = link->n_members;
    link->member[link->n_members++] = (Member){t, p};
    sum_add(&link->most, part->factor * s->transfer[t].bound);
}

static void member_remove(SimSharing *s, guint t, guint p)
{
    const Part *part = &s->transfer[t].part[p];
    Link *link = &s->link[part->link];
    Member last = link->member[--link->n_members];
    link->member[part->member] = last;
    s->transfer[last.transfer].part[last.part].member = part->member;
    sum_add(&link->most, -part->factor * s->transfer[t].bound);
    if (link->n_members == 0)
        link->most = link->weight = link->held = (Sum){0, 0};
}

guint sim_sharing_add(SimSharing *s, gint64 now_ns, const SimUse *uses, guint n_uses,
                      double penalty, double bound, double bytes, gpointer item)
{
    guint t = transfer_take(s);
    Transfer *transfer = &s->transfer[t];
    if (n_uses > transfer->parts_capacity) {
        transfer->parts_capacity = n_uses;
        transfer->part = g_renew(Part, transfer->part, n_uses);
    }
    transfer->mode = UNSET;
    transfer->n_parts = n_uses;
    transfer->n_binding = transfer->on = 0;
    transfer->penalty = penalty;
    transfer->bound = bound;
    transfer->left_bytes = bytes;
    transfer->since_ns = now_ns;
    transfer->item = item;
    for (guint u = 0; u < n_uses; u++) {
        const Link *link = &s->link[uses[u].link];
        transfer->part[u] = (Part){uses[u].link, uses[u].factor, 0};
        transfer->bound = MIN(transfer->bound, link->capacity / uses[u].factor);
        transfer->n_binding += link->binds ? 1 : 0;
    }
    for (guint p = 0; p < n_uses; p++) {
        member_add(s, t, p);
        mark_dirty(s, uses[p].link);
    }
    if (transfer->n_binding >= 2)
        count_joined(s, transfer, 1);
    mark_changed(s, t);
    return t;
}

double sim_sharing_remove(SimSharing *s, gint64 now_ns, guint t)
{
    Transfer *transfer = &s->transfer[t];
    unset(s, t, now_ns);
    if (transfer->n_binding >= 2)
        count_joined(s, transfer, (guint)-1);
    for (guint p = 0; p < transfer->n_parts; p++) {
        member_remove(s, t, p);
        mark_dirty(s, transfer->part[p].link);
    }
    transfer->mode = FREE;
    transfer->item = NULL;
    g_array_append_val(s->free_transfers, t);
    return transfer->left_bytes;
}

/* ---- solving: which links bind, which are alone ---- */

static void check_binding(SimSharing *s, guint l)
{
    Link *link = &s->link[l];
    double share = sum_value(&link->most) / link->capacity;
    gboolean binds = link->n_members >= 2 && share > (link->binds ? binds_until : sure_to_fit);
    if (binds == link->binds)
        return;
    link->binds = binds;
    for (guint m = 0; m < link->n_members; m++) {
        guint t = link->member[m].transfer;
        Transfer *transfer = &s->transfer[t];
        transfer->n_binding += binds ? 1 : (guint)-1;
        if (transfer->n_binding == (binds ? 2 : 1))
            count_joined(s, transfer, binds ? 1 : (guint)-1);
        for (guint p = 0; p < transfer->n_parts; p++) /* those it held back may rise elsewhere */
            mark_dirty(s, transfer->part[p].link);
        mark_changed(s, t);
    }
}

static void set_alone(SimSharing *s, guint l, gint64 now_ns)
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
            unset(s, t, now_ns);
        mark_changed(s, t);
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

static void place_changed(SimSharing *s, guint t, gint64 now_ns)
{
    Transfer *transfer = &s->transfer[t];
    transfer->changed = FALSE;
    if (transfer->mode == FREE || transfer->n_binding >= 2)
        return;
    if (transfer->n_binding == 0) {
        unset(s, t, now_ns);
        set_rate(s, t, FIXED, transfer->bound, now_ns);
        return;
    }
    guint l = 0;
    for (guint p = 0; p < transfer->n_parts; p++)
        if (s->link[transfer->part[p].link].binds)
            l = transfer->part[p].link;
    gboolean there = (transfer->mode == RISING || transfer->mode == HELD) && transfer->on == l;
    if (s->link[l].alone && !there) {
        unset(s, t, now_ns);
        set_rising(s, t, l, now_ns);
    }
}

/* ---- solving: a link alone ---- */

static double alone_level(const Link *link)
{
    double left = link->capacity - sum_value(&link->held);
    if (link->ends.n > 0)
        return left / sum_value(&link->weight);
    return left < -link->capacity * 1e-12 ? 0 : DBL_MAX; /* all are held: is it too much? */
}

static void solve_alone(SimSharing *s, guint l, gint64 now_ns)
{
    Link *link = &s->link[l];
    clock_set(link, now_ns);
    if (link->ends.n == 0)
        link->weight = (Sum){0, 0};
    if (link->loose.n == 0)
        link->held = (Sum){0, 0};
    double level = alone_level(link);
    /* Both loops raise the level: what is let go lies above it, what is held below. */
    while (link->loose.n > 0 && sim_heap_value(-link->loose.entry[0].key) > level * same_level) {
        guint t = link->loose.entry[0].item;
        unset(s, t, now_ns);
        set_rising(s, t, l, now_ns);
        level = alone_level(link);
    }
    while (link->bound.n > 0 && sim_heap_value(link->bound.entry[0].key) <= level) {
        guint t = link->bound.entry[0].item;
        unset(s, t, now_ns);
        set_held(s, t, l, now_ns);
        level = alone_level(link);
    }
    link->level = link->ends.n > 0 ? level : 0;
    gint64 next_ns = G_MAXINT64;
    if (link->ends.n > 0)
        next_ns = end_after(now_ns, sim_heap_value(link->ends.entry[0].key) - link->clock, level);
    else
        link->clock = 0;
    sim_heap_remove(&s->clocks, s->link_place, l);
    sim_heap_push(&s->clocks, s->link_place, next_ns, l);
}

/* ---- solving: a component ---- */

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
                    mark_dirty(s, other); /* so that `seen` is taken back */
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
    set_rate(s, t, FIXED, rate, now_ns);
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
    if (level > before * same_level) {
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

static void solve_component(SimSharing *s, guint first, gint64 now_ns)
{
    gather(s, first);
    for (guint i = 0; i < s->component->len; i++) {
        guint t = number(s->component, i);
        unset(s, t, now_ns);
        sim_heap_push(&s->bounds, s->bound_place, sim_heap_key(hold_level(&s->transfer[t])), t);
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

void sim_sharing_solve(SimSharing *s, gint64 now_ns)
{
    for (guint i = 0; i < s->dirty->len; i++) /* grows */
        check_binding(s, number(s->dirty, i));
    for (guint i = 0; i < s->dirty->len; i++)
        set_alone(s, number(s->dirty, i), now_ns);
    for (guint i = 0; i < s->changed->len; i++)
        place_changed(s, number(s->changed, i), now_ns);
    for (guint i = 0; i < s->dirty->len; i++) {
        guint l = number(s->dirty, i);
        if (s->link[l].alone)
            solve_alone(s, l, now_ns);
        else if (s->link[l].binds && !s->link[l].seen)
            solve_component(s, l, now_ns);
        s->link[l].dirty = FALSE;
    }
    for (guint i = 0; i < s->dirty->len; i++)
        s->link[number(s->dirty, i)].seen = FALSE;
    g_array_set_size(s->dirty, 0);
    g_array_set_size(s->changed, 0);
}

/* ---- ends ---- */

gint64 sim_sharing_next_ns(SimSharing *s)
{
    gint64 next_ns = s->fixed.n > 0 ? s->fixed.entry[0].key : G_MAXINT64;
    return s->clocks.n > 0 ? MIN(next_ns, s->clocks.entry[0].key) : next_ns;
}

gpointer sim_sharing_pop_due(SimSharing *s, gint64 now_ns)
{
    guint t;
    if (s->fixed.n > 0 && s->fixed.entry[0].key <= now_ns) {
        t = s->fixed.entry[0].item;
    } else if (s->clocks.n > 0 && s->clocks.entry[0].key <= now_ns) {
        guint l = s->clocks.entry[0].item;
        Link *link = &s->link[l];
        t = link->ends.entry[0].item;
        gpointer item = s->transfer[t].item;
        sim_sharing_remove(s, now_ns, t);
        gint64 next_ns = G_MAXINT64;
        if (link->ends.n > 0)
            next_ns = end_after(now_ns, sim_heap_value(link->ends.entry[0].key) - link->clock,
                                link->level);
        sim_heap_remove(&s->clocks, s->link_place, l);
        sim_heap_push(&s->clocks, s->link_place, next_ns, l);
        return item;
    } else {
        return NULL;
    }
    gpointer item = s->transfer[t].item;
    sim_sharing_remove(s, now_ns, t);
    return item;
}
