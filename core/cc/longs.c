/* What a program computes with longs where they have 32 bits, and would compute otherwise where they have 64:
 *
 *   n = wide;            a value that the narrower long does not hold
 *   total += length;     sums, products and shifts of unsigned longs that lose their high bits, where all count
 *   wide = a - b;        a difference below zero in an unsigned long: it has 32 ones in front there
 *   (i - 1) % n, x >> 40 what is made of high bits
 *   wide = ~0UL          constants and limits of longs
 *   l < u                a long and an unsigned int are compared as unsigned ones there; int64_t and size_t as signed
 *
 * Such expressions are computed with 64 bits (longs_text.c), which is what the wider machine does, and where the
 * result is to be kept in a long it is looked at whether it fits; if not, the program ends there (overflow.c), and
 * can go on on the wider one. It is the converter's own rule for longs that are kept. Sums of signed longs are
 * checked by the compiler. Of what only low bits count, wraps.c says (Node.low), and nothing is done. */
#include "longs.h"
#include "types.h"
#include <string.h>

/* How a value that was computed with 32 bits stands to the one with 64. */
typedef enum Grade {
    G_EXACT,  /* the same */
    G_MODULO, /* the same where it fits: an unsigned long below zero; a signed sum, which the compiler checks */
    G_INEXACT
} Grade;

typedef struct Walk {
    Unit *u;
    const Func *f;
} Walk;

static Grade worse(Grade a, Grade b) { return a > b ? a : b; }

static gboolean is_pointer(CXType t) { return clang_getCanonicalType(t).kind == CXType_Pointer; }

static gboolean is_generic(const Unit *u, const Node *n) { return g_str_has_prefix(u->text + n->begin, "_Generic"); }

/* What may be LONG_MAX, or below zero in an unsigned long (limits.c), and is no expression of such. */
static gboolean is_beyond_leaf(const Node *n)
{
    return n->beyond && cc_is_word(cc_word(n)) && !cc_is_known(n) && !cc_is_arithmetic(n) && n->kind != N_COND;
}

static gboolean is_below(const Node *n, guint64 limit)
{
    guint64 value;
    return cc_known_value(n, &value) && value < limit;
}

/* An int that may be below zero. */
static gboolean may_be_negative(const Node *n)
{
    return cc_word(n) == CC_INT && !is_below(n, G_MAXINT32);
}

static gboolean is_waived(const Node *n) /* -Wno-error=preaches-wraps: the program's own affair */
{
    gboolean waived = n->waived;
    for (guint i = 0; !waived && cc_is_arithmetic(n) && i < n->n_kids; i++)
        waived = is_waived(cc_strip(n->kid[i]));
    return waived;
}

static Grade grade(const Node *n);

static Grade grade_unsigned(const Node *n, Grade a, Grade b)
{
    const Node *left = n->kid[0], *right = n->kid[1];
    Grade both = worse(a, b);
    switch (n->op) {
    case CXBinaryOperator_Sub:
        return worse(both, G_MODULO);
    case CXBinaryOperator_And:
        return is_below(left, 1ULL << 32) || is_below(right, 1ULL << 32) ? G_EXACT : both;
    case CXBinaryOperator_Or: case CXBinaryOperator_Xor:
        return both;
    case CXBinaryOperator_Div: case CXBinaryOperator_Rem:
        return both == G_EXACT && !may_be_negative(left) && !may_be_negative(right) ? G_EXACT : G_INEXACT;
    case CXBinaryOperator_Shr:
        return a == G_EXACT && is_below(right, 32) ? G_EXACT : G_INEXACT;
    default:
        return G_INEXACT; /* +, *, << */
    }
}

static gboolean sums(const Node *n)
{
    return n->op == CXBinaryOperator_Add || n->op == CXBinaryOperator_Sub || n->op == CXBinaryOperator_Mul;
}

static Grade grade_signed(const Node *n, Grade a, Grade b)
{
    switch (n->op) {
    case CXBinaryOperator_Shl:
        return G_INEXACT;
    case CXBinaryOperator_Shr:
        return a == G_EXACT && is_below(n->kid[1], 32) ? G_EXACT : G_INEXACT;
    default:
        if (cc_word(n->kid[0]) == CC_UINT || cc_word(n->kid[1]) == CC_UINT)
            return G_INEXACT; /* unsigned where a long has 32 bits */
        if (n->op == CXBinaryOperator_Div || n->op == CXBinaryOperator_Rem)
            return worse(a, b) == G_EXACT ? G_EXACT : G_INEXACT;
        return worse(a, b) == G_INEXACT ? G_INEXACT : sums(n) ? G_MODULO : worse(a, b);
    }
}

