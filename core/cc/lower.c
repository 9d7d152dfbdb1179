/* Statements of reaching functions. What contains no reaching call and declares nothing that moves
 * keeps its text. */
#include "lower.h"
#include "types.h"
#include <string.h>

static void put(Lower *l, const char *text)
{
    g_string_append(l->out, text);
}

static gboolean needs_block(const Node *n)
{
    return n->reach || n->kind == N_DECL;
}

/* A statement in the place of a loop's or branch's body. */
static void lower_sub(Lower *l, Node *n)
{
    if (n->kind != N_COMPOUND && needs_block(n)) {
        put(l, "{ ");
        cc_lower_stmt(l, n);
        put(l, " }");
    } else
        cc_lower_stmt(l, n);
}

/* Text of the statement with its parts rendered in place. */
static void through(Lower *l, Node *n)
{
    guint at = n->begin;
    for (guint i = 0; i < n->n_kids; i++) {
        cc_copy(l, at, n->kid[i]->begin);
        if (n->kid[i]->kind <= N_LAST_STMT)
            lower_sub(l, n->kid[i]);
        else
            cc_render(l, n->kid[i]);
        at = n->kid[i]->end;
    }
    cc_copy(l, at, n->end);
}

/* ---- loops ---- */

/* --polls=record: the next poll is that of this candidate. */
static void note_candidate(Lower *l, const Node *n, gboolean loop)
{
    if (l->p->polls == CC_POLLS_RECORD)
        l->record = cc_candidate_at(l->p, l->f, n, loop);
}

static void lower_loop_body(Lower *l, Node *n, guint cont)
{
    guint outer = l->cont;
    l->cont = cont;
    if (n->is_poll) {
        put(l, "{ ");
        note_candidate(l, n, TRUE);
        cc_site_poll(l, n->line, n->head);
        lower_sub(l, n->body);
        put(l, " }");
    } else
        lower_sub(l, n->body);
    l->cont = outer;
}

static void leave_unless(Lower *l, Node *cond)
{
    if (!cond)
        return;
    cc_hoist(l, cond, TRUE);
    put(l, "if (!(");
    cc_render(l, cond);
    put(l, ")) break; ");
}

static guint new_label(Lower *l)
{
    return ++l->n_labels;
}

static void lower_while(Lower *l, Node *n)
{
    if (n->cond->reach) {
        put(l, "for (;;) { ");
        leave_unless(l, n->cond);
        lower_loop_body(l, n, 0);
        put(l, " }");
        return;
    }
    cc_copy(l, n->begin, n->cond->begin);
    cc_render(l, n->cond);
    cc_copy(l, n->cond->end, n->body->begin);
    lower_loop_body(l, n, 0);
}

static void lower_do(Lower *l, Node *n)
{
    if (n->cond->reach) {
        guint cont = new_label(l);
        put(l, "for (;;) { ");
        lower_loop_body(l, n, cont);
        g_string_append_printf(l->out, " preaches_c%u: ; ", cont);
        leave_unless(l, n->cond);
        put(l, "}");
        return;
    }
    cc_copy(l, n->begin, n->body->begin);
    put(l, " ");
    lower_loop_body(l, n, 0);
    put(l, " ");
    cc_copy(l, n->body->end, n->cond->begin);
    cc_render(l, n->cond);
    cc_copy(l, n->cond->end, n->end);
}

static void lower_expression(Lower *l, Node *n)
{
    if (n->reach) {
        put(l, "{ ");
        cc_hoist(l, n, FALSE);
        cc_render(l, n);
        put(l, "; } ");
    } else {
        cc_render(l, n);
        put(l, "; ");
    }
}

/* The three parts between the parentheses, as they are. */
static void copy_for_head(Lower *l, Node *n, gboolean with_init)
{
    put(l, "for (");
    if (with_init && n->init) {
        if (n->init->kind == N_DECL)
            cc_lower_declaration(l, n->init); /* ends in ';' */
        else {
            cc_render(l, n->init);
            put(l, ";");
        }
    } else
        put(l, ";");
    put(l, " ");
    if (n->cond)
        cc_render(l, n->cond);
    put(l, "; ");
    if (n->inc)
        cc_render(l, n->inc);
    put(l, ") ");
}

static void lower_for(Lower *l, Node *n)
{
    guint scope = l->scope->len;
    gboolean init_out = n->init &&
        (n->init->reach ||
         (n->init->kind == N_DECL && (cc_declaration_moves(n->init) || cc_is_static_declaration(n->init))));
    gboolean parts_out = (n->cond && n->cond->reach) || (n->inc && n->inc->reach);
    if (init_out || parts_out) {
        put(l, "{ ");
        if (n->init && n->init->kind == N_DECL)
            cc_lower_declaration(l, n->init);
        else if (n->init)
            lower_expression(l, n->init);
    }
    if (parts_out) {
        guint cont = new_label(l);
        put(l, "for (;;) { ");
        leave_unless(l, n->cond);
        lower_loop_body(l, n, cont);
        g_string_append_printf(l->out, " preaches_c%u: ; ", cont);
        if (n->inc)
            lower_expression(l, n->inc);
        put(l, "} }");
    } else {
        copy_for_head(l, n, !init_out);
        lower_loop_body(l, n, 0);
        put(l, init_out ? " }" : "");
    }
    g_ptr_array_set_size(l->scope, (gint)scope);
}

