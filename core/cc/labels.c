/* Labels as values.
 *
 * A table of labels that only computed gotos look into holds no state: each copy of the function
 * keeps a table of its own. Wherever else a label's address may come to lie it is the address of a
 * byte, one for each label of the function, in a constant object: the same on every architecture and
 * in both copies; and a computed goto becomes a switch. */
#include "ast.h"
#include <string.h>

static gboolean contains(const Node *n, NodeKind kind)
{
    if (n->kind == kind)
        return TRUE;
    for (guint i = 0; i < n->n_kids; i++)
        if (contains(n->kid[i], kind))
            return TRUE;
    return FALSE;
}

/* Static tables of labels; all declarators of one declaration, or none. */
static void find_tables(Node *n, gboolean *other)
{
    if (n->kind == N_DECL && n->n_kids && n->kid[0]->decl->kind == D_STATIC_LOCAL) {
        guint tables = 0;
        for (guint i = 0; i < n->n_kids; i++)
            tables += contains(n->kid[i], N_LABEL_ADDRESS) ? 1 : 0;
        for (guint i = 0; i < n->n_kids && tables == n->n_kids; i++)
            n->kid[i]->decl->in_place = TRUE;
        *other |= tables != 0 && tables != n->n_kids;
        return;
    }
    for (guint i = 0; i < n->n_kids; i++)
        find_tables(n->kid[i], other);
}

/* Is a table or a label used but to jump? */
static gboolean used_elsewhere(const Node *n)
{
    if (n->kind == N_LABEL_ADDRESS || (n->kind == N_REF && n->decl && n->decl->in_place))
        return TRUE;
    if (n->kind == N_COMPUTED_GOTO || n->kind == N_SIZEOF || (n->kind == N_VAR && n->decl->in_place))
        return FALSE;
    for (guint i = 0; i < n->n_kids; i++)
        if (used_elsewhere(n->kid[i]))
            return TRUE;
    return FALSE;
}

static void collect(Func *f, Node *n)
{
    if (n->kind == N_LABEL_ADDRESS) {
        guint i = 0;
        while (i < f->labels->len && ((Node *)f->labels->pdata[i])->label_at != n->label_at)
            i++;
        if (i == f->labels->len)
            g_ptr_array_add(f->labels, n);
        n->temp_no = i;
    }
    for (guint i = 0; i < n->n_kids; i++)
        collect(f, n->kid[i]);
}

static void number(Node *n, guint string)
{
    if (n->kind == N_LABEL_ADDRESS)
        n->string = string;
    for (guint i = 0; i < n->n_kids; i++)
        number(n->kid[i], string);
}

static void forget_tables(Func *f)
{
    for (guint i = 0; i < f->statics->len; i++) {
        Node *n = f->statics->pdata[i];
        for (guint k = 0; k < n->n_kids; k++)
            n->kid[k]->decl->in_place = FALSE;
    }
}

static void translate(Program *p, Func *f)
{
    Unit *u = f->unit;
    Node *first = f->labels->pdata[0];
    g_autofree char *bytes = g_strnfill(f->labels->len, 'l');
    StringLit s = { .node = first, .bytes = f->labels->len + 1,
                    .text = cc_keep(p, g_strdup_printf("\"%s\"", bytes)) };
    g_array_append_val(u->strings, s);
    f->label_string = u->strings->len;
    number(f->body, f->label_string);
}

void cc_labels(Program *p, Func *f)
{
    gboolean other = FALSE;
    if (!contains(f->body, N_LABEL_ADDRESS))
        return;
    find_tables(f->body, &other);
    collect(f, f->body);
    if (!other && !used_elsewhere(f->body))
        return;
    forget_tables(f);
    translate(p, f);
}

gboolean cc_has_label(const Node *n)
{
    if (n->kind == N_LABEL)
        return TRUE;
    for (guint i = 0; i < n->n_kids; i++)
        if (cc_has_label(n->kid[i]))
            return TRUE;
    return FALSE;
}
