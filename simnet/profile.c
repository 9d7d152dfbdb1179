#include "traffic.h"

SimProfile *sim_profile_new(const SimCosts *costs, const SimPolicy *policy, const SimPolicyView *view,
                            const SimSizes *sizes, gboolean convert_at_sender)
{
    SimTraffic *alone = sim_traffic_new(costs, view->platform);
    SimSending *epoch = sim_traffic_begin(alone, policy, view, sizes, convert_at_sender);
    sim_traffic_finish(alone);
    SimProfile *profile = sim_sending_steal(epoch);
    sim_traffic_free(alone);
    return profile;
}

void sim_profile_free(SimProfile *profile)
{
    if (!profile)
        return;
    g_free(profile->copy);
    g_free(profile);
}
