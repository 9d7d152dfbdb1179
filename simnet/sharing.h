/* Max-min sharing of links by transfers, kept up to date as transfers come and go: rates are
 * proportional to 1 / penalty, up to each transfer's bound, until a link it uses is full. Times are
 * the caller's nanoseconds; changes within one instant are solved together by sim_sharing_solve. */
#ifndef PREACHES_SIMNET_SHARING_H
#define PREACHES_SIMNET_SHARING_H

#include <glib.h>

typedef struct SimSharing SimSharing;

typedef struct SimUse { /* what a transfer takes of a link, per unit of its rate; factor > 0 */
    guint link;
    double factor;
} SimUse;

SimSharing *sim_sharing_new(void);
void sim_sharing_free(SimSharing *sharing); /* NULL allowed */
guint sim_sharing_add_link(SimSharing *sharing, double capacity);
/* Only while no transfer uses the link. */
void sim_sharing_set_capacity(SimSharing *sharing, guint link, double capacity);
/* `uses` names no link twice and is copied. Returns the transfer's index, the caller's until it is
 * removed. `item` is handed back by sim_sharing_pop_due. */
guint sim_sharing_add(SimSharing *sharing, gint64 now_ns, const SimUse *uses, guint n_uses,
                      double penalty, double bound, double bytes, gpointer item);
/* Returns the bytes not yet transferred. */
double sim_sharing_remove(SimSharing *sharing, gint64 now_ns, guint transfer);
void sim_sharing_solve(SimSharing *sharing, gint64 now_ns);
/* When the next transfer ends, as things stand after sim_sharing_solve; G_MAXINT64: none does. */
gint64 sim_sharing_next_ns(SimSharing *sharing);
/* Removes a transfer that is over by now and returns its item; NULL when there is none. */
gpointer sim_sharing_pop_due(SimSharing *sharing, gint64 now_ns);
double sim_sharing_rate(const SimSharing *sharing, guint transfer);

#endif
