/* libclang's cursors -> Nodes: declarations, expressions (statements: parse_stmt.c). See README.md for
 * the traps of libclang's C API. */
#include "parse.h"
#include "types.h"
#include <ctype.h>
#include <string.h>

char *cc_take_string(CXString s)
{
    const char *text = clang_getCString(s);
    char *copy = g_strdup(text ? text : "");
    clang_disposeString(s);
    return copy;
}

static const char *intern_file(Program *p, const char *name)
{
    const char *known = g_hash_table_lookup(p->files, name);
    if (known)
        return known;
    char *copy = g_strdup(name);
    g_hash_table_add(p->files, copy);
    return copy;
}

void cc_presumed(Unit *u, CXSourceLocation loc, const char **file, guint *line, guint *col)
{
    CXString name;
    clang_getPresumedLocation(loc, &name, line, col);
    const char *text = clang_getCString(name);
    *file = intern_file(u->program, text && *text ? text : u->name);
    clang_disposeString(name);
}

guint cc_offset(CXSourceLocation loc)
{
    guint offset = 0;
    clang_getFileLocation(loc, NULL, NULL, NULL, &offset);
    return offset;
}

static enum CXChildVisitResult collect(CXCursor c, CXCursor parent, CXClientData data)
{
    (void)parent;
    g_array_append_val((GArray *)data, c);
    return CXChildVisit_Continue;
}

GArray *cc_children(CXCursor c)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(CXCursor));
    clang_visitChildren(c, collect, list);
    return list;
}

/* End of white space and line markers from `at` on. */
guint cc_skip_blank(const Unit *u, guint at)
{
    while (at < u->bytes) {
        char ch = u->text[at];
        if (ch == '#') /* a line marker: nothing else begins with it in preprocessed text */
            while (at < u->bytes && u->text[at] != '\n')
                at++;
        else if (isspace((unsigned char)ch))
            at++;
        else
            break;
    }
    return at;
}

Node *cc_new_node(Unit *u, NodeKind kind, CXCursor c)
{
    Node *n = g_new0(Node, 1);
    g_ptr_array_add(u->program->garbage, n);
    CXSourceRange range = clang_getCursorExtent(c);
    n->kind = kind;
    n->cursor = c;
    n->begin = cc_offset(clang_getRangeStart(range));
    n->end = cc_offset(clang_getRangeEnd(range));
    cc_presumed(u, clang_getRangeStart(range), &n->file, &n->line, &n->col);
    n->type = n->conv = clang_getCursorType(c);
    return n;
}

static int by_begin(gconstpointer a, gconstpointer b)
{
    const Node *x = *(Node *const *)a, *y = *(Node *const *)b;
    return x->begin < y->begin ? -1 : x->begin > y->begin;
}

/* Keeps the kids that lie inside the parent one after the other. */
void cc_set_kids(Unit *u, Node *n, GPtrArray *kids)
{
    g_ptr_array_sort(kids, by_begin);
    n->kid = g_new0(Node *, kids->len + 1);
    g_ptr_array_add(u->program->garbage, n->kid);
    guint at = n->begin;
    for (guint i = 0; i < kids->len; i++) {
        Node *k = kids->pdata[i];
        if (k->begin < at && k->end <= at)
            continue; /* libclang shows some operands twice */
        if (k->begin < at || k->end > n->end) {
            cc_error_at(u->program, k, "-Wpreaches-parse",
                        "the parts of this construct cannot be told apart");
            continue;
        }
        n->kid[n->n_kids++] = k;
        at = k->end;
    }
    g_ptr_array_unref(kids);
}

/* ---- declarations ---- */

static DeclKind decl_kind(CXCursor c, Func *f)
{
    switch (clang_getCursorKind(c)) {
    case CXCursor_FunctionDecl: return D_FUNC;
    case CXCursor_ParmDecl: return D_PARAM;
    case CXCursor_VarDecl: break;
    default: return D_OTHER;
    }
    enum CX_StorageClass storage = clang_Cursor_getStorageClass(c);
    if (!f || storage == CX_SC_Extern)
        return D_GLOBAL;
    return storage == CX_SC_Static ? D_STATIC_LOCAL : D_LOCAL;
}

