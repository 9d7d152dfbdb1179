/* The fault campaign's table.
 *   campaign_main CASES SEED OUT.csv PROGRAM ARGS...    CASES of each class; exit 1 on a violation */
#include "faultinject/campaign.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const arches[] = {"x86_64", "i686", "aarch64", "s390x",
                                     "mips",   "m68k", "hppa",    NULL};

static void say(const char *text) { fprintf(stderr, "campaign: violation: %s\n", text); }

static gboolean write_table(GArray *tallies, const char *path, guint *violations, GError **error)
{
    g_autoptr(GString) csv = g_string_new("class,cases,detected,recovered,violations,bound95\n");

    *violations = 0;
    for (guint i = 0; i < tallies->len; i++) {
        const FaultTally *t = &g_array_index(tallies, FaultTally, i);
        g_string_append_printf(csv, "%s,%u,%u,%u,%u,%.4f\n", t->name, t->cases, t->detected,
                               t->recovered, t->violations, fault_bound95(t->violations, t->cases));
        *violations += t->violations;
    }
    return g_file_set_contents(path, csv->str, -1, error);
}

int main(int argc, char **argv)
{
    g_autofree char *scratch = g_dir_make_tmp("preaches-campaign-XXXXXX", NULL);
    g_autofree char *wanted = g_build_filename(scratch, "wanted", NULL);
    g_autoptr(GArray) tallies = NULL;
    g_autoptr(GError) error = NULL;
    guint violations = 0;
    FaultCampaign campaign = {.arches = arches, .scratch = scratch};
    gboolean ok;

    if (argc < 5) {
        fprintf(stderr, "usage: campaign_main CASES SEED OUT.csv PROGRAM ARGS...\n");
        return 2;
    }
    campaign.cases = (guint)g_ascii_strtoull(argv[1], NULL, 10);
    campaign.seed = g_ascii_strtoull(argv[2], NULL, 10);
    campaign.program = argv[4];
    campaign.args = (const char *const *)argv + 5;
    ok = fault_campaign_run(&campaign, say, &tallies, &error) &&
         write_table(tallies, argv[3], &violations, &error);
    g_unlink(wanted);
    g_rmdir(scratch);
    if (!ok)
        fprintf(stderr, "campaign: %s\n", error->message);
    return ok && violations == 0 ? 0 : 1;
}
