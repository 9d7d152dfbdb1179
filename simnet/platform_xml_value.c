#include "platform_xml_priv.h"
#include "../core/agent/proc.h"

#include <math.h>
#include <string.h>

gboolean xml_bad(const XmlReader *r, GError **error, const char *format, ...)
{
    gint line, column;
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_markup_parse_context_get_position(r->context, &line, &column);
    line -= column <= 1 ? 1 : 0; /* it has gone one character further, which ended the line */
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s:%d: %s", r->path, line, text);
    return FALSE;
}

const char *xml_get(XmlAttributes *a, const char *name)
{
    for (guint i = 0; a->name[i]; i++)
        if (strcmp(a->name[i], name) == 0) {
            a->seen |= G_GUINT64_CONSTANT(1) << (i & 63);
            return a->value[i];
        }
    return NULL;
}

const char *xml_need(XmlReader *r, XmlAttributes *a, const char *element, const char *name, GError **error)
{
    const char *text = xml_get(a, name);
    if (!text)
        xml_bad(r, error, "<%s> needs attribute '%s'", element, name);
    return text;
}

gboolean xml_all_known(const XmlReader *r, const XmlAttributes *a, const char *element, GError **error)
{
    for (guint i = 0; a->name[i]; i++)
        if (!(a->seen >> (i & 63) & 1))
            return xml_bad(r, error, "attribute '%s' of <%s> is outside the subset that is read", a->name[i],
                       element);
    return TRUE;
}

typedef struct Unit {
    const char *name;
    double factor;
} Unit;

static const Unit speed_units[] = { /* f = flop/s */
    {"", 1},      {"f", 1},       {"kf", 1e3},    {"Mf", 1e6},    {"Gf", 1e9},       {"Tf", 1e12},
    {"Pf", 1e15}, {"flops", 1},   {"kiloflops", 1e3}, {"megaflops", 1e6}, {"gigaflops", 1e9},
    {"teraflops", 1e12}, {NULL, 0}};
static const Unit rate_units[] = { /* bytes per second */
    {"", 1},        {"Bps", 1},     {"kBps", 1e3},   {"MBps", 1e6},   {"GBps", 1e9},       {"TBps", 1e12},
    {"KiBps", 1024}, {"MiBps", 1048576}, {"GiBps", 1073741824}, {"bps", 0.125}, {"kbps", 125},
    {"Mbps", 125e3}, {"Gbps", 125e6}, {"Tbps", 125e9}, {"Kibps", 128}, {"Mibps", 131072},
    {"Gibps", 134217728}, {NULL, 0}};
static const Unit time_units[] = { /* nanoseconds */
    {"", 1e9}, {"s", 1e9},   {"ms", 1e6},    {"us", 1e3},    {"ns", 1},    {"ps", 1e-3},
    {"m", 60e9}, {"h", 3600e9}, {"d", 86400e9}, {"w", 604800e9}, {NULL, 0}};

static gboolean value_of(XmlReader *r, const char *text, const Unit *units, const char *what, double *out,
                         GError **error)
{
    char *end;
    double number = g_ascii_strtod(text, &end);
    for (; end > text && units->name; units++)
        if (strcmp(units->name, end) == 0 && number >= 0 && isfinite(number * units->factor)) {
            *out = number * units->factor;
            return TRUE;
        }
    return xml_bad(r, error, "'%s' is not %s", text, what);
}

gboolean xml_rate_of(XmlReader *r, const char *text, double *out, GError **error)
{
    return value_of(r, text, rate_units, "a bandwidth, as 10MBps or 1Gbps", out, error) &&
           (*out > 0 || xml_bad(r, error, "a bandwidth must be above 0"));
}

gboolean xml_latency_of(XmlReader *r, const char *text, gint64 *out, GError **error)
{
    double ns = 0;
    if (text && !value_of(r, text, time_units, "a latency, as 50us", &ns, error))
        return FALSE;
    *out = sim_time_for(ns * 1e-9, 1);
    return TRUE;
}

gboolean xml_speed_of(XmlReader *r, const char *text, double *out, GError **error)
{
    if (!value_of(r, text, speed_units, "one speed, as 1Gf", out, error))
        return FALSE;
    *out /= 1e9;
    return *out > 0 || xml_bad(r, error, "a speed must be above 0");
}

gboolean xml_timeline_of(XmlReader *r, const char *file, double factor, SimTimeline **out, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autofree char *path = g_canonicalize_filename(file, r->folder);
    g_autofree char *text = NULL;
    guint line = 0;
    if (!g_file_get_contents(path, &text, NULL, &cause))
        return xml_bad(r, error, "%s", cause->message);
    g_string_append(r->p->text, text);
    if (*out)
        return xml_bad(r, error, "two profiles for one thing");
    *out = sim_timeline_parse_simgrid(text, factor, &line);
    return *out || xml_bad(r, error, "%s:%u: not a profile", path, line);
}
