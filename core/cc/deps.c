#include "deps.h"

#include <string.h>

char *cc_deps_file(const GPtrArray *given, const char *object)
{
    char *file = NULL;
    gboolean wanted = FALSE;
    for (guint i = 0; i < given->len; i++) {
        const char *arg = given->pdata[i];
        const char *named = NULL;
        if (strcmp(arg, "-MD") == 0 || strcmp(arg, "-MMD") == 0)
            wanted = TRUE;
        else if (strcmp(arg, "-MF") == 0 && i + 1 < given->len)
            named = given->pdata[++i];
        else if (g_str_has_prefix(arg, "-MF"))
            named = arg + strlen("-MF");
        else if (g_str_has_prefix(arg, "-Wp,-MD,") || g_str_has_prefix(arg, "-Wp,-MMD,"))
            named = strrchr(arg, ',') + 1, wanted = TRUE;
        if (named) {
            g_free(file);
            file = g_strdup(named);
        }
    }
    if (wanted && !file) {
        const char *slash = strrchr(object, '/'), *dot = strrchr(object, '.');
        gsize n = dot && (!slash || dot > slash + 1) ? (gsize)(dot - object) : strlen(object);
        file = g_strdup_printf("%.*s.d", (int)n, object);
    }
    if (!wanted)
        g_clear_pointer(&file, g_free);
    return file;
}

/* Names in a rule of make, as they are written: "a\ b.h" is one. `at` stands behind the colon. Returns
 * where the rule ends. */
static const char *read_names(const char *at, GPtrArray *names)
{
    while (*at && *at != '\n') {
        if (*at == '\\' && at[1] == '\n') {
            at += 2;
        } else if (g_ascii_isspace(*at)) {
            at++;
        } else {
            const char *begin = at;
            while (*at && !g_ascii_isspace(*at) && !(*at == '\\' && at[1] == '\n'))
                at += *at == '\\' && at[1] ? 2 : 1;
            g_ptr_array_add(names, g_strndup(begin, (gsize)(at - begin)));
        }
    }
    return at;
}

/* First rule's colon: targets may hold colons that no space follows. */
static const char *behind_colon(const char *text)
{
    const char *at = text;
    while ((at = strchr(at, ':')) != NULL && at[1] && !g_ascii_isspace(at[1]) && at[1] != '\\')
        at++;
    return at ? at + 1 : NULL;
}

static gboolean add_rule(const char *text, GPtrArray *names, gsize *end)
{
    const char *at = behind_colon(text);
    if (!at)
        return FALSE;
    *end = (gsize)(read_names(at, names) - text);
    return TRUE;
}

gboolean cc_deps_merge(const char *file, char *const *others, guint n, gboolean phony, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    gsize end, ignored;
    if (!g_file_get_contents(file, &text, NULL, error))
        return FALSE;
    if (!add_rule(text, names, &end))
        return TRUE; /* of no form that we know: left as it is */
    guint own = names->len;
    for (guint i = 0; i < n; i++) {
        g_autofree char *more = NULL;
        if (!g_file_get_contents(others[i], &more, NULL, error))
            return FALSE;
        add_rule(more, names, &ignored);
    }
    GString *out = g_string_new_len(text, (gssize)end);
    g_autoptr(GString) rules = g_string_new(text + end);
    for (guint i = 0; i < names->len; i++)
        if (g_hash_table_add(known, names->pdata[i]) && i >= own) {
            g_string_append_printf(out, " \\\n %s", (char *)names->pdata[i]);
            if (phony)
                g_string_append_printf(rules, "%s:\n", (char *)names->pdata[i]);
        }
    g_string_append(out, rules->str);
    g_autofree char *all = g_string_free(out, FALSE);
    return strcmp(all, text) == 0 || g_file_set_contents(file, all, -1, error);
}
