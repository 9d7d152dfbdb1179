/* Configuration files: a strict reader for a subset of GKeyFile's format that remembers lines.
 *
 *   [section name]      one pair of brackets, alone on its line; a section stands once in a file
 *   key=value           one a line; blanks around key and value are dropped; value is taken as it is
 *   # comment           on a line of its own; so are empty lines
 *
 * Not in the subset, and refused: keys before the first section, duplicates, locale keys (k[de]),
 * bytes that are not UTF-8, files over SIM_INI_MAX_BYTES. There are no comments behind values.
 * Errors are PREACHES_ERROR_USAGE and read "FILE:LINE: text". */
#ifndef PREACHES_SIMNET_INI_H
#define PREACHES_SIMNET_INI_H

#include <glib.h>

#define SIM_INI_MAX_BYTES (1024 * 1024)

typedef struct SimIni SimIni;

typedef struct SimIniEntry { /* all borrowed from the SimIni, until it is freed or the entry is set */
    const char *section, *key, *value;
    guint line; /* 1 = first; 0: set by sim_ini_set() */
} SimIniEntry;

SimIni *sim_ini_load(const char *path, GError **error);
/* The same from memory; `name` stands for the file in errors. */
SimIni *sim_ini_parse(const char *name, const char *text, gsize bytes, GError **error);
void sim_ini_free(SimIni *ini); /* NULL allowed */
const char *sim_ini_path(const SimIni *ini);

/* Entries in file order, then those that only sim_ini_set() made. */
guint sim_ini_n_entries(const SimIni *ini);
const SimIniEntry *sim_ini_entry(const SimIni *ini, guint i);
const SimIniEntry *sim_ini_find(const SimIni *ini, const char *section, const char *key); /* or NULL */

/* Sections in file order, empty ones too; *line may be NULL. */
guint sim_ini_n_sections(const SimIni *ini);
const char *sim_ini_section(const SimIni *ini, guint i, guint *line);

/* An override as the command line gives it: "section.key=value" replaces or adds. Where the file has
 * sections with dots in their names, the longest one that fits is meant. */
gboolean sim_ini_set(SimIni *ini, const char *assignment, GError **error);

/* Sets "FILE:LINE: text" (line 0: "FILE: text"); always FALSE, so that callers can return it. */
gboolean sim_ini_fail(GError **error, const SimIni *ini, guint line, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
/* The same for an entry; one made by sim_ini_set() is named as "-D section.key=value: text". */
gboolean sim_ini_fail_entry(GError **error, const SimIni *ini, const SimIniEntry *entry,
                            const char *format, ...) G_GNUC_PRINTF(4, 5);
/* Fails with "unknown key 'x' in [section], did you mean 'y'?" unless entry->key is in `known`. */
gboolean sim_ini_known_key(const SimIni *ini, const SimIniEntry *entry, const char *const *known,
                           GError **error);

#endif
