/* The protocol's campaign.
 *   protocol_main --cases=N [--first=SEED] [--out=FILE.csv] [--threads=N] [--quiet]   exit 1 on a violation
 *   protocol_main --seed=S [--trace]                          one case, with all that happens in it
 *   --bug=fence|commit|majority|term   planted; --most=N stops after so many violations */
#include "faultinject/protocampaign.h"
#include "results/progress.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    guint32 bug;
} bug_names[] = {{"fence", PP_BUG_NO_FENCE},
                 {"commit", PP_BUG_EARLY_COMMIT},
                 {"majority", PP_BUG_MAJORITY},
                 {"term", PP_BUG_OLD_TERM}};

static void say(const char *text) { fprintf(stderr, "campaign: violation: %s\n", text); }

static LabProgress *bar;

static void progress(guint done, guint n)
{
    (void)n;
    lab_progress_set(bar, done);
}

static void print_line(const char *line, gpointer data)
{
    (void)data;
    printf("%s\n", line);
}

static int one_case(guint64 seed, guint32 bugs, gboolean trace)
{
    guint scenario = (guint)(seed % fault_proto_n_scenarios());
    ProtoOutcome outcome;

    fault_proto_case(scenario, seed, bugs, trace ? print_line : NULL, NULL, &outcome);
    printf("seed %" G_GUINT64_FORMAT " (%s): %s; %u lives, %u epochs, %.3f s, %" G_GUINT64_FORMAT
           " events\n",
           seed, fault_proto_scenario(scenario), *outcome.violation ? outcome.violation : "no violation",
           outcome.primaries, outcome.committed, (double)outcome.end_ns / 1e9, outcome.events);
    return *outcome.violation ? 1 : 0;
}

static gboolean write_table(GArray *tallies, const char *path, guint *violations, GError **error)
{
    g_autoptr(GString) csv = g_string_new("class,cases,detected,recovered,violations,bound95\n");

    *violations = 0;
    for (guint i = 0; i < tallies->len; i++) {
        const FaultTally *t = &g_array_index(tallies, FaultTally, i);
        *violations += t->violations;
        if (t->cases)
            g_string_append_printf(csv, "protocol-%s,%u,%u,%u,%u,%.6f\n", t->name, t->cases,
                                   t->detected, t->recovered, t->violations,
                                   fault_bound95(t->violations, t->cases));
    }
    if (!path)
        return fputs(csv->str, stdout) >= 0;
    return g_file_set_contents(path, csv->str, -1, error);
}

int main(int argc, char **argv)
{
    gint64 cases = 0, first = 1, seed = -1, most = 0;
    int threads = 0;
    gboolean trace = FALSE, quiet = FALSE;
    g_autofree char *out = NULL, *bug = NULL;
    const GOptionEntry options[] = {
        {"cases", 0, 0, G_OPTION_ARG_INT64, &cases, "Seeds to run", "N"},
        {"first", 0, 0, G_OPTION_ARG_INT64, &first, "The first of them", "SEED"},
        {"out", 0, 0, G_OPTION_ARG_FILENAME, &out, "Table", "FILE"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &seed, "One case", "S"},
        {"trace", 0, 0, G_OPTION_ARG_NONE, &trace, "With all that happens", NULL},
        {"bug", 0, 0, G_OPTION_ARG_STRING, &bug, "Planted bug", "NAME"},
        {"threads", 0, 0, G_OPTION_ARG_INT, &threads, "Threads (default: as many as processors)", "N"},
        {"quiet", 0, 0, G_OPTION_ARG_NONE, &quiet, "Do not say how far it is", NULL},
        {"most", 0, 0, G_OPTION_ARG_INT64, &most, "Stop after so many violations", "N"},
        {NULL, 0, 0, 0, NULL, NULL, NULL}};
    g_autoptr(GOptionContext) context = g_option_context_new("");
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) tallies = NULL;
    FaultProtoRun run;
    guint32 bugs = 0;
    guint violations = 0;

    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        fprintf(stderr, "protocol_main: %s\n", error->message);
        return 2;
    }
    for (gsize i = 0; bug && i < G_N_ELEMENTS(bug_names); i++)
        if (strcmp(bug, bug_names[i].name) == 0)
            bugs = bug_names[i].bug;
    if ((bug && !bugs) || (seed < 0 && cases <= 0) || cases > G_MAXINT) {
        fprintf(stderr, "protocol_main: --cases=N or --seed=S; --bug=fence|commit|majority|term\n");
        return 2;
    }
    if (seed >= 0)
        return one_case((guint64)seed, bugs, trace);
    run = (FaultProtoRun){.first = (guint64)first,
                          .n = (guint)cases,
                          .bugs = bugs,
                          .most = (guint)most,
                          .threads = threads > 0 ? (guint)threads : g_get_num_processors(),
                          .say = say,
                          .progress = progress};
    bar = lab_progress_new("seeds", run.n, quiet);
    tallies = fault_proto_run(&run);
    lab_progress_free(bar);
    if (!write_table(tallies, out, &violations, &error)) {
        fprintf(stderr, "protocol_main: %s\n", error ? error->message : "cannot be written");
        return 2;
    }
    return violations ? 1 : 0;
}
