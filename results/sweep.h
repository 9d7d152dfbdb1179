/* From an experiment to its runs: the product of all lists, without the combinations that mean
 * nothing, times the replications. The order of the runs is the order of runs.csv. */
#ifndef PREACHES_RESULTS_SWEEP_H
#define PREACHES_RESULTS_SWEEP_H

#include "config.h"
#include <gio/gio.h>

#include "../simnet/world.h"

#define LAB_ID_CHARS 16

typedef struct LabRun {
    guint index;
    char id[LAB_ID_CHARS + 1]; /* hash of the resolved configuration, the replication and the builds */
    const LabProgram *program;
    const char *value[LAB_N_KEYS]; /* borrowed; "" where the key does not apply to the strategy */
    SimStrategy strategy;
    guint64 replication;           /* 1 = first */
    char *arm;                     /* swept keys that have no column of their own, "k=v; k=v" */
    char *resolved;                /* the text that was hashed */
} LabRun;

typedef struct LabPlan {
    const LabConfig *config; /* borrowed */
    GPtrArray *runs;         /* LabRun */
} LabPlan;

/* Hashes the programs. `build` stands for the program that will do the runs: results of another
 * build are other results. */
LabPlan *lab_plan_new(LabConfig *config, const char *build, GError **error);
void lab_plan_free(LabPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LabPlan, lab_plan_free)

/* "tree 2000 x86_64>s390x P 10s": for messages. g_free. */
char *lab_run_title(const LabRun *run);

/* Hash of a program's executables of all architectures. g_free. */
char *lab_program_hash(const char *path, GError **error);

#endif
