/* Sites: where frames are saved and resumed.
 *
 * poll:       preaches_at_poll(preaches_poll(ID, live...);)      gen.h: when one is wanted
 * call:       { GUARD(ID, live...); t = f(x); disarm; }         guard.c: no instruction of its own
 * --sites=flag:  t = f(x); if (unlikely(preaches_unwinding)) { preaches_save(ID, live...); return 0; }
 * clone:      if (0) { preaches_rID: ; live = load...; t = f__preaches(zeros); goto preaches_aID; }
 *             t = f(x); preaches_aID: ; */
#include "lower.h"
#include "types.h"
#include <string.h>

typedef struct Saved { const char *name, *label; char *spelling; guint type; gboolean owned; } Saved;

static gboolean in_scope(const Lower *l, const Decl *d)
{
    for (guint i = 0; i < l->scope->len; i++)
        if (l->scope->pdata[i] == d)
            return TRUE;
    return FALSE;
}

static const char *call_name(const Node *n)
{
    const Decl *d = n->kind == N_CALL ? cc_callee_decl(n) : NULL;
    return d ? d->name : n->kind == N_CALL ? "call through a pointer" : "condition";
}

static gboolean is_saved(const Lower *l, const guint64 *live, guint i)
{
    const Decl *d = l->f->tracked->pdata[i];
    guint64 wanted = live[i / 64] | (l->f->jump_live ? l->f->jump_live[i / 64] : 0);
    return ((wanted >> (i % 64) & 1) || d->overlay) && in_scope(l, d);
}

/* A variable that would have to be saved here and cannot: a va_list points into the C stack of its own
 * machine; an overlay is not there yet, or its counter has no value. NULL when there is none. */
static const Decl *unsavable(const Lower *l, const guint64 *live)
{
    for (guint i = 0; i < l->f->tracked->len; i++) {
        const Decl *d = l->f->tracked->pdata[i];
        if (d->is_va && is_saved(l, live, i))
            return d;
        if (d->overlay && (!in_scope(l, d) || (d->counter && !is_saved(l, live, (guint)d->counter->track))))
            return d;
    }
    return NULL;
}

/* The values of a site, in order: variables by bit, then temporaries. */
static GArray *saved_values(Lower *l, const guint64 *live)
{
    GArray *list = g_array_new(FALSE, TRUE, sizeof(Saved));
    if (l->f->allocator) { /* what its caller wants */
        Saved wanted = { .name = "preaches_wanted", .label = "<type of the block>",
                         .spelling = g_strdup("unsigned"), .type = cc_scalar_type(l->p, PR_UINT) };
        g_array_append_val(list, wanted);
    }
    for (guint i = 0; i < l->f->tracked->len; i++) {
        Decl *d = l->f->tracked->pdata[i];
        if (!is_saved(l, live, i))
            continue;
        d->saved = TRUE;
        Saved s = { .name = d->cname, .label = d->name, .spelling = cc_decl_spell(d), .type = cc_decl_type(l->p, d) };
        g_array_append_val(list, s);
    }
    for (guint i = 0; i < l->pending->len; i++) {
        const Node *t = l->pending->pdata[i];
        Saved s = { .name = g_strdup_printf("preaches_t%u", t->temp_no), .owned = TRUE,
                    .spelling = cc_spell_plain(t->type), .type = cc_type(l->p, l->u, t->type, NULL) };
        if (t->beyond)
            s.type = cc_limits_type(l->p, l->u, NULL, s.type);
        g_array_append_val(list, s);
    }
    return list;
}

static void free_values(GArray *list)
{
    for (guint i = 0; i < list->len; i++) {
        Saved *s = &g_array_index(list, Saved, i);
        g_free(s->spelling);
        if (s->owned)
            g_free((char *)s->name);
    }
    g_array_unref(list);
}

