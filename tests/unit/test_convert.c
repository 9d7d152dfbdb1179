/* Conversion: golden bytes made by the seven compilers, plans against the oracle, there and back,
 * what must be refused, and every kind of pointer. */
#include "core/convert/engine.h"
#include "core/convert/scalar.h"
#include "torture.h"
#include <stdlib.h>
#include <unistd.h>

typedef struct Types {
    uint32_t gold, in, node, node_ptr, big, gap, gap_ptr, doubles, double_ptr, grid;
} Types;

static Types ty;
static PrDesc desc;

/* struct in { char a; double e; };
 * struct gold { char c; short s; int i; long l; long long q; float f; double d; _Bool b;
 *               unsigned char u[3]; unsigned long ul; long double x; struct in in[2]; };
 * = {-2, -300, -70000, -123456789, 0x0123456789abcdef, 1.5f, -0.1, 1, {1, 2, 0xff}, 0xfedcba98,
 *    -0x1.23456789abcdep-5L, {{'x', 0x1.8p100}, {'y', 2}}}, as each gcc lays it down. */
static const struct {
    const char *arch;
    size_t bytes;
    const char *data;
} gold[] = {
    {"x86_64", 112,
     "\xfe\x00\xd4\xfe\x90\xee\xfe\xff\xeb\x32\xa4\xf8\xff\xff\xff\xff\xef\xcd\xab\x89\x67\x45"
     "\x23\x01\x00\x00\xc0\x3f\x00\x00\x00\x00\x9a\x99\x99\x99\x99\x99\xb9\xbf\x01\x01\x02\xff"
     "\x00\x00\x00\x00\x98\xba\xdc\xfe\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xf0"
     "\xe6\xd5\xc4\xb3\xa2\x91\xfa\xbf\x00\x00\x00\x00\x00\x00\x78\x00\x00\x00\x00\x00\x00\x00"
     "\x00\x00\x00\x00\x00\x00\x38\x46\x79\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
     "\x00\x40"},
    {"i686", 76,
     "\xfe\x00\xd4\xfe\x90\xee\xfe\xff\xeb\x32\xa4\xf8\xef\xcd\xab\x89\x67\x45\x23\x01\x00\x00"
     "\xc0\x3f\x9a\x99\x99\x99\x99\x99\xb9\xbf\x01\x01\x02\xff\x98\xba\xdc\xfe\x00\xf0\xe6\xd5"
     "\xc4\xb3\xa2\x91\xfa\xbf\x00\x00\x78\x00\x00\x00\x00\x00\x00\x00\x00\x00\x38\x46\x79\x00"
     "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x40"},
    {"aarch64", 112,
     "\xfe\x00\xd4\xfe\x90\xee\xfe\xff\xeb\x32\xa4\xf8\xff\xff\xff\xff\xef\xcd\xab\x89\x67\x45"
     "\x23\x01\x00\x00\xc0\x3f\x00\x00\x00\x00\x9a\x99\x99\x99\x99\x99\xb9\xbf\x01\x01\x02\xff"
     "\x00\x00\x00\x00\x98\xba\xdc\xfe\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
     "\x00\x00\x00\x00\x00\xe0\xcd\xab\x89\x67\x45\x23\xfa\xbf\x78\x00\x00\x00\x00\x00\x00\x00"
     "\x00\x00\x00\x00\x00\x00\x38\x46\x79\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
     "\x00\x40"},
    {"s390x", 104,
     "\xfe\x00\xfe\xd4\xff\xfe\xee\x90\xff\xff\xff\xff\xf8\xa4\x32\xeb\x01\x23\x45\x67\x89\xab"
     "\xcd\xef\x3f\xc0\x00\x00\x00\x00\x00\x00\xbf\xb9\x99\x99\x99\x99\x99\x9a\x01\x01\x02\xff"
     "\x00\x00\x00\x00\x00\x00\x00\x00\xfe\xdc\xba\x98\xbf\xfa\x23\x45\x67\x89\xab\xcd\xe0\x00"
     "\x00\x00\x00\x00\x00\x00\x78\x00\x00\x00\x00\x00\x00\x00\x46\x38\x00\x00\x00\x00\x00\x00"
     "\x79\x00\x00\x00\x00\x00\x00\x00\x40\x00\x00\x00\x00\x00\x00\x00"},
    {"mips", 88,
     "\xfe\x00\xfe\xd4\xff\xfe\xee\x90\xf8\xa4\x32\xeb\x00\x00\x00\x00\x01\x23\x45\x67\x89\xab"
     "\xcd\xef\x3f\xc0\x00\x00\x00\x00\x00\x00\xbf\xb9\x99\x99\x99\x99\x99\x9a\x01\x01\x02\xff"
     "\xfe\xdc\xba\x98\xbf\xa2\x34\x56\x78\x9a\xbc\xde\x78\x00\x00\x00\x00\x00\x00\x00\x46\x38"
     "\x00\x00\x00\x00\x00\x00\x79\x00\x00\x00\x00\x00\x00\x00\x40\x00\x00\x00\x00\x00\x00\x00"},
    {"m68k", 72,
     "\xfe\x00\xfe\xd4\xff\xfe\xee\x90\xf8\xa4\x32\xeb\x01\x23\x45\x67\x89\xab\xcd\xef\x3f\xc0"
     "\x00\x00\xbf\xb9\x99\x99\x99\x99\x99\x9a\x01\x01\x02\xff\xfe\xdc\xba\x98\xbf\xfa\x00\x00"
     "\x91\xa2\xb3\xc4\xd5\xe6\xf0\x00\x78\x00\x46\x38\x00\x00\x00\x00\x00\x00\x79\x00\x40\x00"
     "\x00\x00\x00\x00\x00\x00"},
    {"hppa", 88,
     "\xfe\x00\xfe\xd4\xff\xfe\xee\x90\xf8\xa4\x32\xeb\x00\x00\x00\x00\x01\x23\x45\x67\x89\xab"
     "\xcd\xef\x3f\xc0\x00\x00\x00\x00\x00\x00\xbf\xb9\x99\x99\x99\x99\x99\x9a\x01\x01\x02\xff"
     "\xfe\xdc\xba\x98\xbf\xa2\x34\x56\x78\x9a\xbc\xde\x78\x00\x00\x00\x00\x00\x00\x00\x46\x38"
     "\x00\x00\x00\x00\x00\x00\x79\x00\x00\x00\x00\x00\x00\x00\x40\x00\x00\x00\x00\x00\x00\x00"},
};

