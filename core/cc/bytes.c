/* Values kept as bytes. Memory of characters is carried over byte by byte: an int that was copied into a
 * char array, or written there through a cast, would come out in the wrong order, of the wrong size, or as
 * an address of another machine.
 *
 * Pointers to char and to void say little by their type, so what they may lead to is followed through the
 * whole program: each variable, member, parameter and result of such a type is a place, and a fixed point
 * over all that is ever put into it, regardless of order, says whether it may lead to characters, to wider
 * values, or to both (Andersen 1994, with two classes of objects). */
#include "ast.h"
#include "alloc.h"
#include "hints.h"
#include <string.h>

enum { TO_BYTES = 1, TO_VALUES = 2 };

typedef struct Flow { gconstpointer place; Node *value; guint levels; /* of what is assigned to */ } Flow;
typedef struct Bytes {
    Program *p;
    GHashTable *leads;   /* place -> what it may lead to */
    GArray *flows;       /* Flow */
    GHashTable *vouched; /* Func* that a hint 'bytes' names: what its parameters lead to counts as characters */
} Bytes;

static CXType canonical(CXType t) { return clang_getCanonicalType(t); }

static gboolean is_array(CXType t)
{
    enum CXTypeKind kind = canonical(t).kind;
    return kind == CXType_ConstantArray || kind == CXType_IncompleteArray || kind == CXType_VariableArray;
}

static gboolean is_address(CXType t) { return canonical(t).kind == CXType_Pointer || is_array(t); }

static gboolean is_character(CXType t)
{
    enum CXTypeKind kind = canonical(t).kind;
    return kind == CXType_Char_S || kind == CXType_Char_U || kind == CXType_SChar || kind == CXType_UChar ||
           kind == CXType_Bool;
}

static gboolean is_bytes(CXType t);

static enum CXVisitorResult visit_field(CXCursor field, CXClientData data)
{
    gboolean *bytes = data;
    *bytes = *bytes && is_bytes(clang_getCursorType(field));
    return *bytes ? CXVisit_Continue : CXVisit_Break;
}

/* Nothing but characters. */
static gboolean is_bytes(CXType t)
{
    gboolean bytes = TRUE;
    t = canonical(t);
    while (is_array(t))
        t = canonical(clang_getArrayElementType(t));
    if (t.kind != CXType_Record)
        return is_character(t);
    clang_Type_visitFields(t, visit_field, &bytes);
    return bytes;
}

/* What is left of a type behind all its pointers and arrays. */
static CXType innermost(CXType t)
{
    for (t = canonical(t);; t = canonical(t))
        if (is_array(t))
            t = clang_getArrayElementType(t);
        else if (t.kind == CXType_Pointer)
            t = clang_getPointeeType(t);
        else
            return t;
}

static gboolean says_little(CXType base) { return base.kind == CXType_Void || is_character(base); }

/* How many pointers lie between a value of this type and what is behind them all. */
static guint levels(CXType t)
{
    guint n = is_array(t) ? 1 : 0;
    for (t = canonical(t);; t = canonical(t))
        if (is_array(t)) {
            t = clang_getArrayElementType(t);
        } else if (t.kind == CXType_Pointer) {
            t = clang_getPointeeType(t);
            n++;
        } else {
            return n;
        }
}

/* What a pointer's type alone tells. */
static guint says(CXType pointer)
{
    CXType base = innermost(pointer);
    if (!levels(pointer) || says_little(base) || base.kind == CXType_FunctionProto)
        return 0;
    return levels(pointer) == 1 && is_bytes(base) ? TO_BYTES : TO_VALUES;
}

/* ---- places ---- */

static gconstpointer place_of(Bytes *b, const Node *n)
{
    if (n->kind == N_MEMBER) {
        CXString usr = clang_getCursorUSR(clang_getCursorReferenced(n->cursor));
        const char *name = g_intern_string(clang_getCString(usr));
        clang_disposeString(usr);
        return name;
    }
    if (n->kind != N_REF || !n->decl)
        return NULL;
    const Decl *d = n->decl;
    const Decl *defined = d->kind == D_GLOBAL && !d->defined ? g_hash_table_lookup(b->p->variables, d->name) : NULL;
    return defined ? defined : d;
}

