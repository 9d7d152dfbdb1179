/* What it costs a program to be checkpointable while nothing is taken, and how soon a checkpoint begins
 * after it was asked for. Every workload in these builds: plain (gcc -O2), auto, profile (polls by a
 * record of the same work), and both with patched polls (--sites=patch). Instructions are counted by callgrind and repeat; times and latencies are this
 * machine's at this moment. */
#include "bench_cost.h"

#include <math.h>

enum { N_PAIRS = 5, N_REQUESTS = 40 };

typedef enum Build {
    PLAIN, AUTO, PROFILE, /* these are timed */
    PATCH, PROFILE_PATCH,
    SMALL_PROFILE, /* recorded on next to nothing */
    N_BUILDS
} Build;
static const char *const build_names[] = {"plain", "auto", "profile", "patch", "profile_patch", "small"};
/* Ratios of instructions that are wanted. */
static const struct { double median, worst; } wanted[] = {
    [AUTO] = {1.03, 1.10}, [PROFILE] = {1.01, 1.05}, [PATCH] = {1.03, 1.10}, [PROFILE_PATCH] = {1.01, 1.05}};

static const struct Job {
    const char *name, *counted[3], *small[3], *endless[3];
} jobs[] = {
    {"tree", {"4000", "30"}, {"20", "2"}, {"12000", "4000000"}},
    {"nbody", {"40", "400"}, {"4", "2"}, {"200", "40000000"}},
    {"queens", {"8", "40"}, {"4", "1"}, {"9", "4000000"}},
    {"quicksort", {"5000", "8"}, {"10", "1"}, {"50000", "4000000"}},
    {"sparse", {"60", "60"}, {"4", "2"}, {"150", "40000000"}},
    {"text", {"3000"}, {"2"}, {"2000000"}},
    {"lists", {"2000", "100"}, {"5", "2"}, {"5000", "40000000"}},
};
enum { N_JOBS = G_N_ELEMENTS(jobs) };

typedef struct Cost {
    LabTable *table;
    const char *home, *scratch;
    GCancellable *cancel;
    char *program[N_JOBS][N_BUILDS];
} Cost;

/* ---- builds ---- */

/* The same source by gcc alone, with the flags that keep the meaning one (core/cc/README.md). */
static gboolean build_plain(const Cost *cost, const char *source, const char *out, GError **error)
{
    const char *const gcc[] = {"gcc", "-O2", "-static", "-fsigned-char", "-ffp-contract=off", "-w", "-o", out,
                               source, "-lm", NULL};
    return lab_cost_command(cost->scratch, gcc, error);
}

static gboolean build_ours(const Cost *cost, const char *source, const char *out, const char *sites, const char *polls,
                           const char *profile, GError **error)
{
    g_autofree char *cc = g_build_filename(cost->home, "build", "bin", "preaches-cc", NULL);
    const char *const argv[] = {cc, "--arch=native", "-O2", "-w", "-o", out, source, "-lm", sites, polls, profile, NULL};
    return lab_cost_command(cost->scratch, argv, error);
}

/* `of` has been built by build_by_record(). */
static gboolean build_by_same_record(const Cost *cost, const char *source, const char *out, const char *of,
                                     const char *sites, GError **error)
{
    g_autofree char *profile = g_strconcat("--polls-profile=", of, ".record.polls", NULL);
    return build_ours(cost, source, out, sites, "--polls=profile", profile, error);
}

static gboolean build_by_record(const Cost *cost, const char *source, const char *out, const char *const *work,
                                GError **error)
{
    g_autofree char *record = g_strconcat(out, ".record", NULL);
    if (!build_ours(cost, source, record, "--sites=unwind", "--polls=record", NULL, error))
        return FALSE;
    const char *const argv[] = {record, work[0], work[0] ? work[1] : NULL, NULL};
    return lab_cost_command(cost->scratch, argv, error) &&
           build_by_same_record(cost, source, out, out, "--sites=unwind", error);
}

