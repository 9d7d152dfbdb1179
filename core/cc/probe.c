/* Each unit that owns struct types is compiled once more, without its code, with one table at its end:
 * sizes, alignments, offsets, as 64-bit numbers in the target's order, which the ELF header names.
 * Pointers and arrays are computed; scalars ride in the first table. */
#include "probe.h"

#include <string.h>

#define TABLE_SECTION ".preaches.layout"
#define BITS_SECTION ".preaches.bits."

static CcType *type_of(const CcModel *model, guint i)
{
    return &g_array_index(model->types, CcType, i);
}

static CcField *field_of(const CcModel *model, guint i)
{
    return &g_array_index(model->fields, CcField, i);
}

static gboolean is_plain(PrKind kind)
{
    return kind >= PR_BOOL && kind <= PR_FPTR;
}

/* Is type i asked for in unit u's table? */
static gboolean is_asked(const CcModel *model, guint i, guint u)
{
    const CcType *type = type_of(model, i);
    if (is_plain(type->kind))
        return u == 0;
    return (pr_kind_has_fields(type->kind) || type->kind == PR_OPAQUE) && type->unit == u;
}

/* A FLEX type's last field: the first of the elements behind the struct. */
static gboolean is_tail(const CcType *type, guint k)
{
    return type->kind == PR_FLEX && k + 1 == type->n_fields;
}

/* Is the member's size there to be compared with its type's? */
static gboolean has_size(const CcModel *model, const CcType *type, guint k)
{
    const CcField *field = field_of(model, type->first_field + k);
    return field->member && !field->bits && field->name[0] != '(' && !is_tail(type, k);
}

static const char *plain_name(PrKind kind)
{
    static const char *const names[PR_N_KINDS] = {
        [PR_BOOL] = "_Bool", [PR_CHAR] = "char", [PR_SCHAR] = "signed char",
        [PR_UCHAR] = "unsigned char", [PR_SHORT] = "short", [PR_USHORT] = "unsigned short",
        [PR_INT] = "int", [PR_UINT] = "unsigned", [PR_LONG] = "long", [PR_ULONG] = "unsigned long",
        [PR_LLONG] = "long long", [PR_ULLONG] = "unsigned long long", [PR_FLOAT] = "float",
        [PR_DOUBLE] = "double", [PR_LDOUBLE] = "long double", [PR_PTR] = "void *",
        [PR_FPTR] = "void (*)(void)"};
    return names[kind];
}

/* A bit-field's place is seen in an object that has only its bits set. */
static void bits_text(GString *text, const char *name, const CcField *field, guint f)
{
    g_string_append_printf(text, "\n;const %s preaches_bits_%u __attribute__((section(\"" BITS_SECTION
                           "%u\"),used)) = { .%s = -1 };\n", name, f, f, field->member);
}

/* What stands in front of the table: definitions under names of ours, checks, bit-fields. */
static void preface(GString *text, const CcModel *model, guint u)
{
    g_string_append(text, "\n;");
    for (guint i = 0; i < model->lifts->len; i++) {
        const CcLift *lift = &g_array_index(model->lifts, CcLift, i);
        if (lift->unit == u)
            g_string_append(text, lift->text);
    }
    for (guint i = 0; i < model->types->len; i++) {
        const CcType *type = type_of(model, i);
        if (!is_asked(model, i, u) || is_plain(type->kind))
            continue;
        g_string_append(text, type->check ? type->check : "");
        for (guint k = 0; k < type->n_fields; k++)
            if (field_of(model, type->first_field + k)->bits)
                bits_text(text, type->cname, field_of(model, type->first_field + k),
                          type->first_field + k);
    }
}

static void member_text(GString *text, const CcModel *model, const CcType *type, guint k)
{
    const CcField *field = field_of(model, type->first_field + k);
    if (field->bits || !field->member || type->kind == PR_UNION)
        g_string_append(text, "0,");
    else
        g_string_append_printf(text, "__builtin_offsetof(%s,%s),", type->cname, field->member);
    if (has_size(model, type, k))
        g_string_append_printf(text, "sizeof(((%s*)0)->%s),\n", type->cname, field->member);
    else
        g_string_append(text, "0,\n");
}

/* size, alignment; for structs then offset and size of each field. NULL when nothing is asked.
 * Alignment is that of a member (i686: _Alignof(double) is 4), hence _Alignof, not __alignof__. */
