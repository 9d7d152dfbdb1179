/* Structs and unions: members one after the other, anonymous members' in their place.
 *
 * A union becomes a struct of the one member that says all the others do (dominate.c) or that a hint
 * names, else a union whose member a choice of a struct around it names (choices.c). Types without a
 * name at the end of the unit are spelled once more under one (lifted), for the probes. */
#include "aggregate.h"
#include "hints.h"
#include "parse.h"
#include "places.h"
#include <string.h>

static enum CXVisitorResult collect_field(CXCursor c, CXClientData data)
{
    g_array_append_val((GArray *)data, c);
    return CXVisit_Continue;
}

static GArray *fields_of(CXType record)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(CXCursor));
    clang_Type_visitFields(record, collect_field, list);
    return list;
}

static char *cursor_name(CXCursor c)
{
    CXString s = clang_getCursorSpelling(c);
    char *name = g_strdup(clang_getCString(s) ? clang_getCString(s) : "");
    clang_disposeString(s);
    return name;
}

gboolean cc_is_complete(CXType record)
{
    return !clang_Cursor_isNull(clang_getCursorDefinition(clang_getTypeDeclaration(record)));
}

static gboolean is_union(CXType record)
{
    return clang_getCursorKind(clang_getTypeDeclaration(record)) == CXCursor_UnionDecl;
}

static gboolean is_anonymous(CXCursor field)
{
    g_autofree char *name = cursor_name(field);
    return clang_getCanonicalType(clang_getCursorType(field)).kind == CXType_Record &&
        (name[0] == 0 || cc_is_unnamed(name));
}

/* Name for people: the typedef's or tag's name, else where it stands. */
static char *record_name(CXType sugar, CXType record)
{
    g_autofree char *text = cc_spell(clang_getUnqualifiedType(sugar));
    if (!cc_is_unnamed(text) && !strstr(text, "typeof") && !strstr(text, CC_TAG_PREFIX))
        return g_steal_pointer(&text);
    CXSourceLocation at = clang_getCursorLocation(clang_getTypeDeclaration(record));
    const char *kind = is_union(record) ? "union" : "struct";
    CXString file;
    unsigned line;
    clang_getPresumedLocation(at, &file, &line, NULL);
    g_autofree char *path = cc_take_string(file), *header = g_path_get_basename(path);
    if (clang_Location_isInSystemHeader(at)) /* each architecture has its own */
        return g_strdup_printf("%s in %s", kind, header);
    return g_strdup_printf("%s at %s:%u", kind, path, line);
}

