/* report.html: one file that needs no other. */
#ifndef PREACHES_RESULTS_REPORT_H
#define PREACHES_RESULTS_REPORT_H

#include "table.h"

/* Writes OUT/report.html from the tables, the manifest's facts (pairs) and the plots OUT/KIND.svg
 * that are there. */
gboolean lab_report_write(const char *out, const LabTable *runs, const LabTable *summary,
                          const char *const *facts, GError **error);

#endif
