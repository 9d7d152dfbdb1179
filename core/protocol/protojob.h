/* One job on one node: the state that the parts of the protocol share. Private to core/protocol. */
#ifndef PREACHES_PROTOCOL_PROTOJOB_H
#define PREACHES_PROTOCOL_PROTOJOB_H

#include "wire.h"
#include <stdlib.h>
#include <string.h>

#define PP_LONG_AGO (-G_MAXINT64 / 4) /* before any clock's beginning; may be added to */

/* ---- detect.c: is it still alive? ---- */

typedef struct PpDetector { /* of one peer */
    gint64 last_ns;
    guint64 n;            /* arrivals */
    double mean, variance; /* of the gaps between them, ns */
} PpDetector;

void pp_detector_init(PpDetector *detector, gint64 now_ns);
void pp_detector_heard(PpDetector *detector, gint64 now_ns);
/* When it will be suspected if nothing more is heard. */
gint64 pp_detector_deadline(const PpDetector *detector, const PpConfig *config, double sigmas);
/* How many standard deviations a gap may be above the mean: the third argument of the above, made once. */
double pp_detector_sigmas(double phi);

/* ---- the state ---- */

typedef enum PpRole { PP_FOLLOWER, PP_CANDIDATE, PP_LEADER } PpRole;

typedef enum PpPhase {  /* of a leader */
    PP_PHASE_ADOPT,     /* waits until a majority has stored the record under its term */
    PP_PHASE_CHOOSE,    /* looks for the newest epoch and the best target */
    PP_PHASE_FETCH,     /* is the target, gets the image */
    PP_PHASE_START,     /* waits for its program's first useful work */
    PP_PHASE_RUN,
    PP_PHASE_STOP,      /* program is being killed, for a move */
    PP_PHASE_FINISH,    /* program has ended; waits until a majority knows */
    PP_PHASE_OVER       /* tells the rest */
} PpPhase;

typedef enum PpRun { PP_RUN_NONE, PP_RUN_ALIVE, PP_RUN_KILLED } PpRun; /* the process, here */

typedef enum PpImageState { PP_IMAGE_FETCHING, PP_IMAGE_SYNCING, PP_IMAGE_HELD } PpImageState;

typedef struct PpLocal { /* an image on this node's disk */
    PpImage image;
    PpImageState state;
    guint64 token;    /* of the fetch or sync under way */
    guint32 asked_by; /* who is told, in the term asked_term; PP_NOBODY: this node itself */
    guint64 asked_term;
    guint32 source;
} PpLocal;

typedef struct PpPeer { /* another member, as a leader or candidate sees it */
    guint32 node;
    gint64 acked_ns;  /* when the newest message that it answered was sent: its promise counts
                         from then */
    PpDetector detector;
    gboolean granted; /* its vote, in this candidacy */
    PpVersion stored;
    guint32 load;
    gboolean reported; /* images[] is what it holds */
    guint n_images;
    PpImage images[PP_MAX_IMAGES];
} PpPeer;

typedef struct PpMaking { /* an epoch on its way */
    gboolean active, is_repair;
    PpEpoch epoch;         /* holders[]: who was asked */
    guint8 acked[PP_MAX_CLASSES]; /* bit h: holders[h] has it */
    guint32 failed[PP_MAX_CLASSES][PP_MAX_REPLICAS]; /* the last ones that could not get it */
    guint n_failed[PP_MAX_CLASSES];
    gboolean proposed; /* it is in the record that is to be decided */
    guint32 source[PP_MAX_CLASSES];
    guint need;            /* holders wanted a class */
    gint64 until_ns;       /* then what is complete is committed */
} PpMaking;

typedef struct PpWaiting { /* a message that may go once `change` is saved */
    guint64 change;
    guint32 to;
    GBytes *bytes;
} PpWaiting;

