#include "calibration.h"
#include "ini.h"
#include "units.h"

#include <math.h>
#include <string.h>

typedef enum CostKind { COST_TIME, COST_RATE, COST_NUMBER, COST_FLAG } CostKind;

static const struct Cost {
    const char *key;
    CostKind kind;
    gsize offset;       /* in SimCalibration */
    gboolean only_real; /* written only when it was measured on a real network */
} cost_keys[] = {
    {"fork", COST_TIME, offsetof(SimCalibration, costs.fork_ns), FALSE},
    {"fork_page", COST_TIME, offsetof(SimCalibration, costs.fork_page_ns), FALSE},
    {"convert", COST_RATE, offsetof(SimCalibration, convert_bps), FALSE},
    {"copy_speedup", COST_NUMBER, offsetof(SimCalibration, costs.copy_speedup), FALSE},
    {"map", COST_TIME, offsetof(SimCalibration, costs.map_ns), FALSE},
    {"frame", COST_TIME, offsetof(SimCalibration, costs.frame_ns), FALSE},
    {"memory", COST_RATE, offsetof(SimCalibration, costs.memory_bps), FALSE},
    /* measured on a real network; start_ARCH=TIME too */
    {"agents", COST_FLAG, offsetof(SimCalibration, costs.as_agents), TRUE},
    {"prepare", COST_TIME, offsetof(SimCalibration, costs.prepare_ns), TRUE},
    {"decide", COST_TIME, offsetof(SimCalibration, costs.decide_ns), TRUE},
};
#define START_PREFIX "start_"

static void calibrated_free(gpointer data)
{
    g_free(((SimCalibrated *)data)->name);
    g_free(data);
}

SimCalibration *sim_calibration_new(void)
{
    SimCalibration *c = g_new0(SimCalibration, 1);
    c->costs = sim_costs;
    c->convert_bps = 40e6;
    c->programs = g_ptr_array_new_with_free_func(calibrated_free);
    return c;
}

void sim_calibration_free(SimCalibration *calibration)
{
    if (!calibration)
        return;
    g_ptr_array_unref(calibration->programs);
    g_free(calibration);
}

const SimSizes *sim_calibration_find(const SimCalibration *calibration, const char *name)
{
    for (guint i = 0; i < calibration->programs->len; i++) {
        const SimCalibrated *program = calibration->programs->pdata[i];
        if (strcmp(program->name, name) == 0)
            return &program->sizes;
    }
    return NULL;
}

/* ---- reading ---- */

static gboolean parse_cost(const struct Cost *cost, const char *text, SimCalibration *c)
{
    gpointer at = (char *)c + cost->offset;
    char *end;
    switch (cost->kind) {
    case COST_TIME:
        return sim_parse_time(text, at);
    case COST_RATE:
        return sim_parse_rate(text, at) && *(double *)at > 0;
    case COST_NUMBER:
        *(double *)at = g_ascii_strtod(text, &end);
        return end != text && *end == '\0' && isfinite(*(double *)at) && *(double *)at > 0;
    case COST_FLAG:
        *(gboolean *)at = strcmp(text, "yes") == 0;
        return strcmp(text, "yes") == 0 || strcmp(text, "no") == 0;
    }
    return FALSE;
}

static gboolean read_cost(SimCalibration *c, const SimIni *ini, const SimIniEntry *e, GError **error)
{
    const char *known[G_N_ELEMENTS(cost_keys) + 1] = {NULL};
    const PrArch *arch = g_str_has_prefix(e->key, START_PREFIX)
                             ? pr_arch_find(e->key + strlen(START_PREFIX))
                             : NULL;
    if (arch)
        return sim_parse_time(e->value, &c->costs.start_ns[arch - pr_arches]) ||
               sim_ini_fail_entry(error, ini, e, "bad %s '%s'", e->key, e->value);
    for (guint i = 0; i < G_N_ELEMENTS(cost_keys); i++) {
        known[i] = cost_keys[i].key;
        if (strcmp(e->key, cost_keys[i].key) == 0)
            return parse_cost(&cost_keys[i], e->value, c) ||
                   sim_ini_fail_entry(error, ini, e, "bad %s '%s'", e->key, e->value);
    }
    return sim_ini_known_key(ini, e, known, error);
}

static gboolean parse_arch(const char *text, SimSizesArch *row)
{
    guint64 v[5];
    g_auto(GStrv) part = g_strsplit(text, ";", -1);
    if (g_strv_length(part) != G_N_ELEMENTS(v))
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(v); i++)
        if (!g_ascii_string_to_unsigned(part[i], 10, 0, G_GUINT64_CONSTANT(1) << 50, &v[i], NULL))
            return FALSE;
    if (v[0] >= 32 || v[1] == 0 || v[4] > G_MAXUINT)
        return FALSE;
    *row = (SimSizesArch){(gint)v[0], v[1], {v[1], v[2], v[3], (guint)v[4]}};
    return TRUE;
}

