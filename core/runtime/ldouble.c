/* This machine's long double <-> IEEE binary128 bits, the form in which it is saved. Bits only: no
 * arithmetic, so NaN payloads and denormals survive. */
#include "runtime.h"
#include <float.h>
#include <string.h>

#define QUAD_EXP UINT64_C(0x7fff)
#define FRAC_HI UINT64_C(0x0000ffffffffffff)
#define TOP UINT64_C(0x8000000000000000)

#if LDBL_MANT_DIG == 113

typedef struct Halves {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    uint64_t hi, lo;
#else
    uint64_t lo, hi;
#endif
} Halves;

void rt_ldouble_put(PrValue *value, long double x)
{
    Halves h;

    memcpy(&h, &x, sizeof h);
    *value = (PrValue){h.lo, h.hi};
}

PrStatus rt_ldouble_get(const PrValue *value, long double *x)
{
    Halves h = {.lo = value->lo, .hi = value->hi};

    memcpy(x, &h, sizeof h);
    return PR_OK;
}

#else

/* A finite number is significand * 2^(exp - 16383 - 63), significand with its top bit set. */
typedef struct Parts {
    bool negative;
    int32_t exp;          /* QUAD_EXP: infinity or NaN, then the fraction stands below the top bit */
    uint64_t significand; /* 0: zero */
    uint64_t rest;        /* bits behind it, from the top */
} Parts;

static void put_parts(PrValue *v, Parts p)
{
    uint64_t hi, lo;
    unsigned down;

    *v = (PrValue){0, p.negative ? TOP : 0};
    if (!p.significand && p.exp != (int32_t)QUAD_EXP)
        return;
    while (p.exp != (int32_t)QUAD_EXP && !(p.significand & TOP)) {
        p.significand <<= 1;
        p.exp--;
    }
    hi = (p.significand & ~TOP) >> 15;
    lo = p.significand << 49;
    if (p.exp >= 1) {
        v->hi |= (uint64_t)p.exp << 48 | hi;
        v->lo = lo;
        return;
    }
    hi |= UINT64_C(1) << 48; /* denormal: the leading bit becomes part of the fraction */
    down = (unsigned)(1 - p.exp);
    v->lo = down < 64 ? lo >> down | hi << (64 - down) : hi >> (down - 64);
    v->hi |= down < 64 ? hi >> down : 0;
}

static Parts get_parts(const PrValue *v)
{
    Parts p = {.negative = v->hi >> 63, .exp = (int32_t)(v->hi >> 48 & QUAD_EXP)};
    uint64_t hi = v->hi & FRAC_HI, lo = v->lo;

    if (p.exp == 0) { /* zero or denormal: normalise the 112-bit fraction */
        if (!(hi | lo))
            return p;
        p.exp = 1;
        while (!(hi >> 48)) {
            hi = hi << 1 | lo >> 63;
            lo <<= 1;
            p.exp--;
        }
        hi &= FRAC_HI;
    }
    p.significand = TOP | hi << 15 | lo >> 49;
    p.rest = lo << 15;
    if (p.exp == (int32_t)QUAD_EXP && !(hi | lo))
        p.significand = TOP, p.rest = 0;
    return p;
}

/* p's significand shifted right by `drop` bits, rounded to nearest even. May carry into bit
 * 64 - drop. */
static uint64_t round_off(const Parts *p, unsigned drop)
{
    uint64_t kept = drop < 64 ? p->significand >> drop : 0;
    uint64_t lost = drop == 0 ? p->rest : drop < 64 ? p->significand << (64 - drop)
                                        : drop == 64 ? p->significand : p->significand >> 1;
    bool sticky = drop != 0 && (p->rest || (drop > 64));

    return kept + (lost > TOP || (lost == TOP && (sticky || (kept & 1))));
}

#if LDBL_MANT_DIG == 64

enum {
#ifdef __m68k__
    MIN_EXP = 0 /* the 68881's denormals have a leading bit worth 2^-16383 */
#else
    MIN_EXP = 1
#endif
};

