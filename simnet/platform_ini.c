/* Our own form of a platform file: platform.h says what stands in it. */
#include "platform_priv.h"
#include "../core/agent/proc.h"
#include "../core/layout/arch.h"
#include "units.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* ---- keys ---- */

typedef enum KeyKind {
    KEY_TEXT,
    KEY_ARCH,
    KEY_NUMBER,
    KEY_WHOLE,
    KEY_RATE,
    KEY_TIME,
    KEY_BYTES,
    KEY_POLICY,
    KEY_SHARES, /* a timeline of shares from 0 to 1 */
    KEY_RATES   /* ... of rates */
} KeyKind;

typedef struct Key {
    const char *name;
    KeyKind kind;
    gsize offset;         /* in the section's struct */
    const char *fallback; /* NULL: must be given; "": none, and then all bits are 0 */
} Key;

static const Key host_keys[] = {
    {"arch", KEY_ARCH, G_STRUCT_OFFSET(SimHostSpec, arch), NULL},
    {"speed", KEY_NUMBER, G_STRUCT_OFFSET(SimHostSpec, speed), "1.0"},
    {"disk", KEY_RATE, G_STRUCT_OFFSET(SimHostSpec, disk_bps), "8MB/s"},
    {"disk_read", KEY_RATE, G_STRUCT_OFFSET(SimHostSpec, disk_read_bps), ""},
    {"convert", KEY_RATE, G_STRUCT_OFFSET(SimHostSpec, convert_bps), "40MB/s"},
    {"seek", KEY_TIME, G_STRUCT_OFFSET(SimHostSpec, seek_ns), "10ms"},
    {"fsync", KEY_TIME, G_STRUCT_OFFSET(SimHostSpec, fsync_ns), "5ms"},
    {"start", KEY_TIME, G_STRUCT_OFFSET(SimHostSpec, start_ns), "30ms"},
    {"cores", KEY_WHOLE, G_STRUCT_OFFSET(SimHostSpec, cores), "1"},
    {"memory", KEY_BYTES, G_STRUCT_OFFSET(SimHostSpec, memory_bytes), "128MB"},
    {"speed_integer", KEY_NUMBER, G_STRUCT_OFFSET(SimHostSpec, speed_of[SIM_WORK_INTEGER]), ""},
    {"speed_float", KEY_NUMBER, G_STRUCT_OFFSET(SimHostSpec, speed_of[SIM_WORK_FLOAT]), ""},
    {"speed_memory", KEY_NUMBER, G_STRUCT_OFFSET(SimHostSpec, speed_of[SIM_WORK_MEMORY]), ""},
    {"availability", KEY_SHARES, G_STRUCT_OFFSET(SimHostSpec, availability), ""},
};
static const Key link_keys[] = {
    {"bandwidth", KEY_RATE, G_STRUCT_OFFSET(SimLinkSpec, bandwidth_bps), NULL},
    {"latency", KEY_TIME, G_STRUCT_OFFSET(SimLinkSpec, latency_ns), NULL},
    {"policy", KEY_POLICY, G_STRUCT_OFFSET(SimLinkSpec, policy), "shared"},
    {"bandwidth_profile", KEY_RATES, G_STRUCT_OFFSET(SimLinkSpec, bandwidth), ""},
    {"availability", KEY_SHARES, G_STRUCT_OFFSET(SimLinkSpec, availability), ""},
};
static const Key switch_keys[] = { /* of the cables, all alike */
    {"bandwidth", KEY_RATE, G_STRUCT_OFFSET(SimLinkSpec, bandwidth_bps), NULL},
    {"latency", KEY_TIME, G_STRUCT_OFFSET(SimLinkSpec, latency_ns), NULL},
};
static const char *const network_keys[] = {"name", "model", "routing", NULL};
static const char *const route_keys[] = {"links", NULL};
static const char *const group_keys[] = {"hosts", NULL};
static const char *const router_keys[] = {NULL};
static const char *const policies[] = {"shared", "fatpipe", "bus", "duplex", NULL}; /* by SimLinkPolicy */
enum { POLICY_DUPLEX = SIM_LINK_BUS + 1 }; /* two links, each shared */
static const char *const routings[] = {"given", "shortest", NULL};
/* In the order in which they are read, and how their names should look. */
static const char *const section_kinds[] = {"network", "host", "router", "link", "switch", "route",
                                            "group", NULL};
