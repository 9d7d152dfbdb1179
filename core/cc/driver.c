#include "driver.h"

#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Where an option goes. */
enum {
    TO_NATIVE = 1,  /* the native compile, as the user wrote it */
    TO_CPP = 2,     /* every architecture's preprocessor */
    TO_TARGET = 4,  /* every architecture's compile of the generated text */
    TO_MACHINE = 8, /* the native machine's generated text */
    TO_LINK = 16,   /* the linkers, in its place among the inputs */
    REFUSED = 32,   /* an error; the note says why */
    IGNORED = 64,   /* means nothing here: everything is linked statically */
    PASS = 128,     /* makes the whole command the native compiler's */
    NO_EFFECT = 256, /* not in the instrumented program: said so */
    DIGITS = 512    /* results may differ between architectures: said so */
};

typedef enum Form { EXACT, PREFIX, JOINED /* argument follows or is joined */, SEPARATE } Form;

typedef struct Option {
    const char *name;
    Form form;
    guint to;
    const char *note;
} Option;

/* The first row that fits counts: exact names before the prefixes they begin with. */
static const Option options[] = {
    /* what to do */
    {"-E", EXACT, PASS, NULL}, {"-S", EXACT, PASS, NULL}, {"-M", EXACT, PASS, NULL},
    {"-MM", EXACT, PASS, NULL}, {"-fsyntax-only", EXACT, PASS, NULL}, {"-###", EXACT, PASS, NULL},
    {"--version", EXACT, PASS, NULL}, {"--help", PREFIX, PASS, NULL},
    {"--target-help", EXACT, PASS, NULL}, {"-print-", PREFIX, PASS, NULL},
    {"--print-", PREFIX, PASS, NULL}, {"-dump", PREFIX, PASS, NULL}, {"-r", EXACT, PASS, NULL},
    {"-shared", EXACT, REFUSED, "shared libraries are not supported: link the code statically"},
    {"-m32", EXACT, REFUSED, "use --arch=i686"}, {"-mx32", EXACT, REFUSED, NULL},
    {"-funsigned-char", EXACT, REFUSED, "plain char is signed on every architecture"},
    {"-fopenmp", PREFIX, REFUSED, "threads are not supported"},
    {"-fshort-enums", EXACT, REFUSED, "it changes the representation"},
    {"-fpack-struct", PREFIX, REFUSED, "it changes the representation"},
    {"-fnested-functions", EXACT, REFUSED, NULL},
    /* preprocessor */
    {"-include", SEPARATE, TO_NATIVE | TO_CPP, NULL}, {"-imacros", SEPARATE, TO_NATIVE | TO_CPP, NULL},
    {"-isystem", JOINED, TO_NATIVE | TO_CPP, NULL}, {"-iquote", JOINED, TO_NATIVE | TO_CPP, NULL},
    {"-idirafter", JOINED, TO_NATIVE | TO_CPP, NULL}, {"-iprefix", SEPARATE, TO_NATIVE | TO_CPP, NULL},
    {"-I", JOINED, TO_NATIVE | TO_CPP, NULL}, {"-D", JOINED, TO_NATIVE | TO_CPP, NULL},
    {"-U", JOINED, TO_NATIVE | TO_CPP, NULL}, {"-nostdinc", EXACT, TO_NATIVE | TO_CPP, NULL},
    {"-undef", EXACT, TO_NATIVE | TO_CPP, NULL}, {"-trigraphs", EXACT, TO_NATIVE | TO_CPP, NULL},
    {"-Wp,-D", PREFIX, TO_NATIVE | TO_CPP, NULL}, {"-Wp,-U", PREFIX, TO_NATIVE | TO_CPP, NULL},
    {"-Xpreprocessor", SEPARATE, TO_NATIVE, NULL},
    {"-MF", JOINED, TO_NATIVE, NULL}, {"-MT", JOINED, TO_NATIVE, NULL},
    {"-MQ", JOINED, TO_NATIVE, NULL}, {"-M", PREFIX, TO_NATIVE, NULL},
    /* language and code */
    {"-std=", PREFIX, TO_NATIVE | TO_CPP | TO_TARGET, NULL},
    {"-ansi", EXACT, TO_NATIVE | TO_CPP | TO_TARGET, NULL},
    {"-Ofast", EXACT, TO_NATIVE | TO_TARGET | DIGITS, NULL},
    {"-O", PREFIX, TO_NATIVE | TO_TARGET, NULL}, {"-g", PREFIX, TO_NATIVE | TO_TARGET, NULL},
    {"-pthread", EXACT, TO_NATIVE | TO_CPP, NULL}, {"-pthreads", EXACT, TO_NATIVE, NULL},
    {"--coverage", EXACT, TO_NATIVE | NO_EFFECT, NULL}, {"-pg", EXACT, TO_NATIVE | NO_EFFECT, NULL}, {"-pipe", EXACT, TO_NATIVE, NULL},
    /* -f that means nothing for a static executable, or works only on whole native builds */
    {"-flto", PREFIX, IGNORED, NULL}, {"-fno-lto", EXACT, IGNORED, NULL},
    {"-fuse-linker-plugin", EXACT, IGNORED, NULL}, {"-ffat-lto-objects", EXACT, IGNORED, NULL},
    {"-fpic", EXACT, TO_NATIVE, NULL}, {"-fPIC", EXACT, TO_NATIVE, NULL},
    {"-fpie", EXACT, TO_NATIVE, NULL}, {"-fPIE", EXACT, TO_NATIVE, NULL},
    {"-fno-pi", PREFIX, TO_NATIVE, NULL}, {"-fno-PI", PREFIX, TO_NATIVE, NULL},
    {"-fsanitize", PREFIX, TO_NATIVE | NO_EFFECT, NULL}, {"-fprofile", PREFIX, TO_NATIVE | NO_EFFECT, NULL},
    {"-ftest-coverage", EXACT, TO_NATIVE | NO_EFFECT, NULL}, {"-fdiagnostics", PREFIX, TO_NATIVE, NULL},
    {"-fcf-protection", PREFIX, TO_NATIVE, NULL}, {"-fstack-protector", PREFIX, TO_NATIVE, NULL},
    {"-fstack-clash-protection", EXACT, TO_NATIVE, NULL}, {"-fcommon", EXACT, TO_NATIVE, NULL},
    {"-fdebug-prefix-map", PREFIX, TO_NATIVE | TO_TARGET, NULL},
    {"-fanalyzer", EXACT, TO_NATIVE, NULL}, {"-fplugin", PREFIX, TO_NATIVE, NULL},
    {"-fuse-ld", PREFIX, IGNORED, NULL}, {"-f", PREFIX, TO_NATIVE | TO_TARGET, NULL},
    {"-m", PREFIX, TO_NATIVE | TO_MACHINE, NULL},
    {"--param", JOINED, TO_NATIVE, NULL}, {"-Xassembler", SEPARATE, TO_NATIVE, NULL},
    {"-aux-info", SEPARATE, TO_NATIVE, NULL}, {"-dumpbase", SEPARATE, TO_NATIVE, NULL},
    /* linker */
    {"-static", EXACT, IGNORED, NULL}, {"-pie", EXACT, IGNORED, NULL},
    {"-no-pie", EXACT, IGNORED, NULL}, {"-static-pie", EXACT, IGNORED, NULL},
    {"-rdynamic", EXACT, IGNORED, NULL}, {"-static-libgcc", EXACT, IGNORED, NULL},
    {"-shared-libgcc", EXACT, IGNORED, NULL},
    {"-s", EXACT, TO_LINK, NULL}, {"-nostdlib", EXACT, REFUSED, "the C library is needed"},
    {"-nodefaultlibs", EXACT, REFUSED, "the C library is needed"},
    {"-nostartfiles", EXACT, REFUSED, "the C library is needed"},
    {"-Wl,", PREFIX, TO_LINK, NULL}, {"-Xlinker", SEPARATE, TO_LINK, NULL},
    {"-z", SEPARATE, TO_LINK, NULL}, {"-u", JOINED, TO_LINK, NULL},
    {"-T", JOINED, REFUSED, "linker scripts are not supported"},
    /* the rest is the native compiler's: warnings, verbosity */
    {"-Wa,", PREFIX, TO_NATIVE, NULL}, {"-W", PREFIX, TO_NATIVE, NULL},
    {"-B", JOINED, TO_NATIVE, NULL}, {"-wrapper", SEPARATE, TO_NATIVE, NULL},
    {"-", PREFIX, TO_NATIVE, NULL},
};