static guint open_site(Lower *l, gboolean is_poll, guint line, const GArray *values)
{
    guint id = l->f->first_site + l->n_sites++;
    if (l->mode != LOWER_COUNT)
        return id;
    CcModel *m = l->p->model;
    CcSite site = { .func = l->f->index, .line = line, .is_poll = is_poll,
                    .first_var = m->vars->len, .n_vars = values->len };
    g_array_append_val(m->sites, site);
    guint n_names = values->len - l->pending->len;
    for (guint i = 0; i < values->len; i++) {
        const Saved *s = &g_array_index(values, Saved, i);
        CcVar v = { .type = s->type,
                    .name = i < n_names
                        ? g_strdup(s->label)
                        : g_strdup_printf("<result of %s>", call_name(l->pending->pdata[i - n_names])) };
        g_array_append_val(m->vars, v);
    }
    return id;
}

static void render_cold_return(Lower *l)
{
    CXType t = clang_getResultType(clang_getCanonicalType(l->f->decl->type));
    if (clang_getCanonicalType(t).kind == CXType_Void) {
        g_string_append(l->out, "return; ");
        return;
    }
    g_autofree char *spelling = cc_spell_plain(t);
    g_string_append_printf(l->out, "return (%s){0}; ", spelling);
}

static char *signature_of(Lower *l, const GArray *values)
{
    GString *signature = g_string_new(NULL);
    for (guint i = 0; i < values->len; i++)
        g_string_append_c(signature, cc_guard_kind(cc_type_kind(l->p, g_array_index(values, Saved, i).type)));
    return g_string_free(signature, FALSE);
}

static void render_save(Lower *l, const char *before, const char *function, guint id, const GArray *values)
{
    g_autofree char *signature = signature_of(l, values), *site = g_strdup_printf("%u", id);
    g_autofree char **names = g_new0(char *, values->len + 1);
    for (guint i = 0; i < values->len; i++)
        names[i] = (char *)g_array_index(values, Saved, i).name;
    cc_render_save(l->out, before, function, site, signature, names);
}

/* "{ GUARD; " in front of what may unwind; nothing with --sites=flag. */
static void open_guard(Lower *l, guint id, const GArray *values)
{
    if (!l->guards)
        return;
    g_autofree char *signature = signature_of(l, values);
    cc_guard_require(l, signature);
    g_string_append_printf(l->out, "{ struct preaches_g%s preaches_g __attribute__((cleanup(preaches_u%s)))"
                           " = { %u", signature, signature, id + 1);
    for (guint i = 0; i < values->len; i++)
        g_string_append_printf(l->out, ", (const preaches_v%c *)&%s", signature[i],
                               g_array_index(values, Saved, i).name);
    g_string_append(l->out, " }; ");
}

static void close_guard(Lower *l)
{
    if (l->guards)
        g_string_append(l->out, "preaches_g.site = 0; } ");
}

static const char *loader(PrKind kind)
{
    switch (kind) {
    case PR_PTR:
    case PR_FPTR: return "preaches_load_ptr";
    case PR_FLOAT:
    case PR_DOUBLE: return "preaches_load_double";
    case PR_LDOUBLE: return "preaches_load_ldouble";
    default: return "preaches_load_int";
    }
}

static void render_loads(Lower *l, const GArray *values)
{
    for (guint i = 0; i < values->len; i++) {
        const Saved *s = &g_array_index(values, Saved, i);
        g_string_append_printf(l->out, "%s = (%s)%s(); ", s->name, s->spelling,
                               loader(cc_type_kind(l->p, s->type)));
    }
}

static void poison(Lower *l, const Decl *d)
{
    PrKind kind = cc_type_kind(l->p, cc_decl_type(l->p, d));
    g_autofree char *spelling = cc_decl_spell(d);
    const char *value = kind == PR_PTR || kind == PR_FPTR ? "0xa5a5a5a5UL"
        : kind == PR_FLOAT || kind == PR_DOUBLE || kind == PR_LDOUBLE ? "-5.5e25" : "0xa5a5a5a5a5a5a5a5ULL";
    g_string_append_printf(l->out, "%s = (%s)%s; ", d->cname, spelling, value);
}

/* Poison build: what a site does not save has a value that is wrong whenever it is read. */
static void poison_dead(Lower *l, const guint64 *live)
{
    if (!l->p->model->poison)
        return;
    for (guint i = 0; i < l->f->tracked->len; i++) {
        const Decl *d = l->f->tracked->pdata[i];
        if (!d->is_va && in_scope(l, d) && !is_saved(l, live, i))
            poison(l, d);
    }
}

