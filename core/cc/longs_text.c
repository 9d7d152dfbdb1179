/* Kinds of words, and the text of what longs.c has marked: the operands as numbers of 64 bits. */
#include "longs.h"
#include "parse.h"
#include "types.h"

/* ---- kinds ---- */

CcWord cc_word_of_type(CXType t)
{
    if (cc_is_long(t)) {
        enum CXTypeKind kind = clang_getCanonicalType(t).kind;
        return kind == CXType_UInt || kind == CXType_ULong ? CC_ULONG : CC_LONG;
    }
    t = clang_getCanonicalType(t);
    if (t.kind == CXType_Enum)
        t = clang_getCanonicalType(clang_getEnumDeclIntegerType(clang_getTypeDeclaration(t)));
    switch (t.kind) {
    case CXType_Char_U: case CXType_Char_S: case CXType_UChar: case CXType_SChar: case CXType_Short: case CXType_UShort:
    case CXType_Int: return CC_INT;
    case CXType_UInt: return CC_UINT;
    case CXType_Long: return CC_LONG;
    case CXType_ULong: return CC_ULONG;
    case CXType_LongLong: return CC_WIDE;
    case CXType_ULongLong: return CC_UWIDE;
    case CXType_Float: case CXType_Double: case CXType_LongDouble: return CC_FLOAT;
    default: return CC_OTHER;
    }
}

CcWord cc_word_of_library(const Decl *function, CXType t)
{
    static const char *const ints[] = {"alarm", "sleep", "ualarm", "usleep", "srand", "srandom", "initstate", NULL};
    gboolean loses_name = t.kind == CXType_UInt && function && function->is_system && !cc_definition(function) &&
                          !g_str_has_prefix(function->name, "__builtin") && !g_strv_contains(ints, function->name);
    return loses_name ? CC_ULONG : cc_word_of_type(t);
}

gboolean cc_is_word(CcWord w) { return w == CC_LONG || w == CC_ULONG; }

gboolean cc_word_is_signed(CcWord w) { return w == CC_INT || w == CC_LONG || w == CC_WIDE; }

CcWord cc_word_common(CcWord a, CcWord b)
{
    if (a == CC_OTHER || b == CC_OTHER)
        return CC_OTHER;
    if (a == CC_FLOAT || b == CC_FLOAT)
        return CC_FLOAT;
    gboolean wide = a >= CC_WIDE || b >= CC_WIDE;
    if (a == CC_ULONG || a == CC_UWIDE || b == CC_ULONG || b == CC_UWIDE)
        return wide ? CC_UWIDE : CC_ULONG;
    if (a >= CC_LONG || b >= CC_LONG)
        return wide ? CC_WIDE : CC_LONG;
    return a == CC_UINT || b == CC_UINT ? CC_UINT : CC_INT;
}

static gboolean is_pointer(const Node *n) { return clang_getCanonicalType(n->conv).kind == CXType_Pointer; }

static gboolean is_shift(const Node *n) { return n->op == CXBinaryOperator_Shl || n->op == CXBinaryOperator_Shr; }

gboolean cc_is_arithmetic(const Node *n)
{
    if (n->kind != N_OPERATOR || n->stores)
        return FALSE;
    if (n->n_kids == 1) {
        enum CXUnaryOperatorKind op = clang_getCursorUnaryOperatorKind(n->cursor);
        return op == CXUnaryOperator_Plus || op == CXUnaryOperator_Minus || op == CXUnaryOperator_Not;
    }
    return n->n_kids == 2 && !is_pointer(n->kid[0]) && !is_pointer(n->kid[1]) &&
           ((n->op >= CXBinaryOperator_Mul && n->op <= CXBinaryOperator_Shr) ||
            (n->op >= CXBinaryOperator_And && n->op <= CXBinaryOperator_Or));
}