/* ---- other statements ---- */

static void lower_if(Lower *l, Node *n)
{
    if (!n->cond->reach) {
        through(l, n);
        return;
    }
    put(l, "{ ");
    cc_hoist(l, n->cond, TRUE);
    put(l, "if (");
    cc_render(l, n->cond);
    put(l, ") { ");
    cc_lower_stmt(l, n->body);
    put(l, " }");
    if (n->other) {
        put(l, " else { ");
        cc_lower_stmt(l, n->other);
        put(l, " }");
    }
    put(l, " }");
}

static void lower_switch(Lower *l, Node *n)
{
    if (!n->cond->reach) {
        through(l, n);
        return;
    }
    put(l, "{ ");
    cc_hoist(l, n->cond, TRUE);
    put(l, "switch (");
    cc_render(l, n->cond);
    put(l, ") ");
    lower_sub(l, n->body);
    put(l, " }");
}

/* Explicitly, not by a cleanup: that would make an exception's edge of every call in the function. */
static void pop_frame(Lower *l)
{
    cc_vla_free(l);
    if (l->f->n_locals)
        put(l, "preaches_sp = preaches_fp; ");
}

static void lower_return(Lower *l, Node *n)
{
    if (!l->f->n_locals && !(n->cond && n->reach)) {
        through(l, n);
        return;
    }
    CXType t = clang_getResultType(clang_getCanonicalType(l->f->decl->type));
    gboolean is_void = clang_getCanonicalType(t).kind == CXType_Void;
    put(l, "{ ");
    if (n->cond && n->reach)
        cc_hoist(l, n->cond, !is_void);
    if (is_void || !n->cond) {
        if (n->cond) {
            cc_render(l, n->cond);
            put(l, "; ");
        }
        pop_frame(l);
        put(l, "return; }");
        return;
    }
    if (l->f->n_locals) {
        g_autofree char *spelling = cc_spell_plain(t);
        g_string_append_printf(l->out, "%s preaches_result = ", spelling);
    } else
        put(l, "return ");
    cc_render(l, n->cond);
    put(l, "; ");
    if (l->f->n_locals) {
        pop_frame(l);
        put(l, "return preaches_result; ");
    }
    put(l, "}");
}

static void lower_computed_goto(Lower *l, Node *n)
{
    put(l, "{ ");
    if (n->cond->reach)
        cc_hoist(l, n->cond, TRUE);
    cc_render_computed_goto(l, n);
    put(l, " }");
}

static void lower_exprstmt(Lower *l, Node *n)
{
    if (n->cond->kind == N_CALL && n->cond->is_poll) {
        put(l, "{ ");
        cc_site_poll(l, n->line, n->cond->live);
        put(l, "}");
    } else if (n->reach) {
        put(l, "{ ");
        cc_hoist(l, n->cond, FALSE);
        cc_render(l, n->cond);
        put(l, "; }");
    } else
        through(l, n);
}

/* With `to`, the block's value goes into its temporary. */
static void lower_compound(Lower *l, Node *n, Node *to)
{
    guint scope = l->scope->len, at = n->begin;
    l->depth++;
    for (guint i = 0; i < n->n_kids; i++) {
        cc_copy(l, at, n->kid[i]->begin);
        if (to && i + 1 == n->n_kids)
            cc_lower_value(l, n->kid[i], to);
        else
            cc_lower_stmt(l, n->kid[i]);
        at = n->kid[i]->end;
    }
    cc_copy(l, at, n->end);
    l->depth--;
    g_ptr_array_set_size(l->scope, (gint)scope);
}

void cc_lower_stmt(Lower *l, Node *n)
{
    if (n->poll_before) {
        note_candidate(l, n, FALSE);
        cc_site_poll(l, n->line, n->before);
        put(l, " ");
    }
    if (n->goes_back) {
        cc_lower_tail(l, n);
        return;
    }
    switch (n->kind) {
    case N_COMPOUND: lower_compound(l, n, NULL); break;
    case N_IF: lower_if(l, n); break;
    case N_WHILE: lower_while(l, n); break;
    case N_DO: lower_do(l, n); break;
    case N_FOR: lower_for(l, n); break;
    case N_SWITCH: lower_switch(l, n); break;
    case N_RETURN: lower_return(l, n); break;
    case N_DECL: cc_lower_declaration(l, n); break;
    case N_COMPUTED_GOTO: lower_computed_goto(l, n); break;
    case N_EXPRSTMT: lower_exprstmt(l, n); break;
    case N_CONTINUE:
        if (l->cont)
            g_string_append_printf(l->out, "goto preaches_c%u;", l->cont);
        else
            through(l, n);
        break;
    default: through(l, n); break;
    }
}

