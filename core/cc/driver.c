#include "driver.h"
#include "options.h"
#include "pollprofile.h"

#include <string.h>

/* ---- arguments ---- */

static void add_input(CcCommand *command, CcInputKind kind, const char *path, const char *language)
{
    CcInput input = {kind, g_strdup(path), g_strdup(language)};
    g_array_append_val(command->inputs, input);
}

static CcInputKind kind_of_file(const char *path, const char *language)
{
    static const struct { const char *suffix; CcInputKind kind; } kinds[] = {
        {".c", CC_INPUT_C}, {".i", CC_INPUT_FOREIGN}, {".o", CC_INPUT_OBJECT}, {".a", CC_INPUT_ARCHIVE},
        {".lo", CC_INPUT_OBJECT}, {".obj", CC_INPUT_OBJECT}, {".s", CC_INPUT_FOREIGN},
        {".S", CC_INPUT_FOREIGN}, {".cc", CC_INPUT_FOREIGN}, {".cpp", CC_INPUT_FOREIGN},
        {".cxx", CC_INPUT_FOREIGN}, {".C", CC_INPUT_FOREIGN}, {".f", CC_INPUT_FOREIGN},
        {".h", CC_INPUT_FOREIGN},
        {".so", CC_INPUT_SHARED}};
    if (language)
        return strcmp(language, "c") == 0 ? CC_INPUT_C : CC_INPUT_FOREIGN;
    if (strstr(path, ".so."))
        return CC_INPUT_SHARED;
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_str_has_suffix(path, kinds[i].suffix))
            return kinds[i].kind;
    return CC_INPUT_OBJECT; /* as gcc: whatever it does not know goes to the linker */
}

/* -std of strict old dialects: the generated text needs inline and __typeof__ under plain names. */
static const char *target_std(const char *option)
{
    static const char *const old[] = {"-ansi", "-std=c89", "-std=c90", "-std=iso9899:1990",
                                      "-std=iso9899:199409"};
    for (gsize i = 0; i < G_N_ELEMENTS(old); i++)
        if (strcmp(option, old[i]) == 0)
            return "-std=gnu89";
    return option;
}

static void route(CcCommand *command, guint to, const char *arg)
{
    if (to & TO_NATIVE)
        cc_argv_add(command->native, arg);
    if (to & TO_CPP)
        cc_argv_add(command->cpp, arg);
    if (to & TO_TARGET)
        cc_argv_add(command->target, target_std(arg));
    if (to & TO_MACHINE)
        cc_argv_add(command->machine, arg);
}

typedef struct Scan { /* state while the arguments are read */
    CcCommand *command;
    char **argv;
    const char *arches, *language;
    char *refusal; /* the first option that nothing can be built with */
    GPtrArray *configs; /* of --config-for= */
    char *awaits;       /* a linker's option whose argument is still to come */
    gboolean c, pass, shared;
} Scan;

/* Value of an option that takes one, joined or as the next argument. */
static const char *value_of(Scan *scan, guint *i, gsize name_bytes, GError **error)
{
    const char *arg = scan->argv[*i];
    if (arg[name_bytes])
        return arg + name_bytes;
    if (scan->argv[*i + 1])
        return scan->argv[++*i];
    (void)CC_REFUSE("option '%s' lacks its argument", arg);
    return NULL;
}

/* ---- what -Wl, holds ---- */

/* Those of the linker's options that take the next word as their argument. */
static gboolean takes_word(const char *option)
{
    static const char *const names[] = {
        "-rpath", "-rpath-link", "-soname", "-h", "-Map", "-T", "-z", "-y", "-u", "-e", "-m", "-L", "-l",
        "--version-script", "-version-script", "--defsym", "-defsym", "--dynamic-linker",
        "-dynamic-linker", "--entry", "--undefined", "--wrap", "-wrap", "-plugin-opt", "--dynamic-list"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(option, names[i]) == 0)
            return TRUE;
    return FALSE;
}

static void add_linker_word(CcCommand *command, const char *word, const char *argument)
{
    g_autofree char *flag = g_strdup_printf("-Wl,%s%s%s", word, argument ? "," : "", argument ? argument : "");
    const char *joined = argument ? argument : word + 2;
    if (word[0] != '-')
        add_input(command, kind_of_file(word, NULL), word, NULL);
    else if (word[1] == 'l' && *joined)
        add_input(command, CC_INPUT_LIB, joined, NULL);
    else if (word[1] == 'L' && *joined)
        cc_argv_add(command->lib_dirs, joined);
    else
        add_input(command, CC_INPUT_FLAG, flag, NULL);
}

