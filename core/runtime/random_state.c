/* rand, random and drand48 with glibc's sequences (stdlib/random_r.c, drand48-iter.c), on every
 * architecture the same and going on after a restore. The state lies here, not in the array that the
 * program gives to initstate(): that array's bytes would mean something else elsewhere. Its address
 * says which generator is meant. */
#define _GNU_SOURCE
#include "records.h"
#include <errno.h>
#include <string.h>

/* ---- random: additive feedback r[i] = r[i-degree] + r[i-separation], or a linear generator ---- */

enum { N_TYPES = 5, USUAL_TYPE = 3, MAX_DEGREE = 63, LEAST_BYTES = 8, USUAL_BYTES = 128 };
static const struct {
    uint32_t bytes, degree, separation; /* array size from which the type is taken */
} types[N_TYPES] = {{8, 0, 0}, {32, 7, 3}, {64, 15, 1}, {128, 31, 3}, {256, 63, 1}};

typedef struct Generator {
    uint32_t type;
    uint32_t front; /* index of r[i-degree]; r[i-separation] stands `separation` behind it */
    uint32_t state[MAX_DEGREE];
} Generator;
static Generator generators[RT_N_RANDOM]; /* number i belongs to the array in root RANDOM + i */
static uint32_t n_generators, current;    /* 0 is the one that every program begins with */

static uint32_t step(Generator *g)
{
    uint32_t degree = types[g->type].degree, rear, x;

    if (!g->type)
        return g->state[0] = (g->state[0] * 1103515245u + 12345u) & 0x7fffffff;
    rear = (g->front + degree - types[g->type].separation) % degree;
    x = g->state[g->front] += g->state[rear];
    g->front = (g->front + 1) % degree;
    return x >> 1;
}

static void seed_generator(Generator *g, unsigned seed)
{
    uint32_t degree = types[g->type].degree;
    int32_t word = seed ? (int32_t)seed : 1;

    g->state[0] = (uint32_t)word;
    for (uint32_t i = 1; i < degree; i++) {
        int32_t hi = word / 127773, lo = word % 127773;

        word = 16807 * lo - 2836 * hi;
        word += word < 0 ? 2147483647 : 0;
        g->state[i] = (uint32_t)word;
    }
    g->front = types[g->type].separation;
    for (uint32_t i = 0; i < 10 * degree; i++)
        step(g);
}

static Generator *generator(void)
{
    if (!n_generators) {
        n_generators = 1;
        generators[0].type = USUAL_TYPE;
        seed_generator(&generators[0], 1);
    }
    return &generators[current];
}

void preaches_srandom(unsigned seed) { seed_generator(generator(), seed); }
long preaches_random(void) { return (long)step(generator()); }
void preaches_srand(unsigned seed) { preaches_srandom(seed); }
int preaches_rand(void) { return (int)step(generator()); }

/* The array that stands for a generator. The first one's is made when it is asked for. */
static char *array_of(uint32_t i)
{
    char **root = rt_root(RT_ROOT_RANDOM + i);

    if (!*root && !i)
        *root = preaches_calloc(USUAL_BYTES, 1, PR_TYPE_CHAR, PR_NO_ALLOC);
    return *root;
}

static uint32_t find(const char *array)
{
    uint32_t i = 0;

    while (i < n_generators && rt_root_get(RT_ROOT_RANDOM + i) != array)
        i++;
    return i;
}

char *preaches_initstate(unsigned seed, char *array, __SIZE_TYPE__ bytes)
{
    uint32_t before, i;
    Generator *g;

    generator();
    i = find(array);
    if (!array || bytes < LEAST_BYTES || i == RT_N_RANDOM) {
        errno = i == RT_N_RANDOM ? ENOMEM : EINVAL;
        return NULL;
    }
    before = current;
    g = &generators[i];
    g->type = 0;
    while (g->type + 1 < N_TYPES && bytes >= types[g->type + 1].bytes)
        g->type++;
    seed_generator(g, seed);
    *rt_root(RT_ROOT_RANDOM + i) = array;
    n_generators = i == n_generators ? i + 1 : n_generators;
    current = i;
    return array_of(before);
}

char *preaches_setstate(char *array)
{
    uint32_t before, i;

    generator();
    i = find(array);
    if (!array || i == n_generators) {
        errno = EINVAL;
        return NULL;
    }
    before = current;
    current = i;
    return array_of(before);
}

