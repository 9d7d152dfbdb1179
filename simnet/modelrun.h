/* mode=model: whole job lives without the job. The platform is a cell; there are as many cells as asked
 * for, alike and independent of each other, so 7,143 laboratories of 14 are 100,002 workstations. In each
 * cell some jobs compute, checkpoint, propagate, commit, and are taken over when a host fails, by the
 * decisions of policy.h and interval.h and the costs of costs.h; hosts fail and come back by laws, by a
 * trace, or several at a time.
 *
 * A host takes no more jobs than its memory has room for; what its availability leaves is shared among them,
 * and at 0 it has failed.
 *
 * Epochs of a cell's jobs that are under way at the same time share its links, disks and holders' processors
 * (traffic.h), and so do the reads of a recovery; an epoch alone costs what its profile says. */
#ifndef PREACHES_SIMNET_MODELRUN_H
#define PREACHES_SIMNET_MODELRUN_H

#include "costs.h"
#include "failtrace.h"
#include "interval.h"
#include "law.h"
#include "sizes.h"
#include "world.h"

/* Of a cell. Policies look at all pairs of its hosts, and each set of hosts that are up has profiles of its
 * own: what is larger is many cells. */
enum { SIM_MODEL_MAX_HOSTS = 256 };

typedef struct SimModelSpec { /* borrowed while it runs */
    const SimPlatform *platform;
    const SimSizes *sizes;
    const SimCosts *costs;
    guint cells, jobs;      /* jobs: of a cell; the k-th starts on the k-th host of source_arch, around */
    const char *source_arch, *target_arch; /* NULL: any */
    SimStrategy strategy;
    guint replicas;
    gboolean convert_at_sender;
    SimInterval interval;
    gint64 spread_ns;       /* the jobs of a cell begin evenly over that time */
    gint64 run_ns;          /* of work, on a speed-1 host */
    gint64 horizon_ns;      /* the cell stops then; 0: when its jobs have ended */
    gint64 detector_ns;
    SimLaw failure, repair; /* of each host; with hit_jobs: of each job, whose host of that moment it
                               hits, as mode=live's plans do; no other host fails then */
    gboolean hit_jobs;
    SimLaw group_failure, group_repair; /* of each group of the platform: its hosts fail at once */
    guint group_hit;        /* that many of them, drawn anew each time; 0: all */
    SimWork work;           /* what the jobs mostly do */
    const SimFailTrace *trace; /* instead of both laws; node k is host k of all cells, around */
    guint64 seed, replication;
    GCancellable *cancel;   /* NULL allowed */
    SimTrace *record;       /* NULL allowed; subjects are jobs and hosts counted over all cells */
} SimModelSpec;

typedef struct SimModelResult {
    SimRunResult row;        /* times: lower medians over all epochs and recoveries; total_ns: mean over
                                the jobs; failures: of hosts; output_match: -1 */
    gint64 hosts, jobs, ended, recoveries, restarts; /* restarts: recoveries from the beginning */
    gint64 violations;       /* recoveries that took longer than interval.target_ns until the lost work
                                was done again; -1: no target */
    gint64 work_s;           /* done by all jobs */
    gint64 wasted_s;         /* of all jobs: their time, less what their work would take undisturbed */
    gint64 worst_ns;         /* longest first_work_ns */
    gint64 events;           /* of the simulation */
    double total_sd_ns;      /* standard deviation of the jobs' times */
} SimModelResult;

/* FALSE and error: usage, cancelled, or a cell in which no host is left to run a job. */
gboolean sim_model_run(const SimModelSpec *spec, SimModelResult *result, GError **error);

#endif
