/* fuzz [OPTIONS]: N random programs from SEED on; a line for each that differs or is refused, and a
 * summary. What differs is reduced and kept. Seeds that a log names already are not tried again, so an
 * interrupted campaign goes on where it was. Status 1 when anything differed. */
#include "fuzz.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gint64 n_programs = 100, first_seed = 1, n_chains = 2, n_jobs = 2, n_together = 6, n_shrinks = 3, n_trials = 300;
static char *tools = "build/bin", *out = "results/out/fuzz", *plant = "";
static gboolean print_only, keep_going = TRUE;

static const GOptionEntry entries[] = {
    { "programs", 'n', 0, G_OPTION_ARG_INT64, &n_programs, "how many", "N" },
    { "seed", 's', 0, G_OPTION_ARG_INT64, &first_seed, "the first program's", "SEED" },
    { "chains", 'c', 0, G_OPTION_ARG_INT64, &n_chains, "through architectures, for each program", "N" },
    { "jobs", 'j', 0, G_OPTION_ARG_INT64, &n_jobs, "programs at a time", "N" },
    { "together", 0, 0, G_OPTION_ARG_INT64, &n_together, "in one executable, at most", "N" },
    { "shrink", 0, 0, G_OPTION_ARG_INT64, &n_shrinks, "how many failures are reduced", "N" },
    { "trials", 0, 0, G_OPTION_ARG_INT64, &n_trials, "at most, for one reduction", "N" },
    { "tools", 't', 0, G_OPTION_ARG_FILENAME, &tools, "folder of preaches and preaches-cc", "DIR" },
    { "out", 'o', 0, G_OPTION_ARG_FILENAME, &out, "log and failures", "DIR" },
    { "plant", 0, 0, G_OPTION_ARG_STRING, &plant, "a fault to be found: value", "FAULT" },
    { "print", 'p', 0, G_OPTION_ARG_NONE, &print_only, "print the program of SEED, and end", NULL },
    { "stop", 0, G_OPTION_FLAG_REVERSE, G_OPTION_ARG_NONE, &keep_going, "end at the first difference", NULL },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static const char *const names[] = { "ok", "wrong", "refused", "useless" };

typedef struct Campaign {
    GMutex lock;
    GHashTable *done; /* seeds in the log */
    FILE *log;
    char *tools;
    gint64 next;
    guint count[4], shrunk;
    gboolean over;
} Campaign;

static Campaign campaign;

static void read_log(const char *path)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    campaign.done = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return;
    lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        g_auto(GStrv) words = g_strsplit(lines[i], " ", 3);
        gint64 seed;
        if (g_strv_length(words) < 2)
            continue;
        seed = g_ascii_strtoll(words[0], NULL, 10);
        for (guint k = 0; k < G_N_ELEMENTS(names); k++)
            if (seed >= first_seed && seed < first_seed + n_programs && strcmp(words[1], names[k]) == 0 &&
                g_hash_table_add(campaign.done, g_memdup2(&seed, sizeof seed)))
                campaign.count[k]++;
    }
}

