#include "seal.h"

#include "spool.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 16, TAG_BYTES = 16, SALT_BYTES = 32, FIXED_BYTES = 24 + SALT_BYTES, NAME_BYTES = 512 };
#define MAGIC "PRSEAL01"

typedef struct Head {
    guint8 bytes[FIXED_BYTES + NAME_BYTES]; /* as in the file */
    gsize n;
    guint32 chunk;
    guint64 content;
    char name[NAME_BYTES + 1];
} Head;

/* ---- keys ---- */

gboolean preaches_seal_key_make(const char *path, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    PreachesSealKey key;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    gboolean ok;

    if (fd < 0)
        return preaches_fail_errno(error, path);
    if (RAND_bytes(key.bytes, sizeof key.bytes) != 1) {
        close(fd);
        return preaches_fail(error, PREACHES_ERROR_FAILED, "%s: no random numbers", path);
    }
    for (gsize i = 0; i < sizeof key.bytes; i++)
        g_string_append_printf(text, "%02x", key.bytes[i]);
    g_string_append_c(text, '\n');
    ok = write(fd, text->str, text->len) == (ssize_t)text->len && fsync(fd) == 0;
    if (!ok)
        preaches_fail_errno(error, path);
    close(fd);
    OPENSSL_cleanse(text->str, text->len);
    OPENSSL_cleanse(&key, sizeof key);
    return ok;
}

gboolean preaches_seal_key_load(PreachesSealKey *key, const char *path, GError **error)
{
    g_autofree char *text = NULL;
    struct stat at;
    gboolean ok = TRUE;

    if (stat(path, &at) != 0 || !g_file_get_contents(path, &text, NULL, NULL))
        return preaches_fail_errno(error, path);
    if (at.st_mode & 077)
        return preaches_fail(error, PREACHES_ERROR_FAILED, "%s: others may read it", path);
    ok = strlen(g_strchomp(text)) == 2 * sizeof key->bytes && strspn(text, "0123456789abcdef") == strlen(text);
    for (gsize i = 0; ok && i < sizeof key->bytes; i++)
        key->bytes[i] = (guint8)(g_ascii_xdigit_value(text[2 * i]) << 4 | g_ascii_xdigit_value(text[2 * i + 1]));
    OPENSSL_cleanse(text, strlen(text));
    return ok || preaches_fail(error, PREACHES_ERROR_DAMAGED, "%s: not a key of 64 hexadecimal digits", path);
}

static gboolean derive(const PreachesSealKey *key, const guint8 salt[SALT_BYTES], guint8 out[32])
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    char digest[] = "SHA256", info[] = "preaches seal 1";
    guint8 secret[32], salted[SALT_BYTES];
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                           OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret, sizeof secret),
                           OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salted, sizeof salted),
                           OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, sizeof info - 1),
                           OSSL_PARAM_construct_end()};
    gboolean ok;

    memcpy(secret, key->bytes, sizeof secret);
    memcpy(salted, salt, sizeof salted);
    ok = context && EVP_KDF_derive(context, out, 32, params) == 1;
    OPENSSL_cleanse(secret, sizeof secret);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return ok;
}

/* ---- one chunk ---- */

typedef struct Cipher {
    EVP_CIPHER_CTX *context;
    guint8 key[32];
    guint64 index;
} Cipher;

static gboolean cipher_init(Cipher *c, const PreachesSealKey *key, const Head *head)
{
    *c = (Cipher){.context = EVP_CIPHER_CTX_new()};
    return c->context && derive(key, head->bytes + 24, c->key);
}

static void cipher_fini(Cipher *c)
{
    EVP_CIPHER_CTX_free(c->context);
    OPENSSL_cleanse(c->key, sizeof c->key);
}

