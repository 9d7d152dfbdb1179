/* What a failure does to an activity, as simnet/README.md's table "What a failure does" says: every cell of
 * it is made, and the table has a line for every state that there is. */
#include "../../simnet/host.h"
#include "../../simnet/network.h"

#include <string.h>

#define MS G_GINT64_CONSTANT(1000000)

enum { SENDER, RECEIVER, DISK, WAY, WAY_BACK, OTHER, N_FAILURES };
typedef enum Fate { GOES_ON, FAILED, GONE, N_FATES } Fate;
static const char *const fates[] = {"goes on", "failed", "gone"};

typedef struct Scene {
    SimEngine *engine;
    SimNetwork *net;
    SimHost *host[3]; /* of the activity, its receiver, another */
    guint link[3];    /* on the way, on the way back, another */
    gboolean told, ok;
    gint64 told_ns;
    SimOperation op;
    guint failure;
} Scene;

static void told(gboolean ok, gpointer data)
{
    Scene *s = data;
    g_assert_false(s->told);
    s->told = TRUE;
    s->ok = ok;
    s->told_ns = sim_engine_now(s->engine);
}

static void flow_told(SimFlow flow, gboolean delivered, gpointer data)
{
    (void)flow;
    told(delivered, data);
}

/* For others that make the activity queue, or share. */
static void ignore(gboolean ok, gpointer data) { (void)ok, (void)data; }

static void set_host(Scene *s, guint h, gboolean up)
{
    sim_network_set_host(s->net, h, up);
    if (up)
        sim_host_repair(s->host[h]);
    else
        sim_host_fail(s->host[h]);
}

static void fail_now(gpointer data)
{
    Scene *s = data;
    switch (s->failure) {
    case SENDER:
        set_host(s, 0, FALSE);
        break;
    case RECEIVER:
        set_host(s, 1, FALSE);
        break;
    case DISK:
        sim_host_fail_disk(s->host[0]);
        break;
    case WAY:
    case WAY_BACK:
        sim_network_set_link(s->net, s->link[s->failure - WAY], FALSE);
        break;
    default:
        set_host(s, 2, FALSE);
        sim_host_fail_disk(s->host[1]);
        sim_network_set_link(s->net, s->link[2], FALSE);
    }
}

static SimFlow start_flow(Scene *s)
{
    return sim_network_start(s->net, 0, 1, 1e6, &s->link[0], 1, &s->link[1], 1, flow_told, s);
}

/* The disk: 10 ms to seek, 1 s to move a million bytes, 20 ms to sync. The network: 5 ms, then 1 s. */
static void compute(Scene *s) { s->op = sim_host_compute(s->host[0], 1000 * MS, told, s); }
static void share(Scene *s)
{
    for (guint i = 0; i < 4; i++)
        sim_host_compute(s->host[0], 1000 * MS, ignore, s);
    compute(s);
}
static void write_file(Scene *s) { s->op = sim_host_write(s->host[0], 1000000, told, s); }
static void read_file(Scene *s) { s->op = sim_host_read(s->host[0], 1000000, told, s); }
static void queue(Scene *s)
{
    sim_host_write(s->host[0], 1000000, ignore, s);
    write_file(s);
}
static void wait(Scene *s) { s->op = sim_host_wait(s->host[0], 1000 * MS, told, s); }
static void travel(Scene *s) { start_flow(s); }

static const struct {
    const char *name; /* as in the table */
    void (*start)(Scene *s);
    gint64 fail_ns;
    SimActivity activity; /* that it is at that moment; OVER: not a host's */
} states[] = {
    {"computes", compute, 500 * MS, SIM_ACTIVITY_COMPUTES},
    {"shares the cores", share, 500 * MS, SIM_ACTIVITY_COMPUTES},
    {"queues for the disk", queue, 500 * MS, SIM_ACTIVITY_QUEUES},
    {"seeks", write_file, 5 * MS, SIM_ACTIVITY_SEEKS},
    {"reads", read_file, 500 * MS, SIM_ACTIVITY_READS},
    {"writes", write_file, 500 * MS, SIM_ACTIVITY_WRITES},
    {"syncs", write_file, 1020 * MS, SIM_ACTIVITY_SYNCS},
    {"waits for a timer", wait, 500 * MS, SIM_ACTIVITY_WAITS},
    {"travels, in its latency", travel, 3 * MS, SIM_ACTIVITY_OVER},
    {"travels, in its transfer", travel, 500 * MS, SIM_ACTIVITY_OVER},
    {"has arrived, its report to come", NULL, 0, SIM_ACTIVITY_OVER},
    {"is started where that is down", NULL, 0, SIM_ACTIVITY_OVER},
};

static void scene_init(Scene *s, guint failure)
{
    static const SimHostSpec spec = {.speed = 1, .cores = 2, .disk_bps = 1e6, .seek_ns = 10 * MS, .fsync_ns = 20 * MS};
    *s = (Scene){.engine = sim_engine_new(), .failure = failure};
    s->net = sim_network_new(s->engine, sim_net_model("pure"));
    for (guint i = 0; i < 3; i++) {
        s->host[i] = sim_host_new(s->engine, &spec);
        sim_network_add_host(s->net);
        s->link[i] = sim_network_add_link(s->net, 1e6, 5 * MS, SIM_LINK_SHARED);
    }
}

static void scene_fini(Scene *s)
{
    for (guint i = 0; i < 3; i++)
        sim_host_free(s->host[i]);
    sim_network_free(s->net);
    sim_engine_free(s->engine);
}

