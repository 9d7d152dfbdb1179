/* Growing arrays that may become large and are used in no order: on a cache line's boundary, and from 2 MiB on
 * of huge pages where the system has them, since looking up small ones costs more than the access itself
 * (a million pending events: a fifth of the time). */
#ifndef PREACHES_SIMNET_BIGARRAY_H
#define PREACHES_SIMNET_BIGARRAY_H

#include <glib.h>

/* As g_realloc(), but the old size has to be said. What is new is not cleared. */
gpointer sim_big_grow(gpointer old, gsize old_bytes, gsize new_bytes);
void sim_big_free(gpointer array); /* NULL allowed */

#endif
