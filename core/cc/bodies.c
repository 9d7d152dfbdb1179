/* Functions whose text depends on the byte order: #if WORDS_BIGENDIAN and its like. Each machine has the text that is
 * right for it, but a value that one has made (a number with its bytes swapped, where the others leave it) may be
 * read by another. Texts also differ for other reasons (LONG_MAX, LDBL_MAX): machines of one word size are compared without
 * their floating numbers, others without any. */
#include "ast.h"
#include "hints.h"
#include <string.h>

/* Bytes of the floating number that begins there; 0: it is another. The limits of long doubles (LDBL_MAX) are each
 * machine's own, and none goes by the order of bytes. */
static guint floating_at(const char *text)
{
    gboolean floating = FALSE, hex = text[0] == '0' && g_ascii_tolower(text[1]) == 'x';
    guint n = 0;
    for (; g_ascii_isalnum(text[n]) || text[n] == '.' || ((text[n] == '+' || text[n] == '-') && n &&
                                                          g_ascii_tolower(text[n - 1]) == (hex ? 'p' : 'e')); n++)
        floating |= text[n] == '.' || g_ascii_tolower(text[n]) == (hex ? 'p' : 'e');
    return g_ascii_isdigit(text[0]) && floating ? n : 0;
}

/* One hash of the function's words, numbers included or not. */
static guint64 hash_of(const Unit *u, const Func *f, gboolean numbers)
{
    guint64 h = 14695981039346656037u;
    gboolean word = FALSE, number = FALSE; /* within one */
    for (guint at = f->begin; at < f->end; at++) {
        char c = u->text[at];
        if (c == '#' && (at == 0 || u->text[at - 1] == '\n')) { /* a line marker */
            while (at < f->end && u->text[at] != '\n')
                at++;
            continue;
        }
        guint floating = word ? 0 : floating_at(u->text + at);
        if (floating) {
            h = (h ^ (guchar)'.') * 1099511628211u;
            at += floating - 1;
            continue;
        }
        gboolean letter = g_ascii_isalnum(c) || c == '_';
        number = letter && (word ? number : g_ascii_isdigit(c));
        gboolean begins = letter && !word;
        word = letter;
        if (g_ascii_isspace(c) || (number && !numbers && !begins))
            continue;
        h = (h ^ (guchar)(number && !numbers ? '0' : c)) * 1099511628211u;
    }
    return h;
}

/* "FILE:LINE:NAME": headers give several units the same function. */
static char *key_of(const Func *f)
{
    return g_strdup_printf("%s:%u:%s", f->decl->file, f->decl->line, f->decl->name);
}

static guint swaps_in(const Unit *u, const Func *f)
{
    guint n = 0;
    const char *end = u->text + f->end, *at = u->text + f->begin;
    while ((at = g_strstr_len(at, end - at, "bswap")) != NULL) {
        n++;
        at++;
    }
    return n;
}

typedef struct Body { guint64 exact, plain; guint swaps; } Body; /* with and without numbers */

static Body body_of(const Unit *u, const Func *f)
{
    return (Body){ hash_of(u, f, TRUE), hash_of(u, f, FALSE), swaps_in(u, f) };
}

static gboolean concerns(Program *p, const Unit *u, const Func *f)
{
    return f->body && !u->is_ours && !cc_hint(p, HINT_BYTES, f->decl->name);
}

char *cc_model_bodies(const CcModel *m)
{
    Program *p = m->priv;
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; k < p->units[i]->funcs->len; k++) {
            const Func *f = p->units[i]->funcs->pdata[k];
            if (!concerns(p, p->units[i], f))
                continue;
            g_autofree char *key = key_of(f);
            Body body = body_of(p->units[i], f);
            g_string_append_printf(text, "%s\t%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %u\n", key, body.exact,
                                   body.plain, body.swaps);
        }
    return g_string_free(text, FALSE);
}

/* What is swapped on one machine alone is mostly a number in a fixed order of bytes, and another number elsewhere. */
static void report(const Func *f, const char *arch, gboolean swaps, CcDiag *diag)
{
    g_autofree char *text = g_strdup_printf("'%s' is another text on %s, where bytes have another order: nothing that "
                                            "is kept may depend on which of the two has run", f->decl->name, arch);
    diag->n_warnings++;
    diag->report(diag, FALSE, f->decl->file, f->decl->line, f->decl->col,
                 swaps ? "-Wpreaches-bytes" : "-Wpreaches-byte-order", text);
}

static GHashTable *read_bodies(const char *text)
{
    GHashTable *known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free); /* -> Body */
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        const char *tab = strrchr(*line, '\t');
        char *at;
        if (!tab)
            continue;
        Body *body = g_new0(Body, 1);
        body->exact = g_ascii_strtoull(tab + 1, &at, 10);
        body->plain = g_ascii_strtoull(at, &at, 10);
        body->swaps = (guint)g_ascii_strtoull(at, NULL, 10);
        g_hash_table_insert(known, g_strndup(*line, (gsize)(tab - *line)), body);
    }
    return known;
}

/* The functions (Func*) whose text goes by the byte order; each is told once. */
static GHashTable *compare(Program *p, const char *theirs, const PrArch *their_arch, CcDiag *diag)
{
    GHashTable *differ = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) known = read_bodies(theirs), told = g_hash_table_new(g_str_hash, g_str_equal);
    gboolean exact = their_arch->pointer_bytes == p->arch->pointer_bytes;
    for (guint i = 0; i < p->n_units; i++)
        for (guint k = 0; k < p->units[i]->funcs->len; k++) {
            const Func *f = p->units[i]->funcs->pdata[k];
            char *key = cc_keep(p, key_of(f));
            const Body *there = g_hash_table_lookup(known, key);
            if (!there || !concerns(p, p->units[i], f))
                continue;
            Body here = body_of(p->units[i], f);
            if (exact ? here.exact == there->exact : here.plain == there->plain)
                continue;
            g_hash_table_add(differ, (gpointer)(uintptr_t)f);
            if (g_hash_table_add(told, key))
                report(f, their_arch->name, here.swaps != there->swaps, diag);
        }
    return differ;
}

void cc_model_compare_bodies(const CcModel *m, const char *theirs, const PrArch *their_arch, CcDiag *diag)
{
    g_autoptr(GHashTable) differ = theirs ? compare(m->priv, theirs, their_arch, diag) : g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < m->looks->len; i++) {
        const CcLook *look = &g_array_index(m->looks, CcLook, i);
        if (g_hash_table_contains(differ, look->function))
            continue;
        diag->n_warnings++;
        diag->report(diag, FALSE, look->file, look->line, look->col, "-Wpreaches-bytes", look->text);
    }
}
