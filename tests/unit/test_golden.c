/* tests/golden/torture: the bytes that thirteen compilers make of the same values. From each architecture to
 * each, and back, the converter must make the very same; and images of them too. */
#define _GNU_SOURCE
#define TORTURE_ARCHES 13
#include "core/convert/convert.h"
#include "torture.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FLEX_COUNT = 3, TORTURE_UNIT = 0, FLEX_UNIT = 1, SLOT_BYTES = 1024 };

static PrDesc desc;
static uint32_t t_torture, t_flex;
static uint8_t *golden[TORTURE_ARCHES][2]; /* torture, flex; zeros behind */
static gsize golden_bytes[TORTURE_ARCHES][2];

/* ---- the types of torture.c ---- */

/* Bit-fields and plain members by the rules of the ABIs: a bit-field that would not lie within as many bytes as
 * its type has, from a place where one could stand, begins at the next such place; on m68k it never does. */
static uint32_t struct_of(Torture *t, const char *name, uint32_t n, const PrField *fields)
{
    uint32_t id = torture_struct(t, name, n, fields), first = t->types[id].first_field;
    for (int a = 0; a < TORTURE_ARCHES; a++) {
        uint64_t at = 0, most = 8; /* in bits */
        bool packs = g_str_equal(torture_arches[a], "m68k");
        for (uint32_t f = 0; f < n; f++) {
            uint64_t size = 8 * t->size[a][fields[f].type], align = 8 * t->align[a][fields[f].type];
            uint64_t bits = fields[f].bits ? fields[f].bits : size;
            if (fields[f].bits && packs)
                align = 1;
            else if (!fields[f].bits || at % align + bits > size)
                at = (at + align - 1) / align * align;
            t->offset[a][first + f] = fields[f].bits ? at : at / 8;
            at += bits;
            most = MAX(most, align);
        }
        t->size[a][id] = (at + most - 1) / most * most / 8;
        t->align[a][id] = (uint32_t)(most / 8);
    }
    return id;
}

static uint32_t union_of(Torture *t, const char *name, uint32_t n, const PrField *fields)
{
    uint32_t id = torture_struct(t, name, n, fields);
    t->types[id].kind = PR_UNION;
    for (int a = 0; a < TORTURE_ARCHES; a++) {
        t->size[a][id] = 0;
        for (uint32_t f = 0; f < n; f++) {
            t->offset[a][t->types[id].first_field + f] = 0;
            t->size[a][id] = MAX(t->size[a][id], t->size[a][fields[f].type]);
        }
        uint64_t align = t->align[a][id];
        t->size[a][id] = (t->size[a][id] + align - 1) / align * align;
    }
    return id;
}

static uint32_t array_of(Torture *t, uint32_t elem, uint64_t count)
{
    return torture_type(t, PR_ARRAY, "array", elem, count);
}

static uint32_t flex_of(Torture *t, uint32_t elem)
{
    uint32_t id = torture_struct(t, "struct flex", 2, (PrField[]){{"n", T_SHORT, 0}, {"each", elem, 0}});
    t->types[id].kind = PR_FLEX;
    t->types[id].elem = elem;
    for (int a = 0; a < TORTURE_ARCHES; a++)
        t->size[a][id] = t->offset[a][t->types[id].first_field + 1];
    return id;
}

