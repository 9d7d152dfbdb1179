/* Where polls stand: --polls=auto.
 *
 * Decided on statements and calls only, so that every architecture places the same polls whatever its
 * headers' expressions are. Candidates are loops, gotos that are backward or computed, and recursions. One pass over the
 * functions, callees first, estimates what runs between two polls: a statement counts 1, a branch its
 * longer side, a loop ten times its body, a call what it calls; one that waits (sleep) is long. Then
 *
 *   - a loop whose body is long (ITERATION) has a poll: it costs little there, and whatever nests two
 *     loops deep below a poll, over calls too, has a poll of its own;
 *   - every cycle of calls is cut where a depth-first walk from main comes back to a function, in front
 *     of the first statements that go round, so that what returns at once pays nothing;
 *   - functions that no poll surrounds (none of their calls stands below a loop or cycle that has one)
 *     get polls in their outermost loops, however short these are.
 *
 * What is left without a poll are loops that are short by estimate and run below a poll: their time is
 * bounded by their trip counts alone. cc_polls_report() names the longest. */
#include "ast.h"
#include "libc_table.h"
#include <string.h>

enum {
    TRIPS = 10,      /* of a loop, estimated */
    ITERATION = 100, /* a loop's body that is as long as this is worth a poll */
    MOST_CUTS = 4,   /* of the cycles through one function: each costs text */
};
#define LONGEST UINT64_C(1000000000)

gboolean cc_is_loop(const Node *n)
{
    return n->kind == N_FOR || n->kind == N_WHILE || (n->kind == N_DO && !n->once);
}

static guint64 plus(guint64 a, guint64 b)
{
    return MIN(a + b, LONGEST);
}

static guint64 times(guint64 a, guint64 b)
{
    return MIN(a * b, LONGEST);
}

typedef void (*EachFunc)(Func *f, gpointer data);

static void each_function(Program *p, EachFunc call, gpointer data)
{
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; k < p->units[i]->funcs->len; k++) {
            Func *f = p->units[i]->funcs->pdata[k];
            if (f->body)
                call(f, data);
        }
}

/* ---- polls that the program asks for ---- */

static gboolean is_explicit(const Node *n)
{
    const Decl *d = n->kind == N_CALL ? cc_callee_decl(n) : NULL;
    return d && strcmp(d->name, "preaches_poll_here") == 0;
}

static void find_explicit(Func *f, gpointer data)
{
    (void)data;
    if (f->never)
        return; /* a call that does nothing */
    for (guint i = 0; i < f->calls->len; i++) {
        Node *n = f->calls->pdata[i];
        if (is_explicit(n))
            n->is_poll = n->self_reach = f->has_poll = TRUE;
    }
}

/* PREACHES_NEVER(f) declares preaches_never_f. */
static void find_never(Program *p)
{
    static const char prefix[] = "preaches_never_";
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; k < p->units[i]->all_decls->len; k++) {
            const Decl *d = p->units[i]->all_decls->pdata[k];
            if (!g_str_has_prefix(d->name, prefix))
                continue;
            const char *name = d->name + strlen(prefix);
            Func *f = NULL;
            for (guint m = 0; m < p->units[i]->funcs->len && !f; m++)
                if (strcmp(((Func *)p->units[i]->funcs->pdata[m])->decl->name, name) == 0)
                    f = p->units[i]->funcs->pdata[m];
            if (!f)
                f = g_hash_table_lookup(p->functions, name);
            if (f && !f->is_main)
                f->never = TRUE;
            else
                cc_error(p, d->file, d->line, d->col, "-Wpreaches-poll",
                         "PREACHES_NEVER(%s): %s", name, f ? "main" : "no function of the program");
        }
}

/* Does each pass through the loop's body meet one? */
static gboolean polls_itself(const Node *loop)
{
    const Node *body = loop->body;
    for (guint i = 0; body->kind == N_COMPOUND && i < body->n_kids; i++)
        if (body->kid[i]->kind == N_EXPRSTMT && is_explicit(body->kid[i]->cond))
            return TRUE;
    return body->kind == N_EXPRSTMT && is_explicit(body->cond);
}

/* ---- cycles of calls ---- */

typedef struct Graph {
    GPtrArray *finished; /* Func*: callees before callers */
    GPtrArray *stack;    /* of components not yet closed */
    guint next, n_sccs;
} Graph;

