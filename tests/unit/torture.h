/* Descriptions built by hand for tests: types are added once, and laid out for every architecture
 * by the rules of its ABI. All functions are static, the tables are large enough for a test. */
#ifndef PREACHES_TESTS_TORTURE_H
#define PREACHES_TESTS_TORTURE_H

#include "core/layout/desc.h"
#include <glib.h>
#include <string.h>

#ifndef TORTURE_ARCHES
#define TORTURE_ARCHES 7 /* 13: all of the table */
#endif
enum { TORTURE_TYPES = 64, TORTURE_FIELDS = 128 };

typedef struct Torture {
    PrDesc desc; /* tables point into this struct */
    PrLayout layouts[TORTURE_ARCHES];
    uint64_t size[TORTURE_ARCHES][TORTURE_TYPES], offset[TORTURE_ARCHES][TORTURE_FIELDS];
    uint32_t align[TORTURE_ARCHES][TORTURE_TYPES];
    PrType types[TORTURE_TYPES];
    PrField fields[TORTURE_FIELDS];
    PrSymbol symbols[16];
    PrFunc funcs[8];
    PrLocal locals[16];
    PrSite sites[16];
    PrVar vars[32];
    PrAlloc allocs[16];
} Torture;

static const char *const torture_arches[] = {"x86_64", "i686", "aarch64", "s390x", "mips",
                                             "m68k", "hppa", "riscv64", "arm", "ppc64",
                                             "ppc", "sparc64", "alpha"};

/* Type ids of the scalars that every torture description has. */
enum { T_VOID, T_CHAR, T_CHARPTR, T_BOOL, T_SCHAR, T_UCHAR, T_SHORT, T_USHORT, T_INT, T_UINT,
       T_LONG, T_ULONG, T_LLONG, T_ULLONG, T_FLOAT, T_DOUBLE, T_LDOUBLE, T_FUNC, T_FPTR, T_VOIDPTR,
       T_FIRST };

static uint64_t torture_scalar_size(const PrArch *arch, PrKind kind)
{
    static const uint8_t fixed[PR_N_KINDS] = {
        [PR_BOOL] = 1, [PR_CHAR] = 1, [PR_SCHAR] = 1, [PR_UCHAR] = 1, [PR_SHORT] = 2,
        [PR_USHORT] = 2, [PR_INT] = 4, [PR_UINT] = 4, [PR_LLONG] = 8, [PR_ULLONG] = 8,
        [PR_FLOAT] = 4, [PR_DOUBLE] = 8};
    if (kind == PR_LONG || kind == PR_ULONG || kind == PR_PTR || kind == PR_FPTR)
        return arch->pointer_bytes;
    if (kind != PR_LDOUBLE)
        return fixed[kind];
    if (arch->ldbl == PR_LDBL_DOUBLE)
        return 8;
    return arch->ldbl == PR_LDBL_M68K || (arch->ldbl == PR_LDBL_X87 && arch->pointer_bytes == 4)
               ? 12 : 16;
}

static uint32_t torture_scalar_align(const PrArch *arch, PrKind kind)
{
    uint32_t size = (uint32_t)torture_scalar_size(arch, kind);
    uint32_t most = 16;
    if (strcmp(arch->name, "i686") == 0)
        most = 4;
    else if (strcmp(arch->name, "m68k") == 0)
        most = 2;
    else if (strcmp(arch->name, "s390x") == 0)
        most = 8;
    return size < most ? size : most;
}

static G_GNUC_UNUSED uint32_t torture_type(Torture *t, PrKind kind, const char *name,
                                           uint32_t elem, uint64_t count)
{
    uint32_t id = t->desc.n_types++;
    g_assert_cmpuint(id, <, TORTURE_TYPES);
    t->types[id] = (PrType){.kind = kind, .name = name, .elem = elem, .count = count};
    for (int a = 0; a < TORTURE_ARCHES; a++) {
        if (kind == PR_VOID || kind == PR_FUNC)
            continue;
        t->size[a][id] = kind == PR_ARRAY ? t->size[a][elem] * count
                                          : torture_scalar_size(t->layouts[a].arch, kind);
        t->align[a][id] = kind == PR_ARRAY ? t->align[a][elem]
                                           : torture_scalar_align(t->layouts[a].arch, kind);
    }
    return id;
}

