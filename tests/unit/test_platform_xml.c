/* SimGrid's platform files: transfers take as long as in SimGrid 3.32, and what is not read is refused with
 * its line. */
#include "../../core/agent/proc.h"
#include "../../simnet/platform.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static const char *nested = "tests/golden/simgrid/xml/nested.xml";

static guint host_named(const SimPlatform *p, const char *name)
{
    for (guint h = 0; h < sim_platform_n_hosts(p); h++)
        if (strcmp(sim_platform_host(p, h)->name, name) == 0)
            return h;
    g_error("no host %s", name);
}

static void done(SimFlow flow, gboolean delivered, gpointer data)
{
    (void)flow;
    *(gboolean *)data = delivered;
}

static double transfer_s(const SimPlatform *p, guint from, guint to, double bytes)
{
    SimEngine *engine = sim_engine_new();
    SimNetwork *net = sim_platform_network(p, engine);
    gboolean delivered = FALSE;
    guint n, n_back;
    const guint *route = sim_platform_route(p, from, to, &n);
    const guint *back = sim_platform_route(p, to, from, &n_back);
    g_assert_cmpuint(n, >, 0);
    sim_network_start(net, from, to, bytes, route, n, back, n_back, done, &delivered);
    while (sim_engine_step(engine))
        ;
    g_assert_true(delivered);
    double seconds = (double)sim_engine_now(engine) * 1e-9;
    sim_network_free(net);
    sim_engine_free(engine);
    return seconds;
}

static void test_as_simgrid(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    SimPlatform *p = sim_platform_load(nested, &error);
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents("tests/golden/simgrid/xml/expected.csv", &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint checked = 0;
    for (guint i = 2; lines[i] && *lines[i]; i++, checked++) {
        g_auto(GStrv) f = g_strsplit(lines[i], ",", -1);
        double wanted = g_ascii_strtod(f[2], NULL);
        double ours = transfer_s(p, host_named(p, f[0]), host_named(p, f[1]), 1e7);
        if (fabs(ours - wanted) > 1e-6 * wanted)
            g_error("%s to %s: ours %.9f, SimGrid's %.9f", f[0], f[1], ours, wanted);
    }
    g_assert_cmpuint(checked, ==, 110);
    sim_platform_unref(p);
}

static void test_hosts(void)
{
    g_autoptr(GError) error = NULL;
    SimPlatform *p = sim_platform_load(nested, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(sim_platform_name(p), ==, "world");
    g_assert_cmpstr(sim_platform_model(p)->name, ==, "lv08");
    g_assert_cmpuint(sim_platform_n_hosts(p), ==, 11);
    const SimHostSpec *sun = sim_platform_host(p, host_named(p, "sun"));
    g_assert_cmpstr(sun->arch, ==, "s390x");
    g_assert_cmpfloat(fabs(sun->speed - 0.098095), <, 1e-12);
    g_assert_cmpfloat(sun->disk_bps, ==, 40e6);
    g_assert_cmpfloat(sun->disk_read_bps, ==, 80e6);
    g_assert_cmpuint(sun->memory_bytes, ==, 256000000);
    const SimHostSpec *node = sim_platform_host(p, host_named(p, "c1-7.org"));
    g_assert_cmpstr(node->arch, ==, "x86_64");
    g_assert_cmpfloat(node->cores, ==, 4);
    sim_platform_unref(p);
}

#define XML(inside)                                                                                           \
    "<?xml version='1.0'?>\n<platform version=\"4.1\">\n<zone id=\"z\" routing=\"Full\">\n" inside           \
    "\n</zone>\n</platform>\n"
#define HOSTS "<host id='a' speed='1Gf'/><host id='b' speed='1Gf'/>\n"
#define LINK  "<link id='l' bandwidth='1MBps' latency='1ms'/>\n"
#define ROUTE "<route src='a' dst='b'><link_ctn id='l'/></route>"

static SimPlatform *parse(const char *text, char **path, GError **error)
{
    *path = g_strdup_printf("%s/preaches-%d.xml", g_get_tmp_dir(), g_random_int());
    g_assert_true(g_file_set_contents(*path, text, -1, NULL));
    SimPlatform *p = sim_platform_load(*path, error);
    g_remove(*path);
    return p;
}

static void test_refused(void)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"<platform version=\"3\">\n</platform>", ":1: platform version '3' is not 4 or 4.1: simgrid_update_xml converts it"},
        {"<platform version='4.1'>\n<peer id='x'/></platform>", ":2: <peer> is outside the subset that is read"},
        {XML(HOSTS LINK ROUTE "\n<bypassRoute src='a' dst='b'/>"), ":7: <bypassRoute> is outside the subset that is read"},
        {XML("<host id='a' speed='1Gf' coordinates='1 2'/>"), ":4: attribute 'coordinates' of <host> is outside the subset that is read"},
        {XML("<host id='a'/>"), ":4: <host> needs attribute 'speed'"},
        {XML("<host id='a' speed='1Gf, 2Gf'/>"), ":4: '1Gf, 2Gf' is not one speed, as 1Gf"},
        {XML(HOSTS "<host id='a' speed='1Gf'/>"), ":5: 'a' is there already"},
        {XML("<host id='a' speed='1Gf'><prop id='arch' value='vax'/></host>"), ":4: 'vax' for property 'arch' is not an architecture"},
        {XML("<link id='l' bandwidth='1MBq'/>"), ":4: '1MBq' is not a bandwidth, as 10MBps or 1Gbps"},
        {XML("<link id='l' bandwidth='1MBps' sharing_policy='WIFI'/>"), ":4: sharing_policy 'WIFI' is outside the subset that is read"},
        {XML("<link id='l' bandwidth='1MBps' latency_file='x'/>"), ":4: attribute 'latency_file' of <link> is outside the subset that is read"},
        {XML(HOSTS LINK "<route src='a' dst='c'><link_ctn id='l'/></route>"), ":6: 'c' is not in this zone"},
        {XML(HOSTS LINK "<route src='a' dst='b'><link_ctn id='m'/></route>"), ":6: unknown link 'm'"},
        {XML(HOSTS LINK ROUTE "\n" ROUTE), ":7: there is a route from 'a' to 'b' already"},
        {XML(HOSTS LINK), ": no route from 'a' to 'b'"},
        {XML(""), ": no host"},
        {XML(HOSTS "<cluster id='c' prefix='p' suffix='' radical='0-1' speed='1Gf' bw='1GBps' lat='1us' topology='TORUS'/>"),
         ":5: attribute 'topology' of <cluster> is outside the subset that is read"},
        {"<platform version='4.1'>\n<zone id='z' routing='Vivaldi'></zone></platform>", ":2: routing 'Vivaldi' is outside the subset that is read (Full, Floyd, Dijkstra)"},
        {"<platform version='4.1'><config><prop id='network/TCP-gamma' value='1'/></config></platform>", ":1: configuration 'network/TCP-gamma' is outside the subset that is read"},
        {"<platform version='4.1'>\n<zone id='z' routing='Full'>\n<host></zone>", ":3: <host> needs attribute 'id'"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path = NULL;
        g_assert_null(parse(bad[i].text, &path, &error));
        g_assert_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE);
        g_assert_true(g_str_has_prefix(error->message, path));
        g_assert_cmpstr(error->message + strlen(path), ==, bad[i].message);
    }
}

