/* Expands the lists of an experiment, key by key in the order of LabKeyId.
 *
 * What does not apply to a strategy must not multiply its runs, or arms would hold the same run
 * several times: with strategy 0 the interval, converter and replicas are blank, with L and H the
 * converter is, H stays on its own architecture, and so does 0, which carries nothing over (or goes
 * to the first target, when its own architecture is none). */
#include "sweep.h"
#include "../core/agent/proc.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_RUNS = 1000 * 1000 };

static const struct {
    LabKeyId key;
    const char *strategies; /* to which the key applies */
} applies[] = {
    {LAB_INTERVAL, "PNLH"},
    {LAB_CONVERTER, "P"},
    {LAB_REPLICAS, "PNLH"},
    {LAB_POLICY, "PNLH"},
};

static const LabKeyId without_column[] = {
    LAB_CELLS,  LAB_JOBS,   LAB_SPREAD, LAB_HORIZON,  LAB_NETWORK, LAB_LOSS,  LAB_RUN,          LAB_RECOVERY_TARGET,
    LAB_CONVERTER, LAB_REPLICAS, LAB_MTTF,           LAB_DISTRIBUTION, LAB_SHAPE,
    LAB_SYSTEM, LAB_REPAIR, LAB_REPAIR_DISTRIBUTION, LAB_REPAIR_SHAPE, LAB_WORK,
    LAB_GROUP_MTTF, LAB_GROUP_DISTRIBUTION, LAB_GROUP_SHAPE, LAB_GROUP_REPAIR, LAB_GROUP_HIT, LAB_KIND,
    LAB_DETECTOR};

/* ---- hashes ---- */

static gboolean append_file_hash(GString *out, const char *path, GError **error)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
    if (!file)
        return FALSE;
    g_autofree char *hash =
        lab_hash(g_mapped_file_get_contents(file), g_mapped_file_get_length(file));
    g_autofree char *name = g_path_get_basename(path);
    g_string_append_printf(out, "%s %s\n", name, hash);
    return TRUE;
}

static int compare_paths(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *lab_program_hash(const char *path, GError **error)
{
    g_autofree char *folder = g_strconcat(path, ".preaches", NULL);
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(files, g_strdup(path));
    GDir *dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));)
        g_ptr_array_add(files, g_build_filename(folder, name, NULL));
    if (dir)
        g_dir_close(dir);
    g_ptr_array_sort(files, compare_paths);
    GString *all = g_string_new(NULL);
    gboolean ok = TRUE;
    for (guint i = 0; i < files->len && ok; i++)
        if (g_file_test(files->pdata[i], G_FILE_TEST_IS_REGULAR))
            ok = append_file_hash(all, files->pdata[i], error);
    char *hash = ok ? lab_hash(all->str, all->len) : NULL;
    g_string_free(all, TRUE);
    return hash;
}

/* Everything that can change the run's result, one line each. */
static char *resolved_text(const LabPlan *plan, const LabRun *run, const char *build)
{
    GString *out = g_string_new(NULL);
    for (LabKeyId i = 0; i < LAB_N_KEYS; i++) {
        if (i == LAB_REPLICATIONS || i == LAB_PLOTS)
            continue;
        const char *value = run->value[i] ? run->value[i] : "";
        if (i == LAB_PLATFORM)
            value = plan->config->platform_hash;
        else if (i == LAB_PROGRAM)
            value = run->program->name;
        g_string_append_printf(out, "%s=", lab_key_name(i));
        for (guint k = 0; i == LAB_POINTS && k < plan->config->values[i]->len; k++)
            g_string_append_printf(out, "%s;", (char *)plan->config->values[i]->pdata[k]);
        g_string_append_printf(out, "%s\n", i == LAB_POINTS ? "" : value);
    }
    if (plan->config->trace_hash)
        g_string_append_printf(out, "trace=%s\n", plan->config->trace_hash);
    g_string_append_printf(out, "replication=%" G_GUINT64_FORMAT "\nprogram=%s\nbuild=%s\n",
                           run->replication, run->program->hash, build);
    return g_string_free(out, FALSE);
}

/* ---- the product ---- */

static char *arm_text(const LabConfig *config, const LabRun *run)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(without_column); i++) {
        LabKeyId key = without_column[i];
        if (config->swept[key] && *run->value[key])
            g_string_append_printf(out, "%s%s=%s", out->len ? "; " : "", lab_key_name(key),
                                   run->value[key]);
    }
    return g_string_free(out, FALSE);
}

static gboolean has_value(GPtrArray *values, const char *value)
{
    return g_ptr_array_find_with_equal_func(values, value, g_str_equal, NULL);
}

