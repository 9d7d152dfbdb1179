/* preaches checkpoint: asks a running program for a checkpoint by its signal, after looking whether
 * it is one that takes such requests: the signal would end any other. */
#include "cmd.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static const struct {
    const char *name;
    int number;
} signals[] = {{"USR2", SIGUSR2}, {"USR1", SIGUSR1}, {"ALRM", SIGALRM}, {"VTALRM", SIGVTALRM},
               {"PROF", SIGPROF}, {"HUP", SIGHUP},   {"URG", SIGURG}};

static int signal_number(const char *name)
{
    if (g_str_has_prefix(name, "SIG"))
        name += 3;
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        if (strcmp(name, signals[i].name) == 0)
            return signals[i].number;
    return 0;
}

/* Signal by which the process is asked; 0 when it does not take requests. */
static int request_signal(guint64 pid, GError **error)
{
    g_autofree char *path = g_strdup_printf("/proc/%" G_GUINT64_FORMAT "/environ", pid);
    g_autofree char *text = NULL;
    gsize bytes = 0;
    gboolean has_spool = FALSE;
    int number = SIGUSR2;

    if (!g_file_get_contents(path, &text, &bytes, error))
        return 0;
    for (gsize i = 0; i < bytes; i += strlen(text + i) + 1) {
        if (g_str_has_prefix(text + i, "PREACHES_SPOOL="))
            has_spool = TRUE;
        else if (g_str_has_prefix(text + i, "PREACHES_SIGNAL="))
            number = signal_number(text + i + strlen("PREACHES_SIGNAL="));
    }
    if (has_spool && number)
        return number;
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED,
                "process %" G_GUINT64_FORMAT " takes no requests for checkpoints", pid);
    return 0;
}

int cmd_checkpoint(int argc, char **argv)
{
    g_autofree char *spool = NULL;
    const GOptionEntry options[] = {
        {"agent", 0, 0, G_OPTION_ARG_FILENAME, &spool, "A job of the agent with this spool", "DIR"},
        {NULL, 0, 0, 0, NULL, NULL, NULL}};
    g_autoptr(GError) error = NULL;
    guint64 pid;
    int number;

    if (!cmd_parse(&argc, &argv, options, "PID | --agent=DIR JOB",
                   "Asks a program that runs under `preaches run --spool`, or an agent's job, for a "
                   "checkpoint."))
        return PREACHES_ERROR_USAGE;
    if (spool && argc == 2)
        return cmd_ask_job(spool, "checkpoint", argv[1], NULL);
    if (argc != 2 || !g_ascii_string_to_unsigned(argv[1], 10, 2, G_MAXINT, &pid, NULL))
        return cmd_usage("checkpoint: the number of a process is needed");
    number = request_signal(pid, &error);
    if (!number)
        return cmd_fail(error);
    if (kill((pid_t)pid, number) == 0)
        return 0;
    cmd_say("process %s: %s", argv[1], g_strerror(errno));
    return PREACHES_ERROR_FAILED;
}
