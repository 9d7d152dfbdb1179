/* What the size of an allocation says of the block: the type its sizeofs speak of, whether it is a whole
 * number of elements, a struct with elements behind it, or something of which nobody knows the type. */
#include "alloc.h"
#include "libc_table.h"
#include "types.h"
#include <string.h>

gboolean cc_is_byte_id(Program *p, guint type)
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
const Node *cc_sizeof_operand(const Node *n)
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

CXType cc_sizeof_named(const Node *n)
{
    CXCursor ref = clang_getNullCursor();
    clang_visitChildren(n->cursor, first_type, &ref);
    return clang_Cursor_isNull(ref) ? (CXType){ .kind = CXType_Invalid } : clang_getCursorType(ref);
}

guint cc_builtin_type(Program *p, const char *words)
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

CXType cc_fixed_part(CXType t)
{
    CXType c = clang_getCanonicalType(t);
    if (c.kind != CXType_VariableArray)
        return t;
    while (c.kind == CXType_VariableArray)
        c = clang_getCanonicalType(clang_getArrayElementType(c));
    return c;
}

/* Type in the parentheses of a sizeof: a name and stars; PR_TYPE_VOID for what else there is. */
static guint spelled_type(Program *p, Unit *u, const Node *n)
{
    CXType named = cc_sizeof_named(n);
    g_autofree char *text = g_strndup(u->text + n->begin, n->end - n->begin);
    char *open = strchr(text, '('), *close = strrchr(text, ')');
    if (!open || !close || strpbrk(open + 1, "({#"))
        return PR_TYPE_VOID;
    char *bounds = strchr(open, '['); /* arrays of it */
    close = bounds ? bounds : close;
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
    guint type = named.kind == CXType_Invalid ? cc_builtin_type(p, name) : cc_type(p, u, named, NULL);
    if (stars && type == PR_TYPE_VOID && strcmp(name, "void") != 0)
        return PR_TYPE_VOID;
    for (; stars; stars--)
        type = cc_pointer_to(p, type);
    return type;
}

/* The record that a sizeof speaks of by its name, or Invalid. */
static CXType sizeof_record(const Unit *u, const Node *n)
{
    if (cc_sizeof_operand(n))
        return cc_sizeof_operand(n)->type;
    g_autofree char *text = g_strndup(u->text + n->begin, n->end - n->begin);
    return strpbrk(text, "*[") ? (CXType){ .kind = CXType_Invalid } : cc_sizeof_named(n);
}

static guint sizeof_type(Program *p, Unit *u, const Node *n)
{
    const Node *operand = cc_sizeof_operand(n);
    return operand ? cc_type(p, u, cc_fixed_part(operand->type), NULL) : spelled_type(p, u, n);
}

/* The one type that the sizeofs in a size speak of; PR_TYPE_VOID when there is none or another. */
guint cc_size_witness(Program *p, Unit *u, const Node *n, CXType *record)
{
    guint type = PR_TYPE_VOID;
    if (n->kind == N_SIZEOF) {
        *record = sizeof_record(u, n);
        return sizeof_type(p, u, n);
    }
    if (n->kind == N_OPERATOR || n->kind == N_PAREN || n->kind == N_CAST)
        for (guint i = 0; i < n->n_kids; i++) {
            guint more = cc_size_witness(p, u, n->kid[i], record);
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
    if (spoken == want || (cc_is_byte_id(p, spoken) && cc_is_byte_id(p, want)))
        return TRUE;
    PrKind a = cc_type_kind(p, spoken), b = cc_type_kind(p, want);
    if ((a == PR_PTR || a == PR_FPTR) && (b == PR_PTR || b == PR_FPTR))
        return TRUE;
    if (cc_sizeof_operand(n))
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
gboolean cc_is_text_room(Program *p, Unit *u, const Node *n)
{
    while ((n->kind == N_PAREN || n->kind == N_CAST) && n->n_kids == 1)
        n = n->kid[0];
    return n->kind == N_OPERATOR && n->n_kids == 2 && n->op == CXBinaryOperator_Add &&
        (n->kid[0]->n_kids == 0 || n->kid[1]->n_kids == 0) && is_fixed(p, u, n);
}

void cc_check_sizeofs(Program *p, Unit *u, const Node *n, guint type, CXType elem)
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
            cc_check_sizeofs(p, u, n->kid[i], type, elem);
}

/* Whether the size is a whole number of elements for all values of its variables. `sizeof(T) + n` is
 * not: behind the element stands something else (the struct hack), and nobody but the program knows
 * its type. cc_check_sizeofs() has seen to it that each sizeof speaks of the element. */
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

gboolean cc_may_have_tail(Program *p, const Node *n, guint type)
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

/* ---- structs with elements behind them ---- */

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
guint cc_flexible(Program *p, Unit *u, const Node *n, guint type, CXType elem)
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
void cc_check_flex_sizeofs(Program *p, Unit *u, const Node *n, guint head, guint flex)
{
    if (n->kind == N_SIZEOF) {
        guint tail = element_of_arrays(p, g_array_index(p->model->types, CcType, flex).elem);
        guint spoken = element_of_arrays(p, sizeof_type(p, u, n));
        gboolean pointers = cc_type_kind(p, spoken) == PR_PTR && cc_type_kind(p, tail) == PR_PTR;
        if (spoken != head && spoken != tail && !pointers && !(cc_is_byte_id(p, spoken) && cc_is_byte_id(p, tail)))
            cc_error_at(p, n, "-Wpreaches-allocation", "the size speaks of another type than the block's "
                        "('%s')", g_array_index(p->model->types, CcType, flex).name);
        return;
    }
    if (n->kind == N_OPERATOR || n->kind == N_PAREN || n->kind == N_CAST)
        for (guint i = 0; i < n->n_kids; i++)
            cc_check_flex_sizeofs(p, u, n->kid[i], head, flex);
}