static void load_words(const long double *x, uint64_t *significand, uint16_t *head)
{
    const uint8_t *byte = (const uint8_t *)x;
#ifdef __m68k__
    memcpy(head, byte, 2);
    memcpy(significand, byte + 4, 8);
#else
    memcpy(significand, byte, 8);
    memcpy(head, byte + 8, 2);
#endif
}

static void store_words(long double *x, uint64_t significand, uint16_t head)
{
    uint8_t *byte = (uint8_t *)x;

    memset(x, 0, sizeof *x);
#ifdef __m68k__
    memcpy(byte, &head, 2);
    memcpy(byte + 4, &significand, 8);
#else
    memcpy(byte, &significand, 8);
    memcpy(byte + 8, &head, 2);
#endif
}

void rt_ldouble_put(PrValue *value, long double x)
{
    Parts p = {0};
    uint16_t head;

    load_words(&x, &p.significand, &head);
    p.negative = head >> 15;
    p.exp = head & 0x7fff;
    if (p.exp < MIN_EXP)
        p.exp = MIN_EXP;
    put_parts(value, p);
}

PrStatus rt_ldouble_get(const PrValue *value, long double *x)
{
    Parts p = get_parts(value);
    uint16_t sign = p.negative ? 0x8000 : 0;
    uint64_t m;

    if (p.exp == (int32_t)QUAD_EXP) {
        bool nan = (p.significand & ~TOP) || p.rest;

        m = nan && !(p.significand & ~TOP) ? p.significand | TOP >> 1 : p.significand;
#ifdef __m68k__
        m = nan ? m : 0;
#endif
        store_words(x, m, (uint16_t)(sign | QUAD_EXP));
        return PR_OK;
    }
    if (!p.significand) {
        store_words(x, 0, sign);
        return PR_OK;
    }
    m = round_off(&p, p.exp < MIN_EXP ? (unsigned)(MIN_EXP - p.exp) : 0);
    if (p.exp < MIN_EXP) {
        p.exp = m & TOP ? MIN_EXP : 0;
    } else if (!m) { /* carried out of the top */
        m = TOP;
        p.exp++;
    }
    if (p.exp >= (int32_t)QUAD_EXP)
        return PR_E_NARROW;
    store_words(x, m, (uint16_t)(sign | (uint16_t)p.exp));
    return PR_OK;
}

#else /* the same as double */

enum { DOUBLE_EXP = 0x7ff, REBIAS = 16383 - 1023 };

void rt_ldouble_put(PrValue *value, long double x)
{
    double d = (double)x;
    uint64_t bits;
    Parts p = {0};

    memcpy(&bits, &d, sizeof bits);
    p.negative = bits >> 63;
    p.exp = (int32_t)(bits >> 52 & DOUBLE_EXP);
    p.significand = (bits & ((UINT64_C(1) << 52) - 1)) << 11;
    if (p.exp == DOUBLE_EXP) {
        p.exp = (int32_t)QUAD_EXP;
    } else if (p.exp) {
        p.significand |= TOP;
        p.exp += REBIAS;
    } else {
        p.exp = 1 + REBIAS;
    }
    put_parts(value, p);
}

PrStatus rt_ldouble_get(const PrValue *value, long double *x)
{
    Parts p = get_parts(value);
    uint64_t bits = p.negative ? TOP : 0, m;
    int32_t exp = p.exp - REBIAS;
    double d;

    if (p.exp == (int32_t)QUAD_EXP) {
        m = (p.significand & ~TOP) >> 11;
        bits |= (uint64_t)DOUBLE_EXP << 52 | m;
        if (!m && ((p.significand & ~TOP) || p.rest))
            bits |= UINT64_C(1) << 51;
    } else if (p.significand) {
        m = round_off(&p, exp >= 1 ? 11 : 11 + (unsigned)(1 - exp));
        /* A carry moves into the exponent field by itself. */
        bits |= exp >= 1 ? ((uint64_t)(exp - 1) << 52) + m : m;
        if (exp >= DOUBLE_EXP || (bits >> 52 & DOUBLE_EXP) == DOUBLE_EXP)
            return PR_E_NARROW;
    }
    memcpy(&d, &bits, sizeof d);
    *x = d;
    return PR_OK;
}

#endif
#endif
