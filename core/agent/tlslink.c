#include "tlslink.h"

#include "proc.h"
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_BYTES 5
#define FRAME_MS   10000
#define READ_BYTES 65536 /* that a connection may keep */

struct PreachesTls {
    SSL_CTX *client, *server;
};

struct PreachesLink {
    int fd;
    SSL *ssl;
    char *peer;
};

static gboolean fail(GError **error, const char *what, const char *why)
{
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: %s", what, why);
    return FALSE;
}

static gboolean fail_tls(GError **error, const char *what)
{
    char why[256];
    unsigned long code = ERR_get_error();

    if (code == 0)
        return fail(error, what, "connection lost");
    ERR_error_string_n(code, why, sizeof why);
    ERR_clear_error();
    return fail(error, what, why);
}

/* ---- contexts ---- */

static SSL_CTX *context_new(const SSL_METHOD *method, const char *keys, const char *name,
                            GError **error)
{
    g_autofree char *ca = g_build_filename(keys, "ca.crt", NULL);
    g_autofree char *crt = g_strdup_printf("%s/%s.crt", keys, name);
    g_autofree char *key = g_strdup_printf("%s/%s.key", keys, name);
    SSL_CTX *context = SSL_CTX_new(method);

    if (context && SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
        SSL_CTX_load_verify_locations(context, ca, NULL) == 1 &&
        SSL_CTX_use_certificate_file(context, crt, SSL_FILETYPE_PEM) == 1 &&
        SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1 &&
        SSL_CTX_check_private_key(context) == 1) {
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        SSL_CTX_set_num_tickets(context, 0);
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        /* many records a read: else each costs two, one of them for five bytes */
        SSL_CTX_set_read_ahead(context, 1);
        SSL_CTX_set_default_read_buffer_len(context, READ_BYTES);
        return context;
    }
    fail_tls(error, crt);
    SSL_CTX_free(context);
    return NULL;
}

PreachesTls *preaches_tls_new(const char *keys, const char *name, GError **error)
{
    PreachesTls *tls = g_new0(PreachesTls, 1);

    tls->client = context_new(TLS_client_method(), keys, name, error);
    if (tls->client)
        tls->server = context_new(TLS_server_method(), keys, name, error);
    if (tls->server)
        return tls;
    preaches_tls_free(tls);
    return NULL;
}

void preaches_tls_free(PreachesTls *tls)
{
    if (!tls)
        return;
    SSL_CTX_free(tls->client);
    SSL_CTX_free(tls->server);
    g_free(tls);
}

/* ---- waiting ---- */

static gint64 deadline(gint64 timeout_ms)
{
    return timeout_ms < 0 ? G_MAXINT64 : g_get_monotonic_time() + timeout_ms * 1000;
}

static gboolean wait_fd(int fd, short events, gint64 until_us)
{
    struct pollfd p = {.fd = fd, .events = events};

    for (;;) {
        gint64 left_us = until_us == G_MAXINT64 ? -1 : until_us - g_get_monotonic_time();
        int n;
        if (until_us != G_MAXINT64 && left_us <= 0)
            return FALSE;
        n = poll(&p, 1, left_us < 0 ? -1 : (int)MIN(left_us / 1000 + 1, 60000));
        if (n > 0)
            return TRUE;
        if (n < 0 && errno != EINTR)
            return FALSE;
    }
}

/* After an SSL call that returned `result`: TRUE when it is to be tried again. */
static gboolean again(PreachesLink *link, int result, gint64 until_us, const char *what,
                      GError **error)
{
    int code = SSL_get_error(link->ssl, result);

    if (code != SSL_ERROR_WANT_READ && code != SSL_ERROR_WANT_WRITE)
        return fail_tls(error, what);
    if (!wait_fd(link->fd, code == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, until_us))
        return fail(error, what, "timed out");
    return TRUE;
}

/* ---- sockets ---- */

static struct addrinfo *resolve(const char *address, gboolean passive, GError **error)
{
    const char *colon = strrchr(address, ':');
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = passive ? AI_PASSIVE : 0};
    struct addrinfo *found = NULL;
    g_autofree char *host = NULL;
    int code;

    if (!colon) {
        fail(error, address, "an address is HOST:PORT");
        return NULL;
    }
    host = *address == '[' && colon > address + 2 && colon[-1] == ']'
               ? g_strndup(address + 1, (gsize)(colon - address) - 2)
               : g_strndup(address, (gsize)(colon - address));
    code = getaddrinfo(host, colon + 1, &hints, &found);
    if (code == 0)
        return found;
    fail(error, address, gai_strerror(code));
    return NULL;
}

