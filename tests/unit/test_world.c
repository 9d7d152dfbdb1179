/* The world with a model of a job: sizes are given, and every call is checked against what may happen. */
#include "../../core/agent/proc.h"
#include "../../simnet/random.h"
#include "../../simnet/world_job.h"
#include "../../simnet/platform.h"

#include <string.h>

#define S  G_GINT64_CONSTANT(1000000000)
#define MS G_GINT64_CONSTANT(1000000)

typedef struct Model {
    SimJob job;
    guint64 image_bytes;
    guint64 bad_epoch;   /* checkpoint that fails; 0: none */
    const char *refused; /* architecture whose image cannot be made natively */
    gboolean running, finished, faults;
    guint64 next_epoch, fault_epoch;
    guint starts, kills, commits, converts;
    guint64 restored[16], breaks[16];
    gboolean wanted[5]; /* classes of this leg */
    GHashTable *spool;  /* "epoch/what" */
    GString *log;
} Model;

static gint class_of(SimJob *job, const char *arch)
{
    static const char *const arches[] = {"x86_64", "aarch64", "i686", "s390x",
                                         "hppa",   "mips",    "m68k"};
    static const gint classes[] = {0, 0, 1, 2, 3, 3, 4};
    (void)job;
    for (guint i = 0; i < G_N_ELEMENTS(arches); i++)
        if (strcmp(arches[i], arch) == 0)
            return classes[i];
    return -1;
}

static char *key(guint64 epoch, const char *what)
{
    return g_strdup_printf("%u/%s", (guint)epoch, what);
}

static gboolean has(const Model *m, guint64 epoch, const char *what)
{
    g_autofree char *k = key(epoch, what);
    return g_hash_table_contains(m->spool, k);
}

static char *class_name(const char *arch)
{
    return g_strdup_printf("class%d", class_of(NULL, arch));
}

static gboolean m_start(SimJob *job, const SimJobLeg *leg, SimJobOutcome *outcome, gint64 *load_ns,
                        GError **error)
{
    Model *m = (Model *)job;
    (void)load_ns;
    (void)error;
    g_assert_false(m->running);
    if (leg->restore_epoch)
        g_assert_true(has(m, leg->restore_epoch, leg->arch));
    g_assert_cmpuint(leg->first_epoch, >=, m->next_epoch);
    memset(m->wanted, 0, sizeof m->wanted);
    g_auto(GStrv) classes = g_strsplit(leg->classes, ",", -1);
    for (guint i = 0; classes[i]; i++)
        m->wanted[class_of(job, classes[i])] = TRUE;
    m->running = TRUE;
    m->next_epoch = leg->first_epoch;
    m->restored[m->starts] = leg->restore_epoch;
    m->breaks[m->starts++] = leg->break_poll;
    m->faults = leg->fault && leg->fault_epoch;
    m->fault_epoch = leg->fault_epoch;
    *outcome = leg->fault && !leg->fault_epoch ? SIM_JOB_FAULT : SIM_JOB_IMAGES;
    g_string_append_printf(m->log, "start %s from %u classes=%s polls=%s\n", leg->arch,
                           (guint)leg->restore_epoch, leg->classes, leg->at_polls);
    return TRUE;
}

static gboolean m_checkpoint(SimJob *job, guint64 epoch, gboolean fire, SimJobCheckpoint *out,
                             GError **error)
{
    Model *m = (Model *)job;
    (void)error;
    g_assert_true(m->running);
    g_assert_cmpuint(epoch, ==, m->next_epoch);
    m->next_epoch++;
    *out = (SimJobCheckpoint){.state_bytes = m->image_bytes,
                              .images = g_array_new(FALSE, FALSE, sizeof(SimJobImage)),
                              .real_pause_ns = 1,
                              .real_convert_ns = 1};
    out->outcome = fire && m->faults && epoch == m->fault_epoch ? SIM_JOB_FAULT
                   : epoch == m->bad_epoch                      ? SIM_JOB_FAILED
                                                                : SIM_JOB_IMAGES;
    for (guint cls = 0; cls < 5 && out->outcome == SIM_JOB_IMAGES; cls++) {
        if (!m->wanted[cls])
            continue;
        SimJobImage image = {cls, m->image_bytes + cls * 65536};
        g_autofree char *name = g_strdup_printf("class%u", cls);
        g_array_append_val(out->images, image);
        g_hash_table_add(m->spool, key(epoch, name));
    }
    return TRUE;
}

