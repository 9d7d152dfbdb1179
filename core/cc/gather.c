#include "gather.h"

#include <string.h>

typedef struct Gather {
    const CcBuild *build;
    CcProgram *program;
    GPtrArray *select;  /* inputs of the selecting link */
    gboolean archives;  /* is there something to select from? */
    guint n_compiled;
} Gather;

/* Says it; FALSE. */
#define FAIL(gather, option, ...) (cc_tell((gather)->build->reporter, CC_ERROR, NULL, option, __VA_ARGS__), FALSE)

static gboolean told_error(const Gather *gather, GError *error)
{
    cc_tell(gather->build->reporter, CC_ERROR, NULL, NULL, "%s", error->message);
    g_error_free(error);
    return FALSE;
}

/* ---- inputs ---- */

static gboolean add_source(Gather *gather, const CcInput *input)
{
    int status;
    g_autofree char *name = g_path_get_basename(input->path);
    char *object = g_strdup_printf("%s/%u-%s.o", gather->build->scratch, gather->n_compiled++, name);
    cc_argv_add(gather->program->natives, object);
    g_ptr_array_add(gather->select, object);
    CcTextUnit *unit = cc_compile_source(gather->build, input, object, &status);
    if (!unit)
        return FALSE;
    g_ptr_array_add(gather->program->units, unit);
    return TRUE;
}

static gboolean add_object(Gather *gather, const char *path)
{
    GError *error = NULL;
    gsize n;
    g_autoptr(GBytes) bytes = cc_section_get(path, CC_TEXT_SECTION, NULL, &error);
    if (error)
        return told_error(gather, error);
    if (!bytes)
        return FAIL(gather, "-Wpreaches-opaque", "%s: carries no text for other architectures (assembly, "
                    "another language, or not compiled by preaches-cc)", path);
    const guint8 *data = g_bytes_get_data(bytes, &n);
    cc_argv_add(gather->program->natives, path);
    cc_argv_add(gather->select, path);
    return cc_text_units_unpack(data, n, gather->program->units, path, &error) || told_error(gather, error);
}

static gboolean add_archive(Gather *gather, const char *path)
{
    GError *error = NULL;
    g_autofree char *lacking = NULL;
    gboolean has = cc_archive_has_texts(path, &lacking, &error);
    if (error)
        return told_error(gather, error);
    if (!has || lacking)
        return FAIL(gather, "-Wpreaches-opaque", "%s: member %s carries no text for other architectures",
                    path, lacking ? lacking : "(none)");
    gather->archives = TRUE;
    cc_argv_add(gather->program->natives, path);
    cc_argv_add(gather->select, path);
    return TRUE;
}

/* A library of the user's own lies in one of his -L folders and carries texts; any other is the
 * system's, and every architecture has its own. ":FILE" names the file itself. */
static gboolean add_library(Gather *gather, const char *name)
{
    const GPtrArray *dirs = gather->build->command->lib_dirs;
    g_autofree char *file = *name == ':' ? g_strdup(name + 1) : g_strdup_printf("lib%s.a", name);
    for (guint i = 0; i < dirs->len; i++) {
        g_autofree char *path = g_build_filename(dirs->pdata[i], file, NULL), *lacking = NULL;
        if (g_file_test(path, G_FILE_TEST_EXISTS) && cc_archive_has_texts(path, &lacking, NULL))
            return add_archive(gather, path);
    }
    cc_argv_addf(gather->program->natives, "-l%s", name);
    if (strcmp(name, "pthread") != 0)
        cc_argv_addf(gather->program->libs, "-l%s", name);
    return TRUE;
}

static gboolean add_flag(Gather *gather, const char *flag)
{
    static const char *const selecting[] = {"-Wl,--start-group", "-Wl,--end-group", "-Wl,-(",
                                            "-Wl,-)", "-Wl,--whole-archive",
                                            "-Wl,--no-whole-archive"};
    cc_argv_add(gather->program->natives, flag);
    for (gsize i = 0; i < G_N_ELEMENTS(selecting); i++)
        if (strcmp(flag, selecting[i]) == 0) {
            cc_argv_add(gather->select, flag);
            return TRUE;
        }
    /* Several links must not write one map file; the rest of dynamic linking means nothing here. */
    static const char *const dropped[] = {"-Map", "-rpath", "-soname", "-dynamic", "--dynamic",
                                          "-Bdynamic", "-pie", "--export-dynamic", "-E"};
    for (gsize i = 0; i < G_N_ELEMENTS(dropped); i++)
        if (strstr(flag, dropped[i]))
            return TRUE;
    cc_argv_add(gather->program->libs, flag);
    return TRUE;
}