typedef struct PpJob {
    PpNode *node;
    PpId id;
    GBytes *spec;

    /* saved before it is used */
    guint64 term;
    guint32 voted_for;
    PpRecord record;

    /* saving: change counts up; one save at a time */
    guint64 change, saved, saving;
    guint64 save_token; /* 0: none under way */
    gint64 save_again_ns;
    PpVersion stored;   /* record of the last state saved */
    PpVersion saving_version;
    GQueue waiting;     /* PpWaiting */

    PpVersion committed; /* newest that is known to be decided */
    gboolean told_finished;

    /* as a voter: lease.c */
    gint64 promise_until_ns; /* no vote for anybody but promise_to before */
    guint32 promise_to;
    guint64 promise_term;

    PpRole role;
    guint32 leader; /* of `term`, as far as known */
    PpDetector leader_heard;
    gint64 election_ns; /* earliest next candidacy; as candidate: when to give up */
    gboolean pre;       /* candidate: only asks so far */
    gboolean creating;  /* submitted here, and no leader yet */
    guint64 released_term; /* this candidacy was asked for by the leader of that term */
    guint32 released_by;
    gint64 join_ns;     /* when to ask to be taken in again; G_MAXINT64: not */
    guint16 join_class;
    guint32 join_peer;
    guint join_turn;

    /* as candidate and leader */
    GArray *peers; /* PpPeer; no entry for itself */
    gint64 round_ns, last_round_ns, elected_ns;
    gboolean proposed; /* the record's version is not yet on a majority */
    PpPhase phase;
    gint64 phase_ns;   /* since when */
    gboolean by_transfer;
    PpImage from, files; /* images to start from; epoch 0: none */
    guint32 source;    /* whom the first that is not here is fetched from */
    gboolean convert;
    gboolean no_start; /* it could not be started here */
    guint deaths;
    gboolean checkpointing;
    gboolean checkpoint_wanted; /* by the operator: made as soon as nothing else is on its way */
    PpMove move;
    guint32 move_to;   /* PP_NOBODY, or the operator's choice of the moment */
    guint64 last_epoch; /* highest number that this primary has used */
    gint64 checkpoint_ns; /* when the next is due */
    PpMaking making;
    gint32 exit_status;
    gboolean waiting_told;

    /* the process, whatever the role */
    PpRun run;
    guint64 run_term;
    gint64 fence_ns; /* last PP_FENCE */

    GArray *images; /* PpLocal */
} PpJob;

struct PpNode {
    PpConfig config;
    double phi_sigmas; /* pp_detector_sigmas(config.phi) */
    PpMember self;
    gint64 now_ns;
    guint64 tokens;
    guint32 load;
    GPtrArray *jobs;
    GQueue actions; /* PpAction* */
    void (*trace)(const char *text, gpointer data);
    gpointer trace_data;
};

static inline gint64 pp_now(const PpJob *job) { return job->node->now_ns; }
static inline guint32 pp_self(const PpJob *job) { return job->node->self.node; }
static inline gboolean pp_bug(const PpJob *job, guint32 bug)
{
    return (job->node->config.bugs & bug) != 0;
}

static inline gint64 pp_silence_deadline(const PpJob *job, const PpDetector *detector)
{
    return pp_detector_deadline(detector, &job->node->config, job->node->phi_sigmas);
}

/* ---- node.c ---- */

