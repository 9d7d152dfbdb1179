/* Allocation sites: the type of each block.
 *
 * A block takes its type at the first conversion of the allocator's result from `void *`: where the call
 * stands, or, when a local `void *` holds it, where that is converted; failing both, from the sizeof in
 * its size. The sizeof is the second witness where there is a first. */
#include "alloc.h"
#include "hints.h"
#include "types.h"
#include "libc_table.h"
#include <string.h>

/* ---- allocation sites ---- */

static gboolean is_byte_id(Program *p, guint type)
{
    PrKind kind = cc_type_kind(p, type);
    return kind == PR_CHAR || kind == PR_SCHAR || kind == PR_UCHAR;
}

static guint element_of_arrays(Program *p, guint type)
{
    while (cc_type_kind(p, type) == PR_ARRAY)
        type = g_array_index(p->model->types, CcType, type).elem;
    return type;
}

/* ---- the type that a sizeof speaks of ---- */

/* `sizeof x` has x behind it; sizeof(type) at most the bounds inside the type. */
static const Node *sizeof_operand(const Node *n)
{
    return n->n_kids == 1 && n->kid[0]->end == n->end ? n->kid[0] : NULL;
}

static enum CXChildVisitResult first_type(CXCursor c, CXCursor parent, CXClientData data)
{
    (void)parent;
    if (clang_getCursorKind(c) != CXCursor_TypeRef)
        return CXChildVisit_Continue;
    *(CXCursor *)data = c;
    return CXChildVisit_Break;
}

static guint builtin_type(Program *p, const char *words)
{
    static const struct { const char *name; PrKind kind; } names[] = {
        { "char", PR_CHAR }, { "signed char", PR_SCHAR }, { "unsigned char", PR_UCHAR },
        { "short", PR_SHORT }, { "unsigned short", PR_USHORT }, { "int", PR_INT },
        { "unsigned", PR_UINT }, { "unsigned int", PR_UINT }, { "long", PR_LONG },
        { "unsigned long", PR_ULONG }, { "long long", PR_LLONG },
        { "unsigned long long", PR_ULLONG }, { "float", PR_FLOAT }, { "double", PR_DOUBLE },
        { "long double", PR_LDOUBLE },
    };
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(names[i].name, words) == 0)
            return cc_scalar_type(p, names[i].kind);
    return PR_TYPE_VOID;
}

/* Type in the parentheses of a sizeof: a name and stars; PR_TYPE_VOID for what else there is. */
static guint spelled_type(Program *p, Unit *u, const Node *n)
{
    CXCursor ref = clang_getNullCursor();
    g_autofree char *text = g_strndup(u->text + n->begin, n->end - n->begin);
    char *open = strchr(text, '('), *close = strrchr(text, ')');
    if (!open || !close || strpbrk(open + 1, "[({#"))
        return PR_TYPE_VOID;
    guint stars = 0;
    GString *words = g_string_new(NULL);
    for (char *at = open + 1; at < close; at++) {
        if (*at == '*')
            stars++;
        else if (!g_ascii_isspace(*at))
            g_string_append_c(words, *at);
        else if (words->len && words->str[words->len - 1] != ' ')
            g_string_append_c(words, ' ');
    }
    g_autofree char *name = g_strstrip(g_string_free(words, FALSE));
    clang_visitChildren(n->cursor, first_type, &ref);
    guint type = clang_Cursor_isNull(ref) ? builtin_type(p, name)
                                          : cc_type(p, u, clang_getCursorType(ref), NULL);
    if (stars && type == PR_TYPE_VOID && strcmp(name, "void") != 0)
        return PR_TYPE_VOID;
    for (; stars; stars--)
        type = cc_pointer_to(p, type);
    return type;
}

