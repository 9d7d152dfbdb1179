/* Where polls stand: --polls=auto.
 *
 * Decided on statements and calls only, so that every architecture places the same polls whatever its
 * headers' expressions are. Candidates are loops, gotos that are backward or computed, and recursions. One pass over the
 * functions, callees first, estimates what runs between two polls (estimate.c). Then
 *
 *   - a loop whose passes are long has a poll: it costs little there, and where loops nest, over calls too,
 *     one of them has one unless the inner one runs rarely or is short;
 *   - every cycle of calls is cut where a depth-first walk from main comes back to a function, in front
 *     of the first statements that go round, so that what returns at once pays nothing;
 *   - functions that no poll surrounds (none of their calls stands below a loop or cycle that has one)
 *     get polls in their outermost loops, however short these are.
 *
 * Functions that run only while another one must not be interrupted (PREACHES_NEVER) get none: nothing would
 * come of them. Those that a hint 'never ... but' excludes get none either. What is left without a poll are loops that are short by estimate and run below a poll: their
 * time is bounded by their trip counts alone. cc_polls_report() names the longest. */
#include "hints.h"
#include <string.h>

enum { MOST_CUTS = 4 }; /* of the cycles through one function: each costs text */

gboolean cc_is_loop(const Node *n)
{
    return n->kind == N_FOR || n->kind == N_WHILE || (n->kind == N_DO && !n->once);
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

/* ---- functions that have none, since only some others may ---- */

/* By hints 'never FUNCTION but FUNCTION ...': no checkpoint begins in the first, nor in what it calls other than through
 * those behind. Nothing is counted while it runs, so what it calls has no poll for any other caller either. */
static void make_quiet(Func *f, const Hint *hint, GHashTable *seen)
{
    if (cc_hint_lists(hint, f->decl->name) || !g_hash_table_add(seen, f))
        return;
    f->quiet = TRUE;
    for (guint i = 0; i < f->callees->len; i++)
        make_quiet(f->callees->pdata[i], hint, seen);
}

static void find_quiet(Func *f, gpointer data)
{
    const Hint *hint = cc_hint(data, HINT_NEVER, f->decl->name);
    if (!hint || !hint->names)
        return;
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    make_quiet(f, hint, seen);
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
    if (f->never || f->quiet)
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

/* ---- functions in which no checkpoint can begin ---- */

static void shut(Func *f, gpointer data)
{
    (void)data;
    f->shut = TRUE;
}

static void open_way(Func *f)
{
    if (!f->shut || f->never)
        return;
    f->shut = FALSE;
    for (guint i = 0; i < f->callees->len; i++)
        open_way(f->callees->pdata[i]);
}

/* What the program begins with, or may be called by anything. */
static void open_from(Func *f, gpointer data)
{
    (void)data;
    if (f->is_main || f->address_taken || !f->called)
        open_way(f);
}

static void shut_quiet(Func *f, gpointer data)
{
    (void)data;
    f->shut |= f->quiet;
}

/* Does each pass through the loop's body meet one? */
gboolean cc_polls_itself(const Node *loop)
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
    f->work = (Work){0};
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

/* ---- functions that no poll surrounds ---- */

static void poll_outermost_loops(Func *f, Node *n)
{
    if (n->kind == N_SIZEOF || n->kind == N_STMTEXPR)
        return;
    if (cc_is_loop(n)) {
        n->is_poll |= !cc_polls_itself(n) && !n->by_bytes;
        f->has_poll |= n->is_poll || cc_polls_itself(n);
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
    surrounded |= cc_is_loop(n) && (n->is_poll || cc_polls_itself(n));
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
        if (runs && !f->mark && !f->cyclic && !f->shut) {
            poll_outermost_loops(f, f->body);
            cc_poll_backward_gotos(f);
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
        if (f->shut || f->unit->is_ours)
            continue;
        cc_estimate(p, f);
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
    if (!n->by_bytes && ((cc_is_loop(n) && !cc_polls_itself(n)) || cc_goes_back(f, n)))
        add_candidate(p, f, n, FALSE, ordinal);
    for (guint i = 0; i < n->n_kids; i++)
        find_candidates(p, f, n->kid[i], ordinal);
}

static void list_candidates(Func *f, gpointer data)
{
    Program *p = data;
    guint ordinal = 0;
    if (f->shut || f->unit->is_ours)
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

/* Where a candidate's poll is noted. */
static gboolean *poll_of(const CcCandidate *c)
{
    if (!c->node)
        return &c->f->entry_poll;
    return cc_is_loop(c->node) && !c->cycle ? &c->node->is_poll : &c->node->poll_before;
}

static void place_candidate(const CcCandidate *c)
{
    c->f->has_poll = TRUE;
    *poll_of(c) = TRUE;
}

static void forget_polls(Func *f, gpointer data)
{
    (void)data;
    f->has_poll = FALSE;
}

/* Notes which candidates --polls=auto would take, and takes none. */
static void place_on_trial(Program *p, const Graph *g)
{
    place_auto(p, g);
    for (guint i = 0; i < p->candidates->len; i++) {
        CcCandidate *c = &g_array_index(p->candidates, CcCandidate, i);
        c->keep = *poll_of(c);
        *poll_of(c) = FALSE;
    }
    each_function(p, forget_polls, NULL);
    each_function(p, find_explicit, NULL);
}

void cc_place_polls(Program *p)
{
    find_never(p);
    each_function(p, find_quiet, p);
    each_function(p, find_explicit, NULL);
    cc_mark_byte_loops(p);
    if (p->polls == CC_POLLS_EXPLICIT)
        return;
    Graph *g = graph_new(p);
    each_function(p, shut, NULL);
    each_function(p, open_from, NULL);
    each_function(p, shut_quiet, NULL);
    p->candidates = g_array_new(FALSE, TRUE, sizeof(CcCandidate));
    each_function(p, list_candidates, p);
    if (p->polls == CC_POLLS_PROFILE)
        place_on_trial(p, g);
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
