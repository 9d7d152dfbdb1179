/* sizeof(long) * 8: how many bits a word of this machine has. What is counted, shifted or compared by it should not
 * depend on the machine, so where a long has 32 bits it is 64, as on the others (longs.c computes what is made of it):
 *
 *   for (i = 0; i < sizeof(x) * CHAR_BIT; i++)      x >> (sizeof(x) * 8 - k)      int bits = 8 * sizeof(size_t);
 *
 * Not where it measures memory, eight longs: in a distance between addresses, in an argument of the library's, in a variable, member,
 * parameter or result that gets there; nor where the library's own headers say so (FD_SET). */
#include "alloc.h"
#include "longs.h"
#include "parse.h"
#include "types.h"
#include <string.h>

enum { DEEPEST = 4 }; /* from variable to parameter to member … */

static gboolean is_literal(const Unit *u, const Node *n, char digit)
{
    return n->end == n->begin + 1 && u->text[n->begin] == digit;
}

static gboolean is_word_type(CXType t)
{
    return cc_is_long(t) || clang_getCanonicalType(t).kind == CXType_Pointer;
}

/* A sizeof that speaks of a long or a pointer. The model is not asked, which would take note of the type. */
gboolean cc_is_word_size(const Unit *u, const Node *n)
{
    n = cc_strip_casts((Node *)(uintptr_t)n);
    if (n->kind != N_SIZEOF || clang_Location_isInSystemHeader(clang_getCursorLocation(n->cursor)))
        return FALSE;
    if (cc_sizeof_operand(n))
        return is_word_type(cc_sizeof_operand(n)->type);
    g_autofree char *text = g_strndup(u->text + n->begin, n->end - n->begin);
    CXType named = cc_sizeof_named(n);
    const char *first = strstr(text, "long");
    if (strchr(text, '[') || strchr(text, '*'))
        return !strchr(text, '[');
    return named.kind != CXType_Invalid ? is_word_type(named)
                                        : first && !strstr(first + 1, "long") && !strstr(text, "double");
}

static enum CXChildVisitResult find_word(CXCursor c, CXCursor parent, CXClientData found)
{
    (void)parent;
    *(gboolean *)found |= clang_getCursorKind(c) == CXCursor_UnaryExpr; /* a sizeof */
    return CXChildVisit_Recurse;
}

/* enum { BITS = 8 * sizeof(long) } */
static gboolean is_enumerator(const Program *p, const Node *n)
{
    CXCursor to = clang_getCursorReferenced(n->cursor);
    gboolean found = FALSE;
    if (n->kind != N_REF || n->decl || clang_getCursorKind(to) != CXCursor_EnumConstantDecl ||
        clang_getEnumConstantDeclValue(to) != 8 * p->arch->pointer_bytes)
        return FALSE;
    clang_visitChildren(to, find_word, &found);
    return found;
}

gboolean cc_is_word_bits(Program *p, Unit *u, const Node *n)
{
    if (n->kind != N_OPERATOR || n->n_kids != 2)
        return is_enumerator(p, n);
    const Node *a = cc_strip(n->kid[0]), *b = cc_strip(n->kid[1]);
    if (n->op == CXBinaryOperator_Mul)
        return (is_literal(u, b, '8') && cc_is_word_size(u, a)) || (is_literal(u, a, '8') && cc_is_word_size(u, b));
    return n->op == CXBinaryOperator_Shl && is_literal(u, b, '3') && cc_is_word_size(u, a);
}

/* ---- what becomes of a value ---- */

typedef struct Walk {
    Program *p;
    Unit *u;
    const Func *f;
    const Decl *wanted; /* a variable, parameter or function that is looked for */
    const char *member; /* or a member, by name alone: whatever else has the name counts too */
    guint depth;
    gboolean found;     /* it measures memory. When nothing is looked for, numbers of bits are marked */
} Walk;

static void walk(Walk *w, Node *n, gboolean memory);
static gboolean concerns(const Walk *w, Node *n);

static void walk_program(Walk *w)
{
    for (guint i = 0; i < w->p->n_units && !w->found; i++) {
        w->u = w->p->units[i];
        for (guint k = 0; k < w->u->funcs->len && !w->found; k++) {
            w->f = w->u->funcs->pdata[k];
            if (w->f->body && concerns(w, w->f->body))
                walk(w, w->f->body, FALSE);
        }
        w->f = NULL;
        for (guint k = 0; k < w->u->top_inits->len; k++)
            walk(w, w->u->top_inits->pdata[k], FALSE);
    }
}

/* Does a variable, a function's result or a member get to where it measures memory? */
static gboolean measures(const Walk *w, const Decl *d, const char *member)
{
    Walk inner = { .p = w->p, .wanted = d, .member = member, .depth = w->depth + 1 };
    gboolean itself = d ? d == w->wanted : w->member && strcmp(member, w->member) == 0;
    if (itself || w->depth >= DEEPEST)
        return !itself;
    walk_program(&inner);
    return inner.found;
}

