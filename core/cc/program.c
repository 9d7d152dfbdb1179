/* cc_model_new and what all passes share. */
#include "ast.h"
#include "callbacks.h"
#include "types.h"
#include "hints.h"
#include "leads.h"
#include "libc_table.h"
#include "lower.h"
#include <stdarg.h>
#include <string.h>

void cc_error(Program *p, const char *file, guint line, guint col, const char *option,
              const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    g_autofree char *text = g_strdup_vprintf(format, ap);
    va_end(ap);
    p->diag->n_errors++;
    p->diag->report(p->diag, TRUE, file, line, col, option, text);
    if (p->about)
        cc_note_chain(p, g_steal_pointer(&p->about));
}

void cc_error_at(Program *p, const Node *n, const char *option, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    g_autofree char *text = g_strdup_vprintf(format, ap);
    va_end(ap);
    cc_error(p, n->file, n->line, n->col, option, "%s", text);
}

void cc_warn_at(Program *p, const Node *n, const char *option, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    g_autofree char *text = g_strdup_vprintf(format, ap);
    va_end(ap);
    p->diag->n_warnings++;
    p->diag->report(p->diag, FALSE, n->file, n->line, n->col, option, text);
}

char *cc_keep(Program *p, char *string)
{
    g_ptr_array_add(p->garbage, string);
    return string;
}

gboolean cc_names(const Node *n, const Decl *d)
{
    gboolean found = n->kind == N_REF && n->decl == d;
    for (guint i = 0; i < n->n_kids && !found; i++)
        found = cc_names(n->kid[i], d);
    return found;
}

Node *cc_strip(Node *n)
{
    while (n->kind == N_PAREN)
        n = n->kid[0];
    return n;
}

Node *cc_strip_casts(Node *n)
{
    while (n->kind == N_PAREN || n->kind == N_CAST)
        n = n->kid[0];
    return n;
}

gboolean cc_constant(const Node *n, guint64 *value)
{
    CXEvalResult r = clang_Cursor_Evaluate(n->cursor);
    gboolean ok = r && clang_EvalResult_getKind(r) == CXEval_Int;
    if (ok)
        *value = clang_EvalResult_getAsUnsigned(r);
    if (r)
        clang_EvalResult_dispose(r);
    return ok;
}

gboolean cc_passes_callee(const Node *n)
{
    return n->kind == N_PAREN || n->kind == N_ADDRESS ||
        (n->kind == N_OPERATOR && n->n_kids == 1 && !n->stores);
}

Decl *cc_callee_decl(const Node *call)
{
    Node *callee = call->kid[0];
    while (cc_passes_callee(callee))
        callee = callee->kid[0];
    return callee->kind == N_REF && callee->decl && callee->decl->kind == D_FUNC ? callee->decl
                                                                                 : NULL;
}

Func *cc_definition(const Decl *function)
{
    if (function->func)
        return function->func;
    if (function->is_static || function->is_system)
        return function->is_system && !function->is_static
            ? g_hash_table_lookup(function->unit->program->functions, function->name)
            : NULL;
    return g_hash_table_lookup(function->unit->program->functions, function->name);
}

const char *cc_library_variable(const Decl *d, gboolean *stream)
{
    if (d->kind != D_GLOBAL || d->is_static || d->defined ||
        (!d->is_system && g_hash_table_lookup(d->unit->program->variables, d->name)))
        return NULL;
    return cc_libc_variable(d->name, stream);
}

Func *cc_callee(const Node *call)
{
    Decl *d = cc_callee_decl(call);
    return d ? cc_definition(d) : NULL;
}

static void link_units(Program *p)
{
    for (guint i = 0; i < p->n_units; i++) {
        Unit *u = p->units[i];
        for (guint k = 0; k < u->funcs->len; k++) {
            Func *f = u->funcs->pdata[k];
            if (f->decl->is_static)
                continue;
            if (g_hash_table_lookup(p->functions, f->decl->name) &&
                clang_getCursorLinkage(f->decl->cursor) == CXLinkage_External)
                cc_error(p, f->decl->file, f->decl->line, f->decl->col, "-Wpreaches-link",
                         "function '%s' is defined twice", f->decl->name);
            g_hash_table_insert(p->functions, f->decl->name, f);
            if (f->is_main)
                p->main = f;
        }
        for (guint k = 0; k < u->vars->len; k++) {
            Decl *d = u->vars->pdata[k];
            if (!d->is_static)
                g_hash_table_insert(p->variables, d->name, d);
        }
    }
}

