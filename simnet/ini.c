#include "ini.h"
#include "../core/agent/proc.h"
#include "units.h"

#include <stdarg.h>
#include <string.h>

typedef struct Section {
    char *name;
    guint line;
} Section;

struct SimIni {
    char *path;
    GPtrArray *entries;  /* SimIniEntry, owned with its strings */
    GArray *sections;    /* Section */
    GHashTable *by_name; /* "section\nkey" -> SimIniEntry; only looked up, never walked */
};

static void entry_free(gpointer data)
{
    SimIniEntry *e = data;
    g_free((char *)e->section);
    g_free((char *)e->key);
    g_free((char *)e->value);
    g_free(e);
}

static void section_clear(gpointer data) { g_free(((Section *)data)->name); }

static SimIni *ini_new(const char *path)
{
    SimIni *ini = g_new0(SimIni, 1);
    ini->path = g_strdup(path);
    ini->entries = g_ptr_array_new_with_free_func(entry_free);
    ini->sections = g_array_new(FALSE, FALSE, sizeof(Section));
    g_array_set_clear_func(ini->sections, section_clear);
    ini->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return ini;
}

void sim_ini_free(SimIni *ini)
{
    if (!ini)
        return;
    g_hash_table_unref(ini->by_name);
    g_ptr_array_unref(ini->entries);
    g_array_unref(ini->sections);
    g_free(ini->path);
    g_free(ini);
}

const char *sim_ini_path(const SimIni *ini) { return ini->path; }

/* ---- errors ---- */

static gboolean fail_v(GError **error, const char *where, const char *format, va_list args)
{
    char *text = g_strdup_vprintf(format, args);
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s: %s", where, text);
    g_free(text);
    return FALSE;
}

gboolean sim_ini_fail(GError **error, const SimIni *ini, guint line, const char *format, ...)
{
    g_autofree char *where = line ? g_strdup_printf("%s:%u", ini->path, line) : g_strdup(ini->path);
    va_list args;
    va_start(args, format);
    fail_v(error, where, format, args);
    va_end(args);
    return FALSE;
}

gboolean sim_ini_fail_entry(GError **error, const SimIni *ini, const SimIniEntry *entry,
                            const char *format, ...)
{
    g_autofree char *where =
        entry->line ? g_strdup_printf("%s:%u", ini->path, entry->line)
                    : g_strdup_printf("-D %s.%s=%s", entry->section, entry->key, entry->value);
    va_list args;
    va_start(args, format);
    fail_v(error, where, format, args);
    va_end(args);
    return FALSE;
}

gboolean sim_ini_known_key(const SimIni *ini, const SimIniEntry *entry, const char *const *known,
                           GError **error)
{
    for (const char *const *k = known; *k; k++)
        if (strcmp(entry->key, *k) == 0)
            return TRUE;
    const char *nearest = sim_nearest(entry->key, known);
    return sim_ini_fail_entry(error, ini, entry, "unknown key '%s' in [%s]%s%s%s", entry->key,
                              entry->section, nearest ? ", did you mean '" : "",
                              nearest ? nearest : "", nearest ? "'?" : "");
}

/* ---- looking up ---- */

guint sim_ini_n_entries(const SimIni *ini) { return ini->entries->len; }

const SimIniEntry *sim_ini_entry(const SimIni *ini, guint i)
{
    g_return_val_if_fail(i < ini->entries->len, NULL);
    return ini->entries->pdata[i];
}

static SimIniEntry *find(const SimIni *ini, const char *section, const char *key)
{
    g_autofree char *name = g_strdup_printf("%s\n%s", section, key);
    return g_hash_table_lookup(ini->by_name, name);
}

const SimIniEntry *sim_ini_find(const SimIni *ini, const char *section, const char *key)
{
    return find(ini, section, key);
}

guint sim_ini_n_sections(const SimIni *ini) { return ini->sections->len; }

const char *sim_ini_section(const SimIni *ini, guint i, guint *line)
{
    g_return_val_if_fail(i < ini->sections->len, NULL);
    const Section *s = &g_array_index(ini->sections, Section, i);
    if (line)
        *line = s->line;
    return s->name;
}

static const Section *find_section(const SimIni *ini, const char *name, gsize length)
{
    for (guint i = 0; i < ini->sections->len; i++) {
        const Section *s = &g_array_index(ini->sections, Section, i);
        if (strlen(s->name) == length && memcmp(s->name, name, length) == 0)
            return s;
    }
    return NULL;
}

/* ---- reading ---- */

static gboolean key_is_valid(const char *key)
{
    for (const char *p = key; *p; p++)
        if (!g_ascii_isalnum(*p) && !strchr("_.-", *p))
            return FALSE;
    return *key != '\0';
}

static gboolean section_is_valid(const char *name)
{
    for (const char *p = name; *p; p++)
        if (*p == '[' || *p == ']' || g_ascii_iscntrl(*p))
            return FALSE;
    return *name != '\0' && *name != ' ' && name[strlen(name) - 1] != ' ';
}

static void add_entry(SimIni *ini, const char *section, const char *key, const char *value,
                      guint line)
{
    SimIniEntry *e = g_new(SimIniEntry, 1);
    *e = (SimIniEntry){g_strdup(section), g_strdup(key), g_strdup(value), line};
    g_ptr_array_add(ini->entries, e);
    g_hash_table_insert(ini->by_name, g_strdup_printf("%s\n%s", section, key), e);
}

