/* The way between two hosts. In the innermost zone that holds both, it leads over one road (or several)
 * between the points they are or stand in; where such a point is a zone, on to the road's gateway in it. */
#include "platform_priv.h"

enum {
    MAX_SHORTEST = 4096, /* points of a zone of ZONE_SHORTEST: its table has that squared */
    MAX_DEPTH = 64       /* of zones in zones */
};

static gint64 pair_key(guint from, guint to)
{
    return (gint64)((guint64)(guint32)(from + 1) << 32 | (guint32)(to + 1));
}

/* ---- zones ---- */

static void road_free(gpointer data)
{
    Road *road = data;
    g_array_unref(road->links);
    g_free(road);
}

static void point_free(gpointer data)
{
    Point *point = data;
    zone_free(point->inside);
    g_clear_pointer(&point->up, g_array_unref);
    g_clear_pointer(&point->down, g_array_unref);
    g_free(point->name);
    g_free(point);
}

Zone *zone_new(Point *self, ZoneKind kind)
{
    Zone *zone = g_new0(Zone, 1);
    zone->self = self;
    zone->kind = kind;
    zone->points = g_ptr_array_new_with_free_func(point_free);
    zone->roads = g_ptr_array_new_with_free_func(road_free);
    zone->road_index = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    return zone;
}

void zone_free(Zone *zone)
{
    if (!zone)
        return;
    g_hash_table_unref(zone->road_index);
    g_ptr_array_unref(zone->roads);
    g_ptr_array_unref(zone->points);
    g_clear_pointer(&zone->backbone, g_array_unref);
    g_free(zone->before);
    g_free(zone);
}

Point *zone_add_point(SimPlatform *p, Zone *zone, const char *name, gint host, Zone *inside)
{
    if (g_hash_table_contains(p->point_index, name))
        return NULL;
    Point *point = g_new0(Point, 1);
    point->name = g_strdup(name);
    point->zone = zone;
    point->host = host;
    point->inside = inside;
    point->index = zone->points->len;
    g_ptr_array_add(zone->points, point);
    g_hash_table_insert(p->point_index, point->name, point);
    return point;
}

static const Road *find_road(const Zone *zone, guint from, guint to)
{
    gint64 key = pair_key(from, to);
    return g_hash_table_lookup(zone->road_index, &key);
}

gboolean zone_add_road(Zone *zone, guint from, guint to, Point *from_gate, Point *to_gate, GArray *links)
{
    if (find_road(zone, from, to)) {
        g_array_unref(links);
        return FALSE;
    }
    Road *road = g_new(Road, 1);
    gint64 *key = g_new(gint64, 1);
    *road = (Road){from, to, from_gate, to_gate, links};
    *key = pair_key(from, to);
    g_ptr_array_add(zone->roads, road);
    g_hash_table_insert(zone->road_index, key, road);
    return TRUE;
}

GArray *platform_backwards(const SimPlatform *p, const GArray *links)
{
    GArray *out = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = links->len; i > 0; i--) {
        guint link = platform_opposite(p, g_array_index(links, guint, i - 1));
        g_array_append_val(out, link);
    }
    return out;
}

/* Floyd and Warshall's, in SimGrid's order of loops, so that of two ways of one length the same is taken. */
gboolean zone_close(Zone *zone)
{
    guint n = zone->points->len;
    if (zone->kind != ZONE_SHORTEST)
        return TRUE;
    if (n > MAX_SHORTEST)
        return FALSE;
    g_autofree guint *cost = g_new(guint, (gsize)n * n);
    zone->before = g_new(guint, (gsize)n * n);
    for (gsize i = 0; i < (gsize)n * n; i++)
        cost[i] = zone->before[i] = ANY_POINT;
    for (guint i = 0; i < zone->roads->len; i++) {
        const Road *road = zone->roads->pdata[i];
        cost[(gsize)road->from * n + road->to] = road->links->len;
        zone->before[(gsize)road->from * n + road->to] = road->from;
    }
    for (guint c = 0; c < n; c++)
        for (guint a = 0; a < n; a++) {
            guint first = cost[(gsize)a * n + c];
            for (guint b = 0; first != ANY_POINT && b < n; b++) {
                guint second = cost[(gsize)c * n + b];
                if (second == ANY_POINT || first + second >= cost[(gsize)a * n + b])
                    continue;
                cost[(gsize)a * n + b] = first + second;
                zone->before[(gsize)a * n + b] = zone->before[(gsize)c * n + b];
            }
        }
    return TRUE;
}

/* ---- ways ---- */

/* The road for a pair where "*" may stand for either; *back: it is to be taken backwards. */
static const Road *wildcard_road(const Zone *zone, guint from, guint to, gboolean *back)
{
    const struct {
        guint from, to;
        gboolean back;
    } order[] = {{from, to, FALSE},      {to, from, TRUE},      {from, ANY_POINT, FALSE},
                 {ANY_POINT, to, FALSE}, {to, ANY_POINT, TRUE}, {ANY_POINT, from, TRUE},
                 {ANY_POINT, ANY_POINT, FALSE}};
    for (guint i = 0; i < G_N_ELEMENTS(order); i++) {
        const Road *road = find_road(zone, order[i].from, order[i].to);
        *back = order[i].back;
        if (road)
            return road;
    }
    return NULL;
}

