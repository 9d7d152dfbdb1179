#include "platform_priv.h"
#include "../core/agent/proc.h"

#include <string.h>

/* ---- life ---- */

static void host_clear(gpointer data)
{
    SimHostSpec *host = data;
    g_free(host->name);
    g_free(host->arch);
    sim_timeline_free(host->availability);
}

static void link_clear(gpointer data)
{
    SimLinkSpec *link = data;
    g_free(link->name);
    sim_timeline_free(link->bandwidth);
    sim_timeline_free(link->availability);
}

static void group_clear(gpointer data)
{
    SimGroupSpec *group = data;
    g_free(group->name);
    g_free(group->hosts);
}

static GArray *specs_new(guint bytes, GDestroyNotify clear)
{
    GArray *specs = g_array_new(FALSE, TRUE, bytes);
    g_array_set_clear_func(specs, clear);
    return specs;
}

SimPlatform *platform_new(void)
{
    SimPlatform *p = g_new0(SimPlatform, 1);
    p->ref_count = 1;
    p->name = g_strdup("network");
    p->text = g_string_new(NULL);
    p->model = sim_net_model("pure");
    p->hosts = specs_new(sizeof(SimHostSpec), host_clear);
    p->links = specs_new(sizeof(SimLinkSpec), link_clear);
    p->groups = specs_new(sizeof(SimGroupSpec), group_clear);
    p->host_points = g_ptr_array_new();
    p->host_index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    p->link_index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    p->point_index = g_hash_table_new(g_str_hash, g_str_equal);
    p->ways = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_array_unref);
    g_mutex_init(&p->lock);
    return p;
}

SimPlatform *sim_platform_load(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    gsize bytes;
    g_autoptr(GError) cause = NULL;
    if (!g_file_get_contents(path, &text, &bytes, &cause)) {
        g_set_error_literal(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, cause->message);
        return NULL;
    }
    if (text[strspn(text, " \t\r\n")] == '<')
        return platform_read_xml(path, text, bytes, error);
    SimIni *ini = sim_ini_parse(path, text, bytes, error);
    SimPlatform *p = ini && sim_platform_check_sections(ini, error) ? sim_platform_from_ini(ini, error) : NULL;
    if (p)
        g_string_append_len(p->text, text, (gssize)bytes);
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
    g_hash_table_unref(platform->ways);
    g_hash_table_unref(platform->host_index);
    g_hash_table_unref(platform->link_index);
    g_hash_table_unref(platform->point_index);
    g_ptr_array_unref(platform->host_points);
    zone_free(platform->root);
    g_array_unref(platform->groups);
    g_array_unref(platform->links);
    g_array_unref(platform->hosts);
    g_mutex_clear(&platform->lock);
    g_string_free(platform->text, TRUE);
    g_free(platform->name);
    g_free(platform);
}

/* ---- building ---- */

guint platform_find_host(const SimPlatform *p, const char *name)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(p->host_index, name));
}

guint platform_find_link(const SimPlatform *p, const char *name)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(p->link_index, name));
}

guint platform_add_host(SimPlatform *p, Zone *zone, SimHostSpec *spec)
{
    guint host = p->hosts->len;
    g_array_append_vals(p->hosts, spec, 1);
    g_hash_table_insert(p->host_index, g_strdup(spec->name), GUINT_TO_POINTER(host + 1));
    g_ptr_array_add(p->host_points, zone_add_point(p, zone, spec->name, (gint)host, NULL));
    return host;
}

guint platform_add_link(SimPlatform *p, SimLinkSpec *spec)
{
    guint link = p->links->len;
    g_array_append_vals(p->links, spec, 1);
    g_hash_table_insert(p->link_index, g_strdup(spec->name), GUINT_TO_POINTER(link + 1));
    return link;
}

guint platform_add_duplex(SimPlatform *p, SimLinkSpec *spec)
{
    SimLinkSpec down = *spec;
    spec->duplex = SIM_DUPLEX_UP;
    down.duplex = SIM_DUPLEX_DOWN;
    down.name = g_strdup_printf("%s:down", spec->name);
    down.bandwidth = sim_timeline_copy(spec->bandwidth);
    down.availability = sim_timeline_copy(spec->availability);
    guint up = platform_add_link(p, spec);
    platform_add_link(p, &down);
    return up;
}

guint platform_opposite(const SimPlatform *p, guint link)
{
    static const gint step[] = {[SIM_DUPLEX_NO] = 0, [SIM_DUPLEX_UP] = 1, [SIM_DUPLEX_DOWN] = -1};
    return link + (guint)step[sim_platform_link(p, link)->duplex];
}

void sim_platform_set_convert(SimPlatform *platform, double convert_bps)
{
    for (guint h = 0; h < platform->hosts->len; h++) {
        SimHostSpec *host = &g_array_index(platform->hosts, SimHostSpec, h);
        host->convert_bps = convert_bps * sim_host_speed(host, SIM_WORK_MEMORY);
    }
}

/* ---- asking ---- */

guint sim_platform_n_hosts(const SimPlatform *platform) { return platform->hosts->len; }

const SimHostSpec *sim_platform_host(const SimPlatform *platform, guint host)
{
    g_return_val_if_fail(host < platform->hosts->len, NULL);
    return &g_array_index(platform->hosts, SimHostSpec, host);
}

double sim_host_speed(const SimHostSpec *host, SimWork work)
{
    return work != SIM_WORK_ANY && host->speed_of[work] > 0 ? host->speed_of[work] : host->speed;
}

const char *sim_platform_name(const SimPlatform *platform) { return platform->name; }

const GString *sim_platform_text(const SimPlatform *platform) { return platform->text; }

const SimNetModel *sim_platform_model(const SimPlatform *platform) { return platform->model; }

guint sim_platform_n_links(const SimPlatform *platform) { return platform->links->len; }

const SimLinkSpec *sim_platform_link(const SimPlatform *platform, guint link)
{
    g_return_val_if_fail(link < platform->links->len, NULL);
    return &g_array_index(platform->links, SimLinkSpec, link);
}

guint sim_platform_n_groups(const SimPlatform *platform) { return platform->groups->len; }

const SimGroupSpec *sim_platform_group(const SimPlatform *platform, guint group)
{
    g_return_val_if_fail(group < platform->groups->len, NULL);
    return &g_array_index(platform->groups, SimGroupSpec, group);
}

gboolean sim_platform_changes(const SimPlatform *platform)
{
    gboolean any = FALSE;
    for (guint h = 0; h < platform->hosts->len; h++)
        any |= sim_platform_host(platform, h)->availability != NULL;
    for (guint l = 0; l < platform->links->len; l++) {
        const SimLinkSpec *link = sim_platform_link(platform, l);
        any |= link->bandwidth || link->availability;
    }
    return any;
}

SimNetwork *sim_platform_network(const SimPlatform *platform, SimEngine *engine)
{
    SimNetwork *net = sim_network_new(engine, platform->model);
    for (guint h = 0; h < platform->hosts->len; h++)
        sim_network_add_host(net);
    for (guint l = 0; l < platform->links->len; l++) {
        const SimLinkSpec *link = sim_platform_link(platform, l);
        sim_network_add_link(net, link->bandwidth_bps, link->latency_ns, link->policy);
    }
    return net;
}
