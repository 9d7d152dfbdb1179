/* The commands of preaches-lab, and what they share. A command is called with its options parsed and its
 * number of files checked; it says on standard error what went wrong and returns the exit status. */
#ifndef PREACHES_RESULTS_LAB_H
#define PREACHES_RESULTS_LAB_H

#include "../core/agent/proc.h" /* PREACHES_ERROR */
#include "runner.h"

/* What was asked for, filled by lab_main.c before a command runs; the strings stay its own. */
typedef struct LabOptions {
    char **overrides, **files; /* files: the command's arguments, without its name */
    char *out, *check, *real, *calibration, *model, *system, *shard, *trace;
    int jobs, shards;
    gboolean quiet, json, gated;
    char *home, *self;    /* the project's folder; this executable */
    GCancellable *cancel; /* cancelled when a signal asks for the end */
} LabOptions;

extern LabOptions lab_opt;

/* ---- commands: lab_run.c ---- */
int lab_cmd_run(void);
int lab_cmd_plan(void);
int lab_cmd_merge(void);
int lab_cmd_export(void);
/* ---- lab_look.c: what looks at results, traces and platforms ---- */
int lab_cmd_plot(void);
int lab_cmd_report(void);
int lab_cmd_compare(void);
int lab_cmd_explain(void);
int lab_cmd_flows(void);
int lab_cmd_fit(void);
/* ---- lab_measure.c: what measures the real core ---- */
int lab_cmd_calibrate(void);
int lab_cmd_validate(void);
int lab_cmd_bench(void);

/* ---- shared: lab_common.c ---- */

/* Say it; the exit status that goes with it. bare: without the program's name, as file:line: stands first. */
int lab_fail(const GError *error, gboolean bare);
int lab_usage_error(const char *text);
/* The experiment in files[0] and its plan, both the caller's; NULL: said, and *status set. */
LabConfig *lab_load(int *status, LabPlan **plan);
/* --out, or where an experiment's results go without it. g_free. */
char *lab_out_folder(const LabConfig *config);
/* Draws the plots of those kinds (NULL ends them) that the runs hold something for. */
gboolean lab_plot_all(const LabTable *runs, const char *const *kinds, const char *platform, const char *out,
                      GError **error);
/* To --out, else to standard output, where lines end as lines do. */
gboolean lab_print_table(const LabTable *table, GError **error);

#endif
