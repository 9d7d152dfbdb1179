/* Guards: how a frame that waits in a call is saved without a single instruction on the way that is usually taken.
 *
 * Each call's site stands in the scope of a guard, a variable with a cleanup that saves the frame while the
 * guard is armed. After the call it is disarmed, which the compiler sees, so on the usual way nothing
 * of it is left; when the child unwinds its stack (core/runtime/unwind.c), the exception tables lead
 * to the cold copy of the cleanup, where it is armed. The guard holds the addresses of the values;
 * the cleanup is always inlined, so the compiler takes them back into registers. What it calls goes on unwinding
 * by itself and never returns, so that nothing stands behind the call: that was a third of the cold code.
 *
 * One type of guard serves all sites that save values of the same kinds in the same order. */
#include "lower.h"
#include "types.h"
#include <string.h>

/* Maps, on x86_64: instead of handing the values over, a guard hands over the address of its row in the section
 * preaches_maps. The row is one load after the other, of the site's number and of the values from where they are
 * anyway, registers, stack or constants; it is never run but read (core/runtime/maps.c). What stands in the text is
 * 10 bytes, a move and a call. The call must follow the statement at once, or the registers might have changed: the row
 * says in front where its statement ends, and the runtime looks. A call, and not a part of the statement, since
 * only calls lead to the guards of functions around an inlined one. Polls hand values over as elsewhere: they have
 * them in any register. gcc allows 30 operands; long doubles would have to stand in memory. */
enum { MOST_MAPPED = 28 }; /* and the row, and the site */
static const struct { const char *letters, *load, *constraint; } loads[] = {
    {"bcC", "movb\\t%%b%u, %%%%cl", "rme"},  {"sS", "movw\\t%%w%u, %%%%cx", "rme"},
    {"iI", "movl\\t%%k%u, %%%%ecx", "rme"},  {"lLqQp", "movq\\t%%q%u, %%%%rcx", "rme"},
    {"f", "movss\\t%%%u, %%%%xmm0", "xm"},   {"d", "movsd\\t%%%u, %%%%xmm0", "xm"},
};

static const struct { PrKind kind; char letter; const char *type; } kinds[] = {
    { PR_BOOL, 'b', "_Bool" }, { PR_CHAR, 'c', "signed char" }, { PR_SCHAR, 'c', "signed char" },
    { PR_UCHAR, 'C', "unsigned char" }, { PR_SHORT, 's', "short" }, { PR_USHORT, 'S', "unsigned short" },
    { PR_INT, 'i', "int" }, { PR_UINT, 'I', "unsigned" }, { PR_LONG, 'l', "long" },
    { PR_ULONG, 'L', "unsigned long" }, { PR_LLONG, 'q', "long long" },
    { PR_ULLONG, 'Q', "unsigned long long" }, { PR_FLOAT, 'f', "float" }, { PR_DOUBLE, 'd', "double" },
    { PR_LDOUBLE, 'e', "long double" }, { PR_PTR, 'p', "void *" }, { PR_FPTR, 'p', "void *" },
};

char cc_guard_kind(PrKind kind)
{
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (kinds[i].kind == kind)
            return kinds[i].letter;
    return 'i'; /* a scalar without a portable form: refused where it is declared, so no text is made of it */
}

static const char *type_of_letter(char letter)
{
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (kinds[i].letter == letter)
            return kinds[i].type;
    g_assert_not_reached();
}

static guint load_of(char letter)
{
    for (guint i = 0; i < G_N_ELEMENTS(loads); i++)
        if (strchr(loads[i].letters, letter))
            return i;
    g_assert_not_reached();
}

/* Where functions or pragmas have a level of their own, __OPTIMIZE__ does not tell which are optimised. */
static gboolean has_map(const Lower *l, const char *signature)
{
    return g_str_equal(l->p->arch->name, "x86_64") && strlen(signature) <= MOST_MAPPED && !strchr(signature, 'e') &&
           !strstr(l->u->text, "optimize");
}