static void build(void)
{
    Torture *t = torture_new();
    ty.in = torture_struct(t, "struct in", 2, (PrField[]){{"a", T_CHAR, 0}, {"e", T_DOUBLE, 0}});
    uint32_t u3 = torture_type(t, PR_ARRAY, "unsigned char[3]", T_UCHAR, 3);
    uint32_t in2 = torture_type(t, PR_ARRAY, "struct in[2]", ty.in, 2);
    ty.gold = torture_struct(t, "struct gold", 12, (PrField[]){
        {"c", T_CHAR, 0}, {"s", T_SHORT, 0}, {"i", T_INT, 0}, {"l", T_LONG, 0}, {"q", T_LLONG, 0},
        {"f", T_FLOAT, 0}, {"d", T_DOUBLE, 0}, {"b", T_BOOL, 0}, {"u", u3, 0}, {"ul", T_ULONG, 0},
        {"x", T_LDOUBLE, 0}, {"in", in2, 0}});
    ty.node_ptr = torture_type(t, PR_PTR, "struct node *", T_FIRST + 5, 0);
    ty.node = torture_struct(t, "struct node", 6, (PrField[]){
        {"key", T_INT, 0}, {"next", ty.node_ptr, 0}, {"count", T_LONG, 0}, {"call", T_FPTR, 0},
        {"name", T_CHARPTR, 0}, {"w", T_DOUBLE, 0}});
    g_assert_cmpuint(ty.node, ==, T_FIRST + 5);
    uint32_t many = torture_type(t, PR_ARRAY, "double[200]", T_DOUBLE, 200);
    uint32_t nodes = torture_type(t, PR_ARRAY, "struct node[3]", ty.node, 3);
    ty.big = torture_struct(t, "struct big", 5, (PrField[]){
        {"flag", T_BOOL, 0}, {"many", many, 0}, {"tail", T_CHAR, 0}, {"nodes", nodes, 0}, {"last", T_SHORT, 0}});
    /* Where the end of buf and the start of d are one address on i686 and two on x86_64. */
    uint32_t c12 = torture_type(t, PR_ARRAY, "char[12]", T_CHAR, 12);
    ty.gap = torture_struct(t, "struct gap", 4, (PrField[]){
        {"buf", c12, 0}, {"d", T_DOUBLE, 0}, {"l", T_LONG, 0}, {"c", T_CHAR, 0}});
    ty.gap_ptr = torture_type(t, PR_PTR, "struct gap *", ty.gap, 0);
    ty.double_ptr = torture_type(t, PR_PTR, "double *", T_DOUBLE, 0);
    ty.doubles = torture_type(t, PR_ARRAY, "double[4]", T_DOUBLE, 4);
    ty.grid = torture_type(t, PR_ARRAY, "struct gap[5]", ty.gap, 5);
    torture_finish(t, &desc);
    g_free(t);
}