static const char *const shapes[] = {"network", "host NAME", "router NAME", "link NAME",
                                     "switch NAME", "route FROM TO", "group NAME"};

static gboolean parse_number(const char *text, double *out)
{
    char *end;
    if (!g_ascii_isdigit(*text))
        return FALSE;
    *out = g_ascii_strtod(text, &end);
    return *end == '\0' && strspn(text, "0123456789.") == strlen(text);
}

static gint index_of(const char *const *names, const char *text)
{
    for (gint i = 0; names[i]; i++)
        if (strcmp(names[i], text) == 0)
            return i;
    return -1;
}

static gboolean read_share(const char *text, double *value)
{
    return parse_number(text, value) && *value <= 1;
}

static gboolean read_rate(const char *text, double *value)
{
    return sim_parse_rate(text, value) && *value > 0;
}

/* NULL when the value was taken, else what it should have been. */
static const char *parse_key(const Key *key, const char *text, gpointer base)
{
    gpointer at = (char *)base + key->offset;
    gint policy;
    switch (key->kind) {
    case KEY_TEXT:
        *(char **)at = g_strdup(text);
        return *text ? NULL : "some text";
    case KEY_ARCH:
        g_free(*(char **)at);
        *(char **)at = g_strdup(text);
        return pr_arch_find(text) ? NULL : "an architecture";
    case KEY_NUMBER:
        return parse_number(text, at) && *(double *)at > 0 ? NULL : "a number above 0, as 1.0";
    case KEY_WHOLE:
        return parse_number(text, at) && *(double *)at >= 1 && *(double *)at <= 4096 &&
                       floor(*(double *)at) == *(double *)at
                   ? NULL
                   : "a whole number from 1 to 4096";
    case KEY_RATE:
        return sim_parse_rate(text, at) && *(double *)at > 0 ? NULL
                                                             : "a rate, as 8MB/s or 10Mbit/s";
    case KEY_TIME:
        return sim_parse_time(text, at) ? NULL : "a time, as 10ms";
    case KEY_BYTES:
        return sim_parse_bytes(text, at) ? NULL : "a size, as 128MB";
    case KEY_POLICY:
        policy = index_of(policies, text);
        if (policy >= 0)
            *(SimLinkPolicy *)at = (SimLinkPolicy)policy;
        return policy >= 0 ? NULL : "shared, fatpipe, bus or duplex";
    case KEY_SHARES:
        sim_timeline_free(*(SimTimeline **)at);
        *(SimTimeline **)at = sim_timeline_parse(text, read_share);
        return *(SimTimeline **)at ? NULL : "shares from 0 to 1 over time, as 0s 1;8h 0.5;every 24h";
    case KEY_RATES:
        sim_timeline_free(*(SimTimeline **)at);
        *(SimTimeline **)at = sim_timeline_parse(text, read_rate);
        return *(SimTimeline **)at ? NULL : "rates over time, as 0s 10Mbit/s;1h 1Mbit/s";
    }
    return "known";
}

static gboolean value_fail(GError **error, const SimIni *ini, const SimIniEntry *e,
                           const char *wanted, const char *nearest)
{
    return sim_ini_fail_entry(error, ini, e, "'%s' for key '%s' is not %s%s%s%s", e->value, e->key,
                              wanted, nearest ? ", did you mean '" : "", nearest ? nearest : "",
                              nearest ? "'?" : "");
}

static const char *nearest_arch(const char *text)
{
    const char *names[PR_N_ARCHES + 1] = {NULL};
    for (guint i = 0; i < PR_N_ARCHES; i++)
        names[i] = pr_arches[i].name;
    return sim_nearest(text, names);
}

static gboolean check_keys(const SimIni *ini, const char *section, const char *const *known,
                           GError **error)
{
    for (guint i = 0; i < sim_ini_n_entries(ini); i++) {
        const SimIniEntry *e = sim_ini_entry(ini, i);
        if (strcmp(e->section, section) == 0 && !sim_ini_known_key(ini, e, known, error))
            return FALSE;
    }
    return TRUE;
}

