#include "points.h"

#include "core/runtime/control.h"
#include <string.h>

#define X(point_name, process, text)                                                               \
    {.name = point_name, .victim = process, .where = text, .phase = FAULT_PHASE_CHECKPOINT},
static FaultPoint points[] = {
    PR_FAULT_LIST(X){.name = "propagate",
                     .victim = "network",
                     .where = "while the images of an epoch travel to their holders",
                     .phase = FAULT_PHASE_PROPAGATE}};
#undef X

static const char *const restart_points[] = {"restore", "resume", NULL};

const FaultPoint *fault_points(guint *n)
{
    static gsize once;

    if (g_once_init_enter(&once)) {
        for (gsize i = 0; i < G_N_ELEMENTS(points); i++)
            if (g_strv_contains(restart_points, points[i].name))
                points[i].phase = FAULT_PHASE_RESTART;
        g_once_init_leave(&once, 1);
    }
    *n = G_N_ELEMENTS(points);
    return points;
}

gboolean fault_point_parse(const char *text, const FaultPoint **point, guint64 *k)
{
    const char *colon = strchr(text, ':');
    gsize bytes = colon ? (gsize)(colon - text) : strlen(text);
    guint n;
    const FaultPoint *all = fault_points(&n);
    guint64 passing = 1;

    if (colon && !g_ascii_string_to_unsigned(colon + 1, 10, 1, G_MAXUINT32, &passing, NULL))
        return FALSE;
    for (guint i = 0; i < n; i++) {
        if (strlen(all[i].name) != bytes || memcmp(all[i].name, text, bytes) != 0)
            continue;
        *point = &all[i];
        if (k)
            *k = passing;
        return TRUE;
    }
    return FALSE;
}