static void clear_type(gpointer data)
{
    g_free(((CcType *)data)->name);
    g_free(((CcType *)data)->cname);
    g_free(((CcType *)data)->check);
}

static void clear_field(gpointer data)
{
    g_free(((CcField *)data)->name);
    g_free(((CcField *)data)->member);
}

static void clear_lift(gpointer data) { g_free(((CcLift *)data)->text); }

static void clear_symbol(gpointer data)
{
    g_free(((CcSymbol *)data)->name);
    g_free(((CcSymbol *)data)->cname);
    g_free(((CcSymbol *)data)->file);
}

static void clear_local(gpointer data) { g_free(((CcLocal *)data)->name); }
static void clear_var(gpointer data) { g_free(((CcVar *)data)->name); }
static void clear_alloc(gpointer data) { g_free(((CcAlloc *)data)->file); }

static void clear_look(gpointer data) { g_free(((CcLook *)data)->text); }

static void clear_size(gpointer data)
{
    CcSize *size = data;
    g_free(size->file);
    g_free(size->kept);
    g_free(size->kept_file);
    g_free(size->used_file);
}

static void clear_func(gpointer data)
{
    g_free(((CcFunc *)data)->name);
    g_free(((CcFunc *)data)->file);
}

static GArray *table(gsize size, GDestroyNotify clear)
{
    GArray *a = g_array_new(FALSE, TRUE, (guint)size);
    if (clear)
        g_array_set_clear_func(a, clear);
    return a;
}

static CcModel *model_new(Program *p)
{
    CcModel *m = g_new0(CcModel, 1);
    m->types = table(sizeof(CcType), clear_type);
    m->fields = table(sizeof(CcField), clear_field);
    m->choices = table(sizeof(PrChoice), NULL);
    m->steps = table(sizeof(guint), NULL);
    m->cases = table(sizeof(PrCase), NULL);
    m->lifts = table(sizeof(CcLift), clear_lift);
    m->symbols = table(sizeof(CcSymbol), clear_symbol);
    m->funcs = table(sizeof(CcFunc), clear_func);
    m->locals = table(sizeof(CcLocal), clear_local);
    m->sites = table(sizeof(CcSite), NULL);
    m->vars = table(sizeof(CcVar), clear_var);
    m->allocs = table(sizeof(CcAlloc), clear_alloc);
    m->sizes = table(sizeof(CcSize), clear_size);
    m->looks = table(sizeof(CcLook), clear_look);
    m->priv = p;
    return m;
}

static Program *program_new(const PrArch *arch, CcPolls polls, CcDiag *diag)
{
    Program *p = g_new0(Program, 1);
    p->arch = arch;
    p->polls = polls;
    p->diag = diag;
    p->index = clang_createIndex(0, 0);
    p->functions = g_hash_table_new(g_str_hash, g_str_equal);
    p->variables = g_hash_table_new(g_str_hash, g_str_equal);
    p->values = g_hash_table_new(g_str_hash, g_str_equal);
    p->type_ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    p->declared = g_hash_table_new(NULL, NULL);
    p->spelled = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    p->type_infos = g_array_new(FALSE, TRUE, sizeof(TypeInfo));
    p->hints = g_ptr_array_new();
    p->record_names = g_ptr_array_new();
    p->garbage = g_ptr_array_new_with_free_func(g_free);
    p->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    p->beyond = g_hash_table_new(NULL, NULL);
    p->bits = g_hash_table_new(NULL, NULL);
    return p;
}

