/* SimGrid's platform XML (DTD versions 4 and 4.1), the common subset, by GMarkup:
 *
 *   zone     routing Full, Floyd, Dijkstra; zones in zones             (also <AS>, its older name)
 *   host     id speed core; availability_file, speed_file and state_file; in it:
 *     prop     keys of our own hosts (arch, memory, fsync, ...), with our units; others mean nothing
 *     disk     id read_bw write_bw; one of them
 *   router   id
 *   link     id bandwidth latency sharing_policy=SHARED|FATPIPE|SPLITDUPLEX; bandwidth_file, state_file
 *   route    src dst symmetrical, with link_ctn id direction
 *   zoneRoute src dst gw_src gw_dst symmetrical                        (also <ASroute>)
 *   cluster  id prefix suffix radical speed core bw lat sharing_policy bb_bw bb_lat bb_sharing_policy
 *            router_id
 *   config   network/model (LV08, CM02) and network/crosstraffic, as <prop>
 *
 * Everything else is refused with its line. What SimGrid does not know has our defaults (arch x86_64); a
 * host of 1 Gf has speed 1. Where two ways are equally long, Dijkstra's zones take that of Floyd's. */
#include "platform_xml_priv.h"
#include "../core/agent/proc.h"

#include <string.h>

static Zone *zone_now(const XmlReader *r)
{
    return r->zones->len ? r->zones->pdata[r->zones->len - 1] : NULL;
}

static gboolean is_free(XmlReader *r, const char *name, GError **error)
{
    return !g_hash_table_contains(r->p->point_index, name) ||
           xml_bad(r, error, "'%s' is there already", name);
}

/* ---- hosts ---- */

static gboolean begin_host(XmlReader *r, XmlAttributes *a, GError **error)
{
    const char *id = xml_need(r, a, "host", "id", error);
    const char *speed = id ? xml_need(r, a, "host", "speed", error) : NULL;
    const char *core = xml_get(a, "core"), *text;
    SimHostSpec *h = &r->host;
    if (!speed || !is_free(r, id, error))
        return FALSE;
    *h = (SimHostSpec){.name = g_strdup(id), .arch = g_strdup("x86_64")};
    platform_host_defaults(h);
    r->has_disk = FALSE;
    if (core && platform_host_key(h, "cores", core))
        return xml_bad(r, error, "'%s' is not a number of cores", core);
    if ((text = xml_get(a, "pstate")) && strcmp(text, "0") != 0)
        return xml_bad(r, error, "pstate '%s' is outside the subset that is read", text);
    static const char *const files[] = {"availability_file", "speed_file", "state_file"};
    for (guint i = 0; i < G_N_ELEMENTS(files); i++)
        if ((text = xml_get(a, files[i])) && *text && !xml_timeline_of(r, text, 1, &h->availability, error))
            return FALSE;
    return xml_speed_of(r, speed, &h->speed, error) && xml_all_known(r, a, "host", error);
}

static gboolean add_disk(XmlReader *r, XmlAttributes *a, GError **error)
{
    const char *read = xml_need(r, a, "disk", "read_bw", error);
    const char *write = read ? xml_need(r, a, "disk", "write_bw", error) : NULL;
    xml_get(a, "id");
    if (!write || !xml_all_known(r, a, "disk", error))
        return FALSE;
    if (r->has_disk)
        return xml_bad(r, error, "a second <disk> of a host is outside the subset that is read");
    r->has_disk = TRUE;
    return xml_rate_of(r, read, &r->host.disk_read_bps, error) && xml_rate_of(r, write, &r->host.disk_bps, error);
}

