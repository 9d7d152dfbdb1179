/* What the writing and the reading side of a spool share. Private to core/agent. */
#ifndef PREACHES_AGENT_SPOOL_H
#define PREACHES_AGENT_SPOOL_H

#include "proc.h"

#define COMMIT_FILE "commit"
#define REFUSED_SUFFIX ".refused" /* ARCH.refused: why an epoch has no image for it */

typedef struct PreachesHash { /* XXH3-128, hexadecimal */
    char text[33];
} PreachesHash;
PreachesHash preaches_hash_bytes(const void *bytes, gsize n_bytes);
gboolean preaches_hash_file(const char *path, guint64 *n_bytes, PreachesHash *hash, GError **error);

/* Each sets *error and returns FALSE. */
gboolean preaches_fail_errno(GError **error, const char *path);
gboolean preaches_fail_damaged(GError **error, const char *path, const char *why);

/* All n bytes; FALSE: fewer could be had (errno says why, 0: the end) or put. */
gboolean preaches_read_all(int fd, void *to, gsize n);
gboolean preaches_write_all(int fd, const void *from, gsize n);

/* A PreachesSink (proc.h): all of it into `data`, a PreachesFile. */
typedef struct PreachesFile {
    const char *path; /* for errors */
    int fd;
} PreachesFile;
gboolean preaches_to_file(const guint8 *bytes, gsize n, gpointer data, GError **error);

gboolean preaches_sync(const char *path, GError **error); /* a file, or a folder's entries */

/* Opens and verifies an image and checks that it is of that kind and epoch (0: any). */
gboolean preaches_open_image(PrImage *image, const char *path, PrVerify how, gboolean native,
                             guint64 epoch, GError **error);

#endif
