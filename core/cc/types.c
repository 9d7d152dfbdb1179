/* Type table: scalars by kind, pointers by pointee, arrays by element and count, structs by name
 * and members. Sizes are not looked at: they come from the real compilers. */
#include "aggregate.h"
#include <string.h>

/* Integer typedefs of system headers whose underlying type differs between architectures although
 * their size does not, or follows `long`. One kind for all, so that models agree. */
static const struct { const char *name; PrKind kind; } normal_typedefs[] = {
    { "size_t", PR_ULONG },      { "ssize_t", PR_LONG },       { "ptrdiff_t", PR_LONG },
    { "intptr_t", PR_LONG },     { "uintptr_t", PR_ULONG },    { "int64_t", PR_LLONG },
    { "uint64_t", PR_ULLONG },   { "int_least64_t", PR_LLONG }, { "uint_least64_t", PR_ULLONG },
    { "int_fast64_t", PR_LLONG }, { "uint_fast64_t", PR_ULLONG }, { "intmax_t", PR_LLONG },
    { "uintmax_t", PR_ULLONG },  { "int_fast16_t", PR_LONG },  { "uint_fast16_t", PR_ULONG },
    { "int_fast32_t", PR_LONG }, { "uint_fast32_t", PR_ULONG }, { "__int64_t", PR_LLONG },
    { "__uint64_t", PR_ULLONG }, { "__off_t", PR_LONG },       { "time_t", PR_LONG },
    { "__off64_t", PR_LLONG },   { "__ino_t", PR_ULONG },      { "__ino64_t", PR_ULLONG },
    { "__dev_t", PR_ULLONG },    { "__blkcnt_t", PR_LONG },    { "__blkcnt64_t", PR_LLONG },
    { "clock_t", PR_LONG },      { "wchar_t", PR_INT },        { "wint_t", PR_UINT },
};

static const struct { enum CXTypeKind cx; PrKind kind; const char *cname; } scalars[] = {
    { CXType_Bool, PR_BOOL, "_Bool" },           { CXType_Char_S, PR_CHAR, "char" },
    { CXType_Char_U, PR_CHAR, "char" },          { CXType_SChar, PR_SCHAR, "signed char" },
    { CXType_UChar, PR_UCHAR, "unsigned char" }, { CXType_Short, PR_SHORT, "short" },
    { CXType_UShort, PR_USHORT, "unsigned short" }, { CXType_Int, PR_INT, "int" },
    { CXType_UInt, PR_UINT, "unsigned" },        { CXType_Long, PR_LONG, "long" },
    { CXType_ULong, PR_ULONG, "unsigned long" }, { CXType_LongLong, PR_LLONG, "long long" },
    { CXType_ULongLong, PR_ULLONG, "unsigned long long" }, { CXType_Float, PR_FLOAT, "float" },
    { CXType_Double, PR_DOUBLE, "double" },      { CXType_LongDouble, PR_LDOUBLE, "long double" },
};

static const char no_return[] = "__attribute__((noreturn))";

gboolean cc_is_unnamed(const char *spelling)
{
    return strstr(spelling, "(unnamed") || strstr(spelling, "(anonymous");
}

static char *spelling(CXType t)
{
    CXString s = clang_getTypeSpelling(t);
    char *copy = g_strdup(clang_getCString(s));
    clang_disposeString(s);
    return copy;
}

static gboolean says_typeof(const char *text)
{
    return strstr(text, "typeof") != NULL;
}

gboolean cc_has_typeof(CXType t)
{
    g_autofree char *text = spelling(t);
    return says_typeof(text);
}

char *cc_spell(CXType t)
{
    char *copy = spelling(t);
    if (says_typeof(copy)) {
        g_autofree char *plain = spelling(clang_getCanonicalType(t));
        if (!cc_is_unnamed(plain)) {
            g_free(copy);
            copy = g_steal_pointer(&plain);
        }
    }
    for (char *at; (at = strstr(copy, no_return)) != NULL;) /* see attributes.c */
        memset(at, ' ', sizeof no_return - 1);
    return copy;
}

