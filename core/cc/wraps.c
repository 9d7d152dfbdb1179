/* Numbers that wrap. `h = h * 33 + c` in an unsigned long, h % SIZE afterwards: a valid program on every
 * machine, but its high bits come down where a long has 64 bits, and there are none where it has 32. What the
 * one machine has put into the table the other would look for elsewhere. A signed long that overflows is
 * found when it happens (core/runtime/overflow.c); an unsigned one may wrap, so only what is written to wrap
 * is told: a variable that is multiplied into itself, or shifted and added to itself. A product of which a remainder
 * or the high bits are used at once is computed as it is where a long has 64 bits (longs.c).
 *
 * Not where only low bits count, which are the same everywhere: `& 0xffffffff` around it or in the next
 * statement, a cast to a type of 32 bits. There a signed long may overflow too, and is made unsigned. What is an
 * int here and a long elsewhere (ssize_t, ptrdiff_t) is added and multiplied as a long, so that the checks know. */
#include "longs.h"
#include "types.h"
#include <string.h>

typedef struct Wraps {
    Program *p;
    Unit *u;
    const Node *target; /* the variable that is assigned to, or NULL */
    const Node *value;  /* and what it is given */
    gboolean adds;      /* value is added to it: +=, -=, ^= */
} Wraps;

/* What becomes of an expression's value. */
typedef struct Use {
    gboolean low;     /* only its low 32 bits count */
    gboolean reduced; /* a remainder, a quotient or its high bits are used: longs.c computes them */
    gboolean mixed;   /* an operand of ^ */
} Use;

enum { BIG_FACTOR = 1 << 20, SMALL_FACTOR = 16, SMALL_SHIFT = 2 };

static const guint64 WORD = G_MAXUINT32; /* of the narrower machines */

static gboolean is_small_mask(const Node *n)
{
    guint64 value;
    return cc_constant(n, &value) && value <= WORD;
}

/* ---- types, on a machine where int and long have 32 bits ---- */

static gboolean has_word(CXType t)
{
    enum CXTypeKind kind = clang_getCanonicalType(t).kind;
    return kind == CXType_Int || kind == CXType_UInt || kind == CXType_Long || kind == CXType_ULong;
}

/* A number of 32 bits or fewer on all machines. */
static gboolean is_narrow(CXType t)
{
    enum CXTypeKind kind = clang_getCanonicalType(t).kind;
    return ((kind >= CXType_Char_U && kind <= CXType_UInt) || (kind >= CXType_Char_S && kind <= CXType_Int)) &&
           !cc_is_long(t);
}

static gboolean is_int(CXType t) { return clang_getCanonicalType(t).kind == CXType_Int; }

static gboolean is_unsigned(CXType t)
{
    enum CXTypeKind kind = clang_getCanonicalType(t).kind;
    return kind == CXType_UInt || kind == CXType_ULong;
}

/* A sum loses the names of its operands' types (size_t becomes unsigned int): the operands are asked. */
static gboolean is_long(const Node *n)
{
    if (!has_word(n->type))
        return FALSE;
    if (n->kind == N_PAREN)
        return is_long(n->kid[0]);
    if (cc_is_long(n->type))
        return TRUE;
    if (n->kind != N_OPERATOR || n->n_kids != 2 || n->op < CXBinaryOperator_Mul || n->op > CXBinaryOperator_Or)
        return FALSE;
    return is_long(n->kid[0]) || (n->op != CXBinaryOperator_Shl && n->op != CXBinaryOperator_Shr &&
                                     is_long(n->kid[1]));
}

/* ---- what is written to wrap ---- */

static gboolean same_text(const Unit *u, const Node *a, const Node *b)
{
    return a->end - a->begin == b->end - b->begin &&
           memcmp(u->text + a->begin, u->text + b->begin, a->end - a->begin) == 0;
}