static void test_profiles(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL, *file = g_build_filename(g_get_tmp_dir(), "preaches-test.profile", NULL);
    g_assert_true(g_file_set_contents(file, "# a link that comes and goes\n0 1.0\n10.5 0\nLOOPAFTER 9.5\n", -1, NULL));
    SimPlatform *p = parse(XML(HOSTS "<link id='l' bandwidth='1MBps' state_file='preaches-test.profile'/>" ROUTE), &path, &error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(sim_platform_text(p)->str, "LOOPAFTER 9.5")); /* what a run's id is made of */
    const SimTimeline *t = sim_platform_link(p, 0)->availability;
    g_assert_cmpfloat(sim_timeline_at(t, 10499999999, 7), ==, 1);
    g_assert_cmpfloat(sim_timeline_at(t, 10500000000, 7), ==, 0);
    g_assert_cmpint(sim_timeline_next_ns(t, 10500000000), ==, 20000000000);
    g_assert_cmpfloat(sim_timeline_at(t, 20000000000, 7), ==, 1);
    sim_platform_unref(p);
    g_assert_true(g_file_set_contents(file, "0 1.0\nsoon 0\n", -1, NULL));
    g_assert_null(parse(XML(HOSTS "<link id='l' bandwidth='1MBps' state_file='preaches-test.profile'/>" ROUTE), &path, &error));
    g_assert_nonnull(strstr(error->message, "preaches-test.profile:2: not a profile"));
    g_remove(file);
}

/* Cut at every length and with every byte spoiled once: read or refused, never anything else. */
static void test_damaged(void)
{
    g_autofree char *text = NULL, *path = g_strdup_printf("%s/preaches-%d.xml", g_get_tmp_dir(), g_random_int());
    gsize bytes;
    g_assert_true(g_file_get_contents(nested, &text, &bytes, NULL));
    for (gsize i = 0; i < 2 * bytes; i++) {
        g_autoptr(GError) error = NULL;
        gsize at = i % bytes;
        if (i >= bytes)
            text[at] = (char)(text[at] ^ 0x15);
        g_assert_true(g_file_set_contents_full(path, text, (gssize)(i < bytes ? at : bytes), G_FILE_SET_CONTENTS_NONE, 0600, NULL));
        SimPlatform *p = sim_platform_load(path, &error);
        g_assert_true((p != NULL) == (error == NULL));
        sim_platform_unref(p);
        if (i >= bytes)
            text[at] = (char)(text[at] ^ 0x15);
    }
    g_remove(path);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/platform-xml/as-simgrid", test_as_simgrid);
    g_test_add_func("/platform-xml/hosts", test_hosts);
    g_test_add_func("/platform-xml/refused", test_refused);
    g_test_add_func("/platform-xml/profiles", test_profiles);
    g_test_add_func("/platform-xml/damaged", test_damaged);
    return g_test_run();
}
