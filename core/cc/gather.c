#include "gather.h"
#include "ownunits.h"

#include <string.h>

typedef struct Gather {
    const CcBuild *build;
    CcProgram *program;
    GPtrArray *select;  /* inputs of the selecting link */
    GPtrArray *shared;  /* CcTextUnit *: of the user's own shared libraries */
    gboolean archives;  /* is there something to select from? */
    GHashTable *lacking; /* "(libx.a)asm.o": members without texts */
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

/* What carries no text can be linked natively, and the program can then not be checkpointed. */
static void native_only(Gather *gather, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void native_only(Gather *gather, const char *format, ...)
{
    va_list args;
    if (gather->program->native_only)
        return;
    va_start(args, format);
    gather->program->native_only = g_strdup_vprintf(format, args);
    va_end(args);
}

static void add_native(Gather *gather, const char *path)
{
    cc_argv_add(gather->program->natives, path);
    cc_argv_add(gather->select, path);
}

/* An object, or a shared library of the user's own, whose code is then taken in like an object's. */
static gboolean add_object(Gather *gather, const char *path, gboolean shared)
{
    GError *error = NULL;
    gsize n;
    g_autoptr(GBytes) bytes = cc_section_get(path, CC_TEXT_SECTION, NULL, &error);
    if (error)
        return told_error(gather, error);
    cc_argv_add(gather->program->natives, path);
    if (!shared)
        cc_argv_add(gather->select, path);
    if (!bytes) {
        native_only(gather, "%s carries no text for other architectures (assembly, another language, or not "
                    "compiled by preaches-cc)", path);
        return TRUE;
    }
    const guint8 *data = g_bytes_get_data(bytes, &n);
    GPtrArray *to = shared ? gather->shared : gather->program->units;
    return cc_text_units_unpack(data, n, to, path, &error) || told_error(gather, error);
}

static gboolean add_archive(Gather *gather, const char *path)
{
    GError *error = NULL;
    cc_archive_lacking(path, gather->lacking, &error);
    if (error)
        return told_error(gather, error);
    gather->archives = TRUE;
    add_native(gather, path);
    return TRUE;
}

/* The file in one of the -L folders, as the linker would find it, when preaches-cc made it: g_free. */
static char *find_library(const Gather *gather, const char *name, const char *suffix)
{
    const GPtrArray *dirs = gather->build->command->lib_dirs;
    g_autofree char *file = *name == ':' ? g_strdup(name + 1) : g_strdup_printf("lib%s%s", name, suffix);
    for (guint i = 0; i < dirs->len; i++) {
        g_autofree char *path = g_build_filename(dirs->pdata[i], file, NULL);
        if (g_file_test(path, G_FILE_TEST_EXISTS) && cc_library_has_texts(path))
            return g_steal_pointer(&path);
    }
    return NULL;
}

/* A library of the user's own lies in one of his -L folders and carries texts; any other is the
 * system's, and every architecture has its own. ":FILE" names the file itself. */
static gboolean add_library(Gather *gather, const char *name)
{
    g_autofree char *archive = find_library(gather, name, ".a");
    g_autofree char *shared = archive ? NULL : find_library(gather, name, ".so");
    if (archive && !g_str_has_suffix(archive, ".so"))
        return add_archive(gather, archive);
    if (archive || shared)
        return add_object(gather, archive ? archive : shared, TRUE);
    cc_argv_addf(gather->program->natives, "-l%s", name);
    if (strcmp(name, "pthread") != 0)
        cc_argv_addf(gather->program->libs, "-l%s", name);
    return TRUE;
}

/* What a linker option means for our links. The rest is passed on. */
typedef enum FlagUse {
    FLAG_PASSED,
    FLAG_SELECTS, /* matters when members are selected from archives, and not afterwards */
    FLAG_DROPPED, /* of dynamic linking, of one output file, or in the way of our sections */
    FLAG_NATIVE   /* changes what calls what, behind the analysis */
} FlagUse;

static FlagUse use_of_flag(const char *word)
{
    static const struct { const char *word; FlagUse use; } uses[] = {
        {"--start-group", FLAG_SELECTS}, {"--end-group", FLAG_SELECTS}, {"-(", FLAG_SELECTS},
        {"-)", FLAG_SELECTS}, {"--whole-archive", FLAG_SELECTS}, {"--no-whole-archive", FLAG_SELECTS},
        {"-whole-archive", FLAG_SELECTS}, {"-no-whole-archive", FLAG_SELECTS}, {"-u", FLAG_SELECTS},
        {"--undefined", FLAG_SELECTS},
        {"--wrap", FLAG_NATIVE}, {"-wrap", FLAG_NATIVE}, {"--defsym", FLAG_NATIVE},
        {"-defsym", FLAG_NATIVE}, {"-T", FLAG_NATIVE}, {"-Ttext", FLAG_NATIVE}, {"-Tdata", FLAG_NATIVE},
        {"-Tbss", FLAG_NATIVE}, {"--section-start", FLAG_NATIVE}, {"-e", FLAG_NATIVE},
        {"--entry", FLAG_NATIVE}, {"-r", FLAG_NATIVE},
        {"-Map", FLAG_DROPPED}, {"-M", FLAG_DROPPED}, {"--print-map", FLAG_DROPPED}, {"--cref", FLAG_DROPPED},
        {"-t", FLAG_DROPPED}, {"--trace", FLAG_DROPPED}, {"-rpath", FLAG_DROPPED}, {"--rpath", FLAG_DROPPED},
        {"-rpath-link", FLAG_DROPPED}, {"--rpath-link", FLAG_DROPPED}, {"-soname", FLAG_DROPPED},
        {"-h", FLAG_DROPPED}, {"-dynamic", FLAG_DROPPED}, {"--dynamic-list", FLAG_DROPPED},
        {"-dynamic-linker", FLAG_DROPPED}, {"--dynamic-linker", FLAG_DROPPED}, {"-Bdynamic", FLAG_DROPPED},
        {"-Bstatic", FLAG_DROPPED}, {"-Bsymbolic", FLAG_DROPPED}, {"-Bsymbolic-functions", FLAG_DROPPED},
        {"-pie", FLAG_DROPPED}, {"-no-pie", FLAG_DROPPED}, {"-static", FLAG_DROPPED},
        {"-E", FLAG_DROPPED}, {"--export-dynamic", FLAG_DROPPED}, {"-export-dynamic", FLAG_DROPPED},
        {"--version-script", FLAG_DROPPED}, {"-version-script", FLAG_DROPPED},
        {"--gc-sections", FLAG_DROPPED}, {"--print-gc-sections", FLAG_DROPPED}, {"--icf", FLAG_DROPPED},
        {"--as-needed", FLAG_DROPPED}, {"--no-as-needed", FLAG_DROPPED},
        {"--enable-new-dtags", FLAG_DROPPED}, {"--disable-new-dtags", FLAG_DROPPED},
        {"--no-undefined", FLAG_DROPPED}, {"-no-undefined", FLAG_DROPPED},
        {"--fatal-warnings", FLAG_DROPPED}, {"-plugin-opt", FLAG_DROPPED}, {"--build-id", FLAG_DROPPED}};
    for (gsize i = 0; i < G_N_ELEMENTS(uses); i++) {
        gsize n = strlen(uses[i].word);
        if (strncmp(word, uses[i].word, n) == 0 && (word[n] == '\0' || word[n] == ',' || word[n] == '='))
            return uses[i].use;
    }
    return FLAG_PASSED;
}

static gboolean add_flag(Gather *gather, const char *flag)
{
    const char *word = g_str_has_prefix(flag, "-Wl,") ? flag + strlen("-Wl,") : flag;
    cc_argv_add(gather->program->natives, flag);
    switch (use_of_flag(word)) {
    case FLAG_SELECTS: cc_argv_add(gather->select, flag); break;
    case FLAG_DROPPED: break;
    case FLAG_NATIVE:
        native_only(gather, "the linker's option '%s' changes what the analysis has seen", word);
        break;
    default: cc_argv_add(gather->program->libs, flag);
    }
    return TRUE;
}

static gboolean add_foreign(Gather *gather, const CcInput *input)
{
    int status;
    g_autofree char *name = g_path_get_basename(input->path);
    g_autofree char *object = g_strdup_printf("%s/%u-%s.o", gather->build->scratch, gather->n_compiled++, name);
    if (!cc_compile_foreign(gather->build, input, object, &status))
        return FALSE;
    add_native(gather, object);
    native_only(gather, "%s: only C can be built for other architectures", input->path);
    return TRUE;
}

static gboolean add_input(Gather *gather, const CcInput *input)
{
    switch (input->kind) {
    case CC_INPUT_C: return add_source(gather, input);
    case CC_INPUT_OBJECT: return add_object(gather, input->path, FALSE);
    case CC_INPUT_SHARED: return add_object(gather, input->path, TRUE);
    case CC_INPUT_ARCHIVE: return add_archive(gather, input->path);
    case CC_INPUT_LIB: return add_library(gather, input->path);
    case CC_INPUT_FLAG: return add_flag(gather, input->path);
    default: return add_foreign(gather, input);
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

/* -t twice lists what was linked, one a line: "(dir/libx.a)member.o". */
static void check_selected(Gather *gather, const char *messages)
{
    g_auto(GStrv) lines = g_strsplit(messages, "\n", -1);
    for (char **line = lines; *line; line++)
        if (g_hash_table_contains(gather->lacking, *line))
            native_only(gather, "%s carries no text for other architectures", *line);
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
    GPtrArray *argv = cc_argv_new(compiler, "-r", "-nostdlib", "-Wl,-t,-t", "-u", "main", "-o", out, NULL);
    cc_argv_append(argv, gather->select);
    CcJob job = cc_job(argv);
    gboolean ok = cc_jobs_run(&job, 1, gather->build->tokens, gather->build->scratch);
    if (!ok)
        cc_tell_raw(gather->build->reporter, job.messages);
    else
        check_selected(gather, job.messages);
    cc_job_clear(&job);
    if (!ok || gather->program->native_only)
        return ok;
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
                            "--arch= (with ccache in front: as part of CC, since ccache does not know "
                            "PREACHES_ARCH)", unit->name, command->arches[i]->name);
        }
    return gather->program->units->len > 0 || FAIL(gather, NULL, "nothing to link");
}

/* "*" or names of programs that are to be ordinary native ones: tools that the build itself runs. */
static void check_wish(Gather *gather)
{
    const char *list = g_getenv("PREACHES_NATIVE"), *output = gather->build->command->output;
    g_autofree char *name = g_path_get_basename(output ? output : "a.out");
    g_auto(GStrv) patterns = g_strsplit(list ? list : "", ",", -1);
    for (char **pattern = patterns; *pattern; pattern++)
        if (g_pattern_match_simple(*pattern, name))
            native_only(gather, "PREACHES_NATIVE=%s", *pattern);
}

static gboolean wants_unit(const Gather *gather, CcOwnUnit kind)
{
    const CcCommand *command = gather->build->command;
    const GPtrArray *units = gather->program->units;
    for (guint i = 0; i < units->len; i++)
        if (cc_own_wanted_by_text(kind, cc_text_unit_text(units->pdata[i], command->arches[0])->text))
            return TRUE;
    for (guint i = 0; i < command->hints->len; i++)
        if (cc_own_wanted_by_hints(kind, g_array_index(command->hints, CcSource, i).text))
            return TRUE;
    return FALSE;
}

static gboolean add_own_unit(Gather *gather, CcOwnUnit kind)
{
    const CcCommand *command = gather->build->command;
    GPtrArray *units = gather->program->units;
    GError *error = NULL;
    g_autofree char *text = cc_own_text(kind, &error);
    if (!text)
        return told_error(gather, error);
    CcTextUnit *unit = cc_text_unit_new(cc_own_name(kind));
    cc_argv_append(unit->options, ((const CcTextUnit *)units->pdata[0])->options);
    for (guint i = 0; i < command->n_arches; i++) {
        CcText copy = {command->arches[i], g_strdup(text), strlen(text)};
        g_array_append_val(unit->texts, copy);
    }
    g_ptr_array_add(units, unit);
    return TRUE;
}

static gboolean add_own_units(Gather *gather)
{
    for (CcOwnUnit kind = 0; kind < CC_OWN_UNITS; kind++)
        if (wants_unit(gather, kind) && !add_own_unit(gather, kind))
            return FALSE;
    return TRUE;
}

static gboolean gather_all(Gather *gather)
{
    const CcCommand *command = gather->build->command;
    CcProgram *program = gather->program;
    for (guint i = 0; i < command->inputs->len; i++)
        if (!add_input(gather, &g_array_index(command->inputs, CcInput, i)))
            return FALSE;
    check_wish(gather);
    if (command->mode == CC_MODE_SHARED)
        return put_texts(gather);
    if (!program->native_only && gather->archives && !select_units(gather))
        return FALSE;
    for (guint i = 0; i < gather->shared->len; i++)
        g_ptr_array_add(program->units, g_steal_pointer(&gather->shared->pdata[i]));
    return program->native_only || (check_texts(gather) && add_own_units(gather));
}

CcProgram *cc_gather(const CcBuild *build)
{
    CcProgram *program = g_new0(CcProgram, 1);
    program->units = g_ptr_array_new_with_free_func((GDestroyNotify)cc_text_unit_free);
    program->natives = g_ptr_array_new_with_free_func(g_free);
    program->libs = g_ptr_array_new_with_free_func(g_free);
    Gather gather = {.build = build, .program = program};
    gather.select = g_ptr_array_new_with_free_func(g_free);
    gather.shared = g_ptr_array_new_with_free_func((GDestroyNotify)cc_text_unit_free);
    gather.lacking = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    gboolean ok = gather_all(&gather);
    g_ptr_array_unref(gather.select);
    g_ptr_array_unref(gather.shared);
    g_hash_table_unref(gather.lacking);
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
    g_free(program->native_only);
    g_free(program);
}
