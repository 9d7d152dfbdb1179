#include "law.h"
#include "detmath.h"

#include <math.h>

const char *const sim_law_names[] = {"never", "fixed", "exponential", "weibull", "lognormal", NULL};

/* Mean of the law with scale 1. */
static double unit_mean(SimLawKind kind, double shape)
{
    if (kind == SIM_LAW_WEIBULL)
        return det_exp(det_lgamma(1 + 1 / shape));
    return kind == SIM_LAW_LOGNORMAL ? det_exp(shape * shape / 2) : 1;
}

SimLaw sim_law_init(SimLawKind kind, double mean_ns, double shape)
{
    return (SimLaw){kind, mean_ns, shape, mean_ns / unit_mean(kind, shape)};
}

SimLaw sim_law_by_scale(SimLawKind kind, double scale_ns, double shape)
{
    return (SimLaw){kind, scale_ns * unit_mean(kind, shape), shape, scale_ns};
}

gint64 sim_law_draw(const SimLaw *law, SimStream *stream)
{
    double ns = law->scale_ns;
    if (law->kind == SIM_LAW_NEVER)
        return G_MAXINT64;
    if (law->kind == SIM_LAW_EXPONENTIAL)
        ns *= -det_log(sim_stream_unit(stream));
    else if (law->kind == SIM_LAW_WEIBULL)
        ns *= det_pow(-det_log(sim_stream_unit(stream)), 1 / law->shape);
    else if (law->kind == SIM_LAW_LOGNORMAL)
        ns *= det_exp(law->shape * det_normal_quantile(sim_stream_unit(stream)));
    return ns < 9.2e18 ? MAX((gint64)ns, 1) : G_MAXINT64;
}

double sim_law_cdf(const SimLaw *law, double t_ns)
{
    if (law->kind == SIM_LAW_NEVER || t_ns <= 0)
        return 0;
    double x = t_ns / law->scale_ns;
    switch (law->kind) {
    case SIM_LAW_EXPONENTIAL:
        return -expm1(-x);
    case SIM_LAW_WEIBULL:
        return -expm1(-pow(x, law->shape));
    case SIM_LAW_LOGNORMAL:
        return 0.5 * erfc(-log(x) / (law->shape * M_SQRT2));
    default:
        return x >= 1;
    }
}