static void m_kill(SimJob *job, guint64 last_epoch)
{
    Model *m = (Model *)job;
    g_assert_true(m->running);
    g_assert_cmpuint(last_epoch + 1, ==, m->next_epoch);
    m->running = FALSE;
    m->kills++;
    g_string_append_printf(m->log, "kill %u\n", (guint)last_epoch);
}

static gboolean m_convert(SimJob *job, guint64 epoch, const char *from, const char *to,
                          guint64 *bytes, gint64 *real_ns, GError **error)
{
    Model *m = (Model *)job;
    g_autofree char *source = class_name(from), *target = class_name(to);
    (void)error;
    g_assert_true(has(m, epoch, source));
    g_hash_table_add(m->spool, key(epoch, target));
    *bytes = m->image_bytes;
    *real_ns += 1;
    m->converts++;
    return TRUE;
}

static gboolean m_verify(SimJob *job, guint64 epoch, const char *arch, GError **error)
{
    g_autofree char *name = class_name(arch);
    (void)error;
    return has((Model *)job, epoch, name);
}

static gboolean m_hold(SimJob *job, guint64 epoch, const char *arch, SimJobFacts *facts,
                       GError **error)
{
    Model *m = (Model *)job;
    g_autofree char *name = class_name(arch);
    g_assert_true(has(m, epoch, name));
    if (facts && m->refused && strcmp(arch, m->refused) == 0) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED, "refused");
        return FALSE;
    }
    g_hash_table_add(m->spool, key(epoch, arch));
    if (facts)
        *facts = (SimJobFacts){m->image_bytes, 65536, 4096, 10};
    return TRUE;
}

static gboolean m_commit(SimJob *job, guint64 epoch, GError **error)
{
    (void)error;
    ((Model *)job)->commits++;
    g_string_append_printf(((Model *)job)->log, "commit %u\n", (guint)epoch);
    return TRUE;
}

static gboolean is_of(gpointer k, gpointer value, gpointer epoch)
{
    (void)value;
    return g_str_has_prefix(k, epoch);
}

static void m_discard(SimJob *job, guint64 epoch)
{
    g_autofree char *prefix = key(epoch, "");
    g_hash_table_foreach_remove(((Model *)job)->spool, is_of, prefix);
}

static gboolean m_finish(SimJob *job, gboolean *match, GError **error)
{
    Model *m = (Model *)job;
    (void)error;
    g_assert_true(m->running);
    m->running = FALSE;
    m->finished = TRUE;
    *match = TRUE;
    return TRUE;
}

static const SimJobOps ops = {class_of, m_start,  m_checkpoint, m_kill,   m_convert, m_verify,
                              m_hold,   m_commit, m_discard,    m_finish, NULL};

static SimPlatform *platform;

static void model_init(Model *m, guint64 image_bytes)
{
    *m = (Model){.job = {&ops}, .image_bytes = image_bytes};
    m->spool = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    m->log = g_string_new(NULL);
}

static void model_fini(Model *m)
{
    g_hash_table_unref(m->spool);
    g_string_free(m->log, TRUE);
}

static SimRunSpec base_spec(SimStrategy strategy, const char *target, const SimFault *faults,
                            guint n)
{
    return (SimRunSpec){.platform = platform,
                        .workload = "model",
                        .source_arch = "x86_64",
                        .target_arch = target,
                        .strategy = strategy,
                        .interval_ns = 10 * S,
                        .run_ns = 100 * S,
                        .detector_ns = S,
                        .replicas = 1,
                        .convert_at_sender = TRUE,
                        .total_polls = 1000,
                        .faults = faults,
                        .n_faults = n};
}

static SimRunResult run(Model *m, const SimRunSpec *spec)
{
    SimRunResult r;
    g_autoptr(GError) error = NULL;
    sim_world_run_job(spec, &m->job, &r, &error);
    g_assert_no_error(error);
    g_assert_true(m->finished);
    g_assert_cmpint(r.output_match, ==, 1);
    return r;
}