/* "--whole-archive,libx.a,--no-whole-archive": each word where it stands among the inputs. An option's
 * argument may come in the next -Wl or -Xlinker: libtool writes -Wl,-soname -Wl,NAME. */
static void add_linker_words(Scan *scan, const char *words)
{
    g_auto(GStrv) all = g_strsplit(words, ",", -1);
    for (char **word = all; *word; word++) {
        if (scan->awaits) {
            add_linker_word(scan->command, scan->awaits, *word);
            g_clear_pointer(&scan->awaits, g_free);
        } else if (takes_word(*word)) {
            scan->awaits = g_strdup(*word);
        } else if (**word) {
            add_linker_word(scan->command, *word, NULL);
        }
    }
}

/* -Wl,X; -Xlinker X; -z X; -u X; -s */
static void add_linker_option(Scan *scan, guint at, const char *value)
{
    const char *arg = scan->argv[at];
    if (g_str_has_prefix(arg, "-Wl,")) {
        add_linker_words(scan, arg + strlen("-Wl,"));
    } else if (strcmp(arg, "-Xlinker") == 0) {
        add_linker_words(scan, value);
    } else if (strcmp(arg, "-s") == 0) {
        add_input(scan->command, CC_INPUT_FLAG, "-s", NULL);
    } else {
        g_autofree char *name = g_strndup(arg, 2);
        add_linker_word(scan->command, name, value ? value : arg + 2);
    }
}

/* ---- one argument ---- */

static void take_notes(CcCommand *command, const CcOption *option, const char *arg)
{
    static const struct { guint when; const char *text; } notes[] = {
        {NO_EFFECT, "'%s' is left out: the program is built without it, so that it can be checkpointed"},
        {DIGITS, "with '%s' floating-point results may differ between architectures"},
        {HERE, "with '%s' the native program runs on processors like this one only"}};
    for (gsize i = 0; i < G_N_ELEMENTS(notes); i++)
        if (option->to & notes[i].when) {
            g_auto(GStrv) parts = g_strsplit(notes[i].text, "%s", 2);
            g_ptr_array_add(command->notes, g_strconcat(parts[0], arg, parts[1], NULL));
        }
}

static gboolean scan_gcc_option(Scan *scan, guint *i, GError **error)
{
    const char *arg = scan->argv[*i];
    CcCommand *command = scan->command;
    const CcOption *option = cc_option_find(arg);
    gboolean separate = option->form == SEPARATE ||
                        (option->form == JOINED && strcmp(arg, option->name) == 0);
    const char *value = separate ? scan->argv[*i + 1] : NULL;
    if (separate && !value)
        return CC_REFUSE("option '%s' lacks its argument", arg);
    if (option->to & REFUSED && !scan->refusal)
        scan->refusal = g_strdup_printf("option '%s' is refused: %s", arg, option->note);
    scan->pass |= (option->to & PASS) != 0;
    scan->shared |= (option->to & SHARED) != 0;
    take_notes(command, option, arg);
    if (!(option->to & IGNORED))
        cc_argv_add(command->pass, arg);
    if (value && !(option->to & IGNORED))
        cc_argv_add(command->pass, value);
    if (option->to & DYNAMIC)
        cc_argv_add(command->dynamic, arg);
    if (option->to & TO_LINK) {
        add_linker_option(scan, *i, value);
    } else {
        route(command, option->to, arg);
        if (value)
            route(command, option->to, value);
    }
    *i += value != NULL;
    return TRUE;
}

static void choose_polls(CcCommand *command, const char *which, GError **error)
{
    static const struct { const char *name; CcPolls polls; } ways[] = {
        {"auto", CC_POLLS_AUTO}, {"explicit", CC_POLLS_EXPLICIT}, {"record", CC_POLLS_RECORD},
        {"profile", CC_POLLS_PROFILE}};
    for (gsize i = 0; i < G_N_ELEMENTS(ways); i++)
        if (strcmp(which, ways[i].name) == 0) {
            command->polls = ways[i].polls;
            return;
        }
    (void)CC_REFUSE("--polls is auto, profile, record or explicit, not '%s'", which);
}

static void choose_sites(CcCommand *command, const char *which, GError **error)
{
    static const char *const names[] = {[CC_SITES_UNWIND] = "unwind", [CC_SITES_FLAG] = "flag", [CC_SITES_PATCH] = "patch"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(which, names[i]) == 0) {
            command->sites = (CcSites)i;
            return;
        }
    (void)CC_REFUSE("--sites is unwind, patch or flag, not '%s'", which);
}

