/* Reaching calls out of expressions: left to right, but arguments of calls right to left (order.c), inner
 * first, into temporaries in front of the full expression. C leaves the order of a call and its
 * unsequenced neighbours open, so this is one of the orders the program allows, and the same on every
 * architecture. What C does sequence (&&, ||, ?: and the comma) becomes statements. */
#include "longs.h"
#include "types.h"

static void hoist(Lower *l, Node *n, gboolean want);

static void trim(Lower *l, guint mark)
{
    g_ptr_array_set_size(l->pending, (gint)mark);
}

static void keep(Lower *l, Node *n)
{
    if (n->temp == T_SCALAR)
        g_ptr_array_add(l->pending, n);
}

/* ---- what stands beside a call that is moved ---- */

/* A part whose value the compiler takes before it makes the call: into a temporary of its own. */
static void settle(Lower *l, Node *n)
{
    if (n->kind == N_INITLIST || n->kind == N_DESIGNATED) {
        for (guint i = n->kind == N_DESIGNATED ? n->n_kids - 1 : 0; i < n->n_kids; i++)
            settle(l, n->kid[i]);
        return;
    }
    CXType t = clang_getCanonicalType(n->type);
    gboolean effects = cc_has_effects(n), object = cc_is_aggregate(t);
    gboolean no_value = clang_getArrayElementType(t).kind != CXType_Invalid || t.kind == CXType_FunctionProto ||
        t.kind == CXType_FunctionNoProto || t.kind == CXType_Void;
    if (!(effects || (!object && cc_reads_memory(l, n))) || no_value || !cc_can_be_kept(n))
        return;
    g_autofree char *text = cc_render_aside(l, n);
    cc_declare_temp(l, n);
    cc_store_temp_open(l, n);
    g_string_append_printf(l->out, "(%s)", text);
    cc_store_temp_close(l, n);
    n->moved = n->done = TRUE;
    keep(l, n);
}

/* The object that n names is chosen now; its value is not read. */
static void settle_place(Lower *l, Node *n)
{
    switch (n->kind) {
    case N_PAREN: settle_place(l, n->kid[0]); break;
    case N_MEMBER: /* s.m or p->m */
        if (n->n_kids && clang_getCanonicalType(n->kid[0]->conv).kind == CXType_Pointer)
            settle(l, n->kid[0]);
        else if (n->n_kids)
            settle_place(l, n->kid[0]);
        break;
    case N_OPERATOR: /* a[i], *p */
        for (guint i = 0; i < n->n_kids; i++)
            if (clang_getArrayElementType(n->kid[i]->type).kind != CXType_Invalid)
                settle_place(l, n->kid[i]);
            else
                settle(l, n->kid[i]);
        break;
    default: break;
    }
}

static gboolean reaches_behind(const Node *n, guint i)
{
    while (++i < n->n_kids)
        if (n->kid[i]->reach)
            return TRUE;
    return FALSE;
}

/* `variable + call()`: gcc puts the variable behind. */
static gboolean is_put_behind(const Node *n, Node *left)
{
    Node *k = cc_strip(left);
    CXType t = clang_getCanonicalType(k->type);
    return n->kind == N_OPERATOR && k->kind == N_REF && t.kind != CXType_Pointer &&
        clang_equalTypes(clang_getUnqualifiedType(clang_getCanonicalType(k->conv)), clang_getUnqualifiedType(t)) &&
        (n->op == CXBinaryOperator_Add || n->op == CXBinaryOperator_Mul || n->op == CXBinaryOperator_And ||
         n->op == CXBinaryOperator_Or || n->op == CXBinaryOperator_Xor ||
         (n->op >= CXBinaryOperator_LT && n->op <= CXBinaryOperator_NE));
}

/* Operands, the parts of an initialiser: from left to right. */
static void hoist_kids(Lower *l, Node *n)
{
    gboolean subscript = clang_getCursorKind(n->cursor) == CXCursor_ArraySubscriptExpr;
    for (guint i = 0; i < n->n_kids; i++) {
        Node *k = n->kid[i];
        hoist(l, k, TRUE);
        if (!reaches_behind(n, i))
            continue;
        if (subscript && clang_getArrayElementType(k->type).kind != CXType_Invalid)
            settle_place(l, k);
        else if ((n->kind == N_OPERATOR || n->kind == N_INITLIST) && !is_put_behind(n, k))
            settle(l, k);
    }
}

