/* Constants of longs, with the value that they have where a long has 64 bits. */
#include "longs.h"

gboolean cc_is_known(const Node *n)
{
    if (n->kind == N_SIZEOF)
        return !n->evaluated;
    if (n->kind == N_REF)
        return !n->decl; /* an enumerator */
    if (n->kind != N_PAREN && n->kind != N_CAST && (n->kind != N_OPERATOR || n->stores))
        return FALSE;
    gboolean known = TRUE;
    for (guint i = 0; known && i < n->n_kids; i++)
        known = cc_is_known(n->kid[i]);
    return known;
}

static gboolean has_bits(const Node *n)
{
    gboolean found = n->bits;
    for (guint i = 0; !found && i < n->n_kids; i++)
        found = has_bits(n->kid[i]);
    return found;
}

gboolean cc_known_value(const Node *n, guint64 *value)
{
    if (!cc_is_known(n) || !cc_constant(n, value))
        return FALSE;
    if (has_bits(n)) /* the parser has counted those of this machine */
        *value = cc_exact_value(n);
    return TRUE;
}

static guint64 operate(guint op, guint64 a, guint64 b, gboolean is_signed)
{
    switch (op) {
    case CXBinaryOperator_Mul: return a * b;
    case CXBinaryOperator_Add: return a + b;
    case CXBinaryOperator_Sub: return a - b;
    case CXBinaryOperator_Shl: return b < 64 ? a << b : 0;
    case CXBinaryOperator_Shr: return b >= 64 ? 0 : is_signed ? (guint64)((gint64)a >> b) : a >> b;
    case CXBinaryOperator_And: return a & b;
    case CXBinaryOperator_Or: return a | b;
    case CXBinaryOperator_Xor: return a ^ b;
    default: break;
    }
    if (!b || (is_signed && b == G_MAXUINT64)) /* nor what overflows */
        return 0;
    if (op == CXBinaryOperator_Div)
        return is_signed ? (guint64)((gint64)a / (gint64)b) : a / b;
    return is_signed ? (guint64)((gint64)a % (gint64)b) : a % b;
}

/* A known long's value where it has 64 bits. */
guint64 cc_exact_value(const Node *n)
{
    guint64 value = 0;
    n = cc_strip((Node *)n);
    gboolean is_signed = cc_word_is_signed(cc_word(n)), wide = cc_is_word(cc_word(n)) || has_bits(n);
    if (n->bits)
        return 64;
    if (n->limit)
        return is_signed ? G_MAXINT64 : G_MAXUINT64;
    if (wide && n->kind == N_CAST && cc_word(n->kid[0]) < CC_FLOAT)
        return cc_exact_value(n->kid[0]);
    if (wide && cc_is_arithmetic(n)) {
        enum CXUnaryOperatorKind unary = clang_getCursorUnaryOperatorKind(n->cursor);
        value = cc_exact_value(n->kid[0]);
        if (n->n_kids == 2)
            return operate(n->op, value, cc_exact_value(n->kid[1]), is_signed);
        return unary == CXUnaryOperator_Minus ? -value : unary == CXUnaryOperator_Not ? ~value : value;
    }
    return cc_constant(n, &value) && is_signed && cc_word(n) != CC_WIDE ? (guint64)(gint64)(gint32)value : value;
}
