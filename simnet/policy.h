/* Strategies behind one interface: what is made at a checkpoint, who gets it, and what recovery on a
 * host then finds. Decides only; the world carries out. */
#ifndef PREACHES_SIMNET_POLICY_H
#define PREACHES_SIMNET_POLICY_H

#include "job.h"
#include "platform.h"
#include "world.h"

typedef struct SimPolicyView { /* what a decision may look at; borrowed */
    const SimPlatform *platform;
    const gboolean *up;      /* by host */
    SimJob *job;             /* only its class_of() */
    guint primary;           /* runs the job, or ran it until it failed */
    const char *target_arch; /* wanted for recovery; NULL: any */
    guint replicas;
    const guint *n_jobs;     /* that run on each host already; NULL: none */
    gboolean by_class;       /* as agents: `replicas` copies for each layout class, not each architecture */
} SimPolicyView;

typedef struct SimCopy { /* one image to one host */
    guint host;
    const char *arch; /* whose recovery it serves (the platform's string) */
    const char *made; /* architecture whose class's image travels and is stored */
} SimCopy;

typedef struct SimPolicy {
    const char *name;
    gboolean checkpoints;        /* takes any */
    gboolean native_at_recovery; /* what is stored can be mapped as it is; else converted first */
    /* Appends the copies (SimCopy) that one checkpoint is to have. */
    void (*plan)(const SimPolicyView *view, GArray *copies);
} SimPolicy;

const SimPolicy *sim_policy(SimStrategy strategy);

/* Architectures whose classes the primary has to make images of, "A,B"; "" for none. g_free. */
char *sim_policy_classes(const SimPolicy *policy, const SimPolicyView *view, gboolean at_sender);

/* Hosts for an architecture's image: those of the architecture first, then all others, in platform
 * order, without the primary and without hosts that are down; at most `n`. Returns how many. */
guint sim_policy_holders(const SimPolicyView *view, const char *arch, guint n, guint *hosts);

/* The best host to run on when no image is needed: of the wanted architecture, fastest (what each of
 * its jobs would get), first. -1: none. */
gint sim_policy_any_host(const SimPolicyView *view);

typedef struct SimImageChoice { /* an image that could be gone on from */
    guint host;
    guint64 epoch; /* 0: none */
} SimImageChoice;

/* The wanted architecture first, then the newest epoch, then speed, then platform order. */
gboolean sim_policy_prefers(const SimPolicyView *view, SimImageChoice a, SimImageChoice b);

#endif
