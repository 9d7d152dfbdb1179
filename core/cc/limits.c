/* Longs that hold something which is another number where they have another width: LONG_MAX and LONG_MIN, for "none
 * so far"; unsigned longs below zero: (size_t)-1, SIZE_MAX, a difference. Nobody can tell from 32 bits alone whether
 * 4294967295 or -1 is meant, so what may hold such a value is found in the text: facts are spread over variables,
 * members and results, regardless of order, until there are no more. These places have a type of their own
 * (PR_LIMITS), by which the converter makes LONG_MAX of LONG_MAX and -1 of -1; and where a long has 32 bits, longs.c
 * computes with what they stand for, and ends what would become less than -65536 (an initialiser that stands for
 * such, or for LONG_MAX / 2, is refused). Sets of bits that were turned around (~) are told apart (PR_BITS): they are
 * refused where 32 bits do not say whether there are 32 more. Trees and values on all machines alike: every architecture
 * finds the same places.
 *
 * Of a union, all members are one place. Into it go the program's own limits, but not those that strtol() and its like
 * return when they find nothing: an interpreter's values are such unions, and 2147483647 is a number to it. Not
 * followed: what functions of the program's own copy as bytes. */
#include "longs.h"
#include "parse.h"
#include "places.h"
#include "types.h"
#include <string.h>

typedef struct Limits {
    Program *p;
    const Func *f;
    GHashTable *masked; /* Node*: assignments whose place loses its high bits in the statement behind them */
    gboolean changed;
    gboolean library; /* limits that functions of the library return, too */
} Limits;

static gboolean is_pointer(CXType t) { return clang_getCanonicalType(t).kind == CXType_Pointer; }

/* ---- constants ---- */

static gboolean has_text(const Unit *u, const Node *n, const char *text)
{
    gsize len = strlen(text);
    return n->end - n->begin == len && memcmp(u->text + n->begin, text, len) == 0;
}

/* gcc's LONG_MAX, of which ULONG_MAX and LONG_MIN are made too; the C library's SIZE_MAX and PTRDIFF_MAX,
 * which are longs on all machines (overlay/narrow/bits/wordsize.h), but may be numbers of the program's own, too. */
static void find_constants(const Unit *u, Node *n)
{
    gboolean wide = u->program->arch->pointer_bytes == 8;
    if (n->kind == N_OPERATOR && n->n_kids == 0)
        n->limit = has_text(u, n, wide ? "0x7fffffffffffffffL" : "0x7fffffffL") ||
                   ((has_text(u, n, wide ? "18446744073709551615UL" : "4294967295UL") ||
                     has_text(u, n, wide ? "9223372036854775807L" : "2147483647L")) &&
                    clang_Location_isInSystemHeader(clang_getCursorLocation(n->cursor)));
    for (guint i = 0; i < n->n_kids; i++)
        find_constants(u, n->kid[i]);
}

static gboolean is_unary(const Node *n, enum CXUnaryOperatorKind op)
{
    return n->kind == N_OPERATOR && n->n_kids == 1 && clang_getCursorUnaryOperatorKind(n->cursor) == op;
}

static gboolean has_limit(const Node *n)
{
    gboolean found = n->limit;
    for (guint i = 0; !found && i < n->n_kids; i++)
        found = has_limit(n->kid[i]);
    return found;
}

/* unsigned char and the like, which become ints */
static gboolean is_small_unsigned(CXType t)
{
    enum CXTypeKind kind = clang_getCanonicalType(t).kind;
    return kind == CXType_UChar || kind == CXType_UShort || kind == CXType_Bool || kind == CXType_Char_U;
}

/* -1, ~0UL, SIZE_MAX: not a number with that highest bit, nor what an unsigned int makes of -1. */
static gboolean goes_below(const Node *n)
{
    guint64 value;
    CcWord word = cc_word(n);
    if (n->limit)
        return TRUE;
    if (word == CC_UINT || is_small_unsigned(n->type))
        return FALSE;
    if (cc_word_is_signed(word) && cc_constant(n, &value))
        return (gint64)value < 0;
    gboolean found = is_unary(n, CXUnaryOperator_Minus) || is_unary(n, CXUnaryOperator_Not);
    for (guint i = 0; !found && i < n->n_kids; i++)
        found = goes_below(n->kid[i]);
    return found;
}

