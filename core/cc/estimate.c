/* The estimate of what runs between two polls, and the loops and gotos that get a poll by it (--polls=auto).
 *
 * Two sums over statements and calls: steps, the statements; rounds, the passes of the loops among them. Both are
 * what is to be expected, not the worst, since a poll costs where something runs often: an if counts half of each
 * side, a switch the mean of its runs, a call through a pointer the mean of its targets; a loop makes TRIPS
 * passes, SCAN_TRIPS where nothing runs but its condition: such a loop skips blanks or compares text, and what it
 * looks for is near. A loop has a poll where one pass counts MOST_STEPS or MOST_ROUNDS: the rounds see to it that a
 * loop in each pass of which another one runs, over calls too, is not without, however short its text, unless that
 * is a single scan; the steps that much text, of which little may run each time, is no reason. A loop with a poll
 * counts nothing in what surrounds it: either it makes a pass, and there is the poll, or it makes none. */
#include "ast.h"
#include "libc_table.h"
#include <string.h>

enum {
    TRIPS = 10,
    SCAN_TRIPS = 5,
    ONE = 64, /* a statement; sums are in fractions of it, for the halves of halves */
    MOST_STEPS = 1000 * ONE,
    MOST_ROUNDS = 10 * ONE,
    MOST_GOTOS = 64, /* each looks at the function anew; with more, all count as the whole of it */
};
#define LONGEST (UINT64_C(1000000000) * ONE)

static Work plus(Work a, Work b)
{
    return (Work){MIN(a.steps + b.steps, LONGEST), MIN(a.rounds + b.rounds, LONGEST)};
}

static Work times(Work a, guint64 n)
{
    return (Work){MIN(a.steps * n, LONGEST), MIN(a.rounds * n, LONGEST)};
}

static Work mean(Work sum, guint64 n)
{
    return (Work){sum.steps / n, sum.rounds / n};
}

static Work steps(guint n)
{
    return (Work){n * ONE, 0};
}

static gboolean is_long(Work pass)
{
    return pass.steps >= MOST_STEPS || pass.rounds >= MOST_ROUNDS;
}

/* Passes of a loop without a poll. */
static Work repeated(Work pass)
{
    guint64 trips = pass.steps > ONE ? TRIPS : SCAN_TRIPS;
    pass.rounds += ONE;
    return times(pass, trips);
}

typedef struct Estimate {
    Program *p;
    Func *f;
} Estimate;

static Work work_of(const Estimate *e, Node *n);

static Work work_of_kids(const Estimate *e, const Node *n)
{
    Work sum = {0};
    for (guint i = 0; i < n->n_kids; i++)
        sum = plus(sum, work_of(e, n->kid[i]));
    return sum;
}

static Work work_of_call(const Estimate *e, const Node *n)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    Work callee = {0};
    cc_call_targets(e->p, n, list);
    for (guint i = 0; i < list->len; i++)
        callee = plus(callee, ((Func *)list->pdata[i])->work); /* 0: a recursion, which is cut */
    const Decl *to = list->len ? NULL : cc_callee_decl(n);
    if (to && cc_libc_waits(to->name))
        callee.steps = MOST_STEPS;
    return plus(work_of_kids(e, n), plus(mean(callee, MAX(list->len, 1)), steps(1)));
}

static Work work_of_switch(const Estimate *e, const Node *n)
{
    guint runs = 0; /* labels of one statement are one node in another */
    for (guint i = 0; n->body->kind == N_COMPOUND && i < n->body->n_kids; i++)
        runs += n->body->kid[i]->kind == N_CASE || n->body->kid[i]->kind == N_DEFAULT ? 1 : 0;
    return plus(plus(steps(1), work_of(e, n->cond)), mean(work_of(e, n->body), MAX(runs, 1)));
}

