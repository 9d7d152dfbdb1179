/* Which member of a union the program uses under which tag: `case TEXT: puts(v->u.text)`, `if (v->kind == TEXT)`,
 * `v->kind == TEXT ? v->u.text : ""`, `v->kind = TEXT; v->u.text = s;`, `{ TEXT, { .text = s } }`. The object has to be
 * named alike in both places, and nothing in between may give it, or its tag, another value. */
#include "tagged.h"
#include "aggregate.h"
#include "parse.h"
#include <string.h>

/* What is known of an object in a part of the text: its tag has one of the values. */
typedef struct Known {
    const struct Known *outer;
    char *base, *tag;
    GPtrArray *values; /* char *; none: nothing is known after all */
} Known;

typedef struct Search {
    Program *p;
    const Unit *u;
    guint owner, onion;
    GArray *found; /* CcTagged */
} Search;

static void clear_tagged(gpointer data)
{
    CcTagged *t = data;
    g_free(t->tag);
    g_free(t->value);
    g_free(t->member);
}

static void add(Search *s, const char *tag, const char *value, const char *member)
{
    for (guint i = 0; i < s->found->len; i++) {
        const CcTagged *t = &g_array_index(s->found, CcTagged, i);
        if (strcmp(t->tag, tag) == 0 && strcmp(t->value, value) == 0 && strcmp(t->member, member) == 0)
            return;
    }
    CcTagged t = { g_strdup(tag), g_strdup(value), g_strdup(member) };
    g_array_append_val(s->found, t);
}

/* ---- names ---- */

static guint type_of_record(Search *s, CXCursor record)
{
    g_autofree char *key = cc_record_key(clang_getCanonicalType(clang_getCursorType(record)));
    guint id = cc_type_lookup(s->p, key);
    return id ? id - 1 : PR_TYPE_VOID;
}

static char *text_of(const Search *s, Node *n)
{
    n = cc_strip(n);
    GString *text = g_string_new(NULL);
    for (guint i = n->begin; i < n->end; i++)
        if (!g_ascii_isspace(s->u->text[i]))
            g_string_append_c(text, s->u->text[i]);
    return g_string_free(text, FALSE);
}

/* "v->head.kind" in the structure: *base becomes "v", "head.kind" is returned; NULL: nothing of the structure's. *last
 * is the type that the innermost member belongs to. */
static char *path_in_owner(Search *s, Node *n, char **base, guint *last)
{
    g_autofree char *path = NULL;
    *last = PR_TYPE_VOID;
    for (n = cc_strip(n); n->kind == N_MEMBER && n->n_kids; n = cc_strip(n->kid[0])) {
        CXCursor field = clang_getCursorReferenced(n->cursor), record = clang_getCursorSemanticParent(field);
        g_autofree char *name = cc_take_string(clang_getCursorSpelling(field));
        if (!path && cc_find_field(s->p, s->onion, name) == PR_NO_FIELD && cc_is_aggregate(n->type))
            return NULL; /* as most, and looked at no further */
        char *longer = path ? g_strconcat(name, ".", path, NULL) : g_strdup(name);
        g_free(path);
        path = longer;
        guint type = type_of_record(s, record);
        if (*last == PR_TYPE_VOID)
            *last = type;
        while (type != s->owner && clang_Cursor_isAnonymousRecordDecl(record)) {
            record = clang_getCursorSemanticParent(record);
            if (clang_getCursorKind(record) != CXCursor_StructDecl && clang_getCursorKind(record) != CXCursor_UnionDecl)
                break;
            type = type_of_record(s, record);
        }
        if (type == s->owner) {
            *base = text_of(s, n->kid[0]);
            return g_steal_pointer(&path);
        }
    }
    return NULL;
}

/* The union's member that is named here, of which object; NULL: none. */
static char *member_in(Search *s, Node *n, char **base)
{
    guint last;
    g_autofree char *path = path_in_owner(s, n, base, &last);
    if (path && last == s->onion)
        return g_strdup(strrchr(path, '.') ? strrchr(path, '.') + 1 : path);
    if (path)
        g_clear_pointer(base, g_free);
    return NULL;
}

