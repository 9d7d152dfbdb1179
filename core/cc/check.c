/* What cannot be carried over is refused here, with its place: never guessed. */
#include "ast.h"
#include "alloc.h"
#include "ownunits.h"
#include "types.h"
#include "libc_table.h"
#include <string.h>

/* A name that neither the program defines nor the table of the library has. */
static void refuse_unknown(Program *p, const Node *n, const Decl *d)
{
    const char *attribute = cc_linkage_attribute(d), *what = d->kind == D_FUNC ? "function" : "variable";
    if (attribute)
        cc_error_at(p, n, "-Wpreaches-unknown", "%s '%s' has the attribute '%s', and no definition of its own in the "
                    "program: which one it is cannot be followed", what, d->name, attribute);
    else
        cc_error_at(p, n, "-Wpreaches-unknown", d->kind == D_FUNC ? "function '%s' is not known to preaches-cc"
                    : "variable '%s' is not defined in the program", d->name);
}

static void check_library_call(Program *p, const Node *n, const Decl *d)
{
    const char *with;
    switch (cc_libc_rule(d->name, &with)) {
    case LIBC_UNKNOWN:
        refuse_unknown(p, n, d);
        return;
    case LIBC_REFUSED:
        cc_error_at(p, n, "-Wpreaches-library", "call of '%s' cannot be carried over: %s", d->name,
                    with);
        return;
    case LIBC_PLAIN:
        if (cc_is_file_pointer(n->type))
            cc_error_at(p, n, "-Wpreaches-library",
                        "call of '%s' cannot be carried over: it returns a stream", d->name);
        return;
    default:
        return;
    }
}

static enum CXTypeKind kind_of(CXType t)
{
    return clang_getCanonicalType(t).kind;
}

static gboolean is_byte(CXType t)
{
    enum CXTypeKind kind = kind_of(t);
    return kind == CXType_Char_S || kind == CXType_Char_U || kind == CXType_SChar ||
        kind == CXType_UChar || kind == CXType_Void;
}

/* ---- copies ---- */

/* What a pointer handed to memcpy points to, an array's elements; Invalid when it says nothing. */
static CXType copied_type(const Node *n)
{
    CXType t = clang_getCanonicalType(cc_plain_value(n)->type);
    if (t.kind == CXType_Pointer)
        t = clang_getCanonicalType(clang_getPointeeType(t));
    while (t.kind == CXType_ConstantArray || t.kind == CXType_IncompleteArray)
        t = clang_getCanonicalType(clang_getArrayElementType(t));
    gboolean scalar = (t.kind >= CXType_FirstBuiltin && t.kind <= CXType_LastBuiltin) ||
        t.kind == CXType_Pointer || t.kind == CXType_Enum;
    return scalar && !is_byte(t) ? t : (CXType){ .kind = CXType_Invalid };
}

/* Does the address lead into a variable of the function's own: &v, &v.m[i], array, array + n? */
static gboolean is_own_object(const Node *n)
{
    const Node *at = cc_plain_value(n);
    gboolean object = kind_of(at->type) != CXType_Pointer;
    if (at->kind == N_ADDRESS) {
        at = cc_plain_value(at->kid[0]);
        object = TRUE;
    }
    while (at->kind == N_MEMBER || (at->kind == N_OPERATOR && at->n_kids == 2)) {
        at = cc_plain_value(at->kid[0]);
        object = kind_of(at->type) != CXType_Pointer;
        if (!object)
            return FALSE;
    }
    return object && at->kind == N_REF && at->decl && !at->decl->is_param_array &&
        (at->decl->kind == D_LOCAL || at->decl->kind == D_PARAM);
}

/* memcpy between numbers of different sizes, like a double kept in shorts: elsewhere these are shorts of
 * another byte order, and no double any more. Between two of the function's own variables it is mostly a
 * look at the bits at hand. */