static gboolean read_section(SimIni *ini, char *text, guint line, GError **error)
{
    gsize length = strlen(text);
    if (text[length - 1] != ']')
        return sim_ini_fail(error, ini, line, "a section is written [name], alone on its line");
    text[length - 1] = '\0';
    char *name = text + 1;
    if (!section_is_valid(name))
        return sim_ini_fail(error, ini, line, "bad section name '%s'", name);
    const Section *before = find_section(ini, name, length - 2);
    if (before)
        return sim_ini_fail(error, ini, line, "duplicate section [%s], first in line %u", name,
                            before->line);
    Section section = {g_strdup(name), line};
    g_array_append_val(ini->sections, section);
    return TRUE;
}

static gboolean read_line(SimIni *ini, char *text, guint line, GError **error)
{
    g_strstrip(text);
    if (*text == '\0' || *text == '#')
        return TRUE;
    if (*text == '[')
        return read_section(ini, text, line, error);
    char *equals = strchr(text, '=');
    if (!equals)
        return sim_ini_fail(error, ini, line, "neither [section] nor key=value: '%s'", text);
    if (ini->sections->len == 0)
        return sim_ini_fail(error, ini, line, "key before the first [section]");
    *equals = '\0';
    g_strchomp(text);
    if (!key_is_valid(text))
        return sim_ini_fail(error, ini, line, "bad key '%s'", text);
    const char *section = g_array_index(ini->sections, Section, ini->sections->len - 1).name;
    const SimIniEntry *before = find(ini, section, text);
    if (before)
        return sim_ini_fail(error, ini, line, "duplicate key '%s' in [%s], first in line %u", text,
                            section, before->line);
    add_entry(ini, section, text, g_strchug(equals + 1), line);
    return TRUE;
}

/* Lines up to the first byte that is not UTF-8 (or is NUL): where to point at. */
static guint line_of(const char *text, const char *at)
{
    guint line = 1;
    for (; text < at; text++)
        line += *text == '\n' ? 1 : 0;
    return line;
}

SimIni *sim_ini_parse(const char *name, const char *text, gsize bytes, GError **error)
{
    SimIni *ini = ini_new(name);
    const char *bad = NULL;
    gboolean ok = TRUE;
    if (bytes > SIM_INI_MAX_BYTES)
        ok = sim_ini_fail(error, ini, 0, "larger than %d bytes", SIM_INI_MAX_BYTES);
    else if (!g_utf8_validate_len(text, bytes, &bad))
        ok = sim_ini_fail(error, ini, line_of(text, bad), "not UTF-8 text");
    guint line = 0;
    const char *end = text + bytes;
    for (const char *p = text; ok && p < end;) {
        const char *lf = memchr(p, '\n', (gsize)(end - p));
        const char *stop = lf ? lf : end;
        g_autofree char *copy = g_strndup(p, (gsize)(stop - p));
        ok = read_line(ini, copy, ++line, error);
        p = lf ? lf + 1 : end;
    }
    if (ok)
        return ini;
    sim_ini_free(ini);
    return NULL;
}

SimIni *sim_ini_load(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    gsize bytes;
    g_autoptr(GError) cause = NULL;
    if (!g_file_get_contents(path, &text, &bytes, &cause)) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s: %s", path, cause->message);
        return NULL;
    }
    return sim_ini_parse(path, text, bytes, error);
}

/* ---- overrides ---- */

static gboolean bad_override(GError **error, const char *assignment)
{
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE,
                "-D %s: an override is written section.key=value", assignment);
    return FALSE;
}

/* Where the section's name ends in "section.key": at the longest section there is, else at the
 * first dot. */
static const char *section_end(const SimIni *ini, const char *name, const char *equals)
{
    const char *first = NULL, *known = NULL;
    for (const char *p = name; p < equals; p++) {
        if (*p != '.')
            continue;
        if (!first)
            first = p;
        if (find_section(ini, name, (gsize)(p - name)))
            known = p;
    }
    return known ? known : first;
}

gboolean sim_ini_set(SimIni *ini, const char *assignment, GError **error)
{
    const char *equals = strchr(assignment, '=');
    const char *dot = equals ? section_end(ini, assignment, equals) : NULL;
    if (!dot || !g_utf8_validate(assignment, -1, NULL))
        return bad_override(error, assignment);
    g_autofree char *section = g_strndup(assignment, (gsize)(dot - assignment));
    g_autofree char *key = g_strndup(dot + 1, (gsize)(equals - dot - 1));
    g_autofree char *value = g_strstrip(g_strdup(equals + 1));
    if (!section_is_valid(section) || !key_is_valid(key) || strchr(value, '\n'))
        return bad_override(error, assignment);
    SimIniEntry *entry = find(ini, section, key);
    if (entry) {
        g_free((char *)entry->value);
        entry->value = g_steal_pointer(&value);
        entry->line = 0;
        return TRUE;
    }
    if (!find_section(ini, section, strlen(section))) {
        Section added = {g_strdup(section), 0};
        g_array_append_val(ini->sections, added);
    }
    add_entry(ini, section, key, value, 0);
    return TRUE;
}
