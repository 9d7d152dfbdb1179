#include "leads.h"
#include "alloc.h"
#include "fits.h"
#include "hints.h"
#include "parse.h"
#include "types.h"
#include <string.h>

typedef struct Flow {
    gconstpointer place;
    Node *value;
    guint levels; /* of what is assigned to */
    gboolean far; /* that is not the place, but behind it */
} Flow;

struct CcLeads {
    Program *p;
    CcFits *rule;
    GHashTable *leads;   /* place -> what it may lead to */
    GHashTable *members; /* Node* -> its place: names are dear */
    GHashTable *vouched; /* Func*, and places of members */
    GHashTable *named;   /* places of members that have been asked for a hint */
    GArray *flows;       /* Flow */
};

static CXType canonical(CXType t) { return clang_getCanonicalType(t); }

static gboolean is_array(CXType t)
{
    enum CXTypeKind kind = canonical(t).kind;
    return kind == CXType_ConstantArray || kind == CXType_IncompleteArray || kind == CXType_VariableArray;
}

static gboolean is_address(CXType t) { return canonical(t).kind == CXType_Pointer || is_array(t); }

gboolean cc_is_character(CXType t)
{
    enum CXTypeKind kind = canonical(t).kind;
    return kind == CXType_Char_S || kind == CXType_Char_U || kind == CXType_SChar || kind == CXType_UChar ||
           kind == CXType_Bool;
}

static enum CXVisitorResult visit_field(CXCursor field, CXClientData data)
{
    gboolean *bytes = data;
    *bytes = *bytes && cc_is_bytes(clang_getCursorType(field));
    return *bytes ? CXVisit_Continue : CXVisit_Break;
}

gboolean cc_is_bytes(CXType t)
{
    gboolean bytes = TRUE;
    t = canonical(t);
    while (is_array(t))
        t = canonical(clang_getArrayElementType(t));
    if (t.kind != CXType_Record)
        return cc_is_character(t);
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

static gboolean says_little(CXType base) { return base.kind == CXType_Void || cc_is_character(base); }

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
    return levels(pointer) == 1 && cc_is_bytes(base) ? CC_TO_BYTES : CC_TO_VALUES;
}

/* ---- places ---- */

static void lead(CcLeads *l, gconstpointer place, guint to);

/* A hint 'bytes STRUCT.MEMBER': it leads to characters, whatever is put into it. */
static void vouch_for_member(CcLeads *l, CXCursor member, gconstpointer place)
{
    g_autofree char *record = cc_spell(clang_getCursorType(clang_getCursorSemanticParent(member)));
    g_autofree char *field = cc_take_string(clang_getCursorSpelling(member));
    g_autofree char *name = g_strdup_printf("%s.%s", record, field);
    if (!cc_hint(l->p, HINT_BYTES, name))
        return;
    lead(l, place, CC_TO_BYTES);
    g_hash_table_add(l->vouched, (gpointer)(uintptr_t)place);
}

/* Units share their structures by name; one that has another type of member of that name has its own structure. */
static gconstpointer place_of_member(CcLeads *l, CXCursor member)
{
    g_autofree char *usr = cc_take_string(clang_getCursorUSR(member));
    CXType t = clang_getCursorType(member);
    g_autofree char *name = g_strdup_printf("%s %u %d", usr, levels(t), (int)innermost(t).kind);
    const char *place = g_intern_string(name);
    if (g_hash_table_add(l->named, (gpointer)(uintptr_t)place))
        vouch_for_member(l, member, place);
    return place;
}

static gconstpointer place_of(CcLeads *l, const Node *n)
{
    if (n->kind == N_MEMBER) {
        gconstpointer known = g_hash_table_lookup(l->members, n);
        if (!known) {
            known = place_of_member(l, clang_getCursorReferenced(n->cursor));
            g_hash_table_insert(l->members, (gpointer)(uintptr_t)n, (gpointer)(uintptr_t)known);
        }
        return known;
    }
    if (n->kind != N_REF || !n->decl)
        return NULL;
    const Decl *d = n->decl;
    const Decl *defined = d->kind == D_GLOBAL && !d->defined ? g_hash_table_lookup(l->p->variables, d->name) : NULL;
    return defined ? defined : d;
}

