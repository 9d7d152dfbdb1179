/* libclang's cursors -> Nodes: declarations, expressions, statements. See README.md for the traps of
 * libclang's C API. */
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
static guint skip_blank(const Unit *u, guint at)
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

/* End of a string or character literal that begins at `at`. */
static guint skip_literal(const Unit *u, guint at)
{
    char quote = u->text[at++];
    while (at < u->bytes && u->text[at] != quote)
        at += u->text[at] == '\\' ? 2 : 1;
    return at + 1;
}

/* Offsets of the '(' , the two ';' and the ')' of a for statement. */
static void for_marks(const Unit *u, guint at, guint marks[3])
{
    guint depth = 0, n = 0;
    while (at < u->bytes && n < 3) {
        char ch = u->text[at];
        if (ch == '"' || ch == '\'') {
            at = skip_literal(u, at);
            continue;
        }
        if (ch == '#') {
            at = skip_blank(u, at);
            continue;
        }
        if (ch == '(' || ch == '{' || ch == '[')
            depth++;
        else if (ch == ')' || ch == '}' || ch == ']') {
            if (--depth == 0)
                marks[n++] = at;
        } else if (ch == ';' && depth == 1)
            marks[n++] = at;
        at++;
    }
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

static gboolean is_node(CXCursor c)
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
        if (is_node(k) && clang_getCursorKind(k) != CXCursor_MemberRef &&
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

static char *label_after(Unit *u, guint at)
{
    at = skip_blank(u, at);
    guint end = at;
    while (isalnum((unsigned char)u->text[end]) || u->text[end] == '_' || u->text[end] == '$')
        end++;
    return cc_keep(u->program, g_strndup(u->text + at, end - at));
}

/* `skip`: length of what stands in front of the label's name. */
static void set_label(Unit *u, Node *n, CXCursor c, guint skip)
{
    n->label = label_after(u, n->begin + skip);
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
    guint at = skip_blank(u, a->end);
    return u->text[at] == '?' && u->text[skip_blank(u, at + 1)] == ':';
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
    if (n->n_kids != 1 || n->kid[0]->begin != skip_blank(u, at))
        return n->n_kids != 0;
    return clang_getCanonicalType(n->kid[0]->type).kind == CXType_VariableArray;
}

static Node *convert_expr(Unit *u, Func *f, CXCursor c)
{
    Node *n = cc_new_node(u, N_OTHER, c);
    n->kind = expr_kind(u, c, n);
    if (n->kind == N_FUNCNAME || n->kind == N_STRING)
        return n;
    if (n->kind == N_LABEL_ADDRESS) {
        set_label(u, n, c, 2);
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

/* ---- statements ---- */

static void end_at_semicolon(const Unit *u, Node *n)
{
    guint at = skip_blank(u, n->end);
    if (at < u->bytes && u->text[at] == ';')
        n->end = at + 1;
}

/* A statement's child in statement position. */
static Node *convert_stmt(Unit *u, Func *f, CXCursor c)
{
    Node *n = cc_convert(u, f, c);
    if (n->kind <= N_LAST_STMT)
        return n;
    Node *s = cc_new_node(u, N_EXPRSTMT, c);
    end_at_semicolon(u, s);
    GPtrArray *kids = g_ptr_array_new();
    g_ptr_array_add(kids, n);
    cc_set_kids(u, s, kids);
    s->cond = n;
    return s;
}

static void find_static_locals(Unit *u, Func *f, Node *n)
{
    for (guint i = 0; i < n->n_kids; i++)
        if (n->kid[i]->kind == N_VAR && n->kid[i]->decl->kind == D_STATIC_LOCAL) {
            g_ptr_array_add(f->statics, n);
            for (guint k = 0; k < n->n_kids; k++)
                if (n->kid[k]->kind == N_VAR)
                    g_ptr_array_add(u->static_locals, n->kid[k]->decl);
            return;
        }
}

/* Declarators of one declaration share its specifiers, so their extents overlap: a declarator is
 * taken from its name to its own end. */
static Node *convert_decl(Unit *u, Func *f, CXCursor c)
{
    Node *n = cc_new_node(u, N_DECL, c);
    GArray *list = cc_children(c);
    GPtrArray *kids = g_ptr_array_new();
    for (guint i = 0; i < list->len; i++) {
        CXCursor k = g_array_index(list, CXCursor, i);
        enum CXCursorKind kind = clang_getCursorKind(k);
        if (kind == CXCursor_StructDecl || kind == CXCursor_UnionDecl ||
            kind == CXCursor_EnumDecl) {
            CXSourceRange range = clang_getCursorExtent(k);
            n->tag_begin = cc_offset(clang_getRangeStart(range));
            n->tag_end = cc_offset(clang_getRangeEnd(range));
        }
        if (kind != CXCursor_VarDecl)
            continue;
        Node *v = cc_new_node(u, N_VAR, k);
        v->decl = cc_decl_of(u, f, k);
        v->decl->defined = TRUE;
        v->begin = v->decl->name_at;
        if (v->decl->kind == D_LOCAL)
            g_ptr_array_add(f->locals, v->decl);
        GPtrArray *inner = cc_expr_kids(u, f, k);
        CXCursor init = clang_Cursor_getVarDeclInitializer(k);
        cc_set_kids(u, v, inner);
        if (!clang_Cursor_isNull(init) && v->n_kids > 0)
            v->init = v->decl->init = v->kid[v->n_kids - 1];
        g_ptr_array_add(kids, v);
    }
    g_array_unref(list);
    cc_set_kids(u, n, kids);
    find_static_locals(u, f, n);
    return n;
}

static Node *convert_for(Unit *u, Func *f, CXCursor c)
{
    Node *n = cc_new_node(u, N_FOR, c);
    guint marks[3] = { 0, 0, 0 };
    for_marks(u, n->begin, marks);
    GArray *list = cc_children(c);
    GPtrArray *kids = g_ptr_array_new();
    for (guint i = 0; i < list->len; i++) {
        CXCursor child = g_array_index(list, CXCursor, i);
        guint at = cc_offset(clang_getRangeStart(clang_getCursorExtent(child)));
        Node *k = at > marks[2] ? convert_stmt(u, f, child) : cc_convert(u, f, child);
        *(at < marks[0] ? &n->init : at < marks[1] ? &n->cond : at < marks[2] ? &n->inc
                                                                               : &n->body) = k;
        g_ptr_array_add(kids, k);
    }
    g_array_unref(list);
    if (n->body)
        n->end = n->body->end;
    cc_set_kids(u, n, kids);
    return n;
}

/* The roles of a statement's children, in libclang's order. */
static void set_roles(Node *n, GPtrArray *kids)
{
    Node **k = (Node **)kids->pdata;
    guint len = kids->len;
    switch (n->kind) {
    case N_IF:
        n->cond = k[0];
        n->body = k[1];
        n->other = len > 2 ? k[2] : NULL;
        break;
    case N_WHILE:
    case N_SWITCH:
        n->cond = k[0];
        n->body = k[len - 1];
        break;
    case N_DO:
        n->body = k[0];
        n->cond = k[len - 1];
        break;
    case N_CASE:
    case N_DEFAULT:
    case N_LABEL:
        n->body = k[len - 1];
        break;
    case N_RETURN:
    case N_COMPUTED_GOTO:
        n->cond = len ? k[0] : NULL;
        break;
    default:
        break;
    }
}

static gboolean is_stmt_child(NodeKind parent, guint i, guint n)
{
    switch (parent) {
    case N_COMPOUND: return TRUE;
    case N_IF: return i >= 1;
    case N_WHILE:
    case N_SWITCH: return i == n - 1;
    case N_DO: return i == 0;
    case N_CASE:
    case N_DEFAULT:
    case N_LABEL: return i == n - 1;
    default: return FALSE;
    }
}

static Node *convert_plain(Unit *u, Func *f, CXCursor c, NodeKind kind)
{
    Node *n = cc_new_node(u, kind, c);
    GArray *all = cc_children(c);
    GArray *list = g_array_new(FALSE, FALSE, sizeof(CXCursor));
    for (guint i = 0; i < all->len; i++)
        if (is_node(g_array_index(all, CXCursor, i)) &&
            clang_getCursorKind(g_array_index(all, CXCursor, i)) != CXCursor_LabelRef)
            g_array_append_val(list, g_array_index(all, CXCursor, i));
    g_array_unref(all);
    GPtrArray *kids = g_ptr_array_new();
    for (guint i = 0; i < list->len; i++) {
        CXCursor k = g_array_index(list, CXCursor, i);
        g_ptr_array_add(kids, is_stmt_child(kind, i, list->len) ? convert_stmt(u, f, k)
                                                                : cc_convert(u, f, k));
    }
    g_array_unref(list);
    set_roles(n, kids);
    if (kids->len && kind != N_COMPOUND) {
        Node *last = kids->pdata[kids->len - 1];
        n->end = MAX(n->end, last->end);
    }
    if (kind == N_DO || kind == N_RETURN || kind == N_GOTO || kind == N_COMPUTED_GOTO ||
        kind == N_CONTINUE || kind == N_BREAK || kind == N_ASM)
        end_at_semicolon(u, n);
    cc_set_kids(u, n, kids);
    return n;
}

static Node *convert_label(Unit *u, Func *f, CXCursor c)
{
    Node *n = convert_plain(u, f, c, N_LABEL);
    n->label = label_after(u, n->begin);
    n->label_at = n->begin;
    return n;
}

static Node *convert_goto(Unit *u, Func *f, CXCursor c)
{
    Node *n = convert_plain(u, f, c, N_GOTO);
    set_label(u, n, c, 4);
    return n;
}

static const struct { enum CXCursorKind cursor; NodeKind kind; } plain_statements[] = {
    { CXCursor_CompoundStmt, N_COMPOUND }, { CXCursor_IfStmt, N_IF },
    { CXCursor_WhileStmt, N_WHILE },       { CXCursor_DoStmt, N_DO },
    { CXCursor_SwitchStmt, N_SWITCH },     { CXCursor_CaseStmt, N_CASE },
    { CXCursor_DefaultStmt, N_DEFAULT },   { CXCursor_IndirectGotoStmt, N_COMPUTED_GOTO },
    { CXCursor_ContinueStmt, N_CONTINUE }, { CXCursor_BreakStmt, N_BREAK },
    { CXCursor_ReturnStmt, N_RETURN },     { CXCursor_NullStmt, N_NULL },
    { CXCursor_GCCAsmStmt, N_ASM },
};

Node *cc_convert(Unit *u, Func *f, CXCursor c)
{
    enum CXCursorKind kind = clang_getCursorKind(c);
    for (guint i = 0; i < G_N_ELEMENTS(plain_statements); i++)
        if (plain_statements[i].cursor == kind)
            return convert_plain(u, f, c, plain_statements[i].kind);
    switch (kind) {
    case CXCursor_ForStmt: return convert_for(u, f, c);
    case CXCursor_DeclStmt: return convert_decl(u, f, c);
    case CXCursor_LabelStmt: return convert_label(u, f, c);
    case CXCursor_GotoStmt: return convert_goto(u, f, c);
    default: return convert_expr(u, f, c);
    }
}
