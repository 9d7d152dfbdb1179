#include "calibrate.h"
#include "../core/agent/proc.h"
#include "../simnet/livejob.h"
#include "baseline.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

typedef struct Measured { /* of one program */
    double pages, pause_ns, convert_bps, verify_bps, load_ns;
} Measured;

typedef struct Calibration {
    const char *home;
    char *scratch;
    GCancellable *cancel;
    SimCalibration *result;
    GArray *measured; /* Measured */
} Calibration;

static gint compare_doubles(gconstpointer a, gconstpointer b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of(const GArray *measured, gsize offset)
{
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < measured->len; i++)
        g_array_append_vals(values, measured->data + i * sizeof(Measured) + offset, 1);
    g_array_sort(values, compare_doubles);
    return g_array_index(values, double, values->len / 2);
}

/* pause = fork + fork_page * pages. */
static void fit_pause(const GArray *measured, SimCosts *costs)
{
    double n = measured->len, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (guint i = 0; i < measured->len; i++) {
        const Measured *m = &g_array_index(measured, Measured, i);
        sx += m->pages;
        sy += m->pause_ns;
        sxx += m->pages * m->pages;
        sxy += m->pages * m->pause_ns;
    }
    double slope = n * sxx - sx * sx > 0 ? (n * sxy - sx * sy) / (n * sxx - sx * sx) : 0;
    slope = fmax(slope, 0);
    costs->fork_page_ns = (gint64)nearbyint(slope);
    costs->fork_ns = (gint64)nearbyint(fmax((sy - slope * sx) / n, 0));
}

/* All architectures the program is built for, "A,B". */
static char *built_for(const char *program)
{
    GString *list = g_string_new(NULL);
    for (guint a = 0; a < PR_N_ARCHES; a++) {
        g_autofree char *exe = preaches_exe_path(program, pr_arches[a].name);
        if (exe && g_file_test(exe, G_FILE_TEST_IS_EXECUTABLE))
            g_string_append_printf(list, "%s%s", list->len ? "," : "", pr_arches[a].name);
    }
    return g_string_free(list, FALSE);
}

static gboolean take_sizes(SimJob *job, const char *arches, const SimJobCheckpoint *made,
                           SimSizes *sizes, GError **error)
{
    g_auto(GStrv) names = g_strsplit(arches, ",", -1);
    for (guint a = 0; a < PR_N_ARCHES; a++)
        sizes->arch[a].cls = -1;
    sizes->state_bytes = MAX(made->state_bytes, 1);
    for (guint i = 0; names[i]; i++) {
        SimSizesArch *row = &sizes->arch[pr_arch_find(names[i]) - pr_arches];
        gint cls = job->ops->class_of(job, names[i]);
        for (guint k = 0; k < made->images->len; k++) {
            const SimJobImage *image = &g_array_index(made->images, SimJobImage, k);
            if ((gint)image->cls != cls)
                continue;
            *row = (SimSizesArch){.cls = cls, .image_bytes = image->bytes};
            if (!job->ops->hold(job, 1, names[i], &row->facts, error))
                return FALSE;
        }
    }
    return TRUE;
}

static double verify_bps(SimJob *job, const char *arch, const SimSizes *sizes)
{
    gint64 best_us = G_MAXINT64;
    for (guint i = 0; i < 5; i++) {
        gint64 begin_us = g_get_monotonic_time();
        if (!job->ops->verify(job, 1, arch, NULL))
            return 0;
        best_us = MIN(best_us, g_get_monotonic_time() - begin_us);
    }
    return (double)sim_sizes_arch(sizes, arch)->image_bytes / ((double)MAX(best_us, 1) * 1e-6);
}

