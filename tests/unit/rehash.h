/* Makes every hash of an image fit its bytes again, so that only the checks behind them are left. */
#ifndef PREACHES_TESTS_REHASH_H
#define PREACHES_TESTS_REHASH_H

#define XXH_INLINE_ALL
#include "core/image/image_format.h"
#include <xxhash.h>

/* The section table has to be that of `data`. */
static void rehash(uint8_t *data)
{
    for (unsigned i = 0; i < PR_N_SECTIONS; i++) {
        uint8_t *row = data + PR_HEAD_TABLE + 32 * i;
        XXH128_hash_t h = XXH3_128bits(data + pr_get64(row), (size_t)pr_get64(row + 8));
        pr_put64(row + 16, h.low64);
        pr_put64(row + 24, h.high64);
    }
    XXH128_hash_t h = XXH3_128bits(data, PR_HEAD_HASH);
    pr_put64(data + PR_HEAD_HASH, h.low64);
    pr_put64(data + PR_HEAD_HASH + 8, h.high64);
}

#endif