static void append(GArray *out, const GArray *links)
{
    if (links)
        g_array_append_vals(out, links->data, links->len);
}

static gboolean find_way(const SimPlatform *p, Point *from, Point *to, GArray *out, guint depth);

/* Along one road: from where one is to the gateway where it begins, and its links. *at: where it ends. */
static gboolean follow(const SimPlatform *p, const Road *road, Point **at, GArray *out, guint depth)
{
    if (!find_way(p, *at, road->from_gate, out, depth))
        return FALSE;
    append(out, road->links);
    *at = road->to_gate;
    return TRUE;
}

static gboolean follow_shortest(const SimPlatform *p, const Zone *zone, guint from, guint to, Point **at,
                                GArray *out, guint depth)
{
    guint before = zone->before[(gsize)from * zone->points->len + to];
    if (before == ANY_POINT)
        return FALSE;
    return (before == from || follow_shortest(p, zone, from, before, at, out, depth)) &&
           follow(p, find_road(zone, before, to), at, out, depth);
}

static void follow_star(const Zone *zone, const Point *from, const Point *to, GArray *out)
{
    append(out, from->up);
    append(out, zone->backbone);
    append(out, to->down);
}

static gboolean cross(const SimPlatform *p, const Zone *zone, const Point *from, const Point *to, Point **at,
                      GArray *out, guint depth)
{
    gboolean back = FALSE;
    const Road *road;
    switch (zone->kind) {
    case ZONE_GIVEN:
        road = find_road(zone, from->index, to->index);
        return road && follow(p, road, at, out, depth);
    case ZONE_WILDCARD:
        road = wildcard_road(zone, from->index, to->index, &back);
        if (road && back) {
            GArray *links = platform_backwards(p, road->links);
            append(out, links);
            g_array_unref(links);
        } else if (road) {
            append(out, road->links);
        }
        *at = zone->points->pdata[to->index];
        return road != NULL;
    case ZONE_SHORTEST:
        return follow_shortest(p, zone, from->index, to->index, at, out, depth);
    case ZONE_STAR:
        follow_star(zone, from, to, out);
        *at = zone->points->pdata[to->index];
        return TRUE;
    }
    return FALSE;
}

/* The point of `zone` that a point is or stands in; NULL: neither. */
static Point *point_in(const Zone *zone, Point *point)
{
    for (; point; point = point->zone->self)
        if (point->zone == zone)
            return point;
    return NULL;
}

static gboolean find_way(const SimPlatform *p, Point *from, Point *to, GArray *out, guint depth)
{
    if (from == to)
        return TRUE;
    if (depth > MAX_DEPTH)
        return FALSE;
    const Zone *zone = from->zone;
    while (!point_in(zone, to)) {
        if (!zone->self)
            return FALSE;
        zone = zone->self->zone;
    }
    Point *at = from;
    return cross(p, zone, point_in(zone, from), point_in(zone, to), &at, out, depth + 1) &&
           find_way(p, at, to, out, depth + 1);
}

static GArray *way(SimPlatform *p, guint from, guint to)
{
    gint64 key = pair_key(from, to);
    g_mutex_lock(&p->lock);
    GArray *links = g_hash_table_lookup(p->ways, &key);
    if (!links) {
        links = g_array_new(FALSE, FALSE, sizeof(guint));
        if (!find_way(p, p->host_points->pdata[from], p->host_points->pdata[to], links, 0))
            g_array_set_size(links, 0);
        gint64 *kept = g_new(gint64, 1);
        *kept = key;
        g_hash_table_insert(p->ways, kept, links);
    }
    g_mutex_unlock(&p->lock);
    return links;
}

const guint *sim_platform_route(const SimPlatform *platform, guint from, guint to, guint *n)
{
    *n = 0;
    if (from == to)
        return NULL;
    const GArray *links = way((SimPlatform *)platform, from, to); /* only what it remembers changes */
    *n = links->len;
    return links->len > 0 ? (const guint *)(gconstpointer)links->data : NULL;
}

/* All pairs, but of very many hosts only those with the first: that is what zones are for. */
gboolean platform_find_gap(SimPlatform *p, guint *from, guint *to)
{
    enum { ALL_PAIRS = 512 };
    const Zone *root = p->root;
    if (root->kind == ZONE_WILDCARD && find_road(root, ANY_POINT, ANY_POINT))
        return FALSE;
    g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(guint));
    for (*from = 0; *from < p->hosts->len; (*from)++)
        for (*to = 0; *to < p->hosts->len; (*to)++) {
            g_array_set_size(links, 0);
            if (*from == *to || (p->hosts->len > ALL_PAIRS && *from > 0 && *to > 0))
                continue;
            if (!find_way(p, p->host_points->pdata[*from], p->host_points->pdata[*to], links, 0) ||
                links->len == 0)
                return TRUE;
        }
    return FALSE;
}
