/* Sizes that a program keeps. sizeof(struct x) in a variable that lives at a poll is a number, and goes to
 * other machines as it is, where the struct may have another size. That does no harm to what only counts
 * bytes; what steps through memory with it, or copies by it, would go wrong there.
 *
 * Facts, "this may hold a value made of that sizeof", are spread over variables, members and results without
 * regard to the order of statements, until there are no more. Those that have been in something which lives
 * at a poll, and end in byte-pointer arithmetic or as the size of a copy, are listed in the model with the
 * value here; where the architectures' values differ, it is an error (link.c).
 *
 * The same is done with numbers of the library's (numbers.c): what errno or a signal's handler was given, and
 * constants, but only those that may get to where the library wants such a number, or the program compares with one
 * ("demanded" places). */
#include "ast.h"
#include "hints.h"
#include "libc_table.h"
#include "longs.h"
#include "numbers.h"
#include "parse.h"
#include "types.h"
#include <string.h>

typedef struct Place { /* a variable, a member, a function's result */
    char *name;        /* "f.x", "struct s.m": as a hint names it */
    const char *file;
    guint line, col;
    gboolean lives, vouched, demanded;
    GPtrArray *facts; /* Fact*, one for each source */
} Place;

typedef struct Fact {
    const Node *source; /* a sizeof, an offsetof, an enumerator; where a number of the library's comes from */
    gboolean number;    /* of the library's */
    gboolean characters; /* the first of its source: a sizeof of nothing else */
    const Place *kept;  /* where it lived at a poll, or NULL */
} Fact;

typedef struct Sizes {
    Program *p;
    GHashTable *places; /* Decl*, Func* -> Place */
    GHashTable *members;
    GPtrArray *all, *facts; /* owned Place*, Fact* */
    const Func *f;
    gboolean changed, listing, demanding;
    GHashTable *sources; /* Node* -> Fact, or NULL: it is none */
    GHashTable *listed;  /* "source kept" */
} Sizes;

static void place_free(gpointer data)
{
    Place *place = data;
    g_ptr_array_unref(place->facts);
    g_free(place->name);
    g_free(place);
}

static Place *place_new(Sizes *s, char *name, const char *file, guint line, guint col, gboolean lives)
{
    Place *place = g_new0(Place, 1);
    *place = (Place){ .name = name, .file = file, .line = line, .col = col, .lives = lives };
    place->facts = g_ptr_array_new();
    place->vouched = cc_hint(s->p, HINT_SIZE, name) != NULL;
    g_ptr_array_add(s->all, place);
    return place;
}

static gboolean lives_at_polls(const Decl *d)
{
    if (d->kind == D_GLOBAL || d->kind == D_STATIC_LOCAL)
        return !d->is_const;
    return d->func && d->func->reaching && (d->escapes || d->saved);
}

static Place *place_of(Sizes *s, Decl *d)
{
    Decl *shared = d->kind == D_GLOBAL && !d->is_static ? g_hash_table_lookup(s->p->variables, d->name) : NULL;
    d = shared ? shared : d;
    Place *place = g_hash_table_lookup(s->places, d);
    if (place)
        return place;
    char *name = d->func && d->kind != D_FUNC ? g_strdup_printf("%s.%s", d->func->decl->name, d->name)
                                              : g_strdup(d->name);
    place = place_new(s, name, d->file, d->line, d->col, lives_at_polls(d));
    g_hash_table_insert(s->places, d, place);
    return place;
}

/* The same member in all units: by its struct's name, or the place of one without a name. None for a union's:
 * values of all kinds pass through them in interpreters, and whatever came out would look like a size. */
