#define _GNU_SOURCE
#include "pack.h"

#include "../image/image_format.h"
#include "spool.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <lz4.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define MAGIC "PRPACK01"
enum { BLOCK = 1 << 20, FIXED_BYTES = 16, HASHED_BYTES = FIXED_BYTES + PR_HEAD_BYTES, FRONT_BYTES = HASHED_BYTES + 16 };
enum { BLOCK_HEAD = 8, BLOCK_HASH = 8, LEVEL = 1 };
typedef enum Kind { ZEROS, PLAIN, PACKED } Kind;

static const char *const names[] = {
    [PREACHES_PACK_NONE] = "none", [PREACHES_PACK_ZSTD] = "zstd", [PREACHES_PACK_LZ4] = "lz4"};

gboolean preaches_pack_parse(const char *name, PreachesPack *method)
{
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (!name || strcmp(name, names[i]) == 0) {
            *method = (PreachesPack)i;
            return TRUE;
        }
    return FALSE;
}

const char *preaches_pack_name(PreachesPack method) { return names[method]; }

/* ---- one block ---- */

typedef struct Codec {
    PreachesPack method;
    ZSTD_CCtx *pack;
    ZSTD_DCtx *unpack;
} Codec;

static void codec_fini(Codec *c)
{
    ZSTD_freeCCtx(c->pack);
    ZSTD_freeDCtx(c->unpack);
}

/* 0: no shorter than it was. */
static gsize compress(Codec *c, guint8 *to, gsize room, const guint8 *from, gsize n)
{
    gsize made;

    if (c->method == PREACHES_PACK_LZ4)
        return (gsize)LZ4_compress_default((const char *)from, (char *)to, (int)n, (int)room);
    c->pack = c->pack ? c->pack : ZSTD_createCCtx();
    made = c->pack ? ZSTD_compressCCtx(c->pack, to, room, from, n, LEVEL) : 0;
    return ZSTD_isError(made) ? 0 : made;
}

/* Exactly n bytes. */
static gboolean decompress(Codec *c, guint8 *to, gsize n, const guint8 *from, gsize packed)
{
    if (c->method == PREACHES_PACK_LZ4)
        return LZ4_decompress_safe((const char *)from, (char *)to, (int)packed, (int)n) == (int)n;
    c->unpack = c->unpack ? c->unpack : ZSTD_createDCtx();
    return c->unpack && ZSTD_decompressDCtx(c->unpack, to, n, from, packed) == n;
}

static guint64 block_hash(const guint8 *block, gsize bytes, guint64 place)
{
    return XXH3_64bits_withSeed(block, BLOCK_HEAD + bytes, place);
}

/* As it stands in the file; `room` has BLOCK_HEAD + BLOCK + BLOCK_HASH bytes. */
static gsize make_block(Codec *c, guint8 *room, const guint8 *from, gsize n, guint64 place)
{
    gboolean zeros = pr_all_zero(from, n);
    gsize bytes = zeros ? 0 : compress(c, room + BLOCK_HEAD, n - 1, from, n);
    Kind kind = zeros ? ZEROS : bytes ? PACKED : PLAIN;
    guint64 hash;

    if (kind == PLAIN)
        memcpy(room + BLOCK_HEAD, from, bytes = n);
    pr_put32(room, (guint32)kind);
    pr_put32(room + 4, (guint32)bytes);
    hash = GUINT64_TO_LE(block_hash(room, bytes, place));
    memcpy(room + BLOCK_HEAD + bytes, &hash, sizeof hash);
    return BLOCK_HEAD + bytes + BLOCK_HASH;
}

/* ---- packing ---- */

static gboolean take_table(PrImage *table, const guint8 *head, const char *path, GError **error)
{
    PrError why = {0};

    if (pr_image_table(table, head, &why) == PR_OK)
        return TRUE;
    preaches_error_take(error, &why, path);
    return FALSE;
}

