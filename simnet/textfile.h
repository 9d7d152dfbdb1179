/* Whole text files, compressed or not. */
#ifndef PREACHES_SIMNET_TEXTFILE_H
#define PREACHES_SIMNET_TEXTFILE_H

#include <glib.h>

#define SIM_TEXT_MAX_BYTES (256 * 1024 * 1024)

/* The file's bytes with a NUL behind them; one whose name ends in .xz is decompressed. Errors:
 * PREACHES_ERROR_USAGE (cannot be read), PREACHES_ERROR_DAMAGED (not what it says, or too large).
 * g_free. */
char *sim_text_load(const char *path, gsize *bytes, GError **error);

#endif
