/* core/protocol: what is on the wire, the detector, and three nodes in one process. The protocol under
 * faults is tests/hostile/protocol_main. */
#include "core/protocol/protojob.h"

#define MS G_GINT64_CONSTANT(1000000)

/* ---- the wire ---- */

static PpImage an_image(guint64 epoch, guint16 class_id)
{
    return (PpImage){
        .epoch = epoch, .term = 3, .class_id = class_id, .bytes = 4096, .hash = {1, 2, 3, 250}};
}

static PpRecord a_record(void)
{
    PpRecord record = {.version = {3, 7},
                       .n_members = 3,
                       .replicas = 2,
                       .keep = 2,
                       .checkpoint_ns = 1000 * MS,
                       .prefer = 2,
                       .status = -1,
                       .finish_term = 3};

    for (guint i = 0; i < 3; i++) {
        record.members[i] = (PpMember){.node = i + 1, .incarnation = 77 + i, .class_id = (guint16)i};
        g_strlcpy(record.members[i].arch, "s390x", sizeof record.members[i].arch);
    }
    for (guint e = 0; e < 2; e++) {
        PpEpoch *epoch = &record.epochs[record.n_epochs++];
        *epoch = (PpEpoch){.epoch = 9 - e, .term = 3, .n_classes = 2};
        for (guint16 c = 0; c < 2; c++)
            epoch->classes[c] =
                (PpHeld){.image = an_image(9 - e, c), .n_holders = 2, .holders = {2, 3}};
    }
    return record;
}

static PpMessage a_message(PpMessageType type)
{
    PpMessage m = {.type = type,
                   .job = {0x1122334455667788, 2},
                   .from = 1,
                   .to = 2,
                   .from_incarnation = 77,
                   .term = 3,
                   .flags = PP_FLAG_OK | PP_FLAG_REPORT,
                   .load = 5,
                   .sent_ns = 123456789,
                   .version = {3, 7},
                   .committed = {3, 6},
                   .released_term = 2,
                   .source = 1,
                   .image = an_image(9, 1),
                   .n_images = 2,
                   .has_record = TRUE,
                   .record = a_record(),
                   .spec = (const guint8 *)"spec",
                   .spec_bytes = 4};

    m.member = m.record.members[1];
    m.images[0] = an_image(8, 0);
    m.images[1] = an_image(9, 0);
    return m;
}

static void test_round_trip(void)
{
    for (PpMessageType type = PP_APPEND; type < PP_N_MESSAGES; type++) {
        PpMessage m = a_message(type), back;
        g_autoptr(GBytes) bytes = pp_message_encode(&m), again = NULL;
        gsize n;
        const guint8 *p = g_bytes_get_data(bytes, &n);

        g_assert_true(pp_message_decode(&back, p, n));
        g_assert_cmpint(back.type, ==, type);
        g_assert_cmpuint(back.term, ==, 3);
        g_assert_cmphex(back.job.high, ==, m.job.high);
        again = pp_message_encode(&back);
        g_assert_true(g_bytes_equal(bytes, again));
    }
}

/* Cut at every byte, or longer: refused. */
static void test_truncated(void)
{
    for (PpMessageType type = PP_APPEND; type < PP_N_MESSAGES; type++) {
        PpMessage m = a_message(type), back;
        g_autoptr(GBytes) bytes = pp_message_encode(&m);
        g_autofree guint8 *longer = NULL;
        gsize n;
        const guint8 *p = g_bytes_get_data(bytes, &n);

        for (gsize cut = 0; cut < n; cut++) {
            g_autofree guint8 *exact = g_memdup2(p, cut); /* so that reading past it is seen */
            g_assert_false(pp_message_decode(&back, exact, cut));
        }
        longer = g_malloc0(n + 1);
        memcpy(longer, p, n);
        g_assert_false(pp_message_decode(&back, longer, n + 1));
    }
}

