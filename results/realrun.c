#include "realrun.h"
#include "../core/agent/leaseguard.h"
#include "../simnet/policy.h"
#include "measures.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

enum { TICK_US = 20000, SILENCE_S = 120, RUN_FACTOR = 20 };
#define SECOND G_GINT64_CONSTANT(1000000000)

typedef struct Down { /* a host that has failed */
    guint host;
    gint64 back_ns; /* G_MAXINT64: never */
} Down;

typedef struct Real {
    const LabRealSpec *spec;
    const SimRunSpec *run;
    LabNet *net;
    LabStations *stations;
    char *folder, *work, *output, *program;
    char job[33];
    gint64 begin_ns, spread_ns, failed_ns; /* -1: not yet */
    guint n_faults;             /* injected so far */
    GArray *down;               /* Down */
    int status;
} Real;

/* ---- begin ---- */

static gboolean set_up(Real *real, GError **error)
{
    const SimRunSpec *run = real->run;
    g_autofree char *self = g_file_read_link("/proc/self/exe", error);
    g_autofree char *beside = self ? g_path_get_dirname(self) : NULL;
    g_autofree char *preaches = self ? g_build_filename(beside, "preaches", NULL) : NULL;
    if (!self)
        return FALSE;
    real->net = lab_net_new(run->platform, real->spec->network, real->spec->loss, error);
    if (!real->net)
        return FALSE;
    if (!lab_net_has_links(real->net) && real->spec->loss > 0)
        return preaches_fail(error, PREACHES_ERROR_FAILED, "on the loopback nothing is lost: real.loss needs namespaces");
    if (!lab_net_has_links(real->net) && g_str_equal(real->spec->kind, "cut"))
        return lab_net_cut(real->net, 0, TRUE, error); /* says why not */
    /* sockets' paths are short: the run's own folder may be too deep */
    real->folder = g_dir_make_tmp("preaches-real-XXXXXX", error);
    real->program = g_build_filename(run->scratch, "exe", run->workload, NULL);
    real->work = g_build_filename(run->scratch, "work", NULL);
    real->output = g_build_filename(run->scratch, "output", NULL);
    if (!real->folder || g_mkdir_with_parents(real->work, 0755) != 0)
        return real->folder ? preaches_fail(error, PREACHES_ERROR_FAILED, "%s: %s", real->work, g_strerror(errno)) : FALSE;
    LabStationsSpec stations = {.platform = run->platform, .net = real->net, .preaches = preaches,
                                .folder = real->folder, .detector_ns = run->detector_ns,
                                .compress = real->spec->compress};
    real->stations = lab_stations_new(&stations, error);
    return real->stations != NULL;
}

static guint first_host(const SimPlatform *platform, const char *arch)
{
    guint host = 0;
    while (!g_str_equal(sim_platform_host(platform, host)->arch, arch))
        host++; /* the reader of the file has seen that there is one */
    return host;
}

/* As the strategies of mode=live have it: P an image for every class that a host could use, L and H the
 * source's own. */
static char **images_of(const SimRunSpec *run)
{
    g_autoptr(GStrvBuilder) list = g_strv_builder_new();
    if (run->strategy != SIM_STRATEGY_P) {
        g_strv_builder_add(list, run->source_arch);
        return g_strv_builder_end(list);
    }
    for (guint i = 0; i < sim_platform_n_hosts(run->platform); i++)
        g_strv_builder_add(list, sim_platform_host(run->platform, i)->arch);
    return g_strv_builder_end(list);
}