static void check_copy(Program *p, const Node *n, const char *name)
{
    if (n->n_kids != 4 || (strcmp(name, "memcpy") != 0 && strcmp(name, "memmove") != 0) ||
        (is_own_object(n->kid[1]) && is_own_object(n->kid[2])))
        return;
    CXType to = copied_type(n->kid[1]), from = copied_type(n->kid[2]);
    if (to.kind == CXType_Invalid || from.kind == CXType_Invalid ||
        clang_Type_getSizeOf(to) == clang_Type_getSizeOf(from))
        return;
    g_autofree char *a = cc_spell(from), *b = cc_spell(to);
    cc_error_at(p, n, "-Wpreaches-copy", "values of type '%s' are copied as '%s', of another size: where bytes "
                "have another order they would be something else", a, b);
}

static gboolean is_external(const Decl *d)
{
    return !cc_definition(d) && strcmp(d->name, "preaches_poll_here") != 0;
}

static void check_call(Program *p, const Node *n)
{
    Decl *d = cc_callee_decl(n);
    if (!d)
        return;
    if (is_external(d)) {
        if (d->is_system && clang_Cursor_getStorageClass(d->cursor) == CX_SC_Static)
            return; /* defined in a system header */
        check_library_call(p, n, d);
        check_copy(p, n, d->name);
    } else if (cc_definition(d) && cc_definition(d)->is_main)
        cc_error_at(p, n, "-Wpreaches-main", "main must not be called");
    if (d->name && strcmp(d->name, "preaches_poll_here") != 0 && !cc_definition(d) &&
        cc_strip(n->kid[0])->kind != N_REF)
        cc_error_at(p, n, "-Wpreaches-library", "library function '%s' called in an unusual way",
                    d->name);
}

static gboolean is_function_pointer(CXType t)
{
    CXType c = clang_getCanonicalType(t);
    CXType to = c.kind == CXType_Pointer ? clang_getCanonicalType(clang_getPointeeType(c)) : c;
    return to.kind == CXType_FunctionProto || to.kind == CXType_FunctionNoProto;
}

/* A library function taken as a value. */
static void check_function_value(Program *p, const Node *n)
{
    const char *with;
    Func *f = cc_definition(n->decl);
    if (f) {
        if (f->is_main)
            cc_error_at(p, n, "-Wpreaches-main", "the address of main is taken");
        return;
    }
    LibcRule rule = cc_libc_rule(n->decl->name, &with);
    if (rule == LIBC_UNKNOWN) {
        refuse_unknown(p, n, n->decl);
        return;
    }
    CXType c = clang_getCanonicalType(n->decl->type);
    gboolean calls_back = FALSE;
    for (int i = 0; i < clang_getNumArgTypes(c); i++)
        calls_back |= is_function_pointer(clang_getArgType(c, (unsigned)i));
    if ((calls_back && rule != LIBC_REPLACED) || !cc_library_value(n->decl))
        cc_error_at(p, n, "-Wpreaches-library", "'%s' is taken as a value: %s", n->decl->name,
                    rule == LIBC_REFUSED ? with : "only the direct call can be carried over");
}

static void check_variable(Program *p, const Node *n)
{
    Decl *d = n->decl;
    if (d->kind != D_GLOBAL || d->defined)
        return;
    gboolean stream;
    if (cc_library_variable(d, &stream))
        return;
    Decl *def = d->is_system ? NULL : g_hash_table_lookup(p->variables, d->name);
    if (!def)
        refuse_unknown(p, n, d);
}

/* An address that becomes a number. What pointers to characters are cast to: bytes.c. */
static void check_cast(Program *p, const Node *n)
{
    CXType from = clang_getCanonicalType(n->kid[0]->conv);
    CXType to = clang_getCanonicalType(n->type);
    gboolean from_pointer = from.kind == CXType_Pointer, to_pointer = to.kind == CXType_Pointer;
    if (from_pointer && !to_pointer && to.kind != CXType_Void && to.kind != CXType_Bool && cc_own_kind(n->file) < 0)
        cc_warn_at(p, n, "-Wpreaches-pointer-integer",
                   "an integer that holds a pointer is carried over as a number");
}