static uint32_t torture_of(Torture *t, uint32_t inner, uint32_t number)
{
    uint32_t bits = struct_of(t, "struct bits", 8, (PrField[]){
        {"a", T_UINT, 3}, {"b", T_INT, 7}, {"c", T_UINT, 20}, {"d", T_SCHAR, 0}, {"e", T_UINT, 31},
        {"f", T_UINT, 1}, {"g", T_USHORT, 9}, {"h", T_LLONG, 40}});
    const PrField fields[] = {
        {"c", T_SCHAR, 0}, {"uc", T_UCHAR, 0}, {"s", T_SHORT, 0}, {"us", T_USHORT, 0},
        {"i", array_of(t, T_INT, 2), 0}, {"u", T_UINT, 0}, {"l", array_of(t, T_LONG, 2), 0},
        {"ul", T_ULONG, 0}, {"q", T_LLONG, 0}, {"uq", T_ULLONG, 0}, {"f", array_of(t, T_FLOAT, 5), 0},
        {"float_nan", array_of(t, T_FLOAT, 2), 0}, {"d", array_of(t, T_DOUBLE, 7), 0},
        {"double_nan", array_of(t, T_DOUBLE, 2), 0}, {"b", array_of(t, T_BOOL, 2), 0},
        {"x", array_of(t, T_LDOUBLE, 6), 0}, {"z", array_of(t, T_DOUBLE, 2), 0},
        {"w", array_of(t, T_FLOAT, 2), 0}, {"in", array_of(t, inner, 2), 0}, {"tag", T_INT, 0},
        {"n", number, 0}, {"e", array_of(t, T_INT, 2), 0}, {"bits", bits, 0},
        {"text", array_of(t, T_CHAR, 5), 0}, {"other_tag", T_INT, 0}, {"m", number, 0}};
    return struct_of(t, "struct torture", G_N_ELEMENTS(fields), fields);
}

static void build(void)
{
    static uint32_t steps[4];
    static PrChoice choices[2];
    static PrCase cases[3];
    Torture *t = torture_new();
    uint32_t inner = struct_of(t, "struct inner", 2, (PrField[]){{"a", T_CHAR, 0}, {"e", T_DOUBLE, 0}});
    uint32_t pair = struct_of(t, "struct pair", 2, (PrField[]){{"low", T_SHORT, 0}, {"high", T_LONG, 0}});
    uint32_t number = union_of(t, "union number", 3, (PrField[]){
        {"real", T_DOUBLE, 0}, {"whole", T_LLONG, 0}, {"pair", pair, 0}});
    t_torture = torture_of(t, inner, number);
    t_flex = flex_of(t, inner);
    uint32_t first = t->types[t_torture].first_field, member = t->types[number].first_field;
    for (uint32_t i = 0; i < 2; i++) {
        steps[2 * i] = first + (i ? 25 : 20); /* the union, then its tag */
        steps[2 * i + 1] = first + (i ? 24 : 19);
        choices[i] = (PrChoice){t_torture, 2 * i, 1, 1, false, UINT32_MAX, 0, 3};
    }
    for (uint32_t i = 0; i < 3; i++)
        cases[i] = (PrCase){i, i, member + i};
    t->desc.choices = choices;
    t->desc.steps = steps;
    t->desc.cases = cases;
    t->desc.n_choices = 2;
    t->desc.n_steps = 4;
    t->desc.n_cases = 3;
    torture_finish(t, &desc);
    g_free(t);
}

/* ---- the bytes ---- */

static void read_bytes(void)
{
    g_autofree char *text = NULL;
    GError *error = NULL;
    g_file_get_contents("tests/golden/torture/bytes.csv", &text, NULL, &error);
    g_assert_no_error(error);
    g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 1 + 2 * TORTURE_ARCHES);
    for (int i = 1; lines[i]; i++) {
        g_auto(GStrv) cell = g_strsplit(lines[i], ",", 3);
        uint32_t arch = torture_arch(cell[0]), block = g_str_equal(cell[1], "flex");
        gsize n = golden_bytes[arch][block] = strlen(cell[2]) / 2;
        uint8_t *to = golden[arch][block] = g_malloc0(SLOT_BYTES);
        g_assert_cmpuint(n, <=, SLOT_BYTES);
        for (gsize k = 0; k < n; k++)
            to[k] = (uint8_t)(16 * g_ascii_xdigit_value(cell[2][2 * k]) + g_ascii_xdigit_value(cell[2][2 * k + 1]));
    }
}

/* The types above are what the compilers made of torture.c. */
static void test_sizes(void)
{
    for (uint32_t a = 0; a < TORTURE_ARCHES; a++) {
        g_test_message("%s", torture_arches[a]);
        g_assert_cmpuint(golden_bytes[a][0], ==, desc.layouts[a].size[t_torture]);
        g_assert_cmpuint(golden_bytes[a][1], ==,
                         pr_desc_block_bytes(&desc, &desc.layouts[a], t_flex, FLEX_COUNT));
    }
}