/* The record that a sizeof speaks of by its name, or Invalid. */
static CXType sizeof_record(const Unit *u, const Node *n)
{
    CXCursor ref = clang_getNullCursor();
    if (sizeof_operand(n))
        return sizeof_operand(n)->type;
    g_autofree char *text = g_strndup(u->text + n->begin, n->end - n->begin);
    clang_visitChildren(n->cursor, first_type, &ref);
    if (strpbrk(text, "*[") || clang_Cursor_isNull(ref))
        return (CXType){ .kind = CXType_Invalid };
    return clang_getCursorType(ref);
}

static guint sizeof_type(Program *p, Unit *u, const Node *n)
{
    const Node *operand = sizeof_operand(n);
    return operand ? cc_type(p, u, operand->type, NULL) : spelled_type(p, u, n);
}

/* The one type that the sizeofs in a size speak of; PR_TYPE_VOID when there is none or another. */
static guint witness(Program *p, Unit *u, const Node *n, CXType *record)
{
    guint type = PR_TYPE_VOID;
    if (n->kind == N_SIZEOF) {
        *record = sizeof_record(u, n);
        return sizeof_type(p, u, n);
    }
    if (n->kind == N_OPERATOR || n->kind == N_PAREN || n->kind == N_CAST)
        for (guint i = 0; i < n->n_kids; i++) {
            guint more = witness(p, u, n->kid[i], record);
            if (more != PR_TYPE_VOID && type != PR_TYPE_VOID && more != type)
                return PR_TYPE_VOID;
            type = more != PR_TYPE_VOID ? more : type;
        }
    return type;
}

/* ---- does the size agree? ---- */

static gboolean says_char(const Unit *u, const Node *n)
{
    g_autofree char *text = g_strndup(u->text + n->begin, n->end - n->begin);
    return strstr(text, "char") && !strchr(text, '*');
}

/* The second witness: a sizeof in the size must speak of the element type. Where its type has no name
 * here, its value has to be a multiple. */
static gboolean sizeof_agrees(Program *p, Unit *u, const Node *n, guint type, CXType elem)
{
    guint spoken = element_of_arrays(p, sizeof_type(p, u, n)), want = element_of_arrays(p, type);
    if (spoken == want || (is_byte_id(p, spoken) && is_byte_id(p, want)))
        return TRUE;
    PrKind a = cc_type_kind(p, spoken), b = cc_type_kind(p, want);
    if ((a == PR_PTR || a == PR_FPTR) && (b == PR_PTR || b == PR_FPTR))
        return TRUE;
    if (sizeof_operand(n))
        return FALSE;
    elem = clang_getCanonicalType(elem);
    while (elem.kind == CXType_ConstantArray)
        elem = clang_getCanonicalType(clang_getArrayElementType(elem));
    long long size = clang_Type_getSizeOf(elem);
    CXEvalResult r = clang_Cursor_Evaluate(n->cursor);
    if (!r)
        return FALSE;
    long long value = clang_EvalResult_getAsLongLong(r);
    clang_EvalResult_dispose(r);
    if (size == 1)
        return value == 1 || says_char(u, n);
    return size > 0 && value % size == 0;
}

/* Whether a part of a size is the same whatever happens: literals and sizes of numbers. */
static gboolean is_fixed(Program *p, Unit *u, const Node *n)
{
    if (n->kind == N_SIZEOF) {
        PrKind kind = cc_type_kind(p, sizeof_type(p, u, n));
        return kind >= PR_BOOL && kind <= PR_LDOUBLE;
    }
    CXEvalResult r = clang_Cursor_Evaluate(n->cursor);
    if (!r)
        return FALSE;
    clang_EvalResult_dispose(r);
    for (guint i = 0; i < n->n_kids; i++)
        if (!is_fixed(p, u, n->kid[i]))
            return FALSE;
    return TRUE;
}

/* Room for a number's text, `7 + 3 * sizeof(int)`: not a number of elements, and nothing grows with it. */
static gboolean is_text_room(Program *p, Unit *u, const Node *n)
{
    while ((n->kind == N_PAREN || n->kind == N_CAST) && n->n_kids == 1)
        n = n->kid[0];
    return n->kind == N_OPERATOR && n->n_kids == 2 && n->op == CXBinaryOperator_Add &&
        (n->kid[0]->n_kids == 0 || n->kid[1]->n_kids == 0) && is_fixed(p, u, n);
}

