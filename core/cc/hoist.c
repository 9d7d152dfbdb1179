/* Reaching calls out of expressions: left to right, inner first, into temporaries in front of the
 * full expression. C leaves the order of a call and its unsequenced neighbours open, so this is one
 * of the orders the program allows, and the same on every architecture. What C does sequence (&&,
 * ||, ?: and the comma) becomes statements. */
#include "lower.h"
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

static void hoist_kids(Lower *l, Node *n)
{
    for (guint i = 0; i < n->n_kids; i++)
        hoist(l, n->kid[i], TRUE);
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
    hoist_kids(l, n);
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
    case N_COMMA: hoist_comma(l, n, want); break;
    case N_ELVIS: hoist_elvis(l, n, want); break;
    case N_CALL: hoist_call(l, n, want); break;
    case N_STMTEXPR: hoist_stmtexpr(l, n, want); break;
    case N_PAREN: hoist(l, n->kid[0], want); break;
    case N_CAST:
        hoist(l, n->kid[0], want && clang_getCanonicalType(n->type).kind != CXType_Void);
        break;
    default: hoist_kids(l, n); break;
    }
    n->done = n->temp != T_NONE;
}

static void forget(Node *n)
{
    n->done = FALSE;
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