static void render_map(GString *out, const char *site, const char *signature, char *const *values)
{
    g_string_append(out, "const void *preaches_row; __asm__ __inline__ __volatile__ (\"movl\\t$661f, %k0\\n662:\\t"
                    ".pushsection\\tpreaches_maps,\\\"a\\\"\\n\\t.long\\t662b\\n661:\\t");
    for (guint i = 0; i <= strlen(signature); i++) {
        g_string_append_printf(out, loads[load_of(i ? signature[i - 1] : 'I')].load, i + 1);
        g_string_append(out, "\\n\\t");
    }
    g_string_append_printf(out, ".popsection\" : \"=&D\" (preaches_row) : \"rme\" (%s)", site);
    for (guint i = 0; signature[i]; i++)
        g_string_append_printf(out, ", \"%s\" (%s)", loads[load_of(signature[i])].constraint, values[i]);
    g_string_append(out, " : \"memory\"); preaches_leave_map(preaches_row)");
}

void cc_render_save(GString *out, const char *before, const char *function, const char *site, const char *signature,
                    char *const *values)
{
    gboolean passed = strlen(signature) <= PR_PASSED_VALUES;
    if (!passed) {
        g_string_append(out, "struct {");
        for (guint i = 0; signature[i]; i++)
            g_string_append_printf(out, " %s v%u;", type_of_letter(signature[i]), i);
        g_string_append(out, " } preaches_v = { ");
        for (guint i = 0; signature[i]; i++)
            g_string_append_printf(out, i ? ", %s" : "%s", values[i]);
        g_string_append(out, " }; ");
    }
    g_string_append_printf(out, "%s%s(%s%s", before, function, site, passed ? "" : ", &preaches_v");
    for (guint i = 0; passed && signature[i]; i++)
        g_string_append_printf(out, ", %s", values[i]);
    g_string_append_c(out, ')');
}

static void define(const Lower *l, const char *signature)
{
    GString *out = l->guards->text;
    gboolean map = has_map(l, signature);
    g_string_append_printf(out, "struct preaches_g%s { unsigned site;", signature);
    for (guint i = 0; signature[i]; i++)
        g_string_append_printf(out, " const preaches_v%c *v%u;", signature[i], i);
    g_string_append_printf(out, " };\nstatic inline __attribute__((always_inline)) void preaches_u%s("
                           "struct preaches_g%s *g) { if (__builtin_expect(g->site != 0, 0)) { ",
                           signature, signature);
    g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; signature[i]; i++)
        g_ptr_array_add(values, g_strdup_printf("*g->v%u", i));
    if (map) { /* not optimised, a call is prepared between */
        g_string_append(out, "\n#ifdef __OPTIMIZE__\n");
        render_map(out, "g->site - 1", signature, (char **)values->pdata);
        g_string_append(out, ";\n#else\n");
    }
    cc_render_save(out, "", "preaches_leave", "g->site - 1", signature, (char **)values->pdata);
    g_string_append(out, map ? ";\n#endif\n} }\n" : "; } }\n");
}

void cc_guard_require(Lower *l, const char *signature)
{
    if (l->mode == LOWER_COUNT || g_hash_table_contains(l->guards->known, signature))
        return;
    if (g_hash_table_size(l->guards->known) == 0)
        for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
            if (i == 0 || kinds[i].letter != kinds[i - 1].letter)
                g_string_append_printf(l->guards->text, "typedef %s preaches_v%c __attribute__((may_alias));\n",
                                       kinds[i].type, kinds[i].letter);
    define(l, signature);
    g_hash_table_add(l->guards->known, g_strdup(signature));
}

Guards *cc_guards_new(void)
{
    Guards *g = g_new0(Guards, 1);
    g->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g->text = g_string_new(NULL);
    return g;
}

void cc_guards_free(Guards *guards)
{
    if (!guards)
        return;
    g_hash_table_unref(guards->known);
    g_string_free(guards->text, TRUE);
    g_free(guards);
}
