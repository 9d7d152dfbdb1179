#include "measures.h"
#include "summary.h"

#include <string.h>

static const LabStep *step_at(const GArray *steps, guint i)
{
    return &g_array_index(steps, LabStep, i);
}

/* `name`, or for "says checkpoint" a line of the program, with at least n words in all. */
static gboolean is_step(const LabStep *step, const char *name, guint n)
{
    gboolean says = g_str_has_prefix(name, "says ");
    if (g_strv_length(step->word) < n || !g_str_equal(step->word[0], says ? "says" : name))
        return FALSE;
    return !says || g_str_equal(step->word[2], name + strlen("says "));
}

static guint64 number(const LabStep *step, guint word)
{
    return g_ascii_strtoull(step->word[word], NULL, 10);
}

/* ---- epochs ---- */

typedef struct Epoch {
    guint64 term, epoch, state_bytes, image_bytes;
    guint n_images;
    gint64 begun_ns, made_ns, fetched_ns, committed_ns, pause_ns; /* 0: not */
} Epoch;

static Epoch *find_epoch(GArray *epochs, guint64 term, guint64 epoch)
{
    for (guint i = 0; i < epochs->len; i++) {
        Epoch *e = &g_array_index(epochs, Epoch, i);
        if (e->term == term && e->epoch == epoch)
            return e;
    }
    Epoch fresh = {.term = term, .epoch = epoch};
    g_array_append_val(epochs, fresh);
    return &g_array_index(epochs, Epoch, epochs->len - 1);
}

static void take_step(GArray *epochs, const LabStep *step, SimRunResult *row)
{
    if (is_step(step, "says checkpoint", 7)) {
        Epoch *e = find_epoch(epochs, number(step, 1), number(step, 3));
        e->begun_ns = step->ns;
        e->pause_ns = (gint64)number(step, 5);
        e->state_bytes = number(step, 6);
    } else if (is_step(step, "says image", 6)) {
        Epoch *e = find_epoch(epochs, number(step, 1), number(step, 3));
        e->image_bytes += number(step, 5);
        e->n_images++;
    } else if (is_step(step, "says done", 4)) {
        find_epoch(epochs, number(step, 1), number(step, 3))->made_ns = step->ns;
    } else if (is_step(step, "fetched", 6)) {
        find_epoch(epochs, number(step, 1), number(step, 2))->fetched_ns = step->ns;
        row->sent_bytes += (gint64)number(step, 5);
    } else if (is_step(step, "committed", 3)) {
        Epoch *e = find_epoch(epochs, number(step, 1), number(step, 2));
        e->committed_ns = e->committed_ns ? e->committed_ns : step->ns;
    }
}

static gint64 median_of(const GArray *epochs, gint64 from_ns, gint64 (*of)(const Epoch *))
{
    g_autofree double *values = g_new0(double, epochs->len);
    guint n = 0;
    for (guint i = 0; i < epochs->len; i++) {
        const Epoch *e = &g_array_index(epochs, Epoch, i);
        if (e->begun_ns >= from_ns && e->committed_ns && e->made_ns && e->fetched_ns)
            values[n++] = (double)of(e);
    }
    if (n == 0 && from_ns > 0)
        return median_of(epochs, 0, of);
    return n ? (gint64)lab_stats(values, n).median : -1;
}

/* Committed while the last copy was still on its way to be asked for again: then it counts as sent. */
static gint64 sent_ns(const Epoch *e) { return CLAMP(e->fetched_ns, e->made_ns, e->committed_ns); }
static gint64 pause_of(const Epoch *e) { return e->pause_ns; }
static gint64 convert_of(const Epoch *e) { return e->made_ns - e->begun_ns; }
static gint64 propagate_of(const Epoch *e) { return sent_ns(e) - e->made_ns; }
static gint64 commit_of(const Epoch *e) { return e->committed_ns - sent_ns(e); }

