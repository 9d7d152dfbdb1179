/* `preaches`: runs programs under checkpoint, restarts them anywhere, and looks into images. */
#include "cmd.h"

#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    {"run", cmd_run, "run a program and keep its checkpoints in a spool"},
    {"restart", cmd_restart, "go on from the newest usable checkpoint, on any architecture"},
    {"checkpoint", cmd_checkpoint, "ask a running program for a checkpoint"},
    {"agent", cmd_agent, "look after jobs together with other workstations"},
    {"keys", cmd_keys, "make the certificates by which agents know each other"},
    {"status", cmd_status, "show workstations and jobs"},
    {"move", cmd_move, "go on with a job on another workstation"},
    {"join", cmd_join, "let a workstation join a job that runs"},
    {"verify", cmd_verify, "check every byte of images and spools"},
    {"inspect", cmd_inspect, "show what an image holds"},
    {"convert", cmd_convert, "convert an image to another architecture"},
};

void cmd_say(const char *format, ...)
{
    va_list ap;
    g_autofree char *text = NULL;

    va_start(ap, format);
    text = g_strdup_vprintf(format, ap);
    va_end(ap);
    fflush(stdout);
    fprintf(stderr, "preaches: %s\n", text);
}

int cmd_usage(const char *format, ...)
{
    va_list ap;
    g_autofree char *text = NULL;

    va_start(ap, format);
    text = g_strdup_vprintf(format, ap);
    va_end(ap);
    cmd_say("%s", text);
    return PREACHES_ERROR_USAGE;
}

int cmd_fail(const GError *error)
{
    cmd_say("%s", error->message);
    return error->domain == PREACHES_ERROR && error->code != PREACHES_ERROR_REFUSED ? error->code
                                                                               : PREACHES_ERROR_FAILED;
}

gboolean cmd_parse(int *argc, char ***argv, const GOptionEntry *options, const char *usage,
                   const char *summary)
{
    g_autofree char *name = g_strdup_printf("preaches %s", (*argv)[0]);
    g_autoptr(GOptionContext) context = g_option_context_new(usage);
    g_autoptr(GError) error = NULL;

    g_set_prgname(name);
    g_option_context_set_summary(context, summary);
    g_option_context_set_strict_posix(context, TRUE);
    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, argc, argv, &error)) {
        cmd_usage("%s (see %s --help)", error->message, name);
        return FALSE;
    }
    if (*argc > 1 && strcmp((*argv)[1], "--") == 0) {
        (*argv)[1] = (*argv)[0];
        ++*argv;
        --*argc;
    }
    return TRUE;
}

static void help(FILE *to)
{
    fprintf(to, "usage: preaches COMMAND [OPTIONS] ...\n\n");
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        fprintf(to, "  %-11s %s\n", commands[i].name, commands[i].summary);
    fprintf(to, "\npreaches COMMAND --help tells more. Exit status: 1 failed, 2 usage, "
                "3 damaged or foreign image.\n");
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    if (argc < 2) {
        help(stderr);
        return PREACHES_ERROR_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        help(stdout);
        return 0;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0) {
            int status = commands[i].run(argc - 1, argv + 1);
            if (fflush(stdout) != 0 || ferror(stdout)) {
                cmd_say("standard output: cannot be written");
                return PREACHES_ERROR_FAILED;
            }
            return status;
        }
    return cmd_usage("unknown command '%s' (see preaches --help)", argv[1]);
}
