/* Live variables: what a site must save.
 *
 * A backward walk over the tree at the granularity of full expressions. Loops and labels keep the
 * set that is live at their head; the whole function is walked again until no such set grows.
 * At a site inside a full expression E what is saved is live after E, except the scalar that E as a
 * whole assigns, or read by a part of E that comes later; parts are evaluated in hoist.c's order.
 * Statements within E keep all that E reads or leaves. */
#include "ast.h"
#include <string.h>

typedef guint64 *Set;

typedef struct Walk {
    Func *f;
    GHashTable *labels; /* place -> N_LABEL node */
    GPtrArray *taken;   /* N_LABEL nodes that a computed goto may go to */
    const guint64 *brk, *cont; /* live where break and continue go */
    Set cases;                 /* union over the labels of the innermost switch */
    gboolean has_default, changed;
} Walk;

static Set set_new(const Walk *w)
{
    return g_new0(guint64, w->f->n_words);
}

static Set set_copy(const Walk *w, const guint64 *from)
{
    Set s = set_new(w);
    memcpy(s, from, w->f->n_words * sizeof *s);
    return s;
}

static gboolean set_join(const Walk *w, Set into, const guint64 *from)
{
    gboolean grown = FALSE;
    for (guint i = 0; i < w->f->n_words; i++) {
        guint64 all = into[i] | from[i];
        grown |= all != into[i];
        into[i] = all;
    }
    return grown;
}

static void set_add(Set s, const Decl *d)
{
    if (d->track >= 0)
        s[d->track / 64] |= UINT64_C(1) << (d->track % 64);
}

static void set_remove(Set s, const Decl *d)
{
    if (d->track >= 0)
        s[d->track / 64] &= ~(UINT64_C(1) << (d->track % 64));
}

/* The set kept at a node over the walks; only grows. */
static Set kept(Walk *w, guint64 **slot)
{
    if (!*slot) {
        *slot = set_new(w);
        cc_keep(w->f->unit->program, (char *)*slot);
    }
    return *slot;
}

static Decl *assigned_scalar(Node *n)
{
    n = cc_strip(n);
    if (n->kind != N_ASSIGN)
        return NULL;
    Node *to = cc_strip(n->kid[0]);
    return to->kind == N_REF && to->decl && to->decl->track >= 0 ? to->decl : NULL;
}

/* The va_list that va_start, va_copy or va_end, given by name, writes or ends. */
static Decl *written_list(const Node *n)
{
    const Decl *d = n->kind == N_CALL ? cc_callee_decl(n) : NULL;
    if (!d || n->n_kids < 2 || !g_str_has_prefix(d->name, "__builtin_va_"))
        return NULL;
    Node *to = cc_strip(n->kid[1]);
    return to->kind == N_REF ? to->decl : NULL;
}

static void walk(Walk *w, Node *n, Set live);

void cc_reads(const Node *n, const Node *without, guint64 *set)
{
    if (n == without || n->done)
        return;
    if (n->kind == N_REF && n->decl)
        set_add(set, n->decl);
    for (guint i = 0; i < n->n_kids; i++) {
        Node *k = cc_strip(n->kid[i]);
        if (n->kind == N_ASSIGN && i == 0 && k->kind == N_REF)
            continue;
        if (i == 1 && written_list(n))
            continue;
        cc_reads(n->kid[i], without, set);
    }
}

static void walk_inner_statements(Walk *w, Node *n, Set live)
{
    if (n->kind == N_STMTEXPR) {
        for (guint i = 0; i < n->n_kids; i++)
            walk(w, n->kid[i], live);
        return;
    }
    for (guint i = 0; i < n->n_kids; i++)
        walk_inner_statements(w, n->kid[i], live);
}

static gboolean has_jump(const Node *n)
{
    if (n->jump)
        return TRUE;
    for (guint i = 0; i < n->n_kids; i++)
        if (has_jump(n->kid[i]))
            return TRUE;
    return FALSE;
}