static gboolean add_prop(XmlReader *r, XmlAttributes *a, const char *parent, GError **error)
{
    const char *id = xml_need(r, a, "prop", "id", error);
    const char *value = id ? xml_need(r, a, "prop", "value", error) : NULL;
    if (!value || !xml_all_known(r, a, "prop", error))
        return FALSE;
    if (strcmp(parent, "host") == 0) {
        const char *wanted = platform_host_key(&r->host, id, value);
        return !wanted || !*wanted || xml_bad(r, error, "'%s' for property '%s' is not %s", value, id, wanted);
    }
    if (strcmp(parent, "config") != 0)
        return TRUE; /* of a zone, link or disk: nobody's but its author's */
    char **kept = strcmp(id, "network/model") == 0          ? &r->model
                  : strcmp(id, "network/crosstraffic") == 0 ? &r->cross_traffic
                                                            : NULL;
    if (!kept)
        return xml_bad(r, error, "configuration '%s' is outside the subset that is read", id);
    g_free(*kept);
    *kept = g_strdup(value);
    return TRUE;
}

static gboolean choose_model(XmlReader *r, GError **error)
{
    const char *model = r->model ? r->model : "LV08";
    gboolean cross = !r->cross_traffic || strcmp(r->cross_traffic, "0") != 0;
    const char *ours = strcmp(model, "LV08") == 0   ? (cross ? "lv08" : "lv08-nocross")
                       : strcmp(model, "CM02") == 0 && cross ? "cm02"
                                                             : NULL;
    if (!ours)
        return xml_bad(r, error, "network model '%s' is outside the subset that is read", model);
    r->p->model = sim_net_model(ours);
    return TRUE;
}

/* ---- links ---- */

static gboolean policy_of(XmlReader *r, const char *text, SimLinkPolicy *policy, gboolean *duplex, GError **error)
{
    *duplex = text && (strcmp(text, "SPLITDUPLEX") == 0 || strcmp(text, "FULLDUPLEX") == 0);
    *policy = text && strcmp(text, "FATPIPE") == 0 ? SIM_LINK_FATPIPE : SIM_LINK_SHARED;
    return !text || *duplex || *policy == SIM_LINK_FATPIPE || strcmp(text, "SHARED") == 0 ||
           xml_bad(r, error, "sharing_policy '%s' is outside the subset that is read", text);
}

/* Takes link->name. */
static gboolean add_link(XmlReader *r, SimLinkSpec *link, gboolean duplex, guint *index, GError **error)
{
    if (platform_find_link(r->p, link->name))
        return xml_bad(r, error, "link '%s' is there already", link->name);
    *index = duplex ? platform_add_duplex(r->p, link) : platform_add_link(r->p, link);
    return TRUE;
}

static gboolean begin_link(XmlReader *r, XmlAttributes *a, GError **error)
{
    const char *id = xml_need(r, a, "link", "id", error);
    const char *bandwidth = id ? xml_need(r, a, "link", "bandwidth", error) : NULL, *text;
    SimLinkSpec link = {0};
    gboolean duplex = FALSE;
    guint index = 0;
    if (!bandwidth || !xml_rate_of(r, bandwidth, &link.bandwidth_bps, error) ||
        !xml_latency_of(r, xml_get(a, "latency"), &link.latency_ns, error) ||
        !policy_of(r, xml_get(a, "sharing_policy"), &link.policy, &duplex, error))
        return FALSE;
    if (((text = xml_get(a, "bandwidth_file")) && *text && !xml_timeline_of(r, text, 1, &link.bandwidth, error)) ||
        ((text = xml_get(a, "state_file")) && *text && !xml_timeline_of(r, text, 1, &link.availability, error)) ||
        !xml_all_known(r, a, "link", error)) {
        sim_timeline_free(link.bandwidth);
        sim_timeline_free(link.availability);
        return FALSE;
    }
    link.name = g_strdup(id);
    return add_link(r, &link, duplex, &index, error);
}

/* ---- clusters ---- */

