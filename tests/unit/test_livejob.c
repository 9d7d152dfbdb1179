/* The world with real jobs: built workloads, checkpointed, killed and recovered on other architectures.
 * Skipped where they are not built. */
#include "../../core/agent/proc.h"
#include "../../simnet/platform.h"
#include "../../simnet/world.h"

#include <glib/gstdio.h>
#include <string.h>

#define S G_GINT64_CONSTANT(1000000000)

typedef struct Program {
    const char *name;
    const char *const *args;
    char *path, *expected, *scratch;
    guint64 polls;
} Program;

static SimPlatform *platform;

static void remove_all(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *entry = g_build_filename(path, name, NULL);
        remove_all(entry);
    }
    g_remove(path);
}

/* The undisturbed run: its output and how many polls it has. */
static void run_undisturbed(Program *p)
{
    g_autoptr(GError) error = NULL;
    const PreachesSpec spec = {.program = p->path,
                               .args = p->args,
                               .count_polls = TRUE,
                               .listen = TRUE,
                               .out_path = p->expected,
                               .dir = p->scratch};
    PreachesProc *proc = preaches_proc_start(&spec, &error);
    g_assert_no_error(error);
    gboolean over = FALSE;
    while (!over) {
        PreachesEvent event;
        g_assert_true(preaches_proc_next(proc, 60000, &event, &error));
        if (event.line && strcmp(event.field[0], "exit") == 0)
            p->polls = g_ascii_strtoull(event.field[2], NULL, 10);
        over = event.line == NULL;
        preaches_event_clear(&event);
    }
    preaches_proc_free(proc);
    g_assert_cmpuint(p->polls, >, 0);
}

static gboolean prepare(Program *p, const char *name, const char *const *args)
{
    g_autofree char *built = g_build_filename("build", "workloads", name, NULL);
    *p = (Program){.name = name, .args = args, .path = g_canonicalize_filename(built, NULL)};
    if (!g_file_test(p->path, G_FILE_TEST_IS_EXECUTABLE)) {
        g_test_skip("workload not built");
        g_free(p->path);
        return FALSE;
    }
    p->scratch = g_dir_make_tmp("preaches-world-XXXXXX", NULL);
    p->expected = g_build_filename(p->scratch, "expected", NULL);
    run_undisturbed(p);
    return TRUE;
}

static void release(Program *p)
{
    remove_all(p->scratch);
    g_free(p->path);
    g_free(p->expected);
    g_free(p->scratch);
}

static SimRunResult run(const Program *p, SimRunSpec spec, const char *folder)
{
    SimRunResult r;
    g_autoptr(GError) error = NULL;
    g_autofree char *scratch = g_build_filename(p->scratch, folder, NULL);
    g_assert_cmpint(g_mkdir(scratch, 0777), ==, 0);
    spec.platform = platform;
    spec.workload = p->name;
    spec.program = p->path;
    spec.args = p->args;
    spec.total_polls = p->polls;
    spec.expected_output = p->expected;
    spec.scratch = scratch;
    spec.run_ns = 100 * S;
    spec.interval_ns = 20 * S;
    spec.detector_ns = S;
    spec.replicas = 1;
    sim_world_run(&spec, &r, &error);
    g_assert_no_error(error);
    g_assert_cmpint(r.output_match, ==, 1);
    remove_all(scratch);
    return r;
}

static const char *const tree_args[] = {"400", "6", NULL};
static const char *const queens_args[] = {"7", "8", NULL};

static void test_strategies(void)
{
    static const SimFault fault = {.at_ns = 57 * S, .repair_ns = -1};
    static const struct {
        SimStrategy strategy;
        const char *target;
        gboolean at_sender;
        gint64 epoch;
    } rows[] = {
        {SIM_STRATEGY_P, "s390x", TRUE, 2}, {SIM_STRATEGY_P, "m68k", FALSE, 2},
        {SIM_STRATEGY_L, "i686", TRUE, 2},  {SIM_STRATEGY_H, "x86_64", TRUE, 2},
        {SIM_STRATEGY_N, "i686", TRUE, 2},  {SIM_STRATEGY_N, "s390x", TRUE, 2},
        {SIM_STRATEGY_0, "hppa", TRUE, 0},
    };
    Program p;
    if (!prepare(&p, "tree", tree_args))
        return;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *folder = g_strdup_printf("s%u", i);
        SimRunSpec spec = {.source_arch = "x86_64",
                           .target_arch = rows[i].target,
                           .faults = &fault,
                           .n_faults = 1,
                           .strategy = rows[i].strategy,
                           .convert_at_sender = rows[i].at_sender};
        SimRunResult r = run(&p, spec, folder);
        g_assert_cmpint(r.failures, ==, 1);
        g_assert_cmpint(r.epoch_recovered, ==, rows[i].epoch);
        g_assert_cmpint(r.first_work_ns, ==, r.detect_ns + r.select_ns + r.load_ns + r.rebuild_ns);
    }
    release(&p);
}

