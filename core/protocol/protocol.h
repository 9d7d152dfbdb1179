/* The protocol by which workstations look after a job: who runs it (a lease of the majority, with
 * terms), where its images lie, when an epoch counts, who goes on when somebody dies. README.md
 * tells it as a table of states.
 *
 * Pure state machines: no I/O, no clock, no randomness. The driver (core/agent over sockets,
 * simnet/protoworld in virtual time) hands in what happened, with its own monotonic clock `now_ns`
 * (nanoseconds, >= 0, never backwards in one life of a node), then carries out the actions in the
 * order in which pp_node_next() gives them. Not thread-safe.
 *
 * The lease is that of Gray and Cheriton (SOSP 1989); terms, votes and single-member changes are
 * Raft's (Ongaro and Ousterhout, 2014) with one register, the record, in the place of a log. */
#ifndef PREACHES_PROTOCOL_PROTOCOL_H
#define PREACHES_PROTOCOL_PROTOCOL_H

#include <glib.h>

enum { /* limits: everything from outside is checked against them */
    PP_MAX_MEMBERS = 16,
    PP_MAX_CLASSES = 8,
    PP_MAX_REPLICAS = 4,
    PP_MAX_KEEP = 4,
    PP_MAX_IMAGES = 96,      /* that one node reports in one message */
    PP_MAX_SPEC = 32768,     /* bytes of a job's description, opaque to the protocol */
    PP_MAX_MESSAGE = 65536,  /* bytes of an encoded message or saved state */
    PP_NO_CLASS = 0xffff,    /* of a member that cannot run the job */
    PP_FILES_CLASS = 0xfffe, /* of an image that is the job's files, not its program: held and committed with
                                the others, needed for a start, never started from by itself */
    PP_NOBODY = 0            /* no node has this number */
};

typedef struct PpId { /* of a job; drawn by who submits it */
    guint64 high, low;
} PpId;

typedef struct PpVersion { /* of a record; ordered by term, then seq */
    guint64 term, seq;
} PpVersion;

typedef struct PpImage { /* an image of one layout class; (epoch, term, class_id) names it */
    guint64 epoch, term; /* term of the primary that made it; epoch 0: none */
    guint16 class_id;    /* the job's number of the layout class, or PP_FILES_CLASS */
    guint64 bytes;
    guint8 hash[16];     /* of its bytes */
} PpImage;

typedef struct PpMember {
    guint32 node;
    guint64 incarnation; /* of its disk: a node that lost its disk is another member */
    guint16 class_id;    /* that it can run, or PP_NO_CLASS */
    char arch[12];       /* its architecture's name, for people */
} PpMember;

typedef struct PpHeld { /* a committed image and who holds it, durably */
    PpImage image;
    guint n_holders;
    guint32 holders[PP_MAX_REPLICAS];
} PpHeld;

typedef struct PpEpoch {
    guint64 epoch, term;
    guint n_classes;
    PpHeld classes[PP_MAX_CLASSES];
} PpEpoch;

/* All that the members of a job agree on. One value, replaced as a whole by the primary; what a
 * majority has stored is decided. */
typedef struct PpRecord {
    PpVersion version;
    guint n_members;
    PpMember members[PP_MAX_MEMBERS];
    guint n_epochs; /* committed, newest first */
    PpEpoch epochs[PP_MAX_KEEP];
    guint replicas;       /* holders a class, the primary not counted */
    guint keep;           /* committed epochs to keep, >= 1 */
    gint64 checkpoint_ns; /* interval; 0: only when asked */
    guint32 prefer;       /* the operator's own choice of target, or PP_NOBODY */
    gboolean finished;
    gint32 status; /* exit status, or 128 + signal */
    guint64 finish_term;
} PpRecord;

enum { /* planted bugs: for the tests that show that they are found, and for nothing else */
    PP_BUG_NO_FENCE = 1,
    PP_BUG_EARLY_COMMIT = 2, /* acknowledges an image before it is durable */
    PP_BUG_MAJORITY = 4,     /* half of the members is enough */
    PP_BUG_OLD_TERM = 8      /* an old term's messages are taken */
};