static char *tag_in(Search *s, Node *n, char **base)
{
    guint last;
    CXType t = clang_getCanonicalType(n->type);
    gboolean whole = t.kind == CXType_Enum || (t.kind >= CXType_Bool && t.kind <= CXType_LongLong);
    char *path = whole ? path_in_owner(s, n, base, &last) : NULL;
    if (path && last == s->onion) {
        g_clear_pointer(base, g_free);
        g_clear_pointer(&path, g_free);
    }
    return path;
}

/* An enumerator as it is called, where hints know it, any other constant as its number; NULL: it is none. */
static char *constant_text(const Search *s, Node *n)
{
    guint64 value;
    n = cc_strip_casts(n);
    CXCursor named = clang_getCursorReferenced(n->cursor);
    CXCursor around = clang_getCursorSemanticParent(clang_getCursorSemanticParent(named));
    if (clang_getCursorKind(named) == CXCursor_EnumConstantDecl && clang_getCursorKind(around) != CXCursor_FunctionDecl)
        return text_of(s, n);
    return cc_constant(n, &value) ? g_strdup_printf("%" G_GINT64_FORMAT, (gint64)value) : NULL;
}

/* ---- what conditions say ---- */

static void known_clear(Known *k)
{
    g_free(k->base);
    g_free(k->tag);
    if (k->values)
        g_ptr_array_unref(k->values);
    *k = (Known){ 0 };
}

static gboolean known_take(Known *k, char *tag, char *base, char *value)
{
    *k = (Known){ .base = base, .tag = tag, .values = g_ptr_array_new_with_free_func(g_free) };
    g_ptr_array_add(k->values, value);
    return TRUE;
}

/* tag == VALUE, or != where that does not hold. */
static gboolean known_by_equality(Search *s, Node *n, Known *k)
{
    for (guint i = 0; i < 2; i++) {
        char *base = NULL, *tag = tag_in(s, cc_strip_casts(n->kid[i]), &base);
        char *value = tag ? constant_text(s, n->kid[1 - i]) : NULL;
        if (value)
            return known_take(k, tag, base, value);
        g_free(tag);
        g_free(base);
    }
    return FALSE;
}

/* What the condition says of a tag where it holds, or where it does not. */
static gboolean known_by(Search *s, Node *n, gboolean holds, Known *k)
{
    n = cc_strip(n);
    *k = (Known){ 0 };
    if (n->kind == N_OPERATOR && n->n_kids == 2 && n->op == (holds ? CXBinaryOperator_EQ : CXBinaryOperator_NE))
        return known_by_equality(s, n, k);
    if (n->kind == N_OPERATOR && n->n_kids == 1 && n->op == CXUnaryOperator_LNot)
        return known_by(s, n->kid[0], !holds, k);
    if (n->kind == (holds ? N_LOGICAL_AND : N_LOGICAL_OR))
        return known_by(s, n->kid[0], holds, k) || known_by(s, n->kid[1], holds, k);
    if (n->kind == (holds ? N_LOGICAL_OR : N_LOGICAL_AND)) {
        Known more = { 0 };
        gboolean both = known_by(s, n->kid[0], holds, k) && known_by(s, n->kid[1], holds, &more) &&
            strcmp(k->tag, more.tag) == 0 && strcmp(k->base, more.base) == 0;
        for (guint i = 0; both && i < more.values->len; i++)
            g_ptr_array_add(k->values, g_strdup(more.values->pdata[i]));
        known_clear(&more);
        if (!both)
            known_clear(k);
        return both;
    }
    char *base = NULL, *tag = tag_in(s, n, &base);
    return tag && known_take(k, tag, base, g_strdup(holds ? "else" : "0"));
}

/* ---- the walk ---- */

/* Is the object, or its tag, given another value in there? */
static gboolean changes(const Search *s, const Node *n, const Known *k)
{
    if ((n->kind == N_ASSIGN || n->stores) && n->n_kids) {
        g_autofree char *to = text_of(s, n->kid[0]);
        const char *behind = g_str_has_prefix(to, k->base) ? to + strlen(k->base) : NULL;
        if (behind && (!*behind || ((*behind == '.' || *behind == '-') && g_str_has_suffix(behind, k->tag))))
            return TRUE;
    }
    for (guint i = 0; i < n->n_kids; i++)
        if (changes(s, n->kid[i], k))
            return TRUE;
    return FALSE;
}

static void walk(Search *s, Node *n, const Known *known);

