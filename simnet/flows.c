#include "flows.h"
#include "../core/agent/proc.h"

#include <math.h>
#include <string.h>

typedef struct Route {
    guint from, to;
    GArray *links; /* guint */
} Route;

typedef struct Start {
    struct World *world;
    guint flow, from, to;
    double bytes;
} Start;

typedef struct Change {
    struct World *world;
    char kind; /* 'b' bandwidth, 'l' link state, 'h' host state */
    guint target;
    double value;
} Change;

typedef struct World {
    SimEngine *engine;
    SimNetwork *net;
    const SimNetModel *model;
    GHashTable *hosts, *links; /* name -> index + 1; only looked up */
    GPtrArray *routes;         /* Route */
    GPtrArray *starts;         /* Start */
    GPtrArray *changes;        /* Change */
    GArray *ends;              /* SimFlowEnd */
} World;

typedef struct Row { /* one line of a CSV file; no field of this format holds a comma */
    char *file;
    guint line;
    char **field;
} Row;

typedef gboolean (*RowReader)(World *world, const Row *row, GError **error);

static gboolean row_fail(GError **error, const Row *row, const char *what, const char *text)
{
    g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s:%u: %s '%s'", row->file, row->line,
                what, text);
    return FALSE;
}

static gboolean number(const Row *row, guint i, double *out, GError **error)
{
    char *end;
    *out = g_ascii_strtod(row->field[i], &end);
    if (end == row->field[i] || *end || !isfinite(*out) || *out < 0 || *out > 9e9 * 1e9)
        return row_fail(error, row, "not a number", row->field[i]);
    return TRUE;
}

static gboolean time_ns(const Row *row, guint i, gint64 *out, GError **error)
{
    double seconds;
    if (!number(row, i, &seconds, error))
        return FALSE;
    *out = sim_time_for(seconds, 1.0);
    return TRUE;
}

static gboolean named(const Row *row, const char *name, GHashTable *table, guint *out,
                      GError **error)
{
    *out = GPOINTER_TO_UINT(g_hash_table_lookup(table, name));
    if (*out == 0)
        return row_fail(error, row, "unknown name", name);
    *out -= 1;
    return TRUE;
}

static gboolean read_host(World *w, const Row *row, GError **error)
{
    guint index = sim_network_add_host(w->net) + 1;
    if (!g_hash_table_insert(w->hosts, g_strdup(row->field[0]), GUINT_TO_POINTER(index)))
        return row_fail(error, row, "duplicate host", row->field[0]);
    return TRUE;
}

static gboolean read_link(World *w, const Row *row, GError **error)
{
    static const char *const policies[] = {"SHARED", "FATPIPE", "BUS", NULL};
    double bandwidth;
    gint64 latency;
    if (!number(row, 1, &bandwidth, error) || !time_ns(row, 2, &latency, error))
        return FALSE;
    guint policy = 0;
    while (policies[policy] && strcmp(policies[policy], row->field[3]) != 0)
        policy++;
    if (!policies[policy] || bandwidth <= 0)
        return row_fail(error, row, "bad link", row->field[0]);
    guint index = sim_network_add_link(w->net, bandwidth, latency, (SimLinkPolicy)policy) + 1;
    if (!g_hash_table_insert(w->links, g_strdup(row->field[0]), GUINT_TO_POINTER(index)))
        return row_fail(error, row, "duplicate link", row->field[0]);
    return TRUE;
}

static gboolean read_route(World *w, const Row *row, GError **error)
{
    Route *route = g_new0(Route, 1);
    route->links = g_array_new(FALSE, FALSE, sizeof(guint));
    g_ptr_array_add(w->routes, route);
    if (!named(row, row->field[0], w->hosts, &route->from, error) ||
        !named(row, row->field[1], w->hosts, &route->to, error))
        return FALSE;
    g_auto(GStrv) names = g_strsplit(row->field[2], ";", -1);
    for (guint i = 0; names[i]; i++) {
        guint link;
        if (!named(row, names[i], w->links, &link, error))
            return FALSE;
        g_array_append_val(route->links, link);
    }
    return TRUE;
}

static const Route *find_route(const World *w, guint from, guint to)
{
    for (guint i = 0; i < w->routes->len; i++) {
        const Route *route = w->routes->pdata[i];
        if (route->from == from && route->to == to)
            return route;
    }
    return NULL;
}

static void flow_done(SimFlow flow, gboolean delivered, gpointer data)
{
    (void)flow;
    Start *start = data;
    double now_s = (double)sim_engine_now(start->world->engine) * 1e-9;
    g_array_index(start->world->ends, SimFlowEnd, start->flow).finish_s =
        delivered ? now_s : -now_s;
}

static void flow_start(gpointer data)
{
    Start *s = data;
    const Route *there = find_route(s->world, s->from, s->to);
    const Route *back = find_route(s->world, s->to, s->from);
    sim_network_start(s->world->net, s->from, s->to, s->bytes,
                      (const guint *)(gpointer)there->links->data, there->links->len,
                      back ? (const guint *)(gpointer)back->links->data : NULL,
                      back ? back->links->len : 0, flow_done, s);
}