/* `live`: in: after the expression; out: before it. */
static void full_expression(Walk *w, Node *n, Set live, Decl *kill)
{
    if (!n)
        return;
    if (!kill)
        kill = assigned_scalar(n);
    if (!kill)
        kill = written_list(cc_strip(n));
    Set after = set_copy(w, live);
    if (kill)
        set_remove(live, kill);
    w->changed |= set_join(w, kept(w, &n->after), live);
    cc_reads(n, NULL, live);
    if (w->f->n_jumps && has_jump(n))
        w->changed |= set_join(w, kept(w, &w->f->jump_live), live);
    w->changed |= set_join(w, kept(w, &n->live), live);
    /* Statements inside are walked with all that the whole reads or leaves. */
    set_join(w, after, live);
    walk_inner_statements(w, n, after);
    g_free(after);
}

static void walk_declaration(Walk *w, Node *n, Set live)
{
    for (guint i = n->n_kids; i-- > 0;) {
        Node *v = n->kid[i];
        if (v->kind != N_VAR)
            continue;
        if (v->decl->kind == D_STATIC_LOCAL)
            continue;
        if (v->init)
            full_expression(w, v->init, live, v->decl->track >= 0 ? v->decl : NULL);
        else
            set_remove(live, v->decl);
        for (guint k = 0; k < v->n_kids; k++)
            if (v->kid[k] != v->init)
                full_expression(w, v->kid[k], live, NULL);
    }
}

/* Head of the loop: where the condition is evaluated (for, while) or the body begins (do). */
static void walk_loop(Walk *w, Node *n, Set live)
{
    const guint64 *brk = w->brk, *cont = w->cont;
    Set after = set_copy(w, live);
    Set head = kept(w, &n->head);
    w->brk = after;
    if (n->kind == N_DO) {
        Set at_cond = set_copy(w, after);
        set_join(w, at_cond, head); /* back edge */
        full_expression(w, n->cond, at_cond, NULL);
        Set body = set_copy(w, at_cond);
        w->cont = at_cond;
        walk(w, n->body, body);
        w->changed |= set_join(w, head, body);
        g_free(at_cond);
        memcpy(live, head, w->f->n_words * sizeof *live);
        g_free(body);
    } else {
        Set at_inc = set_copy(w, n->live ? n->live : after); /* n->live: before the condition */
        if (!n->live)
            memset(at_inc, 0, w->f->n_words * sizeof *at_inc);
        if (n->inc)
            full_expression(w, n->inc, at_inc, NULL);
        w->cont = at_inc;
        Set body = set_copy(w, at_inc);
        walk(w, n->body, body);
        w->changed |= set_join(w, head, body);
        memcpy(live, head, w->f->n_words * sizeof *live);
        if (n->cond || n->kind == N_WHILE)
            set_join(w, live, after);
        full_expression(w, n->cond, live, NULL);
        w->changed |= set_join(w, kept(w, &n->live), live);
        memcpy(live, n->live, w->f->n_words * sizeof *live);
        g_free(at_inc);
        g_free(body);
    }
    w->brk = brk;
    w->cont = cont;
    g_free(after);
    if (n->kind == N_FOR && n->init) {
        if (n->init->kind == N_DECL)
            walk_declaration(w, n->init, live);
        else
            full_expression(w, n->init, live, NULL);
    }
}

static void walk_switch(Walk *w, Node *n, Set live)
{
    const guint64 *brk = w->brk;
    Set cases = w->cases, after = set_copy(w, live);
    gboolean has_default = w->has_default;
    w->brk = after;
    w->cases = set_new(w);
    w->has_default = FALSE;
    walk(w, n->body, live);
    memcpy(live, w->cases, w->f->n_words * sizeof *live);
    if (!w->has_default)
        set_join(w, live, after);
    g_free(w->cases);
    w->cases = cases;
    w->brk = brk;
    w->has_default = has_default;
    full_expression(w, n->cond, live, NULL);
    g_free(after);
}