/* In place; the tag is made, or compared. */
static gboolean cipher_chunk(Cipher *c, const Head *head, gboolean seal, guint8 *bytes, int n, guint8 tag[TAG_BYTES])
{
    guint8 nonce[12] = {0};
    guint64 index = GUINT64_TO_LE(c->index++);
    int done = 0;

    memcpy(nonce + 4, &index, sizeof index);
    return EVP_CipherInit_ex(c->context, EVP_aes_256_gcm(), NULL, c->key, nonce, seal) == 1 &&
           (seal || EVP_CIPHER_CTX_ctrl(c->context, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1) &&
           EVP_CipherUpdate(c->context, NULL, &done, head->bytes, (int)head->n) == 1 &&
           (n == 0 || EVP_CipherUpdate(c->context, bytes, &done, bytes, n) == 1) &&
           EVP_CipherFinal_ex(c->context, bytes + n, &done) == 1 &&
           (!seal || EVP_CIPHER_CTX_ctrl(c->context, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, tag) == 1);
}

/* ---- whole files ---- */

static gsize chunk_bytes(const Head *head, guint64 at) { return (gsize)MIN(head->content - at, head->chunk); }

static gboolean head_make(Head *head, guint64 content, const char *name)
{
    guint32 chunk = GUINT32_TO_LE(CHUNK);
    guint16 name_bytes = GUINT16_TO_LE((guint16)strlen(name));
    guint64 bytes = GUINT64_TO_LE(content);

    g_assert(strlen(name) <= NAME_BYTES);
    *head = (Head){.n = FIXED_BYTES + strlen(name), .chunk = CHUNK, .content = content};
    memcpy(head->bytes, MAGIC, 8);
    memcpy(head->bytes + 8, &chunk, 4);
    memcpy(head->bytes + 12, &name_bytes, 2);
    memcpy(head->bytes + 16, &bytes, 8);
    memcpy(head->bytes + FIXED_BYTES, name, strlen(name));
    return RAND_bytes(head->bytes + 24, SALT_BYTES) == 1;
}

/* An empty file has one empty chunk, so that its head is authenticated, too. */
static gboolean seal_all(const PreachesSealKey *key, Head *head, int in, int out, guint8 *chunk)
{
    guint8 tag[TAG_BYTES];
    guint64 at = 0;
    Cipher cipher;
    gboolean ok = cipher_init(&cipher, key, head) && preaches_write_all(out, head->bytes, head->n);

    do {
        gsize n = chunk_bytes(head, at);
        ok = ok && preaches_read_all(in, chunk, n) && cipher_chunk(&cipher, head, TRUE, chunk, (int)n, tag) &&
             preaches_write_all(out, chunk, n) && preaches_write_all(out, tag, sizeof tag);
        at += n;
    } while (ok && at < head->content);
    cipher_fini(&cipher);
    return ok;
}

gboolean preaches_seal(const PreachesSealKey *key, const char *from, const char *to, const char *name, GError **error)
{
    g_autofree char *part = g_strdup_printf("%s.part", to), *dir = g_path_get_dirname(to);
    g_autofree guint8 *chunk = g_malloc(CHUNK + TAG_BYTES);
    int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
    struct stat at;
    Head head;
    gboolean ok = FALSE;

    if (in < 0 || fstat(in, &at) != 0 || !head_make(&head, (guint64)at.st_size, name))
        preaches_fail_errno(error, from);
    else if ((out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) < 0)
        preaches_fail_errno(error, part);
    else
        ok = (seal_all(key, &head, in, out, chunk) && fsync(out) == 0) || preaches_fail_errno(error, to);
    if (out >= 0)
        close(out);
    if (in >= 0)
        close(in);
    if (ok && rename(part, to) != 0)
        ok = preaches_fail_errno(error, to);
    if (!ok)
        unlink(part);
    return ok && preaches_sync(dir, error);
}

static gboolean head_read(Head *head, int fd, const char *path, GError **error)
{
    guint16 name_bytes;

    *head = (Head){.n = FIXED_BYTES};
    if (!preaches_read_all(fd, head->bytes, FIXED_BYTES) || memcmp(head->bytes, MAGIC, 8) != 0)
        return preaches_fail_damaged(error, path, "seal: not a sealed file");
    memcpy(&head->chunk, head->bytes + 8, 4);
    memcpy(&name_bytes, head->bytes + 12, 2);
    memcpy(&head->content, head->bytes + 16, 8);
    head->chunk = GUINT32_FROM_LE(head->chunk);
    name_bytes = GUINT16_FROM_LE(name_bytes);
    head->content = GUINT64_FROM_LE(head->content);
    if (head->chunk != CHUNK || name_bytes > NAME_BYTES ||
        !preaches_read_all(fd, head->bytes + FIXED_BYTES, name_bytes))
        return preaches_fail_damaged(error, path, "seal: malformed head");
    memcpy(head->name, head->bytes + FIXED_BYTES, name_bytes);
    head->n += name_bytes;
    return TRUE;
}

/* The table of an image's sections, for people: which of them a refused chunk belongs to. */
typedef struct Sections {
    guint64 row[PR_N_SECTIONS][4]; /* offset, length, hash: as in the file */
    gboolean known;
} Sections;

static void note_sections(Sections *s, const guint8 *first_chunk, gsize n)
{
    s->known = n >= 64 + sizeof s->row && memcmp(first_chunk, "PREACHES", 8) == 0;
    if (s->known)
        memcpy(s->row, first_chunk + 64, sizeof s->row);
}

static gboolean refused(GError **error, const char *path, const Sections *s, guint64 at, gsize n)
{
    g_autoptr(GString) where = g_string_new(at == 0 ? "header" : "");

    for (guint i = 0; s->known && i < PR_N_SECTIONS; i++) {
        guint64 from = GUINT64_FROM_LE(s->row[i][0]), bytes = GUINT64_FROM_LE(s->row[i][1]);
        if (bytes > 0 && from < at + n && at < from + bytes)
            g_string_append_printf(where, "%s%s", where->len ? ", " : "", pr_section_name((PrSection)i));
    }
    return preaches_fail(error, PREACHES_ERROR_DAMAGED,
                         "%s: seal: %s: bytes %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                         " were tampered with, or it is another key's",
                         path, where->str, at, at + n);
}

gboolean preaches_unseal(const PreachesSealKey *key, const char *path, const char *name, PreachesSink sink,
                         gpointer data, GError **error)
{
    g_autofree guint8 *chunk = g_malloc(CHUNK + TAG_BYTES);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    guint64 at = 0;
    Cipher cipher = {0};
    Sections sections = {0};
    gboolean ok;
    Head head;

    if (fd < 0)
        return preaches_fail_errno(error, path);
    ok = head_read(&head, fd, path, error);
    if (ok && name && strcmp(name, head.name) != 0)
        ok = preaches_fail(error, PREACHES_ERROR_DAMAGED, "%s: seal: it is %s", path, head.name);
    if (ok && !cipher_init(&cipher, key, &head))
        ok = preaches_fail(error, PREACHES_ERROR_FAILED, "%s: no cipher", path);
    do {
        gsize n = ok ? chunk_bytes(&head, at) : 0;
        guint8 tag[TAG_BYTES];
        if (ok && (!preaches_read_all(fd, chunk, n) || !preaches_read_all(fd, tag, sizeof tag)))
            ok = preaches_fail_damaged(error, path, "seal: truncated");
        if (ok && !cipher_chunk(&cipher, &head, FALSE, chunk, (int)n, tag))
            ok = refused(error, path, &sections, at, n);
        if (ok && at == 0)
            note_sections(&sections, chunk, n);
        ok = ok && sink(chunk, n, data, error);
        at += n;
    } while (ok && at < head.content);
    if (ok && read(fd, chunk, 1) != 0)
        ok = preaches_fail_damaged(error, path, "seal: bytes behind its end");
    cipher_fini(&cipher);
    close(fd);
    return ok;
}

gboolean preaches_unseal_to(const PreachesSealKey *key, const char *path, const char *name, int fd, GError **error)
{
    PreachesFile out = {path, fd};

    return preaches_unseal(key, path, name, preaches_to_file, &out, error);
}

gboolean preaches_is_sealed(const char *path)
{
    char magic[8];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    gboolean sealed = fd >= 0 && read(fd, magic, sizeof magic) == sizeof magic && memcmp(magic, MAGIC, 8) == 0;

    if (fd >= 0)
        close(fd);
    return sealed;
}
