/* Two files a baseline: KEY.out, and KEY.polls, which is written last and so says that the other is
 * whole. */
#include "baseline.h"
#include "../core/agent/proc.h"
#include "table.h"

#include <glib/gstdio.h>
#include <string.h>

enum { LISTEN_MS = 200 };

char *lab_baseline_key(const LabRun *run)
{
    g_autofree char *text = g_strdup_printf("%s\n%s", run->program->hash, run->value[LAB_ARGS]);
    g_autofree char *hash = lab_hash(text, strlen(text));
    hash[LAB_ID_CHARS] = '\0';
    return g_strdup_printf("%s-%s", run->program->name, hash);
}

/* Listens until the program has ended; its polls come with the line "exit STATUS POLLS". */
static gboolean listen_to(PreachesProc *proc, GCancellable *cancel, guint64 *polls, int *status,
                          GError **error)
{
    gboolean counted = FALSE;
    for (;;) {
        PreachesEvent event;
        g_autoptr(GError) cause = NULL;
        if (g_cancellable_set_error_if_cancelled(cancel, error))
            return FALSE;
        if (!preaches_proc_next(proc, LISTEN_MS, &event, &cause)) {
            if (g_error_matches(cause, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
                continue;
            g_propagate_error(error, g_steal_pointer(&cause));
            return FALSE;
        }
        gboolean ended = !event.line;
        *status = event.status;
        if (!ended && g_strv_length(event.field) >= 3 && g_str_equal(event.field[0], "exit"))
            counted = g_ascii_string_to_unsigned(event.field[2], 10, 0, G_MAXUINT64, polls, NULL);
        preaches_event_clear(&event);
        if (!ended)
            continue;
        if (*status == 0 && !counted)
            g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED,
                        "the program did not report its polls");
        return *status != 0 || counted;
    }
}

static gboolean run_undisturbed(const LabRun *run, const char *scratch, const char *out,
                                GCancellable *cancel, guint64 *polls, GError **error)
{
    g_auto(GStrv) argv = NULL;
    if (*run->value[LAB_ARGS] && !g_shell_parse_argv(run->value[LAB_ARGS], NULL, &argv, error))
        return FALSE;
    static const char *const none[] = {NULL};
    /* polls are counted only where something waits for one; this one never comes */
    PreachesSpec spec = {.program = run->program->path,
                         .name = run->program->name,
                         .args = argv ? (const char *const *)argv : none,
                         .listen = TRUE, .break_poll = G_MAXINT64, .out_path = out, .dir = scratch};
    PreachesProc *proc = preaches_proc_start(&spec, error);
    if (!proc)
        return FALSE;
    int status = 0;
    gboolean ok = listen_to(proc, cancel, polls, &status, error);
    preaches_proc_free(proc);
    if (ok && status != 0) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED,
                    "the undisturbed run ended with status %d", status);
        return FALSE;
    }
    return ok;
}

static gboolean make(const LabRun *run, const char *scratch, const char *polls_path,
                     LabBaseline *baseline, GCancellable *cancel, GError **error)
{
    g_autofree char *out = g_build_filename(scratch, "stdout", NULL);
    if (g_mkdir_with_parents(scratch, 0755) != 0) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: %s", scratch,
                    g_strerror(errno));
        return FALSE;
    }
    if (!run_undisturbed(run, scratch, out, cancel, &baseline->polls, error))
        return FALSE;
    if (g_rename(out, baseline->output) != 0) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: %s", baseline->output,
                    g_strerror(errno));
        return FALSE;
    }
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT "\n", baseline->polls);
    return lab_file_replace(polls_path, text, -1, error);
}

/* TRUE when both files of an earlier run are there. */
static gboolean recall(const char *polls_path, LabBaseline *baseline)
{
    g_autofree char *text = NULL;
    return g_file_get_contents(polls_path, &text, NULL, NULL) &&
           g_ascii_string_to_unsigned(g_strchomp(text), 10, 0, G_MAXUINT64, &baseline->polls,
                                      NULL) &&
           g_file_test(baseline->output, G_FILE_TEST_IS_REGULAR);
}

LabBaseline *lab_baseline_get(const LabRun *run, const char *folder, const char *scratch,
                              GCancellable *cancel, GError **error)
{
    g_autofree char *key = lab_baseline_key(run);
    g_autofree char *polls = g_strdup_printf("%s/%s.polls", folder, key);
    LabBaseline *baseline = g_new0(LabBaseline, 1);
    baseline->output = g_strdup_printf("%s/%s.out", folder, key);
    if (recall(polls, baseline))
        return baseline;
    gboolean ok = make(run, scratch, polls, baseline, cancel, error);
    preaches_tree_remove(scratch);
    if (!ok)
        g_clear_pointer(&baseline, lab_baseline_free);
    return baseline;
}

void lab_baseline_free(LabBaseline *baseline)
{
    if (!baseline)
        return;
    g_free(baseline->output);
    g_free(baseline);
}
