/* What configure, cmake and meson try out. The answer is the native compiler's, with two exceptions
 * that turn a feature off rather than let the program be refused later: a library that some
 * architecture lacks, and a library function that cannot be carried over.
 * PREACHES_CONFIGURE=native leaves both out. */
#include "compile.h"
#include "libc_table.h"
#include "link.h"

#include <string.h>

static gboolean is_everywhere(const char *lib)
{
    static const char *const names[] = {"c", "m", "dl", "rt", "pthread", "util", "resolv", "gcc"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(lib, names[i]) == 0)
            return TRUE;
    return FALSE;
}

static gboolean names_library(const CcCommand *command)
{
    for (guint i = 0; i < command->inputs->len; i++) {
        const CcInput *input = &g_array_index(command->inputs, CcInput, i);
        if (input->kind == CC_INPUT_LIB && !is_everywhere(input->path))
            return TRUE;
    }
    return FALSE;
}

static GPtrArray *foreign_argv(const CcBuild *build, const PrArch *arch)
{
    const CcCommand *command = build->command;
    g_autofree char *compiler = cc_compiler(arch);
    GPtrArray *argv = cc_argv_new(compiler, "-w", NULL);
    cc_argv_append(argv, command->cpp);
    cc_argv_split(argv, arch->flags);
    for (guint i = 0; i < command->inputs->len; i++) {
        const CcInput *input = &g_array_index(command->inputs, CcInput, i);
        if (input->kind == CC_INPUT_C)
            cc_argv_add(argv, input->path);
        else if (input->kind == CC_INPUT_LIB)
            cc_argv_addf(argv, "-l%s", input->path);
    }
    cc_argv_add(argv, "-o");
    cc_argv_addf(argv, "%s/trial-%s", build->scratch, arch->name);
    return argv;
}

/* Does it link on all the others? */
static gboolean try_libraries(const CcBuild *build)
{
    guint n = build->command->n_arches - 1;
    g_autofree CcJob *jobs = g_new0(CcJob, n + 1);
    for (guint i = 0; i < n; i++)
        jobs[i] = cc_job(foreign_argv(build, build->command->arches[i + 1]));
    gboolean ok = cc_jobs_run(jobs, n, build->tokens, build->scratch);
    for (guint i = 0; i < n; i++) {
        if (jobs[i].status > 0) {
            cc_tell_raw(build->reporter, jobs[i].messages);
            cc_tell(build->reporter, CC_ERROR, NULL, NULL, "tried for %s: no", build->command->arches[i + 1]->name);
        }
        cc_job_clear(&jobs[i]);
    }
    return ok;
}

/* "         U fork@GLIBC_2.2.5" -> why a program that calls it would be refused, or NULL. */
static const char *objection(const char *line, char **name)
{
    const char *at = strstr(line, " U ");
    const char *why = NULL;
    *name = at ? g_strndup(at + 3, strcspn(at + 3, "@")) : NULL;
    if (!at)
        return NULL;
    LibcRule rule = cc_libc_rule(*name, &why);
    if (rule == LIBC_REFUSED)
        return why;
    return rule == LIBC_UNKNOWN && !g_str_has_prefix(*name, "_") ? "not known to preaches-cc" : NULL;
}

static gboolean check_functions(const CcBuild *build, const char *program)
{
    CcJob job = cc_job(cc_argv_new("nm", "-D", "--undefined-only", program, NULL));
    gboolean ok = TRUE;
    if (cc_jobs_run(&job, 1, build->tokens, build->scratch)) {
        g_auto(GStrv) lines = g_strsplit(job.messages, "\n", -1);
        for (char **line = lines; ok && *line; line++) {
            g_autofree char *name = NULL;
            const char *why = objection(*line, &name);
            if (why)
                cc_tell(build->reporter, CC_ERROR, NULL, "-Wpreaches-library",
                        "'%s' cannot be carried over (%s), so the answer is no", name, why);
            ok = why == NULL;
        }
    }
    cc_job_clear(&job);
    return ok;
}

/* meson asks whether gcc knows the function itself, when it could not be linked; it knows some for its profiles. */
static void deny_builtins(GPtrArray *argv)
{
    static const char *const names[] = {"fork", "execl", "execlp", "execle", "execv", "execvp", "execve"};
    const char *why;
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (cc_libc_rule(names[i], &why) == LIBC_REFUSED)
            cc_argv_addf(argv, "-D__builtin_%s=preaches_no_%s", names[i], names[i]);
}

int cc_trial_command(const CcBuild *build)
{
    const CcCommand *command = build->command;
    g_autofree char *compiler = cc_compiler(cc_native_arch());
    gboolean plain = g_strcmp0(g_getenv("PREACHES_CONFIGURE"), "native") == 0 || !command->links;
    GPtrArray *argv = cc_argv_new(compiler, NULL);
    cc_add_own_header(argv);
    if (!plain)
        deny_builtins(argv);
    cc_argv_append(argv, command->pass);
    CcJob job = cc_job(argv);
    cc_jobs_run(&job, 1, build->tokens, build->scratch);
    cc_tell_raw(build->reporter, job.messages);
    int status = job.status;
    cc_job_clear(&job);
    if (status != 0 || plain)
        return status;
    const char *output = command->output ? command->output : "a.out";
    if ((!names_library(command) || try_libraries(build)) && check_functions(build, output))
        return 0;
    remove(output);
    return 1;
}