static gboolean add_input(Gather *gather, const CcInput *input)
{
    switch (input->kind) {
    case CC_INPUT_C: return add_source(gather, input);
    case CC_INPUT_OBJECT: return add_object(gather, input->path);
    case CC_INPUT_ARCHIVE: return add_archive(gather, input->path);
    case CC_INPUT_LIB: return add_library(gather, input->path);
    case CC_INPUT_FLAG: return add_flag(gather, input->path);
    default:
        return FAIL(gather, "-Wpreaches-opaque", "%s: only C can be built for other architectures", input->path);
    }
}

/* ---- selection ---- */

/* Sources of this very command have no section yet. */
static gboolean put_texts(Gather *gather)
{
    guint u = 0;
    for (guint i = 0; i < gather->build->command->inputs->len; i++) {
        const CcInput *input = &g_array_index(gather->build->command->inputs, CcInput, i);
        GError *error = NULL;
        if (input->kind != CC_INPUT_C)
            continue;
        g_autofree char *name = g_path_get_basename(input->path);
        g_autofree char *object = g_strdup_printf("%s/%u-%s.o", gather->build->scratch, u++, name);
        for (guint k = 0; k < gather->program->units->len; k++) {
            CcTextUnit *unit = gather->program->units->pdata[k];
            if (strcmp(unit->name, input->path) != 0)
                continue;
            g_autoptr(GBytes) packed = cc_text_unit_pack(unit);
            if (!cc_object_put(object, packed, gather->build->scratch, gather->build->tokens, &error))
                return told_error(gather, error);
            break;
        }
    }
    return TRUE;
}

/* A relocatable link takes from archives what main needs and concatenates the texts of just that. */
static gboolean select_units(Gather *gather)
{
    GError *error = NULL;
    gsize n;
    if (!put_texts(gather))
        return FALSE;
    g_autofree char *out = g_build_filename(gather->build->scratch, "selected.o", NULL);
    g_autofree char *compiler = cc_compiler(cc_native_arch());
    GPtrArray *argv = cc_argv_new(compiler, "-r", "-nostdlib", "-u", "main", "-o", out, NULL);
    cc_argv_append(argv, gather->select);
    CcJob job = cc_job(argv);
    gboolean ok = cc_jobs_run(&job, 1, gather->build->tokens, gather->build->scratch);
    if (!ok)
        cc_tell_raw(gather->build->reporter, job.messages);
    cc_job_clear(&job);
    if (!ok)
        return FALSE;
    g_autoptr(GBytes) bytes = cc_section_get(out, CC_TEXT_SECTION, NULL, &error);
    if (!bytes)
        return error ? told_error(gather, error) : FAIL(gather, NULL, "no unit was selected");
    const guint8 *data = g_bytes_get_data(bytes, &n);
    g_ptr_array_set_size(gather->program->units, 0);
    return cc_text_units_unpack(data, n, gather->program->units, out, &error) || told_error(gather, error);
}

/* Every unit must have a text for every architecture that is asked for. */
static gboolean check_texts(const Gather *gather)
{
    const CcCommand *command = gather->build->command;
    for (guint u = 0; u < gather->program->units->len; u++)
        for (guint i = 0; i < command->n_arches; i++) {
            const CcTextUnit *unit = gather->program->units->pdata[u];
            if (!cc_text_unit_text(unit, command->arches[i]))
                return FAIL(gather, NULL, "%s was compiled without a text for %s: compile it again with "
                            "--arch=", unit->name, command->arches[i]->name);
        }
    return gather->program->units->len > 0 || FAIL(gather, NULL, "nothing to link");
}

CcProgram *cc_gather(const CcBuild *build)
{
    CcProgram *program = g_new0(CcProgram, 1);
    program->units = g_ptr_array_new_with_free_func((GDestroyNotify)cc_text_unit_free);
    program->natives = g_ptr_array_new_with_free_func(g_free);
    program->libs = g_ptr_array_new_with_free_func(g_free);
    Gather gather = {.build = build, .program = program};
    gather.select = g_ptr_array_new_with_free_func(g_free);
    gboolean ok = TRUE;
    for (guint i = 0; ok && i < build->command->inputs->len; i++)
        ok = add_input(&gather, &g_array_index(build->command->inputs, CcInput, i));
    if (ok && gather.archives)
        ok = select_units(&gather);
    ok = ok && check_texts(&gather);
    g_ptr_array_unref(gather.select);
    if (ok)
        return program;
    cc_program_free(program);
    return NULL;
}

void cc_program_free(CcProgram *program)
{
    if (!program)
        return;
    g_ptr_array_unref(program->units);
    g_ptr_array_unref(program->natives);
    g_ptr_array_unref(program->libs);
    g_free(program);
}
