/* --explain FUNCTION and --polls-report: text for people. */
#include "ast.h"
#include "pollprofile.h"
#include <string.h>

/* ---- polls and loops of a function ---- */

typedef void (*EachPlace)(const Func *f, const Node *n, gpointer data);

static void each_statement(const Func *f, const Node *n, EachPlace call, gpointer data)
{
    if (n->kind == N_SIZEOF)
        return;
    call(f, n, data);
    for (guint i = 0; i < n->n_kids; i++)
        each_statement(f, n->kid[i], call, data);
}

static const char *kind_of_poll(const Node *n)
{
    if (n->kind == N_CALL)
        return "asked for by the program";
    if (n->is_poll)
        return "each pass of the loop";
    return n->kind == N_GOTO ? "a goto that goes back" : "a cycle of calls, in front of what goes round";
}

static void tell_poll(const Func *f, const Node *n, gpointer data)
{
    GString *out = data;
    if (!n->is_poll && !n->poll_before)
        return;
    g_string_append_printf(out, "  poll %s:%u in '%s': %s", n->file, n->line, f->decl->name, kind_of_poll(n));
    if (n->work && n->is_poll)
        g_string_append_printf(out, ", about %" G_GUINT64_FORMAT " statements", n->work);
    g_string_append_c(out, '\n');
    if (n->is_poll && n->poll_before)
        g_string_append_printf(out, "  poll %s:%u in '%s': in front of the loop too, a cycle of calls\n",
                               n->file, n->line, f->decl->name);
}

static void tell_polls(const Func *f, GString *out)
{
    if (f->entry_poll)
        g_string_append_printf(out, "  poll %s:%u in '%s': a cycle of calls, at the entry\n", f->decl->file,
                               f->decl->line, f->decl->name);
    each_statement(f, f->body, tell_poll, out);
}

static gboolean is_bare_loop(const Node *n)
{
    return cc_is_loop(n) && !n->is_poll;
}

static void tell_loop(const Func *f, const Node *n, gpointer data)
{
    (void)f;
    if (is_bare_loop(n))
        g_string_append_printf(data, "  loop %s:%u has no poll: about %" G_GUINT64_FORMAT
                               " statements a pass; only the number of its passes bounds it\n",
                               n->file, n->line, n->work);
}

/* ---- one function ---- */

typedef struct Notes {
    CcDiag diag;
    GString *out;
} Notes;

static void note_line(CcDiag *diag, const char *file, guint line, guint col, const char *message)
{
    (void)col;
    g_string_append_printf(((Notes *)diag)->out, "  %s:%u: %s\n", file, line, message);
}

static void tell_callers(const Program *p, const Func *to, GString *out)
{
    guint n = 0;
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; k < p->units[i]->funcs->len; k++) {
            const Func *f = p->units[i]->funcs->pdata[k];
            if (g_ptr_array_find(f->callees, (gpointer)to, NULL))
                g_string_append_printf(out, "%s'%s'", n++ ? ", " : "  called by ", f->decl->name);
        }
    g_string_append(out, n ? "\n" : "  called by no function of the program\n");
    if (to->address_taken)
        g_string_append_printf(out, "  its address is taken: calls through pointers to %s may mean it\n",
                               to->any_shape ? "any function" : "functions like it");
}

static void tell_sites(const CcModel *m, const Func *f, GString *out)
{
    for (guint i = 0; i < f->n_sites; i++) {
        const CcSite *s = &g_array_index(m->sites, CcSite, f->first_site + i);
        g_string_append_printf(out, "  site %s:%u, %s, saves", f->decl->file, s->line, s->is_poll ? "poll" : "call");
        for (guint k = 0; k < s->n_vars; k++)
            g_string_append_printf(out, "%s %s", k ? "," : "",
                                   g_array_index(m->vars, CcVar, s->first_var + k).name);
        g_string_append(out, s->n_vars ? "\n" : " nothing\n");
    }
    for (guint i = 0; i < f->n_locals; i++) {
        const CcLocal *local = &g_array_index(m->locals, CcLocal, f->first_local + i);
        g_string_append_printf(out, "  on the data stack: %s (%s)\n", local->name,
                               g_array_index(m->types, CcType, local->type).name);
    }
}

