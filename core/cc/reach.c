/* Who calls whom, and from where a poll can be reached (polls.c says where polls stand).
 *
 * Everything here looks at the tree only, never at sizes or at the optimiser's view, so that every
 * architecture gets the same sites in the same order. Calls through pointers may go to every
 * function whose address is taken and whose type has the same *loose shape*: the number of
 * parameters and whether each is an integer, a float, a pointer or a struct. Loose, because
 * typedefs like size_t are different types on different architectures. */
#include "ast.h"
#include "callbacks.h"
#include "types.h"
#include <string.h>

static char shape_of(CXType t)
{
    CXType c = clang_getCanonicalType(t);
    switch (c.kind) {
    case CXType_Void: return 'v';
    case CXType_Pointer:
    case CXType_ConstantArray:
    case CXType_IncompleteArray:
    case CXType_FunctionProto:
    case CXType_FunctionNoProto: return 'p';
    case CXType_Record: return 's';
    case CXType_Float: return 'f';
    case CXType_Double: return 'd';
    case CXType_LongDouble: return 'l';
    default: return 'i';
    }
}

char *cc_function_shape(CXType t)
{
    CXType c = clang_getCanonicalType(t);
    GString *s = g_string_new(NULL);
    g_string_append_c(s, shape_of(clang_getResultType(c)));
    if (c.kind == CXType_FunctionNoProto)
        g_string_append_c(s, '?');
    for (int i = 0; i < clang_getNumArgTypes(c); i++)
        g_string_append_c(s, shape_of(clang_getArgType(c, (unsigned)i)));
    if (c.kind == CXType_FunctionProto && clang_isFunctionTypeVariadic(c))
        g_string_append(s, "...");
    return g_string_free(s, FALSE);
}

static gboolean shapes_match(const char *a, const char *b)
{
    if (a[0] != b[0])
        return FALSE;
    return a[1] == '?' || b[1] == '?' || strcmp(a, b) == 0;
}

/* The function type behind a callee or a pointer argument; Invalid when it is none. */
static CXType function_behind(CXType t)
{
    CXType c = clang_getCanonicalType(t);
    if (c.kind == CXType_Pointer)
        c = clang_getCanonicalType(clang_getPointeeType(c));
    return c;
}

typedef void (*EachFunc)(Func *f, gpointer data);

static void each_func(Program *p, EachFunc call, gpointer data)
{
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; k < p->units[i]->funcs->len; k++)
            call(p->units[i]->funcs->pdata[k], data);
}

/* ---- the call graph ---- */

static gboolean has_shape(const Func *f, CXType t)
{
    CXType c = function_behind(t);
    if (c.kind != CXType_FunctionProto && c.kind != CXType_FunctionNoProto)
        return FALSE;
    g_autofree char *shape = cc_function_shape(c);
    return shapes_match(f->shape, shape);
}

static void take_addresses(const Node *n, gboolean called)
{
    if (n->kind == N_REF && n->decl && n->decl->kind == D_FUNC && !called) {
        Func *f = cc_definition(n->decl);
        if (f) {
            f->address_taken = TRUE;
            f->any_shape |= !has_shape(f, n->conv);
        }
    }
    if (n->kind == N_CAST) {
        Node *k = cc_strip(n->kid[0]);
        while (k->kind == N_ADDRESS)
            k = cc_strip(k->kid[0]);
        Func *f = k->kind == N_REF && k->decl && k->decl->kind == D_FUNC ? cc_definition(k->decl)
                                                                         : NULL;
        if (f)
            f->any_shape |= !has_shape(f, n->type);
    }
    for (guint i = 0; i < n->n_kids; i++) {
        gboolean callee = n->kind == N_CALL && i == 0;
        take_addresses(n->kid[i], callee || (called && cc_passes_callee(n)));
    }
}

static void take_addresses_in(Func *f, gpointer data)
{
    (void)data;
    if (f->body)
        take_addresses(f->body, FALSE);
}

