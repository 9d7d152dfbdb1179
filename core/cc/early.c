/* Structures of the C library that are used up before the first site of their block: a struct sigaction that
 * is filled, handed over and forgotten. Each architecture declares them in another way, so they cannot be
 * part of the state; here they need not be. */
#include "ast.h"
#include "types.h"

static gboolean is_library_record(CXType t)
{
    CXType c = clang_getCanonicalType(t);
    return c.kind == CXType_Record &&
           clang_Location_isInSystemHeader(clang_getCursorLocation(clang_getTypeDeclaration(c)));
}

/* An argument of the C library's, none of whose functions that take such structures keeps their address. */
static gboolean is_lent(const Node *n)
{
    return n->kind == N_CALL && !cc_callee(n) && cc_callee_decl(n);
}

/* `d` itself or a member of it. */
static gboolean is_part(const Node *n, const Decl *d)
{
    while (n->kind == N_PAREN || n->kind == N_MEMBER)
        n = n->kid[0];
    return n->kind == N_REF && n->decl == d;
}

/* Does no address of it go anywhere but to the C library? */
static gboolean stays(const Node *n, const Node *parent, const Node *grand, const Decl *d)
{
    if (is_part(n, d)) {
        CXType c = clang_getCanonicalType(n->type);
        if (parent->kind == N_ADDRESS)
            return is_lent(grand);
        if (c.kind == CXType_ConstantArray)
            return is_lent(parent) || (parent->kind == N_OPERATOR && grand->kind != N_ADDRESS);
        return TRUE;
    }
    for (guint i = 0; i < n->n_kids; i++)
        if (!stays(n->kid[i], n, parent, d))
            return FALSE;
    return TRUE;
}

static void shelter_in(const Node *block)
{
    guint first = 0;
    while (first < block->n_kids && !block->kid[first]->reach && !block->kid[first]->poll_before)
        first++;
    for (guint i = 0; i < first; i++)
        for (guint k = 0; block->kid[i]->kind == N_DECL && k < block->kid[i]->n_kids; k++) {
            Decl *d = block->kid[i]->kid[k]->decl;
            gboolean free = d && d->kind == D_LOCAL && is_library_record(d->type);
            for (guint later = first; free && later < block->n_kids; later++)
                free = !cc_names(block->kid[later], d);
            if (free && stays(block, block, block, d))
                d->sheltered = TRUE;
        }
}

static void each_block(const Node *n)
{
    if (n->kind == N_COMPOUND && n->reach)
        shelter_in(n);
    for (guint i = 0; i < n->n_kids; i++)
        each_block(n->kid[i]);
}

void cc_shelter_early(const Func *f)
{
    if (!f->n_jumps && !cc_has_label(f->body)) /* nothing leads back to where they are used */
        each_block(f->body);
}
