#include "agent.h"

#include "../layout/arch.h"
#include "keys.h"
#include <string.h>

#define AGENT_GROUP  "agent"
#define TIMING_GROUP "timing"
#define PEER_PREFIX  "peer "
#define MS           G_GINT64_CONSTANT(1000000)
#define FILES_MIB    1024

static gboolean fail(GError **error, const char *path, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
static gboolean fail(GError **error, const char *path, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, format);
    text = g_strdup_vprintf(format, ap);
    va_end(ap);
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s: %s", path, text);
    return FALSE;
}

static const struct {
    const char *key;
    gsize offset;
} times[] = {{"heartbeat", G_STRUCT_OFFSET(PpConfig, heartbeat_ns)},
             {"detect", G_STRUCT_OFFSET(PpConfig, detect_ns)},
             {"lease", G_STRUCT_OFFSET(PpConfig, lease_ns)},
             {"kill", G_STRUCT_OFFSET(PpConfig, kill_ns)},
             {"election", G_STRUCT_OFFSET(PpConfig, election_ns)},
             {"prepare", G_STRUCT_OFFSET(PpConfig, prepare_ns)},
             {"choose", G_STRUCT_OFFSET(PpConfig, choose_ns)},
             {"patience", G_STRUCT_OFFSET(PpConfig, patience_ns)},
             {"remove", G_STRUCT_OFFSET(PpConfig, remove_ns)}};

static gboolean known_key(const char *group, const char *key)
{
    static const char *const agent[] = {"name", "node", "address", "spool", "keys", "arch",
                                        "events", "files", "encrypt", "memory", "compress", NULL};
    static const char *const peer[] = {"node", "address", NULL};

    if (strcmp(group, AGENT_GROUP) == 0)
        return g_strv_contains(agent, key);
    if (g_str_has_prefix(group, PEER_PREFIX))
        return g_strv_contains(peer, key);
    for (gsize i = 0; strcmp(group, TIMING_GROUP) == 0 && i < G_N_ELEMENTS(times); i++)
        if (strcmp(times[i].key, key) == 0)
            return TRUE;
    return strcmp(group, TIMING_GROUP) == 0 &&
           (strcmp(key, "phi") == 0 || strcmp(key, "drift_ppm") == 0);
}

static gboolean check_keys(GKeyFile *file, const char *path, GError **error)
{
    g_auto(GStrv) group = g_key_file_get_groups(file, NULL);

    for (gsize g = 0; group[g]; g++) {
        g_auto(GStrv) key = g_key_file_get_keys(file, group[g], NULL, NULL);
        for (gsize k = 0; key && key[k]; k++)
            if (!known_key(group[g], key[k]))
                return fail(error, path, "[%s] %s: unknown", group[g], key[k]);
    }
    return TRUE;
}

static gboolean read_node(GKeyFile *file, const char *path, const char *group, guint32 *node,
                          GError **error)
{
    g_autofree char *text = g_key_file_get_string(file, group, "node", NULL);
    guint64 number = 0;

    if (!text || !g_ascii_string_to_unsigned(text, 10, 1, G_MAXUINT32, &number, NULL))
        return fail(error, path, "[%s] node: a number from 1 on, another for each workstation",
                    group);
    *node = (guint32)number;
    return TRUE;
}

static gboolean read_timing(GKeyFile *file, const char *path, PpConfig *timing, GError **error)
{
    const char *why;

    *timing = pp_config_default;
    for (gsize i = 0; i < G_N_ELEMENTS(times); i++) {
        if (!g_key_file_has_key(file, TIMING_GROUP, times[i].key, NULL))
            continue;
        G_STRUCT_MEMBER(gint64, timing, times[i].offset) =
            g_key_file_get_int64(file, TIMING_GROUP, times[i].key, NULL) * MS;
    }
    if (g_key_file_has_key(file, TIMING_GROUP, "phi", NULL))
        timing->phi = g_key_file_get_double(file, TIMING_GROUP, "phi", NULL);
    if (g_key_file_has_key(file, TIMING_GROUP, "drift_ppm", NULL))
        timing->drift_ppm =
            (guint32)MAX(g_key_file_get_integer(file, TIMING_GROUP, "drift_ppm", NULL), 0);
    why = pp_config_check(timing);
    return why ? fail(error, path, "[timing]: %s", why) : TRUE;
}

static gboolean read_files(GKeyFile *file, const char *path, PreachesAgentConfig *c, GError **error)
{
    g_autofree char *text = g_key_file_get_string(file, AGENT_GROUP, "files", NULL);
    guint64 mib = FILES_MIB;

    if (text && !g_ascii_string_to_unsigned(text, 10, 1, 1 << 20, &mib, NULL))
        return fail(error, path, "[agent] files: 1 to 1048576 MiB");
    c->files_bytes = mib << 20;
    return TRUE;
}

