/* One architecture's share of the link, in a process of its own: analyse (model, signature, layout),
 * wait for the description that all share, then produce the executable. Files in its folder are how
 * it answers: "signature", "layout", "diag", "program". */
#ifndef PREACHES_CC_WORKER_H
#define PREACHES_CC_WORKER_H

#include "gather.h"
#include "describe.h"

typedef struct CcWorker {
    const CcBuild *build;
    const CcProgram *program;
    const PrArch *arch;
    char *folder;     /* owned */
    CcModel *model;   /* after cc_worker_analyse() in this process */
    CcLayout layout;
    char *signature;
    int pid, status, go; /* seen from the parent: its process and pipe ends; 0, -1 when in-process */
} CcWorker;

void cc_worker_init(CcWorker *worker, const CcBuild *build, const CcProgram *program, const PrArch *arch);
void cc_worker_clear(CcWorker *worker);

/* What there is to say goes to `to`. The caller holds no token. */
gboolean cc_worker_analyse(CcWorker *worker, CcMessages *to);
/* Reads scratch/desc and scratch/common, which cc_worker_share() wrote. */
gboolean cc_worker_produce(CcWorker *worker, CcMessages *to);
gboolean cc_worker_share(const CcBuild *build, const CcModel *model, const CcDescription *description);

/* Starts the process; it analyses at once. */
gboolean cc_worker_start(CcWorker *worker);
/* Waits for the step to end. FALSE when it failed or the process died. */
gboolean cc_worker_wait(CcWorker *worker);
void cc_worker_go(CcWorker *worker);
void cc_worker_stop(CcWorker *worker); /* kills and reaps; harmless when it has none */

#endif
