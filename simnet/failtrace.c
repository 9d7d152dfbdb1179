#include "failtrace.h"
#include "textfile.h"
#include "../core/agent/proc.h"

#include <csv.h>
#include <stdio.h>
#include <string.h>

static const gint64 ns_per_s = G_GINT64_CONSTANT(1000000000);

typedef struct Record { /* as a line says it, in seconds */
    gint64 down_s, up_s;
    guint node; /* of the reader's nodes */
    guint line;
} Record;

typedef struct Reader {
    const char *path, *system;
    SimFailTrace *trace;
    GPtrArray *fields; /* GString of the line under way; used again */
    guint n_fields, line;
    gint column[8];    /* of what the layout reads; -1: none */
    gboolean lanl, failed;
    GArray *records;       /* Record */
    GHashTable *nodes;     /* name -> index + 1; only looked up */
    GPtrArray *names;      /* by index */
    GHashTable *systems;   /* names that stand in the file */
    GString *system_list;
    guint n_nodes, n_unnumbered; /* LANL: of the system, 0 where unknown; records without a node */
} Reader;

enum { SYSTEM, N_NODES, NODE, STARTED, FIXED, DOWN_MINUTES }; /* columns of LANL */
enum { PLAIN_NODE, PLAIN_DOWN, PLAIN_UP };

static const char *const lanl_columns[] = {"System",       "nodes",      "nodenumz",
                                           "Prob Started", "Prob Fixed", "Down Time"};
static const char *const plain_columns[] = {"node", "down_s", "up_s"};

enum { MAX_NODES = 1000 * 1000 };

static void G_GNUC_PRINTF(2, 3) problem(Reader *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *base = g_path_get_basename(r->path);
    g_ptr_array_add(r->trace->problems, g_strdup_printf("%s:%u: %s", base, r->line, text));
}

static const char *field(const Reader *r, guint which)
{
    gint c = r->column[which];
    return c >= 0 && (guint)c < r->n_fields ? ((GString *)r->fields->pdata[c])->str : "";
}

/* ---- values ---- */