static Grade grade_operator(const Node *n)
{
    CcWord word = cc_word(n);
    if (n->n_kids == 1)
        return cc_is_word(word) && clang_getCursorUnaryOperatorKind(n->cursor) != CXUnaryOperator_Plus
            ? worse(G_MODULO, grade(n->kid[0])) : grade(n->kid[0]);
    Grade a = grade(n->kid[0]), b = grade(n->kid[1]);
    if (word == CC_UWIDE) /* int64_t and size_t: their common type is another one */
        return (cc_word(n->kid[0]) == CC_WIDE && cc_word(n->kid[1]) == CC_ULONG) ||
               (cc_word(n->kid[0]) == CC_ULONG && cc_word(n->kid[1]) == CC_WIDE) ? G_INEXACT : G_EXACT;
    return word == CC_ULONG ? grade_unsigned(n, a, b) : word == CC_LONG ? grade_signed(n, a, b) : G_EXACT;
}

/* Is it the same number, or that below zero which the same bits stand for? */
static Grade grade_known(const Node *n)
{
    guint64 exact = cc_exact_value(n);
    if (!cc_is_word(cc_word(n)) || exact == (cc_word(n) == CC_LONG ? (guint64)(gint64)(gint32)exact : (guint32)exact))
        return G_EXACT;
    return cc_word(n) == CC_ULONG && (gint64)exact < 0 && (gint64)exact >= G_MININT32 ? G_MODULO : G_INEXACT;
}

/* SIZE_MAX / 2, ~0UL: a constant of which that is not so. */
static gboolean has_wide_constant(const Node *n)
{
    if (cc_is_known(n))
        return grade_known(n) != G_EXACT;
    for (guint i = 0; cc_is_arithmetic(n) && i < n->n_kids; i++)
        if (has_wide_constant(cc_strip(n->kid[i])))
            return TRUE;
    return FALSE;
}

static Grade grade(const Node *n)
{
    n = cc_strip((Node *)n);
    if (is_waived(n))
        return G_EXACT;
    if (cc_is_known(n))
        return grade_known(n);
    if (is_beyond_leaf(n))
        return cc_word(n) == CC_ULONG ? G_MODULO : G_INEXACT;
    if (n->kind == N_CAST && cc_word_of_type(n->type) == CC_ULONG)
        return cc_word_is_signed(cc_word(n->kid[0])) ? G_MODULO : grade(n->kid[0]);
    if (n->kind == N_COND)
        return worse(grade(n->kid[1]), grade(n->kid[2]));
    return cc_is_arithmetic(n) ? grade_operator(n) : G_EXACT;
}

/* ---- values where they are used ---- */

/* LONG_MAX in a long is that of the machine, as anything in a place where such may stand. */
static gboolean fits(const Node *n, CcWord target)
{
    guint64 value;
    if (!cc_known_value(n, &value))
        return FALSE;
    value = cc_exact_value(n);
    if (target == CC_LONG && cc_word(n) == CC_LONG && (value == G_MAXINT64 || value == (guint64)G_MININT64))
        return TRUE;
    return value <= (target == CC_LONG ? G_MAXINT32 : G_MAXUINT32) || value >= (guint64)G_MININT32;
}

/* Of bits: all of them count. */
static gboolean complements(const Node *n)
{
    gboolean found = n->kind == N_OPERATOR && n->n_kids == 1 && !n->stores &&
                     clang_getCursorUnaryOperatorKind(n->cursor) == CXUnaryOperator_Not;
    for (guint i = 0; !found && (cc_is_arithmetic(n) || n->kind == N_PAREN) && i < n->n_kids; i++)
        found = complements(n->kid[i]);
    return found;
}

/* May it be below zero by so much that an unsigned long of 32 bits does not tell it from a number with the highest bit? */
static gboolean may_be_far_below(const Node *n)
{
    guint64 value;
    if (cc_known_value(n, &value))
        return (gint64)cc_exact_value(n) < -65536;
    CXType t = clang_getCanonicalType(n->type);
    return cc_word_is_signed(cc_word(n)) && !cc_is_comparison(n) && clang_Type_getSizeOf(t) > 2;
}

