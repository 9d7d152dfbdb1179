/* A function that calls itself and does nothing after it goes back to its beginning instead, in both copies. The
 * compiler would do so by itself, but not out of a guard's scope (guard.c); and there is no frame to save where
 * nothing is left to do. */
#define _GNU_SOURCE /* memmem */
#include "lower.h"
#include "types.h"
#include <string.h>

/* Does the frame hold nothing that a second call would have twice? */
static gboolean may_go_back(const Func *f)
{
    gboolean ok = !f->is_main && !f->is_variadic && !f->allocator && !f->n_jumps && !f->n_vlas && !f->literals->len &&
                  clang_getCanonicalType(f->decl->type).kind == CXType_FunctionProto;
    for (guint i = 0; i < f->locals->len; i++)
        ok &= !((Decl *)f->locals->pdata[i])->escapes;
    for (guint i = 0; i < f->params->len; i++) {
        const Decl *d = f->params->pdata[i];
        ok &= !d->escapes && !d->points_to && !clang_isConstQualifiedType(d->type) &&
              !clang_isVolatileQualifiedType(d->type);
    }
    for (guint i = 0; i < f->calls->len; i++)
        ok &= !cc_is_aggregate(((Node *)f->calls->pdata[i])->type);
    return ok && !memmem(f->unit->text + f->begin, f->end - f->begin, "cleanup", strlen("cleanup"));
}

static Node *call_of(const Func *f, Node *n)
{
    Node *call = (n->kind == N_EXPRSTMT || n->kind == N_RETURN) && n->cond ? cc_strip(n->cond) : NULL;
    if (!call || call->kind != N_CALL || cc_callee(call) != f || call->n_kids != f->params->len + 1)
        return NULL;
    for (guint i = 1; i < call->n_kids; i++)
        if (call->kid[i]->reach || cc_has_effects(call->kid[i]))
            return NULL;
    return call;
}

/* Marks calls that are the last thing done where n, a statement behind which the function ends, stands. */
static void mark_last(Func *f, Node *n)
{
    Node *call = n->kind == N_EXPRSTMT ? call_of(f, n) : NULL;
    if (call)
        n->goes_back = f->goes_back = TRUE;
    if (n->kind == N_IF) {
        mark_last(f, n->body);
        if (n->other)
            mark_last(f, n->other);
    }
    for (guint i = n->n_kids; n->kind == N_COMPOUND && i-- > 0;) {
        mark_last(f, n->kid[i]);
        if (n->kid[i]->kind != N_RETURN || n->kid[i]->cond)
            return;
    }
}

static void mark_returns(Func *f, Node *n)
{
    if (n->kind > N_LAST_STMT)
        return;
    if (n->kind == N_RETURN && call_of(f, n))
        n->goes_back = f->goes_back = TRUE;
    for (guint i = 0; i < n->n_kids; i++)
        mark_returns(f, n->kid[i]);
}

void cc_find_tails(Func *f)
{
    if (!f->body || !f->reaching || !may_go_back(f))
        return;
    mark_returns(f, f->body);
    if (clang_getCanonicalType(clang_getResultType(f->decl->type)).kind == CXType_Void)
        mark_last(f, f->body);
}

static gboolean is_itself(const Node *arg, const Decl *d)
{
    return arg->kind == N_REF && arg->decl == d;
}

void cc_lower_tail(Lower *l, Node *n)
{
    const Func *f = l->f;
    const Node *call = cc_strip(n->cond);

    g_string_append(l->out, "{ ");
    for (guint i = 0; i < f->params->len; i++) {
        const Decl *d = f->params->pdata[i];
        if (is_itself(call->kid[i + 1], d))
            continue;
        g_string_append_printf(l->out, "__typeof__(%s) preaches_n%u = ", d->cname, i);
        cc_render(l, call->kid[i + 1]);
        g_string_append(l->out, "; ");
    }
    for (guint i = 0; i < f->params->len; i++) {
        const Decl *d = f->params->pdata[i];
        if (!is_itself(call->kid[i + 1], d))
            g_string_append_printf(l->out, "%s = preaches_n%u; ", d->cname, i);
    }
    g_string_append(l->out, "goto preaches_again; }");
}
