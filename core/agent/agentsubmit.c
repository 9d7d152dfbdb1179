/* A job is given to an agent through its local socket. */
#include "agent.h"

#include <stdio.h>
#include <string.h>

static void set_list(GKeyFile *file, const char *key, const char *const *list)
{
    if (list)
        g_key_file_set_string_list(file, "job", key, list, g_strv_length((char **)list));
}

gboolean preaches_agent_submit(const char *spool, const PreachesSubmission *job, char id[33],
                               guint *n_members, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *body = NULL, *command = NULL, *answer = NULL;

    g_key_file_set_string(file, "job", "program", job->program);
    g_key_file_set_string(file, "job", "dir", job->dir);
    g_key_file_set_string(file, "job", "output", job->output);
    g_key_file_set_int64(file, "job", "interval_ns", job->interval_ns);
    g_key_file_set_integer(file, "job", "replicas", (int)job->replicas);
    g_key_file_set_integer(file, "job", "keep", (int)job->keep);
    g_key_file_set_boolean(file, "job", "copy_files", job->copy_files);
    set_list(file, "args", job->args);
    set_list(file, "images", job->images);
    set_list(file, "targets", job->targets);
    body = g_key_file_to_data(file, NULL, NULL);
    command = g_strdup_printf("submit %" G_GSIZE_FORMAT, strlen(body));
    answer = preaches_agent_ask(spool, command, body, error);
    if (!answer)
        return FALSE;
    if (sscanf(answer, "job %32s %u", id, n_members) == 2)
        return TRUE;
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "the agent answers '%s'",
                g_strchomp(answer));
    return FALSE;
}
