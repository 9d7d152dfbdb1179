/* Allocation sites: the type of each block.
 *
 * A block takes its type at the first conversion of the allocator's result from `void *`: where the call
 * stands, or, when a local `void *` holds it, where that is converted; failing both, from the sizeof in
 * its size. The sizeof is the second witness where there is a first. */
#include "aggregate.h"
#include "alloc.h"
#include "hints.h"
#include "types.h"
#include "libc_table.h"
#include <string.h>

/* ---- the first conversion ---- */

typedef struct Uses { /* what a local `void *` is converted to */
    const Func *f;
    Decl *var;
    CXType to;
    gboolean any, bytes, several;
} Uses;

static void note_use(Uses *s, CXType t)
{
    CXType c = clang_getCanonicalType(t);
    if (c.kind != CXType_Pointer || cc_is_pointer_to_void(t, FALSE))
        return;
    if (cc_is_pointer_to_void(t, TRUE)) {
        s->bytes = TRUE;
        if (!s->any)
            s->to = t;
        return;
    }
    if (s->any) {
        CXType was = clang_getPointeeType(clang_getCanonicalType(s->to)), now = clang_getPointeeType(c);
        s->several |= !clang_equalTypes(clang_getUnqualifiedType(was), clang_getUnqualifiedType(now));
    }
    s->to = t;
    s->any = TRUE;
}

/* Anything but new blocks and null in it: its conversions may be of something else. */
static gboolean takes_other(Program *p, const Unit *u, const Uses *s, const Node *n)
{
    const Node *value = NULL;
    if (n->kind == N_RETURN && n->cond && cc_is_pointer_to_void(n->cond->conv, TRUE) &&
        cc_names(n->cond, s->var))
        return TRUE; /* whoever gets it may want something else */
    if (n->kind == N_VAR && n->decl == s->var)
        value = n->init;
    else if (n->kind == N_ASSIGN && cc_strip(n->kid[0])->kind == N_REF &&
             cc_strip(n->kid[0])->decl == s->var)
        value = n->kid[1];
    else if (n->kind == N_ADDRESS && cc_strip(n->kid[0])->kind == N_REF)
        return cc_strip(n->kid[0])->decl == s->var;
    return value && !cc_is_null(u, value) && !cc_is_allocation(p, cc_plain_value(value));
}

static void find_uses(Uses *s, const Node *n)
{
    if (n->kind == N_SIZEOF)
        return;
    s->several |= takes_other(s->f->unit->program, s->f->unit, s, n);
    const Node *k = n->kind == N_CAST ? cc_strip(n->kid[0]) : NULL;
    if (k && k->kind == N_REF && k->decl == s->var)
        note_use(s, n->type);
    if (n->kind == N_REF && n->decl == s->var)
        note_use(s, n->conv);
    for (guint i = 0; i < n->n_kids; i++)
        find_uses(s, n->kid[i]);
}

/* FALSE: it is never converted, or to several types. */
static gboolean late_conversion(const Func *f, Decl *var, CXType *to)
{
    Uses s = { .f = f, .var = var, .several = var->kind == D_PARAM };
    find_uses(&s, f->body);
    *to = s.to;
    return !s.several && (s.any || s.bytes);
}

typedef struct Context { /* where a value goes */
    Func *f;
    const CXType *want; /* type it is converted to */
    Decl *into;         /* local variable that takes it, or NULL */
    gboolean unused;    /* the result is dropped */
} Context;

static gboolean pointee_type(Program *p, Unit *u, CXType pointer, guint *type, CXType *elem)
{
    CXType c = cc_strip_sugar(pointer);
    if (c.kind != CXType_Pointer)
        return FALSE;
    *elem = cc_fixed_part(clang_getPointeeType(c));
    *type = cc_type(p, u, *elem, NULL);
    return *type != PR_TYPE_VOID;
}

/* The element type; `elem` is invalid when only the sizeof speaks. FALSE: nobody does. */
static gboolean block_type(Program *p, Unit *u, const Node *n, const Context *c, guint *type,
                           CXType *elem)
{
    CXType late;
    *elem = (CXType){ .kind = CXType_Invalid };
    *type = PR_TYPE_VOID;
    if (pointee_type(p, u, c->want ? *c->want : n->type, type, elem))
        return TRUE;
    if (c->into && late_conversion(c->f, c->into, &late) && pointee_type(p, u, late, type, elem))
        return TRUE;
    elem->kind = CXType_Invalid;
    for (guint i = 1; i < n->n_kids && *type == PR_TYPE_VOID; i++)
        *type = cc_size_witness(p, u, n->kid[i], elem);
    return *type != PR_TYPE_VOID;
}

