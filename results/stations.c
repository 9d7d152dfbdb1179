#include "stations.h"
#include "../core/agent/keys.h"
#include "../core/agent/leaseguard.h"
#include "../simnet/costs.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POLL_US = 10000, READY_MS = 30000, END_MS = 3000, SAID_BYTES = 400 };
#define MS G_GINT64_CONSTANT(1000000)

typedef struct Station {
    char *name, *spool, *config, *events, *log;
    pid_t pid; /* 0: none */
    gboolean stopped, cut;
} Station;

struct LabStations {
    LabStationsSpec spec;
    char *preaches, *keys;
    guint n;
    Station *station;
};

/* ---- configurations ---- */

static char *config_text(const LabStations *s, guint host)
{
    const Station *own = &s->station[host];
    g_autofree char *address = lab_net_address(s->spec.net, host);
    gint64 detect_ms = MAX(s->spec.detector_ns / MS, 1);
    gint64 heartbeat_ms = MAX(detect_ms / sim_costs.heartbeats_per_timeout, 1);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "[agent]\nname=%s\nnode=%u\naddress=%s\nspool=%s\nkeys=%s\n"
                           "events=%s\narch=%s\ncompress=%s\n", own->name, host + 1, address, own->spool,
                           s->keys, own->events, sim_platform_host(s->spec.platform, host)->arch,
                           s->spec.compress);
    g_string_append_printf(text, "[timing]\nheartbeat=%" G_GINT64_FORMAT "\ndetect=%" G_GINT64_FORMAT
                           "\nlease=%" G_GINT64_FORMAT "\nkill=%" G_GINT64_FORMAT "\n", heartbeat_ms,
                           detect_ms, detect_ms, MIN(detect_ms / 10, 100));
    for (guint i = 0; i < s->n; i++) {
        g_autofree char *peer = lab_net_address(s->spec.net, i);
        if (i != host)
            g_string_append_printf(text, "[peer %s]\nnode=%u\naddress=%s\n", s->station[i].name,
                                   i + 1, peer);
    }
    return g_string_free(text, FALSE);
}

static gboolean prepare(LabStations *s, GError **error)
{
    if (!preaches_keys_init(s->keys, error))
        return FALSE;
    for (guint i = 0; i < s->n; i++) {
        Station *station = &s->station[i];
        station->name = g_strdup(sim_platform_host(s->spec.platform, i)->name);
        station->spool = g_strdup_printf("%s/w%u", s->spec.folder, i);
        station->config = g_strdup_printf("%s.ini", station->spool);
        station->events = g_strdup_printf("%s.events", station->spool);
        station->log = g_strdup_printf("%s.log", station->spool);
        if (!preaches_keys_issue(s->keys, station->name, error))
            return FALSE;
    }
    for (guint i = 0; i < s->n; i++) {
        g_autofree char *text = config_text(s, i);
        if (!g_file_set_contents(s->station[i].config, text, -1, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- processes ---- */

/* Between fork and exec. */
static void become_agent(gpointer log)
{
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0); /* a terminal's interrupt is for preaches-lab, which ends the agents */
    if (fd >= 0) {
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
        close(fd);
    }
}

gboolean lab_station_start(LabStations *s, guint host, GError **error)
{
    Station *station = &s->station[host];
    const char *const agent[] = {s->preaches, "agent", "-c", station->config, NULL};
    g_auto(GStrv) argv = lab_net_argv(s->spec.net, host, agent);
    return g_spawn_async(NULL, argv, NULL,
                         G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                             G_SPAWN_CHILD_INHERITS_STDIN,
                         become_agent, station->log, &station->pid, error);
}

static void reap(Station *station, int number)
{
    kill(station->pid, number);
    for (int waited = 0; number != SIGKILL && waited < END_MS * 1000; waited += POLL_US) {
        if (waitpid(station->pid, NULL, WNOHANG) == station->pid) {
            station->pid = 0;
            return;
        }
        g_usleep(POLL_US);
    }
    kill(station->pid, SIGKILL);
    waitpid(station->pid, NULL, 0);
    station->pid = 0;
}

void lab_station_crash(LabStations *s, guint host)
{
    if (s->station[host].pid)
        reap(&s->station[host], SIGKILL);
}

void lab_station_stop(LabStations *s, guint host, gboolean stop)
{
    if (s->station[host].pid)
        kill(s->station[host].pid, stop ? SIGSTOP : SIGCONT);
    s->station[host].stopped = stop;
}

gboolean lab_station_cut(LabStations *s, guint host, gboolean down, GError **error)
{
    s->station[host].cut = down;
    return lab_net_cut(s->spec.net, host, down, error);
}

const char *lab_station_spool(const LabStations *s, guint host) { return s->station[host].spool; }

gboolean lab_station_is_up(const LabStations *s, guint host)
{
    const Station *station = &s->station[host];
    return station->pid && !station->stopped && !station->cut;
}

/* ---- what they know ---- */

static GKeyFile *status_of(const LabStations *s, guint host)
{
    g_autofree char *text = lab_station_is_up(s, host)
                                ? preaches_agent_ask(s->station[host].spool, "status", NULL, NULL)
                                : NULL;
    GKeyFile *file = g_key_file_new();
    if (text && g_key_file_load_from_data(file, text, strlen(text), G_KEY_FILE_NONE, NULL))
        return file;
    g_key_file_unref(file);
    return NULL;
}

static gboolean knows_all(const LabStations *s, guint host)
{
    g_autoptr(GKeyFile) file = status_of(s, host);
    for (guint i = 0; file && i < s->n; i++) {
        g_autofree char *group = g_strdup_printf("peer %s", s->station[i].name);
        g_autofree char *state = i == host ? g_strdup("there")
                                           : g_key_file_get_string(file, group, "state", NULL);
        if (g_strcmp0(state, "there") != 0)
            return FALSE;
    }
    return file != NULL;
}

static gboolean has_ended(const Station *station)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)station->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
           info.si_pid != 0;
}

static gboolean wait_ready(const LabStations *s, GError **error)
{
    gint64 until_ns = preaches_clock_ns() + READY_MS * MS;
    for (guint i = 0; i < s->n;) {
        if (knows_all(s, i)) {
            i++;
        } else if (preaches_clock_ns() > until_ns || has_ended(&s->station[i])) {
            g_autofree char *said = lab_stations_said(s);
            g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED,
                        "the agents do not find each other: %s", said);
            return FALSE;
        } else {
            g_usleep(POLL_US);
        }
    }
    return TRUE;
}