/* "0-9,12,20-29" */
static GArray *radical_of(XmlReader *r, const char *text, GError **error)
{
    enum { MAX_NODES = 1000000 };
    g_autoptr(GArray) out = g_array_new(FALSE, FALSE, sizeof(guint));
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    for (guint i = 0; parts[i]; i++) {
        g_auto(GStrv) ends = g_strsplit(g_strstrip(parts[i]), "-", -1);
        guint64 first, last;
        guint n = g_strv_length(ends);
        if (n < 1 || n > 2 || !g_ascii_string_to_unsigned(ends[0], 10, 0, G_MAXINT, &first, NULL) ||
            !g_ascii_string_to_unsigned(ends[n - 1], 10, first, G_MAXINT, &last, NULL) ||
            last - first + out->len >= MAX_NODES) {
            xml_bad(r, error, "'%s' is not a radical, as 0-99,105", text);
            return NULL;
        }
        for (guint k = (guint)first; k <= last; k++)
            g_array_append_val(out, k);
    }
    return g_steal_pointer(&out);
}

static GArray *one_link(guint link)
{
    GArray *links = g_array_new(FALSE, FALSE, sizeof(guint));
    g_array_append_val(links, link);
    return links;
}

typedef struct Cluster {
    const char *id, *prefix, *suffix;
    SimHostSpec host; /* of all; no names */
    SimLinkSpec cable;
    gboolean duplex;
} Cluster;

static gboolean add_node(XmlReader *r, Zone *zone, const Cluster *c, guint radical, GError **error)
{
    guint link = 0;
    SimHostSpec host = c->host;
    SimLinkSpec cable = c->cable;
    g_autofree char *name = g_strdup_printf("%s%u%s", c->prefix, radical, c->suffix);
    if (!is_free(r, name, error))
        return FALSE;
    host.arch = g_strdup(c->host.arch);
    host.name = g_steal_pointer(&name);
    guint index = platform_add_host(r->p, zone, &host);
    cable.name = g_strdup_printf("%s_link_%u", c->id, radical);
    if (!add_link(r, &cable, c->duplex, &link, error))
        return FALSE;
    Point *point = r->p->host_points->pdata[index];
    point->up = one_link(link);
    point->down = one_link(platform_opposite(r->p, link));
    return TRUE;
}

static gboolean add_backbone(XmlReader *r, Zone *zone, XmlAttributes *a, const char *id, GError **error)
{
    const char *bandwidth = xml_get(a, "bb_bw"), *latency = xml_get(a, "bb_lat"), *policy = xml_get(a, "bb_sharing_policy");
    SimLinkSpec link = {0};
    gboolean duplex = FALSE;
    guint index = 0;
    if (!bandwidth)
        return (!latency && !policy) || xml_bad(r, error, "<cluster> with bb_lat or bb_sharing_policy needs bb_bw");
    if (!xml_rate_of(r, bandwidth, &link.bandwidth_bps, error) ||
        !xml_latency_of(r, latency, &link.latency_ns, error) ||
        !policy_of(r, policy, &link.policy, &duplex, error))
        return FALSE;
    if (duplex)
        return xml_bad(r, error, "a duplex backbone is outside the subset that is read");
    link.name = g_strdup_printf("%s_backbone", id);
    if (!add_link(r, &link, FALSE, &index, error))
        return FALSE;
    zone->backbone = one_link(index);
    return TRUE;
}

/* The zone is a point of the one around it; NULL and error when its name is taken. */
static Zone *open_zone(XmlReader *r, const char *id, ZoneKind kind, GError **error)
{
    Zone *outer = zone_now(r);
    if (!outer) {
        if (r->p->root) {
            xml_bad(r, error, "a second outermost zone");
            return NULL;
        }
        g_free(r->p->name);
        r->p->name = g_strdup(id);
        return r->p->root = zone_new(NULL, kind);
    }
    if (!is_free(r, id, error))
        return NULL;
    Point *self = zone_add_point(r->p, outer, id, -1, NULL);
    return self->inside = zone_new(self, kind);
}