static gboolean is_const_object(CXType t)
{
    for (;;) {
        if (clang_isConstQualifiedType(t))
            return TRUE;
        t = clang_getCanonicalType(t);
        if (clang_isConstQualifiedType(t))
            return TRUE;
        if (t.kind != CXType_ConstantArray && t.kind != CXType_IncompleteArray)
            return FALSE;
        t = clang_getArrayElementType(t);
    }
}

Decl *cc_decl_of(Unit *u, Func *f, CXCursor c)
{
    CXCursor canonical = clang_getCanonicalCursor(c);
    Decl *d = g_hash_table_lookup(u->decls, &canonical);
    if (d)
        return d;
    d = g_new0(Decl, 1);
    d->kind = decl_kind(c, f);
    d->cursor = canonical;
    d->name = cc_take_string(clang_getCursorSpelling(c));
    d->cname = g_strdup(d->name);
    d->type = clang_getCursorType(c);
    d->unit = u;
    d->func = d->kind == D_FUNC ? NULL : f;
    CXSourceLocation loc = clang_getCursorLocation(c);
    cc_presumed(u, loc, &d->file, &d->line, &d->col);
    d->name_at = cc_offset(loc);
    d->is_system = clang_Location_isInSystemHeader(loc) != 0;
    enum CX_StorageClass storage = clang_Cursor_getStorageClass(c);
    d->is_static = storage == CX_SC_Static;
    d->is_extern = storage == CX_SC_Extern;
    d->is_const = is_const_object(d->type);
    d->track = d->local = -1;
    g_ptr_array_add(u->all_decls, d);
    g_hash_table_insert(u->decls, &d->cursor, d);
    return d;
}

/* ---- expressions ---- */

static NodeKind operator_kind(CXCursor c, Node *n)
{
    enum CXCursorKind kind = clang_getCursorKind(c);
    if (kind == CXCursor_UnaryOperator) {
        enum CXUnaryOperatorKind op = clang_getCursorUnaryOperatorKind(c);
        n->stores = op >= CXUnaryOperator_PostInc && op <= CXUnaryOperator_PreDec;
        return op == CXUnaryOperator_AddrOf ? N_ADDRESS : N_OPERATOR;
    }
    n->op = (guint)clang_getCursorBinaryOperatorKind(c);
    if (kind == CXCursor_CompoundAssignOperator) {
        n->stores = TRUE;
        return N_OPERATOR;
    }
    switch (n->op) {
    case CXBinaryOperator_Assign: return N_ASSIGN;
    case CXBinaryOperator_LAnd: return N_LOGICAL_AND;
    case CXBinaryOperator_LOr: return N_LOGICAL_OR;
    case CXBinaryOperator_Comma: return N_COMMA;
    default: return N_OPERATOR;
    }
}

static gboolean starts_with_word(const Unit *u, guint at, const char *word)
{
    return strncmp(u->text + at, word, strlen(word)) == 0;
}

