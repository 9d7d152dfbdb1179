/* SPOOL/job.ini: which program the images belong to. */
#include "cmd.h"

#include "../layout/desc.h"

#define JOB_FILE  "job.ini"
#define JOB_GROUP "job"

static char *job_path(const char *spool) { return g_build_filename(spool, JOB_FILE, NULL); }

gboolean cmd_job_init(CmdJob *job, const char *program, const char *const *args, GError **error)
{
    g_autofree guint8 *blob = NULL;
    gsize bytes = 0;
    PrError why = {0};
    PrDesc desc;

    *job = (CmdJob){0};
    if (!preaches_exe_desc(program, &blob, &bytes, error))
        return FALSE;
    if (pr_desc_parse(&desc, blob, bytes, &why) != PR_OK) {
        preaches_error_take(error, &why, program);
        return FALSE;
    }
    job->program = g_canonicalize_filename(program, NULL);
    job->args = g_strdupv((char **)args);
    job->id = g_strdup_printf("%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
                              (guint64)desc.program_id[0], (guint64)desc.program_id[1]);
    job->arches = g_new0(char *, desc.n_layouts + 1);
    for (guint32 i = 0; i < desc.n_layouts; i++)
        job->arches[i] = g_strdup(desc.layouts[i].arch->name);
    pr_desc_fini(&desc);
    return TRUE;
}

gboolean cmd_job_save(const CmdJob *job, const char *spool, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *path = job_path(spool);

    g_key_file_set_string(file, JOB_GROUP, "program", job->program);
    g_key_file_set_string(file, JOB_GROUP, "id", job->id);
    g_key_file_set_string_list(file, JOB_GROUP, "arches", (const char *const *)job->arches,
                               g_strv_length(job->arches));
    g_key_file_set_string_list(file, JOB_GROUP, "args", (const char *const *)job->args,
                               g_strv_length(job->args));
    return g_key_file_save_to_file(file, path, error);
}

gboolean cmd_job_load(CmdJob *job, const char *spool, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *path = job_path(spool);
    g_autoptr(GError) why = NULL;

    *job = (CmdJob){0};
    if (g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &why)) {
        job->program = g_key_file_get_string(file, JOB_GROUP, "program", &why);
        job->id = why ? NULL : g_key_file_get_string(file, JOB_GROUP, "id", &why);
        job->arches = g_key_file_get_string_list(file, JOB_GROUP, "arches", NULL, NULL);
        job->args = why ? NULL : g_key_file_get_string_list(file, JOB_GROUP, "args", NULL, &why);
    }
    if (!why)
        return TRUE;
    cmd_job_clear(job);
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED, "%s: %s", path, why->message);
    return FALSE;
}

void cmd_job_clear(CmdJob *job)
{
    g_free(job->program);
    g_free(job->id);
    g_strfreev(job->arches);
    g_strfreev(job->args);
    *job = (CmdJob){0};
}