/* Fills `base` from a section by its table. */
static gboolean read_keys(const SimIni *ini, const char *section, guint line, const Key *keys,
                          guint n_keys, gpointer base, GError **error)
{
    const char *names[24] = {NULL};
    g_assert(n_keys < G_N_ELEMENTS(names));
    for (guint i = 0; i < n_keys; i++)
        names[i] = keys[i].name;
    if (!check_keys(ini, section, names, error))
        return FALSE;
    for (guint i = 0; i < n_keys; i++) {
        const SimIniEntry *e = sim_ini_find(ini, section, keys[i].name);
        if (!e && !keys[i].fallback)
            return sim_ini_fail(error, ini, line, "[%s] needs key '%s'", section, keys[i].name);
        if (!e && !*keys[i].fallback)
            continue;
        const char *wanted = parse_key(&keys[i], e ? e->value : keys[i].fallback, base);
        if (wanted)
            return value_fail(error, ini, e, wanted,
                              keys[i].kind == KEY_ARCH ? nearest_arch(e->value) : NULL);
    }
    return TRUE;
}

/* ---- sections ---- */

static gboolean read_network(SimPlatform *p, const SimIni *ini, const char *section, GError **error)
{
    if (!check_keys(ini, section, network_keys, error))
        return FALSE;
    const SimIniEntry *e = sim_ini_find(ini, section, "name");
    if (e) {
        g_free(p->name);
        p->name = g_strdup(e->value);
    }
    e = sim_ini_find(ini, section, "routing");
    if (e) {
        gint routing = index_of(routings, e->value);
        if (routing < 0)
            return value_fail(error, ini, e, "given or shortest", sim_nearest(e->value, routings));
        p->root->kind = routing == 0 ? ZONE_WILDCARD : ZONE_SHORTEST;
    }
    e = sim_ini_find(ini, section, "model");
    if (!e)
        return TRUE;
    const SimNetModel *model = sim_net_model(e->value);
    if (!model)
        return value_fail(error, ini, e, "a model of the network",
                          sim_nearest(e->value, sim_net_model_names));
    p->model = model;
    return TRUE;
}

/* A name that is free, for what can be the end of a route. */
static gboolean check_free(const SimPlatform *p, const SimIni *ini, const char *name, guint line,
                           GError **error)
{
    return strcmp(name, "*") == 0
               ? sim_ini_fail(error, ini, line, "nothing can be named '*'")
           : g_hash_table_contains(p->point_index, name)
               ? sim_ini_fail(error, ini, line, "'%s' is a host, router or switch already", name)
               : TRUE;
}

static gboolean read_host(SimPlatform *p, const SimIni *ini, const char *section, const char *name,
                          guint line, GError **error)
{
    if (strcmp(name, "*") == 0)
        return sim_ini_fail(error, ini, line, "a host cannot be named '*'");
    SimHostSpec host = {.name = g_strdup(name)};
    gboolean ok = read_keys(ini, section, line, host_keys, G_N_ELEMENTS(host_keys), &host, error);
    platform_add_host(p, p->root, &host);
    return ok;
}

static gboolean read_router(SimPlatform *p, const SimIni *ini, const char *section, const char *name,
                            guint line, GError **error)
{
    return check_keys(ini, section, router_keys, error) && check_free(p, ini, name, line, error) &&
           zone_add_point(p, p->root, name, -1, NULL) != NULL;
}

static gboolean read_link(SimPlatform *p, const SimIni *ini, const char *section, const char *name,
                          guint line, GError **error)
{
    SimLinkSpec link = {.name = g_strdup(name)};
    gboolean ok = read_keys(ini, section, line, link_keys, G_N_ELEMENTS(link_keys), &link, error);
    gboolean duplex = (guint)link.policy == POLICY_DUPLEX;
    link.policy = duplex ? SIM_LINK_SHARED : link.policy;
    if (duplex)
        platform_add_duplex(p, &link);
    else
        platform_add_link(p, &link);
    return ok;
}

