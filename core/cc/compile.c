#include "compile.h"
#include "settle.h"
#include "deps.h"

#include <string.h>
#include <unistd.h>

/* Folder of preaches.h: in the source tree, or installed beside bin/. */
static char *include_dir(void)
{
    static const char *const places[] = {"../../core/include", "../include"};
    g_autofree char *bin = cc_bin_dir();
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *dir = g_build_filename(bin, places[i], NULL);
        g_autofree char *header = g_build_filename(dir, "preaches.h", NULL);
        if (g_file_test(header, G_FILE_TEST_EXISTS))
            return g_canonicalize_filename(dir, NULL);
    }
    return NULL;
}

void cc_add_own_header(GPtrArray *argv)
{
    g_autofree char *include = include_dir();
    cc_argv_add(argv, "-D__PREACHES__=1");
    if (include) {
        cc_argv_add(argv, "-idirafter");
        cc_argv_add(argv, include);
    }
}

static gboolean has_option(const GPtrArray *argv, const char *option)
{
    for (guint i = 0; i < argv->len; i++)
        if (strcmp(argv->pdata[i], option) == 0)
            return TRUE;
    return FALSE;
}

gboolean cc_unsigned_char(const GPtrArray *options)
{
    gboolean is_unsigned = FALSE;
    for (guint i = 0; i < options->len; i++)
        if (g_str_has_suffix(options->pdata[i], "signed-char"))
            is_unsigned = strcmp(options->pdata[i], "-funsigned-char") == 0;
    return is_unsigned;
}

/* "dir/tree.c" -> "tree.o" */
static char *with_suffix(const char *path, const char *suffix)
{
    g_autofree char *name = g_path_get_basename(path);
    char *dot = strrchr(name, '.');
    if (dot && dot != name)
        *dot = '\0';
    return g_strconcat(name, suffix, NULL);
}

/* Compiling and linking in one command, gcc derives the dependency file's name from the program's;
 * our object lies in the scratch folder, so it must be told. */
static void add_dependency_names(GPtrArray *argv, const CcCommand *command, const char *source)
{
    const char *output = command->output;
    guint n = 0;
    if (command->mode != CC_MODE_LINK || has_option(command->native, "-MF") ||
        !(has_option(command->native, "-MD") || has_option(command->native, "-MMD")))
        return;
    for (guint i = 0; i < command->inputs->len; i++)
        n += g_array_index(command->inputs, CcInput, i).kind == CC_INPUT_C;
    g_autofree char *object = with_suffix(source, ".o"), *file = with_suffix(source, ".d");
    cc_argv_add(argv, "-MF");
    if (output && n == 1)
        cc_argv_addf(argv, "%s.d", output);
    else
        cc_argv_addf(argv, "%s-%s", output ? output : "a", file);
    cc_argv_add(argv, "-MQ");
    cc_argv_add(argv, output && n == 1 ? output : object);
}

static GPtrArray *native_argv(const CcBuild *build, const CcInput *source, const char *object)
{
    g_autofree char *compiler = cc_compiler(cc_native_arch());
    GPtrArray *argv = cc_argv_new(compiler, NULL);
    if (cc_reporter_colors(build->reporter))
        cc_argv_add(argv, "-fdiagnostics-color=always"); /* what it says goes through a file */
    cc_argv_append(argv, build->command->native);
    add_dependency_names(argv, build->command, source->path);
    cc_add_own_header(argv);
    cc_argv_add(argv, "-c");
    if (source->kind == CC_INPUT_C)
        cc_argv_add(argv, cc_unsigned_char(build->command->native) ? "-funsigned-char" : "-fsigned-char");
    if (source->language) {
        cc_argv_add(argv, "-x");
        cc_argv_add(argv, source->language);
    }
    cc_argv_add(argv, source->path);
    cc_argv_add(argv, "-o");
    cc_argv_add(argv, object);
    return argv;
}

/* Without -O: the C library's headers then declare functions and define none, so the text is the
 * program's own. Without _FORTIFY_SOURCE for the same reason. */
GPtrArray *cc_preprocess_argv(const CcBuild *build, const PrArch *arch, const char *source,
                              const char *text, const char *deps)
{
    g_autofree char *compiler = cc_compiler(arch);
    GPtrArray *argv = cc_argv_new(compiler, "-E", "-w", "-dU", NULL);
    cc_argv_append(argv, build->command->cpp);
    cc_argv_split(argv, arch->flags);
    if (cc_unsigned_char(build->command->cpp))
        cc_argv_add(argv, "-funsigned-char");
    cc_add_own_header(argv);
    if (arch->pointer_bytes == 4) {
        g_autofree char *lib = cc_lib_dir();
        cc_argv_add(argv, "-isystem");
        cc_argv_addf(argv, "%s/narrow", lib);
    }
    cc_argv_add(argv, "-U_FORTIFY_SOURCE");
    if (deps) {
        cc_argv_split(argv, "-MMD -MT x -MF");
        cc_argv_add(argv, deps);
    }
    cc_argv_add(argv, "-x");
    cc_argv_add(argv, "c");
    cc_argv_add(argv, source);
    cc_argv_add(argv, "-o");
    cc_argv_add(argv, text);
    return argv;
}

