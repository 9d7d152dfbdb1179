/* What each step of a job's life costs on a host: one formula each, used by the world (mode=live), by
 * the model (mode=model) and by `preaches-lab explain`. simnet/README.md has them in words. */
#ifndef PREACHES_SIMNET_COSTS_H
#define PREACHES_SIMNET_COSTS_H

#include "job.h"
#include "platform.h"

#include "../core/layout/arch.h"

typedef struct SimCosts {
    gint64 fork_ns, fork_page_ns; /* pause of a checkpoint, on a speed-1 host: once and per page */
    guint64 page_bytes;
    double copy_speedup;          /* copying or checking bytes against converting them */
    gint64 heartbeats_per_timeout;
    gint64 decide_ns;             /* who takes over: after one round trip; as agents: one election */
    guint64 first_touch_bytes;    /* pages of the lazily mapped image that the first work needs */
    gint64 map_ns, frame_ns;      /* rebuilding: once and per re-entered frame */
    double memory_bps;            /* rebuilding: globals put in place */
    /* as core/agent does it, where a calibration on a real network says so; else 0: */
    gboolean as_agents;           /* an epoch is sent when all its images are made and hashed; an image
                                     is verified whole before a start */
    gint64 prepare_ns;            /* before the first byte: who holds what, connections */
    gint64 start_ns[PR_N_ARCHES]; /* by place in pr_arches; 0: the host's own */
    gint64 fault_step_ns;         /* a death at a fault point: that long after the checkpoint's begin
                                     for each point before it in control.h's list */
} SimCosts;

extern const SimCosts sim_costs; /* what mode=live uses */

gint64 sim_cost_pause_ns(const SimCosts *costs, const SimHostSpec *host, guint64 state_bytes);
/* Processor time of the checkpoint's child for one image: copied, or converted. */
gint64 sim_cost_make_ns(const SimCosts *costs, const SimHostSpec *host, guint64 bytes,
                        gboolean converts);
/* A job and its checkpoint's child share the host's cores: what each of them has of one. With that, how
 * long the child takes for its processor time; how much processor time the job has had `elapsed_ns` after
 * the child began, and when it will have had `need_ns`. */
double sim_cost_beside(const SimHostSpec *host);
gint64 sim_cost_beside_ns(const SimHostSpec *host, gint64 cpu_ns);
double sim_cost_had_ns(const SimHostSpec *host, gint64 cpu_ns, gint64 elapsed_ns);
gint64 sim_cost_until_ns(const SimHostSpec *host, gint64 cpu_ns, gint64 need_ns);
gint64 sim_cost_verify_ns(const SimCosts *costs, const SimHostSpec *host, guint64 bytes);
/* When a death at `failed_ns` is noticed: the last heartbeat before it, and the time-out. */
gint64 sim_cost_detected_ns(const SimCosts *costs, gint64 failed_ns, gint64 timeout_ns);
/* The slowest between hosts that are up. */
gint64 sim_cost_round_trip_ns(const SimPlatform *platform, const gboolean *up);
/* One slowest round trip, and the decision. Agents' elections: electiontime.h. */
gint64 sim_cost_select_ns(const SimCosts *costs, const SimPlatform *platform, const gboolean *up);
/* From the last image made until the first byte of an epoch is sent. */
gint64 sim_cost_prepare_ns(const SimCosts *costs, const SimHostSpec *host, guint64 images_bytes);
/* Loading a native image that lies on the host's disk: two reads; the rest is read when touched. */
gint64 sim_cost_load_ns(const SimCosts *costs, const SimHostSpec *host, const SimJobFacts *facts);
/* Before that, where what is stored is not native: read whole, convert, write. */
gint64 sim_cost_late_ns(const SimHostSpec *host, guint64 stored_bytes, guint64 native_bytes);
gint64 sim_cost_rebuild_ns(const SimCosts *costs, const SimHostSpec *host,
                           const SimJobFacts *facts);

#endif
