/* One undisturbed epoch: what a checkpoint costs its job, and when each copy is held, counted from its
 * begin. Found by sending the epoch's bytes through the network and disks of the platform alone; it
 * depends only on who runs the job and who is up, so mode=model finds it once and keeps it. */
#ifndef PREACHES_SIMNET_PROFILE_H
#define PREACHES_SIMNET_PROFILE_H

#include "costs.h"
#include "policy.h"
#include "sizes.h"

typedef struct SimProfileCopy {
    guint host;
    const char *arch, *made; /* of the platform, as in SimCopy */
    guint arch_place;        /* of arch, in pr_arches */
    guint64 bytes;           /* that travel */
    gint64 ready_ns, arrived_ns, written_ns, held_ns; /* each includes the ones before */
} SimProfileCopy;

typedef struct SimProfile {
    gint64 pause_ns, cpu_ns; /* what the job loses: stands still; shares its processor */
    gint64 convert_ns, propagate_ns, commit_ns; /* as in runs.csv */
    gint64 over_ns;                             /* the last copy is held */
    gint64 image_bytes, sent_bytes;
    gint64 n_classes;
    guint n_copies;
    SimProfileCopy *copy;
} SimProfile;

/* view->primary must be up. sim_profile_free. */
SimProfile *sim_profile_new(const SimCosts *costs, const SimPolicy *policy,
                            const SimPolicyView *view, const SimSizes *sizes,
                            gboolean convert_at_sender);
void sim_profile_free(SimProfile *profile);

#endif
