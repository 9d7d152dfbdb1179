/* How far a long job is, on standard error: a bar with the time to go on a terminal, plain lines
 * elsewhere, nothing when quiet. Used by one thread. */
#ifndef PREACHES_RESULTS_PROGRESS_H
#define PREACHES_RESULTS_PROGRESS_H

#include <glib.h>

typedef struct LabProgress LabProgress;

/* `total` steps of work; `what` is constant text ("runs"). */
LabProgress *lab_progress_new(const char *what, guint total, gboolean quiet);
void lab_progress_set(LabProgress *progress, guint done);
/* A line of its own, above the bar; shown even when quiet. */
void lab_progress_message(LabProgress *progress, const char *format, ...) G_GNUC_PRINTF(2, 3);
void lab_progress_free(LabProgress *progress); /* ends the bar's line */

#endif
