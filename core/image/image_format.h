/* The bytes of an image: constants and little-endian access. Private to core. FORMAT.md is the prose.
 * C11 + libc only. */
#ifndef PREACHES_IMAGE_FORMAT_H
#define PREACHES_IMAGE_FORMAT_H

#include "image.h"
#include <string.h>

#define PR_IMAGE_MAGIC "PREACHES"
enum {
    PR_IMAGE_VERSION = 5,
    PR_IMAGE_NATIVE = 1,  /* header flag: resolved for one architecture's executable */
    PR_IMAGE_DELTA = 2,   /* header flag: of the heap only what changed since the base epoch */
    PR_HEAD_TABLE = 64,   /* section table: offset, length, hash: 32 bytes each */
    PR_HEAD_HASH = 416,   /* XXH3-128 of the bytes before it */
    PR_ARCH_BYTES = 16,   /* name, padded with zeros */
    PR_META_BYTES = 48,
    PR_FRAMES_HEAD = 16, PR_FRAME_BYTES = 16, PR_VALUE_BYTES = 16,
    PR_FILES_HEAD = 16, PR_FILE_BYTES = 48,
    PR_HEAPMAP_HEAD = 16, PR_POOL_BYTES = 40, PR_COUNT_BYTES = 2,
    PR_RANGES_HEAD = 16, PR_RANGE_BYTES = 16,
    PR_EXTREFS_HEAD = 16, PR_EXTREF_BYTES = 24
};

/* A variable from this size on begins at a page in the file, and in memory where the compiler of the program
 * was told (core/cc/emit.c), so that recovery can map it. */
enum { PR_MAPPED_BYTES = 1 << 18 };

/* Declared limits: nothing larger is written, nothing larger is read. */
#define PR_MAX_DESC_BYTES (UINT64_C(1) << 28)
#define PR_MAX_FRAMES (UINT64_C(1) << 24)
#define PR_MAX_LIBC_BYTES (UINT64_C(1) << 20)
#define PR_MAX_PATH_BYTES UINT64_C(4096)
#define PR_MAX_STACK_BYTES (PR_STACK_END - PR_STACK_BASE)
#define PR_MAX_HEAP_BYTES (PR_WIDE_HEAP_END - PR_WIDE_HEAP_BASE) /* and its range in the description */

typedef struct PrExtref { /* an external reference: where it stands and what it means */
    uint32_t section;     /* FRAMES, GLOBALS, STACK or HEAP */
    uint32_t symbol;
    uint64_t offset;      /* in that section */
    uint64_t addend;      /* bytes from the symbol's start, in the image's layout */
} PrExtref;

static inline void pr_put32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}
static inline void pr_put64(uint8_t *p, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}
static inline uint32_t pr_get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
static inline uint64_t pr_get64(const uint8_t *p)
{
    return (uint64_t)pr_get32(p) | (uint64_t)pr_get32(p + 4) << 32;
}

static inline bool pr_all_zero(const uint8_t *p, uint64_t n)
{
    return n == 0 || (p[0] == 0 && memcmp(p, p + 1, (size_t)(n - 1)) == 0);
}

/* All n bytes, at that offset of the file; false: errno says why. */
bool pr_write_at(int fd, const uint8_t *bytes, uint64_t n, uint64_t offset);

static inline uint64_t pr_round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

/* Where a section of `length` bytes begins when the one before it ends at `end`. */
static inline uint64_t pr_section_start(PrSection section, uint64_t end, uint64_t length)
{
    bool mapped = (section == PR_SEC_STACK || section == PR_SEC_HEAP) && length > 0;
    bool paged = section == PR_SEC_GLOBALS && length >= PR_MAPPED_BYTES;
    return pr_round_up(end, mapped ? PR_UNIT_BYTES : paged ? PR_PAGE_BYTES : 16);
}

/* Bytes of the counts of so many slots. */
static inline uint64_t pr_counts_bytes(uint32_t n_slots)
{
    return pr_round_up((uint64_t)n_slots * PR_COUNT_BYTES, 8);
}

/* Where in the section GLOBALS a variable of `size` bytes begins when the one before it ends at `end`. */
static inline uint64_t pr_global_start(uint64_t end, uint64_t size)
{
    return pr_round_up(end, size >= PR_MAPPED_BYTES ? PR_PAGE_BYTES : 16);
}

/* Bytes of the section GLOBALS in a layout; the offset of symbol i goes to offsets[i] (may be
 * NULL). Returns UINT64_MAX when the sizes overflow. */
uint64_t pr_image_globals(const PrDesc *desc, uint32_t layout, uint64_t *offsets);

/* Reads and checks reference `i` of an open image; refuses what does not lie in its section. */
PrStatus pr_image_extref(const PrImage *image, uint64_t i, PrExtref *ref, PrError *error);
uint64_t pr_image_n_extrefs(const PrImage *image);

#endif
