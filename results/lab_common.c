/* What the commands of preaches-lab share: lab.h. */
#include "lab.h"
#include "plot.h"

#include <sources.h>

#include <stdio.h>
#include <string.h>

LabOptions lab_opt;

int lab_fail(const GError *error, gboolean bare)
{
    fprintf(stderr, "%s%s\n", bare ? "" : "preaches-lab: ", error->message);
    return error->domain == PREACHES_ERROR && error->code != PREACHES_ERROR_REFUSED ? error->code
                                                                               : PREACHES_ERROR_FAILED;
}

int lab_usage_error(const char *text)
{
    fprintf(stderr, "preaches-lab: %s (see preaches-lab --help)\n", text);
    return PREACHES_ERROR_USAGE;
}

LabConfig *lab_load(int *status, LabPlan **plan)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LabConfig) config = lab_config_load(lab_opt.files[0], (const char *const *)lab_opt.overrides,
                                                  lab_opt.home, &error);
    if (!config) {
        lab_fail(error, TRUE);
        *status = PREACHES_ERROR_USAGE;
        return NULL;
    }
    /* What is simulated depends on the sources alone, what is real on the executable. */
    g_autofree char *build = config->model ? g_strdup(PREACHES_SOURCES)
                                            : lab_program_hash(lab_opt.self, &error);
    *plan = build ? lab_plan_new(config, build, &error) : NULL;
    if (!*plan) {
        *status = lab_fail(error, FALSE);
        return NULL;
    }
    return g_steal_pointer(&config);
}

char *lab_out_folder(const LabConfig *config)
{
    return lab_opt.out ? g_strdup(lab_opt.out)
                   : g_build_filename("results", "out", lab_config_get(config, LAB_NAME), NULL);
}

gboolean lab_plot_all(const LabTable *runs, const char *const *kinds, const char *platform,
                      const char *out, GError **error)
{
    g_autofree char *scripts = g_build_filename(lab_opt.home, "results", "plots", NULL);
    g_autofree char *name = g_strdup(platform);
    if (g_str_has_suffix(name, ".platform"))
        name[strlen(name) - strlen(".platform")] = '\0';
    for (guint i = 0; kinds[i] && runs->rows->len; i++) {
        gboolean drawn;
        if (!lab_plot(runs, kinds[i], name, scripts, out, lab_opt.cancel, &drawn, error))
            return FALSE;
        if (!drawn && !lab_opt.quiet)
            fprintf(stderr, "preaches-lab: the runs hold nothing for plot '%s'\n", kinds[i]);
    }
    return TRUE;
}

gboolean lab_print_table(const LabTable *table, GError **error)
{
    if (lab_opt.out)
        return lab_table_write(table, lab_opt.out, error);
    GString *csv = lab_table_csv(table);
    g_string_replace(csv, "\r\n", "\n", 0);
    fputs(csv->str, stdout);
    g_string_free(csv, TRUE);
    return TRUE;
}
