/* manifest.json: where results come from, so that they can be made again. */
#ifndef PREACHES_RESULTS_MANIFEST_H
#define PREACHES_RESULTS_MANIFEST_H

#include "runner.h"

/* Facts in order, as pairs "key", "value", NULL at the end. g_strfreev. `home`: the project's
 * folder; `started`: when the job began. */
char **lab_manifest_facts(const char *home, const LabConfig *config, GDateTime *started,
                          GDateTime *ended);
/* `config`: the experiment file's text. */
gboolean lab_manifest_write(const char *path, const char *const *facts, const char *config,
                            const LabOutcome *outcome, GError **error);
/* The texts of a manifest that lab_manifest_write() made, as pairs again; NULL and error. g_strfreev. */
char **lab_manifest_read(const char *path, GError **error);
/* Value of a key among facts, or `missing`. Borrowed. */
const char *lab_manifest_get(const char *const *facts, const char *key, const char *missing);

#endif