static guint leads(const CcLeads *l, gconstpointer place)
{
    return place ? GPOINTER_TO_UINT(g_hash_table_lookup(l->leads, place)) : 0;
}

static gboolean is_element(const Node *n)
{
    return n->n_kids == 2 && clang_getCursorKind(n->cursor) == CXCursor_ArraySubscriptExpr;
}

/* p[i] or *p, where p + i and p++ compute an address. */
static gboolean goes_through(const Node *n)
{
    return is_element(n) || (n->n_kids == 1 && !n->stores);
}

/* The variable or member that `n`, what is assigned to, is a part of, or (`far`) leads to. */
static Node *base_of(Node *n, gboolean *far)
{
    *far = FALSE;
    for (;;) {
        n = cc_strip(n);
        if (n->kind == N_CAST) {
            n = n->kid[0];
        } else if (n->kind == N_OPERATOR && n->n_kids && is_address(n->kid[0]->type)) {
            *far |= goes_through(n) && !is_array(n->type);
            n = n->kid[0];
        } else {
            return n;
        }
    }
}

static Node *base(Node *n)
{
    gboolean far;
    return base_of(n, &far);
}

Node *cc_character_of(Node *n)
{
    n = cc_strip(n);
    if (n->kind != N_OPERATOR || !cc_is_character(n->type))
        return NULL;
    if (!is_element(n) && n->n_kids != 1)
        return NULL;
    Node *pointer = is_address(n->kid[0]->type) ? n->kid[0] : n->kid[n->n_kids - 1];
    return is_address(pointer->type) ? pointer : NULL;
}

/* Does the object outlive the checkpoint it might be part of? */
static gboolean lasts(const Node *n)
{
    const Decl *d = n->kind == N_REF ? n->decl : NULL;
    gboolean local = d && (d->kind == D_LOCAL || d->kind == D_PARAM);
    return !local || (d->func && d->func->reaching && !d->sheltered);
}

gboolean cc_is_scratch(Node *n)
{
    n = base(n);
    return n->kind == N_REF && is_array(n->type) && cc_is_bytes(n->type) && !lasts(n);
}

/* ---- what an expression leads to, behind all its pointers ---- */

static guint leads_to(CcLeads *l, const Node *n);

/* With other levels than the pointer has, it leads to pointers, or tells nothing. */
guint cc_leads_as(CcLeads *l, const Node *n, guint wanted)
{
    guint own = levels(n->type), to = leads_to(l, n);
    if (own == wanted || !own)
        return to;
    return (to & (CC_AT | CC_FAR)) | (own > wanted ? CC_TO_VALUES : 0);
}

static gboolean is_static(const Node *n)
{
    return n->kind == N_REF && n->decl && (n->decl->kind == D_GLOBAL || n->decl->kind == D_STATIC_LOCAL);
}

static guint step_in(guint to) { return (to & (CC_TO | CC_FAR)) | ((to & CC_FAR) >> 2); }  /* of what it points to */
static guint step_out(guint to) { return (to & (CC_TO | CC_FAR)) | ((to & CC_AT) << 2); } /* of a pointer to it */

static guint stands(CcLeads *l, const Node *n);

/* A variable or member: itself, when it is an array, else what it points to. */
static guint object(CcLeads *l, const Node *n)
{
    CXType t = canonical(n->type);
    gboolean own = is_array(t);
    guint at = own ? stands(l, n) : 0;
    if (n->kind == N_REF && n->decl && n->decl->kind == D_FUNC)
        return CC_AT_STATIC;
    while (is_array(t))
        t = canonical(clang_getArrayElementType(t));
    if (own && t.kind != CXType_Pointer) {
        if (!cc_is_bytes(t))
            return at | CC_TO_VALUES;
        return at | (lasts(n) ? CC_TO_BYTES : leads(l, place_of(l, n)) & CC_TO);
    }
    if (t.kind == CXType_Record)
        return is_static(n) ? CC_AT_STATIC : 0;
    if (t.kind != CXType_Pointer)
        return 0;
    guint to = leads(l, place_of(l, n));
    if (own)
        to &= ~(guint)CC_AT; /* what is kept in it was put behind it */
    return at | (says_little(innermost(t)) ? to : says(t) | (to & (CC_AT | CC_FAR)));
}

