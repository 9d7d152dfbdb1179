/* Sharing kept up to date against filling everything from nothing, after every few changes; and the
 * laws of max-min: no link over its capacity, no transfer that could have more without another of no
 * higher level having less. PREACHES_SHARING_CASES: how many platforms (fewer under a slow tool). */
#include "../../simnet/random.h"
#include "../../simnet/sharing.h"

#include <float.h>
#include <math.h>

enum { LINKS = 12, TRANSFERS = 40 };

typedef struct Known {
    gboolean present, rising;
    guint index, n_uses;
    SimUse use[4];
    double penalty, bound, rate;
} Known;

typedef struct Case {
    SimStream stream;
    SimSharing *sharing;
    double capacity[LINKS];
    Known known[TRANSFERS];
    gint64 now_ns;
} Case;

/* Progressive filling, everything weighed again in every round. */
static gboolean oracle_round(Case *c)
{
    double left[LINKS], weight[LINKS] = {0}, level = DBL_MAX;
    gboolean any = FALSE, held[TRANSFERS] = {FALSE};
    for (guint l = 0; l < LINKS; l++)
        left[l] = c->capacity[l];
    for (guint t = 0; t < TRANSFERS; t++) {
        const Known *k = &c->known[t];
        for (guint u = 0; k->present && u < k->n_uses; u++) {
            if (k->rising)
                weight[k->use[u].link] += k->use[u].factor / k->penalty;
            else
                left[k->use[u].link] -= k->use[u].factor * k->rate;
        }
        if (k->present && k->rising)
            level = MIN(level, k->bound * k->penalty);
    }
    for (guint l = 0; l < LINKS; l++)
        if (weight[l] > 0)
            level = MIN(level, MAX(left[l], 0) / weight[l]);
    for (guint t = 0; t < TRANSFERS; t++) {
        Known *k = &c->known[t];
        held[t] = k->present && k->rising && k->bound * k->penalty <= level * (1 + 1e-12);
        for (guint u = 0; k->present && k->rising && u < k->n_uses; u++)
            held[t] |= left[k->use[u].link] <= level * weight[k->use[u].link] * (1 + 1e-12);
    }
    for (guint t = 0; t < TRANSFERS; t++)
        if (held[t]) {
            Known *k = &c->known[t];
            k->rising = FALSE;
            k->rate = MIN(level / k->penalty, k->bound);
            any = TRUE;
        }
    return any;
}

static void check_laws(const Case *c)
{
    double load[LINKS] = {0}, top[LINKS] = {0};
    for (guint t = 0; t < TRANSFERS; t++) {
        const Known *k = &c->known[t];
        double rate = k->present ? sim_sharing_rate(c->sharing, k->index) : 0;
        for (guint u = 0; k->present && u < k->n_uses; u++) {
            load[k->use[u].link] += k->use[u].factor * rate;
            top[k->use[u].link] = MAX(top[k->use[u].link], rate * k->penalty);
        }
    }
    for (guint l = 0; l < LINKS; l++)
        g_assert_cmpfloat(load[l], <=, c->capacity[l] * (1 + 1e-9));
    for (guint t = 0; t < TRANSFERS; t++) {
        const Known *k = &c->known[t];
        if (!k->present)
            continue;
        double rate = sim_sharing_rate(c->sharing, k->index);
        gboolean stopped = rate >= k->bound * (1 - 1e-9);
        for (guint u = 0; u < k->n_uses; u++) /* full, and nobody there has a higher level */
            stopped |= load[k->use[u].link] >= c->capacity[k->use[u].link] * (1 - 1e-9) &&
                       rate * k->penalty >= top[k->use[u].link] * (1 - 1e-9);
        g_assert_true(stopped);
    }
}

static void check(Case *c)
{
    sim_sharing_solve(c->sharing, c->now_ns);
    for (guint t = 0; t < TRANSFERS; t++)
        c->known[t].rising = c->known[t].present;
    while (oracle_round(c))
        ;
    for (guint t = 0; t < TRANSFERS; t++) {
        const Known *k = &c->known[t];
        if (!k->present)
            continue;
        double ours = sim_sharing_rate(c->sharing, k->index);
        if (fabs(ours - k->rate) > 1e-9 * k->rate)
            g_error("transfer %u: ours %.17g, oracle %.17g", t, ours, k->rate);
    }
    check_laws(c);
}

static void add(Case *c, Known *k)
{
    guint links = 1 + (guint)sim_stream_below(&c->stream, LINKS); /* some are used by all */
    guint wanted = 1 + (guint)sim_stream_below(&c->stream, 4);
    *k = (Known){.present = TRUE};
    for (guint i = 0; i < wanted; i++) {
        guint link = (guint)sim_stream_below(&c->stream, links);
        gboolean again = FALSE;
        for (guint u = 0; u < k->n_uses; u++)
            again |= k->use[u].link == link;
        static const double factors[] = {1.0, 1.0, 0.05, 1.05, 2.0};
        if (!again)
            k->use[k->n_uses++] = (SimUse){link, factors[sim_stream_below(&c->stream, 5)]};
    }
    k->penalty = sim_stream_below(&c->stream, 3) ? 1e-3 * (1 + (double)sim_stream_below(&c->stream, 9))
                                                 : 1e-3;
    k->bound = sim_stream_below(&c->stream, 3) ? DBL_MAX : 1e5 * sim_stream_unit(&c->stream);
    k->index = sim_sharing_add(c->sharing, c->now_ns, k->use, k->n_uses, k->penalty, k->bound, 1e12, k);
    for (guint u = 0; u < k->n_uses; u++)
        k->bound = MIN(k->bound, c->capacity[k->use[u].link] / k->use[u].factor);
}

static void run_case(guint64 seed)
{
    Case c = {.sharing = sim_sharing_new()};
    sim_stream_init(&c.stream, seed, "sharing", 0);
    for (guint l = 0; l < LINKS; l++) {
        c.capacity[l] = pow(10, 4 + (double)sim_stream_below(&c.stream, 3)) *
                        (sim_stream_below(&c.stream, 2) ? 1 : sim_stream_unit(&c.stream) + 0.01);
        sim_sharing_add_link(c.sharing, c.capacity[l]);
    }
    guint crowd = 2 + (guint)sim_stream_below(&c.stream, TRANSFERS - 1);
    for (guint step = 0; step < 30; step++) {
        for (guint64 n = 1 + sim_stream_below(&c.stream, 4); n > 0; n--) {
            Known *k = &c.known[sim_stream_below(&c.stream, crowd)];
            if (k->present) {
                sim_sharing_remove(c.sharing, c.now_ns, k->index);
                k->present = FALSE;
            }
            if (sim_stream_below(&c.stream, 3))
                add(&c, k);
        }
        check(&c);
        c.now_ns += (gint64)sim_stream_below(&c.stream, 1000000000);
    }
    sim_sharing_free(c.sharing);
}

static void test_against_oracle(void)
{
    const char *wanted = g_getenv("PREACHES_SHARING_CASES");
    guint64 cases = wanted ? g_ascii_strtoull(wanted, NULL, 10) : 10000;
    for (guint64 seed = 1; seed <= cases; seed++)
        run_case(seed);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sharing/against-oracle", test_against_oracle);
    return g_test_run();
}