static gboolean read_compress(GKeyFile *file, const char *path, PreachesAgentConfig *c, GError **error)
{
    g_autofree char *word = g_key_file_get_string(file, AGENT_GROUP, "compress", NULL);

    return preaches_pack_parse(word, &c->compress) || fail(error, path, "[agent] compress: none, zstd or lz4");
}

static gboolean read_encrypt(GKeyFile *file, const char *path, PreachesAgentConfig *c, GError **error)
{
    g_autoptr(GError) why = NULL;

    c->memory = g_key_file_get_string(file, AGENT_GROUP, "memory", NULL);
    if (!c->memory)
        c->memory = g_strdup("/dev/shm");
    c->encrypt = g_key_file_get_boolean(file, AGENT_GROUP, "encrypt", &why);
    if (why && !g_error_matches(why, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND))
        return fail(error, path, "[agent] encrypt: true or false");
    return TRUE;
}

static gboolean read_agent(GKeyFile *file, const char *path, PreachesAgentConfig *c, GError **error)
{
    g_autofree char *arch = g_key_file_get_string(file, AGENT_GROUP, "arch", NULL);
    const PrArch *row = pr_arch_find(arch ? arch : preaches_native_arch());

    c->name = g_key_file_get_string(file, AGENT_GROUP, "name", NULL);
    c->address = g_key_file_get_string(file, AGENT_GROUP, "address", NULL);
    c->spool = g_key_file_get_string(file, AGENT_GROUP, "spool", NULL);
    c->keys = g_key_file_get_string(file, AGENT_GROUP, "keys", NULL);
    c->events = g_key_file_get_string(file, AGENT_GROUP, "events", NULL);
    if (!read_files(file, path, c, error) || !read_encrypt(file, path, c, error) || !read_compress(file, path, c, error))
        return FALSE;
    if (!row)
        return fail(error, path, "[agent] arch: '%s' is unknown", arch);
    c->arch = row->name;
    if (!c->name || !preaches_name_valid(c->name))
        return fail(error, path, "[agent] name: letters, digits, '-', '_', '.'");
    if (!c->address || !c->spool || !c->keys)
        return fail(error, path, "[agent] %s is needed",
                    !c->address ? "address=HOST:PORT" : !c->spool ? "spool=DIR" : "keys=DIR");
    return read_node(file, path, AGENT_GROUP, &c->node, error);
}

static void peer_free(gpointer data)
{
    PreachesPeer *peer = data;

    g_free(peer->name);
    g_free(peer->address);
    g_free(peer);
}

static gboolean read_peers(GKeyFile *file, const char *path, PreachesAgentConfig *c, GError **error)
{
    g_auto(GStrv) group = g_key_file_get_groups(file, NULL);

    for (gsize g = 0; group[g]; g++) {
        PreachesPeer *peer;
        if (!g_str_has_prefix(group[g], PEER_PREFIX))
            continue;
        peer = g_new0(PreachesPeer, 1);
        g_ptr_array_add(c->peers, peer);
        peer->name = g_strdup(group[g] + strlen(PEER_PREFIX));
        peer->address = g_key_file_get_string(file, group[g], "address", NULL);
        if (!peer->address || !preaches_name_valid(peer->name))
            return fail(error, path, "[%s]: a name, and address=HOST:PORT", group[g]);
        if (!read_node(file, path, group[g], &peer->node, error))
            return FALSE;
        for (guint i = 0; i + 1 < c->peers->len; i++)
            if (((PreachesPeer *)c->peers->pdata[i])->node == peer->node)
                return fail(error, path, "[%s]: another has this node number", group[g]);
        if (peer->node == c->node || strcmp(peer->name, c->name) == 0)
            return fail(error, path, "[%s]: that is this workstation", group[g]);
    }
    return TRUE;
}

gboolean preaches_agent_config_load(PreachesAgentConfig *config, const char *path, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();

    *config = (PreachesAgentConfig){.peers = g_ptr_array_new_with_free_func(peer_free)};
    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, error)) {
        g_prefix_error(error, "%s: ", path);
        return FALSE;
    }
    return check_keys(file, path, error) && read_agent(file, path, config, error) &&
           read_peers(file, path, config, error) && read_timing(file, path, &config->timing, error);
}

void preaches_agent_config_clear(PreachesAgentConfig *config)
{
    g_free(config->name);
    g_free(config->address);
    g_free(config->spool);
    g_free(config->keys);
    g_free(config->events);
    g_free(config->memory);
    if (config->peers)
        g_ptr_array_unref(config->peers);
    *config = (PreachesAgentConfig){0};
}
