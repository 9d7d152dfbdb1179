/* The fault points: where a process under checkpoint can be stopped and killed. The list itself is
 * core/runtime/control.h's; here stands who dies there and what that touches. */
#ifndef PREACHES_FAULTINJECT_POINTS_H
#define PREACHES_FAULTINJECT_POINTS_H

#include <glib.h>

/* What the process is doing at the point. */
typedef enum FaultPhase {
    FAULT_PHASE_CHECKPOINT, /* making an epoch, which may come to be or not; older ones stand */
    FAULT_PHASE_PROPAGATE,  /* an epoch's bytes travel (simulated networks only) */
    FAULT_PHASE_RESTART     /* going on from an epoch, which must be there for the next try too */
} FaultPhase;

typedef struct FaultPoint {
    const char *name;   /* "write" */
    const char *victim; /* process that stands at it: "program", "child" or "network" */
    const char *where;
    FaultPhase phase;
} FaultPoint;

/* All points, in the order in which a job passes them. */
const FaultPoint *fault_points(guint *n);

/* "write:3" or "write" (the first passing). FALSE: no such point, or not a passing. *k may be NULL. */
gboolean fault_point_parse(const char *text, const FaultPoint **point, guint64 *k);

#endif
