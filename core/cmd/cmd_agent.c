/* preaches agent, status, and what is asked of an agent. */
#include "cmd.h"

#include "../agent/agent.h"
#include <stdio.h>
#include <string.h>

static gboolean quiet;

static void say(const char *text)
{
    if (!quiet)
        cmd_say("%s", text);
}

int cmd_agent(int argc, char **argv)
{
    g_autofree char *path = NULL;
    gboolean encrypt = FALSE;
    const GOptionEntry options[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &path, "What the workstation is and who its peers are", "FILE"},
        {"encrypt", 0, 0, G_OPTION_ARG_NONE, &encrypt, "Encrypt the images in its spool, with KEYS/NAME.seal", NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "Say nothing but why it ends", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL}};
    g_autoptr(GError) error = NULL;
    PreachesAgentConfig config = {0};
    int status = -1;

    if (!cmd_parse(&argc, &argv, options, "-c FILE",
                   "Runs one workstation's agent: holds native checkpoints of its peers' jobs, and "
                   "carries\nthem on when their workstation is gone."))
        return PREACHES_ERROR_USAGE;
    if (!path || argc != 1)
        return cmd_usage("agent: --config=FILE is needed");
    if (preaches_agent_config_load(&config, path, &error)) {
        config.encrypt |= encrypt;
        status = preaches_agent_run(&config, say, &error);
    }
    if (status < 0)
        status = cmd_fail(error);
    else
        return status; /* its threads still look at the configuration */
    preaches_agent_config_clear(&config);
    return status;
}

/* ---- status ---- */

static void print_table(GKeyFile *file)
{
    g_auto(GStrv) group = g_key_file_get_groups(file, NULL);
    g_autofree char *name = g_key_file_get_string(file, "agent", "name", NULL);
    g_autofree char *arch = g_key_file_get_string(file, "agent", "arch", NULL);

    printf("%-16s %-9s %s\n", "workstation", "arch", "state");
    printf("%-16s %-9s %s\n", name, arch, "here");
    for (gsize i = 0; group[i]; i++) {
        g_autofree char *peer_arch = NULL, *state = NULL;
        if (!g_str_has_prefix(group[i], "peer "))
            continue;
        peer_arch = g_key_file_get_string(file, group[i], "arch", NULL);
        state = g_key_file_get_string(file, group[i], "state", NULL);
        printf("%-16s %-9s %s\n", group[i] + 5, peer_arch, state);
    }
    printf("\n%-10s %-16s %-10s %-16s %5s %6s %s\n", "job", "program", "state", "primary", "term",
           "epoch", "members");
    for (gsize i = 0; group[i]; i++) {
        g_autofree char *program = NULL, *state = NULL, *primary = NULL, *term = NULL,
                        *epoch = NULL, *members = NULL;
        if (!g_str_has_prefix(group[i], "job "))
            continue;
        program = g_key_file_get_string(file, group[i], "program", NULL);
        state = g_key_file_get_string(file, group[i], "state", NULL);
        primary = g_key_file_get_string(file, group[i], "primary", NULL);
        term = g_key_file_get_string(file, group[i], "term", NULL);
        epoch = g_key_file_get_string(file, group[i], "epoch", NULL);
        members = g_key_file_get_string(file, group[i], "members", NULL);
        printf("%-10.8s %-16s %-10s %-16s %5s %6s %s\n", group[i] + 4, program, state, primary,
               term, epoch, members);
    }
}

/* A value is a number where it looks like one. */
static void print_value(CmdPrinter *p, const char *key, const char *value)
{
    guint64 number;

    if (g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT64, &number, NULL))
        cmd_print_number(p, key, number);
    else
        cmd_print_text(p, key, value);
}

/* "alpha:x86_64;beta:s390x:silent" */
static void print_members(CmdPrinter *p, const char *members)
{
    g_auto(GStrv) member = g_strsplit(members, ";", -1);

    cmd_print_open(p, "members", NULL, '[');
    for (gsize i = 0; member[i]; i++) {
        g_auto(GStrv) part = g_strsplit(member[i], ":", 3);
        if (g_strv_length(part) < 2)
            continue;
        cmd_print_open(p, NULL, NULL, '{');
        cmd_print_text(p, "name", part[0]);
        cmd_print_text(p, "arch", part[1]);
        cmd_print_text(p, "state", part[2] ? part[2] : "there");
        cmd_print_close(p, '}');
    }
    cmd_print_close(p, ']');
}

static void print_group(CmdPrinter *p, GKeyFile *file, const char *group)
{
    g_auto(GStrv) key = g_key_file_get_keys(file, group, NULL, NULL);

    for (gsize k = 0; key[k]; k++) {
        g_autofree char *value = g_key_file_get_string(file, group, key[k], NULL);
        if (strcmp(key[k], "members") == 0)
            print_members(p, value);
        else
            print_value(p, key[k], value);
    }
}

/* Groups "KIND NAME" as an array of objects; `name` is what their second word is called. */
static void print_groups(CmdPrinter *p, GKeyFile *file, const char *kind, const char *key,
                         const char *name)
{
    g_auto(GStrv) group = g_key_file_get_groups(file, NULL);

    cmd_print_open(p, key, NULL, '[');
    for (gsize i = 0; group[i]; i++) {
        if (!g_str_has_prefix(group[i], kind))
            continue;
        cmd_print_open(p, NULL, NULL, '{');
        cmd_print_text(p, name, group[i] + strlen(kind));
        print_group(p, file, group[i]);
        cmd_print_close(p, '}');
    }
    cmd_print_close(p, ']');
}