static char *table_text(const CcModel *model, guint u)
{
    g_autoptr(GString) text = g_string_new(NULL);
    guint asked = 0;
    preface(text, model, u);
    g_string_append_printf(text, "\n;__extension__ const unsigned long long preaches_layout_%u[] __attribute__((section(\"%s\"),used)) = {\n", u, TABLE_SECTION);
    for (guint i = 0; i < model->types->len; i++) {
        if (!is_asked(model, i, u))
            continue;
        const CcType *type = type_of(model, i);
        const char *name = is_plain(type->kind) ? plain_name(type->kind) : type->cname;
        asked++;
        if (type->kind == PR_FLEX)
            g_string_append_printf(text, "__builtin_offsetof(%s,%s),_Alignof(%s),\n", name,
                                   field_of(model, type->first_field + type->n_fields - 1)->member, name);
        else
            g_string_append_printf(text, "sizeof(%s),_Alignof(%s),\n", name, name);
        for (guint k = 0; pr_kind_has_fields(type->kind) && k < type->n_fields; k++)
            member_text(text, model, type, k);
    }
    g_string_append(text, "0};\n");
    return asked ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
}

typedef struct Table { /* numbers of one unit's table, in order */
    const guint8 *at, *end;
    gboolean big_endian, ended;
} Table;

static guint64 next_number(Table *table)
{
    guint64 value;
    if (table->end - table->at < 8) {
        table->ended = TRUE;
        return 0;
    }
    memcpy(&value, table->at, 8);
    table->at += 8;
    return table->big_endian ? GUINT64_FROM_BE(value) : GUINT64_FROM_LE(value);
}

/* Sizes of members as the compiler sees them are kept to be compared with their types' later. */
static void read_table(const CcModel *model, guint u, Table *table, CcLayout *layout,
                       guint64 *member_size)
{
    for (guint i = 0; i < model->types->len; i++) {
        if (!is_asked(model, i, u))
            continue;
        const CcType *type = type_of(model, i);
        layout->size[i] = next_number(table);
        layout->align[i] = (guint32)next_number(table);
        for (guint k = 0; pr_kind_has_fields(type->kind) && k < type->n_fields; k++) {
            layout->offset[type->first_field + k] = next_number(table);
            member_size[type->first_field + k] = next_number(table);
        }
    }
}

/* Arrays: elements may come later in the table, so to any depth, a few rounds. */
static void fill_arrays(const CcModel *model, CcLayout *layout)
{
    for (gboolean again = TRUE; again;) {
        again = FALSE;
        for (guint i = 0; i < model->types->len; i++) {
            const CcType *type = type_of(model, i);
            if (type->kind != PR_ARRAY || layout->align[i] || !layout->align[type->elem])
                continue;
            layout->size[i] = layout->size[type->elem] * type->count;
            layout->align[i] = layout->align[type->elem];
            again = TRUE;
        }
    }
}

/* A member whose type the model took for another of a different size must not pass. */
static gboolean check_members(const CcModel *model, const CcLayout *layout, const guint64 *member_size,
                              const PrArch *arch, CcMessages *to)
{
    gboolean ok = TRUE;
    for (guint i = 0; i < model->types->len; i++) {
        const CcType *type = type_of(model, i);
        for (guint k = 0; pr_kind_has_fields(type->kind) && k < type->n_fields; k++) {
            guint f = type->first_field + k;
            const CcField *field = field_of(model, f);
            if (!has_size(model, type, k) || layout->size[field->type] == member_size[f])
                continue;
            cc_messages_add(to, CC_ERROR, NULL, "-Wpreaches-type", "%s.%s has %" G_GUINT64_FORMAT " bytes on "
                            "%s, but its type '%s' has %" G_GUINT64_FORMAT, type->name, field->name,
                            member_size[f], arch->name, type_of(model, field->type)->name,
                            layout->size[field->type]);
            ok = FALSE;
        }
    }
    return ok;
}

static void layout_init(CcLayout *layout, const CcModel *model)
{
    layout->size = g_new0(guint64, model->types->len + 1);
    layout->align = g_new0(guint32, model->types->len + 1);
    layout->offset = g_new0(guint64, model->fields->len + 1);
}

void cc_layout_clear(CcLayout *layout)
{
    g_free(layout->size);
    g_free(layout->align);
    g_free(layout->offset);
    *layout = (CcLayout){0};
}

