/* State of library functions that a program would lose. Each part is its own file's; here are the
 * records they stand in, the block of the program's pointers that the library keeps, errno, and the
 * allocator's pools whose blocks do not fit their type. */
#define _GNU_SOURCE
#include "records.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing and reading ---- */

void rt_put(RtOut *out, const void *from, size_t n)
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

void rt_put_number(RtOut *out, uint64_t x, size_t bytes)
{
    uint8_t le[8];

    for (size_t i = 0; i < bytes; i++)
        le[i] = (uint8_t)(x >> (8 * i));
    rt_put(out, le, bytes);
}

void rt_put_text(RtOut *out, const char *text) { rt_put(out, text, strlen(text) + 1); }

uint64_t rt_get_number(RtIn *in, size_t bytes)
{
    uint64_t x = 0;

    if (in->n < bytes) {
        in->bad = true;
        return 0;
    }
    for (size_t i = bytes; i-- > 0;)
        x = x << 8 | in->at[i];
    in->at += bytes;
    in->n -= bytes;
    return x;
}

const char *rt_get_text(RtIn *in)
{
    const char *text = (const char *)in->at;
    size_t length = strnlen(text, in->n);

    if (in->bad || length == in->n) {
        in->bad = true;
        return "";
    }
    in->at += length + 1;
    in->n -= length + 1;
    return text;
}

void *rt_get_block(RtIn *in)
{
    uint64_t address = rt_get_number(in, 8);

    if (!address)
        return NULL;
    in->bad |= !pr_desc_in_heap(&rt_desc, address);
    return in->bad ? NULL : (void *)(uintptr_t)address;
}

/* ---- the program's pointers ---- */

static char **roots;

char **rt_root(unsigned slot)
{
    if (!roots)
        roots = preaches_calloc(RT_N_ROOTS, sizeof *roots, PR_TYPE_VOIDPTR, PR_NO_ALLOC);
    if (!roots)
        rt_die(RT_EXIT_FAILED, "out of memory");
    return &roots[slot];
}

char *rt_root_get(unsigned slot) { return roots ? roots[slot] : NULL; }

static void roots_save(RtOut *out)
{
    if (roots)
        rt_put_number(out, (uintptr_t)roots, 8);
}
static void roots_load(RtIn *in) { roots = rt_get_block(in); }

/* ---- errno ---- */

static int noted_errno;

void rt_libc_note_errno(int code) { noted_errno = code; }
void rt_libc_put_errno(void) { errno = noted_errno; }

static void errno_save(RtOut *out)
{
    const char *name = noted_errno ? strerrorname_np(noted_errno) : NULL;

    if (name)
        rt_put_text(out, name);
}

static void errno_load(RtIn *in)
{
    enum { LAST = 4095 };
    const char *wanted = rt_get_text(in), *name;

    noted_errno = EINVAL; /* unknown here: at least not zero */
    for (int code = 1; code <= LAST; code++)
        if ((name = strerrorname_np(code)) && !strcmp(name, wanted))
            noted_errno = code;
}

/* ---- pools whose blocks do not fit their type ---- */

static void misfit_save(RtOut *out)
{
    for (uint32_t unit = 0; (unit = rt_arena_misfit(unit)) != UINT32_MAX; unit++)
        rt_put_number(out, unit, 4);
}

static void misfit_load(RtIn *in)
{
    while (in->n && !in->bad)
        rt_arena_set_misfit((uint32_t)rt_get_number(in, 4));
}

/* ---- records ---- */

/* The place in this table is the record's number. Order matters when loading: pointers come first. */
static const struct {
    void (*save)(RtOut *);
    void (*load)(RtIn *);
} parts[] = {
    {NULL, NULL},
    {misfit_save, misfit_load},
    {errno_save, errno_load},
    {roots_save, roots_load},
    {rt_texts_save, rt_texts_load},
    {rt_variables_save, rt_variables_load},
    {rt_process_save, rt_process_load},
    {rt_random_save, rt_random_load},
    {rt_drand48_save, rt_drand48_load},
    {rt_getopt_save, rt_getopt_load},
    {rt_times_save, rt_times_load},
    {rt_exits_save, rt_exits_load},
    {rt_signals_save, rt_signals_load},
    {rt_streams_save, rt_streams_load},
};
enum { N_PARTS = sizeof parts / sizeof *parts, HEAD_BYTES = 8 };

PrStatus rt_libc_save(uint8_t **bytes, uint64_t *n)
{
    RtOut out = {0};

    for (uint32_t i = 1; i < N_PARTS; i++) {
        size_t begin = out.n;
        uint64_t length;

        rt_put_number(&out, i, 4);
        rt_put_number(&out, 0, 4);
        parts[i].save(&out);
        if (out.failed)
            break;
        length = out.n - begin - HEAD_BYTES;
        if (!length)
            out.n = begin;
        for (unsigned k = 0; length && k < 4; k++)
            out.bytes[begin + 4 + k] = (uint8_t)(length >> (8 * k));
    }
    *bytes = out.bytes;
    *n = out.n;
    return out.failed ? PR_E_NOMEM : PR_OK;
}

PrStatus rt_libc_load(const uint8_t *bytes, uint64_t n, PrError *error)
{
    RtIn in = {.at = bytes, .n = (size_t)n};
    uint32_t last = 0;

    while (in.n) {
        uint32_t part = (uint32_t)rt_get_number(&in, 4), length = (uint32_t)rt_get_number(&in, 4);
        RtIn own = {.at = in.at, .n = length};

        if (in.bad || part <= last || part >= N_PARTS || length > in.n)
            return pr_fail(error, PR_E_FORMAT, "LIBC", n - in.n, NULL);
        parts[part].load(&own);
        if (own.bad || own.n)
            return pr_fail(error, PR_E_FORMAT, "LIBC", n - in.n, NULL);
        in.at += length;
        in.n -= length;
        last = part;
    }
    return PR_OK;
}
