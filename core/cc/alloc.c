/* Allocation sites: the type of each block.
 *
 * A block takes its type at the first conversion of the allocator's result from `void *`. A function
 * that returns such a result as `void *` is an allocator itself, typed at its callers: each call says
 * the type (preaches_typed), and the function hands it on to the calls whose result it returns. Only
 * functions all of whose results are new blocks (or null) are taken for allocators, because a block
 * handed out twice could be wanted as two types. */
#include "ast.h"
#include "types.h"
#include "libc_table.h"
#include <string.h>

/* ---- functions that are allocators ---- */

typedef enum Value { V_NULL, V_BLOCK, V_OTHER } Value;

static gboolean is_pointer_to(CXType t, gboolean bytes_too)
{
    CXType c = clang_getCanonicalType(t);
    if (c.kind != CXType_Pointer)
        return FALSE;
    CXType to = clang_getCanonicalType(clang_getPointeeType(c));
    return to.kind == CXType_Void ||
        (bytes_too && (to.kind == CXType_Char_S || to.kind == CXType_Char_U ||
                       to.kind == CXType_SChar || to.kind == CXType_UChar));
}

static gboolean is_allocation(const Node *n)
{
    const char *with;
    Decl *d = n->kind == N_CALL ? cc_callee_decl(n) : NULL;
    if (!d)
        return FALSE;
    Func *f = cc_definition(d);
    if (f)
        return f->allocator;
    LibcRule rule = cc_libc_rule(d->name, &with);
    return rule == LIBC_MALLOC || rule == LIBC_CALLOC || rule == LIBC_REALLOC;
}

/* Without parentheses and conversions between void and byte pointers. */
static Node *plain_value(Node *n)
{
    while (n->kind == N_PAREN || (n->kind == N_CAST && is_pointer_to(n->type, TRUE)))
        n = n->kid[0];
    return n;
}

static gboolean is_null(const Unit *u, Node *n)
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