char *cc_spell_plain(CXType t)
{
    if (t.kind == CXType_ConstantArray || t.kind == CXType_IncompleteArray) {
        g_autofree char *text = cc_spell(t);
        return g_strdup_printf("__typeof__(%s)", text);
    }
    const char *is_volatile = clang_isVolatileQualifiedType(clang_getCanonicalType(t)) ? "volatile "
                                                                                        : "";
    g_autofree char *text = cc_spell(clang_getUnqualifiedType(t));
    CXType c = clang_getCanonicalType(t);
    if (cc_is_unnamed(text) && c.kind == CXType_Enum) {
        g_free(text);
        text = cc_spell(clang_getEnumDeclIntegerType(clang_getTypeDeclaration(c)));
    }
    return g_strdup_printf("%s__typeof__(%s)", is_volatile, text);
}

static char *decl_name(CXType t)
{
    CXString s = clang_getCursorSpelling(clang_getTypeDeclaration(t));
    char *copy = g_strdup(clang_getCString(s) ? clang_getCString(s) : "");
    clang_disposeString(s);
    return copy;
}

static CXType step(CXType t)
{
    switch (t.kind) {
    case CXType_Typedef: return clang_getTypedefDeclUnderlyingType(clang_getTypeDeclaration(t));
    case CXType_Elaborated: return clang_Type_getNamedType(t);
    default: return clang_getCanonicalType(t);
    }
}

static gboolean is_sugar(CXType t)
{
    return t.kind == CXType_Typedef || t.kind == CXType_Elaborated ||
        t.kind == CXType_Unexposed || t.kind == CXType_Attributed || t.kind == CXType_Auto;
}

CXType cc_strip_sugar(CXType t)
{
    for (int i = 0; i < 64 && is_sugar(t); i++) {
        CXType next = step(t);
        if (next.kind == CXType_Invalid || clang_equalTypes(next, t))
            return clang_getCanonicalType(t);
        t = next;
    }
    return t;
}

gboolean cc_is_aggregate(CXType t)
{
    CXType c = clang_getCanonicalType(t);
    return c.kind == CXType_Record || c.kind == CXType_ConstantArray ||
        c.kind == CXType_IncompleteArray || c.kind == CXType_VariableArray ||
        c.kind == CXType_Complex || c.kind == CXType_Vector || c.kind == CXType_ExtVector;
}

static gboolean is_file_record(CXType t)
{
    CXType c = clang_getCanonicalType(t);
    if (c.kind != CXType_Record)
        return FALSE;
    g_autofree char *name = decl_name(c);
    return strcmp(name, "_IO_FILE") == 0;
}

gboolean cc_is_file_pointer(CXType t)
{
    CXType c = clang_getCanonicalType(t);
    return c.kind == CXType_Pointer && is_file_record(clang_getPointeeType(c));
}

PrKind cc_type_kind(Program *p, guint id)
{
    return g_array_index(p->model->types, CcType, id).kind;
}

TypeInfo cc_type_info(Program *p, guint id)
{
    return g_array_index(p->type_infos, TypeInfo, id);
}

guint cc_type_lookup(Program *p, const char *key)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(p->type_ids, key));
}

guint cc_type_add(Program *p, const char *key, CcType type, TypeInfo info)
{
    guint id = p->model->types->len;
    g_array_append_val(p->model->types, type);
    g_array_append_val(p->type_infos, info);
    g_hash_table_insert(p->type_ids, g_strdup(key), GUINT_TO_POINTER(id + 1));
    return id;
}

guint cc_type_bad(Program *p, const char *name, const char *why, const char *option)
{
    g_autofree char *key = g_strdup_printf("b:%s:%s", name, why);
    guint id = cc_type_lookup(p, key);
    if (id)
        return id - 1;
    CcType t = { .kind = PR_VOID, .name = g_strdup(name), .cname = g_strdup("void") };
    return cc_type_add(p, key, t, (TypeInfo){ .bad = why, .option = option });
}