void rt_random_save(RtOut *out)
{
    if (!n_generators)
        return;
    rt_put_number(out, n_generators, 4);
    rt_put_number(out, current, 4);
    for (uint32_t i = 0; i < n_generators; i++) {
        const Generator *g = &generators[i];

        rt_put_number(out, g->type, 4);
        rt_put_number(out, g->front, 4);
        for (uint32_t k = 0; k < (g->type ? types[g->type].degree : 1); k++)
            rt_put_number(out, g->state[k], 4);
    }
}

void rt_random_load(RtIn *in)
{
    uint64_t n = rt_get_number(in, 4);

    current = (uint32_t)rt_get_number(in, 4);
    in->bad |= !n || n > RT_N_RANDOM || current >= n;
    for (uint32_t i = 0; !in->bad && i < n; i++) {
        Generator *g = &generators[i];

        g->type = (uint32_t)rt_get_number(in, 4);
        g->front = (uint32_t)rt_get_number(in, 4);
        in->bad |= g->type >= N_TYPES || (g->type && g->front >= types[g->type].degree);
        for (uint32_t k = 0; !in->bad && k < (g->type ? types[g->type].degree : 1); k++)
            g->state[k] = (uint32_t)rt_get_number(in, 4);
    }
    n_generators = in->bad ? 0 : (uint32_t)n;
}

/* ---- drand48: x = a * x + c modulo 2^48 ---- */

#define USUAL_A UINT64_C(0x5deece66d)
#define USUAL_C UINT64_C(0xb)
#define LOW_48 ((UINT64_C(1) << 48) - 1)

typedef unsigned short Words[3];
static struct {
    uint64_t x, a, c;
    bool used;
    unsigned short *before; /* what seed48() hands out: a block of the arena */
} linear = {0, USUAL_A, USUAL_C, false, NULL};

static uint64_t from_words(const unsigned short *w)
{
    return w[0] | (uint64_t)w[1] << 16 | (uint64_t)w[2] << 32;
}

static uint64_t next_own(void)
{
    linear.used = true;
    return linear.x = (linear.a * linear.x + linear.c) & LOW_48;
}

static uint64_t next_of(unsigned short *w)
{
    uint64_t x = (linear.a * from_words(w) + linear.c) & LOW_48;

    for (unsigned i = 0; i < 3; i++)
        w[i] = (unsigned short)(x >> (16 * i));
    return x;
}

static double as_double(uint64_t x) { return (double)x / (double)(UINT64_C(1) << 48); }
static long as_positive(uint64_t x) { return (long)(x >> 17); }
static long as_signed(uint64_t x) { return (long)(int32_t)(uint32_t)(x >> 16); }

double preaches_drand48(void) { return as_double(next_own()); }
long preaches_lrand48(void) { return as_positive(next_own()); }
long preaches_mrand48(void) { return as_signed(next_own()); }
double preaches_erand48(unsigned short *w) { return as_double(next_of(w)); }
long preaches_nrand48(unsigned short *w) { return as_positive(next_of(w)); }
long preaches_jrand48(unsigned short *w) { return as_signed(next_of(w)); }

static void set_linear(uint64_t x, uint64_t a, uint64_t c)
{
    linear.x = x & LOW_48;
    linear.a = a;
    linear.c = c;
    linear.used = true;
}

void preaches_srand48(long seed)
{
    set_linear(((uint64_t)seed & 0xffffffff) << 16 | 0x330e, USUAL_A, USUAL_C);
}

void preaches_lcong48(unsigned short *p) { set_linear(from_words(p), from_words(p + 3), p[6]); }

unsigned short *preaches_seed48(unsigned short *w, unsigned type, unsigned site)
{
    uint64_t old = linear.x;

    if (!linear.before)
        linear.before = preaches_calloc(3, sizeof(unsigned short), type, site);
    for (unsigned i = 0; linear.before && i < 3; i++)
        linear.before[i] = (unsigned short)(old >> (16 * i));
    set_linear(from_words(w), USUAL_A, USUAL_C);
    return linear.before;
}

void rt_drand48_save(RtOut *out)
{
    if (!linear.used)
        return;
    rt_put_number(out, linear.x, 8);
    rt_put_number(out, linear.a, 8);
    rt_put_number(out, linear.c, 8);
    rt_put_number(out, (uintptr_t)linear.before, 8);
}

void rt_drand48_load(RtIn *in)
{
    linear.x = rt_get_number(in, 8);
    linear.a = rt_get_number(in, 8);
    linear.c = rt_get_number(in, 8);
    linear.before = rt_get_block(in);
    linear.used = true;
}
