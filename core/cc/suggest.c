/* What to say where nothing says which member of a union holds: the hint that would, as far as the program tells. */
#include "tagged.h"
#include "aggregate.h"
#include "hints.h"
#include "parse.h"
#include <string.h>

/* Way from a type to the first union in it that no hint is about. */
typedef struct Way {
    guint owner;     /* the structure around it, or PR_TYPE_VOID: there is none, or an array of it is between */
    guint field;     /* of the owner's */
    guint onion;
} Way;

static const CcType *type_at(const Program *p, guint id) { return &g_array_index(p->model->types, CcType, id); }

static const CcField *field_at(const Program *p, guint id) { return &g_array_index(p->model->fields, CcField, id); }

static gboolean is_chosen(const Program *p, guint owner, guint field)
{
    for (guint i = 0; i < p->model->choices->len; i++) {
        const PrChoice *c = &g_array_index(p->model->choices, PrChoice, i);
        if (c->owner == owner && c->n_union == 1 && g_array_index(p->model->steps, guint, c->first_step) == field)
            return TRUE;
    }
    return FALSE;
}

static gboolean find_open(Program *p, guint type, Way *way)
{
    const CcType t = *type_at(p, type);
    if (t.kind == PR_ARRAY)
        return find_open(p, t.elem, way);
    if (t.kind == PR_UNION) {
        *way = (Way){ .owner = PR_TYPE_VOID, .onion = type };
        return TRUE;
    }
    for (guint i = 0; (t.kind == PR_STRUCT || t.kind == PR_FLEX) && i < t.n_fields; i++) {
        guint field = t.first_field + i, inner = field_at(p, field)->type;
        if (cc_type_kind(p, inner) == PR_UNION) {
            *way = (Way){ .owner = type, .field = field, .onion = inner };
            if (!is_chosen(p, type, field))
                return TRUE;
        } else if (cc_type_info(p, inner).open)
            return find_open(p, inner, way);
    }
    return FALSE;
}

/* A structure with elements behind it is another type than itself. */
static guint without_tail(const Program *p, guint type)
{
    const CcType *t = type_at(p, type);
    for (guint i = 0; t->kind == PR_FLEX && i < p->model->types->len; i++)
        if (type_at(p, i)->kind == PR_STRUCT && strcmp(type_at(p, i)->cname, t->cname) == 0)
            return i;
    return type;
}

/* "value.u" as hints name it, or NULL: the structure has no name. */
static char *union_name(const Program *p, guint owner, const Way *way)
{
    const CcField *f = field_at(p, way->field);
    const char *name = cc_hint_bare(type_at(p, owner)->name), *member = f->name[0] == '(' ? f->member : f->name;
    return !member || strchr(name, ' ') ? NULL : g_strdup_printf("%s.%s", name, member);
}

static gboolean is_integer(const Program *p, const CcField *f)
{
    PrKind kind = type_at(p, f->type)->kind;
    return kind >= PR_BOOL && kind <= PR_ULLONG;
}

/* The integer of which the program says most; NULL: of none. */
static const char *best_tag(const GArray *found)
{
    const char *best = NULL;
    guint most = 0;
    for (guint i = 0; i < found->len; i++) {
        const char *tag = g_array_index(found, CcTagged, i).tag;
        guint n = 0;
        for (guint k = 0; k < found->len; k++)
            n += strcmp(g_array_index(found, CcTagged, k).tag, tag) == 0;
        if (n > most) {
            most = n;
            best = tag;
        }
    }
    return best;
}

/* Two members for one value; "else" is any but zero. */
static gboolean contradicted(const GArray *found, const CcTagged *t)
{
    for (guint i = 0; i < found->len; i++) {
        const CcTagged *other = &g_array_index(found, CcTagged, i);
        gboolean same = strcmp(other->value, t->value) == 0 ||
            (strcmp(t->value, "else") == 0 && strcmp(other->value, "0") != 0);
        if (same && strcmp(other->tag, t->tag) == 0 && strcmp(other->member, t->member) != 0)
            return TRUE;
    }
    return FALSE;
}