/* Elements of another size elsewhere are elsewhere at other distances, but for the first. */
static guint steps(const Node *pointer, const Node *index)
{
    guint64 value;
    CXType t = canonical(pointer->conv);
    CXType element = is_array(t) ? clang_getArrayElementType(t) : clang_getPointeeType(t);
    return (index && cc_constant(index, &value) && value == 0) || !cc_size_differs(element) ? 0 : CC_AT_PART;
}

/* Where does the object stand that `n` is or is a part of? */
static guint stands(CcLeads *l, const Node *n)
{
    if (is_static(n))
        return CC_AT_STATIC;
    if (n->kind == N_PAREN && n->n_kids)
        return stands(l, n->kid[0]);
    if (n->kind == N_MEMBER && n->n_kids) {
        CXCursor member = clang_getCursorReferenced(n->cursor);
        guint whole = is_address(n->kid[0]->type) ? leads_to(l, n->kid[0]) & CC_AT : stands(l, n->kid[0]);
        return whole | (cc_offset_differs(member) ? CC_AT_PART : 0);
    }
    if (n->kind != N_OPERATOR || !n->n_kids)
        return 0;
    const Node *pointer = n->kid[is_address(n->kid[0]->type) ? 0 : n->n_kids - 1];
    const Node *index = n->n_kids > 1 ? n->kid[pointer == n->kid[0]] : NULL;
    if (!is_address(pointer->type))
        return 0;
    return (leads_to(l, pointer) & CC_AT) | (is_element(n) ? steps(pointer, index) : 0);
}

static guint operand_of_address(CcLeads *l, Node *n)
{
    n = cc_strip(n);
    if (n->kind == N_REF && n->decl && n->decl->kind == D_FUNC)
        return CC_AT_STATIC;
    guint at = stands(l, n);
    if (is_array(n->type))
        return leads_to(l, n) | at;
    if (is_address(n->type))
        return step_out(leads_to(l, n)) | at;
    if (n->kind == N_OPERATOR && cc_is_character(n->type))
        return leads_to(l, n) | at;
    if (cc_is_character(n->type))
        return at;
    return at | (cc_is_bytes(n->type) ? CC_TO_BYTES : CC_TO_VALUES);
}

/* p + i, p[i], *p, p++: what p leads to. */
static guint operator(CcLeads *l, const Node *n)
{
    guint to = 0;
    for (guint i = 0; i < n->n_kids; i++)
        if (is_address(n->kid[i]->type))
            to |= leads_to(l, n->kid[i]) | (goes_through(n) ? 0 : steps(n->kid[i], n->n_kids > 1 ? n->kid[!i] : NULL));
    if (goes_through(n) && is_array(n->type))
        return (to & ~(guint)CC_AT) | stands(l, n);
    return goes_through(n) && is_address(n->type) ? step_in(to) : to;
}

static guint result(CcLeads *l, Node *n)
{
    static const char *const hand_back[] = { "memcpy", "memmove", "memset", "strcpy", "strcat", "strncpy",
                                             "strchr", "strrchr", "strstr", "memchr" };
    Func *f = cc_callee(n);
    Decl *d = cc_callee_decl(n);
    if (f)
        return leads(l, f);
    if (!d) {
        g_autoptr(GPtrArray) targets = g_ptr_array_new();
        guint to = 0;
        cc_fitting_targets(l->rule, n, targets);
        for (guint i = 0; i < targets->len; i++)
            to |= leads(l, targets->pdata[i]);
        return to;
    }
    for (guint i = 0; i < G_N_ELEMENTS(hand_back); i++)
        if (strcmp(d->name, hand_back[i]) == 0 && n->n_kids > 1)
            return leads_to(l, n->kid[1]);
    return cc_is_character(clang_getPointeeType(canonical(n->type))) ? CC_TO_BYTES : 0;
}