static uint64_t size_of(uint32_t arch, uint32_t type) { return desc.layouts[arch].size[type]; }

static void test_golden(void)
{
    for (size_t a = 0; a < G_N_ELEMENTS(gold); a++)
        for (size_t b = 0; b < G_N_ELEMENTS(gold); b++) {
            uint32_t from = torture_arch(gold[a].arch), to = torture_arch(gold[b].arch);
            g_assert_cmpuint(size_of(from, ty.gold), ==, gold[a].bytes);
            for (uint64_t n = 1; n < 40; n += 13) {
                g_autofree uint8_t *in = g_malloc(n * gold[a].bytes);
                g_autofree uint8_t *out = g_malloc(n * gold[b].bytes);
                memset(out, 0xaa, n * gold[b].bytes);
                for (uint64_t i = 0; i < n; i++)
                    memcpy(in + i * gold[a].bytes, gold[a].data, gold[a].bytes);
                PrError error = {0};
                g_assert_cmpint(pr_convert_elements(&desc, ty.gold, from, to, in, out, n, &error),
                                ==, PR_OK);
                for (uint64_t i = 0; i < n; i++)
                    torture_assert_bytes(out + i * gold[b].bytes, gold[b].bytes, gold[b].data,
                                    gold[b].bytes);
            }
        }
}

/* Random bytes whose pointers are small integers, so that only widths matter to them. */
static void randomise(GRand *rand, uint32_t arch, uint32_t type, uint8_t *p, bool fit)
{
    const PrType *t = &desc.types[type];
    const PrLayout *l = &desc.layouts[arch];
    if (t->kind == PR_ARRAY) {
        for (uint64_t i = 0; i < t->count; i++)
            randomise(rand, arch, t->elem, p + i * l->size[t->elem], fit);
    } else if (t->kind == PR_STRUCT) {
        for (uint64_t i = 0; i < l->size[type]; i++)
            p[i] = (uint8_t)g_rand_int(rand); /* padding */
        for (uint32_t f = t->first_field; f < t->first_field + t->n_fields; f++)
            randomise(rand, arch, desc.fields[f].type, p + l->offset[f], fit);
    } else if (pr_kind_is_pointer(t->kind)) {
        pr_scalar_put(p, l->arch->pointer_bytes, l->arch->big_endian, g_rand_int(rand) % 4096);
    } else if (t->kind == PR_LDOUBLE) {
        PrValue v = {0, (uint64_t)(16383 + g_rand_int_range(rand, -60, 60)) << 48 |
                            (uint64_t)g_rand_int(rand) << 16};
        pr_ldouble_put(l->arch, p, (unsigned)l->size[type], v);
    } else if (t->kind == PR_BOOL && fit) {
        *p = g_rand_int(rand) & 1;
    } else {
        uint64_t v = (uint64_t)g_rand_int(rand) << 32 | g_rand_int(rand);
        if (fit && (t->kind == PR_LONG || t->kind == PR_ULONG))
            v = t->kind == PR_LONG ? (uint64_t)(int32_t)v : (uint32_t)v;
        pr_scalar_put(p, (unsigned)l->size[type], l->arch->big_endian, v);
    }
}

