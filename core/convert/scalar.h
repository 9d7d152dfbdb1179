/* Scalars in memory: integers of any width and byte order, every format of long double.
 * Private to core/convert and to the runtime. C11 + libc only. */
#ifndef PREACHES_CONVERT_SCALAR_H
#define PREACHES_CONVERT_SCALAR_H

#include "view.h"
#include <string.h>

static inline bool pr_kind_is_integer(PrKind kind) { return kind >= PR_BOOL && kind <= PR_ULLONG; }
static inline bool pr_kind_is_signed(PrKind kind)
{
    return kind == PR_CHAR || kind == PR_SCHAR || kind == PR_SHORT || kind == PR_INT ||
           kind == PR_LONG || kind == PR_LLONG;
}
static inline bool pr_kind_is_pointer(PrKind kind) { return kind == PR_PTR || kind == PR_FPTR; }

uint64_t pr_scalar_get(const uint8_t *p, unsigned bytes, bool big_endian, bool is_signed);
void pr_scalar_put(uint8_t *p, unsigned bytes, bool big_endian, uint64_t value);

/* The same for whole words of 4 or 8 bytes, as instructions. */
static inline uint64_t pr_word_get(const uint8_t *p, unsigned bytes, bool big_endian)
{
    bool swap = big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
    uint32_t half;
    uint64_t word;
    if (bytes == 4) {
        memcpy(&half, p, 4);
        return swap ? __builtin_bswap32(half) : half;
    }
    memcpy(&word, p, 8);
    return swap ? __builtin_bswap64(word) : word;
}
static inline void pr_word_put(uint8_t *p, unsigned bytes, bool big_endian, uint64_t word)
{
    bool swap = big_endian != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
    uint32_t half = swap ? __builtin_bswap32((uint32_t)word) : (uint32_t)word;
    if (bytes == 4) {
        memcpy(p, &half, 4);
        return;
    }
    word = swap ? __builtin_bswap64(word) : word;
    memcpy(p, &word, 8);
}

/* Bit-fields of up to 64 bits at bit offset `at`, counted as PrLayout.offset counts them. Putting
 * needs bits that are zero. */
uint64_t pr_bits_get(const uint8_t *p, uint64_t at, unsigned bits, bool big_endian);
void pr_bits_put(uint8_t *p, uint64_t at, unsigned bits, bool big_endian, uint64_t value);

/* Whether the 64-bit value is one of that many bytes. */
bool pr_scalar_fits(uint64_t value, unsigned bytes, bool is_signed);
/* Of a long of PR_LIMITS: LONG_MAX and LONG_MIN become those of the other width; of an unsigned one, the last
 * PR_BELOW_ZERO values are numbers below zero. FALSE: it does not fit there, or (PR_BITS) may
 * have more bits. */
#define PR_BELOW_ZERO 65536
bool pr_limits_convert(uint64_t *value, unsigned from_bytes, unsigned to_bytes, bool is_signed, bool bits);
/* The same of all integers: `variant` is the type's PrType.count. */
bool pr_integer_convert(uint64_t *value, unsigned from_bytes, unsigned to_bytes, bool is_signed, uint64_t variant);

/* long double of `bytes` bytes in format and byte order of `arch`, to and from binary128 bits.
 * Storing rounds to nearest, ties to even; returns false when a finite value overflows. NaN
 * payloads keep as many leading bits as the format holds. Padding is written as zero. */
PrValue pr_ldouble_get(const PrArch *arch, const uint8_t *p, unsigned bytes);
bool pr_ldouble_put(const PrArch *arch, uint8_t *p, unsigned bytes, PrValue value);

#endif
