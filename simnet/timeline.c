#include "timeline.h"
#include "simengine.h"
#include "units.h"

#include <math.h>
#include <string.h>

typedef struct Moment {
    gint64 at_ns;
    double value;
} Moment;

struct SimTimeline {
    GArray *moments; /* Moment, ascending; at least one */
    gint64 every_ns; /* a turn; 0: only once */
};

static const Moment *moment(const SimTimeline *t, guint i)
{
    return &g_array_index(t->moments, Moment, i);
}

static SimTimeline *timeline_new(void)
{
    SimTimeline *t = g_new0(SimTimeline, 1);
    t->moments = g_array_new(FALSE, FALSE, sizeof(Moment));
    return t;
}

void sim_timeline_free(SimTimeline *timeline)
{
    if (!timeline)
        return;
    g_array_unref(timeline->moments);
    g_free(timeline);
}

SimTimeline *sim_timeline_copy(const SimTimeline *timeline)
{
    if (!timeline)
        return NULL;
    SimTimeline *t = timeline_new();
    g_array_append_vals(t->moments, timeline->moments->data, timeline->moments->len);
    t->every_ns = timeline->every_ns;
    return t;
}

static gboolean add(SimTimeline *t, gint64 at_ns, double value)
{
    Moment m = {at_ns, value};
    if (t->moments->len > 0 && moment(t, t->moments->len - 1)->at_ns >= at_ns)
        return FALSE;
    g_array_append_val(t->moments, m);
    return TRUE;
}

static gboolean is_whole(const SimTimeline *t)
{
    guint n = t->moments->len;
    return n > 0 && (t->every_ns == 0 || t->every_ns > moment(t, n - 1)->at_ns);
}

static gboolean add_part(SimTimeline *t, char *part, SimTimelineValue read)
{
    char *blank = strpbrk(g_strstrip(part), " \t");
    gint64 at_ns;
    double value;
    if (!blank || t->every_ns > 0)
        return FALSE;
    *blank = '\0';
    const char *second = g_strchug(blank + 1);
    if (strcmp(part, "every") == 0)
        return sim_parse_time(second, &t->every_ns) && t->every_ns > 0;
    return sim_parse_time(part, &at_ns) && read(second, &value) && add(t, at_ns, value);
}

SimTimeline *sim_timeline_parse(const char *text, SimTimelineValue read)
{
    SimTimeline *t = timeline_new();
    g_auto(GStrv) parts = g_strsplit(text, ";", -1);
    gboolean ok = TRUE;
    for (guint i = 0; ok && parts[i]; i++)
        ok = add_part(t, parts[i], read);
    if (ok && is_whole(t))
        return t;
    sim_timeline_free(t);
    return NULL;
}

static gboolean seconds_of(const char *text, gint64 *ns)
{
    char *end;
    double s = g_ascii_strtod(text, &end);
    *ns = end > text && *end == '\0' && s >= 0 ? sim_time_for(s, 1) : -1;
    return *ns >= 0 && *ns < G_MAXINT64;
}

static gboolean add_line(SimTimeline *t, char **word, double factor)
{
    gint64 at_ns;
    char *end;
    if (g_strv_length(word) != 2 || t->every_ns > 0)
        return FALSE;
    if (strcmp(word[0], "PERIODICITY") == 0)
        return t->moments->len == 0 && seconds_of(word[1], &t->every_ns) && t->every_ns > 0;
    if (strcmp(word[0], "LOOPAFTER") == 0) {
        if (!seconds_of(word[1], &at_ns) || t->moments->len == 0 || at_ns == 0)
            return FALSE;
        t->every_ns = sim_time_add(moment(t, t->moments->len - 1)->at_ns, at_ns);
        return TRUE;
    }
    double value = g_ascii_strtod(word[1], &end);
    return end > word[1] && *end == '\0' && value >= 0 && isfinite(value) &&
           seconds_of(word[0], &at_ns) && add(t, at_ns, value * factor);
}

SimTimeline *sim_timeline_parse_simgrid(const char *text, double factor, guint *line)
{
    SimTimeline *t = timeline_new();
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    gint64 period_ns = 0;
    for (guint i = 0; lines[i]; i++) {
        *line = i + 1;
        lines[i][strcspn(lines[i], "#%")] = '\0';
        g_auto(GStrv) raw = g_strsplit_set(lines[i], " \t\r", -1);
        guint n = 0;
        for (guint w = 0; raw[w]; w++) { /* without the empty ones */
            char *word = raw[w];
            if (*word)
                raw[n++] = word;
            else
                g_free(word);
        }
        raw[n] = NULL;
        if (n == 0)
            continue;
        if (!add_line(t, raw, factor))
            goto bad;
        if (t->moments->len == 0) { /* PERIODICITY stands before the moments */
            period_ns = t->every_ns;
            t->every_ns = 0;
        }
    }
    t->every_ns = MAX(t->every_ns, period_ns);
    if (is_whole(t))
        return t;
bad:
    sim_timeline_free(t);
    return NULL;
}

/* How many moments of a turn are not after the offset. */
static guint passed(const SimTimeline *t, gint64 offset_ns)
{
    guint low = 0, high = t->moments->len;
    while (low < high) {
        guint middle = (low + high) / 2;
        if (moment(t, middle)->at_ns <= offset_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

double sim_timeline_at(const SimTimeline *timeline, gint64 time_ns, double before)
{
    if (!timeline)
        return before;
    gint64 offset_ns = timeline->every_ns ? time_ns % timeline->every_ns : time_ns;
    guint n = passed(timeline, offset_ns);
    if (n > 0)
        return moment(timeline, n - 1)->value;
    return time_ns == offset_ns ? before : moment(timeline, timeline->moments->len - 1)->value;
}

gint64 sim_timeline_next_ns(const SimTimeline *timeline, gint64 time_ns)
{
    if (!timeline)
        return G_MAXINT64;
    gint64 offset_ns = timeline->every_ns ? time_ns % timeline->every_ns : time_ns;
    guint n = passed(timeline, offset_ns);
    if (n < timeline->moments->len)
        return sim_time_add(time_ns - offset_ns, moment(timeline, n)->at_ns);
    if (timeline->every_ns == 0)
        return G_MAXINT64;
    return sim_time_add(time_ns - offset_ns, sim_time_add(timeline->every_ns, moment(timeline, 0)->at_ns));
}
