/* See scalar.h. A long double passes through one unpacked form, sign × mant × 2^exp with a 128-bit
 * mantissa, from which each format rounds; formats are rows of a table. */
#include "scalar.h"
#include <string.h>

uint64_t pr_scalar_get(const uint8_t *p, unsigned bytes, bool big_endian, bool is_signed)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | p[big_endian ? i : bytes - 1 - i];
    if (is_signed && bytes > 0 && bytes < 8 && value >> (8 * bytes - 1))
        value |= ~UINT64_C(0) << (8 * bytes);
    return value;
}

void pr_scalar_put(uint8_t *p, unsigned bytes, bool big_endian, uint64_t value)
{
    for (unsigned i = 0; i < bytes; i++)
        p[big_endian ? bytes - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

/* By the bytes that the field touches: at most nine. */
uint64_t pr_bits_get(const uint8_t *p, uint64_t at, unsigned bits, bool big_endian)
{
    uint64_t value = 0;
    for (unsigned done = 0; done < bits;) {
        uint64_t bit = at + done;
        unsigned in = (unsigned)(bit % 8), n = 8 - in < bits - done ? 8 - in : bits - done;
        uint64_t part = big_endian ? p[bit / 8] >> (8 - in - n) : p[bit / 8] >> in;
        part &= (1U << n) - 1;
        value = big_endian ? (n < 64 ? value << n : 0) | part : value | part << done;
        done += n;
    }
    return value;
}

void pr_bits_put(uint8_t *p, uint64_t at, unsigned bits, bool big_endian, uint64_t value)
{
    for (unsigned done = 0; done < bits;) {
        uint64_t bit = at + done;
        unsigned in = (unsigned)(bit % 8), n = 8 - in < bits - done ? 8 - in : bits - done;
        uint64_t part = big_endian ? value >> (bits - done - n) : value >> done;
        part &= (1U << n) - 1;
        p[bit / 8] |= (uint8_t)(part << (big_endian ? 8 - in - n : in));
        done += n;
    }
}

bool pr_scalar_fits(uint64_t value, unsigned bytes, bool is_signed)
{
    if (bytes >= 8)
        return true;
    uint64_t top = value >> (8 * bytes - (is_signed ? 1 : 0));
    return top == 0 || (is_signed && top == ~UINT64_C(0) >> (8 * bytes - 1));
}

static bool signed_limits(uint64_t *value, unsigned from_bytes, unsigned to_bytes)
{
    uint64_t most = UINT64_MAX >> (65 - 8 * from_bytes), there = UINT64_MAX >> (65 - 8 * to_bytes);
    if (*value == most)
        *value = there;
    else if (*value == ~most)
        *value = ~there;
    else
        return to_bytes > from_bytes || (*value != there && *value != ~there && pr_scalar_fits(*value, to_bytes, true));
    return true;
}

static bool unsigned_limits(uint64_t *value, unsigned from_bytes, unsigned to_bytes, bool bits)
{
    uint64_t all = UINT64_MAX >> (64 - 8 * from_bytes), there = UINT64_MAX >> (64 - 8 * to_bytes);
    if (*value > all - PR_BELOW_ZERO)
        *value = there - (all - *value);
    else if (to_bytes > from_bytes)
        return !bits || *value <= all / 2;
    else
        return *value <= there - PR_BELOW_ZERO;
    return true;
}

bool pr_limits_convert(uint64_t *value, unsigned from_bytes, unsigned to_bytes, bool is_signed, bool bits)
{
    if (from_bytes == to_bytes)
        return true;
    return is_signed ? signed_limits(value, from_bytes, to_bytes) : unsigned_limits(value, from_bytes, to_bytes, bits);
}

bool pr_integer_convert(uint64_t *value, unsigned from_bytes, unsigned to_bytes, bool is_signed, uint64_t variant)
{
    return variant & PR_LIMITS ? pr_limits_convert(value, from_bytes, to_bytes, is_signed, variant == PR_BITS)
                  : pr_scalar_fits(*value, to_bytes, is_signed);
}

/* ---- 128-bit helpers; the compilers of 32-bit machines have no __int128 ---- */
typedef struct U128 {
    uint64_t hi, lo;
} U128;

static U128 shl(U128 v, unsigned n)
{
    if (n >= 128)
        return (U128){0, 0};
    if (n >= 64)
        return (U128){v.lo << (n - 64), 0};
    return n == 0 ? v : (U128){v.hi << n | v.lo >> (64 - n), v.lo << n};
}

static U128 shr(U128 v, unsigned n)
{
    if (n >= 128)
        return (U128){0, 0};
    if (n >= 64)
        return (U128){0, v.hi >> (n - 64)};
    return n == 0 ? v : (U128){v.hi >> n, v.lo >> n | v.hi << (64 - n)};
}

static bool is_zero(U128 v) { return !(v.hi | v.lo); }

static U128 add(U128 a, U128 b)
{
    U128 sum = {a.hi + b.hi, a.lo + b.lo};
    sum.hi += sum.lo < a.lo;
    return sum;
}

static U128 sub(U128 a, U128 b)
{
    return (U128){a.hi - b.hi - (a.lo < b.lo), a.lo - b.lo};
}

/* Right shift that keeps whether anything was lost in the last bit ("sticky"). */
static U128 shr_sticky(U128 v, unsigned n)
{
    U128 r = shr(v, n);
    U128 back = n >= 128 ? (U128){0, 0} : shl(r, n);
    if (back.hi != v.hi || back.lo != v.lo)
        r.lo |= 1;
    return r;
}

static U128 mask_high(unsigned bits) /* the upper `bits` bits */
{
    return bits == 0 ? (U128){0, 0} : shl((U128){~UINT64_C(0), ~UINT64_C(0)}, 128 - bits);
}

/* ---- the unpacked number ---- */
typedef enum Class { ZERO, FINITE, INFINITE, NOT_A_NUMBER } Class;
typedef struct Number {
    Class cls;
    bool negative;
    int exp;   /* FINITE: value = mant / 2^127 * 2^exp, bit 127 of mant set */
    U128 mant; /* NaN: payload behind the leading bit, aligned at the top */
} Number;

typedef struct Format {
    unsigned precision; /* bits of the significand, the leading one included */
    int emin, emax;     /* of normal numbers */
} Format;
static const Format f64 = {53, -1022, 1023}, fx87 = {64, -16382, 16383},
                    fm68k = {64, -16383, 16383}, f128 = {113, -16382, 16383};

static Number normalised(bool negative, U128 mant, int exp)
{
    Number n = {FINITE, negative, exp, mant};
    if (is_zero(mant))
        n.cls = ZERO;
    while (n.cls == FINITE && !(n.mant.hi >> 63)) {
        n.mant = shl(n.mant, 1);
        n.exp--;
    }
    return n;
}

/* Rounds to the format. Returns the significand's integer (leading bit at precision - 1, or below
 * for a subnormal) and its exponent: *exp is emin for subnormals too. False: overflow. */
static bool round_to(const Number *n, const Format *f, U128 *integer, int *exp)
{
    unsigned drop = 128 - f->precision;
    U128 mant = n->mant;
    *exp = n->exp;
    if (*exp < f->emin) { /* subnormal: one position fewer per missing exponent */
        unsigned more = f->emin - *exp > 200 ? 200U : (unsigned)(f->emin - *exp);
        mant = shr_sticky(mant, more);
        *exp = f->emin;
    }
    U128 kept = shr(mant, drop), rest = sub(mant, shl(kept, drop));
    U128 half = shl((U128){0, 1}, drop - 1);
    bool above = rest.hi > half.hi || (rest.hi == half.hi && rest.lo > half.lo);
    bool tie = rest.hi == half.hi && rest.lo == half.lo;
    if (above || (tie && (kept.lo & 1)))
        kept = add(kept, (U128){0, 1});
    if (!is_zero(shr(kept, f->precision))) {
        kept = shr(kept, 1);
        ++*exp;
    }
    *integer = kept;
    return *exp <= f->emax;
}

/* ---- IEEE interchange formats: exponent and fraction, without the leading bit ---- */
static Number ieee_unpack(bool negative, unsigned biased, unsigned top, U128 fraction,
                          const Format *f)
{
    U128 high = shl(fraction, 128 - (f->precision - 1)); /* fraction, aligned at the top */
    if (biased == top)
        return (Number){is_zero(high) ? INFINITE : NOT_A_NUMBER, negative, 0, high};
    U128 mant = shr(high, 1);
    if (biased == 0)
        return normalised(negative, mant, f->emin);
    mant.hi |= UINT64_C(1) << 63;
    return (Number){FINITE, negative, (int)biased - f->emax, mant};
}

/* A payload cut to the format; a NaN never becomes infinity. */
static U128 payload(const Number *n, unsigned bits)
{
    U128 fraction = n->mant, mask = mask_high(bits);
    fraction.hi &= mask.hi;
    fraction.lo &= mask.lo;
    if (is_zero(fraction))
        fraction.hi = UINT64_C(1) << 63;
    return shr(fraction, 128 - bits);
}

static bool ieee_pack(const Number *n, const Format *f, unsigned top, unsigned *biased,
                      U128 *fraction)
{
    *biased = n->cls == ZERO ? 0 : top;
    *fraction = (U128){0, 0};
    if (n->cls == NOT_A_NUMBER)
        *fraction = payload(n, f->precision - 1);
    if (n->cls != FINITE)
        return true;
    int exp;
    if (!round_to(n, f, fraction, &exp))
        return false;
    U128 lead = shl((U128){0, 1}, f->precision - 1);
    bool normal = (fraction->hi & lead.hi) || (fraction->lo & lead.lo);
    *biased = normal ? (unsigned)(exp + f->emax) : 0;
    if (normal)
        *fraction = sub(*fraction, lead);
    return true;
}

static Number quad_unpack(PrValue v)
{
    return ieee_unpack(v.hi >> 63, (unsigned)(v.hi >> 48 & 0x7fff), 0x7fff,
                       (U128){v.hi & 0xffffffffffff, v.lo}, &f128);
}

static PrValue quad_pack(const Number *n)
{
    unsigned biased;
    U128 fraction;
    ieee_pack(n, &f128, 0x7fff, &biased, &fraction); /* the widest: cannot overflow */
    return (PrValue){fraction.lo, fraction.hi | (uint64_t)biased << 48 |
                                      (uint64_t)n->negative << 63};
}

static Number double_unpack(uint64_t bits)
{
    return ieee_unpack(bits >> 63, (unsigned)(bits >> 52 & 0x7ff), 0x7ff,
                       (U128){0, bits & 0xfffffffffffff}, &f64);
}

static bool double_pack(const Number *n, uint64_t *bits)
{
    unsigned biased;
    U128 fraction;
    if (!ieee_pack(n, &f64, 0x7ff, &biased, &fraction))
        return false;
    *bits = fraction.lo | (uint64_t)biased << 52 | (uint64_t)n->negative << 63;
    return true;
}

/* ---- extended formats: the leading bit is stored ---- */
static Number extended_unpack(unsigned sign_exp, uint64_t mant, bool m68k)
{
    bool negative = sign_exp >> 15;
    unsigned biased = sign_exp & 0x7fff;
    if (biased == 0x7fff) {
        U128 fraction = {mant << 1, 0};
        return (Number){fraction.hi ? NOT_A_NUMBER : INFINITE, negative, 0, fraction};
    }
    /* The x87 takes a leading bit of 0 with an exponent as invalid, the 68881 normalises it. */
    if (!m68k && biased != 0 && !(mant >> 63))
        return (Number){NOT_A_NUMBER, true, 0, {UINT64_C(1) << 63, 0}};
    int exp = biased == 0 ? (m68k ? fm68k.emin : fx87.emin) : (int)biased - 16383;
    return normalised(negative, (U128){mant, 0}, exp);
}

static bool extended_pack(const Number *n, bool m68k, unsigned *sign_exp, uint64_t *mant)
{
    const Format *f = m68k ? &fm68k : &fx87;
    unsigned biased = n->cls == ZERO ? 0 : 0x7fff;
    *mant = 0;
    if (n->cls == INFINITE && !m68k)
        *mant = UINT64_C(1) << 63; /* the 68881 ignores it and stores 0 */
    if (n->cls == NOT_A_NUMBER)
        *mant = UINT64_C(1) << 63 | payload(n, 63).lo;
    if (n->cls == FINITE) {
        U128 integer;
        int exp;
        if (!round_to(n, f, &integer, &exp))
            return false;
        *mant = integer.lo;
        bool normal = integer.lo >> 63;
        biased = normal ? (unsigned)(exp + 16383) : 0;
    }
    *sign_exp = biased | (unsigned)n->negative << 15;
    return true;
}

/* ---- pair of doubles: the first is the sum rounded to double ---- */
static Number pair_unpack(uint64_t first, uint64_t second)
{
    Number a = double_unpack(first), b = double_unpack(second);
    if (a.cls != FINITE || b.cls != FINITE)
        return a;
    U128 high = shr(a.mant, 1);
    int gap = a.exp - b.exp;
    U128 low = shr_sticky(b.mant, gap < 0 ? 1U : gap > 200 ? 201U : (unsigned)gap + 1);
    high = a.negative == b.negative ? add(high, low) : sub(high, low);
    return normalised(a.negative, high, a.exp + 1);
}

static bool pair_pack(const Number *n, uint64_t *first, uint64_t *second)
{
    *second = 0;
    if (!double_pack(n, first))
        return false;
    if (n->cls != FINITE)
        return true;
    Number a = double_unpack(*first);
    if (a.cls != FINITE) /* underflow to zero */
        return true;
    /* remainder = n - a; a's exponent is n's or one more after rounding up. */
    U128 whole = shr(n->mant, 1), head = a.exp > n->exp ? a.mant : shr(a.mant, 1);
    bool below = whole.hi < head.hi || (whole.hi == head.hi && whole.lo < head.lo);
    U128 rest = below ? sub(head, whole) : sub(whole, head);
    Number b = normalised(below != n->negative, rest, n->exp + 1);
    return is_zero(rest) || double_pack(&b, second);
}

PrValue pr_ldouble_get(const PrArch *arch, const uint8_t *p, unsigned bytes)
{
    bool be = arch->big_endian;
    Number n = {ZERO, false, 0, {0, 0}};
    switch (arch->ldbl) {
    case PR_LDBL_X87:
        n = extended_unpack((unsigned)pr_scalar_get(p + 8, 2, false, false),
                            pr_scalar_get(p, 8, false, false), false);
        break;
    case PR_LDBL_M68K:
        n = extended_unpack((unsigned)pr_scalar_get(p, 2, true, false),
                            pr_scalar_get(p + 4, 8, true, false), true);
        break;
    case PR_LDBL_QUAD:
        return be ? (PrValue){pr_scalar_get(p + 8, 8, be, false), pr_scalar_get(p, 8, be, false)}
                  : (PrValue){pr_scalar_get(p, 8, be, false), pr_scalar_get(p + 8, 8, be, false)};
    case PR_LDBL_DOUBLE:
        n = double_unpack(pr_scalar_get(p, 8, be, false));
        break;
    case PR_LDBL_IBM:
        n = pair_unpack(pr_scalar_get(p, 8, be, false), pr_scalar_get(p + 8, 8, be, false));
        break;
    }
    (void)bytes;
    return quad_pack(&n);
}

bool pr_ldouble_put(const PrArch *arch, uint8_t *p, unsigned bytes, PrValue value)
{
    bool be = arch->big_endian, ok = true;
    Number n = quad_unpack(value);
    unsigned sign_exp = 0;
    uint64_t first = 0, second = 0;
    memset(p, 0, bytes);
    switch (arch->ldbl) {
    case PR_LDBL_X87:
        ok = extended_pack(&n, false, &sign_exp, &first);
        pr_scalar_put(p, 8, false, first);
        pr_scalar_put(p + 8, 2, false, sign_exp);
        break;
    case PR_LDBL_M68K:
        ok = extended_pack(&n, true, &sign_exp, &first);
        pr_scalar_put(p, 2, true, sign_exp);
        pr_scalar_put(p + 4, 8, true, first);
        break;
    case PR_LDBL_QUAD:
        pr_scalar_put(p, 8, be, be ? value.hi : value.lo);
        pr_scalar_put(p + 8, 8, be, be ? value.lo : value.hi);
        break;
    case PR_LDBL_DOUBLE:
        ok = double_pack(&n, &first);
        pr_scalar_put(p, 8, be, first);
        break;
    case PR_LDBL_IBM:
        ok = pair_pack(&n, &first, &second);
        pr_scalar_put(p, 8, be, first);
        pr_scalar_put(p + 8, 8, be, second);
        break;
    }
    return ok;
}