static gboolean copy_exe(const Real *real, const char *arch, GError **error)
{
    g_autofree char *from = preaches_exe_path(real->run->program, arch);
    g_autofree char *to = preaches_exe_path(real->program, arch);
    g_autofree char *folder = g_path_get_dirname(to), *bytes = NULL;
    gsize n = 0;
    if (!g_file_test(from, G_FILE_TEST_EXISTS))
        return TRUE; /* its hosts vote and hold */
    if (g_mkdir_with_parents(folder, 0755) != 0)
        return preaches_fail(error, PREACHES_ERROR_FAILED, "%s: %s", folder, g_strerror(errno));
    return g_file_get_contents(from, &bytes, &n, error) &&
           g_file_set_contents_full(to, bytes, (gssize)n, G_FILE_SET_CONTENTS_NONE, 0755, error);
}

/* The program as if it had been built for the platform's architectures alone: others need not travel. */
static gboolean copy_program(const Real *real, GError **error)
{
    gboolean ok = copy_exe(real, preaches_native_arch(), error);
    for (guint i = 0; ok && i < sim_platform_n_hosts(real->run->platform); i++)
        ok = copy_exe(real, sim_platform_host(real->run->platform, i)->arch, error);
    return ok;
}

static gboolean submit(Real *real, GError **error)
{
    const SimRunSpec *run = real->run;
    g_autofree char *dir = g_canonicalize_filename(real->work, NULL);
    g_autofree char *output = g_canonicalize_filename(real->output, NULL);
    g_autofree char *program = g_canonicalize_filename(real->program, NULL);
    g_auto(GStrv) images = images_of(run);
    const char *const targets[] = {run->target_arch, NULL};
    guint n = sim_platform_n_hosts(run->platform), n_members = 0;
    PreachesSubmission job = {
        .program = program, .dir = dir, .output = output, .args = run->args,
        .interval_ns = run->strategy == SIM_STRATEGY_0 ? 0 : run->interval_ns,
        .replicas = run->replicas, .keep = 2, .images = (const char *const *)images,
        .targets = targets};
    const char *spool =
        lab_station_spool(real->stations, first_host(run->platform, run->source_arch));
    if (!preaches_agent_submit(spool, &job, real->job, &n_members, error))
        return FALSE;
    return n_members == n || preaches_fail(error, PREACHES_ERROR_FAILED, "only %u of %u workstations take part", n_members, n);
}

/* ---- failures ---- */

static gboolean inject(Real *real, guint host, const SimFault *fault, GError **error)
{
    const char *kind = real->spec->kind;
    gboolean ok = TRUE;
    real->failed_ns = preaches_clock_ns();
    Down down = {host, fault->repair_ns < 0 ? G_MAXINT64 : real->failed_ns + fault->repair_ns};
    if (g_str_equal(kind, "cut"))
        ok = lab_station_cut(real->stations, host, TRUE, error);
    else if (g_str_equal(kind, "stop"))
        lab_station_stop(real->stations, host, TRUE);
    else
        lab_station_crash(real->stations, host);
    g_array_append_val(real->down, down);
    real->n_faults++;
    return ok;
}

static gboolean repair(Real *real, guint host, GError **error)
{
    const char *kind = real->spec->kind;
    if (g_str_equal(kind, "cut"))
        return lab_station_cut(real->stations, host, FALSE, error);
    if (!g_str_equal(kind, "stop"))
        return lab_station_start(real->stations, host, error);
    lab_station_stop(real->stations, host, FALSE);
    return TRUE;
}

static gboolean repair_due(Real *real, GError **error)
{
    for (guint i = real->down->len; i-- > 0;) {
        Down down = g_array_index(real->down, Down, i);
        if (preaches_clock_ns() < down.back_ns)
            continue;
        g_array_remove_index_fast(real->down, i);
        if (!repair(real, down.host, error))
            return FALSE;
    }
    return TRUE;
}

/* The next failure, when its time has come and there is a primary for it to hit. */
static gboolean fail_due(Real *real, GError **error)
{
    const SimRunSpec *run = real->run;
    if (real->n_faults == run->n_faults || real->spread_ns < 0)
        return TRUE;
    const SimFault *fault = &run->faults[real->n_faults];
    gint64 left_us = (real->spread_ns + fault->at_ns - preaches_clock_ns()) / 1000;
    if (left_us > TICK_US)
        return TRUE;
    g_usleep((gulong)MAX(left_us, 0));
    int primary = lab_stations_primary(real->stations, real->job);
    return primary < 0 || inject(real, (guint)primary, fault, error);
}

