#include "options.h"

#include <string.h>

/* The first row that fits counts: exact names before the prefixes they begin with. */
static const CcOption options[] = {
    /* what to do */
    {"-E", EXACT, PASS, NULL}, {"-S", EXACT, PASS, NULL}, {"-M", EXACT, PASS, NULL},
    {"-MM", EXACT, PASS, NULL}, {"-fsyntax-only", EXACT, PASS, NULL}, {"-###", EXACT, PASS, NULL},
    {"--version", EXACT, PASS, NULL}, {"--help", PREFIX, PASS, NULL},
    {"--target-help", EXACT, PASS, NULL}, {"-print-", PREFIX, PASS, NULL},
    {"--print-", PREFIX, PASS, NULL}, {"-dumpbase", SEPARATE, TO_NATIVE, NULL},
    {"-dumpbase-ext", SEPARATE, TO_NATIVE, NULL},
    {"-dumpdir", SEPARATE, TO_NATIVE, NULL}, {"-dump", PREFIX, PASS, NULL}, {"-r", EXACT, PASS, NULL},
    {"-d", PREFIX, PASS, NULL}, {"-shared", EXACT, SHARED, NULL},
    {"-m32", EXACT, REFUSED, "use --arch=i686"}, {"-mx32", EXACT, REFUSED, "use --arch=i686"},
    {"-mlong-double-", PREFIX, REFUSED, "it changes the representation"},
    {"-mms-bitfields", EXACT, REFUSED, "it changes the representation"},
    {"-malign-double", EXACT, REFUSED, "it changes the representation"},
    {"-m96bit-long-double", EXACT, REFUSED, "it changes the representation"},
    {"-m128bit-long-double", EXACT, REFUSED, "it changes the representation"},
    {"-funsigned-char", EXACT, TO_NATIVE | TO_CPP | TO_TARGET, NULL},
    {"-fsigned-char", EXACT, TO_NATIVE | TO_CPP | TO_TARGET, NULL},
    {"-fno-signed-char", EXACT, REFUSED, "say -funsigned-char"},
    {"-fno-unsigned-char", EXACT, REFUSED, "say -fsigned-char"},
    {"-fopenmp-simd", EXACT, TO_NATIVE | TO_TARGET, NULL},
    {"-fopenmp", PREFIX, REFUSED, "threads are not supported"},
    {"-fshort-enums", EXACT, REFUSED, "it changes the representation"},
    {"-fpack-struct", PREFIX, REFUSED, "it changes the representation"},
    {"-fsso-struct", PREFIX, REFUSED, "it changes the representation"},
    {"-fshort-wchar", EXACT, REFUSED, "it changes the representation"},
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
    {"-ffast-math", EXACT, TO_NATIVE | TO_TARGET | DIGITS, NULL},
    {"-funsafe-math-optimizations", EXACT, TO_NATIVE | TO_TARGET | DIGITS, NULL},
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
    {"-finstrument-functions", PREFIX, TO_NATIVE | NO_EFFECT, NULL}, {"-ftrapv", EXACT, TO_NATIVE | NO_EFFECT, NULL},
    {"-ftest-coverage", EXACT, TO_NATIVE | NO_EFFECT, NULL}, {"-fdiagnostics", PREFIX, TO_NATIVE, NULL},
    {"-fcf-protection", PREFIX, TO_NATIVE, NULL}, {"-fstack-protector", PREFIX, TO_NATIVE, NULL},
    {"-fstack-clash-protection", EXACT, TO_NATIVE, NULL}, {"-fcommon", EXACT, TO_NATIVE, NULL},
    {"-fdebug-prefix-map", PREFIX, TO_NATIVE | TO_TARGET, NULL},
    {"-fanalyzer", EXACT, TO_NATIVE, NULL}, {"-fplugin", PREFIX, TO_NATIVE, NULL},
    {"-fdump-", PREFIX, TO_NATIVE, NULL}, {"-fopt-info", PREFIX, TO_NATIVE, NULL},
    {"-fstack-usage", EXACT, TO_NATIVE, NULL}, {"-fcallgraph-info", PREFIX, TO_NATIVE, NULL},
    {"-fuse-ld", PREFIX, IGNORED, NULL}, {"-f", PREFIX, TO_NATIVE | TO_TARGET, NULL},
    {"-march=native", EXACT, TO_NATIVE | TO_MACHINE | HERE, NULL},
    {"-mcpu=native", EXACT, TO_NATIVE | TO_MACHINE | HERE, NULL},
    {"-m", PREFIX, TO_NATIVE | TO_MACHINE, NULL},
    {"--param", JOINED, TO_NATIVE, NULL}, {"-Xassembler", SEPARATE, TO_NATIVE, NULL},
    {"-aux-info", SEPARATE, TO_NATIVE, NULL}, {"-isysroot", SEPARATE, TO_NATIVE, NULL},
    /* linker */
    {"-static", EXACT, DYNAMIC, NULL}, {"-pie", EXACT, DYNAMIC, NULL},
    {"-no-pie", EXACT, DYNAMIC, NULL}, {"-static-pie", EXACT, DYNAMIC, NULL},
    {"-rdynamic", EXACT, DYNAMIC, NULL}, {"-static-libgcc", EXACT, DYNAMIC, NULL},
    {"-shared-libgcc", EXACT, DYNAMIC, NULL}, {"-symbolic", EXACT, DYNAMIC, NULL},
    {"-s", EXACT, TO_LINK, NULL}, {"-nostdlib", EXACT, REFUSED, "the C library is needed"},
    {"-nodefaultlibs", EXACT, REFUSED, "the C library is needed"},
    {"-nostartfiles", EXACT, REFUSED, "the C library is needed"},
    {"-Wl,", PREFIX, TO_LINK, NULL}, {"-Xlinker", SEPARATE, TO_LINK, NULL},
    {"-z", JOINED, TO_LINK, NULL}, {"-u", JOINED, TO_LINK, NULL},
    {"-e", JOINED, REFUSED, "a program begins at main"}, {"-R", JOINED, IGNORED, NULL},
    {"-T", JOINED, REFUSED, "linker scripts are not supported"},
    /* the rest is the native compiler's: warnings, verbosity */
    {"-Wa,", PREFIX, TO_NATIVE, NULL}, {"-W", PREFIX, TO_NATIVE, NULL},
    {"-B", JOINED, TO_NATIVE, NULL}, {"-wrapper", SEPARATE, TO_NATIVE, NULL},
    {"-", PREFIX, TO_NATIVE, NULL},
};

