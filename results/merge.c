#include "merge.h"
#include "../core/agent/proc.h"
#include "compare.h"
#include "runs.h"

#include <errno.h>
#include <glib/gstdio.h>

static char *run_path(const char *folder, const char *id)
{
    g_autofree char *name = g_strdup_printf("%s.csv", id);
    return g_build_filename(folder, "runs", name, NULL);
}

/* The plan of the first folder, which all others must share. */
static LabTable *common_plan(const char *const *folders, GError **error)
{
    g_autoptr(LabTable) plan = NULL;
    for (guint i = 0; folders[i]; i++) {
        g_autofree char *path = g_build_filename(folders[i], "plan.csv", NULL);
        g_autoptr(LabTable) table = lab_table_read(path, error);
        if (!table)
            return NULL;
        g_autoptr(GString) mine = lab_table_csv(table);
        g_autoptr(GString) first = lab_table_csv(plan ? plan : table);
        if (lab_table_column(table, "run_id") < 0 || !g_string_equal(mine, first)) {
            preaches_fail(error, PREACHES_ERROR_USAGE, "%s is not a part of the experiment of %s: another "
                   "configuration, program or build", folders[i], folders[0]);
            return NULL;
        }
        if (!plan)
            plan = g_steal_pointer(&table);
    }
    return g_steal_pointer(&plan);
}

/* The run as the folder has it. FALSE: it has none, or error. */
static gboolean read_run(const char *folder, const char *id, LabTable **table, GError **error)
{
    g_autofree char *path = run_path(folder, id);
    *table = NULL;
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return TRUE;
    *table = lab_table_read(path, error);
    if (!*table)
        return FALSE;
    if ((*table)->rows->len == 1 &&
        g_strv_equal((const char *const *)(*table)->columns, lab_run_columns) &&
        g_str_equal(lab_table_cell(*table, 0, lab_table_column(*table, "run_id")), id))
        return TRUE;
    g_clear_pointer(table, lab_table_free);
    return preaches_fail(error, PREACHES_ERROR_DAMAGED, "%s: not the result of run %s", path, id);
}

/* One run from whichever folders have it; *found stays NULL when none has. */
static gboolean gather(const char *const *folders, const char *id, LabTable **found, GError **error)
{
    *found = NULL;
    for (guint i = 0; folders[i]; i++) {
        g_autoptr(LabTable) table = NULL;
        if (!read_run(folders[i], id, &table, error))
            return FALSE;
        if (!table)
            continue;
        g_autoptr(GString) report = g_string_new(NULL);
        if (*found && lab_compare(*found, table, report))
            return preaches_fail(error, PREACHES_ERROR_FAILED, "run %s differs in %s:\n%s", id, folders[i],
                          report->str);
        if (!*found)
            *found = g_steal_pointer(&table);
    }
    return TRUE;
}

static gboolean take(const LabTable *found, const char *id, const char *out, LabTable *runs,
                     LabOutcome *outcome, GError **error)
{
    g_autofree char *path = run_path(out, id);
    int match = lab_table_column(found, "output_match");
    outcome->mismatched += *lab_table_cell(found, 0, match) == '0' ? 1 : 0;
    lab_table_take(runs, g_strdupv(found->rows->pdata[0]));
    return lab_table_write(found, path, error);
}

static gboolean write_whole(const LabTable *plan, const LabTable *runs, const char *out,
                            GError **error)
{
    g_autofree char *plan_path = g_build_filename(out, "plan.csv", NULL);
    g_autofree char *runs_path = g_build_filename(out, "runs.csv", NULL);
    return lab_table_write(plan, plan_path, error) && lab_table_write(runs, runs_path, error);
}

gboolean lab_merge(const char *const *folders, const char *out, LabTable **runs,
                   LabOutcome *outcome, GError **error)
{
    g_autoptr(LabTable) plan = common_plan(folders, error);
    g_autofree char *runs_folder = g_build_filename(out, "runs", NULL);
    g_autoptr(LabTable) all = lab_table_new(lab_run_columns);
    *outcome = (LabOutcome){0};
    if (!plan)
        return FALSE;
    if (g_mkdir_with_parents(runs_folder, 0755) != 0)
        return preaches_fail(error, PREACHES_ERROR_USAGE, "%s: %s", runs_folder, g_strerror(errno));
    int column = lab_table_column(plan, "run_id");
    for (guint i = 0; i < plan->rows->len; i++) {
        const char *id = lab_table_cell(plan, i, column);
        g_autoptr(LabTable) found = NULL;
        if (!gather(folders, id, &found, error) ||
            (found && !take(found, id, out, all, outcome, error)))
            return FALSE;
        outcome->failed += found ? 0 : 1;
    }
    outcome->runs = plan->rows->len;
    outcome->kept = all->rows->len;
    if (!write_whole(plan, all, out, error))
        return FALSE;
    *runs = g_steal_pointer(&all);
    return TRUE;
}
