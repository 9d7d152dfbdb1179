/* Values with units, as configuration files write them. Strict: a number without its unit, an unknown
 * unit or an overflow is an error. */
#ifndef PREACHES_SIMNET_UNITS_H
#define PREACHES_SIMNET_UNITS_H

#include <glib.h>

gboolean sim_parse_time(const char *text, gint64 *ns);       /* ns us ms s min h d */
gboolean sim_parse_bytes(const char *text, guint64 *bytes);  /* B kB MB GB KiB MiB GiB */
gboolean sim_parse_rate(const char *text, double *bytes_per_second); /* B/s MB/s MiB/s bit/s Mbit/s Gbit/s … */

/* Nearest of `known` (NULL-terminated) to `word` by edit distance, or NULL when none is near. */
const char *sim_nearest(const char *word, const char *const *known);

#endif
