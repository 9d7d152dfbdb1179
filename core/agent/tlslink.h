/* Connections between agents: TLS 1.3, both sides with a certificate of the same authority, frames
 * with a limit. Blocking with deadlines; one thread a link. */
#ifndef PREACHES_AGENT_TLSLINK_H
#define PREACHES_AGENT_TLSLINK_H

#include <glib.h>

enum { PREACHES_FRAME_LIMIT = 1 << 18 }; /* bytes of a frame's body */

typedef enum PreachesFrameKind {
    PREACHES_FRAME_HELLO = 1, /* u32 node, u64 incarnation, architecture's name */
    PREACHES_FRAME_MESSAGE,   /* of core/protocol */
    PREACHES_FRAME_GET,       /* text: what is wanted */
    PREACHES_FRAME_DATA,
    PREACHES_FRAME_END        /* of the data; one byte: 1 whole */
} PreachesFrameKind;

typedef struct PreachesTls PreachesTls; /* thread-safe */
typedef struct PreachesLink PreachesLink;

/* KEYS/ca.crt, KEYS/NAME.crt, KEYS/NAME.key. */
PreachesTls *preaches_tls_new(const char *keys, const char *name, GError **error);
void preaches_tls_free(PreachesTls *tls);

/* "127.0.0.1:7001" or "[::1]:7001". The peer's certificate must be NAME's. */
PreachesLink *preaches_link_dial(PreachesTls *tls, const char *address, const char *name,
                                 gint64 timeout_ms, GError **error);
/* Takes the descriptor; the handshake must be over in time, whatever trickles in. */
PreachesLink *preaches_link_accept(PreachesTls *tls, int fd, gint64 timeout_ms, GError **error);
/* Name in the peer's verified certificate. */
const char *preaches_link_peer(const PreachesLink *link);
gboolean preaches_link_send(PreachesLink *link, PreachesFrameKind kind, const void *bytes, gsize n,
                            gint64 timeout_ms, GError **error);
/* timeout_ms < 0: for ever, but once a frame has begun it must be over within ten seconds. */
gboolean preaches_link_receive(PreachesLink *link, PreachesFrameKind *kind, GByteArray *body,
                               gint64 timeout_ms, GError **error);
void preaches_link_free(PreachesLink *link); /* NULL allowed */
/* A listening socket; -1 on error. */
int preaches_listen(const char *address, GError **error);

#endif
