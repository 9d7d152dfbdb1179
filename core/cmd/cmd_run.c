/* preaches run: starts a program from its beginning. */
#include "cmd.h"

#include "../layout/desc.h"

#include <stdlib.h>
#include <string.h>

/* As a shell finds it: a name without a slash is looked up along PATH, then here. Through a link to it
 * when its siblings for the other architectures stand beside what the link points to. */
static char *find_program(const char *name)
{
    g_autofree char *found = strchr(name, '/') ? NULL : g_find_program_in_path(name);
    g_autofree char *siblings = g_strdup_printf("%s.preaches", found ? found : name);
    g_autofree char *linked =
        g_file_test(siblings, G_FILE_TEST_IS_DIR) ? NULL : realpath(found ? found : name, NULL);
    g_autofree char *beside = g_strdup_printf("%s.preaches", linked ? linked : name);

    if (linked && g_file_test(beside, G_FILE_TEST_IS_DIR))
        return g_strdup(linked);
    return found ? g_steal_pointer(&found) : g_strdup(name);
}

/* A spool holds one job. A second one, or a second life from the beginning, would mix their epochs. */
static int prepare_spool(const char *spool, const CmdJob *job)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) epochs = NULL;

    if (g_mkdir_with_parents(spool, 0777) != 0) {
        cmd_say("%s: cannot be created", spool);
        return PREACHES_ERROR_FAILED;
    }
    epochs = preaches_epochs(spool, &error);
    if (!epochs)
        return cmd_fail(error);
    if (epochs->len > 0)
        return cmd_usage(
            "%s: holds epochs already; `preaches restart %s` goes on from them, or name "
            "an empty folder",
            spool, spool);
    return cmd_job_save(job, spool, &error) ? 0 : cmd_fail(error);
}

/* A program that was installed without its folder runs, and only some architectures get images: that is said. */
static void say_missing(const char *program)
{
    g_autofree guint8 *blob = NULL;
    g_autoptr(GString) missing = g_string_new(NULL);
    gsize bytes = 0;
    PrDesc desc = {0};
    PrError error = {0};

    if (preaches_exe_desc(program, &blob, &bytes, NULL) && pr_desc_parse(&desc, blob, bytes, &error) == PR_OK)
        for (guint32 i = 0; i < desc.n_layouts; i++) {
            g_autofree char *exe = preaches_exe_path(program, desc.layouts[i].arch->name);
            if (!g_file_test(exe, G_FILE_TEST_EXISTS))
                g_string_append_printf(missing, " %s", desc.layouts[i].arch->name);
        }
    pr_desc_fini(&desc);
    if (missing->len)
        cmd_say("%s.preaches lacks the executable of%s: no images for %s (copy the folder along with the program)",
                program, missing->str, strchr(missing->str + 1, ' ') ? "these" : "it");
}

static int start(const CmdWatch *watch, const char *spool, const char *arch, const char *name,
                 const char *const *args)
{
    g_autofree char *program = find_program(name);
    g_autoptr(GError) error = NULL;
    PreachesSpec spec = {.program = program, .arch = arch, .args = args, .spool = spool};
    CmdJob job = {0};
    int status = cmd_watch_apply(watch, &spec);

    if (status == 0 && spool) {
        status = cmd_job_init(&job, program, args, &error) ? prepare_spool(spool, &job)
                                                           : cmd_fail(error);
        cmd_job_clear(&job);
        if (status == 0)
            say_missing(program);
    }
    return status ? status : cmd_supervise(watch, &spec);
}

static int submit(CmdSubmit *job, const CmdWatch *watch, const char *name, char **args)
{
    g_autofree char *found = find_program(name);
    g_autofree char *program = g_canonicalize_filename(found, NULL);

    job->output = watch->output;
    job->keep = watch->keep;
    job->interval_ns = 10 * G_GINT64_CONSTANT(1000000000);
    if (watch->interval && !cmd_interval(watch->interval, &job->interval_ns))
        return cmd_usage("--interval: '%s' is not a time; a number and us, ms, s, min or h",
                         watch->interval);
    if (watch->compress)
        return cmd_usage("--compress: agents compress as their configuration says ([agent] compress=)");
    if (watch->at_poll || watch->every || watch->stop || watch->count_polls)
        return cmd_usage("--at-poll, --every, --stop and --count-polls are not for agents' jobs");
    if (job->files && strcmp(job->files, "shared") != 0 && strcmp(job->files, "copy") != 0)
        return cmd_usage("--files: '%s': shared or copy", job->files);
    if (job->replicas < 0 || job->replicas > 4 || watch->keep < 1 || watch->keep > 4)
        return cmd_usage("--replicas: at most 4; --keep: 1 to 4");
    return cmd_submit(job, program, args);
}

int cmd_run(int argc, char **argv)
{
    CmdSubmit job = {.replicas = 2};
    CmdWatch watch = CMD_WATCH_DEFAULTS;
    g_autofree char *spool = NULL, *arch = NULL;
    const GOptionEntry options[] = {
        {"spool", 0, 0, G_OPTION_ARG_FILENAME, &spool, "Keep the checkpoints here", "DIR"},
        {"arch", 0, 0, G_OPTION_ARG_STRING, &arch, "Architecture to run as (default: this one)",
         "A"},
        {"agent", 0, 0, G_OPTION_ARG_FILENAME, &job.spool,
         "A job for the agent with this spool and its peers", "DIR"},
        {"replicas", 0, 0, G_OPTION_ARG_INT64, &job.replicas,
         "Workstations that hold each image, with --agent (default 2)", "K"},
        {"files", 0, 0, G_OPTION_ARG_STRING, &job.files,
         "With --agent: how its working folder gets to the others: shared (a file system they all see; default), "
         "or copy (propagated with the epochs)", "HOW"},
        {"detach", 0, 0, G_OPTION_ARG_NONE, &job.detach, "With --agent: do not wait for its end",
         NULL},
        CMD_WATCH_OPTIONS(watch),
        {NULL, 0, 0, 0, NULL, NULL, NULL}};
    int status;

    if (!cmd_parse(
            &argc, &argv, options, "PROGRAM ARGUMENTS…",
            "Runs a program built by preaches-cc. Each checkpoint is converted for all its "
            "architectures\nand committed in the spool; standard streams and exit status are "
            "the program's."))
        return PREACHES_ERROR_USAGE;
    if (argc < 2)
        status = cmd_usage("run: no program named");
    else if (job.spool)
        status = submit(&job, &watch, argv[1], argv + 2);
    else
        status = start(&watch, spool, arch, argv[1], (const char *const *)argv + 2);
    cmd_watch_clear(&watch);
    g_free(job.spool);
    g_free(job.files);
    return status;
}
