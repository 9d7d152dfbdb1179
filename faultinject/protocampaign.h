/* The protocol's campaign: seeded fault schedules over simnet/protoworld. A case is a function of
 * (scenario, seed) alone. */
#ifndef PREACHES_FAULTINJECT_PROTOCAMPAIGN_H
#define PREACHES_FAULTINJECT_PROTOCAMPAIGN_H

#include "campaign.h"
#include "simnet/protoworld.h"

guint fault_proto_n_scenarios(void);
const char *fault_proto_scenario(guint index); /* its name: protocol-NAME is its row */
/* Runs one case. `bugs`: PP_BUG_…, 0. */
void fault_proto_case(guint scenario, guint64 seed, guint32 bugs,
                      void (*trace)(const char *line, gpointer data), gpointer data,
                      ProtoOutcome *outcome);
typedef struct FaultProtoRun {
    guint64 first; /* seeds first … first + n - 1, each in the scenario (seed modulo their number) */
    guint n;
    guint32 bugs;
    guint most;    /* stops after so many violations; 0: never */
    guint threads;
    /* Each NULL or called by one thread at a time: a line a violation; after each case. */
    void (*say)(const char *text);
    void (*progress)(guint done, guint n);
} FaultProtoRun;
/* One FaultTally a scenario: cases; detected: the process had to be started again; recovered:
 * finished without a violation. The same table whatever the number of threads. g_array_unref. */
GArray *fault_proto_run(const FaultProtoRun *run);

#endif