static Place *place_of_field(Sizes *s, Unit *u, CXCursor field)
{
    const char *file;
    guint line, col;
    if (clang_getCursorKind(field) != CXCursor_FieldDecl)
        return NULL;
    CXCursor record = clang_getCursorSemanticParent(field);
    if (clang_getCursorKind(record) == CXCursor_UnionDecl)
        return NULL;
    g_autofree char *of = cc_take_string(clang_getCursorSpelling(record));
    char *member = cc_take_string(clang_getCursorSpelling(field));
    cc_presumed(u, clang_getCursorLocation(field), &file, &line, &col);
    gboolean named = *of && !strchr(of, '(');
    g_autofree char *key = named ? g_strdup_printf("%s.%s", of, member)
                                 : g_strdup_printf("%s:%u:%u.%s", file, line, col, member);
    Place *place = g_hash_table_lookup(s->members, key);
    if (place) {
        g_free(member);
        return place;
    }
    place = place_new(s, named ? g_strdup(key) : member, file, line, col, TRUE);
    if (named)
        g_free(member);
    g_hash_table_insert(s->members, g_strdup(key), place);
    return place;
}

static Place *place_of_result(Sizes *s, Func *f)
{
    Place *place = g_hash_table_lookup(s->places, f);
    if (!place) {
        place = place_new(s, g_strdup_printf("%s()", f->decl->name), f->decl->file, f->decl->line, f->decl->col,
                          FALSE);
        g_hash_table_insert(s->places, f, place);
    }
    return place;
}

/* ---- facts ---- */

static void add_fact(Sizes *s, GPtrArray *to, const Node *source, gboolean number, const Place *kept)
{
    for (guint i = 0; i < to->len; i++) {
        Fact *known = to->pdata[i];
        if (known->source != source)
            continue;
        if (!known->kept && kept) {
            known->kept = kept;
            s->changed = TRUE;
        }
        return;
    }
    Fact *fact = g_new0(Fact, 1);
    *fact = (Fact){ .source = source, .number = number, .kept = kept };
    g_ptr_array_add(s->facts, fact);
    g_ptr_array_add(to, fact);
    s->changed = TRUE;
}

/* `constant`: what takes it is part of an object that each machine has as its own. */
static void flow(Sizes *s, Place *to, const GPtrArray *values, gboolean constant)
{
    for (guint i = 0; to && !to->vouched && i < values->len; i++) {
        const Fact *fact = values->pdata[i];
        const Place *here = to->lives && !constant ? to : NULL;
        add_fact(s, to->facts, fact->source, fact->number, fact->kept ? fact->kept : here);
    }
}

static void take_all(Sizes *s, GPtrArray *values, Place *from)
{
    if (from && s->demanding && !from->demanded)
        from->demanded = s->changed = TRUE;
    for (guint i = 0; from && i < from->facts->len; i++)
        g_ptr_array_add(values, from->facts->pdata[i]);
}

static Place *target(Sizes *s, Node *n)
{
    n = cc_strip(n);
    if (n->kind == N_REF && n->decl && n->decl->kind != D_FUNC)
        return place_of(s, n->decl);
    if (n->kind == N_MEMBER)
        return place_of_field(s, s->f->unit, clang_getCursorReferenced(n->cursor));
    if ((n->kind == N_OPERATOR || n->kind == N_ADDRESS) && n->n_kids)
        return target(s, n->kid[0]); /* a[i], *p, &x: as the whole */
    return NULL;
}

static enum CXChildVisitResult find_sizeof(CXCursor c, CXCursor parent, CXClientData found)
{
    (void)parent;
    *(gboolean *)found |= clang_getCursorKind(c) == CXCursor_UnaryExpr;
    return CXChildVisit_Recurse;
}

gboolean cc_is_size(const Unit *u, const Node *n)
{
    if (n->kind != N_REF)
        return n->kind == N_SIZEOF || g_str_has_prefix(u->text + n->begin, "__builtin_offsetof");
    CXCursor to = clang_getCursorReferenced(n->cursor);
    gboolean found = FALSE;
    if (clang_getCursorKind(to) == CXCursor_EnumConstantDecl)
        clang_visitChildren(to, find_sizeof, &found);
    return found;
}

static gboolean is_literal(const Node *n) { return clang_getCursorKind(n->cursor) == CXCursor_IntegerLiteral; }

