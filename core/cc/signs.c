/* strcmp(a, b) is below, above or equal to zero: by how much, each machine's C library says otherwise. Where the
 * number itself is used (printed, kept, returned to whom it may concern) the call is one of the runtime's version
 * (core/runtime/comparisons.c), which is slower and returns one number everywhere. It stays the compiler's own builtin
 * where only the sign counts:
 *
 *   if (strcmp(a, b)), !strcmp(a, b), strcmp(a, b) < 0, a && strcmp(…)
 *   int order = strcmp(a, b);   where all that is done with the local variable is of this kind
 *   return strcmp(a, b);        in a function whose calls all are, or which is given to qsort and the like
 *
 * So with isalpha and its like, of which C says only whether they are zero (core/runtime/classes.c).
 *
 * First all variables and functions are taken for such ones; walks through the program find more and more that are
 * not, "measured" ones, until a walk finds nothing new. */
#include "ast.h"
#include "libc_table.h"
#include <string.h>

typedef struct Walk {
    Func *f;          /* NULL: initialisers at file scope */
    gboolean changed;
} Walk;

static enum CXTypeKind kind_of(CXType t) { return clang_getCanonicalType(t).kind; }

/* As a number that a program may do anything with. */
static void measure(Walk *w, gboolean *measured)
{
    w->changed |= !*measured;
    *measured = TRUE;
}

/* A literal, or an enumerator that has the value; others are not worth the compiler's asking. */
static gboolean is_number(const Node *n, guint64 wanted)
{
    guint64 value;
    n = cc_strip((Node *)n);
    return n->n_kids == 0 && !n->decl && (n->kind == N_REF || n->end == n->begin + 1) && cc_constant(n, &value) &&
           value == wanted;
}

/* The local variable that a node names, if it can hold a result by its sign; or NULL. */
static Decl *holder(const Node *n)
{
    n = cc_strip((Node *)n);
    Decl *d = n->kind == N_REF ? n->decl : NULL;
    return d && d->kind == D_LOCAL && kind_of(d->type) == CXType_Int ? d : NULL;
}

static gboolean goes_by_sign(const Func *f)
{
    return f && !f->measured && kind_of(clang_getResultType(clang_getCanonicalType(f->decl->type))) == CXType_Int;
}

/* Does operand `i` count by its sign, where the result does if `sign`? */
static gboolean operand_by_sign(const Node *n, guint i, gboolean sign)
{
    if (n->n_kids == 1 && !n->stores) {
        enum CXUnaryOperatorKind op = clang_getCursorUnaryOperatorKind(n->cursor);
        return op == CXUnaryOperator_LNot || (sign && (op == CXUnaryOperator_Minus || op == CXUnaryOperator_Plus));
    }
    return cc_is_comparison(n) && is_number(n->kid[!i], 0);
}

/* The same for a kid of any node; FALSE when in doubt. */
static gboolean kid_by_sign(const Walk *w, const Node *n, guint i, gboolean sign)
{
    const Node *kid = n->kid[i];
    gboolean last = i + 1 == n->n_kids;
    switch (n->kind) {
    case N_COMPOUND: case N_COMMA: return !last || sign; /* the last is the value of a statement expression */
    case N_LABEL: case N_EXPRSTMT: case N_STMTEXPR: case N_PAREN: case N_ELVIS: return sign;
    case N_IF: case N_WHILE: case N_DO: case N_FOR: case N_LOGICAL_AND: case N_LOGICAL_OR: return TRUE;
    case N_COND: return i == 0 || sign;
    case N_CAST: return kind_of(n->type) == CXType_Void || kind_of(n->type) == CXType_Bool ||
                        (sign && kind_of(n->type) == CXType_Int);
    case N_RETURN: return goes_by_sign(w->f);
    case N_VAR: return n->decl->kind == D_LOCAL && kind_of(n->decl->type) == CXType_Int && !n->decl->measured;
    case N_ASSIGN: return sign && i == 1 && n->op == CXBinaryOperator_Assign && holder(n->kid[0]) &&
                          !holder(n->kid[0])->measured;
    case N_OPERATOR: return operand_by_sign(n, i, sign);
    default: return kid->kind <= N_LAST_STMT; /* its value, if it is an expression, is dropped */
    }
}

