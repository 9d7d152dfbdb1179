/* Calibration on a real network finds what was planted in made-up runs, and what it then predicts is
 * what those runs say; scores are medians. The program is any file. */
#include "core/agent/proc.h"
#include "results/prediction.h"
#include "results/validation.h"

#include <glib/gstdio.h>
#include <string.h>

static char *folder;

static void put(const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_cmpint(g_chmod(path, 0755), ==, 0);
}

static const char platform[] =
    "[network]\nname=t\nmodel=lv08-nocross\n[link l]\nbandwidth=100Mbit/s\nlatency=30us\npolicy=shared\n"
    "[route * *]\nlinks=l\n[host a]\narch=x86_64\n[host b]\narch=x86_64\n[host c]\narch=s390x\n";
static const char experiment[] =
    "[experiment]\nname=t\nmode=real\nreplications=2\n[platform]\nfile=t.platform\n"
    "[workload]\nprogram=job\nargs=1\nrun=3s\ntarget=x86_64;s390x\n[checkpoint]\ninterval=1s\n"
    "[faults]\nmttf=2s;never\n[detector]\ntimeout=500ms;1200ms\n";
static const char costs[] =
    "[costs]\nconvert=600000000B/s\ncopy_speedup=8\n"
    "[program job 1]\nstate=4000000B\nx86_64=0;4100000;5000;100;3\ns390x=1;4200000;5000;100;3\n";

enum { PREPARE = 31000000, DECIDE = 45000000, START_S390X = 80000000 };

/* Runs as they would be if these were the network's own costs. */
static LabTable *make_runs(const LabPlan *plan, SimCalibration *planted)
{
    static const char *const columns[] = {"run_id", "propagate_ns", "first_work_ns", "select_ns",
                                          "load_ns", "rebuild_ns", NULL};
    LabTable *table = lab_table_new(columns);
    SimCosts *c = &planted->costs;
    c->as_agents = TRUE;
    c->prepare_ns = PREPARE;
    c->decide_ns = DECIDE;
    c->start_ns[pr_arch_find("s390x") - pr_arches] = START_S390X;
    for (guint i = 0; i < plan->runs->len; i++) {
        const LabRun *run = plan->runs->pdata[i];
        g_autoptr(GError) error = NULL;
        g_autoptr(LabPrediction) p = lab_prediction_new(plan->config, run, planted, &error);
        g_assert_no_error(error);
        gboolean fails = lab_time_ns(run->value[LAB_MTTF]) > 0;
        gint64 v[] = {p->epoch->propagate_ns, p->first_work_ns, p->select_ns, p->load_ns + p->late_ns,
                      p->rebuild_ns};
        char **row = g_new0(char *, G_N_ELEMENTS(columns));
        row[0] = g_strdup(run->id);
        for (guint k = 0; k < G_N_ELEMENTS(v); k++)
            row[k + 1] = (k == 0) != fails ? g_strdup_printf("%" G_GINT64_FORMAT, v[k]) : g_strdup("");
        lab_table_take(table, row);
    }
    return table;
}

static SimCalibration *load_costs(void)
{
    g_autofree char *path = g_build_filename(folder, "costs.ini", NULL);
    g_autoptr(GError) error = NULL;
    SimCalibration *c = sim_calibration_load(path, &error);
    g_assert_no_error(error);
    return c;
}

static void near(double value, double wanted)
{
    g_assert_cmpfloat_with_epsilon(value / wanted, 1, 1e-3);
}