static gboolean name_fail(GError **error, const SimIni *ini, guint line, const char *kind,
                          const char *name, const GArray *specs, gsize spec_bytes)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < specs->len; i++) /* the name is their first member */
        g_ptr_array_add(names, *(char **)(gpointer)(specs->data + i * spec_bytes));
    g_ptr_array_add(names, NULL);
    const char *nearest = sim_nearest(name, (const char *const *)names->pdata);
    return sim_ini_fail(error, ini, line, "unknown %s '%s'%s%s%s", kind, name,
                        nearest ? ", did you mean '" : "", nearest ? nearest : "",
                        nearest ? "'?" : "");
}

static gboolean find_host(const SimPlatform *p, const SimIni *ini, const char *name, guint line,
                          guint *out, GError **error)
{
    *out = platform_find_host(p, name) - 1;
    return *out != G_MAXUINT || name_fail(error, ini, line, "host", name, p->hosts, sizeof(SimHostSpec));
}

/* "*" only where any host may be meant. */
static gboolean route_end(SimPlatform *p, const SimIni *ini, const char *name, guint line,
                          guint *out, Point **point, GError **error)
{
    *point = g_hash_table_lookup(p->point_index, name);
    *out = *point ? (*point)->index : ANY_POINT;
    if (strcmp(name, "*") == 0 && p->root->kind == ZONE_WILDCARD)
        return TRUE;
    return *point || name_fail(error, ini, line, "host", name, p->hosts, sizeof(SimHostSpec));
}

/* "LINK", or of a duplex link "LINK:up" (the same) and "LINK:down". */
static GArray *read_links(SimPlatform *p, const SimIni *ini, const SimIniEntry *e, GError **error)
{
    g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(guint));
    g_auto(GStrv) names = g_strsplit(e->value, ";", -1);
    for (guint i = 0; names[i]; i++) {
        g_strstrip(names[i]);
        guint index = platform_find_link(p, names[i]) - 1;
        if (index == G_MAXUINT && g_str_has_suffix(names[i], ":up")) {
            g_autofree char *name = g_strndup(names[i], strlen(names[i]) - 3);
            index = platform_find_link(p, name) - 1;
            if (index != G_MAXUINT && sim_platform_link(p, index)->duplex == SIM_DUPLEX_NO)
                index = G_MAXUINT;
        }
        if (index == G_MAXUINT) {
            name_fail(error, ini, e->line, "link", names[i], p->links, sizeof(SimLinkSpec));
            return NULL;
        }
        g_array_append_val(links, index);
    }
    if (links->len > 0)
        return g_steal_pointer(&links);
    sim_ini_fail(error, ini, e->line, "a route needs at least one link");
    return NULL;
}

/* Where ways are computed a road can be gone in both directions. */
static gboolean add_road(SimPlatform *p, Point *from, Point *to, guint from_index, guint to_index,
                         GArray *links)
{
    GArray *back = p->root->kind == ZONE_SHORTEST ? platform_backwards(p, links) : NULL;
    if (!zone_add_road(p->root, from_index, to_index, from, to, links)) {
        g_clear_pointer(&back, g_array_unref);
        return FALSE;
    }
    return !back || zone_add_road(p->root, to_index, from_index, to, from, back);
}

static gboolean read_route(SimPlatform *p, const SimIni *ini, const char *section, char **ends,
                           guint line, GError **error)
{
    guint from, to;
    Point *from_point, *to_point;
    if (!check_keys(ini, section, route_keys, error) ||
        !route_end(p, ini, ends[0], line, &from, &from_point, error) ||
        !route_end(p, ini, ends[1], line, &to, &to_point, error))
        return FALSE;
    const SimIniEntry *e = sim_ini_find(ini, section, "links");
    if (!e)
        return sim_ini_fail(error, ini, line, "[%s] needs key 'links'", section);
    GArray *links = read_links(p, ini, e, error);
    if (!links)
        return FALSE;
    return add_road(p, from_point, to_point, from, to, links) ||
           sim_ini_fail(error, ini, line, "there is a route between them already");
}