static guint leads_to(CcLeads *l, const Node *n)
{
    guint to;
    switch (n->kind) {
    case N_PAREN: return leads_to(l, n->kid[0]);
    case N_CAST:
        to = is_address(n->kid[0]->type) ? cc_leads_as(l, n->kid[0], levels(n->type)) : 0;
        return to & CC_TO ? to : to | says(n->type);
    case N_COND: return leads_to(l, n->kid[1]) | leads_to(l, n->kid[2]);
    case N_COMMA: return leads_to(l, n->kid[n->n_kids - 1]);
    case N_ASSIGN: return leads_to(l, n->kid[0]);
    case N_ADDRESS: return operand_of_address(l, n->kid[0]);
    case N_STRING: return CC_AT_STATIC | (says(n->type) ? CC_TO_VALUES : CC_TO_BYTES);
    case N_REF:
    case N_MEMBER: return object(l, n);
    case N_OPERATOR: return operator(l, n);
    case N_CALL: return result(l, (Node *)(uintptr_t)n);
    default: return 0;
    }
}

/* ---- what is put where ---- */

/* `place`, or (`far`) what it leads to, of type `t`, is given `value`. */
static void flow(CcLeads *l, gconstpointer place, CXType t, Node *value, gboolean far)
{
    if (place && levels(t) && !g_hash_table_contains(l->vouched, place))
        g_array_append_val(l->flows, ((Flow){ place, value, levels(t), far }));
}

static void lead(CcLeads *l, gconstpointer place, guint to)
{
    g_hash_table_insert(l->leads, (gpointer)(uintptr_t)place, GUINT_TO_POINTER(leads(l, place) | to));
}

static void flow_arguments(CcLeads *l, const Func *f, const Node *call)
{
    if (cc_leads_vouched(l, f))
        return;
    for (guint i = 0; i < f->params->len && i + 1 < call->n_kids; i++) {
        Decl *param = f->params->pdata[i];
        flow(l, param, param->type, call->kid[i + 1], FALSE);
    }
}

gboolean cc_is_copy(const Node *call)
{
    static const char *const copies[] = { "memcpy", "memmove", "mempcpy", "__builtin_memcpy",
                                          "__builtin_memmove" };
    const Decl *d = call->kind == N_CALL && !cc_callee(call) ? cc_callee_decl(call) : NULL;
    for (guint i = 0; d && i < G_N_ELEMENTS(copies); i++)
        if (strcmp(d->name, copies[i]) == 0)
            return call->n_kids > 2;
    return FALSE;
}

static gboolean leaves_as_it_is(const Decl *d)
{
    return d && (strcmp(d->name, "memset") == 0 || strcmp(d->name, "memcmp") == 0);
}

/* A scratch array holds what is copied into it, characters when anybody else writes there. */
static void collect_scratch(CcLeads *l, Node *n)
{
    for (guint i = 1; i < n->n_kids; i++) {
        if (!cc_is_scratch(n->kid[i]))
            continue;
        Node *array = base(n->kid[i]);
        if (!cc_is_copy(n) && !leaves_as_it_is(cc_callee_decl(n)))
            lead(l, place_of(l, array), CC_TO_BYTES);
        else if (cc_is_copy(n) && i == 1)
            g_array_append_val(l->flows, ((Flow){ place_of(l, array), n->kid[2], 1, FALSE }));
    }
}

static void collect_call(CcLeads *l, Node *n)
{
    Func *f = cc_callee(n);
    collect_scratch(l, n);
    if (f) {
        flow_arguments(l, f, n);
    } else if (!cc_callee_decl(n)) {
        g_autoptr(GPtrArray) targets = g_ptr_array_new();
        cc_fitting_targets(l->rule, n, targets);
        for (guint i = 0; i < targets->len; i++)
            flow_arguments(l, targets->pdata[i], n);
    }
}

static void collect_assignment(CcLeads *l, Node *n)
{
    gboolean far;
    Node *to = base_of(n->kid[0], &far), *from = cc_character_of(n->kid[1]);
    if (cc_character_of(n->kid[0]) && cc_is_scratch(to)) {
        if (from)
            g_array_append_val(l->flows, ((Flow){ place_of(l, to), from, 1, FALSE }));
        else
            lead(l, place_of(l, to), CC_TO_BYTES);
    }
    flow(l, place_of(l, to), n->kid[0]->type, n->kid[1], far);
}

typedef struct Initialised { CcLeads *l; const Decl *whole; } Initialised;