static gboolean add_source(Sizes *s, GPtrArray *values, const Node *n)
{
    gpointer known;
    gboolean number = cc_is_errno(n) || cc_is_exponent(n) || (s->demanding && is_literal(n));
    if (!number && n->kind != N_SIZEOF && n->kind != N_OTHER && (n->kind != N_REF || n->decl))
        return FALSE;
    if (!g_hash_table_lookup_extended(s->sources, n, NULL, &known) || (number && !known)) {
        Fact *fact = number || cc_is_size(s->f->unit, n) ? g_new0(Fact, 1) : NULL;
        if (fact) {
            *fact = (Fact){ .source = n, .number = number, .characters = cc_counts_characters(s->f->unit, n) };
            g_ptr_array_add(s->facts, fact);
        }
        g_hash_table_insert(s->sources, (gpointer)(uintptr_t)n, fact);
        known = fact;
    }
    if (known)
        g_ptr_array_add(values, known);
    return known != NULL;
}

static gboolean is_number(const Node *n)
{
    enum CXTypeKind kind = clang_getCanonicalType(n->conv).kind;
    return kind >= CXType_Bool && kind <= CXType_Int128;
}

static void values_of(Sizes *s, Node *n, GPtrArray *values);

static void values_of_operator(Sizes *s, Node *n, GPtrArray *values)
{
    guint before = values->len;
    switch (n->op) {
    case CXBinaryOperator_Div: /* by a size: a number of elements */
    case CXBinaryOperator_Rem:
        if (n->n_kids == 2)
            values_of(s, n->kid[1], values);
        if (values->len == before)
            values_of(s, n->kid[0], values);
        else
            g_ptr_array_set_size(values, (gint)before);
        return;
    default: break;
    }
    if (cc_is_comparison(n))
        return;
    if (n->n_kids == 2 && clang_getCursorKind(n->cursor) == CXCursor_ArraySubscriptExpr)
        take_all(s, values, target(s, n));
    else if (n->n_kids == 1 && clang_getCanonicalType(n->kid[0]->conv).kind == CXType_Pointer)
        take_all(s, values, target(s, n));
    else
        for (guint i = 0; i < n->n_kids; i++)
            values_of(s, n->kid[i], values);
}

/* Facts of a number's value. */
static void values_of(Sizes *s, Node *n, GPtrArray *values)
{
    if (!is_number(n) || add_source(s, values, n))
        return;
    switch (n->kind) {
    case N_REF:
    case N_MEMBER: take_all(s, values, target(s, n)); break;
    case N_PAREN:
    case N_CAST: values_of(s, n->kid[n->n_kids - 1], values); break;
    case N_COMMA:
    case N_ASSIGN: values_of(s, n->kid[1], values); break;
    case N_COND:
    case N_ELVIS:
        for (guint i = n->kind == N_COND ? 1 : 0; i < n->n_kids; i++)
            values_of(s, n->kid[i], values);
        break;
    case N_OPERATOR: values_of_operator(s, n, values); break;
    case N_CALL: {
        g_autoptr(GPtrArray) list = g_ptr_array_new();
        cc_call_targets(s->p, n, list);
        for (guint i = 0; i < list->len; i++)
            take_all(s, values, place_of_result(s, list->pdata[i]));
        break;
    }
    default: break;
    }
}

static void flow_value(Sizes *s, Place *to, Node *value, gboolean constant)
{
    g_autoptr(GPtrArray) values = g_ptr_array_new();
    s->demanding = to && to->demanded;
    values_of(s, value, values);
    s->demanding = FALSE;
    flow(s, to, values, constant);
}

/* A handler's parameter is a signal's number. */
static void give_signal(Sizes *s, const Func *handler, const Node *source)
{
    Place *signal = handler ? place_of(s, handler->params->pdata[0]) : NULL;
    if (signal && !signal->vouched)
        add_fact(s, signal->facts, source, TRUE, signal->lives ? signal : NULL);
}

/* ---- initialisers ---- */

typedef struct Initialised { Sizes *s; Unit *u; Place *whole; gboolean constant; } Initialised;

static void flow_initial(gpointer data, CXCursor member, CXType t, Node *value)
{
    const Initialised *to = data;
    (void)t;
    if (!clang_Cursor_isNull(member) && cc_is_handler_member(member))
        give_signal(to->s, cc_handler(value), value);
    Place *place = clang_Cursor_isNull(member) ? to->whole : place_of_field(to->s, to->u, member);
    flow_value(to->s, place, value, to->constant);
}

