/* Inside the platform: one structure, four files.
 *   platform.c         hosts, links, groups: kept and asked for
 *   platform_route.c   zones and the way between two hosts, found when it is first asked for
 *   platform_ini.c     reads our own form
 *   platform_xml.c     reads SimGrid's
 *
 * A zone holds points: hosts, routers and other zones. Whoever is outside reaches a point of a zone
 * through the zone's gateway on that way, as in SimGrid. Our own form is a single zone. */
#ifndef PREACHES_SIMNET_PLATFORM_PRIV_H
#define PREACHES_SIMNET_PLATFORM_PRIV_H

#include "platform.h"

typedef struct Zone Zone;

typedef struct Point { /* what routes lead to and from */
    char *name;
    Zone *zone;   /* it stands in; NULL: the outermost */
    Zone *inside; /* the zone that it is; NULL: a host or a router */
    gint host;    /* -1: none */
    guint index;  /* among the points of its zone */
    GArray *up, *down; /* guint, links: ZONE_STAR's to and from it; NULL: none */
} Point;

typedef enum ZoneKind {
    ZONE_GIVEN,    /* a route for each pair */
    ZONE_WILDCARD, /* as GIVEN, with "*" for any host, and backwards where nothing else fits */
    ZONE_SHORTEST, /* fewest links, over the routes given (Floyd, Warshall) */
    ZONE_STAR      /* a point's links up, the backbone, the other's links down */
} ZoneKind;

typedef struct Road { /* between two points of a zone, in one direction */
    guint from, to;         /* points of the zone, or ANY_POINT */
    Point *from_gate, *to_gate; /* of points that are zones; else the points themselves */
    GArray *links;          /* guint */
} Road;

#define ANY_POINT G_MAXUINT

struct Zone {
    Point *self;
    ZoneKind kind;
    GPtrArray *points; /* Point, owned */
    GPtrArray *roads;  /* Road, owned */
    GHashTable *road_index; /* (from + 1, to + 1) as one gint64 -> Road */
    GArray *backbone;  /* guint; STAR */
    guint *before;     /* SHORTEST: [from][to], the point before `to` on the way; ANY_POINT: no way */
};

struct SimPlatform {
    gint ref_count; /* atomic */
    char *name;
    GString *text; /* of all files */
    const SimNetModel *model;
    GArray *hosts, *links, *groups;      /* SimHostSpec, SimLinkSpec, SimGroupSpec */
    GPtrArray *host_points;              /* Point, by host; borrowed */
    GHashTable *host_index, *link_index; /* name -> index + 1; only looked up */
    GHashTable *point_index;             /* name -> Point */
    Zone *root;
    GMutex lock;         /* of ways, which threads that share the platform fill */
    GHashTable *ways;    /* (from + 1, to + 1) as one gint64 -> GArray of guint, as asked for */
};

/* platform.c */
SimPlatform *platform_new(void);
/* Takes what the spec points to. Returns the index; the name must be new. */
guint platform_add_host(SimPlatform *p, Zone *zone, SimHostSpec *spec);
guint platform_add_link(SimPlatform *p, SimLinkSpec *spec);
/* A full duplex link is two: NAME and, the other way, the link behind it. */
guint platform_add_duplex(SimPlatform *p, SimLinkSpec *spec);
/* The other direction of a duplex link; any other link itself. */
guint platform_opposite(const SimPlatform *p, guint link);
/* Index + 1; 0: unknown. */
guint platform_find_link(const SimPlatform *p, const char *name);
guint platform_find_host(const SimPlatform *p, const char *name);

/* platform_route.c */
Zone *zone_new(Point *self, ZoneKind kind);
void zone_free(Zone *zone); /* NULL allowed */
/* NULL: the name is taken. */
Point *zone_add_point(SimPlatform *p, Zone *zone, const char *name, gint host, Zone *inside);
/* Takes `links`. FALSE: there is one. */
gboolean zone_add_road(Zone *zone, guint from, guint to, Point *from_gate, Point *to_gate, GArray *links);
/* The same links in the other direction. g_array_unref. */
GArray *platform_backwards(const SimPlatform *p, const GArray *links);
/* To be called once all roads are there. FALSE: a zone of ZONE_SHORTEST with too many points. */
gboolean zone_close(Zone *zone);
/* A pair of hosts without a way between them; FALSE: there is none. */
gboolean platform_find_gap(SimPlatform *p, guint *from, guint *to);

/* platform_xml.c; `text` ends with NUL. */
SimPlatform *platform_read_xml(const char *path, const char *text, gsize bytes, GError **error);

/* platform_ini.c: one value of a host by its key's name, for both forms. NULL: taken; else what it should
 * have been, or "" for a key that there is not. */
const char *platform_host_key(SimHostSpec *spec, const char *key, const char *text);
void platform_host_defaults(SimHostSpec *spec);

#endif
