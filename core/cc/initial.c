/* Which member an initialiser in braces gives which value. */
#include "ast.h"
#include "types.h"
#include "parse.h"
#include <string.h>

typedef struct Initial {
    const Unit *u;
    CcInitial visit;
    gpointer data;
} Initial;

static enum CXVisitorResult collect_field(CXCursor c, CXClientData list)
{
    g_array_append_val((GArray *)list, c);
    return CXVisit_Continue;
}

/* .name = value: the field of that name, else `at`. */
static guint designated(const char *text, const GArray *fields, guint at)
{
    for (guint k = 0; *text == '.' && k < fields->len; k++) {
        g_autofree char *name = cc_take_string(clang_getCursorSpelling(g_array_index(fields, CXCursor, k)));
        gsize len = strlen(name);
        if (strncmp(text + 1, name, len) == 0 && !g_ascii_isalnum(text[1 + len]) && text[1 + len] != '_')
            at = k;
    }
    return at;
}

static void each(const Initial *s, CXCursor member, CXType t, Node *init)
{
    CXType plain = cc_strip_sugar(t); /* its elements' types keep their names: size_t */
    if (init->kind == N_COMPOUND_LITERAL && init->n_kids)
        init = init->kid[init->n_kids - 1];
    if (init->kind != N_INITLIST) {
        s->visit(s->data, member, t, init);
        return;
    }
    g_autoptr(GArray) fields = g_array_new(FALSE, FALSE, sizeof(CXCursor));
    gboolean record = clang_getCanonicalType(t).kind == CXType_Record;
    if (record)
        clang_Type_visitFields(clang_getCanonicalType(t), collect_field, fields);
    guint at = 0;
    for (guint i = 0; i < init->n_kids; i++, at++) {
        Node *value = init->kid[i];
        if (value->kind == N_DESIGNATED && value->n_kids) {
            at = designated(s->u->text + value->begin, fields, at);
            value = value->kid[value->n_kids - 1];
        }
        if (!record)
            each(s, member, clang_getArrayElementType(plain), value);
        else if (at < fields->len) {
            CXCursor field = g_array_index(fields, CXCursor, at);
            each(s, field, clang_getCursorType(field), value);
        }
    }
}

void cc_each_initial(const Unit *u, CXType t, Node *init, CcInitial visit, gpointer data)
{
    each(&(Initial){ u, visit, data }, clang_getNullCursor(), t, init);
}