static void print_json(GKeyFile *file)
{
    CmdPrinter p;

    cmd_print_begin(&p, TRUE);
    cmd_print_open(&p, "agent", NULL, '{');
    print_group(&p, file, "agent");
    cmd_print_close(&p, '}');
    print_groups(&p, file, "peer ", "peers", "name");
    print_groups(&p, file, "job ", "jobs", "id");
    cmd_print_end(&p);
}

static int wait_for_end(const char *spool, const char *id)
{
    g_autofree char *command = g_strdup_printf("wait %s", id);
    g_autoptr(GError) error = NULL;
    g_autofree char *answer = preaches_agent_ask(spool, command, NULL, &error);
    int status = PREACHES_ERROR_FAILED;

    if (!answer)
        return cmd_fail(error);
    if (sscanf(answer, "finished %d", &status) != 1)
        return cmd_usage("the agent answers '%s'", g_strchomp(answer));
    return status;
}

int cmd_status(int argc, char **argv)
{
    g_autofree char *spool = NULL, *answer = NULL, *wait = NULL;
    gboolean json = FALSE;
    const GOptionEntry options[] = {
        {"agent", 0, 0, G_OPTION_ARG_FILENAME, &spool, "Spool of the agent to ask", "DIR"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "For programs, not for people", NULL},
        {"wait", 0, 0, G_OPTION_ARG_STRING, &wait, "Wait for the end of a job; its exit status",
         "JOB"},
        {NULL, 0, 0, 0, NULL, NULL, NULL}};
    g_autoptr(GError) error = NULL;
    g_autoptr(GKeyFile) file = g_key_file_new();

    if (!cmd_parse(&argc, &argv, options, "", "Shows workstations and jobs, as an agent knows them."))
        return PREACHES_ERROR_USAGE;
    if (!spool || argc != 1)
        return cmd_usage("status: --agent=DIR is needed");
    if (wait)
        return wait_for_end(spool, wait);
    answer = preaches_agent_ask(spool, "status", NULL, &error);
    if (!answer ||
        !g_key_file_load_from_data(file, answer, strlen(answer), G_KEY_FILE_NONE, &error))
        return cmd_fail(error);
    if (json)
        print_json(file);
    else
        print_table(file);
    return 0;
}

/* ---- jobs ---- */

int cmd_submit(const CmdSubmit *submit, const char *program, char **args)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = g_get_current_dir(), *output = NULL;
    PreachesSubmission job = {.program = program,
                              .dir = dir,
                              .args = (const char *const *)args,
                              .interval_ns = submit->interval_ns,
                              .replicas = (guint)submit->replicas,
                              .keep = (guint)submit->keep,
                              .copy_files = submit->files && strcmp(submit->files, "copy") == 0};
    char id[33] = "";
    guint n_members = 0;

    if (!submit->output)
        return cmd_usage("with an agent, --output=FILE is needed: a path that all workstations share, or one in "
                         "the working folder with --files=copy");
    job.output = output = g_canonicalize_filename(submit->output, NULL);
    if (!preaches_agent_submit(submit->spool, &job, id, &n_members, &error))
        return cmd_fail(error);
    cmd_say("job %s on %u workstations", id, n_members);
    return submit->detach ? 0 : wait_for_end(submit->spool, id);
}

int cmd_ask_job(const char *spool, const char *verb, const char *id, const char *more)
{
    g_autofree char *command =
        g_strdup_printf("%s %s%s%s", verb, id, more ? " " : "", more ? more : "");
    g_autoptr(GError) error = NULL;
    g_autofree char *answer = preaches_agent_ask(spool, command, NULL, &error);

    return answer ? 0 : cmd_fail(error);
}

/* A command about one job that may have to wait for it. */
static int ask_and_wait(int argc, char **argv, const char *usage, const char *summary, const char *whose, int words)
{
    g_autofree char *spool = NULL, *more = NULL;
    gint64 wait_s = 60;
    const GOptionEntry options[] = {
        {"agent", 0, 0, G_OPTION_ARG_FILENAME, &spool, whose, "DIR"},
        {"wait", 0, 0, G_OPTION_ARG_INT64, &wait_s, "Wait so long until it can be done (default 60)", "SECONDS"},
        {NULL, 0, 0, 0, NULL, NULL, NULL}};

    if (!cmd_parse(&argc, &argv, options, usage, summary))
        return PREACHES_ERROR_USAGE;
    if (!spool || argc != words)
        return cmd_usage("%s: --agent=DIR and %s are needed", argv[0], usage);
    if (wait_s < 1 || wait_s > 86400)
        return cmd_usage("--wait: 1 to 86400 seconds");
    more = g_strdup_printf("%s%s%" G_GINT64_FORMAT, words > 2 ? argv[2] : "", words > 2 ? " " : "", wait_s);
    return cmd_ask_job(spool, argv[0], argv[1], more);
}

int cmd_move(int argc, char **argv)
{
    return ask_and_wait(argc, argv, "JOB WORKSTATION",
                        "Checkpoints a job and goes on with it on another workstation.",
                        "Spool of the agent that runs the job", 3);
}

int cmd_join(int argc, char **argv)
{
    return ask_and_wait(argc, argv, "JOB",
                        "Lets a workstation join a job that was submitted without it, or that it lost "
                        "with its disk.",
                        "Spool of the agent that is to join", 2);
}