int preaches_listen(const char *address, GError **error)
{
    struct addrinfo *to = resolve(address, TRUE, error);
    int one = 1, fd = -1;

    if (!to)
        return -1;
    fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (fd < 0 || bind(fd, to->ai_addr, to->ai_addrlen) != 0 || listen(fd, 128) != 0) {
        fail(error, address, g_strerror(errno));
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    freeaddrinfo(to);
    return fd;
}

static int dial(const char *address, gint64 until_us, GError **error)
{
    struct addrinfo *to = resolve(address, FALSE, error);
    int fd, code = 0;
    socklen_t size = sizeof code;

    if (!to)
        return -1;
    fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || (connect(fd, to->ai_addr, to->ai_addrlen) != 0 && errno != EINPROGRESS))
        code = errno;
    else if (!wait_fd(fd, POLLOUT, until_us))
        code = ETIMEDOUT;
    else
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size);
    freeaddrinfo(to);
    if (code == 0)
        return fd;
    fail(error, address, g_strerror(code));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* ---- links ---- */

static void tune(int fd)
{
    int one = 1;
    unsigned int lost_ms = 3000; /* unanswered for so long: the other end is gone */

    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &lost_ms, sizeof lost_ms);
}

static gboolean take_peer(PreachesLink *link)
{
    X509 *crt = SSL_get1_peer_certificate(link->ssl);
    char name[65] = "";
    int n = crt ? X509_NAME_get_text_by_NID(X509_get_subject_name(crt), NID_commonName, name,
                                            sizeof name)
                : -1;

    X509_free(crt);
    if (n <= 0 || (gsize)n != strlen(name) || SSL_get_verify_result(link->ssl) != X509_V_OK)
        return FALSE;
    link->peer = g_strdup(name);
    return TRUE;
}

static PreachesLink *link_new(SSL_CTX *context, int fd, gboolean server, const char *what,
                              gint64 until_us, GError **error)
{
    PreachesLink *link = g_new0(PreachesLink, 1);
    int result;

    tune(fd);
    link->fd = fd;
    link->ssl = SSL_new(context);
    SSL_set_fd(link->ssl, fd);
    do
        result = server ? SSL_accept(link->ssl) : SSL_connect(link->ssl);
    while (result != 1 && again(link, result, until_us, what, error));
    if (result == 1 && take_peer(link))
        return link;
    if (result == 1)
        fail(error, what, "certificate without a name");
    preaches_link_free(link);
    return NULL;
}

PreachesLink *preaches_link_dial(PreachesTls *tls, const char *address, const char *name,
                                 gint64 timeout_ms, GError **error)
{
    gint64 until_us = deadline(timeout_ms);
    int fd = dial(address, until_us, error);
    PreachesLink *link =
        fd >= 0 ? link_new(tls->client, fd, FALSE, address, until_us, error) : NULL;

    if (!link || strcmp(link->peer, name) == 0)
        return link;
    fail(error, address, "another name in its certificate");
    preaches_link_free(link);
    return NULL;
}

PreachesLink *preaches_link_accept(PreachesTls *tls, int fd, gint64 timeout_ms, GError **error)
{
    return link_new(tls->server, fd, TRUE, "incoming connection", deadline(timeout_ms), error);
}

const char *preaches_link_peer(const PreachesLink *link) { return link->peer; }

void preaches_link_free(PreachesLink *link)
{
    if (!link)
        return;
    SSL_free(link->ssl);
    close(link->fd);
    g_free(link->peer);
    g_free(link);
}

/* ---- frames ---- */

/* All n bytes, in or out. */
static gboolean move_all(PreachesLink *link, gboolean out, guint8 *bytes, gsize n, gint64 until_us,
                         GError **error)
{
    while (n > 0) {
        int most = (int)MIN(n, 1 << 20);
        int done = out ? SSL_write(link->ssl, bytes, most) : SSL_read(link->ssl, bytes, most);
        if (done > 0) {
            bytes += done;
            n -= (gsize)done;
        } else if (!again(link, done, until_us, link->peer, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean preaches_link_send(PreachesLink *link, PreachesFrameKind kind, const void *bytes, gsize n,
                            gint64 timeout_ms, GError **error)
{
    g_autofree guint8 *frame = g_malloc(HEAD_BYTES + n);

    g_assert(n <= PREACHES_FRAME_LIMIT);
    for (guint i = 0; i < 4; i++)
        frame[i] = (guint8)(n >> 8 * i);
    frame[4] = (guint8)kind;
    if (n > 0)
        memcpy(frame + HEAD_BYTES, bytes, n);
    return move_all(link, TRUE, frame, HEAD_BYTES + n, deadline(timeout_ms), error);
}

gboolean preaches_link_receive(PreachesLink *link, PreachesFrameKind *kind, GByteArray *body,
                               gint64 timeout_ms, GError **error)
{
    guint8 head[HEAD_BYTES];
    gsize n = 0;

    if (!move_all(link, FALSE, head, 1, deadline(timeout_ms), error) ||
        !move_all(link, FALSE, head + 1, HEAD_BYTES - 1, deadline(FRAME_MS), error))
        return FALSE;
    for (guint i = 0; i < 4; i++)
        n |= (gsize)head[i] << 8 * i;
    if (n > PREACHES_FRAME_LIMIT || head[4] < PREACHES_FRAME_HELLO || head[4] > PREACHES_FRAME_END)
        return fail(error, link->peer, "malformed frame");
    *kind = (PreachesFrameKind)head[4];
    g_byte_array_set_size(body, (guint)n);
    return move_all(link, FALSE, body->data, n, deadline(FRAME_MS), error);
}
