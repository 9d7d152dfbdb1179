/* Inside the reader of SimGrid's XML: platform_xml.c knows the elements, platform_xml_value.c what stands in
 * their attributes. What returns FALSE or NULL has set the error, with file and line. */
#ifndef PREACHES_SIMNET_PLATFORM_XML_PRIV_H
#define PREACHES_SIMNET_PLATFORM_XML_PRIV_H

#include "platform_priv.h"

typedef struct XmlReader {
    SimPlatform *p;
    const char *path;
    char *folder; /* of the file: profiles are looked for there */
    GMarkupParseContext *context;
    GPtrArray *zones;  /* Zone, open ones, innermost last */
    GPtrArray *open;   /* const char *: elements under way */
    SimHostSpec host;  /* under way */
    gboolean has_disk;
    char *src, *dst, *gw_src, *gw_dst; /* of the route under way */
    gboolean symmetrical;
    GArray *links;
    char *model, *cross_traffic; /* of <config> */
} XmlReader;

typedef struct XmlAttributes {
    const char **name, **value;
    guint64 seen; /* a bit for each that was asked for */
} XmlAttributes;

gboolean xml_bad(const XmlReader *r, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* The attribute's text; NULL: it has none. */
const char *xml_get(XmlAttributes *a, const char *name);
const char *xml_need(XmlReader *r, XmlAttributes *a, const char *element, const char *name, GError **error);
/* Every attribute was asked for; else it is one that we do not know. */
gboolean xml_all_known(const XmlReader *r, const XmlAttributes *a, const char *element, GError **error);
gboolean xml_rate_of(XmlReader *r, const char *text, double *out, GError **error);
gboolean xml_latency_of(XmlReader *r, const char *text, gint64 *out, GError **error); /* text NULL: 0 */
gboolean xml_speed_of(XmlReader *r, const char *text, double *out, GError **error);   /* 1 Gf: 1 */
/* A profile's file, beside the platform's. *out must be NULL. */
gboolean xml_timeline_of(XmlReader *r, const char *file, double factor, SimTimeline **out, GError **error);

#endif
