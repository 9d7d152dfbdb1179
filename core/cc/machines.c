/* Which architectures a command is for, and the tools of each. */
#include "driver.h"

#include <string.h>
#include <sys/utsname.h>

GQuark cc_usage_quark(void)
{
    return g_quark_from_static_string("preaches-cc-usage");
}

const PrArch *cc_native_arch(void)
{
    struct utsname name;
    const PrArch *arch = uname(&name) == 0 ? pr_arch_find(name.machine) : NULL;
    return arch ? arch : pr_arch_find("x86_64");
}

char *cc_tool(const PrArch *arch, const char *tool)
{
    return arch == cc_native_arch() ? g_strdup(tool) : g_strconcat(arch->triple, "-", tool, NULL);
}

char *cc_compiler(const PrArch *arch)
{
    const char *chosen = arch == cc_native_arch() ? g_getenv("PREACHES_CC") : NULL;
    return chosen && *chosen ? g_strdup(chosen) : cc_tool(arch, "gcc");
}

char *cc_bin_dir(void)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    return self ? g_path_get_dirname(self) : g_strdup(".");
}

char *cc_lib_dir(void)
{
    g_autofree char *bin = cc_bin_dir();
    g_autofree char *up = g_path_get_dirname(bin);
    return g_build_filename(up, "lib", NULL);
}

/* Can programs be built for it here? Says what is missing otherwise. */
static gboolean is_ready(const PrArch *arch, GError **error)
{
    g_autofree char *compiler = cc_compiler(arch), *found = g_find_program_in_path(compiler);
    g_autofree char *lib = cc_lib_dir();
    g_autofree char *runtime = g_build_filename(lib, arch->name, "libpreaches.a", NULL);
    if (!found)
        return CC_REFUSE("architecture %s: %s is not installed (Debian: gcc-%s)", arch->name, compiler,
                      arch->triple);
    if (!g_file_test(runtime, G_FILE_TEST_EXISTS))
        return CC_REFUSE("architecture %s: no runtime library (%s)", arch->name, runtime);
    return TRUE;
}

/* What the program's machines do not share is refused, unless the command says otherwise. */
static void forbid_differences(CcCommand *command)
{
    const PrArch *native = command->arches[0];
    gboolean same_order = TRUE, alike = TRUE; /* layouts */
    for (guint i = 1; i < command->n_arches; i++) {
        same_order &= command->arches[i]->big_endian == native->big_endian;
        command->widths_differ |= command->arches[i]->pointer_bytes != native->pointer_bytes;
        alike &= command->arches[i]->pointer_bytes == 8 && native->pointer_bytes == 8;
    }
    if (!same_order || command->widths_differ) /* else values kept as characters are the same everywhere */
        cc_policy_forbid(&command->policy, "preaches-bytes");
    if (command->n_arches > 1)
        cc_policy_forbid(&command->policy, "preaches-address");
    if (!alike)
        cc_policy_forbid(&command->policy, "preaches-inside");
    cc_policy_forbid(&command->policy, "preaches-wraps");
}

gboolean cc_choose_arches(CcCommand *command, const char *list, GError **error)
{
    const PrArch *native = cc_native_arch();
    gboolean all = strcmp(list, "all") == 0, by_default = strcmp(list, "default") == 0;
    gboolean wanted[PR_N_ARCHES] = {FALSE};
    g_auto(GStrv) names = g_strsplit(all || by_default ? "" : list, ",", -1);
    for (char **name = names; *name; name++) {
        const PrArch *arch = pr_arch_find(*name);
        if (strcmp(*name, "native") == 0)
            continue;
        if (!arch)
            return CC_REFUSE("--arch: unknown architecture '%s'", *name);
        wanted[arch - pr_arches] = TRUE;
    }
    command->arches[command->n_arches++] = native;
    for (int i = 0; i < PR_N_ARCHES; i++) {
        const PrArch *arch = &pr_arches[i];
        if (arch == native)
            continue;
        if (all ? is_ready(arch, NULL) : by_default ? arch->in_default_set : wanted[i])
            command->arches[command->n_arches++] = arch;
    }
    forbid_differences(command);
    for (guint i = 0; i < command->n_arches; i++)
        if (!is_ready(command->arches[i], error))
            return FALSE;
    return TRUE;
}
