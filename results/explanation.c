#include "explanation.h"
#include "../core/agent/proc.h"
#include "../simnet/host.h"
#include "../simnet/network.h"
#include "prediction.h"

#include <math.h>
#include <string.h>

static char *seconds(gint64 ns) { return g_strdup_printf("%.9f s", (double)ns * 1e-9); }

static void G_GNUC_PRINTF(3, 4) term(GString *out, gint64 ns, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    g_autofree char *time = seconds(ns);
    va_end(args);
    g_string_append_printf(out, "%18s  %s\n", time, text);
}

/* ---- a transfer ---- */

static gint find_host(const SimPlatform *p, const char *name, GError **error)
{
    for (guint h = 0; h < sim_platform_n_hosts(p); h++)
        if (g_str_equal(sim_platform_host(p, h)->name, name))
            return (gint)h;
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "platform %s has no host '%s'",
                sim_platform_name(p), name);
    return -1;
}

static void over(SimFlow flow, gboolean delivered, gpointer data)
{
    (void)flow, (void)delivered;
    *(gboolean *)data = TRUE;
}

/* What the simulation itself says, by running it. */
static gint64 run_transfer(const SimPlatform *p, guint from, guint to, guint64 bytes)
{
    SimEngine *engine = sim_engine_new();
    SimNetwork *net = sim_platform_network(p, engine);
    gboolean done = FALSE;
    guint n, n_back;
    const guint *route = sim_platform_route(p, from, to, &n);
    const guint *back = sim_platform_route(p, to, from, &n_back);
    sim_network_start(net, from, to, (double)bytes, route, n, back, n_back, over, &done);
    while (!done && sim_engine_step(engine))
        ;
    gint64 ns = sim_engine_now(engine);
    sim_network_free(net);
    sim_engine_free(engine);
    return ns;
}

/* Whether the route back takes the link too, for its acknowledgements. */
static guint uses(const guint *route, guint n, guint link)
{
    guint count = 0;
    for (guint i = 0; i < n; i++)
        count += route[i] == link ? 1 : 0;
    return count;
}

static double bottleneck(const SimPlatform *p, guint from, guint to, GString *out)
{
    const SimNetModel *m = sim_platform_model(p);
    double least = HUGE_VAL;
    gint64 latency_ns = 0;
    guint n, n_back;
    const guint *route = sim_platform_route(p, from, to, &n);
    const guint *back = sim_platform_route(p, to, from, &n_back);
    for (guint i = 0; i < n; i++) {
        const SimLinkSpec *link = sim_platform_link(p, route[i]);
        double times = link->policy == SIM_LINK_SHARED ? uses(route, n, route[i]) : 1;
        double share = link->policy == SIM_LINK_FATPIPE
                           ? 1
                           : times + m->cross_traffic * uses(back, n_back, route[i]);
        double bps = m->bandwidth_factor * link->bandwidth_bps / share;
        latency_ns += link->latency_ns;
        least = fmin(least, bps);
        g_string_append_printf(out,
                               "                    link %s: %.0f B/s x %g (protocol) / %g (a flow's "
                               "share of it) = %.0f B/s, latency %.0f us\n",
                               link->name, link->bandwidth_bps, m->bandwidth_factor, share, bps,
                               (double)link->latency_ns * 1e-3);
    }
    if (m->window_bytes > 0 && latency_ns > 0) {
        double window = m->bandwidth_factor * m->window_bytes / (2e-9 * (double)latency_ns);
        least = fmin(least, window);
        g_string_append_printf(out,
                               "                    window: %.0f B x %g / (2 x latency) = %.0f B/s\n",
                               m->window_bytes, m->bandwidth_factor, window);
    }
    return least;
}

char *lab_explain_transfer(const SimPlatform *platform, const char *from, const char *to,
                           guint64 bytes, GError **error)
{
    gint a = find_host(platform, from, error), b = a >= 0 ? find_host(platform, to, error) : -1;
    if (b < 0)
        return NULL;
    const SimNetModel *m = sim_platform_model(platform);
    GString *out = g_string_new(NULL);
    guint n;
    gint64 latency_ns = 0;
    const guint *route = sim_platform_route(platform, (guint)a, (guint)b, &n);
    for (guint i = 0; i < n; i++)
        latency_ns += sim_platform_link(platform, route[i])->latency_ns;
    g_string_append_printf(out, "%" G_GUINT64_FORMAT " bytes from %s to %s, model %s, alone:\n",
                           bytes, from, to, m->name);
    gint64 wait_ns = (gint64)nearbyint((double)latency_ns * m->latency_factor);
    term(out, wait_ns, "latency: %.0f us on the route x %g (protocol); no bytes travel yet",
         (double)latency_ns * 1e-3, m->latency_factor);
    GString *links = g_string_new(NULL);
    double rate = a == b ? HUGE_VAL : bottleneck(platform, (guint)a, (guint)b, links);
    gint64 transfer_ns = isinf(rate) ? 0 : sim_time_for((double)bytes, rate);
    term(out, transfer_ns, "transfer: bytes / %.0f B/s, the least of", rate);
    g_string_append(out, links->str);
    g_string_free(links, TRUE);
    term(out, wait_ns + transfer_ns, "in all");
    gint64 simulated_ns = run_transfer(platform, (guint)a, (guint)b, bytes);
    term(out, simulated_ns, "by the simulation%s",
         ABS(simulated_ns - wait_ns - transfer_ns) <= 1 ? "" : " (it differs: please report)");
    return g_string_free(out, FALSE);
}