static void explain(const CcModel *m, Program *p, Func *f, GString *out)
{
    const Decl *d = f->decl;
    Notes notes = {.diag = {.note = note_line}, .out = out};
    g_string_append_printf(out, "%s:%u: function '%s' is %s\n", d->file, d->line, d->name,
                           f->reaching ? "instrumented: a poll can be reached from it"
                           : f->constructor || f->destructor ? "not instrumented: it runs outside main"
                           : f->never  ? "not instrumented: PREACHES_NEVER"
                           : f->shut   ? "not instrumented: it runs only below functions of PREACHES_NEVER"
                                       : "not instrumented: no poll can be reached from it");
    if (f->reaching) {
        p->diag = &notes.diag;
        cc_note_chain(p, f);
        p->diag = NULL;
        tell_polls(f, out);
    }
    each_statement(f, f->body, tell_loop, out);
    tell_callers(p, f, out);
    if (f->reaching)
        tell_sites(m, f, out);
}

char *cc_model_explain(const CcModel *model, const char *function)
{
    Program *p = model->priv;
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; k < p->units[i]->funcs->len; k++) {
            Func *f = p->units[i]->funcs->pdata[k];
            if (f->body && strcmp(f->decl->name, function) == 0)
                explain(model, p, f, out);
        }
    return g_string_free(out, out->len == 0);
}

/* ---- all polls ---- */

typedef struct Summary {
    GString *out;
    guint polls, reaching, functions, bare;
    guint64 bound, bare_work; /* statements between polls; a pass of the longest loop without one */
    const Node *bare_loop;
} Summary;

static void sum_node(const Func *f, const Node *n, gpointer data)
{
    Summary *s = data;
    (void)f;
    s->polls += (n->is_poll ? 1u : 0u) + (n->poll_before ? 1u : 0u);
    if (n->is_poll)
        s->bound = MAX(s->bound, n->work);
    if (!is_bare_loop(n))
        return;
    s->bare++;
    if (n->work >= s->bare_work) {
        s->bare_work = n->work;
        s->bare_loop = n;
    }
}

static void tell_profile(const Program *p, GString *out)
{
    guint n = p->candidates->len;
    g_auto(GStrv) keys = g_new0(char *, n + 1);
    g_autofree gboolean *keep = g_new0(gboolean, n + 1);
    for (guint i = 0; i < n; i++) {
        keys[i] = cc_candidate_key(p, i);
        keep[i] = g_array_index(p->candidates, CcCandidate, i).keep;
    }
    CcProfileCost cost = cc_profile_cost(p->profile, keys, n, keep);
    g_string_append_printf(out, "profile: %u of %u candidates, executed %" G_GUINT64_FORMAT " times in the "
                           "recording; %.2f%% of its time in gaps over 5 ms, the longest at most %.0f ms\n",
                           cost.kept, n, cost.polls, cost.long_gaps * 100, cost.longest_ms);
}

char *cc_model_report(const CcModel *model)
{
    const Program *p = model->priv;
    Summary s = {.out = g_string_new(NULL)};
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; k < p->units[i]->funcs->len; k++) {
            const Func *f = p->units[i]->funcs->pdata[k];
            if (!f->body || (f->unit->is_ours && !f->reaching))
                continue;
            s.functions++;
            s.reaching += f->reaching ? 1 : 0;
            s.polls += f->entry_poll ? 1 : 0;
            s.bound = MAX(s.bound, cc_work_statements(f->work));
            tell_polls(f, s.out);
            if (!f->unit->is_ours) /* no estimate was made there */
                each_statement(f, f->body, sum_node, &s);
        }
    g_string_append_printf(s.out, "polls: %u; instrumented functions: %u of %u\n", s.polls, s.reaching,
                           s.functions);
    if (p->polls == CC_POLLS_AUTO)
        g_string_append_printf(s.out, "between polls: about %" G_GUINT64_FORMAT " statements at most, if loops "
                               "without a poll make ten passes (%u such loops", s.bound, s.bare);
    if (p->polls == CC_POLLS_AUTO && s.bare_loop)
        g_string_append_printf(s.out, "; the longest pass: %s:%u, %" G_GUINT64_FORMAT " statements",
                               s.bare_loop->file, s.bare_loop->line, s.bare_work);
    g_string_append(s.out, p->polls == CC_POLLS_AUTO ? ")\n" : "");
    if (p->profile)
        tell_profile(p, s.out);
    return g_string_free(s.out, FALSE);
}