static gboolean is_wide_machine(const Limits *l) { return l->p->arch->pointer_bytes == 8; }

static gboolean constant_below_zero(const Limits *l, const Node *n)
{
    guint64 value;
    if (!cc_constant(n, &value))
        return FALSE;
    if (cc_word_is_signed(cc_word(n)))
        return (gint64)value < 0;
    return is_wide_machine(l) ? (value >> 63) != 0 : (value >> 31 & 1) && goes_below(n);
}

static gboolean constant_at_end(const Limits *l, const Node *n)
{
    guint64 value;
    if (cc_word(n) != CC_LONG || !has_limit(n) || !cc_constant(n, &value))
        return FALSE;
    return is_wide_machine(l) ? (gint64)value == G_MAXINT64 || (gint64)value == G_MININT64
                              : (gint32)value == G_MAXINT32 || (gint32)value == G_MININT32;
}

/* ---- values ---- */

static gboolean has(GHashTable *places, gconstpointer place)
{
    return place && g_hash_table_contains(places, place);
}

static gboolean is_beyond(const Limits *l, gconstpointer place) { return has(l->p->beyond, place); }

static void add(Limits *l, GHashTable *places, gconstpointer place)
{
    if (place)
        l->changed |= g_hash_table_add(places, (gpointer)(uintptr_t)place);
}

typedef gboolean (*Fact)(const Limits *l, Node *n);

static gboolean any_kid(const Limits *l, const Node *n, guint from, Fact fact)
{
    for (guint i = from; i < n->n_kids; i++)
        if (fact(l, n->kid[i]))
            return TRUE;
    return FALSE;
}

/* The library's that say so when they find nothing. */
static gboolean returns_limit(const Decl *callee)
{
    static const char *const names[] = {"strtol", "strtoul", "mbrtowc", "mbrlen", "mbstowcs", "wcstombs", "wcrtomb",
                                        "mbsrtowcs", "wcsrtombs", NULL};
    return callee && callee->name && g_strv_contains(names, callee->name) && !cc_definition(callee);
}

static gboolean is_of_result(const Limits *l, const Node *call, GHashTable *places)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    gboolean any = FALSE;
    cc_call_targets(l->p, call, list);
    for (guint i = 0; i < list->len && !any; i++)
        any = has(places, list->pdata[i]);
    return any;
}

static gboolean result_beyond(const Limits *l, const Node *call)
{
    return (l->library && returns_limit(cc_callee_decl(call))) || is_of_result(l, call, l->p->beyond);
}

static gboolean is_place(const Node *n)
{
    return n->kind == N_REF || n->kind == N_MEMBER ||
           (n->kind == N_OPERATOR && !n->stores &&
            (clang_getCursorKind(n->cursor) == CXCursor_ArraySubscriptExpr || is_unary(n, CXUnaryOperator_Deref)));
}

static gboolean below_zero(const Limits *l, Node *n);

static gboolean operator_below_zero(const Limits *l, Node *n)
{
    gboolean is_signed = cc_word_is_signed(cc_word(n));
    if (n->stores)
        return n->n_kids == 2 ? below_zero(l, n->kid[0]) || below_zero(l, n->kid[1]) : TRUE;
    if (n->n_kids == 1)
        return is_unary(n, CXUnaryOperator_Plus) ? below_zero(l, n->kid[0])
                                                 : is_unary(n, CXUnaryOperator_Minus) || is_unary(n, CXUnaryOperator_Not);
    switch (n->op) {
    case CXBinaryOperator_Mul: case CXBinaryOperator_Add: case CXBinaryOperator_Or: case CXBinaryOperator_Xor:
        return any_kid(l, n, 0, below_zero);
    case CXBinaryOperator_Sub: return TRUE;
    case CXBinaryOperator_And: return below_zero(l, n->kid[0]) && below_zero(l, n->kid[1]);
    case CXBinaryOperator_Shl: return below_zero(l, n->kid[0]);
    case CXBinaryOperator_Div: case CXBinaryOperator_Rem: case CXBinaryOperator_Shr:
        return is_signed && below_zero(l, n->kid[0]);
    default: return FALSE;
    }
}

