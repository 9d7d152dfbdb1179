#include "callbacks.h"
#include "libc_table.h"
#include "ownunits.h"
#include <string.h>

/* The unit's declaration of our version of a library function, NULL: there is none. */
static Decl *version_of(const Unit *u, const Decl *d)
{
    return d->kind != D_FUNC || cc_definition(d) ? NULL : cc_own_function(u, d->name);
}

static void redirect_values(const Unit *u, Node *n, gboolean called)
{
    Decl *ours = n->kind == N_REF && n->decl && !called ? version_of(u, n->decl) : NULL;
    if (ours)
        n->decl = ours;
    for (guint i = 0; i < n->n_kids; i++)
        redirect_values(u, n->kid[i], (n->kind == N_CALL && i == 0) || (called && cc_passes_callee(n)));
}

void cc_redirect_values(Program *p)
{
    for (guint i = 0; i < p->n_units; i++) {
        const Unit *u = p->units[i];
        for (guint k = 0; k < u->funcs->len; k++)
            if (((Func *)u->funcs->pdata[k])->body)
                redirect_values(u, ((Func *)u->funcs->pdata[k])->body, FALSE);
        for (guint k = 0; k < u->top_inits->len; k++)
            redirect_values(u, u->top_inits->pdata[k], FALSE);
    }
}

/* A function from which a poll can be reached and that the library may call back; NULL: none. */
static Func *reaching_callback(Program *p, const Node *call)
{
    for (guint k = 1; k < call->n_kids; k++) {
        g_autoptr(GPtrArray) list = g_ptr_array_new();
        Node *argument = cc_strip(call->kid[k]);
        if (argument->kind == N_REF && argument->decl && argument->decl->kind == D_FUNC) {
            Func *to = cc_definition(argument->decl);
            if (to)
                g_ptr_array_add(list, to);
        } else
            cc_pointer_targets(p, call->kid[k]->conv, list);
        for (guint i = 0; i < list->len; i++)
            if (((Func *)list->pdata[i])->reaching)
                return list->pdata[i];
    }
    return NULL;
}

static gboolean is_library_call(const Node *n)
{
    const Decl *d = cc_callee_decl(n);
    return d && !cc_definition(d) && !n->is_poll && !cc_libc_keeps_function(d->name);
}

gboolean cc_redirect_calls(Program *p)
{
    gboolean any = FALSE;
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; k < p->units[i]->funcs->len; k++) {
            Func *f = p->units[i]->funcs->pdata[k];
            for (guint m = 0; m < f->calls->len; m++) {
                Node *n = f->calls->pdata[m], *callee = n->kid[0];
                Decl *ours = is_library_call(n) ? version_of(f->unit, cc_callee_decl(n)) : NULL;
                if (!ours || !reaching_callback(p, n))
                    continue;
                while (cc_passes_callee(callee))
                    callee = callee->kid[0];
                callee->decl = ours;
                g_ptr_array_add(f->callees, cc_definition(ours));
                any = TRUE;
            }
        }
    return any;
}

void cc_refuse_callbacks(Program *p)
{
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; k < p->units[i]->funcs->len; k++) {
            Func *f = p->units[i]->funcs->pdata[k];
            for (guint m = 0; m < f->calls->len; m++) {
                Node *n = f->calls->pdata[m];
                Func *to = is_library_call(n) ? reaching_callback(p, n) : NULL;
                if (!to)
                    continue;
                p->about = to;
                cc_error_at(p, n, "-Wpreaches-callback", "'%s' calls back '%s', from which a poll can be reached, "
                            "and there is no version of it that could be carried over",
                            cc_callee_decl(n)->name, to->decl->name);
                p->about = NULL;
            }
        }
}
