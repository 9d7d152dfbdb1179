/* Variable length arrays of reaching functions.
 *
 * Such an array is a block of the heap, made where it is declared and freed where its function returns, or
 * where the declaration is met again. Its address and the values of its bounds stand on the data stack;
 * the name becomes "*(T (*)[bound]) address", which needs no declaration with a variable type: into the
 * scope of one no clone could jump. An array whose block contains no site stays what it is.
 *
 * A pointer to such arrays is a `void *`, and named as "*(T (**)[bound]) &pointer"; its bounds stand on the data
 * stack too. Parameters keep their declaration, which the fast copy uses as it is: only its bounds are noted when it
 * is entered. In a clone they are what its caller's placeholders make of them, so there the name is replaced. */
#include "lower.h"
#include "parse.h"
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

gboolean cc_is_variable(CXType t)
{
    t = clang_getCanonicalType(t);
    while (t.kind == CXType_Pointer || t.kind == CXType_ConstantArray || t.kind == CXType_IncompleteArray)
        t = clang_getCanonicalType(t.kind == CXType_Pointer ? clang_getPointeeType(t)
                                                            : clang_getArrayElementType(t));
    return t.kind == CXType_VariableArray;
}

static gboolean is_array(CXType t) { return t.kind == CXType_VariableArray || t.kind == CXType_ConstantArray; }

static gboolean add_bound(VlaBounds *b, CXType t)
{
    if (b->n == G_N_ELEMENTS(b->bound))
        return FALSE;
    b->varies[b->n] = t.kind == CXType_VariableArray;
    b->constant[b->n] = b->varies[b->n] ? 0 : clang_getArraySize(t);
    b->n++;
    return TRUE;
}

/* Bounds as they stand behind the name. FALSE: they stand elsewhere, in a typedef say. */
static gboolean find_bounds(const Func *f, const Node *v, VlaBounds *b)
{
    CXType t = clang_getCanonicalType(v->decl->type);
    guint at = v->begin + (guint)strlen(v->decl->name), begin;
    b->n = 0;
    if (t.kind == CXType_Pointer) { /* (*a)[n] */
        t = clang_getCanonicalType(clang_getPointeeType(t));
        at = cc_skip_blank(f->unit, at);
        if (f->unit->text[at++] != ')')
            return FALSE;
    }
    for (; is_array(t); t = clang_getCanonicalType(clang_getArrayElementType(t))) {
        if (!add_bound(b, t) || !brackets(f->unit, at, &begin, &at))
            return FALSE;
        b->bound[b->n - 1] = b->varies[b->n - 1] ? kid_within(v, begin, at) : NULL;
        if (b->varies[b->n - 1] && !b->bound[b->n - 1])
            return FALSE;
    }
    b->elem = t;
    return !cc_is_variable(t);
}

/* A parameter's, as its type has them. */
static gboolean find_parameter_bounds(CXType t, VlaBounds *b)
{
    for (; is_array(t); t = clang_getCanonicalType(clang_getArrayElementType(t)))
        if (!add_bound(b, t))
            return FALSE;
    b->elem = t;
    return !cc_is_variable(t);
}

static void take_bounds(Func *f, VlaBounds *b)
{
    b->first = f->n_bounds;
    f->n_bounds += b->n;
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
    type = cc_limits_type(p, f->unit, d, type);
    g_autofree char *what = g_strdup_printf("variable length array '%s'", d->name);
    cc_type_require(p, type, d->file, d->line, d->col, what);
    CcAlloc site = { .file = g_strdup(d->file), .line = d->line, .type = type };
    d->vla->site = p->model->allocs->len;
    g_array_append_val(p->model->allocs, site);
    d->vla->index = f->n_vlas++;
    take_bounds(f, d->vla);
}

static void add_pointer(Program *p, Func *f, Decl *d, const Node *v)
{
    CXType t = clang_getCanonicalType(d->type);
    VlaBounds *b = d->points_to = g_new0(VlaBounds, 1);
    cc_keep(p, (char *)b);
    if (t.kind == CXType_VariableArray || t.kind == CXType_IncompleteArray)
        t = clang_getArrayElementType(t); /* a parameter's first bound does not count */
    else
        t = clang_getPointeeType(t);
    if (d->address_taken || clang_isConstQualifiedType(d->type) || !(v ? find_bounds(f, v, b) : find_parameter_bounds(clang_getCanonicalType(t), b)))
        cc_error(p, d->file, d->line, d->col, "-Wpreaches-vla", "'%s' points to variable length arrays, in '%s', from "
                 "which a poll can be reached, and %s", d->name, f->decl->name,
                 d->address_taken ? "its address is taken"
                 : clang_isConstQualifiedType(d->type) ? "it is constant itself" : "their bounds do not stand behind its name");
    else
        take_bounds(f, b);
}

