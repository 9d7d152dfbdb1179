/* Whatever an experiment or a platform can say acts, or is refused with file, line and key. One table of all
 * keys of experiments, by mode; one of all keys of platforms, in mode=live and mode=model. That a key acts
 * is seen in mode=model and on platforms by two values that give other results. */
#include "../../core/agent/proc.h"
#include "../../results/runner.h"
#include "../../results/sweep.h"
#include "smallworld.h"

#include <glib/gstdio.h>

static char *folder;

static void put(const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_cmpint(g_chmod(path, 0755), ==, 0);
}

/* ---- keys of experiments ---- */

typedef struct Row {
    const char *key, *a, *b; /* two values of it; b NULL: whatever they are, results are the same */
    const char *modes;       /* where it may stand: l, m, r */
    const char *with;        /* "section.key=value ..." that it needs */
} Row;

#define OFTEN "faults.mttf=20s faults.repair=50s"

static const Row rows[] = {
    {"experiment.name", "one", NULL, "lmr", ""},
    {"experiment.replications", "1", NULL, "lmr", ""},
    {"experiment.seed", "1", "2", "lmr", ""},
    {"platform.file", "t.platform", "u.platform", "lmr", ""},
    {"model.calibration", "t.cal", "u.cal", "m", ""},
    {"model.costs", "platform", "calibrated", "m", ""},
    {"model.cells", "1", "2", "m", ""},
    {"model.jobs", "1", "2", "m", ""},
    {"model.spread", "0s", "9s", "m", "model.jobs=2"},
    {"model.horizon", "never", "50s", "m", ""},
    {"real.network", "loopback", NULL, "r", ""},
    {"real.loss", "0.1", NULL, "r", "real.network=namespaces"},
    {"workload.program", "job", NULL, "lmr", ""},
    {"workload.args", "1", "2", "lmr", ""},
    {"workload.run", "100s", "200s", "lmr", ""},
    {"workload.source", "x86_64", "s390x", "lmr", "workload.target=aarch64"},
    {"workload.target", "s390x", "aarch64", "lmr", "checkpoint.strategy=L"},
    {"workload.work", "any", "float", "lm", "platform.file=w.platform"},
    {"checkpoint.interval", "10s", "20s", "lmr", ""},
    {"checkpoint.policy", "fixed", "daly", "m", ""},
    {"checkpoint.recovery_target", "2s", "500s", "m", ""},
    {"checkpoint.strategy", "P", "L", "lmr", ""},
    {"propagation.converter", "sender", "receiver", "lm", ""},
    {"propagation.replicas", "1", "2", "lmr", ""},
    {"propagation.incremental", "no", NULL, "lmr", ""},
    {"propagation.compress", "none", NULL, "lmr", ""},
    {"propagation.compress", "zstd", NULL, "r", ""},
    {"propagation.compress", "lz4", NULL, "r", ""},
    {"faults.mttf", "60s", "30s", "lmr", ""},
    {"faults.distribution", "exponential", "lognormal", "lmr", ""},
    {"faults.shape", "2", "3", "lmr", "faults.distribution=weibull"},
    {"faults.trace", "t.csv", "u.csv", "m", "faults.distribution=trace"},
    {"faults.system", "2", NULL, "", /* acts where the trace has systems: test_fit, papers/model/lanl.ini */
     "faults.distribution=trace faults.trace=t.csv"},
    {"faults.repair", "5s", "never", "lmr", ""},
    {"faults.repair_distribution", "fixed", "exponential", "m", OFTEN},
    {"faults.repair_shape", "2", "3", "m", OFTEN " faults.repair_distribution=weibull"},
    {"faults.hits", "hosts", "jobs", "m", ""},
    {"faults.group_mttf", "50s", "20s", "m", "faults.group_repair=5s"},
    {"faults.group_distribution", "exponential", "lognormal", "m", "faults.group_mttf=50s faults.group_repair=5s"},
    {"faults.group_shape", "2", "3", "m", "faults.group_mttf=50s faults.group_distribution=weibull faults.group_repair=5s"},
    {"faults.group_repair", "5s", "90s", "m", "faults.group_mttf=20s " OFTEN},
    {"faults.group_hit", "all", "1", "m", "faults.group_mttf=20s faults.group_repair=5s"},
    {"faults.minimum", "1", NULL, "lr", ""},
    {"faults.maximum", "3", NULL, "lr", ""},
    {"faults.points", "write:1", NULL, "l", ""},
    {"faults.share", "0.5", NULL, "l", "faults.points=write:1"},
    {"faults.holders", "0.5", NULL, "l", ""},
    {"faults.kind", "stop", NULL, "r", ""},
    {"detector.timeout", "1s", "4s", "lmr", ""},
    {"output.plots", "breakdown", NULL, "lmr", ""},
};

