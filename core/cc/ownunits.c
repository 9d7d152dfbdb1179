#define _GNU_SOURCE /* memmem, strchrnul */
#include "ownunits.h"
#include "driver.h"
#include <string.h>

static const struct { const char *name, *file; } units[CC_OWN_UNITS] = {
    [CC_OWN_CALLBACKS] = { "<preaches>/callbacks.c", "search.c" },
    [CC_OWN_PARTS] = { "<preaches>/copied_parts.c", "copied_parts.c" },
};

/* What stands in library/. */
static const struct { CcOwnUnit unit; const char *name, *result, *parameters; } functions[] = {
    { CC_OWN_CALLBACKS, "qsort", "void",
      "void *, unsigned long, unsigned long, int (*)(const void *, const void *)" },
    { CC_OWN_CALLBACKS, "qsort_r", "void",
      "void *, unsigned long, unsigned long, int (*)(const void *, const void *, void *), void *" },
    { CC_OWN_CALLBACKS, "bsearch", "void *",
      "const void *, const void *, unsigned long, unsigned long, int (*)(const void *, const void *)" },
    { CC_OWN_CALLBACKS, "lfind", "void *",
      "const void *, const void *, unsigned long *, unsigned long, int (*)(const void *, const void *)" },
    { CC_OWN_CALLBACKS, "lsearch", "void *",
      "const void *, void *, unsigned long *, unsigned long, int (*)(const void *, const void *)" },
    { CC_OWN_PARTS, "copy_parts2", "void *", "void *, const void *, unsigned long" },
    { CC_OWN_PARTS, "copy_parts4", "void *", "void *, const void *, unsigned long" },
    { CC_OWN_PARTS, "put_address2", "void *", "void *, const void *, unsigned long" },
    { CC_OWN_PARTS, "put_address4", "void *", "void *, const void *, unsigned long" },
    { CC_OWN_PARTS, "get_address2", "void *", "void *, const void *, unsigned long" },
    { CC_OWN_PARTS, "get_address4", "void *", "void *, const void *, unsigned long" },
};

const char *cc_own_name(CcOwnUnit kind) { return units[kind].name; }

int cc_own_kind(const char *name)
{
    for (int i = 0; i < CC_OWN_UNITS; i++)
        if (strcmp(units[i].name, name) == 0)
            return i;
    return -1;
}

/* ---- is it wanted? ---- */

static gboolean is_word_char(char c) { return g_ascii_isalnum(c) || c == '_'; }

static gboolean line_names_function(CcOwnUnit kind, const char *line, gsize n)
{
    for (guint i = 0; i < G_N_ELEMENTS(functions); i++) {
        gsize len = strlen(functions[i].name);
        for (const char *at = line, *end = line + n; functions[i].unit == kind &&
             (at = memmem(at, (gsize)(end - at), functions[i].name, len)) != NULL; at += len)
            if ((at == line || !is_word_char(at[-1])) && !is_word_char(at[len]))
                return TRUE;
    }
    return FALSE;
}

/* System headers aside. */
static gboolean text_names_function(CcOwnUnit kind, const char *text)
{
    gboolean system = FALSE;
    for (const char *line = text, *end; *line; line = *end ? end + 1 : end) {
        end = strchrnul(line, '\n');
        if (*line == '#')
            system = cc_enters_system(line);
        else if (!system && line_names_function(kind, line, (gsize)(end - line)))
            return TRUE;
    }
    return FALSE;
}

/* PREACHES_HINT("parts ..."), which is two strings by then (preaches.h), mostly with line markers between them. */
static gboolean hints_at_parts(const char *text)
{
    static const char begin[] = "\"preaches: \"";
    for (const char *at = text; (at = strstr(at, begin)) != NULL;) {
        at += sizeof begin - 1;
        for (at += strspn(at, " \n"); *at == '#'; at += strspn(at, " \n"))
            at = strchrnul(at, '\n');
        if (g_str_has_prefix(at, "\"parts "))
            return TRUE;
    }
    return FALSE;
}

gboolean cc_own_wanted_by_text(CcOwnUnit kind, const char *text)
{
    return kind == CC_OWN_PARTS ? hints_at_parts(text) : text_names_function(kind, text);
}

gboolean cc_own_wanted_by_hints(CcOwnUnit kind, const char *text)
{
    return kind == CC_OWN_PARTS && g_regex_match_simple("^[ \t]*parts[ \t]", text, G_REGEX_MULTILINE | G_REGEX_RAW, 0);
}

/* ---- its text ---- */

char *cc_own_text(CcOwnUnit kind, GError **error)
{
    g_autofree char *lib = cc_lib_dir(), *path = g_build_filename(lib, units[kind].file, NULL);
    char *text = NULL;
    return g_file_get_contents(path, &text, NULL, error) ? text : NULL;
}

char *cc_own_declarations(CcOwnUnit kind)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(functions); i++)
        if (functions[i].unit == kind)
            g_string_append_printf(text, "%s preaches_%s(%s); ", functions[i].result, functions[i].name,
                                   functions[i].parameters);
    return g_string_free(text, FALSE);
}

static gboolean is_function_name(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(functions); i++)
        if (strcmp(functions[i].name, name) == 0)
            return TRUE;
    return FALSE;
}

Decl *cc_own_function(const Unit *u, const char *name)
{
    if (!*u->declarations || !is_function_name(name))
        return NULL;
    g_autofree char *ours = g_strconcat("preaches_", name, NULL);
    for (guint k = 0; k < u->all_decls->len; k++)
        if (strcmp(((Decl *)u->all_decls->pdata[k])->name, ours) == 0)
            return u->all_decls->pdata[k];
    return NULL;
}
