/* Built with ip and tc. Names carry this process's number, so that networks of several processes do
 * not meet, and what one that was killed has left behind is known by it. */
#include "realnet.h"
#include "../core/agent/proc.h"
#include "relay.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME_PREFIX "prl"
#define PORT        7000
enum { BURST_BYTES = 16384, QUEUE_BYTES = 65536 };
#define UNDELAYED_NS 1000000 /* latencies below this are left to the kernel */
#define BURST_S 0.001 /* what a link may send at once, and what waits before it, in seconds of its rate */
#define QUEUE_S 0.01

struct LabNet {
    const SimPlatform *platform;
    gboolean links;
    char *tag;
    double loss;
    guint n_made;     /* hosts set up, perhaps in part */
    LabRelay **relay; /* by host; NULL: joined to the bridge directly */
};

/* ---- commands ---- */

/* Words are separated by single spaces. */
static gboolean command(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static gboolean command(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_auto(GStrv) argv = g_strsplit(text, " ", -1);
    g_autofree char *said = NULL;
    g_autoptr(GError) cause = NULL;
    int status;
    if (!g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL,
                      NULL, NULL, &said, &status, &cause))
        return preaches_fail(error, PREACHES_ERROR_USAGE, "%s", cause->message);
    if (g_spawn_check_wait_status(status, NULL))
        return TRUE;
    return preaches_fail(error, PREACHES_ERROR_USAGE, "%s: %s", text, *g_strstrip(said) ? said : "failed");
}

/* ---- the platform as a switch ---- */

static gboolean on_route(const SimPlatform *platform, guint link, guint from, guint to)
{
    guint n;
    const guint *route = sim_platform_route(platform, from, to, &n);
    for (guint i = 0; i < n; i++)
        if (route[i] == link)
            return TRUE;
    return FALSE;
}

/* The one link that every route of the host has in it; FALSE when there is none, or more. */
static gboolean own_link(const SimPlatform *platform, guint host, guint *link)
{
    guint found = 0;
    for (guint l = 0; l < sim_platform_n_links(platform); l++) {
        gboolean always = TRUE;
        for (guint other = 0; other < sim_platform_n_hosts(platform); other++)
            always = always && (other == host || on_route(platform, l, host, other));
        if (!always)
            continue;
        *link = l;
        found++;
    }
    return found == 1;
}

/* Each host behind a link of its own, and nothing between two links. */
static gboolean check_switch(const SimPlatform *platform, GError **error)
{
    guint n_hosts = sim_platform_n_hosts(platform);
    if (n_hosts < 3)
        return preaches_fail(error, PREACHES_ERROR_USAGE, "platform %s: mode=real needs three hosts: a majority of two is both",
                    sim_platform_name(platform));
    for (guint a = 0; a < n_hosts; a++)
        for (guint b = 0; b < n_hosts; b++) {
            guint n, from, to;
            sim_platform_route(platform, a, b, &n);
            if (a == b)
                continue;
            if (!own_link(platform, a, &from) || !own_link(platform, b, &to) || from == to || n != 2)
                return preaches_fail(error, PREACHES_ERROR_USAGE, "platform %s: between %s and %s there is more than a link of "
                            "each; mode=real builds a switch (real.network=loopback: no links)", sim_platform_name(platform),
                            sim_platform_host(platform, a)->name,
                            sim_platform_host(platform, b)->name);
        }
    return TRUE;
}

/* ---- namespaces ---- */

static gboolean shape(const LabNet *net, guint host, const char *prefix, const char *device,
                      GError **error)
{
    guint link = 0;
    own_link(net->platform, host, &link);
    double rate = sim_platform_link(net->platform, link)->bandwidth_bps;
    return command(error, "%stc qdisc add dev %s root tbf rate %.0fbit burst %.0f limit %.0f",
                   prefix, device, rate * 8, MAX(BURST_BYTES, rate * BURST_S),
                   MAX(QUEUE_BYTES, rate * QUEUE_S));
}

/* The host's port and the bridge: directly, or through what makes delay and loss. */
static gboolean join(LabNet *net, guint host, const char *port, GError **error)
{
    g_autofree char *tap = g_strdup_printf("%st%u", net->tag, host);
    guint link = 0;
    own_link(net->platform, host, &link);
    gint64 delay_ns = sim_platform_link(net->platform, link)->latency_ns;
    if (delay_ns < UNDELAYED_NS && net->loss <= 0)
        return command(error, "ip link set %s master %sbr up", port, net->tag);
    if (!command(error, "ip link set %s up", port))
        return FALSE;
    net->relay[host] = lab_relay_new(port, tap, delay_ns, net->loss, host + 1, error);
    return net->relay[host] && command(error, "ip link set %s master %sbr up", tap, net->tag);
}