/* Every byte to every value: refused, or a message that says just these bytes. */
static void test_flipped(void)
{
    for (PpMessageType type = PP_APPEND; type < PP_N_MESSAGES; type++) {
        PpMessage m = a_message(type), back;
        g_autoptr(GBytes) bytes = pp_message_encode(&m);
        gsize n;
        const guint8 *p = g_bytes_get_data(bytes, &n);
        g_autofree guint8 *copy = g_memdup2(p, n);

        for (gsize at = 0; at < n; at++) {
            for (guint v = 0; v < 256; v += type == PP_APPEND ? 1 : 5) {
                copy[at] = (guint8)v;
                if (pp_message_decode(&back, copy, n)) {
                    g_autoptr(GBytes) again = pp_message_encode(&back);
                    gsize n_again;
                    const guint8 *q = g_bytes_get_data(again, &n_again);
                    g_assert_true(n_again == n && memcmp(q, copy, n) == 0);
                }
            }
            copy[at] = p[at];
        }
    }
}

static void test_saved(void)
{
    PpSaved saved = {.job = {1, 2},
                     .node = 2,
                     .incarnation = 78,
                     .term = 5,
                     .voted_for = 3,
                     .record = a_record(),
                     .spec = (const guint8 *)"x",
                     .spec_bytes = 1},
            back;
    g_autoptr(GBytes) bytes = pp_saved_encode(&saved);
    gsize n;
    const guint8 *p = g_bytes_get_data(bytes, &n);
    g_autofree guint8 *copy = g_memdup2(p, n);

    g_assert_true(pp_saved_decode(&back, p, n));
    g_assert_cmpuint(back.term, ==, 5);
    g_assert_cmpuint(back.voted_for, ==, 3);
    g_assert_cmpuint(back.record.epochs[1].epoch, ==, 8);
    for (gsize at = 0; at < n; at++) { /* any flipped bit is noticed: a state is trusted whole */
        copy[at] ^= (guint8)(1 << at % 8);
        g_assert_false(pp_saved_decode(&back, copy, n));
        copy[at] = p[at];
    }
}

static void test_record_valid(void)
{
    PpRecord record = a_record();

    g_assert_true(pp_record_valid(&record));
    record.members[1].node = record.members[0].node;
    g_assert_false(pp_record_valid(&record));
    record = a_record();
    record.epochs[1].epoch = record.epochs[0].epoch;
    g_assert_false(pp_record_valid(&record));
    record = a_record();
    record.epochs[0].classes[0].holders[1] = record.epochs[0].classes[0].holders[0];
    g_assert_false(pp_record_valid(&record));
    record = a_record();
    record.keep = 0;
    g_assert_false(pp_record_valid(&record));
}

/* ---- the detector ---- */

static void test_detector(void)
{
    PpConfig config = pp_config_default;
    PpDetector d;
    gint64 fixed, regular, irregular, now = 0;

    pp_detector_init(&d, 0);
    for (int i = 0; i < 100; i++)
        pp_detector_heard(&d, now += 50 * MS);
    fixed = pp_detector_deadline(&d, &config, pp_detector_sigmas(config.phi)) - now;
    g_assert_cmpint(fixed, ==, config.detect_ns);
    config.phi = 8;
    regular = pp_detector_deadline(&d, &config, pp_detector_sigmas(config.phi)) - now;
    g_assert_cmpint(regular, <, 100 * MS); /* 50 ms + 5.6 × 5 ms */
    g_assert_cmpint(regular, >, 70 * MS);
    pp_detector_init(&d, now);
    for (int i = 0; i < 100; i++)
        pp_detector_heard(&d, now += i % 2 ? 80 * MS : 20 * MS);
    irregular = pp_detector_deadline(&d, &config, pp_detector_sigmas(config.phi)) - now;
    g_assert_cmpint(irregular, >, regular);
    g_assert_cmpint(irregular, <=, config.detect_ns);
}

static void test_config(void)
{
    PpConfig config = pp_config_default;

    g_assert_null(pp_config_check(&config));
    config.lease_ns = 2 * config.heartbeat_ns;
    g_assert_nonnull(pp_config_check(&config));
    config = pp_config_default;
    config.detect_ns = config.heartbeat_ns;
    g_assert_nonnull(pp_config_check(&config));
}

