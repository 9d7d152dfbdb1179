/* The description: round trip, damage, classes. */
#include "core/layout/desc.h"

#include <glib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { T_VOID, T_CHAR, T_CHARPTR, T_INT, T_LONG, T_DOUBLE, T_NODE, T_NODEPTR, T_ARRAY, T_FUNC,
       T_UNION, T_TAGGED, T_OPAQUE, T_FLEX, T_LAST };

static PrType types[T_LAST + 1] = {
    [T_VOID] = {.kind = PR_VOID, .name = "void"},
    [T_CHAR] = {.kind = PR_CHAR, .name = "char"},
    [T_CHARPTR] = {.kind = PR_PTR, .name = "char *", .elem = T_CHAR},
    [T_INT] = {.kind = PR_INT, .name = "int"},
    [T_LONG] = {.kind = PR_LONG, .name = "long"},
    [T_DOUBLE] = {.kind = PR_DOUBLE, .name = "double"},
    [T_NODE] = {.kind = PR_STRUCT, .name = "struct node", .first_field = 0, .n_fields = 3},
    [T_NODEPTR] = {.kind = PR_PTR, .name = "struct node *", .elem = T_NODE},
    [T_ARRAY] = {.kind = PR_ARRAY, .name = "struct node[3]", .elem = T_NODE, .count = 3},
    [T_FUNC] = {.kind = PR_FUNC, .name = "int(void)", .elem = T_INT},
    [T_UNION] = {.kind = PR_UNION, .name = "union value", .first_field = 3, .n_fields = 3},
    [T_TAGGED] = {.kind = PR_STRUCT, .name = "struct tagged", .first_field = 6, .n_fields = 4},
    [T_OPAQUE] = {.kind = PR_OPAQUE, .name = "jmp_buf"},
    [T_FLEX] = {.kind = PR_FLEX, .name = "struct text[]", .elem = T_CHAR, .first_field = 10, .n_fields = 2},
    [T_LAST] = {.kind = PR_LDOUBLE, .name = "long double"},
};
static PrField fields[] = {{"next", T_NODEPTR, 0}, {"weight", T_DOUBLE, 0}, {"count", T_INT, 0},
                           {"i", T_INT, 0}, {"d", T_DOUBLE, 0}, {"p", T_NODEPTR, 0},
                           {"flag", T_INT, 3}, {"kind", T_INT, 0}, {"v", T_UNION, 0}, {"env", T_OPAQUE, 0},
                           {"hash", T_INT, 0}, {"text", T_CHAR, 0}};
static PrChoice choices[] = {{T_TAGGED, 0, 1, 1, false, 15, 0, 3}, {T_TAGGED, 2, 1, 1, false, ~UINT64_C(0), 1, 1}};
static uint32_t steps[] = {8, 7, 8, 6};
static PrCase cases[] = {{0, 0, 3}, {1, 2, 4}, {3, 9, PR_NO_FIELD}};
static PrSymbol symbols[] = {
    {PR_SYM_DATA, "table", "a.c", 3, T_ARRAY, PR_VADDR_BASE},
    {PR_SYM_FUNC, "main", "a.c", 9, T_FUNC, PR_VADDR_BASE + 160},
};
static PrFunc funcs[] = {{"main", "a.c", 1, 96, 0, 1}};
static PrLocal locals[] = {{"local", T_ARRAY, 0}};
static PrSite sites[] = {{0, 12, true, 0, 2}, {0, 14, false, 1, 1}};
static PrVar vars[] = {{"i", T_INT}, {"p", T_NODEPTR}};
static PrAlloc allocs[] = {{"a.c", 20, T_NODE}};

typedef struct Row { guint64 size[T_LAST + 1]; guint32 align[T_LAST + 1]; guint64 offset[12]; } Row;
static Row rows[] = {
    {{0, 1, 8, 4, 8, 8, 24, 8, 72, 0, 8, 32, 16, 4, 16}, {1, 1, 8, 4, 8, 8, 8, 8, 8, 1, 8, 8, 8, 4, 16},
     {0, 8, 16, 0, 0, 0, 2, 4, 8, 16, 0, 4}}, /* LP64 */
    {{0, 1, 4, 4, 4, 8, 16, 4, 48, 0, 8, 20, 4, 4, 12}, {1, 1, 4, 4, 4, 4, 4, 4, 4, 1, 4, 4, 4, 4, 4},
     {0, 4, 12, 0, 0, 0, 2, 4, 8, 16, 0, 4}}, /* i686 */
};