static gboolean read_cluster(XmlReader *r, XmlAttributes *a, Cluster *c, const char **radical, GError **error)
{
    static const char *const names[] = {"id", "prefix", "suffix", "radical", "speed", "bw", "lat"};
    const char *text[G_N_ELEMENTS(names)];
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (!(text[i] = xml_need(r, a, "cluster", names[i], error)))
            return FALSE;
    const char *core = xml_get(a, "core"), *policy = xml_get(a, "sharing_policy");
    c->id = text[0];
    c->prefix = text[1];
    c->suffix = text[2];
    *radical = text[3];
    c->host.arch = g_strdup("x86_64");
    platform_host_defaults(&c->host);
    if (core && platform_host_key(&c->host, "cores", core))
        return xml_bad(r, error, "'%s' is not a number of cores", core);
    return xml_speed_of(r, text[4], &c->host.speed, error) &&
           xml_rate_of(r, text[5], &c->cable.bandwidth_bps, error) &&
           xml_latency_of(r, text[6], &c->cable.latency_ns, error) &&
           policy_of(r, policy ? policy : "SPLITDUPLEX", &c->cable.policy, &c->duplex, error);
}

static gboolean add_cluster(XmlReader *r, XmlAttributes *a, GError **error)
{
    Cluster c = {0};
    const char *radical = NULL;
    gboolean ok = read_cluster(r, a, &c, &radical, error);
    g_autoptr(GArray) nodes = ok ? radical_of(r, radical, error) : NULL;
    Zone *zone = nodes ? open_zone(r, c.id, ZONE_STAR, error) : NULL;
    ok = zone && add_backbone(r, zone, a, c.id, error);
    for (guint i = 0; ok && i < nodes->len; i++)
        ok = add_node(r, zone, &c, g_array_index(nodes, guint, i), error);
    if (ok) {
        const char *given = xml_get(a, "router_id");
        g_autofree char *own = g_strdup_printf("%s%s_router%s", c.prefix, c.id, c.suffix);
        const char *router = given && *given ? given : own;
        ok = is_free(r, router, error) && zone_add_point(r->p, zone, router, -1, NULL) &&
             xml_all_known(r, a, "cluster", error);
    }
    g_free(c.host.arch);
    return ok;
}

/* ---- zones and routes ---- */

static gboolean begin_zone(XmlReader *r, XmlAttributes *a, GError **error)
{
    static const struct {
        const char *name;
        ZoneKind kind;
    } kinds[] = {{"Full", ZONE_GIVEN}, {"Floyd", ZONE_SHORTEST}, {"Dijkstra", ZONE_SHORTEST}};
    const char *id = xml_need(r, a, "zone", "id", error);
    const char *routing = id ? xml_need(r, a, "zone", "routing", error) : NULL;
    if (!routing || !xml_all_known(r, a, "zone", error))
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_ascii_strcasecmp(kinds[i].name, routing) == 0) {
            Zone *zone = open_zone(r, id, kinds[i].kind, error);
            if (zone)
                g_ptr_array_add(r->zones, zone);
            return zone != NULL;
        }
    return xml_bad(r, error, "routing '%s' is outside the subset that is read (Full, Floyd, Dijkstra)", routing);
}

static gboolean end_zone(XmlReader *r, GError **error)
{
    Zone *zone = zone_now(r);
    g_ptr_array_set_size(r->zones, (gint)r->zones->len - 1);
    return zone_close(zone) || xml_bad(r, error, "too many points in a zone with computed routes");
}