/* What becomes of `n` where a value of the kind `target` is wanted; `low`: of which only low bits count. */
static CcWordMark mark_of(const Node *n, CcWord target, gboolean low)
{
    CcWord own = cc_word(n);
    gboolean word = cc_is_word(target);
    if (n->to_unsigned && target == CC_ULONG && !low && own != CC_OTHER && !is_waived(n) && may_be_far_below(n))
        return CC_FIT_ULONG;
    if (own == CC_OTHER || is_waived(n) || (word && fits(n, target)))
        return CC_PLAIN;
    if (own == CC_FLOAT)
        return !word ? CC_PLAIN : low ? CC_LOW : target == CC_LONG ? CC_FIT_LONG : CC_FIT_ULONG;
    gboolean wide = target == CC_WIDE || target == CC_UWIDE || target == CC_FLOAT;
    if (wide && cc_is_word(own) && cc_is_known(n) && (cc_is_arithmetic(n) || n->kind == N_CAST || n->limit))
        return CC_COMPUTE_WIDE;
    if (wide && cc_is_word(own) && n->kind == N_COND)
        return CC_COMPUTE_WIDE;
    Grade g = grade(n);
    gboolean leaf = cc_is_known(n) || is_beyond_leaf(n); /* stays what it is, where it does not change its type */
    if (!wide && g != G_EXACT && leaf && !low && (target == CC_OTHER || (target == own && !cc_is_known(n))))
        return CC_PLAIN;
    if (word && !low && (own == CC_WIDE || own == CC_UWIDE))
        return target == CC_LONG ? CC_FIT_LONG : CC_FIT_ULONG;
    if (target == CC_LONG && !low && (own == CC_UINT || (own == CC_ULONG && (g == G_EXACT || leaf) && !cc_is_known(n))))
        return own == CC_UINT ? CC_FIT_LONG : CC_SIGNED;
    if (g == G_EXACT)
        return CC_PLAIN;
    if (wide || own == CC_UWIDE)
        return CC_COMPUTE_WIDE;
    if (g == G_MODULO && (target != CC_ULONG || low || leaf || complements(n)))
        return CC_PLAIN;
    if (low)
        return CC_LOW;
    return (word ? target : own) == CC_LONG ? CC_FIT_LONG : CC_FIT_ULONG;
}

CcWordMark cc_mark_aside(const Node *n)
{
    CcWord own = cc_word(n);
    if (!cc_is_word(own) || cc_is_known(n) || is_beyond_leaf(n) || grade(n) == G_EXACT)
        return CC_PLAIN;
    return own == CC_LONG ? CC_FIT_LONG : CC_FIT_EXACT;
}

/* In `low`, sums and the like need no more bits than they have. */
static gboolean needs_high_bits(const Node *n)
{
    if (has_wide_constant(n) || (is_beyond_leaf(n) && cc_word(n) == CC_LONG))
        return TRUE;
    return n->kind == N_OPERATOR && n->n_kids == 2 &&
           (n->op == CXBinaryOperator_Shr || n->op == CXBinaryOperator_Div || n->op == CXBinaryOperator_Rem ||
            (n->op == CXBinaryOperator_Shl && !is_below(n->kid[1], 32)));
}

static void visit(const Walk *w, Node *n, gboolean low);

/* Statements are visited; expressions also get their mark. */
static void place(const Walk *w, Node *n, CcWord target, gboolean low)
{
    Node *value = cc_strip(n);
    if (value->kind <= N_VAR) {
        visit(w, value, FALSE);
        return;
    }
    low |= value->low || target == CC_INT || target == CC_UINT;
    if (value->kind == N_COND && cc_is_word(target) && cc_word(value) == target && !value->reach) {
        place(w, value->kid[0], CC_OTHER, FALSE);
        place(w, value->kid[1], target, low);
        place(w, value->kid[2], target, low);
        return;
    }
    CcWordMark mark = mark_of(value, target, low);
    if (mark == CC_LOW && cc_word(value) != CC_FLOAT && !needs_high_bits(value))
        mark = CC_PLAIN;
    value->word = mark;
    visit(w, value, low);
}

static void place_all(const Walk *w, Node *n, gboolean low)
{
    for (guint i = 0; i < n->n_kids; i++)
        place(w, n->kid[i], CC_OTHER, low);
}

/* ---- operators ---- */

static gboolean compares(const Node *n)
{
    return n->kind == N_OPERATOR && n->n_kids == 2 && !n->stores && n->op >= CXBinaryOperator_LT &&
           n->op <= CXBinaryOperator_NE;
}

