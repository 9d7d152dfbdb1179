/* Reduction: statements are left out as long as the program still fails. First in halves, then in ever
 * smaller runs, over and over until none can go (Zeller and Hildebrandt, ddmin, 2002, without
 * complements). A program that fails in another way is not followed: the reason must begin alike. */
#include "fuzz.h"
#include <string.h>

enum { SAME = 12 };

typedef struct Shrink {
    FuzzTrial *trial;
    const char *dir;
    gboolean *dropped;
    guint n, trials;
    char *reason;
} Shrink;

static gboolean still_fails(Shrink *s)
{
    guint n;
    g_autofree char *text = fuzz_program(s->trial->seed, s->dropped, &n);

    s->trials++;
    return fuzz_trial(s->trial, text, s->dir) == FUZZ_WRONG && strncmp(s->trial->what, s->reason, SAME) == 0;
}

/* Leaves out [from, from + run); FALSE, and undone, when the program no longer fails. */
static gboolean leave_out(Shrink *s, guint from, guint run)
{
    g_autofree gboolean *before = g_memdup2(s->dropped, s->n * sizeof *s->dropped);
    gboolean any = FALSE;

    for (guint i = from; i < MIN(from + run, s->n); i++) {
        any |= !s->dropped[i];
        s->dropped[i] = TRUE;
    }
    if (!any || still_fails(s))
        return any;
    memcpy(s->dropped, before, s->n * sizeof *before);
    return FALSE;
}

char *fuzz_shrink(FuzzTrial *trial, const char *dir, guint *left)
{
    Shrink s = { .trial = trial, .dir = dir, .reason = g_strdup(trial->what) };
    g_free(fuzz_program(trial->seed, NULL, &s.n));
    s.dropped = g_new0(gboolean, s.n + 1);

    for (guint run = (s.n + 1) / 2; run > 0; run /= 2)
        for (gboolean again = TRUE; again;) {
            again = FALSE;
            for (guint from = 0; from < s.n && s.trials < trial->max_trials; from += run)
                again |= leave_out(&s, from, run);
            again = again && run == 1 && s.trials < trial->max_trials;
        }
    *left = 0;
    for (guint i = 0; i < s.n; i++)
        *left += !s.dropped[i];
    char *text = fuzz_program(trial->seed, s.dropped, &s.n);
    fuzz_trial(trial, text, dir); /* leaves the folder as the smallest program does */
    g_free(s.dropped);
    g_free(s.reason);
    return text;
}
