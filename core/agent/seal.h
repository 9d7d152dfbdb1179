/* Files encrypted at rest: AES-256-GCM in chunks, so that they can be streamed, and so that no chunk can be
 * changed, left out, moved or taken from another file without being noticed.
 *
 *   "PRSEAL01", u32 bytes of a chunk, u16 bytes of the name, u16 0, u64 bytes of the content, 32 bytes salt, name;
 *   then each chunk's ciphertext and its tag of 16 bytes
 * Little-endian. The file's own key is HKDF-SHA256 (RFC 5869) of the spool's key and the salt; the nonce is the
 * chunk's number; the whole head is authenticated with each chunk. The name says where the file belongs, so that
 * an older one cannot be put in its place. */
#ifndef PREACHES_AGENT_SEAL_H
#define PREACHES_AGENT_SEAL_H

#include "proc.h"

#define PREACHES_SEALED_SUFFIX ".sealed"

typedef struct PreachesSealKey {
    guint8 bytes[32];
} PreachesSealKey;

/* A new key into a file (0600, hexadecimal); refuses to overwrite. */
gboolean preaches_seal_key_make(const char *path, GError **error);
/* Refused when others may read the file. */
gboolean preaches_seal_key_load(PreachesSealKey *key, const char *path, GError **error);
gboolean preaches_is_sealed(const char *path); /* by its first bytes */

/* `from`, encrypted, becomes `to`, durably and under that name only when it is whole. */
gboolean preaches_seal(const PreachesSealKey *key, const char *from, const char *to, const char *name, GError **error);
/* The content, piece by piece, each authenticated before it is handed on; what came before an error is not
 * to be used. `name`: what the file must say it is, NULL: anything. DAMAGED: tampered with, or another key. */
gboolean preaches_unseal(const PreachesSealKey *key, const char *path, const char *name, PreachesSink sink,
                         gpointer data, GError **error);
gboolean preaches_unseal_to(const PreachesSealKey *key, const char *path, const char *name, int fd, GError **error);

#endif
