/* The job as the world sees it: something that runs on an architecture, is checkpointed, killed and
 * started again. livejob.h is the real one (processes, image files); tests have a model.
 *
 * The world decides in virtual time what happens and when; the job only does it and reports sizes. It
 * may run ahead of virtual time: what it did beyond the moment of a kill never happened, and kill()
 * removes it. Epochs are numbered by the world, one number a checkpoint, never used twice. */
#ifndef PREACHES_SIMNET_JOB_H
#define PREACHES_SIMNET_JOB_H

#include <glib.h>

typedef struct SimJob SimJob;

typedef struct SimJobLeg { /* one life of the job, from a start to its end or a kill */
    const char *arch;
    guint64 restore_epoch; /* 0: from the beginning */
    const char *classes;   /* architectures whose classes to make images for: "A,B" */
    const char *at_polls;  /* "10,20", counted from this start; "" for none */
    guint64 first_epoch;
    guint64 break_poll;    /* it need not run further than this before it is asked for; 0: no bound */
    const char *fault;     /* "write:3", or NULL */
    guint64 fault_epoch;   /* in the checkpoint of that number; 0: while it restores */
} SimJobLeg;

typedef struct SimJobImage {
    guint cls;
    guint64 bytes;
} SimJobImage;

typedef enum SimJobOutcome {
    SIM_JOB_IMAGES, /* there are images, of some or all classes asked for */
    SIM_JOB_FAILED, /* none; the job goes on */
    SIM_JOB_FAULT   /* it stands at its fault point; to be killed */
} SimJobOutcome;

typedef struct SimJobCheckpoint {
    SimJobOutcome outcome;
    guint64 state_bytes;
    GArray *images; /* SimJobImage, owned */
    gint64 real_pause_ns, real_convert_ns;
} SimJobCheckpoint;

typedef struct SimJobFacts { /* about a native image, for the cost of loading it */
    guint64 bytes, head_bytes, global_bytes; /* head: what is read before the first instruction */
    guint n_frames;
} SimJobFacts;

typedef struct SimJobOps {
    /* Layout class of an architecture, -1 when the program was not built for it. */
    gint (*class_of)(SimJob *job, const char *arch);
    gboolean (*start)(SimJob *job, const SimJobLeg *leg, SimJobOutcome *outcome,
                      gint64 *real_load_ns, GError **error);
    /* What became of checkpoint `epoch`; at a fault point it is SIM_JOB_FAULT if `fire`, else the
     * job is sent on. */
    gboolean (*checkpoint)(SimJob *job, guint64 epoch, gboolean fire, SimJobCheckpoint *out,
                           GError **error);
    /* The node's death. Epochs after last_epoch never happened. */
    void (*kill)(SimJob *job, guint64 last_epoch);
    /* Makes the class image of `to`'s class from that of `from`'s. Its time is added to *real_ns (-1: none
     * yet). */
    gboolean (*convert)(SimJob *job, guint64 epoch, const char *from, const char *to, guint64 *bytes,
                        gint64 *real_ns, GError **error);
    /* Verifies the class image of `arch`'s class, whole. */
    gboolean (*verify)(SimJob *job, guint64 epoch, const char *arch, GError **error);
    /* Makes the native image for `arch`, durable. */
    gboolean (*hold)(SimJob *job, guint64 epoch, const char *arch, SimJobFacts *facts,
                     GError **error);
    gboolean (*commit)(SimJob *job, guint64 epoch, GError **error); /* the whole epoch */
    void (*discard)(SimJob *job, guint64 epoch);                    /* its files */
    /* Runs it to its end; *match: the output is the undisturbed run's. */
    gboolean (*finish)(SimJob *job, gboolean *match, GError **error);
    void (*free)(SimJob *job);
} SimJobOps;

struct SimJob { /* first member of every implementation */
    const SimJobOps *ops;
};

#endif