guint cc_scalar_type(Program *p, PrKind kind)
{
    g_autofree char *key = g_strdup_printf("k:%d", (int)kind);
    guint id = cc_type_lookup(p, key);
    if (id)
        return id - 1;
    const char *name = "void";
    for (guint i = 0; i < G_N_ELEMENTS(scalars); i++)
        if (scalars[i].kind == kind)
            name = scalars[i].cname;
    gboolean zero = kind == PR_LONG || kind == PR_ULONG || kind == PR_LDOUBLE || kind == PR_BOOL;
    CcType t = { .kind = kind, .name = g_strdup(name), .cname = g_strdup(name) };
    return cc_type_add(p, key, t, (TypeInfo){ .zero = zero });
}

guint cc_pointer_to(Program *p, guint elem)
{
    g_autofree char *key = g_strdup_printf("p:%u", elem);
    guint id = cc_type_lookup(p, key);
    if (id)
        return id - 1;
    const char *to = g_array_index(p->model->types, CcType, elem).name;
    CcType t = { .kind = PR_PTR, .name = g_strdup_printf("%s *", to),
                 .cname = g_strdup("void *"), .elem = elem };
    return cc_type_add(p, key, t, (TypeInfo){ .zero = TRUE });
}

static guint function_type(Program *p)
{
    guint id = cc_type_lookup(p, "f");
    if (id)
        return id - 1;
    CcType t = { .kind = PR_FUNC, .name = g_strdup("function"), .cname = g_strdup("void") };
    return cc_type_add(p, "f", t, (TypeInfo){ .bad = "functions are not values", .option = "-Wpreaches-type" });
}

guint cc_function_pointer(Program *p)
{
    guint func = function_type(p);
    guint id = cc_type_lookup(p, "fp");
    if (id)
        return id - 1;
    CcType t = { .kind = PR_FPTR, .name = g_strdup("function *"),
                 .cname = g_strdup("void (*)(void)"), .elem = func };
    return cc_type_add(p, "fp", t, (TypeInfo){ .zero = TRUE });
}

guint cc_array_of(Program *p, Unit *u, guint elem, guint64 count)
{
    g_autofree char *key = g_strdup_printf("a:%u:%" G_GUINT64_FORMAT, elem, count);
    guint id = cc_type_lookup(p, key);
    if (id)
        return id - 1;
    CcType e = g_array_index(p->model->types, CcType, elem);
    TypeInfo info = cc_type_info(p, elem);
    CcType t = { .kind = PR_ARRAY, .elem = elem, .count = count,
                 .unit = e.kind == PR_STRUCT || e.kind == PR_ARRAY ? e.unit : u->index,
                 .name = g_strdup_printf("%s[%" G_GUINT64_FORMAT "]", e.name, count),
                 .cname = g_strdup_printf("__typeof__(__typeof__(%s)[%" G_GUINT64_FORMAT "])",
                                          e.cname, count) };
    if (!info.bad && (count == 0 || e.kind == PR_VOID))
        info = (TypeInfo){ .bad = "an array of no elements or of an incomplete type",
                           .option = "-Wpreaches-flexible" };
    return cc_type_add(p, key, t, info);
}

guint cc_array_of_char(Program *p, guint bytes)
{
    return cc_array_of(p, p->units[0], PR_TYPE_CHAR, bytes);
}

guint cc_array_type(Program *p, guint elem, guint count)
{
    return cc_array_of(p, p->units[0], elem, count);
}

void cc_types_init(Program *p)
{
    cc_scalar_type(p, PR_VOID);
    cc_scalar_type(p, PR_CHAR);
    cc_pointer_to(p, PR_TYPE_CHAR);
    cc_pointer_to(p, PR_TYPE_VOID);
}

guint cc_type_open(Program *p, const char *tag, const char *why, const char *option)
{
    g_autofree char *key = g_strdup_printf("i:%s", tag);
    guint id = cc_type_lookup(p, key);
    if (id)
        return id - 1;
    CcType t = { .kind = PR_VOID, .name = g_strdup(tag), .cname = g_strdup("void") };
    return cc_type_add(p, key, t, (TypeInfo){ .bad = why, .option = option });
}

