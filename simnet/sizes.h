/* What a program's state weighs on each architecture: all that a simulation without the program needs
 * to know of it. Measured by `preaches-lab calibrate` (simnet/calibration.h). */
#ifndef PREACHES_SIMNET_SIZES_H
#define PREACHES_SIMNET_SIZES_H

#include "job.h"

#include "../core/layout/arch.h"

typedef struct SimSizesArch {
    gint cls;            /* layout class; -1: the program is not built for it */
    guint64 image_bytes; /* of the class image, raw or native */
    SimJobFacts facts;
} SimSizesArch;

typedef struct SimSizes { /* placed by the caller; needs no clean-up */
    guint64 state_bytes;
    SimSizesArch arch[PR_N_ARCHES]; /* by place in pr_arches */
} SimSizes;

/* Row of an architecture; NULL when the program is not built for it. */
const SimSizesArch *sim_sizes_arch(const SimSizes *sizes, const char *arch);

/* A job that is nothing but its sizes: it runs in the world as the real one does, and serves where a
 * decision asks for a job's classes. `sizes` is borrowed. job->ops->free. */
SimJob *sim_sizes_job_new(const SimSizes *sizes);

#endif