/* Which text the table is appended to. */
typedef enum Base {
    BASE_OUTLINE,      /* as preprocessed, functions left empty: compiles in a third of the time */
    BASE_INSTRUMENTED  /* for types that only hoisted objects name: slower, so second choice */
} Base;

static char *base_text(const CcModel *model, guint u, Base base)
{
    if (base == BASE_OUTLINE)
        return cc_model_outline(model, u);
    g_autofree guint32 *offsets = g_new0(guint32, model->locals->len + 1);
    g_autofree guint32 *frames = g_new0(guint32, model->funcs->len + 1);
    g_autofree char *prologue = cc_prologue(NULL);
    const CcCommon none = {offsets, frames, TRUE}; /* any will do: no code of it is run */
    return prologue ? cc_model_emit(model, u, &none, prologue) : NULL;
}

static char *object_path(const char *folder, guint u)
{
    return g_strdup_printf("%s/probe-%u.o", folder, u);
}

static CcJob probe_job(const CcBuild *build, const CcModel *model, guint u, const CcTextUnit *unit,
                       const PrArch *arch, Base base, const char *folder, char **key)
{
    g_autofree char *table = table_text(model, u), *text = base_text(model, u, base);
    g_autofree char *all = g_strconcat(text ? text : "", table, NULL);
    g_autofree char *source = g_strdup_printf("%s/probe-%u.c", folder, u);
    g_autofree char *object = object_path(folder, u);
    GPtrArray *argv = cc_target_argv(arch, unit, FALSE);
    cc_argv_add(argv, "-O0");
    return cc_text_job(build, arch, argv, base == BASE_OUTLINE ? "cpp-output" : "c", all, source, object, key);
}

/* Offset of the one run of `bits` set bits, counted as PrLayout.offset counts them; -1: there is none. */
static gint64 find_bits(const guint8 *bytes, gsize n, guint bits, gboolean big_endian)
{
    gint64 first = -1, last = -1;
    guint set = 0;
    for (gsize i = 0; i < 8 * n; i++) {
        gboolean on = bytes[i / 8] >> (big_endian ? 7 - i % 8 : i % 8) & 1;
        if (on && first < 0)
            first = (gint64)i;
        last = on ? (gint64)i : last;
        set += on ? 1 : 0;
    }
    return set == bits && last - first + 1 == (gint64)bits ? first : -1;
}

static gboolean read_bits(const CcModel *model, guint u, const char *object, CcLayout *layout,
                          CcMessages *to)
{
    for (guint i = 0; i < model->types->len; i++) {
        const CcType *type = type_of(model, i);
        for (guint k = 0; is_asked(model, i, u) && !is_plain(type->kind) && k < type->n_fields; k++) {
            guint f = type->first_field + k, bits = field_of(model, f)->bits;
            if (!bits)
                continue;
            g_autofree char *section = g_strdup_printf(BITS_SECTION "%u", f);
            gboolean big_endian = FALSE;
            gsize n = 0;
            g_autoptr(GBytes) bytes = cc_section_get(object, section, &big_endian, NULL);
            const guint8 *data = bytes ? g_bytes_get_data(bytes, &n) : NULL;
            gint64 at = data ? find_bits(data, n, bits, big_endian) : -1;
            if (at < 0) {
                cc_messages_add(to, CC_ERROR, NULL, "-Wpreaches-bit-field", "%s.%s: the bit-field's place "
                                "is not one run of bits", type->name, field_of(model, f)->name);
                return FALSE;
            }
            layout->offset[f] = (guint64)at;
        }
    }
    return TRUE;
}

static gboolean read_object(const CcModel *model, guint u, const char *object, CcLayout *layout,
                            guint64 *member_size, CcMessages *to)
{
    Table table = {0};
    GError *error = NULL;
    g_autoptr(GBytes) bytes = cc_section_get(object, TABLE_SECTION, &table.big_endian, &error);
    if (bytes) {
        gsize n;
        table.at = g_bytes_get_data(bytes, &n);
        table.end = table.at + n;
        read_table(model, u, &table, layout, member_size);
    }
    if (bytes && !table.ended)
        return read_bits(model, u, object, layout, to);
    cc_messages_add(to, CC_ERROR, NULL, NULL, "layout table of unit %u: %s", u,
                    error ? error->message : "too short");
    g_clear_error(&error);
    return FALSE;
}