/* FALSE when this combination is another one's twin, or means nothing. */
static gboolean settle(const LabConfig *config, LabRun *run)
{
    if (!sim_strategy_parse(run->value[LAB_STRATEGY], &run->strategy))
        return FALSE;
    const char *home = run->value[LAB_SOURCE];
    if (run->strategy == SIM_STRATEGY_0 && !has_value(config->values[LAB_TARGET], home))
        home = lab_config_get(config, LAB_TARGET);
    if ((run->strategy == SIM_STRATEGY_H || run->strategy == SIM_STRATEGY_0) &&
        !g_str_equal(home, run->value[LAB_TARGET]))
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(applies); i++) {
        LabKeyId key = applies[i].key;
        if (strchr(applies[i].strategies, run->value[LAB_STRATEGY][0]))
            continue;
        if (!g_str_equal(run->value[key], lab_config_get(config, key)))
            return FALSE;
        run->value[key] = "";
    }
    /* what finds the interval itself is given none */
    if (*run->value[LAB_POLICY] && !g_str_equal(run->value[LAB_POLICY], "fixed")) {
        if (!g_str_equal(run->value[LAB_INTERVAL], lab_config_get(config, LAB_INTERVAL)))
            return FALSE;
        run->value[LAB_INTERVAL] = "";
    }
    return TRUE;
}

static void add_replications(LabPlan *plan, const LabRun *arm, const char *build)
{
    LabRun settled = *arm;
    if (!settle(plan->config, &settled))
        return;
    guint64 n = lab_count(lab_config_get(plan->config, LAB_REPLICATIONS));
    for (guint64 i = 1; i <= n && plan->runs->len <= MAX_RUNS; i++) {
        LabRun *run = g_memdup2(&settled, sizeof settled);
        run->index = plan->runs->len;
        run->replication = i;
        run->arm = arm_text(plan->config, run);
        run->resolved = resolved_text(plan, run, build);
        g_autofree char *hash = lab_hash(run->resolved, strlen(run->resolved));
        memcpy(run->id, hash, LAB_ID_CHARS);
        g_ptr_array_add(plan->runs, run);
    }
}

static void expand(LabPlan *plan, LabRun *run, LabKeyId key, const char *build)
{
    if (key == LAB_N_KEYS) {
        add_replications(plan, run, build);
        return;
    }
    const GPtrArray *values = plan->config->values[key];
    if (key == LAB_ARGS)
        values = run->program->args;
    if (key == LAB_POINTS || key == LAB_PLOTS || key == LAB_REPLICATIONS)
        values = NULL;
    for (guint i = 0; i < (values ? values->len : 1); i++) {
        run->value[key] = values ? values->pdata[i] : "";
        if (key == LAB_PROGRAM)
            run->program = plan->config->programs->pdata[i];
        if (plan->runs->len <= MAX_RUNS)
            expand(plan, run, key + 1, build);
    }
}

static void run_free(gpointer data)
{
    LabRun *run = data;
    g_free(run->arm);
    g_free(run->resolved);
    g_free(run);
}

LabPlan *lab_plan_new(LabConfig *config, const char *build, GError **error)
{
    for (guint i = 0; i < config->programs->len; i++) {
        LabProgram *program = config->programs->pdata[i];
        if (config->model && !program->hash)
            program->hash = g_strdup(config->calibration_hash);
        if (!program->hash && !(program->hash = lab_program_hash(program->path, error)))
            return NULL;
    }
    g_autoptr(LabPlan) plan = g_new0(LabPlan, 1);
    LabRun run = {0};
    plan->config = config;
    plan->runs = g_ptr_array_new_with_free_func(run_free);
    expand(plan, &run, 0, build);
    if (plan->runs->len > MAX_RUNS) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s: more than %d runs",
                    config->path, MAX_RUNS);
        return NULL;
    }
    if (plan->runs->len == 0) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE,
                    "%s: no run is left (strategy H needs target = source)", config->path);
        return NULL;
    }
    return g_steal_pointer(&plan);
}

void lab_plan_free(LabPlan *plan)
{
    if (!plan)
        return;
    g_ptr_array_unref(plan->runs);
    g_free(plan);
}

char *lab_run_title(const LabRun *run)
{
    const char *args = run->value[LAB_ARGS], *interval = run->value[LAB_INTERVAL];
    return g_strdup_printf("%s%s%s %s>%s %s%s%s%s%s #%" G_GUINT64_FORMAT, run->program->name,
                           *args ? " " : "", args, run->value[LAB_SOURCE], run->value[LAB_TARGET],
                           run->value[LAB_STRATEGY], *interval ? " " : "", interval,
                           *run->arm ? " " : "", run->arm, run->replication);
}