static void flow_initialiser(Sizes *s, Place *whole, CXType t, Node *init, gboolean constant)
{
    Unit *u = s->f->unit;
    cc_each_initial(u, t, init, flow_initial, &(Initialised){ s, u, whole, constant });
}

/* ---- uses ---- */

/* The argument of a library function that is a number of bytes in memory. */
static guint size_argument(const Decl *d)
{
    static const struct { const char *name; guint at; } sizes[] = {
        { "memcpy", 3 }, { "memmove", 3 }, { "memset", 3 }, { "memcmp", 3 }, { "memchr", 3 }, { "mempcpy", 3 },
        { "bcopy", 3 }, { "bzero", 2 }, { "bcmp", 3 }, { "fread", 2 }, { "fwrite", 2 }, { "read", 3 },
        { "write", 3 }, { "pread", 3 }, { "pwrite", 3 }, { "qsort", 3 }, { "qsort_r", 3 }, { "bsearch", 4 },
        { "lfind", 4 }, { "lsearch", 4 },
    };
    static const char *const prefixes[] = { "__builtin_", "preaches_" };
    const char *name = d->name;
    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(name, prefixes[i]))
            name += strlen(prefixes[i]);
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
        if (strcmp(sizes[i].name, name) == 0)
            return sizes[i].at;
    return 0;
}

static gboolean is_byte_pointer(const Node *n)
{
    CXType c = clang_getCanonicalType(n->conv);
    if (c.kind != CXType_Pointer)
        return FALSE;
    CXType to = clang_getCanonicalType(clang_getPointeeType(c));
    return to.kind == CXType_Void || to.kind == CXType_Char_S || to.kind == CXType_Char_U ||
        to.kind == CXType_SChar || to.kind == CXType_UChar;
}

static guint64 value_here(const Node *n)
{
    CXCursor c = n->kind == N_REF ? clang_getCursorReferenced(n->cursor) : n->cursor;
    if (n->kind == N_REF)
        return (guint64)clang_getEnumConstantDeclValue(c);
    CXEvalResult r = clang_Cursor_Evaluate(c);
    guint64 value = r ? clang_EvalResult_getAsUnsigned(r) : 0;
    if (r)
        clang_EvalResult_dispose(r);
    return value;
}

static void list_row(Sizes *s, const Node *use, const Fact *fact, const Place *kept, guint64 value)
{
    char *key = fact->number ? g_strdup_printf("%p %p %p", (const void *)fact->source, (const void *)kept, (const void *)use)
                             : g_strdup_printf("%p %p", (const void *)fact->source, (const void *)kept);
    if (!kept || !g_hash_table_add(s->listed, key))
        return;
    const Node *n = fact->source;
    CcSize row = { .value = value, .file = g_strdup(n->file), .line = n->line, .col = n->col,
                   .what = fact->number ? CC_KEPT_NUMBER : cc_is_loop(use) ? CC_BYTES_DONE : CC_KEPT_SIZE,
                   .kept = g_strdup(kept->name), .kept_file = g_strdup(kept->file),
                   .kept_line = kept->line, .kept_col = kept->col,
                   .used_file = g_strdup(use->file), .used_line = use->line, .used_col = use->col };
    g_array_append_val(s->p->model->sizes, row);
}

static void list_use(Sizes *s, const Node *use, Node *size)
{
    g_autoptr(GPtrArray) values = g_ptr_array_new();
    values_of(s, size, values);
    for (guint i = 0; i < values->len; i++) {
        const Fact *fact = values->pdata[i];
        if (!fact->number)
            list_row(s, use, fact, fact->kept, value_here(fact->source));
    }
}

/* A kept number of the library's is used: as one, or (`as`) in comparison with a constant. */
static void list_number(Sizes *s, const Node *use, Node *number, const guint64 *as)
{
    g_autoptr(GPtrArray) values = g_ptr_array_new();
    if (!is_number(number))
        return;
    values_of(s, number, values);
    for (guint i = 0; i < values->len; i++) {
        const Fact *fact = values->pdata[i];
        gboolean literal = is_literal(fact->source);
        guint64 value = literal ? value_here(fact->source) : as ? *as : cc_numbering(s->p->arch);
        if (fact->number && !(literal && as && !cc_is_library_number(fact->source)))
            list_row(s, use, fact, fact->kept, value);
    }
}