static gboolean is_wanted(const Walk *w, Node *n)
{
    if (w->member && n->kind == N_MEMBER) {
        g_autofree char *name = cc_take_string(clang_getCursorSpelling(n->cursor));
        return strcmp(name, w->member) == 0;
    }
    const Decl *d = n->kind == N_REF ? n->decl : n->kind == N_CALL ? cc_callee_decl(n) : NULL;
    if (!d || !w->wanted)
        return FALSE;
    gboolean shared = d->kind == w->wanted->kind && (d->kind == D_GLOBAL || d->kind == D_FUNC);
    return d == w->wanted || (shared && strcmp(d->name, w->wanted->name) == 0);
}

/* Of a[i] and *p: a, p. */
static Node *whole(Node *n)
{
    n = cc_strip(n);
    gboolean element = n->kind == N_OPERATOR && !n->stores && !cc_is_arithmetic(n) && !cc_is_comparison(n) && n->n_kids;
    return element ? whole(n->kid[0]) : n;
}

static gboolean place_measures(const Walk *w, Node *place)
{
    place = whole(place);
    if (place->kind == N_REF && place->decl)
        return measures(w, place->decl, NULL);
    if (place->kind != N_MEMBER)
        return TRUE;
    g_autofree char *name = cc_take_string(clang_getCursorSpelling(place->cursor));
    return measures(w, NULL, name);
}

/* Is there anything in `n` of which it matters? */
static gboolean concerns(const Walk *w, Node *n)
{
    gboolean found = is_wanted(w, n) || (!w->wanted && !w->member && cc_is_word_bits(w->p, w->u, n));
    for (guint i = 0; !found && i < n->n_kids; i++)
        found = concerns(w, n->kid[i]);
    return found;
}

static void walk_given(Walk *w, Node *place, Node *value)
{
    walk(w, value, concerns(w, value) && place_measures(w, place));
}

typedef struct Initialised { Walk *w; const Decl *whole; } Initialised;

static void walk_initial(gpointer data, CXCursor member, CXType t, Node *value)
{
    const Initialised *to = data;
    (void)t;
    if (clang_Cursor_isNull(member)) {
        walk(to->w, value, concerns(to->w, value) && (!to->whole || measures(to->w, to->whole, NULL)));
        return;
    }
    g_autofree char *name = cc_take_string(clang_getCursorSpelling(member));
    walk(to->w, value, concerns(to->w, value) && measures(to->w, NULL, name));
}

static void walk_call(Walk *w, Node *n)
{
    const Decl *callee = cc_callee_decl(n);
    const Func *to = callee ? cc_definition(callee) : NULL;
    CXType function = callee ? callee->type : clang_getPointeeType(clang_getCanonicalType(n->kid[0]->conv));
    int named = clang_getNumArgTypes(function);
    gboolean builtin = callee && cc_is_long_builtin(n);
    walk(w, n->kid[0], FALSE);
    for (guint i = 1; i < n->n_kids; i++) {
        gboolean memory = !builtin && (int)i <= named && concerns(w, n->kid[i]);
        if (memory && to && i <= to->params->len)
            memory = measures(w, to->params->pdata[i - 1], NULL);
        walk(w, n->kid[i], memory);
    }
}

static gboolean is_pointer(const Node *n)
{
    return clang_getCanonicalType(n->conv).kind == CXType_Pointer ||
           clang_getArrayElementType(clang_getCanonicalType(n->type)).kind != CXType_Invalid;
}

/* p + 8 * sizeof(long), ((char *)p)[8 * sizeof(long)]; not digits[sizeof(long) * 8], which is one behind the last. */
static gboolean is_address(const Node *n)
{
    if (n->n_kids != 2 || (!is_pointer(n->kid[0]) && !is_pointer(n->kid[1])))
        return FALSE;
    return clang_getCursorKind(n->cursor) != CXCursor_ArraySubscriptExpr || cc_strip(n->kid[0])->kind == N_CAST;
}

static void walk_operator(Walk *w, Node *n, gboolean memory)
{
    gboolean address = is_address(n);
    gboolean shift = n->n_kids == 2 && (n->op == CXBinaryOperator_Shl || n->op == CXBinaryOperator_Shr);
    gboolean number = !cc_is_arithmetic(n) || shift || (n->op == CXBinaryOperator_Div && n->n_kids == 2);
    if (n->stores && n->n_kids == 2 && !address) {
        walk(w, n->kid[0], FALSE);
        walk_given(w, n->kid[0], n->kid[1]);
        return;
    }
    for (guint i = 0; i < n->n_kids; i++) {
        gboolean narrow = shift && i == 1 && cc_word(n->kid[0]) < CC_LONG; /* an int has no more on any machine */
        walk(w, n->kid[i], !cc_is_comparison(n) && (address || narrow || (memory && !number)));
    }
}

