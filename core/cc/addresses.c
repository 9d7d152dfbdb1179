/* Addresses that become numbers. Blocks and locals have the same addresses on all machines; variables outside
 * functions, literals and functions have not, nor has what stands in a block behind something of another size: a
 * table that is searched by such a number, or what is sorted by it, is of no use on another one. */
#include "leads.h"
#include <string.h>

static enum CXTypeKind kind_of(CXType t) { return clang_getCanonicalType(t).kind; }

static gboolean is_integer(CXType t)
{
    enum CXTypeKind kind = kind_of(t);
    return (kind >= CXType_Char_U && kind <= CXType_Int128) || kind == CXType_Enum;
}

/* (uintptr_t)p, within other casts to integers: the cast next to p, else NULL. */
static Node *address_in(Node *n)
{
    for (n = cc_strip(n); n->kind == N_CAST && is_integer(n->type); n = cc_strip(n->kid[0]))
        if (kind_of(n->kid[0]->conv) == CXType_Pointer)
            return n;
    return NULL;
}

/* Are the lowest bits of the value those of an address, with something added at most? */
static gboolean has_low_bits(Node *n)
{
    n = cc_strip_casts(n);
    if (n->kind != N_OPERATOR || n->n_kids != 2 || clang_getCursorKind(n->cursor) == CXCursor_ArraySubscriptExpr)
        return TRUE;
    return (n->op == CXBinaryOperator_Add || n->op == CXBinaryOperator_Sub || n->op == CXBinaryOperator_And) &&
           has_low_bits(n->kid[0]) && has_low_bits(n->kid[1]);
}

/* & 7, % 8: how it is aligned; not & 7 of what is shifted, which is a place in a table. */
static gboolean asks_alignment(const Node *n)
{
    guint64 value;
    if (n->n_kids != 2 || (n->op != CXBinaryOperator_And && n->op != CXBinaryOperator_Rem))
        return FALSE;
    guint constant = n->op == CXBinaryOperator_And && cc_constant(n->kid[0], &value) ? 0 : 1;
    if (!cc_constant(n->kid[constant], &value))
        return FALSE;
    guint64 unit = n->op == CXBinaryOperator_And ? value + 1 : value;
    return value <= 64 && unit && (unit & (unit - 1)) == 0 && has_low_bits(n->kid[1 - constant]);
}

/* >> 1, / 2: a number with a tag below it, kept in a pointer. Half an address is of no use. */
static gboolean takes_tag_off(const Node *n)
{
    guint64 value;
    return n->n_kids == 2 && cc_constant(n->kid[1], &value) &&
           ((n->op == CXBinaryOperator_Shr && value == 1) || (n->op == CXBinaryOperator_Div && value == 2));
}

static gboolean relates(guint op)
{
    return op == CXBinaryOperator_Sub || op == CXBinaryOperator_EQ || op == CXBinaryOperator_NE ||
           op == CXBinaryOperator_LT || op == CXBinaryOperator_GT || op == CXBinaryOperator_LE ||
           op == CXBinaryOperator_GE;
}

/* Two addresses against each other: where they lie does not matter. */
static gboolean relates_two(const Node *n)
{
    return n->kind == N_OPERATOR && n->n_kids == 2 && relates(n->op) && address_in(n->kid[0]) && address_in(n->kid[1]);
}

/* (size_t)&((struct x *)0)->member: offsetof as it was written before there was one. */
static gboolean is_offset(Node *pointer)
{
    Node *n = cc_strip_casts(pointer);
    guint64 value;
    if (n->kind != N_ADDRESS)
        return FALSE;
    for (n = cc_strip(n->kid[0]); n->kind == N_MEMBER && n->n_kids;)
        n = cc_strip_casts(n->kid[0]);
    return cc_constant(n, &value) && value == 0;
}

static void report(Program *p, Node *n, guint leads)
{
    if (is_offset(n->kid[0]))
        return;
    if (leads & CC_AT_STATIC)
        cc_warn_at(p, n, "-Wpreaches-address", "the address of a variable, literal or function becomes a number, "
                   "which is another one on another machine, and so is what is made of it");
    else if (leads & CC_AT_PART)
        cc_warn_at(p, n, "-Wpreaches-inside", "the address of an element or member becomes a number: it is at another "
                   "distance from its block's start on another machine, and so is another number");
}

static void check(Program *p, struct CcLeads *leads, Node *n, gboolean harmless)
{
    const Decl *callee = n->kind == N_CALL && !cc_callee(n) ? cc_callee_decl(n) : NULL;
    gboolean prints = callee && strstr(callee->name, "printf");
    gboolean back = n->kind == N_CAST && kind_of(n->type) == CXType_Pointer; /* it is an address again */
    gboolean computes = n->kind == N_OPERATOR && kind_of(n->type) != CXType_Pointer && !n->stores &&
                        clang_getCursorKind(n->cursor) != CXCursor_ArraySubscriptExpr;
    if (n->kind == N_CAST && address_in(n) == n && !harmless)
        report(p, n, cc_leads_as(leads, n->kid[0], 1));
    gboolean below = back || prints || relates_two(n) || (computes && (harmless || asks_alignment(n) || takes_tag_off(n))) ||
                     (harmless && (n->kind == N_PAREN || n->kind == N_CAST));
    for (guint i = 0; n->kind != N_SIZEOF && i < n->n_kids; i++)
        check(p, leads, n->kid[i], below);
}

void cc_check_addresses(Program *p, struct CcLeads *leads)
{
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; !p->units[i]->is_ours && k < p->units[i]->funcs->len; k++) {
            Func *f = p->units[i]->funcs->pdata[k];
            if (f->body && !cc_leads_vouched(leads, f))
                check(p, leads, f->body, FALSE);
        }
}