static void program_free(Program *p)
{
    for (guint i = 0; i < p->n_units; i++)
        cc_unit_free(p->units[i]);
    g_free(p->units);
    if (p->candidates)
        g_array_unref(p->candidates);
    clang_disposeIndex(p->index);
    g_hash_table_unref(p->functions);
    g_hash_table_unref(p->variables);
    g_hash_table_unref(p->values);
    g_hash_table_unref(p->type_ids);
    g_hash_table_unref(p->declared);
    g_hash_table_unref(p->spelled);
    g_array_unref(p->type_infos);
    cc_hints_free(p->hints);
    g_ptr_array_unref(p->record_names);
    g_ptr_array_unref(p->garbage);
    g_hash_table_unref(p->files);
    g_hash_table_unref(p->beyond);
    g_hash_table_unref(p->bits);
    g_free(p);
}

void cc_model_free(CcModel *model)
{
    if (!model)
        return;
    program_free(model->priv);
    g_array_unref(model->types);
    g_array_unref(model->fields);
    g_array_unref(model->choices);
    g_array_unref(model->steps);
    g_array_unref(model->cases);
    g_array_unref(model->lifts);
    g_array_unref(model->symbols);
    g_array_unref(model->funcs);
    g_array_unref(model->locals);
    g_array_unref(model->sites);
    g_array_unref(model->vars);
    g_array_unref(model->allocs);
    g_array_unref(model->sizes);
    g_array_unref(model->looks);
    g_free(model);
}

static void forbid_polls(Program *p)
{
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; k < p->units[i]->funcs->len; k++) {
            Func *f = p->units[i]->funcs->pdata[k];
            const Hint *h = cc_hint(p, HINT_NEVER, f->decl->name);
            f->never |= h && !h->names; /* with exceptions: polls.c */
        }
}

/* The texts, with the constants that hints give one value on all architectures. */
static gboolean parse(Program *p, const CcSource *units, guint n)
{
    g_autofree CcSource *sources = g_new0(CcSource, n + 1);
    g_auto(GStrv) texts = g_new0(char *, n + 1);
    for (guint i = 0; i < n; i++) {
        sources[i] = units[i];
        sources[i].text = texts[i] = cc_hints_substitute(p, units[i].text, &sources[i].bytes);
    }
    if (p->diag->n_errors || !cc_parse(p, sources, n))
        return FALSE;
    for (guint i = 0; i < n; i++)
        cc_hints_scan(p, p->units[i]);
    return p->diag->n_errors == 0;
}

/* Each pass needs what the ones before it found; a pass with errors ends the analysis. */
static gboolean analyse(Program *p, const CcSource *units, guint n_units)
{
    if (!parse(p, units, n_units))
        return FALSE;
    link_units(p);
    cc_hints_check_functions(p);
    cc_hints_check_contradictions(p);
    cc_find_measured(p);
    cc_redirect_values(p);
    cc_redirect_parts(p);
    cc_types_init(p);
    cc_check(p);
    forbid_polls(p);
    cc_constructors(p);
    cc_reach(p);
    cc_check_reaching(p);
    if (p->diag->n_errors)
        return FALSE;
    cc_find_limits(p);
    cc_attributes(p);
    cc_escape(p);
    cc_overlays(p);
    cc_symbols(p);
    cc_allocations(p);
    CcLeads *leads = cc_leads_new(p);
    cc_check_bytes(p, leads);
    cc_check_addresses(p, leads);
    cc_leads_free(leads);
    cc_check_words(p);
    if (p->diag->n_errors)
        return FALSE;
    cc_lower_count(p);
    cc_sizes(p);
    cc_hints_check(p);
    return p->diag->n_errors == 0;
}

CcModel *cc_model_new_hinted(const CcSource *units, guint n_units, const CcSource *hints,
                             guint n_hints, const PrArch *arch, CcPolls polls,
                             const struct CcProfile *profile, CcDiag *diag)
{
    guint errors_before = diag->n_errors;
    diag->n_errors = 0;
    Program *p = program_new(arch, polls, diag);
    CcModel *m = p->model = model_new(p);
    p->profile = profile;
    m->n_units = n_units;
    cc_hints_read(p, hints, n_hints);
    gboolean ok = analyse(p, units, n_units);
    diag->n_errors += errors_before;
    p->diag = NULL;
    if (!ok) {
        cc_model_free(m);
        return NULL;
    }
    m->has_main = p->main != NULL;
    m->main_reaches = p->main && p->main->reaching;
    return m;
}

