/* What must hold between the keys of an experiment file. */
#include "config_priv.h"

#include <string.h>

/* ---- keys and modes ---- */

/* Keys that only some modes take notice of: in another they are a mistake. */
static const struct {
    LabKeyId key;
    const char *modes;
} only_in[] = {
    {LAB_CALIBRATION, "model"}, {LAB_COSTS, "model"}, {LAB_CELLS, "model"}, {LAB_JOBS, "model"}, {LAB_SPREAD, "model"},
    {LAB_HORIZON, "model"}, {LAB_POLICY, "model"}, {LAB_RECOVERY_TARGET, "model"},
    {LAB_TRACE, "model"}, {LAB_SYSTEM, "model"}, {LAB_REPAIR_DISTRIBUTION, "model"},
    {LAB_REPAIR_SHAPE, "model"}, {LAB_HITS, "model"}, {LAB_GROUP_MTTF, "model"}, {LAB_GROUP_DISTRIBUTION, "model"},
    {LAB_GROUP_SHAPE, "model"}, {LAB_GROUP_REPAIR, "model"}, {LAB_GROUP_HIT, "model"}, {LAB_WORK, "live model"},
    {LAB_POINTS, "live"}, {LAB_SHARE, "live"}, {LAB_HOLDERS, "live"}, {LAB_CONVERTER, "live model"},
    {LAB_MINIMUM, "live real"}, {LAB_MAXIMUM, "live real"},
    {LAB_NETWORK, "real"}, {LAB_LOSS, "real"}, {LAB_KIND, "real"},
};

static gboolean check_keys(const LabConfig *config, const SimIni *ini, GError **error)
{
    const char *mode = lab_config_get(config, LAB_MODE);
    for (guint i = 0; i < G_N_ELEMENTS(only_in); i++) {
        const SimIniEntry *entry = lab_entry_of(ini, only_in[i].key);
        if (entry && !strstr(only_in[i].modes, mode))
            return sim_ini_fail_entry(error, ini, entry, "%s means nothing in mode=%s",
                                      lab_key_name(only_in[i].key), mode);
    }
    return TRUE;
}

/* Values that only some modes can do. */
static const struct {
    LabKeyId key;
    const char *value, *modes;
} values_in[] = {
    {LAB_DISTRIBUTION, "lognormal", "model"},
    {LAB_DISTRIBUTION, "trace", "model"},
    {LAB_STRATEGY, "N", "live model"},
    {LAB_COMPRESS, "zstd", "real"},
    {LAB_COMPRESS, "lz4", "real"},
};

static gboolean check_values(const LabConfig *config, const SimIni *ini, GError **error)
{
    const char *mode = lab_config_get(config, LAB_MODE);
    for (guint i = 0; i < G_N_ELEMENTS(values_in); i++) {
        const GPtrArray *values = config->values[values_in[i].key];
        for (guint k = 0; k < values->len; k++)
            if (g_str_equal(values->pdata[k], values_in[i].value) &&
                !strstr(values_in[i].modes, mode))
                return sim_ini_fail_entry(error, ini, lab_entry_of(ini, values_in[i].key),
                                          "%s=%s needs mode=%s", lab_key_name(values_in[i].key),
                                          values_in[i].value, values_in[i].modes);
    }
    return TRUE;
}

/* ---- values that need each other ---- */

/* What an interval policy reckons with must be there. */
static gboolean check_policies(const LabConfig *config, const SimIni *ini, GError **error)
{
    for (guint i = 0; i < config->values[LAB_POLICY]->len; i++) {
        const char *policy = config->values[LAB_POLICY]->pdata[i];
        gboolean by_mttf = g_str_equal(policy, "young") || g_str_equal(policy, "daly");
        if (by_mttf && g_str_equal(lab_config_get(config, LAB_MTTF), "never"))
            return sim_ini_fail_entry(error, ini, lab_entry_of(ini, LAB_POLICY),
                                      "checkpoint.policy=%s needs faults.mttf", policy);
        if (g_str_equal(policy, "adaptive") &&
            g_str_equal(lab_config_get(config, LAB_RECOVERY_TARGET), "never"))
            return sim_ini_fail_entry(error, ini, lab_entry_of(ini, LAB_POLICY),
                                      "checkpoint.policy=adaptive needs checkpoint.recovery_target");
    }
    return TRUE;
}

static gboolean check_faults(const LabConfig *config, const SimIni *ini, GError **error)
{
    gboolean never = g_str_equal(lab_config_get(config, LAB_MTTF), "never");
    if (never && lab_count(lab_config_get(config, LAB_MINIMUM)) > 0) {
        const SimIniEntry *entry = lab_entry_of(ini, LAB_MINIMUM);
        return sim_ini_fail_entry(error, ini, entry,
                                  "faults.minimum asks for failures, but faults.mttf is never");
    }
    return TRUE;
}

/* A key that another's values leave without meaning: none of `values` (";" between them) is asked for, or,
 * with `values` NULL, the other key is at its fallback alone. */
static const struct {
    LabKeyId key, other;
    const char *values, *fallback;
} needs[] = {
    {LAB_SHAPE, LAB_DISTRIBUTION, "weibull;lognormal", NULL},
    {LAB_SYSTEM, LAB_DISTRIBUTION, "trace", NULL},
    {LAB_REPAIR_SHAPE, LAB_REPAIR_DISTRIBUTION, "weibull;lognormal", NULL},
    {LAB_REPAIR_DISTRIBUTION, LAB_REPAIR, NULL, "never"},
    {LAB_GROUP_SHAPE, LAB_GROUP_DISTRIBUTION, "weibull;lognormal", NULL},
    {LAB_GROUP_DISTRIBUTION, LAB_GROUP_MTTF, NULL, "never"},
    {LAB_GROUP_REPAIR, LAB_GROUP_MTTF, NULL, "never"},
    {LAB_GROUP_HIT, LAB_GROUP_MTTF, NULL, "never"},
    {LAB_SPREAD, LAB_JOBS, NULL, "1"},
    {LAB_SHARE, LAB_POINTS, NULL, ""},
    {LAB_LOSS, LAB_NETWORK, "namespaces", NULL},
};

static gboolean is_asked_for(const LabConfig *config, LabKeyId key, const char *values, const char *fallback)
{
    g_auto(GStrv) wanted = g_strsplit(values ? values : "", ";", -1);
    for (guint i = 0; i < config->values[key]->len; i++) {
        const char *value = config->values[key]->pdata[i];
        if (values ? g_strv_contains((const char *const *)wanted, value) : !g_str_equal(value, fallback))
            return TRUE;
    }
    return FALSE;
}

static gboolean check_needs(const LabConfig *config, const SimIni *ini, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(needs); i++) {
        const SimIniEntry *entry = lab_entry_of(ini, needs[i].key);
        if (!entry || is_asked_for(config, needs[i].other, needs[i].values, needs[i].fallback))
            continue;
        g_autofree char *list = g_strdelimit(g_strdup(needs[i].values ? needs[i].values : ""), ";", '|');
        return sim_ini_fail_entry(error, ini, entry, "%s means nothing without %s%s%s",
                                  lab_key_name(needs[i].key), lab_key_name(needs[i].other),
                                  *list ? "=" : "", list);
    }
    return TRUE;
}

gboolean lab_check_rules(const LabConfig *config, const SimIni *ini, GError **error)
{
    return check_faults(config, ini, error) && check_keys(config, ini, error) &&
           check_values(config, ini, error) && check_policies(config, ini, error) &&
           check_needs(config, ini, error);
}
