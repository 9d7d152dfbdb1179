/* Choices: which member of a union holds, as hints say, for the structs that contain unions. */
#include "aggregate.h"
#include "hints.h"
#include <string.h>

static CcType *type_at(const Program *p, guint id)
{
    return &g_array_index(p->model->types, CcType, id);
}

static CcField *field_at(const Program *p, guint id)
{
    return &g_array_index(p->model->fields, CcField, id);
}

guint cc_find_field(const Program *p, guint type, const char *name)
{
    const CcType *t = type_at(p, type);
    for (guint i = 0; i < t->n_fields; i++)
        if (strcmp(field_at(p, t->first_field + i)->name, name) == 0)
            return t->first_field + i;
    for (guint i = 0; i < t->n_fields; i++)
        if (field_at(p, t->first_field + i)->name[0] == '(' &&
            cc_find_field(p, field_at(p, t->first_field + i)->type, name) != PR_NO_FIELD)
            return t->first_field + i;
    return PR_NO_FIELD;
}

/* Steps of "a.b.c" from a struct; FALSE when there are none. */
static gboolean steps_of(const Program *p, guint type, const char *path, GArray *steps)
{
    g_auto(GStrv) names = g_strsplit(path, ".", -1);
    for (char **name = names; *name; name++) {
        PrKind kind = type_at(p, type)->kind;
        guint f = kind == PR_STRUCT || kind == PR_FLEX ? cc_find_field(p, type, *name) : PR_NO_FIELD;
        if (f == PR_NO_FIELD)
            return FALSE;
        g_array_append_val(steps, f);
        type = field_at(p, f)->type;
    }
    return steps->len > 0;
}

static guint last_type(const Program *p, const GArray *steps)
{
    return field_at(p, g_array_index(steps, guint, steps->len - 1))->type;
}

static gboolean add_cases(Program *p, Hint *h, guint onion)
{
    for (guint i = 0; i < h->cases->len; i++) {
        const HintCase *k = &g_array_index(h->cases, HintCase, i);
        PrCase row = { .field = PR_NO_FIELD };
        if (strcmp(k->member, "-") != 0 &&
            (row.field = cc_find_field(p, onion, k->member)) == PR_NO_FIELD) {
            const CcType *t = type_at(p, onion);
            g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(CcField));
            g_array_append_vals(members, field_at(p, t->first_field), t->n_fields);
            g_autofree char *list = cc_member_list(p, members);
            cc_hint_error(p, h, "'%s' is no member of %s, which has: %s", k->member, t->name, list);
            return FALSE;
        }
        if (!cc_hint_values(p, h, k, &row.low, &row.high))
            return FALSE;
        g_array_append_val(p->model->cases, row);
    }
    return TRUE;
}

static gboolean tag_fits(Program *p, Hint *h, guint tag)
{
    PrKind kind = cc_type_kind(p, tag);
    gboolean fits = h->here ? kind == PR_PTR : kind >= PR_BOOL && kind <= PR_ULLONG;
    if (!fits)
        cc_hint_error(p, h, "the tag '%s' is no %s", h->field, h->here ? "pointer" : "integer");
    return fits;
}

static gboolean add_choice(Program *p, guint owner, Hint *h, const GArray *onion, const GArray *tag)
{
    CcModel *m = p->model;
    PrChoice c = { .owner = owner, .first_step = m->steps->len, .n_union = onion->len,
                   .n_tag = tag->len, .here = h->here, .mask = h->mask, .first_case = m->cases->len };
    if (!tag_fits(p, h, last_type(p, tag)) || !add_cases(p, h, last_type(p, onion)))
        return FALSE;
    c.n_cases = m->cases->len - c.first_case;
    g_array_append_vals(m->steps, onion->data, onion->len);
    g_array_append_vals(m->steps, tag->data, tag->len);
    g_array_append_val(m->choices, c);
    h->used = TRUE;
    return TRUE;
}

/* A hint for `path` inside this struct. */
static gboolean choose(Program *p, guint owner, Hint *h, const char *path)
{
    g_autoptr(GArray) onion = g_array_new(FALSE, FALSE, sizeof(guint));
    g_autoptr(GArray) tag = g_array_new(FALSE, FALSE, sizeof(guint));
    if (!steps_of(p, owner, path, onion) || cc_type_kind(p, last_type(p, onion)) != PR_UNION)
        return FALSE;
    return steps_of(p, owner, h->field, tag) && add_choice(p, owner, h, onion, tag);
}

/* "cell._object" for the struct cell: "_object"; else NULL. */
static const char *path_within(const char *hint, const char *name)
{
    gsize n = strlen(name);
    return n && strncmp(hint, name, n) == 0 && hint[n] == '.' ? hint + n + 1 : NULL;
}

static const char *without_tag(const char *name)
{
    const char *space = strrchr(name, ' ');
    return space ? space + 1 : name;
}

static gboolean choose_field(Program *p, guint owner, const char *name, guint field)
{
    const CcField *f = field_at(p, field);
    const char *onion = without_tag(type_at(p, f->type)->name);
    for (guint pass = 0; pass < 2; pass++) /* this very member first, then its type */
        for (guint i = 0; i < p->hints->len; i++) {
            Hint *h = p->hints->pdata[i];
            if (h->kind != HINT_TAG)
                continue;
            const char *bare = without_tag(h->name), *path = path_within(bare, name);
            gboolean mine = path && cc_find_field(p, owner, path) == field;
            if (pass == 0 ? mine : strcmp(bare, onion) == 0)
                if (choose(p, owner, h, pass == 0 ? path : f->name))
                    return TRUE;
        }
    return FALSE;
}

/* Hints that name a union further inside; returns how many. */
static guint choose_deeper(Program *p, guint owner, const char *name)
{
    guint n = 0;
    for (guint i = 0; i < p->hints->len; i++) {
        Hint *h = p->hints->pdata[i];
        const char *path = h->kind == HINT_TAG ? path_within(h->name, name) : NULL;
        if (path && strchr(path, '.'))
            n += choose(p, owner, h, path) ? 1 : 0;
    }
    return n;
}

guint cc_choices(Program *p, guint id, const char *name)
{
    guint open = 0, deeper = choose_deeper(p, id, name);
    const CcType t = *type_at(p, id);
    for (guint i = 0; i < t.n_fields; i++) {
        guint f = t.first_field + i, type = field_at(p, f)->type;
        if (cc_type_kind(p, type) == PR_UNION)
            open += !choose_field(p, id, name, f);
        else
            open += cc_type_info(p, type).open;
    }
    return open > deeper ? open - deeper : 0;
}
