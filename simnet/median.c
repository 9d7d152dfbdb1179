#include "median.h"

gint sim_compare_gint64(gconstpointer a, gconstpointer b)
{
    gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;
    return x < y ? -1 : x > y;
}

gint64 sim_median(GArray *values)
{
    if (values->len == 0)
        return -1;
    g_array_sort(values, sim_compare_gint64);
    return g_array_index(values, gint64, (values->len - 1) / 2);
}