/* Days since 1970-01-01 (Hinnant's days_from_civil). */
static gint64 days_of(gint64 y, gint64 m, gint64 d)
{
    y -= m <= 2;
    gint64 era = y / 400, yoe = y - era * 400;
    gint64 doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/* "6/21/2005 10:54", without zone: the machine's own clock. */
static gboolean parse_date(const char *text, gint64 *seconds)
{
    static const int month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int month, day, year, hour, minute, end = 0;
    if (sscanf(text, "%2d/%2d/%4d %2d:%2d%n", &month, &day, &year, &hour, &minute, &end) != 5 ||
        text[end] != '\0' || month < 1 || month > 12 || day < 1 || day > month_days[month - 1] ||
        year < 1970 || hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return FALSE;
    *seconds = (days_of(year, month, day) * 24 + hour) * 3600 + minute * 60;
    return TRUE;
}

static gboolean parse_seconds(const char *text, gint64 *seconds)
{
    char *end;
    double value = g_ascii_strtod(text, &end);
    *seconds = 0;
    if (end == text || *end || !(value >= 0) || value > 9e9)
        return FALSE;
    *seconds = (gint64)value;
    return TRUE;
}

static guint node_of(Reader *r, const char *name)
{
    guint index = GPOINTER_TO_UINT(g_hash_table_lookup(r->nodes, name));
    if (index == 0) {
        g_ptr_array_add(r->names, g_strdup(name));
        index = r->names->len;
        g_hash_table_insert(r->nodes, g_strdup(name), GUINT_TO_POINTER(index));
    }
    return index - 1;
}

static void add_record(Reader *r, const char *node, gint64 down_s, gint64 up_s)
{
    if (up_s < down_s) {
        problem(r, "it was back before it failed");
        return;
    }
    if (up_s == down_s)
        problem(r, "down for no time: taken as half a minute");
    Record record = {down_s, up_s, node_of(r, node), r->line};
    g_array_append_val(r->records, record);
}

/* ---- lines ---- */

static void read_plain(Reader *r)
{
    gint64 down_s, up_s;
    r->trace->records++;
    if (r->n_fields != G_N_ELEMENTS(plain_columns))
        problem(r, "%u fields, not 3", r->n_fields);
    else if (*field(r, PLAIN_NODE) == '\0' || !parse_seconds(field(r, PLAIN_DOWN), &down_s) ||
             !parse_seconds(field(r, PLAIN_UP), &up_s))
        problem(r, "needs a node and two times in seconds");
    else
        add_record(r, field(r, PLAIN_NODE), down_s, up_s);
}

static void note_system(Reader *r, const char *name)
{
    if (g_hash_table_contains(r->systems, name))
        return;
    g_hash_table_add(r->systems, g_strdup(name));
    g_string_append_printf(r->system_list, "%s%s", r->system_list->len ? ", " : "", name);
}

/* Nodes are numbered from 0 (nodenumz). Where a system has no numbers, it is one node. */
static const char *lanl_node(Reader *r)
{
    const char *name = field(r, NODE);
    guint64 number, n_nodes;
    if (g_ascii_string_to_unsigned(field(r, N_NODES), 10, 1, MAX_NODES, &n_nodes, NULL))
        r->n_nodes = (guint)n_nodes;
    if (*name == '\0') {
        r->n_unnumbered++;
        return "all";
    }
    if (!g_ascii_string_to_unsigned(name, 10, 0, MAX_NODES, &number, NULL)) {
        problem(r, "node '%s' is not a number", name);
        return NULL;
    }
    if (r->n_nodes && number >= r->n_nodes)
        problem(r, "node %s of %u: taken as it is", name, r->n_nodes);
    return name;
}

static void read_lanl(Reader *r)
{
    gint64 down_s, up_s, minutes;
    const char *node;
    note_system(r, field(r, SYSTEM));
    if (!r->system || strcmp(field(r, SYSTEM), r->system) != 0)
        return;
    r->trace->records++;
    if (!parse_date(field(r, STARTED), &down_s)) {
        problem(r, "'%s' is no time of a failure", field(r, STARTED));
    } else if (!parse_date(field(r, FIXED), &up_s)) {
        problem(r, "'%s' is no time of a repair", field(r, FIXED));
    } else if ((node = lanl_node(r))) {
        if (!parse_seconds(field(r, DOWN_MINUTES), &minutes) || minutes * 60 != up_s - down_s)
            problem(r, "down time says %s minutes, its ends %" G_GINT64_FORMAT ": the ends count",
                    field(r, DOWN_MINUTES), (up_s - down_s) / 60);
        add_record(r, node, down_s, up_s);
    }
}

static gboolean find_columns(Reader *r, const char *const *names, guint n)
{
    for (guint i = 0; i < n; i++) {
        r->column[i] = -1;
        for (guint c = 0; c < r->n_fields; c++)
            if (strcmp(((GString *)r->fields->pdata[c])->str, names[i]) == 0)
                r->column[i] = (gint)c;
        if (r->column[i] < 0)
            return FALSE;
    }
    return TRUE;
}

static void read_header(Reader *r)
{
    r->lanl = find_columns(r, lanl_columns, G_N_ELEMENTS(lanl_columns));
    r->failed = !r->lanl && !find_columns(r, plain_columns, G_N_ELEMENTS(plain_columns));
}

static void take_field(void *text, size_t bytes, void *data)
{
    Reader *r = data;
    if (r->n_fields == r->fields->len)
        g_ptr_array_add(r->fields, g_string_new(NULL));
    GString *into = r->fields->pdata[r->n_fields++];
    g_string_truncate(into, 0);
    g_string_append_len(into, text, (gssize)bytes);
}

static void take_line(int end, void *data)
{
    (void)end;
    Reader *r = data;
    r->line++;
    if (r->failed || r->n_fields == 0)
        ;
    else if (r->line == 1)
        read_header(r);
    else if (r->lanl)
        read_lanl(r);
    else
        read_plain(r);
    r->n_fields = 0;
}

/* ---- the whole ---- */

static gint compare_records(gconstpointer a, gconstpointer b)
{
    const Record *x = a, *y = b;
    if (x->down_s != y->down_s)
        return x->down_s < y->down_s ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

static void node_free(gpointer data)
{
    SimFailNode *node = data;
    g_free(node->name);
    g_array_unref(node->outages);
    g_free(node);
}

static SimFailNode *node_new(const char *name, gint64 length_ns)
{
    SimFailNode *node = g_new0(SimFailNode, 1);
    node->name = g_strdup(name);
    node->end_ns = length_ns;
    node->outages = g_array_new(FALSE, FALSE, sizeof(SimOutage));
    return node;
}

static void add_outage(Reader *r, SimFailNode *node, const Record *record, gint64 begin_s)
{
    SimOutage o = {(record->down_s - begin_s) * ns_per_s, (record->up_s - begin_s) * ns_per_s};
    if (o.up_ns == o.down_ns)
        o.up_ns += 30 * ns_per_s;
    SimOutage *last = node->outages->len ? &g_array_index(node->outages, SimOutage,
                                                          node->outages->len - 1)
                                         : NULL;
    r->line = record->line;
    if (!last || o.down_ns > last->up_ns) {
        g_array_append_val(node->outages, o);
    } else {
        problem(r, "node %s was down already: taken as one outage", node->name);
        last->up_ns = MAX(last->up_ns, o.up_ns);
    }
}

/* Nodes without failures count too, where it is known how many there are. */
static void add_quiet_nodes(Reader *r)
{
    for (guint i = 0; i < r->n_nodes && r->n_unnumbered == 0; i++) {
        g_autofree char *name = g_strdup_printf("%u", i);
        if (r->names->len < r->n_nodes)
            node_of(r, name);
    }
}

static void build(Reader *r)
{
    SimFailTrace *t = r->trace;
    g_array_sort(r->records, compare_records);
    add_quiet_nodes(r);
    gint64 begin_s = r->records->len ? g_array_index(r->records, Record, 0).down_s : 0, end_s = begin_s;
    for (guint i = 0; i < r->records->len; i++)
        end_s = MAX(end_s, g_array_index(r->records, Record, i).up_s);
    t->length_ns = (end_s - begin_s) * ns_per_s;
    for (guint i = 0; i < r->names->len; i++)
        g_ptr_array_add(t->nodes, node_new(r->names->pdata[i], t->length_ns));
    for (guint i = 0; i < r->records->len; i++) {
        const Record *record = &g_array_index(r->records, Record, i);
        add_outage(r, t->nodes->pdata[record->node], record, begin_s);
    }
    if (r->n_unnumbered) {
        r->line = 0;
        problem(r, "%u records name no node: the system is taken as one node", r->n_unnumbered);
    }
}

static gboolean check(Reader *r, GError **error)
{
    if (r->failed || r->line == 0)
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_DAMAGED,
                    "%s: neither LANL's failure records nor a header node,down_s,up_s", r->path);
    else if (r->lanl && !r->system)
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE,
                    "%s has several systems, name one of %s", r->path, r->system_list->str);
    else if (!r->lanl && r->system)
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s knows no systems", r->path);
    else if (r->lanl && !g_hash_table_contains(r->systems, r->system))
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_USAGE, "%s has no system %s, but %s",
                    r->path, r->system, r->system_list->str);
    else
        return TRUE;
    return FALSE;
}