/* Tarjan's components; a call back to a function that is being walked is a recursion. */
static guint walk_calls(Graph *g, Func *f)
{
    guint low = f->order = ++g->next;
    f->mark = TRUE; /* being walked */
    g_ptr_array_add(g->stack, f);
    for (guint i = 0; i < f->callees->len; i++) {
        Func *to = f->callees->pdata[i];
        if (!to->body)
            continue;
        if (!to->order)
            low = MIN(low, walk_calls(g, to));
        else if (!to->scc)
            low = MIN(low, to->order);
        to->recurses |= to->mark;
        to->called = TRUE;
    }
    if (low == f->order) {
        Func *member;
        gboolean cyclic = f->recurses;
        g->n_sccs++;
        do {
            member = g->stack->pdata[g->stack->len - 1];
            g_ptr_array_set_size(g->stack, (gint)g->stack->len - 1);
            member->scc = g->n_sccs;
            member->cyclic = cyclic;
        } while (member != f);
    }
    f->mark = FALSE;
    g_ptr_array_add(g->finished, f);
    return low;
}

static void walk_from(Func *f, gpointer data)
{
    if (!f->order)
        walk_calls(data, f);
}

static void clear(Func *f, gpointer data)
{
    (void)data;
    f->mark = f->recurses = f->cyclic = f->called = FALSE;
    f->order = f->scc = 0;
    f->work = 0;
}

/* May evaluating n come back to f? */
static gboolean goes_round(Program *p, const Func *f, const Node *n)
{
    if (n->kind == N_SIZEOF)
        return FALSE;
    gboolean found = FALSE;
    if (n->kind == N_CALL) {
        g_autoptr(GPtrArray) list = g_ptr_array_new();
        cc_call_targets(p, n, list);
        for (guint i = 0; i < list->len; i++)
            found |= ((Func *)list->pdata[i])->scc == f->scc;
    }
    for (guint i = 0; i < n->n_kids && !found; i++)
        found = goes_round(p, f, n->kid[i]);
    return found;
}

/* Adds to `at` the statements in front of which polls cut every way from n's beginning to a call of the cycle in n,
 * as deep in branches as such a way allows, so that what returns at once pays nothing. TRUE: every way through n
 * then meets one. */
static gboolean cut_ways(Program *p, const Func *f, Node *n, GPtrArray *at)
{
    if (!goes_round(p, f, n))
        return FALSE;
    if (n->kind == N_COMPOUND) {
        for (guint i = 0; i < n->n_kids; i++)
            if (cut_ways(p, f, n->kid[i], at))
                return TRUE;
        return FALSE;
    }
    if (n->kind == N_IF && !goes_round(p, f, n->cond)) {
        gboolean body = cut_ways(p, f, n->body, at);
        return n->other && cut_ways(p, f, n->other, at) && body;
    }
    g_ptr_array_add(at, n);
    return TRUE;
}

/* The statements in front of which polls cut the cycles of calls through f; none: its entry, since a goto may lead
 * behind any. Where there would be many, the first statement of the body that contains a call of the cycle. */
static GPtrArray *cycle_statements(Program *p, const Func *f)
{
    GPtrArray *at = g_ptr_array_new();
    if (cc_has_label(f->body))
        return at;
    cut_ways(p, f, f->body, at);
    if (at->len <= MOST_CUTS)
        return at;
    g_ptr_array_set_size(at, 0);
    for (guint i = 0; i < f->body->n_kids && !at->len; i++)
        if (goes_round(p, f, f->body->kid[i]))
            g_ptr_array_add(at, f->body->kid[i]);
    return at;
}

/* A loop with a poll cuts what goes round in its body. */
static gboolean cuts_itself(Program *p, const Func *f, const Node *n)
{
    return cc_is_loop(n) && n->is_poll && !(n->cond && goes_round(p, f, n->cond)) &&
           !(n->kind == N_FOR && n->init && goes_round(p, f, n->init));
}

static void cut_cycle(Program *p, Func *f)
{
    g_autoptr(GPtrArray) at = cycle_statements(p, f);
    f->has_poll = TRUE;
    f->entry_poll |= at->len == 0;
    for (guint i = 0; i < at->len; i++) {
        Node *n = at->pdata[i];
        n->poll_before |= !cuts_itself(p, f, n);
    }
}

/* ---- the estimate, and the loops that are long ---- */

typedef struct Estimate {
    Program *p;
    Func *f;
} Estimate;

static guint64 work_of(const Estimate *e, Node *n);

static guint64 work_of_kids(const Estimate *e, const Node *n)
{
    guint64 sum = 0;
    for (guint i = 0; i < n->n_kids; i++)
        sum = plus(sum, work_of(e, n->kid[i]));
    return sum;
}

