/* Platforms: hosts, links and routes of the simulated network. Two forms of file, told apart by what they
 * begin with: SimGrid's XML (platform_xml.c says how much of it), and our own strict INI with units:
 *
 *   [network]        name=lab1998  model=pure                  (pure, cm02, lv08-nocross, lv08)
 *                    routing=given                             (given, shortest)
 *   [host sun1]      arch=s390x  speed=1.0  disk=8MB/s  seek=10ms  fsync=5ms  convert=40MB/s
 *                    start=30ms  memory=128MB  cores=1  disk_read=8MB/s
 *                    speed_integer=1.0  speed_float=0.5  speed_memory=1.0
 *                    availability=0s 1;8h 0.5;18h 1;every 24h
 *   [link ether]     bandwidth=10Mbit/s  latency=300us  policy=shared  (shared, fatpipe, bus, duplex)
 *                    bandwidth_profile=0s 10Mbit/s;1h 1Mbit/s  availability=0s 1;60s 0;90s 1
 *   [route * *]      links=ether                     (or named hosts; several links: first;second)
 *   [router r]                                       an end of routes that is no host
 *   [switch s]       hosts=sun1;sun2  bandwidth=100Mbit/s  latency=50us    a duplex cable for each host
 *   [group rack1]    hosts=sun1;sun2                 may fail together
 *
 * Each key on a line of its own. A host needs arch, a link bandwidth and latency, a route links; the
 * other keys have the values shown in the first lines of each; disk_read is disk, speed_X is speed, and
 * nothing changes with time unless a profile says so. Availability: the share of a host's speed, or of a
 * link's bandwidth, that is there; at 0 the host or link has failed.
 *
 * A duplex link has its bandwidth in each direction: LINK (or LINK:up) is one, LINK:down the other.
 *
 * routing=given: the route from A to B is the first that exists of [route A B], [route B A] backwards,
 * [route A *], [route * B], [route B *] backwards, [route * A] backwards, [route * *]. Backwards is in
 * reverse order, and duplex links in their other direction. routing=shortest, which switches and routers
 * imply: over the routes given, each in both directions, on the way with fewest links. Every pair of
 * hosts must have a route. */
#ifndef PREACHES_SIMNET_PLATFORM_H
#define PREACHES_SIMNET_PLATFORM_H

#include "ini.h"
#include "network.h"
#include "timeline.h"

#include <glib.h>

typedef struct SimPlatform SimPlatform;

typedef enum SimWork { /* kinds of work, for which a host may have speeds of their own */
    SIM_WORK_ANY,
    SIM_WORK_INTEGER,
    SIM_WORK_FLOAT,
    SIM_WORK_MEMORY, /* moving bytes: what conversion does */
    SIM_N_WORK
} SimWork;

typedef struct SimHostSpec {
    char *name, *arch;
    double speed;                  /* work per second relative to the reference host */
    double speed_of[SIM_N_WORK];   /* of one kind; 0: as `speed` */
    double disk_bps, convert_bps;  /* bytes per second */
    double disk_read_bps;          /* 0: as disk_bps */
    SimTimeline *availability;     /* share of its speed; 0: failed. NULL: always 1 */
    gint64 seek_ns, fsync_ns, start_ns; /* start_ns: exec and runtime start-up */
    guint64 memory_bytes;
    double cores; /* whole; jobs beyond them share */
} SimHostSpec;

typedef enum SimDuplex { SIM_DUPLEX_NO, SIM_DUPLEX_UP, SIM_DUPLEX_DOWN } SimDuplex; /* DOWN stands behind UP */

typedef struct SimLinkSpec {
    char *name;
    double bandwidth_bps;
    gint64 latency_ns;
    SimLinkPolicy policy;
    SimDuplex duplex;
    SimTimeline *bandwidth;    /* B/s instead of bandwidth_bps, from its first moment on; NULL: constant */
    SimTimeline *availability; /* share of the bandwidth; 0: failed. NULL: always 1 */
} SimLinkSpec;

typedef struct SimGroupSpec {
    char *name;
    guint n_hosts, *hosts;
} SimGroupSpec;

/* Errors carry "FILE:LINE: text" with the nearest known key; PREACHES_ERROR_USAGE. */
SimPlatform *sim_platform_load(const char *path, GError **error);
/* The platform sections of a file already read; its other sections are somebody else's. */
SimPlatform *sim_platform_from_ini(const SimIni *ini, GError **error);
/* FALSE and error at a section that is not of this reader. */
gboolean sim_platform_check_sections(const SimIni *ini, GError **error);
/* Every host converts at that rate times its speed (of SIM_WORK_MEMORY): a calibration stands above the file. */
void sim_platform_set_convert(SimPlatform *platform, double convert_bps);
/* Everything that the platform was read from: its file's text, and behind it those of the profiles that it
 * names. Borrowed. */
const GString *sim_platform_text(const SimPlatform *platform);
/* Is it a section of this reader: "network", "host X", "link X", "route X Y", ...? */
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
guint sim_platform_n_groups(const SimPlatform *platform);
const SimGroupSpec *sim_platform_group(const SimPlatform *platform, guint group);
/* Does anything of it change with time? */
gboolean sim_platform_changes(const SimPlatform *platform);
double sim_host_speed(const SimHostSpec *host, SimWork work);
/* Its hosts and links, by index; what changes with time is up to the caller. */
SimNetwork *sim_platform_network(const SimPlatform *platform, SimEngine *engine);

#endif