static void remove_tree(const char *dir)
{
    const char *const args[] = { "rm", "-rf", dir, NULL };

    g_spawn_sync(NULL, (char **)args, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

/* Keeps the program as it came, and reduced if there is still time for it. */
static void keep_failure(FuzzTrial *trial, const char *text, const char *dir)
{
    g_autofree char *path = g_strdup_printf("%s/%" G_GUINT64_FORMAT ".c", out, trial->seed);
    g_autofree char *small = g_strdup_printf("%s/%" G_GUINT64_FORMAT "-small.c", out, trial->seed);
    gboolean shrink;
    guint left;

    g_file_set_contents(path, text, -1, NULL);
    g_mutex_lock(&campaign.lock);
    shrink = campaign.shrunk < n_shrinks;
    campaign.shrunk += (guint)shrink;
    g_mutex_unlock(&campaign.lock);
    if (!shrink)
        return;
    g_autofree char *what = g_strdup(trial->what);
    g_autofree char *reduced = fuzz_shrink(trial, dir, &left);
    g_autofree char *noted = g_strdup_printf("/* %s */\n%s", trial->what, reduced);
    g_file_set_contents(small, noted, -1, NULL);
    printf("seed %" G_GUINT64_FORMAT ": reduced to %u statements: %s\n", trial->seed, left, small);
    g_free(trial->what);
    trial->what = g_steal_pointer(&what);
}

static void record(const FuzzTrial *trial, FuzzResult result)
{
    g_mutex_lock(&campaign.lock);
    campaign.count[result]++;
    fprintf(campaign.log, "%" G_GUINT64_FORMAT " %s %s\n", trial->seed, names[result], trial->what);
    fflush(campaign.log);
    if (result == FUZZ_WRONG || result == FUZZ_REFUSED)
        printf("seed %" G_GUINT64_FORMAT " %s: %s\n", trial->seed, names[result], trial->what);
    fflush(stdout);
    campaign.over |= result == FUZZ_WRONG && !keep_going;
    g_mutex_unlock(&campaign.lock);
}

/* The next seeds, as many as go together into one executable; in two of five executables there is one alone,
 * since the analysis sees less of it then. 0: all are taken. */
static guint take_seeds(guint64 *seeds)
{
    guint n = 0;

    g_mutex_lock(&campaign.lock);
    for (gint64 want = n_together; n < want && !campaign.over && campaign.next < first_seed + n_programs; campaign.next++) {
        if (g_hash_table_contains(campaign.done, &campaign.next))
            continue;
        if (n == 0 && campaign.next % 5 < 2)
            want = 1;
        seeds[n++] = (guint64)campaign.next;
    }
    g_mutex_unlock(&campaign.lock);
    return n;
}

/* Alone, with the level, the architectures and the stops that it has among others. */
static FuzzResult try_alone(FuzzTrial *trial, const char *text, const char *dir)
{
    g_autofree char *alone = g_build_filename(dir, "alone", NULL);
    FuzzResult result;

    g_mkdir_with_parents(alone, 0700);
    result = fuzz_trial(trial, text, alone);
    if (result == FUZZ_WRONG)
        keep_failure(trial, text, alone);
    remove_tree(alone);
    return result;
}

/* What differs only among others is kept as the folder with all of them. */
static void keep_folder(FuzzTrial *trial, const char *among, const char *dir)
{
    g_autofree char *to = g_strdup_printf("%s/%" G_GUINT64_FORMAT "-among-others", out, trial->seed);
    const char *const args[] = { "cp", "-a", dir, to, NULL };

    remove_tree(to);
    g_spawn_sync(NULL, (char **)args, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(trial->what);
    trial->what = g_strdup_printf("%s: among others, and not alone", among);
}

/* In the folder of an executable of several, or (!built) without one. TRUE in *blamed: it is itself at fault. */
static FuzzResult try_one(FuzzTrial *trial, guint number, const char *text, gboolean built, const char *dir,
                          gboolean *blamed)
{
    g_autofree char *name = g_strdup_printf("%u", number), *among = NULL;
    FuzzResult result = built ? fuzz_run(trial, name, dir) : FUZZ_WRONG;

    if (result != FUZZ_WRONG)
        return result;
    among = g_strdup(built ? trial->what : NULL);
    result = try_alone(trial, text, dir);
    *blamed |= result == FUZZ_WRONG || result == FUZZ_REFUSED;
    if (result == FUZZ_WRONG || !built || (result == FUZZ_USELESS && trial->crashed))
        return result;
    keep_folder(trial, among, dir);
    return FUZZ_WRONG;
}

static void try_together(FuzzTrial *trial, const guint64 *seeds, char **texts, guint n, const char *dir)
{
    g_autofree char *failed = NULL;
    gboolean built, blamed = FALSE;

    fuzz_choose(trial, seeds[0]);
    built = n > 1 && fuzz_build(trial, (const char *const *)texts, n, dir) == FUZZ_OK;
    failed = g_strdup(built || n == 1 ? NULL : trial->what);
    for (guint i = 0; i < n && !campaign.over; i++) {
        trial->seed = seeds[i];
        FuzzResult result = try_one(trial, i, texts[i], built, dir, &blamed);
        if (i + 1 == n && failed && !blamed) {
            keep_folder(trial, failed, dir);
            result = FUZZ_WRONG;
        }
        record(trial, result);
    }
}

static gpointer worker(gpointer unused)
{
    FuzzTrial trial = { .tools = campaign.tools, .plant = plant, .chains = (guint)n_chains,
                        .max_trials = (guint)n_trials };
    g_autofree char *dir = g_dir_make_tmp("preaches-fuzz-XXXXXX", NULL);
    g_autofree guint64 *seeds = g_new0(guint64, (gsize)n_together);
    guint n;

    (void)unused;
    while (dir && (n = take_seeds(seeds)) > 0) {
        g_auto(GStrv) texts = g_new0(char *, n + 1);
        guint statements;
        for (guint i = 0; i < n; i++)
            texts[i] = fuzz_program(seeds[i], NULL, &statements);
        try_together(&trial, seeds, texts, n, dir);
    }
    if (dir)
        remove_tree(dir);
    g_free(trial.what);
    return NULL;
}

/* Of the share of programs that differ, at 95% confidence: of 0 in n it is 1 - 0.05^(1/n) (Clopper and
 * Pearson 1934); of some, the normal approximation is near enough for a summary. */
static double upper_bound(guint n, guint wrong)
{
    double p = n ? (double)wrong / n : 1;

    if (!n)
        return 1;
    return wrong ? MIN(1, p + 1.645 * sqrt(p * (1 - p) / n)) : 1 - pow(0.05, 1.0 / n);
}

static int summary(void)
{
    guint wrong = campaign.count[FUZZ_WRONG], tried = campaign.count[FUZZ_OK] + wrong;

    printf("fuzz: %u programs, %u differences, %u refused, %u useless; differing at most %.2f%% (95%%)\n",
           tried + campaign.count[FUZZ_REFUSED] + campaign.count[FUZZ_USELESS], wrong, campaign.count[FUZZ_REFUSED],
           campaign.count[FUZZ_USELESS], 100 * upper_bound(tried, wrong));
    return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Nothing is built twice, so nothing is worth keeping. And qemu-user keeps a record for each page that a program
 * could use: with a heap as large as the machine's memory each start takes 0.2 s, with this one 0.03 s. */
static void set_environment(void)
{
    g_setenv("PREACHES_CACHE", "off", TRUE);
    g_setenv("PREACHES_HEAP", "268435456", TRUE);
}

static int run_campaign(void)
{
    g_autofree char *log = g_build_filename(out, "log.txt", NULL);
    g_autoptr(GPtrArray) threads = g_ptr_array_new();

    set_environment();
    campaign.tools = g_canonicalize_filename(tools, NULL);
    if (g_mkdir_with_parents(out, 0777) != 0) {
        perror(out);
        return 2;
    }
    read_log(log);
    campaign.log = fopen(log, "a");
    if (!campaign.log) {
        perror(log);
        return 2;
    }
    campaign.next = first_seed;
    for (gint64 i = 0; i < n_jobs; i++)
        g_ptr_array_add(threads, g_thread_new("fuzz", worker, NULL));
    for (guint i = 0; i < threads->len; i++)
        g_thread_join(threads->pdata[i]);
    fclose(campaign.log);
    g_hash_table_unref(campaign.done);
    g_free(campaign.tools);
    return summary();
}

int main(int argc, char **argv)
{
    g_autoptr(GOptionContext) context = g_option_context_new("- random C programs against preaches-cc");
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || argc > 1 || n_together < 1) {
        fprintf(stderr, "fuzz: %s\n", error ? error->message : "unexpected argument");
        return 2;
    }
    if (*plant)
        n_together = 1; /* the fault that is found is to be found again in the reduced program */
    if (print_only) {
        guint n;
        g_autofree char *text = fuzz_program((guint64)first_seed, NULL, &n);
        fputs(text, stdout);
        return 0;
    }
    return run_campaign();
}