const CcOption *cc_option_find(const char *arg)
{
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++) {
        const CcOption *option = &options[i];
        gboolean exact = option->form == EXACT || option->form == SEPARATE;
        if (exact ? strcmp(arg, option->name) == 0 : g_str_has_prefix(arg, option->name))
            return option;
    }
    g_assert_not_reached(); /* the last row fits all */
}

static const struct { const char *spelled, *means; gboolean value, apart; } long_options[] = {
    {"--shared", "-shared", FALSE, FALSE}, {"--static", "-static", FALSE, FALSE},
    {"--static-pie", "-static-pie", FALSE, FALSE}, {"--pie", "-pie", FALSE, FALSE},
    {"--symbolic", "-symbolic", FALSE, FALSE}, {"--compile", "-c", FALSE, FALSE},
    {"--preprocess", "-E", FALSE, FALSE}, {"--assemble", "-S", FALSE, FALSE},
    {"--dependencies", "-M", FALSE, FALSE}, {"--user-dependencies", "-MM", FALSE, FALSE},
    {"--write-dependencies", "-MD", FALSE, FALSE}, {"--write-user-dependencies", "-MMD", FALSE, FALSE},
    {"--print-missing-file-dependencies", "-MG", FALSE, FALSE}, {"--pipe", "-pipe", FALSE, FALSE},
    {"--ansi", "-ansi", FALSE, FALSE}, {"--trigraphs", "-trigraphs", FALSE, FALSE},
    {"--no-warnings", "-w", FALSE, FALSE}, {"--all-warnings", "-Wall", FALSE, FALSE},
    {"--extra-warnings", "-Wextra", FALSE, FALSE}, {"--pedantic", "-pedantic", FALSE, FALSE},
    {"--pedantic-errors", "-pedantic-errors", FALSE, FALSE}, {"--verbose", "-v", FALSE, FALSE},
    {"--save-temps", "-save-temps", FALSE, FALSE}, {"--no-standard-includes", "-nostdinc", FALSE, FALSE},
    {"--debug", "-g", FALSE, FALSE}, {"--optimize", "-O", FALSE, FALSE},
    {"--debug", "-g", TRUE, FALSE}, {"--optimize", "-O", TRUE, FALSE}, {"--std", "-std=", TRUE, FALSE},
    {"--warn-", "-W", TRUE, FALSE}, {"--include-directory", "-I", TRUE, TRUE},
    {"--include-directory-after", "-idirafter", TRUE, TRUE}, {"--define-macro", "-D", TRUE, TRUE},
    {"--undefine-macro", "-U", TRUE, TRUE}, {"--library-directory", "-L", TRUE, TRUE},
    {"--output", "-o", TRUE, TRUE}, {"--include", "-include", TRUE, TRUE}, {"--imacros", "-imacros", TRUE, TRUE},
    {"--language", "-x", TRUE, TRUE}, {"--for-linker", "-Xlinker", TRUE, TRUE},
    {"--for-assembler", "-Xassembler", TRUE, TRUE}, {"--entry", "-e", TRUE, TRUE},
};

/* The value in --std=c99, after `name`; also of --warn-unused, whose name ends with '-'. NULL: it is not that. */
static const char *value_in(const char *arg, const char *name)
{
    gsize n = strlen(name);
    if (strncmp(arg, name, n) != 0)
        return NULL;
    return name[n - 1] == '-' ? arg + n : arg[n] == '=' ? arg + n + 1 : NULL;
}

void cc_option_respell(const char *arg, GPtrArray *list)
{
    for (gsize i = 0; g_str_has_prefix(arg, "--") && i < G_N_ELEMENTS(long_options); i++) {
        const char *spelled = long_options[i].spelled, *means = long_options[i].means;
        const char *value = long_options[i].value ? value_in(arg, spelled) : NULL;
        if (!value && ((long_options[i].value && !long_options[i].apart) || strcmp(arg, spelled) != 0))
            continue;
        g_ptr_array_add(list, value && !long_options[i].apart ? g_strconcat(means, value, NULL) : g_strdup(means));
        if (value && long_options[i].apart)
            g_ptr_array_add(list, g_strdup(value));
        return;
    }
    g_ptr_array_add(list, g_strdup(arg));
}