/* May it be below zero as an unsigned long? */
static gboolean below_zero(const Limits *l, Node *n)
{
    n = cc_strip(n);
    CcWord word = cc_word(n);
    if (word == CC_UINT || word == CC_OTHER || is_small_unsigned(n->type))
        return FALSE;
    if (cc_is_known(n) || n->kind == N_SIZEOF)
        return constant_below_zero(l, n);
    if (is_place(n))
        return word != CC_ULONG || is_beyond(l, cc_place_with_unions(l->p, n));
    switch (n->kind) {
    case N_CAST: return !is_pointer(n->kid[0]->conv) && below_zero(l, n->kid[0]);
    case N_COND: return any_kid(l, n, 1, below_zero);
    case N_ELVIS: return any_kid(l, n, 0, below_zero);
    case N_COMMA:
    case N_ASSIGN: return below_zero(l, n->kid[1]);
    case N_CALL: return word != CC_ULONG || result_beyond(l, n);
    case N_OPERATOR: return n->n_kids && operator_below_zero(l, n);
    case N_STMTEXPR: return TRUE;
    default: return FALSE;
    }
}

/* May it be LONG_MAX or LONG_MIN? */
static gboolean at_end(const Limits *l, Node *n)
{
    n = cc_strip(n);
    if (cc_word(n) != CC_LONG)
        return FALSE;
    if (cc_is_known(n))
        return constant_at_end(l, n);
    if (is_place(n))
        return is_beyond(l, cc_place_with_unions(l->p, n));
    switch (n->kind) {
    case N_CAST: return at_end(l, n->kid[0]);
    case N_COND: return any_kid(l, n, 1, at_end);
    case N_ELVIS: return any_kid(l, n, 0, at_end);
    case N_COMMA:
    case N_ASSIGN: return at_end(l, n->kid[1]);
    case N_CALL: return result_beyond(l, n);
    case N_OPERATOR: return n->stores && at_end(l, n->kid[0]);
    default: return FALSE;
    }
}

/* Bits turned around, or taken from what is below zero: there may be 32 more of them. */
static gboolean is_bits(const Limits *l, Node *n)
{
    n = cc_strip_casts(n);
    if (cc_word(n) != CC_ULONG || cc_is_known(n))
        return FALSE;
    if (is_place(n))
        return has(l->p->bits, cc_place_with_unions(l->p, n));
    switch (n->kind) {
    case N_COND: return any_kid(l, n, 1, is_bits);
    case N_ELVIS: return any_kid(l, n, 0, is_bits);
    case N_COMMA:
    case N_ASSIGN: return is_bits(l, n->kid[1]);
    case N_CALL: return is_of_result(l, n, l->p->bits);
    case N_OPERATOR: break;
    default: return FALSE;
    }
    if (n->n_kids < 2 || n->stores)
        return is_unary(n, CXUnaryOperator_Not) || (n->n_kids && is_bits(l, n->kid[0]));
    gboolean mixes = n->op == CXBinaryOperator_And || n->op == CXBinaryOperator_Or || n->op == CXBinaryOperator_Xor;
    return any_kid(l, n, 0, is_bits) || (mixes && below_zero(l, n));
}

/* ---- the walk ---- */

static void link_two(Limits *l, GHashTable *places, gconstpointer a, gconstpointer b)
{
    if (has(places, a))
        add(l, places, b);
    if (has(places, b))
        add(l, places, a);
}

/* The place that is given to, or what is to be linked. */
static gconstpointer place_to_mark(const Limits *l, Node *n)
{
    return l->library ? cc_place_of(l->p, n) : cc_place_with_unions(l->p, n);
}