static guint occurrences(const Wraps *w, const Node *n)
{
    guint count = 0;
    if (n->kind == w->target->kind && same_text(w->u, n, w->target))
        return 1;
    for (guint i = 0; i < n->n_kids; i++)
        count += occurrences(w, n->kid[i]);
    return count;
}

static void report(Wraps *w, Node *n)
{
    n->waived = TRUE;
    cc_warn_at(w->p, n, "-Wpreaches-wraps", "an unsigned 'long' that wraps: it has other high bits where it has 64 "
               "bits than where it has 32, as on %s; uint32_t and uint64_t wrap alike on all machines",
               w->p->arch->name);
}

static gboolean product_wraps(Wraps *w, const Node *n, Use use)
{
    guint64 factor = 0;
    gboolean left = cc_constant(n->kid[0], &factor), known = left || cc_constant(n->kid[1], &factor);
    if (!w->target || use.reduced || !known || cc_is_known(n) || factor % 2 == 0 || factor <= SMALL_FACTOR)
        return FALSE;
    return occurrences(w, n->kid[left]) || (w->adds && factor >= BIG_FACTOR);
}

static gboolean shift_wraps(Wraps *w, const Node *n, Use use)
{
    guint64 by;
    if (!w->target || use.reduced || !cc_constant(n->kid[1], &by) || by <= SMALL_SHIFT || !occurrences(w, n->kid[0]))
        return FALSE;
    return w->adds || use.mixed || occurrences(w, w->value) > 1;
}

/* ---- what only has low bits that count ---- */

static gboolean has_words(const Node *n) { return has_word(n->kid[0]->conv) && has_word(n->kid[1]->conv); }

static gboolean is_sum(const Node *n) /* not of pointers */
{
    return n->kind == N_OPERATOR && n->n_kids == 2 && !n->stores && has_words(n) &&
           (n->op == CXBinaryOperator_Mul || n->op == CXBinaryOperator_Add || n->op == CXBinaryOperator_Sub);
}

static gboolean is_power_of_two(guint64 value) { return value && (value & (value - 1)) == 0; }

static void check(Wraps *w, Node *n, Use use);

/* `use` of n's operand number i. */
static Use use_of_operand(const Node *n, guint i, Use use)
{
    guint64 value = 0;
    switch (n->op) {
    case CXBinaryOperator_And:
        use.low |= is_small_mask(n->kid[1 - i]);
        return use;
    case CXBinaryOperator_Xor:
        use.mixed = TRUE;
        return use;
    case CXBinaryOperator_Mul: case CXBinaryOperator_Add: case CXBinaryOperator_Sub: case CXBinaryOperator_Or:
        return use;
    case CXBinaryOperator_Shl:
        return i == 0 ? use : (Use){0};
    case CXBinaryOperator_Rem:
        if (i == 0 && cc_constant(n->kid[1], &value) && is_power_of_two(value) && is_unsigned(n->type))
            return (Use){.low = TRUE};
        return i == 0 ? (Use){.reduced = TRUE} : (Use){0};
    case CXBinaryOperator_Div: case CXBinaryOperator_Shr:
        return i == 0 ? (Use){.reduced = TRUE} : (Use){0};
    default:
        return (Use){0};
    }
}

static void check_operator(Wraps *w, Node *n, Use use)
{
    if (n->n_kids == 2 && !use.low && is_unsigned(n->type) && is_long(n) &&
        ((n->op == CXBinaryOperator_Mul && product_wraps(w, n, use)) ||
         (n->op == CXBinaryOperator_Shl && shift_wraps(w, n, use)))) {
        report(w, n);
        return;
    }
    gboolean sum = is_sum(n) && !is_unsigned(n->type) && is_long(n);
    n->modulo = sum && use.low;
    n->as_long = sum && !use.low && is_int(n->type);
    for (guint i = 0; i < n->n_kids; i++)
        check(w, n->kid[i], n->n_kids == 2 ? use_of_operand(n, i, use) : use);
}

