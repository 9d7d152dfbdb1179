/* The same figures as bench_cc.c, of programs that other people wrote (workloads/real): builds by
 * tests/bench/real_builds.sh. Instructions are counted on the quick works, everything else on the full ones,
 * which take seconds; profile: polls by a record of the full works, unrecorded: by one of the quick works alone;
 * patch: as auto, with --sites=patch.
 * A program whose sources cannot be had has one row that says so. PREACHES_REAL="bzip2 lua": only these. */
#include "bench_cost.h"
#include "../core/agent/proc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N_PAIRS = 3, N_REQUESTS = 40, MOST_WORKS = 4, NOT_THERE = 3 /* status of the script */ };

static const char *const names[] = {"bzip2", "zopfli", "zlib", "picosat", "tinyscheme", "lua"};
enum { N_NAMES = G_N_ELEMENTS(names) };

typedef enum Build { PLAIN, AUTO, PATCH, PROFILE, UNRECORDED, N_BUILDS } Build;
static const char *const build_names[] = {"plain", "auto", "patch", "profile", "unrecorded"};
static const struct { double median, p99; } wanted_ms[] = {
    [AUTO] = {10, 100}, [PATCH] = {10, 100}, [PROFILE] = {5, 5}, [UNRECORDED] = {200, 200}};
static const struct { double median, worst; } wanted_cost[] = {
    [AUTO] = {1.03, 1.10}, [PATCH] = {1.03, 1.10}, [PROFILE] = {1.01, 1.05}};

typedef enum Size { FULL, QUICK, N_SIZES } Size;
static const char *const size_names[] = {"full", "quick"};

typedef struct Real {
    const char *name;
    char *folder, *program;              /* built in FOLDER/BUILD/PROGRAM */
    char **works[N_SIZES][MOST_WORKS];   /* the status it ends with, then arguments; NULL behind the last */
    double plain_s, auto_s, seven_s;     /* of building */
    double plain_bytes, hot, cold, clones;
} Real;

typedef struct Bench {
    LabTable *table;
    const char *home, *scratch;
    GCancellable *cancel;
    Real real[N_NAMES];
    guint n; /* that could be built */
} Bench;

static void real_clear(Real *r)
{
    g_free(r->folder);
    g_free(r->program);
    for (Size s = FULL; s < N_SIZES; s++)
        for (guint i = 0; i < MOST_WORKS; i++)
            g_strfreev(r->works[s][i]);
    *r = (Real){0};
}

/* ---- builds ---- */

static void add_work(Real *r, Size size, char **args)
{
    guint n = 0;
    while (r->works[size][n])
        n++;
    if (n + 1 < MOST_WORKS && args[0])
        r->works[size][n] = g_strdupv(args);
}

/* A line of the script's. */
static void take_line(Real *r, char **field)
{
    guint n = g_strv_length(field);
    const struct { const char *word, *of; double *to; } numbers[] = {
        {"seconds", "plain", &r->plain_s}, {"seconds", "auto", &r->auto_s}, {"seconds", "seven", &r->seven_s},
        {"text", "plain", &r->plain_bytes}, {"text", "hot", &r->hot}, {"text", "cold", &r->cold},
        {"text", "clones", &r->clones}};
    for (guint i = 0; n == 3 && i < G_N_ELEMENTS(numbers); i++)
        if (g_str_equal(field[0], numbers[i].word) && g_str_equal(field[1], numbers[i].of))
            *numbers[i].to = g_ascii_strtod(field[2], NULL);
    for (Size s = FULL; n && s < N_SIZES; s++)
        if (g_str_equal(field[0], size_names[s]))
            add_work(r, s, field + 1);
    if (n == 2 && g_str_equal(field[0], "program"))
        r->program = g_strdup(field[1]);
}