static PrStatus convert(uint32_t from, uint32_t to, uint32_t type, const uint8_t *in, uint8_t *out,
                        uint64_t n, int how, PrError *error)
{
    PrConv c;
    g_assert_cmpint(pr_conv_init(&c, &desc, NULL, from, to, NULL, error), ==, PR_OK);
    c.place = (PrPlace){.kind = PR_PLACE_BARE, .type = type, .base = in};
    c.out = out;
    if (how == 1)
        c.plans.use_windows = false;
    uint64_t fs = size_of(from, type), ts = size_of(to, type);
    PrSpan span = {in, in + n * fs, out, out + n * ts, fs, ts, n};
    PrStatus status =
        how == 2 ? pr_conv_oracle(&c, type, span) : pr_conv_run(&c, type, span);
    pr_conv_fini(&c);
    return status;
}

/* Windows, leaves and oracle agree, byte for byte or in what they refuse. */
static void test_oracle(void)
{
    GRand *rand = g_rand_new_with_seed(1998);
    for (uint32_t type = T_CHAR; type < desc.n_types; type++)
        for (uint32_t from = 0; from < TORTURE_ARCHES; from++)
            for (uint32_t to = 0; to < TORTURE_ARCHES; to++) {
                uint64_t n = 1 + (uint64_t)g_rand_int_range(rand, 0, 50);
                uint64_t fs = size_of(from, type), ts = size_of(to, type);
                bool fit = g_rand_int_range(rand, 0, 4) != 0;
                g_autofree uint8_t *in = g_malloc0(n * fs + 1);
                g_autofree uint8_t *want = g_malloc0(n * ts + 1);
                for (uint64_t i = 0; i < n; i++)
                    randomise(rand, from, type, in + i * fs, fit);
                PrError first = {0};
                PrStatus status = convert(from, to, type, in, want, n, 2, &first);
                for (int how = 0; how < 2; how++) {
                    g_autofree uint8_t *out = g_malloc(n * ts + 1);
                    memset(out, 0x55, n * ts + 1);
                    PrError error = {0};
                    g_assert_cmpint(convert(from, to, type, in, out, n, how, &error), ==, status);
                    if (status == PR_OK)
                        torture_assert_bytes(out, n * ts, want, n * ts);
                    else
                        g_assert_cmpstr(error.path, ==, first.path);
                    g_assert_cmpuint(out[n * ts], ==, 0x55); /* nothing behind the end */
                }
            }
    g_rand_free(rand);
}

/* There and back gives the same bytes where nothing was lost: padding zero, long double aside
 * from formats that hold fewer bits. */
static void test_round_trip(void)
{
    GRand *rand = g_rand_new_with_seed(7);
    for (uint32_t from = 0; from < TORTURE_ARCHES; from++)
        for (uint32_t to = 0; to < TORTURE_ARCHES; to++) {
            uint64_t n = 33, fs = size_of(from, ty.big), ts = size_of(to, ty.big);
            g_autofree uint8_t *in = g_malloc0(n * fs), *clean = g_malloc0(n * fs);
            g_autofree uint8_t *mid = g_malloc0(n * ts), *back = g_malloc0(n * fs);
            for (uint64_t i = 0; i < n; i++)
                randomise(rand, from, ty.big, in + i * fs, true);
            PrError e = {0};
            g_assert_cmpint(pr_convert_elements(&desc, ty.big, from, from, in, clean, n, &e), ==, 0);
            g_assert_cmpint(pr_convert_elements(&desc, ty.big, from, to, clean, mid, n, &e), ==, 0);
            g_assert_cmpint(pr_convert_elements(&desc, ty.big, to, from, mid, back, n, &e), ==, 0);
            torture_assert_bytes(clean, n * fs, back, n * fs);
        }
    g_rand_free(rand);
}