/* Compared as another type than where a long has 64 bits. */
static gboolean changes_type(CcWord a, CcWord b)
{
    return (a == CC_LONG && b == CC_UINT) || (a == CC_UINT && b == CC_LONG) || (a == CC_WIDE && b == CC_ULONG) ||
           (a == CC_ULONG && b == CC_WIDE);
}

/* Not sums: in them an unsigned long may stand for a number below zero. */
static gboolean is_product(const Node *n)
{
    return cc_is_arithmetic(n) && n->n_kids == 2 && (n->op == CXBinaryOperator_Mul || n->op == CXBinaryOperator_Shl);
}

/* a > LONG_MAX - b, n > SIZE_MAX / size; not n == (size_t)-1, which are the same bits. */
static gboolean depends_on_limit(const Node *n)
{
    n = cc_strip((Node *)n);
    if (is_beyond_leaf(n))
        return cc_word(n) == CC_LONG;
    return has_wide_constant(n) && grade(n) == G_INEXACT;
}

static void visit_comparison(const Walk *w, Node *n)
{
    CcWord a = cc_word(n->kid[0]), b = cc_word(n->kid[1]), common = cc_word_common(a, b);
    gboolean wide = !cc_is_word(common) && common != CC_OTHER && common != CC_INT && common != CC_UINT;
    if (cc_is_word(common) && (depends_on_limit(n->kid[0]) || depends_on_limit(n->kid[1]))) {
        wide = TRUE;
        common = common == CC_LONG ? CC_WIDE : CC_UWIDE;
    }
    for (guint i = 0; i < 2; i++) {
        gboolean grows = common == CC_ULONG && is_product(cc_strip(n->kid[i]));
        place(w, n->kid[i], wide ? common : grows ? CC_UWIDE : CC_OTHER, FALSE);
        if (changes_type(a, b) && !is_waived(cc_strip(n->kid[i])))
            cc_strip(n->kid[i])->word = cc_word_is_signed(common) ? CC_AS_SIGNED : CC_AS_UNSIGNED;
    }
}

static gboolean is_mask(const Node *n, guint i)
{
    return n->op == CXBinaryOperator_And && is_below(n->kid[1 - i], 1ULL << 32);
}

static void visit_arithmetic(const Walk *w, Node *n, gboolean low)
{
    gboolean shift = n->op == CXBinaryOperator_Shl || n->op == CXBinaryOperator_Shr;
    CcWord word = cc_word(n);
    gboolean wide = word == CC_WIDE || word == CC_UWIDE || word == CC_FLOAT;
    for (guint i = 0; i < n->n_kids; i++)
        if (i == 1 && shift)
            place(w, n->kid[i], CC_OTHER, FALSE);
        else
            place(w, n->kid[i], wide ? word : CC_OTHER,
                  (low && !needs_high_bits(n)) || (n->n_kids == 2 && is_mask(n, i)));
}

static CcWord branch_target(const Node *n)
{
    CcWord word = cc_word(n);
    return word == CC_WIDE || word == CC_UWIDE || word == CC_FLOAT ? word : CC_OTHER;
}

/* ---- op= ---- */

static gboolean is_bit_field(const Node *n)
{
    return n->kind == N_MEMBER && clang_Cursor_isBitField(clang_getCursorReferenced(n->cursor));
}

/* `to` is a long or unsigned long. */
static CcWordMark mark_of_word_store(const Node *n, CcWord to, CcWord by, gboolean divides)
{
    enum CXBinaryOperatorKind op = n->op;
    CcWord common = cc_word_common(to, by);
    CcWordMark fit = to == CC_LONG ? CC_FIT_LONG : CC_FIT_ULONG;
    gboolean adds = op == CXBinaryOperator_AddAssign || op == CXBinaryOperator_SubAssign;
    gboolean beyond = is_beyond_leaf(cc_strip(n->kid[0]));
    if (op == CXBinaryOperator_ShrAssign)
        return is_below(n->kid[1], 32) && !beyond ? CC_PLAIN : fit;
    if (n->low)
        return CC_PLAIN;
    if (op == CXBinaryOperator_ShlAssign || common == CC_FLOAT)
        return fit;
    if (common == CC_WIDE || common == CC_UWIDE || changes_type(to, by))
        return op == CXBinaryOperator_AndAssign && by != CC_WIDE ? CC_PLAIN : fit;
    if (to == CC_LONG)
        return beyond || (by == CC_ULONG && (adds || divides || op == CXBinaryOperator_MulAssign)) ? fit : CC_PLAIN;
    return adds || op == CXBinaryOperator_MulAssign || (divides && (may_be_negative(n->kid[1]) || beyond))
        ? fit : CC_PLAIN;
}

