/* Hints 'overlay': blocks of raw bytes that hold numbers while a function runs, from where its pointers point. These
 * pointers have types of their own, and are saved at every site of the function, since the converter finds out by them
 * what the block holds. A counter's type names its pointer's. Where they have no value there is no site (site.c). */
#include "hints.h"
#include "parse.h"
#include "types.h"
#include <string.h>

static void find_variables(const GPtrArray *decls, const char *name, GPtrArray *found)
{
    for (guint i = 0; i < decls->len; i++)
        if (strcmp(((const Decl *)decls->pdata[i])->name, name) == 0)
            g_ptr_array_add(found, decls->pdata[i]);
}

/* The function's only variable of that name, which every site of the function can save; else NULL, and it is told. */
static Decl *find_variable(Program *p, Hint *h, const Func *f, const char *name)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    find_variables(f->params, name, found);
    find_variables(f->locals, name, found);
    Decl *d = found->len == 1 ? found->pdata[0] : NULL;
    if (!d)
        cc_hint_error(p, h, "'%s' has %s variable '%s'", f->decl->name, found->len ? "more than one" : "no", name);
    else if (d->escapes)
        cc_hint_error(p, h, "'%s' of '%s' is no plain variable: its address is taken, or it is const itself", name,
                      f->decl->name);
    else if (d->track < 0)
        cc_hint_error(p, h, "'%s' of '%s' is at no poll", name, f->decl->name);
    else
        return d;
    return NULL;
}

/* What its value says at a site must be what the hint means: why that is not so, or NULL. */
static const char *unfit(Program *p, const Decl *d)
{
    guint type = cc_decl_type(p, d);
    PrKind to = cc_type_kind(p, type) == PR_PTR ? cc_type_kind(p, g_array_index(p->model->types, CcType, type).elem)
                                                : PR_VOID;
    if (to < PR_BOOL || to > PR_DOUBLE)
        return "is no pointer to numbers";
    if (to == PR_LONG || to == PR_ULONG)
        return "points to numbers whose size is not the same on all machines";
    return d->kind != D_PARAM && !d->init ? "has no value from the beginning" : NULL;
}

static const char *unfit_counter(Program *p, const Decl *d)
{
    PrKind kind = cc_type_kind(p, cc_decl_type(p, d));
    if (kind < PR_CHAR || kind > PR_ULLONG)
        return "is no number";
    return d->counts ? "counts another pointer's elements" : NULL;
}

/* POINTER or POINTER[COUNT] */
static void overlay_one(Program *p, Hint *h, const Func *f, const char *word, guint *n_counters)
{
    g_auto(GStrv) names = g_strsplit_set(word, "[]", 3);
    gboolean counted = g_strv_length(names) > 1;
    Decl *d = find_variable(p, h, f, names[0]), *counter = d && counted ? find_variable(p, h, f, names[1]) : NULL;
    if (!d || (counted && !counter))
        return;
    const char *why = unfit(p, d), *other = counter ? unfit_counter(p, counter) : NULL;
    if (why || other) {
        cc_hint_error(p, h, "'%s' of '%s' %s", why ? names[0] : names[1], f->decl->name, why ? why : other);
        return;
    }
    d->overlay = TRUE;
    d->counter = counter;
    d->overlay_no = counter ? ++*n_counters : 0;
    if (counter)
        counter->counts = d;
}

static void overlay_function(Program *p, const Func *f, guint *n_counters)
{
    for (guint i = 0; i < p->hints->len; i++) {
        Hint *h = p->hints->pdata[i];
        if (h->kind != HINT_OVERLAY || strcmp(h->name, f->decl->name) != 0)
            continue;
        h->used = TRUE;
        for (guint k = 0; h->names[k]; k++)
            overlay_one(p, h, f, h->names[k], n_counters);
    }
}

void cc_overlays(Program *p)
{
    guint n_counters = 0;
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; k < p->units[i]->funcs->len; k++) {
            const Func *f = p->units[i]->funcs->pdata[k];
            if (f->body && f->reaching)
                overlay_function(p, f, &n_counters);
        }
}
