/* Why a function is instrumented: the shortest chain of calls from it to a poll, as notes. */
#include "ast.h"

static const Node *find_poll(const Node *n)
{
    if (n->is_poll || n->poll_before)
        return n;
    for (guint i = 0; i < n->n_kids; i++) {
        const Node *found = n->kind == N_SIZEOF ? NULL : find_poll(n->kid[i]);
        if (found)
            return found;
    }
    return NULL;
}

/* The nearest function with a poll of its own; *came: Func -> the Func that calls it. */
static Func *nearest(Func *from, GHashTable *came)
{
    g_autoptr(GPtrArray) queue = g_ptr_array_new();
    g_hash_table_insert(came, from, NULL);
    g_ptr_array_add(queue, from);
    for (guint at = 0; at < queue->len; at++) {
        Func *f = queue->pdata[at];
        if (f->has_poll)
            return f;
        for (guint i = 0; i < f->callees->len; i++) {
            Func *to = f->callees->pdata[i];
            if (!to->reaching || g_hash_table_contains(came, to))
                continue;
            g_hash_table_insert(came, to, f);
            g_ptr_array_add(queue, to);
        }
    }
    return NULL;
}

static void note(CcDiag *diag, const char *file, guint line, guint col, const char *format, ...)
    G_GNUC_PRINTF(5, 6);
static void note(CcDiag *diag, const char *file, guint line, guint col, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    diag->note(diag, file, line, col, text);
}

static void note_call(CcDiag *diag, const Func *from, const Func *to)
{
    const Node *pointer = NULL;
    for (guint i = 0; i < from->calls->len; i++) {
        const Node *call = from->calls->pdata[i];
        if (cc_callee(call) == to) {
            note(diag, call->file, call->line, call->col, "'%s' calls '%s' here", from->decl->name,
                 to->decl->name);
            return;
        }
        if (!pointer && !cc_callee_decl(call))
            pointer = call;
    }
    if (pointer)
        note(diag, pointer->file, pointer->line, pointer->col,
             "'%s' may call '%s' through a pointer here", from->decl->name, to->decl->name);
}

void cc_note_chain(Program *p, Func *from)
{
    CcDiag *diag = p->diag;
    if (!diag->note || !from->reaching)
        return;
    g_autoptr(GHashTable) came = g_hash_table_new(NULL, NULL);
    Func *end = nearest(from, came);
    g_autoptr(GPtrArray) path = g_ptr_array_new();
    for (Func *f = end; f; f = g_hash_table_lookup(came, f))
        g_ptr_array_add(path, f);
    for (guint i = path->len; i-- > 1;)
        note_call(diag, path->pdata[i], path->pdata[i - 1]);
    const Node *poll = end && end->body ? find_poll(end->body) : NULL;
    if (poll)
        note(diag, poll->file, poll->line, poll->col, "a poll stands here");
    else if (end)
        note(diag, end->decl->file, end->decl->line, end->decl->col,
             "'%s' is recursive: a poll stands at its entry", end->decl->name);
}
