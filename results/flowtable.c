#include "flowtable.h"
#include "../core/agent/proc.h"
#include "../simnet/flows.h"

LabTable *lab_flow_table(const char *folder, const char *model, GError **error)
{
    static const char *const columns[] = {"flow", "finish_s", NULL};
    const SimNetModel *of_name = sim_net_model(model);
    if (!of_name) {
        g_autofree char *names = g_strjoinv(", ", (char **)sim_net_model_names);
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE,
                    "unknown model '%s': it is one of %s", model, names);
        return NULL;
    }
    g_autoptr(GArray) ends = sim_flows_run(folder, of_name, error);
    if (!ends)
        return NULL;
    LabTable *table = lab_table_new(columns);
    for (guint i = 0; i < ends->len; i++) {
        const SimFlowEnd *end = &g_array_index(ends, SimFlowEnd, i);
        char text[G_ASCII_DTOSTR_BUF_SIZE];
        char **row = g_new0(char *, G_N_ELEMENTS(columns));
        row[0] = g_strdup(end->name);
        row[1] = g_strdup(g_ascii_formatd(text, sizeof text, "%.9f", end->finish_s));
        lab_table_take(table, row);
    }
    return table;
}
