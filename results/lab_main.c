/* preaches-lab: experiments from a file to a page. See results/README.md. The command line; the commands are
 * in the files that lab.h names. */
#include "interrupt.h"
#include "lab.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    guint least_files, most_files;
    int (*run)(void);
    const char *needs;
} commands[] = {
    {"run", 1, 1, lab_cmd_run, "run needs one experiment file"},
    {"plan", 1, 1, lab_cmd_plan, "plan needs one experiment file"},
    {"merge", 1, 100000, lab_cmd_merge, "merge needs the folders of results of all shards"},
    {"export", 2, 2, lab_cmd_export, "export needs slurm or parallel, and an experiment file"},
    {"plot", 1, 1, lab_cmd_plot, "plot needs one folder of results"},
    {"report", 1, 1, lab_cmd_report, "report needs one folder of results"},
    {"compare", 2, 2, lab_cmd_compare, "compare needs two CSV files"},
    {"calibrate", 0, 1000, lab_cmd_calibrate, "calibrate takes programs with their arguments"},
    {"validate", 1, 1000, lab_cmd_validate, "validate needs experiment files of mode=real"},
    {"fit", 1, 1, lab_cmd_fit, "fit needs one trace of failures"},
    {"explain", 1, 4, lab_cmd_explain,
     "explain needs an experiment file, or a platform file, two hosts and a size"},
    {"flows", 1, 1, lab_cmd_flows, "flows needs one folder of hosts, links, routes and flows"},
    {"bench", 0, 16, lab_cmd_bench, "bench takes names of its parts"},
};

static const GOptionEntry entries[] = {
    {"define", 'D', 0, G_OPTION_ARG_STRING_ARRAY, &lab_opt.overrides,
     "Another value for a key of the experiment", "SECTION.KEY=VALUE"},
    {"out", 'o', 0, G_OPTION_ARG_FILENAME, &lab_opt.out, "Folder (or file) for the results", "PATH"},
    {"gated", 0, 0, G_OPTION_ARG_NONE, &lab_opt.gated, "bench: only what is gated", NULL},
    {"check", 0, 0, G_OPTION_ARG_FILENAME, &lab_opt.check, "bench: compare with this file", "FILE"},
    {"model", 0, 0, G_OPTION_ARG_STRING, &lab_opt.model,
     "flows: pure, cm02, lv08-nocross or lv08 (default)", "NAME"},
    {"system", 0, 0, G_OPTION_ARG_STRING, &lab_opt.system, "fit: system of a LANL trace", "NUMBER"},
    {"trace", 0, 0, G_OPTION_ARG_STRING, &lab_opt.trace,
     "run: what happened, with a hash, in OUT/trace: none, state, activity or event", "LEVEL"},
    {"shard", 0, 0, G_OPTION_ARG_STRING, &lab_opt.shard, "run: the K-th of N equal parts of the runs", "K/N"},
    {"shards", 0, 0, G_OPTION_ARG_INT, &lab_opt.shards, "export: into how many tasks (default 8)", "N"},
    {"jobs", 'j', 0, G_OPTION_ARG_INT, &lab_opt.jobs, "Runs at a time (default: processors)", "N"},
    {"real", 0, 0, G_OPTION_ARG_FILENAME, &lab_opt.real,
     "calibrate: with an experiment of mode=real too", "FILE.ini"},
    {"calibration", 0, 0, G_OPTION_ARG_FILENAME, &lab_opt.calibration, "validate: what calibrate wrote",
     "FILE"},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &lab_opt.quiet, "Only errors", NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &lab_opt.json, "Facts as JSON", NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &lab_opt.files, NULL, NULL},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};

static const char help[] =
    "Commands:\n"
    "  run FILE.ini          run an experiment; what is done already is kept\n"
    "  plan FILE.ini         list its runs, run nothing\n"
    "  merge DIR... --out=DIR   the folders of all shards of an experiment as one\n"
    "  export slurm FILE.ini    its shards as a script for sbatch\n"
    "  export parallel FILE.ini   ... as commands, one a line, for GNU parallel or sh\n"
    "  plot DIR              draw the plots of a folder of results again\n"
    "  report DIR            write its report.html again\n"
    "  compare A.csv B.csv   equal where they must be?\n"
    "  calibrate [PROGRAM]   measure the real core's costs, e.g. \"tree 20000 1\", for mode=model\n"
    "  validate FILE.ini...  the simulator's predictions against runs of mode=real\n"
    "  fit TRACE             laws of failures and repairs; --system of a LANL trace\n"
    "  explain FILE.ini      one checkpoint and recovery of mode=model, term by term;\n"
    "  explain PLATFORM FROM TO SIZE   one transfer\n"
    "  flows DIR             when each flow of a folder ends (simnet/flows.h says what is in it)\n"
    "  bench [PART…]         this build's own figures; --check FILE gates them\n\n"
    "Exit status: 0 done, 1 a run or check failed, 2 usage or configuration, 3 damaged input.";

static void find_home(void)
{
    lab_opt.self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = g_path_get_dirname(lab_opt.self ? lab_opt.self : ".");
    g_autofree char *above = g_build_filename(folder, "..", "..", NULL);
    lab_opt.home = g_canonicalize_filename(above, NULL);
}

static int dispatch(void)
{
    if (!lab_opt.files || !lab_opt.files[0])
        return lab_usage_error("a command is needed");
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (!g_str_equal(lab_opt.files[0], commands[i].name))
            continue;
        g_free(lab_opt.files[0]);
        guint n = g_strv_length(lab_opt.files + 1);
        memmove(lab_opt.files, lab_opt.files + 1, (n + 1) * sizeof *lab_opt.files);
        if (n < commands[i].least_files || n > commands[i].most_files)
            return lab_usage_error(commands[i].needs);
        return commands[i].run();
    }
    g_autofree char *text = g_strdup_printf("unknown command '%s'", lab_opt.files[0]);
    return lab_usage_error(text);
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GOptionContext) context = g_option_context_new("COMMAND …");
    setlocale(LC_ALL, "C.UTF-8"); /* digits and sorting must not depend on who runs it */
    lab_opt.jobs = (int)g_get_num_processors();
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_description(context, help);
    if (!g_option_context_parse(context, &argc, &argv, &error))
        return lab_usage_error(error->message);
    if (lab_opt.jobs < 1 || lab_opt.jobs > 1024)
        return lab_usage_error("--jobs needs a number from 1 to 1024");
    if (lab_opt.shards < 0 || lab_opt.shards > 100000)
        return lab_usage_error("--shards needs a number from 1 to 100000");
    lab_opt.cancel = g_cancellable_new();
    find_home();
    lab_interrupt_watch(lab_opt.cancel);
    int status = dispatch();
    g_clear_object(&lab_opt.cancel);
    g_strfreev(lab_opt.overrides);
    g_strfreev(lab_opt.files);
    g_free(lab_opt.out);
    g_free(lab_opt.check);
    g_free(lab_opt.real);
    g_free(lab_opt.calibration);
    g_free(lab_opt.model);
    g_free(lab_opt.system);
    g_free(lab_opt.shard);
    g_free(lab_opt.trace);
    g_free(lab_opt.home);
    g_free(lab_opt.self);
    return lab_interrupt_seen() ? 128 + lab_interrupt_seen() : status;
}