/* What became of it. `fail_ns`: when, so that a failure is told at that instant. */
static Fate fate_of(Scene *s, gint64 fail_ns)
{
    while (sim_engine_step(s->engine))
        ;
    if (!s->told)
        return GONE;
    g_assert_true(s->ok || s->told_ns == fail_ns);
    return s->ok ? GOES_ON : FAILED;
}

static gint64 run_undisturbed(guint state)
{
    Scene s;
    scene_init(&s, OTHER);
    states[state].start(&s);
    g_assert_cmpint(fate_of(&s, -1), ==, GOES_ON);
    gint64 end_ns = s.told_ns;
    scene_fini(&s);
    return end_ns;
}

/* The failure at the instant at which the flow has arrived, behind that. */
static Fate run_arrived(guint failure)
{
    Scene s;
    scene_init(&s, failure);
    travel(&s);
    while (sim_engine_now(s.engine) < 1005 * MS)
        sim_engine_step(s.engine);
    g_assert_false(s.told);
    fail_now(&s);
    Fate fate = fate_of(&s, -1);
    g_assert_cmpint(s.told_ns, ==, 1005 * MS);
    scene_fini(&s);
    return fate;
}

static Fate run_started_down(guint failure)
{
    Scene s;
    scene_init(&s, failure);
    fail_now(&s);
    if (failure == DISK)
        write_file(&s);
    else
        start_flow(&s);
    Fate fate = fate_of(&s, 0);
    scene_fini(&s);
    return fate;
}

static Fate run_state(guint state, guint failure)
{
    Scene s;
    gint64 fail_ns = states[state].fail_ns, end_ns = run_undisturbed(state);
    g_assert_cmpint(fail_ns, <, end_ns);
    scene_init(&s, failure);
    states[state].start(&s);
    sim_engine_at(s.engine, fail_ns, SIM_PRIORITY_FAULT, fail_now, &s);
    while (sim_engine_next_ns(s.engine) < fail_ns)
        sim_engine_step(s.engine);
    g_assert_false(s.told);
    sim_engine_set_now(s.engine, fail_ns);
    g_assert_cmpint(sim_host_activity(s.host[0], s.op), ==, states[state].activity);
    Fate fate = fate_of(&s, fail_ns);
    if (fate == GOES_ON)
        g_assert_cmpint(s.told_ns, ==, end_ns);
    g_assert_cmpint(sim_host_activity(s.host[0], s.op), ==, SIM_ACTIVITY_OVER);
    scene_fini(&s);
    return fate;
}

static Fate run(guint state, guint failure)
{
    if (states[state].start)
        return run_state(state, failure);
    return state == G_N_ELEMENTS(states) - 1 ? run_started_down(failure) : run_arrived(failure);
}

static void test_table(void)
{
    g_autofree char *text = NULL;
    guint checked = 0, lines_seen = 0;
    g_assert_true(g_file_get_contents("simnet/README.md", &text, NULL, NULL));
    const char *table = strstr(text, "| an activity that |");
    g_assert_nonnull(table);
    g_auto(GStrv) lines = g_strsplit(table, "\n", -1);
    for (guint i = 2; lines[i][0] == '|'; i++, lines_seen++) {
        g_auto(GStrv) cell = g_strsplit(lines[i], " | ", -1);
        g_assert_cmpuint(g_strv_length(cell), ==, N_FAILURES + 1);
        g_assert_cmpuint(lines_seen, <, G_N_ELEMENTS(states));
        g_assert_cmpstr(cell[0] + 2, ==, states[lines_seen].name);
        cell[N_FAILURES][strcspn(cell[N_FAILURES], "|") - 1] = '\0';
        for (guint f = 0; f < N_FAILURES; f++) {
            if (strcmp(cell[f + 1], "–") == 0)
                continue;
            Fate fate = run(lines_seen, f);
            if (strcmp(fates[fate], cell[f + 1]) != 0)
                g_error("%s, failure %u: %s, but the table says %s", states[lines_seen].name, f, fates[fate], cell[f + 1]);
            checked++;
        }
    }
    g_assert_cmpuint(lines_seen, ==, G_N_ELEMENTS(states));
    g_assert_cmpuint(checked, ==, 8 * 3 + 2 * 6 + 6 + 5);
}

/* What is freed is shared anew at once; what a repair finds is an empty host. */
static void test_after(void)
{
    Scene s;
    scene_init(&s, OTHER);
    for (guint i = 0; i < 3; i++)
        sim_host_compute(s.host[0], 1000 * MS, ignore, &s);
    SimOperation last = sim_host_compute(s.host[0], 2000 * MS, told, &s); /* four share two cores: half of one each */
    while (!s.told && sim_engine_step(s.engine))
        ;
    g_assert_cmpint(s.told_ns, ==, 3000 * MS); /* three end at 2 s; then it has a core alone */
    g_assert_cmpint(sim_host_activity(s.host[0], last), ==, SIM_ACTIVITY_OVER);
    s.told = FALSE;
    queue(&s);
    set_host(&s, 0, FALSE);
    set_host(&s, 0, TRUE);
    write_file(&s); /* as on an idle disk */
    while (sim_engine_step(s.engine))
        ;
    g_assert_cmpint(s.told_ns, ==, 4030 * MS);
    s.told = FALSE;
    sim_host_set_share(s.host[0], 0.5);
    compute(&s);
    while (sim_engine_step(s.engine))
        ;
    g_assert_cmpint(s.told_ns, ==, 6030 * MS);
    scene_fini(&s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/kills/table", test_table);
    g_test_add_func("/kills/after", test_after);
    return g_test_run();
}