static void collect_initial(gpointer data, CXCursor member, CXType t, Node *value)
{
    const Initialised *to = data;
    gboolean whole = clang_Cursor_isNull(member);
    gboolean element = (!whole || to->whole) && is_array(whole ? to->whole->type : clang_getCursorType(member));
    flow(to->l, whole ? (gconstpointer)to->whole : place_of_member(to->l, member), t, value, element && !is_array(t));
}

static void collect(CcLeads *l, Func *f, const Unit *u, Node *n)
{
    if (n->kind == N_ASSIGN)
        collect_assignment(l, n);
    if (n->kind == N_VAR && n->decl && n->decl->init)
        cc_each_initial(u, n->decl->type, n->decl->init, collect_initial, &(Initialised){ l, n->decl });
    if (n->kind == N_COMPOUND_LITERAL && n->n_kids)
        cc_each_initial(u, n->type, n->kid[n->n_kids - 1], collect_initial, &(Initialised){ l, NULL });
    if (n->kind == N_RETURN && n->n_kids && f)
        flow(l, f, n->kid[0]->conv, n->kid[0], FALSE);
    if (n->kind == N_CALL)
        collect_call(l, n);
    for (guint i = 0; i < n->n_kids; i++)
        if (n->kind != N_SIZEOF)
            collect(l, f, u, n->kid[i]);
}

/* A new block holds what its allocation site says. */
static guint value_of(CcLeads *l, const Flow *flow)
{
    const Node *n = cc_plain_value(flow->value);
    if (n->kind != N_CALL || !n->alloc)
        return cc_leads_as(l, flow->value, flow->levels);
    if (flow->levels > 1)
        return 0; /* pointers, none of them set yet */
    guint type = g_array_index(l->p->model->allocs, CcAlloc, n->alloc - 1).type;
    PrKind kind = g_array_index(l->p->model->types, CcType, type).kind;
    return kind >= PR_CHAR && kind <= PR_UCHAR ? CC_TO_BYTES : CC_TO_VALUES;
}

static void solve(CcLeads *l)
{
    gboolean changed;
    do {
        changed = FALSE;
        for (guint i = 0; i < l->flows->len; i++) {
            const Flow *f = &g_array_index(l->flows, Flow, i);
            guint value = value_of(l, f), before = leads(l, f->place);
            guint now = before | (f->far ? step_out(value) : value);
            if (now != before)
                lead(l, f->place, now);
            changed |= now != before;
        }
    } while (changed);
}

/* ---- */

static void vouch(CcLeads *l, Func *f)
{
    if (!cc_hint(l->p, HINT_BYTES, f->decl->name))
        return;
    g_hash_table_add(l->vouched, f);
    for (guint i = 0; i < f->params->len; i++)
        lead(l, f->params->pdata[i], CC_TO_BYTES);
}

gboolean cc_leads_vouched(const CcLeads *l, const Func *f) { return g_hash_table_contains(l->vouched, f); }

CcLeads *cc_leads_new(Program *p)
{
    CcLeads *l = g_new0(CcLeads, 1);
    *l = (CcLeads){
        .p = p,
        .rule = cc_fits_new(p),
        .leads = g_hash_table_new(NULL, NULL),
        .members = g_hash_table_new(NULL, NULL),
        .vouched = g_hash_table_new(NULL, NULL),
        .named = g_hash_table_new(NULL, NULL),
        .flows = g_array_new(FALSE, FALSE, sizeof(Flow)),
    };
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; k < p->units[i]->funcs->len; k++)
            vouch(l, p->units[i]->funcs->pdata[k]);
    for (guint i = 0; i < p->n_units; i++) {
        Unit *u = p->units[i];
        for (guint k = 0; k < u->top_inits->len; k++)
            collect(l, NULL, u, u->top_inits->pdata[k]);
        for (guint k = 0; k < u->funcs->len; k++) {
            Func *f = u->funcs->pdata[k];
            if (f->body)
                collect(l, f, u, f->body);
        }
    }
    solve(l);
    return l;
}

void cc_leads_free(CcLeads *l)
{
    cc_fits_free(l->rule);
    g_hash_table_unref(l->leads);
    g_hash_table_unref(l->members);
    g_hash_table_unref(l->vouched);
    g_hash_table_unref(l->named);
    g_array_unref(l->flows);
    g_free(l);
}