/* ---- what hints say ---- */

/* "struct cell", "Table", "char *": a type by its name anywhere in the program, PR_TYPE_VOID when there
 * is none. Structs that end in an array of at most one element are taken with what follows. */
static guint named_type(Program *p, const char *name)
{
    g_autofree char *plain = g_strdup(name);
    guint stars = 0;
    for (gsize n = strlen(plain); n && (plain[n - 1] == '*' || plain[n - 1] == ' '); n--) {
        stars += plain[n - 1] == '*' ? 1 : 0;
        plain[n - 1] = 0;
    }
    Unit *u = NULL;
    CXType t = cc_find_type(p, plain, &u);
    guint type = t.kind == CXType_Invalid ? cc_builtin_type(p, plain) : cc_type(p, u, t, NULL);
    if (t.kind != CXType_Invalid && !stars && cc_is_flexible(t, 1))
        type = cc_flex_type(p, u, t, NULL, PR_TYPE_VOID);
    for (; stars && type != PR_TYPE_VOID; stars--)
        type = cc_pointer_to(p, type);
    return type;
}

static guint hinted_type(Program *p, const Node *n, const Hint *h, const char *name)
{
    guint type = named_type(p, name);
    if (type == PR_TYPE_VOID)
        cc_hint_error(p, h, "there is no type '%s'", name);
    else if (!cc_type_require(p, type, n->file, n->line, n->col, "block"))
        return PR_TYPE_VOID;
    return type;
}

static void add_site(Program *p, Node *n, guint type)
{
    CcAlloc a = { .file = g_strdup(n->file), .line = n->line };
    a.type = n->block_of ? cc_limits_type(p, p->units[0], n->block_of, type) : type;
    g_array_append_val(p->model->allocs, a);
    n->alloc = p->model->allocs->len;
}

/* A number that chooses among sites of one type each, by the value of a parameter. */
static void add_sites_by(Program *p, Node *n, const Context *c, const Hint *h)
{
    GString *text = g_string_new("(");
    Decl *by = NULL;
    for (guint i = 0; i < c->f->params->len; i++)
        if (strcmp(((Decl *)c->f->params->pdata[i])->name, h->field) == 0)
            by = c->f->params->pdata[i];
    if (!by || by->escapes || by->address_taken)
        cc_hint_error(p, h, "'%s' has no parameter '%s'%s", h->name, h->field,
                      by ? " that stays a number: its address is taken" : "");
    for (guint i = 0; i < h->cases->len; i++) {
        const HintCase *k = &g_array_index(h->cases, HintCase, i);
        guint64 low, high;
        guint type = strcmp(k->member, "*") == 0 ? PR_TYPE_VOID : hinted_type(p, n, h, k->member);
        if (type != PR_TYPE_VOID)
            add_site(p, n, type);
        if (!cc_hint_values(p, h, k, &low, &high))
            continue;
        g_string_append_printf(text, "%s >= %lldLL && %s <= %lldLL ? ", h->field, (long long)low, h->field,
                               high > G_MAXINT64 ? (long long)G_MAXINT64 : (long long)high);
        if (type != PR_TYPE_VOID)
            g_string_append_printf(text, "%uu : ", n->alloc);
        else
            g_string_append(text, "preaches_wanted : ");
    }
    g_string_append(text, "0u)");
    n->wanted = cc_keep(p, g_string_free(text, FALSE));
}

/* TRUE when hints say it all. */
static gboolean add_hinted(Program *p, Node *n, const Context *c)
{
    const char *name = c->f->decl->name;
    guint nth = ++c->f->n_allocations;
    Hint *raw = cc_hint_alloc(p, HINT_RAW, name, nth), *by = cc_hint_alloc(p, HINT_ALLOC_BY, name, nth);
    Hint *type = cc_hint_alloc(p, HINT_ALLOC, name, nth);
    if (raw)
        add_site(p, n, cc_raw_type(p));
    else if (by)
        add_sites_by(p, n, c, by);
    else if (type) {
        add_site(p, n, hinted_type(p, n, type, type->field));
        n->room = type->room;
    } else if (c->f->hinted_allocator)
        n->passes = TRUE;
    return raw || by || type || n->passes;
}