/* TRUE with *there FALSE: its sources cannot be had, and a row says so. */
static gboolean make(Bench *b, Real *r, gboolean *there, GError **error)
{
    g_autofree char *script = g_build_filename(b->home, "tests", "bench", "real_builds.sh", NULL);
    g_autofree char *text = NULL, *why = NULL, *metric = g_strdup_printf("cc.real.%s", r->name);
    char *argv[] = {script, (char *)r->name, r->folder, NULL};
    int status = 1;
    if (!g_spawn_sync(NULL, argv, NULL, 0, NULL, NULL, &text, &why, &status, error))
        return FALSE;
    *there = g_spawn_check_wait_status(status, NULL);
    if (!*there && WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE) {
        lab_bench_skipped(b->table, metric, g_strstrip(why));
        return TRUE;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; **line; line++) {
        g_auto(GStrv) field = g_strsplit(*line, "\t", -1);
        take_line(r, field);
    }
    if (*there && r->program && r->works[FULL][0] && r->works[QUICK][0])
        return TRUE;
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s", g_strstrip(why));
    return FALSE;
}

static gboolean is_asked_for(const char *name)
{
    const char *chosen = g_getenv("PREACHES_REAL");
    g_auto(GStrv) list = chosen ? g_strsplit(chosen, " ", -1) : NULL;
    return !list || g_strv_contains((const char *const *)list, name);
}

static gboolean make_all(Bench *b, GError **error)
{
    for (guint i = 0; i < N_NAMES; i++) {
        if (!is_asked_for(names[i]))
            continue;
        Real *r = &b->real[b->n];
        gboolean there = FALSE;
        r->name = names[i];
        r->folder = g_build_filename(b->scratch, "real", names[i], NULL);
        if (g_cancellable_set_error_if_cancelled(b->cancel, error) || !make(b, r, &there, error))
            return FALSE;
        if (there)
            b->n++;
        else
            real_clear(r);
    }
    return TRUE;
}

/* ---- what depends on the build alone ---- */

static void add_sizes(const Bench *b)
{
    for (guint i = 0; i < b->n; i++) {
        const Real *r = &b->real[i];
        const struct { const char *what; double value, reference, most; const char *unit; } rows[] = {
            {"text_hot", r->hot, r->plain_bytes, 1.2, "B"},
            {"text", r->hot + r->cold, r->plain_bytes, 1.5, "B"},
            {"text_all", r->hot + r->cold + r->clones, r->plain_bytes, INFINITY, "B"},
            {"build", r->auto_s, r->plain_s, 4, "s"},
            {"build_seven", r->seven_s, r->plain_s, INFINITY, "s"}};
        for (guint k = 0; k < G_N_ELEMENTS(rows); k++) {
            g_autofree char *metric = g_strdup_printf("cc.real.%s.%s", rows[k].what, r->name);
            lab_bench_measured(b->table, metric, rows[k].value, rows[k].unit, rows[k].reference, -rows[k].most);
        }
    }
}

/* ---- what is measured on runs ---- */

/* Paths of a run of one work; freed by run_clear(). */
static CostRun run_of(const Real *r, Build build, Size size, guint work)
{
    return (CostRun){.program = g_build_filename(r->folder, build_names[build], r->program, NULL),
                     .args = (const char *const *)r->works[size][work] + 1,
                     .status = atoi(r->works[size][work][0]),
                     .dir = g_build_filename(r->folder, "run", NULL),
                     .input = g_build_filename(r->folder, size_names[size], NULL)};
}

static void run_clear(CostRun *run)
{
    g_free((char *)run->program);
    g_free((char *)run->dir);
    g_free((char *)run->input);
}

/* Of all works of a size together; -1 and error. */
typedef double (*MeasureFunc)(const CostRun *run, GError **error);

static double of_works(const Real *r, Build build, Size size, MeasureFunc measure, GError **error)
{
    double sum = 0;
    for (guint i = 0; r->works[size][i]; i++) {
        CostRun run = run_of(r, build, size, i);
        double value = measure(&run, error);
        run_clear(&run);
        if (value < 0)
            return -1;
        sum += value;
    }
    return sum;
}

static double instructions(const CostRun *run, GError **error)
{
    guint64 n = lab_cost_instructions(run, error);
    return n ? (double)n : -1;
}