/* A compound literal outside functions is an object without a name. */
static void check_static_literal(Program *p, const Node *n, gboolean addressed)
{
    if (n->kind == N_SIZEOF)
        return;
    if (n->kind == N_COMPOUND_LITERAL &&
        (addressed || kind_of(n->conv) == CXType_Pointer))
        cc_error_at(p, n, "-Wpreaches-literal",
                    "pointer to a compound literal of static storage; give the object a name");
    for (guint i = 0; i < n->n_kids; i++)
        check_static_literal(p, n->kid[i], n->kind == N_ADDRESS || addressed);
}

static void check_static_locals(Program *p, const Node *n)
{
    if (n->kind == N_VAR && n->decl->kind == D_STATIC_LOCAL)
        check_static_literal(p, n, FALSE);
    for (guint i = 0; i < n->n_kids; i++)
        check_static_locals(p, n->kid[i]);
}

/* Calls of the program's own functions; those in a sizeof are not among Func.calls. */
static gboolean has_call(const Node *n)
{
    if (n->kind == N_CALL && (cc_callee(n) || !cc_callee_decl(n)))
        return TRUE;
    for (guint i = 0; i < n->n_kids; i++)
        if (has_call(n->kid[i]))
            return TRUE;
    return FALSE;
}

static void check_sizeof(Program *p, const Node *n)
{
    if (has_call(n) && n->evaluated)
        cc_error_at(p, n, "-Wpreaches-expression",
                    "a call stands in the size of an array type; put its result into a variable");
}

static void check_tree(Program *p, const Node *n, gboolean called)
{
    if (n->kind == N_SIZEOF)
        check_sizeof(p, n);
    if (n->kind == N_CALL)
        check_call(p, n);
    if (n->kind == N_CAST)
        check_cast(p, n);
    if (n->kind == N_REF && n->decl) {
        if (n->decl->kind == D_FUNC && !called)
            check_function_value(p, n);
        else if (n->decl->kind != D_FUNC)
            check_variable(p, n);
    }
    for (guint i = 0; i < n->n_kids; i++)
        if (n->kind != N_SIZEOF)
            check_tree(p, n->kid[i],
                       (n->kind == N_CALL && i == 0) || (called && cc_passes_callee(n)));
}

static void check_decl(Program *p, const Decl *d)
{
    if (clang_getCursorTLSKind(d->cursor) != CXTLS_None)
        cc_error(p, d->file, d->line, d->col, "-Wpreaches-threads",
                 "'%s' is thread-local; threads are not part of a checkpoint", d->name);
}

static void check_main(Program *p)
{
    if (!p->main)
        return;
    Decl *d = p->main->decl;
    guint n = p->main->params->len;
    if (n != 0 && n != 2)
        cc_error(p, d->file, d->line, d->col, "-Wpreaches-main",
                 "main has %u parameters; only 'int main(void)' and 'int main(int, char **)' can be "
                 "carried over", n);
    if (clang_getCanonicalType(clang_getResultType(d->type)).kind != CXType_Int)
        cc_error(p, d->file, d->line, d->col, "-Wpreaches-main", "main does not return int");
}

static gboolean starts_reserved(const char *name)
{
    return g_str_has_prefix(name, "preaches_") && strcmp(name, "preaches_poll_here") != 0 &&
        !g_str_has_prefix(name, "preaches_never_");
}

