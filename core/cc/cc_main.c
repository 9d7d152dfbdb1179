/* preaches-cc: a drop-in C compiler driver. The work is done in a child process; this one only
 * waits, passes signals on and removes the temporary files, whatever happens to the child. */
#define _GNU_SOURCE
#include "compile.h"
#include "link.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t caught;
static volatile pid_t worker;

static void on_signal(int number)
{
    caught = number;
    if (worker > 0)
        kill(-worker, SIGKILL);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

/* The native compiler takes over. */
static int pass_on(const CcCommand *command)
{
    g_autofree char *compiler = cc_compiler(cc_native_arch());
    GPtrArray *argv = cc_argv_new(compiler, NULL);
    if (command->inputs->len) /* else a question to the compiler itself */
        cc_add_own_header(argv);
    cc_argv_append(argv, command->pass);
    g_ptr_array_add(argv, NULL);
    execvp(compiler, (char **)argv->pdata);
    fprintf(stderr, "preaches-cc: error: %s: %s\n", compiler, g_strerror(errno));
    return 1;
}

/* "-": what comes on standard input is read once, several compilers want it. */
static gboolean read_input(CcCommand *command, const char *scratch, CcReporter *reporter)
{
    for (guint i = 0; command->mode != CC_MODE_TRIAL && i < command->inputs->len; i++) {
        CcInput *input = &g_array_index(command->inputs, CcInput, i);
        char bytes[4096];
        ssize_t n;
        if (input->kind != CC_INPUT_C || strcmp(input->path, "-") != 0)
            continue;
        g_autoptr(GString) text = g_string_new("# 1 \"<stdin>\"\n");
        while ((n = read(STDIN_FILENO, bytes, sizeof bytes)) > 0 || (n < 0 && errno == EINTR))
            g_string_append_len(text, bytes, MAX(n, 0));
        g_free(input->path);
        input->path = g_build_filename(scratch, "stdin.c", NULL);
        if (n < 0 || !g_file_set_contents(input->path, text->str, (gssize)text->len, NULL)) {
            cc_tell(reporter, CC_ERROR, NULL, NULL, "standard input cannot be read");
            return FALSE;
        }
        cc_argv_split(command->native, "-iquote .");
        cc_argv_split(command->cpp, "-iquote .");
    }
    return TRUE;
}

static int work(CcCommand *command, const char *scratch)
{
    CcReporter *reporter = cc_reporter_new(&command->policy, stderr);
    for (guint i = 0; i < command->notes->len; i++)
        cc_tell(reporter, CC_WARNING, NULL, "-Wpreaches-option", "%s", (char *)command->notes->pdata[i]);
    CcTokens *tokens = cc_tokens_new();
    g_autofree char *why = NULL;
    CcCache *cache = command->mode == CC_MODE_LINK ? cc_cache_open(&why) : NULL;
    if (why)
        cc_tell(reporter, CC_WARNING, NULL, "-Wpreaches-cache", "%s", why);
    CcBuild build = {.command = command, .tokens = tokens, .cache = cache, .reporter = reporter,
                     .scratch = scratch};
    int (*const steps[])(const CcBuild *) = {[CC_MODE_TRIAL] = cc_trial_command,
                                             [CC_MODE_COMPILE] = cc_compile_command,
                                             [CC_MODE_SHARED] = cc_shared_command,
                                             [CC_MODE_LINK] = cc_link_command};
    int status = read_input(command, scratch, reporter) ? steps[command->mode](&build) : 1;
    cc_cache_free(cache);
    cc_tokens_free(tokens);
    cc_reporter_free(reporter);
    return status;
}

static void watch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
    struct sigaction action = {.sa_handler = on_signal};
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        sigaction(numbers[i], &action, NULL);
}

static pid_t start(CcCommand *command, const char *scratch)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0); /* one signal ends compilers and workers too */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        g_setenv("TMPDIR", scratch, TRUE); /* what a killed compiler leaves is removed with ours */
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        signal(SIGHUP, SIG_DFL);
        signal(SIGPIPE, SIG_DFL);
        int status = work(command, scratch);
        fflush(NULL);
        _exit(status);
    }
    if (pid > 0)
        setpgid(pid, pid);
    return pid;
}

static int supervise(CcCommand *command)
{
    GError *error = NULL;
    g_autofree char *scratch = g_dir_make_tmp("preaches-cc-XXXXXX", &error);
    int status = 0;
    if (!scratch) {
        fprintf(stderr, "preaches-cc: error: %s\n", error->message);
        return 1;
    }
    watch_signals();
    worker = start(command, scratch);
    if (caught && worker > 0)
        kill(-worker, SIGKILL);
    siginfo_t info;
    while (worker > 0 && waitid(P_PID, (id_t)worker, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
        ;
    if (worker > 0)
        kill(-worker, SIGKILL); /* compilers that a failed link left behind; not yet reaped, so the
                                   group's number is still ours */
    while (worker > 0 && waitpid(worker, &status, 0) < 0 && errno == EINTR)
        ;
    if (command->keep_temps)
        fprintf(stderr, "preaches-cc: temporary files kept in %s\n", scratch);
    else
        nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (caught)
        return 128 + caught;
    if (worker <= 0 || !WIFEXITED(status)) {
        fprintf(stderr, "preaches-cc: error: internal error (%s)\n",
                worker > 0 && WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "fork");
        return 1;
    }
    return WEXITSTATUS(status);
}

/* A command that cannot be understood: only how to say so is known of it. */
static void refuse(int argc, char **argv, const char *why)
{
    CcPolicy policy;
    cc_policy_init(&policy);
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--diagnostics=json") == 0)
            policy.json = TRUE;
    CcReporter *reporter = cc_reporter_new(&policy, stderr);
    cc_tell(reporter, CC_ERROR, NULL, NULL, "%s", why);
    cc_reporter_free(reporter);
    cc_policy_fini(&policy);
}

int main(int argc, char **argv)
{
    GError *error = NULL;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) { /* with others, as in `-v --help`, it is gcc's */
        cc_help();
        return fflush(stdout) ? 1 : 0;
    }
    CcCommand *command = cc_command_parse(argc, argv, &error);
    if (!command) {
        refuse(argc, argv, error->message);
        g_error_free(error);
        return 1;
    }
    int status = command->mode == CC_MODE_PASS ? pass_on(command) : supervise(command);
    cc_command_free(command);
    return status;
}
