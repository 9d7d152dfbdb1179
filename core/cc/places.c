#include "places.h"

static gboolean is_in_union(CXCursor member)
{
    return clang_getCursorKind(clang_getCursorSemanticParent(member)) == CXCursor_UnionDecl;
}

static const char *usr_of(CXCursor c)
{
    CXString usr = clang_getCursorUSR(c);
    const char *place = g_intern_string(clang_getCString(usr));
    clang_disposeString(usr);
    return place;
}

gconstpointer cc_place_of_member(CXCursor member)
{
    return clang_getCursorKind(member) != CXCursor_FieldDecl || is_in_union(member) ? NULL : usr_of(member);
}

gconstpointer cc_place_of_field(CXCursor member)
{
    if (clang_getCursorKind(member) != CXCursor_FieldDecl)
        return NULL;
    return usr_of(is_in_union(member) ? clang_getCursorSemanticParent(member) : member);
}

gconstpointer cc_place_of_variable(const Program *p, const Decl *d)
{
    const Decl *shared = d->kind == D_GLOBAL && !d->is_static ? g_hash_table_lookup(p->variables, d->name) : NULL;
    return shared ? shared : d;
}

/* What is named within a[i], *p and &x. */
static Node *named_in(Node *n)
{
    n = cc_strip_casts(n);
    while ((n->kind == N_OPERATOR || n->kind == N_ADDRESS) && n->n_kids)
        n = cc_strip_casts(n->kid[0]);
    return n;
}

gconstpointer cc_place_of(const Program *p, Node *n)
{
    n = named_in(n);
    if (n->kind == N_REF && n->decl && n->decl->kind != D_FUNC)
        return cc_place_of_variable(p, n->decl);
    return n->kind == N_MEMBER ? cc_place_of_member(clang_getCursorReferenced(n->cursor)) : NULL;
}

gconstpointer cc_place_with_unions(const Program *p, Node *n)
{
    gconstpointer place = cc_place_of(p, n);
    n = named_in(n);
    return n->kind == N_MEMBER ? cc_place_of_field(clang_getCursorReferenced(n->cursor)) : place;
}

typedef struct Walk {
    Program *p;
    const Func *f;
    gconstpointer whole; /* what is initialised */
    CcTake take;
    void (*visit)(gpointer data, const Func *f, Node *n);
    gpointer data;
} Walk;

static void give(const Walk *w, gconstpointer to, CXType t, Node *value, gboolean argument, const Node *by)
{
    w->take(w->data, &(CcGift){ w->f, to, to, t, value, argument, by });
}

static void give_arguments(const Walk *w, const Node *call)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    cc_call_targets(w->p, call, list);
    for (guint i = 0; i < list->len; i++) {
        const Func *to = list->pdata[i];
        for (guint k = 0; k < to->params->len && k + 1 < call->n_kids; k++)
            give(w, to->params->pdata[k], ((Decl *)to->params->pdata[k])->type, call->kid[k + 1], TRUE, call);
    }
}

static void give_initial(gpointer walk, CXCursor member, CXType t, Node *value)
{
    const Walk *w = walk;
    gboolean all = clang_Cursor_isNull(member) != 0;
    w->take(w->data, &(CcGift){ w->f, all ? w->whole : cc_place_of_member(member),
                                all ? w->whole : cc_place_of_field(member), t, value, FALSE, NULL });
}

static void initialise(const Walk *w, gconstpointer whole, CXType t, Node *init)
{
    Walk inside = *w;
    inside.whole = whole;
    cc_each_initial(w->f->unit, t, init, give_initial, &inside);
}

static void walk(const Walk *w, Node *n)
{
    if (n->kind == N_SIZEOF)
        return;
    if (w->visit)
        w->visit(w->data, w->f, n);
    if (n->kind == N_VAR && n->init)
        initialise(w, cc_place_of_variable(w->p, n->decl), n->decl->type, n->init);
    else if (n->kind == N_COMPOUND_LITERAL && n->n_kids)
        initialise(w, NULL, n->type, n->kid[n->n_kids - 1]);
    else if (n->kind == N_ASSIGN || (n->stores && n->n_kids == 2))
        w->take(w->data, &(CcGift){ w->f, cc_place_of(w->p, n->kid[0]), cc_place_with_unions(w->p, n->kid[0]),
                                    n->kid[0]->type, n->kid[1], FALSE, n });
    else if (n->kind == N_RETURN && n->cond)
        give(w, w->f, clang_getResultType(w->f->decl->type), n->cond, FALSE, NULL);
    else if (n->kind == N_CALL)
        give_arguments(w, n);
    for (guint i = 0; i < n->n_kids; i++)
        walk(w, n->kid[i]);
}

void cc_each_gift(Program *p, CcTake take, void (*visit)(gpointer, const Func *, Node *), gpointer data)
{
    Walk w = { .p = p, .take = take, .visit = visit, .data = data };
    for (guint i = 0; i < p->n_units; i++) {
        Unit *u = p->units[i];
        Func outside = { .unit = u };
        for (guint k = 0; k < u->funcs->len && !u->is_ours; k++) {
            w.f = u->funcs->pdata[k];
            if (w.f->body)
                walk(&w, w.f->body);
        }
        w.f = &outside;
        for (guint k = 0; k < u->top_inits->len; k++)
            walk(&w, u->top_inits->pdata[k]);
    }
}
