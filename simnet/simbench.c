#include "simbench.h"
#include "simengine.h"

#include <math.h>
#include <time.h>

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A generator of its own: the bench measures the engine, not the streams. */
static inline guint64 draw(guint64 *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* ---- hold model ---- */

enum { DELAYS = 4096 };

typedef struct Hold {
    SimEngine *engine;
    guint64 state;
    gint64 delay_ns[DELAYS]; /* exponential, mean 1 s */
} Hold;

typedef struct Holder { /* what a handler works on */
    Hold *hold;
    guint64 n_run;
} Holder;

static void hold_again(gpointer data)
{
    Holder *holder = data;
    Hold *hold = holder->hold;
    holder->n_run++;
    guint64 r = draw(&hold->state);
    sim_engine_after(hold->engine, hold->delay_ns[r % DELAYS] + (gint64)(r >> 44),
                     SIM_PRIORITY_NORMAL, hold_again, holder);
}

double sim_bench_hold(guint pending, guint64 events)
{
    Hold *hold = g_new0(Hold, 1);
    Holder *holders = g_new0(Holder, pending);
    hold->engine = sim_engine_new();
    hold->state = G_GUINT64_CONSTANT(88172645463325252);
    for (guint i = 0; i < DELAYS; i++)
        hold->delay_ns[i] = (gint64)(-1e9 * log((i + 0.5) / DELAYS));
    for (guint i = 0; i < pending; i++) {
        holders[i].hold = hold;
        hold_again(&holders[i]);
    }
    for (guint64 i = 0; i < pending * G_GUINT64_CONSTANT(2); i++) /* settle */
        sim_engine_step(hold->engine);
    double start_s = cpu_s();
    for (guint64 i = 0; i < events; i++)
        sim_engine_step(hold->engine);
    double rate = (double)events / (cpu_s() - start_s);
    sim_engine_free(hold->engine);
    g_free(holders);
    g_free(hold);
    return rate;
}

void sim_bench_all(SimBenchReport report, gpointer data)
{
    report("sim.hold_1e3", sim_bench_hold(1000, 4000000), "events/s", data);
    report("sim.hold_1e4", sim_bench_hold(10000, 4000000), "events/s", data);
    report("sim.hold_1e6", sim_bench_hold(1000000, 4000000), "events/s", data);
}