void cc_lower_value(Lower *l, Node *n, Node *to)
{
    if (n->kind == N_COMPOUND)
        lower_compound(l, n, to);
    else if (to && n->kind == N_EXPRSTMT) {
        put(l, "{ ");
        cc_hoist_into(l, n->cond, to);
        put(l, "} ");
    } else if (to && n->kind == N_LABEL) {
        cc_copy(l, n->begin, n->body->begin);
        cc_lower_value(l, n->body, to);
    } else
        cc_lower_stmt(l, n);
}

/* ---- a function's body ---- */

/* The members of a struct between which all lie that may not be garbage; FALSE: there is no saying. */
static gboolean members_to_zero(Program *p, const CcType *t, const char **first, const char **last)
{
    *first = *last = NULL;
    for (guint i = 0; t->kind == PR_STRUCT && i < t->n_fields; i++) {
        const CcField *field = &g_array_index(p->model->fields, CcField, t->first_field + i);
        if (!cc_type_info(p, field->type).zero)
            continue;
        if (!field->member || field->bits || strpbrk(field->member, ".["))
            return FALSE;
        *first = *first ? *first : field->member;
        *last = field->member;
    }
    return *last != NULL;
}

/* Buffers at a struct's beginning or end are left as they are. A type that a block declares has no name here:
 * its variable's whole place, up to `end`. */
static void zero_local(Lower *l, guint offset, guint end, guint type)
{
    const CcType *t = &g_array_index(l->p->model->types, CcType, type);
    const char *first, *last;
    if (strstr(t->cname, CC_LIFT_PREFIX))
        g_string_append_printf(l->out, "__builtin_memset(preaches_fp+%u, 0, %u); ", offset, end - offset);
    else if (members_to_zero(l->p, t, &first, &last))
        g_string_append_printf(l->out, "__builtin_memset(preaches_fp+%u+__builtin_offsetof(%s, %s), 0, "
                               "__builtin_offsetof(%s, %s)+sizeof(((%s *)0)->%s)-__builtin_offsetof(%s, %s)); ",
                               offset, t->cname, first, t->cname, last, t->cname, last, t->cname, first);
    else
        g_string_append_printf(l->out, "__builtin_memset(preaches_fp+%u, 0, sizeof(%s)); ", offset, t->cname);
}

static void render_entry(Lower *l)
{
    Func *f = l->f;
    if (f->n_locals) {
        guint bytes = l->common ? l->common->frame_bytes[f->index] : 0;
        g_string_append_printf(l->out, "char *const preaches_fp = preaches_push(%uUL); ", bytes);
    }
    cc_jump_entry(l);
    if (f->allocator)
        put(l, "unsigned preaches_wanted = preaches_take_type(); ");
    if (l->mode == LOWER_CLONE) {
        cc_resume_switch(l);
        return;
    }
    for (guint i = 0; i < f->n_locals && l->common; i++) {
        guint k = f->first_local + i;
        const CcLocal *local = &g_array_index(l->p->model->locals, CcLocal, k);
        guint end = i + 1 < f->n_locals ? l->common->local_offset[k + 1] : l->common->frame_bytes[f->index];
        if (local->zero)
            zero_local(l, l->common->local_offset[k], end, local->type);
    }
    for (guint i = 0; i < f->params->len; i++) {
        Decl *d = f->params->pdata[i];
        if (d->points_to)
            cc_vla_enter(l, d);
        if (!d->escapes)
            continue;
        g_autofree char *spelling = cc_decl_spell(d);
        cc_store_open(l, (guint)d->local, d->type, spelling);
        put(l, d->name);
        cc_store_close(l, d->type, spelling);
    }
}

static gboolean has_goto(const Node *n)
{
    if (n->kind == N_GOTO || n->kind == N_COMPUTED_GOTO)
        return TRUE;
    for (guint i = 0; i < n->n_kids; i++)
        if (has_goto(n->kid[i]))
            return TRUE;
    return FALSE;
}

void cc_lower_body(Lower *l)
{
    Func *f = l->f;
    l->pending = g_ptr_array_new();
    l->scope = g_ptr_array_new();
    l->n_sites = l->n_temps = l->n_slots = l->n_labels = l->cont = l->depth = 0;
    l->has_goto = has_goto(f->body);
    for (guint i = 0; i < f->params->len; i++)
        cc_enter_scope(l, f->params->pdata[i]);
    put(l, "{ ");
    render_entry(l);
    if (f->goes_back)
        put(l, "preaches_again: ; ");
    if (l->p->polls == CC_POLLS_RECORD && l->mode == LOWER_FAST)
        g_string_append_printf(l->out, "preaches_record_calls[%u]++; ", f->index);
    if (f->entry_poll)
        note_candidate(l, NULL, FALSE);
    if (f->entry_poll)
        cc_site_poll(l, f->decl->line, f->entry_live);
    cc_lower_stmt(l, f->body);
    put(l, " ");
    pop_frame(l);
    put(l, f->is_main ? "return 0; }" : "}");
    g_ptr_array_unref(l->pending);
    g_ptr_array_unref(l->scope);
}