guint cc_raw_type(Program *p)
{
    guint id = cc_type_lookup(p, "raw");
    if (id)
        return id - 1;
    CcType t = { .kind = PR_UCHAR, .count = PR_RAW, .name = g_strdup("raw bytes"),
                 .cname = g_strdup("unsigned char") };
    return cc_type_add(p, "raw", t, (TypeInfo){ 0 });
}

gboolean cc_type_require_block(Program *p, guint id, const char *file, guint line, guint col)
{
    TypeInfo info = cc_type_info(p, id);
    if (cc_type_kind(p, id) == PR_FLEX && !info.bad && !info.open)
        return cc_type_require(p, g_array_index(p->model->types, CcType, id).elem, file, line, col,
                               "element behind the struct");
    return cc_type_require(p, id, file, line, col, "block");
}

guint cc_opaque_type(Program *p, Unit *u, const char *name, const char *cname)
{
    g_autofree char *key = g_strdup_printf("o:%s", cname);
    guint id = cc_type_lookup(p, key);
    if (id)
        return id - 1;
    CcType t = { .kind = PR_OPAQUE, .name = g_strdup(name), .cname = g_strdup(cname),
                 .unit = u->index };
    return cc_type_add(p, key, t, (TypeInfo){ 0 });
}

/* The same type, with what count and elem mean of it. */
static guint marked_type(Program *p, const char *key, guint type, guint64 mark, guint elem)
{
    guint id = cc_type_lookup(p, key);
    if (id)
        return id - 1;
    CcType t = g_array_index(p->model->types, CcType, type);
    t.count = mark;
    t.elem = elem;
    t.name = g_strdup(t.name);
    t.cname = g_strdup(t.cname);
    t.check = NULL;
    return cc_type_add(p, key, t, cc_type_info(p, type));
}

guint cc_stale_type(Program *p, guint type)
{
    PrKind kind = cc_type_kind(p, type);
    g_autofree char *key = g_strdup_printf("stale:%u", type);
    if ((kind < PR_BOOL || kind > PR_ULLONG) && kind != PR_PTR && kind != PR_FPTR)
        return PR_TYPE_VOID;
    return marked_type(p, key, type, PR_STALE, g_array_index(p->model->types, CcType, type).elem);
}

guint cc_overlay_type(Program *p, guint pointer, guint no)
{
    g_autofree char *key = g_strdup_printf("overlay:%u:%u", pointer, no);
    return marked_type(p, key, pointer, PR_OVERLAY, g_array_index(p->model->types, CcType, pointer).elem);
}

guint cc_counter_type(Program *p, guint number, guint overlay)
{
    g_autofree char *key = g_strdup_printf("counter:%u:%u", number, overlay);
    return marked_type(p, key, number, PR_OVERLAY, overlay);
}

guint cc_variant_type(Program *p, guint type, guint64 variant)
{
    g_autofree char *key = g_strdup_printf("v%" G_GUINT64_FORMAT ":%u", variant, type);
    return marked_type(p, key, type, variant, g_array_index(p->model->types, CcType, type).elem);
}

/* ---- any type ---- */

/* Kind that a well-known typedef of a system header stands for, or -1. */
static int normal_kind(CXType t)
{
    CXCursor d = clang_getTypeDeclaration(t);
    if (!clang_Location_isInSystemHeader(clang_getCursorLocation(d)))
        return -1;
    g_autofree char *name = decl_name(t);
    for (guint i = 0; i < G_N_ELEMENTS(normal_typedefs); i++)
        if (strcmp(name, normal_typedefs[i].name) == 0)
            return (int)normal_typedefs[i].kind;
    return -1;
}

/* Of the kinds in normal_typedefs. A program may choose wider ones (_FILE_OFFSET_BITS=64). */
static long long size_of_kind(const Program *p, PrKind kind)
{
    switch (kind) {
    case PR_LLONG:
    case PR_ULLONG: return 8;
    case PR_LONG:
    case PR_ULONG: return p->arch->pointer_bytes;
    default: return 4;
    }
}

static gboolean is_named(CXType t, const char *name)
{
    g_autofree char *own = decl_name(t);
    return strcmp(own, name) == 0;
}

