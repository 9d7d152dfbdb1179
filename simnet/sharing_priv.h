/* Inside the sharing: one structure, four files.
 *   sharing.c        transfers and links, their coming and going, one instant's solving, ends
 *   sharing_rate.c   what a rate is: modes of a transfer, and every link's load, kept as sums
 *   sharing_alone.c  a full link in virtual time
 *   sharing_fill.c   links that must be filled together
 *   sharing_watch.c  links that are not full: that they are not, and when they will be */
#ifndef PREACHES_SIMNET_SHARING_PRIV_H
#define PREACHES_SIMNET_SHARING_PRIV_H

#include "indexheap.h"
#include "sharing.h"

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

typedef struct Watch { /* what a link carries of the transfers that rise on one clock */
    guint link, on;
    guint next;      /* of the same link; index + 1, or of the free ones */
    guint n;         /* transfers */
    Sum weight;      /* factor / penalty of them */
    gboolean queued; /* in watched of `on` */
} Watch;

typedef struct Link {
    double capacity;
    gboolean binds, alone, dirty, seen, doubtful;
    guint64 activated; /* the solving in which it last began to bind */
    Member *member;
    guint n_members, members_capacity;
    guint n_joined; /* members with two binding links or more */
    Sum most;       /* factor * bound of all */
    /* load: */
    Sum fixed;   /* factor * rate of its members FIXED or HELD */
    guint watch; /* RISING ones, by clock; index + 1 */
    /* alone: */
    Sum weight, held; /* factor / penalty of those RISING; factor * bound of those HELD */
    double clock, level;
    gint64 clock_ns;
    SimHeap ends;    /* RISING by clock_end */
    SimHeap bound;   /* RISING by the level at which they are held */
    SimHeap loose;   /* HELD, highest such level first */
    SimHeap watched; /* Watch of links that are full when the level gets there */
    /* while a component is filled: */
    double left, rising;
    guint n_rising;
} Link;

struct SimSharing {
    Link *link;
    guint n_links, links_capacity;
    Transfer *transfer;
    guint n_transfers, transfers_capacity;
    Watch *watch;
    guint n_watches, watches_capacity, free_watch; /* index + 1 */
    GArray *free_transfers, *changed, *dirty, *doubtful; /* guint */
    SimHeap fixed;                            /* FIXED and HELD by end */
    SimHeap clocks;                           /* alone links by the end of their first */
    SimHeap levels, bounds;                   /* while a component is filled */
    GArray *component_links, *component;      /* guint */
    guint *end_place, *bound_place;           /* by transfer */
    guint *link_place;                        /* by link */
    guint *watch_place;                       /* by watch */
    guint64 n_solved;
};

/* What is left of rounding, not of the model. */
#define SHARING_SAME (1.0 + 1e-12)
#define SHARING_SURE (1.0 - 1e-9) /* of the capacity: what cannot be reached */
#define SHARING_SLACK 0.7         /* of the capacity: less is used, and the link binds no more */

static inline guint number(const GArray *a, guint i) { return g_array_index(a, guint, i); }

static inline void sum_add(Sum *sum, double x)
{
    double high = sum->high + x, part = high - sum->high;
    sum->low += (sum->high - (high - part)) + (x - part);
    sum->high = high;
}

static inline double sum_value(const Sum *sum) { return sum->high + sum->low; }

static inline double seconds(gint64 from_ns, gint64 to_ns)
{
    return (double)(to_ns - from_ns) * 1e-9;
}

/* sharing.c */
void sharing_mark_dirty(SimSharing *s, guint l);
void sharing_mark_doubtful(SimSharing *s, guint l);
void sharing_mark_changed(SimSharing *s, guint t);
void sharing_set_binds(SimSharing *s, guint l, gboolean binds);

/* sharing_rate.c */
gint64 sharing_end_after(gint64 now_ns, double amount, double per_second);
/* The level at which the transfer is held. */
double sharing_hold_level(const Transfer *transfer);
double sharing_factor(const Transfer *transfer, guint link);
void sharing_set_fixed(SimSharing *s, guint t, double rate, gint64 now_ns);
void sharing_set_rising(SimSharing *s, guint t, guint l, gint64 now_ns);
void sharing_set_held(SimSharing *s, guint t, guint l, gint64 now_ns);
/* Takes a transfer's rate from it, with what is left brought up to now. */
void sharing_unset(SimSharing *s, guint t, gint64 now_ns);
void sharing_clock_set(Link *link, gint64 now_ns);

/* sharing_alone.c */
void sharing_set_alone(SimSharing *s, guint l, gint64 now_ns);
void sharing_solve_alone(SimSharing *s, guint l, gint64 now_ns);

/* sharing_fill.c */
void sharing_solve_component(SimSharing *s, guint first, gint64 now_ns);

/* sharing_watch.c */
void sharing_watch_add(SimSharing *s, guint l, guint on, double weight);
void sharing_watch_take(SimSharing *s, guint l, guint on, double weight);
/* The clock of `on` runs at a new level: its links that may be full now are doubtful. */
void sharing_watch_level(SimSharing *s, guint on);
/* Looks at all doubtful links. TRUE: some bind that did not, or the other way; all is to be settled
 * again. */
gboolean sharing_watch_verify(SimSharing *s);

#endif
