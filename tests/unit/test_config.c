/* Experiment files: overrides, sweeps, what multiplies runs, and run ids. The program is any file. */
#include "results/config.h"
#include "results/sweep.h"

#include <glib/gstdio.h>
#include <string.h>

static char *folder;

static const char platform[] =
    "[network]\nname=t\n[link l]\nbandwidth=10Mbit/s\nlatency=1ms\npolicy=shared\n"
    "[route * *]\nlinks=l\n"
    "[host a]\narch=x86_64\nspeed=1.0\ndisk=8MB/s\nseek=9ms\nfsync=5ms\nconvert=40MB/s\n"
    "start=30ms\nmemory=128MB\n"
    "[host b]\narch=s390x\nspeed=1.0\ndisk=8MB/s\nseek=9ms\nfsync=5ms\nconvert=40MB/s\n"
    "start=30ms\nmemory=128MB\n";

static const char experiment[] =
    "[experiment]\nname=t\nreplications=2\n[platform]\nfile=t.platform\n"
    "[workload]\nprogram=job\nrun=60s\nsource=x86_64\ntarget=x86_64;s390x\n"
    "[checkpoint]\ninterval=5s\nstrategy=P\n"
    "[sweep]\ncheckpoint.interval=10s;20s;30s\n";

static char *path_of(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static void put(const char *name, const char *text)
{
    g_autofree char *path = path_of(name);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_cmpint(g_chmod(path, 0755), ==, 0);
}

static LabConfig *load(const char *const *overrides, GError **error)
{
    g_autofree char *path = path_of("t.ini");
    return lab_config_load(path, overrides, folder, error);
}

static guint count_runs(const char *const *overrides)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LabConfig) config = load(overrides, &error);
    g_assert_no_error(error);
    g_autoptr(LabPlan) plan = lab_plan_new(config, "build", &error);
    g_assert_no_error(error);
    return plan->runs->len;
}

static void test_product(void)
{
    static const char *const one[] = {"checkpoint.interval=7s", NULL};
    static const char *const zero[] = {"checkpoint.strategy=0", NULL};
    static const char *const all[] = {"checkpoint.strategy=P;L;H;0", NULL};
    static const char *const twice[] = {"propagation.converter=sender;receiver", NULL};
    put("t.ini", experiment);
    g_assert_cmpuint(count_runs(NULL), ==, 2 * 3 * 2); /* targets, intervals, replications */
    g_assert_cmpuint(count_runs(one), ==, 2 * 2); /* an override stands above the sweep */
    g_assert_cmpuint(count_runs(zero), ==, 2);    /* no interval, no target */
    g_assert_cmpuint(count_runs(all), ==, 2 * (6 + 6 + 3 + 1));
    g_assert_cmpuint(count_runs(twice), ==, 2 * 2 * 3 * 2);
}

static void test_ids(void)
{
    g_autoptr(GError) error = NULL;
    static const char *const more[] = {"experiment.replications=3", NULL};
    static const char *const seed[] = {"experiment.seed=2", NULL};
    put("t.ini", experiment);
    g_autoptr(LabConfig) a = load(NULL, &error);
    LabConfig *b = load(more, &error), *c = load(seed, &error);
    g_assert_no_error(error);
    g_autoptr(LabPlan) pa = lab_plan_new(a, "build", &error);
    LabPlan *pb = lab_plan_new(b, "build", &error), *pc = lab_plan_new(c, "build", &error),
            *pd = lab_plan_new(a, "other build", &error);
    const LabRun *ra = pa->runs->pdata[0], *rb = pb->runs->pdata[0], *rc = pc->runs->pdata[0],
                 *rd = pd->runs->pdata[0];
    g_assert_cmpuint(strlen(ra->id), ==, LAB_ID_CHARS);
    g_assert_cmpstr(ra->id, ==, rb->id); /* more replications add runs, they change none */
    g_assert_cmpstr(ra->id, !=, rc->id);
    g_assert_cmpstr(ra->id, !=, rd->id);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < pb->runs->len; i++)
        g_assert_true(g_hash_table_add(seen, ((LabRun *)pb->runs->pdata[i])->id));
    lab_plan_free(pb);
    lab_plan_free(pc);
    lab_plan_free(pd);
    lab_config_free(b);
    lab_config_free(c);
}

static void test_program_args(void)
{
    g_autoptr(GError) error = NULL;
    static const char *const own[] = {"workload job.args=1;2 'a b';3", NULL};
    put("t.ini", experiment);
    g_assert_cmpuint(count_runs(own), ==, 3 * 12);
    g_autoptr(LabConfig) config = load(own, &error);
    const LabProgram *program = config->programs->pdata[0];
    g_assert_cmpstr(program->args->pdata[1], ==, "2 'a b'");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("preaches-XXXXXX", NULL);
    g_autofree char *sub = path_of("job.preaches");
    g_mkdir(sub, 0755);
    put("job", "#!/bin/sh\n");
    put("job.preaches/s390x", "#!/bin/sh\n");
    put("t.platform", platform);
    g_test_add_func("/config/product", test_product);
    g_test_add_func("/config/ids", test_ids);
    g_test_add_func("/config/program-args", test_program_args);
    int status = g_test_run();
    static const char *const files[] = {"job.preaches/s390x", "job.preaches", "job", "t.platform",
                                        "t.ini", "."};
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = path_of(files[i]);
        g_remove(path);
    }
    g_rmdir(folder);
    g_free(folder);
    return status;
}