static gboolean make_host(LabNet *net, guint host, GError **error)
{
    g_autofree char *ns = g_strdup_printf("%s-%u", net->tag, host);
    g_autofree char *port = g_strdup_printf("%sv%u", net->tag, host);
    g_autofree char *inside = g_strdup_printf("ip netns exec %s ", ns);
    net->n_made = host + 1;
    return command(error, "ip netns add %s", ns) &&
           command(error, "ip link add %s type veth peer name eth0 netns %s", port, ns) &&
           join(net, host, port, error) &&
           command(error, "ip -n %s addr add 10.77.%u.%u/16 dev eth0", ns, host / 250,
                   host % 250 + 1) &&
           command(error, "ip -n %s link set eth0 up", ns) &&
           command(error, "ip -n %s link set lo up", ns) &&
           shape(net, host, inside, "eth0", error) && shape(net, host, "", port, error);
}

static void take_down(const char *tag, guint n_hosts)
{
    for (guint h = 0; h < n_hosts; h++) {
        command(NULL, "ip link del %sv%u", tag, h); /* else it lives until nothing is left in there */
        command(NULL, "ip netns del %s-%u", tag, h);
    }
    command(NULL, "ip link del %sbr", tag);
}

/* Of processes that were killed. */
static void sweep_old(void)
{
    GDir *dir = g_dir_open("/run/netns", 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        int pid;
        guint host;
        if (sscanf(name, NAME_PREFIX "%d-%u", &pid, &host) != 2 || kill(pid, 0) == 0)
            continue;
        command(NULL, "ip netns del %s", name);
        command(NULL, "ip link del " NAME_PREFIX "%dbr", pid);
    }
    if (dir)
        g_dir_close(dir);
}

gboolean lab_net_permitted(GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autofree char *name = g_strdup_printf(NAME_PREFIX "%d-0", getpid());
    if (geteuid() != 0)
        return preaches_fail(error, PREACHES_ERROR_USAGE, "network namespaces need root; real.network=loopback needs nothing");
    sweep_old();
    gboolean ok = command(&cause, "ip netns add %s", name) &&
                  command(&cause, "ip netns exec %s tc qdisc add dev lo root tbf rate 1gbit burst "
                          "%u limit %u", name, BURST_BYTES, QUEUE_BYTES);
    command(NULL, "ip netns del %s", name);
    return ok || preaches_fail(error, PREACHES_ERROR_USAGE, "network namespaces or tc tbf are not permitted here (%s); "
                      "real.network=loopback needs neither", cause->message);
}

static gboolean build(LabNet *net, GError **error)
{
    gboolean ok = check_switch(net->platform, error) &&
                  command(error, "ip link add %sbr type bridge", net->tag) &&
                  command(error, "ip link set %sbr up", net->tag);
    for (guint h = 0; ok && h < sim_platform_n_hosts(net->platform); h++)
        ok = make_host(net, h, error);
    return ok;
}

/* ---- the whole ---- */

LabNet *lab_net_new(const SimPlatform *platform, const char *form, double loss, GError **error)
{
    g_autoptr(LabNet) net = g_new0(LabNet, 1);
    g_autoptr(GError) why = NULL;
    net->platform = platform;
    net->loss = loss;
    net->relay = g_new0(LabRelay *, sim_platform_n_hosts(platform));
    net->tag = g_strdup_printf(NAME_PREFIX "%d", getpid());
    net->links = g_str_equal(form, "namespaces") && lab_net_permitted(&why);
    if (!net->links && why) {
        g_propagate_error(error, g_steal_pointer(&why));
        return NULL;
    }
    return !net->links || build(net, error) ? g_steal_pointer(&net) : NULL;
}

void lab_net_free(LabNet *net)
{
    if (!net)
        return;
    for (guint h = 0; h < net->n_made; h++)
        lab_relay_free(net->relay[h]);
    if (net->links)
        take_down(net->tag, net->n_made);
    g_free(net->relay);
    g_free(net->tag);
    g_free(net);
}

gboolean lab_net_has_links(const LabNet *net) { return net->links; }

char *lab_net_address(const LabNet *net, guint host)
{
    guint number = (guint)getpid();
    if (!net->links) /* an address of this process's own, so that its port is free */
        return g_strdup_printf("127.%u.%u.%u:%d", number >> 8 & 255, number & 255, host + 1, PORT);
    return g_strdup_printf("10.77.%u.%u:%d", host / 250, host % 250 + 1, PORT);
}

char **lab_net_argv(const LabNet *net, guint host, const char *const *argv)
{
    g_autoptr(GStrvBuilder) list = g_strv_builder_new();
    g_autofree char *ns = g_strdup_printf("%s-%u", net->tag, host);
    if (net->links)
        g_strv_builder_add_many(list, "ip", "netns", "exec", ns, NULL);
    g_strv_builder_addv(list, (const char **)argv);
    return g_strv_builder_end(list);
}

gboolean lab_net_cut(LabNet *net, guint host, gboolean down, GError **error)
{
    if (!net->links)
        return preaches_fail(error, PREACHES_ERROR_USAGE, "on the loopback nobody is cut off: faults.kind=cut needs namespaces");
    return command(error, "ip link set %sv%u %s", net->tag, host, down ? "down" : "up");
}