CcWord cc_word(const Node *n)
{
    switch (n->kind) {
    case N_PAREN: return cc_word(n->kid[0]);
    case N_SIZEOF: return CC_ULONG;
    case N_CALL: return cc_word_of_library(cc_callee_decl(n), n->type);
    case N_COMMA: return cc_word(n->kid[1]);
    case N_ASSIGN: return cc_word_of_type(n->kid[0]->type);
    case N_COND: return is_pointer(n) ? CC_OTHER : cc_word_common(cc_word(n->kid[1]), cc_word(n->kid[2]));
    case N_ELVIS: return is_pointer(n) ? CC_OTHER : cc_word_common(cc_word(n->kid[0]), cc_word(n->kid[1]));
    case N_OPERATOR: break;
    default: return cc_word_of_type(n->type);
    }
    if (n->stores)
        return cc_word_of_type(n->kid[0]->type);
    if (cc_is_arithmetic(n))
        return n->n_kids == 1 || is_shift(n) ? cc_word(n->kid[0]) : cc_word_common(cc_word(n->kid[0]), cc_word(n->kid[1]));
    if (n->n_kids == 2 && n->op == CXBinaryOperator_Sub && is_pointer(n->kid[0]) && is_pointer(n->kid[1]))
        return CC_LONG;
    return cc_word_of_type(n->type);
}

/* ---- text ---- */

const char *cc_wide_name(CcWord w) { return cc_word_is_signed(w) ? "long long" : "unsigned long long"; }

gboolean cc_is_held(const Node *n) { return n->ordered || ((n->reach || n->moved) && n->temp != T_NONE); }

void cc_render_exact(Lower *l, Node *n);

void cc_render_site(Lower *l, const Node *n)
{
    g_autofree char *file = g_strescape(n->file, NULL);
    g_string_append_printf(l->out, ", \"%s\", %u, %u)", file, n->line, n->col);
}

/* As it is, then as a number of 64 bits. A temporary of a long may have the other sign: of an int and an unsigned. */
static void exact_leaf(Lower *l, Node *n)
{
    CcWord word = cc_word(n);
    if (n->limit) {
        g_string_append(l->out, word == CC_LONG ? "0x7fffffffffffffffLL" : "0xffffffffffffffffULL");
        return;
    }
    gboolean beyond = n->beyond && cc_is_word(word);
    g_string_append_printf(l->out, "((%s)%s%s(", cc_wide_name(word), beyond ? "preaches_wide_" : "",
                           word == CC_LONG ? beyond ? "long" : "(long)"
                           : word == CC_ULONG ? beyond ? "ulong" : "(unsigned long)" : "");
    cc_render(l, n);
    g_string_append(l->out, "))");
}

static void exact_operator(Lower *l, Node *n)
{
    const char *name = cc_wide_name(cc_word(n));
    g_string_append_c(l->out, '(');
    cc_copy(l, n->begin, n->kid[0]->begin);
    g_string_append_printf(l->out, "(%s)", name);
    cc_render_exact(l, n->kid[0]);
    if (n->n_kids == 2) {
        cc_copy(l, n->kid[0]->end, n->kid[1]->begin);
        if (is_shift(n))
            cc_render(l, n->kid[1]);
        else {
            g_string_append_printf(l->out, "(%s)", name);
            cc_render_exact(l, n->kid[1]);
        }
    }
    g_string_append_c(l->out, ')');
}

static void exact_choice(Lower *l, Node *n)
{
    const char *name = cc_wide_name(cc_word(n));
    g_string_append_c(l->out, '(');
    cc_render(l, n->kid[0]);
    for (guint i = 1; i < 3; i++) {
        g_string_append_printf(l->out, " %c (%s)", i == 1 ? '?' : ':', name);
        cc_render_exact(l, n->kid[i]);
    }
    g_string_append_c(l->out, ')');
}

