#include "manifest.h"
#include "json.h"
#include "table.h"

#include <csv.h>
#include <stdio.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/utsname.h>
#include <xxhash.h>
#include <zstd.h>


/* Output of a command in a folder, stripped; NULL when it cannot be had. */
static char *ask(const char *folder, const char *const *argv)
{
    char *text = NULL;
    int status = 0;
    if (!g_spawn_sync(folder, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL,
                      NULL, NULL, &text, NULL, &status, NULL) ||
        !g_spawn_check_wait_status(status, NULL)) {
        g_free(text);
        return NULL;
    }
    return g_strstrip(text);
}

static char *cpu_name(void)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/cpuinfo", &text, NULL, NULL))
        return g_strdup("unknown");
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        const char *colon = strchr(*line, ':');
        if (g_str_has_prefix(*line, "model name") && colon)
            return g_strstrip(g_strdup(colon + 1));
    }
    return g_strdup("unknown");
}

static void add(GPtrArray *facts, const char *key, char *value)
{
    g_ptr_array_add(facts, g_strdup(key));
    g_ptr_array_add(facts, value ? value : g_strdup("unknown"));
}

static void add_source(GPtrArray *facts, const char *home)
{
    static const char *const commit[] = {"git", "rev-parse", "HEAD", NULL};
    static const char *const dirty[] = {"git", "status", "--porcelain", "--untracked-files=no",
                                        NULL};
    g_autofree char *changes = ask(home, dirty);
    add(facts, "commit", ask(home, commit));
    add(facts, "dirty", changes ? g_strdup(*changes ? "yes" : "no") : NULL);
}

static void add_config(GPtrArray *facts, const LabConfig *config)
{
    g_autofree char *overrides =
        config->overrides ? g_strjoinv("\n", config->overrides) : g_strdup("");
    add(facts, "config_file", g_path_get_basename(config->path));
    add(facts, "config_sha256", g_compute_checksum_for_string(G_CHECKSUM_SHA256, config->text, -1));
    add(facts, "overrides", g_strdup(overrides));
    add(facts, "platform_file", g_path_get_basename(config->platform_path));
    add(facts, "platform_xxh3", g_strdup(config->platform_hash));
    for (guint i = 0; i < config->programs->len; i++) {
        const LabProgram *program = config->programs->pdata[i];
        g_autofree char *key = g_strdup_printf("program_%s_xxh3", program->name);
        add(facts, key, g_strdup(program->hash));
    }
}

static void add_machine(GPtrArray *facts)
{
    struct utsname name = {0};
    static const char *const qemu[] = {"qemu-s390x-static", "--version", NULL};
    g_autofree char *version = ask(NULL, qemu);
    uname(&name);
    add(facts, "compiler", g_strdup("gcc " __VERSION__));
    add(facts, "compiler_flags",
        g_strdup("-std=gnu11 -ffp-contract=off; programs: preaches-cc -O2 -fsigned-char "
                 "-ffp-contract=off"));
    add(facts, "cpu", cpu_name());
    add(facts, "cpus", g_strdup_printf("%u", g_get_num_processors()));
    add(facts, "kernel", g_strdup_printf("%s %s %s", name.sysname, name.release, name.machine));
    add(facts, "glib", g_strdup_printf("%u.%u.%u", glib_major_version, glib_minor_version,
                                       glib_micro_version));
    add(facts, "zstd", g_strdup(ZSTD_versionString()));
    add(facts, "xxhash", g_strdup_printf("%d.%d.%d", XXH_VERSION_MAJOR, XXH_VERSION_MINOR,
                                         XXH_VERSION_RELEASE));
    add(facts, "libcsv", g_strdup_printf("%d.%d.%d", CSV_MAJOR, CSV_MINOR, CSV_RELEASE));
    if (version)
        version[strcspn(version, "\n")] = '\0';
    add(facts, "qemu", version ? g_strdup(version) : NULL);
}

char **lab_manifest_facts(const char *home, const LabConfig *config, GDateTime *started,
                          GDateTime *ended)
{
    GPtrArray *facts = g_ptr_array_new();
    add(facts, "experiment", g_strdup(lab_config_get(config, LAB_NAME)));
    add_source(facts, home);
    add_config(facts, config);
    add_machine(facts);
    add(facts, "started", g_date_time_format_iso8601(started));
    add(facts, "ended", g_date_time_format_iso8601(ended));
    g_ptr_array_add(facts, NULL);
    return (char **)g_ptr_array_free(facts, FALSE);
}

gboolean lab_manifest_write(const char *path, const char *const *facts, const char *config,
                            const LabOutcome *outcome, GError **error)
{
    LabJson *json = lab_json_new();
    lab_json_open(json, NULL, '{');
    for (guint i = 0; facts[i]; i += 2) {
        if (g_str_equal(facts[i], "dirty"))
            lab_json_bool(json, facts[i], !g_str_equal(facts[i + 1], "no"));
        else
            lab_json_text(json, facts[i], facts[i + 1]);
    }
    lab_json_int(json, "runs", outcome->runs);
    lab_json_int(json, "runs_failed", outcome->failed);
    lab_json_int(json, "runs_mismatched", outcome->mismatched);
    lab_json_text(json, "config", config);
    g_autofree char *text = lab_json_free(json);
    return lab_file_replace(path, text, -1, error);
}

/* ---- reading it back: one key a line, as the writer makes it ---- */

/* Text behind `p`, which stands after the opening quote; *end behind the closing one, or NULL. */
static char *unquote(const char *p, const char **end)
{
    GString *out = g_string_new(NULL);
    for (; *p && *p != '"'; p++) {
        guint code = 0;
        if (p[0] == '\\' && p[1] == 'u' && sscanf(p + 2, "%4x", &code) == 1 && strlen(p) > 6) {
            g_string_append_unichar(out, code);
            p += 5;
        } else if (p[0] == '\\' && p[1]) {
            g_string_append_c(out, *++p);
        } else {
            g_string_append_c(out, *p);
        }
    }
    *end = *p ? p + 1 : NULL;
    return g_string_free(out, FALSE);
}

char **lab_manifest_read(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GPtrArray *facts = g_ptr_array_new();
    for (char **line = lines; *line; line++) {
        const char *p = g_strchug(*line), *end;
        if (*p != '"')
            continue;
        g_autofree char *key = unquote(p + 1, &end);
        if (!end || !g_str_has_prefix(end, ": \""))
            continue;
        g_ptr_array_add(facts, g_steal_pointer(&key));
        g_ptr_array_add(facts, unquote(end + 3, &end));
    }
    g_ptr_array_add(facts, NULL);
    return (char **)g_ptr_array_free(facts, FALSE);
}

const char *lab_manifest_get(const char *const *facts, const char *key, const char *missing)
{
    for (; facts && facts[0] && facts[1]; facts += 2)
        if (g_str_equal(facts[0], key))
            return facts[1];
    return missing;
}