static PrDesc make(gboolean ldouble, PrLayout layouts[4])
{
    static const struct { const char *arch; int row; } archs[] = {
        {"x86_64", 0}, {"i686", 1}, {"aarch64", 0}, {"s390x", 0}};
    for (int i = 0; i < 4; i++)
        layouts[i] = (PrLayout){pr_arch_find(archs[i].arch), rows[archs[i].row].size,
                                rows[archs[i].row].align, rows[archs[i].row].offset, 0};
    return (PrDesc){.n_layouts = 4, .n_types = ldouble ? T_LAST + 1 : T_LAST, .n_fields = 12,
                    .n_symbols = 2, .n_funcs = 1, .n_locals = 1, .n_sites = 2, .n_vars = 2,
                    .n_allocs = 1, .layouts = layouts, .types = types, .fields = fields,
                    .symbols = symbols, .funcs = funcs, .locals = locals, .sites = sites,
                    .vars = vars, .allocs = allocs, .n_choices = 2, .n_steps = 4, .n_cases = 3,
                    .choices = choices, .steps = steps, .cases = cases};
}

static guint8 *write_blob(gboolean ldouble, gsize *bytes)
{
    PrLayout layouts[4];
    PrDesc desc = make(ldouble, layouts);
    guint8 *blob = NULL;
    PrError error = {0};
    if (pr_desc_write(&desc, &blob, bytes, &error))
        g_error("%s: %s %u %s", pr_status_text(error.status), error.what, (guint)error.offset, error.path);
    return blob;
}

static void test_round_trip(void)
{
    gsize bytes, again_bytes;
    guint8 *blob = write_blob(FALSE, &bytes), *again;
    PrDesc desc;
    g_assert_cmpint(pr_desc_parse(&desc, blob, bytes, NULL), ==, PR_OK);
    g_assert_cmpuint(desc.n_symbols, ==, 2);
    g_assert_cmpstr(desc.symbols[0].name, ==, "table");
    g_assert_cmpstr(desc.fields[1].name, ==, "weight");
    g_assert_true(desc.types[T_ARRAY].has_pointers && desc.types[T_ARRAY].size_differs);
    g_assert_false(desc.types[T_INT].has_pointers || desc.types[T_INT].size_differs);
    g_assert_cmpuint(desc.types[T_ARRAY].common_size, ==, 72);
    g_assert_cmpuint(desc.layouts[1].offset[2], ==, 12);
    g_assert_cmpuint(pr_desc_slot_bytes(&desc, T_ARRAY, 1), ==, 80);
    g_assert_cmpuint(pr_desc_slot_bytes(&desc, T_INT, 3), ==, 12);
    g_assert_cmpuint(pr_desc_slot_bytes(&desc, T_INT, G_MAXUINT64 / 2), ==, 0);
    g_assert_cmpint(pr_desc_layout(&desc, "s390x"), ==, 3);
    g_assert_cmpint(pr_desc_layout(&desc, "vax"), ==, -1);
    g_assert_cmpint(pr_desc_write(&desc, &again, &again_bytes, NULL), ==, PR_OK);
    g_assert_cmpuint(bytes, ==, again_bytes);
    g_assert_true(memcmp(blob, again, bytes) == 0);
    pr_desc_fini(&desc);
    pr_desc_fini(&desc);
    free(blob);
    free(again);
}