static guint64 work_of_call(const Estimate *e, const Node *n)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    guint64 longest = 0;
    cc_call_targets(e->p, n, list);
    for (guint i = 0; i < list->len; i++)
        longest = MAX(longest, ((Func *)list->pdata[i])->work); /* 0: a recursion, which is cut */
    const Decl *to = list->len ? NULL : cc_callee_decl(n);
    if (to && cc_libc_waits(to->name))
        longest = ITERATION;
    return plus(work_of_kids(e, n), plus(longest, 1));
}

/* The longest run from a case to the next one. */
static guint64 work_of_switch(const Estimate *e, const Node *n)
{
    guint64 longest = 0, run = 0;
    if (n->body->kind != N_COMPOUND)
        return plus(work_of(e, n->cond), work_of(e, n->body));
    for (guint i = 0; i < n->body->n_kids; i++) {
        Node *k = n->body->kid[i];
        if (k->kind == N_CASE || k->kind == N_DEFAULT)
            run = 0;
        run = plus(run, work_of(e, k));
        longest = MAX(longest, run);
    }
    return plus(work_of(e, n->cond), plus(longest, 1));
}

static guint64 work_of_loop(const Estimate *e, Node *n)
{
    guint64 before = n->kind == N_FOR && n->init ? work_of(e, n->init) : 0;
    guint64 pass = plus(1, work_of(e, n->body));
    if (n->cond)
        pass = plus(pass, work_of(e, n->cond));
    if (n->inc)
        pass = plus(pass, work_of(e, n->inc));
    n->work = pass;
    if (polls_itself(n))
        return plus(before, pass);
    if (pass < ITERATION)
        return plus(before, times(pass, TRIPS));
    n->is_poll = e->f->has_poll = TRUE;
    return plus(before, pass);
}

static guint64 work_of(const Estimate *e, Node *n)
{
    switch (n->kind) {
    case N_SIZEOF: return 0;
    case N_CALL: return work_of_call(e, n);
    case N_SWITCH: return work_of_switch(e, n);
    case N_WHILE:
    case N_DO:
    case N_FOR: return cc_is_loop(n) ? work_of_loop(e, n) : work_of_kids(e, n);
    case N_IF: {
        guint64 other = n->other ? work_of(e, n->other) : 0, body = work_of(e, n->body);
        return plus(1, plus(work_of(e, n->cond), MAX(body, other)));
    }
    case N_COND: {
        guint64 a = work_of(e, n->kid[0]), b = n->n_kids > 1 ? work_of(e, n->kid[1]) : 0;
        return plus(a, MAX(b, n->n_kids > 2 ? work_of(e, n->kid[2]) : 0));
    }
    case N_EXPRSTMT:
    case N_RETURN:
    case N_ASM:
    case N_DECL: return plus(1, work_of_kids(e, n));
    default: return work_of_kids(e, n);
    }
}

/* ---- gotos that go back ---- */

static const Node *find_label(const Node *n, const char *name)
{
    if (n->kind == N_LABEL && strcmp(n->label, name) == 0)
        return n;
    for (guint i = 0; i < n->n_kids; i++) {
        const Node *found = find_label(n->kid[i], name);
        if (found)
            return found;
    }
    return NULL;
}

/* A computed goto may go to any label: an interpreter's loop is made of them. */
static gboolean goes_back(const Func *f, const Node *n)
{
    if (n->kind == N_COMPUTED_GOTO)
        return TRUE;
    const Node *label = n->kind == N_GOTO ? find_label(f->body, n->label) : NULL;
    return label && label->begin < n->begin;
}

/* Number of backward gotos; `cut` says whether they get polls. */
static guint backward_gotos(Func *f, Node *n, gboolean cut)
{
    guint count = goes_back(f, n) ? 1 : 0;
    if (count && cut)
        n->poll_before = f->has_poll = TRUE;
    for (guint i = 0; i < n->n_kids; i++)
        count += backward_gotos(f, n->kid[i], cut);
    return count;
}

static void estimate_function(Program *p, Func *f)
{
    Estimate e = {p, f};
    guint64 pass = plus(1, work_of(&e, f->body));
    if (backward_gotos(f, f->body, FALSE)) {
        if (pass >= ITERATION)
            backward_gotos(f, f->body, TRUE);
        else
            pass = times(pass, TRIPS);
    }
    f->work = pass;
}

/* ---- functions that no poll surrounds ---- */

static void poll_outermost_loops(Func *f, Node *n)
{
    if (n->kind == N_SIZEOF || n->kind == N_STMTEXPR)
        return;
    if (cc_is_loop(n)) {
        n->is_poll |= !polls_itself(n);
        f->has_poll = TRUE;
        return;
    }
    for (guint i = 0; i < n->n_kids; i++)
        poll_outermost_loops(f, n->kid[i]);
}