/* A structure of n fields: pairs of name and type. */
static G_GNUC_UNUSED uint32_t torture_struct(Torture *t, const char *name, uint32_t n,
                                             const PrField *fields)
{
    uint32_t id = t->desc.n_types++, first = t->desc.n_fields;
    g_assert_cmpuint(id, <, TORTURE_TYPES);
    g_assert_cmpuint(first + n, <=, TORTURE_FIELDS);
    t->desc.n_fields += n;
    t->types[id] = (PrType){.kind = PR_STRUCT, .name = name, .first_field = first, .n_fields = n};
    memcpy(t->fields + first, fields, n * sizeof *fields);
    for (int a = 0; a < TORTURE_ARCHES; a++) {
        uint64_t at = 0;
        uint32_t align = 1;
        for (uint32_t f = 0; f < n; f++) {
            uint32_t own = t->align[a][fields[f].type];
            at = (at + own - 1) / own * own;
            t->offset[a][first + f] = at;
            at += t->size[a][fields[f].type];
            align = own > align ? own : align;
        }
        t->size[a][id] = (at + align - 1) / align * align;
        t->align[a][id] = align;
    }
    return id;
}

/* Table pointers, and the scalars. */
static G_GNUC_UNUSED Torture *torture_new(void)
{
    Torture *t = g_new0(Torture, 1);
    PrDesc *d = &t->desc;
    d->n_layouts = TORTURE_ARCHES;
    d->layouts = t->layouts;
    d->types = t->types;
    d->fields = t->fields;
    d->symbols = t->symbols;
    d->funcs = t->funcs;
    d->locals = t->locals;
    d->sites = t->sites;
    d->vars = t->vars;
    d->allocs = t->allocs;
    for (int a = 0; a < TORTURE_ARCHES; a++)
        t->layouts[a] = (PrLayout){.arch = pr_arch_find(torture_arches[a]), .size = t->size[a],
                                   .align = t->align[a], .offset = t->offset[a]};
    torture_type(t, PR_VOID, "void", 0, 0);
    torture_type(t, PR_CHAR, "char", 0, 0);
    torture_type(t, PR_PTR, "char *", T_CHAR, 0);
    static const char *const names[] = {
        [PR_BOOL] = "_Bool", [PR_SCHAR] = "signed char", [PR_UCHAR] = "unsigned char",
        [PR_SHORT] = "short", [PR_USHORT] = "unsigned short", [PR_INT] = "int",
        [PR_UINT] = "unsigned", [PR_LONG] = "long", [PR_ULONG] = "unsigned long",
        [PR_LLONG] = "long long", [PR_ULLONG] = "unsigned long long", [PR_FLOAT] = "float",
        [PR_DOUBLE] = "double", [PR_LDOUBLE] = "long double"};
    for (int k = PR_BOOL; k <= PR_LDOUBLE; k++)
        if (k != PR_CHAR)
            torture_type(t, (PrKind)k, names[k], 0, 0);
    torture_type(t, PR_FUNC, "void (void)", 0, 0);
    torture_type(t, PR_FPTR, "void (*)(void)", T_FUNC, 0);
    torture_type(t, PR_PTR, "void *", T_VOID, 0);
    g_assert_cmpuint(d->n_types, ==, T_FIRST);
    return t;
}

/* Serialises and parses it back: what a program would carry. The blob is leaked into the test. */
static G_GNUC_UNUSED void torture_finish(Torture *t, PrDesc *parsed)
{
    PrError error = {0};
    uint8_t *blob;
    size_t bytes;
    PrStatus status = pr_desc_write(&t->desc, &blob, &bytes, &error);
    if (status != PR_OK)
        g_error("%s %s (%d)", error.what, error.path, (int)error.offset);
    status = pr_desc_parse(parsed, blob, bytes, &error);
    g_assert_cmpint(status, ==, PR_OK);
}

static G_GNUC_UNUSED void torture_assert_bytes(const void *got, uint64_t n_got, const void *want,
                                               uint64_t n_want)
{
    const uint8_t *a = got, *b = want;
    g_assert_cmpuint(n_got, ==, n_want);
    for (uint64_t i = 0; i < n_got; i++)
        if (a[i] != b[i])
            g_error("byte %" G_GUINT64_FORMAT ": 0x%02x, not 0x%02x", i, a[i], b[i]);
}

static G_GNUC_UNUSED uint32_t torture_arch(const char *name)
{
    for (uint32_t a = 0; a < TORTURE_ARCHES; a++)
        if (strcmp(torture_arches[a], name) == 0)
            return a;
    g_assert_not_reached();
}

#endif
