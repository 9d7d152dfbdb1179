/* Platform files: hosts, links and routes of the simulated network, strict INI with units.
 *
 *   [network]        name=lab1998  model=pure                  (pure, cm02, lv08-nocross, lv08)
 *   [host sun1]      arch=s390x  speed=1.0  disk=8MB/s  seek=10ms  fsync=5ms  convert=40MB/s
 *                    start=30ms  memory=128MB  cores=1
 *   [link ether]     bandwidth=10Mbit/s  latency=300us  policy=shared      (shared, fatpipe, bus)
 *   [route * *]      links=ether                     (or named hosts; several links: first;second)
 *
 * Each key on a line of its own. A host needs arch, a link bandwidth and latency, a route links; the
 * other keys have the values shown here. The route from A to B is the first that exists of [route A B],
 * [route B A] backwards, [route A *], [route * B], [route B *] backwards, [route * A] backwards,
 * [route * *]. Every pair of hosts must have one. */
#ifndef PREACHES_SIMNET_PLATFORM_H
#define PREACHES_SIMNET_PLATFORM_H

#include "ini.h"
#include "network.h"

#include <glib.h>

typedef struct SimPlatform SimPlatform;

typedef struct SimHostSpec {
    char *name, *arch;
    double speed;                  /* work per second relative to the reference host */
    double disk_bps, convert_bps;  /* bytes per second */
    gint64 seek_ns, fsync_ns, start_ns; /* start_ns: exec and runtime start-up */
    guint64 memory_bytes;
    double cores; /* whole; jobs beyond them share */
} SimHostSpec;

typedef struct SimLinkSpec {
    char *name;
    double bandwidth_bps;
    gint64 latency_ns;
    SimLinkPolicy policy;
} SimLinkSpec;

/* Errors carry "FILE:LINE: text" with the nearest known key; PREACHES_ERROR_USAGE. */
SimPlatform *sim_platform_load(const char *path, GError **error);
/* The platform sections of a file already read; its other sections are somebody else's. */
SimPlatform *sim_platform_from_ini(const SimIni *ini, GError **error);
/* Every host converts at that rate times its speed: a calibration stands above the file. */
void sim_platform_set_convert(SimPlatform *platform, double convert_bps);
/* Is it a section of this reader: "network", "host X", "link X", "route X Y"? */
gboolean sim_platform_owns_section(const char *section);
SimPlatform *sim_platform_ref(SimPlatform *platform);
void sim_platform_unref(SimPlatform *platform);
guint sim_platform_n_hosts(const SimPlatform *platform);
const SimHostSpec *sim_platform_host(const SimPlatform *platform, guint host);

const char *sim_platform_name(const SimPlatform *platform);
const SimNetModel *sim_platform_model(const SimPlatform *platform);
guint sim_platform_n_links(const SimPlatform *platform);
const SimLinkSpec *sim_platform_link(const SimPlatform *platform, guint link);
/* Links from one host to another (borrowed, in the order in which the file names them); none from a
 * host to itself. */
const guint *sim_platform_route(const SimPlatform *platform, guint from, guint to, guint *n);

#endif