static NodeKind expr_kind(const Unit *u, CXCursor c, Node *n)
{
    switch (clang_getCursorKind(c)) {
    case CXCursor_DeclRefExpr: return N_REF;
    case CXCursor_CallExpr: return N_CALL;
    case CXCursor_MemberRefExpr: return N_MEMBER;
    case CXCursor_ParenExpr: return N_PAREN;
    case CXCursor_StringLiteral: return N_STRING;
    case CXCursor_InitListExpr: return N_INITLIST;
    case CXCursor_CompoundLiteralExpr: return N_COMPOUND_LITERAL;
    case CXCursor_UnaryExpr: return N_SIZEOF;
    case CXCursor_StmtExpr: return N_STMTEXPR;
    case CXCursor_AddrLabelExpr: return N_LABEL_ADDRESS;
    case CXCursor_CStyleCastExpr: return N_CAST;
    case CXCursor_ConditionalOperator: return N_COND;
    case CXCursor_ArraySubscriptExpr:
    case CXCursor_IntegerLiteral:
    case CXCursor_FloatingLiteral:
    case CXCursor_CharacterLiteral: return N_OPERATOR;
    case CXCursor_UnaryOperator:
    case CXCursor_BinaryOperator:
    case CXCursor_CompoundAssignOperator: return operator_kind(c, n);
    case CXCursor_UnexposedExpr:
        if (starts_with_word(u, n->begin, "__func__") ||
            starts_with_word(u, n->begin, "__FUNCTION__") ||
            starts_with_word(u, n->begin, "__PRETTY_FUNCTION__"))
            return N_FUNCNAME;
        if (u->text[n->begin] == '.' || u->text[n->begin] == '[')
            return N_DESIGNATED;
        return N_OTHER;
    default: return N_OTHER;
    }
}

gboolean cc_is_node(CXCursor c)
{
    enum CXCursorKind kind = clang_getCursorKind(c);
    return clang_isExpression(kind) || clang_isStatement(kind);
}

/* libclang shows some operands twice: a of `a ?: b`, sizes of arrays. */
static gboolean seen_before(const GArray *list, guint i)
{
    CXSourceRange range = clang_getCursorExtent(g_array_index(list, CXCursor, i));
    for (guint k = 0; k < i; k++)
        if (clang_equalRanges(range, clang_getCursorExtent(g_array_index(list, CXCursor, k))))
            return TRUE;
    return FALSE;
}

/* Types with a variable or type expression inside hold nodes the declarator's text needs. */
GPtrArray *cc_expr_kids(Unit *u, Func *f, CXCursor c)
{
    GArray *list = cc_children(c);
    GPtrArray *kids = g_ptr_array_new();
    for (guint i = 0; i < list->len; i++) {
        CXCursor k = g_array_index(list, CXCursor, i);
        if (cc_is_node(k) && clang_getCursorKind(k) != CXCursor_MemberRef &&
            clang_getCursorKind(k) != CXCursor_TypeRef && !seen_before(list, i))
            g_ptr_array_add(kids, cc_convert(u, f, k));
    }
    g_array_unref(list);
    return kids;
}

/* A node whose operands are not all known keeps no kind that later passes look into. */
static void check_operands(Node *n, guint given, int arguments)
{
    gboolean whole = TRUE;
    switch (n->kind) {
    case N_OPERATOR: whole = n->n_kids == given; break;
    case N_LOGICAL_AND:
    case N_LOGICAL_OR:
    case N_COMMA:
    case N_ASSIGN: whole = n->n_kids == 2; break;
    case N_COND: whole = n->n_kids == 3; break;
    case N_ELVIS: whole = n->n_kids == 2; break;
    case N_PAREN:
    case N_ADDRESS:
    case N_CAST:
    case N_STMTEXPR: whole = n->n_kids == 1; break;
    case N_CALL: whole = arguments >= 0 && n->n_kids == (guint)arguments + 1; break;
    default: break;
    }
    if (!whole)
        n->kind = N_OTHER;
}

char *cc_label_after(Unit *u, guint at)
{
    at = cc_skip_blank(u, at);
    guint end = at;
    while (isalnum((unsigned char)u->text[end]) || u->text[end] == '_' || u->text[end] == '$')
        end++;
    return cc_keep(u->program, g_strndup(u->text + at, end - at));
}

/* `skip`: length of what stands in front of the label's name. */
void cc_set_label(Unit *u, Node *n, CXCursor c, guint skip)
{
    n->label = cc_label_after(u, n->begin + skip);
    n->label_at = n->begin;
    GArray *list = cc_children(c);
    for (guint i = 0; i < list->len; i++) {
        CXCursor k = g_array_index(list, CXCursor, i);
        if (clang_getCursorKind(k) == CXCursor_LabelRef)
            n->label_at = cc_offset(clang_getRangeStart(
                clang_getCursorExtent(clang_getCursorReferenced(k))));
    }
    g_array_unref(list);
}