/* Pointers to the same: what is written through one is read through the other. */
static void link_places(Limits *l, gconstpointer to, Node *value)
{
    value = cc_strip_casts(value);
    if (value->kind == N_COND || value->kind == N_COMMA) {
        for (guint i = 1; i < value->n_kids; i++)
            link_places(l, to, value->kid[i]);
        return;
    }
    g_autoptr(GPtrArray) from = g_ptr_array_new();
    if (value->kind == N_CALL)
        cc_call_targets(l->p, value, from);
    else
        g_ptr_array_add(from, (gpointer)(uintptr_t)place_to_mark(l, value));
    for (guint i = 0; to && i < from->len; i++) {
        link_two(l, l->p->beyond, to, from->pdata[i]);
        link_two(l, l->p->bits, to, from->pdata[i]);
    }
}

static CXType innermost(CXType t, gboolean *pointer)
{
    for (*pointer = FALSE;; *pointer = TRUE) {
        CXType plain = cc_strip_sugar(t), elem = clang_getArrayElementType(plain);
        if (plain.kind == CXType_Pointer)
            t = clang_getPointeeType(plain);
        else if (elem.kind != CXType_Invalid)
            t = elem;
        else
            return t; /* with its name: size_t */
    }
}

/* What `place op= value` makes of a place. */
static gboolean result_of_store(const Limits *l, const Node *by, Node *value, CcWord word)
{
    switch (by->op) {
    case CXBinaryOperator_SubAssign: return word == CC_ULONG;
    case CXBinaryOperator_AddAssign: case CXBinaryOperator_MulAssign: case CXBinaryOperator_OrAssign:
    case CXBinaryOperator_XorAssign: return word == CC_ULONG && below_zero(l, value);
    default: return FALSE;
    }
}

static gboolean takes_bits(const Node *by)
{
    return by && (by->op == CXBinaryOperator_AndAssign || by->op == CXBinaryOperator_OrAssign ||
                  by->op == CXBinaryOperator_XorAssign);
}

static void take(gpointer limits, const CcGift *gift)
{
    Limits *l = limits;
    gboolean pointer;
    gconstpointer to = l->library ? gift->to : gift->whole;
    CcWord word = cc_word_of_type(innermost(gift->t, &pointer));
    if (!to || !cc_is_word(word) || (gift->by && g_hash_table_contains(l->masked, gift->by)))
        return;
    if (pointer)
        link_places(l, to, gift->value);
    else if (gift->by && gift->by->stores ? result_of_store(l, gift->by, gift->value, word)
             : word == CC_ULONG ? below_zero(l, gift->value) : at_end(l, gift->value))
        add(l, l->p->beyond, to);
    if (!pointer && word == CC_ULONG && (is_bits(l, gift->value) || (takes_bits(gift->by) && is_beyond(l, to))))
        add(l, l->p->bits, to);
}

/* memset(list, -1, …), of structures too: unsigned longs below zero. */
static void take_filled(Limits *l, gconstpointer place, CXType t);

static enum CXVisitorResult fill_member(CXCursor member, CXClientData limits)
{
    CXType t = clang_getCursorType(member);
    if (!is_pointer(t))
        take_filled(limits, cc_place_of_field(member), t);
    return CXVisit_Continue;
}

static void take_filled(Limits *l, gconstpointer place, CXType t)
{
    gboolean pointer;
    t = innermost(t, &pointer);
    if (clang_getCanonicalType(t).kind == CXType_Record)
        clang_Type_visitFields(clang_getCanonicalType(t), fill_member, l);
    else if (cc_word_of_type(t) == CC_ULONG)
        add(l, l->p->beyond, place);
}

static void take_bytes(Limits *l, const Node *call)
{
    const Decl *d = cc_callee_decl(call);
    guint64 value;
    if (!d || cc_definition(d) || call->n_kids != 4)
        return;
    const char *name = d->name + (g_str_has_prefix(d->name, "__builtin_") ? strlen("__builtin_") : 0);
    if (strcmp(name, "memcpy") == 0 || strcmp(name, "memmove") == 0 || strcmp(name, "mempcpy") == 0)
        link_places(l, place_to_mark(l, call->kid[1]), call->kid[2]);
    else if (strcmp(name, "memset") == 0 && !(cc_constant(call->kid[2], &value) && value == 0))
        take_filled(l, cc_place_with_unions(l->p, call->kid[1]), cc_strip_casts(call->kid[1])->type);
}