/* The same for a place that is read and written. */
static CcWordMark mark_of_store(const Node *n)
{
    CcWord to = cc_word_of_type(n->kid[0]->type), by = cc_word(n->kid[1]);
    gboolean divides = n->op == CXBinaryOperator_DivAssign || n->op == CXBinaryOperator_RemAssign;
    if (by == CC_OTHER || to == CC_OTHER || to == CC_FLOAT || n->waived || is_waived(cc_strip(n->kid[1])))
        return CC_PLAIN;
    if (cc_is_word(to))
        return mark_of_word_store(n, to, by, divides);
    gboolean other = changes_type(to, by) || (to == CC_INT && by == CC_ULONG);
    return divides && other ? CC_LOW : CC_PLAIN;
}

static void visit_store(const Walk *w, Node *n)
{
    CcWord to = cc_word_of_type(n->kid[0]->type);
    n->word = is_bit_field(cc_strip(n->kid[0])) ? CC_PLAIN : mark_of_store(n);
    visit(w, cc_strip(n->kid[0]), FALSE);
    place(w, n->kid[1], cc_is_word(to) || to == CC_INT || to == CC_UINT ? CC_OTHER : to, n->low);
}

/* ---- the walk ---- */

static void initialise(gpointer walk, CXCursor member, CXType t, Node *value)
{
    (void)member;
    place(walk, value, cc_word_of_type(t), FALSE);
}

static gboolean reads_long(const Decl *callee)
{
    static const char *const names[] = {"strtol", "strtoul", "atol", NULL};
    return callee && !cc_definition(callee) && g_strv_contains(names, callee->name);
}

/* What printf writes has as many digits as it has bits. */
static void place_unnamed(const Walk *w, Node *n)
{
    Node *value = cc_strip(n);
    CcWord word = cc_word(value);
    place(w, n, CC_OTHER, FALSE);
    if (value->word == CC_PLAIN && cc_is_word(word) && (is_beyond_leaf(value) || grade(value) != G_EXACT) &&
        (word == CC_ULONG || !cc_is_arithmetic(value) || cc_is_known(value)))
        value->word = word == CC_LONG ? CC_FIT_LONG : CC_FIT_EXACT;
}

static void visit_call(const Walk *w, Node *n)
{
    const Decl *callee = cc_callee_decl(n);
    if (reads_long(callee))
        n->word = CC_READ;
    else if (cc_is_long_builtin(n))
        n->word = CC_BUILTIN;
    CXType function = callee ? callee->type : clang_getPointeeType(clang_getCanonicalType(n->kid[0]->conv));
    int named = clang_getNumArgTypes(function);
    visit(w, n->kid[0], FALSE);
    for (guint i = 1; i < n->n_kids; i++)
        if ((int)i > named)
            place_unnamed(w, n->kid[i]);
        else
            place(w, n->kid[i], cc_word_of_library(callee, clang_getArgType(function, i - 1)), FALSE);
}

static void visit_variable(const Walk *w, Node *n)
{
    for (guint i = 0; n->decl->kind == D_LOCAL && i < n->n_kids; i++)
        if (n->kid[i] == n->init)
            cc_each_initial(w->u, n->decl->type, n->init, initialise, (gpointer)w);
        else
            visit(w, n->kid[i], FALSE);
}

/* a[i], p + i, p += i */
static gboolean is_addressing(const Node *n)
{
    return n->kind == N_OPERATOR && n->n_kids == 2 &&
           (clang_getCursorKind(n->cursor) == CXCursor_ArraySubscriptExpr || is_pointer(n->type));
}

/* ++ and --, but of signed longs by that name, which the compiler checks. */
static gboolean counts_word(const Node *n)
{
    CcWord word = cc_word_of_type(n->kid[0]->type);
    gboolean is_int = clang_getCanonicalType(n->kid[0]->type).kind == CXType_Int; /* ssize_t */
    if (is_bit_field(cc_strip(n->kid[0])))
        return FALSE;
    return word == CC_ULONG ? cc_counts_up(n) && !n->low : word == CC_LONG && (is_int || is_beyond_leaf(cc_strip(n->kid[0])));
}