/* The right side first, unless it is a call and nothing else: then the place is chosen before. */
static void hoist_assignment(Lower *l, Node *n)
{
    Node *to = n->kid[0], *value = n->kid[1], *call = cc_strip(value);
    gboolean plain = n->kind == N_ASSIGN && call->kind == N_CALL &&
        clang_equalTypes(clang_getCanonicalType(call->type), clang_getCanonicalType(value->conv));
    if (plain) {
        hoist(l, to, TRUE);
        if (value->reach)
            settle_place(l, to);
        hoist(l, value, TRUE);
        return;
    }
    hoist(l, value, TRUE);
    if (to->reach)
        settle(l, value);
    hoist(l, to, TRUE);
}

static gboolean reaches_before(const Node *call, guint i)
{
    while (i-- > 1)
        if (call->kid[i]->reach)
            return TRUE;
    return FALSE;
}

/* From right to left (order.c). */
static void hoist_arguments(Lower *l, Node *n)
{
    hoist(l, n->kid[0], TRUE);
    if (cc_has_effects(n->kid[0]) && reaches_behind(n, 0))
        settle(l, n->kid[0]);
    for (guint i = n->n_kids; i-- > 1;) {
        hoist(l, n->kid[i], TRUE);
        if (reaches_before(n, i))
            settle(l, n->kid[i]);
    }
}

static void assign(Lower *l, Node *to, const char *before, Node *value, const char *after)
{
    cc_store_temp_open(l, to);
    g_string_append(l->out, before);
    cc_render(l, value);
    g_string_append(l->out, after);
    cc_store_temp_close(l, to);
}

static void hoist_logical(Lower *l, Node *n, gboolean want)
{
    if (!n->kid[1]->reach) {
        hoist(l, n->kid[0], TRUE);
        return;
    }
    guint mark = l->pending->len;
    cc_declare_temp(l, n);
    hoist(l, n->kid[0], TRUE);
    assign(l, n, "!!(", n->kid[0], ")");
    trim(l, mark);
    n->kid[0]->done = TRUE;
    g_string_append(l->out, n->kind == N_LOGICAL_AND ? "if (" : "if (!");
    cc_render_temp(l, n);
    g_string_append(l->out, ") { ");
    hoist(l, n->kid[1], TRUE);
    assign(l, n, "!!(", n->kid[1], ")");
    trim(l, mark);
    g_string_append(l->out, "} ");
    if (want)
        keep(l, n);
}

static void hoist_branch(Lower *l, Node *n, Node *branch, gboolean want)
{
    guint mark = l->pending->len;
    hoist(l, branch, want);
    if (n->temp == T_GONE) {
        g_string_append(l->out, "(void)(");
        cc_render(l, branch);
        g_string_append(l->out, "); ");
    } else
        assign(l, n, "(", branch, ")");
    trim(l, mark);
}

static void hoist_cond(Lower *l, Node *n, gboolean want)
{
    if (!n->kid[1]->reach && !n->kid[2]->reach) {
        hoist(l, n->kid[0], TRUE);
        return;
    }
    guint mark = l->pending->len;
    hoist(l, n->kid[0], TRUE);
    g_autofree char *cond = cc_render_text(l, n->kid[0]);
    n->kid[0]->done = TRUE;
    trim(l, mark);
    if (want)
        cc_declare_temp(l, n);
    else
        n->temp = T_GONE;
    gboolean value = n->temp != T_GONE;
    g_string_append_printf(l->out, "if (%s) { ", cond);
    hoist_branch(l, n, n->kid[1], value);
    g_string_append(l->out, "} else { ");
    hoist_branch(l, n, n->kid[2], value);
    g_string_append(l->out, "} ");
    keep(l, n);
}

/* a ?: b. The common type holds zero just where `a` does. */
static void hoist_elvis(Lower *l, Node *n, gboolean want)
{
    hoist(l, n->kid[0], TRUE);
    if (!n->kid[1]->reach)
        return;
    guint mark = l->pending->len;
    cc_declare_temp(l, n);
    assign(l, n, "(", n->kid[0], ")");
    n->kid[0]->done = TRUE;
    trim(l, mark);
    g_string_append(l->out, "if (!");
    cc_render_temp(l, n);
    g_string_append(l->out, ") { ");
    hoist(l, n->kid[1], TRUE);
    assign(l, n, "(", n->kid[1], ")");
    trim(l, mark);
    g_string_append(l->out, "} ");
    if (want)
        keep(l, n);
}

