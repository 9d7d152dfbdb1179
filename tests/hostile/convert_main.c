/* convert_main SECONDS [SEED]: random types, laid out by the rules of all 13 architectures, and random
 * bytes in them, through the three ways of conversion (windows, leaves, straight from the schema): they
 * must agree byte for byte, or all refuse with a path, and write nothing behind the end.
 * What was accepted is converted back and again: the second result must be the first. Prints a summary;
 * exit 1 and the seed of the types at the first difference. */
#define TORTURE_ARCHES 13
#include "core/convert/engine.h"
#include "core/convert/scalar.h"
#include "../unit/torture.h"
#include <stdio.h>
#include <stdlib.h>

enum { N_STRUCTS = 6, MAX_FIELDS = 9, MAX_COUNT = 21, PAIRS = 40, GUARD = 0x55 };

typedef struct Fuzz {
    GRand *rand;
    PrDesc desc;
    guint64 n_types, n_conversions, n_refused;
    const char *what; /* first difference */
} Fuzz;

static uint32_t below(Fuzz *f, uint32_t n) { return (uint32_t)g_rand_int_range(f->rand, 0, (gint32)n); }

static void make_types(Fuzz *f)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
    Torture *t = torture_new();
    for (int s = 0; s < N_STRUCTS; s++) {
        PrField fields[MAX_FIELDS];
        uint32_t n = 1 + below(f, MAX_FIELDS);
        for (uint32_t i = 0; i < n; i++) {
            uint32_t type = T_CHAR + below(f, t->desc.n_types - T_CHAR);
            if (type == T_FUNC)
                type = T_LONG;
            if (below(f, 4) == 0)
                type = torture_type(t, PR_ARRAY, "array", type, 1 + below(f, MAX_COUNT));
            fields[i] = (PrField){names[i], type, 0};
            if (t->size[0][type] > 8192) /* nesting must not explode */
                fields[i].type = T_DOUBLE;
        }
        torture_struct(t, "struct", n, fields);
    }
    f->n_types += t->desc.n_types - T_FIRST;
    torture_finish(t, &f->desc);
    g_free(t);
}

/* Any bytes at all, but for pointers, which are small here, so that only widths matter. */
static void fill(Fuzz *f, const PrLayout *l, uint32_t type, uint8_t *p, bool fit)
{
    const PrType *t = &f->desc.types[type];
    if (t->kind == PR_ARRAY) {
        for (uint64_t i = 0; i < t->count; i++)
            fill(f, l, t->elem, p + i * l->size[t->elem], fit);
        return;
    }
    for (uint64_t i = 0; i < l->size[type]; i++)
        p[i] = (uint8_t)g_rand_int(f->rand);
    for (uint32_t i = t->first_field; t->kind == PR_STRUCT && i < t->first_field + t->n_fields; i++)
        fill(f, l, f->desc.fields[i].type, p + l->offset[i], fit);
    if (pr_kind_is_pointer(t->kind))
        pr_scalar_put(p, l->arch->pointer_bytes, l->arch->big_endian, below(f, 4096));
    else if (fit && t->kind == PR_BOOL)
        *p = below(f, 2) != 0;
    else if (fit && (t->kind == PR_LONG || t->kind == PR_ULONG))
        pr_scalar_put(p, (unsigned)l->size[type], l->arch->big_endian, below(f, INT32_MAX));
    else if (fit && t->kind == PR_LDOUBLE)
        pr_ldouble_put(l->arch, p, (unsigned)l->size[type],
                       (PrValue){0, (uint64_t)(16383 + below(f, 100)) << 48});
}

typedef struct Case {
    uint32_t from, to, type;
    uint64_t n;
} Case;

static PrStatus convert(Fuzz *f, Case k, const uint8_t *in, uint8_t *out, int how, PrError *error)
{
    PrConv c;
    uint64_t fs = f->desc.layouts[k.from].size[k.type], ts = f->desc.layouts[k.to].size[k.type];
    PrSpan span = {in, in + k.n * fs, out, out + k.n * ts, fs, ts, k.n};
    if (pr_conv_init(&c, &f->desc, NULL, k.from, k.to, NULL, error) != PR_OK)
        return error->status;
    c.place = (PrPlace){.kind = PR_PLACE_BARE, .type = k.type, .base = in};
    c.out = out;
    c.plans.use_windows = how == 0 && pr_windows_usable();
    PrStatus status = how == 2 ? pr_conv_oracle(&c, k.type, span) : pr_conv_run(&c, k.type, span);
    pr_conv_fini(&c);
    f->n_conversions++;
    return status;
}