/* Its value where a long has 64 bits, as a long long or unsigned long long. Marks within are not looked at. */
void cc_render_exact(Lower *l, Node *n)
{
    CcWord word = cc_word(n);
    gboolean wide = word >= CC_LONG && word <= CC_UWIDE;
    CcWordMark mark = n->word;
    if (!wide || cc_is_held(n) || n->bits)
        exact_leaf(l, n);
    else if (n->kind == N_PAREN)
        cc_render_exact(l, n->kid[0]);
    else if (cc_is_arithmetic(n))
        exact_operator(l, n);
    else if (n->kind == N_COND)
        exact_choice(l, n);
    else if (n->kind == N_CAST && cc_word(n->kid[0]) < CC_FLOAT) {
        g_string_append_printf(l->out, "((%s)", cc_wide_name(word));
        cc_render_exact(l, n->kid[0]);
        g_string_append_c(l->out, ')');
    } else {
        n->word = CC_PLAIN;
        exact_leaf(l, n);
        n->word = mark;
    }
}

static void open_fit(Lower *l, CcWordMark mark, gboolean floats)
{
    static const char *const integers[] = {[CC_FIT_LONG] = "long", [CC_FIT_ULONG] = "ulong", [CC_FIT_EXACT] = "exact"};
    static const char *const reals[] = {[CC_FIT_LONG] = "float", [CC_FIT_ULONG] = "ufloat", [CC_FIT_EXACT] = "ufloat"};
    g_string_append_printf(l->out, "preaches_fit_%s(", (floats ? reals : integers)[mark]);
}

static gboolean shifts_place(const Node *n)
{
    return n->op == CXBinaryOperator_ShlAssign || n->op == CXBinaryOperator_ShrAssign;
}

/* What `place op= by` is computed in. */
static CcWord store_word(const Node *n)
{
    CcWord to = cc_word_of_type(n->kid[0]->type);
    return shifts_place(n) ? to : cc_word_common(to, cc_word(n->kid[1]));
}

/* What stands in the place. */
static void render_target(Lower *l, Node *place, gboolean again)
{
    CcWord word = cc_word_of_type(place->type);
    gboolean beyond = cc_strip(place)->beyond && cc_is_word(word);
    if (beyond)
        g_string_append_printf(l->out, "preaches_wide_%s", word == CC_LONG ? "long" : "ulong");
    g_string_append_c(l->out, '(');
    if (again)
        cc_render(l, place);
    else
        g_string_append(l->out, "*preaches_to");
    g_string_append_c(l->out, ')');
}

/* "place op preaches_by" */
static void render_result(Lower *l, Node *n, CcWordMark mark, gboolean again)
{
    CcWord word = store_word(n);
    const char *op = l->u->text + cc_skip_blank(l->u, n->kid[0]->end);
    if (mark != CC_LOW)
        open_fit(l, mark, word == CC_FLOAT);
    if (word != CC_FLOAT)
        g_string_append_printf(l->out, "(%s)", cc_wide_name(word));
    render_target(l, n->kid[0], again);
    g_string_append_printf(l->out, " %.*s preaches_by", shifts_place(n) ? 2 : 1, op);
    if (mark != CC_LOW)
        cc_render_site(l, n);
}

/* The right side first, as ever. */
static void render_store(Lower *l, Node *n, CcWordMark mark)
{
    CcWord word = store_word(n);
    gboolean again = cc_is_repeatable(n->kid[0]);
    g_string_append(l->out, "({ __auto_type preaches_by = ");
    if (shifts_place(n) || word == CC_FLOAT)
        cc_render(l, n->kid[1]);
    else {
        g_string_append_printf(l->out, "(%s)", cc_wide_name(word));
        cc_render_exact(l, n->kid[1]);
    }
    g_string_append(l->out, again ? "; " : "; __auto_type preaches_to = &(");
    cc_render(l, n->kid[0]);
    g_string_append(l->out, again ? " = " : "); *preaches_to = ");
    render_result(l, n, mark, again);
    g_string_append(l->out, "; })");
}

gboolean cc_counts_up(const Node *n)
{
    enum CXUnaryOperatorKind op = clang_getCursorUnaryOperatorKind(n->cursor);
    return op == CXUnaryOperator_PostInc || op == CXUnaryOperator_PreInc;
}

