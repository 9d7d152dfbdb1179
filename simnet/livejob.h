/* The real job: the program as a process under the real checkpoint core, natively or through
 * qemu-user, its images as files in the run's scratch folder. */
#ifndef PREACHES_SIMNET_LIVEJOB_H
#define PREACHES_SIMNET_LIVEJOB_H

#include "job.h"
#include "world.h"

/* spec must outlive the job. Free with job->ops->free(). */
SimJob *sim_live_new(const SimRunSpec *spec, GError **error);

#endif
