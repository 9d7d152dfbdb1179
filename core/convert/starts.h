/* Which pointers are to the start of a live block. Most are, and a block has one address on all machines:
 * such a pointer is moved with the data around it, and only has to be looked at here. Private to
 * core/convert (and its tests). C11 + libc only. */
#ifndef PREACHES_CONVERT_STARTS_H
#define PREACHES_CONVERT_STARTS_H

#include "engine.h"

enum { PR_BATCH = 64 }; /* pointers looked at together */

/* Bit i of the result: pointer i of the n (1..PR_BATCH) of data pointer type `type`, in the source at every stride
 * from `from`, `each` (1 or 2) side by side, needs pr_conv_pointer(). The others are NULL or the start of a block
 * that they may point to, and have the same value in the target. */
uint64_t pr_starts_unsettled(PrConv *c, uint32_t type, const uint8_t *from, uint64_t stride, uint32_t each,
                             uint32_t n);

void pr_starts_free(PrConv *c);

#endif
