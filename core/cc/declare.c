/* Declarations of reaching functions: what lives on the data stack, what is initialised by a reaching
 * call. */
#include "lower.h"
#include "types.h"

static void put(Lower *l, const char *text)
{
    g_string_append(l->out, text);
}

void cc_enter_scope(Lower *l, Decl *d)
{
    if (d->track >= 0)
        g_ptr_array_add(l->scope, d);
}

static gboolean is_const(CXType t)
{
    return clang_isConstQualifiedType(clang_getCanonicalType(t)) != 0;
}

/* Must the declarator be written anew? */
static gboolean moves(const Node *v)
{
    const Decl *d = v->decl;
    if (d->kind == D_LOCAL && !d->vla && cc_has_typeof(d->type))
        return TRUE;
    if (d->kind != D_LOCAL || d->sheltered)
        return FALSE;
    return d->vla || d->points_to || d->escapes || v->reach || is_const(d->type) || (d->saved && !v->init);
}

gboolean cc_declaration_moves(const Node *n)
{
    for (guint i = 0; i < n->n_kids; i++)
        if (moves(n->kid[i]))
            return TRUE;
    return FALSE;
}

gboolean cc_is_static_declaration(const Node *n)
{
    return n->n_kids && n->kid[0]->decl->kind == D_STATIC_LOCAL && !n->kid[0]->decl->in_place;
}

/* All zero: "{0}" or "{}". */
static gboolean is_zero_list(const Lower *l, const Node *init)
{
    if (init->kind != N_INITLIST || init->n_kids > 1)
        return FALSE;
    if (init->n_kids == 0)
        return TRUE;
    const Node *k = init->kid[0];
    return k->end == k->begin + 1 && l->u->text[k->begin] == '0';
}

static void initialise_slot(Lower *l, const Decl *d, Node *init)
{
    g_autofree char *spelling = cc_decl_spell(d);
    guint offset = l->common ? l->common->local_offset[l->f->first_local + (guint)d->local] : 0;
    if (is_zero_list(l, init) && cc_is_aggregate(d->type))
        g_string_append_printf(l->out, "__builtin_memset(preaches_fp+%u, 0, sizeof(%s)); ", offset,
                               spelling);
    else if (init->kind == N_INITLIST || init->kind == N_STRING ||
             (cc_strip(init)->kind == N_STRING && cc_is_aggregate(d->type))) {
        gboolean array = clang_getCanonicalType(d->type).kind == CXType_ConstantArray;
        gboolean braces = init->kind == N_INITLIST;
        if (!array && !cc_is_aggregate(d->type)) { /* int x = { 1 }; or char *s = "x"; */
            cc_render_slot(l, (guint)d->local, spelling);
            put(l, " = ");
            cc_render(l, braces ? init->kid[0] : init);
            put(l, "; ");
            return;
        }
        g_string_append_printf(l->out, "__builtin_memcpy(preaches_fp+%u, &(%s)%s", offset, spelling,
                               braces ? "" : "{");
        cc_render(l, init);
        g_string_append_printf(l->out, "%s, sizeof(%s)); ", braces ? "" : "}", spelling);
    } else {
        cc_store_open(l, (guint)d->local, d->type, spelling);
        cc_render(l, init);
        cc_store_close(l, d->type, spelling);
    }
}

static void note_initialised(Lower *l, const Decl *d)
{
    if (l->mode == LOWER_COUNT && l->depth == 1 && l->n_sites == 0 && !l->has_goto)
        g_array_index(l->p->model->locals, CcLocal, l->f->first_local + (guint)d->local).zero = FALSE;
}

static void lower_var(Lower *l, Node *v)
{
    Decl *d = v->decl;
    if (d->kind != D_LOCAL) {
        if (d->kind == D_STATIC_LOCAL)
            return;
        g_autofree char *type = cc_spell(d->type); /* extern in a block */
        g_string_append_printf(l->out, "extern __typeof__(%s) %s; ", type, d->name);
        return;
    }
    if (d->vla) {
        cc_vla_declare(l, v);
        return;
    }
    if (d->points_to)
        cc_vla_bounds(l, d);
    g_autofree char *spelling = cc_decl_spell(d);
    if (!d->escapes)
        g_string_append_printf(l->out, "%s %s", spelling, d->cname);
    if (!d->escapes && !v->reach) {
        put(l, v->init ? " = " : d->saved ? " = 0" : "");
        if (v->init)
            cc_render(l, v->init);
        put(l, "; ");
    } else if (v->init) {
        put(l, d->escapes ? "{ " : "; { ");
        if (v->reach)
            cc_hoist(l, v->init, TRUE);
        if (d->escapes) {
            note_initialised(l, d);
            initialise_slot(l, d, v->init);
        } else {
            g_string_append_printf(l->out, "%s = ", d->cname);
            cc_render(l, v->init);
            put(l, "; ");
        }
        put(l, "} ");
    }
    cc_enter_scope(l, d);
}

void cc_lower_declaration(Lower *l, Node *n)
{
    if (cc_is_static_declaration(n)) {
        put(l, ";");
        return;
    }
    if (!cc_declaration_moves(n)) {
        guint at = n->begin;
        for (guint i = 0; i < n->n_kids; i++) {
            cc_copy_specifiers(l, at, n->kid[i]->begin);
            cc_render(l, n->kid[i]);
            cc_enter_scope(l, n->kid[i]->decl);
            at = n->kid[i]->end;
        }
        cc_copy(l, at, n->end);
        return;
    }
    if (n->tag_end) {
        cc_copy(l, n->tag_begin, n->tag_end);
        put(l, "; ");
    }
    for (guint i = 0; i < n->n_kids; i++)
        lower_var(l, n->kid[i]);
}