/* Marks the functions that are called from a loop with a poll, or from anywhere when `f` itself is
 * surrounded. */
static void surround_callees(Program *p, const Node *n, gboolean surrounded)
{
    if (n->kind == N_SIZEOF)
        return;
    surrounded |= cc_is_loop(n) && (n->is_poll || polls_itself(n));
    if (n->kind == N_CALL && surrounded) {
        g_autoptr(GPtrArray) list = g_ptr_array_new();
        cc_call_targets(p, n, list);
        for (guint i = 0; i < list->len; i++)
            ((Func *)list->pdata[i])->mark = TRUE;
    }
    for (guint i = 0; i < n->n_kids; i++)
        surround_callees(p, n->kid[i], surrounded);
}

static void poll_exposed(Program *p, const Graph *g)
{
    for (guint i = g->finished->len; i-- > 0;) { /* callers before callees */
        Func *f = g->finished->pdata[i];
        gboolean runs = (f->is_main || f->called || f->address_taken) && !f->unit->is_ours;
        if (runs && !f->mark && !f->cyclic && !f->never) {
            poll_outermost_loops(f, f->body);
            backward_gotos(f, f->body, TRUE);
        }
        surround_callees(p, f->body, f->mark || f->cyclic);
    }
}

static Graph *graph_new(Program *p)
{
    Graph *g = g_new0(Graph, 1);
    g->finished = g_ptr_array_new();
    g->stack = g_ptr_array_new();
    each_function(p, clear, NULL);
    if (p->main)
        walk_from(p->main, g);
    each_function(p, walk_from, g);
    return g;
}

static void graph_free(Graph *g)
{
    g_ptr_array_unref(g->finished);
    g_ptr_array_unref(g->stack);
    g_free(g);
}

static void place_auto(Program *p, const Graph *g)
{
    for (guint i = 0; i < g->finished->len; i++) {
        Func *f = g->finished->pdata[i];
        if (f->never || f->unit->is_ours)
            continue;
        estimate_function(p, f);
        if (f->recurses)
            cut_cycle(p, f);
    }
    poll_exposed(p, g);
}

/* ---- all candidates, in an order that does not depend on the choice ---- */

static void add_candidate(Program *p, Func *f, Node *n, gboolean cycle, guint *ordinal)
{
    CcCandidate c = {.f = f, .node = n, .cycle = cycle, .ordinal = (*ordinal)++};
    g_array_append_val(p->candidates, c);
}

static void find_candidates(Program *p, Func *f, Node *n, guint *ordinal)
{
    if (n->kind == N_SIZEOF)
        return;
    if ((cc_is_loop(n) && !polls_itself(n)) || goes_back(f, n))
        add_candidate(p, f, n, FALSE, ordinal);
    for (guint i = 0; i < n->n_kids; i++)
        find_candidates(p, f, n->kid[i], ordinal);
}

static void list_candidates(Func *f, gpointer data)
{
    Program *p = data;
    guint ordinal = 0;
    if (f->never || f->unit->is_ours)
        return;
    if (f->recurses) {
        g_autoptr(GPtrArray) at = cycle_statements(p, f);
        if (!at->len)
            add_candidate(p, f, NULL, TRUE, &ordinal);
        for (guint i = 0; i < at->len; i++)
            add_candidate(p, f, at->pdata[i], TRUE, &ordinal);
    }
    find_candidates(p, f, f->body, &ordinal);
}

static void place_candidate(const CcCandidate *c)
{
    c->f->has_poll = TRUE;
    if (!c->node)
        c->f->entry_poll = TRUE;
    else if (cc_is_loop(c->node) && !c->cycle)
        c->node->is_poll = TRUE;
    else
        c->node->poll_before = TRUE;
}

void cc_place_polls(Program *p)
{
    find_never(p);
    each_function(p, find_explicit, NULL);
    if (p->polls == CC_POLLS_EXPLICIT)
        return;
    Graph *g = graph_new(p);
    p->candidates = g_array_new(FALSE, TRUE, sizeof(CcCandidate));
    each_function(p, list_candidates, p);
    if (p->polls == CC_POLLS_AUTO)
        place_auto(p, g);
    else if (p->polls == CC_POLLS_RECORD || cc_choose_by_profile(p))
        for (guint i = 0; i < p->candidates->len; i++) {
            const CcCandidate *c = &g_array_index(p->candidates, CcCandidate, i);
            if (p->polls == CC_POLLS_RECORD || c->keep)
                place_candidate(c);
        }
    graph_free(g);
}