/* Hints files are read where they are named, since folders may change later. */
static gboolean add_hints(CcCommand *command, const char *path, GError **error)
{
    CcSource hints = {.name = g_strdup(path)};
    if (!g_file_get_contents(path, &hints.text, &hints.bytes, error)) {
        g_free(hints.name);
        return FALSE;
    }
    g_array_append_val(command->hints, hints);
    return TRUE;
}

static void clear_hints(gpointer data)
{
    g_free(((CcSource *)data)->name);
    g_free(((CcSource *)data)->text);
}

/* Beside --hints: PREACHES_HINTS=FILE:FILE, and PROGRAM.hints where the program is made. */
static gboolean find_hints(CcCommand *command, GError **error)
{
    const char *from_env = g_getenv("PREACHES_HINTS");
    g_auto(GStrv) files = g_strsplit(from_env ? from_env : "", ":", -1);
    for (char **file = files; *file; file++)
        if (**file && !add_hints(command, *file, error))
            return FALSE;
    g_autofree char *own = g_strconcat(command->output ? command->output : "a.out", ".hints", NULL);
    return !g_file_test(own, G_FILE_TEST_IS_REGULAR) || add_hints(command, own, error);
}

/* Our own options. TRUE when it was one; *error is set when it is wrong. */
static gboolean scan_own_option(Scan *scan, const char *arg, GError **error)
{
    CcCommand *command = scan->command;
    if (g_str_has_prefix(arg, "--hints="))
        return add_hints(command, arg + strlen("--hints="), error);
    if (g_str_has_prefix(arg, "--arch="))
        scan->arches = arg + strlen("--arch=");
    else if (g_str_has_prefix(arg, "--polls-profile="))
        g_free(command->profile_path), command->profile_path = g_strdup(arg + strlen("--polls-profile="));
    else if (strcmp(arg, "--polls-report") == 0)
        command->report = TRUE;
    else if (g_str_has_prefix(arg, "--polls="))
        choose_polls(command, arg + strlen("--polls="), error);
    else if (g_str_has_prefix(arg, "--polls"))
        (void)CC_REFUSE("unknown option '%s': --polls=…, --polls-profile=FILE, --polls-report", arg);
    else if (g_str_has_prefix(arg, "--explain="))
        cc_argv_add(command->explain, arg + strlen("--explain="));
    else if (g_str_has_prefix(arg, "--sites="))
        choose_sites(command, arg + strlen("--sites="), error);
    else if (strcmp(arg, "--poison") == 0)
        command->poison = TRUE;
    else if (strcmp(arg, "--keep-temps") == 0)
        command->keep_temps = TRUE;
    else if (g_str_has_prefix(arg, "--config-for="))
        cc_argv_add(scan->configs, arg + strlen("--config-for="));
    else
        return cc_policy_take(&command->policy, arg);
    return TRUE;
}

static gboolean scan_driver_option(Scan *scan, guint *i, GError **error)
{
    CcCommand *command = scan->command;
    const char *arg = scan->argv[*i], *value;
    char letter = arg[1];
    if (strcmp(arg, "-c") == 0) {
        scan->c = TRUE;
        cc_argv_add(command->pass, arg);
        return TRUE;
    }
    if (strcmp(arg, "-v") == 0)
        command->verbose = TRUE;
    if (strcmp(arg, "-w") == 0)
        command->policy.all_silenced = TRUE;
    if (g_str_has_prefix(arg, "-fdiagnostics-color"))
        command->policy.color = g_str_has_suffix(arg, "=never")  ? CC_COLOR_NEVER
                                : g_str_has_suffix(arg, "=auto") ? CC_COLOR_AUTO
                                                                 : CC_COLOR_ALWAYS;
    if (strcmp(arg, "-fno-diagnostics-color") == 0)
        command->policy.color = CC_COLOR_NEVER;
    if (!strchr("oxlL", letter) || !letter)
        return scan_gcc_option(scan, i, error);
    if (!(value = value_of(scan, i, 2, error)))
        return FALSE;
    cc_argv_addf(command->pass, "-%c", letter);
    cc_argv_add(command->pass, value);
    if (letter == 'o') {
        g_free(command->output);
        command->output = g_strdup(value);
    } else if (letter == 'x') {
        scan->language = strcmp(value, "none") == 0 ? NULL : value;
    } else if (letter == 'l') {
        add_input(command, CC_INPUT_LIB, value, NULL);
    } else {
        cc_argv_add(command->lib_dirs, value);
    }
    return TRUE;
}

