/* libclang's cursors -> Nodes: statements. See README.md for the traps of libclang's C API. */
#include "parse.h"

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
            at = cc_skip_blank(u, at);
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

static void end_at_semicolon(const Unit *u, Node *n)
{
    guint at = cc_skip_blank(u, n->end);
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
        v->decl->defined |= clang_Cursor_getStorageClass(k) != CX_SC_Extern;
        v->begin = cc_offset(clang_getCursorLocation(k)); /* of this declaration, where several functions have one */
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

/* "0": decided by the text, so the same on all architectures. */
static gboolean is_zero(const Unit *u, const Node *n)
{
    return n->end == n->begin + 1 && u->text[n->begin] == '0';
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
        if (cc_is_node(g_array_index(all, CXCursor, i)) &&
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
    n->once = kind == N_DO && is_zero(u, n->cond);
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
    n->label = cc_label_after(u, n->begin);
    n->label_at = n->begin;
    return n;
}

static Node *convert_goto(Unit *u, Func *f, CXCursor c)
{
    Node *n = convert_plain(u, f, c, N_GOTO);
    cc_set_label(u, n, c, 4);
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
    default: return cc_convert_expr(u, f, c);
    }
}
