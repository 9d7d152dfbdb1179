/* Max-min over some of the links is max-min over all of them where the others have room for it. So a
 * link is left out (does not bind) until what its transfers take is more than it has.
 *
 * What they take is known without asking them: a sum over those with a rate of their own, and for
 * each clock that some of them rise on, a weight; the link's load is
 *     fixed + sum of weight * level.
 * For each such clock the link waits in a heap of that clock for the level at which it would be full
 * (with several clocks: each as much higher as the others, which errs to the safe side of asking too
 * early). So a change of a level asks only the links that it may fill. */
#include "sharing_priv.h"

static Watch *watch_find(SimSharing *s, guint l, guint on, guint **from)
{
    guint *at = &s->link[l].watch;
    while (*at && s->watch[*at - 1].on != on)
        at = &s->watch[*at - 1].next;
    *from = at;
    return *at ? &s->watch[*at - 1] : NULL;
}

static guint watch_new(SimSharing *s)
{
    guint w = s->free_watch;
    if (w) {
        s->free_watch = s->watch[w - 1].next;
        return w;
    }
    if (s->n_watches == s->watches_capacity) {
        s->watches_capacity = MAX(16, s->watches_capacity * 2);
        s->watch = g_renew(Watch, s->watch, s->watches_capacity);
        s->watch_place = g_renew(guint, s->watch_place, s->watches_capacity);
    }
    return ++s->n_watches;
}

static void dequeue(SimSharing *s, Watch *watch)
{
    if (watch->queued)
        sim_heap_remove(&s->link[watch->on].watched, s->watch_place, (guint)(watch - s->watch));
    watch->queued = FALSE;
}

void sharing_watch_add(SimSharing *s, guint l, guint on, double weight)
{
    guint *from;
    Watch *watch = watch_find(s, l, on, &from);
    if (!watch) {
        guint w = watch_new(s);
        watch = &s->watch[w - 1];
        *watch = (Watch){.link = l, .on = on, .next = s->link[l].watch};
        s->link[l].watch = w;
    }
    watch->n++;
    sum_add(&watch->weight, weight);
    sharing_mark_doubtful(s, l);
}

void sharing_watch_take(SimSharing *s, guint l, guint on, double weight)
{
    guint *from;
    Watch *watch = watch_find(s, l, on, &from);
    sum_add(&watch->weight, -weight);
    sharing_mark_doubtful(s, l);
    if (--watch->n > 0)
        return;
    dequeue(s, watch);
    guint w = *from;
    *from = watch->next;
    watch->next = s->free_watch;
    s->free_watch = w;
}

void sharing_watch_level(SimSharing *s, guint on)
{
    Link *link = &s->link[on];
    while (link->watched.n > 0 && sim_heap_value(link->watched.entry[0].key) < link->level) {
        Watch *watch = &s->watch[link->watched.entry[0].item];
        dequeue(s, watch);
        sharing_mark_doubtful(s, watch->link);
    }
}

static double rising_load(const SimSharing *s, const Link *link)
{
    double load = 0;
    for (guint w = link->watch; w; w = s->watch[w - 1].next)
        load += sum_value(&s->watch[w - 1].weight) * s->link[s->watch[w - 1].on].level;
    return load;
}

/* To be asked again when a level is there. `rising`: the load that rises now. */
static void wait_for_levels(SimSharing *s, const Link *link, double rising)
{
    double room = MAX(0, link->capacity * SHARING_SAME - sum_value(&link->fixed));
    for (guint w = link->watch; w; w = s->watch[w - 1].next) {
        Watch *watch = &s->watch[w - 1];
        gboolean single = !watch->next && link->watch == w;
        double level = single       ? room / sum_value(&watch->weight)
                       : rising > 0 ? s->link[watch->on].level * (room / rising)
                                    : 0;
        dequeue(s, watch);
        sim_heap_push(&s->link[watch->on].watched, s->watch_place, sim_heap_key(level), w - 1);
        watch->queued = TRUE;
    }
}

static void wait_for_nothing(SimSharing *s, const Link *link)
{
    for (guint w = link->watch; w; w = s->watch[w - 1].next)
        dequeue(s, &s->watch[w - 1]);
}

/* How many times its capacity the link is asked for; 0 where it is nothing to ask again about. */
static double overload(SimSharing *s, guint l)
{
    Link *link = &s->link[l];
    if (link->n_members < 2 || sum_value(&link->most) <= link->capacity * SHARING_SURE) {
        wait_for_nothing(s, link);
        return 0;
    }
    double rising = rising_load(s, link), load = sum_value(&link->fixed) + rising;
    if (load <= link->capacity * SHARING_SAME) {
        wait_for_levels(s, link, rising);
        return 0;
    }
    return load / link->capacity;
}

static gboolean has_slack(const SimSharing *s, const Link *link)
{
    if (link->activated == s->n_solved || (link->alone && link->ends.n > 0))
        return FALSE;
    return sum_value(&link->fixed) + rising_load(s, link) < link->capacity * SHARING_SLACK;
}

/* Where many are asked for too much, the worst may be why the others are: those asked for less than
 * half as much wait for the next round. */
gboolean sharing_watch_verify(SimSharing *s)
{
    double worst = 0;
    gboolean any = FALSE;
    GArray *list = s->doubtful;
    guint n = 0, before_n = list->len;
    for (guint i = 0; i < before_n; i++) {
        guint l = number(list, i);
        Link *link = &s->link[l];
        double over = link->binds ? 0 : overload(s, l);
        worst = MAX(worst, over);
        if (over > 0) {
            link->left = over;
            g_array_index(list, guint, n++) = l;
            continue;
        }
        link->doubtful = FALSE;
        if (link->binds && has_slack(s, link)) {
            sharing_set_binds(s, l, FALSE);
            any = TRUE;
        }
    }
    g_array_set_size(list, n);
    for (guint i = 0; i < n; i++) {
        guint l = number(list, i);
        if (s->link[l].left < worst / 2)
            continue;
        s->link[l].activated = s->n_solved;
        wait_for_nothing(s, &s->link[l]);
        sharing_set_binds(s, l, TRUE);
        any = TRUE;
    }
    return any;
}