/* a ?: b, which libclang does not name */
static gboolean is_elvis(const Unit *u, const GPtrArray *kids)
{
    if (kids->len != 2)
        return FALSE;
    const Node *a = kids->pdata[0];
    guint at = cc_skip_blank(u, a->end);
    return u->text[at] == '?' && u->text[cc_skip_blank(u, at + 1)] == ':';
}

static Decl *referenced(Unit *u, Func *f, CXCursor c)
{
    CXCursor to = clang_getCursorReferenced(c);
    enum CXCursorKind kind = clang_getCursorKind(to);
    if (kind != CXCursor_VarDecl && kind != CXCursor_ParmDecl && kind != CXCursor_FunctionDecl)
        return NULL;
    gboolean local = kind == CXCursor_VarDecl &&
        clang_Cursor_getStorageClass(to) != CX_SC_Extern &&
        clang_getCursorKind(clang_getCursorSemanticParent(to)) == CXCursor_FunctionDecl;
    return cc_decl_of(u, local || kind == CXCursor_ParmDecl ? f : NULL, to);
}

static gboolean names_variable(const Node *n)
{
    gboolean names = n->kind == N_REF && n->decl;
    for (guint i = 0; i < n->n_kids && !names; i++)
        names = names_variable(n->kid[i]);
    return names;
}

/* sizeof evaluates what has a size that is known at run time only; sizeof(type) shows nothing else. */
static gboolean is_evaluated(const Unit *u, const Node *n)
{
    guint at = n->begin;
    while (g_ascii_isalnum(u->text[at]) || u->text[at] == '_')
        at++;
    if (n->n_kids != 1 || n->kid[0]->begin != cc_skip_blank(u, at))
        return n->n_kids != 0;
    return clang_getCanonicalType(n->kid[0]->type).kind == CXType_VariableArray;
}

Node *cc_convert_expr(Unit *u, Func *f, CXCursor c)
{
    Node *n = cc_new_node(u, N_OTHER, c);
    n->kind = expr_kind(u, c, n);
    if (n->kind == N_FUNCNAME || n->kind == N_STRING)
        return n;
    if (n->kind == N_LABEL_ADDRESS) {
        cc_set_label(u, n, c, 2);
        return n;
    }
    if (n->kind == N_REF) {
        n->decl = referenced(u, f, c);
        return n;
    }
    guint n_calls = f ? f->calls->len : 0;
    GPtrArray *kids = cc_expr_kids(u, f, c);
    if (n->kind == N_SIZEOF && f) /* its operand is not evaluated */
        g_ptr_array_set_size(f->calls, (gint)n_calls);
    if (n->kind == N_OTHER && kids->len == 1 &&
        clang_getCursorKind(c) == CXCursor_UnexposedExpr) {
        Node *k = kids->pdata[0];
        if (k->begin == n->begin && k->end == n->end) { /* an implicit conversion */
            k->conv = n->type;
            g_ptr_array_unref(kids);
            return k;
        }
    }
    if (n->kind == N_CAST) /* bounds in the type come first: T (*)[2] */
        while (kids->len > 1 && !names_variable(kids->pdata[0]))
            g_ptr_array_remove_index(kids, 0);
    if (n->kind == N_OTHER && is_elvis(u, kids))
        n->kind = N_ELVIS;
    guint given = kids->len;
    cc_set_kids(u, n, kids);
    check_operands(n, given, clang_Cursor_getNumArguments(c));
    n->evaluated = n->kind == N_SIZEOF && is_evaluated(u, n);
    if (n->kind == N_CALL && f)
        g_ptr_array_add(f->calls, n);
    if (n->kind != N_CALL && clang_getCursorKind(c) == CXCursor_CallExpr)
        cc_error_at(u->program, n, "-Wpreaches-parse", "call of a form that is not supported");
    return n;
}
