/* Values kept in several numbers that are narrower: a double in four halfwords of an interpreter's code, put there
 * and read from there by memcpy. Elsewhere these would be halfwords in another byte order, and an address among them
 * another machine's. Where a hint `parts TYPE` says so, all the program's copies between numbers of that type and other
 * values go to functions of our own (library/copied_parts.c), which do it in one way on all machines. What is no
 * copy of one whole number or pointer is refused: each side must know what the other does. */
#include "alloc.h"
#include "hints.h"
#include "leads.h"
#include "ownunits.h"
#include "types.h"
#include <string.h>

/* What a pointer given to memcpy leads to, the elements of arrays. */
static CXType lead_to(const Node *n)
{
    CXType t = clang_getCanonicalType(cc_plain_value(n)->type);
    if (t.kind == CXType_Pointer)
        t = clang_getCanonicalType(clang_getPointeeType(t));
    while (t.kind == CXType_ConstantArray || t.kind == CXType_IncompleteArray || t.kind == CXType_VariableArray)
        t = clang_getCanonicalType(clang_getArrayElementType(t));
    return t;
}

static gboolean are_parts(Program *p, CXType t)
{
    static const struct { enum CXTypeKind kind; const char *name; } types[] = {
        { CXType_Short, "short" }, { CXType_UShort, "unsigned short" }, { CXType_Int, "int" },
        { CXType_UInt, "unsigned int" },
    };
    for (guint i = 0; i < G_N_ELEMENTS(types); i++)
        if (types[i].kind == t.kind)
            return cc_hint(p, HINT_PARTS, types[i].name) != NULL;
    return FALSE;
}

static gboolean is_pointer(CXType t)
{
    CXType to = clang_getCanonicalType(t.kind == CXType_Pointer ? clang_getPointeeType(t) : t);
    return t.kind == CXType_Pointer && to.kind != CXType_FunctionProto && to.kind != CXType_FunctionNoProto;
}

/* long double has other bits on each machine, and a long, mostly, another number of them. */
static gboolean is_number(CXType t)
{
    return t.kind == CXType_Enum || t.kind == CXType_Float || t.kind == CXType_Double || t.kind == CXType_LongLong ||
           t.kind == CXType_ULongLong || (t.kind >= CXType_UShort && t.kind <= CXType_UInt) ||
           (t.kind >= CXType_Short && t.kind <= CXType_Int);
}

static void redirect_copy(Program *p, const Unit *u, Node *n)
{
    CXType to = lead_to(n->kid[1]), from = lead_to(n->kid[2]);
    gboolean puts = are_parts(p, to), gets = are_parts(p, from);
    CXType part = puts ? to : from, value = puts ? from : to;
    if (puts == gets || cc_is_character(value)) /* an array copied as such; bytes.c looks at characters */
        return;
    guint64 bytes = 0, whole = (guint64)MAX(clang_Type_getSizeOf(value), 0), unit = (guint64)clang_Type_getSizeOf(part);
    g_autofree char *part_name = cc_spell(part), *value_name = cc_spell(value);
    gboolean other = strcmp(cc_callee_decl(n)->name, "mempcpy") == 0; /* it returns another address */
    if (other || (!is_pointer(value) && (!is_number(value) || whole % unit)) || n->n_kids != 4 ||
        !cc_constant(n->kid[3], &bytes) || bytes != whole) {
        cc_error_at(p, n, "-Wpreaches-copy", "between parts of type '%s', as a hint says, and '%s': only one whole number "
                    "or pointer can be taken apart", part_name, value_name);
        return;
    }
    g_autofree char *name = g_strdup_printf("%s%u", !is_pointer(value) ? "copy_parts" : puts ? "put_address"
                                            : "get_address", (guint)unit);
    Decl *ours = cc_own_function(u, name);
    Node *callee = n->kid[0];
    while (cc_passes_callee(callee))
        callee = callee->kid[0];
    if (ours && (is_pointer(value) || whole > unit))
        callee->decl = ours;
}

static void redirect(Program *p, const Unit *u, Node *n)
{
    if (cc_is_copy(n))
        redirect_copy(p, u, n);
    for (guint i = 0; i < n->n_kids; i++)
        redirect(p, u, n->kid[i]);
}

void cc_redirect_parts(Program *p)
{
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; !p->units[i]->is_ours && k < p->units[i]->funcs->len; k++) {
            Func *f = p->units[i]->funcs->pdata[k];
            if (f->body)
                redirect(p, p->units[i], f->body);
        }
}