static gboolean read_hosts(SimPlatform *p, const SimIni *ini, const SimIniEntry *e, GArray *out,
                           GError **error)
{
    g_auto(GStrv) names = g_strsplit(e->value, ";", -1);
    for (guint i = 0; names[i]; i++) {
        guint host;
        if (!find_host(p, ini, g_strstrip(names[i]), e->line, &host, error))
            return FALSE;
        for (guint k = 0; k < out->len; k++)
            if (g_array_index(out, guint, k) == host)
                return sim_ini_fail(error, ini, e->line, "'%s' stands twice in the list", names[i]);
        g_array_append_val(out, host);
    }
    return TRUE;
}

/* A full duplex cable from each host to a point in the middle. */
static gboolean read_switch(SimPlatform *p, const SimIni *ini, const char *section, const char *name,
                            guint line, GError **error)
{
    static const char *const known[] = {"hosts", "bandwidth", "latency", NULL};
    const SimIniEntry *e = sim_ini_find(ini, section, "hosts");
    g_autoptr(GArray) hosts = g_array_new(FALSE, FALSE, sizeof(guint));
    SimLinkSpec all = {0};
    if (!check_keys(ini, section, known, error) || !check_free(p, ini, name, line, error))
        return FALSE;
    if (!e)
        return sim_ini_fail(error, ini, line, "[%s] needs key 'hosts'", section);
    for (guint i = 0; i < G_N_ELEMENTS(switch_keys); i++) {
        const SimIniEntry *value = sim_ini_find(ini, section, switch_keys[i].name);
        if (!value)
            return sim_ini_fail(error, ini, line, "[%s] needs key '%s'", section, switch_keys[i].name);
        const char *wanted = parse_key(&switch_keys[i], value->value, &all);
        if (wanted)
            return value_fail(error, ini, value, wanted, NULL);
    }
    if (!read_hosts(p, ini, e, hosts, error))
        return FALSE;
    Point *middle = zone_add_point(p, p->root, name, -1, NULL);
    for (guint i = 0; i < hosts->len; i++) {
        Point *host = p->host_points->pdata[g_array_index(hosts, guint, i)];
        SimLinkSpec cable = all;
        cable.name = g_strdup_printf("%s/%s", name, host->name);
        guint up = platform_add_duplex(p, &cable);
        GArray *links = g_array_new(FALSE, FALSE, sizeof(guint));
        g_array_append_val(links, up);
        add_road(p, host, middle, host->index, middle->index, links);
    }
    return TRUE;
}

static gboolean read_group(SimPlatform *p, const SimIni *ini, const char *section, const char *name,
                           guint line, GError **error)
{
    const SimIniEntry *e = sim_ini_find(ini, section, "hosts");
    GArray *hosts = g_array_new(FALSE, FALSE, sizeof(guint));
    SimGroupSpec group = {.name = g_strdup(name)};
    gboolean ok = check_keys(ini, section, group_keys, error) &&
                  (e ? read_hosts(p, ini, e, hosts, error)
                     : sim_ini_fail(error, ini, line, "[%s] needs key 'hosts'", section));
    group.n_hosts = hosts->len;
    group.hosts = (guint *)(gpointer)g_array_free(hosts, FALSE);
    g_array_append_val(p->groups, group);
    return ok;
}

gboolean sim_platform_owns_section(const char *section)
{
    gsize length = strcspn(section, " ");
    for (guint i = 0; section_kinds[i]; i++)
        if (strlen(section_kinds[i]) == length && strncmp(section, section_kinds[i], length) == 0)
            return TRUE;
    return FALSE;
}

static gboolean shape_is_right(const char *shape, char **word)
{
    for (guint i = 0; word[i]; i++)
        if (*word[i] == '\0')
            return FALSE;
    guint blanks = 0;
    for (const char *p = shape; *p; p++)
        blanks += *p == ' ' ? 1 : 0;
    return g_strv_length(word) == blanks + 1;
}

typedef gboolean (*ReadNamed)(SimPlatform *p, const SimIni *ini, const char *section, const char *name,
                              guint line, GError **error);