static Value value_of(Search *s, Node *n)
{
    n = plain_value(n);
    if (is_null(s->f->unit, n))
        return V_NULL;
    if (n->kind == N_COND) {
        Value a = value_of(s, n->kid[1]), b = value_of(s, n->kid[2]);
        return a > b ? a : b;
    }
    if (n->kind == N_COMMA)
        return value_of(s, n->kid[1]);
    if (is_allocation(n)) {
        n->passes |= s->pass;
        return V_BLOCK;
    }
    Decl *d = n->kind == N_REF && !s->var ? n->decl : NULL;
    if (d && (d->kind == D_LOCAL || d->kind == D_PARAM) && is_pointer_to(d->type, TRUE) &&
        holds_blocks(s->f, d, s->pass))
        return V_BLOCK;
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
        gboolean as_it_is = is_pointer_to(n->conv, FALSE) ||
            clang_equalTypes(clang_getCanonicalType(n->conv), clang_getCanonicalType(s->var->type));
        if (!library && !as_it_is && !tested && !negated)
            s->other = TRUE;
        if (parent && (parent->kind == N_ADDRESS || parent->kind == N_OTHER ||
                       parent->kind == N_MEMBER ||
                       (parent->kind == N_OPERATOR && !tested && !negated) ||
                       (parent->kind == N_CAST && !is_pointer_to(parent->type, TRUE) &&
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
    if (!f->body || f->allocator || f->reaching || f->address_taken || f->is_main ||
        !is_pointer_to(result, FALSE))
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
static void find_allocators(Program *p)
{
    for (gboolean more = TRUE; more;) {
        more = FALSE;
        for (guint i = 0; i < p->n_units; i++)
            for (guint k = 0; k < p->units[i]->funcs->len; k++)
                more |= find_allocator(p->units[i]->funcs->pdata[k]);
    }
}

/* ---- allocation sites ---- */

static CXType element_of_arrays(CXType t)
{
    t = clang_getCanonicalType(t);
    while (t.kind == CXType_ConstantArray)
        t = clang_getCanonicalType(clang_getArrayElementType(t));
    return clang_getUnqualifiedType(t);
}

static gboolean says_char(const Unit *u, const Node *n)
{
    g_autofree char *text = g_strndup(u->text + n->begin, n->end - n->begin);
    return strstr(text, "char") && !strchr(text, '*');
}

/* The second witness: a sizeof in the size must speak of the element type. */
static gboolean sizeof_agrees(const Unit *u, const Node *n, CXType elem)
{
    CXType want = element_of_arrays(elem);
    if (n->n_kids == 1)
        return clang_equalTypes(element_of_arrays(n->kid[0]->type), want) != 0;
    long long size = clang_Type_getSizeOf(want);
    CXEvalResult r = clang_Cursor_Evaluate(n->cursor);
    if (!r)
        return FALSE;
    long long value = clang_EvalResult_getAsLongLong(r);
    clang_EvalResult_dispose(r);
    if (size == 1)
        return value == 1 || says_char(u, n);
    return size > 0 && value % size == 0;
}

static void check_sizeofs(Program *p, const Unit *u, const Node *n, CXType elem)
{
    if (n->kind == N_SIZEOF) {
        if (!sizeof_agrees(u, n, elem)) {
            g_autofree char *name = cc_spell(elem);
            cc_error_at(p, n, "-Wpreaches-allocation",
                        "the size speaks of another type than the block's elements ('%s')", name);
        }
        return;
    }
    if (n->kind == N_OPERATOR || n->kind == N_PAREN || n->kind == N_CAST)
        for (guint i = 0; i < n->n_kids; i++)
            check_sizeofs(p, u, n->kid[i], elem);
}

/* Whether the size is a whole number of elements for all values of its variables. `sizeof(T) + n` is
 * not: behind the element stands something else (the struct hack), and nobody but the program knows
 * its type. check_sizeofs() has seen to it that each sizeof speaks of the element. */
static gboolean counts_elements(const Node *n)
{
    if (n->kind == N_SIZEOF)
        return TRUE;
    if ((n->kind == N_PAREN || n->kind == N_CAST) && n->n_kids > 0)
        return counts_elements(n->kid[n->n_kids - 1]);
    if (n->kind == N_COND && n->n_kids == 3)
        return counts_elements(n->kid[1]) && counts_elements(n->kid[2]);
    if (n->kind != N_OPERATOR || n->n_kids != 2)
        return FALSE;
    if (n->op == CXBinaryOperator_Mul)
        return counts_elements(n->kid[0]) || counts_elements(n->kid[1]);
    return (n->op == CXBinaryOperator_Add || n->op == CXBinaryOperator_Sub) &&
           counts_elements(n->kid[0]) && counts_elements(n->kid[1]);
}

/* A block of structures whose size does not count them is one structure with a tail, which the runtime
 * refuses to convert when there is one. */
static gboolean may_have_tail(Program *p, const Node *n, guint type)
{
    PrKind kind = g_array_index(p->model->types, CcType, type).kind;
    if (kind != PR_STRUCT && kind != PR_ARRAY)
        return FALSE;
    for (guint i = 1; i < n->n_kids; i++)
        if (counts_elements(n->kid[i]))
            return FALSE;
    cc_warn_at(p, n, "-Wpreaches-allocation",
               "the size does not count elements (n * sizeof): if it is more than one element, "
               "the block cannot be converted");
    return TRUE;
}

static void add_allocation(Program *p, Unit *u, Node *n, CXType want)
{
    CXType c = cc_strip_sugar(want);
    CXType to = c.kind == CXType_Pointer ? clang_getPointeeType(c) : c;
    guint type = c.kind == CXType_Pointer ? cc_type(p, u, to, NULL) : PR_TYPE_VOID;
    if (type == PR_TYPE_VOID) {
        cc_error_at(p, n, "-Wpreaches-allocation",
                    "the block has no element type: the result stays 'void *'");
        return;
    }
    if (!cc_type_require(p, type, n->file, n->line, n->col, "block"))
        return;
    for (guint i = 1; i < n->n_kids; i++)
        check_sizeofs(p, u, n->kid[i], to);
    CcAlloc a = { .file = g_strdup(n->file), .line = n->line, .type = type };
    g_array_append_val(p->model->allocs, a);
    n->alloc = p->model->allocs->len;
    n->tail = may_have_tail(p, n, type);
}

/* `want`: the type the value is converted to, from the context. */
static void find_allocations(Program *p, Unit *u, Node *n, const CXType *want)
{
    CXType conv = n->conv;
    if (!clang_equalTypes(clang_getCanonicalType(n->conv), clang_getCanonicalType(n->type)))
        want = &conv;
    if (is_allocation(n) && !n->passes)
        add_allocation(p, u, n, want ? *want : n->type);
    for (guint i = 0; i < n->n_kids; i++) {
        const CXType *down = NULL;
        if (n->kind == N_PAREN || (n->kind == N_COND && i > 0) || (n->kind == N_COMMA && i == 1))
            down = want;
        if (n->kind == N_CAST)
            down = &n->type;
        find_allocations(p, u, n->kid[i], down);
    }
}

void cc_allocations(Program *p)
{
    find_allocators(p);
    for (guint i = 0; i < p->n_units; i++) {
        Unit *u = p->units[i];
        for (guint k = 0; k < u->funcs->len; k++)
            if (((Func *)u->funcs->pdata[k])->body)
                find_allocations(p, u, ((Func *)u->funcs->pdata[k])->body, NULL);
    }
}