void lab_measure_epochs(const GArray *steps, gint64 from_ns, SimRunResult *row)
{
    g_autoptr(GArray) epochs = g_array_new(FALSE, FALSE, sizeof(Epoch));
    row->sent_bytes = 0;
    row->epochs = 0;
    for (guint i = 0; i < steps->len; i++)
        take_step(epochs, step_at(steps, i), row);
    for (guint i = 0; i < epochs->len; i++) {
        const Epoch *e = &g_array_index(epochs, Epoch, i);
        if (!e->committed_ns || !e->made_ns)
            continue;
        row->epochs++;
        row->classes = e->n_images;
        row->state_bytes = (gint64)e->state_bytes;
        row->image_bytes = (gint64)e->image_bytes;
    }
    row->pause_ns = row->real_pause_ns = median_of(epochs, from_ns, pause_of);
    row->convert_ns = row->real_convert_ns = median_of(epochs, from_ns, convert_of);
    row->propagate_ns = median_of(epochs, from_ns, propagate_of);
    row->commit_ns = median_of(epochs, from_ns, commit_of);
}

/* ---- recovery ---- */

/* First step of that name from `from` on. */
static const LabStep *next_step(const GArray *steps, guint *from, const char *name, guint n)
{
    for (; *from < steps->len; (*from)++)
        if (is_step(step_at(steps, *from), name, n))
            return step_at(steps, *from);
    return NULL;
}

/* Last step of that name and term before `end`. */
static const LabStep *last_step(const GArray *steps, guint end, const char *name, const char *term,
                                guint n)
{
    for (guint i = end; i-- > 0;)
        if (is_step(step_at(steps, i), name, n) && g_str_equal(step_at(steps, i)->word[1], term))
            return step_at(steps, i);
    return NULL;
}

static gint64 checkpoint_ns(const GArray *steps, guint end, guint64 epoch)
{
    for (guint i = end; i-- > 0;)
        if (is_step(step_at(steps, i), "says checkpoint", 7) && number(step_at(steps, i), 3) == epoch)
            return step_at(steps, i)->ns;
    return lab_measure_begin_ns(steps);
}

/* The first life after the failure that comes to useful work: restored from an image, or from the
 * beginning. Its index, or steps->len. */
static guint find_work(const GArray *steps, guint from, const LabStep **start)
{
    for (guint i = from; i < steps->len; i++) {
        const LabStep *step = step_at(steps, i);
        if (!is_step(step, "says restored", 6) && !is_step(step, "says hello", 4))
            continue;
        *start = last_step(steps, i, "start", step->word[1], 3);
        gboolean restores = *start && number(*start, 2) > 0;
        if (*start && *start >= step_at(steps, from) &&
            restores == is_step(step, "says restored", 6))
            return i;
    }
    return steps->len;
}

gboolean lab_measure_recovery(const GArray *steps, gint64 failed_ns, SimRunResult *row)
{
    guint from = 0;
    while (from < steps->len && step_at(steps, from)->ns < failed_ns)
        from++;
    const LabStep *suspect = next_step(steps, &from, "suspect", 1), *start;
    guint at = suspect ? find_work(steps, from, &start) : steps->len;
    if (at == steps->len)
        return FALSE;
    const LabStep *work = step_at(steps, at);
    const LabStep *launch = last_step(steps, at, "launch", work->word[1], 2);
    if (!launch)
        return FALSE;
    gboolean restored = is_step(work, "says restored", 6);
    gint64 mapped_ns = restored ? (gint64)number(work, 4) : 0;
    row->real_load_ns = mapped_ns;
    row->detect_ns = suspect->ns - failed_ns;
    row->select_ns = start->ns - suspect->ns;
    row->load_ns = launch->ns - start->ns + mapped_ns;
    row->rebuild_ns = work->ns - launch->ns - mapped_ns;
    row->first_work_ns = work->ns - failed_ns;
    row->epoch_recovered = (gint64)number(start, 2);
    row->lost_work_ns = failed_ns - checkpoint_ns(steps, from, number(start, 2));
    return TRUE;
}

/* ---- begin and end ---- */

gint64 lab_measure_begin_ns(const GArray *steps)
{
    guint at = 0;
    const LabStep *hello = next_step(steps, &at, "says hello", 4);
    return hello ? hello->ns : -1;
}

gint64 lab_measure_spread_ns(const GArray *steps, guint n)
{
    gint64 last_ns = -1;
    for (guint i = 0; i < steps->len && n > 0; i++)
        if (is_step(step_at(steps, i), "exes", 1)) {
            last_ns = step_at(steps, i)->ns;
            n--;
        }
    return n == 0 ? last_ns : -1;
}

gint64 lab_measure_end_ns(const GArray *steps)
{
    guint at = 0;
    const LabStep *end = next_step(steps, &at, "finished", 1);
    return end ? end->ns : -1;
}
