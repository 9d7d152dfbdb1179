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
    guint64 term;      /* in this life, the highest and newest that it wanted saved */
    PpVersion version;
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
    guint32 struck[PROTO_MAX_FAULTS]; /* by the fault of that index, bit by node's index */
    guint cut[PROTO_MAX_NODES][PROTO_MAX_NODES]; /* partitions between a and b, from a to b */
    GArray *committed;                           /* ProtoCommitted */
    GHashTable *ended;    /* terms whose process ended by itself */
    GHashTable *primary, *leader; /* term -> node */
    gboolean told;        /* finished */
    guint64 finish_term;
    guint32 told_by;      /* bit by index */
};

/* ---- protonode.c: what is on its way to a node's core ---- */

typedef enum ProtoInputKind { IN_MESSAGE, IN_DONE, IN_EVENT } ProtoInputKind;

typedef struct ProtoInput { /* on its way to a node's core */
    ProtoInputKind kind;
    ProtoNode *node;
    guint64 life; /* that it is for; messages are for whoever is there */
    guint32 from;
    GBytes *bytes;
    guint64 token;
    gboolean ok;
    PpActionKind disk; /* IN_DONE: what is done */
    PpImage image;
    guint32 peer;
    PpEvent event;
    guint64 process;
} ProtoInput;

ProtoInput *proto_input_new(ProtoNode *node, ProtoInputKind kind);
void proto_input_schedule(ProtoInput *input, gint64 delay_ns); /* takes it */
/* A time of at most limit_ns, never 0. */
gint64 proto_below(SimStream *stream, gint64 limit_ns);
void proto_disk_remove(ProtoNode *node, const PpImage *image);

/* ---- protoprogram.c ---- */

void proto_program_start(ProtoNode *node, const PpAction *action);
void proto_program_fence(ProtoNode *node, gint64 until_local_ns);
void proto_program_checkpoint(ProtoNode *node, guint64 epoch);
void proto_program_kill(ProtoNode *node); /* within kill_ns of the slowest clock */
void proto_program_gone(ProtoNode *node); /* its host is */
void proto_program_dies(ProtoNode *node); /* by a signal */

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
void proto_node_join(ProtoNode *node, guint32 peer);
/* Carries out what the core wants and sets its timer. After every call of pp_node_…(). */
void proto_node_act(ProtoNode *node);
gint64 proto_node_now(const ProtoNode *node); /* its own clock */

/* ---- protoworld.c: the judge ---- */

void proto_judge_start(ProtoWorld *world, ProtoNode *node, const PpAction *action);
/* It is about to save what it must not forget. */
void proto_judge_save(ProtoWorld *world, ProtoNode *node);
void proto_judge_notice(ProtoWorld *world, ProtoNode *node, const PpAction *action);

#endif