static void make_front(guint8 *front, PreachesPack method, const guint8 *head)
{
    XXH128_canonical_t canonical;

    memcpy(front, MAGIC, 8);
    pr_put32(front + 8, (guint32)method);
    pr_put32(front + 12, 0);
    memcpy(front + FIXED_BYTES, head, PR_HEAD_BYTES);
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(front, HASHED_BYTES));
    memcpy(front + HASHED_BYTES, canonical.digest, sizeof canonical.digest);
}

gboolean preaches_pack(const char *path, PreachesPack method, PreachesSink sink, gpointer data, GError **error)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
    const guint8 *bytes = file ? (const guint8 *)g_mapped_file_get_contents(file) : NULL;
    g_autofree guint8 *room = g_malloc(BLOCK_HEAD + BLOCK + BLOCK_HASH);
    Codec codec = {.method = method};
    guint8 front[FRONT_BYTES];
    gboolean ok;
    PrImage table;

    if (!file)
        return FALSE;
    if (g_mapped_file_get_length(file) < PR_HEAD_BYTES)
        return preaches_fail_damaged(error, path, "header: truncated");
    if (!take_table(&table, bytes, path, error))
        return FALSE;
    if (table.bytes != g_mapped_file_get_length(file))
        return preaches_fail_damaged(error, path, "header: the file's length is not the declared one");
    make_front(front, method, bytes);
    ok = sink(front, sizeof front, data, error);
    for (guint s = 0; s < PR_N_SECTIONS; s++)
        for (guint64 at = 0; ok && at < table.length[s]; at += BLOCK) {
            guint64 place = table.offset[s] + at;
            gsize n = (gsize)MIN(table.length[s] - at, BLOCK);
            ok = sink(room, make_block(&codec, room, bytes + place, n, place), data, error);
        }
    codec_fini(&codec);
    return ok;
}

gboolean preaches_pack_to(const char *path, PreachesPack method, int fd, GError **error)
{
    PreachesFile out = {path, fd};

    return preaches_pack(path, method, preaches_to_file, &out, error);
}

/* ---- unpacking ---- */

PreachesPack preaches_packed(const char *path)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
    const guint8 *bytes = file && g_mapped_file_get_length(file) >= 12 ? (const guint8 *)g_mapped_file_get_contents(file) : NULL;
    guint32 method = bytes && memcmp(bytes, MAGIC, 8) == 0 ? pr_get32(bytes + 8) : PREACHES_PACK_NONE;

    /* One that is not known is refused by who opens it. */
    return method < G_N_ELEMENTS(names) ? (PreachesPack)method : PREACHES_PACK_ZSTD;
}

typedef struct Unpacking {
    const char *path;
    const guint8 *bytes; /* of the packed file */
    gsize n, at;
    Codec codec;
    guint8 *room; /* a block */
    int fd;
} Unpacking;

static gboolean damaged(const Unpacking *u, PrSection section, const char *why, GError **error)
{
    return preaches_fail(error, PREACHES_ERROR_DAMAGED, "%s: %s: %s at byte %" G_GSIZE_FORMAT, u->path,
                         pr_section_name(section), why, u->at);
}

static gboolean put(const Unpacking *u, const guint8 *bytes, gsize n, guint64 place, GError **error)
{
    return pr_write_at(u->fd, bytes, n, place) || preaches_fail_errno(error, u->path);
}

static gboolean take_block(Unpacking *u, PrSection section, guint64 place, gsize n, GError **error)
{
    const guint8 *block = u->bytes + u->at, *from = block + BLOCK_HEAD;
    gsize left = u->n - u->at, bytes;
    guint64 hash;

    if (left < BLOCK_HEAD + BLOCK_HASH || (bytes = pr_get32(block + 4)) > left - BLOCK_HEAD - BLOCK_HASH)
        return damaged(u, section, "truncated", error);
    memcpy(&hash, from + bytes, sizeof hash);
    if (GUINT64_FROM_LE(hash) != block_hash(block, bytes, place))
        return damaged(u, section, "compressed content does not match its hash", error);
    switch (pr_get32(block)) {
    case ZEROS:
        if (bytes != 0)
            return damaged(u, section, "malformed block", error);
        break;
    case PLAIN:
        if (bytes != n)
            return damaged(u, section, "malformed block", error);
        if (!put(u, from, n, place, error))
            return FALSE;
        break;
    case PACKED:
        if (!decompress(&u->codec, u->room, n, from, bytes))
            return damaged(u, section, "cannot be decompressed", error);
        if (!put(u, u->room, n, place, error))
            return FALSE;
        break;
    default:
        return damaged(u, section, "malformed block", error);
    }
    u->at += BLOCK_HEAD + bytes + BLOCK_HASH;
    return TRUE;
}