static Work work_of_loop(const Estimate *e, Node *n)
{
    Work before = n->kind == N_FOR && n->init ? work_of(e, n->init) : steps(0);
    Work pass = plus(steps(1), work_of(e, n->body));
    if (n->cond)
        pass = plus(pass, work_of(e, n->cond));
    if (n->inc)
        pass = plus(pass, work_of(e, n->inc));
    n->work = pass.steps / ONE;
    if (!cc_polls_itself(n) && (n->by_bytes || !is_long(pass)))
        return plus(before, repeated(pass));
    n->is_poll = !cc_polls_itself(n);
    e->f->has_poll = TRUE;
    return plus(before, steps(1));
}

static Work work_of(const Estimate *e, Node *n)
{
    switch (n->kind) {
    case N_SIZEOF: return steps(0);
    case N_CALL: return work_of_call(e, n);
    case N_SWITCH: return work_of_switch(e, n);
    case N_WHILE:
    case N_DO:
    case N_FOR: return cc_is_loop(n) ? work_of_loop(e, n) : work_of_kids(e, n);
    case N_IF: {
        Work other = n->other ? work_of(e, n->other) : steps(0);
        return plus(plus(steps(1), work_of(e, n->cond)), mean(plus(work_of(e, n->body), other), 2));
    }
    case N_COND: {
        Work first = work_of(e, n->kid[0]), sides = steps(0);
        for (guint i = 1; i < n->n_kids; i++)
            sides = plus(sides, work_of(e, n->kid[i]));
        return plus(first, mean(sides, 2));
    }
    case N_EXPRSTMT:
    case N_RETURN:
    case N_ASM:
    case N_DECL: return plus(steps(1), work_of_kids(e, n));
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

const Node *cc_label_behind(const Func *f, const Node *n)
{
    const Node *label = n->kind == N_GOTO ? find_label(f->body, n->label) : NULL;
    return label && label->begin < n->begin ? label : NULL;
}

/* A computed goto may go to any label: an interpreter's loop is made of them. */
gboolean cc_goes_back(const Func *f, const Node *n)
{
    return n->kind == N_COMPUTED_GOTO || cc_label_behind(f, n);
}

static void find_gotos(Func *f, Node *n, GPtrArray *list)
{
    if (cc_goes_back(f, n))
        g_ptr_array_add(list, n);
    for (guint i = 0; i < n->n_kids; i++)
        find_gotos(f, n->kid[i], list);
}

static void poll_before(Func *f, Node *n)
{
    if (!n->by_bytes)
        n->poll_before = f->has_poll = TRUE;
}

void cc_poll_backward_gotos(Func *f)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    find_gotos(f, f->body, list);
    for (guint i = 0; i < list->len; i++)
        poll_before(f, list->pdata[i]);
}

/* Of what stands between two places of the text. */
static Work work_between(const Estimate *e, Node *n, guint from, guint to)
{
    if (n->end <= from || n->begin >= to || n->kind == N_SIZEOF)
        return steps(0);
    if (n->begin >= from && n->end <= to)
        return work_of(e, n);
    Work sum = steps(0);
    for (guint i = 0; i < n->n_kids; i++)
        sum = plus(sum, work_between(e, n->kid[i], from, to));
    return sum;
}

void cc_estimate(Program *p, Func *f)
{
    Estimate e = {p, f};
    Work whole = plus(steps(1), work_of(&e, f->body)), all = whole;
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    find_gotos(f, f->body, list);
    for (guint i = 0; i < list->len; i++) {
        Node *n = list->pdata[i];
        const Node *label = list->len <= MOST_GOTOS ? cc_label_behind(f, n) : NULL;
        Work pass = label ? work_between(&e, f->body, label->begin, n->end) : whole;
        if ((is_long(pass) && !n->by_bytes) || n->kind == N_COMPUTED_GOTO)
            poll_before(f, n);
        else
            all = plus(all, repeated(pass));
    }
    f->work = all;
}

guint64 cc_work_statements(Work work)
{
    return work.steps / ONE;
}