static gboolean is_va_list(CXType t)
{
    return is_named(t, "va_list") || is_named(t, "__builtin_va_list") || is_named(t, "__gnuc_va_list");
}

gboolean cc_is_va_list(CXType t)
{
    for (int i = 0; i < 64 && is_sugar(t); i++) {
        if (t.kind == CXType_Typedef && is_va_list(t))
            return TRUE;
        CXType next = step(t);
        if (next.kind == CXType_Invalid || clang_equalTypes(next, t))
            return FALSE;
        t = next;
    }
    return FALSE;
}

/* What a pointer points to. Structs of system headers differ between architectures in ways that are
 * nobody's business while there are only pointers to them: they stay open until one is part of the
 * state. */
static guint pointee(Program *p, Unit *u, CXType to, const char *ctx)
{
    CXType record = clang_getUnqualifiedType(clang_getCanonicalType(to));
    if (record.kind != CXType_Record ||
        !clang_Location_isInSystemHeader(clang_getCursorLocation(clang_getTypeDeclaration(record))))
        return cc_type(p, u, to, ctx);
    g_autofree char *tag = cc_spell(record);
    if (cc_is_unnamed(tag) || is_file_record(record) || !cc_is_complete(record))
        return cc_type(p, u, to, ctx);
    g_autofree char *key = cc_record_key(record);
    guint id = cc_type_lookup(p, key);
    return id ? id - 1 : cc_type_open(p, tag, "incomplete type", "-Wpreaches-type");
}

static guint pointer_type(Program *p, Unit *u, CXType t, const char *ctx)
{
    CXType to = clang_getPointeeType(t);
    CXType canonical = clang_getCanonicalType(to);
    if (canonical.kind == CXType_FunctionProto || canonical.kind == CXType_FunctionNoProto)
        return cc_function_pointer(p);
    g_autofree char *inner = ctx ? g_strdup_printf("*(%s)", ctx) : NULL;
    return cc_pointer_to(p, pointee(p, u, to, inner));
}

/* Values that need 64 bits make a long of it where longs have as many, else a long long. */
static guint enum_type(Program *p, Unit *u, CXType t)
{
    CXType number = clang_getEnumDeclIntegerType(clang_getTypeDeclaration(t));
    enum CXTypeKind kind = clang_getCanonicalType(number).kind;
    return kind == CXType_Long ? cc_scalar_type(p, PR_LLONG)
         : kind == CXType_ULong ? cc_scalar_type(p, PR_ULLONG) : cc_type(p, u, number, NULL);
}

static guint plain_type(Program *p, Unit *u, CXType t, CXType sugar, const char *ctx)
{
    g_autofree char *inner = ctx ? g_strdup_printf("(%s)[0]", ctx) : NULL;
    switch (t.kind) {
    case CXType_Void: return PR_TYPE_VOID;
    case CXType_Pointer: return pointer_type(p, u, t, ctx);
    case CXType_FunctionProto:
    case CXType_FunctionNoProto: return function_type(p);
    case CXType_Enum: return enum_type(p, u, t);
    case CXType_Record: return cc_record_type(p, u, sugar, ctx);
    case CXType_ConstantArray:
        return cc_array_of(p, u, cc_type(p, u, clang_getArrayElementType(t), inner),
                        (guint64)clang_getArraySize(t));
    case CXType_IncompleteArray:
        return cc_type_bad(p, "array", "array without a size", "-Wpreaches-flexible");
    case CXType_VariableArray:
        return cc_type_bad(p, "array", "variable length array", "-Wpreaches-vla");
    case CXType_Complex:
        return cc_array_of(p, u, cc_type(p, u, clang_getElementType(t), NULL), 2);
    case CXType_Atomic: return cc_type_bad(p, "atomic", "_Atomic", "-Wpreaches-threads");
    default: break;
    }
    for (guint i = 0; i < G_N_ELEMENTS(scalars); i++)
        if (scalars[i].cx == t.kind)
            return cc_scalar_type(p, scalars[i].kind);
    g_autofree char *name = cc_spell(t);
    return cc_type_bad(p, name, "type without a portable form", "-Wpreaches-type");
}