/* pending[sig]: kept in the order of this machine's numbers. */
static void list_index(Sizes *s, Node *n)
{
    g_autoptr(GPtrArray) values = g_ptr_array_new();
    const Place *table = target(s, n->kid[0]);
    if (is_number(n->kid[1]) && table && table->lives && !table->vouched)
        values_of(s, n->kid[1], values);
    for (guint i = 0; i < values->len; i++) {
        const Fact *fact = values->pdata[i];
        if (fact->number && !is_literal(fact->source) && !cc_is_exponent(fact->source))
            list_row(s, n, fact, table, cc_numbering(s->p->arch));
    }
}

static void list_numbers(Sizes *s, Node *n)
{
    guint64 value;
    guint at = n->kind == N_CALL ? cc_number_argument(n) : 0;
    if (at)
        list_number(s, n, n->kid[at], NULL);
    if (n->kind == N_ASSIGN && cc_is_errno(n->kid[0]))
        list_number(s, n, n->kid[1], NULL);
    if (n->kind == N_SWITCH) {
        value = cc_case_values(n);
        list_number(s, n, n->cond, &value);
    }
    if (n->kind != N_OPERATOR || n->n_kids != 2)
        return;
    cc_list_word_literals(s->p->model, n);
    if (clang_getCursorKind(n->cursor) == CXCursor_ArraySubscriptExpr)
        list_index(s, n);
    else if (n->op == CXBinaryOperator_EQ || n->op == CXBinaryOperator_NE || n->op == CXBinaryOperator_And)
        for (guint i = 0; i < 2; i++)
            if (cc_constant(n->kid[i], &value))
                list_number(s, n, n->kid[1 - i], &value);
}

/* A loop that goes through values by bytes, and meets polls (byteloops.c): `test` says how far. What stands beside a
 * size in a comparison counts the bytes that have been done. */
static void list_count(Sizes *s, const Node *loop, Node *test, const Place *beside)
{
    g_autoptr(GPtrArray) values = g_ptr_array_new();
    values_of(s, test, values);
    for (guint i = 0; i < values->len; i++) {
        const Fact *fact = values->pdata[i];
        const Place *kept = fact->kept ? fact->kept : beside && beside->lives && !beside->vouched ? beside : NULL;
        const Fact *first = g_hash_table_lookup(s->sources, fact->source);
        if (!fact->number && !first->characters)
            list_row(s, loop, fact, kept, value_here(fact->source) * 2 + (s->p->arch->big_endian ? 1 : 0));
    }
    for (guint i = 0; !values->len && i < test->n_kids && test->kind != N_CALL && test->kind != N_SIZEOF; i++)
        list_count(s, loop, test->kid[i], cc_is_comparison(test) ? target(s, test->kid[1 - i]) : NULL);
}

static void list_counts(Sizes *s, const Node *loop)
{
    g_autoptr(GPtrArray) tests = g_ptr_array_new();
    cc_loop_tests(loop, tests);
    for (guint i = 0; i < tests->len; i++)
        list_count(s, loop, tests->pdata[i], NULL);
}

static void list_uses(Sizes *s, Node *n)
{
    if (cc_is_loop(n) && n->by_bytes && n->reach && s->f->reaching)
        list_counts(s, n);
    if (n->kind == N_CALL) {
        const Decl *d = cc_callee_decl(n);
        const Func *f = d ? cc_definition(d) : NULL;
        guint at = d && (!f || f->unit->is_ours) ? size_argument(d) : 0;
        if (at && at < n->n_kids)
            list_use(s, n, n->kid[at]);
    }
    if (n->kind != N_OPERATOR || n->n_kids != 2)
        return;
    gboolean sum = n->op == CXBinaryOperator_Add || n->op == CXBinaryOperator_Sub ||
        n->op == CXBinaryOperator_AddAssign || n->op == CXBinaryOperator_SubAssign ||
        clang_getCursorKind(n->cursor) == CXCursor_ArraySubscriptExpr;
    for (guint i = 0; sum && i < 2; i++)
        if (is_byte_pointer(n->kid[i]) && is_number(n->kid[1 - i]))
            list_use(s, n, n->kid[1 - i]);
}

