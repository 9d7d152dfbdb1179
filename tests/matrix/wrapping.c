/* Numbers that wrap alike on all machines: those of a fixed width, and a long of which only low bits count. */
#include <stdint.h>
#include <stdio.h>

static uint32_t fnv(const char *s)
{
    uint32_t h = 2166136261u;
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 16777619u;
    return h;
}

static uint64_t xorshift(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

static unsigned long masked_hash(const char *s)
{
    unsigned long h = 5381;
    while (*s)
        h = (h * 33 + (unsigned char)*s++) & 0xffffffffUL;
    return h;
}

static unsigned hash_in_int(const char *s) /* an int overflows alike everywhere, though C leaves it open */
{
    int h = 0;
    while (*s)
        h = h * 31 + *s++;
    return (unsigned)h;
}

/* Random numbers of the old kind: a signed long, and the low bits of a product that it could not hold. */
static long seed = 42;
static int random15(void)
{
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return (int)(seed >> 16 & 0x7fff);
}

static unsigned long state[8];
static unsigned long twist(int i) /* masked by the statement that follows */
{
    unsigned long last = state[(i + 7) % 8];
    state[i] = 1812433253UL * (last ^ (last >> 30)) + (unsigned long)i;
    state[i] &= 0xffffffffUL;
    return state[i];
}

static long checksum(long sum, int by)
{
    sum = sum * 1664525 + by;
    sum &= 0xffffff;
    return sum;
}

static unsigned long number(const char *digits) /* grows, but is not meant to wrap */
{
    unsigned long n = 0;
    while (*digits)
        n = n * 10 + (unsigned long)(*digits++ - '0');
    return n;
}

int main(void)
{
    uint64_t random64 = 88172645463325252u;
    long sum = 1;
    state[7] = 5489;
    for (int i = 0; i < 60; i++) {
        char word[24];
        snprintf(word, sizeof word, "identifier_%d", i);
        sum = checksum(sum, i);
        printf("%u %llu %lu %u %d %lu %ld %lu\n", (unsigned)(fnv(word) % 1009),
               (unsigned long long)(xorshift(&random64) % 1000003), masked_hash(word) % 1009,
               hash_in_int(word) % 1009, random15(), twist(i % 8) % 1009, sum, number(word + 11));
    }
    return 0;
}
