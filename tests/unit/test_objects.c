/* Texts in object files: round trip, several in a row, damage; the command line's table. */
#include "core/cc/driver.h"
#include "core/cc/objects.h"

#include <string.h>

static CcTextUnit *make_unit(const char *name, const char *text)
{
    CcTextUnit *unit = cc_text_unit_new(name);
    cc_argv_add(unit->options, "-O2");
    cc_argv_add(unit->machine, "-march=native");
    for (int i = 0; i < 3; i++) {
        CcText one = {.arch = &pr_arches[i], .text = g_strdup_printf("%s %d", text, i)};
        one.bytes = strlen(one.text);
        g_array_append_val(unit->texts, one);
    }
    return unit;
}

static GByteArray *make_section(void)
{
    GByteArray *all = g_byte_array_new();
    for (int i = 0; i < 2; i++) {
        CcTextUnit *unit = make_unit(i ? "src/b c.c" : "a.c", i ? "int b;" : "int a;");
        g_autoptr(GBytes) packed = cc_text_unit_pack(unit);
        gsize n;
        const guint8 *bytes = g_bytes_get_data(packed, &n);
        g_byte_array_append(all, bytes, (guint)n);
        cc_text_unit_free(unit);
    }
    return all;
}

static void test_round_trip(void)
{
    g_autoptr(GByteArray) all = make_section();
    g_autoptr(GPtrArray) units = g_ptr_array_new_with_free_func((GDestroyNotify)cc_text_unit_free);
    GError *error = NULL;
    g_assert_true(cc_text_units_unpack(all->data, all->len, units, "x.o", &error));
    g_assert_no_error(error);
    g_assert_cmpuint(units->len, ==, 2);
    const CcTextUnit *unit = units->pdata[1];
    g_assert_cmpstr(unit->name, ==, "src/b c.c");
    g_assert_cmpstr(unit->options->pdata[0], ==, "-O2");
    g_assert_cmpstr(cc_text_unit_text(unit, &pr_arches[2])->text, ==, "int b; 2");
    g_assert_null(cc_text_unit_text(unit, &pr_arches[7]));
}

/* The texts are those of make_section(). */
static void assert_same(const GPtrArray *units)
{
    g_assert_cmpuint(units->len, ==, 2);
    for (guint i = 0; i < 2; i++)
        for (int k = 0; k < 3; k++) {
            g_autofree char *want = g_strdup_printf("int %c; %d", i ? 'b' : 'a', k);
            g_assert_cmpstr(cc_text_unit_text(units->pdata[i], &pr_arches[k])->text, ==, want);
        }
}

/* Every prefix but the whole units, and every bit changed: an error, never a crash or other texts. */
static void test_damage(void)
{
    g_autoptr(GByteArray) all = make_section();
    guint whole = 0;
    for (guint n = 0; n < all->len; n++) {
        g_autoptr(GPtrArray) units = g_ptr_array_new_with_free_func((GDestroyNotify)cc_text_unit_free);
        g_autofree guint8 *cut = g_memdup2(all->data, n);
        GError *error = NULL;
        if (cc_text_units_unpack(cut, n, units, "x.o", &error))
            whole++; /* nothing, or the first unit alone */
        g_clear_error(&error);
    }
    g_assert_cmpuint(whole, ==, 2);
    for (guint at = 0; at < all->len; at++)
        for (guint bit = 0; bit < 8; bit++) {
            g_autoptr(GPtrArray) units = g_ptr_array_new_with_free_func((GDestroyNotify)cc_text_unit_free);
            GError *error = NULL;
            all->data[at] ^= (guint8)(1u << bit);
            if (cc_text_units_unpack(all->data, all->len, units, "x.o", &error))
                assert_same(units);
            g_clear_error(&error);
            all->data[at] ^= (guint8)(1u << bit);
        }
}

/* What a command line becomes; only passed-on and refused ones, which need no compilers installed. */
static void test_command(void)
{
    static const struct { const char *line; gboolean ok; CcMode mode; } lines[] = {
        {"cc -E a.c", TRUE, CC_MODE_PASS}, {"cc --version", TRUE, CC_MODE_PASS},
        {"cc -print-multiarch", TRUE, CC_MODE_PASS}, {"cc -v", TRUE, CC_MODE_PASS},
        {"cc -M -MF x a.c", TRUE, CC_MODE_PASS}, {"cc -shared -o x.so a.c", FALSE, 0},
        {"cc -funsigned-char -c a.c", FALSE, 0}, {"cc -fopenmp a.c", FALSE, 0},
        {"cc a.c -o", FALSE, 0}, {"cc --polls=some a.c", FALSE, 0}, {"cc --arch=vax a.c", FALSE, 0},
        {"cc -c -o x.o a.c b.c", FALSE, 0}};
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_auto(GStrv) argv = g_strsplit(lines[i].line, " ", -1);
        GError *error = NULL;
        CcCommand *command = cc_command_parse((int)g_strv_length(argv), argv, &error);
        g_test_message("%s: %s", lines[i].line, error ? error->message : "accepted");
        g_assert_true((command != NULL) == lines[i].ok && (error == NULL) == lines[i].ok);
        if (command)
            g_assert_cmpint(command->mode, ==, lines[i].mode);
        cc_command_free(command);
        g_clear_error(&error);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/objects/round-trip", test_round_trip);
    g_test_add_func("/objects/damage", test_damage);
    g_test_add_func("/driver/command", test_command);
    return g_test_run();
}