static const char base[] =
    "[experiment]\nname=t\n[platform]\nfile=t.platform\n[workload]\nprogram=job\nargs=1\nrun=100s\n"
    "target=s390x\n[checkpoint]\ninterval=10s\n[faults]\nmttf=60s\nrepair=5s\n";
static const char t_platform[] =
    "[network]\nmodel=pure\n" WIRE HOST("a", "x86_64") HOST("b", "s390x") HOST("c", "aarch64") HOST("d", "s390x")
    "[host e]\narch=x86_64\n[group g]\nhosts=a;b\n";
static const char slow_platform[] =
    WIRE HOST("a", "x86_64") HOST("b", "s390x") HOST("c", "aarch64") "[group g]\nhosts=a;b\n";
static const char cal[] =
    "[costs]\nconvert=600000000B/s\ncopy_speedup=8\n[program job 1]\nstate=4000000B\nx86_64=0;4100000;5000;100;3\n"
    "aarch64=0;4100000;5000;100;3\ns390x=1;4200000;5000;100;3\n[program job 2]\nstate=2000000B\n"
    "x86_64=0;2100000;5000;100;3\naarch64=0;2100000;5000;100;3\ns390x=1;2200000;5000;100;3\n";

static const char *mode_name(char mode) { return mode == 'l' ? "live" : mode == 'm' ? "model" : "real"; }

/* The key with that value, and what it needs, stand in the file: so what is refused has a line. */
static char *text_of(const Row *row, const char *value, char mode)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *with = g_strdup_printf("%s %s=%s %s", row->with, row->key, value,
                                            mode == 'm' ? "experiment.mode=model" : "");
    g_auto(GStrv) words = g_strsplit(with, " ", -1);
    GKeyFile *file = g_key_file_new();
    g_key_file_load_from_data(file, base, strlen(base), G_KEY_FILE_NONE, &error);
    g_assert_no_error(error);
    g_key_file_set_value(file, "experiment", "mode", mode_name(mode));
    for (char **w = words; *w; w++) {
        char *dot = strchr(*w, '.'), *equals = dot ? strchr(dot, '=') : NULL;
        if (!equals)
            continue;
        *dot = *equals = '\0';
        g_key_file_set_value(file, *w, dot + 1, equals + 1);
    }
    char *text = g_key_file_to_data(file, NULL, NULL);
    g_key_file_unref(file);
    return text;
}

static LabConfig *load(const Row *row, const char *value, char mode, GError **error)
{
    g_autofree char *text = text_of(row, value, mode), *path = g_build_filename(folder, "t.ini", NULL);
    put("t.ini", text);
    return lab_config_load(path, NULL, folder, error);
}

/* All columns that are results. */
static char *results_of(LabConfig *config)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LabPlan) plan = lab_plan_new(config, "build", &error);
    g_assert_no_error(error);
    g_autofree char *out = g_build_filename(folder, "out", NULL);
    LabRunnerOptions options = {.out = out, .jobs = 1, .quiet = TRUE};
    LabTable *table = NULL;
    LabOutcome outcome;
    preaches_tree_remove(out);
    g_assert_true(lab_runner_run(plan, &options, &table, &outcome, &error));
    g_assert_cmpuint(outcome.failed, ==, 0);
    static const char *const columns[] = {"total_ns", "propagate_ns", "commit_ns", "convert_ns", "detect_ns",
                                          "load_ns", "failures", "epochs", "violations", "work_s", "sent_bytes",
                                          "image_bytes", "rebuild_ns", "lost_work_ns"};
    GString *text = g_string_new(NULL);
    for (guint r = 0; r < table->rows->len; r++)
        for (guint c = 0; c < G_N_ELEMENTS(columns); c++)
            g_string_append_printf(text, "%s ", lab_table_cell(table, r, lab_table_column(table, columns[c])));
    lab_table_free(table);
    return g_string_free(text, FALSE);
}

static void check_acts(const Row *row)
{
    g_autoptr(GError) error = NULL;
    char *results[2];
    for (guint i = 0; i < 2; i++) {
        g_autoptr(LabConfig) config = load(row, i ? row->b : row->a, 'm', &error);
        g_assert_no_error(error);
        results[i] = results_of(config);
    }
    if (g_str_equal(results[0], results[1]))
        g_error("%s=%s and %s give the same in mode=model", row->key, row->a, row->b);
    g_free(results[0]);
    g_free(results[1]);
}

