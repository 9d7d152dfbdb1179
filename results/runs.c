#include "runs.h"

#include <string.h>

/* What stands in a column: a text of the run, or a number of the result (negative: left empty). */
typedef struct Column {
    const char *name;
    enum { TEXT, NUMBER, MODEL } what;
    gsize offset; /* NUMBER, MODEL: in SimModelResult; MODEL: empty in mode=live */
} Column;

#define NUMBER_OF(field) {#field, NUMBER, offsetof(SimModelResult, row.field)}
#define MODEL_OF(field) {#field, MODEL, offsetof(SimModelResult, field)}
#define TEXT_OF(name) {name, TEXT, 0}

static const Column columns[] = {
    TEXT_OF("experiment"), TEXT_OF("run_id"), TEXT_OF("seed"), TEXT_OF("replication"),
    TEXT_OF("mode"), TEXT_OF("workload"), TEXT_OF("source_arch"), TEXT_OF("target_arch"),
    TEXT_OF("strategy"), TEXT_OF("interval_ns"),
    NUMBER_OF(classes), NUMBER_OF(state_bytes), NUMBER_OF(image_bytes), NUMBER_OF(sent_bytes),
    NUMBER_OF(pause_ns), NUMBER_OF(convert_ns), NUMBER_OF(propagate_ns), NUMBER_OF(commit_ns),
    NUMBER_OF(detect_ns), NUMBER_OF(select_ns), NUMBER_OF(load_ns), NUMBER_OF(rebuild_ns),
    NUMBER_OF(first_work_ns), NUMBER_OF(lost_work_ns), NUMBER_OF(total_ns), NUMBER_OF(failures),
    NUMBER_OF(output_match),
    TEXT_OF("time_source"),
    /* added */
    NUMBER_OF(epochs), NUMBER_OF(epoch_recovered),
    NUMBER_OF(real_pause_ns), NUMBER_OF(real_convert_ns), NUMBER_OF(real_load_ns),
    TEXT_OF("args"), TEXT_OF("arm"),
    TEXT_OF("policy"), MODEL_OF(hosts), MODEL_OF(jobs), MODEL_OF(ended), MODEL_OF(recoveries),
    MODEL_OF(restarts), MODEL_OF(violations), MODEL_OF(work_s), MODEL_OF(wasted_s),
    MODEL_OF(worst_ns),
    TEXT_OF("network"),
};

const char *const lab_run_columns[] = {
    "experiment", "run_id", "seed", "replication", "mode", "workload", "source_arch",
    "target_arch", "strategy", "interval_ns", "classes", "state_bytes", "image_bytes",
    "sent_bytes", "pause_ns", "convert_ns", "propagate_ns", "commit_ns", "detect_ns", "select_ns",
    "load_ns", "rebuild_ns", "first_work_ns", "lost_work_ns", "total_ns", "failures",
    "output_match", "time_source", "epochs", "epoch_recovered", "real_pause_ns",
    "real_convert_ns", "real_load_ns", "args", "arm", "policy", "hosts", "jobs", "ended",
    "recoveries", "restarts", "violations", "work_s", "wasted_s", "worst_ns",
    "network", NULL};

G_STATIC_ASSERT(G_N_ELEMENTS(columns) + 1 == G_N_ELEMENTS(lab_run_columns));

static char *number_text(gint64 value)
{
    return value < 0 ? g_strdup("") : g_strdup_printf("%" G_GINT64_FORMAT, value);
}

static char *text_cell(const LabConfig *config, const LabRun *run, const char *name)
{
    const struct {
        const char *name, *text;
    } texts[] = {
        {"experiment", lab_config_get(config, LAB_NAME)},
        {"run_id", run->id},
        {"seed", run->value[LAB_SEED]},
        {"mode", run->value[LAB_MODE]},
        {"workload", run->program->name},
        {"source_arch", run->value[LAB_SOURCE]},
        {"target_arch", run->value[LAB_TARGET]},
        {"strategy", run->value[LAB_STRATEGY]},
        /* virtual costs follow from the platform's figures; real_* are measured */
        {"time_source", config->real ? "measured" : "calibrated"},
        {"args", run->value[LAB_ARGS]},
        {"arm", run->arm},
        {"network", config->real ? run->value[LAB_NETWORK] : ""},
        {"policy", config->model ? run->value[LAB_POLICY] : ""},
    };
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        if (g_str_equal(texts[i].name, name))
            return g_strdup(texts[i].text);
    if (g_str_equal(name, "replication"))
        return number_text((gint64)run->replication);
    g_assert(g_str_equal(name, "interval_ns"));
    return number_text(lab_time_ns(run->value[LAB_INTERVAL]));
}

char **lab_run_row(const LabConfig *config, const LabRun *run, const SimModelResult *result)
{
    char **row = g_new0(char *, G_N_ELEMENTS(columns) + 1);
    for (guint i = 0; i < G_N_ELEMENTS(columns); i++) {
        gint64 value = -1;
        g_assert(g_str_equal(columns[i].name, lab_run_columns[i]));
        if (columns[i].what == NUMBER || (columns[i].what == MODEL && config->model))
            memcpy(&value, (const char *)result + columns[i].offset, sizeof value);
        row[i] = columns[i].what == TEXT ? text_cell(config, run, columns[i].name)
                                         : number_text(value);
    }
    return row;
}

/* The run's id holds hashes of the builds, and what begins with real_ was measured with a clock. */
gboolean lab_column_is_deterministic(const char *column)
{
    return !g_str_equal(column, "run_id") && !g_str_has_prefix(column, "real_");
}
