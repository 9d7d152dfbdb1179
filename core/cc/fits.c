#include "fits.h"
#include "parse.h"
#include <string.h>

struct CcFits {
    Program *p;
    GHashTable *recast; /* Func*: named as another type */
    GArray *made;       /* CXType: functions that pointers to something else are made into pointers to */
};

/* ---- types ---- */

/* What is behind all of a pointer's levels. */
typedef struct Behind { guint levels; char kind; CXType base; } Behind;

static CXType canonical(CXType t) { return clang_getCanonicalType(t); }

static char kind_of(CXType t)
{
    switch (t.kind) {
    case CXType_Void: return 'v';
    case CXType_Bool:
    case CXType_Char_S:
    case CXType_Char_U:
    case CXType_SChar:
    case CXType_UChar: return 'c';
    case CXType_Float:
    case CXType_Double:
    case CXType_LongDouble: return 'f';
    case CXType_Record: return 's';
    case CXType_FunctionProto:
    case CXType_FunctionNoProto: return 'F';
    case CXType_Enum: return 'i';
    default: return t.kind >= CXType_UShort && t.kind <= CXType_Int128 ? 'i' : '?';
    }
}

static Behind behind(CXType t)
{
    Behind b = { 0, '?', canonical(t) };
    for (;; b.base = canonical(b.base)) {
        CXType element = clang_getArrayElementType(b.base);
        if (element.kind != CXType_Invalid)
            b.base = element;
        else if (b.base.kind == CXType_Pointer)
            b.base = clang_getPointeeType(b.base);
        else
            break;
        b.levels++;
    }
    b.kind = kind_of(b.base);
    return b;
}

/* Structs without a name may be one. */
static gboolean same_record(CXType a, CXType b)
{
    CXCursor one = clang_getTypeDeclaration(a), other = clang_getTypeDeclaration(b);
    if (clang_Cursor_isAnonymous(one) || clang_Cursor_isAnonymous(other))
        return TRUE;
    g_autofree char *name = cc_take_string(clang_getCursorSpelling(one));
    g_autofree char *another = cc_take_string(clang_getCursorSpelling(other));
    return !*name || !*another || strcmp(name, another) == 0;
}

static gboolean alike(CXType one, CXType other)
{
    Behind a = behind(one), b = behind(other);
    if (!a.levels || !b.levels)
        return !a.levels == !b.levels;
    if (strchr("v?", a.kind) || strchr("v?", b.kind))
        return TRUE;
    return a.levels == b.levels && a.kind == b.kind && (a.kind != 's' || same_record(a.base, b.base));
}

/* A function's type, or the one behind a pointer; FALSE: it is neither. */
static gboolean function_of(CXType t, CXType *function)
{
    t = canonical(t);
    if (t.kind == CXType_Pointer)
        t = canonical(clang_getPointeeType(t));
    *function = t;
    return t.kind == CXType_FunctionProto || t.kind == CXType_FunctionNoProto;
}

static gboolean fits(CXType a, CXType b)
{
    if (a.kind != CXType_FunctionProto || b.kind != CXType_FunctionProto)
        return TRUE;
    if (!alike(clang_getResultType(a), clang_getResultType(b)))
        return FALSE;
    int n = clang_getNumArgTypes(a);
    if (n != clang_getNumArgTypes(b))
        return FALSE;
    for (int i = 0; i < n; i++)
        if (!alike(clang_getArgType(a, (unsigned)i), clang_getArgType(b, (unsigned)i)))
            return FALSE;
    return TRUE;
}

/* ---- what breaks the rule ---- */

/* The function that an expression names, also one of the library's; NULL: none. */
static const Decl *named(Node *n)
{
    for (n = cc_strip(n); n->kind == N_ADDRESS; n = cc_strip(n->kid[0]))
        ;
    return n->kind == N_REF && n->decl && n->decl->kind == D_FUNC ? n->decl : NULL;
}

/* `n`, of type `from`, is taken as one of type `to`. */
static void take_as(CcFits *rule, Node *n, CXType from, CXType to)
{
    CXType function, before;
    guint64 constant;
    if (!function_of(to, &function) || cc_constant(cc_strip_casts(n), &constant))
        return; /* NULL and SIG_IGN are no function of the program's */
    gboolean was_function = function_of(from, &before);
    if (was_function && fits(before, function))
        return;
    const Decl *name = named(n);
    if (name)
        g_hash_table_add(rule->recast, cc_definition(name));
    else
        g_array_append_val(rule->made, function);
}

static void collect(CcFits *rule, Node *n)
{
    if (n->kind < N_REF)
        ;
    else if (n->kind == N_CAST)
        take_as(rule, n->kid[0], n->kid[0]->type, n->type);
    else
        take_as(rule, n, n->type, n->conv);
    for (guint i = 0; i < n->n_kids; i++)
        collect(rule, n->kid[i]);
}

static gboolean is_made(const CcFits *rule, CXType function)
{
    for (guint i = 0; i < rule->made->len; i++)
        if (fits(g_array_index(rule->made, CXType, i), function))
            return TRUE;
    return FALSE;
}

/* ---- */

CcFits *cc_fits_new(Program *p)
{
    CcFits *rule = g_new(CcFits, 1);
    *rule = (CcFits){ p, g_hash_table_new(NULL, NULL), g_array_new(FALSE, FALSE, sizeof(CXType)) };
    for (guint i = 0; i < p->n_units; i++) {
        const Unit *u = p->units[i];
        for (guint k = 0; k < u->top_inits->len; k++)
            collect(rule, u->top_inits->pdata[k]);
        for (guint k = 0; k < u->funcs->len; k++) {
            const Func *f = u->funcs->pdata[k];
            if (f->body)
                collect(rule, f->body);
        }
    }
    return rule;
}

void cc_fits_free(CcFits *rule)
{
    g_hash_table_unref(rule->recast);
    g_array_unref(rule->made);
    g_free(rule);
}

void cc_fitting_targets(const CcFits *rule, const Node *call, GPtrArray *list)
{
    CXType function, own;
    guint from = list->len;
    cc_call_targets(rule->p, call, list);
    if (!function_of(call->kid[0]->conv, &function) || is_made(rule, function))
        return;
    for (guint i = list->len; i-- > from;) {
        const Func *f = list->pdata[i];
        gboolean loose = f->any_shape || g_hash_table_contains(rule->recast, f);
        if (!loose && function_of(f->decl->type, &own) && !fits(own, function))
            g_ptr_array_remove_index(list, i);
    }
}
