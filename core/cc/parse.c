/* libclang's cursors -> Nodes. See README.md for the traps of libclang's C API. */
#include "ast.h"
#include "types.h"
#include <ctype.h>
#include <string.h>

/* gcc's preprocessed headers use these as keywords; clang does not know them. */
static const char prefix_text[] =
    "typedef float _Float32; typedef double _Float64; typedef double _Float32x; "
    "typedef long double _Float64x; typedef long double _Float128;\n";

/* Architectures that clang lacks are parsed as one with the same data model: sizes only matter in
 * constant expressions, layouts come from the real compilers. */
static const struct { const char *arch, *triple; } stand_ins[] = {
    { "hppa", "mips-linux-gnu" }, { "alpha", "aarch64-linux-gnu" },
};

static Node *convert(Unit *u, Func *f, CXCursor c);

static guint cursor_hash(gconstpointer key)
{
    return clang_hashCursor(*(const CXCursor *)key);
}

static gboolean cursor_equal(gconstpointer a, gconstpointer b)
{
    return clang_equalCursors(*(const CXCursor *)a, *(const CXCursor *)b) != 0;
}

static char *take_string(CXString s)
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

static void presumed(Unit *u, CXSourceLocation loc, const char **file, guint *line, guint *col)
{
    CXString name;
    clang_getPresumedLocation(loc, &name, line, col);
    const char *text = clang_getCString(name);
    *file = intern_file(u->program, text && *text ? text : u->name);
    clang_disposeString(name);
}

static guint offset_of(CXSourceLocation loc)
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

static GArray *children(CXCursor c)
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

static Node *new_node(Unit *u, NodeKind kind, CXCursor c)
{
    Node *n = g_new0(Node, 1);
    g_ptr_array_add(u->program->garbage, n);
    CXSourceRange range = clang_getCursorExtent(c);
    n->kind = kind;
    n->cursor = c;
    n->begin = offset_of(clang_getRangeStart(range));
    n->end = offset_of(clang_getRangeEnd(range));
    presumed(u, clang_getRangeStart(range), &n->file, &n->line, &n->col);
    n->type = n->conv = clang_getCursorType(c);
    return n;
}

static int by_begin(gconstpointer a, gconstpointer b)
{
    const Node *x = *(Node *const *)a, *y = *(Node *const *)b;
    return x->begin < y->begin ? -1 : x->begin > y->begin;
}

/* Keeps the kids that lie inside the parent one after the other. */
static void set_kids(Unit *u, Node *n, GPtrArray *kids)
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

