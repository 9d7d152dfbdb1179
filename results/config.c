/* Reads an experiment file against the table of keys.
 *
 * Every key holds a list of texts that were checked when they were read; what uses them may parse
 * them again without looking for errors. */
#include "config_priv.h"
#include "realnet.h"
#include "../core/layout/arch.h"
#include "../core/runtime/control.h"
#include "../faultinject/points.h"
#include "../simnet/units.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <math.h>
#include <string.h>

/* ---- the keys ---- */

typedef enum Check { /* what a single value must be */
    IS_NAME, IS_TEXT, IS_CHOICE, IS_ARCH, IS_TIME, IS_TIME_OR_ZERO, IS_TIME_OR_NEVER, IS_COUNT, IS_COUNT_OR_ALL,
    IS_ZERO_OR_ONE, IS_SEED, IS_POSITIVE, IS_SHARE, IS_ARGS, IS_POINT
} Check;

typedef enum Many { ONE, SWEEP, LIST } Many; /* LIST: several values that are used together */

typedef struct LabKey {
    const char *section, *key;
    Check check;
    Many many;
    const char *fallback; /* NULL: must be given; "" with LIST: none */
    const char *const *choices;
} LabKey;

static const char *const modes[] = {"live", "model", "real", NULL};
static const char *const strategies[] = {"P", "N", "L", "H", "0", NULL};
static const char *const converters[] = {"sender", "receiver", NULL};
static const char *const distributions[] = {"exponential", "weibull", "lognormal", "trace", NULL};
static const char *const group_laws[] = {"exponential", "weibull", "lognormal", NULL};
static const char *const works[] = {"any", "integer", "float", "memory", NULL}; /* by SimWork */
static const char *const repair_laws[] = {"fixed", "exponential", "weibull", "lognormal", NULL};
static const char *const cost_sources[] = {"calibrated", "platform", NULL};
static const char *const interval_policies[] = {"fixed", "young", "daly", "adaptive", NULL};
static const char *const victims[] = {"hosts", "jobs", NULL};
static const char *const networks[] = {"auto", "namespaces", "loopback", NULL};
static const char *const kinds[] = {"crash", "cut", "stop", NULL};
static const char *const only_no[] = {"no", NULL};
static const char *const compressions[] = {"none", "zstd", "lz4", NULL};
static const char *const plots[] = {"recovery", "breakdown", "overhead",
                                    "completion", "violations", "waste", NULL};