guint cc_type(Program *p, Unit *u, CXType type, const char *ctx)
{
    CXType t = type, named = type;
    for (int i = 0; i < 64 && is_sugar(t); i++) {
        if (t.kind == CXType_Typedef) {
            int kind = normal_kind(t);
            if (kind >= 0 && clang_Type_getSizeOf(t) != size_of_kind(p, (PrKind)kind))
                return cc_type_bad(p, "integer", "typedef of another size than usual", "-Wpreaches-type");
            if (kind >= 0)
                return cc_scalar_type(p, (PrKind)kind);
            if (is_va_list(t))
                return cc_type_bad(p, "va_list", "va_list", "-Wpreaches-varargs");
            if (is_named(t, "_Float128")) /* a long double to libclang, but not to gcc on every machine */
                return cc_type_bad(p, "_Float128", "type without a portable form", "-Wpreaches-type");
        }
        CXType next = step(t);
        if (next.kind == CXType_Invalid || clang_equalTypes(next, t))
            break;
        t = next;
    }
    if (t.kind == CXType_Unexposed)
        t = clang_getCanonicalType(t);
    return plain_type(p, u, t, named, ctx);
}

gboolean cc_is_long(CXType t)
{
    for (int i = 0; i < 64 && is_sugar(t); i++) {
        int kind = t.kind == CXType_Typedef ? normal_kind(t) : -1;
        if (kind >= 0)
            return kind == PR_LONG || kind == PR_ULONG;
        t = step(t);
    }
    return t.kind == CXType_Long || t.kind == CXType_ULong;
}

gboolean cc_type_require(Program *p, guint id, const char *file, guint line, guint col,
                         const char *what)
{
    TypeInfo info = cc_type_info(p, id);
    const CcType *t = &g_array_index(p->model->types, CcType, id);
    if (info.open || t->kind == PR_UNION) {
        cc_refuse_union(p, id, file, line, col, what);
        return FALSE;
    }
    if (info.bad) {
        cc_error(p, file, line, col, info.option, "%s: %s (type '%s') cannot be part of the state",
                 what, info.bad, t->name);
        return FALSE;
    }
    if (t->kind == PR_VOID || t->kind == PR_FUNC) {
        cc_error(p, file, line, col, "-Wpreaches-type", "%s has no complete type ('%s')", what,
                 t->name);
        return FALSE;
    }
    return TRUE;
}

/* ---- by name ---- */

typedef struct Named { const char *name; CXType type; } Named;

static enum CXChildVisitResult find_named(CXCursor c, CXCursor parent, CXClientData data)
{
    Named *n = data;
    (void)parent;
    enum CXCursorKind kind = clang_getCursorKind(c);
    if (kind != CXCursor_StructDecl && kind != CXCursor_UnionDecl && kind != CXCursor_TypedefDecl)
        return CXChildVisit_Continue;
    CXString spelling = clang_getCursorSpelling(c);
    const char *name = clang_getCString(spelling);
    gboolean same = name && strcmp(name, n->name) == 0;
    clang_disposeString(spelling);
    CXType t = clang_getCursorType(c), canonical = clang_getCanonicalType(t);
    if (!same || (canonical.kind == CXType_Record && !cc_is_complete(canonical)))
        return kind == CXCursor_TypedefDecl ? CXChildVisit_Continue : CXChildVisit_Recurse;
    n->type = t;
    return CXChildVisit_Break;
}

CXType cc_find_type(Program *p, const char *name, Unit **unit)
{
    const char *space = strrchr(name, ' ');
    gboolean tagged = g_str_has_prefix(name, "struct ") || g_str_has_prefix(name, "union ");
    Named n = { .name = tagged && space ? space + 1 : name, .type = { .kind = CXType_Invalid } };
    for (guint i = 0; i < p->n_units && n.type.kind == CXType_Invalid; i++) {
        clang_visitChildren(clang_getTranslationUnitCursor(p->units[i]->tu), find_named, &n);
        *unit = p->units[i];
    }
    return n.type;
}
