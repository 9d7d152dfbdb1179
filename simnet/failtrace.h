/* Failures of real machines: when each node went down and came back. Two layouts are read:
 *
 *   LANL       as Los Alamos released it (LA-UR-05-7318), a header that begins "System,machine type,"
 *   plain      a header "node,down_s,up_s", times in seconds from any origin
 *
 * What is wrong with a line is a problem with its number, and the line is left out; so are, of two
 * records of a node that overlap, the later one's overlapping part. */
#ifndef PREACHES_SIMNET_FAILTRACE_H
#define PREACHES_SIMNET_FAILTRACE_H

#include <glib.h>

typedef struct SimOutage {
    gint64 down_ns, up_ns; /* from the trace's beginning; down < up of one node, ascending */
} SimOutage;

typedef struct SimFailNode {
    char *name;
    gint64 begin_ns, end_ns; /* in service */
    GArray *outages;         /* SimOutage */
} SimFailNode;

typedef struct SimFailTrace {
    GPtrArray *nodes;    /* SimFailNode, those without outages too where their number is known */
    GPtrArray *problems; /* char *: "FILE:LINE: text" */
    guint records;       /* of the system, good or not */
    gint64 length_ns;
} SimFailTrace;

/* `system`: the LANL system to take, as in the file ("20"); NULL for a plain trace. A name that ends in
 * .xz is decompressed. Errors: no such file, neither layout (PREACHES_ERROR_DAMAGED), no such
 * system (PREACHES_ERROR_USAGE, naming those there are). */
SimFailTrace *sim_fail_trace_load(const char *path, const char *system, GError **error);
void sim_fail_trace_free(SimFailTrace *trace);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimFailTrace, sim_fail_trace_free)

#endif