/* " 0=n 1=text else=p": `else` last, as hints have it. FALSE: it cannot be told. */
static gboolean add_cases(const GArray *found, const char *tag, GString *line)
{
    gboolean whole = TRUE, zero = FALSE, other = FALSE;
    for (guint last = 0; last < 2; last++)
        for (guint i = 0; i < found->len; i++) {
            const CcTagged *t = &g_array_index(found, CcTagged, i);
            if (strcmp(t->tag, tag) != 0 || (strcmp(t->value, "else") == 0) != (last == 1))
                continue;
            whole = whole && !contradicted(found, t);
            zero |= strcmp(t->value, "0") == 0;
            other |= last == 1;
            g_string_append_printf(line, " %s=%s", t->value, t->member);
        }
    return whole && (zero || !other);
}

/* " VALUE=n VALUE=text": what there is to be said. */
static void add_members(const Program *p, guint onion, GString *line)
{
    const CcType *t = type_at(p, onion);
    for (guint i = 0; i < t->n_fields; i++)
        g_string_append_printf(line, " VALUE=%s", field_at(p, t->first_field + i)->name);
}

static const char *first_integer(const Program *p, guint owner)
{
    const CcType *t = type_at(p, owner);
    for (guint i = 0; i < t->n_fields; i++)
        if (is_integer(p, field_at(p, t->first_field + i)))
            return field_at(p, t->first_field + i)->name;
    return NULL;
}

/* The line of a hints file, as far as the program tells it; *whole: with values. */
static char *hint_line(Program *p, const Way *way, const char *name, gboolean *whole)
{
    g_autoptr(GArray) found = cc_tagged(p, without_tail(p, way->owner), way->onion);
    const char *tag = best_tag(found), *integer = tag ? tag : first_integer(p, way->owner);
    GString *line = g_string_new(NULL);
    g_string_printf(line, "union %s tag %s :", name, integer ? integer : "INTEGER");
    gsize begin = line->len;
    *whole = tag && add_cases(found, tag, line);
    if (!*whole) {
        g_string_truncate(line, begin);
        add_members(p, way->onion, line);
    }
    return g_string_free(line, FALSE);
}

/* Where the line can stand in the source. */
static void note_place(Program *p, const char *owner, const char *line)
{
    Unit *u = NULL;
    CXType t = cc_find_type(p, owner, &u);
    if (!p->diag->note || t.kind == CXType_Invalid)
        return;
    const char *file;
    guint at, col;
    CXCursor c = clang_getTypeDeclaration(clang_getCanonicalType(t));
    cc_presumed(u, clang_getRangeEnd(clang_getCursorExtent(c)), &file, &at, &col);
    g_autofree char *text = g_strdup_printf("behind this type, PREACHES_HINT(\"%s\"); with #include <preaches.h> says it, "
                                            "or the line in NAME.hints beside the program NAME", line);
    p->diag->note(p->diag, file, at, col, text);
}

void cc_refuse_union(Program *p, guint type, const char *file, guint at, guint col, const char *what)
{
    static const char option[] = "-Wpreaches-union", nothing[] = "nothing says which member of a union holds";
    TypeInfo info = cc_type_info(p, type);
    Way way = { .owner = PR_TYPE_VOID };
    g_autofree char *holds = info.members ? g_strdup_printf("%s (%s)", nothing, info.members) : g_strdup(nothing);
    const char *spelled = type_at(p, type)->name;
    g_autofree char *name = find_open(p, type, &way) && way.owner != PR_TYPE_VOID ? union_name(p, way.owner, &way) : NULL;
    if (!name) {
        cc_error(p, file, at, col, option, "%s: %s (type '%s'); a structure around each, with a name and an integer that "
                 "says it, can have a hint: union NAME tag INTEGER : VALUE=MEMBER ...", what, holds, spelled);
        return;
    }
    gboolean whole;
    g_autofree char *line = hint_line(p, &way, name, &whole);
    cc_error(p, file, at, col, option, "%s: %s (type '%s'); %s: %s", what, holds, spelled,
             whole ? "if it is as the program's branches have it, a hint can"
             : strstr(line, " INTEGER :") ? "with an integer beside it, a hint can" : "a hint can", line);
    if (whole)
        note_place(p, cc_hint_bare(type_at(p, way.owner)->name), line);
}