static void test_points(void)
{
    static const char *const points[] = {"poll",   "forked",   "unwind:2",  "convert:1", "write:2",
                                         "sync:2", "rename:1", "renamed:3", "propagate"};
    Program p;
    if (!prepare(&p, "queens", queens_args))
        return;
    for (guint i = 0; i < G_N_ELEMENTS(points); i++) { /* all in the third checkpoint */
        const SimFault faults[] = {
            {.at_ns = -1, .point = (char *)points[i], .epoch = 3, .repair_ns = S},
            {.at_ns = -1, .point = (char *)(i % 2 ? "restore" : "resume:2"), .repair_ns = S}};
        SimRunSpec spec = {.source_arch = "x86_64",
                           .target_arch = "i686",
                           .convert_at_sender = TRUE,
                           .faults = faults,
                           .n_faults = 2};
        SimRunResult r = run(&p, spec, points[i]);
        g_assert_cmpint(r.failures, ==, 2);
        g_assert_cmpint(r.epoch_recovered, ==, 2);
        g_assert_cmpint(r.lost_work_ns, >=, 20 * S);
    }
    release(&p);
}

/* Two deaths, holder and primary, from a foreign source; all simulated columns come out the same. */
static void test_twice_the_same(void)
{
    static const SimFault faults[] = {{.at_ns = 30 * S + 1, .repair_ns = 10 * S, .holder = TRUE},
                                      {.at_ns = 45 * S + 7, .repair_ns = 20 * S},
                                      {.at_ns = 90 * S + 3, .repair_ns = -1}};
    SimRunResult r[2];
    Program p;
    if (!prepare(&p, "queens", queens_args))
        return;
    for (guint i = 0; i < 2; i++) {
        SimRunSpec spec = {.source_arch = "i686",
                           .target_arch = "mips",
                           .convert_at_sender = TRUE,
                           .faults = faults,
                           .n_faults = 3};
        r[i] = run(&p, spec, i ? "two" : "one");
        g_assert_cmpint(r[i].failures, ==, 3);
        r[i].real_pause_ns = r[i].real_convert_ns = r[i].real_load_ns = 0;
    }
    g_assert_true(memcmp(&r[0], &r[1], sizeof r[0]) == 0);
    release(&p);
}

static gpointer run_in_thread(gpointer data)
{
    static const SimFault fault = {.at_ns = 57 * S, .repair_ns = -1};
    const Program *p = ((gpointer *)data)[0];
    SimRunSpec spec = {.source_arch = "x86_64",
                       .target_arch = "i686",
                       .convert_at_sender = TRUE,
                       .faults = &fault,
                       .n_faults = 1};
    SimRunResult *r = g_new(SimRunResult, 1);
    *r = run(p, spec, ((gpointer *)data)[1]);
    return r;
}

static void test_threads(void)
{
    Program p;
    GThread *thread[3];
    gpointer data[3][2] = {{&p, (gpointer) "a"}, {&p, (gpointer) "b"}, {&p, (gpointer) "c"}};
    gint64 total_ns = 0;
    if (!prepare(&p, "queens", queens_args))
        return;
    for (guint i = 0; i < 3; i++)
        thread[i] = g_thread_new("run", run_in_thread, data[i]);
    for (guint i = 0; i < 3; i++) {
        g_autofree SimRunResult *r = g_thread_join(thread[i]);
        g_assert_cmpint(r->epoch_recovered, ==, 2);
        g_assert_true(total_ns == 0 || total_ns == r->total_ns);
        total_ns = r->total_ns;
    }
    release(&p);
}

static void test_no_such_program(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *scratch = g_dir_make_tmp("preaches-world-XXXXXX", NULL);
    SimRunResult r;
    SimRunSpec spec = {.platform = platform, .program = "build/none", .scratch = scratch};
    g_assert_false(sim_world_run(&spec, &r, &error));
    g_assert_nonnull(error);
    remove_all(scratch);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    GError *error = NULL;
    platform = sim_platform_load("simnet/platforms/lab1998.platform", &error);
    g_assert_no_error(error);
    g_test_add_func("/live/strategies", test_strategies);
    g_test_add_func("/live/points", test_points);
    g_test_add_func("/live/twice-the-same", test_twice_the_same);
    g_test_add_func("/live/threads", test_threads);
    g_test_add_func("/live/no-such-program", test_no_such_program);
    int status = g_test_run();
    sim_platform_unref(platform);
    return status;
}
