/* Inside the world: one structure, four files.
 *   world.c          legs of the job (start, progress, checkpoints, end), set-up and the result row
 *   world_epoch.c    one checkpoint on its way to the holders, until it is committed or dropped
 *   world_profile.c  what changes with time
 *   world_recover.c  deaths of hosts, detection, choice of a target, loading */
#ifndef PREACHES_SIMNET_WORLD_PRIV_H
#define PREACHES_SIMNET_WORLD_PRIV_H

#include "costs.h"
#include "host.h"
#include "linkprofile.h"
#include "policy.h"

typedef struct World World;

typedef enum ItemState { ITEM_OPEN, ITEM_DONE, ITEM_DROPPED } ItemState;

typedef struct Item { /* one copy of one image on its way to one holder */
    World *w;
    struct Epoch *epoch;
    SimCopy copy;
    guint64 bytes;      /* that travel; after conversion: that are stored */
    gboolean converts;  /* the holder makes copy.arch's class from what it gets */
    SimFlow flow;
    ItemState state;
} Item;

typedef struct Epoch {
    World *w;
    guint64 number, poll; /* poll: from the job's beginning */
    gint64 work_ns, begin_ns;
    GPtrArray *items;     /* Item */
    GPtrArray *ready;     /* Ready: timers of classes on the way; owned */
    GPtrArray *committed; /* const char *: architectures it is committed for */
    guint n_open;
    gboolean is_over;     /* nothing more will come of it */
    SimJobCheckpoint made;
    guint64 image_bytes, sent_bytes;
    gint64 pause_ns, convert_ns, cpu_ns, delivered_ns, over_ns;
} Epoch;

typedef enum Phase { PHASE_RUNNING, PHASE_DETECTING, PHASE_SELECTING, PHASE_WAITING, PHASE_LOADING } Phase;

typedef struct Mark { /* a planned checkpoint of this leg */
    gint64 work_ns;
    guint64 poll; /* from the job's beginning */
} Mark;

typedef struct Leg {
    guint64 poll, first_epoch;
    GArray *marks; /* Mark; epoch first_epoch + i */
    guint next;    /* mark */
    /* Progress: at base_ns the job had done base_work_ns; from then on it shares the processor with
     * the checkpoint child until that has had cpu_ns, then it has it alone. */
    gint64 base_ns, base_work_ns, cpu_ns;
    double speed;
} Leg;

typedef enum Series {
    SERIES_PAUSE, SERIES_CONVERT, SERIES_PROPAGATE, SERIES_COMMIT, SERIES_STATE, SERIES_IMAGE,
    SERIES_SENT, SERIES_CLASSES, SERIES_REAL_PAUSE, SERIES_REAL_CONVERT, N_SERIES
} Series;

struct World {
    const SimRunSpec *spec;
    const SimPlatform *platform;
    SimJob *job;
    const SimPolicy *policy;
    SimEngine *engine;
    SimNetwork *net;
    SimLinkProfiles *links;
    guint n_hosts;
    SimHost **hosts;
    gboolean *up;
    guint primary;
    Phase phase;
    Leg leg;
    SimTimer next; /* of the leg, or of recovery: what happens next to the job */
    GPtrArray *epochs; /* Epoch, ascending by number */
    Epoch *in_flight;
    guint64 next_epoch;
    guint64 state_bytes; /* most that a checkpoint has found: what a host must have memory for */
    gboolean *fired;   /* by fault */
    GPtrArray *owned;  /* what planned deaths and repairs carry */
    guint n_repairs;   /* hosts that will come back */
    gboolean is_over;
    GError *error;
    /* recovery */
    gint64 failed_ns, detected_ns, failed_work_ns;
    guint target;
    Epoch *from;       /* NULL: from the beginning */
    gint64 load_ns, rebuild_ns;
    /* the row */
    SimRunResult r;
    GArray *series[N_SERIES]; /* gint64, one element a committed epoch */
};

/* world.c */
gint64 world_now(const World *w);
SimPolicyView world_view(const World *w);
gint64 world_work(const World *w); /* virtual work done until now */
gboolean world_start_leg(World *w, SimJobOutcome *outcome);
void world_fail(World *w, GError *error); /* takes it; ends the run */
guint world_fault_offset(const char *point); /* its place in the list of fault points */

/* What the primary's host is worth now; while the job runs. */
void world_set_speed(World *w);

/* world_profile.c */
double world_share(const World *w, guint host); /* of its speed that the host has now */
void world_begin_profiles(World *w);

/* world_epoch.c */
void epoch_free(gpointer epoch);
/* Takes what is in *made; the checkpoint was begun now. Sets the epoch in flight. */
void epoch_begin(World *w, guint64 number, const Mark *mark, SimJobCheckpoint *made);
void epoch_host_failed(World *w, guint host);
void epoch_abort(World *w); /* the primary died: what is under way is lost */
gboolean epoch_is_committed(const Epoch *epoch, const char *arch);
gint64 world_pause_ns(const World *w, guint64 state_bytes);

/* world_recover.c */
void world_schedule_faults(World *w);
void world_kill_host(World *w, guint host, gint64 repair_ns);
/* Kills the fault's victim that many ns from now. */
void world_kill_later(World *w, guint fault, gint64 delay_ns);
/* First fault at a point that has not fired and has this place: 'p'ropagate, 'c'heckpoint or
 * 'r'estore, for checkpoint `epoch` or an earlier one. -1: none. */
gint world_find_fault(const World *w, char place, guint64 epoch);

#endif
