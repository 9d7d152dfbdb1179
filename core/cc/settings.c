/* What the user says of macros for one architecture: files of #define and #undef. */
#include "driver.h"

#include <string.h>

CcSetting *cc_setting_new(const char *name, const char *value)
{
    CcSetting *setting = g_new(CcSetting, 1);
    *setting = (CcSetting){g_strdup(name), g_strdup(value)};
    return setting;
}

void cc_setting_free(gpointer data)
{
    CcSetting *setting = data;
    g_free(setting->name);
    g_free(setting->value);
    g_free(setting);
}

/* "#define NAME VALUE", "#undef NAME", nothing, or a comment of one line. NULL without error: nothing. */
static CcSetting *read_setting(const char *line, const char *file, guint number, GError **error)
{
    g_autofree char *text = g_strdup(line);
    g_strstrip(text);
    if (!*text || g_str_has_prefix(text, "//") || (g_str_has_prefix(text, "/*") && g_str_has_suffix(text, "*/")))
        return NULL;
    gboolean define = g_str_has_prefix(text, "#define "), undef = g_str_has_prefix(text, "#undef ");
    char *name = text + (define ? strlen("#define ") : strlen("#undef "));
    name += define || undef ? strspn(name, " \t") : 0;
    gsize n = define || undef ? strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_") : 0;
    if (n == 0 || g_ascii_isdigit(*name) || (name[n] && !g_ascii_isspace(name[n])) || (undef && name[n])) {
        (void)CC_REFUSE("%s:%u: '#define NAME VALUE' or '#undef NAME' is expected", file, number);
        return NULL;
    }
    char *value = name[n] ? g_strstrip(name + n) : name + n;
    g_autofree char *word = g_strndup(name, n), *copy = g_strdup(value);
    return cc_setting_new(word, define ? copy : NULL);
}

static gboolean read_settings(CcCommand *command, const PrArch *arch, const char *file, GError **error)
{
    g_autofree char *text = NULL;
    guint i = 0;
    while (i < command->n_arches && command->arches[i] != arch)
        i++;
    if (i == 0)
        return CC_REFUSE("--config-for: %s is the native architecture: its configuration is the one there is",
                      arch->name);
    if (!g_file_get_contents(file, &text, NULL, error))
        return FALSE;
    if (i == command->n_arches)
        return TRUE; /* not built for */
    if (!command->settings[i])
        command->settings[i] = g_ptr_array_new_with_free_func(cc_setting_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint k = 0; lines[k]; k++) {
        GError *own = NULL;
        CcSetting *setting = read_setting(lines[k], file, k + 1, &own);
        if (own) {
            g_propagate_error(error, own);
            return FALSE;
        }
        if (setting)
            g_ptr_array_add(command->settings[i], setting);
    }
    return TRUE;
}

/* PREACHES_CONFIG=DIR: DIR/ARCH.h, where there is one. Then what the command says: "ARCH:FILE". */
gboolean cc_command_settings(CcCommand *command, const GPtrArray *said, GError **error)
{
    const char *dir = g_getenv("PREACHES_CONFIG");
    for (guint i = 1; dir && *dir && i < command->n_arches; i++) {
        g_autofree char *name = g_strconcat(command->arches[i]->name, ".h", NULL);
        g_autofree char *file = g_build_filename(dir, name, NULL);
        if (g_file_test(file, G_FILE_TEST_EXISTS) && !read_settings(command, command->arches[i], file, error))
            return FALSE;
    }
    for (guint i = 0; i < said->len; i++) {
        g_auto(GStrv) parts = g_strsplit(said->pdata[i], ":", 2);
        const PrArch *arch = parts[0] ? pr_arch_find(parts[0]) : NULL;
        if (!arch || !parts[1])
            return CC_REFUSE("--config-for=ARCH:FILE, not '%s'", (char *)said->pdata[i]);
        if (!read_settings(command, arch, parts[1], error))
            return FALSE;
    }
    return TRUE;
}