static gboolean scan_argument(Scan *scan, guint *i, GError **error)
{
    const char *arg = scan->argv[*i];
    GError *own = NULL;
    if (strcmp(arg, "--explain") == 0) {
        if (!scan->argv[*i + 1])
            return CC_REFUSE("option '%s' lacks its argument", arg);
        cc_argv_add(scan->command->explain, scan->argv[++*i]);
        return TRUE;
    }
    if (arg[0] == '-' && arg[1]) {
        if (scan_own_option(scan, arg, &own)) {
            if (own)
                g_propagate_error(error, own);
            return own == NULL;
        }
        return scan_driver_option(scan, i, error);
    }
    cc_argv_add(scan->command->pass, arg);
    if (g_str_has_suffix(arg, ".h") || g_strcmp0(scan->language, "c-header") == 0)
        scan->pass = TRUE; /* a precompiled header */
    else
        add_input(scan->command, kind_of_file(arg, scan->language), arg, scan->language);
    return TRUE;
}

enum { MAX_NESTING = 16 };

static gboolean expand(GPtrArray *all, const char *arg, int depth, GError **error)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) more = NULL;
    int n = 0;
    if (arg[0] != '@' || !g_file_get_contents(arg + 1, &text, NULL, NULL)) {
        cc_argv_add(all, arg);
        return TRUE;
    }
    if (depth == MAX_NESTING)
        return CC_REFUSE("%s: files of arguments name each other too deeply", arg);
    g_strstrip(text);
    if (*text && !g_shell_parse_argv(text, &n, &more, error))
        return FALSE;
    for (int k = 0; k < n; k++)
        if (!expand(all, more[k], depth + 1, error))
            return FALSE;
    return TRUE;
}

/* Replaces @file by the arguments in it, as gcc does. PREACHES_FLAGS stands before all others. */
static char **expand_files(int argc, char **argv, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    const char *flags = g_getenv("PREACHES_FLAGS");
    g_auto(GStrv) more = NULL;
    if (flags && *flags && strspn(flags, " ") < strlen(flags) && !g_shell_parse_argv(flags, NULL, &more, error))
        return NULL;
    for (char **arg = more; arg && *arg; arg++)
        if (!expand(all, *arg, 0, error))
            return NULL;
    for (int i = 1; i < argc; i++)
        if (!expand(all, argv[i], 0, error))
            return NULL;
    g_ptr_array_add(all, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&all), FALSE);
}

static guint count_kind(const CcCommand *command, CcInputKind kind)
{
    guint n = 0;
    for (guint i = 0; i < command->inputs->len; i++)
        n += g_array_index(command->inputs, CcInput, i).kind == kind;
    return n;
}

/* "-o /dev/null": nothing of ours may take its place. */
static gboolean is_special(const char *path)
{
    return path && g_file_test(path, G_FILE_TEST_EXISTS) && !g_file_test(path, G_FILE_TEST_IS_REGULAR) &&
           !g_file_test(path, G_FILE_TEST_IS_DIR);
}

/* Do configure, cmake or meson try something out? They name their files so. */
static gboolean is_trial(const CcCommand *command)
{
    static const char *const folders[] = {"/CMakeFiles/CMakeTmp", "/CMakeFiles/CMakeScratch",
                                          "/CompilerIdC", "/meson-private"};
    g_autofree char *cwd = g_get_current_dir();
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++)
        if (strstr(cwd, folders[i]))
            return TRUE;
    for (guint i = 0; i < command->inputs->len; i++) {
        const CcInput *input = &g_array_index(command->inputs, CcInput, i);
        g_autofree char *name = g_path_get_basename(input->path);
        if (input->kind == CC_INPUT_FLAG || input->kind == CC_INPUT_LIB)
            continue;
        if (g_str_has_prefix(name, "conftest") || strcmp(name, "CMakeCCompilerId.c") == 0)
            return TRUE;
    }
    return FALSE;
}

static CcMode mode_of(const Scan *scan)
{
    const CcCommand *command = scan->command;
    guint files = 0;
    for (guint i = 0; i < command->inputs->len; i++)
        files += g_array_index(command->inputs, CcInput, i).kind != CC_INPUT_FLAG;
    if (scan->pass || files == 0 || is_special(command->output))
        return CC_MODE_PASS;
    if (is_trial(command))
        return CC_MODE_TRIAL;
    return scan->c ? CC_MODE_COMPILE : scan->shared ? CC_MODE_SHARED : CC_MODE_LINK;
}