static Decl *decl_of(Unit *u, Func *f, CXCursor c)
{
    CXCursor canonical = clang_getCanonicalCursor(c);
    Decl *d = g_hash_table_lookup(u->decls, &canonical);
    if (d)
        return d;
    d = g_new0(Decl, 1);
    d->kind = decl_kind(c, f);
    d->cursor = canonical;
    d->name = take_string(clang_getCursorSpelling(c));
    d->cname = g_strdup(d->name);
    d->type = clang_getCursorType(c);
    d->unit = u;
    d->func = d->kind == D_FUNC ? NULL : f;
    CXSourceLocation loc = clang_getCursorLocation(c);
    presumed(u, loc, &d->file, &d->line, &d->col);
    d->name_at = offset_of(loc);
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

/* Types with a variable or type expression inside hold nodes the declarator's text needs. */
static GPtrArray *expr_kids(Unit *u, Func *f, CXCursor c)
{
    GArray *list = children(c);
    GPtrArray *kids = g_ptr_array_new();
    for (guint i = 0; i < list->len; i++) {
        CXCursor k = g_array_index(list, CXCursor, i);
        if (is_node(k) && clang_getCursorKind(k) != CXCursor_MemberRef &&
            clang_getCursorKind(k) != CXCursor_TypeRef)
            g_ptr_array_add(kids, convert(u, f, k));
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

static Decl *referenced(Unit *u, Func *f, CXCursor c)
{
    CXCursor to = clang_getCursorReferenced(c);
    enum CXCursorKind kind = clang_getCursorKind(to);
    if (kind != CXCursor_VarDecl && kind != CXCursor_ParmDecl && kind != CXCursor_FunctionDecl)
        return NULL;
    gboolean local = kind == CXCursor_VarDecl &&
        clang_Cursor_getStorageClass(to) != CX_SC_Extern &&
        clang_getCursorKind(clang_getCursorSemanticParent(to)) == CXCursor_FunctionDecl;
    return decl_of(u, local || kind == CXCursor_ParmDecl ? f : NULL, to);
}

static Node *convert_expr(Unit *u, Func *f, CXCursor c)
{
    Node *n = new_node(u, N_OTHER, c);
    n->kind = expr_kind(u, c, n);
    if (n->kind == N_FUNCNAME || n->kind == N_STRING)
        return n;
    if (n->kind == N_REF) {
        n->decl = referenced(u, f, c);
        return n;
    }
    guint n_calls = f ? f->calls->len : 0;
    GPtrArray *kids = expr_kids(u, f, c);
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
    guint given = kids->len;
    set_kids(u, n, kids);
    check_operands(n, given, clang_Cursor_getNumArguments(c));
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
    Node *n = convert(u, f, c);
    if (n->kind <= N_LAST_STMT)
        return n;
    Node *s = new_node(u, N_EXPRSTMT, c);
    end_at_semicolon(u, s);
    GPtrArray *kids = g_ptr_array_new();
    g_ptr_array_add(kids, n);
    set_kids(u, s, kids);
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
    Node *n = new_node(u, N_DECL, c);
    GArray *list = children(c);
    GPtrArray *kids = g_ptr_array_new();
    for (guint i = 0; i < list->len; i++) {
        CXCursor k = g_array_index(list, CXCursor, i);
        enum CXCursorKind kind = clang_getCursorKind(k);
        if (kind == CXCursor_StructDecl || kind == CXCursor_UnionDecl ||
            kind == CXCursor_EnumDecl) {
            CXSourceRange range = clang_getCursorExtent(k);
            n->tag_begin = offset_of(clang_getRangeStart(range));
            n->tag_end = offset_of(clang_getRangeEnd(range));
        }
        if (kind != CXCursor_VarDecl)
            continue;
        Node *v = new_node(u, N_VAR, k);
        v->decl = decl_of(u, f, k);
        v->decl->defined = TRUE;
        v->begin = v->decl->name_at;
        if (v->decl->kind == D_LOCAL)
            g_ptr_array_add(f->locals, v->decl);
        GPtrArray *inner = expr_kids(u, f, k);
        CXCursor init = clang_Cursor_getVarDeclInitializer(k);
        set_kids(u, v, inner);
        if (!clang_Cursor_isNull(init) && v->n_kids > 0)
            v->init = v->decl->init = v->kid[v->n_kids - 1];
        g_ptr_array_add(kids, v);
    }
    g_array_unref(list);
    set_kids(u, n, kids);
    find_static_locals(u, f, n);
    return n;
}

static Node *convert_for(Unit *u, Func *f, CXCursor c)
{
    Node *n = new_node(u, N_FOR, c);
    guint marks[3] = { 0, 0, 0 };
    for_marks(u, n->begin, marks);
    GArray *list = children(c);
    GPtrArray *kids = g_ptr_array_new();
    for (guint i = 0; i < list->len; i++) {
        CXCursor child = g_array_index(list, CXCursor, i);
        guint at = offset_of(clang_getRangeStart(clang_getCursorExtent(child)));
        Node *k = at > marks[2] ? convert_stmt(u, f, child) : convert(u, f, child);
        *(at < marks[0] ? &n->init : at < marks[1] ? &n->cond : at < marks[2] ? &n->inc
                                                                               : &n->body) = k;
        g_ptr_array_add(kids, k);
    }
    g_array_unref(list);
    if (n->body)
        n->end = n->body->end;
    set_kids(u, n, kids);
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
    Node *n = new_node(u, kind, c);
    GArray *all = children(c);
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
                                                                : convert(u, f, k));
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
    set_kids(u, n, kids);
    return n;
}

static char *label_after(Unit *u, guint at)
{
    at = skip_blank(u, at);
    guint end = at;
    while (isalnum((unsigned char)u->text[end]) || u->text[end] == '_' || u->text[end] == '$')
        end++;
    return cc_keep(u->program, g_strndup(u->text + at, end - at));
}

static Node *convert_label(Unit *u, Func *f, CXCursor c)
{
    Node *n = convert_plain(u, f, c, N_LABEL);
    n->label = label_after(u, n->begin);
    return n;
}

static Node *convert_goto(Unit *u, Func *f, CXCursor c)
{
    Node *n = convert_plain(u, f, c, N_GOTO);
    n->label = label_after(u, n->begin + 4);
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

static Node *convert(Unit *u, Func *f, CXCursor c)
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

/* ---- file scope ---- */

static void convert_function(Unit *u, CXCursor c)
{
    Decl *d = decl_of(u, NULL, c);
    Func *f = g_new0(Func, 1);
    f->decl = d;
    f->unit = u;
    f->params = g_ptr_array_new();
    f->locals = g_ptr_array_new();
    f->statics = g_ptr_array_new();
    f->calls = g_ptr_array_new();
    f->callees = g_ptr_array_new();
    f->literals = g_ptr_array_new();
    f->tracked = g_ptr_array_new();
    CXSourceRange range = clang_getCursorExtent(c);
    f->begin = offset_of(clang_getRangeStart(range));
    f->end = offset_of(clang_getRangeEnd(range));
    f->is_variadic = clang_Cursor_isVariadic(c) != 0;
    f->is_main = strcmp(d->name, "main") == 0;
    d->func = f;
    d->defined = TRUE;
    d->type = clang_getCursorType(c);
    presumed(u, clang_getCursorLocation(c), &d->file, &d->line, &d->col);
    d->name_at = offset_of(clang_getCursorLocation(c));
    for (int i = 0; i < clang_Cursor_getNumArguments(c); i++)
        g_ptr_array_add(f->params, decl_of(u, f, clang_Cursor_getArgument(c, (unsigned)i)));
    GArray *list = children(c);
    for (guint i = 0; i < list->len; i++)
        if (clang_getCursorKind(g_array_index(list, CXCursor, i)) == CXCursor_CompoundStmt)
            f->body = convert(u, f, g_array_index(list, CXCursor, i));
    g_array_unref(list);
    g_ptr_array_add(u->funcs, f);
}

static void convert_variable(Unit *u, CXCursor c)
{
    Decl *d = decl_of(u, NULL, c);
    CXCursor init = clang_Cursor_getVarDeclInitializer(c);
    enum CX_StorageClass storage = clang_Cursor_getStorageClass(c);
    if (clang_Cursor_isNull(init) && storage == CX_SC_Extern)
        return;
    if (!d->defined)
        g_ptr_array_add(u->vars, d);
    d->defined = TRUE;
    d->is_static = clang_getCursorLinkage(c) == CXLinkage_Internal;
    CXType type = clang_getCursorType(c);
    if (clang_getCanonicalType(type).kind != CXType_IncompleteArray)
        d->type = type;
    if (!clang_Cursor_isNull(init)) {
        GPtrArray *kids = expr_kids(u, NULL, c);
        Node *holder = new_node(u, N_VAR, c);
        holder->begin = offset_of(clang_getCursorLocation(c));
        holder->decl = d;
        set_kids(u, holder, kids);
        if (holder->n_kids) {
            holder->init = d->init = holder->kid[holder->n_kids - 1];
            g_ptr_array_add(u->top_inits, holder);
        }
    }
}

static void convert_unit(Unit *u)
{
    GArray *list = children(clang_getTranslationUnitCursor(u->tu));
    for (guint i = 0; i < list->len; i++) {
        CXCursor c = g_array_index(list, CXCursor, i);
        if (clang_Location_isInSystemHeader(clang_getCursorLocation(c)))
            continue;
        if (clang_getCursorKind(c) == CXCursor_VarDecl)
            convert_variable(u, c);
        else if (clang_getCursorKind(c) == CXCursor_FunctionDecl) {
            Decl *d = decl_of(u, NULL, c);
            if (clang_isCursorDefinition(c) && strcmp(d->name, "preaches_poll_here") != 0)
                convert_function(u, c);
        }
    }
    g_array_unref(list);
}

/* Errors of clang in system headers are differences between compilers and harmless; in the user's
 * files they are reported. */
static void report_clang(Unit *u)
{
    for (unsigned i = 0; i < clang_getNumDiagnostics(u->tu); i++) {
        CXDiagnostic diag = clang_getDiagnostic(u->tu, i);
        CXSourceLocation loc = clang_getDiagnosticLocation(diag);
        if (clang_getDiagnosticSeverity(diag) >= CXDiagnostic_Error &&
            !clang_Location_isInSystemHeader(loc)) {
            const char *file;
            guint line, col;
            char *text = take_string(clang_getDiagnosticSpelling(diag));
            presumed(u, loc, &file, &line, &col);
            cc_error(u->program, file, line, col, "-Wpreaches-parse", "%s", text);
            g_free(text);
        }
        clang_disposeDiagnostic(diag);
    }
}

static void unit_parse(Unit *u, const PrArch *arch)
{
    const char *triple = arch->triple;
    for (guint i = 0; i < G_N_ELEMENTS(stand_ins); i++)
        if (strcmp(stand_ins[i].arch, arch->name) == 0)
            triple = stand_ins[i].triple;
    g_autofree char *target = g_strconcat("--target=", triple, NULL);
    const char *args[] = { target, "-std=gnu11", "-fsigned-char", "-w", "-ferror-limit=0",
                           "-x", "cpp-output", "-fno-spell-checking",
                           "-Wno-incompatible-function-pointer-types", "-Wno-int-conversion" };
    g_autofree char *path = g_strdup_printf("preaches-unit-%u.i", u->index);
    struct CXUnsavedFile file = { path, u->text, u->bytes };
    enum CXErrorCode code = clang_parseTranslationUnit2(u->program->index, path, args,
        G_N_ELEMENTS(args), &file, 1, CXTranslationUnit_None, &u->tu);
    if (code != CXError_Success) {
        u->tu = NULL;
        cc_error(u->program, u->name, 0, 0, "-Wpreaches-parse", "libclang cannot read this text");
        return;
    }
    report_clang(u);
    convert_unit(u);
}

static Unit *unit_new(Program *p, guint index, const CcSource *source)
{
    Unit *u = g_new0(Unit, 1);
    u->program = p;
    u->index = index;
    u->name = g_strdup(source->name);
    u->prefix = sizeof prefix_text - 1;
    u->bytes = u->prefix + (guint)source->bytes;
    u->text = g_malloc(u->bytes + 1);
    memcpy(u->text, prefix_text, u->prefix);
    memcpy(u->text + u->prefix, source->text, source->bytes);
    u->text[u->bytes] = 0;
    u->decls = g_hash_table_new(cursor_hash, cursor_equal);
    u->all_decls = g_ptr_array_new();
    u->vars = g_ptr_array_new();
    u->static_locals = g_ptr_array_new();
    u->funcs = g_ptr_array_new();
    u->top_inits = g_ptr_array_new();
    u->strings = g_array_new(FALSE, TRUE, sizeof(StringLit));
    u->externals = g_ptr_array_new();
    return u;
}

gboolean cc_parse(Program *p, const CcSource *sources, guint n)
{
    p->units = g_new0(Unit *, n + 1);
    for (guint i = 0; i < n; i++) {
        p->units[i] = unit_new(p, i, &sources[i]);
        p->n_units = i + 1;
        unit_parse(p->units[i], p->arch);
    }
    return p->diag->n_errors == 0;
}

static void func_free(Func *f)
{
    g_ptr_array_unref(f->params);
    g_ptr_array_unref(f->locals);
    g_ptr_array_unref(f->statics);
    g_ptr_array_unref(f->calls);
    g_ptr_array_unref(f->callees);
    g_ptr_array_unref(f->literals);
    g_ptr_array_unref(f->tracked);
    g_free(f->shape);
    g_free(f);
}

void cc_unit_free(Unit *u)
{
    for (guint i = 0; i < u->funcs->len; i++)
        func_free(u->funcs->pdata[i]);
    for (guint i = 0; i < u->all_decls->len; i++) {
        Decl *d = u->all_decls->pdata[i];
        g_free(d->name);
        g_free(d->cname);
        g_free(d);
    }
    g_hash_table_unref(u->decls);
    g_ptr_array_unref(u->all_decls);
    g_ptr_array_unref(u->vars);
    g_ptr_array_unref(u->static_locals);
    g_ptr_array_unref(u->funcs);
    g_ptr_array_unref(u->top_inits);
    g_ptr_array_unref(u->externals);
    g_array_unref(u->strings);
    if (u->tu)
        clang_disposeTranslationUnit(u->tu);
    g_free(u->name);
    g_free(u->text);
    g_free(u);
}
