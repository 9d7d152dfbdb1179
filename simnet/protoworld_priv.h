/* What protoworld.c (the world and its judge) and protonode.c (a node's machinery) share. */
#ifndef PREACHES_SIMNET_PROTOWORLD_PRIV_H
#define PREACHES_SIMNET_PROTOWORLD_PRIV_H

#include "protoworld.h"
#include "random.h"
#include "simengine.h"

typedef struct ProtoDiskImage {
    PpImage image;
    gboolean durable;
} ProtoDiskImage;

typedef struct ProtoProcess {
    gboolean alive;     /* can write */
    guint64 life;       /* counts up: events of an earlier one are void */
    guint64 term;
    gint64 since_ns;    /* true time */
    gint64 progress_ns; /* work done before that */
    gint64 fence_local_ns;
    SimTimer fence;
} ProtoProcess;

typedef struct ProtoWorld ProtoWorld;

typedef struct ProtoNode {
    ProtoWorld *world;
    guint index;
    PpNode *core; /* NULL: down */
    PpMember self;
    guint64 life; /* counts up at each crash */
    gint64 ppm, offset_ns;
    gboolean paused, dead;
    gboolean lost; /* what its disk had at some time */
    guint32 join_peer; /* 0: was a member from the beginning */
    guint slow, bad; /* disk faults under way */
    GQueue inbox;    /* ProtoInput, while paused */
    SimTimer tick, join;
    gint64 tick_local_ns;
    GBytes *saved, *saving; /* durable; being written */
    GArray *disk;           /* ProtoDiskImage */
    ProtoProcess process;
    guint64 next_epoch; /* of its program */
} ProtoNode;

typedef struct ProtoCommitted { /* as it was told */
    PpEpoch epoch;
    guint32 lost; /* nodes that were lost since, bit by index */
} ProtoCommitted;

struct ProtoWorld {
    const ProtoWorldSpec *spec;
    ProtoOutcome *outcome;
    SimEngine *engine;
    SimStream net, disk, run;
    PpId job;
    ProtoNode node[PROTO_MAX_NODES];
    guint cut[PROTO_MAX_NODES][PROTO_MAX_NODES]; /* partitions between a and b, from a to b */
    GArray *committed;                           /* ProtoCommitted */
    GHashTable *ended;    /* terms whose process ended by itself */
    GHashTable *primary, *leader; /* term -> node */
    gboolean told;        /* finished */
    guint64 finish_term;
    guint32 told_by;      /* bit by index */
};

void proto_say(ProtoWorld *world, const ProtoNode *node, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
void proto_violation(ProtoWorld *world, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* ---- protonode.c ---- */

void proto_node_up(ProtoNode *node, gboolean first);
/* `host`: its process dies at once, else within kill_ns. */
void proto_node_crash(ProtoNode *node, gboolean host);
void proto_node_wipe(ProtoNode *node);
void proto_node_pause(ProtoNode *node, gboolean paused);
void proto_node_fini(ProtoNode *node);
void proto_node_program_dies(ProtoNode *node);
void proto_node_join(ProtoNode *node, guint32 peer);
/* Carries out what the core wants and sets its timer. After every call of pp_node_…(). */
void proto_node_act(ProtoNode *node);
gint64 proto_node_now(const ProtoNode *node); /* its own clock */

/* ---- protoworld.c: the judge ---- */

void proto_judge_start(ProtoWorld *world, ProtoNode *node, const PpAction *action);
void proto_judge_notice(ProtoWorld *world, ProtoNode *node, const PpAction *action);

#endif
