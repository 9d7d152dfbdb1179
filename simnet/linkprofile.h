/* What links do over time: bandwidth and availability, as the platform says, put into a network. A link
 * whose availability is 0 has failed until its next moment. */
#ifndef PREACHES_SIMNET_LINKPROFILE_H
#define PREACHES_SIMNET_LINKPROFILE_H

#include "platform.h"

typedef struct SimLinkProfiles SimLinkProfiles;

/* Begins at the engine's now. All are borrowed, and outlive it. NULL: no link changes. */
SimLinkProfiles *sim_link_profiles_new(const SimPlatform *platform, SimEngine *engine, SimNetwork *network);
/* To be freed before its engine runs on. NULL allowed. */
void sim_link_profiles_free(SimLinkProfiles *profiles);
gboolean sim_links_change(const SimPlatform *platform);

#endif