static guint leads(Bytes *b, gconstpointer place)
{
    return place ? GPOINTER_TO_UINT(g_hash_table_lookup(b->leads, place)) : 0;
}

/* ---- what an expression leads to, behind all its pointers ---- */

static guint leads_to(Bytes *b, const Node *n);

/* The same of `n` as a pointer with so many levels: those of another number lead to pointers, or tell nothing. */
static guint leads_as(Bytes *b, const Node *n, guint wanted)
{
    guint own = levels(n->type);
    if (own == wanted || !own)
        return leads_to(b, n);
    return own > wanted ? TO_VALUES : 0;
}

/* Does the object outlive the checkpoint it might be part of? */
static gboolean lasts(const Node *n)
{
    const Decl *d = n->kind == N_REF ? n->decl : NULL;
    gboolean local = d && (d->kind == D_LOCAL || d->kind == D_PARAM);
    return !local || (d->func && d->func->reaching && !d->sheltered);
}

/* A variable or member: itself, when it is an array, else what it points to. */
static guint object(Bytes *b, const Node *n)
{
    CXType t = canonical(n->type);
    gboolean own = is_array(t);
    while (is_array(t))
        t = canonical(clang_getArrayElementType(t));
    if (own && t.kind != CXType_Pointer)
        return is_bytes(t) ? (lasts(n) ? TO_BYTES : 0) : TO_VALUES;
    if (t.kind != CXType_Pointer)
        return 0;
    return says_little(innermost(t)) ? leads(b, place_of(b, n)) : says(t);
}

static guint operand_of_address(Bytes *b, Node *n)
{
    n = cc_strip(n);
    if (n->kind == N_OPERATOR && is_character(n->type))
        return leads_to(b, n);
    if (is_address(n->type))
        return leads_to(b, n);
    if (is_character(n->type))
        return 0;
    return is_bytes(n->type) ? TO_BYTES : TO_VALUES;
}

/* p + i, p[i], *p, p++: what p leads to. */
static guint operator(Bytes *b, const Node *n)
{
    guint to = 0;
    for (guint i = 0; i < n->n_kids; i++)
        if (is_address(n->kid[i]->type))
            to |= leads_to(b, n->kid[i]);
    return to;
}

static guint result(Bytes *b, Node *n)
{
    static const char *const hand_back[] = { "memcpy", "memmove", "memset", "strcpy", "strcat", "strncpy",
                                             "strchr", "strrchr", "strstr", "memchr" };
    Func *f = cc_callee(n);
    Decl *d = cc_callee_decl(n);
    if (f)
        return leads(b, f);
    for (guint i = 0; d && i < G_N_ELEMENTS(hand_back); i++)
        if (strcmp(d->name, hand_back[i]) == 0 && n->n_kids > 1)
            return leads_to(b, n->kid[1]);
    CXType to = canonical(clang_getPointeeType(canonical(n->type)));
    return is_character(to) ? TO_BYTES : 0;
}

static guint leads_to(Bytes *b, const Node *n)
{
    guint to;
    switch (n->kind) {
    case N_PAREN: return leads_to(b, n->kid[0]);
    case N_CAST:
        to = is_address(n->kid[0]->type) ? leads_as(b, n->kid[0], levels(n->type)) : 0;
        return to ? to : says(n->type);
    case N_COND: return leads_to(b, n->kid[1]) | leads_to(b, n->kid[2]);
    case N_COMMA: return leads_to(b, n->kid[n->n_kids - 1]);
    case N_ASSIGN: return leads_to(b, n->kid[0]);
    case N_ADDRESS: return operand_of_address(b, n->kid[0]);
    case N_REF:
    case N_MEMBER: return object(b, n);
    case N_OPERATOR: return operator(b, n);
    case N_CALL: return result(b, (Node *)(uintptr_t)n);
    default: return 0;
    }
}

/* ---- what is put where ---- */

/* `place`, or what it leads to, of type `t`, is given `value`; only pointers that say little are of interest. */
static void flow(Bytes *b, gconstpointer place, CXType t, Node *value)
{
    if (place && levels(t) && says_little(innermost(t)))
        g_array_append_val(b->flows, ((Flow){ place, value, levels(t) }));
}

