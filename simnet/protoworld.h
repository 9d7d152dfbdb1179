/* The protocol (core/protocol) in virtual time: nodes with clocks that drift, disks that forget what
 * was not synced, a network that loses, doubles, reorders and delays, processes that count their
 * work; and faults at given times. What must never happen is checked as it happens:
 *
 *   - a process is started while another one of the job can still write
 *   - two primaries or two leaders in one term
 *   - a node goes back to an older term or record
 *   - an epoch is told to be committed that is not durable on the holders required
 *   - the job goes on from an older epoch than the newest committed one although, of one of its
 *     classes, fewer holders are lost than had it
 *   - it goes on from an image that nobody made, or with other contents
 *   - the job finishes twice, or by a primary whose process did not end, or goes on after its end
 *   - it does not finish within limit_ns, although the faults stopped at calm_ns
 *
 * A run depends on its spec alone. */
#ifndef PREACHES_SIMNET_PROTOWORLD_H
#define PREACHES_SIMNET_PROTOWORLD_H

#include "core/protocol/protocol.h"

enum { PROTO_MAX_NODES = 9, PROTO_MAX_FAULTS = 64 };

typedef enum ProtoFaultKind {
    PROTO_CRASH,     /* host: the process at once; unsynced writes lost or torn; back at until_ns */
    PROTO_AGENT,     /* only the agent: its process lives for up to kill_ns more */
    PROTO_PAUSE,     /* the agent does nothing (SIGSTOP), its process and the fence go on */
    PROTO_PARTITION, /* `nodes` against the rest, both ways */
    PROTO_ONE_WAY,   /* from `nodes` to the rest nothing arrives */
    PROTO_SLOW_DISK, /* operations take 50 times as long */
    PROTO_BAD_DISK,  /* writes fail */
    PROTO_WIPE,      /* crash, and the disk is new at until_ns */
    PROTO_DIE,       /* crash, for ever */
    PROTO_PROGRAM,   /* the program dies by a signal */
    PROTO_N_FAULTS
} ProtoFaultKind;

typedef struct ProtoFault {
    ProtoFaultKind kind;
    gint64 at_ns, until_ns;
    guint32 nodes; /* bit i: node i + 1; 0: whoever is the primary then, or leads */
} ProtoFault;

typedef struct ProtoWorldSpec {
    guint64 seed;
    PpConfig config;
    guint n_nodes, n_classes, replicas, keep;
    gboolean files;     /* the job's files are propagated with its images */
    guint late;         /* this many of the nodes join late, the last with a class not served before */
    gint32 clock_ppm;   /* each clock drifts by up to so much, either way */
    double loss, dup, tail; /* of messages; tail: share that is delayed by up to 500 ms */
    double hold;        /* share of what is sent into a partition that arrives after up to 4 s */
    gint64 delay_ns, disk_ns; /* means */
    gint64 fetch_ns;    /* for an image */
    gint64 work_ns, checkpoint_ns;
    gint64 move_ns;     /* the operator moves the job then; 0: not */
    const ProtoFault *faults;
    guint n_faults;
    gint64 calm_ns, limit_ns;
    void (*trace)(const char *line, gpointer data); /* NULL: none */
    gpointer trace_data;
} ProtoWorldSpec;

typedef struct ProtoOutcome {
    char violation[256]; /* "": none */
    gboolean finished;
    guint primaries, committed; /* lives of the process; epochs */
    guint64 events;
    gint64 end_ns;
} ProtoOutcome;

void proto_world_run(const ProtoWorldSpec *spec, ProtoOutcome *outcome);
const char *proto_fault_name(ProtoFaultKind kind);

#endif
