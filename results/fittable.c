#include "fittable.h"
#include "json.h"
#include "../simnet/fit.h"

#include <math.h>

static const char *const columns[] = {"quantity", "law", "n", "left_out", "mean_s", "shape", "scale_s",
                                      "log_likelihood", "aic", "ks", "best", NULL};

static const SimLawKind kinds[] = {SIM_LAW_EXPONENTIAL, SIM_LAW_WEIBULL, SIM_LAW_LOGNORMAL};

static char *number(double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    return g_strdup(g_ascii_formatd(text, sizeof text, "%.6g", value));
}

static void add_row(LabTable *table, const char *quantity, const SimFit *fit, guint left_out,
                    gboolean best)
{
    char **row = g_new0(char *, G_N_ELEMENTS(columns));
    gboolean shaped = fit->law.kind != SIM_LAW_EXPONENTIAL;
    row[0] = g_strdup(quantity);
    row[1] = g_strdup(sim_law_names[fit->law.kind]);
    row[2] = g_strdup_printf("%u", fit->n);
    row[3] = g_strdup_printf("%u", left_out);
    row[4] = number(fit->law.mean_ns * 1e-9);
    row[5] = shaped ? number(fit->law.shape) : g_strdup("");
    row[6] = number(fit->law.scale_ns * 1e-9);
    row[7] = number(fit->log_likelihood);
    row[8] = number(fit->aic);
    row[9] = number(fit->ks);
    row[10] = g_strdup(best ? "yes" : "no");
    lab_table_take(table, row);
}

LabTable *lab_fit_table(const SimFailTrace *trace)
{
    LabTable *table = lab_table_new(columns);
    for (guint q = 0; q < SIM_FIT_N_QUANTITIES; q++) {
        guint left_out;
        g_autoptr(GArray) times = sim_fit_times(trace, (SimFitQuantity)q, &left_out);
        SimFit fit[G_N_ELEMENTS(kinds)];
        gboolean ok[G_N_ELEMENTS(kinds)];
        double least = INFINITY;
        for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
            ok[k] = sim_fit(kinds[k], (double *)(gpointer)times->data, times->len, &fit[k]);
            least = ok[k] ? fmin(least, fit[k].aic) : least;
        }
        for (guint k = 0; k < G_N_ELEMENTS(kinds); k++)
            if (ok[k])
                add_row(table, sim_fit_quantity_names[q], &fit[k], left_out, fit[k].aic <= least);
    }
    return table;
}

char *lab_fit_json(const LabTable *table, const SimFailTrace *trace)
{
    LabJson *json = lab_json_new();
    lab_json_open(json, NULL, '{');
    lab_json_int(json, "records", trace->records);
    lab_json_int(json, "nodes", trace->nodes->len);
    lab_json_open(json, "fits", '[');
    for (guint i = 0; i < table->rows->len; i++) {
        lab_json_open(json, NULL, '{');
        for (guint c = 0; c < table->n_columns; c++) {
            const char *cell = lab_table_cell(table, i, (int)c);
            if (c < 2)
                lab_json_text(json, table->columns[c], cell);
            else if (c + 1 == table->n_columns)
                lab_json_bool(json, table->columns[c], g_str_equal(cell, "yes"));
            else if (*cell)
                lab_json_number(json, table->columns[c], g_ascii_strtod(cell, NULL));
        }
        lab_json_close(json);
    }
    lab_json_close(json);
    lab_json_open(json, "problems", '[');
    for (guint i = 0; i < trace->problems->len; i++)
        lab_json_text(json, NULL, trace->problems->pdata[i]);
    return lab_json_free(json);
}