/* Takes `k`'s contents. */
static void walk_knowing(Search *s, Node *n, const Known *known, Known *k)
{
    k->outer = known;
    walk(s, n, k->values && k->values->len && !changes(s, n, k) ? k : known);
    known_clear(k);
}

static void walk_branches(Search *s, Node *cond, Node *then, Node *other, const Known *known)
{
    Known k;
    walk(s, cond, known);
    known_by(s, cond, TRUE, &k);
    walk_knowing(s, then, known, &k);
    if (!other)
        return;
    known_by(s, cond, FALSE, &k);
    walk_knowing(s, other, known, &k);
}

/* Does nothing behind the statement run after it? */
static gboolean ends(const Node *n)
{
    if (n->kind == N_COMPOUND)
        return n->n_kids && ends(n->kid[n->n_kids - 1]);
    return n->kind == N_RETURN || n->kind == N_BREAK || n->kind == N_CONTINUE || n->kind == N_GOTO;
}

/* `case A: case B: statement`: adds the values and returns the statement. */
static Node *enter_cases(const Search *s, Node *n, gboolean ended, GPtrArray *values, gboolean *open)
{
    if ((n->kind == N_CASE || n->kind == N_DEFAULT) && ended) {
        g_ptr_array_set_size(values, 0);
        *open = FALSE;
    }
    for (; n->kind == N_CASE || n->kind == N_DEFAULT; n = n->body) {
        char *value = n->kind == N_CASE && n->n_kids == 2 ? constant_text(s, n->kid[0]) : NULL;
        if (value)
            g_ptr_array_add(values, value);
        *open |= !value; /* other values come here too */
    }
    return n;
}

static void walk_switch(Search *s, Node *n, const Known *known)
{
    char *base = NULL;
    g_autofree char *tag = tag_in(s, cc_strip_casts(n->cond), &base);
    g_autofree char *of = base;
    if (!tag || n->body->kind != N_COMPOUND) {
        walk(s, n->body, known);
        return;
    }
    g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
    gboolean ended = TRUE, open = FALSE;
    for (guint i = 0; i < n->body->n_kids; i++) {
        Node *statement = enter_cases(s, n->body->kid[i], ended, values, &open);
        Known k = { .base = g_strdup(of), .tag = g_strdup(tag), .values = g_ptr_array_new_with_free_func(g_free) };
        for (guint v = 0; v < values->len && !open; v++)
            g_ptr_array_add(k.values, g_strdup(values->pdata[v]));
        walk_knowing(s, statement, known, &k);
        ended = ends(statement);
    }
}

/* "v->kind = TEXT" as a statement. */
static gboolean known_by_assignment(Search *s, const Node *n, Known *k)
{
    Node *a = n->kind == N_EXPRSTMT && n->n_kids ? cc_strip(n->kid[0]) : NULL;
    if (!a || a->kind != N_ASSIGN || a->n_kids != 2)
        return FALSE;
    char *base = NULL, *tag = tag_in(s, a->kid[0], &base), *value = tag ? constant_text(s, a->kid[1]) : NULL;
    if (value)
        return known_take(k, tag, base, value);
    g_free(tag);
    g_free(base);
    return FALSE;
}

/* The union's member that v->u.pair.left, v->u.text[2] and the like are in. */
static char *member_around(Search *s, Node *n, char **base)
{
    char *member = NULL;
    for (n = cc_strip(n); !member && (n->kind == N_MEMBER || n->kind == N_OPERATOR) && n->n_kids; n = cc_strip(n->kid[0]))
        member = member_in(s, n, base);
    return member;
}

/* Members of the same object that are assigned to in the same block as its tag, which has one value there. */
static void pair_assignments(Search *s, const Node *block, const Known *k, guint at)
{
    for (guint i = 0; i < block->n_kids; i++)
        if (i != at && changes(s, block->kid[i], k))
            return;
    for (guint i = 0; i < block->n_kids; i++) {
        const Node *n = block->kid[i];
        Node *a = n->kind == N_EXPRSTMT && n->n_kids ? cc_strip(n->kid[0]) : NULL;
        char *base = NULL;
        g_autofree char *member = a && a->kind == N_ASSIGN ? member_around(s, a->kid[0], &base) : NULL;
        if (member && strcmp(base, k->base) == 0)
            add(s, k->tag, k->values->pdata[0], member);
        g_free(base);
    }
}

