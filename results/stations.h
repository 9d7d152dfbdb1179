/* The workstations of mode=real: an agent for each host of a network for tests, with keys, a spool and
 * a file of events. They die with the thread that started them. One job at a time. */
#ifndef PREACHES_RESULTS_STATIONS_H
#define PREACHES_RESULTS_STATIONS_H

#include "../core/agent/agent.h"
#include "realnet.h"

typedef struct LabStations LabStations;

typedef struct LabStationsSpec {
    const SimPlatform *platform;
    LabNet *net;         /* borrowed */
    const char *preaches; /* the executable */
    const char *folder;   /* exists; a short path, since sockets stand below it */
    gint64 detector_ns;   /* the agents' time-out */
    const char *compress; /* what goes to peers: "none", "zstd" or "lz4" */
} LabStationsSpec;

/* Starts all and waits until each has heard of every other. NULL and error, with what an agent said. */
LabStations *lab_stations_new(const LabStationsSpec *spec, GError **error);
void lab_stations_free(LabStations *stations); /* NULL allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LabStations, lab_stations_free)

const char *lab_station_spool(const LabStations *stations, guint host); /* to ask its agent */
gboolean lab_station_is_up(const LabStations *stations, guint host); /* its agent runs and answers */

/* A host crashes: its agent and, by the agent's guard, its program are killed. Its disk stays. */
void lab_station_crash(LabStations *stations, guint host);
/* Its agent is stopped, or continued. */
void lab_station_stop(LabStations *stations, guint host, gboolean stop);
/* Cut off the network, or joined again. */
gboolean lab_station_cut(LabStations *stations, guint host, gboolean down, GError **error);
/* A host that crashed is back. */
gboolean lab_station_start(LabStations *stations, guint host, GError **error);

/* Host that runs the job, as those know that are up; -1: nobody says. */
int lab_stations_primary(const LabStations *stations, const char *job);
/* TRUE and the exit status, when one that is up knows that the job has ended. */
gboolean lab_stations_finished(const LabStations *stations, const char *job, int *status);

typedef struct LabStep { /* a line of an agent's events: core/agent/README.md */
    gint64 ns;           /* preaches_clock_ns() */
    guint host;
    char **word; /* from the event's name on; NULL-terminated, at least one */
} LabStep;
/* All steps of a job in the order of their times. g_array_unref. */
GArray *lab_stations_steps(const LabStations *stations, const char *job);
/* The last lines that the agents have said, for messages. g_free. */
char *lab_stations_said(const LabStations *stations);

#endif
