/* Profiles of polls: what a program built with --polls=record wrote about its candidates, and which of
 * them --polls=profile keeps.
 *
 * The file is text, fields are separated by tabs, lines end with LF:
 *   preaches-polls 1
 *   run   N  DURATIONS         slots of the process's CPU time: "1000x22,1400" in microseconds
 *   site  COUNT  FILE  FUNCTION  ORDINAL  HASH  SLOTS     once for each candidate, as often as it was met
 *   call  COUNT  FILE  FUNCTION                           calls of an instrumented function
 * SLOTS are those in which the candidate was met: "0-4,7", or "-" for none.
 * ORDINAL numbers a function's candidates in source order; HASH is that of its statements. Files may be
 * put together (cat a.polls b.polls): each run has to be served. */
#ifndef PREACHES_CC_POLLPROFILE_H
#define PREACHES_CC_POLLPROFILE_H

#include <glib.h>

typedef struct CcProfile CcProfile;

/* NULL and error when it cannot be read or is not of this form. */
CcProfile *cc_profile_load(const char *path, GError **error);
CcProfile *cc_profile_parse(const char *text, const char *name, GError **error);
void cc_profile_free(CcProfile *profile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CcProfile, cc_profile_free)
const char *cc_profile_name(const CcProfile *profile);

/* "FILE\tFUNCTION\tORDINAL\tHASH". g_free. */
char *cc_profile_key(const char *file, const char *function, guint ordinal, guint64 hash);

/* keep[i]: whether the candidate of keys[i] has a poll; before: whether it has one by estimate. FALSE: *unmatched is a key (of either side) that the
 * other side does not have. */
gboolean cc_profile_choose(const CcProfile *profile, char *const *keys, guint n, gboolean *keep,
                           const char **unmatched);

/* What the choice leads to on the recorded runs. */
typedef struct CcProfileCost {
    guint64 polls;      /* executed, all runs */
    guint kept;
    double long_gaps;   /* share of time in gaps over 5 ms */
    double longest_ms;  /* gap */
} CcProfileCost;
CcProfileCost cc_profile_cost(const CcProfile *profile, char *const *keys, guint n, const gboolean *keep);

#endif