/* A statement at a time; behind `if (v->kind != TEXT) return;` the tag is known. */
static void walk_block(Search *s, const Node *n, guint from, const Known *known)
{
    for (guint i = from; i < n->n_kids; i++) {
        Node *at = n->kid[i];
        Known k = { 0 };
        if (known_by_assignment(s, at, &k))
            pair_assignments(s, n, &k, i);
        known_clear(&k);
        walk(s, at, known);
        if (at->kind == N_IF && !at->other && ends(at->body) && known_by(s, at->cond, FALSE, &k)) {
            gboolean lasts = TRUE;
            for (guint j = i + 1; j < n->n_kids; j++)
                lasts = lasts && !changes(s, n->kid[j], &k) && n->kid[j]->kind != N_LABEL;
            k.outer = known;
            if (lasts)
                walk_block(s, n, i + 1, &k);
            known_clear(&k);
            if (lasts)
                return;
        }
    }
}

static void note_use(Search *s, Node *n, const Known *known)
{
    char *base = NULL;
    g_autofree char *member = known ? member_in(s, n, &base) : NULL;
    for (; member && known; known = known->outer)
        for (guint i = 0; strcmp(known->base, base) == 0 && i < known->values->len; i++)
            add(s, known->tag, known->values->pdata[i], member);
    g_free(base);
}

/* ---- initialisers ---- */

typedef struct Initialised { Search *s; char *tag, *value; } Initialised;

static void take_initial(gpointer data, CXCursor member, CXType t, Node *value)
{
    Initialised *i = data;
    if (clang_getCursorKind(member) != CXCursor_FieldDecl)
        return;
    g_autofree char *name = cc_take_string(clang_getCursorSpelling(member));
    guint type = type_of_record(i->s, clang_getCursorSemanticParent(member));
    enum CXTypeKind kind = clang_getCanonicalType(t).kind;
    if (type == i->s->onion && i->value)
        add(i->s, i->tag, i->value, name);
    if (type != i->s->owner || (kind != CXType_Enum && (kind < CXType_Bool || kind > CXType_LongLong)))
        return;
    g_free(i->tag);
    g_free(i->value);
    i->tag = g_steal_pointer(&name);
    i->value = constant_text(i->s, value);
}

static void look_at_initial(Search *s, CXType t, Node *init)
{
    Initialised i = { .s = s };
    cc_each_initial(s->u, t, init, take_initial, &i);
    g_free(i.tag);
    g_free(i.value);
}

static void walk(Search *s, Node *n, const Known *known)
{
    if (n->kind == N_SIZEOF)
        return;
    if (n->kind == N_MEMBER)
        note_use(s, n, known);
    if (n->kind == N_VAR && n->init && n->decl)
        look_at_initial(s, n->decl->type, n->init);
    if (n->kind == N_COMPOUND_LITERAL)
        look_at_initial(s, n->type, n);
    if (n->kind == N_IF)
        walk_branches(s, n->cond, n->body, n->other, known);
    else if (n->kind == N_COND && n->n_kids == 3)
        walk_branches(s, n->kid[0], n->kid[1], n->kid[2], known);
    else if (n->kind == N_LOGICAL_AND && n->n_kids == 2)
        walk_branches(s, n->kid[0], n->kid[1], NULL, known);
    else if (n->kind == N_SWITCH)
        walk_switch(s, n, known);
    else if (n->kind == N_COMPOUND)
        walk_block(s, n, 0, known);
    else
        for (guint i = 0; i < n->n_kids; i++)
            walk(s, n->kid[i], known);
}

GArray *cc_tagged(Program *p, guint owner, guint onion)
{
    Search s = { .p = p, .owner = owner, .onion = onion, .found = g_array_new(FALSE, FALSE, sizeof(CcTagged)) };
    g_array_set_clear_func(s.found, clear_tagged);
    for (guint i = 0; i < p->n_units; i++) {
        s.u = p->units[i];
        for (guint k = 0; k < s.u->top_inits->len; k++)
            walk(&s, s.u->top_inits->pdata[k], NULL);
        for (guint k = 0; k < s.u->funcs->len; k++)
            if (((Func *)s.u->funcs->pdata[k])->body)
                walk(&s, ((Func *)s.u->funcs->pdata[k])->body, NULL);
    }
    return s.found;
}
