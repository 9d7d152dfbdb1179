/* Platform files: what is read, and that everything else is refused with its line. */
#include "../../core/agent/proc.h"
#include "../../simnet/platform.h"

#include <glib/gstdio.h>
#include <string.h>

static SimPlatform *parse(const char *text, GError **error)
{
    SimIni *ini = sim_ini_parse("t", text, strlen(text), error);
    SimPlatform *p = ini ? sim_platform_from_ini(ini, error) : NULL;
    sim_ini_free(ini);
    return p;
}

static void test_lab1998(void)
{
    g_autoptr(GError) error = NULL;
    SimPlatform *p = sim_platform_load("simnet/platforms/lab1998.platform", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(sim_platform_name(p), ==, "lab1998");
    g_assert_cmpuint(sim_platform_n_hosts(p), ==, 14);
    guint n, m68k = 0, s390x = 0, mips = 0;
    for (guint i = 0; i < 7; i++) {
        const char *arch = sim_platform_host(p, i)->arch;
        m68k = strcmp(arch, "m68k") == 0 ? i : m68k;
        s390x = strcmp(arch, "s390x") == 0 ? i : s390x;
        mips = strcmp(arch, "mips") == 0 ? i : mips;
    }
    const guint *route = sim_platform_route(p, s390x, m68k, &n);
    g_assert_cmpuint(n, ==, 2);
    g_assert_cmpuint(route[0], !=, route[1]);
    sim_platform_route(p, m68k, mips, &n);
    g_assert_cmpuint(n, ==, 1);
    g_assert_null(sim_platform_route(p, mips, mips, &n));
    sim_platform_unref(sim_platform_ref(p));
    g_assert_cmpfloat(sim_platform_host(p, m68k)->disk_bps, ==, 4e6);
    g_assert_cmpint(sim_platform_host(p, m68k)->seek_ns, ==, 14000000);
    sim_platform_unref(p);
}

#define LINK  "[link l]\nbandwidth=1MB/s\nlatency=1ms\n"
#define ROUTE "[route * *]\nlinks=l\n"
#define HOST  "[host a]\narch=mips\n"

static void test_defaults(void)
{
    g_autoptr(GError) error = NULL;
    SimPlatform *p = parse(ROUTE HOST LINK "[experiment]\nname=x\n", &error);
    g_assert_no_error(error);
    const SimHostSpec *h = sim_platform_host(p, 0);
    g_assert_cmpfloat(h->speed, ==, 1.0);
    g_assert_cmpfloat(h->disk_bps, ==, 8e6);
    g_assert_cmpuint(h->memory_bytes, ==, 128000000);
    g_assert_cmpint(sim_platform_link(p, 0)->policy, ==, SIM_LINK_SHARED);
    sim_platform_unref(p);
}

static void test_refused(void)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"", "t: no [host NAME]"},
        {"[host a]\nspeed=1.0", "t:1: [host a] needs key 'arch'"},
        {"[host a]\narch=mpis",
         "t:2: 'mpis' for key 'arch' is not an architecture, did you mean 'mips'?"},
        {"[host a]\narch=mips\nsped=1.0",
         "t:3: unknown key 'sped' in [host a], did you mean 'speed'?"},
        {"[host a]\narch=mips\nspeed=0",
         "t:3: '0' for key 'speed' is not a number above 0, as 1.0"},
        {"[host a]\narch=mips\nspeed=nan",
         "t:3: 'nan' for key 'speed' is not a number above 0, as 1.0"},
        {"[host a]\narch=mips\ndisk=8MB",
         "t:3: '8MB' for key 'disk' is not a rate, as 8MB/s or 10Mbit/s"},
        {"[host a]\narch=mips\nseek=10", "t:3: '10' for key 'seek' is not a time, as 10ms"},
        {"[host a]\narch=mips\nmemory=1s", "t:3: '1s' for key 'memory' is not a size, as 128MB"},
        {"[link l]\nbandwidth=1MB/s", "t:1: [link l] needs key 'latency'"},
        {LINK "policy=ring", "t:4: 'ring' for key 'policy' is not shared, fatpipe, bus or duplex"},
        {"[host a b]\narch=mips", "t:1: [host a b] should read [host NAME]"},
        {"[host]\narch=mips", "t:1: [host] should read [host NAME]"},
        {"[host *]\narch=mips", "t:1: a host cannot be named '*'"},
        {"[route a]\nlinks=l", "t:1: [route a] should read [route FROM TO]"},
        {HOST LINK "[route a c]\nlinks=l", "t:6: unknown host 'c', did you mean 'a'?"},
        {HOST LINK "[route * *]\nlinks=k;l", "t:7: unknown link 'k', did you mean 'l'?"},
        {HOST LINK "[route * *]\nlink=l",
         "t:7: unknown key 'link' in [route * *], did you mean 'links'?"},
        {HOST "[host b]\narch=mips\n" LINK, "t: no route between hosts 'a' and 'b'"},
        {"[network]\nmodel=lv8",
         "t:2: 'lv8' for key 'model' is not a model of the network, did you mean 'lv08'?"},
        {"[network]\nrouting=shortets", "t:2: 'shortets' for key 'routing' is not given or shortest, did you mean 'shortest'?"},
        {HOST "[router a]\n", "t:3: 'a' is a host, router or switch already"},
        {HOST "[switch s]\nhosts=a\nbandwidth=1MB/s", "t:3: [switch s] needs key 'latency'"},
        {HOST "[group g]\nhosts=a;a", "t:4: 'a' stands twice in the list"},
        {HOST "availability=0s 1;8h 2", "t:3: '0s 1;8h 2' for key 'availability' is not shares from 0 to 1 over time, as 0s 1;8h 0.5;every 24h"},
        {HOST "availability=8h 1;8h 0", "t:3: '8h 1;8h 0' for key 'availability' is not shares from 0 to 1 over time, as 0s 1;8h 0.5;every 24h"},
        {HOST LINK "[router r]\n[route * r]\nlinks=l", "t:7: unknown host '*', did you mean 'a'?"},
        {HOST "[host b]\narch=mips\n[router r]\n" LINK "[route a r]\nlinks=l", "t: no route between hosts 'a' and 'b'"},
        {HOST LINK ROUTE HOST, "t:8: duplicate section [host a], first in line 1"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(parse(bad[i].text, &error));
        g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE);
        g_assert_cmpstr(error->message, ==, bad[i].message);
    }
}

