/* `preaches-lab explain`: where the time of one transfer, or of one recovery, goes: term by term, in
 * words and numbers, by the formulas that the simulation itself uses. */
#ifndef PREACHES_RESULTS_EXPLAIN_H
#define PREACHES_RESULTS_EXPLAIN_H

#include "config.h"
#include "sweep.h"

/* One transfer of `bytes` from host to host of a platform, alone. NULL and error: no such host. */
char *lab_explain_transfer(const SimPlatform *platform, const char *from, const char *to,
                           guint64 bytes, GError **error);
/* One checkpoint and one recovery of a run of mode=model: the first of its plan. */
char *lab_explain_recovery(const LabConfig *config, const LabRun *run, GError **error);

#endif