/* ---- the walk ---- */

/* Whatever may be this value: numbers of the library's among it count. */
static void demand(Sizes *s, Node *n)
{
    g_autoptr(GPtrArray) wanted = g_ptr_array_new();
    s->demanding = TRUE;
    values_of(s, n, wanted);
    s->demanding = FALSE;
}

static void flow_call(Sizes *s, Node *n)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    guint number = cc_number_argument(n);
    if (number)
        demand(s, n->kid[number]);
    cc_call_targets(s->p, n, list);
    for (guint i = 0; i < list->len; i++) {
        const Func *to = list->pdata[i];
        for (guint k = 0; !to->unit->is_ours && k < to->params->len && k + 1 < n->n_kids; k++) {
            Place *parameter = place_of(s, to->params->pdata[k]);
            Node *argument = cc_strip(n->kid[k + 1]);
            flow_value(s, parameter, argument, FALSE);
            if (argument->kind == N_ADDRESS) { /* either may write it */
                Place *object = target(s, argument);
                if (object) {
                    flow(s, parameter, object->facts, FALSE);
                    flow(s, object, parameter->facts, FALSE);
                }
            }
        }
    }
}

static void visit(Sizes *s, Node *n)
{
    if (n->kind == N_SIZEOF)
        return;
    if (!s->listing) {
        Node *compared = cc_compared_with_number(n);
        if (compared)
            demand(s, compared);
        give_signal(s, cc_handler_given(n), n);
    }
    if (s->listing) {
        list_uses(s, n);
        list_numbers(s, n);
    } else if (n->kind == N_VAR && n->init)
        flow_initialiser(s, place_of(s, n->decl), n->decl->type, n->init,
                         n->decl->is_const && n->decl->kind != D_LOCAL);
    else if (n->kind == N_COMPOUND_LITERAL && n->n_kids)
        flow_initialiser(s, NULL, n->type, n->kid[n->n_kids - 1], FALSE);
    else if (n->kind == N_ASSIGN || (n->stores && n->n_kids == 2))
        flow_value(s, target(s, n->kid[0]), n->kid[1], FALSE);
    else if (n->kind == N_RETURN && n->cond)
        flow_value(s, place_of_result(s, (Func *)(uintptr_t)s->f), n->cond, FALSE);
    else if (n->kind == N_CALL)
        flow_call(s, n);
    for (guint i = 0; i < n->n_kids; i++)
        visit(s, n->kid[i]);
}

static void visit_program(Sizes *s)
{
    for (guint i = 0; i < s->p->n_units; i++) {
        Unit *u = s->p->units[i];
        Func outside = { .unit = u };
        for (guint k = 0; k < u->funcs->len && !u->is_ours; k++) {
            s->f = u->funcs->pdata[k];
            if (s->f->body)
                visit(s, s->f->body);
        }
        s->f = &outside;
        for (guint k = 0; k < u->top_inits->len; k++)
            visit(s, u->top_inits->pdata[k]);
    }
}

void cc_sizes(Program *p)
{
    Sizes s = { .p = p, .places = g_hash_table_new(NULL, NULL) };
    s.sources = g_hash_table_new(NULL, NULL);
    s.members = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    s.listed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    s.all = g_ptr_array_new_with_free_func(place_free);
    s.facts = g_ptr_array_new_with_free_func(g_free);
    do {
        s.changed = FALSE;
        visit_program(&s);
    } while (s.changed);
    s.listing = TRUE;
    visit_program(&s);
    g_hash_table_unref(s.places);
    g_hash_table_unref(s.sources);
    g_hash_table_unref(s.members);
    g_hash_table_unref(s.listed);
    g_ptr_array_unref(s.all);
    g_ptr_array_unref(s.facts);
}
