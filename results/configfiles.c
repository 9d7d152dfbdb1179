/* The files that an experiment names: platform, calibration, traces of failures, programs. */
#include "config_priv.h"

#include <string.h>

char *lab_find_file(const char *name, const char *folder, const char *home, const char *shipped)
{
    g_autofree char *beside = g_canonicalize_filename(name, folder);
    if (g_file_test(beside, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer(&beside);
    g_autofree char *shared = g_build_filename(home, shipped, name, NULL);
    if (!g_path_is_absolute(name) && g_file_test(shared, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer(&shared);
    return NULL;
}

static char *find_file(const LabConfig *config, const char *name, const char *home, const char *shipped)
{
    g_autofree char *file = g_canonicalize_filename(config->path, NULL);
    g_autofree char *own = g_path_get_dirname(file);
    return lab_find_file(name, own, home, shipped);
}

/* In mode=real the hosts are this machine, and links keep their rates. What a disk or a conversion takes is
 * for predictions (validate); here it is measured. */
static gboolean check_real_platform(const char *path, GError **error)
{
    static const char *const cannot[] = {"speed", "speed_integer", "speed_float", "speed_memory", "cores",
                                         "memory", "availability", "bandwidth_profile", NULL};
    SimIni *ini = g_str_has_suffix(path, ".xml") ? NULL : sim_ini_load(path, error);
    gboolean ok = ini || g_str_has_suffix(path, ".xml");
    for (guint i = 0; ini && ok && i < sim_ini_n_entries(ini); i++) {
        const SimIniEntry *entry = sim_ini_entry(ini, i);
        if (g_strv_contains(cannot, entry->key))
            ok = sim_ini_fail_entry(error, ini, entry, "[%s] %s means nothing in mode=real", entry->section,
                                    entry->key);
    }
    sim_ini_free(ini);
    return ok;
}

static gboolean load_platform(LabConfig *config, const SimIni *ini, const char *home,
                              GError **error)
{
    const char *name = lab_config_get(config, LAB_PLATFORM);
    const SimIniEntry *entry = lab_entry_of(ini, LAB_PLATFORM);
    config->platform_path = find_file(config, name, home, "simnet/platforms");
    if (!config->platform_path)
        return sim_ini_fail_entry(error, ini, entry,
                                  "platform file '%s' is neither beside the experiment nor in "
                                  "simnet/platforms", name);
    config->platform = sim_platform_load(config->platform_path, error);
    if (!config->platform)
        return FALSE;
    const GString *text = sim_platform_text(config->platform);
    config->platform_hash = lab_hash(text->str, text->len);
    const SimIniEntry *groups = lab_entry_of(ini, LAB_GROUP_MTTF);
    if (groups && sim_platform_n_groups(config->platform) == 0)
        return sim_ini_fail_entry(error, ini, groups, "platform '%s' has no [group NAME]", name);
    if (config->real && !check_real_platform(config->platform_path, error))
        return FALSE;
    if (config->real && sim_platform_changes(config->platform)) /* as XML says it */
        return sim_ini_fail_entry(error, ini, entry, "platform '%s' changes with time, which mode=real cannot do",
                                  name);
    return TRUE;
}

/* faults.trace: beside the experiment, else in $PREACHES_DATA, where large data stand. */
static char *find_trace(const LabConfig *config, const char *name)
{
    const char *data = g_getenv("PREACHES_DATA");
    g_autofree char *file = g_canonicalize_filename(config->path, NULL);
    g_autofree char *own = g_path_get_dirname(file);
    g_autofree char *beside = g_canonicalize_filename(name, own);
    g_autofree char *there = data ? g_build_filename(data, name, NULL) : NULL;
    if (!g_file_test(beside, G_FILE_TEST_IS_REGULAR) && there &&
        g_file_test(there, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer(&there);
    return g_steal_pointer(&beside);
}

static gboolean load_traces(LabConfig *config, const SimIni *ini, GError **error)
{
    const char *name = lab_config_get(config, LAB_TRACE);
    const SimIniEntry *entry = lab_entry_of(ini, LAB_TRACE);
    gboolean wanted = g_ptr_array_find_with_equal_func(config->values[LAB_DISTRIBUTION], "trace",
                                                       g_str_equal, NULL);
    if (wanted == g_str_equal(name, "none"))
        return sim_ini_fail(error, ini, entry ? entry->line : 0,
                            wanted ? "faults.distribution=trace needs faults.trace"
                                   : "faults.trace needs faults.distribution=trace");
    if (!wanted)
        return TRUE;
    g_autofree char *path = find_trace(config, name);
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
    if (!file)
        return sim_ini_fail_entry(error, ini, entry, "faults.trace '%s' is neither beside the "
                                  "experiment nor in $PREACHES_DATA", name);
    config->trace_hash =
        lab_hash(g_mapped_file_get_contents(file), g_mapped_file_get_length(file));
    for (guint i = 0; i < config->values[LAB_SYSTEM]->len; i++) {
        const char *system = config->values[LAB_SYSTEM]->pdata[i];
        gboolean all = g_str_equal(system, "none");
        g_autoptr(GError) cause = NULL;
        SimFailTrace *trace = sim_fail_trace_load(path, all ? NULL : system, &cause);
        if (!trace)
            return sim_ini_fail_entry(error, ini, all ? entry : lab_entry_of(ini, LAB_SYSTEM), "%s: %s",
                                      lab_key_name(all ? LAB_TRACE : LAB_SYSTEM), cause->message);
        g_hash_table_insert(config->traces, g_strdup(system), trace);
    }
    return TRUE;
}

static gboolean load_model(LabConfig *config, const SimIni *ini, const char *home, GError **error)
{
    const char *name = lab_config_get(config, LAB_CALIBRATION);
    g_autofree char *path = find_file(config, name, home, "results/calibration");
    if (!path)
        return sim_ini_fail(error, ini, 0, "calibration file '%s' is neither beside the experiment "
                            "nor in results/calibration", name);
    config->calibration = sim_calibration_load(path, error);
    if (!config->calibration)
        return FALSE;
    g_autofree char *text = sim_calibration_text(config->calibration);
    config->calibration_hash = lab_hash(text, strlen(text));
    if (g_str_equal(lab_config_get(config, LAB_COSTS), "calibrated"))
        sim_platform_set_convert(config->platform, config->calibration->convert_bps);
    return load_traces(config, ini, error);
}

static gboolean has_host(const SimPlatform *platform, const char *arch)
{
    for (guint i = 0; i < sim_platform_n_hosts(platform); i++)
        if (g_str_equal(sim_platform_host(platform, i)->arch, arch))
            return TRUE;
    return FALSE;
}

/* The platform must have a host of the architecture, and every program be built for it. */
static gboolean check_arches(const LabConfig *config, const SimIni *ini, LabKeyId id,
                             GError **error)
{
    const SimIniEntry *entry = lab_entry_of(ini, id);
    for (guint i = 0; i < config->values[id]->len; i++) {
        const char *arch = g_ptr_array_index(config->values[id], i);
        if (!has_host(config->platform, arch))
            return sim_ini_fail(error, ini, entry ? entry->line : 0,
                                "%s '%s': the platform has no host of that architecture",
                                lab_key_name(id), arch);
        for (guint k = 0; k < config->programs->len && !config->model; k++) {
            const LabProgram *program = g_ptr_array_index(config->programs, k);
            g_autofree char *exe = preaches_exe_path(program->path, arch);
            if (!exe || !g_file_test(exe, G_FILE_TEST_IS_EXECUTABLE))
                return sim_ini_fail(error, ini, entry ? entry->line : 0,
                                    "%s '%s': the program '%s' is not built for it (%s)",
                                    lab_key_name(id), arch, program->name, exe ? exe : "unknown");
        }
    }
    return TRUE;
}

void lab_program_free(gpointer data)
{
    LabProgram *program = data;
    g_free(program->name);
    g_free(program->path);
    g_free(program->hash);
    g_ptr_array_unref(program->args);
    g_free(program);
}

/* A program may have argument lists of its own: [workload NAME] args=… */
static gboolean read_program_args(LabProgram *program, const LabConfig *config, const SimIni *ini,
                                  GError **error)
{
    g_autofree char *section = g_strdup_printf("workload %s", program->name);
    const SimIniEntry *own = sim_ini_find(ini, section, "args");
    if (own)
        return lab_read_values(ini, own, LAB_ARGS, program->args, error);
    for (guint i = 0; i < config->values[LAB_ARGS]->len; i++)
        g_ptr_array_add(program->args, g_strdup(g_ptr_array_index(config->values[LAB_ARGS], i)));
    return TRUE;
}

/* In mode=model a program is its sizes, for each of its argument lists. */
static gboolean check_calibrated(const LabConfig *config, const SimIni *ini,
                                 const SimIniEntry *entry, const LabProgram *program, GError **error)
{
    for (guint i = 0; i < program->args->len; i++) {
        g_autofree char *name = lab_sizes_name(program, program->args->pdata[i]);
        if (!sim_calibration_find(config->calibration, name))
            return sim_ini_fail_entry(error, ini, entry,
                                      "the calibration file has no [program %s]", name);
    }
    return TRUE;
}

static gboolean read_programs(LabConfig *config, const SimIni *ini, const char *home,
                              GError **error)
{
    const SimIniEntry *entry = lab_entry_of(ini, LAB_PROGRAM);
    for (guint i = 0; i < config->values[LAB_PROGRAM]->len; i++) {
        const char *name = g_ptr_array_index(config->values[LAB_PROGRAM], i);
        LabProgram *program = g_new0(LabProgram, 1);
        program->name = g_path_get_basename(name);
        program->args = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(config->programs, program);
        if (config->model) {
            if (!read_program_args(program, config, ini, error) ||
                !check_calibrated(config, ini, entry, program, error))
                return FALSE;
            continue;
        }
        program->path = find_file(config, name, home, "build/workloads");
        if (!program->path || !g_file_test(program->path, G_FILE_TEST_IS_EXECUTABLE))
            return sim_ini_fail_entry(error, ini, entry,
                                      "program '%s' is neither a file beside the experiment nor "
                                      "built in build/workloads", name);
        if (!read_program_args(program, config, ini, error))
            return FALSE;
    }
    return TRUE;
}

/* [workload NAME] must mean a program of the experiment; one that the command line has left out may
 * keep its section. */
static gboolean check_program_sections(const LabConfig *config, const SimIni *ini, GError **error)
{
    const SimIniEntry *entry = lab_entry_of(ini, LAB_PROGRAM);
    if (entry && entry->line == 0)
        return TRUE;
    for (guint i = 0; i < sim_ini_n_sections(ini); i++) {
        guint line;
        const char *section = sim_ini_section(ini, i, &line);
        gboolean found = !lab_is_program_section(section);
        for (guint k = 0; k < config->programs->len && !found; k++) {
            const LabProgram *program = g_ptr_array_index(config->programs, k);
            found = g_str_equal(section + strlen("workload "), program->name);
        }
        if (!found)
            return sim_ini_fail(error, ini, line, "[%s]: workload.program does not name it",
                                section);
    }
    return TRUE;
}

gboolean lab_load_files(LabConfig *config, const SimIni *ini, const char *home, GError **error)
{
    return load_platform(config, ini, home, error) &&
           (!config->model || load_model(config, ini, home, error)) &&
           read_programs(config, ini, home, error) &&
           check_program_sections(config, ini, error) &&
           check_arches(config, ini, LAB_SOURCE, error) &&
           check_arches(config, ini, LAB_TARGET, error);
}
