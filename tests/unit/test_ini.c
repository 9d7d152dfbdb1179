/* The strict INI reader and values with units. */
#include "../../core/agent/proc.h"
#include "../../simnet/ini.h"
#include "../../simnet/units.h"

#include <string.h>

static void test_times(void)
{
    static const struct {
        const char *text;
        gint64 ns;
    } good[] = {
        {"0s", 0},
        {"300us", 300000},
        {"1.5ms", 1500000},
        {"10s", 10000000000},
        {"2min", 120000000000},
        {"1h", 3600000000000},
        {"1d", 86400000000000},
        {"0.000000001s", 1},
        {"7ns", 7},
    };
    static const char *const bad[] = {"",       "10",  "s",    "-1s",     "+1s",
                                      "1 s",    "1.s", ".5s",  "1.5ns",   "1e3s",
                                      "1sec",   "1S",  "0x1s", "200000d", "99999999999999999999s",
                                      "1.0.0s", "1s ", NULL};
    gint64 ns;
    for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
        g_assert_true(sim_parse_time(good[i].text, &ns));
        g_assert_cmpint(ns, ==, good[i].ns);
    }
    for (guint i = 0; bad[i]; i++)
        g_assert_false(sim_parse_time(bad[i], &ns));
}

static void test_bytes_and_rates(void)
{
    guint64 bytes;
    double rate;
    g_assert_true(sim_parse_bytes("128MB", &bytes));
    g_assert_cmpuint(bytes, ==, 128000000);
    g_assert_true(sim_parse_bytes("1.5KiB", &bytes));
    g_assert_cmpuint(bytes, ==, 1536);
    g_assert_false(sim_parse_bytes("1.5B", &bytes));
    g_assert_false(sim_parse_bytes("1MB/s", &bytes));
    g_assert_false(sim_parse_bytes("20000000000GiB", &bytes));
    g_assert_true(sim_parse_rate("10Mbit/s", &rate));
    g_assert_cmpfloat(rate, ==, 1.25e6);
    g_assert_true(sim_parse_rate("8.5MB/s", &rate));
    g_assert_cmpfloat(rate, ==, 8.5e6);
    g_assert_false(sim_parse_rate("10MB", &rate));
    g_assert_false(sim_parse_rate("10Mbit", &rate));
}

static void test_nearest(void)
{
    static const char *const keys[] = {"arch", "speed", "disk", "seek", NULL};
    g_assert_cmpstr(sim_nearest("sped", keys), ==, "speed");
    g_assert_cmpstr(sim_nearest("dikc", keys), ==, "disk");
    g_assert_cmpstr(sim_nearest("colour", keys), ==, NULL);
}

static SimIni *parse(const char *text, GError **error)
{
    return sim_ini_parse("t.ini", text, strlen(text), error);
}

static void test_reading(void)
{
    GError *error = NULL;
    SimIni *ini = parse("# head\n[a b]\n key = x # y \r\n\n[sweep]\nc.i=1;2\n[empty]", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(sim_ini_n_entries(ini), ==, 2);
    const SimIniEntry *e = sim_ini_entry(ini, 0);
    g_assert_cmpstr(e->section, ==, "a b");
    g_assert_cmpstr(e->key, ==, "key");
    g_assert_cmpstr(e->value, ==, "x # y");
    g_assert_cmpuint(e->line, ==, 3);
    g_assert_cmpuint(sim_ini_n_sections(ini), ==, 3);
    guint line;
    g_assert_cmpstr(sim_ini_section(ini, 2, &line), ==, "empty");
    g_assert_cmpuint(line, ==, 7);
    g_assert_cmpstr(sim_ini_find(ini, "sweep", "c.i")->value, ==, "1;2");
    g_assert_null(sim_ini_find(ini, "sweep", "c"));

    g_assert_true(sim_ini_set(ini, "sweep.c.i=3", &error));
    g_assert_true(sim_ini_set(ini, "new.k=v=w", &error));
    g_assert_cmpstr(sim_ini_find(ini, "sweep", "c.i")->value, ==, "3");
    g_assert_cmpstr(sim_ini_find(ini, "new", "k")->value, ==, "v=w");
    static const char *const known[] = {"kinds", "key", NULL};
    g_assert_false(sim_ini_known_key(ini, sim_ini_find(ini, "new", "k"), known, &error));
    g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE);
    g_assert_true(g_str_has_prefix(error->message, "-D new.k=v=w: unknown key 'k' in [new]"));
    g_clear_error(&error);
    sim_ini_free(ini);
}

static void test_refused(void)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"k=v", "t.ini:1: key before the first [section]"},
        {"[a]\nk=1\n\nk=2", "t.ini:4: duplicate key 'k' in [a], first in line 2"},
        {"[a]\n[b]\n[a]", "t.ini:3: duplicate section [a], first in line 1"},
        {"[a]\nwhat", "t.ini:2: neither [section] nor key=value: 'what'"},
        {"[a]\n=v", "t.ini:2: bad key ''"},
        {"[a]\nk[de]=v", "t.ini:2: bad key 'k[de]'"},
        {"[a", "t.ini:1: a section is written [name], alone on its line"},
        {"[]", "t.ini:1: bad section name ''"},
        {"[", "t.ini:1: a section is written [name], alone on its line"},
        {"[a]\nk=\xff", "t.ini:2: not UTF-8 text"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(parse(bad[i].text, &error));
        g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE);
        g_assert_cmpstr(error->message, ==, bad[i].message);
    }
    g_autoptr(GError) error = NULL;
    g_assert_null(sim_ini_parse("t.ini", "[a]\nk=\0v", 9, &error));
    g_assert_nonnull(error);
    static const char *const overrides[] = {"a", "a=b", "a.=b", ".k=b", "a.k", NULL};
    SimIni *ini = parse("", NULL);
    for (guint i = 0; overrides[i]; i++)
        g_assert_false(sim_ini_set(ini, overrides[i], NULL));
    sim_ini_free(ini);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/units/time", test_times);
    g_test_add_func("/units/bytes-rates", test_bytes_and_rates);
    g_test_add_func("/units/nearest", test_nearest);
    g_test_add_func("/ini/reading", test_reading);
    g_test_add_func("/ini/refused", test_refused);
    return g_test_run();
}
