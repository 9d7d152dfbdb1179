/* Engine, event queue and random streams. */
#include "../../simnet/simengine.h"
#include "../../simnet/eventqueue.h"
#include "../../simnet/random.h"

#include <math.h>

static GString *trace;

static void note(gpointer data) { g_string_append_c(trace, *(const char *)data); }

static void test_order(void)
{
    SimEngine *e = sim_engine_new();
    trace = g_string_new("");
    sim_engine_at(e, 20, SIM_PRIORITY_NORMAL, note, "d");
    sim_engine_at(e, 10, SIM_PRIORITY_SHARE, note, "c");
    sim_engine_at(e, 10, SIM_PRIORITY_NORMAL, note, "a");
    sim_engine_at(e, 10, SIM_PRIORITY_NORMAL, note, "b");
    sim_engine_at(e, 10, SIM_PRIORITY_FAULT, note, "F");
    while (sim_engine_step(e))
        ;
    g_assert_cmpstr(trace->str, ==, "Fabcd");
    g_assert_cmpint(sim_engine_now(e), ==, 20);
    g_assert_cmpuint(sim_engine_n_run(e), ==, 5);
    g_string_free(trace, TRUE);
    sim_engine_free(e);
}

typedef struct Chain {
    SimEngine *engine;
    SimTimer victim;
    gboolean cancelled;
} Chain;

static void cancel_victim(gpointer data)
{
    Chain *c = data;
    c->cancelled = sim_engine_cancel(c->engine, c->victim);
    sim_engine_after(c->engine, 0, SIM_PRIORITY_NORMAL, note, "n");
}

static void test_cancel(void)
{
    SimEngine *e = sim_engine_new();
    trace = g_string_new("");
    Chain chain = {.engine = e};
    sim_engine_at(e, 5, SIM_PRIORITY_NORMAL, cancel_victim, &chain);
    chain.victim = sim_engine_at(e, 5, SIM_PRIORITY_NORMAL, note, "x");
    while (sim_engine_step(e))
        ;
    g_assert_true(chain.cancelled);
    g_assert_cmpstr(trace->str, ==, "n");
    g_assert_false(sim_engine_cancel(e, chain.victim)); /* its slot was used again meanwhile */
    g_assert_false(sim_engine_cancel(e, 0));
    g_string_free(trace, TRUE);
    sim_engine_free(e);
}

static void test_queue_sorts(void)
{
    SimQueue *q = sim_queue_new();
    SimStream s;
    sim_stream_init(&s, 7, "queue", 0);
    guint length = 0;
    for (guint i = 0; i < 20000; i++) {
        sim_queue_push(q, (SimQueueEntry){(gint64)sim_stream_below(&s, 1000),
                                          (gint32)sim_stream_below(&s, 3), i, i});
        length++;
        SimQueueEntry e;
        if (sim_stream_below(&s, 3) == 0 && sim_queue_pop(q, &e))
            length--;
    }
    g_assert_cmpuint(sim_queue_length(q), ==, length);
    SimQueueEntry last = {-1, 0, 0, 0}, e;
    while (sim_queue_pop(q, &e)) {
        g_assert_true(last.time_ns < e.time_ns ||
                      (last.time_ns == e.time_ns &&
                       (last.priority < e.priority ||
                        (last.priority == e.priority && last.sequence < e.sequence))));
        last = e;
        length--;
    }
    g_assert_cmpuint(length, ==, 0);
    sim_queue_free(q);
}

static void test_philox_known_answers(void)
{
    /* From the reference implementation's test vectors (Random123, kat_vectors, philox 4 32 10). */
    static const struct {
        guint32 counter[4], key[2], out[4];
    } rows[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint32 out[4];
        sim_philox(rows[i].counter, rows[i].key, out);
        for (guint w = 0; w < 4; w++)
            g_assert_cmphex(out[w], ==, rows[i].out[w]);
    }
}

static void test_streams(void)
{
    SimStream a, b, c;
    sim_stream_init(&a, 1, "failures", 0);
    sim_stream_init(&b, 1, "failures", 0);
    sim_stream_init(&c, 1, "repairs", 0);
    guint same = 0;
    double sum = 0;
    for (guint i = 0; i < 10000; i++) {
        guint64 x = sim_stream_u64(&a);
        g_assert_cmpuint(x, ==, sim_stream_u64(&b));
        same += x == sim_stream_u64(&c) ? 1 : 0;
        double u = sim_stream_unit(&a);
        sim_stream_unit(&b);
        g_assert_true(u > 0 && u < 1);
        sum += sim_stream_exponential(&c, 5);
        g_assert_cmpuint(sim_stream_below(&c, 6), <, 6);
    }
    g_assert_cmpuint(same, ==, 0);
    g_assert_cmpfloat(fabs(sum / 10000 - 5), <, 0.25);
}

static void test_times(void)
{
    g_assert_cmpint(sim_time_add(G_MAXINT64, 1), ==, G_MAXINT64);
    g_assert_cmpint(sim_time_for(1e6, 1e6), ==, 1000000000);
    g_assert_cmpint(sim_time_for(1e30, 1), ==, G_MAXINT64);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/order", test_order);
    g_test_add_func("/engine/cancel", test_cancel);
    g_test_add_func("/engine/queue-sorts", test_queue_sorts);
    g_test_add_func("/engine/times", test_times);
    g_test_add_func("/random/philox", test_philox_known_answers);
    g_test_add_func("/random/streams", test_streams);
    return g_test_run();
}