static gboolean load_profile(CcCommand *command, GError **error)
{
    if (!command->profile_path)
        command->profile_path = g_strconcat(command->output ? command->output : "a.out", ".polls", NULL);
    command->profile = cc_profile_load(command->profile_path, error);
    if (!command->profile)
        g_prefix_error(error, "--polls=profile: ");
    return command->profile != NULL;
}

static gboolean decide(Scan *scan, GError **error)
{
    CcCommand *command = scan->command;
    guint sources = count_kind(command, CC_INPUT_C) + count_kind(command, CC_INPUT_FOREIGN);
    command->mode = mode_of(scan);
    command->links = !scan->c;
    if (command->mode == CC_MODE_PASS)
        return TRUE;
    if (scan->refusal)
        return CC_REFUSE("%s", scan->refusal);
    if (command->mode == CC_MODE_COMPILE && command->output && sources > 1)
        return CC_REFUSE("cannot use -o with -c and several files");
    if (command->mode == CC_MODE_LINK && command->polls == CC_POLLS_PROFILE && !load_profile(command, error))
        return FALSE;
    if (command->links && !find_hints(command, error))
        return FALSE;
    const char *from_env = g_getenv("PREACHES_ARCH");
    return cc_choose_arches(command, scan->arches ? scan->arches : from_env && *from_env ? from_env : "default",
                         error) &&
           cc_command_settings(command, scan->configs, error);
}

static void clear_input(gpointer input)
{
    g_free(((CcInput *)input)->path);
    g_free(((CcInput *)input)->language);
}

static CcCommand *command_new(void)
{
    CcCommand *command = g_new0(CcCommand, 1);
    command->inputs = g_array_new(FALSE, FALSE, sizeof(CcInput));
    g_array_set_clear_func(command->inputs, clear_input);
    command->hints = g_array_new(FALSE, TRUE, sizeof(CcSource));
    g_array_set_clear_func(command->hints, clear_hints);
    GPtrArray **lists[] = {&command->pass, &command->native, &command->cpp,
                           &command->target, &command->machine, &command->dynamic,
                           &command->lib_dirs, &command->notes, &command->explain};
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
        *lists[i] = g_ptr_array_new_with_free_func(g_free);
    cc_policy_init(&command->policy);
    return command;
}

/* In gcc's short spellings; what -Xlinker and its like hand on stays. */
static char **respell(char **all)
{
    GPtrArray *list = g_ptr_array_new();
    for (guint i = 0; all[i]; i++)
        if (i && (g_str_has_prefix(all[i - 1], "-X") || g_str_has_prefix(all[i - 1], "--for-")))
            g_ptr_array_add(list, g_strdup(all[i]));
        else
            cc_option_respell(all[i], list);
    g_ptr_array_add(list, NULL);
    return (char **)(void *)g_ptr_array_free(list, FALSE);
}

CcCommand *cc_command_parse(int argc, char **argv, GError **error)
{
    g_auto(GStrv) given = expand_files(argc, argv, error);
    if (!given)
        return NULL;
    g_auto(GStrv) all = respell(given);
    CcCommand *command = command_new();
    Scan scan = {.command = command, .argv = all};
    scan.configs = g_ptr_array_new_with_free_func(g_free);
    gboolean ok = TRUE;
    for (guint i = 0; ok && all[i]; i++)
        ok = scan_argument(&scan, &i, error);
    ok = ok && decide(&scan, error);
    g_free(scan.refusal);
    g_free(scan.awaits);
    g_ptr_array_unref(scan.configs);
    if (ok)
        return command;
    cc_command_free(command);
    return NULL;
}

void cc_command_free(CcCommand *command)
{
    if (!command)
        return;
    GPtrArray *lists[] = {command->pass, command->native, command->cpp,
                          command->target, command->machine, command->dynamic,
                          command->lib_dirs, command->notes, command->explain};
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
        g_ptr_array_unref(lists[i]);
    g_array_unref(command->inputs);
    for (guint i = 0; i < PR_N_ARCHES; i++)
        g_clear_pointer(&command->settings[i], g_ptr_array_unref);
    g_array_unref(command->hints);
    cc_policy_fini(&command->policy);
    g_free(command->output);
    g_free(command->profile_path);
    cc_profile_free(command->profile);
    g_free(command);
}