static gboolean build(Cost *cost, guint job, Build which, GError **error)
{
    static const char *const none[] = {NULL};
    g_autofree char *name = g_strconcat(jobs[job].name, ".c", NULL);
    g_autofree char *source = g_build_filename(cost->home, "workloads", name, NULL);
    if (which == AUTO) {
        cost->program[job][which] = g_build_filename(cost->home, "build", "workloads", jobs[job].name, NULL);
        return TRUE;
    }
    const char *out = cost->program[job][which] =
        g_strdup_printf("%s/%s.%s", cost->scratch, jobs[job].name, build_names[which]);
    switch (which) {
    case PLAIN: return build_plain(cost, source, out, error);
    case PATCH: return build_ours(cost, source, out, "--sites=patch", "--polls=auto", NULL, error);
    case PROFILE_PATCH:
        return build_by_same_record(cost, source, out, cost->program[job][PROFILE], "--sites=patch", error);
    case PROFILE: return build_by_record(cost, source, out, none, error);
    default: return build_by_record(cost, source, out, jobs[job].small, error);
    }
}

/* ---- instructions ---- */

static guint64 instructions(const Cost *cost, guint job, Build which, GError **error)
{
    const CostRun run = {.program = cost->program[job][which], .args = jobs[job].counted, .dir = cost->scratch};
    return lab_cost_instructions(&run, error);
}

static gboolean count_all(Cost *cost, GError **error)
{
    double ratios[N_BUILDS][N_JOBS];
    for (guint i = 0; i < N_JOBS; i++) {
        double plain = (double)instructions(cost, i, PLAIN, error);
        for (Build b = AUTO; b <= PROFILE_PATCH; b++) {
            double n = plain > 0 ? (double)instructions(cost, i, b, error) : 0;
            if (n == 0)
                return FALSE;
            g_autofree char *metric = g_strdup_printf("cc.instructions.%s.%s", jobs[i].name, build_names[b]);
            lab_bench_measured(cost->table, metric, n, "instructions", plain, -wanted[b].worst);
            if (b == AUTO)
                lab_bench_gate_last(cost->table);
            ratios[b][i] = n / plain;
        }
    }
    for (Build b = AUTO; b <= PROFILE_PATCH; b++) {
        g_autofree char *prefix = g_strdup_printf("cc.instructions.%s", build_names[b]);
        lab_cost_summary(cost->table, prefix, ratios[b], N_JOBS, wanted[b].median, wanted[b].worst);
    }
    return TRUE;
}

/* ---- user time ---- */

/* The least of several runs, the builds taking turns. */
static gboolean time_job(const Cost *cost, guint job, double *least, GError **error)
{
    static const char *const none[] = {NULL};
    for (Build b = PLAIN; b <= PROFILE; b++)
        least[b] = INFINITY;
    for (guint i = 0; i < N_PAIRS; i++)
        for (Build b = PLAIN; b <= PROFILE; b++) {
            const CostRun run = {.program = cost->program[job][b], .args = none, .dir = cost->scratch};
            double t = lab_cost_user_time(&run, error);
            if (t < 0 || g_cancellable_set_error_if_cancelled(cost->cancel, error))
                return FALSE;
            least[b] = fmin(least[b], t);
        }
    return TRUE;
}

static gboolean time_all(Cost *cost, GError **error)
{
    double by_auto[N_JOBS], by_profile[N_JOBS];
    for (guint i = 0; i < N_JOBS; i++) {
        double t[N_BUILDS];
        if (!time_job(cost, i, t, error))
            return FALSE;
        g_autofree char *a = g_strdup_printf("cc.time.%s.auto", jobs[i].name);
        g_autofree char *p = g_strdup_printf("cc.time.%s.profile", jobs[i].name);
        lab_bench_measured(cost->table, a, t[AUTO], "s", fmax(t[PLAIN], 1e-3), -1.10);
        lab_bench_measured(cost->table, p, t[PROFILE], "s", fmax(t[PLAIN], 1e-3), -1.05);
        by_auto[i] = t[AUTO] / fmax(t[PLAIN], 1e-3);
        by_profile[i] = t[PROFILE] / fmax(t[PLAIN], 1e-3);
    }
    lab_cost_summary(cost->table, "cc.time.auto", by_auto, N_JOBS, 1.03, 1.10);
    lab_cost_summary(cost->table, "cc.time.profile", by_profile, N_JOBS, 1.01, 1.05);
    return TRUE;
}

/* ---- latency ---- */

