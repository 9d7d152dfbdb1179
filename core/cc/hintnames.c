/* Hints whose names mean nothing in the program: told, with the nearest name there is. */
#include "hints.h"
#include <string.h>

static guint distance(const char *a, const char *b)
{
    gsize n = strlen(b);
    g_autofree guint *row = g_new(guint, n + 1);
    for (gsize k = 0; k <= n; k++)
        row[k] = (guint)k;
    for (guint i = 1; *a; a++, i++) {
        guint corner = row[0];
        row[0] = i;
        for (gsize k = 1; k <= n; k++) {
            guint best = MIN(MIN(row[k], row[k - 1]) + 1, corner + (*a != b[k - 1]));
            corner = row[k];
            row[k] = best;
        }
    }
    return row[n];
}

const char *cc_nearest(const char *word, const char *const *names, guint n)
{
    const char *best = NULL;
    guint least = G_MAXUINT;
    for (guint i = 0; i < n; i++) {
        guint d = distance(word, names[i]);
        if (d < least) {
            least = d;
            best = names[i];
        }
    }
    return best;
}

static gboolean names_function(const Hint *h)
{
    HintKind kind = h->kind;
    return kind == HINT_ALLOC || kind == HINT_ALLOC_BY || kind == HINT_RAW || kind == HINT_ALLOCATOR ||
           kind == HINT_NEVER || kind == HINT_OVERLAY || (kind == HINT_BYTES && !strchr(h->name, '.'));
}

static void collect_names(Program *p, const Hint *h, GPtrArray *names)
{
    if (names_function(h))
        for (guint i = 0; i < p->n_units; i++)
            for (guint k = 0; k < p->units[i]->funcs->len; k++)
                g_ptr_array_add(names, ((Func *)p->units[i]->funcs->pdata[k])->decl->name);
    else
        for (guint i = 0; i < p->record_names->len; i++)
            g_ptr_array_add(names, p->record_names->pdata[i]);
}

static void warn(Program *p, const Hint *hint, const char *text)
{
    p->diag->n_warnings++;
    p->diag->report(p->diag, FALSE, hint->file, hint->line, 1, "-Wpreaches-hint", text);
}

static char *about_nothing(Program *p, const Hint *h)
{
    if (h->kind == HINT_CONSTANT)
        return g_strdup_printf("the text '%s' is nowhere in the program", h->name);
    if (h->kind == HINT_PARTS)
        return g_strdup_printf("no value is copied into several of type '%s'", h->name);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    collect_names(p, h, names);
    const char *best = cc_nearest(cc_hint_bare(h->name), (const char *const *)names->pdata, names->len);
    if (names_function(h) && best && strcmp(best, h->name) == 0)
        return g_strdup_printf("'%s' has no %s%s that this could be said of", h->name,
                               h->nth ? "such " : "", h->kind == HINT_NEVER || h->kind == HINT_OVERLAY ? "poll" : "allocation");
    return g_strdup_printf("'%s' is %s%s%s%s", h->name,
                           names_function(h) ? "no function of the program" : "nowhere in the program's state",
                           best ? "; did you mean '" : "", best ? best : "", best ? "'?" : "");
}

static gboolean is_function(Program *p, const char *name)
{
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; k < p->units[i]->funcs->len; k++)
            if (strcmp(((Func *)p->units[i]->funcs->pdata[k])->decl->name, name) == 0)
                return TRUE;
    return FALSE;
}

/* 'never FUNCTION but FUNCTION ...' */
static void tell_unknown_exceptions(Program *p, const Hint *h)
{
    for (guint i = 0; h->kind == HINT_NEVER && h->names && h->names[i]; i++) {
        Hint excepted = { .kind = HINT_NEVER, .file = h->file, .line = h->line, .name = h->names[i] };
        g_autofree char *text = is_function(p, h->names[i]) ? NULL : about_nothing(p, &excepted);
        if (text)
            warn(p, h, text);
    }
}

void cc_hints_check_functions(Program *p)
{
    for (guint i = 0; i < p->hints->len; i++) {
        Hint *h = p->hints->pdata[i];
        if (names_function(h) && is_function(p, h->name))
            tell_unknown_exceptions(p, h);
        if (!names_function(h) || is_function(p, h->name))
            continue;
        g_autofree char *text = about_nothing(p, h);
        warn(p, h, text);
        h->used = TRUE; /* told */
    }
}

/* One file may serve several programs of a package, so these are no errors. */
void cc_hints_check(Program *p)
{
    for (guint i = 0; i < p->hints->len; i++) {
        Hint *h = p->hints->pdata[i];
        g_autofree char *text = h->used ? NULL : about_nothing(p, h);
        if (text)
            warn(p, h, text);
    }
}
