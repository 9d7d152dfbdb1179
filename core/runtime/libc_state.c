/* State of library functions that a program would lose: rand's generator, and getenv's answers.
 *
 * Saved as records {u32 tag, u32 bytes, bytes...}, all little endian:
 *   RAND    u32 front, u32 state[31]
 *   ENV     u64 address of the block handed out, name with its NUL
 *   ERRNO   name ("ERANGE") with its NUL
 *   MISFIT  u32 first unit of a pool whose blocks do not fit their type
 */
#define _GNU_SOURCE
#include "runtime.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TAG_RAND = 1, TAG_ENV = 2, TAG_MISFIT = 3, TAG_ERRNO = 4 };

/* ---- rand: glibc's additive feedback generator r[i] = r[i-31] + r[i-3] ---- */

enum { DEGREE = 31, SEPARATION = 3, DISCARD = 10 * DEGREE };
static uint32_t state[DEGREE];
static uint32_t front = SEPARATION; /* index of r[i-31]; r[i-3] stands SEPARATION behind it */
static bool seeded;

static uint32_t rand_step(void)
{
    uint32_t rear = (front + DEGREE - SEPARATION) % DEGREE, x;

    x = state[front] += state[rear];
    front = (front + 1) % DEGREE;
    return x >> 1;
}

void preaches_srand(unsigned seed)
{
    int32_t word = seed ? (int32_t)seed : 1;

    state[0] = (uint32_t)word;
    for (int i = 1; i < DEGREE; i++) {
        int32_t hi = word / 127773, lo = word % 127773;

        word = 16807 * lo - 2836 * hi;
        word += word < 0 ? 2147483647 : 0;
        state[i] = (uint32_t)word;
    }
    front = SEPARATION;
    seeded = true;
    for (int i = 0; i < DISCARD; i++)
        rand_step();
}

int preaches_rand(void)
{
    if (!seeded)
        preaches_srand(1);
    return (int)rand_step();
}

/* ---- strings handed out ---- */

char *preaches_strdup(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = preaches_malloc(bytes, PR_TYPE_CHAR, PR_NO_ALLOC);

    return copy ? memcpy(copy, text, bytes) : NULL;
}

typedef struct Variable {
    struct Variable *next;
    char *value;   /* block in the arena */
    bool restored; /* value of the environment in which the program began */
    char name[];
} Variable;
static Variable *variables;

static Variable *variable_add(const char *name, char *value)
{
    size_t bytes = strlen(name) + 1;
    Variable *v = malloc(sizeof *v + bytes);

    if (!v)
        return NULL;
    v->value = value;
    v->restored = false;
    memcpy(v->name, name, bytes);
    v->next = variables;
    return variables = v;
}

char *preaches_getenv(const char *name)
{
    const char *value = getenv(name);
    Variable *v = variables;
    char *copy;

    while (v && strcmp(v->name, name))
        v = v->next;
    if (v && (v->restored || (value && !strcmp(v->value, value))))
        return v->value;
    copy = value ? preaches_strdup(value) : NULL;
    if (copy && !v)
        variable_add(name, copy);
    else if (copy)
        v->value = copy;
    return copy;
}

/* ---- errno ---- */

static int noted_errno;

void rt_libc_note_errno(int code) { noted_errno = code; }
void rt_libc_put_errno(void) { errno = noted_errno; }

static bool load_errno(const uint8_t *at, uint32_t bytes)
{
    enum { LAST = 4095 };
    const char *name;

    for (int code = 1; code <= LAST; code++) {
        name = strerrorname_np(code);
        if (name && strlen(name) + 1 == bytes && !memcmp(name, at, bytes)) {
            noted_errno = code;
            return true;
        }
    }
    noted_errno = EINVAL; /* unknown here: at least not zero */
    return bytes && !at[bytes - 1];
}

/* ---- records ---- */

typedef struct Out {
    uint8_t *bytes;
    size_t n, max;
    bool failed;
} Out;