void pp_trace(const PpJob *job, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Queues an action of that kind for the job; the caller fills in the rest at once. */
PpAction *pp_act(PpJob *job, PpActionKind kind);
PpAction *pp_notify(PpJob *job, PpNotice notice);
/* Fills in what all messages have. */
void pp_message_init(const PpJob *job, PpMessage *message, PpMessageType type, guint32 to);
void pp_send(PpJob *job, const PpMessage *message);
/* ... once everything that has changed so far is durable. */
void pp_send_saved(PpJob *job, const PpMessage *message);
/* term, voted_for or record were changed: they will be saved. */
void pp_changed(PpJob *job);

/* ---- membership.c ---- */

const PpMember *pp_member(const PpRecord *record, guint32 node);
gboolean pp_is_member(const PpJob *job);
guint pp_majority(const PpJob *job);
PpPeer *pp_peer(PpJob *job, guint32 node); /* NULL: no other member */
gboolean pp_peer_alive(const PpJob *job, const PpPeer *peer);
/* Brings job->peers in line with the record's members. */
void pp_peers_update(PpJob *job);
void pp_join_taken(PpJob *job, const PpMessage *message);
/* As leader: a change of members that is due is put into *record: TRUE. */
gboolean pp_membership_change(PpJob *job, PpRecord *record);
void pp_join_ask(PpJob *job);

/* ---- lease.c ---- */

/* Promises not to vote for another before a lease from now has passed. */
void pp_promise(PpJob *job, guint32 to, guint64 term);
gboolean pp_promise_binds(const PpJob *job, guint32 candidate, guint64 released_term);
/* Until when this node, as leader, may have a process; PP_LONG_AGO: no majority. */
gint64 pp_lease_until(const PpJob *job);
void pp_fence(PpJob *job); /* moves the process's fence to the lease's end */
void pp_kill(PpJob *job);

/* ---- election.c ---- */

void pp_follow(PpJob *job, guint64 term, guint32 leader);
void pp_stand(PpJob *job, gboolean pre);
void pp_vote_requested(PpJob *job, const PpMessage *message);
void pp_vote_taken(PpJob *job, const PpMessage *message);
void pp_transfer_taken(PpJob *job, const PpMessage *message);
void pp_check_won(PpJob *job);
void pp_election_tick(PpJob *job);
gint64 pp_election_wake(const PpJob *job);

/* ---- lead.c: the leader's rounds, the record, what is decided ---- */

void pp_lead(PpJob *job); /* has been elected */
void pp_append_taken(PpJob *job, const PpMessage *message);
void pp_ack_taken(PpJob *job, const PpMessage *message);
void pp_round(PpJob *job);
/* Makes *record the next version, to be stored by a majority. */
void pp_propose(PpJob *job, const PpRecord *record);
void pp_check_decided(PpJob *job);
/* Proposes what is due, if nothing is on its way. */
void pp_propose_next(PpJob *job);
/* Takes over what another node knows to be newer. */
void pp_learn(PpJob *job, const PpMessage *message);
gboolean pp_record_decided(const PpJob *job); /* the record held here is known to be decided */
void pp_lead_tick(PpJob *job);
gint64 pp_lead_wake(const PpJob *job);

/* ---- takeover.c: target, image, program ---- */

void pp_phase(PpJob *job, PpPhase phase);
const char *pp_phase_name(PpPhase phase);
void pp_takeover_step(PpJob *job);
void pp_event_taken(PpJob *job, const PpEvent *event);
void pp_decided(PpJob *job); /* as leader: the proposal is on a majority */

/* ---- move.c: the operator's choice ---- */

/* FALSE: not a member that can run it. PP_NOBODY: the wish is taken back. */
gboolean pp_move_wish(PpJob *job, guint32 target);
void pp_move_step(PpJob *job);
void pp_move_forget(PpJob *job);
void pp_move_failed(PpJob *job); /* its checkpoint could not be made */
void pp_move_again(PpJob *job);  /* what was saved for it is lost: from the beginning */

/* ---- epoch.c, placement.c: making an epoch ---- */

void pp_checkpoint(PpJob *job);
void pp_epoch_begin(PpJob *job, const PpEvent *event);
void pp_epoch_tick(PpJob *job, gboolean resend);
void pp_prepared_taken(PpJob *job, const PpMessage *message);
/* What is to be committed is put into *record: TRUE. */
gboolean pp_epoch_change(PpJob *job, PpRecord *record);
void pp_epoch_decided(PpJob *job);
/* Holders for class `index` of the epoch in the making, up to making.need. */
void pp_place(PpJob *job, guint index);
guint pp_need(const PpJob *job);
/* Newest committed epoch with a class of which a live holder is missing: begins to replace it. */
void pp_repair_begin(PpJob *job);

/* ---- images.c: what lies on this node's disk ---- */

PpLocal *pp_local(PpJob *job, const PpImage *image);
void pp_prepare_taken(PpJob *job, const PpMessage *message);
/* Gets it here, if it is not on its way already. */
void pp_image_want(PpJob *job, const PpImage *image, guint32 source, guint32 asked_by);
gboolean pp_image_done(PpJob *job, guint64 token, gboolean ok); /* FALSE: not its token */
void pp_image_held(PpJob *job, const PpImage *image);
void pp_collect_garbage(PpJob *job);
void pp_report(const PpJob *job, PpMessage *message); /* what is held here */
gboolean pp_image_same(const PpImage *a, const PpImage *b);

#endif