static gboolean read_section(SimPlatform *p, const SimIni *ini, const char *section, char **word,
                             guint line, GError **error)
{
    static const struct {
        const char *kind;
        ReadNamed read;
    } named[] = {{"host", read_host}, {"router", read_router}, {"link", read_link},
                 {"switch", read_switch}, {"group", read_group}};
    for (guint i = 0; i < G_N_ELEMENTS(named); i++)
        if (strcmp(named[i].kind, word[0]) == 0)
            return named[i].read(p, ini, section, word[1], line, error);
    return strcmp(word[0], "network") == 0 ? read_network(p, ini, section, error)
                                           : read_route(p, ini, section, word + 1, line, error);
}

/* One pass reads one kind of section, so that routes may stand before what they name. */
static gboolean read_sections(SimPlatform *p, const SimIni *ini, guint kind, GError **error)
{
    for (guint i = 0; i < sim_ini_n_sections(ini); i++) {
        guint line;
        const char *section = sim_ini_section(ini, i, &line);
        g_auto(GStrv) word = g_strsplit(section, " ", -1);
        if (!word[0] || strcmp(word[0], section_kinds[kind]) != 0)
            continue;
        if (!shape_is_right(shapes[kind], word))
            return sim_ini_fail(error, ini, line, "[%s] should read [%s]", section, shapes[kind]);
        if (!read_section(p, ini, section, word, line, error))
            return FALSE;
    }
    return TRUE;
}

/* Between switches and routers ways are computed. */
static void choose_routing(SimPlatform *p, const SimIni *ini)
{
    for (guint i = 0; i < sim_ini_n_sections(ini); i++) {
        const char *section = sim_ini_section(ini, i, NULL);
        if (g_str_has_prefix(section, "switch ") || g_str_has_prefix(section, "router "))
            p->root->kind = ZONE_SHORTEST;
    }
}

static gboolean check_whole(SimPlatform *p, const SimIni *ini, GError **error)
{
    guint from, to;
    if (p->hosts->len == 0)
        return sim_ini_fail(error, ini, 0, "no [host NAME]");
    if (!zone_close(p->root))
        return sim_ini_fail(error, ini, 0, "too many hosts and routers for routing=shortest");
    if (!platform_find_gap(p, &from, &to))
        return TRUE;
    return sim_ini_fail(error, ini, 0, "no route between hosts '%s' and '%s'",
                        sim_platform_host(p, from)->name, sim_platform_host(p, to)->name);
}

const char *platform_host_key(SimHostSpec *spec, const char *key, const char *text)
{
    for (guint i = 0; i < G_N_ELEMENTS(host_keys); i++)
        if (strcmp(host_keys[i].name, key) == 0)
            return parse_key(&host_keys[i], text, spec);
    return "";
}

void platform_host_defaults(SimHostSpec *spec)
{
    for (guint i = 0; i < G_N_ELEMENTS(host_keys); i++)
        if (host_keys[i].fallback && *host_keys[i].fallback)
            parse_key(&host_keys[i], host_keys[i].fallback, spec);
}

gboolean sim_platform_check_sections(const SimIni *ini, GError **error)
{
    for (guint i = 0; i < sim_ini_n_sections(ini); i++) {
        guint line;
        const char *section = sim_ini_section(ini, i, &line);
        g_autofree char *kind = g_strndup(section, strcspn(section, " "));
        const char *nearest = sim_nearest(kind, section_kinds);
        if (!sim_platform_owns_section(section))
            return sim_ini_fail(error, ini, line, "unknown section [%s]%s%s%s", section,
                                nearest ? ", did you mean '" : "", nearest ? nearest : "",
                                nearest ? "'?" : "");
    }
    return TRUE;
}

SimPlatform *sim_platform_from_ini(const SimIni *ini, GError **error)
{
    SimPlatform *p = platform_new();
    p->root = zone_new(NULL, ZONE_WILDCARD);
    choose_routing(p, ini);
    gboolean ok = TRUE;
    for (guint i = 0; ok && section_kinds[i]; i++)
        ok = read_sections(p, ini, i, error);
    if (ok && check_whole(p, ini, error))
        return p;
    sim_platform_unref(p);
    return NULL;
}
