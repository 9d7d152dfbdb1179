#define _GNU_SOURCE /* memrchr */
#include "macros.h"

#include <string.h>

#define IS_BIG "(__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)"
#define IS_LITTLE "(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)"
#define IS_64 "(sizeof(void *) == 8)"

/* ---- names ---- */

/* As autoconf writes types: "unsigned long" -> UNSIGNED_LONG, "void *" -> VOID_P. */
static const struct { const char *name, *type; } types[] = {
    {"SHORT", "short"}, {"INT", "int"}, {"UNSIGNED_INT", "unsigned"}, {"UNSIGNED", "unsigned"},
    {"LONG", "long"}, {"LONG_INT", "long"}, {"UNSIGNED_LONG", "long"}, {"UNSIGNED_LONG_INT", "long"},
    {"LONG_LONG", "long long"}, {"LONG_LONG_INT", "long long"}, {"UNSIGNED_LONG_LONG", "long long"},
    {"FLOAT", "float"}, {"DOUBLE", "double"}, {"LONG_DOUBLE", "long double"}, {"VOID_P", "void *"},
    {"VOIDP", "void *"}, {"VOID_PTR", "void *"}, {"VOID", "void *"}, {"POINTER", "void *"}, {"PTR", "void *"},
    {"CHAR_P", "void *"}, {"CHARP", "void *"}, {"INT_P", "void *"}, {"SIZE_T", "size_t"},
    {"SSIZE_T", "ssize_t"}, {"PTRDIFF_T", "ptrdiff_t"}, {"TIME_T", "time_t"}, {"OFF_T", "off_t"},
    {"WCHAR_T", "wchar_t"}, {"INTPTR_T", "intptr_t"}, {"UINTPTR_T", "uintptr_t"},
    {"INTMAX_T", "intmax_t"}, {"CLOCK_T", "clock_t"}, {"PID_T", "pid_t"}, {"UID_T", "uid_t"},
    {"GID_T", "gid_t"}, {"MODE_T", "mode_t"}, {"DEV_T", "dev_t"}, {"INO_T", "ino_t"}, {"BOOL", "_Bool"},
    {"_BOOL", "_Bool"}};

static const struct { const char *name; CcClaim claim; const char *expression; } exact[] = {
    {"WORDS_BIGENDIAN", CC_CLAIM_TRUTH, IS_BIG}, {"WORDS_BIG_ENDIAN", CC_CLAIM_TRUTH, IS_BIG},
    {"FLOAT_WORDS_BIGENDIAN", CC_CLAIM_TRUTH, IS_BIG}, {"BIGENDIAN", CC_CLAIM_TRUTH, IS_BIG},
    {"HAVE_BIG_ENDIAN", CC_CLAIM_TRUTH, IS_BIG}, {"HAVE_BIGENDIAN", CC_CLAIM_TRUTH, IS_BIG},
    {"HAVE_LITTLE_ENDIAN", CC_CLAIM_TRUTH, IS_LITTLE}, {"WORDS_LITTLEENDIAN", CC_CLAIM_TRUTH, IS_LITTLE},
    {"HOST_BIG_ENDIAN", CC_CLAIM_TRUTH, IS_BIG}, {"HOST_BIGENDIAN", CC_CLAIM_TRUTH, IS_BIG},
    {"HOST_LITTLE_ENDIAN", CC_CLAIM_TRUTH, IS_LITTLE}, {"CPU_BIG_ENDIAN", CC_CLAIM_TRUTH, IS_BIG},
    {"CPU_LITTLE_ENDIAN", CC_CLAIM_TRUTH, IS_LITTLE}, {"IEEE_MC68k", CC_CLAIM_TRUTH, IS_BIG},
    {"IEEE_8087", CC_CLAIM_TRUTH, IS_LITTLE}, {"IEEE_BIG_ENDIAN", CC_CLAIM_TRUTH, IS_BIG},
    {"IEEE_LITTLE_ENDIAN", CC_CLAIM_TRUTH, IS_LITTLE},
    {"DOUBLE_IS_BIG_ENDIAN_IEEE754", CC_CLAIM_TRUTH, IS_BIG},
    {"DOUBLE_IS_LITTLE_ENDIAN_IEEE754", CC_CLAIM_TRUTH, IS_LITTLE},
    {"BYTEORDER", CC_CLAIM_NUMBER, "(" IS_BIG " ? 4321 : 1234)"},
    {"HOST_BYTE_ORDER", CC_CLAIM_NUMBER, "(" IS_BIG " ? 4321 : 1234)"},
    {"BITS_PER_LONG", CC_CLAIM_NUMBER, "8 * sizeof(long)"}, {"BITSPERLONG", CC_CLAIM_NUMBER, "8 * sizeof(long)"},
    {"LONG_BITS", CC_CLAIM_NUMBER, "8 * sizeof(long)"}, {"LONG_BIT", CC_CLAIM_NUMBER, "8 * sizeof(long)"},
    {"HOST_BITS_PER_LONG", CC_CLAIM_NUMBER, "8 * sizeof(long)"},
    {"POINTER_SIZE", CC_CLAIM_NUMBER, "sizeof(void *)"},
    {"HAVE_64BIT", CC_CLAIM_GUESS, IS_64}, {"IS_64BIT", CC_CLAIM_GUESS, IS_64},
    {"ARCH_64BIT", CC_CLAIM_GUESS, IS_64}, {"HAVE_LP64", CC_CLAIM_GUESS, IS_64},
    {"LONG_IS_64BIT", CC_CLAIM_GUESS, IS_64}};