static gboolean latency_of_build(Cost *cost, Build which, const char *name, double median, double last,
                                 GError **error)
{
    g_autofree double *all = g_new0(double, N_JOBS * N_REQUESTS);
    for (guint i = 0; i < N_JOBS; i++) {
        double *waits = all + i * N_REQUESTS;
        const CostRun run = {.program = cost->program[i][which], .args = jobs[i].endless, .dir = cost->scratch};
        if (!lab_cost_latency(&run, cost->scratch, N_REQUESTS, 1998 + i, waits, cost->cancel, error))
            return FALSE;
        g_autofree char *middle = g_strdup_printf("cc.latency.%s.%s.median", jobs[i].name, name);
        g_autofree char *worst = g_strdup_printf("cc.latency.%s.%s.worst", jobs[i].name, name);
        lab_bench_shown(cost->table, middle, waits[N_REQUESTS / 2], "ms");
        lab_bench_shown(cost->table, worst, waits[N_REQUESTS - 1], "ms");
    }
    lab_cost_sort(all, N_JOBS * N_REQUESTS);
    g_autofree char *middle = g_strdup_printf("cc.latency.%s.median", name);
    g_autofree char *p99 = g_strdup_printf("cc.latency.%s.p99", name);
    lab_bench_measured(cost->table, middle, all[N_JOBS * N_REQUESTS / 2], "ms", 1, -median);
    lab_bench_measured(cost->table, p99, all[N_JOBS * N_REQUESTS * 99 / 100], "ms", 1, -last);
    return TRUE;
}

static gboolean latency_all(Cost *cost, GError **error)
{
    return latency_of_build(cost, AUTO, "auto", 10, 100, error) &&
           latency_of_build(cost, PROFILE, "profile", 5, 5, error) &&
           latency_of_build(cost, SMALL_PROFILE, "unrecorded", 200, 200, error);
}

/* ---- size of the code ---- */

/* Rows of tests/bench/cc_size.sh: metric,ratio,bytes,plain bytes. The clones have no target of their own. */
static gboolean size_all(Cost *cost, GError **error)
{
    static const struct { const char *prefix; double most; } targets[] = {
        {"cc.text_hot.", 1.2}, {"cc.text.", 1.5}, {"cc.text_all.", INFINITY}};
    g_autofree char *script = g_build_filename(cost->home, "tests", "bench", "cc_size.sh", NULL), *text = NULL;
    char *argv[] = {script, NULL};
    int status = 1;
    if (!g_spawn_sync(cost->scratch, argv, NULL, 0, NULL, NULL, &text, NULL, &status, error) ||
        !g_spawn_check_wait_status(status, error))
        return FALSE;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; **line; line++) {
        g_auto(GStrv) cell = g_strsplit(*line, ",", -1);
        for (guint i = 0; i < G_N_ELEMENTS(targets) && g_strv_length(cell) == 4; i++)
            if (g_str_has_prefix(cell[0], targets[i].prefix))
                lab_bench_measured(cost->table, cell[0], g_ascii_strtod(cell[2], NULL), "B",
                                   g_ascii_strtod(cell[3], NULL), -targets[i].most);
    }
    return TRUE;
}

/* ---- all ---- */

static gboolean count_gated(Cost *cost, GError **error)
{
    for (guint i = 0; i < N_JOBS; i++) {
        guint64 n = build(cost, i, AUTO, error) ? instructions(cost, i, AUTO, error)
                                                : 0;
        g_autofree char *metric = g_strdup_printf("cc.instructions.%s.auto", jobs[i].name);
        if (n == 0)
            return FALSE;
        lab_bench_gated(cost->table, metric, (double)n, "instructions");
    }
    return TRUE;
}

static gboolean measure(Cost *cost, GError **error)
{
    for (guint i = 0; i < N_JOBS; i++)
        for (Build b = PLAIN; b < N_BUILDS; b++)
            if (g_cancellable_set_error_if_cancelled(cost->cancel, error) || !build(cost, i, b, error))
                return FALSE;
    return count_all(cost, error) && size_all(cost, error) && time_all(cost, error) && latency_all(cost, error);
}

gboolean lab_bench_cost(LabTable *table, const char *home, const char *scratch, gboolean gated_only,
                        GCancellable *cancel, GError **error)
{
    Cost cost = {.table = table, .home = home, .scratch = scratch, .cancel = cancel};
    gboolean ok = gated_only ? count_gated(&cost, error) : measure(&cost, error);
    for (guint i = 0; i < N_JOBS; i++)
        for (Build b = PLAIN; b < N_BUILDS; b++)
            g_free(cost.program[i][b]);
    return ok;
}
