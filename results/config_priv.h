/* What the parts of the reader of experiment files share. Private to config*.c.
 *
 * config.c: keys and values; configfiles.c: the files that an experiment names; configrules.c: what
 * must hold between keys. */
#ifndef PREACHES_RESULTS_CONFIG_PRIV_H
#define PREACHES_RESULTS_CONFIG_PRIV_H

#include "../core/agent/proc.h"
#include "../simnet/ini.h"
#include "config.h"

/* The entry that gave a key its value, for messages; NULL: its fallback. */
const SimIniEntry *lab_entry_of(const SimIni *ini, LabKeyId id);
/* Appends the values of an entry, which is one of `id`, to `out`. */
gboolean lab_read_values(const SimIni *ini, const SimIniEntry *entry, LabKeyId id, GPtrArray *out,
                         GError **error);
/* [workload NAME] */
gboolean lab_is_program_section(const char *section);

/* Before any file is read. */
gboolean lab_check_rules(const LabConfig *config, const SimIni *ini, GError **error);
/* Platform, calibration, traces and programs, into `config`. */
gboolean lab_load_files(LabConfig *config, const SimIni *ini, const char *home, GError **error);
void lab_program_free(gpointer program);

#endif
