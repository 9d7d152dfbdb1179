#include "platform.h"
#include "../core/agent/proc.h"
#include "../core/layout/arch.h"
#include "units.h"

#include <math.h>
#include <string.h>

enum { ANY = -1 }; /* "*" in a route */

typedef struct Route {
    gint from, to; /* host or ANY */
    GArray *links; /* guint */
} Route;

struct SimPlatform {
    gint ref_count; /* atomic */
    char *name;
    const SimNetModel *model;
    GArray *hosts, *links;               /* SimHostSpec, SimLinkSpec */
    GPtrArray *routes;                   /* Route, in file order */
    GHashTable *host_index, *link_index; /* name -> index + 1; only looked up */
    GHashTable *route_index;             /* (from + 1, to + 1) as one gint64 -> Route */
};

/* ---- keys ---- */

typedef enum KeyKind {
    KEY_TEXT,
    KEY_ARCH,
    KEY_NUMBER,
    KEY_WHOLE,
    KEY_RATE,
    KEY_TIME,
    KEY_BYTES,
    KEY_POLICY
} KeyKind;

typedef struct Key {
    const char *name;
    KeyKind kind;
    gsize offset;         /* in the section's struct */
    const char *fallback; /* NULL: must be given */
} Key;

static const Key host_keys[] = {
    {"arch", KEY_ARCH, G_STRUCT_OFFSET(SimHostSpec, arch), NULL},
    {"speed", KEY_NUMBER, G_STRUCT_OFFSET(SimHostSpec, speed), "1.0"},
    {"disk", KEY_RATE, G_STRUCT_OFFSET(SimHostSpec, disk_bps), "8MB/s"},
    {"convert", KEY_RATE, G_STRUCT_OFFSET(SimHostSpec, convert_bps), "40MB/s"},
    {"seek", KEY_TIME, G_STRUCT_OFFSET(SimHostSpec, seek_ns), "10ms"},
    {"fsync", KEY_TIME, G_STRUCT_OFFSET(SimHostSpec, fsync_ns), "5ms"},
    {"start", KEY_TIME, G_STRUCT_OFFSET(SimHostSpec, start_ns), "30ms"},
    {"cores", KEY_WHOLE, G_STRUCT_OFFSET(SimHostSpec, cores), "1"},
    {"memory", KEY_BYTES, G_STRUCT_OFFSET(SimHostSpec, memory_bytes), "128MB"},
};
static const Key link_keys[] = {
    {"bandwidth", KEY_RATE, G_STRUCT_OFFSET(SimLinkSpec, bandwidth_bps), NULL},
    {"latency", KEY_TIME, G_STRUCT_OFFSET(SimLinkSpec, latency_ns), NULL},
    {"policy", KEY_POLICY, G_STRUCT_OFFSET(SimLinkSpec, policy), "shared"},
};
static const char *const network_keys[] = {"name", "model", NULL};
static const char *const route_keys[] = {"links", NULL};
static const char *const policies[] = {"shared", "fatpipe", "bus", NULL}; /* by SimLinkPolicy */
static const char *const section_kinds[] = {"network", "host", "link", "route", NULL};

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
        return policy >= 0 ? NULL : "shared, fatpipe or bus";
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
    const char *names[16] = {NULL};
    g_assert(n_keys < G_N_ELEMENTS(names));
    for (guint i = 0; i < n_keys; i++)
        names[i] = keys[i].name;
    if (!check_keys(ini, section, names, error))
        return FALSE;
    for (guint i = 0; i < n_keys; i++) {
        const SimIniEntry *e = sim_ini_find(ini, section, keys[i].name);
        if (!e && !keys[i].fallback)
            return sim_ini_fail(error, ini, line, "[%s] needs key '%s'", section, keys[i].name);
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

static gboolean read_host(SimPlatform *p, const SimIni *ini, const char *section, const char *name,
                          guint line, GError **error)
{
    SimHostSpec host = {.name = g_strdup(name)};
    gboolean ok = read_keys(ini, section, line, host_keys, G_N_ELEMENTS(host_keys), &host, error);
    g_array_append_val(p->hosts, host);
    g_hash_table_insert(p->host_index, g_strdup(name), GUINT_TO_POINTER(p->hosts->len));
    return ok;
}

static gboolean read_link(SimPlatform *p, const SimIni *ini, const char *section, const char *name,
                          guint line, GError **error)
{
    SimLinkSpec link = {.name = g_strdup(name)};
    gboolean ok = read_keys(ini, section, line, link_keys, G_N_ELEMENTS(link_keys), &link, error);
    g_array_append_val(p->links, link);
    g_hash_table_insert(p->link_index, g_strdup(name), GUINT_TO_POINTER(p->links->len));
    return ok;
}

static gboolean name_fail(GError **error, const SimIni *ini, guint line, const char *kind,
                          const char *name, const GArray *specs, gsize spec_bytes)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < specs->len; i++) /* the name is the first member of both */
        g_ptr_array_add(names, *(char **)(gpointer)(specs->data + i * spec_bytes));
    g_ptr_array_add(names, NULL);
    const char *nearest = sim_nearest(name, (const char *const *)names->pdata);
    return sim_ini_fail(error, ini, line, "unknown %s '%s'%s%s%s", kind, name,
                        nearest ? ", did you mean '" : "", nearest ? nearest : "",
                        nearest ? "'?" : "");
}

