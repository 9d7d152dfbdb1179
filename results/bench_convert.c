/* convert.*: bytes converted per second against memcpy of as many, in turns, from x86_64 to each. The
 * description is laid out here by the rules of each ABI, so that no compiler is needed. */
#include "../core/agent/proc.h"
#include "../core/convert/engine.h"
#include "bench_rows.h"

#include <math.h>
#include <string.h>
#include <time.h>

enum { N_TIMINGS = 21, BYTES = 32 << 20 };

enum { T_VOID, T_CHAR, T_CHARPTR, T_VOIDPTR, T_INT, T_LONG, T_DOUBLE, T_DOUBLES, T_CHARS, T_ROW, T_MIXED,
       T_TREE, T_TREEPTR, T_LINK, T_LINKPTR, T_INTPTR, N_TYPES };
enum { X86_64, S390X, PPC, I686, M68K, N_LAYOUTS };

static PrType types[N_TYPES] = {
    [T_VOID] = {.kind = PR_VOID, .name = "void"},
    [T_CHAR] = {.kind = PR_CHAR, .name = "char"},
    [T_CHARPTR] = {.kind = PR_PTR, .name = "char *", .elem = T_CHAR},
    [T_VOIDPTR] = {.kind = PR_PTR, .name = "void *", .elem = T_VOID},
    [T_INT] = {.kind = PR_INT, .name = "int"},
    [T_LONG] = {.kind = PR_LONG, .name = "long"},
    [T_DOUBLE] = {.kind = PR_DOUBLE, .name = "double"},
    [T_DOUBLES] = {.kind = PR_ARRAY, .name = "double[3]", .elem = T_DOUBLE, .count = 3},
    [T_CHARS] = {.kind = PR_ARRAY, .name = "char[8]", .elem = T_CHAR, .count = 8},
    [T_ROW] = {.kind = PR_ARRAY, .name = "int[6]", .elem = T_INT, .count = 6},
    [T_MIXED] = {.kind = PR_STRUCT, .name = "struct mixed", .first_field = 0, .n_fields = 4},
    [T_TREE] = {.kind = PR_STRUCT, .name = "struct tree", .first_field = 4, .n_fields = 4},
    [T_TREEPTR] = {.kind = PR_PTR, .name = "struct tree *", .elem = T_TREE},
    [T_LINK] = {.kind = PR_STRUCT, .name = "struct link", .first_field = 8, .n_fields = 4},
    [T_LINKPTR] = {.kind = PR_PTR, .name = "struct link *", .elem = T_LINK},
    [T_INTPTR] = {.kind = PR_PTR, .name = "int *", .elem = T_INT},
};
/* struct mixed { int i; double d[3]; char c[8]; long l; };
 * struct tree { struct tree *left, *right; double weight; long value; };
 * struct link { struct link *next; int *middle; long value; int row[6]; }; */
static PrField fields[] = {
    {"i", T_INT, 0}, {"d", T_DOUBLES, 0}, {"c", T_CHARS, 0}, {"l", T_LONG, 0},
    {"left", T_TREEPTR, 0}, {"right", T_TREEPTR, 0}, {"weight", T_DOUBLE, 0}, {"value", T_LONG, 0},
    {"next", T_LINKPTR, 0}, {"middle", T_INTPTR, 0}, {"value", T_LONG, 0}, {"row", T_ROW, 0}};
enum { N_FIELDS = G_N_ELEMENTS(fields) };

static const struct Abi {
    const char *arch;
    guint word, double_align;
} abis[N_LAYOUTS] = {
    [X86_64] = {"x86_64", 8, 8}, [S390X] = {"s390x", 8, 8}, [PPC] = {"ppc", 4, 8},
    [I686] = {"i686", 4, 4}, [M68K] = {"m68k", 4, 2}};

typedef struct Shapes {
    guint64 size[N_LAYOUTS][N_TYPES], offset[N_LAYOUTS][N_FIELDS];
    guint32 align[N_LAYOUTS][N_TYPES];
} Shapes;

static void lay_out(guint64 *size, guint32 *align, guint64 *offset, guint64 word, guint64 double_align)
{
    guint64 int_align = MIN(4, double_align), word_align = MIN(word, double_align);
    for (guint t = 0; t < N_TYPES; t++) {
        const PrType *type = &types[t];
        size[t] = type->kind == PR_CHAR ? 1 : type->kind == PR_INT ? 4 : type->kind == PR_DOUBLE ? 8 : word;
        align[t] = (guint32)(type->kind == PR_CHAR   ? 1
                             : type->kind == PR_INT    ? int_align
                             : type->kind == PR_DOUBLE ? double_align
                                                       : word_align);
        if (type->kind == PR_VOID)
            size[t] = 0, align[t] = 1;
        if (type->kind == PR_ARRAY)
            size[t] = type->count * size[type->elem], align[t] = align[type->elem];
    }
    for (guint t = 0; t < N_TYPES; t++) {
        guint64 end = 0;
        guint32 most = 1;
        if (types[t].kind != PR_STRUCT)
            continue;
        for (guint f = types[t].first_field; f < types[t].first_field + types[t].n_fields; f++) {
            guint32 own = align[fields[f].type];
            offset[f] = (end + own - 1) / own * own;
            end = offset[f] + size[fields[f].type];
            most = MAX(most, own);
        }
        size[t] = (end + most - 1) / most * most;
        align[t] = most;
    }
}