static void set_shape(Func *f, gpointer data)
{
    (void)data;
    f->shape = cc_function_shape(f->decl->type);
}

typedef struct Targets { const char *shape; GPtrArray *list; } Targets;

static void add_target(Func *f, gpointer data)
{
    Targets *t = data;
    if (f->address_taken && (f->any_shape || shapes_match(f->shape, t->shape)))
        g_ptr_array_add(t->list, f);
}

void cc_pointer_targets(Program *p, CXType pointer, GPtrArray *list)
{
    CXType c = function_behind(pointer);
    if (c.kind != CXType_FunctionProto && c.kind != CXType_FunctionNoProto)
        return;
    g_autofree char *shape = cc_function_shape(c);
    Targets t = { shape, list };
    each_func(p, add_target, &t);
}

/* Functions a call may enter: the one it names, or all that match through a pointer. */
void cc_call_targets(Program *p, const Node *call, GPtrArray *list)
{
    Decl *d = cc_callee_decl(call);
    if (d) {
        Func *f = cc_definition(d);
        if (f)
            g_ptr_array_add(list, f);
        return;
    }
    cc_pointer_targets(p, call->kid[0]->conv, list);
}

static void find_callees(Func *f, gpointer data)
{
    for (guint i = 0; i < f->calls->len; i++)
        cc_call_targets(data, f->calls->pdata[i], f->callees);
}

static void spread(Func *f, gpointer data)
{
    gboolean *changed = data, now = f->has_poll;
    if (f->reaching || f->never)
        return;
    for (guint i = 0; i < f->callees->len && !now; i++)
        now = ((Func *)f->callees->pdata[i])->reaching;
    f->reaching = now;
    *changed |= now;
}

/* ---- functions of our own units (ownunits.h) that the program never comes to ---- */

static void use(Func *f)
{
    if (f->used)
        return;
    f->used = TRUE;
    for (guint i = 0; i < f->callees->len; i++)
        use(f->callees->pdata[i]);
}

static void use_from(Func *f, gpointer data)
{
    (void)data;
    if (!f->unit->is_ours || f->address_taken)
        use(f);
}

static void leave_out(Func *f, gpointer data)
{
    (void)data;
    f->reaching &= f->used;
}

/* ---- marking the trees ---- */

static void mark_calls(Func *f, gpointer data)
{
    Program *p = data;
    for (guint i = 0; i < f->calls->len; i++) {
        Node *n = f->calls->pdata[i];
        GPtrArray *list = g_ptr_array_new();
        cc_call_targets(p, n, list);
        for (guint k = 0; k < list->len; k++)
            n->self_reach |= ((Func *)list->pdata[k])->reaching;
        g_ptr_array_unref(list);
    }
}

static gboolean mark_tree(Node *n)
{
    if (n->kind == N_SIZEOF)
        return FALSE;
    n->reach = n->self_reach || n->jump || n->poll_before || (cc_is_loop(n) && n->is_poll);
    for (guint i = 0; i < n->n_kids; i++)
        n->reach |= mark_tree(n->kid[i]);
    return n->reach;
}

static void mark_function(Func *f, gpointer data)
{
    Program *p = data;
    cc_jumps(p, f);
    if (f->body)
        mark_tree(f->body);
}

void cc_reach(Program *p)
{
    each_func(p, set_shape, NULL);
    each_func(p, take_addresses_in, NULL);
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; k < p->units[i]->top_inits->len; k++)
            take_addresses(p->units[i]->top_inits->pdata[k], FALSE);
    each_func(p, find_callees, p);
    cc_place_polls(p);
    do {
        for (gboolean changed = TRUE; changed;) {
            changed = FALSE;
            each_func(p, spread, &changed);
        }
    } while (cc_redirect_calls(p));
    each_func(p, use_from, NULL);
    each_func(p, leave_out, NULL);
    each_func(p, mark_calls, p);
    each_func(p, mark_function, p);
    cc_refuse_callbacks(p);
}
