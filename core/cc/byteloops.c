/* Loops that go through values by bytes, as many as a size says: a copy, an exchange, a comparison of anything. How
 * far such a loop has come is a number of bytes, or an address, in the layout of the machine that runs it, and the
 * bytes it has done are in its order: after a checkpoint within, another machine would go on at another member, and
 * write beyond a structure that is smaller there. So these loops are marked, and what is in them; no poll is placed
 * there (polls.c), and what is reached from there nevertheless is reported (keptsize.c).
 *
 * Two facts are spread over variables, members and results, regardless of order, until there are no more: "may be
 * made of a sizeof", also addresses, for the ends of ranges; and "may lead to something else than characters".
 * Trees and kinds of types only, never sizes: every architecture marks the same loops. */
#include "leads.h"
#include "places.h"

typedef struct Spread {
    Program *p;
    const Func *f;
    GHashTable *sized, *other; /* places */
    gboolean changed;
} Spread;

static CXType canonical(CXType t) { return clang_getCanonicalType(t); }

static gboolean is_byte_pointer(CXType t)
{
    CXType c = canonical(t), to = canonical(clang_getPointeeType(c));
    return c.kind == CXType_Pointer && (to.kind == CXType_Void || cc_is_character(to));
}

/* ---- places ---- */

static gconstpointer place_of(const Spread *s, Node *n) { return cc_place_of(s->p, n); }

static gboolean has(GHashTable *places, gconstpointer place)
{
    return place && g_hash_table_contains(places, place);
}

static void add(Spread *s, GHashTable *places, gconstpointer place)
{
    if (place)
        s->changed |= g_hash_table_add(places, (gpointer)(uintptr_t)place);
}

typedef gboolean (*Fact)(const Spread *s, Node *n);

static gboolean is_of_result(const Spread *s, GHashTable *places, const Node *call)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    gboolean any = FALSE;
    cc_call_targets(s->p, call, list);
    for (guint i = 0; i < list->len; i++)
        any |= has(places, list->pdata[i]);
    return any;
}

static gboolean any_kid(const Spread *s, const Node *n, guint from, Fact fact)
{
    for (guint i = from; i < n->n_kids; i++)
        if (fact(s, n->kid[i]))
            return TRUE;
    return FALSE;
}

/* ---- may it be made of a sizeof? ---- */

gboolean cc_counts_characters(const Unit *u, const Node *n)
{
    if (n->kind != N_SIZEOF)
        return FALSE;
    if (n->n_kids == 1 && n->kid[0]->end == n->end)
        return cc_is_bytes(n->kid[0]->type);
    g_autofree char *text = g_strndup(u->text + n->begin, n->end - n->begin);
    return g_regex_match_simple("^sizeof\\s*\\(\\s*((un)?signed\\s+)?char\\b[^*]*\\)$", text, 0, 0);
}

gboolean cc_is_comparison(const Node *n)
{
    return n->kind == N_OPERATOR && n->n_kids == 2 && n->op >= CXBinaryOperator_LT && n->op <= CXBinaryOperator_NE;
}

static gboolean is_sized(const Spread *s, Node *n);

static gboolean is_sized_operator(const Spread *s, Node *n)
{
    const Node *first = n->kid[0];
    if (cc_is_comparison(n))
        return FALSE;
    if (n->n_kids == 2 && (n->op == CXBinaryOperator_Div || n->op == CXBinaryOperator_DivAssign))
        return is_sized(s, n->kid[0]) && !is_sized(s, n->kid[1]); /* by a size: a number of elements */
    if (clang_getCursorKind(n->cursor) == CXCursor_ArraySubscriptExpr ||
        (n->n_kids == 1 && !n->stores && canonical(first->conv).kind == CXType_Pointer))
        return !cc_is_character(n->type) && has(s->sized, place_of(s, n));
    return any_kid(s, n, 0, is_sized);
}

/* Addresses of structures and the like are computed by elements. */
static gboolean goes_by_elements(CXType t)
{
    CXType c = canonical(t), to = canonical(clang_getPointeeType(c));
    return c.kind == CXType_Pointer && to.kind >= CXType_Complex;
}

