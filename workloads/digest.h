/* What every workload shares: a digest of its results and a random stream of its own. Both are the
 * same on every machine: they know only unsigned long long and the value of what they are given. */
#ifndef PREACHES_WORKLOADS_DIGEST_H
#define PREACHES_WORKLOADS_DIGEST_H

#include <string.h>

#define DIGEST_START 0xcbf29ce484222325ULL

/* FNV-1a over the value's eight bytes, low end first. */
static inline unsigned long long digest_add(unsigned long long digest, unsigned long long value)
{
    for (int i = 0; i < 8; i++)
        digest = (digest ^ ((value >> (8 * i)) & 0xff)) * 0x100000001b3ULL;
    return digest;
}

static inline unsigned long long digest_double(unsigned long long digest, double value)
{
    unsigned long long bits;

    memcpy(&bits, &value, sizeof bits);
    return digest_add(digest, bits);
}

static inline unsigned long long digest_text(unsigned long long digest, const char *text)
{
    while (*text)
        digest = (digest ^ (unsigned char)*text++) * 0x100000001b3ULL;
    return digest;
}

/* xorshift64*: the high half of the product, 31 bits of it. The state must not be 0. */
static inline int random_next(unsigned long long *state)
{
    unsigned long long x = *state;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return (int)((x * 0x2545f4914f6cdd1dULL) >> 33);
}

#endif
