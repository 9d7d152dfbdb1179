/* gather -> a worker per architecture analyses (this process takes the native one) -> models are
 * compared -> layouts merged, description written -> workers produce -> executables put in place. */
#include "link.h"
#include "worker.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Link {
    const CcBuild *build;
    CcProgram *program;
    CcWorker workers[PR_N_ARCHES]; /* [0] is native */
    guint n;
} Link;

static const char *output_of(const CcBuild *build)
{
    return build->command->output ? build->command->output : "a.out";
}

/* Says it; FALSE. */
#define FAIL(build, option, ...) (cc_tell((build)->reporter, CC_ERROR, NULL, option, __VA_ARGS__), FALSE)

/* ---- analyse ---- */

/* A step of the native worker, in this process. */
static gboolean here(Link *link, gboolean (*step)(CcWorker *, CcMessages *))
{
    g_autoptr(CcMessages) messages = cc_messages_new(&link->build->command->policy);
    gboolean ok = step(&link->workers[0], messages);
    cc_reporter_show(link->build->reporter, messages);
    return ok;
}

/* Foreign diagnostics mostly repeat the native ones: the reporter shows each once. */
static gboolean wait_for(Link *link, CcWorker *worker, const char *step)
{
    g_autoptr(CcMessages) messages = cc_messages_new(&link->build->command->policy);
    g_autofree char *path = g_build_filename(worker->folder, "diag", NULL);
    gboolean ok = cc_worker_wait(worker);
    cc_messages_load(messages, path);
    guint shown = cc_reporter_show(link->build->reporter, messages);
    return ok || FAIL(link->build, NULL, "%s failed for %s%s", step, worker->arch->name,
                      shown ? "" : " (internal error)");
}

/* Waits for the first step everywhere. */
static gboolean analyse(Link *link)
{
    for (guint i = 1; i < link->n; i++)
        if (!cc_worker_start(&link->workers[i]))
            return FALSE;
    if (!here(link, cc_worker_analyse))
        return FALSE;
    const CcModel *model = link->workers[0].model;
    if (model->has_main && !model->main_reaches)
        return TRUE;
    for (guint i = 1; i < link->n; i++)
        if (!wait_for(link, &link->workers[i], "analysis"))
            return FALSE;
    return TRUE;
}

/* ---- compare ---- */

static gboolean differ(const CcBuild *build, const char *a, const char *b, const PrArch *arch_a,
                       const PrArch *arch_b)
{
    g_auto(GStrv) lines_a = g_strsplit(a, "\n", -1), lines_b = g_strsplit(b, "\n", -1);
    guint i = 0;
    while (lines_a[i] && lines_b[i] && strcmp(lines_a[i], lines_b[i]) == 0)
        i++;
    return FAIL(build, "-Wpreaches-differs", "the program is not the same on %s and %s: '%s' against '%s'",
                arch_a->name, arch_b->name, lines_a[i] ? lines_a[i] : "(end)",
                lines_b[i] ? lines_b[i] : "(end)");
}

static gboolean compare(Link *link)
{
    const CcWorker *native = &link->workers[0];
    for (guint i = 1; i < link->n; i++) {
        const CcWorker *worker = &link->workers[i];
        g_autofree char *path = g_build_filename(worker->folder, "signature", NULL), *text = NULL;
        if (!g_file_get_contents(path, &text, NULL, NULL))
            return FALSE;
        if (strcmp(text, native->signature) != 0)
            return differ(link->build, native->signature, text, native->arch, worker->arch);
    }
    return TRUE;
}

/* Each kept size is reported once, for the first architecture where it is another one. */
static gboolean compare_sizes(Link *link)
{
    gboolean agree = TRUE;
    for (guint i = 1; agree && i < link->n; i++) {
        const CcWorker *worker = &link->workers[i];
        g_autoptr(CcMessages) messages = cc_messages_new(&link->build->command->policy);
        g_autofree char *path = g_build_filename(worker->folder, "sizes", NULL), *text = NULL;
        if (!g_file_get_contents(path, &text, NULL, NULL))
            return FALSE;
        agree = cc_model_sizes_agree(link->workers[0].model, text, worker->arch->name, &messages->diag);
        cc_reporter_show(link->build->reporter, messages);
    }
    return agree;
}