/* ---- a checkpoint and a recovery ---- */

static void explain_epoch(const LabPrediction *c, GString *out)
{
    const SimProfile *p = c->epoch;
    const SimHostSpec *host = sim_platform_host(c->platform, c->primary);
    g_string_append_printf(out, "A checkpoint of %" G_GUINT64_FORMAT " bytes of state on %s (%s), strategy %s:\n",
                           c->sizes->state_bytes, host->name, host->arch, c->policy->name);
    term(out, p->pause_ns, "pause: fork, and %" G_GUINT64_FORMAT " pages x %" G_GINT64_FORMAT " ns",
         c->sizes->state_bytes / c->costs->page_bytes, c->costs->fork_page_ns);
    term(out, p->convert_ns, "convert: %" G_GINT64_FORMAT " bytes of images, %s", p->image_bytes,
         sim_cost_beside(host) < 1 ? "the job has half the processor meanwhile" : "on a core of its own");
    term(out, p->propagate_ns, "propagate: until the last of %u copies (%" G_GINT64_FORMAT " bytes) has arrived",
         p->n_copies, p->sent_bytes);
    term(out, p->commit_ns, "commit: until the last is durable and verified");
    term(out, p->over_ns, "from the checkpoint's begin until the epoch is over");
    for (guint i = 0; i < p->n_copies; i++) {
        const SimProfileCopy *copy = &p->copy[i];
        g_autofree char *made = seconds(copy->ready_ns), *arrived = seconds(copy->arrived_ns),
                        *written = seconds(copy->written_ns), *done = seconds(copy->held_ns);
        g_string_append_printf(out, "                    copy for %s to %s: made %s, arrived %s, written %s, verified %s\n",
                               copy->arch, sim_platform_host(c->platform, copy->host)->name, made,
                               arrived, written, done);
    }
}

static void explain_recovery(const LabPrediction *c, GString *out)
{
    if (!c->copy) {
        g_string_append(out, "No copy could be gone on from: the job starts again.\n");
        return;
    }
    const SimElection *e = &c->election;
    const SimHostSpec *on = sim_platform_host(c->platform, c->copy->host);
    const SimJobFacts *facts = &c->native->facts;
    g_string_append_printf(out, "\nA failure of the primary; %s (%s) takes over:\n", on->name, on->arch);
    term(out, c->detect_ns, "detect: the time-out of %.3f s runs from the last heartbeat, on average half of %.3f s before the failure%s",
         (double)e->timeout_ns * 1e-9, (double)e->beat_ns * 1e-9,
         c->costs->as_agents ? "; a quarter of one is waited beyond it" : "");
    if (c->costs->as_agents)
        term(out, c->select_ns, "select: %u of %u hosts can take over, %u have a native image and stand first; %.2f elections of %.3f s; medians of %s",
             e->n_able, e->n_voters, e->n_ready, sim_election_rounds(e), (double)e->decide_ns * 1e-9,
             e->n_ready ? "the wait for the first candidate" : "the waits for the first candidate and for better targets");
    else
        term(out, c->select_ns, "select: the slowest round trip, and the decision");
    if (c->late_ns > 0)
        term(out, c->late_ns, "load: read the image of %s whole (%" G_GUINT64_FORMAT " bytes), convert, write", c->copy->made, c->copy->bytes);
    term(out, c->load_ns, "load: two reads, the head (%" G_GUINT64_FORMAT " bytes) and the first pages touched%s",
         facts->head_bytes, c->costs->as_agents ? "; all of it verified" : "");
    term(out, c->rebuild_ns, "rebuild: start of the program, mapping, %u frames, %" G_GUINT64_FORMAT " bytes of globals",
         facts->n_frames, facts->global_bytes);
    term(out, c->first_work_ns, "from the failure to the next useful instruction");
}

char *lab_explain_recovery(const LabConfig *config, const LabRun *run, GError **error)
{
    g_autoptr(LabPrediction) p = lab_prediction_new(config, run, config->calibration, error);
    if (!p)
        return NULL;
    GString *out = g_string_new(NULL);
    explain_epoch(p, out);
    explain_recovery(p, out);
    return g_string_free(out, FALSE);
}
