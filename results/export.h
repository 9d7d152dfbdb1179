/* An experiment as work for somebody else's queue: `preaches-lab export slurm` and `export parallel`.
 * Each task is `preaches-lab run --shard=K/N` into a folder of its own, which goes on where it stopped
 * when it is started again; `preaches-lab merge` puts the folders together. */
#ifndef PREACHES_RESULTS_EXPORT_H
#define PREACHES_RESULTS_EXPORT_H

#include <glib.h>

typedef struct LabExport { /* borrowed */
    const char *lab;               /* this program */
    const char *name, *file, *out; /* of the experiment; its file; where results go */
    const char *const *overrides;  /* -D, or NULL */
    guint shards;                  /* tasks, at least 1 */
    guint jobs;                    /* runs at a time in each task */
} LabExport;

extern const char *const lab_export_names[]; /* "slurm", "parallel"; NULL-terminated */

/* "slurm": a script for sbatch, an array of tasks and, after them, the merge. "parallel": one command
 * a line, for `parallel <FILE` or sh; the merge's stands in a comment. NULL: unknown kind. g_free. */
char *lab_export(const char *kind, const LabExport *what);

#endif