char *cc_record_key(CXType record)
{
    g_autofree char *tag = cc_spell(record);
    g_autoptr(GArray) fields = fields_of(record);
    GString *key = g_string_new("s:");
    g_string_append_printf(key, "%s{", tag);
    for (guint i = 0; i < fields->len; i++) {
        CXCursor c = g_array_index(fields, CXCursor, i);
        CXType t = clang_getCanonicalType(clang_getCursorType(c));
        g_autofree char *type = cc_spell(t), *name = cursor_name(c);
        g_string_append_printf(key, "%s:%s;", name, type);
        if (clang_Cursor_isBitField(c))
            g_string_append_printf(key, "%d;", clang_getFieldDeclBitWidth(c));
        if (t.kind == CXType_Record) {
            g_autofree char *nested = cc_record_key(t);
            g_string_append(key, nested);
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

/* ---- types without a name at the end of the unit ---- */

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

/* Attributes change layouts in ways that the members do not show. */
static gboolean has_attributes(const Unit *u, CXType record)
{
    CXSourceRange range = clang_getCursorExtent(clang_getTypeDeclaration(record));
    guint begin, end;
    clang_getFileLocation(clang_getRangeStart(range), NULL, NULL, NULL, &begin);
    clang_getFileLocation(clang_getRangeEnd(range), NULL, NULL, NULL, &end);
    g_autofree char *text = g_strndup(u->text + begin, MIN(end + 80, u->bytes) - begin);
    return strstr(text, "__attribute__") || strstr(text, "_Alignas") || strstr(u->text, "#pragma pack");
}

static gboolean spell_members(Program *p, Unit *u, CXType record, GString *out);

static gboolean spell_member(Program *p, Unit *u, CXCursor c, GString *out)
{
    CXType t = clang_getCursorType(c), canonical = clang_getCanonicalType(t);
    g_autofree char *name = cursor_name(c);
    if (is_anonymous(c)) {
        g_string_append(out, is_union(canonical) ? "union { " : "struct { ");
        gboolean ok = spell_members(p, u, canonical, out);
        g_string_append(out, "}; ");
        return ok;
    }
    if (canonical.kind == CXType_IncompleteArray)
        return TRUE;
    guint id = cc_type(p, u, t, NULL); /* may move the table */
    const CcType *type = &g_array_index(p->model->types, CcType, id);
    if (type->kind == PR_VOID)
        return FALSE;
    g_string_append_printf(out, "__typeof__(%s) %s", type->cname, name);
    if (clang_Cursor_isBitField(c))
        g_string_append_printf(out, " : %d", clang_getFieldDeclBitWidth(c));
    g_string_append(out, "; ");
    return TRUE;
}

static gboolean spell_members(Program *p, Unit *u, CXType record, GString *out)
{
    g_autoptr(GArray) fields = fields_of(record);
    gboolean ok = !has_attributes(u, record);
    for (guint i = 0; i < fields->len && ok; i++)
        ok = spell_member(p, u, g_array_index(fields, CXCursor, i), out);
    return ok;
}

static char *lift(Program *p, Unit *u, CXType record)
{
    GString *text = g_string_new(NULL);
    if (!spell_members(p, u, record, text)) {
        g_string_free(text, TRUE);
        return NULL;
    }
    g_autofree char *members = g_string_free(text, FALSE);
    char *cname = g_strdup_printf("%s " CC_LIFT_PREFIX "%u", is_union(record) ? "union" : "struct",
                                  p->model->lifts->len);
    CcLift l = { .unit = u->index, .text = g_strdup_printf("%s { %s};\n", cname, members) };
    g_array_append_val(p->model->lifts, l);
    return cname;
}

/* C type-name at the end of the unit, or NULL when it can have none. */
static char *record_cname(Program *p, Unit *u, CXType record, const char *ctx)
{
    CXCursor d = clang_getTypeDeclaration(record);
    g_autofree char *plain = cc_spell(record); /* not the sugar: a typedef may be local */
    if (!cc_is_unnamed(plain) && !is_function_local(d))
        return g_steal_pointer(&plain);
    return ctx && cc_is_unnamed(plain) ? g_strdup_printf("__typeof__(%s)", ctx) : lift(p, u, record);
}

/* ---- members ---- */

typedef struct Record { /* a struct or union being read */
    Program *p;
    Unit *u;
    CXType record;
    char *owner;       /* its name in hints */
    const char *cname;
    GArray *fields;    /* CcField */
    TypeInfo info;
} Record;

/* "call.u.c" where a member of `struct call` holds the record: ctx is "((TYPE *)0)->c", TYPE "__typeof__(...)"
 * of the same form or "struct call". Empty when there is no such path. */
static char *path_of(const char *ctx)
{
    const char *from = ctx ? strstr(ctx, "((") : NULL;
    for (const char *next = from; next; next = strstr(next + 1, "(("))
        from = next;
    const char *end = from ? strstr(from, " *)0)") : NULL;
    if (!end)
        return g_strdup("");
    g_autofree char *tag = g_strndup(from + 2, (gsize)(end - from - 2));
    const char *space = strrchr(tag, ' ');
    GString *path = g_string_new(space ? space + 1 : tag);
    for (const char *at = end; (at = strstr(at, "->")) != NULL;) {
        at += 2;
        g_string_append_printf(path, ".%.*s", (int)strspn(at, G_CSET_a_2_z G_CSET_A_2_Z "_$" G_CSET_DIGITS), at);
    }
    return g_string_free(path, FALSE);
}

static char *owner_name(CXType record, const char *ctx)
{
    g_autofree char *name = cc_spell(record);
    const char *space = strrchr(name, ' ');
    return cc_is_unnamed(name) ? path_of(ctx) : g_strdup(space ? space + 1 : name);
}

static char *full_name(const Record *r, const char *name)
{
    return g_strdup_printf("%s.%s", r->owner, name);
}

static void add_field(Record *r, const char *name, const char *member, guint type, guint bits)
{
    CcField f = { .name = g_strdup(name), .member = g_strdup(member), .type = type, .bits = bits };
    TypeInfo info = cc_type_info(r->p, type);
    merge_info(&r->info, info);
    if (cc_type_kind(r->p, type) == PR_VOID && !r->info.bad)
        merge_info(&r->info, (TypeInfo){ .bad = "member of an incomplete type",
                                         .option = "-Wpreaches-type" });
    g_array_append_val(r->fields, f);
}

static void add_members(Record *r, CXType record);

/* A member without a name in a union, or a union without one: one field of a type of its own. */
static void add_anonymous(Record *r, CXType t)
{
    if (!is_union(t) && !is_union(r->record)) {
        add_members(r, t);
        return;
    }
    guint type = cc_record_type(r->p, r->u, t, NULL);
    const CcType *made = &g_array_index(r->p->model->types, CcType, type);
    if (made->kind == PR_STRUCT && is_union(t) && !is_union(r->record)) { /* one member says it all */
        GArray *inner = g_array_new(FALSE, FALSE, sizeof(CcField));
        g_array_append_vals(inner, &g_array_index(r->p->model->fields, CcField, made->first_field),
                            made->n_fields);
        for (guint i = 0; i < inner->len; i++) {
            const CcField *f = &g_array_index(inner, CcField, i);
            add_field(r, f->name, f->member, f->type, f->bits);
        }
        g_array_unref(inner);
        return;
    }
    g_autoptr(GArray) fields = fields_of(t);
    g_autofree char *first = fields->len ? cursor_name(g_array_index(fields, CXCursor, 0)) : NULL;
    gboolean named = first && *first && !clang_Cursor_isBitField(g_array_index(fields, CXCursor, 0));
    add_field(r, is_union(t) ? "(union)" : "(struct)", named && is_union(t) ? first : NULL, type, 0);
    if (!named || !is_union(t)) /* its offset would have to be asked for by a member's name */
        if (!is_union(r->record))
            merge_info(&r->info, (TypeInfo){ .bad = "a union whose first member has no name",
                                             .option = "-Wpreaches-union" });
}

static guint opaque_field(Record *r, const char *name)
{
    g_autofree char *full = full_name(r, name);
    g_autofree char *cname = g_strdup_printf("__typeof__(((%s *)0)->%s)", r->cname, name);
    return cc_hint(r->p, HINT_OPAQUE, full) ? cc_opaque_type(r->p, r->u, full, cname) : PR_TYPE_VOID;
}

static guint limits_type(Program *p, Unit *u, CXCursor member, guint type)
{
    gconstpointer place = cc_place_of_field(member);
    return place ? cc_limits_type(p, u, place, type) : type;
}

/* The member's type, as hints have it. */
static guint member_type(Record *r, CXCursor member, const char *name)
{
    CXType t = clang_getCursorType(member);
    g_autofree char *ctx = g_strdup_printf("((%s *)0)->%s", r->cname, name), *full = full_name(r, name);
    guint type = opaque_field(r, name);
    if (type != PR_TYPE_VOID)
        return type;
    type = cc_type(r->p, r->u, t, ctx);
    Hint *h = cc_hint(r->p, HINT_STALE, full);
    guint stale = h ? cc_stale_type(r->p, type) : limits_type(r->p, r->u, member, type);
    if (stale != PR_TYPE_VOID)
        return stale;
    if (h)
        cc_hint_error(r->p, h, "'%s' is no integer and no pointer", full);
    return type;
}

static gboolean is_flexible(CXType t)
{
    t = clang_getCanonicalType(t);
    return t.kind == CXType_IncompleteArray ||
        (t.kind == CXType_ConstantArray && clang_getArraySize(t) == 0);
}

static void add_member(Record *r, CXCursor c)
{
    CXType t = clang_getCursorType(c), canonical = clang_getCanonicalType(t);
    g_autofree char *name = cursor_name(c);
    if (is_anonymous(c)) {
        add_anonymous(r, canonical);
        return;
    }
    if (is_flexible(t)) /* only heap blocks have what is there */
        return;
    if (clang_Cursor_isBitField(c)) {
        if (is_union(r->record))
            merge_info(&r->info, (TypeInfo){ .bad = "bit-field as a member of a union",
                                             .option = "-Wpreaches-bit-field" });
        else if (*name && !cc_is_unnamed(name))
            add_field(r, name, name, cc_type(r->p, r->u, t, NULL),
                      (guint)clang_getFieldDeclBitWidth(c));
        return;
    }
    add_field(r, name, name, member_type(r, c, name), 0);
}

static void add_members(Record *r, CXType record)
{
    g_autoptr(GArray) fields = fields_of(record);
    for (guint i = 0; i < fields->len; i++)
        add_member(r, g_array_index(fields, CXCursor, i));
}

static void clear_fields(GArray *fields, guint from)
{
    for (guint i = from; i < fields->len; i++) {
        g_free(g_array_index(fields, CcField, i).name);
        g_free(g_array_index(fields, CcField, i).member);
    }
    g_array_set_size(fields, from);
}

/* Members come after the entry, so that they may point to it; those of one record in a row. */
static void put_fields(Record *r, guint id, PrKind kind)
{
    if (!r->fields->len && !r->info.bad)
        r->info = (TypeInfo){ .bad = "struct without members", .option = "-Wpreaches-type" };
    if (r->info.bad) { /* only ever pointed to: opaque */
        kind = PR_VOID;
        clear_fields(r->fields, 0);
    }
    CcType *now = &g_array_index(r->p->model->types, CcType, id);
    now->kind = kind;
    now->first_field = r->p->model->fields->len;
    now->n_fields = r->fields->len;
    if (r->fields->len)
        g_array_append_vals(r->p->model->fields, r->fields->data, r->fields->len);
    if (kind == PR_STRUCT || kind == PR_FLEX)
        r->info.open = cc_choices(r->p, id, r->owner);
    if (kind == PR_UNION) {
        r->info.open = 1;
        r->info.zero = TRUE;
    }
    g_array_index(r->p->type_infos, TypeInfo, id) = r->info;
}

/* ---- unions ---- */

char *cc_member_list(const Program *p, const GArray *members)
{
    GString *s = g_string_new(NULL);
    for (guint i = 0; i < members->len; i++) {
        const CcField *f = &g_array_index(members, CcField, i);
        g_string_append_printf(s, "%s%s %s", i ? ", " : "",
                               g_array_index(p->model->types, CcType, f->type).name, f->name);
    }
    return g_string_free(s, FALSE);
}

static void keep_only(GArray *fields, guint one)
{
    CcField kept = g_array_index(fields, CcField, one);
    g_array_index(fields, CcField, one) = (CcField){ 0 };
    clear_fields(fields, 0);
    g_array_append_val(fields, kept);
}

/* The member that always holds, as a hint says or is known of the library, or G_MAXUINT. */
static guint hinted(Record *r, guint id, const char *ctx)
{
    Hint *h = *r->owner ? cc_hint(r->p, HINT_ALWAYS, r->owner) : NULL;
    if (!h) /* by its typedef, as messages name it */
        h = cc_hint(r->p, HINT_ALWAYS, g_array_index(r->p->model->types, CcType, id).name);
    g_autofree char *path = h ? NULL : path_of(ctx); /* this member's, whatever the union's name */
    if (path && *path)
        h = cc_hint(r->p, HINT_ALWAYS, path);
    const char *member = h ? h->field : cc_library_member(r->record);
    for (guint i = 0; member && i < r->fields->len; i++)
        if (strcmp(g_array_index(r->fields, CcField, i).name, member) == 0)
            return i;
    if (h) {
        g_autofree char *list = cc_member_list(r->p, r->fields);
        cc_hint_error(r->p, h, "'%s' is no member of the union, which has: %s", h->field, list);
    }
    return G_MAXUINT;
}

static void fill_union(Record *r, guint id, const char *ctx)
{
    g_autoptr(GString) check = g_string_new(NULL);
    guint one = r->info.bad ? G_MAXUINT : hinted(r, id, ctx);
    if (one == G_MAXUINT && !r->info.bad)
        one = cc_dominant(r->p, r->fields, r->cname, check);
    if (one != G_MAXUINT) {
        keep_only(r->fields, one);
        CcField *f = &g_array_index(r->fields, CcField, 0);
        r->info = cc_type_info(r->p, f->type);
        if (!f->member) /* an anonymous struct: at the union's start */
            r->info = (TypeInfo){ .bad = "an unnamed member that holds for its union",
                                  .option = "-Wpreaches-union" };
        put_fields(r, id, PR_STRUCT);
        g_array_index(r->p->model->types, CcType, id).check = check->len ? g_strdup(check->str) : NULL;
        return;
    }
    g_autofree char *list = cc_member_list(r->p, r->fields);
    r->info.members = cc_keep(r->p, g_steal_pointer(&list));
    put_fields(r, id, PR_UNION);
}

/* ---- any record ---- */

/* Another unit only had the struct's name: that entry becomes the struct. */
static guint complete(Program *p, guint id, CcType t, const char *open_key, const char *key)
{
    CcType *was = &g_array_index(p->model->types, CcType, id);
    g_free(was->name);
    g_free(was->cname);
    *was = t;
    g_array_index(p->type_infos, TypeInfo, id) = (TypeInfo){ 0 };
    g_hash_table_remove(p->type_ids, open_key);
    g_hash_table_insert(p->type_ids, g_strdup(key), GUINT_TO_POINTER(id + 1));
    return id;
}

static Record record_begin(Program *p, Unit *u, CXType record, const char *cname, const char *ctx)
{
    Record r = { .p = p, .u = u, .record = record, .owner = owner_name(record, ctx), .cname = cname,
                 .fields = g_array_new(FALSE, FALSE, sizeof(CcField)) };
    if (*r.owner)
        g_ptr_array_add(p->record_names, cc_keep(p, g_strdup(r.owner)));
    return r;
}

static void record_end(Record *r)
{
    g_free(r->owner);
    g_array_unref(r->fields);
}

guint cc_record_type(Program *p, Unit *u, CXType sugar, const char *ctx)
{
    CXType record = clang_getUnqualifiedType(clang_getCanonicalType(sugar));
    g_autofree char *tag = cc_spell(record), *owner = owner_name(record, ctx);
    g_autofree char *open_key = g_strdup_printf("i:%s", tag);
    guint known = cc_library_record(p, u, tag);
    if (known != PR_TYPE_VOID)
        return known;
    if (!cc_is_complete(record))
        return cc_type_open(p, tag, "incomplete type", "-Wpreaches-type");
    if (*owner && cc_hint(p, HINT_OPAQUE, owner))
        return cc_opaque_type(p, u, tag, tag);
    g_autofree char *key = cc_record_key(record);
    guint id = cc_type_lookup(p, key);
    if (id)
        return id - 1;
    CcType t = { .kind = is_union(record) ? PR_UNION : PR_STRUCT, .name = record_name(sugar, record),
                 .cname = g_strdup("void"), .unit = u->index };
    guint open = cc_type_lookup(p, open_key);
    id = open ? complete(p, open - 1, t, open_key, key) : cc_type_add(p, key, t, (TypeInfo){ 0 });
    g_autofree char *cname = record_cname(p, u, record, ctx); /* its members may point to it */
    Record r = record_begin(p, u, record, cname, ctx);
    if (cname) {
        CcType *now = &g_array_index(p->model->types, CcType, id);
        g_free(now->cname);
        now->cname = g_strdup(cname);
        add_members(&r, record);
    } else
        r.info = (TypeInfo){ .option = "-Wpreaches-local-type", .bad =
                             "type declared inside a function, with attributes or incomplete members" };
    if (is_union(record))
        fill_union(&r, id, ctx);
    else
        put_fields(&r, id, PR_STRUCT);
    record_end(&r);
    return id;
}

/* ---- a struct with more behind it ---- */

static gboolean last_member(CXType record, CXCursor *last)
{
    g_autoptr(GArray) fields = fields_of(record);
    if (fields->len)
        *last = g_array_index(fields, CXCursor, fields->len - 1);
    return fields->len > 0;
}

static gboolean begins_with(CXType record, const char *member)
{
    g_autoptr(GArray) fields = fields_of(record);
    g_autofree char *first = cursor_name(g_array_index(fields, CXCursor, 0));
    return strcmp(first, member) == 0;
}

gboolean cc_is_flexible(CXType t, guint64 most)
{
    CXCursor last;
    CXType record = clang_getCanonicalType(t);
    if (record.kind != CXType_Record || is_union(record) || !last_member(record, &last))
        return FALSE;
    CXType array = clang_getCanonicalType(clang_getCursorType(last));
    return is_flexible(array) ||
        (array.kind == CXType_ConstantArray && (guint64)clang_getArraySize(array) <= most);
}

static guint tail_index(const GArray *fields, const char *member)
{
    for (guint i = 0; i < fields->len; i++)
        if (strcmp(g_array_index(fields, CcField, i).name, member) == 0)
            return i;
    return fields->len;
}

guint cc_flex_type(Program *p, Unit *u, CXType t, const char *member, guint elem)
{
    CXType record = clang_getUnqualifiedType(clang_getCanonicalType(t));
    guint head = cc_record_type(p, u, t, NULL);
    CXCursor last;
    if (cc_type_kind(p, head) == PR_VOID || !last_member(record, &last))
        return head;
    if (member && begins_with(record, member)) /* nothing stands in front */
        return elem;
    g_autofree char *name = member ? g_strdup(member) : cursor_name(last);
    if (elem == PR_TYPE_VOID)
        elem = cc_type(p, u, clang_getArrayElementType(clang_getCanonicalType(clang_getCursorType(last))),
                       NULL);
    elem = limits_type(p, u, last, elem);
    g_autofree char *key = g_strdup_printf("x:%u:%s:%u", head, name, elem);
    guint id = cc_type_lookup(p, key);
    if (id)
        return id - 1;
    const CcType *h = &g_array_index(p->model->types, CcType, head);
    CcType flex = { .kind = PR_FLEX, .cname = g_strdup(h->cname), .unit = h->unit, .elem = elem,
                    .name = g_strdup_printf("%s with %s[]", h->name,
                                            g_array_index(p->model->types, CcType, elem).name) };
    id = cc_type_add(p, key, flex, (TypeInfo){ 0 });
    g_autofree char *cname = g_strdup(flex.cname);
    Record r = record_begin(p, p->units[flex.unit], record, cname, NULL);
    add_members(&r, record);
    clear_fields(r.fields, tail_index(r.fields, name));
    r.info = (TypeInfo){ 0 };
    for (guint i = 0; i < r.fields->len; i++)
        merge_info(&r.info, cc_type_info(p, g_array_index(r.fields, CcField, i).type));
    add_field(&r, name, name, elem, 0);
    put_fields(&r, id, PR_FLEX);
    record_end(&r);
    return id;
}
