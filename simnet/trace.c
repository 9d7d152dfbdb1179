#include "trace.h"
#include "../core/agent/proc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

const char *const sim_trace_names[] = {"none", "state", "activity", "event", NULL};

struct SimTrace {
    SimTraceLevel level;
    char *path;
    FILE *file; /* NULL: the hash alone */
    guint64 hash, n_records;
};

static gboolean file_fail(const SimTrace *trace, GError **error)
{
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: %s", trace->path, g_strerror(errno));
    return FALSE;
}

SimTrace *sim_trace_new(SimTraceLevel level, const char *path, GError **error)
{
    SimTrace *trace = g_new0(SimTrace, 1);
    trace->level = level;
    trace->path = g_strdup(path);
    trace->hash = G_GUINT64_CONSTANT(0xcbf29ce484222325);
    trace->file = path ? fopen(path, "we") : NULL;
    if (!path || trace->file)
        return trace;
    file_fail(trace, error);
    g_free(trace->path);
    g_free(trace);
    return NULL;
}

gboolean sim_trace_end(SimTrace *trace, GError **error)
{
    gboolean ok = TRUE;
    if (!trace)
        return TRUE;
    if (trace->file) {
        fprintf(trace->file, "hash %016" PRIx64 " %" PRIu64 "\n", trace->hash, trace->n_records);
        ok = !ferror(trace->file);
        ok = fclose(trace->file) == 0 && ok;
        if (!ok)
            file_fail(trace, error);
    }
    g_free(trace->path);
    g_free(trace);
    return ok;
}

SimTraceLevel sim_trace_level(const SimTrace *trace) { return trace ? trace->level : SIM_TRACE_NONE; }

guint64 sim_trace_hash(const SimTrace *trace, guint64 *n_records)
{
    *n_records = trace->n_records;
    return trace->hash;
}

/* FNV-1a, over a number's bytes lowest first, whatever the machine's order. */
static guint64 mix(guint64 hash, guint64 value)
{
    for (guint i = 0; i < 64; i += 8)
        hash = (hash ^ (value >> i & 255)) * G_GUINT64_CONSTANT(0x100000001b3);
    return hash;
}

void sim_trace_record(SimTrace *trace, SimTraceLevel level, gint64 time_ns, const char *what,
                      guint64 subject, gint64 value)
{
    if (level > sim_trace_level(trace))
        return;
    guint64 hash = mix(trace->hash, (guint64)time_ns);
    for (const char *p = what; *p; p++)
        hash = (hash ^ (guchar)*p) * G_GUINT64_CONSTANT(0x100000001b3);
    trace->hash = mix(mix(hash, subject), (guint64)value);
    trace->n_records++;
    if (trace->file)
        fprintf(trace->file, "%" PRId64 " %s %" PRIu64 " %" PRId64 "\n", time_ns, what, subject, value);
}