static void assert_field(uint32_t a, uint32_t b, const uint8_t *got)
{
    const PrType *t = &desc.types[t_torture];
    for (uint32_t i = t->first_field; i < t->first_field + t->n_fields; i++) {
        uint64_t at = desc.layouts[b].offset[i], n = desc.layouts[b].size[desc.fields[i].type];
        if (memcmp(got + at, golden[b][0] + at, n))
            g_printerr("# from %s to %s: %s differs\n", torture_arches[a], torture_arches[b], desc.fields[i].name);
    }
    torture_assert_bytes(got, golden_bytes[b][0], golden[b][0], golden_bytes[b][0]);
}

static void test_elements(void)
{
    for (uint32_t a = 0; a < TORTURE_ARCHES; a++)
        for (uint32_t b = 0; b < TORTURE_ARCHES; b++) {
            uint8_t there[SLOT_BYTES] = {0}, back[SLOT_BYTES] = {0};
            PrError error = {0};
            PrStatus status = pr_convert_elements(&desc, t_torture, a, b, golden[a][0], there, 1, &error);
            if (status == PR_OK)
                status = pr_convert_elements(&desc, t_torture, b, a, there, back, 1, &error);
            if (status != PR_OK)
                g_error("%s to %s: %s %s", torture_arches[a], torture_arches[b], error.what, error.path);
            assert_field(a, b, there);
            torture_assert_bytes(back, golden_bytes[a][0], golden[a][0], golden_bytes[a][0]);
        }
}

/* ---- images ---- */

static uint8_t live_one = 1;

static PrView view_of(uint32_t arch, uint8_t *heap, PrPool pools[2])
{
    memcpy(heap + TORTURE_UNIT * PR_UNIT_BYTES, golden[arch][0], SLOT_BYTES);
    memcpy(heap + FLEX_UNIT * PR_UNIT_BYTES, golden[arch][1], SLOT_BYTES);
    pools[0] = (PrPool){.unit = TORTURE_UNIT, .n_units = 1, .type = t_torture, .alloc = PR_NO_ALLOC,
                        .slot_bytes = SLOT_BYTES, .n_slots = 1, .count = 1, .live = &live_one};
    pools[1] = (PrPool){.unit = FLEX_UNIT, .n_units = 1, .type = t_flex, .alloc = PR_NO_ALLOC,
                        .slot_bytes = SLOT_BYTES, .n_slots = 1, .count = FLEX_COUNT, .live = &live_one};
    return (PrView){.desc = &desc, .layout = arch, .heap = heap, .heap_bytes = 2 * PR_UNIT_BYTES,
                    .pools = pools, .n_pools = 2, .epoch = 1};
}

static void test_images(void)
{
    g_autofree uint8_t *heap = g_malloc0(2 * PR_UNIT_BYTES);
    for (uint32_t a = 0; a < TORTURE_ARCHES; a++)
        for (uint32_t b = 0; b < TORTURE_ARCHES; b++) {
            PrPool pools[2];
            PrView view = view_of(a, heap, pools);
            PrError error = {0};
            PrImage image;
            int fd = memfd_create("image", 0);
            g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
            if (pr_convert_write(&view, desc.layouts[b].cls, fd, NULL, NULL, NULL, &error) != PR_OK ||
                pr_image_open(&image, path, PR_VERIFY_ALL, &error) != PR_OK)
                g_error("%s to %s: %s %s", torture_arches[a], torture_arches[b], error.what, error.path);
            torture_assert_bytes(image.view.heap, SLOT_BYTES, golden[b][0], SLOT_BYTES);
            torture_assert_bytes(image.view.heap + PR_UNIT_BYTES, SLOT_BYTES, golden[b][1], SLOT_BYTES);
            pr_image_close(&image);
            close(fd);
        }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    build();
    read_bytes();
    g_test_add_func("/golden/sizes", test_sizes);
    g_test_add_func("/golden/elements", test_elements);
    g_test_add_func("/golden/images", test_images);
    return g_test_run();
}