/* ---- three nodes in one process: everything at once and nothing lost ---- */

enum { N = 3 };

typedef struct Cluster {
    PpNode *node[N + 1];
    GQueue mail; /* GBytes*; who from and to is in it */
    gint64 now_ns;
    guint started[N + 1], committed, finished;
    PpAction last_start;
    gint32 status;
    gint64 fence_ns;
    gboolean down[N + 1];
    gboolean no_images; /* checkpoints fail */
} Cluster;

static void cluster_act(Cluster *c, guint n)
{
    PpAction action;

    while (pp_node_next(c->node[n], &action)) {
        PpEvent event = {.job = action.job, .term = action.term};
        switch (action.kind) {
        case PP_SEND:
            g_queue_push_tail(&c->mail, g_bytes_ref(action.bytes));
            break;
        case PP_SAVE:
        case PP_FETCH:
        case PP_SYNC:
            pp_node_done(c->node[n], c->now_ns, action.token, TRUE);
            break;
        case PP_START:
            c->started[n]++;
            c->last_start = action;
            event.kind = PP_EVENT_STARTED;
            pp_node_event(c->node[n], c->now_ns, &event);
            break;
        case PP_KILL:
            event.kind = PP_EVENT_ENDED;
            event.by_signal = TRUE;
            pp_node_event(c->node[n], c->now_ns, &event);
            break;
        case PP_CHECKPOINT:
            event.kind = c->no_images ? PP_EVENT_NO_IMAGES : PP_EVENT_IMAGES;
            event.n_images = 1;
            event.images[0] = (PpImage){.epoch = c->last_start.next_epoch++, .bytes = 1};
            pp_node_event(c->node[n], c->now_ns, &event);
            break;
        case PP_FENCE:
            g_assert_cmpint(action.until_ns, >, c->fence_ns);
            c->fence_ns = action.until_ns;
            break;
        case PP_NOTIFY:
            c->committed += action.notice == PP_NOTICE_COMMITTED ? 1 : 0;
            if (action.notice == PP_NOTICE_FINISHED) {
                c->finished++;
                c->status = action.status;
            }
            break;
        case PP_DROP:
            break;
        }
        pp_action_clear(&action);
    }
}

static void cluster_run(Cluster *c, gint64 for_ns)
{
    gint64 until = c->now_ns + for_ns;

    for (; c->now_ns < until; c->now_ns += MS) {
        for (guint n = 1; n <= N; n++)
            if (!c->down[n]) {
                pp_node_tick(c->node[n], c->now_ns);
                cluster_act(c, n);
            }
        for (GBytes *bytes; (bytes = g_queue_pop_head(&c->mail)) != NULL; g_bytes_unref(bytes)) {
            gsize size;
            const guint8 *p = g_bytes_get_data(bytes, &size);
            PpMessage m;
            g_assert_true(pp_message_decode(&m, p, size));
            if (c->down[m.from] || c->down[m.to])
                continue;
            g_assert_true(pp_node_message(c->node[m.to], c->now_ns, m.from, p, size));
            cluster_act(c, m.to);
        }
    }
}

static const PpId job = {1, 2};

static void cluster_begin(Cluster *c)
{
    PpRecord record = {.n_members = N, .replicas = 2, .keep = 2, .checkpoint_ns = 200 * MS};

    *c = (Cluster){.now_ns = MS};
    g_queue_init(&c->mail);
    for (guint i = 0; i < N; i++) {
        record.members[i] = (PpMember){.node = i + 1, .incarnation = 5};
        c->node[i + 1] = pp_node_new(&pp_config_default, &record.members[i], c->now_ns);
    }
    g_assert_true(pp_node_create(c->node[1], c->now_ns, job, &record, (const guint8 *)"s", 1));
    g_assert_false(pp_node_create(c->node[1], c->now_ns, job, &record, (const guint8 *)"s", 1));
    cluster_run(c, 1000 * MS);
}

