/* The rows of runs.csv: one run each. The columns and their order are fixed (results/README.md);
 * what was added later stands behind them. */
#ifndef PREACHES_RESULTS_RUNS_H
#define PREACHES_RESULTS_RUNS_H

#include "sweep.h"
#include "table.h"

#include "../simnet/modelrun.h"

extern const char *const lab_run_columns[]; /* NULL-terminated */

/* A row for lab_table_take(); in mode=live only `result->row` says anything. g_strfreev. */
char **lab_run_row(const LabConfig *config, const LabRun *run, const SimModelResult *result);

/* TRUE for columns that a second run of the same configuration must repeat digit for digit. */
gboolean lab_column_is_deterministic(const char *column);

#endif
