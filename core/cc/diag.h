/* Diagnostics as a compiler makes them:
 *
 *   file:line:col: error: message [-Wpreaches-x]
 *      12 |   text of the line
 *         |   ^
 *   file:line:col: note: why
 *
 * or, with --diagnostics=json, one object a line. Processes gather messages in a list, in files from
 * worker to parent; the reporter shows each once. DIAGNOSTICS.md lists every option. */
#ifndef PREACHES_CC_DIAG_H
#define PREACHES_CC_DIAG_H

#include "model.h"
#include <stdio.h>

typedef enum CcSeverity { CC_NOTE, CC_WARNING, CC_ERROR, CC_RAW /* what another program said */ } CcSeverity;
typedef enum CcColor { CC_COLOR_AUTO, CC_COLOR_ALWAYS, CC_COLOR_NEVER } CcColor;

typedef struct CcPolicy { /* what the command line says of diagnostics; names are "preaches-x" */
    GHashTable *silenced; /* -Wno-preaches-x: warnings only */
    GHashTable *fatal;    /* -Werror=preaches-x */
    GHashTable *pardoned; /* -Wno-error=preaches-x: what would be fatal without */
    gboolean all_silenced, all_fatal, json;
    CcColor color;
} CcPolicy;

void cc_policy_init(CcPolicy *policy);
void cc_policy_fini(CcPolicy *policy);
/* Is `arg` an option about diagnostics of ours? Then it is taken. */
gboolean cc_policy_take(CcPolicy *policy, const char *arg);
/* The warning is an error unless the command line has said that it is not. */
void cc_policy_forbid(CcPolicy *policy, const char *name);

/* A list of messages, and the sink that the source half writes to. */
typedef struct CcMessages {
    CcDiag diag; /* first; n_errors counts what the policy makes of it */
    const CcPolicy *policy;
    GPtrArray *list;
    gboolean silent; /* the last one was silenced, and so are its notes */
} CcMessages;

CcMessages *cc_messages_new(const CcPolicy *policy); /* policy is borrowed */
void cc_messages_free(CcMessages *messages);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CcMessages, cc_messages_free)
/* file may be NULL: of the command as a whole; option too. */
void cc_messages_add(CcMessages *messages, CcSeverity severity, const char *file, const char *option,
                     const char *format, ...) G_GNUC_PRINTF(5, 6);
void cc_messages_raw(CcMessages *messages, const char *text); /* NULL and "" say nothing */
gboolean cc_messages_save(const CcMessages *messages, const char *path);
/* Appends; FALSE when the file is not there or not whole. */
gboolean cc_messages_load(CcMessages *messages, const char *path);

typedef struct CcReporter CcReporter;

CcReporter *cc_reporter_new(const CcPolicy *policy, FILE *to); /* both borrowed */
void cc_reporter_free(CcReporter *reporter);
/* Shows what has not been shown before and empties the list. Returns how many were shown. */
guint cc_reporter_show(CcReporter *reporter, CcMessages *messages);
/* One message, shown at once. */
void cc_tell(CcReporter *reporter, CcSeverity severity, const char *file, const char *option,
             const char *format, ...) G_GNUC_PRINTF(5, 6);
void cc_tell_raw(CcReporter *reporter, const char *text);
/* Are colours wanted? */
gboolean cc_reporter_colors(const CcReporter *reporter);

#endif
