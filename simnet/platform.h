/* Platform files: hosts, links and routes of the simulated network, strict INI with units.
 *
 *   [network]        name=lab1998
 *   [host sun1]      arch=s390x  speed=1.0  disk=8MB/s  seek=10ms  fsync=5ms  convert=40MB/s
 *                    start=30ms  memory=128MB
 *   [link ether]     bandwidth=10Mbit/s  latency=300us  policy=shared      # shared|fatpipe|bus
 *   [route * *]      links=ether                                          # or named hosts
 */
#ifndef PREACHES_SIMNET_PLATFORM_H
#define PREACHES_SIMNET_PLATFORM_H

#include <glib.h>

typedef struct SimPlatform SimPlatform;

typedef struct SimHostSpec {
    char *name, *arch;
    double speed;                  /* work per second relative to the reference host */
    double disk_bps, convert_bps;  /* bytes per second */
    gint64 seek_ns, fsync_ns, start_ns; /* start_ns: exec and runtime start-up */
    guint64 memory_bytes;
} SimHostSpec;

/* Errors carry "FILE:LINE: text" with the nearest known key; PREACHES_ERROR_USAGE. */
SimPlatform *sim_platform_load(const char *path, GError **error);
SimPlatform *sim_platform_ref(SimPlatform *platform);
void sim_platform_unref(SimPlatform *platform);
guint sim_platform_n_hosts(const SimPlatform *platform);
const SimHostSpec *sim_platform_host(const SimPlatform *platform, guint host);

#endif