/* The key, or what it stands with, which is looked at first. */
static gboolean names_one(const char *message, const char *key, const char *with)
{
    g_auto(GStrv) words = g_strsplit_set(with, " =", -1);
    gboolean found = strstr(message, key) != NULL;
    for (char **w = words; *w; w++)
        found |= strchr(*w, '.') && strstr(message, *w);
    return found;
}

static void check_mode(const Row *row, char mode)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LabConfig) config = load(row, row->a, mode, &error);
    gboolean may = strchr(row->modes, mode) != NULL;
    const char *key = strchr(row->key, '.') + 1;
    if (may != (config != NULL))
        g_error("%s in mode=%s: %s", row->key, mode_name(mode), error ? error->message : "taken");
    if (may)
        return;
    g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE);
    if (!names_one(error->message, key, row->with))
        g_error("%s in mode=%s: %s", row->key, mode_name(mode), error->message);
    g_assert_true(g_regex_match_simple("t\\.ini:[1-9][0-9]*: ", error->message, 0, 0));
}

static void test_experiments(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (const char *mode = "lmr"; *mode; mode++)
            check_mode(&rows[i], *mode);
        if (rows[i].b && strchr(rows[i].modes, 'm'))
            check_acts(&rows[i]);
    }
    for (LabKeyId id = 0; id < LAB_N_KEYS; id++) { /* no key is missing in the table */
        gboolean found = id == LAB_MODE;
        for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
            found |= g_str_equal(rows[i].key, lab_key_name(id));
        if (!found)
            g_error("%s: is not in this table", lab_key_name(id));
    }
}

/* Keys that another's value leaves without meaning. */
static void test_needs(void)
{
    static const Row refused[] = {
        {"faults.shape", "2", NULL, "", ""},
        {"faults.repair_shape", "2", NULL, "", ""},
        {"faults.repair_distribution", "exponential", NULL, "", "faults.repair=never"},
        {"faults.group_shape", "2", NULL, "", "faults.group_mttf=9s"},
        {"faults.group_repair", "2s", NULL, "", ""},
        {"faults.group_hit", "1", NULL, "", ""},
        {"model.spread", "9s", NULL, "", ""},
        {"faults.system", "2", NULL, "", ""},
    };
    static const Row loss = {"real.loss", "0.1", NULL, "", "real.network=loopback"};
    for (guint i = 0; i < G_N_ELEMENTS(refused); i++)
        check_mode(&refused[i], 'm');
    check_mode(&loss, 'r');
}

/* ---- keys of platforms ---- */

typedef struct Said {
    const char *host_a, *host_b, *link, *network;
    SimWork work;
} Said;

static SimPlatform *platform_of(const Said *said)
{
    g_autofree char *text = g_strconcat(
        "[network]\n", said->network ? said->network : "", "[route * *]\nlinks=wire\n[link wire]\nlatency=1ms\n",
        said->link && strstr(said->link, "bandwidth=") ? "" : "bandwidth=1MB/s\n", said->link ? said->link : "",
        "[host a]\narch=x86_64\n", said->host_a ? said->host_a : "",
        "[host b]\narch=s390x\n", said->host_b ? said->host_b : "", "[host c]\narch=s390x\nspeed=0.9\n", NULL);
    return small_platform(text);
}

static const SimFault at_70s = {.at_ns = 70 * S, .repair_ns = -1};

static SimRunResult run_world(const Said *said)
{
    const SimSizes sizes = small_sizes(1000000);
    SimPlatform *p = platform_of(said);
    SimRunSpec spec = small_world(p);
    spec.faults = &at_70s;
    spec.n_faults = 1;
    spec.replicas = 2;
    spec.work = said->work;
    SimRunResult r = small_world_run(&spec, &sizes);
    sim_platform_unref(p);
    return r;
}

static SimRunResult run_model(const Said *said)
{
    const SimSizes sizes = small_sizes(1000000);
    SimPlatform *p = platform_of(said);
    SimModelSpec spec = small_model(p, &sizes);
    spec.hit_jobs = TRUE;
    spec.failure = sim_law_init(SIM_LAW_FIXED, 70 * (double)S, 1);
    spec.horizon_ns = 135 * S;
    spec.replicas = 2;
    spec.work = said->work;
    SimModelResult r = small_model_run(&spec);
    r.row.output_match = r.work_s;
    sim_platform_unref(p);
    return r.row;
}