static const LabKey keys[LAB_N_KEYS] = {
    [LAB_NAME] = {"experiment", "name", IS_NAME, ONE, NULL, NULL},
    [LAB_MODE] = {"experiment", "mode", IS_CHOICE, ONE, "live", modes},
    [LAB_REPLICATIONS] = {"experiment", "replications", IS_COUNT, ONE, "1", NULL},
    [LAB_SEED] = {"experiment", "seed", IS_SEED, ONE, "1", NULL},
    [LAB_PLATFORM] = {"platform", "file", IS_TEXT, ONE, NULL, NULL},
    [LAB_CALIBRATION] = {"model", "calibration", IS_TEXT, ONE, "default.ini", NULL},
    [LAB_COSTS] = {"model", "costs", IS_CHOICE, ONE, "calibrated", cost_sources},
    [LAB_CELLS] = {"model", "cells", IS_COUNT, SWEEP, "1", NULL},
    [LAB_JOBS] = {"model", "jobs", IS_COUNT, SWEEP, "1", NULL},
    [LAB_SPREAD] = {"model", "spread", IS_TIME_OR_ZERO, SWEEP, "0s", NULL},
    [LAB_HORIZON] = {"model", "horizon", IS_TIME_OR_NEVER, SWEEP, "never", NULL},
    [LAB_NETWORK] = {"real", "network", IS_CHOICE, SWEEP, "auto", networks},
    [LAB_LOSS] = {"real", "loss", IS_SHARE, SWEEP, "0", NULL},
    [LAB_PROGRAM] = {"workload", "program", IS_TEXT, SWEEP, NULL, NULL},
    [LAB_ARGS] = {"workload", "args", IS_ARGS, SWEEP, "", NULL},
    [LAB_RUN] = {"workload", "run", IS_TIME, SWEEP, NULL, NULL},
    [LAB_SOURCE] = {"workload", "source", IS_ARCH, SWEEP, "x86_64", NULL},
    [LAB_TARGET] = {"workload", "target", IS_ARCH, SWEEP, NULL, NULL},
    [LAB_WORK] = {"workload", "work", IS_CHOICE, SWEEP, "any", works},
    [LAB_INTERVAL] = {"checkpoint", "interval", IS_TIME, SWEEP, NULL, NULL},
    [LAB_POLICY] = {"checkpoint", "policy", IS_CHOICE, SWEEP, "fixed", interval_policies},
    [LAB_RECOVERY_TARGET] = {"checkpoint", "recovery_target", IS_TIME_OR_NEVER, SWEEP, "never", NULL},
    [LAB_STRATEGY] = {"checkpoint", "strategy", IS_CHOICE, SWEEP, "P", strategies},
    [LAB_CONVERTER] = {"propagation", "converter", IS_CHOICE, SWEEP, "sender", converters},
    [LAB_REPLICAS] = {"propagation", "replicas", IS_COUNT, SWEEP, "1", NULL},
    [LAB_INCREMENTAL] = {"propagation", "incremental", IS_CHOICE, ONE, "no", only_no},
    [LAB_COMPRESS] = {"propagation", "compress", IS_CHOICE, ONE, "none", compressions},
    [LAB_MTTF] = {"faults", "mttf", IS_TIME_OR_NEVER, SWEEP, "never", NULL},
    [LAB_DISTRIBUTION] = {"faults", "distribution", IS_CHOICE, SWEEP, "exponential", distributions},
    [LAB_SHAPE] = {"faults", "shape", IS_POSITIVE, SWEEP, "1", NULL},
    [LAB_TRACE] = {"faults", "trace", IS_TEXT, ONE, "none", NULL},
    [LAB_SYSTEM] = {"faults", "system", IS_NAME, SWEEP, "none", NULL},
    [LAB_REPAIR] = {"faults", "repair", IS_TIME_OR_NEVER, SWEEP, "never", NULL},
    [LAB_REPAIR_DISTRIBUTION] = {"faults", "repair_distribution", IS_CHOICE, SWEEP, "fixed", repair_laws},
    [LAB_REPAIR_SHAPE] = {"faults", "repair_shape", IS_POSITIVE, SWEEP, "1", NULL},
    [LAB_HITS] = {"faults", "hits", IS_CHOICE, ONE, "hosts", victims},
    [LAB_GROUP_MTTF] = {"faults", "group_mttf", IS_TIME_OR_NEVER, SWEEP, "never", NULL},
    [LAB_GROUP_DISTRIBUTION] = {"faults", "group_distribution", IS_CHOICE, SWEEP, "exponential", group_laws},
    [LAB_GROUP_SHAPE] = {"faults", "group_shape", IS_POSITIVE, SWEEP, "1", NULL},
    [LAB_GROUP_REPAIR] = {"faults", "group_repair", IS_TIME_OR_NEVER, SWEEP, "never", NULL},
    [LAB_GROUP_HIT] = {"faults", "group_hit", IS_COUNT_OR_ALL, SWEEP, "all", NULL},
    [LAB_MINIMUM] = {"faults", "minimum", IS_ZERO_OR_ONE, ONE, "0", NULL},
    [LAB_MAXIMUM] = {"faults", "maximum", IS_COUNT, ONE, "100", NULL},
    [LAB_POINTS] = {"faults", "points", IS_POINT, LIST, "", NULL},
    [LAB_SHARE] = {"faults", "share", IS_SHARE, ONE, "1", NULL},
    [LAB_HOLDERS] = {"faults", "holders", IS_SHARE, ONE, "0", NULL},
    [LAB_KIND] = {"faults", "kind", IS_CHOICE, SWEEP, "crash", kinds},
    [LAB_DETECTOR] = {"detector", "timeout", IS_TIME, SWEEP, "1s", NULL},
    [LAB_PLOTS] = {"output", "plots", IS_CHOICE, LIST, "", plots},
};

static const char *const sections[] = {"experiment", "platform", "model", "real", "workload",
                                       "checkpoint", "propagation", "faults", "detector", "sweep", "output",
                                       NULL};

static const char *const point_names[] = { /* for messages; faultinject/points.h knows their form */
#define X(name, process, where) name,
    PR_FAULT_LIST(X)
#undef X
    "propagate", NULL};

enum { MAX_COUNT = 1000 * 1000 };

const char *lab_key_name(LabKeyId key)
{
    static const char *names[LAB_N_KEYS];
    static gsize ready;
    if (g_once_init_enter(&ready)) {
        for (guint i = 0; i < LAB_N_KEYS; i++) {
            g_autofree char *name = g_strdup_printf("%s.%s", keys[i].section, keys[i].key);
            names[i] = g_intern_string(name);
        }
        g_once_init_leave(&ready, 1);
    }
    return names[key];
}