static void put(Out *out, const void *from, size_t n)
{
    size_t max = out->max ? out->max : 1024;
    uint8_t *grown;

    while (max < out->n + n)
        max *= 2;
    if (max > out->max) {
        grown = realloc(out->bytes, max);
        if (!grown) {
            out->failed = true;
            return;
        }
        out->bytes = grown;
        out->max = max;
    }
    memcpy(out->bytes + out->n, from, n);
    out->n += n;
}

static void put_number(Out *out, uint64_t x, size_t bytes)
{
    uint8_t le[8];

    for (size_t i = 0; i < bytes; i++)
        le[i] = (uint8_t)(x >> (8 * i));
    put(out, le, bytes);
}

static uint64_t get_number(const uint8_t *at, size_t bytes)
{
    uint64_t x = 0;

    for (size_t i = bytes; i-- > 0;)
        x = x << 8 | at[i];
    return x;
}

PrStatus rt_libc_save(uint8_t **bytes, uint64_t *n)
{
    Out out = {0};
    const char *name;

    if (seeded) {
        put_number(&out, TAG_RAND, 4);
        put_number(&out, 4 + 4 * DEGREE, 4);
        put_number(&out, front, 4);
        for (int i = 0; i < DEGREE; i++)
            put_number(&out, state[i], 4);
    }
    if (noted_errno && (name = strerrorname_np(noted_errno))) {
        put_number(&out, TAG_ERRNO, 4);
        put_number(&out, strlen(name) + 1, 4);
        put(&out, name, strlen(name) + 1);
    }
    for (const Variable *v = variables; v; v = v->next) {
        put_number(&out, TAG_ENV, 4);
        put_number(&out, 8 + strlen(v->name) + 1, 4);
        put_number(&out, (uintptr_t)v->value, 8);
        put(&out, v->name, strlen(v->name) + 1);
    }
    for (uint32_t unit = 0; (unit = rt_arena_misfit(unit)) != UINT32_MAX; unit++) {
        put_number(&out, TAG_MISFIT, 4);
        put_number(&out, 4, 4);
        put_number(&out, unit, 4);
    }
    *bytes = out.bytes;
    *n = out.n;
    return out.failed ? PR_E_NOMEM : PR_OK;
}

static bool load_rand(const uint8_t *at, uint32_t bytes)
{
    if (bytes != 4 + 4 * DEGREE)
        return false;
    front = (uint32_t)get_number(at, 4);
    for (int i = 0; i < DEGREE; i++)
        state[i] = (uint32_t)get_number(at + 4 + 4 * i, 4);
    seeded = true;
    return front < DEGREE;
}

static bool load_env(const uint8_t *at, uint32_t bytes)
{
    uint64_t address = bytes > 8 ? get_number(at, 8) : 0;
    Variable *v;

    if (address < PR_HEAP_BASE || address >= PR_HEAP_END || at[bytes - 1])
        return false;
    v = variable_add((const char *)at + 8, (char *)(uintptr_t)address);
    if (v)
        v->restored = true;
    return v != NULL;
}

static bool load_misfit(const uint8_t *at, uint32_t bytes)
{
    if (bytes == 4)
        rt_arena_set_misfit((uint32_t)get_number(at, 4));
    return bytes == 4;
}

PrStatus rt_libc_load(const uint8_t *bytes, uint64_t n, PrError *error)
{
    static bool (*const load[])(const uint8_t *, uint32_t) = {
        [TAG_RAND] = load_rand, [TAG_ENV] = load_env, [TAG_MISFIT] = load_misfit, [TAG_ERRNO] = load_errno};
    uint64_t at = 0;

    while (at < n) {
        uint64_t tag = n - at >= 8 ? get_number(bytes + at, 4) : 0;
        uint64_t length = tag ? get_number(bytes + at + 4, 4) : 0;

        if (!tag || tag >= sizeof load / sizeof *load || length > n - at - 8 ||
            !load[tag](bytes + at + 8, (uint32_t)length))
            return pr_fail(error, PR_E_FORMAT, "LIBC", at, NULL);
        at += 8 + length;
    }
    return PR_OK;
}
