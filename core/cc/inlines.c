/* Inline definitions (C11 6.7.4: declared inline everywhere in the unit, and nowhere extern) belong to their unit,
 * while one other unit has the function that is called where the compiler does not inline. Sites are numbered in
 * the text that is called, so it is said which: every such definition becomes static. One whose address is taken
 * stays as it is, since that is the other unit's. */
#include "parse.h"

typedef struct Inline {
    GArray *begins;      /* guint: where its declarations begin in the text */
    gboolean defined, external;
    guint calls, references;
} Inline;

static void inline_free(gpointer data)
{
    Inline *function = data;
    g_array_unref(function->begins);
    g_free(function);
}

/* The function that a cursor declares or means, by the name it has in the whole program. */
static Inline *function_of(GHashTable *functions, CXCursor c, gboolean add)
{
    char *name = cc_take_string(clang_getCursorSpelling(c));
    Inline *found = g_hash_table_lookup(functions, name);
    if (found || !add) {
        g_free(name);
        return found;
    }
    found = g_new0(Inline, 1);
    found->begins = g_array_new(FALSE, FALSE, sizeof(guint));
    g_hash_table_insert(functions, name, found);
    return found;
}

static void note_declaration(GHashTable *functions, CXCursor c)
{
    Inline *function = function_of(functions, c, TRUE);
    guint begin = cc_offset(clang_getRangeStart(clang_getCursorExtent(c)));
    function->external |= !clang_Cursor_isFunctionInlined(c) || clang_Cursor_getStorageClass(c) != CX_SC_None ||
                          clang_Location_isInSystemHeader(clang_getCursorLocation(c));
    function->defined |= clang_isCursorDefinition(c) != 0;
    g_array_append_val(function->begins, begin);
}

static enum CXChildVisitResult visit_declaration(CXCursor c, CXCursor parent, CXClientData data)
{
    (void)parent;
    if (clang_getCursorKind(c) == CXCursor_FunctionDecl)
        note_declaration(data, c);
    return CXChildVisit_Continue;
}

static enum CXChildVisitResult visit_use(CXCursor c, CXCursor parent, CXClientData data)
{
    enum CXCursorKind kind = clang_getCursorKind(c);
    (void)parent;
    if (kind == CXCursor_CallExpr || kind == CXCursor_DeclRefExpr) {
        CXCursor to = clang_getCursorReferenced(c);
        gboolean is_function = clang_getCursorKind(to) == CXCursor_FunctionDecl;
        Inline *function = is_function ? function_of(data, to, FALSE) : NULL;
        if (function)
            (*(kind == CXCursor_CallExpr ? &function->calls : &function->references))++;
    }
    return CXChildVisit_Recurse;
}

static gboolean is_elsewhere(gpointer name, gpointer function, gpointer unused)
{
    (void)name;
    (void)unused;
    return !((Inline *)function)->defined || ((Inline *)function)->external;
}

static gint latest_first(gconstpointer a, gconstpointer b)
{
    guint x = *(const guint *)a, y = *(const guint *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

gboolean cc_own_inlines(Unit *u)
{
    g_autoptr(GHashTable) functions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, inline_free);
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(guint));
    GHashTableIter iter;
    gpointer value;
    clang_visitChildren(clang_getTranslationUnitCursor(u->tu), visit_declaration, functions);
    g_hash_table_foreach_remove(functions, is_elsewhere, NULL);
    if (g_hash_table_size(functions))
        clang_visitChildren(clang_getTranslationUnitCursor(u->tu), visit_use, functions);
    g_hash_table_iter_init(&iter, functions);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Inline *function = value;
        if (function->references <= function->calls)
            g_array_append_vals(places, function->begins->data, function->begins->len);
    }
    if (!places->len)
        return FALSE;
    g_array_sort(places, latest_first);
    GString *text = g_string_new_len(u->text, u->bytes);
    for (guint i = 0; i < places->len; i++)
        g_string_insert(text, (gssize)g_array_index(places, guint, i), "static ");
    g_free(u->text);
    u->bytes = (guint)text->len;
    u->text = g_string_free(text, FALSE);
    return TRUE;
}