/* ({ preaches_count_up(place, ...); place++; }) */
static void render_count(Lower *l, Node *n)
{
    CcWord word = cc_word_of_type(n->kid[0]->type);
    gboolean again = cc_is_repeatable(n->kid[0]);
    if (!again) {
        g_string_append(l->out, "({ __auto_type preaches_to = &(");
        cc_render(l, n->kid[0]);
        g_string_append(l->out, "); ");
    } else
        g_string_append(l->out, "({ ");
    g_string_append_printf(l->out, "preaches_count_%s%s(", word == CC_LONG ? cc_counts_up(n) ? "up" : "down" : "ulong",
                           word == CC_ULONG && cc_strip(n->kid[0])->beyond ? "_signed" : "");
    if (again)
        cc_render(l, n->kid[0]);
    else
        g_string_append(l->out, "*preaches_to");
    cc_render_site(l, n);
    g_string_append(l->out, "; ");
    if (again)
        cc_render(l, n);
    else {
        gboolean before = n->kid[0]->begin > n->begin;
        g_string_append_printf(l->out, "%s(*preaches_to)%s", before ? cc_counts_up(n) ? "++" : "--" : "",
                               before ? "" : cc_counts_up(n) ? "++" : "--");
    }
    g_string_append(l->out, "; })");
}

static void render_fitted(Lower *l, Node *n, CcWordMark mark)
{
    open_fit(l, mark, cc_word(n) == CC_FLOAT);
    if (cc_word(n) == CC_FLOAT)
        cc_render(l, n);
    else
        cc_render_exact(l, n);
    cc_render_site(l, n);
}

static void render_read(Lower *l, Node *n)
{
    g_string_append_printf(l->out, "preaches_%s(", cc_callee_decl(n)->name);
    for (guint i = 1; i < n->n_kids; i++) {
        g_string_append(l->out, i > 1 ? ", " : "");
        cc_render(l, n->kid[i]);
    }
    cc_render_site(l, n);
}

static void render_marked(Lower *l, Node *n, CcWordMark mark)
{
    switch (mark) {
    case CC_FIT_LONG: case CC_FIT_ULONG: case CC_FIT_EXACT:
        render_fitted(l, n, mark);
        break;
    case CC_SIGNED:
        g_string_append(l->out, "preaches_fit_signed(");
        cc_render(l, n);
        cc_render_site(l, n);
        break;
    case CC_LOW:
        g_string_append(l->out, cc_word_is_signed(cc_word(n)) ? "((long)" : "((unsigned long)(long long)");
        if (cc_word(n) == CC_FLOAT)
            exact_leaf(l, n);
        else
            cc_render_exact(l, n);
        g_string_append_c(l->out, ')');
        break;
    default:
        g_string_append(l->out, mark == CC_AS_SIGNED ? "((long long)" : mark == CC_AS_UNSIGNED ? "((unsigned long long)" : "(");
        cc_render_exact(l, n);
        g_string_append_c(l->out, ')');
    }
}

void cc_render_word(Lower *l, Node *n)
{
    CcWordMark mark = n->word;
    n->word = CC_PLAIN; /* for its own text */
    if (n->stores && n->n_kids == 2 && !cc_is_held(n))
        render_store(l, n, mark);
    else if (mark == CC_COUNT && !cc_is_held(n))
        render_count(l, n);
    else if (mark == CC_COUNT)
        cc_render(l, n);
    else if (mark == CC_READ && !cc_is_held(n))
        render_read(l, n);
    else if (mark == CC_BUILTIN && !cc_is_held(n))
        cc_render_long_builtin(l, n);
    else if (mark == CC_READ || mark == CC_BUILTIN)
        cc_render(l, n);
    else
        render_marked(l, n, mark);
    n->word = mark;
}

char *cc_render_aside(Lower *l, Node *n)
{
    Node *value = cc_strip(n);
    CcWordMark mark = value->word;
    if (l->p->arch->pointer_bytes == 4 && !(value->stores && value->n_kids == 2) && mark != CC_READ && mark != CC_BUILTIN)
        value->word = cc_mark_aside(value);
    char *text = cc_render_text(l, n);
    value->word = mark;
    return text;
}
