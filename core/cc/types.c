/* Type table: scalars by kind, pointers by pointee, arrays by element and count, structs by name
 * and members. Sizes are not looked at: they come from the real compilers. */
#include "types.h"
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

static gboolean is_unnamed(const char *spelling)
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

char *cc_spell(CXType t)
{
    char *copy = spelling(t);
    if (strstr(copy, "typeof")) { /* its operand may name variables that have moved */
        g_autofree char *plain = spelling(clang_getCanonicalType(t));
        if (!is_unnamed(plain)) {
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
    if (is_unnamed(text) && c.kind == CXType_Enum) {
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

static guint lookup(Program *p, const char *key)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(p->type_ids, key));
}

static guint add(Program *p, const char *key, CcType type, TypeInfo info)
{
    guint id = p->model->types->len;
    g_array_append_val(p->model->types, type);
    g_array_append_val(p->type_infos, info);
    g_hash_table_insert(p->type_ids, g_strdup(key), GUINT_TO_POINTER(id + 1));
    return id;
}

static guint bad(Program *p, const char *name, const char *why, const char *option)
{
    g_autofree char *key = g_strdup_printf("b:%s:%s", name, why);
    guint id = lookup(p, key);
    if (id)
        return id - 1;
    CcType t = { .kind = PR_VOID, .name = g_strdup(name), .cname = g_strdup("void") };
    return add(p, key, t, (TypeInfo){ why, option, FALSE });
}

guint cc_scalar_type(Program *p, PrKind kind)
{
    g_autofree char *key = g_strdup_printf("k:%d", (int)kind);
    guint id = lookup(p, key);
    if (id)
        return id - 1;
    const char *name = "void";
    for (guint i = 0; i < G_N_ELEMENTS(scalars); i++)
        if (scalars[i].kind == kind)
            name = scalars[i].cname;
    gboolean zero = kind == PR_LONG || kind == PR_ULONG || kind == PR_LDOUBLE || kind == PR_BOOL;
    CcType t = { .kind = kind, .name = g_strdup(name), .cname = g_strdup(name) };
    return add(p, key, t, (TypeInfo){ NULL, NULL, zero });
}

guint cc_pointer_to(Program *p, guint elem)
{
    g_autofree char *key = g_strdup_printf("p:%u", elem);
    guint id = lookup(p, key);
    if (id)
        return id - 1;
    const char *to = g_array_index(p->model->types, CcType, elem).name;
    CcType t = { .kind = PR_PTR, .name = g_strdup_printf("%s *", to),
                 .cname = g_strdup("void *"), .elem = elem };
    return add(p, key, t, (TypeInfo){ NULL, NULL, TRUE });
}

static guint function_type(Program *p)
{
    guint id = lookup(p, "f");
    if (id)
        return id - 1;
    CcType t = { .kind = PR_FUNC, .name = g_strdup("function"), .cname = g_strdup("void") };
    return add(p, "f", t, (TypeInfo){ "functions are not values", "-Wpreaches-type", FALSE });
}

guint cc_function_pointer(Program *p)
{
    guint func = function_type(p);
    guint id = lookup(p, "fp");
    if (id)
        return id - 1;
    CcType t = { .kind = PR_FPTR, .name = g_strdup("function *"),
                 .cname = g_strdup("void (*)(void)"), .elem = func };
    return add(p, "fp", t, (TypeInfo){ NULL, NULL, TRUE });
}

static guint array_of(Program *p, Unit *u, guint elem, guint64 count)
{
    g_autofree char *key = g_strdup_printf("a:%u:%" G_GUINT64_FORMAT, elem, count);
    guint id = lookup(p, key);
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
        info = (TypeInfo){ "an array of no elements or of an incomplete type",
                           "-Wpreaches-flexible", FALSE };
    return add(p, key, t, info);
}

guint cc_array_of_char(Program *p, guint bytes)
{
    return array_of(p, p->units[0], PR_TYPE_CHAR, bytes);
}

guint cc_array_type(Program *p, guint elem, guint count)
{
    return array_of(p, p->units[0], elem, count);
}

void cc_types_init(Program *p)
{
    cc_scalar_type(p, PR_VOID);
    cc_scalar_type(p, PR_CHAR);
    cc_pointer_to(p, PR_TYPE_CHAR);
    cc_pointer_to(p, PR_TYPE_VOID);
}

/* ---- structs ---- */

static enum CXVisitorResult collect_field(CXCursor c, CXClientData data)
{
    g_array_append_val((GArray *)data, c);
    return CXVisit_Continue;
}

/* Name for people: the typedef's or tag's name, else where it stands. */
static char *struct_name(CXType sugar, CXType record)
{
    g_autofree char *text = cc_spell(clang_getUnqualifiedType(sugar));
    if (!is_unnamed(text) && !strstr(text, "typeof"))
        return g_steal_pointer(&text);
    CXCursor d = clang_getTypeDeclaration(record);
    CXString file;
    unsigned line;
    clang_getPresumedLocation(clang_getCursorLocation(d), &file, &line, NULL);
    char *name = g_strdup_printf("struct at %s:%u", clang_getCString(file), line);
    clang_disposeString(file);
    return name;
}

/* One level of structure: tag, and each member's name and canonical type. */
static char *struct_key(CXType record, GArray *fields)
{
    g_autofree char *tag = cc_spell(record);
    GString *key = g_string_new("s:");
    g_string_append_printf(key, "%s{", tag);
    for (guint i = 0; i < fields->len; i++) {
        CXCursor c = g_array_index(fields, CXCursor, i);
        CXString name = clang_getCursorSpelling(c);
        CXType t = clang_getCanonicalType(clang_getCursorType(c));
        g_autofree char *type = cc_spell(t);
        g_string_append_printf(key, "%s:%s;", clang_getCString(name), type);
        clang_disposeString(name);
        if (t.kind == CXType_Record) {
            GArray *inner = g_array_new(FALSE, FALSE, sizeof(CXCursor));
            clang_Type_visitFields(t, collect_field, inner);
            g_autofree char *nested = struct_key(t, inner);
            g_string_append(key, nested);
            g_array_unref(inner);
        }
    }
    g_string_append_c(key, '}');
    return g_string_free(key, FALSE);
}

static void merge_info(TypeInfo *info, TypeInfo more)
{
    if (!info->bad && more.bad) {
        info->bad = more.bad;
        info->option = more.option;
    }
    info->zero |= more.zero;
}

static void add_members(Program *p, Unit *u, CXType record, const char *outer, const char *path,
                        GArray *out, TypeInfo *info);

static void add_member(Program *p, Unit *u, CXCursor c, const char *outer, const char *path,
                       GArray *out, TypeInfo *info)
{
    CXString s = clang_getCursorSpelling(c);
    g_autofree char *name = g_strdup(clang_getCString(s));
    clang_disposeString(s);
    CXType t = clang_getCursorType(c);
    CXType canonical = clang_getCanonicalType(t);
    if (clang_Cursor_isBitField(c)) {
        merge_info(info, (TypeInfo){ "bit-field", "-Wpreaches-bit-field", FALSE });
        return;
    }
    if (canonical.kind == CXType_Record && (name[0] == 0 || is_unnamed(name))) {
        CXCursor d = clang_getTypeDeclaration(canonical);
        if (clang_getCursorKind(d) == CXCursor_UnionDecl)
            merge_info(info, (TypeInfo){ "union", "-Wpreaches-union", FALSE });
        else
            add_members(p, u, canonical, outer, path, out, info);
        return;
    }
    g_autofree char *ctx = g_strdup_printf("((%s *)0)->%s%s", outer, path, name);
    CcField field = { .name = g_strconcat(path, name, NULL),
                      .member = g_strconcat(path, name, NULL), .type = cc_type(p, u, t, ctx) };
    PrKind kind = cc_type_kind(p, field.type);
    merge_info(info, cc_type_info(p, field.type));
    if (kind == PR_VOID && !info->bad)
        merge_info(info, (TypeInfo){ "member of an incomplete type", "-Wpreaches-type", FALSE });
    g_array_append_val(out, field);
}

static void add_members(Program *p, Unit *u, CXType record, const char *outer, const char *path,
                        GArray *out, TypeInfo *info)
{
    GArray *fields = g_array_new(FALSE, FALSE, sizeof(CXCursor));
    clang_Type_visitFields(record, collect_field, fields);
    for (guint i = 0; i < fields->len; i++)
        add_member(p, u, g_array_index(fields, CXCursor, i), outer, path, out, info);
    g_array_unref(fields);
}

static gboolean is_function_local(CXCursor d)
{
    CXCursor parent = clang_getCursorSemanticParent(d);
    for (int i = 0; i < 64 && !clang_Cursor_isNull(parent); i++) {
        enum CXCursorKind kind = clang_getCursorKind(parent);
        if (kind == CXCursor_FunctionDecl)
            return TRUE;
        if (kind == CXCursor_TranslationUnit)
            return FALSE;
        parent = clang_getCursorSemanticParent(parent);
    }
    return FALSE;
}

/* C type-name of a struct at the end of the unit, or NULL when it has none. */
static char *struct_cname(CXType record, const char *ctx)
{
    CXCursor d = clang_getTypeDeclaration(record);
    g_autofree char *plain = cc_spell(record); /* not the sugar: a typedef may be local */
    if (!is_unnamed(plain) && !is_function_local(d))
        return g_steal_pointer(&plain);
    return ctx && is_unnamed(plain) ? g_strdup_printf("__typeof__(%s)", ctx) : NULL;
}

static guint opaque(Program *p, const char *tag, const char *why, const char *option)
{
    g_autofree char *key = g_strdup_printf("i:%s", tag);
    guint id = lookup(p, key);
    if (id)
        return id - 1;
    CcType t = { .kind = PR_VOID, .name = g_strdup(tag), .cname = g_strdup("void") };
    return add(p, key, t, (TypeInfo){ why, option, FALSE });
}

static gboolean is_complete(CXType record)
{
    return !clang_Cursor_isNull(clang_getCursorDefinition(clang_getTypeDeclaration(record)));
}

/* Another unit only had the struct's name: that entry becomes the struct. */
static guint complete(Program *p, guint id, CcType t, const char *open_key, const char *key)
{
    CcType *was = &g_array_index(p->model->types, CcType, id);
    g_free(was->name);
    g_free(was->cname);
    *was = t;
    g_array_index(p->type_infos, TypeInfo, id) = (TypeInfo){ NULL, NULL, FALSE };
    g_hash_table_remove(p->type_ids, open_key);
    g_hash_table_insert(p->type_ids, g_strdup(key), GUINT_TO_POINTER(id + 1));
    return id;
}

/* Members come after the entry, so that they may point to it; those of one struct in a row. */
static void fill_struct(Program *p, Unit *u, guint id, CXType record, const char *cname)
{
    g_autoptr(GArray) fields = g_array_new(FALSE, FALSE, sizeof(CcField));
    TypeInfo info = { NULL, NULL, FALSE };
    add_members(p, u, record, cname, "", fields, &info);
    if (!fields->len && !info.bad)
        info = (TypeInfo){ "struct without members", "-Wpreaches-type", FALSE };
    CcType *now = &g_array_index(p->model->types, CcType, id);
    now->first_field = p->model->fields->len;
    now->n_fields = fields->len;
    if (info.bad) { /* only ever pointed to: opaque */
        now->kind = PR_VOID;
        now->n_fields = 0;
        for (guint i = 0; i < fields->len; i++) {
            g_free(g_array_index(fields, CcField, i).name);
            g_free(g_array_index(fields, CcField, i).member);
        }
    } else if (fields->len)
        g_array_append_vals(p->model->fields, fields->data, fields->len);
    g_array_index(p->type_infos, TypeInfo, id) = info;
}

/* What the runtime keeps in a jmp_buf stands in its signal mask, which has 128 bytes everywhere; the
 * rest is not used (runtime/jump.c). */
static guint jump_buffer(Program *p, Unit *u)
{
    guint id = lookup(p, "jmp_buf");
    if (id)
        return id - 1;
    CcField field = { .name = g_strdup("mask"), .member = g_strdup("__saved_mask"),
                      .type = array_of(p, u, cc_scalar_type(p, PR_UINT), 32) };
    CcType t = { .kind = PR_STRUCT, .name = g_strdup("jmp_buf"), .cname = g_strdup("struct __jmp_buf_tag"),
                 .unit = u->index, .first_field = p->model->fields->len, .n_fields = 1 };
    g_array_append_val(p->model->fields, field);
    return add(p, "jmp_buf", t, (TypeInfo){ NULL, NULL, FALSE });
}

static guint struct_type(Program *p, Unit *u, CXType sugar, const char *ctx)
{
    CXType record = clang_getUnqualifiedType(clang_getCanonicalType(sugar));
    CXCursor d = clang_getTypeDeclaration(record);
    g_autofree char *tag = cc_spell(record);
    if (is_file_record(record))
        return opaque(p, "FILE", "the library's own stream", "-Wpreaches-type");
    if (strcmp(tag, "struct __jmp_buf_tag") == 0 && is_complete(record))
        return jump_buffer(p, u);
    if (clang_getCursorKind(d) == CXCursor_UnionDecl)
        return bad(p, is_unnamed(tag) ? "union" : tag, "union", "-Wpreaches-union");
    g_autofree char *open_key = g_strdup_printf("i:%s", tag);
    if (!is_complete(record))
        return opaque(p, tag, "incomplete type", "-Wpreaches-type");
    g_autofree char *cname = struct_cname(record, ctx);
    if (!cname)
        return bad(p, is_unnamed(tag) ? "struct" : tag, "type declared inside a function",
                   "-Wpreaches-local-type");
    GArray *cursors = g_array_new(FALSE, FALSE, sizeof(CXCursor));
    clang_Type_visitFields(record, collect_field, cursors);
    g_autofree char *key = struct_key(record, cursors);
    g_array_unref(cursors);
    guint id = lookup(p, key);
    if (id)
        return id - 1;
    CcType t = { .kind = PR_STRUCT, .name = struct_name(sugar, record), .cname = g_strdup(cname),
                 .unit = u->index };
    guint open = lookup(p, open_key);
    id = open ? complete(p, open - 1, t, open_key, key)
              : add(p, key, t, (TypeInfo){ NULL, NULL, FALSE });
    fill_struct(p, u, id, record, cname);
    return id;
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

static gboolean is_va_list(CXType t)
{
    g_autofree char *name = decl_name(t);
    return strcmp(name, "va_list") == 0 || strcmp(name, "__builtin_va_list") == 0 ||
        strcmp(name, "__gnuc_va_list") == 0;
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
    if (is_unnamed(tag) || is_file_record(record) || !is_complete(record))
        return cc_type(p, u, to, ctx);
    g_autoptr(GArray) fields = g_array_new(FALSE, FALSE, sizeof(CXCursor));
    clang_Type_visitFields(record, collect_field, fields);
    g_autofree char *key = struct_key(record, fields);
    guint id = lookup(p, key);
    return id ? id - 1 : opaque(p, tag, "incomplete type", "-Wpreaches-type");
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

static guint plain_type(Program *p, Unit *u, CXType t, CXType sugar, const char *ctx)
{
    g_autofree char *inner = ctx ? g_strdup_printf("(%s)[0]", ctx) : NULL;
    switch (t.kind) {
    case CXType_Void: return PR_TYPE_VOID;
    case CXType_Pointer: return pointer_type(p, u, t, ctx);
    case CXType_FunctionProto:
    case CXType_FunctionNoProto: return function_type(p);
    case CXType_Enum:
        return cc_type(p, u, clang_getEnumDeclIntegerType(clang_getTypeDeclaration(t)), NULL);
    case CXType_Record: return struct_type(p, u, sugar, ctx);
    case CXType_ConstantArray:
        return array_of(p, u, cc_type(p, u, clang_getArrayElementType(t), inner),
                        (guint64)clang_getArraySize(t));
    case CXType_IncompleteArray:
        return bad(p, "array", "array without a size", "-Wpreaches-flexible");
    case CXType_VariableArray:
        return bad(p, "array", "variable length array", "-Wpreaches-vla");
    case CXType_Complex: return bad(p, "complex", "complex number", "-Wpreaches-complex");
    case CXType_Atomic: return bad(p, "atomic", "_Atomic", "-Wpreaches-threads");
    default: break;
    }
    for (guint i = 0; i < G_N_ELEMENTS(scalars); i++)
        if (scalars[i].cx == t.kind)
            return cc_scalar_type(p, scalars[i].kind);
    g_autofree char *name = cc_spell(t);
    return bad(p, name, "type without a portable form", "-Wpreaches-type");
}

guint cc_type(Program *p, Unit *u, CXType type, const char *ctx)
{
    CXType t = type, named = type;
    for (int i = 0; i < 64 && is_sugar(t); i++) {
        if (t.kind == CXType_Typedef) {
            int kind = normal_kind(t);
            if (kind >= 0 && clang_Type_getSizeOf(t) != size_of_kind(p, (PrKind)kind))
                return bad(p, "integer", "typedef of another size than usual", "-Wpreaches-type");
            if (kind >= 0)
                return cc_scalar_type(p, (PrKind)kind);
            if (is_va_list(t))
                return bad(p, "va_list", "va_list", "-Wpreaches-varargs");
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

gboolean cc_type_require(Program *p, guint id, const char *file, guint line, guint col,
                         const char *what)
{
    TypeInfo info = cc_type_info(p, id);
    const CcType *t = &g_array_index(p->model->types, CcType, id);
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
