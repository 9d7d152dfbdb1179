/* A workstation in virtual time: cores, which what computes shares equally, and a disk, first come first
 * served. What a failure does to whom is simnet/README.md's table "What a failure does"; the host's
 * part of it is in sim_host_fail() and sim_host_fail_disk(). */
#ifndef PREACHES_SIMNET_HOST_H
#define PREACHES_SIMNET_HOST_H

#include "simengine.h"
#include "platform.h"

typedef struct SimHost SimHost;
/* ok: it has ended; else the disk has failed under it. Called once, from the engine, unless the host fails:
 * whoever waits for an activity runs on its host, and is gone with it. */
typedef void (*SimHostDone)(gboolean ok, gpointer data);

typedef enum SimActivity { /* what an activity is doing at a moment */
    SIM_ACTIVITY_OVER,
    SIM_ACTIVITY_COMPUTES, /* alone on a core, or sharing the cores */
    SIM_ACTIVITY_QUEUES,   /* for the disk */
    SIM_ACTIVITY_SEEKS,
    SIM_ACTIVITY_READS,
    SIM_ACTIVITY_WRITES,
    SIM_ACTIVITY_SYNCS,
    SIM_ACTIVITY_WAITS     /* for a time */
} SimActivity;

typedef guint64 SimOperation; /* names one activity, never used twice; 0: none */

SimHost *sim_host_new(SimEngine *engine, const SimHostSpec *spec); /* spec is borrowed */
void sim_host_free(SimHost *host); /* NULL allowed */
gboolean sim_host_is_up(const SimHost *host);
void sim_host_fail(SimHost *host); /* activities under way are forgotten, their `done` never called */
void sim_host_repair(SimHost *host);
/* What uses the disk, and what is started on it until its repair, ends as failed at this instant; what it
 * holds durably is there again after the repair. */
void sim_host_fail_disk(SimHost *host);
void sim_host_repair_disk(SimHost *host);
/* Share of its speed that it has, above 0; from now on. */
void sim_host_set_share(SimHost *host, double share);

/* The host must be up. Durable write of a new file: seek, transfer, fsync. */
SimOperation sim_host_write(SimHost *host, guint64 bytes, SimHostDone done, gpointer data);
/* Seek and transfer. */
SimOperation sim_host_read(SimHost *host, guint64 bytes, SimHostDone done, gpointer data);
/* When the disk is free of all who wait for it now. */
gint64 sim_host_disk_free_ns(const SimHost *host);
/* Who comes later waits at least until then. */
void sim_host_hold_disk(SimHost *host, gint64 until_ns);
/* Work that takes one of its cores, alone, for that long. */
SimOperation sim_host_compute(SimHost *host, gint64 duration_ns, SimHostDone done, gpointer data);
/* A timer of a process on the host. */
SimOperation sim_host_wait(SimHost *host, gint64 delay_ns, SimHostDone done, gpointer data);
SimActivity sim_host_activity(const SimHost *host, SimOperation operation);

/* The same costs on an idle host, for whoever waits for nobody. */
gint64 sim_host_read_ns(const SimHostSpec *spec, guint64 bytes);
gint64 sim_host_write_ns(const SimHostSpec *spec, guint64 bytes);

#endif
