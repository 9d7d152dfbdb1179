/* The description's blob: what writer and parser share. Private to core/layout; every number is
 * little-endian, every string an offset into the string table. README.md shows the whole. */
#ifndef PREACHES_LAYOUT_DESC_BLOB_H
#define PREACHES_LAYOUT_DESC_BLOB_H

#include "desc.h"

#define PR_DESC_MAGIC "PRDESC3" /* with its NUL: 8 bytes */

enum { /* byte offsets in the header */
    PR_DESC_AT_ID = 8,
    PR_DESC_AT_HASHED = 24, /* the id covers everything from here to the end */
    PR_DESC_AT_COUNTS = 24,
    PR_DESC_HEADER_BYTES = 24 + 4 * 15
};

enum { /* bytes of one record */
    PR_DESC_LAYOUT_BYTES = 4,
    PR_DESC_TYPE_BYTES = 36,
    PR_DESC_FIELD_BYTES = 12,
    PR_DESC_SYMBOL_BYTES = 28,
    PR_DESC_FUNC_BYTES = 24,
    PR_DESC_LOCAL_BYTES = 12,
    PR_DESC_SITE_BYTES = 20,
    PR_DESC_VAR_BYTES = 8,
    PR_DESC_ALLOC_BYTES = 12,
    PR_DESC_CHOICE_BYTES = 36,
    PR_DESC_STEP_BYTES = 4,
    PR_DESC_CASE_BYTES = 20
};

typedef struct PrDescCounts { /* in the header's order */
    uint32_t layouts, types, fields, symbols, funcs, locals, sites, vars, allocs, choices, steps,
        cases, native, reserved, string_bytes;
} PrDescCounts;

/* Limits on what is read; nothing near them is a C program. */
enum {
    PR_DESC_MAX_RECORDS = 1 << 22,
    PR_DESC_MAX_STRINGS = 1 << 28,
    PR_DESC_MAX_ALIGN = 4096,
    PR_DESC_MAX_DEPTH = 200 /* of types contained by value in one another */
};
#define PR_DESC_MAX_SIZE (UINT64_C(1) << 30) /* of one type */

/* XXH3-128 of blob[PR_DESC_AT_HASHED, bytes). */
void pr_desc_hash(const uint8_t *blob, size_t bytes, uint64_t id[2]);

/* Checks everything that does not depend on derived values, computes those (common sizes and
 * alignments, flags, classes), then checks the rest (frames, virtual addresses). */
PrStatus pr_desc_check(PrDesc *desc, PrError *error);

#endif