/* LONG_MAX is LONG_MAX, and -1 in an unsigned long -1; windows and leaves. */
static void test_limits(void)
{
    static const struct { uint64_t wide, narrow; gboolean is_signed, there, back, bits; } cases[] = {
        {G_MAXINT64, 0x7fffffff, TRUE, TRUE, TRUE, FALSE}, {(uint64_t)G_MININT64, 0x80000000, TRUE, TRUE, TRUE, FALSE},
        {0x7fffffff, 0, TRUE, FALSE, FALSE, FALSE}, {(uint64_t)-0x80000000LL, 0, TRUE, FALSE, FALSE, FALSE},
        {0x7ffffffe, 0x7ffffffe, TRUE, TRUE, TRUE, FALSE}, {(uint64_t)-5, 0xfffffffb, TRUE, TRUE, TRUE, FALSE},
        {(uint64_t)-1, 0xffffffff, FALSE, TRUE, TRUE, TRUE}, {(uint64_t)-65536, 0xffff0000, FALSE, TRUE, TRUE, TRUE},
        {0xfffeffff, 0xfffeffff, FALSE, TRUE, TRUE, FALSE}, {0xfffeffff, 0xfffeffff, FALSE, TRUE, FALSE, TRUE},
        {0xffff0000, 0, FALSE, FALSE, FALSE, FALSE}, {0x100000000, 0, FALSE, FALSE, FALSE, FALSE},
        {0x7fffffff, 0x7fffffff, FALSE, TRUE, TRUE, TRUE}};
    uint32_t wide = torture_arch("x86_64"), narrow = torture_arch("mips");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        for (uint64_t at = 0; at < 40; at++) {
            uint32_t type = cases[i].is_signed ? T_LONG : T_ULONG;
            uint8_t in[8 * 40] = {0}, out[4 * 40], back[8 * 40];
            PrError e = {0};
            ((PrType *)(uintptr_t)&desc.types[type])->count = cases[i].bits ? PR_BITS : PR_LIMITS;
            pr_scalar_put(in + 8 * at, 8, false, cases[i].wide);
            PrStatus status = pr_convert_elements(&desc, type, wide, narrow, in, out, 40, &e);
            g_assert_cmpint(status, ==, cases[i].there ? PR_OK : PR_E_NARROW);
            if (cases[i].there) {
                g_assert_cmphex(pr_scalar_get(out + 4 * at, 4, true, false), ==, cases[i].narrow);
                status = pr_convert_elements(&desc, type, narrow, wide, out, back, 40, &e);
                g_assert_cmpint(status, ==, cases[i].back ? PR_OK : PR_E_NARROW);
            }
            if (cases[i].there && cases[i].back)
                g_assert_true(memcmp(back, in, sizeof in) == 0);
            ((PrType *)(uintptr_t)&desc.types[type])->count = 0;
        }
}