/* ---- single values ---- */

gint64 lab_time_ns(const char *text)
{
    gint64 ns = -1;
    return sim_parse_time(text, &ns) ? ns : -1;
}

guint64 lab_count(const char *text)
{
    return g_ascii_strtoull(text, NULL, 10);
}

static gboolean is_number(const char *text, double *value)
{
    char *end;
    *value = g_ascii_strtod(text, &end);
    return g_ascii_isdigit(text[0]) && *end == '\0' && isfinite(*value);
}

static gboolean is_count(const char *text, guint64 least, guint64 most)
{
    return g_ascii_string_to_unsigned(text, 10, least, most, NULL, NULL);
}

static gboolean is_name(const char *text)
{
    for (const char *p = text; *p; p++)
        if (!g_ascii_isalnum(*p) && !strchr("._-", *p))
            return FALSE;
    return *text != '\0' && *text != '.';
}

static gboolean is_args(const char *text)
{
    g_auto(GStrv) argv = NULL;
    return *text == '\0' || g_shell_parse_argv(text, NULL, &argv, NULL);
}

/* What is wrong with the value, or NULL. Constant text. */
static const char *complaint(const LabKey *key, const char *text)
{
    double number;
    gint64 ns = 0;
    gboolean time = sim_parse_time(text, &ns);
    gboolean never = g_str_equal(text, "never");
    const FaultPoint *point;
    switch (key->check) {
    case IS_NAME:
        return is_name(text) ? NULL : "letters, digits, '.', '_' and '-' are allowed";
    case IS_TEXT:
        return *text ? NULL : "it is empty";
    case IS_CHOICE:
        return g_strv_contains(key->choices, text) ? NULL : "";
    case IS_ARCH:
        return pr_arch_find(text) ? NULL : "";
    case IS_TIME:
        return time && ns > 0 ? NULL : "a time with its unit and above zero is needed, as in 10s";
    case IS_TIME_OR_ZERO:
        return time && ns >= 0 ? NULL : "a time with its unit is needed, as in 1h";
    case IS_TIME_OR_NEVER:
        return (time && ns > 0) || never ? NULL : "a time with its unit is needed, as in 600s, or never";
    case IS_COUNT:
        return is_count(text, 1, MAX_COUNT) ? NULL : "a whole number from 1 to 1000000 is needed";
    case IS_COUNT_OR_ALL:
        return is_count(text, 1, MAX_COUNT) || g_str_equal(text, "all") ? NULL
                                                                        : "a whole number from 1, or all, is needed";
    case IS_ZERO_OR_ONE:
        return is_count(text, 0, 1) ? NULL : "0 or 1 is needed";
    case IS_SEED:
        return is_count(text, 0, G_MAXUINT64) ? NULL : "a whole number below 2^64 is needed";
    case IS_POSITIVE:
        return is_number(text, &number) && number > 0 ? NULL : "a number above zero is needed";
    case IS_SHARE:
        return is_number(text, &number) && number <= 1 ? NULL : "a number from 0 to 1 is needed";
    case IS_ARGS:
        return is_args(text) ? NULL : "its quotes do not match";
    case IS_POINT:
        return fault_point_parse(text, &point, NULL) ? NULL : "";
    }
    return "";
}

static const char *const *allowed(const LabKey *key)
{
    static const char *arch_names[PR_N_ARCHES + 1];
    if (key->check == IS_ARCH) {
        for (guint i = 0; i < PR_N_ARCHES; i++)
            arch_names[i] = pr_arches[i].name;
        return arch_names;
    }
    return key->check == IS_POINT ? point_names : key->choices;
}

static gboolean check_value(const SimIni *ini, const SimIniEntry *entry, const LabKey *key,
                            const char *text, GError **error)
{
    const char *why = complaint(key, text);
    if (!why)
        return TRUE;
    if (*why)
        return sim_ini_fail_entry(error, ini, entry, "bad %s.%s '%s': %s", key->section, key->key,
                                  text, why);
    const char *const *known = allowed(key);
    const char *nearest = sim_nearest(text, known);
    g_autofree char *list = g_strjoinv(", ", (char **)known);
    return sim_ini_fail_entry(error, ini, entry, "unknown %s.%s '%s'%s%s%s: %s %s", key->section,
                              key->key, text, nearest ? ", did you mean '" : "",
                              nearest ? nearest : "", nearest ? "'?" : "",
                              known[1] ? "one of" : "only", list);
}