/* SIZEOF_LONG, MY_SIZEOF_LONG; "sizeof(%s)" with the type. */
static char *of_type(const char *name, const char *word, const char *format)
{
    const char *at = strstr(name, word);
    if (!at || (at > name && at[-1] != '_'))
        return NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
        if (strcmp(at + strlen(word), types[i].name) == 0) {
            g_auto(GStrv) parts = g_strsplit(format, "%s", 2);
            return g_strconcat(parts[0], types[i].type, parts[1], NULL);
        }
    return NULL;
}

/* BIG_ENDIAN is 4321 in the C library's headers: a name for an order, not a claim. */
static const char *guess(const char *name, const char *value)
{
    if (name[0] == '_' || (value && (strcmp(value, "4321") == 0 || strcmp(value, "1234") == 0)))
        return NULL;
    if (g_str_has_suffix(name, "BIG_ENDIAN") || g_str_has_suffix(name, "BIGENDIAN"))
        return IS_BIG;
    if (g_str_has_suffix(name, "LITTLE_ENDIAN") || g_str_has_suffix(name, "LITTLEENDIAN"))
        return IS_LITTLE;
    return NULL;
}

gboolean cc_macro_claims(const char *name, const char *value, CcClaim *claim, char **expression)
{
    static const struct { const char *word, *format; } families[] = {
        {"SIZEOF_", "sizeof(%s)"}, {"SIZE_OF_", "sizeof(%s)"},
        {"ALIGNOF_", "__builtin_offsetof(struct { char c; %s x; }, x)"}};
    *expression = NULL;
    for (gsize i = 0; !*expression && name[0] != '_' && i < G_N_ELEMENTS(families); i++)
        *expression = of_type(name, families[i].word, families[i].format);
    *claim = CC_CLAIM_NUMBER;
    for (gsize i = 0; !*expression && i < G_N_ELEMENTS(exact); i++)
        if (strcmp(name, exact[i].name) == 0) {
            *claim = exact[i].claim;
            *expression = g_strdup(exact[i].expression);
        }
    if (!*expression) {
        *claim = CC_CLAIM_GUESS;
        *expression = g_strdup(guess(name, value));
    }
    return *expression != NULL;
}

/* ---- values ---- */

/* "8", "(8)", "8UL"; FALSE when it is anything else. */
static gboolean plain_number(const char *value, guint64 *number)
{
    g_autofree char *text = g_strdup(value);
    char *at = g_strstrip(text), *end;
    gsize n = strlen(at);
    while (n > 1 && at[0] == '(' && at[n - 1] == ')') {
        at[n - 1] = '\0';
        at = g_strstrip(at + 1);
        n = strlen(at);
    }
    *number = g_ascii_strtoull(at, &end, 0);
    return end > at && strspn(end, "uUlL") == strlen(end);
}

gboolean cc_macro_agrees(const CcMacro *macro, guint64 truth, gboolean *known)
{
    guint64 number = 0;
    *known = TRUE;
    if (macro->claim == CC_CLAIM_NUMBER) {
        *known = macro->value && plain_number(macro->value, &number);
        return number == truth;
    }
    if (macro->value && *macro->value)
        *known = plain_number(macro->value, &number);
    else
        number = macro->value != NULL; /* defined as nothing is true */
    return (number != 0) == (truth != 0);
}

static GPtrArray *truth_argv(const CcBuild *build, const PrArch *arch, const char *source, const char *object)
{
    const GPtrArray *cpp = build->command->cpp;
    g_autofree char *compiler = cc_compiler(arch);
    GPtrArray *argv = cc_argv_new(compiler, NULL);
    for (guint i = 0; i < cpp->len; i++) /* they change off_t and time_t */
        if (g_str_has_prefix(cpp->pdata[i], "-D_FILE_OFFSET_BITS") ||
            g_str_has_prefix(cpp->pdata[i], "-D_TIME_BITS"))
            cc_argv_add(argv, cpp->pdata[i]);
    cc_argv_split(argv, arch->flags);
    cc_argv_split(argv, "-w -c -O0");
    cc_argv_add(argv, source);
    cc_argv_add(argv, "-o");
    cc_argv_add(argv, object);
    return argv;
}

