/* A fault campaign on real processes and real files: each case runs the program under checkpoint,
 * does it some harm, goes on from what the spool offers on some architecture, and compares the
 * output with an undisturbed run's. Cases are drawn from (seed, case number) alone. */
#ifndef PREACHES_FAULTINJECT_CAMPAIGN_H
#define PREACHES_FAULTINJECT_CAMPAIGN_H

#include <glib.h>

typedef struct FaultCampaign {
    const char *program;
    const char *const *args;   /* NULL-terminated */
    const char *const *arches; /* to go on as; NULL-terminated, at least one */
    const char *scratch;       /* folder of this campaign alone, exists */
    guint64 seed;
    guint cases; /* of each class */
} FaultCampaign;

typedef struct FaultTally { /* one class: one row of campaign.csv */
    const char *name;
    guint cases;
    guint detected;   /* harm that was noticed: the death was seen, the damage named */
    guint recovered;  /* ended with the output of an undisturbed run */
    guint violations; /* ended with another output, used damaged bytes, or could not go on although
                         an undamaged epoch was there */
} FaultTally;

/* Runs all classes; one FaultTally each. Violations are reported to `say` (may be NULL) with what is
 * needed to repeat them. FALSE: the campaign itself could not be run. */
gboolean fault_campaign_run(const FaultCampaign *campaign, void (*say)(const char *text),
                            GArray **tallies, GError **error);

/* Upper end of the one-sided 95% confidence interval (Clopper and Pearson) of a rate of which
 * `hits` of `cases` were seen. */
double fault_bound95(guint hits, guint cases);

#endif