static void test_undisturbed(void)
{
    for (guint s = 0; s < 4; s++) {
        Model m;
        model_init(&m, 1000000);
        SimRunSpec spec =
            base_spec((SimStrategy)s, s == SIM_STRATEGY_H ? "x86_64" : "s390x", NULL, 0);
        SimRunResult r = run(&m, &spec);
        g_assert_cmpint(r.failures, ==, 0);
        g_assert_cmpint(r.first_work_ns, ==, -1);
        g_assert_cmpint(r.epochs, ==, s == SIM_STRATEGY_0 ? 0 : 9);
        g_assert_cmpint((gint64)m.commits, ==, r.epochs);
        if (s == SIM_STRATEGY_0)
            g_assert_cmpint(r.total_ns, ==, 100 * S);
        else
            g_assert_cmpint(r.total_ns, >, 100 * S + 9 * r.pause_ns);
        g_assert_cmpint(r.classes, ==, s == SIM_STRATEGY_0 ? -1 : s == SIM_STRATEGY_P ? 5 : 1);
        model_fini(&m);
    }
}

static void test_time_fault(void)
{
    const SimFault fault = {.at_ns = 55 * S, .repair_ns = -1};
    gint64 first_work[2] = {0, 0};
    for (guint s = 0; s < 2; s++) { /* P and L */
        Model m;
        model_init(&m, 2000000);
        SimRunSpec spec = base_spec((SimStrategy)s, "s390x", &fault, 1);
        SimRunResult r = run(&m, &spec);
        g_assert_cmpint(r.failures, ==, 1);
        g_assert_cmpint(r.epoch_recovered, ==, 5);
        g_assert_cmpuint(m.restored[1], ==, 5);
        g_assert_cmpint(r.lost_work_ns, >, 0);
        g_assert_cmpint(r.lost_work_ns, <, 10 * S);
        g_assert_cmpint(r.first_work_ns, ==, r.detect_ns + r.select_ns + r.load_ns + r.rebuild_ns);
        g_assert_cmpint(r.detect_ns, >, 3 * S / 4 - 1);
        g_assert_cmpint(r.detect_ns, <=, S);
        g_assert_cmpint(r.total_ns, >=, 100 * S + r.lost_work_ns + r.first_work_ns);
        g_assert_cmpuint(m.breaks[0], ==, 551); /* polls of 100 ms of work: never past the death */
        g_assert_cmpuint(m.converts, ==, s);
        g_assert_nonnull(strstr(m.log->str, "start s390x from 5"));
        first_work[s] = r.load_ns;
        model_fini(&m);
    }
    g_assert_cmpint(first_work[SIM_STRATEGY_P] * 5, <, first_work[SIM_STRATEGY_L]);
}

static void test_before_first_commit(void)
{
    const SimFault fault = {.at_ns = 5 * S, .repair_ns = -1};
    Model m;
    model_init(&m, 1000000);
    SimRunSpec spec = base_spec(SIM_STRATEGY_P, "hppa", &fault, 1);
    SimRunResult r = run(&m, &spec);
    g_assert_cmpint(r.epoch_recovered, ==, 0);
    g_assert_cmpint(r.lost_work_ns, ==, 5 * S);
    g_assert_nonnull(strstr(m.log->str, "start hppa from 0"));
    model_fini(&m);
}

static void test_propagate(void)
{
    /* The primary dies while the second epoch's bytes travel, so it recovers from the first; a holder
     * that dies then leaves the job and the other holders alone. */
    for (guint holder = 0; holder < 2; holder++) {
        const SimFault fault = {.at_ns = -1,
                                .point = (char *)"propagate",
                                .epoch = 2,
                                .repair_ns = -1,
                                .holder = holder > 0};
        Model m;
        model_init(&m, 1000000);
        SimRunSpec spec = base_spec(SIM_STRATEGY_P, "m68k", &fault, 1);
        SimRunResult r = run(&m, &spec);
        g_assert_cmpint(r.failures, ==, 1);
        g_assert_cmpuint(m.kills, ==, holder ? 0 : 1);
        if (!holder)
            g_assert_cmpint(r.epoch_recovered, ==, 1);
        else
            g_assert_cmpint(r.epochs, ==, 9);
        model_fini(&m);
    }
}