#define TRUTH_SECTION ".preaches.truth"

gboolean cc_macros_truth(const CcBuild *build, const PrArch *arch, const GPtrArray *expressions, guint64 *truth)
{
    g_autoptr(GString) text = g_string_new("#include <stddef.h>\n#include <stdint.h>\n#include <time.h>\n"
                                           "#include <sys/types.h>\n__extension__ const unsigned long long t[] "
                                           "__attribute__((section(\"" TRUTH_SECTION "\"),used)) = {\n");
    g_autofree char *source = g_strdup_printf("%s/truth-%s.c", build->scratch, arch->name);
    g_autofree char *object = g_strdup_printf("%s/truth-%s.o", build->scratch, arch->name);
    gboolean big = FALSE;
    gsize n = 0;
    for (guint i = 0; i < expressions->len; i++)
        g_string_append_printf(text, "%s,\n", (char *)expressions->pdata[i]);
    g_string_append(text, "0};\n");
    if (!g_file_set_contents(source, text->str, -1, NULL))
        return FALSE;
    CcJob job = cc_job(truth_argv(build, arch, source, object));
    gboolean ok = cc_jobs_run(&job, 1, build->tokens, build->scratch);
    cc_job_clear(&job);
    g_autoptr(GBytes) bytes = ok ? cc_section_get(object, TRUTH_SECTION, &big, NULL) : NULL;
    const guint8 *data = bytes ? g_bytes_get_data(bytes, &n) : NULL;
    if (!data || n < expressions->len * 8)
        return FALSE;
    for (guint i = 0; i < expressions->len; i++) {
        memcpy(&truth[i], data + i * 8, 8);
        truth[i] = big ? GUINT64_FROM_BE(truth[i]) : GUINT64_FROM_LE(truth[i]);
    }
    return TRUE;
}

/* ---- taking them out of the text ---- */

static void macro_free(gpointer data)
{
    CcMacro *macro = data;
    g_free(macro->name);
    g_free(macro->value);
    g_free(macro->file);
    g_free(macro->expression);
    g_free(macro);
}

GHashTable *cc_macros_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, NULL, macro_free);
}

gboolean cc_place_marker(CcPlace *place, const char *line, gsize n)
{
    char *end;
    if (n < 4 || line[0] != '#' || line[1] != ' ' || !g_ascii_isdigit(line[2]))
        return FALSE;
    guint64 number = g_ascii_strtoull(line + 2, &end, 10);
    const char *open = memchr(line, '"', n);
    const char *close = open ? memrchr(line, '"', n) : NULL;
    if (!close || close == open)
        return FALSE;
    g_free(place->file);
    g_autofree char *escaped = g_strndup(open + 1, (gsize)(close - open - 1));
    place->file = g_strcompress(escaped);
    place->line = (guint)number;
    g_autofree char *flags = g_strndup(close + 1, (gsize)(line + n - close - 1));
    place->system = strchr(flags, '3') != NULL;
    return TRUE;
}

/* "#define NAME value" or "#undef NAME". */
static void take_macro(const CcPlace *place, const char *line, gsize n, gboolean defined, GHashTable *macros)
{
    const char *name = line + (defined ? strlen("#define ") : strlen("#undef "));
    gsize bytes = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    g_autofree char *word = g_strndup(name, bytes);
    CcMacro found;
    if (place->system || name[bytes] == '(' || g_hash_table_contains(macros, word))
        return;
    g_autofree char *value = defined ? g_strndup(name + bytes, n - (gsize)(name - line) - bytes) : NULL;
    if (value)
        g_strstrip(value);
    if (!cc_macro_claims(word, value, &found.claim, &found.expression))
        return;
    CcMacro *macro = g_new0(CcMacro, 1);
    *macro = (CcMacro){.name = g_steal_pointer(&word), .value = g_steal_pointer(&value),
                       .file = g_strdup(place->file), .line = place->line, .claim = found.claim,
                       .expression = found.expression};
    g_hash_table_insert(macros, macro->name, macro);
}

void cc_macros_take(char *text, GHashTable *macros)
{
    CcPlace place = {NULL, 0, FALSE};
    char *to = text;
    for (char *line = text, *next; *line; line = next) {
        gsize n = strcspn(line, "\n");
        next = line + n + (line[n] == '\n');
        gboolean defined = g_str_has_prefix(line, "#define ");
        if (defined || g_str_has_prefix(line, "#undef ")) {
            take_macro(&place, line, n, defined, macros);
            *to++ = '\n';
            place.line++;
            continue;
        }
        if (!cc_place_marker(&place, line, n))
            place.line++;
        memmove(to, line, (gsize)(next - line));
        to += next - line;
    }
    *to = '\0';
    g_free(place.file);
}