int lab_stations_primary(const LabStations *s, const char *job)
{
    g_autofree char *group = g_strdup_printf("job %s", job);
    for (guint i = 0; i < s->n; i++) {
        g_autoptr(GKeyFile) file = status_of(s, i);
        g_autofree char *name = file ? g_key_file_get_string(file, group, "primary", NULL) : NULL;
        g_autofree char *state = file ? g_key_file_get_string(file, group, "state", NULL) : NULL;
        for (guint k = 0; k < s->n; k++)
            if (g_strcmp0(name, s->station[k].name) == 0 && g_strcmp0(state, "run") == 0 &&
                lab_station_is_up(s, k))
                return (int)k;
    }
    return -1;
}

gboolean lab_stations_finished(const LabStations *s, const char *job, int *status)
{
    g_autofree char *group = g_strdup_printf("job %s", job);
    for (guint i = 0; i < s->n; i++) {
        g_autoptr(GKeyFile) file = status_of(s, i);
        g_autofree char *state = file ? g_key_file_get_string(file, group, "state", NULL) : NULL;
        if (g_strcmp0(state, "finished") != 0)
            continue;
        *status = g_key_file_get_integer(file, group, "status", NULL);
        return TRUE;
    }
    return FALSE;
}

/* ---- events ---- */

static void step_clear(gpointer data) { g_strfreev(((LabStep *)data)->word); }

static gint compare_steps(gconstpointer a, gconstpointer b)
{
    const LabStep *x = a, *y = b;
    return x->ns < y->ns ? -1 : x->ns > y->ns;
}

static void read_steps(const LabStations *s, guint host, const char *job, GArray *steps)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(s->station[host].events, &text, NULL, NULL))
        return;
    g_auto(GStrv) line = g_strsplit(text, "\n", -1);
    for (char **l = line; *l; l++) {
        g_auto(GStrv) word = g_strsplit(*l, " ", 3);
        if (g_strv_length(word) != 3 || !g_str_equal(word[1], job))
            continue;
        LabStep step = {.ns = g_ascii_strtoll(word[0], NULL, 10), .host = host,
                        .word = g_strsplit(word[2], " ", -1)};
        g_array_append_val(steps, step);
    }
}

GArray *lab_stations_steps(const LabStations *s, const char *job)
{
    GArray *steps = g_array_new(FALSE, FALSE, sizeof(LabStep));
    g_array_set_clear_func(steps, step_clear);
    for (guint i = 0; i < s->n; i++)
        read_steps(s, i, job, steps);
    g_array_sort(steps, compare_steps); /* stable: a host's own order stays */
    return steps;
}

char *lab_stations_said(const LabStations *s)
{
    GString *all = g_string_new(NULL);
    for (guint i = 0; i < s->n; i++) {
        g_autofree char *text = NULL;
        gsize n = 0;
        if (g_file_get_contents(s->station[i].log, &text, &n, NULL) && n > 0)
            g_string_append_printf(all, "%s[%s] %s", all->len ? "; " : "", s->station[i].name,
                                   g_strdelimit(g_strchomp(n > SAID_BYTES ? text + n - SAID_BYTES
                                                                          : text), "\n", '|'));
    }
    return g_string_free(all, FALSE);
}

/* ---- begin and end ---- */

LabStations *lab_stations_new(const LabStationsSpec *spec, GError **error)
{
    g_autoptr(LabStations) s = g_new0(LabStations, 1);
    s->spec = *spec;
    s->preaches = g_strdup(spec->preaches);
    s->keys = g_build_filename(spec->folder, "keys", NULL);
    s->n = sim_platform_n_hosts(spec->platform);
    s->station = g_new0(Station, s->n);
    if (!prepare(s, error))
        return NULL;
    for (guint i = 0; i < s->n; i++)
        if (!lab_station_start(s, i, error))
            return NULL;
    return wait_ready(s, error) ? g_steal_pointer(&s) : NULL;
}

void lab_stations_free(LabStations *s)
{
    if (!s)
        return;
    for (guint i = 0; i < s->n; i++) {
        Station *station = &s->station[i];
        if (station->pid && station->stopped)
            kill(station->pid, SIGCONT);
        if (station->pid)
            reap(station, SIGTERM);
        g_free(station->name);
        g_free(station->spool);
        g_free(station->config);
        g_free(station->events);
        g_free(station->log);
    }
    g_free(s->station);
    g_free(s->preaches);
    g_free(s->keys);
    g_free(s);
}