static void visit_operator(const Walk *w, Node *n, gboolean low)
{
    if (is_addressing(n))
        place_all(w, n, TRUE);
    else if (n->stores && n->n_kids == 2)
        visit_store(w, n);
    else if (n->stores && counts_word(n)) {
        n->word = CC_COUNT;
        place_all(w, n, FALSE);
    }
    else if (compares(n))
        visit_comparison(w, n);
    else if (cc_is_arithmetic(n))
        visit_arithmetic(w, n, low);
    else
        place_all(w, n, FALSE);
}

static void visit(const Walk *w, Node *n, gboolean low)
{
    switch (n->kind) {
    case N_SIZEOF:
        return;
    case N_CASE: /* its value is a constant */
        for (guint i = 0; i < n->n_kids; i++)
            if (n->kid[i]->kind <= N_LAST_STMT)
                visit(w, n->kid[i], FALSE);
        return;
    case N_RETURN:
        if (n->n_kids)
            place(w, n->kid[0], cc_word_of_type(clang_getResultType(w->f->decl->type)), FALSE);
        return;
    case N_VAR: visit_variable(w, n); return;
    case N_COMPOUND_LITERAL: cc_each_initial(w->u, n->type, n, initialise, (gpointer)w); return;
    case N_CALL: visit_call(w, n); return;
    case N_CAST: place(w, n->kid[0], cc_word_of_type(n->type), low); return;
    case N_OPERATOR: visit_operator(w, n, low); return;
    case N_ASSIGN:
        visit(w, n->kid[0], FALSE);
        place(w, n->kid[1], cc_word_of_type(n->kid[0]->type), n->low);
        return;
    case N_COND: /* its branches are computed in their common type */
        place(w, n->kid[0], CC_OTHER, FALSE);
        place(w, n->kid[1], branch_target(n), low);
        place(w, n->kid[2], branch_target(n), low);
        return;
    case N_PAREN: place(w, n->kid[0], CC_OTHER, low); return;
    default:
        if (n->kind == N_OTHER && is_generic(w->u, n)) /* what has a cast has another type */
            return;
        place_all(w, n, FALSE);
    }
}

void cc_check_longs(Unit *u, const Func *f)
{
    visit(&(Walk){u, f}, f->body, FALSE);
}

/* (long)5e9, also where nobody has written the cast */
static gboolean has_unfit_float(const Node *n, CcWord target)
{
    if (n->kind == N_CAST || n->kind == N_PAREN)
        return has_unfit_float(n->kid[n->n_kids - 1], n->kind == N_CAST ? cc_word_of_type(n->type) : target);
    if (cc_word(n) == CC_FLOAT && cc_is_word(target)) {
        CXEvalResult r = clang_Cursor_Evaluate(n->cursor);
        double value = r && clang_EvalResult_getKind(r) == CXEval_Float ? clang_EvalResult_getAsDouble(r) : 0;
        if (r)
            clang_EvalResult_dispose(r);
        return !(value > -2147483649. && value < (target == CC_LONG ? 2147483648. : 4294967296.));
    }
    gboolean found = FALSE;
    for (guint i = 0; cc_is_arithmetic(n) && !found && i < n->n_kids; i++)
        found = has_unfit_float(n->kid[i], CC_OTHER);
    return found;
}

/* A constant: it is computed with 64 bits, or as it is written. There is nothing to run that could look at it. */
static void initialise_constant(gpointer unit, CXCursor member, CXType t, Node *value)
{
    const Unit *u = unit;
    Node *n = cc_strip(value);
    CcWord target = cc_word_of_type(t);
    (void)member;
    if (target == CC_WIDE || target == CC_UWIDE || target == CC_FLOAT)
        n->word = mark_of(n, target, FALSE);
    gboolean unfit = cc_is_word(target) && cc_word(n) != CC_FLOAT && cc_is_known(n) &&
                     (!fits(n, target) || (target == CC_ULONG && may_be_far_below(n)));
    if (unfit || has_unfit_float(n, target))
        cc_error_at(u->program, n, "-Wpreaches-differs", "the constant is another one where a 'long' has 64 bits than on %s; in "
                    "an 'int64_t' or 'uint64_t' it is the same on all machines", u->program->arch->name);
}

static void check_variable(Unit *u, const Decl *d)
{
    if (d->init)
        cc_each_initial(u, d->type, d->init, initialise_constant, u);
}

void cc_check_constant_longs(Unit *u)
{
    for (guint i = 0; i < u->vars->len; i++)
        check_variable(u, u->vars->pdata[i]);
    for (guint i = 0; i < u->static_locals->len; i++)
        check_variable(u, u->static_locals->pdata[i]);
}
