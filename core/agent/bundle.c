#include "bundle.h"

#include "spool.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { MAGIC_BYTES = 8, HEAD_BYTES = 32, PATH_BYTES = 1024, PART_BYTES = 255, CHUNK = 1 << 18 };
#define MAGIC     "PRBUNDL1"
#define KIND_FILE 0x454c4946u /* "FILE" */
#define KIND_DIR  0x20524944u /* "DIR " */
#define KIND_END  0x20444e45u /* "END " */

typedef struct Head { /* of a file, or of the end */
    guint32 kind;
    guint16 path_bytes, mode;
    guint64 size;
    guint8 hash[16];
} Head;

static void head_write(guint8 out[HEAD_BYTES], const Head *head)
{
    guint32 kind = GUINT32_TO_LE(head->kind);
    guint16 path_bytes = GUINT16_TO_LE(head->path_bytes), mode = GUINT16_TO_LE(head->mode);
    guint64 size = GUINT64_TO_LE(head->size);

    memcpy(out, &kind, 4);
    memcpy(out + 4, &path_bytes, 2);
    memcpy(out + 6, &mode, 2);
    memcpy(out + 8, &size, 8);
    memcpy(out + 16, head->hash, 16);
}

static void head_read(const guint8 in[HEAD_BYTES], Head *head)
{
    memcpy(&head->kind, in, 4);
    memcpy(&head->path_bytes, in + 4, 2);
    memcpy(&head->mode, in + 6, 2);
    memcpy(&head->size, in + 8, 8);
    memcpy(head->hash, in + 16, 16);
    head->kind = GUINT32_FROM_LE(head->kind);
    head->path_bytes = GUINT16_FROM_LE(head->path_bytes);
    head->mode = GUINT16_FROM_LE(head->mode);
    head->size = GUINT64_FROM_LE(head->size);
}

static void hash_end(const XXH3_state_t *state, guint8 hash[16])
{
    XXH128_canonical_t canonical;

    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
    memcpy(hash, canonical.digest, 16);
}

static void close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}

/* ---- paths ---- */

static gboolean path_valid(const char *path, gsize n)
{
    g_auto(GStrv) part = NULL;
    guint depth;

    if (n == 0 || n > PATH_BYTES || strlen(path) != n || path[0] == '/')
        return FALSE;
    part = g_strsplit(path, "/", -1);
    depth = g_strv_length(part);
    for (guint i = 0; i < depth; i++)
        if (!*part[i] || strlen(part[i]) > PART_BYTES || strcmp(part[i], ".") == 0 || strcmp(part[i], "..") == 0)
            return FALSE;
    return depth <= PREACHES_BUNDLE_DEPTH;
}

gboolean preaches_bundle_path_valid(const char *path) { return path_valid(path, strlen(path)); }

/* The folder that a path's file stands in, through no link; made where it is not there. *name is the last
 * part of the path. */
