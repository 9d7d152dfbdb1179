/* Variable length arrays of reaching functions.
 *
 * Such an array is a block of the heap, made where it is declared and freed where its function returns, or
 * where the declaration is met again. Its address and the values of its bounds stand on the data stack;
 * the name becomes "*(T (*)[bound]) address", which needs no declaration with a variable type: into the
 * scope of one no clone could jump. An array whose block contains no site stays what it is. */
#include "lower.h"
#include "types.h"
#include <string.h>

/* "[...]" that begins at or after `at`; FALSE when there is none. */
static gboolean brackets(const Unit *u, guint at, guint *begin, guint *end)
{
    guint depth = 0;
    while (at < u->bytes && g_ascii_isspace(u->text[at]))
        at++;
    if (u->text[at] != '[')
        return FALSE;
    for (*begin = at; at < u->bytes; at++) {
        depth += u->text[at] == '[';
        depth -= u->text[at] == ']';
        if (depth == 0)
            break;
    }
    *end = at + 1;
    return at < u->bytes;
}

static Node *kid_within(const Node *v, guint begin, guint end)
{
    for (guint i = 0; i < v->n_kids; i++)
        if (v->kid[i] != v->init && v->kid[i]->begin > begin && v->kid[i]->end < end)
            return v->kid[i];
    return NULL;
}

static gboolean is_variable(CXType t)
{
    t = clang_getCanonicalType(t);
    while (t.kind == CXType_Pointer || t.kind == CXType_ConstantArray || t.kind == CXType_IncompleteArray)
        t = clang_getCanonicalType(t.kind == CXType_Pointer ? clang_getPointeeType(t)
                                                            : clang_getArrayElementType(t));
    return t.kind == CXType_VariableArray;
}

/* Bounds as they stand behind the name. FALSE: they stand elsewhere, in a typedef say. */
static gboolean find_bounds(const Func *f, const Node *v, VlaBounds *b)
{
    CXType t = clang_getCanonicalType(v->decl->type);
    guint at = v->begin + (guint)strlen(v->decl->name), begin;
    b->n = 0;
    while (t.kind == CXType_VariableArray || t.kind == CXType_ConstantArray) {
        if (b->n == G_N_ELEMENTS(b->bound) || !brackets(f->unit, at, &begin, &at))
            return FALSE;
        b->bound[b->n] = t.kind == CXType_VariableArray ? kid_within(v, begin, at) : NULL;
        b->constant[b->n] = t.kind == CXType_ConstantArray ? clang_getArraySize(t) : 0;
        if (t.kind == CXType_VariableArray && !b->bound[b->n])
            return FALSE;
        b->n++;
        t = clang_getCanonicalType(clang_getArrayElementType(t));
    }
    b->elem = t;
    return !is_variable(t);
}

static void add_array(Program *p, Func *f, const Node *v)
{
    Decl *d = v->decl;
    d->vla = g_new0(VlaBounds, 1);
    cc_keep(p, (char *)d->vla);
    if (!find_bounds(f, v, d->vla)) {
        cc_error_at(p, v, "-Wpreaches-vla", "variable length array '%s' whose bounds do not stand behind its "
                    "name, in '%s', from which a poll can be reached", d->name, f->decl->name);
        return;
    }
    guint type = cc_type(p, f->unit, d->vla->elem, NULL);
    g_autofree char *what = g_strdup_printf("variable length array '%s'", d->name);
    cc_type_require(p, type, d->file, d->line, d->col, what);
    CcAlloc site = { .file = g_strdup(d->file), .line = d->line, .type = type };
    d->vla->site = p->model->allocs->len;
    g_array_append_val(p->model->allocs, site);
    d->vla->index = f->n_vlas++;
    d->vla->first = f->n_bounds;
    f->n_bounds += d->vla->n;
}

