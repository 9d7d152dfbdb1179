/* The world with any job: sim_world_run() is this with the real one. */
#ifndef PREACHES_SIMNET_WORLD_JOB_H
#define PREACHES_SIMNET_WORLD_JOB_H

#include "job.h"
#include "world.h"

gboolean sim_world_run_job(const SimRunSpec *spec, SimJob *job, SimRunResult *result,
                           GError **error);

#endif
