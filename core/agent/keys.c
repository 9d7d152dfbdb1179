#include "keys.h"
#include "seal.h"

#include "proc.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CA_NAME    "ca"
#define VALID_DAYS 3650

gboolean preaches_name_valid(const char *name)
{
    gsize n = strlen(name);

    if (n < 1 || n > 63 || !g_ascii_isalnum(*name))
        return FALSE;
    for (const char *p = name; *p; p++)
        if (!g_ascii_isalnum(*p) && !strchr("-_.", *p))
            return FALSE;
    return TRUE;
}

static gboolean fail(GError **error, const char *path, const char *why)
{
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: %s", path, why);
    return FALSE;
}

static char *path_of(const char *dir, const char *name, const char *suffix)
{
    return g_strdup_printf("%s/%s.%s", dir, name, suffix);
}

/* A new file; one that is there stays. */
static FILE *create(const char *path, mode_t mode, GError **error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

    if (!file)
        fail(error, path, g_strerror(errno));
    return file;
}

static gboolean add_extension(X509 *crt, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;
    gboolean ok;

    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, crt, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    ok = extension && X509_add_ext(crt, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

/* issuer NULL: signs itself, and is an authority. */
static X509 *make_certificate(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
    X509 *crt = X509_new();
    X509_NAME *subject = X509_get_subject_name(crt);
    guint64 serial = 0;

    RAND_bytes((unsigned char *)&serial, sizeof serial);
    if (X509_set_version(crt, 2) == 1 &&
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(crt), serial >> 1) == 1 &&
        X509_gmtime_adj(X509_getm_notBefore(crt), -3600) &&
        X509_gmtime_adj(X509_getm_notAfter(crt), 86400L * VALID_DAYS) &&
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
                                   0) == 1 &&
        X509_set_issuer_name(crt, issuer ? X509_get_subject_name(issuer) : subject) == 1 &&
        X509_set_pubkey(crt, key) == 1 &&
        add_extension(crt, issuer ? issuer : crt, NID_basic_constraints,
                      issuer ? "critical,CA:FALSE" : "critical,CA:TRUE") &&
        add_extension(crt, issuer ? issuer : crt, NID_key_usage,
                      issuer ? "critical,digitalSignature" : "critical,keyCertSign") &&
        X509_sign(crt, issuer_key, NULL) > 0)
        return crt;
    X509_free(crt);
    return NULL;
}

static gboolean store(const char *dir, const char *name, EVP_PKEY *key, X509 *crt, GError **error)
{
    g_autofree char *key_path = path_of(dir, name, "key"), *crt_path = path_of(dir, name, "crt");
    FILE *file = create(key_path, 0600, error);
    gboolean ok;

    if (!file)
        return FALSE;
    ok = PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1;
    ok = fclose(file) == 0 && ok;
    if (!ok)
        return fail(error, key_path, "cannot be written");
    file = create(crt_path, 0644, error);
    if (!file)
        return FALSE;
    ok = PEM_write_X509(file, crt) == 1;
    ok = fclose(file) == 0 && ok;
    return ok || fail(error, crt_path, "cannot be written");
}

static gboolean make(const char *dir, const char *name, X509 *issuer, EVP_PKEY *issuer_key,
                     GError **error)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    X509 *crt = key ? make_certificate(name, key, issuer, issuer ? issuer_key : key) : NULL;
    gboolean ok = crt ? store(dir, name, key, crt, error)
                      : fail(error, name, "the certificate cannot be made");

    X509_free(crt);
    EVP_PKEY_free(key);
    return ok;
}

gboolean preaches_keys_init(const char *dir, GError **error)
{
    if (g_mkdir_with_parents(dir, 0700) != 0)
        return fail(error, dir, g_strerror(errno));
    return make(dir, CA_NAME, NULL, NULL, error);
}

gboolean preaches_keys_issue(const char *dir, const char *name, GError **error)
{
    g_autofree char *key_path = path_of(dir, CA_NAME, "key"),
                    *crt_path = path_of(dir, CA_NAME, "crt"), *seal_path = NULL;
    FILE *file = fopen(key_path, "re");
    EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    X509 *crt = NULL;
    gboolean ok;

    if (file)
        fclose(file);
    file = fopen(crt_path, "re");
    crt = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    if (file)
        fclose(file);
    if (!key || !crt)
        ok = fail(error, dir, "no authority here; `preaches keys init` makes one");
    else if (!preaches_name_valid(name) || strcmp(name, CA_NAME) == 0)
        ok = fail(error, name, "not a name: letters, digits, '-', '_', '.'");
    else
        ok = make(dir, name, crt, key, error);
    X509_free(crt);
    EVP_PKEY_free(key);
    seal_path = path_of(dir, name, "seal");
    return ok && preaches_seal_key_make(seal_path, error);
}