static void cluster_end(Cluster *c)
{
    for (guint n = 1; n <= N; n++)
        pp_node_free(c->node[n]);
    g_queue_clear_full(&c->mail, (GDestroyNotify)g_bytes_unref);
}

static guint primary_of(Cluster *c)
{
    for (guint n = 1; n <= N; n++) {
        PpJobStatus status;
        if (c->down[n])
            continue;
        pp_node_status(c->node[n], c->now_ns, 0, &status);
        if (g_str_equal(status.role, "leader"))
            return n;
    }
    return 0;
}

static void test_job_runs(void)
{
    Cluster c;
    guint primary;
    PpEvent event = {.kind = PP_EVENT_ENDED, .job = job, .status = 9};

    cluster_begin(&c);
    primary = primary_of(&c);
    g_assert_cmpuint(primary, >, 0);
    g_assert_cmpuint(c.started[1] + c.started[2] + c.started[3], ==, 1);
    g_assert_cmpuint(c.committed, >=, 3);
    event.term = c.last_start.term;
    pp_node_event(c.node[primary], c.now_ns, &event);
    cluster_act(&c, primary);
    cluster_run(&c, 300 * MS);
    g_assert_cmpuint(c.finished, ==, N);
    g_assert_cmpint(c.status, ==, 9);
    cluster_run(&c, 5000 * MS);
    g_assert_cmpuint(c.started[1] + c.started[2] + c.started[3], ==, 1);
    cluster_end(&c);
}

static void test_takeover(void)
{
    Cluster c;
    guint primary, committed;
    guint64 term;

    cluster_begin(&c);
    primary = primary_of(&c);
    term = c.last_start.term;
    committed = c.committed;
    c.down[primary] = TRUE;
    c.fence_ns = 0;
    cluster_run(&c, 800 * MS); /* detector 200 ms, lease 200 ms, a vote */
    g_assert_cmpuint(primary_of(&c), !=, primary);
    g_assert_cmpuint(primary_of(&c), >, 0);
    g_assert_cmpuint(c.last_start.term, >, term);
    g_assert_cmpuint(c.last_start.image.epoch, ==, committed);
    /* Two of three: no majority, so nobody has a process. */
    c.down[primary_of(&c)] = TRUE;
    cluster_run(&c, 3000 * MS);
    g_assert_cmpuint(primary_of(&c), ==, 0);
    g_assert_cmpuint(c.started[1] + c.started[2] + c.started[3], ==, 2);
    cluster_end(&c);
}

static void test_move(void)
{
    Cluster c;
    guint primary, target;

    cluster_begin(&c);
    for (guint i = 0; i < 3; i++) { /* again: who got it by a move lets it go, too */
        primary = primary_of(&c);
        target = primary % N + 1;
        g_assert_false(pp_node_request(c.node[target], c.now_ns, job, PP_REQUEST_MOVE, primary));
        g_assert_true(pp_node_request(c.node[primary], c.now_ns, job, PP_REQUEST_MOVE, target));
        cluster_act(&c, primary);
        c.fence_ns = 0;
        cluster_run(&c, 1000 * MS);
        g_assert_cmpuint(primary_of(&c), ==, target);
    }
    g_assert_cmpuint(c.started[target], ==, target == 1 ? 2 : 1);
    cluster_end(&c);
}

static PpMove move_of(Cluster *c, guint n)
{
    PpJobStatus status;

    pp_node_status(c->node[n], c->now_ns, 0, &status);
    return status.move;
}

