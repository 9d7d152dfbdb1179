/* DIR/K/KEY.o, K the key's first digit: sixteen parts, each bounded on its own, so that making room
 * reads a sixteenth of the names. An entry on disk:
 *   0   8  "PRCACHE1"
 *   8  64  the key, 64 hexadecimal digits
 *   72 64  SHA-256 of the object, 64 hexadecimal digits
 *   136 …  the object */
#include "cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAGIC_BYTES = 8, DIGEST_BYTES = 64, HEAD_BYTES = MAGIC_BYTES + 2 * DIGEST_BYTES, PARTS = 16 };
#define MAGIC "PRCACHE1"
enum { DEFAULT_MIB = 1024, MAX_MIB = 1 << 20 };

struct CcCache {
    char *dir;
    guint64 part_bytes;                   /* bound of each part */
    char *compilers[PR_N_ARCHES];         /* what identifies them; made when first asked for */
};

/* ---- where it is ---- */

static char *place(void)
{
    const char *given = g_getenv("PREACHES_CACHE");
    if (given && *given)
        return strcmp(given, "off") == 0 ? NULL : g_canonicalize_filename(given, NULL);
    const char *xdg = g_getenv("XDG_CACHE_HOME"), *home = g_getenv("HOME");
    if (xdg && g_path_is_absolute(xdg))
        return g_build_filename(xdg, "preaches", NULL);
    return home && g_path_is_absolute(home) ? g_build_filename(home, ".cache", "preaches", NULL) : NULL;
}

/* What others can write could hold anything. */
static gboolean is_ours(const char *dir)
{
    struct stat info;
    return g_mkdir_with_parents(dir, 0700) == 0 && stat(dir, &info) == 0 && S_ISDIR(info.st_mode) &&
           info.st_uid == geteuid() && !(info.st_mode & 022) && access(dir, W_OK) == 0;
}

CcCache *cc_cache_open(char **why)
{
    g_autofree char *dir = place();
    const char *size = g_getenv("PREACHES_CACHE_SIZE");
    guint64 mib = DEFAULT_MIB;
    *why = NULL;
    if (size && !g_ascii_string_to_unsigned(size, 10, 1, MAX_MIB, &mib, NULL))
        *why = g_strdup_printf("PREACHES_CACHE_SIZE is a number of MiB, not '%s'", size);
    else if (dir && !is_ours(dir) && g_getenv("PREACHES_CACHE"))
        *why = g_strdup_printf("the cache %s is not used: it must be a folder of your own that others "
                               "cannot write to", dir);
    if (!dir || *why || !is_ours(dir))
        return NULL;
    CcCache *cache = g_new0(CcCache, 1);
    cache->dir = g_steal_pointer(&dir);
    cache->part_bytes = (mib << 20) / PARTS;
    return cache;
}

void cc_cache_free(CcCache *cache)
{
    if (!cache)
        return;
    for (int i = 0; i < PR_N_ARCHES; i++)
        g_free(cache->compilers[i]);
    g_free(cache->dir);
    g_free(cache);
}

/* ---- keys ---- */

/* Name, size and time of a program, as ccache does it: a compiler that was replaced is another one. */
static gboolean add_program(GString *to, const char *path)
{
    g_autofree char *real = realpath(path, NULL);
    struct stat info;
    if (!real || stat(real, &info) != 0)
        return FALSE;
    g_string_append_printf(to, "%s %lld %lld.%09ld\n", real, (long long)info.st_size,
                           (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
    return TRUE;
}

/* The driver, and the compiler and assembler it calls. */
static char *identify(const PrArch *arch)
{
    static const char *const parts[] = {"cc1", "as"};
    g_autofree char *name = cc_compiler(arch), *driver = g_find_program_in_path(name);
    g_autoptr(GString) text = g_string_new(NULL);
    if (!driver || !add_program(text, driver))
        return NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *option = g_strconcat("-print-prog-name=", parts[i], NULL), *out = NULL;
        char *argv[] = {driver, option, NULL};
        if (!g_spawn_sync(NULL, argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL, NULL, NULL))
            return NULL;
        g_strstrip(out);
        g_autofree char *found = g_path_is_absolute(out) ? g_strdup(out) : g_find_program_in_path(out);
        if (found && !add_program(text, found))
            return NULL;
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void hash_string(GChecksum *sum, const char *text)
{
    g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text) + 1);
}

/* What else goes into an object: the folder, for debuggers; the processor, where it is asked about. */
static void hash_surroundings(GChecksum *sum, const GPtrArray *argv)
{
    static const char *const variables[] = {"GCC_EXEC_PREFIX", "COMPILER_PATH", "GCC_COMPARE_DEBUG"};
    gboolean debug = FALSE, processor = FALSE;
    for (guint i = 0; i < argv->len; i++) {
        debug = debug || g_str_has_prefix(argv->pdata[i], "-g");
        processor = processor || g_str_has_suffix(argv->pdata[i], "=native");
    }
    for (gsize i = 0; i < G_N_ELEMENTS(variables); i++) {
        const char *value = g_getenv(variables[i]);
        hash_string(sum, value ? value : "");
    }
    g_autofree char *cwd = debug ? g_get_current_dir() : NULL, *cpu = NULL;
    hash_string(sum, cwd ? cwd : "");
    if (processor && g_file_get_contents("/proc/cpuinfo", &cpu, NULL, NULL)) {
        g_auto(GStrv) lines = g_strsplit(cpu, "\n", -1);
        for (char **line = lines; *line && **line; line++) /* the first processor's */
            if (!g_str_has_prefix(*line, "cpu MHz") && !g_str_has_prefix(*line, "bogomips"))
                hash_string(sum, *line);
    }
}

char *cc_cache_key(CcCache *cache, const PrArch *arch, const GPtrArray *argv, const char *text)
{
    if (!cache)
        return NULL;
    char **compiler = &cache->compilers[arch - pr_arches];
    if (!*compiler && !(*compiler = identify(arch)))
        return NULL;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    hash_string(sum, MAGIC);
    hash_string(sum, *compiler);
    for (guint i = 0; i < argv->len; i++)
        hash_string(sum, argv->pdata[i]);
    hash_surroundings(sum, argv);
    hash_string(sum, "text");
    hash_string(sum, text);
    char *key = g_strdup(g_checksum_get_string(sum));
    g_checksum_free(sum);
    return key;
}

/* ---- entries ---- */

static char *part_of(const CcCache *cache, const char *key)
{
    const char name[] = {key[0], '\0'};
    return g_build_filename(cache->dir, name, NULL);
}

static char *entry_path(const CcCache *cache, const char *key)
{
    g_autofree char *part = part_of(cache, key), *name = g_strconcat(key, ".o", NULL);
    return g_build_filename(part, name, NULL);
}

static gboolean is_whole(const char *bytes, gsize n, const char *key)
{
    if (n <= HEAD_BYTES || memcmp(bytes, MAGIC, MAGIC_BYTES) != 0 ||
        memcmp(bytes + MAGIC_BYTES, key, DIGEST_BYTES) != 0)
        return FALSE;
    g_autofree char *digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256,
                                                          (const guchar *)bytes + HEAD_BYTES, n - HEAD_BYTES);
    return memcmp(bytes + MAGIC_BYTES + DIGEST_BYTES, digest, DIGEST_BYTES) == 0;
}