/* A number that may be made of the size of anything but characters, or an address computed with one. */
static gboolean is_sized(const Spread *s, Node *n)
{
    if (goes_by_elements(n->type))
        return FALSE;
    switch (n->kind) {
    case N_SIZEOF: return !cc_counts_characters(s->f->unit, n);
    case N_REF:
    case N_MEMBER: return cc_is_size(s->f->unit, n) || has(s->sized, place_of(s, n));
    case N_OTHER: return cc_is_size(s->f->unit, n);
    case N_PAREN:
    case N_CAST: return is_sized(s, n->kid[n->n_kids - 1]);
    case N_COMMA:
    case N_ASSIGN: return is_sized(s, n->kid[1]);
    case N_COND: return any_kid(s, n, 1, is_sized);
    case N_ELVIS: return any_kid(s, n, 0, is_sized);
    case N_OPERATOR: return is_sized_operator(s, n);
    case N_CALL: return is_of_result(s, s->sized, n);
    default: return FALSE;
    }
}

/* Does what is tested here depend on one? */
static gboolean tests_size(const Spread *s, Node *n)
{
    if (is_sized(s, n))
        return TRUE;
    gboolean inside = cc_is_comparison(n) || n->kind == N_LOGICAL_AND || n->kind == N_LOGICAL_OR || n->kind == N_PAREN ||
                      n->kind == N_CAST || n->kind == N_COMMA || n->kind == N_ASSIGN;
    return inside && any_kid(s, n, 0, tests_size);
}

/* ---- may it lead to something else than characters? ---- */

static gboolean leads_elsewhere(CXType t)
{
    CXType c = canonical(t);
    return c.kind == CXType_Pointer && !is_byte_pointer(c) && !cc_is_bytes(clang_getPointeeType(c));
}

static gboolean is_other(const Spread *s, Node *n)
{
    n = cc_strip_casts(n);
    CXType c = canonical(n->type);
    if (leads_elsewhere(c))
        return TRUE;
    if (clang_getArrayElementType(c).kind != CXType_Invalid)
        return !cc_is_bytes(c);
    switch (n->kind) {
    case N_REF:
    case N_MEMBER: return has(s->other, place_of(s, n));
    case N_COMMA:
    case N_ASSIGN: return is_other(s, n->kid[1]);
    case N_COND: return any_kid(s, n, 1, is_other);
    case N_ELVIS: return any_kid(s, n, 0, is_other);
    case N_ADDRESS:
    case N_OPERATOR: return any_kid(s, n, 0, is_other); /* &p[i], p + i, p++ */
    case N_CALL: return is_of_result(s, s->other, n);
    default: return FALSE;
    }
}

/* (struct part *)v->data: what is seen as something else has been made of it, wherever that was. Not so results:
 * allocators return anything. */
static void seen_as(Spread *s, CXType t, Node *value)
{
    Node *n = cc_strip_casts(value);
    if (leads_elsewhere(t) && is_byte_pointer(n->type) && (n->kind == N_REF || n->kind == N_MEMBER))
        add(s, s->other, place_of(s, n));
}

/* ---- the walk that spreads both ---- */

/* Both ways. */
static void flow_back(Spread *s, GHashTable *places, gconstpointer a, gconstpointer b)
{
    if (has(places, a))
        add(s, places, b);
    if (has(places, b))
        add(s, places, a);
}

static void flow(gpointer spread, const CcGift *gift)
{
    Spread *s = spread;
    Node *value = gift->value, *plain = cc_strip_casts(value);
    s->f = gift->f;
    seen_as(s, value->conv, value);
    if (!gift->to)
        return;
    if (is_sized(s, value))
        add(s, s->sized, gift->to);
    if (is_byte_pointer(value->conv) && is_other(s, value))
        add(s, s->other, gift->to);
    if (gift->argument && plain->kind == N_ADDRESS) /* either may write it */
        flow_back(s, s->sized, gift->to, place_of(s, plain));
}

static void look_at_cast(gpointer spread, const Func *f, Node *n)
{
    (void)f;
    if (n->kind == N_CAST)
        seen_as(spread, n->type, n->kid[n->n_kids - 1]);
}

