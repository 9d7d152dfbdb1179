/* Numbers that the library gives a meaning which is another one elsewhere: of errors, of signals, modes to open files
 * with. Linux numbers them anew on mips, hppa, sparc and alpha. */
#include "numbers.h"
#include "parse.h"
#include <string.h>

/* Architectures with tables of their own; all others share one. */
guint64 cc_numbering(const PrArch *arch)
{
    static const char *const own[] = { "mips", "hppa", "sparc64", "alpha" };
    for (guint i = 0; i < G_N_ELEMENTS(own); i++)
        if (strcmp(arch->name, own[i]) == 0)
            return i + 1;
    return 0;
}

guint cc_number_argument(const Node *call)
{
    static const struct { const char *name; guint at; } numbers[] = {
        { "strerror", 1 }, { "strerror_r", 1 }, { "error", 2 }, { "error_at_line", 2 }, { "raise", 1 }, { "kill", 2 }, { "signal", 1 }, { "bsd_signal", 1 },
        { "sigaction", 1 }, { "strsignal", 1 }, { "psignal", 1 }, { "sigaddset", 2 }, { "sigdelset", 2 },
        { "sigismember", 2 }, { "open", 2 }, { "open64", 2 }, { "openat", 3 }, { "openat64", 3 },
    };
    const Decl *d = cc_callee(call) ? NULL : cc_callee_decl(call);
    for (guint i = 0; d && i < G_N_ELEMENTS(numbers); i++)
        if (strcmp(d->name, numbers[i].name) == 0 && numbers[i].at < call->n_kids)
            return numbers[i].at;
    return 0;
}

/* errno: *__errno_location(). */
gboolean cc_is_errno(const Node *n)
{
    n = cc_strip((Node *)(uintptr_t)n);
    if (n->kind != N_OPERATOR || n->n_kids != 1)
        return FALSE;
    const Node *call = cc_strip(n->kid[0]);
    const Decl *d = call->kind == N_CALL ? cc_callee_decl(call) : NULL;
    return d && strcmp(d->name, "__errno_location") == 0;
}

/* ilogb(0) is FP_ILOGB0. */
gboolean cc_is_exponent(const Node *n)
{
    static const char *const names[] = { "ilogb", "ilogbf", "ilogbl", NULL };
    const Decl *d = n->kind == N_CALL && !cc_callee(n) ? cc_callee_decl(n) : NULL;
    return d && g_strv_contains(names, d->name);
}

/* Numbers of type int: longs are limits. Of a macro's text the preprocessor says that it is a system header's. */
static gboolean is_library_literal(const Node *n)
{
    return n->n_kids == 0 && clang_getCursorKind(n->cursor) == CXCursor_IntegerLiteral &&
           clang_getCanonicalType(n->type).kind == CXType_Int &&
           clang_Location_isInSystemHeader(clang_getCursorLocation(n->cursor));
}

gboolean cc_is_library_number(const Node *n)
{
    if (n->kind != N_PAREN && n->kind != N_CAST && (n->kind != N_OPERATOR || n->stores))
        return FALSE;
    gboolean found = is_library_literal(n);
    for (guint i = 0; !found && i < n->n_kids; i++)
        found = cc_is_library_number(n->kid[i]);
    return found;
}

static gboolean has_number_case(const Node *n)
{
    if (n->kind == N_CASE && n->n_kids > 1 && cc_is_library_number(n->kid[0]))
        return TRUE;
    for (guint i = 0; i < n->n_kids; i++)
        if (n->kid[i]->kind <= N_LAST_STMT && n->kid[i]->kind != N_SWITCH && has_number_case(n->kid[i]))
            return TRUE;
    return FALSE;
}

Node *cc_compared_with_number(const Node *n)
{
    guint64 value;
    if (n->kind == N_SWITCH)
        return has_number_case(n->body) ? n->cond : NULL;
    if (n->kind != N_OPERATOR || n->n_kids != 2 ||
        (n->op != CXBinaryOperator_EQ && n->op != CXBinaryOperator_NE && n->op != CXBinaryOperator_And))
        return NULL;
    for (guint i = 0; i < 2; i++)
        if (cc_is_library_number(n->kid[i]) && cc_constant(n->kid[i], &value))
            return n->kid[1 - i];
    return NULL;
}

gboolean cc_is_handler_member(CXCursor member)
{
    g_autofree char *name = cc_take_string(clang_getCursorSpelling(member));
    return strcmp(name, "sa_handler") == 0 || strcmp(name, "sa_sigaction") == 0;
}

static Func *named_function(Node *n)
{
    n = cc_strip_casts(n);
    if (n->kind == N_ADDRESS)
        n = cc_strip_casts(n->kid[0]);
    return n->kind == N_REF && n->decl && n->decl->kind == D_FUNC ? cc_definition(n->decl) : NULL;
}

Func *cc_handler(Node *value)
{
    Func *f = named_function(value);
    return f && f->params->len ? f : NULL;
}

Func *cc_handler_given(const Node *n)
{
    if (n->kind == N_ASSIGN) {
        const Node *to = cc_strip(n->kid[0]);
        return to->kind == N_MEMBER && cc_is_handler_member(clang_getCursorReferenced(to->cursor))
            ? cc_handler(n->kid[1]) : NULL;
    }
    const Decl *d = n->kind == N_CALL && !cc_callee(n) ? cc_callee_decl(n) : NULL;
    gboolean gives = d && n->n_kids == 3 && (strcmp(d->name, "signal") == 0 || strcmp(d->name, "bsd_signal") == 0);
    return gives ? cc_handler(n->kid[2]) : NULL;
}

static guint64 add_cases(const Node *n, guint64 h)
{
    guint64 value;
    if (n->kind == N_CASE && n->n_kids > 1 && cc_constant(n->kid[0], &value))
        h = (h ^ value) * 1099511628211u;
    for (guint i = 0; i < n->n_kids; i++)
        if (n->kid[i]->kind <= N_LAST_STMT && n->kid[i]->kind != N_SWITCH)
            h = add_cases(n->kid[i], h);
    return h;
}

guint64 cc_case_values(const Node *n) { return add_cases(n->body, 14695981039346656037u); }