/* Literals are compared by gcc itself, to -1, 0 or 1, but for single characters. */
static gboolean compares_literals(const Node *call)
{
    const char *ours = cc_libc_comparison(cc_callee_decl(call)->name);
    gboolean counted = strcmp(ours, "preaches_strncmp") == 0 || strcmp(ours, "preaches_memcmp") == 0;
    return (counted || strcmp(ours, "preaches_strcmp") == 0) && call->n_kids == (counted ? 4 : 3) &&
           cc_strip(call->kid[1])->kind == N_STRING && cc_strip(call->kid[2])->kind == N_STRING &&
           !(counted && is_number(call->kid[3], 1));
}

/* isalpha(c) as glibc's <ctype.h> has it: (*__ctype_b_loc())[c] & 1024, or & 4 where bytes have the other order. */
static gboolean is_class_test(const Node *n)
{
    if (n->kind != N_OPERATOR || n->n_kids != 2 || n->op != CXBinaryOperator_And)
        return FALSE;
    const Node *entry = cc_strip_casts(n->kid[0]);
    const Node *table = entry->kind == N_OPERATOR && entry->n_kids == 2 ? cc_strip_casts(entry->kid[0]) : NULL;
    const Node *call = table && table->kind == N_OPERATOR && table->n_kids == 1 ? cc_strip_casts(table->kid[0]) : NULL;
    const Decl *d = call && call->kind == N_CALL ? cc_callee_decl(call) : NULL;
    return d && strcmp(d->name, "__ctype_b_loc") == 0;
}

static void measure_class(const Walk *w, Node *n)
{
    if (!w->f->unit->program->arch->big_endian)
        return;
    n->prefix = "((int)__builtin_bswap16(";
    n->suffix = "))";
}

static void measure_call(Walk *w, Node *call)
{
    Decl *d = cc_callee_decl(call);
    Func *f = d ? cc_definition(d) : NULL;
    if (f)
        measure(w, &f->measured);
    else if (d && cc_libc_comparison(d->name) && compares_literals(call)) {
        call->prefix = "({ int preaches_order = ";
        call->suffix = "; (preaches_order > 0) - (preaches_order < 0); })";
    } else if (d && cc_libc_comparison(d->name))
        measure(w, &call->measured);
}

/* An argument that is a function which the library calls, to go by the sign of what it returns. */
static gboolean is_comparison_given(const Node *call, guint i)
{
    const Decl *d = cc_callee_decl(call);
    if (i == 0 || !d || cc_definition(d) || !cc_libc_takes_comparison(d->name))
        return FALSE;
    const Node *n = cc_strip_casts(call->kid[i]);
    while (n->kind == N_ADDRESS)
        n = cc_strip_casts(n->kid[0]);
    return n->kind == N_REF && n->decl && n->decl->kind == D_FUNC;
}

static void walk(Walk *w, Node *n, gboolean sign);

static void walk_call(Walk *w, Node *n, gboolean sign)
{
    if (!sign && w->f)
        measure_call(w, n);
    for (guint i = 0; i < n->n_kids; i++)
        if (!(i == 0 && cc_callee_decl(n)) && !is_comparison_given(n, i))
            walk(w, n->kid[i], FALSE);
}

static void walk(Walk *w, Node *n, gboolean sign)
{
    sign = sign || kind_of(n->conv) == CXType_Bool;
    if (n->kind == N_CALL) {
        walk_call(w, n, sign);
        return;
    }
    if (!sign && w->f && is_class_test(n))
        measure_class(w, n);
    if (n->kind == N_REF && n->decl && n->decl->kind == D_FUNC && cc_definition(n->decl))
        measure(w, &cc_definition(n->decl)->measured);
    else if (!sign && holder(n))
        measure(w, &holder(n)->measured);
    if (n->kind == N_VAR && n->decl->kind == D_STATIC_LOCAL)
        return; /* constants, which the compiler knows */
    gboolean holds = n->kind == N_ASSIGN && holder(n->kid[0]); /* the variable: no use of its value */
    for (guint i = holds ? 1 : 0; i < n->n_kids; i++)
        walk(w, n->kid[i], kid_by_sign(w, n, i, sign));
}

static void walk_unit(Walk *w, const Unit *u)
{
    for (guint k = 0; k < u->funcs->len; k++) {
        w->f = u->funcs->pdata[k];
        if (w->f->is_main)
            w->f->measured = TRUE;
        if (w->f->body)
            walk(w, w->f->body, TRUE);
    }
    w->f = NULL;
    for (guint k = 0; k < u->top_inits->len; k++)
        walk(w, u->top_inits->pdata[k], FALSE);
}

void cc_find_measured(Program *p)
{
    Walk w = {.changed = TRUE};
    while (w.changed) {
        w.changed = FALSE;
        for (guint i = 0; i < p->n_units; i++)
            walk_unit(&w, p->units[i]);
    }
}