static void hoist_comma(Lower *l, Node *n, gboolean want)
{
    if (!n->kid[1]->reach) {
        hoist(l, n->kid[0], FALSE);
        return;
    }
    guint mark = l->pending->len;
    hoist(l, n->kid[0], FALSE);
    g_string_append(l->out, "(void)(");
    cc_render(l, n->kid[0]);
    g_string_append(l->out, "); ");
    n->kid[0]->done = TRUE;
    trim(l, mark);
    hoist(l, n->kid[1], want);
    if (!want && n->kid[1]->temp == T_NONE) { /* still to be evaluated */
        g_string_append(l->out, "(void)(");
        cc_render(l, n->kid[1]);
        g_string_append(l->out, "); ");
        n->temp = T_GONE;
        return;
    }
    if (n->kid[1]->temp == T_NONE) { /* evaluate now, after the left side only once */
        cc_declare_temp(l, n);
        if (n->temp == T_GONE) {
            g_string_append(l->out, "(void)(");
            cc_render(l, n->kid[1]);
            g_string_append(l->out, "); ");
        } else
            assign(l, n, "(", n->kid[1], ")");
        trim(l, mark);
        keep(l, n);
        return;
    }
    n->temp = n->kid[1]->temp;
    n->temp_no = n->kid[1]->temp_no;
}

static void hoist_call(Lower *l, Node *n, gboolean want)
{
    guint mark = l->pending->len;
    hoist_arguments(l, n);
    if (!n->jump && !n->self_reach)
        return;
    trim(l, mark); /* the arguments are evaluated before the call: not needed at its site */
    if (n->jump)
        cc_jump_hoist(l, n);
    else
        cc_site_call(l, n, want && clang_getCanonicalType(n->type).kind != CXType_Void);
    keep(l, n);
}

/* ({ statements; value; }) */
static void hoist_stmtexpr(Lower *l, Node *n, gboolean want)
{
    Node *full = l->full;
    gboolean value = want && clang_getCanonicalType(n->type).kind != CXType_Void;
    if (value)
        cc_declare_temp(l, n);
    cc_lower_value(l, n->kid[0], value ? n : NULL);
    g_string_append_c(l->out, ' ');
    l->full = full;
    if (value)
        keep(l, n);
    else
        n->temp = T_GONE;
}

static void hoist(Lower *l, Node *n, gboolean want)
{
    if (!n->reach || n->kind == N_SIZEOF)
        return;
    n->temp = T_NONE;
    switch (n->kind) {
    case N_LOGICAL_AND:
    case N_LOGICAL_OR: hoist_logical(l, n, want); break;
    case N_COND: hoist_cond(l, n, want); break;
    case N_ASSIGN: hoist_assignment(l, n); break;
    case N_COMMA: hoist_comma(l, n, want); break;
    case N_ELVIS: hoist_elvis(l, n, want); break;
    case N_CALL: hoist_call(l, n, want); break;
    case N_STMTEXPR: hoist_stmtexpr(l, n, want); break;
    case N_PAREN: hoist(l, n->kid[0], want); break;
    case N_CAST:
        hoist(l, n->kid[0], want && clang_getCanonicalType(n->type).kind != CXType_Void);
        break;
    default:
        if (n->stores && n->n_kids == 2)
            hoist_assignment(l, n);
        else
            hoist_kids(l, n);
        break;
    }
    n->done = n->temp != T_NONE;
}

static void forget(Node *n)
{
    n->done = n->moved = FALSE;
    for (guint i = 0; i < n->n_kids; i++)
        forget(n->kid[i]);
}

void cc_hoist(Lower *l, Node *full, gboolean want)
{
    Node *outer = l->full;
    guint mark = l->pending->len;
    forget(full);
    l->full = full;
    hoist(l, full, want);
    trim(l, mark);
    l->full = outer;
}

void cc_hoist_into(Lower *l, Node *full, Node *to)
{
    Node *outer = l->full;
    guint mark = l->pending->len;
    forget(full);
    l->full = full;
    hoist(l, full, TRUE);
    assign(l, to, "(", full, ")");
    trim(l, mark);
    l->full = outer;
}