/* ---- assignments ---- */

/* A place that can be written twice: `x += y` becomes `x = x + y`. */
gboolean cc_is_repeatable(const Node *n)
{
    gboolean yes = n->kind != N_CALL && n->kind != N_ASSIGN && n->kind != N_STMTEXPR && !n->stores;
    for (guint i = 0; yes && i < n->n_kids; i++)
        yes = cc_is_repeatable(n->kid[i]);
    return yes;
}

gboolean cc_is_masked_by(const Unit *u, const Node *statement, const Node *target)
{
    const Node *n = statement && statement->kind == N_EXPRSTMT ? cc_strip_casts(statement->kid[0]) : NULL;
    return n && n->kind == N_OPERATOR && n->op == CXBinaryOperator_AndAssign &&
           same_text(u, n->kid[0], target) && is_small_mask(n->kid[1]);
}

static void check_assignment(Wraps *w, Node *n, const Node *next)
{
    gboolean assigns = n->kind == N_ASSIGN;
    Wraps inner = *w;
    inner.target = n->kid[0];
    inner.value = n->kid[1];
    inner.adds = n->op == CXBinaryOperator_AddAssign || n->op == CXBinaryOperator_SubAssign ||
                 n->op == CXBinaryOperator_XorAssign;
    gboolean carries = assigns || inner.adds || n->op == CXBinaryOperator_MulAssign;
    Use use = {.low = carries && (cc_is_masked_by(w->u, next, n->kid[0]) || is_narrow(n->kid[0]->type))};
    n->low = use.low;
    guint64 factor;
    if (n->op == CXBinaryOperator_MulAssign && !use.low && is_unsigned(n->type) && is_long(n->kid[0]) &&
        cc_constant(n->kid[1], &factor) && factor % 2 && factor > SMALL_FACTOR)
        report(w, n);
    n->as_long = (inner.adds || n->op == CXBinaryOperator_MulAssign) && n->op != CXBinaryOperator_XorAssign &&
                 is_int(n->kid[0]->type) && cc_is_long(n->kid[0]->type) && has_words(n) &&
                 cc_is_repeatable(n->kid[0]);
    check(w, n->kid[0], (Use){0});
    check(carries ? &inner : w, n->kid[1], use);
}

static void check(Wraps *w, Node *n, Use use)
{
    n->low = use.low;
    switch (n->kind) {
    case N_PAREN:
        check(w, n->kid[0], use);
        return;
    case N_CAST:
        use.low |= is_narrow(n->type);
        for (guint i = 0; i < n->n_kids; i++)
            check(w, n->kid[i], use);
        return;
    case N_OPERATOR:
        if (n->stores && n->n_kids == 2)
            check_assignment(w, n, NULL);
        else
            check_operator(w, n, use);
        return;
    case N_ASSIGN:
        check_assignment(w, n, NULL);
        return;
    case N_SIZEOF:
        return;
    default:
        for (guint i = 0; i < n->n_kids; i++)
            check(w, n->kid[i], (Use){0});
    }
}

/* Statements, for the sake of the one that follows. */
static void check_statements(Wraps *w, Node *n)
{
    for (guint i = 0; i < n->n_kids; i++) {
        Node *kid = n->kid[i], *value = kid->kind == N_EXPRSTMT ? cc_strip_casts(kid->kid[0]) : NULL;
        const Node *next = n->kind == N_COMPOUND && i + 1 < n->n_kids ? n->kid[i + 1] : NULL;
        if (value && value->n_kids == 2 && (value->kind == N_ASSIGN || (value->kind == N_OPERATOR && value->stores)))
            check_assignment(w, value, next);
        else if (kid->kind <= N_LAST_STMT)
            check_statements(w, kid);
        else
            check(w, kid, (Use){0});
    }
}

void cc_check_wraps(Program *p, Unit *u, Node *body)
{
    Wraps w = {.p = p, .u = u};
    check_statements(&w, body);
}
