/* A working folder as one file, so that it can be propagated with a job's images (--files=copy).
 *
 *   "PRBUNDL1", then for each regular file and folder below it, folders before what is in them:
 *     u32 'FILE' or 'DIR ', u16 bytes of its path, u16 permissions, u64 size, XXH3-128 of its bytes, path, bytes
 *   at the end: u32 'END ', u16 0, u16 0, u64 how many of them there were, 16 bytes 0
 * All little-endian. Nothing in it is trusted: a path is relative, has no part "", "." or "..", and no
 * symbolic link is followed on the way to it. */
#ifndef PREACHES_AGENT_BUNDLE_H
#define PREACHES_AGENT_BUNDLE_H

#include <glib.h>

enum { PREACHES_BUNDLE_FILES = 4096, PREACHES_BUNDLE_DEPTH = 32 };

/* Writes the bundle of `dir`, durably. Symbolic links, sockets and devices are left out; a file that is
 * written meanwhile is taken as long as it is then. Refused when it would have more than `limit` bytes or
 * PREACHES_BUNDLE_FILES files. */
gboolean preaches_bundle_make(const char *dir, const char *path, guint64 limit, GError **error);
gboolean preaches_bundle_path_valid(const char *path); /* relative, and never leaves the folder */
/* Reads all of it: DAMAGED when it is not whole. */
gboolean preaches_bundle_verify(const char *path, GError **error);
/* Puts the files into `dir`, which exists. Each appears whole. `base` (NULL: none) is an earlier bundle:
 * what is the same in both is left as it stands in `dir`. */
gboolean preaches_bundle_unpack(const char *path, const char *dir, const char *base, GError **error);

#endif
