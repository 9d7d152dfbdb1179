/* One epoch: what a checkpoint costs its job, and when each copy is held, counted from its begin. */
#ifndef PREACHES_SIMNET_PROFILE_H
#define PREACHES_SIMNET_PROFILE_H

#include "costs.h"
#include "policy.h"
#include "sizes.h"

typedef struct SimProfileCopy {
    guint host;
    const char *arch, *made; /* of the platform, as in SimCopy */
    guint arch_place;        /* of arch, in pr_arches */
    gboolean lost;           /* it will never be held */
    gboolean converts;       /* at the holder */
    guint64 bytes, stored_bytes; /* that travel; that are stored */
    gint64 ready_ns, arrived_ns, written_ns; /* each includes the ones before */
    gint64 held_ns;          /* G_MAXINT64: not yet, or lost */
} SimProfileCopy;

typedef struct SimProfile {
    gint64 pause_ns, cpu_ns; /* what the job loses: stands still; shares its processor */
    gint64 made_ns;          /* the last image is made */
    gint64 convert_ns, propagate_ns, commit_ns; /* as in runs.csv; once it is over */
    gint64 over_ns;                             /* the last copy is held */
    gint64 image_bytes, sent_bytes;
    gint64 n_classes;
    guint n_copies;
    SimProfileCopy *copy;
} SimProfile;

/* An undisturbed epoch, alone, begun at 0. Where no link changes with time it depends only on who runs the
 * job and who is up, so mode=model finds it once and keeps it. view->primary must be up.
 * sim_profile_free. */
SimProfile *sim_profile_new(const SimCosts *costs, const SimPolicy *policy, const SimPolicyView *view,
                            const SimSizes *sizes, gboolean convert_at_sender);
void sim_profile_free(SimProfile *profile);

#endif