static GQuark usage_quark(void)
{
    return g_quark_from_static_string("preaches-cc-usage");
}

#define REFUSE(...) (g_set_error(error, usage_quark(), 1, __VA_ARGS__), FALSE)

/* ---- architectures ---- */

const PrArch *cc_native_arch(void)
{
    struct utsname name;
    const PrArch *arch = uname(&name) == 0 ? pr_arch_find(name.machine) : NULL;
    return arch ? arch : pr_arch_find("x86_64");
}

char *cc_tool(const PrArch *arch, const char *tool)
{
    return arch == cc_native_arch() ? g_strdup(tool) : g_strconcat(arch->triple, "-", tool, NULL);
}

char *cc_compiler(const PrArch *arch)
{
    return cc_tool(arch, "gcc");
}

char *cc_bin_dir(void)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    return self ? g_path_get_dirname(self) : g_strdup(".");
}

char *cc_lib_dir(void)
{
    g_autofree char *bin = cc_bin_dir();
    g_autofree char *up = g_path_get_dirname(bin);
    return g_build_filename(up, "lib", NULL);
}

/* Can programs be built for it here? Says what is missing otherwise. */
static gboolean is_ready(const PrArch *arch, GError **error)
{
    g_autofree char *compiler = cc_compiler(arch), *found = g_find_program_in_path(compiler);
    g_autofree char *lib = cc_lib_dir();
    g_autofree char *runtime = g_build_filename(lib, arch->name, "libpreaches.a", NULL);
    if (!found)
        return REFUSE("architecture %s: %s is not installed (Debian: gcc-%s)", arch->name, compiler,
                      arch->triple);
    if (!g_file_test(runtime, G_FILE_TEST_EXISTS))
        return REFUSE("architecture %s: no runtime library (%s)", arch->name, runtime);
    return TRUE;
}