static gboolean begin_route(XmlReader *r, XmlAttributes *a, const char *element, gboolean zones, GError **error)
{
    const char *src = xml_need(r, a, element, "src", error), *dst = src ? xml_need(r, a, element, "dst", error) : NULL;
    const char *gw_src = zones && dst ? xml_need(r, a, element, "gw_src", error) : src;
    const char *gw_dst = zones && gw_src ? xml_need(r, a, element, "gw_dst", error) : dst;
    const char *symmetrical = xml_get(a, "symmetrical");
    if (!src || !dst || !gw_src || !gw_dst || !xml_all_known(r, a, element, error))
        return FALSE;
    r->symmetrical = !symmetrical || g_ascii_strcasecmp(symmetrical, "yes") == 0 ||
                     g_ascii_strcasecmp(symmetrical, "true") == 0;
    r->src = g_strdup(src);
    r->dst = g_strdup(dst);
    r->gw_src = g_strdup(gw_src);
    r->gw_dst = g_strdup(gw_dst);
    r->links = g_array_new(FALSE, FALSE, sizeof(guint));
    return TRUE;
}

static gboolean add_route_link(XmlReader *r, XmlAttributes *a, GError **error)
{
    const char *id = xml_need(r, a, "link_ctn", "id", error), *direction = xml_get(a, "direction");
    if (!id || !xml_all_known(r, a, "link_ctn", error))
        return FALSE;
    guint link = platform_find_link(r->p, id) - 1;
    if (link == G_MAXUINT)
        return xml_bad(r, error, "unknown link '%s'", id);
    gboolean duplex = sim_platform_link(r->p, link)->duplex != SIM_DUPLEX_NO;
    gboolean none = !direction || strcmp(direction, "NONE") == 0;
    if (duplex && none)
        return xml_bad(r, error, "link '%s' is SPLITDUPLEX: its direction must be UP or DOWN", id);
    if (!none && strcmp(direction, "UP") != 0 && strcmp(direction, "DOWN") != 0)
        return xml_bad(r, error, "direction '%s' is not UP, DOWN or NONE", direction);
    if (duplex && strcmp(direction, "DOWN") == 0)
        link = platform_opposite(r->p, link);
    g_array_append_val(r->links, link);
    return TRUE;
}

/* An end of a route: a point of this zone. */
static Point *end_of(XmlReader *r, const char *name, GError **error)
{
    Point *point = g_hash_table_lookup(r->p->point_index, name);
    if (point && point->zone == zone_now(r))
        return point;
    xml_bad(r, error, "'%s' is not in this zone", name);
    return NULL;
}

/* The gateway of an end: the end itself, or a point inside the zone that it is. */
static Point *gate_of(XmlReader *r, Point *end, const char *name, GError **error)
{
    Point *gate = g_hash_table_lookup(r->p->point_index, name);
    for (Point *at = gate; at; at = at->zone->self)
        if (at == end && (gate == end) == !end->inside)
            return gate;
    xml_bad(r, error, end->inside ? "'%s' is not a gateway in zone '%s'" : "'%s' cannot be the gateway of '%s'",
        name, end->name);
    return NULL;
}

static gboolean end_route(XmlReader *r, GError **error)
{
    Point *from = end_of(r, r->src, error), *to = from ? end_of(r, r->dst, error) : NULL;
    Point *from_gate = to ? gate_of(r, from, r->gw_src, error) : NULL;
    Point *to_gate = from_gate ? gate_of(r, to, r->gw_dst, error) : NULL;
    Zone *zone = zone_now(r);
    gboolean ok = to_gate != NULL;
    if (ok && from == to)
        ok = xml_bad(r, error, "a route from a point to itself is outside the subset that is read");
    GArray *back = ok && r->symmetrical ? platform_backwards(r->p, r->links) : NULL;
    if (ok && r->links->len == 0 && !from->inside && !to->inside)
        ok = xml_bad(r, error, "a route needs at least one link");
    if (ok && !zone_add_road(zone, from->index, to->index, from_gate, to_gate, g_array_ref(r->links)))
        ok = xml_bad(r, error, "there is a route from '%s' to '%s' already", from->name, to->name);
    if (back && ok)
        ok = zone_add_road(zone, to->index, from->index, to_gate, from_gate, g_steal_pointer(&back)) ||
             xml_bad(r, error, "there is a route from '%s' to '%s' already", to->name, from->name);
    g_clear_pointer(&back, g_array_unref);
    g_clear_pointer(&r->links, g_array_unref);
    char **const names[] = {&r->src, &r->dst, &r->gw_src, &r->gw_dst};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        g_clear_pointer(names[i], g_free);
    return ok;
}