static gboolean read_size(SimSizes *sizes, const SimIni *ini, const SimIniEntry *e, GError **error)
{
    const char *known[PR_N_ARCHES + 2] = {"state"};
    if (strcmp(e->key, "state") == 0)
        return (sim_parse_bytes(e->value, &sizes->state_bytes) && sizes->state_bytes > 0) ||
               sim_ini_fail_entry(error, ini, e, "bad state '%s': a size above 0, as 960000B",
                                  e->value);
    for (guint a = 0; a < PR_N_ARCHES; a++) {
        known[a + 1] = pr_arches[a].name;
        if (strcmp(e->key, pr_arches[a].name) == 0)
            return parse_arch(e->value, &sizes->arch[a]) ||
                   sim_ini_fail_entry(error, ini, e,
                                      "bad %s '%s': class;image;head;globals;frames", e->key,
                                      e->value);
    }
    return sim_ini_known_key(ini, e, known, error);
}

static gboolean read_section(SimCalibration *c, const SimIni *ini, guint index, GError **error)
{
    guint line;
    const char *section = sim_ini_section(ini, index, &line);
    SimCalibrated *program = NULL;
    if (g_str_has_prefix(section, "program ")) {
        program = g_new0(SimCalibrated, 1);
        program->name = g_strdup(section + strlen("program "));
        for (guint a = 0; a < PR_N_ARCHES; a++)
            program->sizes.arch[a].cls = -1;
        g_ptr_array_add(c->programs, program);
    } else if (strcmp(section, "costs") != 0) {
        return sim_ini_fail(error, ini, line, "unknown section [%s]: [costs] or [program NAME ARGS]",
                            section);
    }
    for (guint i = 0; i < sim_ini_n_entries(ini); i++) {
        const SimIniEntry *e = sim_ini_entry(ini, i);
        if (strcmp(e->section, section) == 0 && !(program ? read_size(&program->sizes, ini, e, error)
                                                          : read_cost(c, ini, e, error)))
            return FALSE;
    }
    if (program && program->sizes.state_bytes == 0)
        return sim_ini_fail(error, ini, line, "[%s] needs key 'state'", section);
    return TRUE;
}

SimCalibration *sim_calibration_load(const char *path, GError **error)
{
    SimIni *ini = sim_ini_load(path, error);
    if (!ini)
        return NULL;
    g_autoptr(SimCalibration) c = sim_calibration_new();
    gboolean ok = TRUE;
    for (guint i = 0; ok && i < sim_ini_n_sections(ini); i++)
        ok = read_section(c, ini, i, error);
    sim_ini_free(ini);
    return ok ? g_steal_pointer(&c) : NULL;
}

/* ---- writing ---- */

static void append_cost(GString *out, const struct Cost *cost, const SimCalibration *c)
{
    gconstpointer at = (const char *)c + cost->offset;
    if (cost->kind == COST_TIME)
        g_string_append_printf(out, "%s=%" G_GINT64_FORMAT "ns\n", cost->key, *(const gint64 *)at);
    else if (cost->kind == COST_RATE)
        g_string_append_printf(out, "%s=%.0fB/s\n", cost->key, *(const double *)at);
    else if (cost->kind == COST_FLAG)
        g_string_append_printf(out, "%s=yes\n", cost->key);
    else
        g_string_append_printf(out, "%s=%.4g\n", cost->key, *(const double *)at);
}

char *sim_calibration_text(const SimCalibration *calibration)
{
    GString *out = g_string_new("[costs]\n");
    for (guint i = 0; i < G_N_ELEMENTS(cost_keys); i++)
        if (calibration->costs.as_agents || !cost_keys[i].only_real)
            append_cost(out, &cost_keys[i], calibration);
    for (guint a = 0; a < PR_N_ARCHES; a++)
        if (calibration->costs.start_ns[a] > 0)
            g_string_append_printf(out, START_PREFIX "%s=%" G_GINT64_FORMAT "ns\n",
                                   pr_arches[a].name, calibration->costs.start_ns[a]);
    for (guint i = 0; i < calibration->programs->len; i++) {
        const SimCalibrated *program = calibration->programs->pdata[i];
        g_string_append_printf(out, "\n[program %s]\nstate=%" G_GUINT64_FORMAT "B\n", program->name,
                               program->sizes.state_bytes);
        for (guint a = 0; a < PR_N_ARCHES; a++) {
            const SimSizesArch *row = &program->sizes.arch[a];
            if (row->cls >= 0)
                g_string_append_printf(out,
                                       "%s=%d;%" G_GUINT64_FORMAT ";%" G_GUINT64_FORMAT
                                       ";%" G_GUINT64_FORMAT ";%u\n",
                                       pr_arches[a].name, row->cls, row->image_bytes,
                                       row->facts.head_bytes, row->facts.global_bytes,
                                       row->facts.n_frames);
        }
    }
    return g_string_free(out, FALSE);
}