/* LIST, "default" or "all" (every architecture that is ready). The native one always comes first. */
static gboolean choose_arches(CcCommand *command, const char *list, GError **error)
{
    const PrArch *native = cc_native_arch();
    gboolean all = strcmp(list, "all") == 0, by_default = strcmp(list, "default") == 0;
    gboolean wanted[PR_N_ARCHES] = {FALSE};
    g_auto(GStrv) names = g_strsplit(all || by_default ? "" : list, ",", -1);
    for (char **name = names; *name; name++) {
        const PrArch *arch = pr_arch_find(*name);
        if (strcmp(*name, "native") == 0)
            continue;
        if (!arch)
            return REFUSE("--arch: unknown architecture '%s'", *name);
        wanted[arch - pr_arches] = TRUE;
    }
    command->arches[command->n_arches++] = native;
    for (int i = 0; i < PR_N_ARCHES; i++) {
        const PrArch *arch = &pr_arches[i];
        if (arch == native)
            continue;
        if (all ? is_ready(arch, NULL) : by_default ? arch->in_default_set : wanted[i])
            command->arches[command->n_arches++] = arch;
    }
    for (guint i = 0; i < command->n_arches; i++)
        if (!is_ready(command->arches[i], error))
            return FALSE;
    return TRUE;
}

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
        {".h", CC_INPUT_FOREIGN}};
    if (language)
        return strcmp(language, "c") == 0 ? CC_INPUT_C : CC_INPUT_FOREIGN;
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
    if (to & TO_LINK)
        add_input(command, CC_INPUT_FLAG, arg, NULL);
}

typedef struct Scan { /* state while the arguments are read */
    CcCommand *command;
    char **argv;
    const char *arches, *language;
    gboolean c, pass;
} Scan;

static const Option *find_option(const char *arg)
{
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++) {
        const Option *option = &options[i];
        gboolean exact = option->form == EXACT || option->form == SEPARATE;
        if (exact ? strcmp(arg, option->name) == 0 : g_str_has_prefix(arg, option->name))
            return option;
    }
    return NULL;
}

/* Value of an option that takes one, joined or as the next argument. */
static const char *value_of(Scan *scan, guint *i, gsize name_bytes, GError **error)
{
    const char *arg = scan->argv[*i];
    if (arg[name_bytes])
        return arg + name_bytes;
    if (scan->argv[*i + 1])
        return scan->argv[++*i];
    (void)REFUSE("option '%s' lacks its argument", arg);
    return NULL;
}

static gboolean scan_gcc_option(Scan *scan, guint *i, GError **error)
{
    const char *arg = scan->argv[*i];
    const Option *option = find_option(arg);
    gboolean separate = option->form == SEPARATE ||
                        (option->form == JOINED && strcmp(arg, option->name) == 0);
    const char *value = separate ? scan->argv[*i + 1] : NULL;
    if (option->to & REFUSED)
        return REFUSE("option '%s' is refused%s%s", arg, option->note ? ": " : "",
                      option->note ? option->note : "");
    if (separate && !value)
        return REFUSE("option '%s' lacks its argument", arg);
    scan->pass |= (option->to & PASS) != 0;
    if (option->to & NO_EFFECT)
        cc_argv_addf(scan->command->notes, "'%s' has no effect in the program that is checkpointed", arg);
    if (option->to & DIGITS)
        cc_argv_addf(scan->command->notes, "with '%s' floating-point results may differ between "
                     "architectures", arg);
    if (!(option->to & IGNORED))
        cc_argv_add(scan->command->pass, arg);
    route(scan->command, option->to, arg);
    if (value) {
        cc_argv_add(scan->command->pass, value);
        route(scan->command, option->to, value);
        ++*i;
    }
    return TRUE;
}