/* ---- elements ---- */

static gboolean begin_platform(XmlReader *r, XmlAttributes *a, GError **error)
{
    const char *version = xml_need(r, a, "platform", "version", error);
    if (!version || !xml_all_known(r, a, "platform", error))
        return FALSE;
    return strcmp(version, "4") == 0 || strcmp(version, "4.1") == 0 ||
           xml_bad(r, error, "platform version '%s' is not 4 or 4.1: simgrid_update_xml converts it", version);
}

static gboolean begin_router(XmlReader *r, XmlAttributes *a, GError **error)
{
    const char *id = xml_need(r, a, "router", "id", error);
    return id && xml_all_known(r, a, "router", error) && is_free(r, id, error) &&
           zone_add_point(r->p, zone_now(r), id, -1, NULL) != NULL;
}

static gboolean begin_config(XmlReader *r, XmlAttributes *a, GError **error)
{
    xml_get(a, "id");
    return xml_all_known(r, a, "config", error);
}

static gboolean begin_prop(XmlReader *r, XmlAttributes *a, GError **error)
{
    return add_prop(r, a, r->open->pdata[r->open->len - 1], error);
}

static gboolean begin_plain_route(XmlReader *r, XmlAttributes *a, GError **error)
{
    return begin_route(r, a, "route", FALSE, error);
}

static gboolean begin_zone_route(XmlReader *r, XmlAttributes *a, GError **error)
{
    return begin_route(r, a, "zoneRoute", TRUE, error);
}

static gboolean end_host(XmlReader *r, GError **error)
{
    (void)error;
    platform_add_host(r->p, zone_now(r), &r->host);
    r->host = (SimHostSpec){0};
    return TRUE;
}

static const struct {
    const char *name;
    const char *parents[5]; /* in which it may stand */
    gboolean (*begin)(XmlReader *r, XmlAttributes *a, GError **error);
    gboolean (*end)(XmlReader *r, GError **error); /* NULL: nothing is left to do */
} elements[] = {
    {"platform", {"", NULL}, begin_platform, NULL},
    {"config", {"platform", NULL}, begin_config, choose_model},
    {"zone", {"platform", "zone", "AS", NULL}, begin_zone, end_zone},
    {"AS", {"platform", "zone", "AS", NULL}, begin_zone, end_zone},
    {"host", {"zone", "AS", NULL}, begin_host, end_host},
    {"disk", {"host", NULL}, add_disk, NULL},
    {"prop", {"host", "config", "disk", "zone", "link"}, begin_prop, NULL},
    {"router", {"zone", "AS", NULL}, begin_router, NULL},
    {"link", {"zone", "AS", NULL}, begin_link, NULL},
    {"cluster", {"platform", "zone", "AS", NULL}, add_cluster, NULL},
    {"route", {"zone", "AS", NULL}, begin_plain_route, end_route},
    {"zoneRoute", {"zone", "AS", NULL}, begin_zone_route, end_route},
    {"ASroute", {"zone", "AS", NULL}, begin_zone_route, end_route},
    {"link_ctn", {"route", "zoneRoute", "ASroute", NULL}, add_route_link, NULL},
};

static gboolean may_stand_in(guint element, const char *parent)
{
    for (guint i = 0; i < G_N_ELEMENTS(elements[0].parents) && elements[element].parents[i]; i++)
        if (strcmp(elements[element].parents[i], parent) == 0)
            return TRUE;
    return FALSE;
}

