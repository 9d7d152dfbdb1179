/* Where bytes of an element go, remembered: pointers into the middle of blocks are many, the places that
 * they point to are few. Private to core/convert. C11 + libc only. */
#ifndef PREACHES_CONVERT_OFFSETS_H
#define PREACHES_CONVERT_OFFSETS_H

#include "engine.h"

#define PR_OFFSET_UNKNOWN UINT32_MAX

/* Where is written down what a pointer of `pointer_type` to byte `rest` of an element of `block` becomes, as
 * an offset in the target's element: for the first element of a block and for those behind it, since there
 * the pointer may mean the end of the one before. NULL: nowhere. */
uint32_t *pr_offsets_at(PrConv *c, uint32_t block, uint32_t pointer_type, bool first, uint64_t rest);

/* Of the pointers of `type` in `mask` (pointer i at from + i * from_stride), maps those that point into the
 * first element of a block, to where others did before; they go to to + i * to_stride. Returns the rest. */
uint64_t pr_offsets_settle(PrConv *c, uint32_t type, const uint8_t *from, uint64_t from_stride,
                           uint8_t *to, uint64_t to_stride, uint64_t mask);

void pr_offsets_free(PrConv *c);

#endif
