/* Functions of the program's own that are allocators.
 *
 * A function that returns an allocator's result as `void *` is an allocator itself, typed at its
 * callers, also those that call it through a pointer: each call says which site's block it wants
 * (preaches_typed), and the function hands that on to the calls whose result it returns. Only functions
 * all of whose results are new blocks (or null, or a parameter handed back) are taken for allocators,
 * because a block handed out twice could be wanted as two types. */
#include "ast.h"
#include "alloc.h"
#include "hints.h"
#include "types.h"
#include "libc_table.h"
#include <string.h>

typedef enum Value { V_NULL, V_BLOCK, V_OTHER } Value;

gboolean cc_is_pointer_to_void(CXType t, gboolean bytes_too)
{
    CXType c = clang_getCanonicalType(t);
    if (c.kind != CXType_Pointer)
        return FALSE;
    CXType to = clang_getCanonicalType(clang_getPointeeType(c));
    return to.kind == CXType_Void ||
        (bytes_too && (to.kind == CXType_Char_S || to.kind == CXType_Char_U ||
                       to.kind == CXType_SChar || to.kind == CXType_UChar));
}

/* Is malloc, calloc or realloc taken as a value that this call may mean? */
static gboolean may_be_library(Program *p, const char *shape)
{
    static const char *const values[][2] = { { "malloc", "pi" }, { "calloc", "pii" },
                                             { "realloc", "ppi" } };
    for (guint i = 0; i < G_N_ELEMENTS(values); i++)
        if (strcmp(shape, values[i][1]) == 0 && g_hash_table_contains(p->values, values[i][0]))
            return TRUE;
    return FALSE;
}

static gboolean through_pointer(Program *p, const Node *n)
{
    CXType c = clang_getCanonicalType(n->kid[0]->conv);
    if (c.kind == CXType_Pointer)
        c = clang_getCanonicalType(clang_getPointeeType(c));
    if (!cc_is_pointer_to_void(n->type, FALSE) ||
        (c.kind != CXType_FunctionProto && c.kind != CXType_FunctionNoProto))
        return FALSE;
    g_autofree char *shape = cc_function_shape(c);
    if (may_be_library(p, shape))
        return TRUE;
    g_autoptr(GPtrArray) targets = g_ptr_array_new();
    cc_call_targets(p, n, targets);
    for (guint i = 0; i < targets->len; i++)
        if (((Func *)targets->pdata[i])->allocator)
            return TRUE;
    return FALSE;
}

gboolean cc_is_allocation(Program *p, const Node *n)
{
    const char *with;
    Decl *d = n->kind == N_CALL ? cc_callee_decl(n) : NULL;
    if (n->kind != N_CALL)
        return FALSE;
    if (!d)
        return through_pointer(p, n);
    Func *f = cc_definition(d);
    if (f)
        return f->allocator;
    LibcRule rule = cc_libc_rule(d->name, &with);
    return rule == LIBC_MALLOC || rule == LIBC_CALLOC || rule == LIBC_REALLOC || rule == LIBC_TYPED;
}

/* Without parentheses and conversions between void and byte pointers. */
const Node *cc_plain_value(const Node *n)
{
    while (n->kind == N_PAREN || (n->kind == N_CAST && cc_is_pointer_to_void(n->type, TRUE)))
        n = n->kid[0];
    return n;
}

static Node *plain_value(Node *n) { return (Node *)(uintptr_t)cc_plain_value(n); }

gboolean cc_is_null(const Unit *u, const Node *n)
{
    while (n->kind == N_PAREN || n->kind == N_CAST)
        n = n->kid[0];
    return n->end == n->begin + 1 && u->text[n->begin] == '0';
}

typedef struct Search { /* over one function, for one variable or (var NULL) for its results */
    Func *f;
    Decl *var;
    gboolean pass; /* mark the calls */
    gboolean block, other;
} Search;

static gboolean holds_blocks(Func *f, Decl *v, gboolean pass);

static gboolean is_written(const Node *n, const Decl *v)
{
    Node *to = n->kind == N_ASSIGN || n->stores || n->kind == N_ADDRESS ? cc_strip(n->kid[0]) : NULL;
    if (to && to->kind == N_REF && to->decl == v)
        return TRUE;
    for (guint i = 0; i < n->n_kids; i++)
        if (is_written(n->kid[i], v))
            return TRUE;
    return FALSE;
}

