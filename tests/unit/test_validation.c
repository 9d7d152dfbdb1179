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
#define SHARE 0.25

/* Runs as they would be if these were the network's own costs. */
static LabTable *make_runs(const LabPlan *plan, SimCalibration *planted)
{
    static const char *const columns[] = {"run_id", "propagate_ns", "first_work_ns", "load_ns",
                                          "rebuild_ns", NULL};
    LabTable *table = lab_table_new(columns);
    SimCosts *c = &planted->costs;
    c->as_agents = TRUE;
    c->prepare_ns = PREPARE;
    c->decide_ns = DECIDE;
    c->decide_share = SHARE;
    c->start_ns[pr_arch_find("s390x") - pr_arches] = START_S390X;
    for (guint i = 0; i < plan->runs->len; i++) {
        const LabRun *run = plan->runs->pdata[i];
        g_autoptr(GError) error = NULL;
        g_autoptr(LabPrediction) p = lab_prediction_new(plan->config, run, planted, &error);
        g_assert_no_error(error);
        gboolean fails = lab_time_ns(run->value[LAB_MTTF]) > 0;
        gint64 v[] = {p->epoch->propagate_ns, p->first_work_ns, p->load_ns + p->late_ns, p->rebuild_ns};
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
    near(found->costs.decide_share, SHARE);
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
    near(again->costs.decide_share, SHARE);
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
    int status = g_test_run();
    preaches_tree_remove(folder);
    return status;
}