void cc_site_poll(Lower *l, guint line, const guint64 *live)
{
    const Decl *why = unsavable(l, live);
    guint record = l->record;
    l->record = 0;
    if (why) {
        if (l->mode == LOWER_COUNT && why->is_va)
            cc_warn_at(l->p, &(Node){ .file = l->f->decl->file, .line = line, .col = 1 }, "-Wpreaches-varargs",
                       "no poll stands here, since va_list '%s' is still needed", why->name);
        return;
    }
    if (record && l->mode != LOWER_COUNT)
        g_string_append_printf(l->out, "preaches_record(%u); ", record - 1);
    GArray *values = saved_values(l, live);
    guint id = open_site(l, TRUE, line, values);
    if (l->mode == LOWER_CLONE) {
        g_string_append_printf(l->out, "if (0) { preaches_r%u: ; ", id);
        render_loads(l, values);
        cc_jump_rearm(l);
        g_string_append_printf(l->out, "preaches_resumed(); goto preaches_a%u; } ", id);
    }
    g_string_append(l->out, "preaches_at_poll(");
    render_save(l, l->guards ? "" : "if (", "preaches_poll", id, values);
    g_string_append(l->out, l->guards ? ";" : ") ");
    if (!l->guards)
        render_cold_return(l);
    g_string_append(l->out, ") ");
    if (l->mode == LOWER_CLONE)
        g_string_append_printf(l->out, " preaches_a%u: ; ", id);
    else
        g_string_append_c(l->out, ' ');
    poison_dead(l, live);
    free_values(values);
}

void cc_declare_temp(Lower *l, Node *n)
{
    if (clang_getCanonicalType(n->type).kind == CXType_Void) {
        n->temp = T_GONE;
    } else if (cc_is_aggregate(n->type)) {
        n->temp = T_SLOT;
        n->temp_no = l->f->n_escaping + l->n_slots++;
        if (l->mode == LOWER_COUNT) {
            guint type = cc_type(l->p, l->u, n->type, NULL);
            cc_type_require(l->p, type, n->file, n->line, n->col, "result of the call");
            CcLocal local = { .name = g_strdup_printf("<result of %s>", call_name(n)),
                              .type = type, .zero = cc_type_info(l->p, type).zero };
            g_array_append_val(l->p->model->locals, local);
            l->f->n_locals++;
        }
    } else {
        n->temp = T_SCALAR;
        n->temp_no = l->n_temps++;
        g_autofree char *spelling = cc_spell_plain(n->type);
        g_string_append_printf(l->out, "%s preaches_t%u; ", spelling, n->temp_no);
        if (l->mode == LOWER_COUNT)
            cc_type_require(l->p, cc_type(l->p, l->u, n->type, NULL), n->file, n->line, n->col,
                            "result of the call");
    }
}

static CXType callee_type(const Node *call)
{
    const Decl *d = cc_callee_decl(call);
    CXType c = clang_getCanonicalType(d ? cc_definition(d)->decl->type : call->kid[0]->conv);
    return c.kind == CXType_Pointer ? clang_getCanonicalType(clang_getPointeeType(c)) : c;
}

static void render_empty(Lower *l, CXType t, const char *before)
{
    gboolean array = clang_getArrayElementType(t).kind != CXType_Invalid || cc_is_variable(t);
    g_autofree char *spelling = array ? g_strdup("void *") : cc_spell_plain(t);
    if (cc_is_va_list(t) || strstr(spelling, "__va_list"))
        g_string_append_printf(l->out, "%s({ __builtin_va_list preaches_none; __builtin_memset("
                               "&preaches_none, 0, sizeof preaches_none); preaches_none; })", before);
    else
        g_string_append_printf(l->out, "%s(%s){0}", before, spelling);
}

/* Empty arguments, of the right number and types: on some machines their places, which the callee
 * writes to, are the caller's. In the old style the definition knows them, or else the call. */