static int open_parent(int dir, char *path, gboolean make, const char **name)
{
    int at = dup(dir);
    char *part = path, *slash;

    while (at >= 0 && (slash = strchr(part, '/')) != NULL) {
        int next;
        *slash = '\0';
        if (make)
            (void)mkdirat(at, part, 0777); /* if it cannot be, opening says why */
        next = openat(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        close(at);
        at = next;
        *slash = '/';
        part = slash + 1;
    }
    *name = part;
    return at;
}

/* ---- making one ---- */

typedef struct Maker {
    int out;
    guint64 bytes, limit; /* written so far */
    guint64 n_files;
    guint8 *chunk;
    const char *dir, *part; /* what is read, what is written: for messages */
} Maker;

static gboolean refuse(GError **error, const Maker *m, const char *why)
{
    return preaches_fail(error, PREACHES_ERROR_FAILED, "%s: its files cannot be propagated: %s", m->dir, why);
}

static gboolean put(Maker *m, const void *bytes, gsize n, GError **error)
{
    m->bytes += n;
    if (m->bytes > m->limit) {
        g_autofree char *size = g_format_size_full(m->limit, G_FORMAT_SIZE_IEC_UNITS);
        g_autofree char *why = g_strdup_printf("more than %s", size);
        return refuse(error, m, why);
    }
    return preaches_write_all(m->out, bytes, n) || preaches_fail_errno(error, m->part);
}

/* The head is written last, when it is known how long the file was. */
static gboolean put_file(Maker *m, int fd, const char *path, mode_t mode, GError **error)
{
    Head head = {KIND_FILE, (guint16)strlen(path), (guint16)(mode & 0777), 0, {0}};
    guint8 bytes[HEAD_BYTES] = {0};
    off_t at = lseek(m->out, 0, SEEK_CUR);
    XXH3_state_t *state = XXH3_createState();
    ssize_t n = 0;
    gboolean ok = put(m, bytes, sizeof bytes, error) && put(m, path, head.path_bytes, error);

    XXH3_128bits_reset(state);
    while (ok && (n = read(fd, m->chunk, CHUNK)) > 0) {
        XXH3_128bits_update(state, m->chunk, (gsize)n);
        head.size += (guint64)n;
        ok = put(m, m->chunk, (gsize)n, error);
    }
    if (ok && n < 0)
        ok = preaches_fail_errno(error, path);
    hash_end(state, head.hash);
    XXH3_freeState(state);
    head_write(bytes, &head);
    if (ok && pwrite(m->out, bytes, sizeof bytes, at) != (ssize_t)sizeof bytes)
        ok = preaches_fail_errno(error, m->part);
    return ok;
}

static gboolean put_folder(Maker *m, int dir, const char *prefix, guint depth, GError **error);

static gboolean put_subfolder(Maker *m, int fd, const char *path, mode_t mode, guint depth, GError **error)
{
    guint8 bytes[HEAD_BYTES];

    if (depth >= PREACHES_BUNDLE_DEPTH)
        return refuse(error, m, "folders are too deep");
    head_write(bytes, &(Head){KIND_DIR, (guint16)strlen(path), (guint16)(mode & 0777), 0, {0}});
    return put(m, bytes, sizeof bytes, error) && put(m, path, strlen(path), error) &&
           put_folder(m, fd, path, depth + 1, error);
}

/* A file that has gone since the folder was read was not needed. */
static gboolean put_entry(Maker *m, int dir, const char *name, const char *path, guint depth, GError **error)
{
    struct stat at;
    gboolean ok = TRUE;
    int fd;

    if (fstatat(dir, name, &at, AT_SYMLINK_NOFOLLOW) != 0 || (!S_ISREG(at.st_mode) && !S_ISDIR(at.st_mode)))
        return TRUE;
    if (!path_valid(path, strlen(path)))
        return refuse(error, m, "a path is too long");
    fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || preaches_fail_errno(error, path);
    if (++m->n_files > PREACHES_BUNDLE_FILES)
        ok = refuse(error, m, "too many files");
    else if (S_ISDIR(at.st_mode))
        ok = put_subfolder(m, fd, path, at.st_mode, depth, error);
    else
        ok = put_file(m, fd, path, at.st_mode, error);
    close(fd);
    return ok;
}

static gboolean put_folder(Maker *m, int dir, const char *prefix, guint depth, GError **error)
{
    g_autofree char *self = g_strdup_printf("/proc/self/fd/%d", dir);
    g_autoptr(GDir) entries = g_dir_open(self, 0, error);
    gboolean ok = entries != NULL;
    const char *name;

    while (ok && (name = g_dir_read_name(entries)) != NULL) {
        g_autofree char *path = *prefix ? g_build_filename(prefix, name, NULL) : g_strdup(name);
        ok = put_entry(m, dir, name, path, depth, error);
    }
    return ok;
}

gboolean preaches_bundle_make(const char *dir, const char *path, guint64 limit, GError **error)
{
    g_autofree char *part = g_strdup_printf("%s.part", path);
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree guint8 *chunk = g_malloc(CHUNK);
    guint8 bytes[HEAD_BYTES];
    Maker m = {.limit = limit, .chunk = chunk, .dir = dir, .part = part};
    int from = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    gboolean ok;

    m.out = from >= 0 ? open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    ok = m.out >= 0 || preaches_fail_errno(error, from >= 0 ? part : dir);
    ok = ok && put(&m, MAGIC, MAGIC_BYTES, error) && put_folder(&m, from, "", 1, error);
    head_write(bytes, &(Head){.kind = KIND_END, .size = m.n_files});
    ok = ok && put(&m, bytes, sizeof bytes, error) && (fsync(m.out) == 0 || preaches_fail_errno(error, part));
    close_fd(m.out);
    close_fd(from);
    if (ok && rename(part, path) != 0)
        ok = preaches_fail_errno(error, path);
    if (!ok)
        unlink(part);
    return ok && preaches_sync(folder, error);
}

/* ---- reading one ---- */

typedef struct Reader {
    const char *path; /* of the bundle, for messages */
    int fd;
    guint64 left;     /* bytes of it that were not read */
    guint8 *chunk;
    /* the file at hand */
    Head head;
    char name[PATH_BYTES + 1];
} Reader;

static gboolean damaged(const Reader *r, const char *why, GError **error)
{
    return preaches_fail_damaged(error, r->path, why);
}

static gboolean take(Reader *r, void *to, gsize n, GError **error)
{
    if (n > r->left || !preaches_read_all(r->fd, to, n))
        return damaged(r, "files: truncated", error);
    r->left -= n;
    return TRUE;
}

static gboolean reader_open(Reader *r, const char *path, guint8 *chunk, GError **error)
{
    char magic[MAGIC_BYTES];
    struct stat at;

    *r = (Reader){.path = path, .chunk = chunk, .fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (r->fd < 0 || fstat(r->fd, &at) != 0)
        return preaches_fail_errno(error, path);
    r->left = (guint64)at.st_size;
    return take(r, magic, sizeof magic, error) &&
           (memcmp(magic, MAGIC, sizeof magic) == 0 || damaged(r, "files: not a bundle", error));
}

/* The next file's head and path into *r; *end when there is none. */
static gboolean reader_next(Reader *r, guint64 n_before, gboolean *end, GError **error)
{
    guint8 bytes[HEAD_BYTES];

    if (!take(r, bytes, sizeof bytes, error))
        return FALSE;
    head_read(bytes, &r->head);
    *end = r->head.kind == KIND_END;
    if (*end)
        return (r->head.size == n_before && r->left == 0) || damaged(r, "files: not whole", error);
    if ((r->head.kind != KIND_FILE && (r->head.kind != KIND_DIR || r->head.size != 0)) || r->head.path_bytes > PATH_BYTES || r->head.mode > 0777 ||
        n_before >= PREACHES_BUNDLE_FILES || r->head.size > r->left)
        return damaged(r, "files: malformed", error);
    if (!take(r, r->name, r->head.path_bytes, error))
        return FALSE;
    r->name[r->head.path_bytes] = '\0';
    return path_valid(r->name, r->head.path_bytes) || damaged(r, "files: a path that leaves the folder", error);
}

/* The file's bytes into fd (-1: nowhere), held against their hash. */
static gboolean reader_copy(Reader *r, int fd, GError **error)
{
    XXH3_state_t *state = XXH3_createState();
    guint8 hash[16];
    gboolean ok = TRUE;

    XXH3_128bits_reset(state);
    for (guint64 left = r->head.size; ok && left > 0;) {
        gsize n = (gsize)MIN(left, CHUNK);
        ok = take(r, r->chunk, n, error);
        XXH3_128bits_update(state, r->chunk, ok ? n : 0);
        if (ok && fd >= 0 && !preaches_write_all(fd, r->chunk, n))
            ok = preaches_fail_errno(error, r->name);
        left -= n;
    }
    hash_end(state, hash);
    XXH3_freeState(state);
    return ok && (memcmp(hash, r->head.hash, sizeof hash) == 0 || damaged(r, "files: wrong bytes", error));
}

/* Each file in turn. FALSE at the first error, and when `each` says so. */
static gboolean for_each(const char *path, gboolean (*each)(Reader *r, gpointer data, GError **error), gpointer data,
                         GError **error)
{
    g_autofree guint8 *chunk = g_malloc(CHUNK);
    gboolean end = FALSE, ok;
    guint64 n = 0;
    Reader r;

    ok = reader_open(&r, path, chunk, error);
    while (ok && (ok = reader_next(&r, n, &end, error)) && !end) {
        ok = each(&r, data, error);
        n++;
    }
    close_fd(r.fd);
    return ok;
}

static gboolean skip(Reader *r, gpointer data, GError **error)
{
    (void)data;
    return r->head.kind == KIND_DIR || reader_copy(r, -1, error);
}

gboolean preaches_bundle_verify(const char *path, GError **error) { return for_each(path, skip, NULL, error); }

/* ---- unpacking ---- */

typedef struct Unpacker {
    int dir;
    GHashTable *known; /* of the base: path -> its hash, as GBytes */
} Unpacker;

static gboolean note_known(Reader *r, gpointer data, GError **error)
{
    if (r->head.kind == KIND_DIR)
        return TRUE;
    g_hash_table_insert(data, g_strdup(r->name), g_bytes_new(r->head.hash, sizeof r->head.hash));
    return reader_copy(r, -1, error);
}

static gboolean is_known(const Unpacker *u, const Reader *r)
{
    GBytes *hash = g_hash_table_lookup(u->known, r->name);

    return hash && memcmp(g_bytes_get_data(hash, NULL), r->head.hash, sizeof r->head.hash) == 0;
}

static gboolean put_back_folder(Reader *r, const Unpacker *u, GError **error)
{
    const char *name;
    int at = open_parent(u->dir, r->name, TRUE, &name);
    gboolean ok = at >= 0 && (mkdirat(at, name, r->head.mode | 0700) == 0 || errno == EEXIST);

    if (!ok)
        preaches_fail_errno(error, r->name);
    close_fd(at);
    return ok;
}

/* Under a temporary name first, so that nobody sees half of it. */
static gboolean put_back(Reader *r, gpointer data, GError **error)
{
    const Unpacker *u = data;
    g_autofree char *part = NULL;
    const char *name;
    int at, fd;
    gboolean ok;

    if (r->head.kind == KIND_DIR)
        return put_back_folder(r, u, error);
    if (is_known(u, r))
        return reader_copy(r, -1, error);
    at = open_parent(u->dir, r->name, TRUE, &name);
    part = g_strdup_printf(".%.200s.preaches-part", name);
    if (at >= 0)
        (void)unlinkat(at, part, 0);
    fd = at >= 0 ? openat(at, part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
    ok = fd >= 0 || preaches_fail_errno(error, r->name);
    ok = ok && reader_copy(r, fd, error);
    if (ok && (fchmod(fd, r->head.mode) != 0 || renameat(at, part, at, name) != 0))
        ok = preaches_fail_errno(error, r->name);
    if (!ok && at >= 0)
        (void)unlinkat(at, part, 0);
    close_fd(fd);
    close_fd(at);
    return ok;
}

gboolean preaches_bundle_unpack(const char *path, const char *dir, const char *base, GError **error)
{
    g_autoptr(GHashTable) known =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    Unpacker u = {.known = known, .dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    gboolean ok = u.dir >= 0 || preaches_fail_errno(error, dir);

    ok = ok && (!base || for_each(base, note_known, known, error)) && for_each(path, put_back, &u, error);
    close_fd(u.dir);
    return ok;
}
