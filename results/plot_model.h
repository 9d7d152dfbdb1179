/* Plots of mode=model: a figure of the runs against a swept key, one series for each strategy and
 * interval policy. Same form of data as plot.c's. */
#ifndef PREACHES_RESULTS_PLOT_MODEL_H
#define PREACHES_RESULTS_PLOT_MODEL_H

#include "table.h"

/* Each appends its blocks and returns how many series there are; 0: the runs hold nothing for it. */
guint lab_completion_data(const LabTable *runs, GString *out); /* x: mttf, h; y: completion, h */
guint lab_violations_data(const LabTable *runs, GString *out); /* x: target, min; y: % of recoveries late */
guint lab_waste_data(const LabTable *runs, GString *out);      /* x: system; y: % of the time wasted */

#endif