void cc_check(Program *p)
{
    check_main(p);
    for (guint i = 0; i < p->n_units; i++) {
        Unit *u = p->units[i];
        cc_check_storage_order(u);
        for (guint k = 0; k < u->all_decls->len; k++) {
            Decl *d = u->all_decls->pdata[k];
            if (!d->is_system && (d->kind == D_GLOBAL || d->kind == D_STATIC_LOCAL))
                check_decl(p, d);
            gboolean ours = u->is_ours || d->name_at < u->prefix;
            if (!d->is_system && !ours && starts_reserved(d->name))
                cc_error(p, d->file, d->line, d->col, "-Wpreaches-name",
                         "names that begin with 'preaches_' are reserved");
        }
        for (guint k = 0; k < u->top_inits->len; k++) {
            check_tree(p, u->top_inits->pdata[k], FALSE);
            check_static_literal(p, u->top_inits->pdata[k], FALSE);
        }
        for (guint k = 0; k < u->funcs->len; k++)
            if (((Func *)u->funcs->pdata[k])->body) {
                check_tree(p, ((Func *)u->funcs->pdata[k])->body, FALSE);
                check_static_locals(p, ((Func *)u->funcs->pdata[k])->body);
            }
    }
}

/* ---- reaching functions ---- */

/* Kinds that lowering can take calls out of. */
static gboolean can_hoist_from(const Node *n)
{
    return n->kind != N_OTHER && n->kind != N_ASM;
}

/* Operands in memory and jumps are beyond what can be followed; registers are not. */
static const char *bad_in_assembly(const Unit *u, const Node *n)
{
    guint section = 0;
    gboolean in_string = FALSE;
    g_autofree char *text = g_strndup(u->text + n->begin, n->end - n->begin);
    if (g_regex_match_simple("^(asm|__asm__|__asm)[a-z_\\s]*\\bgoto\\b", text, 0, 0))
        return "with jumps";
    for (const char *at = text; *at; at++) {
        if (*at == '"')
            in_string = !in_string;
        else if (in_string && *at == '\\')
            at++;
        else if (!in_string && *at == ':')
            section++;
        else if (in_string && (section == 1 || section == 2) && strchr("moVpXg<>", *at))
            return "with an operand in memory";
    }
    return NULL;
}

/* Does the call give what the definition takes? In the old style nothing else looks. */
static gboolean fits_definition(const Node *call)
{
    const Func *f = cc_callee(call);
    return !f || f->is_variadic || f->params->len == call->n_kids - 1;
}

static void check_reaching_tree(Program *p, const Func *f, const Node *n)
{
    const char *name = f->decl->name;
    const char *bad = n->kind == N_ASM ? bad_in_assembly(f->unit, n) : NULL;
    if (bad)
        cc_error_at(p, n, "-Wpreaches-asm", "inline assembly %s in '%s', from which a poll can be "
                    "reached", bad, name);
    const Decl *callee = n->kind == N_CALL ? cc_callee_decl(n) : NULL;
    if (callee && (strcmp(callee->name, "alloca") == 0 || g_str_has_prefix(callee->name, "__builtin_alloca")))
        cc_error_at(p, n, "-Wpreaches-vla", "alloca in '%s', from which a poll can be reached; a variable length "
                    "array could be carried over", name);
    if (n->kind == N_ADDRESS && cc_is_va_list(n->kid[0]->type))
        cc_error_at(p, n, "-Wpreaches-varargs", "address of a va_list in '%s', from which a poll can be "
                    "reached", name);
    if (n->reach && !can_hoist_from(n))
        cc_error_at(p, n, "-Wpreaches-expression",
                    "a call from which a poll can be reached stands in an expression of a form "
                    "that is not supported");
    if (n->kind == N_CALL && n->self_reach && !n->is_poll && !fits_definition(n))
        cc_error_at(p, n, "-Wpreaches-prototype",
                    "other arguments than the old style definition has, and a poll can be reached");
    for (guint i = 0; i < n->n_kids; i++) {
        if (n->kid[i]->kind == N_CALL && n->kid[i]->is_poll && n->kind != N_EXPRSTMT)
            cc_error_at(p, n, "-Wpreaches-poll", "preaches_poll_here() must be a statement");
        check_reaching_tree(p, f, n->kid[i]);
    }
}

void cc_check_reaching(Program *p)
{
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; k < p->units[i]->funcs->len; k++) {
            Func *f = p->units[i]->funcs->pdata[k];
            p->about = f;
            if (f->body && f->reaching)
                check_reaching_tree(p, f, f->body);
            p->about = NULL;
        }
}
