/* Medians of integers. */
#ifndef PREACHES_SIMNET_MEDIAN_H
#define PREACHES_SIMNET_MEDIAN_H

#include <glib.h>

/* For sorting gint64. */
gint sim_compare_gint64(gconstpointer a, gconstpointer b);
/* Lower median of gint64, always one of the values; -1 when there is none. Sorts them. */
gint64 sim_median(GArray *values);

#endif
