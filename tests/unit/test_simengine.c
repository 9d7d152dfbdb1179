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
                                          sim_stream_below(&s, 3) << 40 | i});
        length++;
        SimQueueEntry e;
        if (sim_stream_below(&s, 3) == 0 && sim_queue_pop(q, &e))
            length--;
    }
    g_assert_cmpuint(sim_queue_length(q), ==, length);
    SimQueueEntry last = {-1, 0}, e;
    while (sim_queue_pop(q, &e)) {
        g_assert_true(last.time_ns < e.time_ns ||
                      (last.time_ns == e.time_ns && last.rank < e.rank));
        last = e;
        length--;
    }
    g_assert_cmpuint(length, ==, 0);
    sim_queue_free(q);
}

/* ---- the ladder against a sorted list ---- */

static gint compare_entries(gconstpointer a, gconstpointer b, gpointer data)
{
    (void)data;
    const SimQueueEntry *x = a, *y = b;
    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    return x->rank < y->rank ? -1 : x->rank > y->rank;
}

static gboolean is_kept(guint64 rank, gpointer data) { return rank % 7 != GPOINTER_TO_UINT(data); }

/* Distances ahead of now that are hard on buckets: none, one, equal ones, narrow, wide, both at once. */
static gint64 draw_distance(SimStream *s, guint kind)
{
    static const guint64 width[] = {1, 2, 50, 1000, 1000000, G_GUINT64_CONSTANT(1) << 40};
    if (kind == G_N_ELEMENTS(width)) /* over all magnitudes */
        return (gint64)(sim_stream_u64(s) >> (2 + sim_stream_below(s, 60)));
    return (gint64)sim_stream_below(s, width[kind]) * (sim_stream_below(s, 4) ? 1 : 1000);
}

static void check_pop(SimQueue *q, GSequence *sorted, gint64 *now_ns)
{
    SimQueueEntry e;
    gboolean any = sim_queue_pop(q, &e);
    GSequenceIter *first = g_sequence_get_begin_iter(sorted);
    g_assert_cmpint(any, ==, !g_sequence_iter_is_end(first));
    if (!any)
        return;
    const SimQueueEntry *expected = g_sequence_get(first);
    g_assert_cmpint(compare_entries(&e, expected, NULL), ==, 0);
    *now_ns = e.time_ns;
    g_sequence_remove(first);
}

static void check_sweep(SimQueue *q, GSequence *sorted, guint residue)
{
    sim_queue_sweep(q, is_kept, GUINT_TO_POINTER(residue));
    GSequenceIter *i = g_sequence_get_begin_iter(sorted);
    while (!g_sequence_iter_is_end(i)) {
        GSequenceIter *next = g_sequence_iter_next(i);
        if (!is_kept(((SimQueueEntry *)g_sequence_get(i))->rank, GUINT_TO_POINTER(residue)))
            g_sequence_remove(i);
        i = next;
    }
}

static void run_against_sorted(guint64 seed)
{
    SimStream s;
    sim_stream_init(&s, seed, "ladder", 0);
    SimQueue *q = sim_queue_new();
    GSequence *sorted = g_sequence_new(g_free);
    gint64 now_ns = 0;
    guint64 sequence = 0;
    guint kind = 0, push_share = 5;
    for (guint i = 0; i < 12000; i++) {
        if (i % 1500 == 0) { /* grow, shrink, drain, with another kind of distance each time */
            kind = (guint)sim_stream_below(&s, 7);
            push_share = 2 + (guint)sim_stream_below(&s, 7);
        }
        if (sim_stream_below(&s, 2000) == 0)
            check_sweep(q, sorted, (guint)sim_stream_below(&s, 7));
        if (sim_stream_below(&s, 10) >= push_share) {
            check_pop(q, sorted, &now_ns);
            continue;
        }
        gint64 time_ns = sim_time_add(now_ns, draw_distance(&s, kind));
        SimQueueEntry e = {time_ns, sim_stream_below(&s, 4) << 62 | sequence};
        sequence++;
        sim_queue_push(q, e);
        g_sequence_insert_sorted(sorted, g_memdup2(&e, sizeof e), compare_entries, NULL);
        g_assert_cmpuint(sim_queue_length(q), ==, (guint)g_sequence_get_length(sorted));
    }
    while (g_sequence_get_length(sorted) > 0)
        check_pop(q, sorted, &now_ns);
    check_pop(q, sorted, &now_ns); /* both are empty */
    g_sequence_free(sorted);
    sim_queue_free(q);
}