static void walk_inside(Walk *w, Node *n, gboolean memory)
{
    switch (n->kind) {
    case N_VAR:
        for (guint i = 0; i < n->n_kids; i++)
            if (n->kid[i] != n->init)
                walk(w, n->kid[i], FALSE); /* char digits[sizeof(long) * 8 + 1] */
        if (n->init)
            cc_each_initial(w->u, n->decl->type, n->init, walk_initial, &(Initialised){ w, n->decl });
        return;
    case N_COMPOUND_LITERAL:
        if (n->n_kids)
            cc_each_initial(w->u, n->type, n->kid[n->n_kids - 1], walk_initial,
                            &(Initialised){ w, NULL });
        return;
    case N_ASSIGN:
        walk(w, n->kid[0], FALSE);
        walk_given(w, n->kid[0], n->kid[1]);
        return;
    case N_RETURN:
        if (n->n_kids)
            walk(w, n->kid[0], concerns(w, n->kid[0]) && measures(w, w->f->decl, NULL));
        return;
    case N_CALL: walk_call(w, n); return;
    case N_OPERATOR: walk_operator(w, n, memory); return;
    case N_COND:
        walk(w, n->kid[0], FALSE);
        walk(w, n->kid[1], memory);
        walk(w, n->kid[2], memory);
        return;
    default:
        for (guint i = 0; i < n->n_kids; i++)
            walk(w, n->kid[i], memory);
    }
}

static void walk(Walk *w, Node *n, gboolean memory)
{
    gboolean looking = w->wanted || w->member;
    if (looking)
        w->found |= memory && cc_word(n) != CC_OTHER && is_wanted(w, whole(n));
    else if (cc_is_word_bits(w->p, w->u, n)) {
        n->bits = !memory;
        return;
    }
    if (n->kind != N_SIZEOF && !w->found)
        walk_inside(w, n, memory);
}

void cc_mark_word_bits(Program *p) { walk_program(&(Walk){ .p = p }); }

/* ---- __WORDSIZE: a literal, which is another one elsewhere ---- */

static gboolean is_word_literal(const Node *n)
{
    guint64 value;
    return clang_getCursorKind(n->cursor) == CXCursor_IntegerLiteral && cc_constant(n, &value) &&
           (value == 32 || value == 64 || value == 31 || value == 63);
}

static void list_literal(CcModel *m, const Node *n, const Node *literal)
{
    guint64 value;
    if (!is_word_literal(literal) || !cc_constant(literal, &value))
        return;
    CcSize row = { .value = value, .what = CC_WORD_BITS, .file = g_strdup(n->file), .line = n->line, .col = n->col,
                   .kept = g_strdup("bits"), .kept_file = g_strdup(n->file), .used_file = g_strdup(n->file) };
    g_array_append_val(m->sizes, row);
}

gboolean cc_has_count(const Node *n)
{
    gboolean found = n->kind == N_CALL && cc_is_long_builtin(n);
    for (guint i = 0; !found && (cc_is_arithmetic(n) || n->kind == N_PAREN || n->kind == N_CAST) && i < n->n_kids; i++)
        found = cc_has_count(n->kid[i]);
    return found;
}

static void list_sum(CcModel *m, const Node *n, const Node *part)
{
    list_literal(m, n, part);
    for (guint i = 0; (cc_is_arithmetic(part) || part->kind == N_PAREN) && i < part->n_kids; i++)
        list_sum(m, n, part->kid[i]);
}

/* i / __WORDSIZE, 1UL << i % __WORDSIZE; i < __WORDSIZE; __WORDSIZE - 1 - __builtin_clzl(x) */
void cc_list_word_literals(CcModel *m, const Node *n)
{
    if (n->op == CXBinaryOperator_Div || n->op == CXBinaryOperator_Rem || n->op == CXBinaryOperator_Shl ||
        n->op == CXBinaryOperator_Shr)
        list_literal(m, n, cc_strip(n->kid[1]));
    else if (n->op >= CXBinaryOperator_LT && n->op <= CXBinaryOperator_GE)
        for (guint i = 0; i < 2; i++) {
            const Node *literal = cc_strip(n->kid[i]);
            if (clang_Location_isInSystemHeader(clang_getCursorLocation(literal->cursor)))
                list_literal(m, n, literal);
        }
    else if ((n->op == CXBinaryOperator_Add || n->op == CXBinaryOperator_Sub) && cc_has_count(n))
        list_sum(m, n, n);
}

void cc_render_word_bits(Lower *l, const Node *n)
{
    static const char *const texts[] = { [CC_INT] = "64", [CC_UINT] = "64u", [CC_LONG] = "64L",
                                         [CC_ULONG] = "((__SIZE_TYPE__)64)", [CC_WIDE] = "64LL", [CC_UWIDE] = "64ULL" };
    CcWord word = cc_word(n);
    g_string_append(l->out, word < G_N_ELEMENTS(texts) ? texts[word] : "64");
}