/* A wish stands until the target answers, unless it is taken back; a checkpoint that fails ends it. */
static void test_move_waits(void)
{
    Cluster c;
    guint primary, target;

    cluster_begin(&c);
    primary = primary_of(&c);
    target = primary % N + 1;
    c.no_images = TRUE;
    g_assert_true(pp_node_request(c.node[primary], c.now_ns, job, PP_REQUEST_MOVE, target));
    cluster_act(&c, primary);
    cluster_run(&c, 1000 * MS);
    g_assert_cmpuint(primary_of(&c), ==, primary);
    g_assert_cmpint(move_of(&c, primary), ==, PP_MOVE_FAILED);
    c.no_images = FALSE;
    cluster_run(&c, 1000 * MS);
    g_assert_cmpuint(primary_of(&c), ==, primary);

    c.down[target] = TRUE;
    cluster_run(&c, 1000 * MS);
    g_assert_true(pp_node_request(c.node[primary], c.now_ns, job, PP_REQUEST_MOVE, target));
    cluster_run(&c, 1000 * MS);
    g_assert_cmpint(move_of(&c, primary), ==, PP_MOVE_ASKED);
    g_assert_true(pp_node_request(c.node[primary], c.now_ns, job, PP_REQUEST_MOVE, PP_NOBODY));
    c.down[target] = FALSE;
    cluster_run(&c, 1000 * MS);
    g_assert_cmpuint(primary_of(&c), ==, primary);

    c.down[target] = TRUE;
    cluster_run(&c, 1000 * MS);
    g_assert_true(pp_node_request(c.node[primary], c.now_ns, job, PP_REQUEST_MOVE, target));
    cluster_run(&c, 1000 * MS);
    g_assert_cmpuint(primary_of(&c), ==, primary);
    c.down[target] = FALSE;
    c.fence_ns = 0;
    cluster_run(&c, 1000 * MS);
    g_assert_cmpuint(primary_of(&c), ==, target);
    cluster_end(&c);
}

/* Whatever comes: no crash, and nothing is believed that names another sender. */
static void test_garbage(void)
{
    Cluster c;
    guint64 z = 1998;
    PpMessage m = a_message(PP_APPEND);
    g_autoptr(GBytes) bytes = NULL;
    gsize n;
    const guint8 *p;

    cluster_begin(&c);
    m.job = job;
    m.from = 2;
    m.to = 1;
    bytes = pp_message_encode(&m);
    p = g_bytes_get_data(bytes, &n);
    g_assert_false(pp_node_message(c.node[1], c.now_ns, 3, p, n)); /* 3 says that it is 2 */
    g_assert_false(pp_node_message(c.node[3], c.now_ns, 2, p, n)); /* not for 3 */
    for (guint i = 0; i < 20000; i++) {
        g_autofree guint8 *copy = NULL;
        gsize len;
        m.type = (PpMessageType)(1 + z % (PP_N_MESSAGES - 1));
        m.term = z >> 8 & 7;
        m.flags = (guint8)(z >> 16 & (PP_FLAGS - PP_FLAG_CREATE));
        m.sent_ns = (gint64)(z >> 30);
        g_bytes_unref(bytes);
        bytes = pp_message_encode(&m);
        p = g_bytes_get_data(bytes, &len);
        copy = g_memdup2(p, len);
        z = z * G_GUINT64_CONSTANT(6364136223846793005) + 1442695040888963407;
        copy[(z >> 33) % len] ^= (guint8)(1 << (z >> 20 & 7));
        pp_node_message(c.node[1], c.now_ns, 2, copy, len);
        pp_node_message(c.node[1], c.now_ns, 2, p, len);
        c.fence_ns = PP_LONG_AGO;
        cluster_act(&c, 1);
    }
    cluster_end(&c);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/protocol/wire/round-trip", test_round_trip);
    g_test_add_func("/protocol/wire/truncated", test_truncated);
    g_test_add_func("/protocol/wire/flipped", test_flipped);
    g_test_add_func("/protocol/wire/saved", test_saved);
    g_test_add_func("/protocol/wire/record", test_record_valid);
    g_test_add_func("/protocol/detector", test_detector);
    g_test_add_func("/protocol/config", test_config);
    g_test_add_func("/protocol/job/runs", test_job_runs);
    g_test_add_func("/protocol/job/takeover", test_takeover);
    g_test_add_func("/protocol/job/move", test_move);
    g_test_add_func("/protocol/job/move-waits", test_move_waits);
    g_test_add_func("/protocol/garbage", test_garbage);
    return g_test_run();
}
