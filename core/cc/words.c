/* What depends on how wide a long is: constants that only a long of 64 bits holds, and numbers kept by so
 * many bits a word. Types alone do not tell: such a program is a valid one on every machine, but what it
 * has begun on one means something else on another. Said of an architecture where a long has 32 bits; the
 * native one, from which it differs, is analysed beside it. */
#include "longs.h"
#include <string.h>

static void check_constant(Program *p, const Unit *u, const Node *n)
{
    guint longs = 0;
    for (guint at = n->end; at > n->begin && strchr("uUlL", u->text[at - 1]); at--)
        longs += g_ascii_tolower(u->text[at - 1]) == 'l';
    if (longs == 1 && g_ascii_strtoull(u->text + n->begin, NULL, 0) > G_MAXUINT32)
        cc_error_at(p, n, "-Wpreaches-differs", "the constant does not fit a 'long' of %s; with 'LL', and "
                    "'long long' for what it is combined with, it is the same on all machines", p->arch->name);
}

/* Does it name the variable, or another one that was set to something? */
static gboolean names(const Node *n, const Decl *d)
{
    gboolean found = n->kind == N_REF && n->decl && (n->decl == d || n->decl->init);
    for (guint i = 0; i < n->n_kids && !found; i++)
        found = names(n->kid[i], d);
    return found;
}

/* sizeof(long) * 8 somewhere in `n`, or in what a variable in it was set to; `here`: one that is this machine's. */
static gboolean counts_bits(Program *p, Unit *u, Node *n, gboolean here)
{
    if (cc_is_word_bits(p, u, n))
        return !here || !n->bits;
    if (n->kind == N_REF && n->decl && n->decl->kind != D_FUNC && n->decl->init && n->decl->init != n &&
        !names(n->decl->init, n->decl))
        return counts_bits(p, u, n->decl->init, here);
    for (guint i = 0; n->kind != N_SIZEOF && i < n->n_kids; i++)
        if (counts_bits(p, u, n->kid[i], here))
            return TRUE;
    return FALSE;
}

/* sizeof(long), but as a number of bits: x >> (sizeof(x) * 4) */
static gboolean has_word_size(const Unit *u, const Node *n)
{
    if (n->bits || cc_is_word_size(u, n))
        return !n->bits;
    for (guint i = 0; n->kind != N_CALL && i < n->n_kids; i++)
        if (has_word_size(u, n->kid[i]))
            return TRUE;
    return FALSE;
}

static gboolean shifts_long(const Node *n)
{
    gboolean found = n->kind == N_OPERATOR && n->n_kids == 2 && cc_is_word(cc_word(n->kid[0])) &&
                     (n->op == CXBinaryOperator_Shl || n->op == CXBinaryOperator_Shr ||
                      n->op == CXBinaryOperator_ShlAssign || n->op == CXBinaryOperator_ShrAssign);
    for (guint i = 0; !found && i < n->n_kids; i++)
        found = shifts_long(n->kid[i]);
    return found;
}

/* for (i = 0; i < sizeof(x); i++) bytes[i] = x >> (8 * i) */
static gboolean takes_apart(const Unit *u, const Node *n)
{
    gboolean counted = (n->cond && has_word_size(u, n->cond)) || (n->init && has_word_size(u, n->init));
    return cc_is_loop(n) && counted && n->body && shifts_long(n->body);
}

static gboolean places_bits(guint op)
{
    static const enum CXBinaryOperatorKind ops[] = {
        CXBinaryOperator_Div, CXBinaryOperator_Rem, CXBinaryOperator_Shl, CXBinaryOperator_Shr,
        CXBinaryOperator_DivAssign, CXBinaryOperator_RemAssign, CXBinaryOperator_ShlAssign,
        CXBinaryOperator_ShrAssign,
    };
    for (guint i = 0; i < G_N_ELEMENTS(ops); i++)
        if (op == (guint)ops[i])
            return TRUE;
    return FALSE;
}

