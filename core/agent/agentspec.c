/* A job's description, as GKeyFile text: the owner's registration of what may be run. */
#include "agent_priv.h"

#include "../layout/desc.h"
#include "keys.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define JOB_GROUP "job"
#define EXE_LIMIT (G_GUINT64_CONSTANT(1) << 31)

static void exe_free(gpointer data)
{
    AgentExe *exe = data;

    if (!exe)
        return;
    g_free(exe->arch);
    g_free(exe->sha256);
    g_free(exe);
}

static AgentSpec *spec_new(void)
{
    AgentSpec *spec = g_new0(AgentSpec, 1);

    spec->exes = g_ptr_array_new_with_free_func(exe_free);
    spec->classes = g_ptr_array_new_with_free_func(g_free);
    return spec;
}

void agent_spec_free(AgentSpec *spec)
{
    if (!spec)
        return;
    g_free(spec->program);
    g_strfreev(spec->args);
    g_free(spec->dir);
    g_free(spec->output);
    g_free(spec->images);
    exe_free(spec->files);
    g_ptr_array_unref(spec->exes);
    g_ptr_array_unref(spec->classes);
    g_free(spec);
}

const AgentExe *agent_spec_exe(const AgentSpec *spec, const char *arch)
{
    for (guint i = 0; i < spec->exes->len; i++)
        if (strcmp(((AgentExe *)spec->exes->pdata[i])->arch, arch) == 0)
            return spec->exes->pdata[i];
    return NULL;
}

/* ---- text ---- */

char *agent_spec_text(const AgentSpec *spec)
{
    g_autoptr(GKeyFile) file = g_key_file_new();

    g_key_file_set_string(file, JOB_GROUP, "program", spec->program);
    g_key_file_set_string_list(file, JOB_GROUP, "args", (const char *const *)spec->args,
                               g_strv_length(spec->args));
    g_key_file_set_string(file, JOB_GROUP, "dir", spec->dir);
    g_key_file_set_string(file, JOB_GROUP, "output", spec->output);
    g_key_file_set_string_list(file, JOB_GROUP, "classes",
                               (const char *const *)spec->classes->pdata, spec->classes->len);
    if (spec->images)
        g_key_file_set_string(file, JOB_GROUP, "images", spec->images);
    if (spec->files) {
        g_key_file_set_string(file, JOB_GROUP, "files_sha256", spec->files->sha256);
        g_key_file_set_uint64(file, JOB_GROUP, "files_bytes", spec->files->bytes);
        g_key_file_set_uint64(file, JOB_GROUP, "home", spec->home);
    }
    for (guint i = 0; i < spec->exes->len; i++) {
        const AgentExe *exe = spec->exes->pdata[i];
        g_key_file_set_string(file, exe->arch, "sha256", exe->sha256);
        g_key_file_set_uint64(file, exe->arch, "bytes", exe->bytes);
        g_key_file_set_integer(file, exe->arch, "class", exe->class_id);
    }
    return g_key_file_to_data(file, NULL, NULL);
}

static gboolean is_sha256(const char *text)
{
    return text && strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

gboolean agent_spec_images_valid(const char *images)
{
    g_auto(GStrv) arch = g_strsplit(images, ",", -1);

    for (gsize i = 0; arch[i]; i++)
        if (!pr_arch_find(arch[i]))
            return FALSE;
    return arch[0] != NULL;
}

static gboolean parse_exes(GKeyFile *file, AgentSpec *spec)
{
    g_auto(GStrv) group = g_key_file_get_groups(file, NULL);

    for (gsize g = 0; group[g]; g++) {
        AgentExe *exe;
        int class_id;
        if (strcmp(group[g], JOB_GROUP) == 0)
            continue;
        exe = g_new0(AgentExe, 1);
        g_ptr_array_add(spec->exes, exe);
        exe->arch = g_strdup(group[g]);
        exe->sha256 = g_key_file_get_string(file, group[g], "sha256", NULL);
        exe->bytes = g_key_file_get_uint64(file, group[g], "bytes", NULL);
        class_id = g_key_file_get_integer(file, group[g], "class", NULL);
        if (!pr_arch_find(exe->arch) || !is_sha256(exe->sha256) || exe->bytes == 0 ||
            exe->bytes > EXE_LIMIT || class_id < 0 || class_id >= (int)spec->classes->len)
            return FALSE;
        exe->class_id = (guint16)class_id;
    }
    return spec->exes->len > 0;
}

/* With --files=copy, the output is one of them. */
static gboolean parse_files(GKeyFile *file, AgentSpec *spec)
{
    AgentExe *files;

    if (!g_key_file_has_key(file, JOB_GROUP, "files_sha256", NULL))
        return TRUE;
    spec->files = files = g_new0(AgentExe, 1);
    files->sha256 = g_key_file_get_string(file, JOB_GROUP, "files_sha256", NULL);
    files->bytes = g_key_file_get_uint64(file, JOB_GROUP, "files_bytes", NULL);
    spec->home = (guint32)g_key_file_get_uint64(file, JOB_GROUP, "home", NULL);
    return is_sha256(files->sha256) && files->bytes > 0 && agent_spec_output(spec) != NULL &&
           spec->classes->len < PP_MAX_CLASSES;
}

const char *agent_spec_output(const AgentSpec *spec)
{
    gsize n = strlen(spec->dir);

    return strncmp(spec->output, spec->dir, n) == 0 && spec->output[n] == '/' &&
                   preaches_bundle_path_valid(spec->output + n + 1)
               ? spec->output + n + 1
               : NULL;
}

AgentSpec *agent_spec_parse(const guint8 *bytes, gsize n, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    AgentSpec *spec = spec_new();
    g_auto(GStrv) classes = NULL;
    gboolean ok = g_utf8_validate((const char *)bytes, (gssize)n, NULL) &&
                  g_key_file_load_from_data(file, (const char *)bytes, n, G_KEY_FILE_NONE, NULL);

    if (ok) {
        spec->program = g_key_file_get_string(file, JOB_GROUP, "program", NULL);
        spec->args = g_key_file_get_string_list(file, JOB_GROUP, "args", NULL, NULL);
        spec->dir = g_key_file_get_string(file, JOB_GROUP, "dir", NULL);
        spec->output = g_key_file_get_string(file, JOB_GROUP, "output", NULL);
        classes = g_key_file_get_string_list(file, JOB_GROUP, "classes", NULL, NULL);
        for (gsize i = 0; classes && classes[i]; i++) {
            ok = ok && pr_arch_find(classes[i]) && i < PP_MAX_CLASSES;
            g_ptr_array_add(spec->classes, g_strdup(classes[i]));
        }
        if (!spec->args)
            spec->args = g_new0(char *, 1);
        spec->images = g_key_file_get_string(file, JOB_GROUP, "images", NULL);
        ok = ok && (!spec->images || agent_spec_images_valid(spec->images)) && spec->program && preaches_name_valid(spec->program) && spec->dir &&
             g_path_is_absolute(spec->dir) && spec->output && g_path_is_absolute(spec->output) &&
             parse_exes(file, spec) && parse_files(file, spec);
    }
    if (ok)
        return spec;
    agent_spec_free(spec);
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED, "malformed description of a job");
    return NULL;
}