/* One round over the units in `todo`; those that did not compile stay in it. */
static char *probe_round(const CcBuild *build, const PrArch *arch, const GPtrArray *units,
                         const CcModel *model, const char *folder, Base base, GArray *todo)
{
    guint n = todo->len;
    g_autofree CcJob *jobs = g_new0(CcJob, n);
    g_autofree char **keys = g_new0(char *, n + 1);
    g_autoptr(GArray) left = g_array_new(FALSE, FALSE, sizeof(guint));
    char *messages = NULL;
    cc_tokens_take(build->tokens);
    for (guint i = 0; i < n; i++) {
        guint u = g_array_index(todo, guint, i);
        jobs[i] = probe_job(build, model, u, units->pdata[u], arch, base, folder, &keys[i]);
    }
    cc_tokens_give(build->tokens);
    cc_jobs_run(jobs, n, build->tokens, folder);
    for (guint i = 0; i < n; i++) {
        guint u = g_array_index(todo, guint, i);
        g_autofree char *key = keys[i], *object = object_path(folder, u);
        if (jobs[i].status == 0)
            cc_cache_put(build->cache, key, object);
        else
            g_array_append_val(left, u);
        if (jobs[i].status > 0 && !messages)
            messages = g_strdup(jobs[i].messages);
        cc_job_clear(&jobs[i]);
    }
    g_array_set_size(todo, 0);
    g_array_append_vals(todo, left->data, left->len);
    return messages;
}

static gboolean read_all(const CcModel *model, const GArray *asked, const char *folder,
                         const PrArch *arch, CcLayout *layout, CcMessages *to)
{
    g_autofree guint64 *member_size = g_new0(guint64, model->fields->len + 1);
    for (guint i = 0; i < asked->len; i++) {
        guint u = g_array_index(asked, guint, i);
        g_autofree char *object = object_path(folder, u);
        if (!read_object(model, u, object, layout, member_size, to))
            return FALSE;
    }
    fill_arrays(model, layout);
    return check_members(model, layout, member_size, arch, to);
}

gboolean cc_probe(const CcBuild *build, const PrArch *arch, const GPtrArray *units,
                  const CcModel *model, const char *folder, CcLayout *layout, CcMessages *to)
{
    g_autoptr(GArray) todo = g_array_new(FALSE, FALSE, sizeof(guint));
    g_autoptr(GArray) asked = g_array_new(FALSE, FALSE, sizeof(guint));
    layout_init(layout, model);
    for (guint u = 0; u < units->len; u++) {
        g_autofree char *table = table_text(model, u);
        if (!table)
            continue;
        g_array_append_val(todo, u);
        g_array_append_val(asked, u);
    }
    g_free(probe_round(build, arch, units, model, folder, BASE_OUTLINE, todo));
    while (todo->len) { /* a round stops at its first failure, so several may be needed */
        guint before = todo->len;
        g_autofree char *messages = probe_round(build, arch, units, model, folder, BASE_INSTRUMENTED, todo);
        if (todo->len == before) {
            cc_messages_raw(to, messages);
            return FALSE;
        }
    }
    return read_all(model, asked, folder, arch, layout, to);
}

gboolean cc_layout_save(const CcLayout *layout, const CcModel *model, const char *path)
{
    g_autoptr(GByteArray) all = g_byte_array_new();
    g_byte_array_append(all, (guint8 *)layout->size, model->types->len * 8);
    g_byte_array_append(all, (guint8 *)layout->offset, model->fields->len * 8);
    g_byte_array_append(all, (guint8 *)layout->align, model->types->len * 4);
    return g_file_set_contents_full(path, (char *)all->data, (gssize)all->len,
                                    G_FILE_SET_CONTENTS_NONE, 0600, NULL);
}

gboolean cc_layout_load(CcLayout *layout, const CcModel *model, const char *path)
{
    g_autofree char *bytes = NULL;
    gsize n, types = model->types->len, fields = model->fields->len;
    if (!g_file_get_contents(path, &bytes, &n, NULL) || n != types * 12 + fields * 8)
        return FALSE;
    layout_init(layout, model);
    memcpy(layout->size, bytes, types * 8);
    memcpy(layout->offset, bytes + types * 8, fields * 8);
    memcpy(layout->align, bytes + types * 8 + fields * 8, types * 4);
    return TRUE;
}