static gboolean measure_job(SimJob *job, const char *arches, guint64 poll, SimCalibrated *into,
                            Measured *m, GError **error)
{
    const char *native = preaches_native_arch();
    g_autofree char *at = g_strdup_printf("%" G_GUINT64_FORMAT, poll);
    SimJobLeg leg = {.arch = native, .classes = arches, .at_polls = at, .first_epoch = 1};
    SimJobOutcome outcome;
    gint64 load_ns = -1, images_bytes = 0;
    SimJobCheckpoint made = {0};
    if (!job->ops->start(job, &leg, &outcome, &load_ns, error) ||
        !job->ops->checkpoint(job, 1, FALSE, &made, error))
        return FALSE;
    gboolean ok = made.outcome == SIM_JOB_IMAGES;
    if (!ok)
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s takes no checkpoint", into->name);
    ok = ok && take_sizes(job, arches, &made, &into->sizes, error) &&
         job->ops->commit(job, 1, error);
    for (guint i = 0; ok && i < made.images->len; i++)
        images_bytes += (gint64)g_array_index(made.images, SimJobImage, i).bytes;
    g_clear_pointer(&made.images, g_array_unref);
    if (!ok)
        return FALSE;
    job->ops->kill(job, 1);
    SimJobLeg again = {.arch = native, .restore_epoch = 1, .classes = native, .at_polls = "",
                       .first_epoch = 2};
    if (!job->ops->start(job, &again, &outcome, &load_ns, error))
        return FALSE;
    job->ops->kill(job, 1);
    *m = (Measured){.pages = (double)(into->sizes.state_bytes / sim_costs.page_bytes),
                    .pause_ns = (double)made.real_pause_ns,
                    .convert_bps = (double)images_bytes / ((double)MAX(made.real_convert_ns, 1) * 1e-9),
                    .verify_bps = verify_bps(job, native, &into->sizes),
                    .load_ns = (double)MAX(load_ns, 0)};
    return TRUE;
}

static gboolean measure(Calibration *c, const char *text, GError **error)
{
    g_auto(GStrv) argv = NULL;
    if (!g_shell_parse_argv(text, NULL, &argv, error))
        return FALSE;
    gboolean own = strchr(argv[0], '/') != NULL;
    g_autofree char *path = own ? g_canonicalize_filename(argv[0], NULL)
                                : g_build_filename(c->home, "build", "workloads", argv[0], NULL);
    g_autofree char *base = g_path_get_basename(path), *args = g_strjoinv(" ", argv + 1);
    g_autofree char *name = g_strdup_printf("%s%s%s", base, *args ? " " : "", args);
    g_autofree char *run = g_build_filename(c->scratch, "run", NULL);
    g_autofree char *arches = built_for(path);
    LabProgram program = {.name = base, .path = path};
    program.hash = lab_program_hash(path, error);
    if (!program.hash)
        return FALSE;
    LabRun as_run = {.program = &program};
    as_run.value[LAB_ARGS] = args;
    LabBaseline *baseline = lab_baseline_get(&as_run, c->scratch, run, c->cancel, error);
    g_free(program.hash);
    if (!baseline)
        return FALSE;
    preaches_tree_remove(run);
    g_mkdir_with_parents(run, 0755);
    SimRunSpec spec = {.workload = base, .program = path, .args = (const char *const *)argv + 1,
                       .source_arch = preaches_native_arch(), .total_polls = baseline->polls,
                       .expected_output = baseline->output, .scratch = run, .run_ns = 1,
                       .cancel = c->cancel};
    SimCalibrated *into = g_new0(SimCalibrated, 1);
    Measured m;
    into->name = g_strdup(name);
    SimJob *job = sim_live_new(&spec, error);
    gboolean ok = job && measure_job(job, arches, MAX(baseline->polls / 2, 1), into, &m, error);
    if (job)
        job->ops->free(job);
    lab_baseline_free(baseline);
    g_ptr_array_add(c->result->programs, into);
    if (ok)
        g_array_append_val(c->measured, m);
    return ok;
}

SimCalibration *lab_calibrate(const char *home, const char *const *programs,
                              void (*say)(const char *text), GCancellable *cancel, GError **error)
{
    Calibration c = {.home = home, .cancel = cancel, .result = sim_calibration_new()};
    c.measured = g_array_new(FALSE, FALSE, sizeof(Measured));
    c.scratch = g_dir_make_tmp("preaches-calibrate-XXXXXX", error);
    gboolean ok = c.scratch != NULL;
    for (guint i = 0; ok && programs[i]; i++) {
        if (say)
            say(programs[i]);
        ok = measure(&c, programs[i], error);
    }
    if (ok) {
        SimCosts *costs = &c.result->costs;
        fit_pause(c.measured, costs);
        c.result->convert_bps = median_of(c.measured, offsetof(Measured, convert_bps));
        costs->copy_speedup = fmax(
            1, median_of(c.measured, offsetof(Measured, verify_bps)) / c.result->convert_bps);
        costs->map_ns = (gint64)median_of(c.measured, offsetof(Measured, load_ns));
    }
    if (c.scratch)
        preaches_tree_remove(c.scratch);
    g_free(c.scratch);
    g_array_unref(c.measured);
    if (!ok)
        g_clear_pointer(&c.result, sim_calibration_free);
    return c.result;
}