static void start_element(GMarkupParseContext *context, const char *name, const char **names,
                          const char **values, gpointer data, GError **error)
{
    XmlReader *r = data;
    XmlAttributes a = {names, values, 0};
    const char *parent = r->open->len ? r->open->pdata[r->open->len - 1] : "";
    r->context = context;
    for (guint i = 0; i < G_N_ELEMENTS(elements); i++) {
        if (strcmp(elements[i].name, name) != 0)
            continue;
        if (!may_stand_in(i, parent))
            xml_bad(r, error, "<%s> cannot stand in <%s>", name, *parent ? parent : "the file");
        else if (elements[i].begin(r, &a, error))
            g_ptr_array_add(r->open, (gpointer)elements[i].name);
        return;
    }
    xml_bad(r, error, "<%s> is outside the subset that is read", name);
}

static void end_element(GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
    XmlReader *r = data;
    r->context = context;
    g_ptr_array_set_size(r->open, (gint)r->open->len - 1);
    for (guint i = 0; i < G_N_ELEMENTS(elements); i++)
        if (strcmp(elements[i].name, name) == 0 && elements[i].end)
            elements[i].end(r, error);
}

static void text_between(GMarkupParseContext *context, const char *text, gsize bytes, gpointer data,
                         GError **error)
{
    XmlReader *r = data;
    r->context = context;
    for (gsize i = 0; i < bytes; i++)
        if (!g_ascii_isspace(text[i])) {
            xml_bad(r, error, "text outside of elements");
            return;
        }
}

static void reader_clear(XmlReader *r)
{
    char *const texts[] = {r->folder, r->src, r->dst, r->gw_src, r->gw_dst, r->model, r->cross_traffic,
                           r->host.name, r->host.arch};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    sim_timeline_free(r->host.availability);
    g_clear_pointer(&r->links, g_array_unref);
    g_ptr_array_unref(r->zones);
    g_ptr_array_unref(r->open);
}

/* GMarkup's own errors get our form and code. */
static gboolean parse(XmlReader *r, const char *text, gsize bytes, GError **error)
{
    static const GMarkupParser parser = {start_element, end_element, text_between, NULL, NULL};
    g_autoptr(GMarkupParseContext) context =
        g_markup_parse_context_new(&parser, G_MARKUP_PREFIX_ERROR_POSITION, r, NULL);
    g_autoptr(GError) cause = NULL;
    gint line;
    if (g_markup_parse_context_parse(context, text, (gssize)bytes, &cause) &&
        g_markup_parse_context_end_parse(context, &cause))
        return TRUE;
    if (cause->domain == PREACHES_ERROR) { /* without GMarkup's prefix "Error on line ...: " */
        const char *own = strstr(cause->message, r->path);
        g_set_error_literal(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, own ? own : cause->message);
        return FALSE;
    }
    g_markup_parse_context_get_position(context, &line, NULL);
    const char *what = strstr(cause->message, ": ");
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s:%d: %s", r->path, line,
                what ? what + 2 : cause->message);
    return FALSE;
}

SimPlatform *platform_read_xml(const char *path, const char *text, gsize bytes, GError **error)
{
    XmlReader r = {.p = platform_new(), .path = path, .folder = g_path_get_dirname(path)};
    guint from, to;
    g_string_append_len(r.p->text, text, (gssize)bytes);
    r.zones = g_ptr_array_new();
    r.open = g_ptr_array_new();
    r.p->model = sim_net_model("lv08"); /* what SimGrid does when nobody says */
    gboolean ok = parse(&r, text, bytes, error);
    if (ok && (!r.p->root || r.p->hosts->len == 0)) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s: no host", path);
        ok = FALSE;
    }
    if (ok && platform_find_gap(r.p, &from, &to)) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s: no route from '%s' to '%s'", path,
                    sim_platform_host(r.p, from)->name, sim_platform_host(r.p, to)->name);
        ok = FALSE;
    }
    reader_clear(&r);
    if (ok)
        return r.p;
    sim_platform_unref(r.p);
    return NULL;
}
