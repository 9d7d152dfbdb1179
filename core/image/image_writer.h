/* Streaming writer of image files: sections in order, hashed as they pass, the header last. Bytes
 * go through one buffer that callers may also fill in place. C11 + libc only. */
#ifndef PREACHES_IMAGE_WRITER_H
#define PREACHES_IMAGE_WRITER_H

#include "image_format.h"

enum { PR_WRITER_BYTES = 1 << 18, PR_WRITER_SLACK = 64 };

typedef struct PrWriter PrWriter;

/* `hook` (may be NULL) is called with "write" before each write. NULL when out of memory. */
PrWriter *pr_writer_new(int fd, void (*hook)(const char *point, uint64_t count));
void pr_writer_free(PrWriter *writer);

/* Begins a section of exactly `length` bytes, or PR_WRITER_OPEN_END when only its end will tell. */
#define PR_WRITER_OPEN_END UINT64_MAX
PrStatus pr_writer_section(PrWriter *writer, PrSection section, uint64_t length, PrError *error);
PrStatus pr_writer_bytes(PrWriter *writer, const void *bytes, uint64_t n, PrError *error);
/* The same from where they stand, without a copy: for long runs, inside a section. */
PrStatus pr_writer_direct(PrWriter *writer, const uint8_t *bytes, uint64_t n, PrError *error);
PrStatus pr_writer_zeros(PrWriter *writer, uint64_t n, PrError *error); /* may leave a hole */
/* At least `want` (<= PR_WRITER_BYTES) bytes of the buffer to fill in place, with
 * PR_WRITER_SLACK more behind *room that may be scribbled on; NULL on a write error. */
uint8_t *pr_writer_reserve(PrWriter *writer, uint64_t want, uint64_t *room, PrError *error);
void pr_writer_commit(PrWriter *writer, uint64_t n);
uint64_t pr_writer_offset(const PrWriter *writer); /* in the section */

/* Ends the last section and writes the header. `flags`: PR_IMAGE_NATIVE, PR_IMAGE_DELTA or 0. */
PrStatus pr_writer_finish(PrWriter *writer, const PrDesc *desc, uint32_t layout, uint32_t flags,
                          uint64_t *total_bytes, PrError *error);

#endif
