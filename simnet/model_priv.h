/* Inside the model: modelrun.c sets up, runs the cells and sums up; model_cell.c is hosts that fail and
 * come back; model_job.c is the life of a job, model_epoch.c that of its checkpoints. */
#ifndef PREACHES_SIMNET_MODEL_PRIV_H
#define PREACHES_SIMNET_MODEL_PRIV_H

#include "modelrun.h"
#include "policy.h"
#include "traffic.h"
#include "simengine.h"

typedef struct ModelCell ModelCell;

typedef struct ModelProfile { /* of (primary, who is up), kept for all cells */
    SimProfile *profile;
    guint64 n_epochs, n_alone; /* committed ones; that were alone, and had its times too */
} ModelProfile;

typedef struct ModelHost {
    ModelCell *cell;
    guint index, n_jobs;
    SimStream up_stream, repair_stream;
    SimTimer next; /* its failure or its repair */
    guint outage;  /* of the trace */
} ModelHost;

typedef struct ModelGroup { /* of the platform: hosts that fail together */
    ModelCell *cell;
    guint index;
    SimStream stream;
} ModelGroup;

typedef struct ModelHeld { /* the newest image on a host that is committed for its own architecture */
    guint64 epoch; /* 0: none */
    gint64 work_ns;
    const char *made;
    guint64 bytes;
} ModelHeld;

typedef enum ModelPhase {
    MODEL_UNBORN,
    MODEL_RUNNING,
    MODEL_SELECTING,
    MODEL_WAITING,
    MODEL_LOADING,
    MODEL_ENDED
} ModelPhase;

typedef enum ModelCopy { MODEL_COPY_OPEN, MODEL_COPY_HELD, MODEL_COPY_LOST } ModelCopy;

typedef struct ModelFlight { /* an epoch that may not be over */
    ModelProfile *of;    /* NULL: none */
    SimSending *sending; /* NULL: it is alone, and its times are its profile's */
    guint64 epoch;
    guint n_open;
    gint64 begin_ns, work_ns;
    gboolean committed; /* for some architecture */
} ModelFlight;

typedef struct ModelJob {
    ModelCell *cell;
    ModelPhase phase;
    guint primary, target;
    SimTimer next;
    /* Progress, as in world_priv.h's Leg. */
    gint64 base_ns, base_work_ns, cpu_ns, mark_work_ns;
    double speed;
    guint64 n_epochs;
    ModelFlight flight;
    GArray *copies; /* ModelCopy, of the flight */
    ModelHeld held[SIM_MODEL_MAX_HOSTS];
    ModelProfile *profile; /* of the primary and the hosts that are up; NULL: to be found */
    SimIntervalSeen seen;
    gint64 failed_ns, failed_work_ns, from_work_ns, detect_ns, select_ns, load_ns, rebuild_ns;
    gint64 begin_ns, ended_ns;
    SimStream failures; /* hit_jobs */
} ModelJob;

typedef enum ModelSeries {
    MODEL_DETECT, MODEL_SELECT, MODEL_LOAD, MODEL_REBUILD, MODEL_FIRST_WORK, MODEL_LOST_WORK,
    MODEL_N_SERIES
} ModelSeries;

typedef enum ModelPhaseOf { MODEL_PROPAGATE, MODEL_COMMIT, MODEL_N_PHASES } ModelPhaseOf;

typedef struct Model {
    const SimModelSpec *spec;
    SimJob *sizes_job;
    const SimPolicy *policy;
    guint n_hosts;
    GHashTable *profiles; /* key of 16 bytes -> ModelProfile; only looked up */
    GPtrArray *in_order;  /* ModelProfile, by first use */
    GArray *series[MODEL_N_SERIES]; /* gint64, one a recovery */
    GArray *phase[MODEL_N_PHASES];  /* gint64, one an epoch that was not alone */
    gboolean links_change;
    SimModelResult r;
    double total_ns, total_m2; /* jobs' times: their mean so far, sum of squares about it (Welford) */
    gint64 n_counted;
    double work_s, wasted_s;
    guint8 arch[SIM_MODEL_MAX_HOSTS]; /* of each host: place in pr_arches */
} Model;

struct ModelCell {
    Model *m;
    guint64 index;
    SimEngine *engine;
    gboolean up[SIM_MODEL_MAX_HOSTS];
    guint64 up_mask[SIM_MODEL_MAX_HOSTS / 64];
    guint n_jobs_on[SIM_MODEL_MAX_HOSTS];
    guint n_running; /* jobs that have not ended */
    guint n_repairs; /* hosts that will come back */
    ModelHost *host;
    ModelGroup *group;
    double share[SIM_MODEL_MAX_HOSTS]; /* of its speed that a host has */
    ModelJob *job;
    SimTraffic *traffic; /* NULL: not needed yet */
    ModelJob *alone;     /* whose epoch is under way as its profile says, until then; NULL: nobody's */
    gint64 alone_until_ns;
    gint64 loads_until_ns;                    /* the last recovery that reads now has read */
    gint64 read_until_ns[SIM_MODEL_MAX_HOSTS]; /* ... on that host */
};

/* modelrun.c */
ModelProfile *model_profile(ModelCell *cell, guint primary);
SimPolicyView model_view(const ModelCell *cell, guint primary);

/* model_cell.c */
void model_cell_init(ModelCell *cell, Model *m, guint64 index);
/* Once its jobs are there: what changes with time begins. */
void model_cell_begin_availability(ModelCell *cell);
void model_cell_fini(ModelCell *cell);
/* Schedules the job's next failure, of a run with hit_jobs. */
void model_cell_await_hit(ModelJob *job);

void model_set_up(ModelCell *cell, guint host, gboolean up);

/* model_epoch.c */
/* A checkpoint of the work done until now, by its profile job->profile. */
void model_epoch_begin(ModelJob *job, gint64 work_ns);
/* Brings what has arrived by now into held; before a failure: what had arrived before it. */
void model_epoch_settle(ModelJob *job, gboolean before);
void model_epoch_abort(ModelJob *job); /* its primary has failed: what is under way is lost */
/* Before the host is marked as down, or as up. */
void model_epochs_host_fails(ModelCell *cell, guint host);
void model_epochs_host_back(ModelCell *cell, guint host);
/* When a recovery that begins now will have read for that long from the host's disk. */
gint64 model_epochs_read(ModelCell *cell, guint host, gint64 read_ns);
void model_epochs_fini(ModelCell *cell);

/* model_job.c */
/* It begins after that long. */
void model_job_init(ModelJob *job, ModelCell *cell, guint host, gint64 delay_ns);
gint64 model_job_work(const ModelJob *job);
void model_job_host_failed(ModelJob *job, guint host);
void model_job_host_back(ModelJob *job);
/* The host's speed is another now. */
void model_job_share_anew(ModelCell *cell, guint host);
void model_job_count(ModelJob *job); /* at the cell's end */

#endif