/* A list is separated by semicolons. */
gboolean lab_read_values(const SimIni *ini, const SimIniEntry *entry, LabKeyId id, GPtrArray *out,
                         GError **error)
{
    const LabKey *key = &keys[id];
    g_auto(GStrv) parts = key->many == ONE ? g_new0(char *, 2) : g_strsplit(entry->value, ";", -1);
    if (key->many == ONE)
        parts[0] = g_strdup(entry->value);
    if (!parts[0]) { /* an empty text has no parts */
        g_strfreev(g_steal_pointer(&parts));
        parts = g_new0(char *, 2);
        parts[0] = g_strdup("");
    }
    for (char **part = parts; *part; part++) {
        g_strstrip(*part);
        if (key->many == LIST && !**part && !parts[1])
            break;
        if (!check_value(ini, entry, key, *part, error))
            return FALSE;
        if (g_ptr_array_find_with_equal_func(out, *part, g_str_equal, NULL))
            return sim_ini_fail_entry(error, ini, entry, "'%s' stands twice in the list", *part);
        g_ptr_array_add(out, g_strdup(*part));
    }
    return TRUE;
}

/* ---- sections and keys ---- */

gboolean lab_is_program_section(const char *section)
{
    return g_str_has_prefix(section, "workload ");
}

static gboolean check_section(const SimIni *ini, const char *name, guint line, GError **error)
{
    if (g_strv_contains(sections, name) || lab_is_program_section(name))
        return TRUE;
    const char *nearest = sim_nearest(name, sections);
    return sim_ini_fail(error, ini, line, "unknown section [%s]%s%s%s", name,
                        nearest ? ", did you mean [" : "", nearest ? nearest : "",
                        nearest ? "]?" : "");
}

/* Key of the table that an entry means; LAB_N_KEYS and error when there is none. */
static LabKeyId find_key(const SimIni *ini, const SimIniEntry *entry, GError **error)
{
    gboolean sweep = g_str_equal(entry->section, "sweep");
    gboolean program = lab_is_program_section(entry->section);
    const char *known[LAB_N_KEYS + 1];
    guint n = 0;
    for (LabKeyId i = 0; i < LAB_N_KEYS; i++) {
        const char *name = keys[i].key;
        if (sweep && keys[i].many != SWEEP)
            continue;
        if (program ? i != LAB_ARGS : !sweep && !g_str_equal(keys[i].section, entry->section))
            continue;
        if (sweep)
            name = lab_key_name(i);
        if (g_str_equal(name, entry->key))
            return i;
        known[n++] = name;
    }
    known[n] = NULL;
    sim_ini_known_key(ini, entry, known, error);
    return LAB_N_KEYS;
}

/* A sweep stands above the key's own line, an override of the key above a sweep of the file. */
static gboolean outranked(const SimIni *ini, const SimIniEntry *entry, LabKeyId id)
{
    gboolean sweep = g_str_equal(entry->section, "sweep");
    const SimIniEntry *other = sweep ? sim_ini_find(ini, keys[id].section, keys[id].key)
                                     : sim_ini_find(ini, "sweep", lab_key_name(id));
    if (!other)
        return FALSE;
    return sweep ? entry->line && !other->line : entry->line || !other->line;
}

static gboolean read_entries(LabConfig *config, const SimIni *ini, GError **error)
{
    for (guint i = 0; i < sim_ini_n_entries(ini); i++) {
        const SimIniEntry *entry = sim_ini_entry(ini, i);
        guint line = entry->line;
        if (!line && !check_section(ini, entry->section, line, error))
            return FALSE;
        LabKeyId id = find_key(ini, entry, error);
        if (id == LAB_N_KEYS)
            return FALSE;
        if (lab_is_program_section(entry->section))
            continue; /* read with the programs */
        g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
        if (!lab_read_values(ini, entry, id, values, error))
            return FALSE;
        if (!outranked(ini, entry, id)) {
            g_ptr_array_unref(config->values[id]);
            config->values[id] = g_steal_pointer(&values);
        }
    }
    return TRUE;
}

static gboolean fill_in(LabConfig *config, const SimIni *ini, GError **error)
{
    for (LabKeyId i = 0; i < LAB_N_KEYS; i++) {
        if (config->values[i]->len == 0) {
            if (!keys[i].fallback)
                return sim_ini_fail(error, ini, 0, "missing key '%s' in [%s]", keys[i].key,
                                    keys[i].section);
            if (keys[i].many != LIST)
                g_ptr_array_add(config->values[i], g_strdup(keys[i].fallback));
        }
        config->swept[i] = config->values[i]->len > 1;
    }
    return TRUE;
}

