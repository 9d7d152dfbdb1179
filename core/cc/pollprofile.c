/* The choice: all candidates are kept at first. From the costliest on, each is dropped if no more than
 * MOST_IN_GAPS of a run's time then lies in gaps over GAP_US that all of them together would fill. Then those that were dropped or never met
 * come back where --polls=auto would have them, cheapest first, as long as they add no more than BUDGET polls a
 * millisecond: what the recording did not show is covered by them. A poll costs its executions, and the calls of its function,
 * which must be able to save its frame. */
#include "pollprofile.h"
#include <string.h>

enum { GAP_US = 5000, SLOT_US = 1000, BUDGET = 300 /* polls in a millisecond of CPU time */, MAX_SLOTS = 1 << 20 };
#define MOST_IN_GAPS 0.01

typedef struct Row { /* of one candidate in one run */
    guint64 count;
    GArray *ranges; /* guint: first, last, first, last ... */
} Row;

typedef struct Run {
    guint n_slots;
    guint32 *us; /* [n_slots] */
    guint64 total_us;
    GHashTable *rows;  /* key -> Row */
    GHashTable *calls; /* "FILE\tFUNCTION" -> guint64 */
} Run;

struct CcProfile {
    char *name;
    GPtrArray *runs;
};

static GQuark profile_quark(void)
{
    return g_quark_from_static_string("preaches-cc-profile");
}

/* ---- reading ---- */

static void row_free(gpointer data)
{
    Row *row = data;
    g_array_unref(row->ranges);
    g_free(row);
}

static void run_free(gpointer data)
{
    Run *run = data;
    g_hash_table_unref(run->rows);
    g_hash_table_unref(run->calls);
    g_free(run->us);
    g_free(run);
}

static gboolean number(const char *text, guint64 most, guint64 *value)
{
    return text && *text && strlen(text) < 20 && strspn(text, "0123456789") == strlen(text) &&
           (*value = g_ascii_strtoull(text, NULL, 10)) <= most;
}

static gboolean read_ranges(const char *text, guint n_slots, GArray *ranges)
{
    guint64 next = 0;
    if (strcmp(text, "-") == 0)
        return TRUE;
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    for (char **part = parts; *part; part++) {
        g_auto(GStrv) ends = g_strsplit(*part, "-", 2);
        guint64 first, last;
        if (!ends[0] || !number(ends[0], n_slots, &first) || first < next)
            return FALSE;
        last = first;
        if (ends[1] && (!number(ends[1], n_slots, &last) || last < first))
            return FALSE;
        if (last >= n_slots)
            return FALSE;
        guint pair[2] = {(guint)first, (guint)last};
        g_array_append_vals(ranges, pair, 2);
        next = last + 1;
    }
    return TRUE;
}

static gboolean read_durations(Run *run, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    guint at = 0;
    for (char **part = parts; *part; part++) {
        g_auto(GStrv) ends = g_strsplit(*part, "x", 2);
        guint64 us, n = 1;
        if (!ends[0] || !number(ends[0], G_MAXUINT32, &us) || (ends[1] && !number(ends[1], run->n_slots, &n)) ||
            n > run->n_slots - at)
            return FALSE;
        run->total_us += us * n;
        for (; n; n--)
            run->us[at++] = (guint32)us;
    }
    return at == run->n_slots;
}

static gboolean read_run(CcProfile *profile, char **field)
{
    guint64 n;
    if (!number(field[1], MAX_SLOTS, &n))
        return FALSE;
    Run *run = g_new0(Run, 1);
    run->n_slots = (guint)n;
    run->us = g_new0(guint32, n + 1);
    run->rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, row_free);
    run->calls = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_ptr_array_add(profile->runs, run);
    return read_durations(run, field[2]);
}

static gboolean read_site(Run *run, char **field)
{
    Row *row = g_new0(Row, 1);
    row->ranges = g_array_new(FALSE, FALSE, sizeof(guint));
    char *key = g_strjoin("\t", field[2], field[3], field[4], field[5], NULL);
    gboolean ok = number(field[1], G_MAXINT64, &row->count) &&
                  read_ranges(field[6], run->n_slots, row->ranges) &&
                  !g_hash_table_contains(run->rows, key);
    g_hash_table_insert(run->rows, key, row);
    return ok;
}

static gboolean read_call(Run *run, char **field)
{
    guint64 *calls = g_new0(guint64, 1);
    gboolean ok = number(field[1], G_MAXINT64, calls);
    g_hash_table_insert(run->calls, g_strjoin("\t", field[2], field[3], NULL), calls);
    return ok;
}