/* The variable or member that `n`, what is assigned to, is a part of. */
static Node *base(Node *n)
{
    for (;;) {
        n = cc_strip(n);
        if (n->kind == N_CAST)
            n = n->kid[0];
        else if (n->kind == N_OPERATOR && n->n_kids && is_address(n->kid[0]->type))
            n = n->kid[0];
        else
            return n;
    }
}

static void flow_arguments(Bytes *b, const Func *f, const Node *call)
{
    if (g_hash_table_contains(b->vouched, f))
        return;
    for (guint i = 0; i < f->params->len && i + 1 < call->n_kids; i++) {
        Decl *param = f->params->pdata[i];
        flow(b, param, param->type, call->kid[i + 1]);
    }
}

static void collect_call(Bytes *b, Node *n)
{
    Func *f = cc_callee(n);
    if (f) {
        flow_arguments(b, f, n);
    } else if (!cc_callee_decl(n)) {
        g_autoptr(GPtrArray) targets = g_ptr_array_new();
        cc_call_targets(b->p, n, targets);
        for (guint i = 0; i < targets->len; i++)
            flow_arguments(b, targets->pdata[i], n);
    }
}

static void collect(Bytes *b, Func *f, Node *n)
{
    if (n->kind == N_ASSIGN) {
        Node *to = base(n->kid[0]);
        flow(b, place_of(b, to), n->kid[0]->type, n->kid[1]);
    }
    if (n->kind == N_VAR && n->decl && n->decl->init && n->decl->init->kind != N_INITLIST)
        flow(b, n->decl, n->decl->type, n->decl->init);
    if (n->kind == N_RETURN && n->n_kids && f)
        flow(b, f, n->kid[0]->conv, n->kid[0]);
    if (n->kind == N_CALL)
        collect_call(b, n);
    for (guint i = 0; i < n->n_kids; i++)
        if (n->kind != N_SIZEOF)
            collect(b, f, n->kid[i]);
}

/* A new block holds what its allocation site says. */
static guint value_of(Bytes *b, const Flow *flow)
{
    const Node *n = cc_plain_value(flow->value);
    if (n->kind != N_CALL || !n->alloc)
        return leads_as(b, flow->value, flow->levels);
    if (flow->levels > 1)
        return 0; /* pointers, none of them set yet */
    guint type = g_array_index(b->p->model->allocs, CcAlloc, n->alloc - 1).type;
    PrKind kind = g_array_index(b->p->model->types, CcType, type).kind;
    return kind >= PR_CHAR && kind <= PR_UCHAR ? TO_BYTES : TO_VALUES;
}

static void solve(Bytes *b)
{
    gboolean changed;
    do {
        changed = FALSE;
        for (guint i = 0; i < b->flows->len; i++) {
            const Flow *f = &g_array_index(b->flows, Flow, i);
            guint before = leads(b, f->place), now = before | value_of(b, f);
            if (now != before)
                g_hash_table_insert(b->leads, (gpointer)(uintptr_t)f->place, GUINT_TO_POINTER(now));
            changed |= now != before;
        }
    } while (changed);
}

/* ---- what is refused ---- */

static void check_copy(Bytes *b, const Node *n)
{
    static const char *const copies[] = { "memcpy", "memmove", "mempcpy", "__builtin_memcpy",
                                          "__builtin_memmove" };
    const Decl *d = cc_callee_decl(n);
    gboolean copy = FALSE;
    for (guint i = 0; d && !cc_callee(n) && i < G_N_ELEMENTS(copies); i++)
        copy |= strcmp(d->name, copies[i]) == 0;
    if (!copy || n->n_kids < 3)
        return;
    guint to = leads_as(b, n->kid[1], 1), from = leads_as(b, n->kid[2], 1);
    if (to == from || !((to | from) & TO_BYTES) || !((to | from) & TO_VALUES) || !to || !from)
        return;
    cc_warn_at(b->p, n, "-Wpreaches-bytes", "'%s' between characters and wider values: characters are carried "
               "over byte by byte, and are no such values on another machine", d->name);
}