gboolean cc_cache_get(CcCache *cache, const char *key, const char *path)
{
    gsize n;
    g_autofree char *bytes = NULL;
    if (!cache || !key)
        return FALSE;
    g_autofree char *entry = entry_path(cache, key);
    if (!g_file_get_contents(entry, &bytes, &n, NULL))
        return FALSE;
    if (!is_whole(bytes, n, key)) {
        unlink(entry);
        return FALSE;
    }
    utimensat(AT_FDCWD, entry, NULL, 0); /* used now */
    return g_file_set_contents_full(path, bytes + HEAD_BYTES, (gssize)(n - HEAD_BYTES),
                                    G_FILE_SET_CONTENTS_NONE, 0600, NULL);
}

typedef struct Entry {
    char *path;
    struct timespec used;
    guint64 bytes;
} Entry;

static int oldest_first(gconstpointer a, gconstpointer b)
{
    const struct timespec *x = &((const Entry *)a)->used, *y = &((const Entry *)b)->used;
    if (x->tv_sec != y->tv_sec)
        return x->tv_sec < y->tv_sec ? -1 : 1;
    return x->tv_nsec < y->tv_nsec ? -1 : x->tv_nsec > y->tv_nsec;
}

static void clear_entry(gpointer entry)
{
    g_free(((Entry *)entry)->path);
}

/* Keeps a part within its bound; another build may be removing the same files. Files that a killed
 * build left half written are found here too: they are old and go first. */
static void trim(const CcCache *cache, const char *part)
{
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    g_array_set_clear_func(entries, clear_entry);
    g_autoptr(GDir) dir = g_dir_open(part, 0, NULL);
    guint64 total = 0;
    for (const char *name; dir && (name = g_dir_read_name(dir)) != NULL;) {
        Entry entry = {.path = g_build_filename(part, name, NULL)};
        struct stat info;
        if (stat(entry.path, &info) == 0) {
            entry.used = info.st_mtim;
            entry.bytes = (guint64)info.st_size;
        }
        total += entry.bytes;
        g_array_append_val(entries, entry);
    }
    g_array_sort(entries, oldest_first);
    for (guint i = 0; i < entries->len && total > cache->part_bytes; i++) {
        const Entry *entry = &g_array_index(entries, Entry, i);
        unlink(entry->path);
        total -= entry->bytes;
    }
}

void cc_cache_put(CcCache *cache, const char *key, const char *path)
{
    gsize n;
    g_autofree char *bytes = NULL;
    if (!cache || !key || !g_file_get_contents(path, &bytes, &n, NULL) || n == 0 ||
        n > cache->part_bytes / 2)
        return;
    g_autofree char *part = part_of(cache, key), *entry = entry_path(cache, key);
    g_autofree char *digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (guchar *)bytes, n);
    g_autofree char *all = g_malloc(HEAD_BYTES + n);
    memcpy(all, MAGIC, MAGIC_BYTES);
    memcpy(all + MAGIC_BYTES, key, DIGEST_BYTES);
    memcpy(all + MAGIC_BYTES + DIGEST_BYTES, digest, DIGEST_BYTES);
    memcpy(all + HEAD_BYTES, bytes, n);
    if (g_mkdir_with_parents(part, 0700) == 0 &&
        g_file_set_contents_full(entry, all, (gssize)(HEAD_BYTES + n), G_FILE_SET_CONTENTS_CONSISTENT,
                                 0600, NULL))
        trim(cache, part);
}