static void test_queue_against_sorted(void)
{
    for (guint64 seed = 1; seed <= 30; seed++)
        run_against_sorted(seed);
}

/* ---- timers against a list of them ---- */

typedef struct Timers {
    SimEngine *engine;
    SimStream stream;
    guint32 hash;
    guint n_run, n_cancelled, n_set;
    struct Timed {
        struct Timers *all;
        SimTimer timer;
        gint64 time_ns;
        gint priority;
        guint64 order;
        gboolean pending;
    } timed[400];
} Timers;

static void timed_run(gpointer data);

static void timed_set(Timers *t, struct Timed *one)
{
    static const gint priorities[] = {SIM_PRIORITY_FAULT, SIM_PRIORITY_NORMAL, SIM_PRIORITY_SHARE};
    one->all = t;
    one->priority = priorities[sim_stream_below(&t->stream, 3)];
    one->time_ns = sim_engine_now(t->engine) + (gint64)sim_stream_below(&t->stream, 2000);
    one->order = t->n_set++;
    one->pending = TRUE;
    one->timer = sim_engine_at(t->engine, one->time_ns, one->priority, timed_run, one);
}

/* Must be the first of all that are pending; then some are cancelled and some set. */
static void timed_run(gpointer data)
{
    struct Timed *one = data;
    Timers *t = one->all;
    g_assert_true(one->pending);
    g_assert_cmpint(sim_engine_now(t->engine), ==, one->time_ns);
    SimQueueEntry me = {one->time_ns, (guint64)one->priority << 40 | one->order};
    for (guint i = 0; i < G_N_ELEMENTS(t->timed); i++) {
        const struct Timed *other = &t->timed[i];
        SimQueueEntry it = {other->time_ns, (guint64)other->priority << 40 | other->order};
        g_assert_true(!other->pending || compare_entries(&me, &it, NULL) <= 0);
    }
    one->pending = FALSE;
    t->hash = t->hash * 31 + (guint32)one->order;
    t->n_run++;
    for (guint i = 0; i < 4; i++) {
        struct Timed *other = &t->timed[sim_stream_below(&t->stream, G_N_ELEMENTS(t->timed))];
        g_assert_cmpint(sim_engine_cancel(t->engine, other->timer), ==, other->pending);
        t->n_cancelled += other->pending ? 1 : 0;
        other->pending = FALSE;
        if (t->n_set < 20000 && sim_stream_below(&t->stream, 16) != 0)
            timed_set(t, other);
    }
}

static guint32 run_timers(guint64 seed)
{
    Timers *t = g_new0(Timers, 1);
    t->engine = sim_engine_new();
    sim_stream_init(&t->stream, seed, "timers", 0);
    for (guint i = 0; i < G_N_ELEMENTS(t->timed); i++)
        timed_set(t, &t->timed[i]);
    while (sim_engine_step(t->engine))
        ;
    g_assert_cmpuint(t->n_run + t->n_cancelled, ==, t->n_set);
    g_assert_cmpuint(t->n_run, ==, sim_engine_n_run(t->engine));
    guint32 hash = t->hash;
    sim_engine_free(t->engine);
    g_free(t);
    return hash;
}

static void test_timers(void)
{
    for (guint64 seed = 1; seed <= 5; seed++)
        g_assert_cmphex(run_timers(seed), ==, run_timers(seed));
    g_assert_cmphex(run_timers(1), !=, run_timers(2));
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
    g_test_add_func("/engine/queue-against-sorted", test_queue_against_sorted);
    g_test_add_func("/engine/timers", test_timers);
    g_test_add_func("/engine/times", test_times);
    g_test_add_func("/random/philox", test_philox_known_answers);
    g_test_add_func("/random/streams", test_streams);
    return g_test_run();
}