static bool agree(Fuzz *f, Case k, const uint8_t *in, const uint8_t *want, PrStatus status)
{
    uint64_t bytes = k.n * f->desc.layouts[k.to].size[k.type];
    bool ok = true;
    for (int how = 0; how < 2 && ok; how++) {
        uint8_t *out = g_malloc(bytes + 1);
        PrError error = {0};
        memset(out, GUARD, bytes + 1);
        ok = convert(f, k, in, out, how, &error) == status &&
             (status == PR_OK ? memcmp(out, want, bytes) == 0 : error.path[0] != 0) &&
             out[bytes] == GUARD;
        if (!ok)
            f->what = how ? "leaves" : "windows";
        g_free(out);
    }
    return ok;
}

/* to -> from -> to gives what from -> to gave. */
static bool settles(Fuzz *f, Case k, const uint8_t *want)
{
    Case back = {k.to, k.from, k.type, k.n};
    uint64_t fs = f->desc.layouts[k.from].size[k.type], ts = f->desc.layouts[k.to].size[k.type];
    g_autofree uint8_t *in = g_malloc0(k.n * fs + 1), *again = g_malloc0(k.n * ts + 1);
    PrError error = {0};
    if (convert(f, back, want, in, 0, &error) != PR_OK)
        return true; /* long double may have become too large by rounding */
    if (convert(f, k, in, again, 0, &error) == PR_OK && memcmp(again, want, k.n * ts) == 0)
        return true;
    f->what = "there and back";
    return false;
}

static bool holds_ldouble(const PrDesc *desc, uint32_t type)
{
    const PrType *t = &desc->types[type];
    if (t->kind == PR_ARRAY)
        return holds_ldouble(desc, t->elem);
    for (uint32_t i = t->first_field; t->kind == PR_STRUCT && i < t->first_field + t->n_fields; i++)
        if (holds_ldouble(desc, desc->fields[i].type))
            return true;
    return t->kind == PR_LDOUBLE;
}

static bool try_one(Fuzz *f)
{
    Case k = {below(f, TORTURE_ARCHES), below(f, TORTURE_ARCHES), 0, 1 + below(f, 40)};
    k.type = T_FIRST + below(f, f->desc.n_types - T_FIRST);
    const PrLayout *from = &f->desc.layouts[k.from], *to = &f->desc.layouts[k.to];
    bool fit = below(f, 4) != 0;
    g_autofree uint8_t *in = g_malloc0(k.n * from->size[k.type] + 1);
    g_autofree uint8_t *want = g_malloc0(k.n * to->size[k.type] + 1);
    PrError first = {0};
    for (uint64_t i = 0; i < k.n; i++)
        fill(f, from, k.type, in + i * from->size[k.type], fit);
    PrStatus status = convert(f, k, in, want, 2, &first);
    f->n_refused += status != PR_OK;
    return agree(f, k, in, want, status) &&
           (status != PR_OK || holds_ldouble(&f->desc, k.type) || settles(f, k, want));
}

int main(int argc, char **argv)
{
    Fuzz f = {0};
    guint32 seed = argc > 2 ? (guint32)g_ascii_strtoull(argv[2], NULL, 10) : 1998;
    gint64 end = g_get_monotonic_time() +
                 (gint64)(argc > 1 ? g_ascii_strtod(argv[1], NULL) * 1e6 : 1e6);
    bool ok = true;
    for (; ok && (f.n_types == 0 || g_get_monotonic_time() < end); seed++) {
        f.rand = g_rand_new_with_seed(seed);
        make_types(&f);
        for (int i = 0; i < PAIRS && ok; i++)
            ok = try_one(&f);
        pr_desc_fini(&f.desc);
        g_rand_free(f.rand);
    }
    printf("%" G_GUINT64_FORMAT " types, %" G_GUINT64_FORMAT " conversions, %" G_GUINT64_FORMAT
           " refused: %s\n", f.n_types, f.n_conversions, f.n_refused, ok ? "no difference" : f.what);
    if (!ok)
        printf("seed %u\n", seed - 1);
    return !ok;
}