/* x86_64 and aarch64 are one class, unless the program computes in long double. */
static void test_classes(void)
{
    for (int ldouble = 0; ldouble < 2; ldouble++) {
        gsize bytes;
        guint8 *blob = write_blob(ldouble, &bytes);
        PrDesc desc;
        g_assert_cmpint(pr_desc_parse(&desc, blob, bytes, NULL), ==, PR_OK);
        g_assert_cmpuint(desc.n_classes, ==, ldouble ? 4 : 3);
        g_assert_cmpuint(desc.layouts[2].cls == desc.layouts[0].cls, ==, !ldouble);
        g_assert_cmpuint(desc.layouts[3].cls, !=, desc.layouts[0].cls);
        g_assert_cmpuint(pr_desc_class_layout(&desc, desc.layouts[1].cls), ==, 1);
        pr_desc_fini(&desc);
        free(blob);
    }
}

/* Each prefix is refused, and exactly sized memory shows any read behind its end (ASan, valgrind). */
static void test_truncated(void)
{
    gsize bytes;
    guint8 *blob = write_blob(TRUE, &bytes);
    for (gsize n = 0; n < bytes; n++) {
        guint8 *cut = g_memdup2(blob, n);
        PrDesc desc;
        PrError error = {0};
        g_assert_cmpint(pr_desc_parse(&desc, cut, n, &error), <, PR_OK);
        g_assert_true(error.status != PR_OK && desc.types == NULL);
        g_free(cut);
    }
    free(blob);
}

static void put_id(guint8 *blob, gsize bytes)
{
    XXH128_hash_t hash = XXH3_128bits(blob + 24, bytes - 24);
    for (int i = 0; i < 8; i++) {
        blob[8 + i] = (guint8)(hash.low64 >> (8 * i));
        blob[16 + i] = (guint8)(hash.high64 >> (8 * i));
    }
}

/* Every byte changed in several ways: refused as it is; with a fitting id never a crash, and what
 * is accepted can be written again. */
static void test_flipped(void)
{
    static const guint8 flips[] = {0x01, 0x80, 0xff, 0x10, 0x02};
    gsize bytes;
    guint8 *blob = write_blob(TRUE, &bytes), *copy = g_malloc(bytes);
    guint accepted = 0;
    for (gsize at = 0; at < bytes; at++)
        for (guint k = 0; k < G_N_ELEMENTS(flips); k++) {
            PrDesc desc;
            memcpy(copy, blob, bytes);
            copy[at] ^= flips[k];
            g_assert_cmpint(pr_desc_parse(&desc, copy, bytes, NULL), <, PR_OK);
            put_id(copy, bytes);
            if (pr_desc_parse(&desc, copy, bytes, NULL) == PR_OK) {
                guint8 *again;
                gsize again_bytes;
                g_assert_cmpint(pr_desc_write(&desc, &again, &again_bytes, NULL), ==, PR_OK);
                free(again);
                accepted++;
            }
            pr_desc_fini(&desc);
        }
    g_test_message("%u changes gave another valid description", accepted);
    g_free(copy);
    free(blob);
}

/* The writer refuses what the parser would. */
static void test_writer_refuses(void)
{
    PrLayout layouts[4];
    PrDesc desc = make(FALSE, layouts);
    guint8 *blob = NULL;
    gsize bytes;
    PrError error = {0};
    PrField twisted[12];
    memcpy(twisted, fields, sizeof twisted);
    twisted[1].type = T_ARRAY;
    desc.fields = twisted;
    g_assert_cmpint(pr_desc_write(&desc, &blob, &bytes, &error), ==, PR_E_FORMAT);
    g_assert_cmpstr(error.what, ==, "type contains itself");
    g_assert_null(blob);
    PrSymbol close[] = {symbols[0], symbols[1]};
    close[1].vaddr = PR_VADDR_BASE + 64;
    desc = make(FALSE, layouts);
    desc.symbols = close;
    g_assert_cmpint(pr_desc_write(&desc, &blob, &bytes, NULL), ==, PR_E_FORMAT);
    layouts[3] = layouts[0];
    desc.symbols = symbols;
    g_assert_cmpint(pr_desc_write(&desc, &blob, &bytes, NULL), ==, PR_E_FORMAT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/desc/round-trip", test_round_trip);
    g_test_add_func("/desc/classes", test_classes);
    g_test_add_func("/desc/truncated", test_truncated);
    g_test_add_func("/desc/flipped", test_flipped);
    g_test_add_func("/desc/writer-refuses", test_writer_refuses);
    return g_test_run();
}