static gboolean describe(PrDesc *desc, guint8 **blob, GError **error)
{
    g_autofree Shapes *s = g_new0(Shapes, 1);
    PrLayout layouts[N_LAYOUTS];
    for (guint i = 0; i < N_LAYOUTS; i++) {
        lay_out(s->size[i], s->align[i], s->offset[i], abis[i].word, abis[i].double_align);
        layouts[i] = (PrLayout){pr_arch_find(abis[i].arch), s->size[i], s->align[i], s->offset[i], 0};
    }
    PrDesc made = {.n_layouts = N_LAYOUTS, .n_types = N_TYPES, .n_fields = N_FIELDS,
                   .layouts = layouts, .types = types, .fields = fields};
    gsize bytes;
    PrError why = {0};
    if (pr_desc_write(&made, blob, &bytes, &why) == PR_OK &&
        pr_desc_parse(desc, *blob, bytes, &why) == PR_OK)
        return TRUE;
    preaches_error_take(error, &why, "bench: description");
    return FALSE;
}

/* This thread's processor time: what else runs here does not count, but for what it does to the caches. */
static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int by_value(gconstpointer a, gconstpointer b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

typedef gboolean (*Convert)(gpointer what, guint8 *into, PrError *why);

/* The median of the ratios of neighbouring runs: what else the machine does meets both alike. */
static gboolean time_both(LabTable *table, const char *metric, gsize bytes, gsize room, const guint8 *from,
                          Convert convert, gpointer what, double target, GError **error)
{
    g_autofree guint8 *into = g_malloc0(room);
    double convert_s[N_TIMINGS], ratio[N_TIMINGS];
    for (int i = 0; i < N_TIMINGS; i++) {
        PrError why = {0};
        double start = now_s();
        memcpy(into, from, bytes);
        double middle = now_s();
        if (!convert(what, into, &why)) {
            preaches_error_take(error, &why, metric);
            return FALSE;
        }
        convert_s[i] = now_s() - middle;
        ratio[i] = (middle - start) / convert_s[i];
    }
    qsort(convert_s, N_TIMINGS, sizeof *convert_s, by_value);
    qsort(ratio, N_TIMINGS, sizeof *ratio, by_value);
    double rate = (double)bytes / convert_s[N_TIMINGS / 2] / 1e9;
    lab_bench_measured(table, metric, rate, "GB/s", rate / ratio[N_TIMINGS / 2], target);
    return TRUE;
}

/* ---- arrays of elements ---- */

typedef struct Elements {
    const PrDesc *desc;
    guint32 type, to;
    const guint8 *from;
    guint64 count;
} Elements;

static gboolean convert_elements(gpointer what, guint8 *into, PrError *why)
{
    const Elements *e = what;
    return pr_convert_elements(e->desc, e->type, X86_64, e->to, e->from, into, e->count, why) == PR_OK;
}

static gboolean time_elements(LabTable *table, const PrDesc *desc, const char *name, guint32 type,
                              guint32 to, GError **error)
{
    guint64 size = desc->layouts[X86_64].size[type], count = BYTES / size;
    g_autofree guint8 *from = g_malloc0(count * size);
    g_autofree char *metric = g_strdup_printf("convert.%s.%s", name, abis[to].arch);
    Elements e = {desc, type, to, from, count};
    for (guint64 i = 0; i < count * size; i += 4)
        from[i] = (guint8)(i / 4 * 37 % 120);
    for (guint64 i = 0; type == T_MIXED && i < count; i++) /* the long fits everywhere */
        memset(from + i * size + size - 4, 0, 4);
    return time_both(table, metric, count * size, count * desc->types[type].common_size, from,
                     convert_elements, &e, 0.9, error);
}

/* ---- a heap of nodes, with pointers in no order ---- */

typedef struct Heap {
    const PrDesc *desc;
    guint8 *bytes, *live;
    PrPool *pools;
    guint64 n_pools, slots, slot_bytes;
    guint32 type, to;
} Heap;

static guint8 *node_at(const Heap *h, guint64 i)
{
    return h->bytes + i / h->slots * PR_UNIT_BYTES + i % h->slots * h->slot_bytes;
}

static void put_pointer(guint8 *at, const Heap *h, const guint8 *target)
{
    guint64 address = h->desc->heap_base + (guint64)(target - h->bytes);
    memcpy(at, &address, sizeof address);
}

static void fill_heap(Heap *h)
{
    guint64 n = h->n_pools * h->slots, other = 1;
    const guint64 *offset = h->desc->layouts[X86_64].offset;
    const PrField *f = h->desc->fields + h->desc->types[h->type].first_field;
    for (guint64 i = 0; i < n; i++) {
        guint8 *node = node_at(h, i);
        for (guint k = 0; k < 2; k++) {
            guint index = h->desc->types[h->type].first_field + k;
            other = (other * 6364136223846793005u + 1442695040888963407u);
            guint8 *target = node_at(h, (other >> 20) % n);
            if (f[k].type == T_INTPTR) /* into the row of a node */
                target += offset[index + 2] + 4 * (i % 6);
            put_pointer(node + offset[index], h, target);
        }
    }
}

static gboolean convert_heap(gpointer what, guint8 *into, PrError *why)
{
    const Heap *h = what;
    PrView view = {.desc = h->desc, .layout = X86_64, .heap = h->bytes,
                   .heap_bytes = h->n_pools * PR_UNIT_BYTES, .pools = h->pools,
                   .n_pools = (guint32)h->n_pools};
    PrConv c;
    PrError note = {0};
    PrStatus status = pr_conv_init(&c, h->desc, &view, X86_64, h->to, &note, why);
    for (guint64 i = 0; i < h->n_pools && status == PR_OK; i++) {
        guint8 *from = h->bytes + i * PR_UNIT_BYTES, *to = into + i * PR_UNIT_BYTES;
        c.place = (PrPlace){.kind = PR_PLACE_HEAP, .type = h->type, .base = from, .pool = &h->pools[i]};
        status = pr_conv_run(&c, h->type,
                             (PrSpan){.from = from, .from_end = from + PR_UNIT_BYTES, .to = to,
                                      .to_end = to + PR_UNIT_BYTES, .from_stride = h->slot_bytes,
                                      .to_stride = h->slot_bytes, .n = h->slots});
    }
    pr_conv_fini(&c);
    return status == PR_OK;
}

static gboolean time_heap(LabTable *table, const PrDesc *desc, const char *name, guint32 type, guint32 to,
                          double target, GError **error)
{
    Heap h = {.desc = desc, .type = type, .to = to, .slot_bytes = pr_desc_slot_bytes(desc, type, 1)};
    h.slots = PR_UNIT_BYTES / h.slot_bytes;
    h.n_pools = BYTES / PR_UNIT_BYTES;
    h.bytes = g_malloc0(BYTES);
    h.pools = g_new0(PrPool, h.n_pools);
    guint64 map_bytes = (h.slots + 63) / 64 * 8;
    h.live = g_malloc(h.n_pools * map_bytes);
    memset(h.live, 0xff, h.n_pools * map_bytes);
    for (guint64 i = 0; i < h.n_pools; i++)
        h.pools[i] = (PrPool){.unit = (guint32)i, .n_units = 1, .type = type, .alloc = PR_NO_ALLOC,
                              .slot_bytes = h.slot_bytes, .n_slots = (guint32)h.slots, .count = 1,
                              .live = h.live + i * map_bytes};
    fill_heap(&h);
    g_autofree char *metric = g_strdup_printf("convert.%s.%s", name, abis[to].arch);
    gboolean ok = time_both(table, metric, BYTES, BYTES, h.bytes, convert_heap, &h, target, error);
    g_free(h.bytes);
    g_free(h.pools);
    g_free(h.live);
    return ok;
}

gboolean lab_bench_convert(LabTable *table, GCancellable *cancel, GError **error)
{
    static const guint structs[] = {S390X, PPC, I686, M68K};
    guint8 *blob = NULL;
    PrDesc desc = {0};
    gboolean ok = describe(&desc, &blob, error) &&
                  time_elements(table, &desc, "double", T_DOUBLE, S390X, error);
    for (guint i = 0; i < G_N_ELEMENTS(structs) && ok; i++)
        ok = !g_cancellable_set_error_if_cancelled(cancel, error) &&
             time_elements(table, &desc, "struct", T_MIXED, structs[i], error);
    ok = ok && time_heap(table, &desc, "tree", T_TREE, S390X, 0.9, error) &&
         time_heap(table, &desc, "tree", T_TREE, I686, 0.9, error) &&
         time_heap(table, &desc, "interior", T_LINK, I686, 0.25, error) &&
         time_heap(table, &desc, "interior", T_LINK, M68K, 0.25, error);
    pr_desc_fini(&desc);
    free(blob);
    return ok;
}
