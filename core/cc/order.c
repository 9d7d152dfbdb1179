/* The order in which arguments are evaluated. C leaves it open and compilers choose by machine: gcc from
 * right to left on x86, from left to right on others. A program that depends on it would go on with other
 * values elsewhere; so arguments with effects, and what these may change, are evaluated from right to left
 * on all of them, which is what the program does when gcc builds it on x86. */
#include "lower.h"
#include "types.h"
#include <string.h>

/* Has it been evaluated in front of the full expression? */
static gboolean is_held(const Node *n)
{
    return (n->reach || n->moved) && n->temp != T_NONE;
}

gboolean cc_has_effects(const Node *n)
{
    if (n->kind == N_SIZEOF || is_held(n))
        return FALSE;
    if (n->kind == N_CALL || n->kind == N_ASSIGN || n->stores || n->kind == N_STMTEXPR)
        return TRUE;
    for (guint i = 0; i < n->n_kids; i++)
        if (cc_has_effects(n->kid[i]))
            return TRUE;
    return FALSE;
}

gboolean cc_reads_memory(const Lower *l, const Node *n)
{
    if (n->kind == N_SIZEOF || is_held(n))
        return FALSE;
    if (n->kind == N_MEMBER || (n->kind == N_OPERATOR && n->n_kids == 1 && l->u->text[n->begin] == '*') ||
        clang_getCursorKind(n->cursor) == CXCursor_ArraySubscriptExpr)
        return TRUE;
    if (n->kind == N_REF && n->decl && n->decl->kind != D_FUNC && n->conv.kind == n->type.kind &&
        (n->decl->kind == D_GLOBAL || n->decl->kind == D_STATIC_LOCAL || n->decl->address_taken))
        return TRUE;
    for (guint i = 0; i < n->n_kids; i++)
        if (cc_reads_memory(l, n->kid[i]))
            return TRUE;
    return FALSE;
}

/* An object of the block around: it must not end with a block of ours. */
static gboolean has_literal(const Node *n)
{
    if (n->kind == N_COMPOUND_LITERAL)
        return TRUE;
    for (guint i = 0; i < n->n_kids; i++)
        if (has_literal(n->kid[i]))
            return TRUE;
    return FALSE;
}

gboolean cc_can_be_kept(const Node *arg)
{
    CXType t = clang_getCanonicalType(arg->conv);
    return t.kind != CXType_Void && !cc_is_va_list(arg->type) && !cc_is_va_list(arg->conv) && !has_literal(arg);
}

/* Is the order of n's arguments to be laid down? */
static gboolean wants_order(const Lower *l, const Node *n)
{
    const Decl *d = cc_callee_decl(n);
    guint effects = 0, reads = 0;
    if (!l->f || n->jump || (d && g_str_has_prefix(d->name, "__")))
        return FALSE;
    for (guint i = 1; i < n->n_kids; i++) {
        gboolean effect = cc_has_effects(n->kid[i]);
        if (!cc_can_be_kept(n->kid[i]))
            return FALSE;
        effects += effect ? 1 : 0;
        reads += !effect && cc_reads_memory(l, n->kid[i]) ? 1 : 0;
    }
    return effects > 1 || (effects && reads);
}

static void keep(Lower *l, Node *part, guint number)
{
    CXType t = clang_getCanonicalType(part->conv);
    gboolean scalar = t.kind >= CXType_Bool && t.kind <= CXType_LongDouble; /* perhaps a bit-field */
    g_autofree char *spelling = scalar ? cc_spell_plain(part->conv) : g_strdup("__auto_type");
    g_string_append_printf(l->out, "%s preaches_o%u = (", spelling, number);
    cc_render(l, part);
    g_string_append(l->out, "); ");
    part->ordered = number;
}

gboolean cc_order_open(Lower *l, Node *n)
{
    if (!wants_order(l, n))
        return FALSE;
    g_string_append(l->out, "({ ");
    if (cc_has_effects(n->kid[0]))
        keep(l, n->kid[0], n->n_kids);
    for (guint i = n->n_kids; i-- > 1;)
        if (cc_has_effects(n->kid[i]) || cc_reads_memory(l, n->kid[i]))
            keep(l, n->kid[i], i);
    return TRUE;
}

void cc_order_close(Lower *l, Node *n)
{
    for (guint i = 0; i < n->n_kids; i++)
        n->kid[i]->ordered = 0;
    g_string_append(l->out, "; })");
}