static void check_sizeofs(Program *p, Unit *u, const Node *n, guint type, CXType elem)
{
    if (n->kind == N_SIZEOF) {
        if (!sizeof_agrees(p, u, n, type, elem))
            cc_error_at(p, n, "-Wpreaches-allocation",
                        "the size speaks of another type than the block's elements ('%s')",
                        g_array_index(p->model->types, CcType, type).name);
        return;
    }
    if (n->kind == N_OPERATOR || n->kind == N_PAREN || n->kind == N_CAST)
        for (guint i = 0; i < n->n_kids; i++)
            check_sizeofs(p, u, n->kid[i], type, elem);
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
static gboolean any_counts(const Node *n)
{
    for (guint i = 1; i < n->n_kids; i++)
        if (counts_elements(n->kid[i]))
            return TRUE;
    return FALSE;
}

static gboolean may_have_tail(Program *p, const Node *n, guint type)
{
    PrKind kind = g_array_index(p->model->types, CcType, type).kind;
    const char *with;
    const Decl *d = cc_callee_decl(n);
    if ((kind != PR_STRUCT && kind != PR_ARRAY) ||
        (d && !cc_definition(d) && cc_libc_rule(d->name, &with) == LIBC_TYPED))
        return FALSE;
    if (any_counts(n))
        return FALSE;
    cc_warn_at(p, n, "-Wpreaches-allocation",
               "the size does not count elements (n * sizeof): if it is more than one element, "
               "the block cannot be converted");
    return TRUE;
}

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

static gboolean names(const Node *n, const Decl *var)
{
    gboolean found = n->kind == N_REF && n->decl == var;
    for (guint i = 0; i < n->n_kids && !found; i++)
        found = names(n->kid[i], var);
    return found;
}

/* Anything but new blocks and null in it: its conversions may be of something else. */
static gboolean takes_other(Program *p, const Unit *u, const Uses *s, const Node *n)
{
    const Node *value = NULL;
    if (n->kind == N_RETURN && n->cond && cc_is_pointer_to_void(n->cond->conv, TRUE) &&
        names(n->cond, s->var))
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
    *elem = clang_getPointeeType(c);
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
        *type = witness(p, u, n->kid[i], elem);
    return *type != PR_TYPE_VOID;
}

/* n * sizeof(struct with an array without a length) would be blocks one behind the other. */
static gboolean multiplies(const Node *n)
{
    if (n->kind == N_PAREN || n->kind == N_CAST)
        return multiplies(n->kid[n->n_kids - 1]);
    return n->kind == N_OPERATOR && n->n_kids == 2 && n->op == CXBinaryOperator_Mul && counts_elements(n) &&
        (cc_strip(n->kid[0])->kind == N_SIZEOF || cc_strip(n->kid[1])->kind == N_SIZEOF);
}

static gboolean speaks_only_of(Program *p, Unit *u, const Node *n, guint head)
{
    gboolean only = TRUE;
    if (n->kind == N_SIZEOF)
        return element_of_arrays(p, sizeof_type(p, u, n)) == head;
    if (n->kind == N_OPERATOR || n->kind == N_PAREN || n->kind == N_CAST)
        for (guint i = 0; i < n->n_kids && only; i++)
            only = speaks_only_of(p, u, n->kid[i], head);
    return only;
}

/* sizeof(struct) or offsetof(struct, last), once and not multiplied: "and what follows". */
static gboolean has_head(const Unit *u, const Node *n)
{
    if ((n->kind == N_PAREN || n->kind == N_CAST) && n->n_kids)
        return has_head(u, n->kid[n->n_kids - 1]);
    if (n->kind == N_OPERATOR && n->n_kids == 2 && n->op == CXBinaryOperator_Add)
        return has_head(u, n->kid[0]) || has_head(u, n->kid[1]);
    if (n->kind == N_OPERATOR && n->n_kids == 2 && n->op == CXBinaryOperator_Sub)
        return has_head(u, n->kid[0]);
    return n->kind == N_SIZEOF || g_str_has_prefix(u->text + n->begin, "__builtin_offsetof");
}

static guint heads(Program *p, Unit *u, const Node *n, guint head)
{
    guint all = n->kind == N_SIZEOF && element_of_arrays(p, sizeof_type(p, u, n)) == head ? 1 : 0;
    for (guint i = 0; n->kind != N_SIZEOF && i < n->n_kids; i++)
        all += heads(p, u, n->kid[i], head);
    return all;
}

/* A struct with elements behind it: its last member's, when that has no length, or when the size does
 * not count the struct. */
static guint flexible(Program *p, Unit *u, const Node *n, guint type, CXType elem)
{
    if (elem.kind == CXType_Invalid || cc_type_kind(p, type) != PR_STRUCT)
        return type;
    gboolean counts = any_counts(n);
    for (guint i = 1; i < n->n_kids && counts; i++)
        counts = speaks_only_of(p, u, n->kid[i], type);
    if (cc_is_flexible(elem, 0)) {
        for (guint i = 1; i < n->n_kids; i++)
            if (multiplies(n->kid[i]))
                cc_error_at(p, n, "-Wpreaches-flexible", "an array of structs that end in an array "
                            "without a length");
        return cc_flex_type(p, u, elem, NULL, PR_TYPE_VOID);
    }
    gboolean follows = FALSE;
    for (guint i = 1; i < n->n_kids && !counts; i++)
        follows |= has_head(u, n->kid[i]) && heads(p, u, n->kid[i], type) <= 1;
    return follows && cc_is_flexible(elem, G_MAXUINT64) ? cc_flex_type(p, u, elem, NULL, PR_TYPE_VOID)
                                                        : type;
}

/* They speak of the struct or of what follows it. */
static void check_flex_sizeofs(Program *p, Unit *u, const Node *n, guint head, guint flex)
{
    if (n->kind == N_SIZEOF) {
        guint tail = element_of_arrays(p, g_array_index(p->model->types, CcType, flex).elem);
        guint spoken = element_of_arrays(p, sizeof_type(p, u, n));
        gboolean pointers = cc_type_kind(p, spoken) == PR_PTR && cc_type_kind(p, tail) == PR_PTR;
        if (spoken != head && spoken != tail && !pointers && !(is_byte_id(p, spoken) && is_byte_id(p, tail)))
            cc_error_at(p, n, "-Wpreaches-allocation", "the size speaks of another type than the block's "
                        "('%s')", g_array_index(p->model->types, CcType, flex).name);
        return;
    }
    if (n->kind == N_OPERATOR || n->kind == N_PAREN || n->kind == N_CAST)
        for (guint i = 0; i < n->n_kids; i++)
            check_flex_sizeofs(p, u, n->kid[i], head, flex);
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
    guint type = t.kind == CXType_Invalid ? builtin_type(p, plain) : cc_type(p, u, t, NULL);
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
    CcAlloc a = { .file = g_strdup(n->file), .line = n->line, .type = type };
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
    else if (type)
        add_site(p, n, hinted_type(p, n, type, type->field));
    else if (c->f->hinted_allocator)
        n->passes = TRUE;
    return raw || by || type || n->passes;
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
    guint made = hinted ? inside(p, to, type) : flexible(p, u, n, type, elem);
    for (guint i = 1; i < n->n_kids && elem.kind != CXType_Invalid && !hinted; i++)
        if (made != type)
            check_flex_sizeofs(p, u, n->kid[i], type, made);
        else if (!is_byte_id(p, type) || !is_text_room(p, u, n->kid[i]))
            check_sizeofs(p, u, n->kid[i], type, elem);
    if (made != type && !cc_type_require_block(p, made, n->file, n->line, n->col))
        return;
    add_site(p, n, made);
    n->tail = !hinted && made == type && may_have_tail(p, n, type);
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
