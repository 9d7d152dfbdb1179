/* Experiment files: which keys there are, what they may say, and what this file says.
 *
 * Strict: an unknown key or section, a duplicate, a wrong unit, a value out of range or a file that
 * is not there is an error "FILE:LINE: text" (PREACHES_ERROR_USAGE), and nothing has been started.
 * The table of keys is in config.c; results/README.md lists it for users. */
#ifndef PREACHES_RESULTS_CONFIG_H
#define PREACHES_RESULTS_CONFIG_H

#include "../simnet/calibration.h"
#include "../simnet/failtrace.h"
#include <glib.h>

typedef enum LabKeyId { /* in the order in which sweeps nest: later keys vary faster */
    LAB_NAME, LAB_MODE, LAB_REPLICATIONS, LAB_SEED,
    LAB_PLATFORM,
    LAB_CALIBRATION, LAB_COSTS, LAB_CELLS, LAB_JOBS, LAB_SPREAD, LAB_HORIZON,
    LAB_NETWORK, LAB_LOSS,
    LAB_PROGRAM, LAB_ARGS, LAB_RUN, LAB_SOURCE, LAB_TARGET, LAB_WORK,
    LAB_INTERVAL, LAB_POLICY, LAB_RECOVERY_TARGET, LAB_STRATEGY,
    LAB_CONVERTER, LAB_REPLICAS, LAB_INCREMENTAL, LAB_COMPRESS,
    LAB_MTTF, LAB_DISTRIBUTION, LAB_SHAPE, LAB_TRACE, LAB_SYSTEM,
    LAB_REPAIR, LAB_REPAIR_DISTRIBUTION, LAB_REPAIR_SHAPE, LAB_HITS,
    LAB_GROUP_MTTF, LAB_GROUP_DISTRIBUTION, LAB_GROUP_SHAPE, LAB_GROUP_REPAIR, LAB_GROUP_HIT,
    LAB_MINIMUM, LAB_MAXIMUM, LAB_POINTS,
    LAB_SHARE, LAB_HOLDERS, LAB_KIND,
    LAB_DETECTOR,
    LAB_PLOTS,
    LAB_N_KEYS
} LabKeyId;

typedef struct LabProgram { /* one workload program of the experiment */
    char *name;             /* as it stands in runs.csv */
    char *path;             /* the native executable; NULL in mode=model */
    GPtrArray *args;        /* of char *: its argument lists, one a run */
    char *hash;             /* of the executables of all architectures; set by lab_plan_new() */
} LabProgram;

typedef struct LabConfig {
    char *path, *text;       /* the file, and its bytes as read */
    char **overrides;        /* as on the command line */
    GPtrArray *values[LAB_N_KEYS]; /* of char *, at least one each; except LAB_POINTS, LAB_PLOTS */
    gboolean swept[LAB_N_KEYS];    /* more than one value */
    GPtrArray *programs;     /* LabProgram, in the order of values[LAB_PROGRAM] */
    char *platform_path;
    SimPlatform *platform;
    char *platform_hash;
    gboolean model; /* mode=model; with neither, it is mode=live */
    gboolean real;  /* mode=real */
    SimCalibration *calibration; /* mode=model; else NULL */
    char *calibration_hash;
    GHashTable *traces; /* system ("" for a plain trace) -> SimFailTrace, for distribution=trace */
    char *trace_hash;
} LabConfig;

/* `overrides`: NULL-terminated list of "section.key=value", or NULL. `home` is where this build
 * stands: HOME/build/workloads and HOME/simnet/platforms are looked into after the file's own
 * folder. */
LabConfig *lab_config_load(const char *path, const char *const *overrides, const char *home,
                           GError **error);
void lab_config_free(LabConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LabConfig, lab_config_free)

/* "checkpoint.interval"; constant. */
const char *lab_key_name(LabKeyId key);
/* First value of a key; borrowed, NULL when the list is empty. */
const char *lab_config_get(const LabConfig *config, LabKeyId key);

/* Values that were checked when the file was read; these cannot fail. "never" is -1. */
gint64 lab_time_ns(const char *text);
guint64 lab_count(const char *text);
SimWork lab_work(const char *text);

/* A program with its arguments, as calibration files name it. g_free. */
char *lab_sizes_name(const LabProgram *program, const char *args);

/* XXH3-128 as 32 hexadecimal digits. g_free. */
char *lab_hash(const void *bytes, gsize n_bytes);

/* First of FOLDER/NAME (NULL: the current folder) and HOME/SHIPPED/NAME that is an ordinary file; NULL when neither
 * is. g_free. */
char *lab_find_file(const char *name, const char *folder, const char *home, const char *shipped);

#endif
