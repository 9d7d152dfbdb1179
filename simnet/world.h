/* The world: a job's whole life on a simulated network of workstations. Virtual time is integer
 * nanoseconds. In mode=live the job is a real process under the real checkpoint core: images are
 * real files, their byte counts travel through the simulated network, kills are real kills. */
#ifndef PREACHES_SIMNET_WORLD_H
#define PREACHES_SIMNET_WORLD_H

#include "platform.h"
#include "trace.h"

#include <gio/gio.h>


typedef enum SimStrategy {
    SIM_STRATEGY_P, /* eager propagation: a native image for every class, committed while running */
    SIM_STRATEGY_L, /* raw image of the source's class, converted at recovery */
    SIM_STRATEGY_H, /* images for the source's own architecture only */
    SIM_STRATEGY_0, /* none: from the beginning */
    SIM_STRATEGY_N  /* an image in a neutral format, converted into and, at recovery, out of it */
} SimStrategy;

typedef struct SimFault { /* one planned failure; drawn by faultinject/ */
    gint64 at_ns;         /* virtual time of the node's death; < 0: not by time but by `point` */
    char *point;          /* "write:3": a fault point of core/runtime/control.h, in the process of the
                             checkpoint `epoch`; or "propagate": while that epoch's bytes travel */
    guint64 epoch;        /* for point != NULL: at which checkpoint, 1 = first */
    gint64 repair_ns;     /* the host is back that long after; < 0: never */
    gboolean holder;      /* victim: the host that holds the target's images; else the primary */
} SimFault;

typedef struct SimRunSpec {
    const SimPlatform *platform;
    const char *workload, *program; /* name for the CSV; path of the native executable */
    const char *const *args;        /* NULL-terminated */
    const char *source_arch, *target_arch;
    SimStrategy strategy;
    gint64 interval_ns, run_ns;     /* checkpoint interval; failure-free length on a speed-1 host */
    gint64 detector_ns;             /* failure detector timeout */
    guint replicas;                 /* holders a class needs before commit */
    gboolean convert_at_sender;     /* converter=sender, else receiver */
    guint64 total_polls;            /* of the undisturbed run (preaches run --count-polls) */
    const char *expected_output;    /* file: standard output of the undisturbed run */
    const char *scratch;            /* folder of this run alone, exists, may be filled */
    const SimFault *faults;
    guint n_faults;
    guint64 seed, replication;
    GCancellable *cancel;           /* NULL allowed */
    SimWork work;                   /* what the program mostly does */
    SimTrace *trace;                /* NULL allowed */
} SimRunSpec;

/* One row of runs.csv; < 0 means "does not apply" and is left empty. All *_ns are virtual and
 * deterministic, but real_*: wall-clock measurements of the real core on this machine. */
typedef struct SimRunResult {
    gint64 classes, state_bytes, image_bytes, sent_bytes;
    gint64 pause_ns, convert_ns, propagate_ns, commit_ns;          /* median over the epochs */
    gint64 detect_ns, select_ns, load_ns, rebuild_ns, first_work_ns; /* last recovery */
    gint64 lost_work_ns, total_ns, failures;
    gint64 output_match;            /* 1, 0 */
    gint64 epochs, epoch_recovered;
    gint64 real_pause_ns, real_convert_ns, real_load_ns;
} SimRunResult;

/* Runs one job to its end. FALSE and error on set-up or protocol failure (a wrong output is not an
 * error: output_match=0). Thread-safe for different scratch folders. */
gboolean sim_world_run(const SimRunSpec *spec, SimRunResult *result, GError **error);

/* Letter of a strategy ("P"), and back; FALSE when unknown. */
const char *sim_strategy_name(SimStrategy strategy);
gboolean sim_strategy_parse(const char *text, SimStrategy *strategy);

#endif
