/* The checkpoint file. FORMAT.md beside this file gives every field with worked bytes.
 *
 * A *class image* is in one layout class's native form; its pointers to globals, functions and
 * string literals are virtual addresses and listed in the section EXTREFS. A *native image* is the
 * same with them resolved for one architecture's executable: recovery maps it as it is.
 * C11 + libc only (and xxHash's header). Nothing in a file is trusted. */
#ifndef PREACHES_IMAGE_IMAGE_H
#define PREACHES_IMAGE_IMAGE_H

#include "../convert/view.h"

typedef enum PrSection { /* in file order */
    PR_SEC_DESC,    /* the program description (schema) */
    PR_SEC_META,    /* epoch, term, polls, stack and heap sizes */
    PR_SEC_FRAMES,
    PR_SEC_FILES,
    PR_SEC_LIBC,
    PR_SEC_HEAPMAP, /* the pools */
    PR_SEC_GLOBALS, /* each DATA symbol's bytes, in the target layout, symbol order; 16-aligned, large ones
                       at pages */
    PR_SEC_STACK,   /* 64 KiB aligned in the file */
    PR_SEC_RANGES,  /* deltas: which bytes the sections HEAP and GLOBALS hold; else empty */
    PR_SEC_HEAP,    /* 64 KiB aligned in the file, memory form of [desc->heap_base, +heap_bytes) */
    PR_SEC_EXTREFS, /* where external references stand: last, as only the rest tells them */
    PR_N_SECTIONS
} PrSection;

enum { PR_HEAD_BYTES = 432 }; /* header with its own hash */

typedef struct PrRange { /* of a section of a whole image, from its start */
    uint64_t offset, bytes;
} PrRange;

typedef struct PrPacked { /* what a delta's section holds of a whole one's: ascending, disjoint */
    const PrRange *range;
    const uint64_t *at; /* where each range's bytes begin in the delta's section */
    uint64_t n;
} PrPacked;

typedef struct PrImage { /* an open image */
    int fd;              /* owned */
    const uint8_t *map;  /* whole file, read only */
    uint64_t bytes;
    bool is_native;      /* resolved for `layout`'s executable */
    uint64_t offset[PR_N_SECTIONS], length[PR_N_SECTIONS];
    PrDesc desc;         /* parsed from PR_SEC_DESC */
    bool is_delta;       /* HEAP and GLOBALS are packed: the ranges' bytes one after the other */
    PrPacked heap_ranges, global_ranges; /* deltas */
    PrView view;         /* filled by pr_image_open(); for native images pointers are native */
    void *storage;
} PrImage;

typedef enum PrVerify {
    PR_VERIFY_HEAD, /* header, schema, meta, frames, files, heap map: what recovery needs at once */
    PR_VERIFY_ALL   /* every byte of the file */
} PrVerify;

/* Opens `path`. On failure *image is zeroed and *error names section, offset and reason. */
PrStatus pr_image_open(PrImage *image, const char *path, PrVerify how, PrError *error);
/* The same for a delta, which pr_image_open() refuses; image->view.base_epoch is what it builds on. */
PrStatus pr_image_open_delta(PrImage *image, const char *path, PrVerify how, PrError *error);
/* What a header by itself says, checked as when the file is opened: length of the file, kind, offsets and lengths of
 * the sections. Nothing else of *image is filled; nothing is to be closed. */
PrStatus pr_image_table(PrImage *image, const uint8_t head[PR_HEAD_BYTES], PrError *error);
void pr_image_close(PrImage *image);
const char *pr_section_name(PrSection section);

/* Writes the resolved native image of class image `from` for layout index `layout` (of that class)
 * to `fd` (empty, seekable; not synced, not closed). `addr[i]` is symbol i's address in that
 * architecture's executable. */
PrStatus pr_image_resolve(const PrImage *from, uint32_t layout, const uint64_t *addr,
                          uint32_t n_addr, int fd, PrError *error);

/* Writes to `fd` (empty, seekable; not synced, not closed) the whole class image of `delta`'s epoch:
 * what `delta` does not hold comes from `base`, the whole class image of its base epoch. Both opened
 * with PR_VERIFY_ALL. Byte for byte what a whole checkpoint of that moment would have been, but for
 * memory that the program has allocated and not written (zero here), and pointers to blocks freed
 * since the base (poison in a whole one, the old address here). */
PrStatus pr_image_merge(const PrImage *base, const PrImage *delta, int fd, PrError *error);

#endif
