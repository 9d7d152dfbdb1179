#define _GNU_SOURCE /* pipe2 */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void cc_worker_init(CcWorker *worker, const CcBuild *build, const CcProgram *program, const PrArch *arch)
{
    *worker = (CcWorker){.build = build, .program = program, .arch = arch, .status = -1, .go = -1};
    worker->folder = g_build_filename(build->scratch, arch->name, NULL);
    g_mkdir_with_parents(worker->folder, 0700);
}

void cc_worker_clear(CcWorker *worker)
{
    cc_worker_stop(worker);
    cc_model_free(worker->model);
    cc_layout_clear(&worker->layout);
    g_free(worker->signature);
    g_free(worker->folder);
    *worker = (CcWorker){.status = -1, .go = -1};
}

/* How frames are saved. On m68k gcc's unwinding tables are wrong here and there at -O2: the child dies. */
static gboolean by_flag(const CcWorker *worker)
{
    return worker->build->command->sites == CC_SITES_FLAG || strcmp(worker->arch->name, "m68k") == 0;
}

static char *path_in(const char *folder, const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static gboolean save(const char *folder, const char *name, const void *bytes, gsize n)
{
    g_autofree char *path = path_in(folder, name);
    return g_file_set_contents_full(path, bytes, (gssize)n, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
}

/* ---- analyse ---- */

static const char *dialect_of(const CcTextUnit *unit)
{
    const char *dialect = NULL;
    for (guint i = 0; i < unit->options->len; i++)
        if (g_str_has_prefix(unit->options->pdata[i], "-std="))
            dialect = unit->options->pdata[i];
    return dialect;
}

static CcModel *make_model(CcWorker *worker, CcMessages *to)
{
    guint before = to->diag.n_errors;
    const GPtrArray *units = worker->program->units;
    g_autofree CcSource *sources = g_new0(CcSource, units->len);
    for (guint i = 0; i < units->len; i++) {
        const CcTextUnit *unit = units->pdata[i];
        const CcText *text = cc_text_unit_text(unit, worker->arch);
        sources[i] = (CcSource){unit->name, text->text, text->bytes, dialect_of(unit),
                                cc_unsigned_char(unit->options)};
    }
    const CcCommand *command = worker->build->command;
    const GArray *hints = command->hints;
    CcModel *model = cc_model_new_hinted(sources, units->len, (const CcSource *)(const void *)hints->data,
                                         hints->len, worker->arch, command->polls, command->profile,
                                         &to->diag);
    if (model)
        model->poison = command->poison;
    if (model && to->diag.n_errors > before) {
        cc_model_free(model);
        return NULL;
    }
    return model;
}

gboolean cc_worker_analyse(CcWorker *worker, CcMessages *to)
{
    cc_tokens_take(worker->build->tokens);
    worker->model = make_model(worker, to);
    if (worker->model)
        worker->signature = cc_model_signature(worker->model);
    cc_tokens_give(worker->build->tokens);
    if (!worker->model)
        return FALSE;
    if (worker->model->has_main && !worker->model->main_reaches)
        return TRUE; /* nothing to convert: no layout is needed */
    gboolean ok = cc_probe(worker->build, worker->arch, worker->program->units, worker->model,
                           worker->folder, &worker->layout, to);
    if (!ok)
        cc_messages_add(to, CC_ERROR, NULL, NULL, "the types' layout on %s could not be read",
                        worker->arch->name);
    return ok;
}

/* ---- produce ---- */

typedef struct Shared { /* what all architectures have in common */
    char *desc, *common, *prologue;
    gsize desc_bytes, common_bytes;
    CcCommon offsets;
} Shared;

gboolean cc_worker_share(const CcBuild *build, const CcModel *model, const CcDescription *description)
{
    g_autoptr(GByteArray) common = g_byte_array_new();
    g_byte_array_append(common, (guint8 *)description->local_offset, model->locals->len * 4);
    g_byte_array_append(common, (guint8 *)description->frame_bytes, model->funcs->len * 4);
    return save(build->scratch, "common", common->data, common->len) &&
           save(build->scratch, "desc", description->blob, description->blob_bytes);
}

static gboolean shared_load(Shared *shared, const CcWorker *worker)
{
    g_autofree char *desc = path_in(worker->build->scratch, "desc");
    g_autofree char *common = path_in(worker->build->scratch, "common");
    const CcModel *model = worker->model;
    gsize want = 4 * ((gsize)model->locals->len + model->funcs->len);
    if (!g_file_get_contents(desc, &shared->desc, &shared->desc_bytes, NULL) ||
        !g_file_get_contents(common, &shared->common, &shared->common_bytes, NULL) ||
        !(shared->prologue = cc_prologue(NULL)) || shared->common_bytes != want)
        return FALSE;
    shared->offsets.local_offset = (const guint32 *)(const void *)shared->common;
    shared->offsets.frame_bytes = shared->offsets.local_offset + model->locals->len;
    shared->offsets.flag_sites = by_flag(worker);
    return TRUE;
}

static void shared_clear(Shared *shared)
{
    g_free(shared->desc);
    g_free(shared->common);
    g_free(shared->prologue);
}

/* --polls=record: what core/runtime/record.c counts with, and the names it writes. */
static void append_record(GString *text, const CcModel *model)
{
    GPtrArray *candidates, *functions;
    cc_model_record_keys(model, &candidates, &functions);
    g_string_append_printf(text, "struct preaches_recorded { unsigned long long count; unsigned slot; } "
                           "preaches_recorded[%u];\nunsigned long long preaches_record_calls[%u];\n"
                           "const unsigned preaches_record_n = %u, preaches_record_functions = %u;\n"
                           "const char *const preaches_record_names[] = {\n",
                           candidates->len + 1, functions->len + 1, candidates->len, functions->len);
    for (guint i = 0; i < candidates->len + functions->len; i++) {
        const char *name = i < candidates->len ? candidates->pdata[i] : functions->pdata[i - candidates->len];
        g_autofree char *escaped = g_strescape(name, NULL);
        g_string_append_printf(text, "\"%s\",\n", escaped);
    }
    g_string_append(text, "0 };\n");
    g_ptr_array_unref(candidates);
    g_ptr_array_unref(functions);
}

/* The table unit: the description as a string literal (compiles faster than a list of numbers), and
 * what the runtime must know of this program. */
static char *table_text(const Shared *shared, const CcWorker *worker)
{
    GString *text = g_string_sized_new(shared->desc_bytes * 4 + 2048);
    g_string_append_printf(text, "const unsigned char preaches_desc[%" G_GSIZE_FORMAT "] "
                           "__attribute__((section(\".preaches.desc\"),used,aligned(16))) =\n\"",
                           shared->desc_bytes);
    for (gsize i = 0; i < shared->desc_bytes; i++) {
        g_string_append_printf(text, "\\%03o", (guint8)shared->desc[i]);
        if (i % 64 == 63)
            g_string_append(text, "\"\n\"");
    }
    g_string_append_printf(text, "\";\nconst unsigned long preaches_desc_bytes = %" G_GSIZE_FORMAT ";\n"
                           "const char preaches_arch[] = \"%s\";\n"
                           "const int preaches_main_reaches = %d;\n"
                           "const int preaches_flag_sites = %d;\n",
                           shared->desc_bytes, worker->arch->name, worker->model->main_reaches,
                           by_flag(worker));
    if (worker->build->command->polls == CC_POLLS_RECORD)
        append_record(text, worker->model);
    g_string_append(text,
                    "extern int preaches_user_main();\nextern int preaches_user_main__preaches();\n"
                    "void preaches_unwound(int *);\n"
                    "int preaches_call_main(int argc, char **argv)\n"
                    "{ int on __attribute__((cleanup(preaches_unwound))) = 1;\n"
                    "int status = preaches_user_main(argc, argv); on = 0; return status; }\n"
                    "int preaches_call_main_clone(int argc, char **argv)\n"
                    "{ int on __attribute__((cleanup(preaches_unwound))) = 1;\n"
                    "int status = preaches_user_main__preaches(argc, argv); on = 0; return status; }\n");
    return g_string_free(text, FALSE);
}

/* Unit `u` of the program, `unit`; or the table, without one. */
static CcJob compile_job(const CcWorker *worker, guint u, const CcTextUnit *unit, const char *text,
                         const char *source, const char *object, char **key)
{
    GPtrArray *argv;
    if (unit) {
        argv = cc_target_argv(worker->arch, unit, TRUE);
    } else {
        CcTextUnit *none = cc_text_unit_new("");
        argv = cc_target_argv(worker->arch, none, TRUE);
        cc_text_unit_free(none);
        cc_argv_add(argv, "-std=gnu11");
    }
    if (!by_flag(worker))
        cc_argv_add(argv, "-fexceptions"); /* guards: core/cc/guard.c */
    if (worker->build->command->polls == CC_POLLS_PROFILE || (unit && cc_model_sums_floats(worker->model, u)))
        cc_argv_add(argv, "-fno-tree-coalesce-vars"); /* core/cc/README.md: polls by a profile; core/cc/sums.c */
    if (worker->build->command->sites == CC_SITES_PATCH)
        cc_argv_add(argv, "-Dpreaches_patch"); /* core/runtime/gen.h */
    if (worker->build->command->widths_differ && worker->arch->pointer_bytes == 4)
        cc_argv_add(argv, "-fsanitize=signed-integer-overflow"); /* reported by core/runtime/overflow.c */
    return cc_text_job(worker->build, worker->arch, argv, "c", text, source, object, key);
}

/* Sources of all jobs: one per unit, then the table. Objects' names show in linkers' messages. */
static gboolean emit_all(CcWorker *worker, const Shared *shared, CcJob *jobs, char **keys, GPtrArray *objects)
{
    guint n = worker->program->units->len;
    gboolean ok = TRUE;
    for (guint u = 0; ok && u <= n; u++) {
        const CcTextUnit *unit = u < n ? worker->program->units->pdata[u] : NULL;
        g_autofree char *text = unit ? cc_model_emit(worker->model, u, &shared->offsets, shared->prologue)
                                     : table_text(shared, worker);
        g_autofree char *name = g_path_get_basename(unit ? unit->name : "preaches-table.c");
        g_autofree char *dir = g_strdup_printf("%s/%u", worker->folder, u);
        g_autofree char *source = path_in(dir, name);
        char *object = g_strconcat(source, ".o", NULL);
        g_mkdir_with_parents(dir, 0700);
        g_ptr_array_add(objects, object);
        jobs[u] = compile_job(worker, u, unit, text, source, object, &keys[u]);
        ok = jobs[u].argv != NULL;
    }
    return ok;
}

/* Names of our temporary files mean nothing to the user: "…/x86_64/0/tree.c.o" -> "tree.c.o". */
static void tell(CcMessages *to, const CcWorker *worker, const char *messages)
{
    g_autofree char *folder = g_regex_escape_string(worker->folder, -1);
    g_autofree char *pattern = g_strdup_printf("%s/[0-9]+/", folder);
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
    g_autofree char *clean =
        regex ? g_regex_replace_literal(regex, messages, -1, 0, "", 0, NULL) : NULL;
    cc_messages_raw(to, clean ? clean : messages);
}

static gboolean compile_all(CcWorker *worker, const Shared *shared, GPtrArray *objects, CcMessages *to)
{
    guint n = worker->program->units->len + 1;
    g_autofree CcJob *jobs = g_new0(CcJob, n);
    g_auto(GStrv) keys = g_new0(char *, n + 1);
    cc_tokens_take(worker->build->tokens);
    gboolean ok = emit_all(worker, shared, jobs, keys, objects);
    cc_tokens_give(worker->build->tokens);
    if (!ok)
        cc_messages_add(to, CC_ERROR, NULL, NULL, "the instrumented text could not be written");
    else
        ok = cc_jobs_run(jobs, n, worker->build->tokens, worker->folder);
    for (guint i = 0; i < n; i++) {
        if (jobs[i].status > 0 && jobs[i].messages) {
            tell(to, worker, jobs[i].messages);
            cc_messages_add(to, CC_ERROR, NULL, NULL, "instrumented text of %s does not compile for %s (--keep-temps "
                            "keeps it)%s", i + 1 < n ? ((CcTextUnit *)worker->program->units->pdata[i])->name : "the tables",
                            worker->arch->name, worker->arch == cc_native_arch() ? "" :
                            ": assembly and builtins of one machine only stand in #ifdef");
        } else if (jobs[i].status == 0) {
            cc_cache_put(worker->build->cache, keys[i], objects->pdata[i]);
        }
        g_clear_pointer(&keys[i], g_free);
        cc_job_clear(&jobs[i]);
    }
    return ok;
}

static gboolean link_all(CcWorker *worker, const GPtrArray *objects, CcMessages *to)
{
    g_autofree char *compiler = cc_compiler(worker->arch), *lib = cc_lib_dir();
    g_autofree char *runtime = g_build_filename(lib, worker->arch->name, "libpreaches.a", NULL);
    g_autofree char *out = path_in(worker->folder, "program");
    gboolean native = worker->arch == cc_native_arch();
    GPtrArray *argv = cc_argv_new(compiler, "-o", out, NULL);
    cc_argv_split(argv, worker->arch->link);
    cc_argv_split(argv, worker->arch->flags);
    cc_argv_append(argv, objects);
    for (guint i = 0; native && i < worker->build->command->lib_dirs->len; i++)
        cc_argv_addf(argv, "-L%s", (char *)worker->build->command->lib_dirs->pdata[i]);
    cc_argv_add(argv, runtime);
    cc_argv_append(argv, worker->program->libs);
    cc_argv_add(argv, "-lm");
    CcJob job = cc_job(argv);
    gboolean ok = cc_jobs_run(&job, 1, worker->build->tokens, worker->folder);
    if (job.messages && (!ok || native))
        tell(to, worker, job.messages);
    if (!ok)
        cc_messages_add(to, CC_ERROR, NULL, NULL, "linking for %s failed", worker->arch->name);
    cc_job_clear(&job);
    return ok;
}

gboolean cc_worker_produce(CcWorker *worker, CcMessages *to)
{
    Shared shared = {0};
    g_autoptr(GPtrArray) objects = g_ptr_array_new_with_free_func(g_free);
    gboolean ok = shared_load(&shared, worker);
    if (!ok)
        cc_messages_add(to, CC_ERROR, NULL, NULL, "the shared tables or gen.h could not be read");
    ok = ok && compile_all(worker, &shared, objects, to) && link_all(worker, objects, to);
    shared_clear(&shared);
    return ok;
}

/* ---- as a process ---- */

static gboolean answer_analysis(CcWorker *worker)
{
    g_autofree char *layout = path_in(worker->folder, "layout");
    g_autofree char *diag = path_in(worker->folder, "diag");
    g_autoptr(CcMessages) to = cc_messages_new(&worker->build->command->policy);
    gboolean ok = cc_worker_analyse(worker, to);
    ok = cc_messages_save(to, diag) && ok;
    if (worker->signature)
        ok = save(worker->folder, "signature", worker->signature, strlen(worker->signature)) && ok;
    g_autofree char *sizes = worker->model ? cc_model_sizes(worker->model) : NULL;
    if (sizes)
        ok = save(worker->folder, "sizes", sizes, strlen(sizes)) && ok;
    g_autofree char *bodies = worker->model ? cc_model_bodies(worker->model) : NULL;
    if (bodies)
        ok = save(worker->folder, "bodies", bodies, strlen(bodies)) && ok;
    if (ok && worker->layout.size)
        ok = cc_layout_save(&worker->layout, worker->model, layout);
    return ok;
}

static gboolean answer_production(CcWorker *worker)
{
    g_autofree char *diag = path_in(worker->folder, "diag");
    g_autoptr(CcMessages) to = cc_messages_new(&worker->build->command->policy);
    gboolean ok = cc_worker_produce(worker, to);
    return cc_messages_save(to, diag) && ok;
}

static void G_GNUC_NORETURN child(CcWorker *worker, int status, int go)
{
    char byte;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    gboolean ok = answer_analysis(worker);
    if (write(status, ok ? "y" : "n", 1) == 1 && ok && read(go, &byte, 1) == 1) {
        ok = answer_production(worker);
        if (write(status, ok ? "y" : "n", 1) != 1)
            _exit(1);
    }
    _exit(0);
}

gboolean cc_worker_start(CcWorker *worker)
{
    int status[2], go[2];
    if (pipe2(status, O_CLOEXEC) != 0)
        return FALSE;
    if (pipe2(go, O_CLOEXEC) != 0) {
        close(status[0]);
        close(status[1]);
        return FALSE;
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(status[0]);
        close(go[1]);
        child(worker, status[1], go[0]);
    }
    close(status[1]);
    close(go[0]);
    worker->pid = pid > 0 ? pid : 0;
    worker->status = status[0];
    worker->go = go[1];
    return pid > 0;
}

gboolean cc_worker_wait(CcWorker *worker)
{
    char byte = 'n';
    ssize_t n;
    while ((n = read(worker->status, &byte, 1)) < 0 && errno == EINTR)
        ;
    return n == 1 && byte == 'y';
}

void cc_worker_go(CcWorker *worker)
{
    while (write(worker->go, "g", 1) != 1 && errno == EINTR)
        ;
}

void cc_worker_stop(CcWorker *worker)
{
    if (worker->pid > 0) {
        kill(worker->pid, SIGKILL);
        while (waitpid(worker->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    if (worker->status >= 0)
        close(worker->status);
    if (worker->go >= 0)
        close(worker->go);
    worker->pid = 0;
    worker->status = worker->go = -1;
}