static Value value_of(Search *s, Node *n)
{
    n = plain_value(n);
    if (cc_is_null(s->f->unit, n))
        return V_NULL;
    if (n->kind == N_COND) {
        Value a = value_of(s, n->kid[1]), b = value_of(s, n->kid[2]);
        return a > b ? a : b;
    }
    if (n->kind == N_COMMA)
        return value_of(s, n->kid[1]);
    if (cc_is_allocation(s->f->unit->program, n)) {
        n->passes |= s->pass;
        return V_BLOCK;
    }
    Decl *d = n->kind == N_REF && !s->var ? n->decl : NULL;
    if (d && (d->kind == D_LOCAL || d->kind == D_PARAM) && cc_is_pointer_to_void(d->type, TRUE) &&
        holds_blocks(s->f, d, s->pass))
        return V_BLOCK;
    if (d && d->kind == D_PARAM && cc_is_pointer_to_void(d->type, FALSE) && !is_written(s->f->body, d))
        return V_NULL; /* handed back as it came: nothing new */
    return V_OTHER;
}

static void take(Search *s, Node *value)
{
    Value v = value_of(s, value);
    s->block |= v == V_BLOCK;
    s->other |= v == V_OTHER;
}

static gboolean is_var(const Search *s, Node *n)
{
    n = plain_value(n);
    return n->kind == N_REF && n->decl == s->var;
}

/* What is stored in the variable, and whether it is used as anything but a pointer to whatever the
 * caller wants: tested, compared, handed on as it is. */
static void search_var(Search *s, Node *n, const Node *parent)
{
    if (n->kind == N_VAR && n->decl == s->var && n->n_kids)
        take(s, n->kid[n->n_kids - 1]);
    if (n->kind == N_ASSIGN && is_var(s, n->kid[0])) {
        if (n->stores)
            s->other = TRUE;
        else
            take(s, n->kid[1]);
    }
    if (n->kind <= N_LAST_STMT || n->kind == N_VAR)
        parent = NULL;
    else if (is_var(s, n)) {
        const Decl *callee = parent && parent->kind == N_CALL ? cc_callee_decl(parent) : NULL;
        gboolean library = callee && !cc_definition(callee);
        gboolean tested = parent && parent->kind == N_OPERATOR && parent->n_kids == 2 &&
            clang_getCanonicalType(parent->type).kind == CXType_Int;
        gboolean negated = parent && parent->kind == N_OPERATOR && parent->n_kids == 1 &&
            s->f->unit->text[parent->begin] == '!';
        gboolean as_it_is = cc_is_pointer_to_void(n->conv, FALSE) ||
            clang_equalTypes(clang_getCanonicalType(n->conv), clang_getCanonicalType(s->var->type));
        if (!library && !as_it_is && !tested && !negated)
            s->other = TRUE;
        if (parent && (parent->kind == N_ADDRESS || parent->kind == N_OTHER ||
                       parent->kind == N_MEMBER ||
                       (parent->kind == N_OPERATOR && !tested && !negated) ||
                       (parent->kind == N_CAST && !cc_is_pointer_to_void(parent->type, TRUE) &&
                        clang_getCanonicalType(parent->type).kind == CXType_Pointer)))
            s->other = TRUE;
    }
    for (guint i = 0; i < n->n_kids; i++)
        if (n->kind != N_SIZEOF)
            search_var(s, n->kid[i], n->kind == N_PAREN ? parent : n);
}

static gboolean holds_blocks(Func *f, Decl *v, gboolean pass)
{
    Search s = { .f = f, .var = v, .pass = pass };
    search_var(&s, f->body, NULL);
    return s.block && !s.other;
}

static void search_returns(Search *s, Node *n)
{
    if (n->kind == N_RETURN && n->cond)
        take(s, n->cond);
    for (guint i = 0; i < n->n_kids; i++)
        search_returns(s, n->kid[i]);
}

static gboolean find_allocator(Func *f)
{
    CXType result = clang_getResultType(clang_getCanonicalType(f->decl->type));
    if (f->body && !f->allocator && cc_hint_alloc(f->unit->program, HINT_ALLOCATOR, f->decl->name, 0))
        return f->allocator = f->hinted_allocator = TRUE;
    if (!f->body || f->allocator || f->is_main || !cc_is_pointer_to_void(result, FALSE))
        return FALSE;
    Search s = { .f = f };
    search_returns(&s, f->body);
    if (!s.block || s.other)
        return FALSE;
    s.pass = TRUE;
    search_returns(&s, f->body);
    return f->allocator = TRUE;
}

/* Wrappers of wrappers: until there are no more. */
void cc_find_allocators(Program *p)
{
    for (gboolean more = TRUE; more;) {
        more = FALSE;
        for (guint i = 0; i < p->n_units; i++)
            for (guint k = 0; k < p->units[i]->funcs->len; k++)
                more |= find_allocator(p->units[i]->funcs->pdata[k]);
    }
}