static gboolean route_end(SimPlatform *p, const SimIni *ini, const char *name, guint line,
                          gint *out, GError **error)
{
    guint index = GPOINTER_TO_UINT(g_hash_table_lookup(p->host_index, name));
    if (strcmp(name, "*") != 0 && index == 0)
        return name_fail(error, ini, line, "host", name, p->hosts, sizeof(SimHostSpec));
    *out = (gint)index - 1; /* "*" is no host's name: ANY */
    return TRUE;
}

static gint64 pair_key(gint from, gint to) { return ((gint64)from + 1) << 32 | ((gint64)to + 1); }

static gboolean read_route(SimPlatform *p, const SimIni *ini, const char *section, char **ends,
                           guint line, GError **error)
{
    Route *route = g_new0(Route, 1);
    route->links = g_array_new(FALSE, FALSE, sizeof(guint));
    g_ptr_array_add(p->routes, route);
    if (!check_keys(ini, section, route_keys, error) ||
        !route_end(p, ini, ends[0], line, &route->from, error) ||
        !route_end(p, ini, ends[1], line, &route->to, error))
        return FALSE;
    const SimIniEntry *e = sim_ini_find(ini, section, "links");
    if (!e)
        return sim_ini_fail(error, ini, line, "[%s] needs key 'links'", section);
    g_auto(GStrv) names = g_strsplit(e->value, ";", -1);
    for (guint i = 0; names[i]; i++) {
        g_strstrip(names[i]);
        guint index = GPOINTER_TO_UINT(g_hash_table_lookup(p->link_index, names[i]));
        if (index == 0)
            return name_fail(error, ini, e->line, "link", names[i], p->links, sizeof(SimLinkSpec));
        index--;
        g_array_append_val(route->links, index);
    }
    if (route->links->len == 0)
        return sim_ini_fail(error, ini, e->line, "a route needs at least one link");
    gint64 *key = g_new(gint64, 1);
    *key = pair_key(route->from, route->to);
    g_hash_table_insert(p->route_index, key, route);
    return TRUE;
}

gboolean sim_platform_owns_section(const char *section)
{
    gsize length = strcspn(section, " ");
    for (guint i = 0; section_kinds[i]; i++)
        if (strlen(section_kinds[i]) == length && strncmp(section, section_kinds[i], length) == 0)
            return TRUE;
    return FALSE;
}

static const char *shape_of(const char *kind)
{
    switch (*kind) {
    case 'h':
        return "host NAME";
    case 'l':
        return "link NAME";
    case 'r':
        return "route FROM TO";
    default:
        return "network";
    }
}

static gboolean shape_is_right(const char *kind, char **word)
{
    for (guint i = 0; word[i]; i++)
        if (*word[i] == '\0')
            return FALSE;
    guint blanks = 0;
    for (const char *p = shape_of(kind); *p; p++)
        blanks += *p == ' ' ? 1 : 0;
    return g_strv_length(word) == blanks + 1;
}

/* One pass reads one kind of section, so that routes may stand before what they name. */
static gboolean read_sections(SimPlatform *p, const SimIni *ini, const char *kind, GError **error)
{
    for (guint i = 0; i < sim_ini_n_sections(ini); i++) {
        guint line;
        const char *section = sim_ini_section(ini, i, &line);
        g_auto(GStrv) word = g_strsplit(section, " ", -1);
        if (!word[0] || strcmp(word[0], kind) != 0)
            continue;
        if (!shape_is_right(kind, word))
            return sim_ini_fail(error, ini, line, "[%s] should read [%s]", section, shape_of(kind));
        gboolean ok = TRUE;
        if (*kind == 'n')
            ok = read_network(p, ini, section, error);
        else if (*kind == 'h' && strcmp(word[1], "*") == 0)
            ok = sim_ini_fail(error, ini, line, "a host cannot be named '*'");
        else if (*kind == 'h')
            ok = read_host(p, ini, section, word[1], line, error);
        else if (*kind == 'l')
            ok = read_link(p, ini, section, word[1], line, error);
        else
            ok = read_route(p, ini, section, word + 1, line, error);
        if (!ok)
            return FALSE;
    }
    return TRUE;
}

static gboolean check_whole(const SimPlatform *p, const SimIni *ini, GError **error)
{
    if (p->hosts->len == 0)
        return sim_ini_fail(error, ini, 0, "no [host NAME]");
    gint64 any = pair_key(ANY, ANY);
    if (g_hash_table_lookup(p->route_index, &any))
        return TRUE;
    for (guint from = 0; from < p->hosts->len; from++)
        for (guint to = from + 1; to < p->hosts->len; to++) {
            guint n;
            if (!sim_platform_route(p, from, to, &n))
                return sim_ini_fail(error, ini, 0, "no route between hosts '%s' and '%s'",
                                    sim_platform_host(p, from)->name,
                                    sim_platform_host(p, to)->name);
        }
    return TRUE;
}