/* What a file is given, or gives, in this machine's form. */
static void check_file(Bytes *b, const Node *n)
{
    static const struct { const char *name; guint buffer; } calls[] = {
        { "fread", 1 }, { "fwrite", 1 }, { "fread_unlocked", 1 }, { "fwrite_unlocked", 1 }, { "read", 2 },
        { "write", 2 }, { "pread", 2 }, { "pwrite", 2 },
    };
    const Decl *d = cc_callee_decl(n);
    for (guint i = 0; d && !cc_callee(n) && i < G_N_ELEMENTS(calls); i++)
        if (strcmp(d->name, calls[i].name) == 0 && n->n_kids > calls[i].buffer &&
            (leads_as(b, n->kid[calls[i].buffer], 1) & TO_VALUES))
            cc_warn_at(b->p, n, "-Wpreaches-bytes", "'%s' of values wider than a character: a file holds them in "
                       "one machine's form, and another machine reads other values", d->name);
}

static void check_cast(Bytes *b, const Node *n)
{
    CXType from = canonical(n->kid[0]->conv), to = canonical(n->type);
    if (from.kind != CXType_Pointer || to.kind != CXType_Pointer)
        return;
    CXType seen = canonical(clang_getPointeeType(to)), was = canonical(clang_getPointeeType(from));
    if (seen.kind == CXType_Void || is_bytes(seen) || !is_character(was))
        return;
    guint leads = leads_as(b, n->kid[0], 1);
    if (leads == TO_BYTES)
        cc_warn_at(b->p, n, "-Wpreaches-bytes", "characters seen as a wider type: they are carried over byte by "
                   "byte, and are no such values on another machine");
    else if (leads != TO_VALUES)
        cc_warn_at(b->p, n, "-Wpreaches-cast", "bytes seen as a wider type are carried over as bytes");
}

/* *(unsigned *)p, without the cast: NULL when it is something else. */
static Node *seen_whole(Node *n)
{
    n = cc_strip(n);
    Node *cast = n->kind == N_OPERATOR && n->n_kids == 1 && !n->stores ? cc_strip(n->kid[0]) : NULL;
    return cast && cast->kind == N_CAST ? cast->kid[0] : NULL;
}

/* Characters compared by the word are equal, or not, in any order. */
static gboolean is_comparison(const Node *n)
{
    return n->kind == N_OPERATOR && n->n_kids == 2 &&
           (n->op == CXBinaryOperator_EQ || n->op == CXBinaryOperator_NE) && seen_whole(n->kid[0]) &&
           seen_whole(n->kid[1]);
}

static void check(Bytes *b, const Node *n)
{
    if (n->kind == N_CALL) {
        check_copy(b, n);
        check_file(b, n);
    }
    if (n->kind == N_CAST)
        check_cast(b, n);
    if (is_comparison(n)) {
        check(b, seen_whole(n->kid[0]));
        check(b, seen_whole(n->kid[1]));
        return;
    }
    for (guint i = 0; i < n->n_kids; i++)
        if (n->kind != N_SIZEOF)
            check(b, n->kid[i]);
}

static void vouch(Bytes *b, const Unit *u, Func *f)
{
    (void)u;
    if (!cc_hint(b->p, HINT_BYTES, f->decl->name))
        return;
    g_hash_table_add(b->vouched, f);
    for (guint i = 0; i < f->params->len; i++)
        g_hash_table_insert(b->leads, f->params->pdata[i], GUINT_TO_POINTER(TO_BYTES));
}

static void collect_body(Bytes *b, const Unit *u, Func *f)
{
    (void)u;
    if (f->body)
        collect(b, f, f->body);
}

static void check_body(Bytes *b, const Unit *u, Func *f)
{
    if (f->body && !u->is_ours && !g_hash_table_contains(b->vouched, f))
        check(b, f->body);
}

static void each_function(Bytes *b, void (*visit)(Bytes *b, const Unit *u, Func *f))
{
    for (guint i = 0; i < b->p->n_units; i++)
        for (guint k = 0; k < b->p->units[i]->funcs->len; k++)
            visit(b, b->p->units[i], b->p->units[i]->funcs->pdata[k]);
}

void cc_check_bytes(Program *p)
{
    Bytes b = {
        .p = p,
        .leads = g_hash_table_new(NULL, NULL),
        .flows = g_array_new(FALSE, FALSE, sizeof(Flow)),
        .vouched = g_hash_table_new(NULL, NULL),
    };

    each_function(&b, vouch);
    each_function(&b, collect_body);
    solve(&b);
    each_function(&b, check_body);
    g_hash_table_unref(b.leads);
    g_hash_table_unref(b.vouched);
    g_array_unref(b.flows);
}