static const char *link_name(const SimPlatform *p, guint from, guint to, guint i, guint n_wanted)
{
    guint n;
    const guint *route = sim_platform_route(p, from, to, &n);
    g_assert_cmpuint(n, ==, n_wanted);
    return sim_platform_link(p, route[i])->name;
}

/* Two switches with a trunk: ways are computed, and each direction has its own half of every cable. */
static void test_switches(void)
{
    g_autoptr(GError) error = NULL;
    SimPlatform *p = parse(HOST "[host b]\narch=mips\n[host c]\narch=hppa\n"
                           "[switch s]\nhosts=a;b\nbandwidth=100Mbit/s\nlatency=50us\n"
                           "[switch t]\nhosts=c\nbandwidth=10Mbit/s\nlatency=50us\n"
                           "[link trunk]\nbandwidth=1Gbit/s\nlatency=10us\npolicy=duplex\n"
                           "[route s t]\nlinks=trunk\n[group rack]\nhosts=a;b\n", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(link_name(p, 0, 1, 0, 2), ==, "s/a");
    g_assert_cmpstr(link_name(p, 0, 1, 1, 2), ==, "s/b:down");
    g_assert_cmpstr(link_name(p, 2, 0, 0, 3), ==, "t/c");
    g_assert_cmpstr(link_name(p, 2, 0, 1, 3), ==, "trunk:down");
    g_assert_cmpstr(link_name(p, 2, 0, 2, 3), ==, "s/a:down");
    g_assert_cmpuint(sim_platform_n_groups(p), ==, 1);
    g_assert_cmpuint(sim_platform_group(p, 0)->n_hosts, ==, 2);
    sim_platform_unref(p);
}

static void test_duplex(void)
{
    g_autoptr(GError) error = NULL;
    SimPlatform *p = parse(HOST "[host b]\narch=mips\n" LINK "[link d]\nbandwidth=1MB/s\nlatency=1ms\npolicy=duplex\n"
                           "[route a b]\nlinks=d:down;l\n", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(link_name(p, 0, 1, 0, 2), ==, "d:down");
    g_assert_cmpstr(link_name(p, 1, 0, 0, 2), ==, "l"); /* backwards: in reverse order, the other half */
    g_assert_cmpstr(link_name(p, 1, 0, 1, 2), ==, "d");
    sim_platform_unref(p);
}

static void test_timelines(void)
{
    g_autoptr(GError) error = NULL;
    SimPlatform *p = parse(HOST "speed=2.0\nspeed_float=0.5\navailability=8h 0.5;18h 1;every 24h\n"
                           "[link l]\nbandwidth=1MB/s\nlatency=1ms\nbandwidth_profile=10s 2MB/s\n" ROUTE, &error);
    g_assert_no_error(error);
    const gint64 h = G_GINT64_CONSTANT(3600000000000);
    const SimHostSpec *a = sim_platform_host(p, 0);
    static const struct {
        gint64 hour;
        double value;
        gint64 next;
    } rows[] = {{0, 7, 8}, {8, 0.5, 18}, {17, 0.5, 18}, {18, 1, 32}, {24, 1, 32}, {32, 0.5, 42}, {242, 1, 248}};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_assert_cmpfloat(sim_timeline_at(a->availability, rows[i].hour * h, 7), ==, rows[i].value);
        g_assert_cmpint(sim_timeline_next_ns(a->availability, rows[i].hour * h), ==, rows[i].next * h);
    }
    const SimTimeline *b = sim_platform_link(p, 0)->bandwidth;
    g_assert_cmpfloat(sim_timeline_at(b, 9999999999, 1e6), ==, 1e6);
    g_assert_cmpfloat(sim_timeline_at(b, h, 1e6), ==, 2e6);
    g_assert_cmpint(sim_timeline_next_ns(b, h), ==, G_MAXINT64);
    g_assert_cmpfloat(sim_host_speed(a, SIM_WORK_FLOAT), ==, 0.5);
    g_assert_cmpfloat(sim_host_speed(a, SIM_WORK_INTEGER), ==, 2);
    sim_platform_unref(p);
}

/* Cut at every length and with every byte flipped once: read or refused, never anything else. */
static void test_damaged(void)
{
    g_autofree char *text = NULL;
    gsize bytes;
    g_assert_true(g_file_get_contents("simnet/platforms/lab1998.platform", &text, &bytes, NULL));
    for (gsize i = 0; i < 2 * bytes; i++) {
        g_autoptr(GError) error = NULL;
        gsize at = i % bytes;
        if (i >= bytes)
            text[at] = (char)(text[at] ^ 0x15);
        SimIni *ini = sim_ini_parse("t", text, i < bytes ? at : bytes, &error);
        SimPlatform *p = ini ? sim_platform_from_ini(ini, &error) : NULL;
        g_assert_true((p != NULL) == (error == NULL));
        sim_platform_unref(p);
        sim_ini_free(ini);
        if (i >= bytes)
            text[at] = (char)(text[at] ^ 0x15);
    }
}

static void test_unknown_section(void)
{
    g_autofree char *path =
        g_strdup_printf("%s/preaches-%d.platform", g_get_tmp_dir(), g_random_int());
    g_assert_true(g_file_set_contents(path, HOST "[hots b]\narch=mips\n", -1, NULL));
    g_autoptr(GError) error = NULL;
    g_assert_null(sim_platform_load(path, &error));
    g_autofree char *message =
        g_strdup_printf("%s:3: unknown section [hots b], did you mean 'host'?", path);
    g_assert_cmpstr(error->message, ==, message);
    g_remove(path);
    g_clear_error(&error);
    g_assert_null(sim_platform_load(path, &error));
    g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/platform/lab1998", test_lab1998);
    g_test_add_func("/platform/defaults", test_defaults);
    g_test_add_func("/platform/switches", test_switches);
    g_test_add_func("/platform/duplex", test_duplex);
    g_test_add_func("/platform/timelines", test_timelines);
    g_test_add_func("/platform/refused", test_refused);
    g_test_add_func("/platform/damaged", test_damaged);
    g_test_add_func("/platform/unknown-section", test_unknown_section);
    return g_test_run();
}
