/* preaches-lab calibrate, validate, bench: what measures the real core. */
#include "../core/agent/proc.h"
#include "bench.h"
#include "calibrate.h"
#include "interrupt.h"
#include "lab.h"
#include "realsuite.h"

#include <stdio.h>

/* ---- calibrate, validate ---- */

static void say_program(const char *text)
{
    if (!lab_opt.quiet)
        fprintf(stderr, "calibrate: %s\n", text);
}

/* The hash of this build, which the suite borrows. g_free. */
static char *fill_suite(LabSuite *suite, const char *out, GError **error)
{
    char *build = lab_program_hash(lab_opt.self, error);
    *suite = (LabSuite){.home = lab_opt.home, .build = build, .out = out,
                        .overrides = (const char *const *)lab_opt.overrides, .quiet = lab_opt.quiet,
                        .cancel = lab_opt.cancel};
    return build;
}

/* Its runs are left beside the calibration file. */
static gboolean calibrate_real(SimCalibration *c, GError **error)
{
    g_autofree char *folder = lab_opt.out ? g_strconcat(lab_opt.out, ".runs", NULL)
                                      : g_dir_make_tmp("preaches-calibrate-XXXXXX", error);
    LabSuite suite;
    g_autofree char *build = folder ? fill_suite(&suite, folder, error) : NULL;
    gboolean ok = build && lab_suite_calibrate(&suite, lab_opt.real, c, error);
    if (!lab_opt.out && folder)
        preaches_tree_remove(folder);
    return ok;
}

int lab_cmd_calibrate(void)
{
    static const char *const usual[] = {"tree 1000 10", "tree 20000 1", "tree 60000 1", "nbody 64 10",
                                        "quicksort 10000 1", NULL};
    g_autoptr(GError) error = NULL;
    const char *const *programs = lab_opt.files[0] ? (const char *const *)lab_opt.files : usual;
    g_autoptr(SimCalibration) c = lab_calibrate(lab_opt.home, programs, say_program, lab_opt.cancel, &error);
    if (!c || (lab_opt.real && !calibrate_real(c, &error)))
        return lab_interrupt_seen() ? 0 : lab_fail(error, FALSE);
    g_autofree char *text = sim_calibration_text(c);
    if (!lab_opt.out)
        fputs(text, stdout);
    else if (!lab_file_replace(lab_opt.out, text, -1, &error))
        return lab_fail(error, FALSE);
    return 0;
}

int lab_cmd_validate(void)
{
    enum { TARGET_PERCENT = 10 };
    g_autoptr(GError) error = NULL;
    LabSuite suite;
    LabValidation score;
    if (!lab_opt.out || !lab_opt.calibration)
        return lab_usage_error("validate needs --calibration=FILE and --out=FOLDER");
    g_autoptr(SimCalibration) c = sim_calibration_load(lab_opt.calibration, &error);
    g_autofree char *build = c ? fill_suite(&suite, lab_opt.out, &error) : NULL;
    if (!build || !lab_suite_validate(&suite, (const char *const *)lab_opt.files, c, &score, &error))
        return lab_interrupt_seen() ? 0 : lab_fail(error, FALSE);
    printf("%u scenarios: predicted / measured is off by %.1f%% in the median, %.1f%% at worst\n",
           score.scenarios, 100 * score.median, 100 * score.worst);
    return 100 * score.median <= TARGET_PERCENT ? 0 : PREACHES_ERROR_FAILED;
}

/* ---- bench ---- */

int lab_cmd_bench(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LabTable) accepted = lab_opt.check ? lab_table_read(lab_opt.check, &error) : NULL;
    if (lab_opt.check && !accepted)
        return lab_fail(error, FALSE);
    if (lab_opt.check && lab_opt.files[0])
        return lab_usage_error("bench: --check is for all parts");
    g_autoptr(LabTable) table = lab_bench_table();
    if (!lab_bench_run(table, lab_opt.home, (const char *const *)lab_opt.files, lab_opt.gated, lab_opt.cancel,
                       lab_opt.quiet, &error)) {
        if (lab_opt.out && table->rows->len) /* what was measured until then */
            (void)lab_table_write(table, lab_opt.out, NULL);
        return lab_interrupt_seen() ? 0 : lab_fail(error, FALSE);
    }
    g_autoptr(GString) report = g_string_new(NULL);
    guint wrong = accepted ? lab_bench_check(table, accepted, report) : 0;
    if (lab_opt.out && !lab_table_write(table, lab_opt.out, &error))
        return lab_fail(error, FALSE);
    GString *csv = lab_table_csv(table);
    if (!lab_opt.quiet && !lab_opt.out)
        fputs(csv->str, stdout);
    g_string_free(csv, TRUE);
    if (wrong)
        printf("%u metrics differ from %s:\n%s", wrong, lab_opt.check, report->str);
    else if (accepted && !lab_opt.quiet)
        printf("all gated metrics as accepted\n");
    return wrong ? PREACHES_ERROR_FAILED : 0;
}
