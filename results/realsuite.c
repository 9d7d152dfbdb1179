#include "realsuite.h"
#include "../core/agent/proc.h"
#include "runner.h"

#include <string.h>

typedef struct Experiment {
    char *name;
    LabConfig *config;
    LabPlan *plan;
    LabTable *runs;
} Experiment;

static void clear(Experiment *e)
{
    g_free(e->name);
    if (e->runs)
        lab_table_free(e->runs);
    if (e->plan)
        lab_plan_free(e->plan);
    lab_config_free(e->config);
}

static gboolean do_all(const LabSuite *suite, Experiment *e, GError **error)
{
    g_autofree char *folder = g_build_filename(suite->out, e->name, NULL);
    LabRunnerOptions options = {.out = folder, .jobs = 1, .quiet = suite->quiet,
                                .cancel = suite->cancel};
    LabOutcome outcome;
    if (!lab_runner_run(e->plan, &options, &e->runs, &outcome, error))
        return FALSE;
    if (outcome.failed == 0 && outcome.mismatched == 0)
        return TRUE;
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: %u runs failed, %u with another "
                "output", e->config->path, outcome.failed, outcome.mismatched);
    return FALSE;
}

static gboolean run(const LabSuite *suite, const char *file, Experiment *e, GError **error)
{
    g_autofree char *base = g_path_get_basename(file);
    *e = (Experiment){.name = g_strdup(base)};
    if (g_str_has_suffix(e->name, ".ini"))
        e->name[strlen(e->name) - strlen(".ini")] = '\0';
    e->config = lab_config_load(file, suite->overrides, suite->home, error);
    if (e->config && !e->config->real) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s: mode=real is needed", file);
        return FALSE;
    }
    e->plan = e->config ? lab_plan_new(e->config, suite->build, error) : NULL;
    return e->plan && do_all(suite, e, error);
}

gboolean lab_suite_calibrate(const LabSuite *suite, const char *file, SimCalibration *calibration,
                             GError **error)
{
    Experiment e;
    gboolean ok = run(suite, file, &e, error) &&
                  lab_calibrate_network(calibration, e.plan, e.runs, error);
    clear(&e);
    return ok;
}

gboolean lab_suite_validate(const LabSuite *suite, const char *const *files,
                            const SimCalibration *calibration, LabValidation *score, GError **error)
{
    g_autoptr(LabTable) table = lab_table_new(lab_validation_columns);
    g_autofree char *scripts = g_build_filename(suite->home, "results", "plots", NULL);
    gboolean ok = TRUE;
    for (guint i = 0; files[i] && ok; i++) {
        Experiment e;
        ok = run(suite, files[i], &e, error) &&
             lab_validation_add(table, e.name, e.plan, e.runs, calibration, error);
        clear(&e);
    }
    *score = lab_validation_score(table);
    return ok && lab_validation_write(table, scripts, suite->out, suite->cancel, error);
}
