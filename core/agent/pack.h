/* Images compressed, section by section, for the disk and the link. A program cannot be restarted from one: who
 * starts it unpacks the image first, byte for byte (proc.c; an agent as it arrives).
 *
 *   "PRPACK01", u32 method (1 zstd, 2 lz4), u32 0, the image's own header (432 bytes), XXH3-128 of all this;
 *   then each section's content in blocks of 1 MiB, the last one shorter:
 *     u32 kind (0 all zero: no bytes follow, 1 as it is, 2 compressed), u32 bytes, these, and XXH3-64 of
 *     all three, seeded with the block's place in the image
 * Little-endian. What stands between sections is zero, and not in here. No block crosses sections, so that
 * whatever is damaged is refused with its section's name, and what recovery looks at first can be had alone. */
#ifndef PREACHES_AGENT_PACK_H
#define PREACHES_AGENT_PACK_H

#include "proc.h"

const char *preaches_pack_name(PreachesPack method);
/* By the file's first bytes; NONE: it is not packed. */
PreachesPack preaches_packed(const char *path);

/* The image at `path`, class, native or delta, by `method` (not NONE). Its sections' hashes are not compared. */
gboolean preaches_pack(const char *path, PreachesPack method, PreachesSink sink, gpointer data, GError **error);
gboolean preaches_pack_to(const char *path, PreachesPack method, int fd, GError **error);

/* The image that was packed, into `fd` (empty, seekable; not synced, not closed); zeros become holes. With
 * PR_VERIFY_HEAD the content of GLOBALS and what follows is left out, which pr_image_open() of that kind does not
 * look at. Each block is compared with its hash before anything is made of it. `limit`: bytes of the image, at
 * most. DAMAGED: not as it was written; the section is named. */
gboolean preaches_unpack_to(const char *path, PrVerify how, guint64 limit, int fd, GError **error);
/* The file becomes the image that was packed into it; nothing happens to one that is not packed. */
gboolean preaches_unpack_here(const char *path, guint64 limit, GError **error);
/* The same into memory: a descriptor, closed on exec; -1 and error. */
int preaches_unpack_memory(const char *path, PrVerify how, GError **error);

#endif