/* ---- from a program ---- */

/* Copies and hashes in one reading, so that what is registered is what was copied. */
static AgentExe *take_exe(const char *from, const char *to, const char *arch, GError **error)
{
    g_autofree char *bytes = NULL;
    gsize n = 0;
    AgentExe *exe;

    if (!g_file_get_contents(from, &bytes, &n, error) ||
        !g_file_set_contents_full(to, bytes, (gssize)n,
                                  G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                  0700, error))
        return NULL;
    exe = g_new0(AgentExe, 1);
    exe->arch = g_strdup(arch);
    exe->bytes = n;
    exe->sha256 = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes, n);
    return exe;
}

static gboolean take_exes(AgentSpec *spec, const PrDesc *desc, const char *program,
                          const char *exe_dir, GError **error)
{
    g_autofree char *to_program = g_build_filename(exe_dir, spec->program, NULL);
    g_autofree char *siblings = g_strdup_printf("%s.preaches", to_program);

    if (desc->n_classes > PP_MAX_CLASSES) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: too many layout classes",
                    program);
        return FALSE;
    }
    if (g_mkdir_with_parents(siblings, 0700) != 0)
        return preaches_fail_errno(error, siblings);
    for (guint32 i = 0; i < desc->n_classes; i++)
        g_ptr_array_add(spec->classes,
                        g_strdup(desc->layouts[pr_desc_class_layout(desc, i)].arch->name));
    for (guint32 i = 0; i < desc->n_layouts; i++) {
        const char *arch = desc->layouts[i].arch->name;
        g_autofree char *from = preaches_exe_path(program, arch);
        g_autofree char *to = preaches_exe_path(to_program, arch);
        AgentExe *exe;
        if (!g_file_test(from, G_FILE_TEST_EXISTS))
            continue;
        exe = take_exe(from, to, arch, error);
        if (!exe)
            return FALSE;
        exe->class_id = (guint16)desc->layouts[i].cls;
        g_ptr_array_add(spec->exes, exe);
    }
    return TRUE;
}

AgentSpec *agent_spec_make(const char *program, char **args, const char *dir, const char *output,
                           const char *exe_dir, GError **error)
{
    AgentSpec *spec = spec_new();
    g_autofree guint8 *blob = NULL;
    gsize n = 0;
    PrError why = {0};
    PrDesc desc;
    gboolean ok;

    spec->program = g_path_get_basename(program);
    spec->args = g_strdupv(args);
    spec->dir = g_strdup(dir);
    spec->output = g_strdup(output);
    if (!preaches_name_valid(spec->program)) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s: not a name for a job",
                    spec->program);
        agent_spec_free(spec);
        return NULL;
    }
    ok = preaches_exe_desc(program, &blob, &n, error);
    if (ok && pr_desc_parse(&desc, blob, n, &why) != PR_OK) {
        preaches_error_take(error, &why, program);
        ok = FALSE;
    } else if (ok) {
        ok = take_exes(spec, &desc, program, exe_dir, error);
        pr_desc_fini(&desc);
    }
    if (ok)
        return spec;
    agent_spec_free(spec);
    return NULL;
}