CcModel *cc_model_new(const CcSource *units, guint n_units, const PrArch *arch, CcPolls polls,
                      CcDiag *diag)
{
    return cc_model_new_hinted(units, n_units, NULL, 0, arch, polls, NULL, diag);
}

/* ---- signature ---- */

static void sign_types(const CcModel *m, GString *s)
{
    for (guint i = 0; i < m->types->len; i++) {
        const CcType *t = &g_array_index(m->types, CcType, i);
        g_string_append_printf(s, "type %u %d %s unit %u elem %u count %" G_GUINT64_FORMAT
                               " fields %u+%u rest %u behind %u\n", i, (int)t->kind, t->name, t->unit,
                               t->elem, t->count, t->first_field, t->n_fields, t->rest, t->counter);
    }
    for (guint i = 0; i < m->fields->len; i++) {
        const CcField *f = &g_array_index(m->fields, CcField, i);
        g_string_append_printf(s, "field %u %s type %u bits %u\n", i, f->name, f->type, f->bits);
    }
    for (guint i = 0; i < m->choices->len; i++) {
        const PrChoice *c = &g_array_index(m->choices, PrChoice, i);
        g_string_append_printf(s, "choice %u of type %u steps %u+%u+%u mask %" G_GUINT64_FORMAT
                               " here %d cases %u+%u\n", i, c->owner, c->first_step, c->n_union,
                               c->n_tag, c->mask, c->here, c->first_case, c->n_cases);
    }
    for (guint i = 0; i < m->steps->len; i++)
        g_string_append_printf(s, "step %u field %u\n", i, g_array_index(m->steps, guint, i));
    for (guint i = 0; i < m->cases->len; i++) {
        const PrCase *k = &g_array_index(m->cases, PrCase, i);
        g_string_append_printf(s, "case %u %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT " field %u\n", i,
                               k->low, k->high, k->field);
    }
}

static void sign_functions(const CcModel *m, GString *s)
{
    for (guint i = 0; i < m->funcs->len; i++) {
        const CcFunc *f = &g_array_index(m->funcs, CcFunc, i);
        g_string_append_printf(s, "func %u %s %s symbol %u unit %u locals %u+%u\n", i, f->name,
                               f->file, f->symbol, f->unit, f->first_local, f->n_locals);
    }
    for (guint i = 0; i < m->locals->len; i++) {
        const CcLocal *l = &g_array_index(m->locals, CcLocal, i);
        g_string_append_printf(s, "local %u %s type %u zero %d\n", i, l->name, l->type, l->zero);
    }
    for (guint i = 0; i < m->sites->len; i++) {
        const CcSite *t = &g_array_index(m->sites, CcSite, i);
        g_string_append_printf(s, "site %u func %u line %u poll %d vars %u+%u\n", i, t->func,
                               t->line, t->is_poll, t->first_var, t->n_vars);
    }
    for (guint i = 0; i < m->vars->len; i++) {
        const CcVar *v = &g_array_index(m->vars, CcVar, i);
        g_string_append_printf(s, "var %u %s type %u\n", i, v->name, v->type);
    }
}

char *cc_model_signature(const CcModel *m)
{
    GString *s = g_string_new(NULL);
    g_string_append_printf(s, "units %u main %d reaches %d\n", m->n_units, m->has_main,
                           m->main_reaches);
    sign_types(m, s);
    for (guint i = 0; i < m->symbols->len; i++) {
        const CcSymbol *y = &g_array_index(m->symbols, CcSymbol, i);
        g_string_append_printf(s, "symbol %u %d %s %s unit %u type %u\n", i, (int)y->kind, y->name,
                               y->file, y->unit, y->type); /* #ifdef may give it another line */
    }
    sign_functions(m, s);
    for (guint i = 0; i < m->allocs->len; i++) {
        const CcAlloc *a = &g_array_index(m->allocs, CcAlloc, i);
        g_string_append_printf(s, "alloc %u %s:%u type %u\n", i, a->file, a->line, a->type);
    }
    return g_string_free(s, FALSE);
}