static void walk_if(Walk *w, Node *n, Set live)
{
    Set other = set_copy(w, live);
    if (n->other)
        walk(w, n->other, other);
    walk(w, n->body, live);
    set_join(w, live, other);
    g_free(other);
    full_expression(w, n->cond, live, NULL);
}

static Node *label_of(const Walk *w, const Node *n)
{
    return g_hash_table_lookup(w->labels, GUINT_TO_POINTER(n->label_at));
}

static void walk_goto(Walk *w, Node *n, Set live)
{
    Node *label = label_of(w, n);
    if (label)
        memcpy(live, kept(w, &label->head), w->f->n_words * sizeof *live);
}

static void walk_computed_goto(Walk *w, Node *n, Set live)
{
    memset(live, 0, w->f->n_words * sizeof *live);
    for (guint i = 0; i < w->taken->len; i++)
        set_join(w, live, kept(w, &((Node *)w->taken->pdata[i])->head));
    full_expression(w, n->cond, live, NULL);
}

static void replace(Walk *w, Set live, const guint64 *by)
{
    if (by)
        memcpy(live, by, w->f->n_words * sizeof *live);
}

static void walk(Walk *w, Node *n, Set live)
{
    switch (n->kind) {
    case N_COMPOUND:
        for (guint i = n->n_kids; i-- > 0;)
            walk(w, n->kid[i], live);
        break;
    case N_IF: walk_if(w, n, live); break;
    case N_WHILE:
    case N_DO:
    case N_FOR: walk_loop(w, n, live); break;
    case N_SWITCH: walk_switch(w, n, live); break;
    case N_CASE:
    case N_DEFAULT:
        walk(w, n->body, live);
        if (w->cases)
            set_join(w, w->cases, live);
        w->has_default |= n->kind == N_DEFAULT;
        break;
    case N_LABEL:
        walk(w, n->body, live);
        w->changed |= set_join(w, kept(w, &n->head), live);
        break;
    case N_GOTO: walk_goto(w, n, live); break;
    case N_COMPUTED_GOTO: walk_computed_goto(w, n, live); break;
    case N_BREAK: replace(w, live, w->brk); break;
    case N_CONTINUE: replace(w, live, w->cont); break;
    case N_RETURN:
        memset(live, 0, w->f->n_words * sizeof *live);
        full_expression(w, n->cond, live, NULL);
        break;
    case N_DECL: walk_declaration(w, n, live); break;
    case N_EXPRSTMT: full_expression(w, n->cond, live, NULL); break;
    case N_NULL: break;
    default: cc_reads(n, NULL, live); break;
    }
    if (n->poll_before)
        w->changed |= set_join(w, kept(w, &n->before), live);
}

static void find_labels(Walk *w, Node *n)
{
    if (n->kind == N_LABEL)
        g_hash_table_insert(w->labels, GUINT_TO_POINTER(n->label_at), n);
    for (guint i = 0; i < n->n_kids; i++)
        find_labels(w, n->kid[i]);
}

static void find_taken(Walk *w, Node *n)
{
    Node *label = n->kind == N_LABEL_ADDRESS ? label_of(w, n) : NULL;
    if (label)
        g_ptr_array_add(w->taken, label);
    for (guint i = 0; i < n->n_kids; i++)
        find_taken(w, n->kid[i]);
}

void cc_live(Func *f)
{
    Walk w = { .f = f, .labels = g_hash_table_new(NULL, NULL), .taken = g_ptr_array_new() };
    find_labels(&w, f->body);
    find_taken(&w, f->body);
    Set entry = kept(&w, &f->entry_live);
    do {
        w.changed = FALSE;
        Set live = set_new(&w);
        walk(&w, f->body, live);
        w.changed |= set_join(&w, entry, live);
        g_free(live);
    } while (w.changed);
    g_hash_table_unref(w.labels);
    g_ptr_array_unref(w.taken);
}