/* Against the first architecture of the other byte order, one with this word size if there is one. */
static gboolean compare_bodies(Link *link)
{
    const PrArch *native = link->workers[0].arch;
    const CcWorker *other = NULL;
    for (guint i = 1; i < link->n; i++) {
        const PrArch *arch = link->workers[i].arch;
        gboolean alike = other && other->arch->pointer_bytes == native->pointer_bytes;
        if (arch->big_endian != native->big_endian && !alike &&
            (!other || arch->pointer_bytes == native->pointer_bytes))
            other = &link->workers[i];
    }
    g_autoptr(CcMessages) messages = cc_messages_new(&link->build->command->policy);
    g_autofree char *path = other ? g_build_filename(other->folder, "bodies", NULL) : NULL, *text = NULL;
    if (other && !g_file_get_contents(path, &text, NULL, NULL))
        return FALSE;
    cc_model_compare_bodies(link->workers[0].model, text, other ? other->arch : NULL, &messages->diag);
    cc_reporter_show(link->build->reporter, messages);
    return messages->diag.n_errors == 0;
}

/* ---- describe ---- */

static gboolean describe(Link *link)
{
    const CcModel *model = link->workers[0].model;
    CcLayout layouts[PR_N_ARCHES] = {0};
    CcDescription description;
    GError *error = NULL;
    gboolean ok = TRUE;
    layouts[0] = link->workers[0].layout;
    for (guint i = 1; ok && i < link->n; i++) {
        g_autofree char *path = g_build_filename(link->workers[i].folder, "layout", NULL);
        ok = cc_layout_load(&layouts[i], model, path);
    }
    if (ok && cc_describe(model, link->build->command->arches, layouts, link->n, &description, &error)) {
        ok = cc_worker_share(link->build, model, &description);
        cc_description_clear(&description);
    } else {
        ok = FAIL(link->build, NULL, "%s", error ? error->message : "layouts could not be read");
        g_clear_error(&error);
    }
    for (guint i = 1; i < link->n; i++)
        cc_layout_clear(&layouts[i]);
    return ok;
}

/* ---- produce ---- */

static gboolean produce(Link *link)
{
    gboolean ok = TRUE;
    for (guint i = 1; i < link->n; i++)
        cc_worker_go(&link->workers[i]);
    ok = here(link, cc_worker_produce);
    for (guint i = 1; ok && i < link->n; i++)
        ok = wait_for(link, &link->workers[i], "building");
    return ok;
}

/* ---- put in place ---- */

static gboolean copy_file(const CcBuild *build, const char *from, const char *to)
{
    g_autofree char *bytes = NULL;
    gsize n;
    GError *error = NULL;
    mode_t mask = umask(0);
    umask(mask);
    if (g_file_get_contents(from, &bytes, &n, &error) &&
        g_file_set_contents_full(to, bytes, (gssize)n, G_FILE_SET_CONTENTS_NONE, (int)(0777 & ~mask), &error))
        return chmod(to, 0777 & ~mask) == 0;
    (void)FAIL(build, NULL, "%s", error->message);
    g_error_free(error);
    return FALSE;
}

static gboolean rename_file(const CcBuild *build, const char *from, const char *to)
{
    return rename(from, to) == 0 || FAIL(build, NULL, "%s: %s", to, g_strerror(errno));
}

static char *sibling_path(const char *output, const PrArch *arch, const char *suffix)
{
    return g_strdup_printf("%s.preaches/%s%s", output, arch->name, suffix);
}

/* Executables of an earlier build that this one does not replace would not fit together with it. */
static void remove_stale(const CcBuild *build, guint n_new)
{
    const char *output = output_of(build);
    for (int i = 0; i < PR_N_ARCHES; i++) {
        gboolean fresh = FALSE;
        for (guint k = 1; k < n_new; k++)
            fresh = fresh || build->command->arches[k] == &pr_arches[i];
        g_autofree char *path = sibling_path(output, &pr_arches[i], "");
        if (!fresh)
            unlink(path);
    }
    if (n_new <= 1) {
        g_autofree char *dir = g_strconcat(output, ".preaches", NULL);
        rmdir(dir);
    }
}

/* All are written beside their names first, then renamed: siblings, the native one last. */
static gboolean install(Link *link)
{
    const char *output = output_of(link->build);
    g_autofree char *dir = g_strconcat(output, ".preaches", NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) fresh = g_ptr_array_new_with_free_func(g_free);
    gboolean ok = TRUE;
    if (link->n > 1 && mkdir(dir, 0777) != 0 && errno != EEXIST)
        return FAIL(link->build, NULL, "%s: %s", dir, g_strerror(errno));
    for (guint i = link->n; ok && i-- > 0;) {
        const CcWorker *worker = &link->workers[i];
        g_autofree char *from = g_build_filename(worker->folder, "program", NULL);
        char *name = i ? sibling_path(output, worker->arch, "") : g_strdup(output);
        g_ptr_array_add(names, name);
        g_ptr_array_add(fresh, g_strconcat(name, ".preaches-tmp", NULL));
        ok = copy_file(link->build, from, fresh->pdata[fresh->len - 1]);
    }
    for (guint i = 0; ok && i < names->len; i++)
        ok = rename_file(link->build, fresh->pdata[i], names->pdata[i]);
    for (guint i = 0; i < fresh->len; i++)
        unlink(fresh->pdata[i]);
    if (ok)
        remove_stale(link->build, link->n);
    return ok;
}

