/* How little is solved when a transfer comes or goes:
 *
 * A link binds when its transfers would take more than it has (sharing_watch.c). One that does not
 * bind holds nothing back, and joins nothing to nothing. Then a transfer
 *   - with no binding link runs at its bound;
 *   - whose only binding link is `alone`, i.e. all of its transfers have no other, shares it in
 *     virtual time: the link's clock runs at its level, the rate at penalty 1, and a transfer ends
 *     when the clock shows (clock at its start + bytes * penalty). A change of the level changes the
 *     clock's speed and no transfer's entry: log n a change. Those whose bound lies below the level
 *     are held at it, as if alone, and counted off the link's capacity;
 *   - else belongs to a component of links joined by such transfers: it is filled anew, level by
 *     level, when one of its links is touched.
 * The tests hold all this against filling everything from nothing, every time. */
#include "sharing_priv.h"

#include <float.h>

/* ---- life ---- */

static GArray *numbers_new(void) { return g_array_new(FALSE, FALSE, sizeof(guint)); }

SimSharing *sim_sharing_new(void)
{
    SimSharing *s = g_new0(SimSharing, 1);
    s->free_transfers = numbers_new();
    s->changed = numbers_new();
    s->dirty = numbers_new();
    s->doubtful = numbers_new();
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
        sim_heap_clear(&s->link[l].watched);
    }
    for (guint t = 0; t < s->n_transfers; t++)
        g_free(s->transfer[t].part);
    SimHeap *const heaps[] = {&s->fixed, &s->clocks, &s->levels, &s->bounds};
    for (guint i = 0; i < G_N_ELEMENTS(heaps); i++)
        sim_heap_clear(heaps[i]);
    GArray *const arrays[] = {s->free_transfers, s->changed,         s->dirty,
                              s->doubtful,       s->component_links, s->component};
    for (guint i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_array_unref(arrays[i]);
    g_free(s->link);
    g_free(s->transfer);
    g_free(s->end_place);
    g_free(s->bound_place);
    g_free(s->link_place);
    g_free(s->watch);
    g_free(s->watch_place);
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

/* ---- coming and going ---- */

void sharing_mark_dirty(SimSharing *s, guint l)
{
    if (!s->link[l].dirty)
        g_array_append_val(s->dirty, l);
    s->link[l].dirty = TRUE;
}

void sharing_mark_doubtful(SimSharing *s, guint l)
{
    if (!s->link[l].doubtful)
        g_array_append_val(s->doubtful, l);
    s->link[l].doubtful = TRUE;
}

void sharing_mark_changed(SimSharing *s, guint t)
{
    if (!s->transfer[t].changed)
        g_array_append_val(s->changed, t);
    s->transfer[t].changed = TRUE;
}

static void count_joined(SimSharing *s, const Transfer *transfer, guint by)
{
    for (guint p = 0; p < transfer->n_parts; p++) {
        s->link[transfer->part[p].link].n_joined += by;
        sharing_mark_dirty(s, transfer->part[p].link);
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
        link->most = link->weight = link->held = link->fixed = (Sum){0, 0};
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
        sharing_mark_dirty(s, uses[p].link);
    }
    if (transfer->n_binding >= 2)
        count_joined(s, transfer, 1);
    sharing_mark_changed(s, t);
    return t;
}

double sim_sharing_remove(SimSharing *s, gint64 now_ns, guint t)
{
    Transfer *transfer = &s->transfer[t];
    sharing_unset(s, t, now_ns);
    if (transfer->n_binding >= 2)
        count_joined(s, transfer, (guint)-1);
    for (guint p = 0; p < transfer->n_parts; p++) {
        member_remove(s, t, p);
        sharing_mark_dirty(s, transfer->part[p].link);
    }
    transfer->mode = FREE;
    transfer->item = NULL;
    g_array_append_val(s->free_transfers, t);
    return transfer->left_bytes;
}

/* ---- solving: which links bind, which are alone ---- */

void sharing_set_binds(SimSharing *s, guint l, gboolean binds)
{
    Link *link = &s->link[l];
    link->binds = binds;
    sharing_mark_dirty(s, l);
    for (guint m = 0; m < link->n_members; m++) {
        guint t = link->member[m].transfer;
        Transfer *transfer = &s->transfer[t];
        transfer->n_binding += binds ? 1 : (guint)-1;
        if (transfer->n_binding == (binds ? 2 : 1))
            count_joined(s, transfer, binds ? 1 : (guint)-1);
        for (guint p = 0; p < transfer->n_parts; p++) /* those it held back may rise elsewhere */
            sharing_mark_dirty(s, transfer->part[p].link);
        sharing_mark_changed(s, t);
    }
}

/* Few are left of those that filled it: it cannot be full any more. */
static void check_binding(SimSharing *s, guint l)
{
    const Link *link = &s->link[l];
    if (link->binds &&
        (link->n_members < 2 || sum_value(&link->most) <= link->capacity * SHARING_SLACK))
        sharing_set_binds(s, l, FALSE);
}

static void place_changed(SimSharing *s, guint t, gint64 now_ns)
{
    Transfer *transfer = &s->transfer[t];
    transfer->changed = FALSE;
    if (transfer->mode == FREE || transfer->n_binding >= 2)
        return;
    if (transfer->n_binding == 0) {
        sharing_unset(s, t, now_ns);
        sharing_set_fixed(s, t, transfer->bound, now_ns);
        return;
    }
    guint l = 0;
    for (guint p = 0; p < transfer->n_parts; p++)
        if (s->link[transfer->part[p].link].binds)
            l = transfer->part[p].link;
    gboolean there = (transfer->mode == RISING || transfer->mode == HELD) && transfer->on == l;
    if (s->link[l].alone && !there) {
        sharing_unset(s, t, now_ns);
        sharing_set_rising(s, t, l, now_ns);
    }
}

/* Gives everything touched its rate, by the links that bind. */
static void settle(SimSharing *s, gint64 now_ns)
{
    for (guint i = 0; i < s->dirty->len; i++) /* grows */
        check_binding(s, number(s->dirty, i));
    for (guint i = 0; i < s->dirty->len; i++)
        sharing_set_alone(s, number(s->dirty, i), now_ns);
    for (guint i = 0; i < s->changed->len; i++)
        place_changed(s, number(s->changed, i), now_ns);
    for (guint i = 0; i < s->dirty->len; i++) {
        guint l = number(s->dirty, i);
        if (s->link[l].alone)
            sharing_solve_alone(s, l, now_ns);
        else if (s->link[l].binds && !s->link[l].seen)
            sharing_solve_component(s, l, now_ns);
        s->link[l].dirty = FALSE;
    }
    for (guint i = 0; i < s->dirty->len; i++)
        s->link[number(s->dirty, i)].seen = FALSE;
    g_array_set_size(s->dirty, 0);
    g_array_set_size(s->changed, 0);
}

void sim_sharing_solve(SimSharing *s, gint64 now_ns)
{
    s->n_solved++;
    do
        settle(s, now_ns);
    while (sharing_watch_verify(s));
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
            next_ns = sharing_end_after(now_ns, sim_heap_value(link->ends.entry[0].key) - link->clock,
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
