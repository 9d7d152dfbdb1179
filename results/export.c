#include "export.h"

#include <string.h>

const char *const lab_export_names[] = {"slurm", "parallel", NULL};

static void quote(GString *out, const char *text)
{
    g_autofree char *quoted = g_shell_quote(text);
    g_string_append_printf(out, " %s", quoted);
}

/* The command of a task; `shard` and the end of its folder's name are the shell's words. */
static void append_run(GString *out, const LabExport *e, const char *shard)
{
    g_autofree char *lab = g_shell_quote(e->lab);
    g_string_append_printf(out, "%s run", lab);
    quote(out, e->file);
    for (const char *const *o = e->overrides; o && *o; o++) {
        g_string_append(out, " -D");
        quote(out, *o);
    }
    g_string_append(out, " --out");
    quote(out, e->out);
    g_string_append_printf(out, "/shard-%s --shard=%s/%u --jobs=%u --quiet\n", shard, shard, e->shards,
                           e->jobs);
}

static void append_merge(GString *out, const LabExport *e)
{
    g_autofree char *lab = g_shell_quote(e->lab);
    g_string_append_printf(out, "%s merge --out", lab);
    quote(out, e->out);
    quote(out, e->out);
    g_string_append(out, "/shard-*\n");
}

/* Slurm's own lines are comments to the shell: no quoting reaches them, so a name is made plain. */
static char *plain(const char *name)
{
    return g_strcanon(g_strdup(name), G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-", '_');
}

static char *slurm(const LabExport *e)
{
    GString *out = g_string_new("#!/bin/bash\n");
    g_autofree char *name = plain(e->name);
    g_string_append_printf(out,
                           "# %u tasks, each its share of the runs; then the merge:\n"
                           "#   job=$(sbatch --parsable FILE)\n"
                           "#   sbatch --array=1 --dependency=afterok:$job FILE merge\n"
                           "# A task that is requeued goes on where it stopped; nothing is run twice.\n"
                           "#SBATCH --job-name=%s\n"
                           "#SBATCH --array=1-%u\n"
                           "#SBATCH --ntasks=1\n"
                           "#SBATCH --cpus-per-task=%u\n"
                           "#SBATCH --requeue\n"
                           "#SBATCH --open-mode=append\n"
                           "set -eu\n"
                           "if [ \"${1-}\" = merge ]; then\n    exec ",
                           e->shards, name, e->shards, e->jobs);
    append_merge(out, e);
    g_string_append(out, "fi\nexec ");
    append_run(out, e, "\"$SLURM_ARRAY_TASK_ID\"");
    return g_string_free(out, FALSE);
}

static char *parallel(const LabExport *e)
{
    GString *out = g_string_new(NULL);
    for (guint k = 1; k <= e->shards; k++) {
        g_autofree char *shard = g_strdup_printf("%u", k);
        append_run(out, e, shard);
    }
    g_string_append(out, "# then: ");
    append_merge(out, e);
    return g_string_free(out, FALSE);
}

char *lab_export(const char *kind, const LabExport *what)
{
    if (g_str_equal(kind, "slurm"))
        return slurm(what);
    return g_str_equal(kind, "parallel") ? parallel(what) : NULL;
}
