/* Counting: a reaching function's sites, locals on the data stack and row in the model, by the walk that
 * writes the text. */
#include "lower.h"
#include "types.h"

static void add_local(Program *p, const Decl *d)
{
    guint type = cc_decl_type(p, d);
    CcLocal local = { .name = g_strdup(d->name), .type = type,
                      .zero = d->kind == D_LOCAL && cc_type_info(p, type).zero };
    g_array_append_val(p->model->locals, local);
}

static void count_function(Program *p, Func *f)
{
    CcModel *m = p->model;
    cc_find_tails(f);
    cc_live(f);
    f->index = m->funcs->len;
    f->first_site = m->sites->len;
    f->first_local = m->locals->len;
    f->n_locals = f->n_escaping;
    for (guint i = 0; i < f->params->len; i++)
        if (((Decl *)f->params->pdata[i])->escapes)
            add_local(p, f->params->pdata[i]);
    for (guint i = 0; i < f->locals->len; i++)
        if (((Decl *)f->locals->pdata[i])->escapes)
            add_local(p, f->locals->pdata[i]);
    for (guint i = 0; i < f->literals->len; i++) {
        guint type = cc_type(p, f->unit, ((Node *)f->literals->pdata[i])->type, NULL);
        CcLocal local = { .name = g_strdup("<compound literal>"), .type = type,
                          .zero = cc_type_info(p, type).zero };
        g_array_append_val(m->locals, local);
    }
    if (f->n_jumps)
        cc_jump_local(p, f);
    if (f->n_bounds)
        cc_vla_locals(p, f);
    Lower l = { .p = p, .u = f->unit, .f = f, .mode = LOWER_COUNT, .out = g_string_new(NULL) };
    cc_lower_body(&l);
    g_string_free(l.out, TRUE);
    f->n_sites = l.n_sites;
    CcFunc row = { .name = g_strdup(f->decl->name), .file = g_strdup(f->decl->file),
                   .symbol = f->symbol, .unit = f->unit->index, .first_local = f->first_local,
                   .n_locals = f->n_locals };
    g_array_append_val(m->funcs, row);
}

void cc_lower_count(Program *p)
{
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; k < p->units[i]->funcs->len; k++) {
            Func *f = p->units[i]->funcs->pdata[k];
            if (f->body && f->reaching)
                count_function(p, f);
        }
}
