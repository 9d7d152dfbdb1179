#include "interval.h"
#include "detmath.h"

const char *const sim_interval_names[] = {"fixed", "young", "daly", "adaptive", NULL};

static const gint64 shortest_ns = 1000000;

double sim_interval_young(double cost, double mtbf) { return det_sqrt(2 * cost * mtbf); }

double sim_interval_daly(double cost, double mtbf)
{
    if (cost >= 2 * mtbf)
        return mtbf;
    double x = cost / (2 * mtbf);
    return det_sqrt(2 * cost * mtbf) * (1 + det_sqrt(x) / 3 + x / 9) - cost;
}

double sim_interval_expected(double work, double interval, double cost, double restart, double mtbf)
{
    return mtbf * det_exp(restart / mtbf) * (det_exp((interval + cost) / mtbf) - 1) * work /
           interval;
}

/* At worst a failure comes just before a checkpoint counts: an interval and its way to the holders
 * are lost. */
static gint64 adaptive(const SimInterval *interval, const SimIntervalSeen *seen)
{
    return interval->target_ns - seen->recover_ns - seen->commit_ns;
}

gint64 sim_interval_next(const SimInterval *interval, const SimIntervalSeen *seen)
{
    double cost = (double)seen->cost_ns;
    gint64 ns = interval->fixed_ns;
    if (interval->kind == SIM_INTERVAL_YOUNG)
        ns = (gint64)sim_interval_young(cost, interval->mtbf_ns);
    else if (interval->kind == SIM_INTERVAL_DALY)
        ns = (gint64)sim_interval_daly(cost, interval->mtbf_ns);
    else if (interval->kind == SIM_INTERVAL_ADAPTIVE)
        ns = MAX(adaptive(interval, seen), seen->cost_ns); /* not more time than half in checkpoints */
    return MAX(ns, shortest_ns);
}