static gboolean read_line(CcProfile *profile, const char *line)
{
    g_auto(GStrv) field = g_strsplit(line, "\t", -1);
    guint n = g_strv_length(field);
    Run *run = profile->runs->len ? profile->runs->pdata[profile->runs->len - 1] : NULL;
    if (strcmp(line, "preaches-polls 1") == 0)
        return TRUE;
    if (n == 3 && strcmp(field[0], "run") == 0)
        return read_run(profile, field);
    if (n == 7 && strcmp(field[0], "site") == 0)
        return run && read_site(run, field);
    return n == 4 && strcmp(field[0], "call") == 0 && run && read_call(run, field);
}

CcProfile *cc_profile_parse(const char *text, const char *name, GError **error)
{
    CcProfile *profile = g_new0(CcProfile, 1);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    gboolean ok = g_str_has_prefix(text, "preaches-polls 1\n");
    guint at = 0;
    profile->name = g_strdup(name);
    profile->runs = g_ptr_array_new_with_free_func(run_free);
    for (; ok && lines[at]; at++)
        ok = (!*lines[at] && !lines[at + 1]) || read_line(profile, lines[at]);
    if (ok && profile->runs->len)
        return profile;
    g_set_error(error, profile_quark(), 1, "%s:%u: %s", name, MAX(at, 1),
                profile->runs->len ? "not a line of a profile" : "not a profile of polls (--polls=record makes one)");
    cc_profile_free(profile);
    return NULL;
}

CcProfile *cc_profile_load(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    return g_file_get_contents(path, &text, NULL, error) ? cc_profile_parse(text, path, error) : NULL;
}

void cc_profile_free(CcProfile *profile)
{
    if (!profile)
        return;
    g_ptr_array_unref(profile->runs);
    g_free(profile->name);
    g_free(profile);
}

const char *cc_profile_name(const CcProfile *profile) { return profile->name; }

char *cc_profile_key(const char *file, const char *function, guint ordinal, guint64 hash)
{
    return g_strdup_printf("%s\t%s\t%u\t%016" G_GINT64_MODIFIER "x", file, function, ordinal, hash);
}

/* ---- choosing ---- */

typedef struct Choice {
    const CcProfile *profile;
    char *const *keys;
    guint n;
    gboolean *keep;
    gboolean *by_estimate; /* [n] */
    guint32 **cover; /* [run][slot]: kept candidates that were met in it */
    guint64 *cost;   /* [n] */
    guint64 *most;   /* [run]: microseconds that may lie in long gaps */
} Choice;

static const Row *row_of(const Run *run, const char *key)
{
    return g_hash_table_lookup(run->rows, key);
}

static guint64 calls_of(const Run *run, const char *key)
{
    const char *end = strchr(strchr(key, '\t') + 1, '\t');
    g_autofree char *function = g_strndup(key, (gsize)(end - key));
    const guint64 *calls = g_hash_table_lookup(run->calls, function);
    return calls ? *calls : 0;
}

static void count_cover(Choice *c, guint i, gboolean add)
{
    for (guint r = 0; r < c->profile->runs->len; r++) {
        const Row *row = row_of(c->profile->runs->pdata[r], c->keys[i]);
        for (guint k = 0; k < row->ranges->len; k += 2)
            for (guint s = g_array_index(row->ranges, guint, k); s <= g_array_index(row->ranges, guint, k + 1); s++)
                c->cover[r][s] += add ? 1 : (guint32)-1;
    }
}

/* Microseconds of a run that lie in gaps over GAP_US; *longest is the longest gap. A poll may stand anywhere
 * in its slot, so a gap is taken to be one slot longer than it is seen to be. */
static guint64 time_in_gaps(const Run *run, const guint32 *cover, guint64 *longest)
{
    guint64 sum = 0, gap = 0;
    for (guint s = 0; s <= run->n_slots; s++) {
        if (s < run->n_slots && !cover[s]) {
            gap += run->us[s];
            continue;
        }
        *longest = MAX(*longest, gap);
        if (gap > GAP_US - SLOT_US)
            sum += gap;
        gap = 0;
    }
    return sum;
}

static gboolean serves(const Choice *c)
{
    for (guint r = 0; r < c->profile->runs->len; r++) {
        const Run *run = c->profile->runs->pdata[r];
        guint64 longest = 0;
        if (time_in_gaps(run, c->cover[r], &longest) > c->most[r])
            return FALSE;
    }
    return TRUE;
}

static gboolean match(const Choice *c, const char **unmatched)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < c->n; i++)
        g_hash_table_add(known, c->keys[i]);
    for (guint r = 0; r < c->profile->runs->len; r++) {
        const Run *run = c->profile->runs->pdata[r];
        GHashTableIter iter;
        gpointer key;
        for (guint i = 0; i < c->n; i++)
            if (!row_of(run, c->keys[i])) {
                *unmatched = c->keys[i];
                return FALSE;
            }
        g_hash_table_iter_init(&iter, run->rows);
        while (g_hash_table_iter_next(&iter, &key, NULL))
            if (!g_hash_table_contains(known, key)) {
                *unmatched = key;
                return FALSE;
            }
    }
    return TRUE;
}