static void test_points(void)
{
    static const char *const points[] = {"poll:1",  "forked", "unwind:2", "convert:1",
                                         "write:3", "sync",   "rename:1", "renamed:1"};
    for (guint i = 0; i < G_N_ELEMENTS(points); i++) {
        const SimFault fault = {
            .at_ns = -1, .point = (char *)points[i], .epoch = 3, .repair_ns = 5 * S};
        Model m;
        model_init(&m, 1000000);
        SimRunSpec spec = base_spec(SIM_STRATEGY_P, "i686", &fault, 1);
        SimRunResult r = run(&m, &spec);
        g_assert_cmpint(r.failures, ==, 1);
        g_assert_cmpint(r.epoch_recovered, ==, 2);
        g_assert_cmpint(r.lost_work_ns, ==, 10 * S);
        model_fini(&m);
    }
}

static void test_fault_in_recovery(void)
{
    const SimFault faults[] = {{.at_ns = 33 * S, .repair_ns = -1},
                               {.at_ns = -1, .point = (char *)"restore:1", .repair_ns = -1}};
    Model m;
    model_init(&m, 1000000);
    SimRunSpec spec = base_spec(SIM_STRATEGY_P, "s390x", faults, 2);
    SimRunResult r = run(&m, &spec);
    g_assert_cmpint(r.failures, ==, 2);
    g_assert_cmpuint(m.starts, ==, 3);
    g_assert_cmpint(r.epoch_recovered, ==, 3); /* on another architecture: s390x's copy died too */
    model_fini(&m);
}

static void test_refused_image(void)
{
    const SimFault fault = {.at_ns = 35 * S, .repair_ns = -1};
    Model m;
    model_init(&m, 1000000);
    m.refused = "s390x";
    SimRunSpec spec = base_spec(SIM_STRATEGY_P, "s390x", &fault, 1);
    SimRunResult r = run(&m, &spec);
    g_assert_cmpint(r.epoch_recovered, ==, 3); /* elsewhere: only that architecture is refused */
    g_assert_null(strstr(m.log->str, "start s390x from 3"));
    model_fini(&m);
}

static void test_waits_for_repair(void)
{
    static const char text[] = "[host a]\narch=x86_64\n";
    SimIni *ini = sim_ini_parse("t", text, sizeof text - 1, NULL);
    GError *error = NULL;
    SimPlatform *lone = sim_platform_from_ini(ini, &error);
    g_assert_no_error(error);
    SimFault fault = {.at_ns = 50 * S, .repair_ns = 20 * S};
    Model m;
    model_init(&m, 1000000);
    SimRunSpec spec = base_spec(SIM_STRATEGY_P, NULL, &fault, 1);
    spec.platform = lone;
    SimRunResult r = run(&m, &spec);
    g_assert_cmpint(r.epochs, ==, 0); /* nobody holds anything */
    g_assert_cmpint(r.total_ns, >=, 170 * S);
    model_fini(&m);
    fault.repair_ns = -1;
    model_init(&m, 1000000);
    SimRunResult none;
    g_assert_false(sim_world_run_job(&spec, &m.job, &none, &error));
    g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED);
    g_clear_error(&error);
    model_fini(&m);
    sim_platform_unref(lone);
    sim_ini_free(ini);
}

static void test_failed_checkpoint(void)
{
    const SimFault fault = {.at_ns = 35 * S, .repair_ns = -1};
    Model m;
    model_init(&m, 1000000);
    m.bad_epoch = 3;
    SimRunSpec spec = base_spec(SIM_STRATEGY_P, "mips", &fault, 1);
    g_assert_cmpint(run(&m, &spec).epoch_recovered, ==, 2);
    model_fini(&m);
}

