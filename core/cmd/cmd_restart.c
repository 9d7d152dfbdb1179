/* preaches restart: goes on from a committed epoch, or from one image. */
#include "cmd.h"

#include "../agent/seal.h"
#include <string.h>

typedef struct Restart {
    CmdWatch watch;
    char *arch, *program, *key; /* options */
    gboolean cut;
    char *image, *spool; /* what was found; spool may be NULL */
    char *image_arch;
    CmdJob job;
} Restart;

static void say_notes(const char *note)
{
    g_auto(GStrv) line = g_strsplit(note ? note : "", "\n", -1);

    for (gsize i = 0; line[i]; i++)
        if (*line[i])
            cmd_say("not used: %s", line[i]);
}

/* The newest epoch of a spool that can be used. */
static gboolean find_in_spool(Restart *r, const char *spool, GError **error)
{
    const char *arch = r->arch ? r->arch : preaches_native_arch();
    g_autofree char *note = NULL;
    guint64 epoch = 0;

    if (!cmd_job_load(&r->job, spool, error)) {
        if (!r->program)
            return FALSE;
        g_clear_error(error); /* it was named */
    }
    r->spool = g_strdup(spool);
    r->image = preaches_newest(spool, arch, &epoch, &note, error);
    say_notes(note);
    return r->image != NULL;
}

/* One image, verified whole; its job is the spool's that it lies in, if any. */
static gboolean find_image(Restart *r, const char *path, GError **error)
{
    g_autofree char *whole = g_canonicalize_filename(path, NULL);
    g_autofree char *epoch = g_path_get_dirname(whole), *spool = g_path_get_dirname(epoch);
    g_autofree char *job = g_build_filename(spool, "job.ini", NULL);
    g_autofree char *content = cmd_content(path, r->key, error);
    PrError why = {0};
    PrImage image;

    if (!content)
        return FALSE;
    if (pr_image_open(&image, content, PR_VERIFY_ALL, &why) != PR_OK) {
        preaches_error_take(error, &why, path);
        return FALSE;
    }
    if (!image.is_native)
        g_set_error(
            error, PREACHES_ERROR, PREACHES_ERROR_FAILED,
            "%s: a class image; `preaches convert --program=PROGRAM` makes a native one of it",
            path);
    pr_image_close(&image);
    if (*error)
        return FALSE;
    /* What rests compressed keeps its place: the spool says which executable it belongs to. */
    r->image = preaches_is_sealed(path) ? g_steal_pointer(&content) : g_strdup(path);
    if (!g_file_test(job, G_FILE_TEST_EXISTS))
        return TRUE;
    r->spool = g_steal_pointer(&spool);
    return cmd_job_load(&r->job, r->spool, error);
}

static gboolean find(Restart *r, const char *from, GError **error)
{
    gboolean ok = g_file_test(from, G_FILE_TEST_IS_DIR) ? find_in_spool(r, from, error)
                                                        : find_image(r, from, error);

    if (ok && !r->program) {
        r->program = g_steal_pointer(&r->job.program);
        if (!r->program) {
            g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE,
                        "%s: of which program? --program=PROGRAM", from);
            return FALSE;
        }
    }
    if (!ok || !preaches_exe_check(r->program, r->image, &r->image_arch, error))
        return FALSE;
    if (r->arch && strcmp(r->arch, r->image_arch) != 0) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s: an image for %s, not for %s",
                    from, r->image_arch, r->arch);
        return FALSE;
    }
    return TRUE;
}

static int start(Restart *r, const char *from)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) epochs = NULL;
    PreachesSpec spec = {0};
    int status;

    if (!find(r, from, &error))
        return cmd_fail(error);
    spec = (PreachesSpec){.program = r->program,
                          .arch = r->image_arch,
                          .spool = r->spool,
                          .args = (const char *const *)r->job.args,
                          .restore = r->image,
                          .cut_output = r->cut || r->watch.output};
    status = cmd_watch_apply(&r->watch, &spec);
    if (status)
        return status;
    if (r->spool) { /* later than everything there, also than what cannot be used */
        epochs = preaches_epochs(r->spool, &error);
        if (!epochs)
            return cmd_fail(error);
        spec.epoch = epochs->len ? g_array_index(epochs, guint64, 0) + 1 : 0;
    }
    return cmd_supervise(&r->watch, &spec);
}

int cmd_restart(int argc, char **argv)
{
    Restart r = {.watch = CMD_WATCH_DEFAULTS};
    const GOptionEntry options[] = {
        {"arch", 0, 0, G_OPTION_ARG_STRING, &r.arch, "Architecture to go on as (default: this one)",
         "A"},
        {"program", 0, 0, G_OPTION_ARG_FILENAME, &r.program,
         "The program, if it is not where job.ini says", "PROGRAM"},
        {"cut", 0, 0, G_OPTION_ARG_NONE, &r.cut,
         "Cut standard output back to its length at the epoch, if it is a regular file", NULL},
        CMD_KEY_OPTION(r.key),
        CMD_WATCH_OPTIONS(r.watch),
        {NULL, 0, 0, 0, NULL, NULL, NULL}};
    int status;

    if (!cmd_parse(
            &argc, &argv, options, "SPOOL | IMAGE",
            "Goes on from the newest committed epoch whose image verifies, or from one native "
            "image."))
        return PREACHES_ERROR_USAGE;
    status = argc == 2 ? start(&r, argv[1]) : cmd_usage("restart: one spool or image is needed");
    cmd_watch_clear(&r.watch);
    cmd_job_clear(&r.job);
    g_free(r.arch);
    g_free(r.key);
    g_free(r.program);
    g_free(r.image);
    g_free(r.spool);
    g_free(r.image_arch);
    return status;
}
