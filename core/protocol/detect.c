/* Failure detection by heartbeats: a fixed time-out, or phi-accrual (Hayashibara, Défago, Yared,
 * Katayama, SRDS 2004): the gaps between arrivals are taken as normally distributed, and a peer is
 * suspected when a gap as long as this one has a probability below 10^-phi. Mean and variance are
 * exponentially weighted instead of over a window, so that a detector has constant size. */
#include "protojob.h"

#include <math.h>

#define WEIGHT    (1.0 / 16)
#define MIN_GAPS  8         /* before so many the time-out rules */
#define MIN_SIGMA 0.10      /* of the mean: regular heartbeats must not make it nervous */

void pp_detector_init(PpDetector *detector, gint64 now_ns)
{
    *detector = (PpDetector){.last_ns = now_ns};
}

void pp_detector_heard(PpDetector *detector, gint64 now_ns)
{
    double gap = (double)(now_ns - detector->last_ns), off = gap - detector->mean;

    if (detector->n == 0) {
        detector->mean = gap;
    } else {
        detector->mean += WEIGHT * off;
        detector->variance = (1 - WEIGHT) * (detector->variance + WEIGHT * off * off);
    }
    detector->n++;
    detector->last_ns = now_ns;
}

/* z with P(normal > z) = 10^-phi. */
double pp_detector_sigmas(double phi)
{
    double low = 0, high = 40, wanted = pow(10, -phi);

    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (erfc(middle / sqrt(2)) / 2 > wanted)
            low = middle;
        else
            high = middle;
    }
    return high;
}

gint64 pp_detector_deadline(const PpDetector *detector, const PpConfig *config, double sigmas)
{
    double sigma, gap;

    if (config->phi <= 0 || detector->n < MIN_GAPS)
        return detector->last_ns + config->detect_ns;
    sigma = MAX(sqrt(detector->variance), MIN_SIGMA * detector->mean);
    gap = detector->mean + sigmas * sigma;
    gap = CLAMP(gap, (double)config->heartbeat_ns, (double)config->detect_ns);
    return detector->last_ns + (gint64)gap;
}