/* Those that are neither arrays nor point to some, but to pointers to them, say, are no types we know. */
static gboolean is_pointer_to_arrays(CXType t)
{
    t = clang_getCanonicalType(t);
    if (t.kind != CXType_Pointer && t.kind != CXType_VariableArray && t.kind != CXType_IncompleteArray)
        return FALSE;
    t = clang_getCanonicalType(t.kind == CXType_Pointer ? clang_getPointeeType(t) : clang_getArrayElementType(t));
    return is_array(t) && cc_is_variable(t);
}

static void find_below(Program *p, Func *f, Node *n)
{
    Decl *d = n->kind == N_VAR ? n->decl : NULL;
    if (d && d->kind == D_LOCAL && !d->sheltered && cc_is_variable(d->type)) {
        if (clang_getCanonicalType(d->type).kind == CXType_VariableArray)
            add_array(p, f, n);
        else if (is_pointer_to_arrays(d->type))
            add_pointer(p, f, d, n);
        else
            cc_error_at(p, n, "-Wpreaches-vla", "the type of '%s' has a variable length, in '%s', from which a poll "
                        "can be reached", d->name, f->decl->name);
    }
    for (guint i = 0; i < n->n_kids; i++)
        find_below(p, f, n->kid[i]);
}

void cc_vla_find(Program *p, Func *f)
{
    for (guint i = 0; i < f->params->len; i++) {
        Decl *d = f->params->pdata[i];
        if (is_pointer_to_arrays(d->type))
            add_pointer(p, f, d, NULL);
    }
    find_below(p, f, f->body);
}

void cc_vla_locals(Program *p, Func *f)
{
    CcLocal arrays = { .name = g_strdup("<variable length arrays>"), .zero = TRUE,
                       .type = cc_array_type(p, cc_pointer_to(p, PR_TYPE_VOID), MAX(f->n_vlas, 1)) };
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
        if (b->varies[i])
            render_bound(l, b->first + i);
        else
            g_string_append_printf(l->out, "%lld", b->constant[i]);
        g_string_append_c(l->out, ']');
    }
    g_string_append_printf(l->out, ")%s", inner);
}

static void compute_bounds(Lower *l, const VlaBounds *b)
{
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
}

void cc_vla_bounds(Lower *l, const Decl *d)
{
    g_string_append(l->out, "{ ");
    compute_bounds(l, d->points_to);
    g_string_append(l->out, "} ");
}

/* The whole of dimension `i` and below: "(*a)[0]..." */
static void render_part(Lower *l, const Decl *d, guint i)
{
    g_string_append_printf(l->out, "sizeof((*%s)", d->name);
    while (i--)
        g_string_append(l->out, "[0]");
    g_string_append_c(l->out, ')');
}

void cc_vla_enter(Lower *l, const Decl *d)
{
    const VlaBounds *b = d->points_to;
    for (guint i = 0; i < b->n; i++) {
        if (!b->varies[i])
            continue;
        render_bound(l, b->first + i);
        g_string_append(l->out, " = ");
        render_part(l, d, i + 1);
        g_string_append(l->out, " ? ");
        render_part(l, d, i);
        g_string_append(l->out, " / ");
        render_part(l, d, i + 1);
        g_string_append(l->out, " : 0; ");
    }
}

void cc_vla_render_pointer(Lower *l, const Decl *d)
{
    if (d->kind == D_PARAM && l->mode == LOWER_FAST) {
        g_string_append(l->out, d->cname);
        return;
    }
    g_string_append(l->out, "(*(");
    render_type(l, d->points_to, " **");
    g_string_append_printf(l->out, ")&%s)", d->cname);
}

void cc_vla_declare(Lower *l, Node *v)
{
    const VlaBounds *b = v->decl->vla;
    g_string_append(l->out, "{ ");
    compute_bounds(l, b);
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
