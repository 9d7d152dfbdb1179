/* Attributes: those that nothing here can follow; and those that instrumented text cannot have: what is declared
 * noreturn returns after all, in the child that saves its frames. The words are overwritten with blanks in the units'
 * texts, but for the declarations of functions from which no poll can be reached. */
#define _GNU_SOURCE /* memmem, memrchr, strchrnul */
#include "ast.h"
#include "parse.h"
#include <ctype.h>
#include <string.h>

/* ---- attributes that change what a name or a member means ---- */

typedef struct Named { const Unit *u; const char *found; } Named;

static enum CXChildVisitResult find_named(CXCursor c, CXCursor parent, CXClientData data)
{
    static const char *const names[] = { "alias", "ifunc", "weakref", "weak" };
    Named *n = data;
    guint at;
    (void)parent;
    if (!clang_isAttribute(clang_getCursorKind(c)))
        return CXChildVisit_Continue;
    clang_getFileLocation(clang_getCursorLocation(c), NULL, NULL, NULL, &at);
    const char *text = n->u->text + at + strspn(n->u->text + at, "_");
    gsize len = strspn(text, G_CSET_a_2_z);
    for (guint i = 0; i < G_N_ELEMENTS(names) && !n->found; i++)
        if (strlen(names[i]) == len && strncmp(text, names[i], len) == 0)
            n->found = names[i];
    return CXChildVisit_Continue;
}

const char *cc_linkage_attribute(const Decl *d)
{
    Named n = { .u = d->unit };
    clang_visitChildren(d->cursor, find_named, &n);
    return n.found;
}

/* libclang passes over it, so its members would be taken for numbers in the machine's own order. */
void cc_check_storage_order(Unit *u)
{
    static const char word[] = "scalar_storage_order";
    for (const char *at = u->text; (at = strstr(at, word)) != NULL; at += sizeof word - 1) {
        const char *file;
        guint line, col;
        cc_presumed(u, clang_getLocationForOffset(u->tu, u->file, (guint)(at - u->text)), &file, &line, &col);
        cc_error(u->program, file, line, col, "-Wpreaches-type",
                 "'scalar_storage_order' cannot be carried over: members in another byte order than the machine's");
    }
}

/* ---- noreturn ---- */

typedef struct Range { guint begin, end; } Range;

/* The whole declaration around a function's name, attributes in front and behind included. */
static Range declaration_around(const Unit *u, guint name_at)
{
    Range r = { name_at, name_at };
    while (r.begin > 0 && u->text[r.begin - 1] != ';' && u->text[r.begin - 1] != '}')
        r.begin--;
    while (r.end < u->bytes && u->text[r.end] != ';' && u->text[r.end] != '{')
        r.end++;
    return r;
}

/* A parameter that is a pointer to a function may have the attribute too. */
static gboolean has_function_pointer(const Unit *u, Range r)
{
    for (guint i = r.begin; i + 1 < r.end; i++)
        if (u->text[i] == '(') {
            guint k = i + 1;
            while (k < r.end && isspace((unsigned char)u->text[k]))
                k++;
            if (u->text[k] == '*')
                return TRUE;
        }
    return FALSE;
}

static enum CXChildVisitResult note_kept(CXCursor c, CXCursor parent, CXClientData data)
{
    gpointer *args = data;
    Unit *u = args[0];
    GArray *kept = args[1];
    (void)parent;
    if (clang_getCursorKind(c) != CXCursor_FunctionDecl)
        return CXChildVisit_Continue;
    CXCursor canonical = clang_getCanonicalCursor(c);
    Decl *d = g_hash_table_lookup(u->decls, &canonical);
    Func *f = d ? cc_definition(d) : NULL;
    guint at = 0;
    clang_getFileLocation(clang_getCursorLocation(c), NULL, NULL, NULL, &at);
    Range r = declaration_around(u, at);
    if (!(f && f->reaching) && !has_function_pointer(u, r))
        g_array_append_val(kept, r);
    return CXChildVisit_Continue;
}

static gboolean is_kept(const GArray *kept, guint at)
{
    for (guint i = 0; i < kept->len; i++) {
        Range r = g_array_index(kept, Range, i);
        if (at >= r.begin && at < r.end)
            return TRUE;
    }
    return FALSE;
}

static const char *const words[] = { "__noreturn__", "noreturn", "_Noreturn" };

static guint word_at(const Unit *u, guint at)
{
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        guint len = (guint)strlen(words[i]);
        if (strncmp(u->text + at, words[i], len) == 0 && !isalnum((unsigned char)u->text[at + len]) &&
            u->text[at + len] != '_')
            return len;
    }
    return 0;
}

/* "# 12 "file.h" 1 3" */
gboolean cc_enters_system(const char *line)
{
    const char *end = strchrnul(line, '\n'), *quote = memrchr(line, '"', (size_t)(end - line));
    return quote && memmem(quote, (size_t)(end - quote), " 3", 2) != NULL;
}

static void blank(Unit *u, const GArray *kept)
{
    gboolean system = FALSE, line_start = TRUE;
    for (guint i = 0; i < u->bytes; i++) {
        char ch = u->text[i];
        if (line_start && ch == '#')
            system = cc_enters_system(u->text + i);
        line_start = ch == '\n';
        if (ch == '"' || ch == '\'') {
            for (i++; i < u->bytes && u->text[i] != ch && u->text[i] != '\n'; i++)
                i += u->text[i] == '\\';
            continue;
        }
        if (!isalpha((unsigned char)ch) && ch != '_')
            continue;
        guint len = system || is_kept(kept, i) ? 0 : word_at(u, i);
        if (len)
            memset(u->text + i, ' ', len);
        while (i + 1 < u->bytes && (isalnum((unsigned char)u->text[i + 1]) || u->text[i + 1] == '_'))
            i++;
    }
}

void cc_attributes(Program *p)
{
    for (guint i = 0; i < p->n_units; i++) {
        Unit *u = p->units[i];
        if (!strstr(u->text, "oreturn"))
            continue;
        GArray *kept = g_array_new(FALSE, FALSE, sizeof(Range));
        gpointer args[] = { u, kept };
        clang_visitChildren(clang_getTranslationUnitCursor(u->tu), note_kept, args);
        blank(u, kept);
        g_array_unref(kept);
    }
}