static void string_free(gpointer data) { g_string_free(data, TRUE); }

static gboolean read_text(Reader *r, const char *text, gsize bytes)
{
    struct csv_parser parser;
    if (csv_init(&parser, CSV_STRICT_FINI) != 0)
        return FALSE;
    gboolean ok = csv_parse(&parser, text, bytes, take_field, take_line, r) == bytes &&
                  csv_fini(&parser, take_field, take_line, r) == 0;
    csv_free(&parser);
    return ok;
}

SimFailTrace *sim_fail_trace_load(const char *path, const char *system, GError **error)
{
    gsize bytes;
    g_autofree char *text = sim_text_load(path, &bytes, error);
    if (!text)
        return NULL;
    Reader r = {.path = path, .system = system};
    r.trace = g_new0(SimFailTrace, 1);
    r.trace->nodes = g_ptr_array_new_with_free_func(node_free);
    r.trace->problems = g_ptr_array_new_with_free_func(g_free);
    r.fields = g_ptr_array_new_with_free_func(string_free);
    r.records = g_array_new(FALSE, FALSE, sizeof(Record));
    r.nodes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    r.systems = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    r.names = g_ptr_array_new_with_free_func(g_free);
    r.system_list = g_string_new(NULL);
    r.failed |= !read_text(&r, text, bytes);
    gboolean ok = check(&r, error);
    if (ok)
        build(&r);
    g_ptr_array_unref(r.fields);
    g_ptr_array_unref(r.names);
    g_array_unref(r.records);
    g_hash_table_unref(r.nodes);
    g_hash_table_unref(r.systems);
    g_string_free(r.system_list, TRUE);
    if (!ok)
        g_clear_pointer(&r.trace, sim_fail_trace_free);
    return r.trace;
}

void sim_fail_trace_free(SimFailTrace *trace)
{
    if (!trace)
        return;
    g_ptr_array_unref(trace->nodes);
    g_ptr_array_unref(trace->problems);
    g_free(trace);
}