static void test_narrow(void)
{
    uint32_t from = torture_arch("s390x"), to = torture_arch("m68k");
    static const struct {
        uint64_t value;
        bool fits_signed, fits_unsigned;
    } cases[] = {{0x7fffffff, true, true}, {0x80000000, false, true}, {0xffffffff, false, true},
                 {0x100000000, false, false}, {(uint64_t)-1, true, false},
                 {(uint64_t)INT32_MIN, true, false}, {(uint64_t)INT32_MIN - 1, false, false},
                 {UINT64_C(1) << 63, false, false}, {0xff00000000000000, false, false}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        for (uint64_t at = 0; at < 40; at++) {
            uint8_t in[8 * 40] = {0}, out[4 * 40];
            PrError a = {0}, b = {0};
            pr_scalar_put(in + 8 * at, 8, true, cases[i].value);
            PrStatus s = pr_convert_elements(&desc, T_LONG, from, to, in, out, 40, &a);
            PrStatus u = pr_convert_elements(&desc, T_ULONG, from, to, in, out, 40, &b);
            g_assert_cmpint(s, ==, cases[i].fits_signed ? PR_OK : PR_E_NARROW);
            g_assert_cmpint(u, ==, cases[i].fits_unsigned ? PR_OK : PR_E_NARROW);
            if (u == PR_OK)
                continue;
            g_autofree char *path = g_strdup_printf(
                "unsigned long, element %d = %" G_GUINT64_FORMAT, (int)at, cases[i].value);
            g_assert_cmpstr(b.path, ==, path);
            g_assert_cmpuint(b.offset, ==, 8 * at);
        }
}

static void test_paths(void)
{
    uint32_t from = torture_arch("x86_64"), to = torture_arch("i686");
    g_autofree uint8_t *in = g_malloc0(4 * size_of(from, ty.big));
    g_autofree uint8_t *out = g_malloc0(4 * size_of(to, ty.big));
    const PrLayout *l = &desc.layouts[from];
    uint64_t at = 3 * l->size[ty.big] + l->offset[desc.types[ty.big].first_field + 3] +
                  l->size[ty.node] + l->offset[desc.types[ty.node].first_field + 2];
    pr_scalar_put(in + at, 8, false, (uint64_t)-5000000000);
    PrError error = {0};
    g_assert_cmpint(pr_convert_elements(&desc, ty.big, from, to, in, out, 4, &error), ==,
                    PR_E_NARROW);
    g_assert_cmpstr(error.path, ==, "struct big, element 3, .nodes[1].count = -5000000000");
}

/* libgcc rounds _Float128 to the nearest, ties to even: an independent oracle. */
static void test_ldouble_rounding(void)
{
    const PrArch *x87 = pr_arch_find("x86_64"), *dbl = pr_arch_find("mips");
    GRand *rand = g_rand_new_with_seed(3);
    for (int i = 0; i < 400000; i++) {
        uint64_t hi = (uint64_t)g_rand_int(rand) << 32 | g_rand_int(rand);
        uint64_t lo = (uint64_t)g_rand_int(rand) << 32 | g_rand_int(rand);
        if (i % 3 == 0) /* ties and near ties */
            lo &= UINT64_C(0xf) << (g_rand_int(rand) % 61);
        if (i % 5 == 0)
            lo = 0;
        if (i % 2) { /* about where doubles become subnormal or overflow */
            int exp = (i & 4 ? 16383 + 1023 : 16383 - 1022) + g_rand_int_range(rand, -60, 3);
            hi = (hi & UINT64_C(0x8000ffffffffffff)) | (uint64_t)exp << 48;
        } else if (i % 7 == 0) {
            hi &= UINT64_C(0x803fffffffffffff); /* where x87's become subnormal */
        }
        PrValue v = {lo, hi};
        _Float128 q;
        memcpy(&q, &v, 16);
        if ((hi >> 48 & 0x7fff) == 0x7fff)
            continue;
        uint8_t got[16], want[16] = {0};
        long double x = (long double)q;
        memcpy(want, &x, 10);
        bool ok = pr_ldouble_put(x87, got, 16, v);
        g_assert_cmpint(ok, ==, !__builtin_isinf(x));
        if (ok)
            torture_assert_bytes(got, 16, want, 16);
        double d = (double)q;
        uint64_t bits;
        memcpy(&bits, &d, 8);
        pr_scalar_put(want, 8, true, bits);
        ok = pr_ldouble_put(dbl, got, 8, v);
        g_assert_cmpint(ok, ==, !__builtin_isinf(d));
        if (ok)
            torture_assert_bytes(got, 8, want, 8);
    }
    g_rand_free(rand);
}

/* Every format's number survives a visit to binary128; the wider formats to m68k and pairs too. */
static void test_ldouble_exact(void)
{
    static const char *const wide[] = {"m68k", "ppc64"};
    const PrArch *x87 = pr_arch_find("i686"), *dbl = pr_arch_find("hppa");
    GRand *rand = g_rand_new_with_seed(4);
    for (int i = 0; i < 100000; i++) {
        uint8_t in[16] = {0}, out[16], other[16];
        uint64_t m = (uint64_t)g_rand_int(rand) << 32 | g_rand_int(rand);
        unsigned exp = i % 4 ? 16383U + (unsigned)g_rand_int_range(rand, -900, 900)
                             : g_rand_int(rand) % 0x7ffe + 1;
        if (i % 11 == 0)
            exp = 0x7fff; /* NaN with a payload */
        bool subnormal = i % 13 == 0;
        if (subnormal)
            exp = 0;
        m = subnormal ? m >> 1 : m | UINT64_C(1) << 63;
        pr_scalar_put(in, 8, false, m);
        pr_scalar_put(in + 8, 2, false, exp | (unsigned)(i & 1) << 15);
        PrValue v = pr_ldouble_get(x87, in, 12);
        g_assert_true(pr_ldouble_put(x87, out, 12, v));
        torture_assert_bytes(in, 12, out, 12);
        for (size_t k = 0; k < 2; k++) {
            if (k == 1 && (exp < 16383 - 900 || exp > 16383 + 900))
                continue; /* a pair has a double's exponents */
            const PrArch *arch = pr_arch_find(wide[k]);
            g_assert_true(pr_ldouble_put(arch, other, k ? 16 : 12, v));
            PrValue w = pr_ldouble_get(arch, other, k ? 16 : 12);
            if (exp != 0x7fff && !subnormal) {
                g_assert_cmphex(w.hi, ==, v.hi);
                g_assert_cmphex(w.lo, ==, v.lo);
            }
        }
        memset(in, 0, 16);
        pr_scalar_put(in, 8, true, m << 1 ^ m >> 5);
        v = pr_ldouble_get(dbl, in, 8);
        g_assert_true(pr_ldouble_put(dbl, out, 8, v));
        torture_assert_bytes(in, 8, out, 8);
    }
    g_rand_free(rand);
}

static void test_ldouble_special(void)
{
    static const struct {
        const char *arch;
        unsigned bytes;
        uint8_t data[16];
        uint64_t hi, lo;
    } cases[] = {
        {"x86_64", 16, {0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x7f}, 0x7fff000000000000, 0}, /* inf */
        {"x86_64", 16, {0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff}, 0xffff800000000000, 0}, /* NaN */
        {"x86_64", 16, {1, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0x0000000000000000,
         UINT64_C(1) << 49}, /* least subnormal */
        {"m68k", 12, {0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0x8000000000000000, 0}, /* -0 */
        {"m68k", 12, {0x7f, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0x7fff000000000000, 0},
        {"m68k", 12, {0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0}, 0x0000800000000000, 0}, /* 2^-16383 */
        {"m68k", 12, {0x3f, 0xff, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0}, 0x3fff800000000000, 0},
        {"mips", 8, {0x7f, 0xf0, 0, 0, 0, 0, 0, 0}, 0x7fff000000000000, 0},
        {"mips", 8, {0, 0, 0, 0, 0, 0, 0, 1}, 0x3bcd000000000000, 0}, /* 2^-1074 */
        {"s390x", 16, {0x3f, 0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14},
         0x3fff010203040506, 0x0708090a0b0c0d0e},
        {"aarch64", 16, {14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0xff, 0x3f},
         0x3fff010203040506, 0x0708090a0b0c0d0e},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const PrArch *arch = pr_arch_find(cases[i].arch);
        uint8_t out[16];
        PrValue v = pr_ldouble_get(arch, cases[i].data, cases[i].bytes);
        g_assert_cmphex(v.hi, ==, cases[i].hi);
        g_assert_cmphex(v.lo, ==, cases[i].lo);
        g_assert_true(pr_ldouble_put(arch, out, cases[i].bytes, v));
        torture_assert_bytes(out, cases[i].bytes, cases[i].data, cases[i].bytes);
    }
    /* half the least double is a tie, to even: zero; a bit far below it decides otherwise */
    for (uint64_t lo = 0; lo < 2; lo++) {
        uint8_t least[8];
        g_assert_true(pr_ldouble_put(pr_arch_find("mips"), least, 8,
                                     (PrValue){lo, UINT64_C(0x3bcc) << 48}));
        g_assert_cmphex(pr_scalar_get(least, 8, true, false), ==, lo);
    }
    /* too large for a double, in a saved structure: refused, not infinity */
    uint8_t in[16] = {0}, out[16];
    PrError error = {0};
    g_assert_true(pr_ldouble_put(pr_arch_find("x86_64"), in, 16,
                                 (PrValue){0, UINT64_C(0x7ffe) << 48}));
    g_assert_cmpint(pr_convert_elements(&desc, T_LDOUBLE, torture_arch("x86_64"),
                                        torture_arch("hppa"), in, out, 1, &error), ==,
                    PR_E_NARROW);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    build();
    g_test_add_func("/convert/golden", test_golden);
    g_test_add_func("/convert/oracle", test_oracle);
    g_test_add_func("/convert/round-trip", test_round_trip);
    g_test_add_func("/convert/narrow", test_narrow);
    g_test_add_func("/convert/limits", test_limits);
    g_test_add_func("/convert/paths", test_paths);
    g_test_add_func("/convert/long-double/rounding", test_ldouble_rounding);
    g_test_add_func("/convert/long-double/exact", test_ldouble_exact);
    g_test_add_func("/convert/long-double/special", test_ldouble_special);
    return g_test_run();
}