static Node *assignment_in(Node *statement)
{
    Node *n = statement->kind == N_EXPRSTMT ? cc_strip_casts(statement->kid[0]) : NULL;
    return n && (n->kind == N_ASSIGN || (n->stores && n->n_kids == 2)) ? n : NULL;
}

static void look(gpointer limits, const Func *f, Node *n)
{
    Limits *l = limits;
    if (n->kind == N_CALL)
        take_bytes(l, n);
    for (guint i = 0; n->kind == N_COMPOUND && i + 1 < n->n_kids; i++) {
        Node *first = assignment_in(n->kid[i]);
        if (first && cc_is_masked_by(f->unit, n->kid[i + 1], first->kid[0]))
            g_hash_table_add(l->masked, first);
    }
    if (n->stores && n->n_kids == 1 && cc_word_of_type(n->kid[0]->type) == CC_ULONG &&
        (is_unary(n, CXUnaryOperator_PostDec) || is_unary(n, CXUnaryOperator_PreDec)))
        add(l, l->p->beyond, cc_place_with_unions(l->p, n->kid[0]));
}

/* ---- what was found ---- */

static void note_kept(Node *n)
{
    n = cc_strip(n);
    n->to_unsigned = TRUE;
    for (guint i = n->kind == N_COND ? 1 : 0; (n->kind == N_COND || n->kind == N_CAST) && i < n->n_kids; i++)
        note_kept(n->kid[i]);
}

static void note_gift(gpointer limits, const CcGift *gift)
{
    Node *n = cc_strip_casts(gift->value);
    (void)limits;
    if (n->kind == N_CALL && is_pointer(gift->t) && gift->whole)
        n->block_of = gift->whole;
    if (cc_word_of_type(gift->t) == CC_ULONG && !(gift->by && gift->by->stores))
        note_kept(gift->value);
}

static void note_value(gpointer limits, const Func *f, Node *n)
{
    Limits *l = limits;
    CcWord word = n->kind > N_VAR ? cc_word(n) : CC_OTHER;
    (void)f;
    if (cc_is_word(word))
        n->beyond = word == CC_ULONG ? below_zero(l, n) : at_end(l, n);
}

static void find_all_constants(Program *p)
{
    for (guint i = 0; i < p->n_units; i++) {
        Unit *u = p->units[i];
        for (guint k = 0; k < u->funcs->len; k++)
            if (((Func *)u->funcs->pdata[k])->body)
                find_constants(u, ((Func *)u->funcs->pdata[k])->body);
        for (guint k = 0; k < u->top_inits->len; k++)
            find_constants(u, u->top_inits->pdata[k]);
    }
}

static void spread(Limits *l)
{
    do {
        l->changed = FALSE;
        cc_each_gift(l->p, take, look, l);
    } while (l->changed);
}

void cc_find_limits(Program *p)
{
    Limits l = { .p = p, .masked = g_hash_table_new(NULL, NULL) };
    find_all_constants(p);
    spread(&l);
    l.library = TRUE;
    spread(&l);
    cc_each_gift(p, note_gift, note_value, &l);
    g_hash_table_unref(l.masked);
}

static guint variant_of(Program *p, Unit *u, guint type, guint64 variant)
{
    CcType t = g_array_index(p->model->types, CcType, type);
    if (t.kind == PR_ARRAY) {
        guint elem = variant_of(p, u, t.elem, variant);
        return elem == t.elem ? type : cc_array_of(p, u, elem, t.count);
    }
    return (t.kind == PR_LONG || t.kind == PR_ULONG) && !t.count ? cc_variant_type(p, type, variant) : type;
}

guint cc_limits_type(Program *p, Unit *u, gconstpointer place, guint type)
{
    if (place && !has(p->beyond, place))
        return type;
    return variant_of(p, u, type, has(p->bits, place) ? PR_BITS : PR_LIMITS);
}