static gboolean load_texts(const CcBuild *build, CcTextUnit *unit, char **paths)
{
    for (guint i = 0; i < build->command->n_arches; i++) {
        CcText text = {.arch = build->command->arches[i]};
        GError *error = NULL;
        if (!g_file_get_contents(paths[i], &text.text, &text.bytes, &error)) {
            cc_tell(build->reporter, CC_ERROR, NULL, NULL, "%s", error->message);
            g_error_free(error);
            return FALSE;
        }
        g_array_append_val(unit->texts, text);
        unlink(paths[i]);
    }
    return TRUE;
}

/* What the native compiler said is the user's as it is; others speak only when they fail. */
static void tell(const CcBuild *build, const CcJob *jobs, guint n)
{
    cc_tell_raw(build->reporter, jobs[0].messages);
    for (guint i = 1; i < n && jobs[0].status == 0; i++)
        if (jobs[i].status > 0) {
            cc_tell_raw(build->reporter, jobs[i].messages);
            cc_tell(build->reporter, CC_ERROR, NULL, NULL, "preprocessing for %s failed: what is of one machine only "
                    "stands in #ifdef, or the program is built for that alone (--arch=%s)",
                    build->command->arches[i - 1]->name, cc_native_arch()->name);
        }
}

/* Headers that only other architectures read are dependencies too. */
static gboolean merge_deps(const CcBuild *build, const char *file, char *const *others, guint n)
{
    GError *error = NULL;
    if (cc_deps_merge(file, others, n, has_option(build->command->native, "-MP"), &error))
        return TRUE;
    cc_tell(build->reporter, CC_ERROR, NULL, NULL, "%s", error->message);
    g_error_free(error);
    return FALSE;
}

typedef struct Texts { /* the jobs of one source: native compile, then a preprocessor for each architecture */
    CcJob *jobs;
    char **paths, **deps; /* [n_arches]; deps: NULL unless asked for */
    char *deps_file;
} Texts;

static void start_texts(Texts *texts, const CcBuild *build, const CcInput *source, const char *object)
{
    const CcCommand *command = build->command;
    guint n = command->n_arches;
    GPtrArray *native = native_argv(build, source, object);
    *texts = (Texts){.jobs = g_new0(CcJob, n + 1), .paths = g_new0(char *, n + 1), .deps = g_new0(char *, n + 1)};
    texts->deps_file = cc_deps_file(native, object);
    texts->jobs[0] = cc_job(native);
    for (guint i = 0; i < n; i++) {
        const PrArch *arch = command->arches[i];
        texts->paths[i] = g_strdup_printf("%s/%s.i", build->scratch, arch->name);
        if (texts->deps_file)
            texts->deps[i] = g_strdup_printf("%s/%s.d", build->scratch, arch->name);
        texts->jobs[i + 1] = cc_job(cc_preprocess_argv(build, arch, source->path, texts->paths[i], texts->deps[i]));
    }
}

static void clear_texts(Texts *texts, guint n)
{
    for (guint i = 0; i <= n; i++)
        cc_job_clear(&texts->jobs[i]);
    g_free(texts->jobs);
    g_strfreev(texts->paths);
    g_strfreev(texts->deps);
    g_free(texts->deps_file);
}

static CcTextUnit *read_unit(const CcBuild *build, const CcInput *source, char **paths)
{
    CcTextUnit *unit = cc_text_unit_new(source->path);
    cc_argv_append(unit->options, build->command->target);
    cc_argv_append(unit->machine, build->command->machine);
    if (load_texts(build, unit, paths))
        return unit;
    cc_text_unit_free(unit);
    return NULL;
}