static void render_arguments(Lower *l, const Node *call)
{
    const Decl *d = cc_callee_decl(call);
    CXType t = callee_type(call);
    gboolean typed = t.kind == CXType_FunctionProto;
    int n = typed ? clang_getNumArgTypes(t) : d ? (int)cc_definition(d)->params->len : (int)call->n_kids - 1;
    for (int i = 0; i < n; i++)
        render_empty(l, typed ? clang_getArgType(t, (unsigned)i)
                        : d ? ((Decl *)cc_definition(d)->params->pdata[i])->type
                            : call->kid[i + 1]->conv, i ? ", " : "");
}

/* The call that enters the clone of the next frame: its arguments come from the saved frame. */
static void render_clone_call(Lower *l, Node *call)
{
    const Decl *d = cc_callee_decl(call);
    if (d)
        g_string_append_printf(l->out, "%s__preaches(", d->cname);
    else {
        g_string_append(l->out, "((__typeof__(*(");
        cc_render(l, call->kid[0]);
        g_string_append(l->out, ")) *)preaches_next_clone())(");
    }
    render_arguments(l, call);
    g_string_append_c(l->out, ')');
}

/* This frame cannot be saved at the call: no checkpoint begins in it. */
static void closed_call(Lower *l, Node *call, gboolean want, const char *text, const Decl *why)
{
    if (l->mode == LOWER_COUNT && why->is_va)
        cc_warn_at(l->p, call, "-Wpreaches-varargs", "va_list '%s' is still needed after this call, from "
                   "which a poll can be reached: no checkpoint is taken before it returns", why->name);
    if (want)
        cc_declare_temp(l, call);
    else
        call->temp = T_GONE;
    g_string_append(l->out, "preaches_closed++; ");
    cc_store_temp_open(l, call);
    g_string_append(l->out, text);
    cc_store_temp_close(l, call);
    g_string_append(l->out, "preaches_closed--; ");
}

void cc_site_call(Lower *l, Node *call, gboolean want)
{
    call->temp = T_NONE;
    g_autofree char *text = cc_render_text(l, call);
    g_autofree guint64 *live = g_memdup2(l->full->after, l->f->n_words * sizeof *live);
    cc_reads(l->full, call, live);
    const Decl *why = unsavable(l, live);
    if (why) {
        closed_call(l, call, want, text, why);
        return;
    }
    GArray *values = saved_values(l, live);
    guint id = open_site(l, FALSE, call->line, values);
    if (want)
        cc_declare_temp(l, call);
    else
        call->temp = T_GONE;
    if (l->mode == LOWER_CLONE) {
        g_string_append_printf(l->out, "if (0) { preaches_r%u: ; ", id);
        render_loads(l, values);
        cc_jump_rearm(l);
        open_guard(l, id, values);
        cc_store_temp_open(l, call);
        render_clone_call(l, call);
        cc_store_temp_close(l, call);
        close_guard(l);
        g_string_append_printf(l->out, "goto preaches_a%u; } ", id);
    }
    open_guard(l, id, values);
    cc_store_temp_open(l, call);
    g_string_append(l->out, text);
    cc_store_temp_close(l, call);
    close_guard(l);
    if (l->mode == LOWER_CLONE)
        g_string_append_printf(l->out, "preaches_a%u: ; ", id);
    if (!l->guards) {
        g_string_append(l->out, "if (__builtin_expect(preaches_unwinding, 0)) { ");
        render_save(l, "", "preaches_save", id, values);
        g_string_append(l->out, "; ");
        render_cold_return(l);
        g_string_append(l->out, "} ");
    }
    poison_dead(l, live);
    free_values(values);
}

void cc_resume_switch(Lower *l)
{
    g_string_append_printf(l->out, "switch (preaches_resume(%s)) { ", l->f->n_locals ? "preaches_fp" : "(char *)0");
    for (guint i = 0; i < l->f->n_sites; i++)
        g_string_append_printf(l->out, "case %u: goto preaches_r%u; ", l->f->first_site + i,
                               l->f->first_site + i);
    g_string_append(l->out, "default: __builtin_trap(); } ");
}
