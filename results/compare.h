/* Are two runs.csv the same where they must be? */
#ifndef PREACHES_RESULTS_COMPARE_H
#define PREACHES_RESULTS_COMPARE_H

#include "table.h"

/* Appends a line for each difference to `report` (the first MAX_SHOWN of them); returns how many
 * there are. Columns that are measured with a clock, and run ids, are not compared. */
guint lab_compare(const LabTable *a, const LabTable *b, GString *report);

#endif