static gint by_cost(gconstpointer a, gconstpointer b, gpointer data)
{
    const guint64 *cost = data;
    guint x = *(const guint *)a, y = *(const guint *)b;
    if (cost[x] != cost[y])
        return cost[x] < cost[y] ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void choose(Choice *c)
{
    g_autofree guint *order = g_new(guint, c->n + 1);
    guint64 budget = 0, spent = 0;
    for (guint i = 0; i < c->n; i++) {
        order[i] = i;
        c->by_estimate[i] = c->keep[i];
        c->keep[i] = TRUE;
        count_cover(c, i, TRUE);
    }
    for (guint r = 0; r < c->profile->runs->len; r++) {
        const Run *run = c->profile->runs->pdata[r];
        guint64 longest = 0;
        c->most[r] = time_in_gaps(run, c->cover[r], &longest) + (guint64)(MOST_IN_GAPS * (double)run->total_us);
        budget += MAX(run->total_us, GAP_US) / 1000 * BUDGET; /* a shorter record says little */
    }
    g_qsort_with_data(order, (gint)c->n, sizeof *order, by_cost, c->cost);
    for (guint k = c->n; k-- > 0;) {
        guint i = order[k];
        count_cover(c, i, FALSE);
        c->keep[i] = !serves(c);
        if (c->keep[i])
            count_cover(c, i, TRUE);
    }
    for (guint k = 0; k < c->n; k++) {
        guint i = order[k];
        if (c->keep[i] || !c->by_estimate[i] || (c->cost[i] && spent + c->cost[i] > budget))
            continue;
        spent += c->cost[i];
        c->keep[i] = TRUE;
        count_cover(c, i, TRUE);
    }
    for (guint i = 0; i < c->n; i++)
        if (c->keep[i])
            return;
    memcpy(c->keep, c->by_estimate, c->n * sizeof *c->keep); /* a program without any could never be checkpointed */
}

static void choice_begin(Choice *c)
{
    c->cost = g_new0(guint64, c->n + 1);
    c->by_estimate = g_new0(gboolean, c->n + 1);
    c->cover = g_new0(guint32 *, c->profile->runs->len + 1);
    c->most = g_new0(guint64, c->profile->runs->len + 1);
    for (guint r = 0; r < c->profile->runs->len; r++) {
        const Run *run = c->profile->runs->pdata[r];
        c->cover[r] = g_new0(guint32, run->n_slots + 1);
        for (guint i = 0; i < c->n; i++)
            if (row_of(run, c->keys[i]))
                c->cost[i] += row_of(run, c->keys[i])->count + calls_of(run, c->keys[i]);
    }
}

static void choice_end(Choice *c)
{
    for (guint r = 0; r < c->profile->runs->len; r++)
        g_free(c->cover[r]);
    g_free(c->cover);
    g_free(c->most);
    g_free(c->cost);
    g_free(c->by_estimate);
}

gboolean cc_profile_choose(const CcProfile *profile, char *const *keys, guint n, gboolean *keep,
                           const char **unmatched)
{
    Choice c = {.profile = profile, .keys = keys, .n = n, .keep = keep};
    if (!match(&c, unmatched))
        return FALSE;
    choice_begin(&c);
    choose(&c);
    choice_end(&c);
    return TRUE;
}

CcProfileCost cc_profile_cost(const CcProfile *profile, char *const *keys, guint n, const gboolean *keep)
{
    Choice c = {.profile = profile, .keys = keys, .n = n};
    CcProfileCost cost = {0};
    double time = 0, in_gaps = 0;
    choice_begin(&c);
    for (guint i = 0; i < n; i++)
        if (keep[i]) {
            cost.kept++;
            count_cover(&c, i, TRUE);
            for (guint r = 0; r < profile->runs->len; r++)
                cost.polls += row_of(profile->runs->pdata[r], keys[i])->count;
        }
    for (guint r = 0; r < profile->runs->len; r++) {
        const Run *run = profile->runs->pdata[r];
        guint64 longest = 0;
        in_gaps += (double)time_in_gaps(run, c.cover[r], &longest);
        time += (double)run->total_us;
        cost.longest_ms = MAX(cost.longest_ms, (double)(longest + SLOT_US) / 1e3);
    }
    cost.long_gaps = time > 0 ? in_gaps / time : 0;
    choice_end(&c);
    return cost;
}