/* Our own options. TRUE when it was one; *error is set when it is wrong. */
static gboolean scan_own_option(Scan *scan, const char *arg, GError **error)
{
    CcCommand *command = scan->command;
    if (g_str_has_prefix(arg, "--arch="))
        scan->arches = arg + strlen("--arch=");
    else if (strcmp(arg, "--polls=auto") == 0)
        command->polls = CC_POLLS_AUTO;
    else if (strcmp(arg, "--polls=explicit") == 0)
        command->polls = CC_POLLS_EXPLICIT;
    else if (g_str_has_prefix(arg, "--polls"))
        (void)REFUSE("--polls is auto or explicit, not '%s'", arg);
    else if (strcmp(arg, "--keep-temps") == 0)
        command->keep_temps = TRUE;
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
    if (arg[0] == '-' && arg[1]) {
        if (scan_own_option(scan, arg, &own)) {
            if (own)
                g_propagate_error(error, own);
            return own == NULL;
        }
        return scan_driver_option(scan, i, error);
    }
    cc_argv_add(scan->command->pass, arg);
    if (strcmp(arg, "-") == 0)
        scan->pass = TRUE; /* source from standard input: native only */
    else
        add_input(scan->command, kind_of_file(arg, scan->language), arg, scan->language);
    return TRUE;
}

/* Replaces @file by the arguments in it, as gcc does. */
static char **expand_files(int argc, char **argv, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    for (int i = 1; i < argc; i++) {
        g_autofree char *text = NULL;
        g_auto(GStrv) more = NULL;
        int n = 0;
        if (argv[i][0] == '@' && g_file_get_contents(argv[i] + 1, &text, NULL, NULL)) {
            g_strstrip(text);
            if (*text && !g_shell_parse_argv(text, &n, &more, error))
                return NULL;
            for (int k = 0; k < n; k++)
                cc_argv_add(all, more[k]);
        } else {
            cc_argv_add(all, argv[i]);
        }
    }
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

static gboolean decide(Scan *scan, GError **error)
{
    CcCommand *command = scan->command;
    guint sources = count_kind(command, CC_INPUT_C) + count_kind(command, CC_INPUT_FOREIGN);
    guint files = sources + count_kind(command, CC_INPUT_OBJECT) +
                  count_kind(command, CC_INPUT_ARCHIVE) + count_kind(command, CC_INPUT_LIB);
    command->mode = scan->pass || files == 0 ? CC_MODE_PASS
                    : scan->c                ? CC_MODE_COMPILE
                                             : CC_MODE_LINK;
    if (command->mode == CC_MODE_PASS)
        return TRUE;
    if (command->mode == CC_MODE_COMPILE && command->output && sources > 1)
        return REFUSE("cannot use -o with -c and several files");
    const char *from_env = g_getenv("PREACHES_ARCH");
    return choose_arches(command, scan->arches ? scan->arches : from_env && *from_env ? from_env : "default",
                         error);
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
    GPtrArray **lists[] = {&command->pass, &command->native, &command->cpp,
                           &command->target, &command->machine, &command->lib_dirs,
                           &command->notes};
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
        *lists[i] = g_ptr_array_new_with_free_func(g_free);
    cc_policy_init(&command->policy);
    return command;
}

CcCommand *cc_command_parse(int argc, char **argv, GError **error)
{
    g_auto(GStrv) all = expand_files(argc, argv, error);
    if (!all)
        return NULL;
    CcCommand *command = command_new();
    Scan scan = {.command = command, .argv = all};
    gboolean ok = TRUE;
    for (guint i = 0; ok && all[i]; i++)
        ok = scan_argument(&scan, &i, error);
    if (ok && decide(&scan, error))
        return command;
    cc_command_free(command);
    return NULL;
}

void cc_command_free(CcCommand *command)
{
    if (!command)
        return;
    GPtrArray *lists[] = {command->pass, command->native, command->cpp,
                          command->target, command->machine, command->lib_dirs, command->notes};
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
        g_ptr_array_unref(lists[i]);
    g_array_unref(command->inputs);
    cc_policy_fini(&command->policy);
    g_free(command->output);
    g_free(command);
}
