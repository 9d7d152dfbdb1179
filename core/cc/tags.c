/* Tags for the structs, unions and enums without one that local variables are declared with. What is written
 * anew of such a function (the variable's place on the data stack, its frame in the clone) needs the type's name. */
#include "aggregate.h"
#include "parse.h"

static gboolean is_tag_type(CXCursor c)
{
    enum CXCursorKind kind = clang_getCursorKind(c);
    return kind == CXCursor_StructDecl || kind == CXCursor_UnionDecl || kind == CXCursor_EnumDecl;
}

static gboolean has_tag(CXCursor c)
{
    g_autofree char *name = cc_take_string(clang_getCursorSpelling(c));
    return *name && !cc_is_unnamed(name);
}

static gboolean declares_automatic(const GArray *list)
{
    for (guint i = 0; i < list->len; i++) {
        CXCursor c = g_array_index(list, CXCursor, i);
        enum CX_StorageClass storage = clang_Cursor_getStorageClass(c);
        if (clang_getCursorKind(c) == CXCursor_VarDecl && storage != CX_SC_Static && storage != CX_SC_Extern)
            return TRUE;
    }
    return FALSE;
}

/* Where tags are missing in the declaration. */
static void note_missing(CXCursor declaration, GArray *missing)
{
    GArray *list = cc_children(declaration);
    for (guint i = 0; i < list->len && declares_automatic(list); i++) {
        CXCursor c = g_array_index(list, CXCursor, i);
        guint begin = cc_offset(clang_getRangeStart(clang_getCursorExtent(c)));
        if (is_tag_type(c) && clang_isCursorDefinition(c) && !has_tag(c))
            g_array_append_val(missing, begin);
    }
    g_array_unref(list);
}

static enum CXChildVisitResult visit(CXCursor c, CXCursor parent, CXClientData data)
{
    enum CXCursorKind kind = clang_getCursorKind(c);
    if (kind == CXCursor_FunctionDecl && clang_Location_isInSystemHeader(clang_getCursorLocation(c)))
        return CXChildVisit_Continue;
    if (kind == CXCursor_DeclStmt && clang_getCursorKind(parent) != CXCursor_ForStmt) /* gcc allows no tag there */
        note_missing(c, data);
    return kind == CXCursor_FunctionDecl || clang_isStatement(kind) || clang_isExpression(kind) ||
           kind == CXCursor_VarDecl ? CXChildVisit_Recurse : CXChildVisit_Continue;
}

gboolean cc_add_tags(Unit *u)
{
    g_autoptr(GArray) missing = g_array_new(FALSE, FALSE, sizeof(guint));
    clang_visitChildren(clang_getTranslationUnitCursor(u->tu), visit, missing);
    if (!missing->len)
        return FALSE;
    GString *text = g_string_new_len(u->text, u->bytes);
    for (guint i = missing->len; i-- > 0;) {
        guint at = g_array_index(missing, guint, i);
        while (at < text->len && text->str[at] != '{')
            at++;
        g_autofree char *tag = g_strdup_printf(" " CC_TAG_PREFIX "%u ", i + 1);
        g_string_insert(text, (gssize)at, tag);
    }
    g_free(u->text);
    u->bytes = (guint)text->len;
    u->text = g_string_free(text, FALSE);
    return TRUE;
}
