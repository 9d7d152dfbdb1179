/* Epochs of several jobs on their way through one platform at the same time: they share its links and the
 * holders' processors, and queue for the holders' disks. In virtual time of its own, which follows the
 * caller's: nothing happens but by sim_traffic_run(). What links do over time is taken into account. */
#ifndef PREACHES_SIMNET_TRAFFIC_H
#define PREACHES_SIMNET_TRAFFIC_H

#include "profile.h"

typedef struct SimTraffic SimTraffic;
typedef struct SimSending SimSending; /* one epoch */

/* `costs`, `platform` are borrowed. All hosts are up. Its time begins at 0. */
SimTraffic *sim_traffic_new(const SimCosts *costs, const SimPlatform *platform);
void sim_traffic_free(SimTraffic *traffic); /* with all sendings; NULL allowed */

/* Until that time, with what happens at it, or, for what comes before all else then, without. */
void sim_traffic_run(SimTraffic *traffic, gint64 until_ns, gboolean with);
void sim_traffic_finish(SimTraffic *traffic); /* until it is idle */
gboolean sim_traffic_is_idle(const SimTraffic *traffic); /* no epoch is on its way */

/* An epoch begins now; `view` and `policy` are used at once, `sizes` is borrowed. The caller's until
 * sim_sending_release(). */
SimSending *sim_traffic_begin(SimTraffic *traffic, const SimPolicy *policy, const SimPolicyView *view,
                              const SimSizes *sizes, gboolean convert_at_sender);
/* An epoch as `like`, whose sender's it is, begins now. */
SimSending *sim_traffic_repeat(SimTraffic *traffic, const SimProfile *like, guint primary,
                               const SimSizes *sizes);
/* Fills as time passes; phases when nothing is open. */
const SimProfile *sim_sending_profile(const SimSending *sending);
/* Its sender has failed: what is not held yet never will be. */
void sim_sending_abort(SimSending *sending);
void sim_sending_release(SimSending *sending);
/* Takes its profile; the traffic is of no more use then but to be freed. sim_profile_free. */
SimProfile *sim_sending_steal(SimSending *sending);

void sim_traffic_host_failed(SimTraffic *traffic, guint host); /* copies on their way to it are lost */
void sim_traffic_host_back(SimTraffic *traffic, guint host);
/* For reads that are not the traffic's own: host.h. */
gint64 sim_traffic_disk_free_ns(const SimTraffic *traffic, guint host);
void sim_traffic_hold_disk(SimTraffic *traffic, guint host, gint64 until_ns);

#endif