static const CcField *field_at(const Program *p, guint field)
{
    return &g_array_index(p->model->fields, CcField, field);
}

static gboolean is_number(Program *p, guint type, PrKind last)
{
    PrKind kind = cc_type_kind(p, type);
    return kind >= PR_BOOL && kind <= last;
}

/* A struct whose last member has as many elements as another says, with a number behind them. */
static guint counted(Program *p, Unit *u, guint type, CXType elem)
{
    const CcType *head = &g_array_index(p->model->types, CcType, type);
    Hint *h = head->kind == PR_STRUCT && elem.kind != CXType_Invalid ? cc_hint_tail(p, head->name) : NULL;
    if (!h)
        return type;
    h->used = TRUE;
    guint rest = named_type(p, h->rest), made = cc_flex_type(p, u, elem, NULL, PR_TYPE_VOID);
    CcType *t = &g_array_index(p->model->types, CcType, made);
    guint last = t->first_field + t->n_fields - 1, counter = cc_find_field(p, made, h->field);
    if (t->kind != PR_FLEX || strcmp(field_at(p, last)->name, strrchr(h->name, '.') + 1) != 0)
        cc_hint_error(p, h, "'%s' is no array at the end of a struct", h->name);
    else if (counter == PR_NO_FIELD || counter == last || field_at(p, counter)->bits ||
             !is_number(p, field_at(p, counter)->type, PR_ULLONG))
        cc_hint_error(p, h, "'%s' is no integer member of %s", h->field, head->name);
    else if (!is_number(p, rest, PR_DOUBLE))
        cc_hint_error(p, h, "'%s' is no type of a number", h->rest);
    else {
        t->rest = rest;
        t->counter = counter;
    }
    return made;
}

/* Blocks of this allocator stand inside a struct, from a member on. */
static guint inside(Program *p, const Func *f, guint type)
{
    Hint *h = cc_hint_alloc(p, HINT_ALLOCATOR, f->decl->name, 0);
    g_auto(GStrv) parts = g_strsplit(h && h->field ? h->field : "", ".", 2);
    Unit *u;
    if (!h || !h->field)
        return type;
    CXType t = parts[0] && parts[1] ? cc_find_type(p, parts[0], &u) : (CXType){ .kind = CXType_Invalid };
    if (clang_getCanonicalType(t).kind != CXType_Record) {
        cc_hint_error(p, h, "'%s' is no member of a struct", h->field);
        return type;
    }
    return cc_flex_type(p, u, t, parts[1], type);
}

static void add_allocation(Program *p, Unit *u, Node *n, const Context *c)
{
    guint type;
    CXType elem;
    Decl *callee = cc_callee_decl(n);
    Func *to = callee ? cc_definition(callee) : NULL;
    gboolean hinted = to && to->hinted_allocator;
    if (add_hinted(p, n, c))
        return;
    if (!block_type(p, u, n, c, &type, &elem)) {
        Decl *d = cc_callee_decl(n);
        if (d && cc_definition(d) && (c->unused || hinted)) /* called for something else, like freeing */
            add_site(p, n, PR_TYPE_VOID);
        else if (d)
            cc_error_at(p, n, "-Wpreaches-allocation",
                        "the block has no element type: the result stays 'void *'");
        else { /* perhaps no allocator is meant at all */
            cc_warn_at(p, n, "-Wpreaches-allocation", "if this makes a block, it has no element type: "
                       "no checkpoint can be taken while it lives");
            add_site(p, n, PR_TYPE_VOID);
        }
        return;
    }
    if (!cc_type_require(p, type, n->file, n->line, n->col, "block"))
        return;
    guint made = counted(p, u, type, elem);
    if (hinted)
        made = inside(p, to, made);
    else if (made == type)
        made = cc_flexible(p, u, n, type, elem);
    for (guint i = 1; i < n->n_kids && elem.kind != CXType_Invalid && !hinted; i++)
        if (made != type)
            cc_check_flex_sizeofs(p, u, n->kid[i], type, made);
        else if (!cc_is_byte_id(p, type) || !cc_is_text_room(p, u, n->kid[i]))
            cc_check_sizeofs(p, u, n->kid[i], type, elem);
    if (made != type && !cc_type_require_block(p, made, n->file, n->line, n->col))
        return;
    add_site(p, n, made);
    n->tail = !hinted && made == type && cc_may_have_tail(p, n, type);
}

/* ---- in front of a block ---- */

