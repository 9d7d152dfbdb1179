/* What a program costs, for the parts of the bench that compare builds of it (bench_cc.c, bench_real.c). */
#ifndef PREACHES_RESULTS_BENCH_COST_H
#define PREACHES_RESULTS_BENCH_COST_H

#include "bench_rows.h"

/* One work of one build; everything is borrowed. */
typedef struct CostRun {
    const char *program;
    const char *const *args; /* NULL-terminated, without argv[0] */
    const char *dir;         /* where it runs */
    const char *input;       /* `dir` is made anew as a copy of this folder for each run; NULL: it stays */
    int status;              /* with which it ends (picosat: 10, 20) */
} CostRun;

/* Runs a command quietly in `dir`; FALSE unless it ends with status 0. */
gboolean lab_cost_command(const char *dir, const char *const *argv, GError **error);

/* Instructions of one run, by callgrind in an empty environment so that they repeat; 0 and error. */
guint64 lab_cost_instructions(const CostRun *run, GError **error);

/* Seconds of user time; -1 and error. */
double lab_cost_user_time(const CostRun *run, GError **error);

/* Asks for `n` checkpoints at random times; waits[]: milliseconds from the signal to the fork of each, sorted. A
 * program that ends is started again. Spools stand in `scratch`. */
gboolean lab_cost_latency(const CostRun *run, const char *scratch, guint n, guint32 seed, double *waits,
                          GCancellable *cancel, GError **error);

/* Sorts values in ascending order. */
void lab_cost_sort(double *values, guint n);

/* Rows PREFIX.median and PREFIX.worst of ratios, which are sorted, against the most that is wanted. */
void lab_cost_summary(LabTable *table, const char *prefix, double *ratios, guint n, double median, double worst);

#endif