/* ---- what is not for checkpoints ---- */

/* Linked natively from the objects as they are. */
static int link_native(const CcBuild *build, const CcProgram *program, const char *kind)
{
    const CcCommand *command = build->command;
    g_autofree char *compiler = cc_compiler(cc_native_arch());
    GPtrArray *argv = cc_argv_new(compiler, kind, NULL);
    cc_argv_append(argv, command->native);
    cc_argv_append(argv, command->dynamic);
    cc_argv_append(argv, program->natives);
    for (guint i = 0; i < command->lib_dirs->len; i++)
        cc_argv_addf(argv, "-L%s", (char *)command->lib_dirs->pdata[i]);
    cc_argv_add(argv, "-o");
    cc_argv_add(argv, output_of(build));
    CcJob job = cc_job(argv);
    gboolean ok = cc_jobs_run(&job, 1, build->tokens, build->scratch);
    cc_tell_raw(build->reporter, job.messages);
    cc_job_clear(&job);
    if (ok)
        remove_stale(build, 1);
    return ok ? 0 : 1;
}

int cc_shared_command(const CcBuild *build)
{
    CcProgram *program = cc_gather(build);
    if (!program)
        return 1;
    int status = link_native(build, program, "-shared");
    if (status == 0)
        cc_tell(build->reporter, CC_WARNING, output_of(build), "-Wpreaches-shared",
                "a shared library is not checkpointed: programs that preaches-cc links with it take its "
                "code in, others use it as it is");
    cc_program_free(program);
    return status;
}

static int link_native_only(const CcBuild *build, const CcProgram *program, const char *option,
                            const char *why)
{
    CcMessages *messages = cc_messages_new(&build->command->policy);
    cc_messages_add(messages, CC_WARNING, output_of(build), option, "%s: built for %s only, without "
                    "checkpoints", why, cc_native_arch()->name);
    gboolean refused = messages->diag.n_errors > 0; /* -Werror=preaches-… */
    cc_reporter_show(build->reporter, messages);
    cc_messages_free(messages);
    return refused ? 1 : link_native(build, program, NULL);
}

/* --explain, --polls-report: on standard output. */
static gboolean explain(const Link *link, const CcModel *model)
{
    const CcCommand *command = link->build->command;
    gboolean ok = TRUE;
    for (guint i = 0; i < command->explain->len; i++) {
        const char *name = command->explain->pdata[i];
        g_autofree char *text = cc_model_explain(model, name);
        if (text)
            fputs(text, stdout);
        else
            ok = FAIL(link->build, NULL, "--explain: the program has no function '%s'", name);
    }
    if (command->report) {
        g_autofree char *text = cc_model_report(model);
        fputs(text, stdout);
    }
    fflush(stdout);
    return ok;
}

static int run(Link *link)
{
    if (!analyse(link))
        return 1;
    const CcModel *model = link->workers[0].model;
    if (!explain(link, model))
        return 1;
    if (!model->has_main)
        return !FAIL(link->build, NULL, "the program has no main");
    if (!model->main_reaches)
        return link_native_only(link->build, link->program, "-Wpreaches-no-poll", "main reaches no poll");
    return compare(link) && compare_sizes(link) && compare_bodies(link) && describe(link) && produce(link) &&
           install(link) ? 0 : 1;
}

int cc_link_command(const CcBuild *build)
{
    Link link = {.build = build};
    if (g_file_test(output_of(build), G_FILE_TEST_IS_DIR))
        return !FAIL(build, NULL, "%s is a folder", output_of(build));
    link.program = cc_gather(build);
    if (!link.program)
        return 1;
    if (link.program->native_only) {
        int native = link_native_only(build, link.program, "-Wpreaches-opaque", link.program->native_only);
        cc_program_free(link.program);
        return native;
    }
    link.n = build->command->n_arches;
    for (guint i = 0; i < link.n; i++)
        cc_worker_init(&link.workers[i], build, link.program, build->command->arches[i]);
    int status = run(&link);
    for (guint i = 0; i < link.n; i++)
        cc_worker_clear(&link.workers[i]);
    cc_program_free(link.program);
    return status;
}