static gboolean take_front(Unpacking *u, PrImage *table, GError **error)
{
    guint8 again[FRONT_BYTES];

    if (u->n < FRONT_BYTES)
        return preaches_fail_damaged(error, u->path, "header: truncated");
    u->codec.method = (PreachesPack)pr_get32(u->bytes + 8);
    make_front(again, u->codec.method, u->bytes + FIXED_BYTES);
    if (memcmp(again, u->bytes, FRONT_BYTES) != 0)
        return preaches_fail_damaged(error, u->path, "header: does not match its hash");
    if (u->codec.method != PREACHES_PACK_ZSTD && u->codec.method != PREACHES_PACK_LZ4)
        return preaches_fail_damaged(error, u->path, "header: unknown compression");
    u->at = FRONT_BYTES;
    return take_table(table, u->bytes + FIXED_BYTES, u->path, error);
}

static gboolean unpack(Unpacking *u, PrVerify how, guint64 limit, GError **error)
{
    guint n_sections = how == PR_VERIFY_HEAD ? PR_SEC_GLOBALS : PR_N_SECTIONS;
    PrImage table;

    if (!take_front(u, &table, error))
        return FALSE;
    if (table.bytes > limit)
        return preaches_fail_damaged(error, u->path, "header: a longer image than it may be");
    if (!put(u, u->bytes + FIXED_BYTES, PR_HEAD_BYTES, 0, error))
        return FALSE;
    for (guint s = 0; s < n_sections; s++)
        for (guint64 at = 0; at < table.length[s]; at += BLOCK)
            if (!take_block(u, (PrSection)s, table.offset[s] + at, (gsize)MIN(table.length[s] - at, BLOCK), error))
                return FALSE;
    if (how == PR_VERIFY_ALL && u->at != u->n)
        return preaches_fail_damaged(error, u->path, "file: bytes behind the last section");
    return ftruncate(u->fd, (off_t)table.bytes) == 0 || preaches_fail_errno(error, u->path);
}

gboolean preaches_unpack_to(const char *path, PrVerify how, guint64 limit, int fd, GError **error)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
    g_autofree guint8 *room = g_malloc(BLOCK);
    Unpacking u = {.path = path, .room = room, .fd = fd};
    gboolean ok;

    if (!file)
        return FALSE;
    u.bytes = (const guint8 *)g_mapped_file_get_contents(file);
    u.n = g_mapped_file_get_length(file);
    ok = unpack(&u, how, limit, error);
    codec_fini(&u.codec);
    return ok;
}

gboolean preaches_unpack_here(const char *path, guint64 limit, GError **error)
{
    g_autofree char *plain = g_strdup_printf("%s.plain", path);
    gboolean ok;
    int fd;

    if (preaches_packed(path) == PREACHES_PACK_NONE)
        return TRUE;
    fd = open(plain, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ok = fd >= 0 ? preaches_unpack_to(path, PR_VERIFY_ALL, limit, fd, error) : preaches_fail_errno(error, plain);
    if (fd >= 0)
        close(fd);
    if (ok && g_rename(plain, path) != 0)
        ok = preaches_fail_errno(error, path);
    if (!ok)
        g_unlink(plain);
    return ok;
}

int preaches_unpack_memory(const char *path, PrVerify how, GError **error)
{
    int fd = memfd_create("image", MFD_CLOEXEC);

    if (fd < 0) {
        preaches_fail_errno(error, path);
        return -1;
    }
    if (preaches_unpack_to(path, how, G_MAXINT64, fd, error))
        return fd;
    close(fd);
    return -1;
}