static void test_platforms(void)
{
    static const Said plain = {0};
    static const Said rows_said[] = {
        {.host_a = "speed=2\n"},
        {.host_a = "availability=10s 0.5\n"},
        {.host_a = "convert=1MB/s\n"},
        {.host_a = "cores=2\n"},
        {.host_a = "speed_integer=2\n", .work = SIM_WORK_INTEGER},
        {.host_a = "speed_float=2\n", .work = SIM_WORK_FLOAT},
        {.host_a = "speed_memory=2\n", .work = SIM_WORK_MEMORY},
        {.host_b = "disk=1MB/s\n"},
        {.host_b = "disk_read=100kB/s\n"},
        {.host_b = "seek=1s\n"},
        {.host_b = "fsync=1s\n"},
        {.host_b = "start=5s\n"},
        {.host_b = "memory=500kB\n"},
        {.link = "bandwidth=500kB/s\n"},
        {.link = "policy=fatpipe\n"},
        {.link = "bandwidth_profile=10s 500kB/s\n"},
        {.link = "availability=10s 0.5\n"},
        {.network = "model=lv08\n"},
    };
    SimRunResult world = run_world(&plain), model = run_model(&plain);
    for (guint i = 0; i < G_N_ELEMENTS(rows_said); i++) {
        const Said *said = &rows_said[i];
        SimRunResult w = run_world(said), m = run_model(said);
        const char *what = said->host_a ? said->host_a : said->host_b ? said->host_b
                           : said->link ? said->link : said->network;
        if (memcmp(&w, &world, sizeof w) == 0)
            g_error("%s changes nothing in mode=live", what);
        if (memcmp(&m, &model, sizeof m) == 0)
            g_error("%s changes nothing in mode=model", what);
    }
}

/* A primary that is too small is an error in both. */
static void test_memory(void)
{
    const SimSizes sizes = small_sizes(1000000);
    SimPlatform *p = platform_of(&(Said){.host_a = "memory=500kB\n"});
    SimRunSpec world = small_world(p);
    SimModelSpec model = small_model(p, &sizes);
    SimRunResult r;
    SimModelResult m;
    g_autoptr(GError) error = NULL;
    SimJob *job = sim_sizes_job_new(&sizes);
    g_assert_false(sim_world_run_job(&world, job, &r, &error));
    g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE);
    g_clear_error(&error);
    g_assert_false(sim_model_run(&model, &m, &error));
    g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE);
    job->ops->free(job);
    sim_platform_unref(p);
}

/* What this machine cannot be told to be. */
static void test_real_platform(void)
{
    static const char *const said[] = {"speed=2", "speed_float=2", "cores=2", "memory=1GB", "availability=1s 0.5"};
    static const Row row = {"platform.file", "v.platform", NULL, "lmr", ""};
    for (guint i = 0; i < G_N_ELEMENTS(said); i++) {
        g_autofree char *text = g_strconcat(WIRE HOST("a", "x86_64") HOST("b", "s390x"), said[i], "\n", NULL);
        g_autofree char *key = g_strndup(said[i], strcspn(said[i], "="));
        g_autoptr(GError) error = NULL;
        put("v.platform", text);
        g_assert_null(load(&row, row.a, 'r', &error));
        g_assert_nonnull(strstr(error->message, key));
        g_assert_true(g_regex_match_simple("v\\.platform:[1-9][0-9]*: ", error->message, 0, 0));
        g_autoptr(LabConfig) live = load(&row, row.a, 'l', NULL);
        g_assert_nonnull(live);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("preaches-modes-XXXXXX", NULL);
    put("t.platform", t_platform);
    put("u.platform", slow_platform);
    put("w.platform", WIRE HOST("a", "x86_64") "speed_float=2\n" HOST("b", "s390x"));
    put("t.cal", cal);
    g_autofree char *slow = g_strdup(cal);
    memcpy(strstr(slow, "copy_speedup=8"), "copy_speedup=2", strlen("copy_speedup=2"));
    put("u.cal", slow);
    put("t.csv", "node,down_s,up_s\nn1,10,20\n");
    put("u.csv", "node,down_s,up_s\nn1,10,20\nn1,40,70\n");
    put("job", "any file");
    g_autofree char *sub = g_build_filename(folder, "job.preaches", NULL);
    g_autofree char *home = g_build_filename(folder, "results", "calibration", NULL);
    g_mkdir(sub, 0755);
    g_mkdir_with_parents(home, 0755);
    put("results/calibration/default.ini", cal);
    put("job.preaches/s390x", "any file");
    put("job.preaches/aarch64", "any file");
    g_test_add_func("/modes/experiments", test_experiments);
    g_test_add_func("/modes/needs", test_needs);
    g_test_add_func("/modes/platforms", test_platforms);
    g_test_add_func("/modes/memory", test_memory);
    g_test_add_func("/modes/real-platform", test_real_platform);
    int status = g_test_run();
    preaches_tree_remove(folder);
    return status;
}