/* ---- the loops ---- */

static gboolean steps_bytes(const Spread *s, Node *n)
{
    if (n->kind != N_OPERATOR)
        return FALSE;
    if (n->stores && n->n_kids && is_byte_pointer(n->kid[0]->type))
        return (n->n_kids == 1 || !is_sized(s, n->kid[1])) && is_other(s, n->kid[0]); /* by a size: by elements */
    Node *pointer = cc_character_of(n);
    guint64 at;
    if (!pointer || !is_other(s, pointer))
        return FALSE;
    if (n->n_kids == 1)
        return cc_strip(pointer)->kind == N_OPERATOR; /* *(p + i) */
    return !cc_constant(n->kid[pointer == n->kid[0] ? 1 : 0], &at);
}

/* Between two places of the text. */
static gboolean goes_by_bytes(const Spread *s, Node *n, guint from, guint to)
{
    if (n->kind == N_SIZEOF || n->end <= from || n->begin >= to)
        return FALSE;
    if (n->begin >= from && n->end <= to && steps_bytes(s, n))
        return TRUE;
    for (guint i = 0; i < n->n_kids; i++)
        if (goes_by_bytes(s, n->kid[i], from, to))
            return TRUE;
    return FALSE;
}

static gboolean leaves(const Node *n)
{
    if (n->kind == N_BREAK || n->kind == N_RETURN || n->kind == N_GOTO)
        return TRUE;
    for (guint i = 0; i < n->n_kids; i++)
        if (leaves(n->kid[i]))
            return TRUE;
    return FALSE;
}

/* The tests by which one leaves what stands between two places, or goes round. */
static void add_exits(Node *n, guint from, guint to, GPtrArray *tests)
{
    if (n->kind == N_SIZEOF || n->end <= from || n->begin >= to)
        return;
    if (n->kind == N_IF && n->begin >= from && leaves(n))
        g_ptr_array_add(tests, n->cond);
    for (guint i = 0; i < n->n_kids; i++)
        add_exits(n->kid[i], from, to, tests);
}

void cc_loop_tests(const Node *loop, GPtrArray *tests)
{
    if (loop->cond)
        g_ptr_array_add(tests, loop->cond);
    add_exits(loop->body, loop->body->begin, loop->body->end, tests);
}

static gboolean any_tests_size(const Spread *s, const GPtrArray *tests)
{
    for (guint i = 0; i < tests->len; i++)
        if (tests_size(s, tests->pdata[i]))
            return TRUE;
    return FALSE;
}

static gboolean is_by_bytes(const Spread *s, Node *n)
{
    g_autoptr(GPtrArray) tests = g_ptr_array_new();
    const Node *label = cc_is_loop(n) ? NULL : cc_label_behind(s->f, n);
    if (cc_is_loop(n)) {
        cc_loop_tests(n, tests);
        return any_tests_size(s, tests) && goes_by_bytes(s, n, n->begin, n->end);
    }
    if (!label)
        return FALSE;
    add_exits(s->f->body, label->begin, n->end, tests);
    return any_tests_size(s, tests) && goes_by_bytes(s, s->f->body, label->begin, n->end);
}

static void mark(const Spread *s, Node *n, gboolean within)
{
    if (n->kind == N_SIZEOF)
        return;
    if (cc_is_loop(n) || n->kind == N_GOTO)
        within = n->by_bytes = within || is_by_bytes(s, n);
    for (guint i = 0; i < n->n_kids; i++)
        mark(s, n->kid[i], within);
}

void cc_mark_byte_loops(Program *p)
{
    Spread s = { .p = p, .sized = g_hash_table_new(NULL, NULL), .other = g_hash_table_new(NULL, NULL) };
    do {
        s.changed = FALSE;
        cc_each_gift(p, flow, look_at_cast, &s);
    } while (s.changed);
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; k < p->units[i]->funcs->len; k++) {
            s.f = p->units[i]->funcs->pdata[k];
            if (s.f->body && !s.f->unit->is_ours)
                mark(&s, s.f->body, FALSE);
        }
    g_hash_table_unref(s.sized);
    g_hash_table_unref(s.other);
}