void cc_vla_find(Program *p, Func *f, Node *n)
{
    if (n->kind == N_VAR && n->decl->kind == D_LOCAL && !n->decl->sheltered && is_variable(n->decl->type)) {
        if (clang_getCanonicalType(n->decl->type).kind == CXType_VariableArray)
            add_array(p, f, n);
        else
            cc_error_at(p, n, "-Wpreaches-vla", "'%s' points to variable length arrays, in '%s', from which a "
                        "poll can be reached", n->decl->name, f->decl->name);
    }
    for (guint i = 0; i < n->n_kids; i++)
        cc_vla_find(p, f, n->kid[i]);
    for (guint i = 0; n == f->body && i < f->params->len; i++) {
        const Decl *d = f->params->pdata[i];
        CXType t = clang_getCanonicalType(d->type);
        if (t.kind == CXType_VariableArray || t.kind == CXType_IncompleteArray)
            t = clang_getArrayElementType(t); /* its first bound does not count */
        if (is_variable(t))
            cc_error(p, d->file, d->line, d->col, "-Wpreaches-vla", "parameter '%s' points to variable length "
                     "arrays, in '%s', from which a poll can be reached", d->name, f->decl->name);
    }
}

void cc_vla_locals(Program *p, Func *f)
{
    CcLocal arrays = { .name = g_strdup("<variable length arrays>"), .zero = TRUE,
                       .type = cc_array_type(p, cc_pointer_to(p, PR_TYPE_VOID), f->n_vlas) };
    CcLocal bounds = { .name = g_strdup("<their bounds>"), .zero = TRUE,
                       .type = cc_array_type(p, cc_scalar_type(p, PR_ULONG), f->n_bounds) };
    g_array_append_val(p->model->locals, arrays);
    g_array_append_val(p->model->locals, bounds);
}

static guint offset_of(const Lower *l, int local)
{
    return l->common ? l->common->local_offset[l->f->first_local + (guint)local] : 0;
}

static void render_bound(Lower *l, guint i)
{
    g_string_append_printf(l->out, "((unsigned long *)(preaches_fp+%u))[%u]",
                           offset_of(l, l->f->vla_local + 1), i);
}

/* "__typeof__(T)[bound]..." around `inner`. */
static void render_type(Lower *l, const VlaBounds *b, const char *inner)
{
    g_autofree char *spelling = cc_spell(b->elem);
    g_string_append_printf(l->out, "__typeof__(__typeof__(%s)", spelling);
    for (guint i = 0; i < b->n; i++) {
        g_string_append_c(l->out, '[');
        if (b->bound[i])
            render_bound(l, b->first + i);
        else
            g_string_append_printf(l->out, "%lld", b->constant[i]);
        g_string_append_c(l->out, ']');
    }
    g_string_append_printf(l->out, ")%s", inner);
}

void cc_vla_declare(Lower *l, Node *v)
{
    const VlaBounds *b = v->decl->vla;
    g_string_append(l->out, "{ ");
    for (guint i = 0; i < b->n; i++) {
        if (!b->bound[i])
            continue;
        if (b->bound[i]->reach)
            cc_hoist(l, b->bound[i], TRUE);
        render_bound(l, b->first + i);
        g_string_append(l->out, " = (unsigned long)(");
        cc_render(l, b->bound[i]);
        g_string_append(l->out, "); ");
    }
    g_string_append_printf(l->out, "preaches_make_array((void **)(preaches_fp+%u)+%u, sizeof(",
                           offset_of(l, l->f->vla_local), b->index);
    render_type(l, b, "");
    g_string_append_printf(l->out, "), %uu, %u); } ",
                           g_array_index(l->p->model->allocs, CcAlloc, b->site).type, b->site);
}

void cc_vla_render(Lower *l, const Decl *d)
{
    g_string_append(l->out, "(*(");
    render_type(l, d->vla, " *");
    g_string_append_printf(l->out, ")((void **)(preaches_fp+%u))[%u])", offset_of(l, l->f->vla_local),
                           d->vla->index);
}

void cc_vla_free(Lower *l)
{
    if (l->f->n_vlas)
        g_string_append_printf(l->out, "preaches_free_arrays((void **)(preaches_fp+%u), %u); ",
                               offset_of(l, l->f->vla_local), l->f->n_vlas);
}
