/* A workstation in virtual time: one disk and one processor for background work, each first come
 * first served. A host that fails loses what is under way on it; what its disk holds is there again
 * after repair. */
#ifndef PREACHES_SIMNET_HOST_H
#define PREACHES_SIMNET_HOST_H

#include "simengine.h"
#include "platform.h"

typedef struct SimHost SimHost;
typedef void (*SimHostDone)(gpointer data);

SimHost *sim_host_new(SimEngine *engine, const SimHostSpec *spec); /* spec is borrowed */
void sim_host_free(SimHost *host);
gboolean sim_host_is_up(const SimHost *host);
void sim_host_fail(SimHost *host); /* operations under way are forgotten, their `done` never called */
void sim_host_repair(SimHost *host);
/* Durable write of a new file: seek, transfer, fsync. */
void sim_host_write(SimHost *host, guint64 bytes, SimHostDone done, gpointer data);
/* Work on the processor for that long. */
void sim_host_compute(SimHost *host, gint64 duration_ns, SimHostDone done, gpointer data);

/* The same costs on an idle host, for whoever waits for nobody. */
gint64 sim_host_read_ns(const SimHostSpec *spec, guint64 bytes);
gint64 sim_host_write_ns(const SimHostSpec *spec, guint64 bytes);

#endif