/* Rows of one kind of cost; the least of `turns` values counts, the builds taking turns. */
static gboolean add_costs(Bench *b, const char *kind, const char *unit, Size size, guint turns, MeasureFunc measure,
                          GError **error)
{
    double ratios[N_BUILDS][N_NAMES];
    for (guint i = 0; i < b->n; i++) {
        double least[] = {INFINITY, INFINITY, INFINITY, INFINITY};
        for (guint turn = 0; turn < turns; turn++)
            for (Build k = PLAIN; k <= PROFILE; k++) {
                double value = of_works(&b->real[i], k, size, measure, error);
                if (value < 0 || g_cancellable_set_error_if_cancelled(b->cancel, error))
                    return FALSE;
                least[k] = fmin(least[k], value);
            }
        for (Build k = AUTO; k <= PROFILE; k++) {
            g_autofree char *metric = g_strdup_printf("cc.real.%s.%s.%s", kind, b->real[i].name, build_names[k]);
            lab_bench_measured(b->table, metric, least[k], unit, fmax(least[PLAIN], 1e-3), -wanted_cost[k].worst);
            ratios[k][i] = least[k] / fmax(least[PLAIN], 1e-3);
        }
    }
    for (Build k = AUTO; k <= PROFILE && b->n; k++) {
        g_autofree char *prefix = g_strdup_printf("cc.real.%s.%s", kind, build_names[k]);
        lab_cost_summary(b->table, prefix, ratios[k], b->n, wanted_cost[k].median, wanted_cost[k].worst);
    }
    return TRUE;
}

/* Rows PREFIX.median and PREFIX.p99 of sorted waits. */
static void add_waits(const Bench *b, const char *prefix, const double *waits, guint n, Build build)
{
    g_autofree char *middle = g_strconcat(prefix, ".median", NULL), *last = g_strconcat(prefix, ".p99", NULL);
    lab_bench_measured(b->table, middle, waits[n / 2], "ms", 1, -wanted_ms[build].median);
    lab_bench_measured(b->table, last, waits[n * 99 / 100], "ms", 1, -wanted_ms[build].p99);
}

static gboolean latency_of(Bench *b, const Real *r, Build build, double *waits, guint *n, GError **error)
{
    for (guint i = 0; r->works[FULL][i]; i++) {
        CostRun run = run_of(r, build, FULL, i);
        gboolean ok = lab_cost_latency(&run, b->scratch, N_REQUESTS, 1998 + i, waits + *n, b->cancel, error);
        run_clear(&run);
        if (!ok)
            return FALSE;
        *n += N_REQUESTS;
    }
    g_autofree char *prefix = g_strdup_printf("cc.real.latency.%s.%s", r->name, build_names[build]);
    lab_cost_sort(waits, *n);
    add_waits(b, prefix, waits, *n, build);
    return TRUE;
}

static gboolean add_latencies(Bench *b, GError **error)
{
    for (Build k = AUTO; k < N_BUILDS && b->n; k++) {
        g_autofree double *all = g_new0(double, N_NAMES * MOST_WORKS * N_REQUESTS);
        g_autofree char *prefix = g_strdup_printf("cc.real.latency.%s", build_names[k]);
        guint n = 0;
        for (guint i = 0; i < b->n; i++) {
            guint of_one = 0;
            if (!latency_of(b, &b->real[i], k, all + n, &of_one, error))
                return FALSE;
            n += of_one;
        }
        lab_cost_sort(all, n);
        add_waits(b, prefix, all, n, k);
    }
    return TRUE;
}

gboolean lab_bench_real(LabTable *table, const char *home, const char *scratch, GCancellable *cancel,
                        GError **error)
{
    Bench b = {.table = table, .home = home, .scratch = scratch, .cancel = cancel};
    gboolean ok = make_all(&b, error);
    if (ok)
        add_sizes(&b);
    ok = ok && add_costs(&b, "instructions", "instructions", QUICK, 1, instructions, error) &&
         add_costs(&b, "time", "s", FULL, N_PAIRS, lab_cost_user_time, error) && add_latencies(&b, error);
    for (guint i = 0; i < N_NAMES; i++)
        real_clear(&b.real[i]);
    return ok;
}