CcTextUnit *cc_compile_source(const CcBuild *build, const CcInput *source, const char *object,
                              int *status)
{
    guint n = build->command->n_arches;
    Texts texts;
    start_texts(&texts, build, source, object);
    gboolean ok = cc_jobs_run(texts.jobs, n + 1, build->tokens, build->scratch);
    tell(build, texts.jobs, n + 1);
    CcTextUnit *unit = ok ? read_unit(build, source, texts.paths) : NULL;
    if (unit && !cc_config_settle(build, unit, source->path, texts.deps))
        g_clear_pointer(&unit, cc_text_unit_free);
    if (unit && texts.deps_file && g_file_test(texts.deps_file, G_FILE_TEST_IS_REGULAR))
        ok = merge_deps(build, texts.deps_file, texts.deps + 1, n - 1);
    if (!ok)
        g_clear_pointer(&unit, cc_text_unit_free);
    if (!unit)
        unlink(object);
    *status = unit ? 0 : 1;
    clear_texts(&texts, n);
    return unit;
}

gboolean cc_compile_foreign(const CcBuild *build, const CcInput *source, const char *object, int *status)
{
    CcJob job = cc_job(native_argv(build, source, object));
    gboolean ok = cc_jobs_run(&job, 1, build->tokens, build->scratch);
    cc_tell_raw(build->reporter, job.messages);
    *status = ok ? 0 : 1;
    cc_job_clear(&job);
    return ok;
}

static int compile_one(const CcBuild *build, const CcInput *input)
{
    const char *given = build->command->output;
    g_autofree char *object = given ? g_strdup(given) : with_suffix(input->path, ".o");
    GError *error = NULL;
    int status = 0;
    if (input->kind == CC_INPUT_FOREIGN) {
        cc_compile_foreign(build, input, object, &status);
        return status;
    }
    CcTextUnit *unit = cc_compile_source(build, input, object, &status);
    if (!unit)
        return status;
    g_autoptr(GBytes) packed = cc_text_unit_pack(unit);
    cc_text_unit_free(unit);
    if (cc_object_put(object, packed, build->scratch, build->tokens, &error))
        return 0;
    cc_tell(build->reporter, CC_ERROR, NULL, NULL, "%s", error->message);
    g_error_free(error);
    unlink(object);
    return 1;
}

int cc_compile_command(const CcBuild *build)
{
    int worst = 0;
    for (guint i = 0; i < build->command->inputs->len; i++) {
        const CcInput *input = &g_array_index(build->command->inputs, CcInput, i);
        if (input->kind != CC_INPUT_C && input->kind != CC_INPUT_FOREIGN)
            continue; /* as gcc: linker input unused */
        int status = compile_one(build, input);
        worst = MAX(worst, status);
    }
    return worst;
}

/* ---- generated texts ---- */

static gboolean is_optimizing(const char *option)
{
    return g_str_has_prefix(option, "-O") || g_str_has_prefix(option, "-g");
}

GPtrArray *cc_target_argv(const PrArch *arch, const CcTextUnit *unit, gboolean optimize)
{
    g_autofree char *compiler = cc_compiler(arch);
    GPtrArray *argv = cc_argv_new(compiler, NULL);
    for (guint i = 0; i < unit->options->len; i++)
        if (optimize || !is_optimizing(unit->options->pdata[i]))
            cc_argv_add(argv, unit->options->pdata[i]);
    if (arch == cc_native_arch())
        cc_argv_append(argv, unit->machine);
    /* Ours come last and so count: the meaning of D21, final addresses, no messages about code that
     * the user did not write (his own text has been compiled with his warnings already), and functions in
     * one piece: a part split off a function would be a frame that has nothing to save (core/runtime/unwind.c). */
    cc_argv_split(argv, arch->flags);
    if (cc_unsigned_char(unit->options))
        cc_argv_add(argv, "-funsigned-char");
    cc_argv_split(argv, "-w -fno-common -fno-pie -fno-partial-inlining -c");
    return argv;
}

CcJob cc_text_job(const CcBuild *build, const PrArch *arch, GPtrArray *argv, const char *language,
                  const char *text, const char *source, const char *object, char **key)
{
    cc_argv_add(argv, "-x");
    cc_argv_add(argv, language);
    g_autofree char *wanted = cc_cache_key(build->cache, arch, argv, text);
    gboolean found = cc_cache_get(build->cache, wanted, object);
    *key = found ? NULL : g_steal_pointer(&wanted);
    cc_argv_add(argv, source);
    cc_argv_add(argv, "-o");
    cc_argv_add(argv, object);
    CcJob job = cc_job(argv);
    if ((!found || build->command->keep_temps) &&
        !g_file_set_contents_full(source, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL))
        g_clear_pointer(&job.argv, g_ptr_array_unref);
    if (found)
        cc_job_done(&job);
    return job;
}

char *cc_prologue(GError **error)
{
    g_autofree char *lib = cc_lib_dir(), *path = g_build_filename(lib, "gen.h", NULL);
    char *text = NULL;
    return g_file_get_contents(path, &text, NULL, error) ? text : NULL;
}
