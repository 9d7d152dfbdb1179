/* Tags for the structs, unions and enums without one that local variables are declared with. What is written
 * anew of such a function (the variable's place on the data stack, its frame in the clone) needs the type's name.
 * gcc allows no tag in the head of a `for`: there the type is declared in a block around the loop. */
#include "aggregate.h"
#include "parse.h"
#include <string.h>

typedef struct Edit { guint begin, end, order; char *text; } Edit; /* what stands there is replaced */
typedef struct Edits { const Unit *u; GArray *list; guint n_tags; } Edits;

static void add_edit(Edits *edits, guint begin, guint end, char *text)
{
    Edit edit = {begin, end, edits->list->len, text};
    g_array_append_val(edits->list, edit);
}

static void free_edit(gpointer edit) { g_free(((Edit *)edit)->text); }

static int compare_edits(gconstpointer a, gconstpointer b)
{
    const Edit *x = a, *y = b;
    return x->begin != y->begin ? (x->begin < y->begin ? -1 : 1) : x->order < y->order ? -1 : 1;
}

static const char *keyword_of(CXCursor c)
{
    switch (clang_getCursorKind(c)) {
    case CXCursor_StructDecl: return "struct";
    case CXCursor_UnionDecl: return "union";
    case CXCursor_EnumDecl: return "enum";
    default: return NULL;
    }
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

static guint begin_of(CXCursor c) { return cc_offset(clang_getRangeStart(clang_getCursorExtent(c))); }
static guint end_of(CXCursor c) { return cc_offset(clang_getRangeEnd(clang_getCursorExtent(c))); }

/* The definition moves in front of the loop, into a block that ends with it. */
static void move_out(Edits *edits, CXCursor loop, CXCursor type, guint brace, const char *tag)
{
    const char *text = edits->u->text;
    guint begin = begin_of(type), end = end_of(type), behind = cc_skip_blank(edits->u, end_of(loop));
    if (memchr(text + begin, '#', end - begin))
        return; /* line markers stay where they are: gcc will refuse it */
    add_edit(edits, begin_of(loop), begin_of(loop), g_strdup_printf("{ %.*s%s%.*s; ", (int)(brace - begin), text + begin,
                                                                    tag, (int)(end - brace), text + brace));
    add_edit(edits, begin, end, g_strdup_printf("%s%s", keyword_of(type), tag));
    behind = text[behind] == ';' ? behind + 1 : end_of(loop);
    add_edit(edits, behind, behind, g_strdup(" }"));
}

/* The types of a declaration that lack tags; of one in the head of `loop`, or a null cursor. */
static void add_tags(Edits *edits, CXCursor declaration, CXCursor loop)
{
    const Unit *u = edits->u;
    GArray *list = cc_children(declaration);
    for (guint i = 0; i < list->len && declares_automatic(list); i++) {
        CXCursor c = g_array_index(list, CXCursor, i);
        if (!keyword_of(c) || !clang_isCursorDefinition(c) || has_tag(c))
            continue;
        guint brace = begin_of(c);
        while (brace < u->bytes && u->text[brace] != '{')
            brace++;
        g_autofree char *tag = g_strdup_printf(" " CC_TAG_PREFIX "%u ", ++edits->n_tags);
        if (clang_Cursor_isNull(loop))
            add_edit(edits, brace, brace, g_steal_pointer(&tag));
        else
            move_out(edits, loop, c, brace, tag);
    }
    g_array_unref(list);
}

static enum CXChildVisitResult visit(CXCursor c, CXCursor parent, CXClientData data)
{
    enum CXCursorKind kind = clang_getCursorKind(c);
    if (kind == CXCursor_FunctionDecl && clang_Location_isInSystemHeader(clang_getCursorLocation(c)))
        return CXChildVisit_Continue;
    if (kind == CXCursor_DeclStmt)
        add_tags(data, c, clang_getCursorKind(parent) == CXCursor_ForStmt ? parent : clang_getNullCursor());
    return kind == CXCursor_FunctionDecl || clang_isStatement(kind) || clang_isExpression(kind) ||
           kind == CXCursor_VarDecl ? CXChildVisit_Recurse : CXChildVisit_Continue;
}

gboolean cc_add_tags(Unit *u)
{
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(Edit));
    g_array_set_clear_func(list, free_edit);
    Edits edits = {.u = u, .list = list};
    clang_visitChildren(clang_getTranslationUnitCursor(u->tu), visit, &edits);
    if (!list->len)
        return FALSE;
    g_array_sort(list, compare_edits);
    GString *text = g_string_new(NULL);
    guint at = 0;
    for (guint i = 0; i < list->len; i++) {
        const Edit *edit = &g_array_index(list, Edit, i);
        g_string_append_len(text, u->text + at, edit->begin - at);
        g_string_append(text, edit->text);
        at = edit->end;
    }
    g_string_append_len(text, u->text + at, u->bytes - at);
    g_free(u->text);
    u->bytes = (guint)text->len;
    u->text = g_string_free(text, FALSE);
    return TRUE;
}