static void test_receiver_converts(void)
{
    Model m;
    model_init(&m, 1000000);
    SimRunSpec spec = base_spec(SIM_STRATEGY_P, "mips", NULL, 0);
    SimRunResult at_sender = run(&m, &spec);
    model_fini(&m);
    model_init(&m, 1000000);
    spec.convert_at_sender = FALSE;
    SimRunResult at_receiver = run(&m, &spec);
    g_assert_nonnull(strstr(m.log->str, "classes=x86_64 "));
    g_assert_cmpuint(m.converts, >, 0);
    g_assert_cmpint(at_receiver.classes, ==, at_sender.classes);
    g_assert_cmpint(at_receiver.total_ns, <, at_sender.total_ns); /* the primary is relieved */
    model_fini(&m);
}

static void test_usage(void)
{
    struct {
        const char *what;
        SimRunSpec spec;
    } rows[] = {
        {"H elsewhere", base_spec(SIM_STRATEGY_H, "s390x", NULL, 0)},
        {"no interval", base_spec(SIM_STRATEGY_P, "s390x", NULL, 0)},
        {"unknown host", base_spec(SIM_STRATEGY_P, "alpha", NULL, 0)},
        {"too many", base_spec(SIM_STRATEGY_P, "s390x", NULL, 0)},
    };
    rows[1].spec.interval_ns = 0;
    rows[3].spec.interval_ns = 1000;
    rows[3].spec.total_polls = 1000000000;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        Model m;
        SimRunResult r;
        g_autoptr(GError) error = NULL;
        model_init(&m, 1000000);
        g_assert_false(sim_world_run_job(&rows[i].spec, &m.job, &r, &error));
        g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE);
        model_fini(&m);
    }
}

/* Random failures, all strategies: the job always ends, twice the same, and never recovers from more
 * than was done. m_start() checks that only held images are restored. */
static void test_campaign(void)
{
    for (guint64 seed = 1; seed <= 300; seed++) {
        SimStream s;
        SimFault faults[6];
        SimRunResult r[2];
        sim_stream_init(&s, seed, "campaign", 0);
        for (guint i = 0; i < 6; i++)
            faults[i] = (SimFault){.at_ns = (gint64)sim_stream_below(&s, (guint64)(150 * S)),
                                   .repair_ns = (gint64)sim_stream_below(&s, (guint64)(30 * S)),
                                   .holder = sim_stream_below(&s, 3) == 0};
        SimStrategy strategy = (SimStrategy)(seed % 4);
        for (guint twice = 0; twice < 2; twice++) {
            Model m;
            model_init(&m, 500000 + seed * 10000);
            m.refused = seed % 7 == 0 ? "s390x" : NULL;
            SimRunSpec spec =
                base_spec(strategy, strategy == SIM_STRATEGY_H ? "x86_64" : "s390x", faults, 6);
            spec.replicas = 1 + (guint)(seed % 3 == 0);
            spec.convert_at_sender = seed % 5 != 0;
            r[twice] = run(&m, &spec);
            model_fini(&m);
        }
        g_assert_true(memcmp(&r[0], &r[1], sizeof r[0]) == 0);
        g_assert_cmpint(r[0].total_ns, >=, 100 * S);
        g_assert_cmpint(r[0].lost_work_ns, <=, 100 * S);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    GError *error = NULL;
    platform = sim_platform_load("simnet/platforms/lab1998.platform", &error);
    g_assert_no_error(error);
    g_test_add_func("/world/undisturbed", test_undisturbed);
    g_test_add_func("/world/time-fault", test_time_fault);
    g_test_add_func("/world/before-first-commit", test_before_first_commit);
    g_test_add_func("/world/propagate", test_propagate);
    g_test_add_func("/world/points", test_points);
    g_test_add_func("/world/fault-in-recovery", test_fault_in_recovery);
    g_test_add_func("/world/refused-image", test_refused_image);
    g_test_add_func("/world/waits-for-repair", test_waits_for_repair);
    g_test_add_func("/world/failed-checkpoint", test_failed_checkpoint);
    g_test_add_func("/world/receiver-converts", test_receiver_converts);
    g_test_add_func("/world/usage", test_usage);
    g_test_add_func("/world/campaign", test_campaign);
    int status = g_test_run();
    sim_platform_unref(platform);
    return status;
}