static void test_planted(void)
{
    g_autofree char *path = g_build_filename(folder, "t.ini", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(LabConfig) config = lab_config_load(path, NULL, folder, &error);
    g_assert_no_error(error);
    g_autoptr(LabPlan) plan = lab_plan_new(config, "build", &error);
    g_autoptr(SimCalibration) planted = load_costs(), found = load_costs();
    g_autoptr(LabTable) runs = make_runs(plan, planted);
    g_assert_true(lab_calibrate_network(found, plan, runs, &error));
    near((double)found->costs.prepare_ns, PREPARE);
    near((double)found->costs.decide_ns, DECIDE);
    near((double)found->costs.start_ns[pr_arch_find("s390x") - pr_arches], START_S390X);

    g_autoptr(LabTable) table = lab_table_new(lab_validation_columns);
    g_assert_true(lab_validation_add(table, "t", plan, runs, found, &error));
    LabValidation score = lab_validation_score(table);
    g_assert_cmpuint(score.scenarios, ==, 2 * 2 * 2); /* targets, failures, time-outs */
    g_assert_cmpfloat(score.worst, <, 1e-3);

    /* what was written is read back */
    g_autofree char *text = sim_calibration_text(found);
    put("again.ini", text);
    g_autofree char *again_path = g_build_filename(folder, "again.ini", NULL);
    g_autoptr(SimCalibration) again = sim_calibration_load(again_path, &error);
    g_assert_no_error(error);
    g_assert_true(again->costs.as_agents);
    g_assert_cmpint(again->costs.prepare_ns, ==, found->costs.prepare_ns);
    g_assert_cmpint(again->costs.decide_ns, ==, found->costs.decide_ns);
}

static void test_score(void)
{
    static const char *const ratios[] = {"1.02", "0.95", "1.30"};
    g_autoptr(LabTable) table = lab_table_new(lab_validation_columns);
    for (guint i = 0; i < G_N_ELEMENTS(ratios); i++) {
        char **row = g_new0(char *, table->n_columns + 1);
        for (guint k = 0; k < table->n_columns; k++)
            row[k] = g_strdup(k + 1 == table->n_columns ? ratios[i] : "");
        lab_table_take(table, row);
    }
    LabValidation score = lab_validation_score(table);
    near(score.median, 0.05);
    near(score.worst, 0.30);
}

/* ---- the committed scenarios ---- */

/* A calibration that has any program with any arguments: the sizes are made up. */
static SimCalibration *any_program(const LabConfig *config)
{
    SimCalibration *c = load_costs();
    const SimCalibrated *model = c->programs->pdata[0];
    c->costs.as_agents = TRUE;
    for (guint i = 0; i < config->values[LAB_ARGS]->len; i++) {
        SimCalibrated *program = g_new0(SimCalibrated, 1);
        *program = *model;
        program->name = g_strdup_printf("paced %s", (char *)config->values[LAB_ARGS]->pdata[i]);
        for (guint a = 0; a < PR_N_ARCHES; a++) {
            SimSizesArch row = *sim_sizes_arch(&model->sizes, "x86_64");
            row.cls = pr_arches[a].big_endian ? 2 : pr_arches[a].pointer_bytes == 4 ? 1 : 0;
            program->sizes.arch[a] = row;
        }
        g_ptr_array_add(c->programs, program);
    }
    return c;
}

typedef struct Scenarios {
    guint n[2]; /* propagation, recovery */
    GHashTable *settings; /* "platform timeout", "platform args" */
} Scenarios;

static void take_scenario(Scenarios *all, const LabPlan *plan, const LabRun *run, const SimCalibration *c)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LabPrediction) p = lab_prediction_new(plan->config, run, c, &error);
    gboolean recovery = lab_time_ns(run->value[LAB_MTTF]) > 0;
    const char *net = sim_platform_name(plan->config->platform);
    g_assert_no_error(error);
    g_assert_cmpint(recovery ? p->first_work_ns : p->epoch->propagate_ns, >, 0);
    g_assert_true(p->copy != NULL);
    all->n[recovery ? 1 : 0]++;
    g_hash_table_add(all->settings, g_strdup_printf("%s %s", net, run->value[LAB_ARGS]));
    if (recovery)
        g_hash_table_add(all->settings, g_strdup_printf("%s %s", net, run->value[LAB_DETECTOR]));
    g_test_message("%s %s %s>%s %s: %" G_GINT64_FORMAT " ns", net, run->value[LAB_ARGS],
                   run->value[LAB_SOURCE], run->value[LAB_TARGET], recovery ? "recovery" : "propagation",
                   recovery ? p->first_work_ns : p->epoch->propagate_ns);
}

static void take_file(Scenarios *all, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LabConfig) config = lab_config_load(path, NULL, ".", &error);
    g_assert_no_error(error);
    g_assert_true(config->real);
    g_autoptr(LabPlan) plan = lab_plan_new(config, "build", &error);
    g_assert_no_error(error);
    g_autoptr(SimCalibration) c = any_program(config);
    for (guint i = 0; i < plan->runs->len; i++) {
        const LabRun *run = plan->runs->pdata[i];
        if (run->replication == 1)
            take_scenario(all, plan, run, c);
    }
}

static Scenarios take_set(const char *set)
{
    Scenarios all = {.settings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    g_autoptr(GDir) dir = g_dir_open(set, 0, NULL);
    g_assert_nonnull(dir);
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(set, name, NULL);
        if (g_str_has_suffix(name, ".ini"))
            take_file(&all, path);
    }
    return all;
}

/* They can be predicted, are enough, and are none of those that the model was developed with. */
static void test_scored(void)
{
    Scenarios scored = take_set("papers/validation/scored");
    Scenarios development = take_set("papers/validation/development");
    GHashTableIter iter;
    gpointer key;
    g_assert_cmpuint(scored.n[0], >=, 6);
    g_assert_cmpuint(scored.n[1], >=, 6);
    take_file(&development, "papers/validation/calibration.ini");
    g_hash_table_iter_init(&iter, scored.settings);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        g_assert_false(g_hash_table_contains(development.settings, key));
    g_hash_table_unref(scored.settings);
    g_hash_table_unref(development.settings);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("preaches-validation-XXXXXX", NULL);
    put("t.platform", platform);
    put("t.ini", experiment);
    put("costs.ini", costs);
    put("job", "any file");
    g_mkdir(g_build_filename(folder, "job.preaches", NULL), 0755);
    put("job.preaches/s390x", "any file");
    g_test_add_func("/validation/planted", test_planted);
    g_test_add_func("/validation/score", test_score);
    g_test_add_func("/validation/scored", test_scored);
    int status = g_test_run();
    preaches_tree_remove(folder);
    return status;
}