/* x >> (sizeof(x) * 8 - k), 1UL << (sizeof(x) * 8 - __builtin_clzl(x)): the same number, computed with 64 bits. */
static gboolean is_computed(const Node *n)
{
    return n->op == CXBinaryOperator_Shr || n->op == CXBinaryOperator_ShrAssign ||
           (n->op == CXBinaryOperator_Shl && cc_has_count(n->kid[1]));
}

/* `x < (size_t)1 << (sizeof x * 8 - 9)`: a limit, and no bit that is set or looked for. */
static gboolean is_limit(const Node *n, const Node *kid)
{
    if (n->kind != N_OPERATOR || n->op < CXBinaryOperator_LT || n->op > CXBinaryOperator_GE)
        return FALSE;
    guint64 value;
    return cc_constant(kid, &value);
}

/* memset(distance, 0x3f, …) of longs: as many bytes as each machine's have. */
static void check_fill(Program *p, const Node *call)
{
    const Decl *d = cc_callee_decl(call);
    guint64 value;
    if (!d || cc_definition(d) || call->n_kids != 4 ||
        (strcmp(d->name, "memset") != 0 && strcmp(d->name, "__builtin_memset") != 0) ||
        !cc_constant(call->kid[2], &value) || (value & 0xff) == 0 || (value & 0xff) == 0xff)
        return;
    CXType t = clang_getCanonicalType(cc_strip_casts(call->kid[1])->type);
    t = t.kind == CXType_Pointer ? clang_getPointeeType(t) : t;
    while (clang_getArrayElementType(t).kind != CXType_Invalid)
        t = clang_getArrayElementType(t);
    t = clang_getCanonicalType(t);
    if (t.kind == CXType_Long || t.kind == CXType_ULong)
        cc_error_at(p, call, "-Wpreaches-differs", "longs are filled with bytes: on %s they are other numbers; int64_t "
                    "or a loop makes the same on all machines", p->arch->name);
}

static void check(Program *p, Unit *u, Node *n)
{
    if (takes_apart(u, n))
        cc_error_at(p, n, "-Wpreaches-differs", "a 'long' is taken apart, or put together, by as many bytes as it has on "
                    "this machine; a number of a fixed width (uint32_t, uint64_t) has as many on all");
    if (n->kind == N_CALL)
        check_fill(p, n);
    if (clang_getCursorKind(n->cursor) == CXCursor_IntegerLiteral)
        check_constant(p, u, n);
    gboolean places = n->kind == N_OPERATOR && n->n_kids == 2 && places_bits(n->op);
    if (places && (counts_bits(p, u, n->kid[1], is_computed(n)) ||
                   (n->op != CXBinaryOperator_Div && n->op != CXBinaryOperator_Rem && has_word_size(u, n->kid[1])))) {
        cc_error_at(p, n, "-Wpreaches-differs", "bits are placed by how many a word of this machine has: what one "
                    "machine has stored another would look for elsewhere; words of a fixed width (uint32_t, "
                    "uint64_t) are the same on all");
        return;
    }
    for (guint i = 0; i < n->n_kids; i++)
        if (!is_limit(n, n->kid[i]))
            check(p, u, n->kid[i]);
}

void cc_check_words(Program *p)
{
    if (p->arch->pointer_bytes == 4)
        cc_mark_word_bits(p);
    for (guint i = 0; p->arch->pointer_bytes == 4 && i < p->n_units; i++) {
        cc_check_constant_longs(p->units[i]);
        for (guint k = 0; k < p->units[i]->funcs->len; k++) {
            Func *f = p->units[i]->funcs->pdata[k];
            if (f->body) {
                check(p, p->units[i], f->body);
                cc_check_wraps(p, p->units[i], f->body);
                cc_check_longs(p->units[i], f);
                cc_check_formats(p->units[i], f);
            }
        }
    }
}
