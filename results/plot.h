/* Plots of runs.csv by gnuplot: the figures are computed here, handed over in a data file, drawn by
 * the scripts in results/plots. */
#ifndef PREACHES_RESULTS_PLOT_H
#define PREACHES_RESULTS_PLOT_H

#include "table.h"
#include <gio/gio.h>

/* Draws `kind` (one of lab_plot_kinds) as OUT/KIND.svg and OUT/KIND.png; the data are
 * left in OUT/plots/KIND.dat. `scripts`: folder of the .gp files; `platform`: for the title. TRUE and
 * *drawn = FALSE when the runs hold nothing to draw. */
gboolean lab_plot(const LabTable *runs, const char *kind, const char *platform, const char *scripts,
                  const char *out, GCancellable *cancel, gboolean *drawn, GError **error);

/* Draws `n` lines of data by the script KIND.gp, as above. */
gboolean lab_plot_data(const char *kind, const GString *data, guint n, const char *title,
                       const char *scripts, const char *out, GCancellable *cancel, GError **error);

extern const char *const lab_plot_kinds[]; /* NULL-terminated */

#endif