typedef struct PpConfig { /* the same on all nodes; times in ns */
    gint64 heartbeat_ns;
    gint64 detect_ns;  /* silence after which a node is suspected; > heartbeat_ns */
    double phi;        /* 0: that time-out; else phi-accrual with this threshold (detect_ns is then
                          its upper bound) */
    gint64 lease_ns;   /* > 2 * heartbeat_ns */
    gint64 kill_ns;    /* a kill is done within this time */
    guint32 drift_ppm; /* no clock is faster or slower than true time by more */
    gint64 election_ns, prepare_ns; /* patience with a vote, with an epoch's images */
    gint64 choose_ns;   /* how long a new leader listens for better targets */
    gint64 patience_ns; /* how long it waits for holders of the newest epoch before it takes an older */
    gint64 remove_ns;   /* silence after which a member is removed; 0: never */
    guint tries;        /* restarts of a program that dies by itself without a new epoch */
    guint32 bugs;       /* PP_BUG_…, 0 */
} PpConfig;
extern const PpConfig pp_config_default;
/* NULL, or what is wrong with it. */
const char *pp_config_check(const PpConfig *config);

/* ---- actions: what the driver is to do ---- */

typedef enum PpActionKind {
    PP_SEND,       /* bytes to node `peer`; may be lost, doubled, late */
    PP_SAVE,       /* replace the job's saved state by bytes, atomically and durably; then
                      pp_node_done(token) */
    PP_FETCH,      /* get `image` from node `peer` onto the disk, not yet durable; done(token) */
    PP_SYNC,       /* verify it, resolve it for this node's architecture, make it durable; done(token) */
    PP_DROP,       /* delete it */
    PP_START,      /* start the program: from `image` (epoch 0: from the beginning), converting it
                      first when `convert`, with `files` of the same epoch (epoch 0: has none); its epochs
                      begin at next_epoch; then an event */
    PP_FENCE,      /* the program's kill begins at until_ns at the latest, and takes kill_ns at most,
                      even if this node's own code is stopped then: a later PP_FENCE moves it */
    PP_CHECKPOINT, /* ask the program for one; then PP_EVENT_IMAGES or PP_EVENT_NO_IMAGES */
    PP_KILL,       /* SIGKILL it; then PP_EVENT_ENDED */
    PP_NOTIFY      /* for people and for tests */
} PpActionKind;

typedef enum PpNotice {
    PP_NOTICE_ELECTED,   /* this node leads `term`: chooses who goes on */
    PP_NOTICE_PRIMARY,   /* this node's process runs, of `term` */
    PP_NOTICE_COMMITTED, /* `epoch` is committed: decided by a majority */
    PP_NOTICE_ABANDONED, /* the epoch in the making is given up */
    PP_NOTICE_FINISHED,  /* the job is over: status, term of the primary that finished it */
    PP_NOTICE_WAITING,   /* no holder of the newest epoch answers */
    PP_NOTICE_OLDER,     /* waited in vain: goes on from an older one */
    PP_NOTICE_SUSPECT    /* the leader is silent: this node will stand for election */
} PpNotice;

typedef struct PpAction {
    PpActionKind kind;
    PpId job;
    guint64 token;
    guint32 peer;
    GBytes *bytes; /* owned: pp_action_clear() */
    PpImage image, files;
    gboolean convert;
    guint64 term, next_epoch;
    gint64 until_ns;
    PpNotice notice;
    gint32 status;
    PpEpoch epoch;
} PpAction;
void pp_action_clear(PpAction *action);

/* ---- events of the program ---- */

typedef enum PpEventKind {
    PP_EVENT_STARTED,   /* it does useful work */
    PP_EVENT_NO_START,  /* it could not be started from that image */
    PP_EVENT_IMAGES,    /* the images of an epoch are durable in the primary's own spool */
    PP_EVENT_NO_IMAGES, /* the checkpoint failed; the program goes on */
    PP_EVENT_ENDED      /* nothing of it is left: exit status, or by_signal */
} PpEventKind;

typedef struct PpEvent {
    PpEventKind kind;
    PpId job;
    guint64 term; /* of its PP_START: an event of an older life is ignored */
    guint n_images;
    PpImage images[PP_MAX_CLASSES]; /* their term is set by the protocol */
    gint32 status;
    gboolean by_signal;
} PpEvent;