const SimIniEntry *lab_entry_of(const SimIni *ini, LabKeyId id)
{
    const SimIniEntry *own = sim_ini_find(ini, keys[id].section, keys[id].key);
    const SimIniEntry *sweep = sim_ini_find(ini, "sweep", lab_key_name(id));
    if (own && sweep)
        return outranked(ini, own, id) ? sweep : own;
    return own ? own : sweep;
}

/* ---- the whole file ---- */

/* "auto" is what this machine permits: a run's id and row say which it was. */
static void settle_network(GPtrArray *values)
{
    for (guint i = 0; i < values->len; i++)
        if (g_str_equal(values->pdata[i], "auto")) {
            g_free(values->pdata[i]);
            values->pdata[i] = g_strdup(lab_net_permitted(NULL) ? "namespaces" : "loopback");
        }
}

static gboolean read_all(LabConfig *config, SimIni *ini, const char *home, GError **error)
{
    for (guint i = 0; i < sim_ini_n_sections(ini); i++) {
        guint line;
        const char *name = sim_ini_section(ini, i, &line);
        if (!check_section(ini, name, line, error))
            return FALSE;
    }
    for (char **o = config->overrides; o && *o; o++)
        if (!sim_ini_set(ini, *o, error))
            return FALSE;
    if (!read_entries(config, ini, error) || !fill_in(config, ini, error))
        return FALSE;
    config->model = g_str_equal(lab_config_get(config, LAB_MODE), "model");
    config->real = g_str_equal(lab_config_get(config, LAB_MODE), "real");
    if (config->real)
        settle_network(config->values[LAB_NETWORK]);
    return lab_check_rules(config, ini, error) && lab_load_files(config, ini, home, error);
}

static void trace_free(gpointer data) { sim_fail_trace_free(data); }

LabConfig *lab_config_load(const char *path, const char *const *overrides, const char *home,
                           GError **error)
{
    g_autoptr(LabConfig) config = g_new0(LabConfig, 1);
    g_autoptr(GError) cause = NULL;
    gsize bytes = 0;
    config->path = g_strdup(path);
    config->overrides = g_strdupv((char **)overrides);
    config->programs = g_ptr_array_new_with_free_func(lab_program_free);
    config->traces = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, trace_free);
    for (guint i = 0; i < LAB_N_KEYS; i++)
        config->values[i] = g_ptr_array_new_with_free_func(g_free);
    if (!g_file_get_contents(path, &config->text, &bytes, &cause)) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s: %s", path, cause->message);
        return NULL;
    }
    SimIni *ini = sim_ini_parse(path, config->text, bytes, error);
    gboolean ok = ini && read_all(config, ini, home, error);
    sim_ini_free(ini);
    return ok ? g_steal_pointer(&config) : NULL;
}

void lab_config_free(LabConfig *config)
{
    if (!config)
        return;
    for (guint i = 0; i < LAB_N_KEYS; i++)
        g_ptr_array_unref(config->values[i]);
    g_ptr_array_unref(config->programs);
    g_strfreev(config->overrides);
    if (config->platform)
        sim_platform_unref(config->platform);
    sim_calibration_free(config->calibration);
    g_hash_table_unref(config->traces);
    g_free(config->calibration_hash);
    g_free(config->trace_hash);
    g_free(config->platform_path);
    g_free(config->platform_hash);
    g_free(config->path);
    g_free(config->text);
    g_free(config);
}

const char *lab_config_get(const LabConfig *config, LabKeyId key)
{
    const GPtrArray *values = config->values[key];
    return values->len ? g_ptr_array_index(values, 0) : NULL;
}

char *lab_sizes_name(const LabProgram *program, const char *args)
{
    return g_strdup_printf("%s%s%s", program->name, *args ? " " : "", args);
}

char *lab_hash(const void *bytes, gsize n_bytes)
{
    XXH128_hash_t hash = XXH3_128bits(bytes, n_bytes);
    return g_strdup_printf("%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
                           (guint64)hash.high64, (guint64)hash.low64);
}

SimWork lab_work(const char *text)
{
    guint work = SIM_WORK_ANY;
    while (!g_str_equal(works[work], text))
        work++;
    return (SimWork)work;
}