/* ---- the run ---- */

/* Whether the program works and all could go on with it. */
static gboolean begun(Real *real)
{
    if (real->spread_ns >= 0)
        return TRUE;
    g_autoptr(GArray) steps = lab_stations_steps(real->stations, real->job);
    gint64 spread_ns = lab_measure_spread_ns(steps, sim_platform_n_hosts(real->run->platform));
    real->begin_ns = lab_measure_begin_ns(steps);
    if (real->begin_ns >= 0 && spread_ns >= 0)
        real->spread_ns = MAX(real->begin_ns, spread_ns);
    return real->begin_ns >= 0;
}

static gboolean live_on(Real *real, GError **error)
{
    gint64 until_ns =
        preaches_clock_ns() + RUN_FACTOR * real->run->run_ns + SILENCE_S * SECOND;
    while (!begun(real) ||
           !lab_stations_finished(real->stations, real->job, &real->status)) {
        if (g_cancellable_set_error_if_cancelled(real->run->cancel, error))
            return FALSE;
        if (preaches_clock_ns() > until_ns) {
            g_autofree char *said = lab_stations_said(real->stations);
            return preaches_fail(error, PREACHES_ERROR_FAILED, "the job does not end: %s", said);
        }
        if (!fail_due(real, error) || !repair_due(real, error))
            return FALSE;
        g_usleep(TICK_US);
    }
    return TRUE;
}

static gboolean same_file(const char *a, const char *b)
{
    g_autoptr(GMappedFile) x = g_mapped_file_new(a, FALSE, NULL), y = g_mapped_file_new(b, FALSE, NULL);
    gsize n = x && y ? g_mapped_file_get_length(x) : 0;
    return x && y && n == g_mapped_file_get_length(y) &&
           (n == 0 || memcmp(g_mapped_file_get_contents(x), g_mapped_file_get_contents(y), n) == 0);
}

static gboolean fill_row(const Real *real, SimRunResult *row, GError **error)
{
    g_autoptr(GArray) steps = lab_stations_steps(real->stations, real->job);
    gint64 end_ns = lab_measure_end_ns(steps);
    memset(row, -1, sizeof *row); /* each field -1: does not apply */
    if (real->run->strategy != SIM_STRATEGY_0)
        lab_measure_epochs(steps, real->spread_ns, row);
    row->failures = real->n_faults;
    row->total_ns = end_ns - real->begin_ns;
    row->output_match = real->status == 0 && same_file(real->output, real->run->expected_output);
    if (end_ns < 0 || (real->n_faults > 0 && !lab_measure_recovery(steps, real->failed_ns, row)))
        return preaches_fail(error, PREACHES_ERROR_FAILED, "the agents' events do not tell of the job's %s",
                      end_ns < 0 ? "end" : "recovery");
    return TRUE;
}

gboolean lab_real_run(const LabRealSpec *spec, SimRunResult *result, GError **error)
{
    Real real = {.spec = spec, .run = spec->run, .begin_ns = -1, .spread_ns = -1,
                 .failed_ns = -1};
    real.down = g_array_new(FALSE, FALSE, sizeof(Down));
    gboolean ok = set_up(&real, error) && copy_program(&real, error) && submit(&real, error) && live_on(&real, error) &&
                  fill_row(&real, result, error);
    lab_stations_free(real.stations);
    lab_net_free(real.net);
    if (real.folder)
        preaches_tree_remove(real.folder);
    g_array_unref(real.down);
    g_free(real.folder);
    g_free(real.program);
    g_free(real.work);
    g_free(real.output);
    return ok;
}