/* ---- life ---- */

static void host_clear(gpointer data)
{
    SimHostSpec *host = data;
    g_free(host->name);
    g_free(host->arch);
}

static void link_clear(gpointer data) { g_free(((SimLinkSpec *)data)->name); }

static void route_free(gpointer data)
{
    g_array_unref(((Route *)data)->links);
    g_free(data);
}

static SimPlatform *platform_new(void)
{
    SimPlatform *p = g_new0(SimPlatform, 1);
    p->ref_count = 1;
    p->name = g_strdup("network");
    p->model = sim_net_model("pure");
    p->hosts = g_array_new(FALSE, FALSE, sizeof(SimHostSpec));
    g_array_set_clear_func(p->hosts, host_clear);
    p->links = g_array_new(FALSE, FALSE, sizeof(SimLinkSpec));
    g_array_set_clear_func(p->links, link_clear);
    p->routes = g_ptr_array_new_with_free_func(route_free);
    p->host_index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    p->link_index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    p->route_index = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    return p;
}

SimPlatform *sim_platform_from_ini(const SimIni *ini, GError **error)
{
    SimPlatform *p = platform_new();
    gboolean ok = TRUE;
    for (guint i = 0; ok && section_kinds[i]; i++)
        ok = read_sections(p, ini, section_kinds[i], error);
    if (ok && check_whole(p, ini, error))
        return p;
    sim_platform_unref(p);
    return NULL;
}

SimPlatform *sim_platform_load(const char *path, GError **error)
{
    SimIni *ini = sim_ini_load(path, error);
    SimPlatform *p = NULL;
    gboolean ok = ini != NULL;
    for (guint i = 0; ok && i < sim_ini_n_sections(ini); i++) {
        guint line;
        const char *section = sim_ini_section(ini, i, &line);
        g_autofree char *kind = g_strndup(section, strcspn(section, " "));
        const char *nearest = sim_nearest(kind, section_kinds);
        if (!sim_platform_owns_section(section))
            ok = sim_ini_fail(error, ini, line, "unknown section [%s]%s%s%s", section,
                              nearest ? ", did you mean '" : "", nearest ? nearest : "",
                              nearest ? "'?" : "");
    }
    if (ok)
        p = sim_platform_from_ini(ini, error);
    sim_ini_free(ini);
    return p;
}

SimPlatform *sim_platform_ref(SimPlatform *platform)
{
    g_atomic_int_inc(&platform->ref_count);
    return platform;
}

void sim_platform_unref(SimPlatform *platform)
{
    if (!platform || !g_atomic_int_dec_and_test(&platform->ref_count))
        return;
    g_hash_table_unref(platform->route_index);
    g_hash_table_unref(platform->host_index);
    g_hash_table_unref(platform->link_index);
    g_ptr_array_unref(platform->routes);
    g_array_unref(platform->links);
    g_array_unref(platform->hosts);
    g_free(platform->name);
    g_free(platform);
}

void sim_platform_set_convert(SimPlatform *platform, double convert_bps)
{
    for (guint h = 0; h < platform->hosts->len; h++) {
        SimHostSpec *host = &g_array_index(platform->hosts, SimHostSpec, h);
        host->convert_bps = convert_bps * host->speed;
    }
}

/* ---- asking ---- */

guint sim_platform_n_hosts(const SimPlatform *platform) { return platform->hosts->len; }

const SimHostSpec *sim_platform_host(const SimPlatform *platform, guint host)
{
    g_return_val_if_fail(host < platform->hosts->len, NULL);
    return &g_array_index(platform->hosts, SimHostSpec, host);
}

const char *sim_platform_name(const SimPlatform *platform) { return platform->name; }

const SimNetModel *sim_platform_model(const SimPlatform *platform) { return platform->model; }

guint sim_platform_n_links(const SimPlatform *platform) { return platform->links->len; }

const SimLinkSpec *sim_platform_link(const SimPlatform *platform, guint link)
{
    g_return_val_if_fail(link < platform->links->len, NULL);
    return &g_array_index(platform->links, SimLinkSpec, link);
}

const guint *sim_platform_route(const SimPlatform *platform, guint from, guint to, guint *n)
{
    gint a = (gint)from, b = (gint)to;
    const gint order[][2] = {{a, b}, {b, a}, {a, ANY}, {ANY, b}, {b, ANY}, {ANY, a}, {ANY, ANY}};
    *n = 0;
    if (from == to)
        return NULL;
    for (guint i = 0; i < G_N_ELEMENTS(order); i++) {
        gint64 key = pair_key(order[i][0], order[i][1]);
        const Route *route = g_hash_table_lookup(platform->route_index, &key);
        if (!route)
            continue;
        *n = route->links->len;
        return (const guint *)(gconstpointer)route->links->data;
    }
    return NULL;
}
