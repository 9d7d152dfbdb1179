/* Units in which a loop without polls adds up floating-point numbers in a local variable: sum += a[i]; p = p * x + c[i].
 *
 * No floating-point register of x86_64 survives a call, so whatever of such a kind lives over calls is in memory there.
 * gcc gives several variables one place where their lives do not overlap (-ftree-coalesce-vars): such a sum, inlined, may
 * get that of the result it becomes, which lives over a poll's cold call, and each pass then waits for the store of the
 * last one. Variables of other kinds have registers that survive calls; sums of loops that reach a poll live over its
 * call themselves. */
#include "ast.h"

static gboolean is_float(CXType t)
{
    enum CXTypeKind kind = clang_getCanonicalType(t).kind;
    return kind == CXType_Float || kind == CXType_Double;
}

/* A local floating-point variable gets a value that depends on the one that it has. */
static gboolean adds_up(const Node *n)
{
    if (n->n_kids != 2 || (n->kind != N_ASSIGN && !n->stores))
        return FALSE;
    const Node *to = cc_strip(n->kid[0]);
    return to->kind == N_REF && to->decl && to->decl->kind == D_LOCAL && is_float(to->decl->type) &&
           (n->stores || cc_names(n->kid[1], to->decl));
}

static gboolean sums(const Node *n, gboolean in_loop)
{
    if (in_loop && adds_up(n))
        return TRUE;
    if (cc_is_loop(n))
        in_loop = !n->reach;
    for (guint i = 0; i < n->n_kids; i++)
        if (sums(n->kid[i], in_loop))
            return TRUE;
    return FALSE;
}

gboolean cc_model_sums_floats(const CcModel *model, guint unit)
{
    const Program *p = model->priv;
    const Unit *u = p->units[unit];
    for (guint i = 0; i < u->funcs->len; i++) {
        const Func *f = u->funcs->pdata[i];
        if (f->body && sums(f->body, FALSE))
            return TRUE;
    }
    return FALSE;
}