static gboolean read_flow(World *w, const Row *row, GError **error)
{
    Start *start = g_new0(Start, 1);
    g_ptr_array_add(w->starts, start);
    gint64 at_ns;
    *start = (Start){.world = w, .flow = w->ends->len};
    if (!named(row, row->field[1], w->hosts, &start->from, error) ||
        !named(row, row->field[2], w->hosts, &start->to, error) ||
        !number(row, 3, &start->bytes, error) || !time_ns(row, 4, &at_ns, error))
        return FALSE;
    if (!find_route(w, start->from, start->to))
        return row_fail(error, row, "no route for flow", row->field[0]);
    SimFlowEnd end = {g_strdup(row->field[0]), NAN};
    g_array_append_val(w->ends, end);
    sim_engine_at(w->engine, at_ns, SIM_PRIORITY_NORMAL, flow_start, start);
    return TRUE;
}

static void change_now(gpointer data)
{
    const Change *c = data;
    if (c->kind == 'b')
        sim_network_set_bandwidth(c->world->net, c->target, c->value);
    else if (c->kind == 'l')
        sim_network_set_link(c->world->net, c->target, c->value > 0);
    else
        sim_network_set_host(c->world->net, c->target, c->value > 0);
}

static gboolean read_event(World *w, const Row *row, GError **error)
{
    static const struct {
        const char *name;
        char kind;
    } kinds[] = {{"link_bw", 'b'}, {"link_state", 'l'}, {"host_state", 'h'}};
    Change *change = g_new0(Change, 1);
    g_ptr_array_add(w->changes, change);
    change->world = w;
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(kinds[i].name, row->field[1]) == 0)
            change->kind = kinds[i].kind;
    if (!change->kind)
        return row_fail(error, row, "unknown kind of event", row->field[1]);
    gint64 at_ns;
    GHashTable *names = change->kind == 'h' ? w->hosts : w->links;
    if (!time_ns(row, 0, &at_ns, error) ||
        !named(row, row->field[2], names, &change->target, error) ||
        !number(row, 3, &change->value, error))
        return FALSE;
    sim_engine_at(w->engine, at_ns, SIM_PRIORITY_FAULT, change_now, change);
    return TRUE;
}

/* In this order: each file names what stands in those before it. */
static const struct {
    const char *file;
    guint fields;
    gboolean optional;
    RowReader read;
} files[] = {
    {"hosts.csv", 1, FALSE, read_host},   {"links.csv", 4, FALSE, read_link},
    {"routes.csv", 3, FALSE, read_route}, {"flows.csv", 5, FALSE, read_flow},
    {"events.csv", 4, TRUE, read_event},
};

static gboolean read_file(World *w, const char *folder, guint f, GError **error)
{
    g_autofree char *path = g_build_filename(folder, files[f].file, NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) cause = NULL;
    if (!g_file_get_contents(path, &text, NULL, &cause)) {
        if (files[f].optional && g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            return TRUE;
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s", cause->message);
        return FALSE;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 1; lines[0] && lines[i]; i++) { /* the first line is the heading */
        g_strchomp(lines[i]);
        if (*lines[i] == '\0')
            continue;
        g_auto(GStrv) fields = g_strsplit(lines[i], ",", -1);
        Row row = {path, i + 1, fields};
        if (g_strv_length(fields) < files[f].fields)
            return row_fail(error, &row, "too few fields in", lines[i]);
        if (!files[f].read(w, &row, error))
            return FALSE;
    }
    return TRUE;
}

static void route_free(gpointer data)
{
    g_array_unref(((Route *)data)->links);
    g_free(data);
}

static void end_clear(gpointer data) { g_free(((SimFlowEnd *)data)->name); }

GArray *sim_flows_run(const char *folder, const SimNetModel *model, GError **error)
{
    World w = {.model = model};
    w.engine = sim_engine_new();
    w.net = sim_network_new(w.engine, model);
    w.hosts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    w.links = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    w.routes = g_ptr_array_new_with_free_func(route_free);
    w.starts = g_ptr_array_new_with_free_func(g_free);
    w.changes = g_ptr_array_new_with_free_func(g_free);
    w.ends = g_array_new(FALSE, FALSE, sizeof(SimFlowEnd));
    g_array_set_clear_func(w.ends, end_clear);
    gboolean ok = TRUE;
    for (guint f = 0; ok && f < G_N_ELEMENTS(files); f++)
        ok = read_file(&w, folder, f, error);
    while (ok && sim_engine_step(w.engine))
        ;
    sim_network_free(w.net);
    sim_engine_free(w.engine);
    g_hash_table_unref(w.hosts);
    g_hash_table_unref(w.links);
    g_ptr_array_unref(w.routes);
    g_ptr_array_unref(w.starts);
    g_ptr_array_unref(w.changes);
    if (ok)
        return w.ends;
    g_array_unref(w.ends);
    return NULL;
}