typedef enum PpMove { /* the operator's wish, as its leader sees it */
    PP_MOVE_NONE,
    PP_MOVE_ASKED,  /* waits for the epoch at hand, or for the target to answer */
    PP_MOVE_SAVING, /* its checkpoint is being made */
    PP_MOVE_FAILED  /* that could not be made: the program stays */
} PpMove;

typedef enum PpRequestKind { PP_REQUEST_CHECKPOINT, PP_REQUEST_MOVE } PpRequestKind;

/* ---- a node ---- */

typedef struct PpNode PpNode;

/* The config is copied; it must pass pp_config_check(). self->class_id is not used: it differs from
 * job to job. */
PpNode *pp_node_new(const PpConfig *config, const PpMember *self, gint64 now_ns);
void pp_node_free(PpNode *node);
/* A line for each thing of note, for replays; NULL: none. */
void pp_node_on_trace(PpNode *node, void (*trace)(const char *text, gpointer data), gpointer data);

/* Submits a job: `record` names members (this node one of them), replicas, keep, checkpoint_ns;
 * the rest is ignored. FALSE: malformed, or the job is known. */
gboolean pp_node_create(PpNode *node, gint64 now_ns, PpId job, const PpRecord *record,
                        const guint8 *spec, gsize spec_bytes);
/* After a restart: a state that was saved, and the images found durable and whole on the disk.
 * FALSE: it is damaged, or another incarnation's. */
gboolean pp_node_restore(PpNode *node, gint64 now_ns, const guint8 *saved, gsize bytes,
                         const PpImage *images, guint n_images);
/* More of such images, found before anything else happens. */
void pp_node_images(PpNode *node, PpId job, const PpImage *images, guint n_images);
/* Asks a job's members, through `peer`, to be taken in as one that can run class_id. */
void pp_node_join(PpNode *node, gint64 now_ns, PpId job, guint32 peer, guint16 class_id);
/* `from` is who the connection belongs to; a message that says otherwise, or is malformed, or not for
 * this node, is dropped: FALSE. */
gboolean pp_node_message(PpNode *node, gint64 now_ns, guint32 from, const guint8 *bytes, gsize n);
void pp_node_tick(PpNode *node, gint64 now_ns);
void pp_node_done(PpNode *node, gint64 now_ns, guint64 token, gboolean ok);
void pp_node_event(PpNode *node, gint64 now_ns, const PpEvent *event);
/* Of the operator; target for PP_REQUEST_MOVE. FALSE: this node does not lead the job, or the target cannot
 * run it. Else it is done as soon as nothing else is on its way: a move is wished until the target leads,
 * until the checkpoint for it fails, until this node leads no more, or until another wish (PP_NOBODY:
 * none) takes its place; PpJobStatus tells how it stands. */
gboolean pp_node_request(PpNode *node, gint64 now_ns, PpId job, PpRequestKind kind, guint32 target);
void pp_node_load(PpNode *node, guint32 load); /* the less the better */
/* TRUE and the next action. */
gboolean pp_node_next(PpNode *node, PpAction *action);
/* When pp_node_tick() is wanted; G_MAXINT64: never. */
gint64 pp_node_wake_ns(const PpNode *node);

/* ---- what a node knows, for status ---- */

typedef struct PpJobStatus {
    PpId job;
    guint64 term;
    guint32 leader;   /* PP_NOBODY: unknown */
    const char *role; /* follower, candidate, leader */
    const char *phase;
    gint64 lease_ns; /* left of this node's own lease; <= 0: none */
    const PpRecord *record; /* borrowed until the next call of anything */
    gboolean committed;     /* this very record is known to be decided */
    const guint8 *spec;
    gsize spec_bytes;
    guint32 alive; /* bit i: members[i] was heard lately; leader only */
    PpMove move;   /* leader only */
    guint32 move_to;
} PpJobStatus;
guint pp_node_n_jobs(const PpNode *node);
void pp_node_status(const PpNode *node, gint64 now_ns, guint index, PpJobStatus *status);
gboolean pp_id_equal(PpId a, PpId b);
int pp_version_compare(PpVersion a, PpVersion b);

#endif