static gboolean is_new_block(Program *p, Node *n) { return cc_is_allocation(p, cc_strip_casts(n)); }

/* Is the variable given new blocks, and never moved on? */
static gboolean only_new(Program *p, Node *n, const Decl *d, gboolean *given)
{
    Node *to = n->kind == N_ASSIGN || n->stores || n->kind == N_ADDRESS ? cc_strip(n->kid[0]) : NULL;
    gboolean own = n->kind == N_VAR ? n->decl == d && n->init : to && to->kind == N_REF && to->decl == d;
    Node *value = n->kind == N_VAR ? n->init : n->kind == N_ASSIGN ? n->kid[1] : NULL;
    if (own && (!value || !is_new_block(p, value)))
        return FALSE;
    *given |= own;
    for (guint i = 0; i < n->n_kids; i++)
        if (!only_new(p, n->kid[i], d, given))
            return FALSE;
    return TRUE;
}

/* v = malloc(n * sizeof *v) - 1, return v - 1: an array that is counted from 1. Where its elements are smaller, such a
 * pointer may lie in the block before, and be taken for one of its elements. */
static void check_before(Program *p, const Func *f, Node *value)
{
    Node *n = cc_strip_casts(value);
    guint64 by;
    if (n->kind != N_OPERATOR || n->n_kids != 2 || n->op != CXBinaryOperator_Sub || !cc_constant(n->kid[1], &by) || !by)
        return;
    CXType pointer = clang_getCanonicalType(n->kid[0]->conv);
    if (pointer.kind != CXType_Pointer || !cc_size_differs(clang_getPointeeType(pointer)))
        return;
    const Node *from = cc_strip_casts(n->kid[0]);
    gboolean given = is_new_block(p, n->kid[0]);
    if (!given && (from->kind != N_REF || !from->decl || from->decl->kind != D_LOCAL ||
                   !only_new(p, f->body, from->decl, &given)))
        return;
    if (given)
        cc_error_at(p, n, "-Wpreaches-before", "a pointer to what stands before a block: where its elements have "
                    "another size, it may be taken for one into another block");
}

static gboolean is_local(const Decl *d)
{
    return d && (d->kind == D_LOCAL || d->kind == D_PARAM) && cc_is_pointer_to_void(d->type, FALSE);
}

static Decl *taker(const Node *n)
{
    const Node *to = n->kind == N_ASSIGN ? cc_strip(n->kid[0]) : n;
    Decl *d = to->kind == N_REF || to->kind == N_VAR ? to->decl : NULL;
    return is_local(d) ? d : NULL;
}

static void find_allocations(Program *p, Unit *u, Node *n, Context c)
{
    CXType conv = n->conv;
    if (!clang_equalTypes(clang_getCanonicalType(n->conv), clang_getCanonicalType(n->type)))
        c.want = &conv;
    if (!n->passes && cc_is_allocation(p, n))
        add_allocation(p, u, n, &c);
    if (n->kind == N_ASSIGN || (n->kind == N_VAR && n->init) || (n->kind == N_RETURN && n->cond))
        check_before(p, c.f, n->kind == N_ASSIGN ? n->kid[1] : n->kind == N_VAR ? n->init : n->cond);
    for (guint i = 0; i < n->n_kids; i++) {
        Context down = { .f = c.f };
        down.unused = n->kind == N_EXPRSTMT;
        gboolean last = i == n->n_kids - 1;
        if (n->kind == N_PAREN || (n->kind == N_COND && i > 0) || (n->kind == N_COMMA && i == 1))
            down = c;
        if (n->kind == N_CAST) {
            down.want = &n->type;
            if (cc_is_pointer_to_void(n->type, FALSE))
                down = c;
        }
        if ((n->kind == N_ASSIGN && i == 1) || (n->kind == N_VAR && n->init && last)) {
            down.want = n->kind == N_ASSIGN && c.want && !cc_is_pointer_to_void(*c.want, FALSE) ? c.want : NULL;
            down.into = taker(n);
        }
        find_allocations(p, u, n->kid[i], down);
    }
}

void cc_allocations(Program *p)
{
    cc_find_allocators(p);
    for (guint i = 0; i < p->n_units; i++) {
        Unit *u = p->units[i];
        for (guint k = 0; k < u->funcs->len; k++) {
            Func *f = u->funcs->pdata[k];
            if (f->body)
                find_allocations(p, u, f->body, (Context){ .f = f });
        }
    }
}
