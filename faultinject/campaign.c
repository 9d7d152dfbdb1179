#include "campaign.h"

#include "core/agent/proc.h"
#include "points.h"
#include "simnet/random.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>

#define PATIENCE_MS 120000 /* a program that says nothing for so long hangs: a violation */
#define N_EPOCHS    3      /* checkpoints of an undisturbed run */
#define MAX_PASSING 48     /* of a fault point */

typedef enum Harm {
    HARM_KILL_POINT,   /* killed at a fault point of the checkpoint */
    HARM_KILL_POLL,    /* killed at any poll */
    HARM_KILL_RESTART, /* killed at a fault point of the restart */
    HARM_CLASS_FLIP,   /* a bit of a class image, before the commit */
    HARM_IMAGE_FLIP,   /* a bit of the newest committed image */
    HARM_IMAGE_CUT,    /* its end is missing */
    HARM_IMAGE_LOST,   /* it is gone */
    HARM_IMAGE_OLDER,  /* it is the one of the epoch before */
    HARM_COMMIT_FLIP,  /* a bit of the newest commit file */
    HARM_COMMIT_CUT,   /* its end is missing */
    N_HARMS
} Harm;

static const char *const harm_names[N_HARMS] = {
    "kill-point", "kill-poll",  "kill-restart", "class-flip",  "image-flip",
    "image-cut",  "image-lost", "image-older",  "commit-flip", "commit-cut"};

typedef struct Case {
    const FaultCampaign *campaign;
    Harm harm;
    guint64 polls; /* of an undisturbed run */
    char *wanted;  /* its output */
    gsize wanted_bytes;
    SimStream draw;
    const char *arch;
    char *spool, *out;
    char *at_polls;
    guint64 newest; /* newest committed epoch, 0: none */
    guint64 harmed; /* epoch that must not be used any more, 0: none */
    gboolean detected;
    GString *story; /* what was done, for a violation's report */
} Case;

/* ---- running ---- */

typedef enum End { END_EXIT, END_FAULT, END_HANG } End;

/* Runs to the end, or to the fault or break, where it is killed. Commits what is done. */
static gboolean run(Case *c, const PreachesSpec *spec, End *end, int *status, GError **error)
{
    PreachesProc *proc = preaches_proc_start(spec, error);

    *end = END_HANG;
    *status = -1;
    if (!proc)
        return FALSE;
    for (gboolean going = TRUE; going;) {
        PreachesEvent event;
        if (!preaches_proc_next(proc, PATIENCE_MS, &event, NULL))
            break;
        if (!event.line) {
            *end = END_EXIT;
            *status = event.status;
            going = FALSE;
        } else if (g_str_has_prefix(event.line, "fault ") ||
                   g_str_has_prefix(event.line, "break ")) {
            *end = END_FAULT;
            going = FALSE;
        } else if (g_str_has_prefix(event.line, "done ") && event.field[1]) {
            guint64 epoch = g_ascii_strtoull(event.field[1], NULL, 10);
            if (c->harm != HARM_CLASS_FLIP || epoch < N_EPOCHS)
                c->newest = preaches_commit(spec->program, spec->spool, epoch, PREACHES_PACK_NONE, NULL) > 0
                                ? epoch
                                : c->newest;
        }
        preaches_event_clear(&event);
    }
    preaches_proc_kill(proc);
    preaches_proc_free(proc);
    return TRUE;
}

static PreachesSpec base_spec(const Case *c)
{
    return (PreachesSpec){.program = c->campaign->program,
                          .args = c->campaign->args,
                          .spool = c->spool,
                          .out_path = c->out,
                          .sync = TRUE,
                          .listen = TRUE};
}

/* ---- harm ---- */

/* Sets *path's bit, or cuts it, at a drawn place. */
static gboolean damage_file(Case *c, const char *path, gboolean cut)
{
    g_autofree char *bytes = NULL;
    gsize n_bytes = 0, at;

    if (!g_file_get_contents(path, &bytes, &n_bytes, NULL) || n_bytes == 0)
        return FALSE;
    at = (gsize)sim_stream_below(&c->draw, n_bytes);
    if (!cut)
        bytes[at] = (char)(bytes[at] ^ 1 << sim_stream_below(&c->draw, 8));
    g_string_append_printf(c->story, " %s %s at byte %" G_GSIZE_FORMAT, path,
                           cut ? "cut" : "flipped", at);
    return g_file_set_contents(path, bytes, (gssize)(cut ? at : n_bytes), NULL);
}

static gboolean copy_file(const char *from, const char *to)
{
    g_autofree char *bytes = NULL;
    gsize n_bytes = 0;

    return g_file_get_contents(from, &bytes, &n_bytes, NULL) &&
           g_file_set_contents(to, bytes, (gssize)n_bytes, NULL);
}

/* Damages the newest committed epoch. */
static gboolean damage_epoch(Case *c)
{
    g_autofree char *dir = preaches_epoch_dir(c->spool, c->newest);
    g_autofree char *older_dir = preaches_epoch_dir(c->spool, c->newest - 1);
    g_autofree char *image = g_strdup_printf("%s/%s.img", dir, c->arch);
    g_autofree char *older = g_strdup_printf("%s/%s.img", older_dir, c->arch);
    g_autofree char *commit = g_build_filename(dir, "commit", NULL);

    c->harmed = c->newest;
    switch (c->harm) {
    case HARM_IMAGE_FLIP:
        return damage_file(c, image, FALSE);
    case HARM_IMAGE_CUT:
        return damage_file(c, image, TRUE);
    case HARM_IMAGE_LOST:
        return g_unlink(image) == 0;
    case HARM_IMAGE_OLDER:
        return copy_file(older, image);
    case HARM_COMMIT_FLIP:
        return damage_file(c, commit, FALSE);
    default:
        return damage_file(c, commit, TRUE);
    }
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* One bit of a class image that is about to be committed: the commit must refuse it. */
static gboolean damage_class(Case *c)
{
    g_autofree char *dir = preaches_epoch_dir(c->spool, N_EPOCHS);
    g_autoptr(GDir) entries = g_dir_open(dir, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    while (entries && (name = g_dir_read_name(entries)) != NULL)
        if (g_str_has_suffix(name, ".class.img"))
            g_ptr_array_add(names, g_build_filename(dir, name, NULL));
    if (names->len == 0)
        return FALSE;
    g_ptr_array_sort(names, compare_names); /* not in the folder's order, which is nobody's */
    if (!damage_file(c, names->pdata[sim_stream_below(&c->draw, names->len)], FALSE))
        return FALSE;
    c->harmed = N_EPOCHS;
    c->detected = preaches_commit(c->campaign->program, c->spool, N_EPOCHS, PREACHES_PACK_NONE, NULL) < 0;
    return TRUE;
}

/* A point of the checkpoint, killed at its Kth passing; a point that is not passed so often is tried
 * again with half of K. */
static gboolean kill_at_point(Case *c, PreachesSpec *spec, End *end, GError **error)
{
    guint n_points;
    const FaultPoint *points = fault_points(&n_points), *point;
    guint64 k = 1 + sim_stream_below(&c->draw, MAX_PASSING);
    int status;

    do
        point = &points[sim_stream_below(&c->draw, n_points)];
    while (point->phase != FAULT_PHASE_CHECKPOINT);
    do {
        g_autofree char *fault = g_strdup_printf("%s:%" G_GUINT64_FORMAT, point->name, k);
        preaches_tree_remove(c->spool);
        g_mkdir(c->spool, 0777);
        c->newest = 0;
        spec->fault = fault;
        g_string_append_printf(c->story, " fault %s", fault);
        if (!run(c, spec, end, &status, error))
            return FALSE;
        k /= 2;
    } while (*end == END_EXIT && k > 0);
    spec->fault = NULL;
    return TRUE;
}

/* Runs and harms. FALSE and error: the case could not be made. */
static gboolean begin(Case *c, GError **error)
{
    PreachesSpec spec = base_spec(c);
    gboolean ok = TRUE;
    int status;
    End end;

    spec.at_polls = c->at_polls;
    spec.stop = c->harm == HARM_KILL_RESTART;
    if (c->harm == HARM_KILL_POLL) {
        spec.break_poll = 1 + sim_stream_below(&c->draw, c->polls);
        g_string_append_printf(c->story, " killed at poll %" G_GUINT64_FORMAT, spec.break_poll);
    }
    if (c->harm == HARM_KILL_POINT ? !kill_at_point(c, &spec, &end, error)
                                   : !run(c, &spec, &end, &status, error))
        return FALSE;
    c->detected = end == END_FAULT;
    if (c->harm == HARM_CLASS_FLIP)
        ok = damage_class(c);
    else if (c->harm > HARM_CLASS_FLIP)
        ok = c->newest == N_EPOCHS && damage_epoch(c);
    if (!ok)
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: no epoch to damage",
                    c->campaign->program);
    return ok;
}

/* ---- recovery ---- */

static gboolean output_is_whole(const Case *c)
{
    g_autofree char *bytes = NULL;
    gsize n_bytes = 0;

    return g_file_get_contents(c->out, &bytes, &n_bytes, NULL) && n_bytes == c->wanted_bytes &&
           memcmp(bytes, c->wanted, n_bytes) == 0;
}

/* Picks the image; NULL: from the beginning. FALSE: the choice itself is a violation. */
static gboolean choose(Case *c, char **image, guint64 *epoch)
{
    g_autofree char *note = NULL;

    *epoch = 0;
    *image = preaches_newest(c->spool, c->arch, epoch, &note, NULL);
    if (c->harmed && *epoch == c->harmed) {
        g_string_append(c->story, ": the damaged epoch was used");
        return FALSE;
    }
    if (c->harmed && c->harm != HARM_CLASS_FLIP)
        c->detected = note != NULL;
    if (*epoch + (c->harmed == c->newest) < c->newest) {
        g_string_append_printf(c->story,
                               ": epoch %" G_GUINT64_FORMAT " used, %" G_GUINT64_FORMAT " was good",
                               *epoch, c->newest);
        return FALSE;
    }
    return TRUE;
}

static gboolean go_on(Case *c, const char *fault, End *end, GError **error)
{
    g_autofree char *image = NULL;
    PreachesSpec spec = base_spec(c);
    guint64 epoch;
    int status;

    *end = END_HANG;
    if (!choose(c, &image, &epoch))
        return TRUE;
    spec.restore = image;
    spec.cut_output = image != NULL;
    spec.arch = c->arch;
    spec.fault = fault;
    spec.epoch = N_EPOCHS + 1;
    if (!run(c, &spec, end, &status, error))
        return FALSE;
    if (*end == END_EXIT && status != 0) {
        g_string_append_printf(c->story, ": ended with status %d", status);
        *end = END_HANG;
    }
    return TRUE;
}

/* Killed in the middle of going on. A stack that has fewer frames than drawn (the run then came to
 * its end) is tried again with half of them. */
static gboolean kill_restart(Case *c, GError **error)
{
    guint64 frame = sim_stream_below(&c->draw, 4); /* 0: before there are any */
    End end;

    do {
        g_autofree char *fault = frame == 0
                                     ? g_strdup("restore:1")
                                     : g_strdup_printf("resume:%" G_GUINT64_FORMAT, frame);
        g_string_append_printf(c->story, " fault %s", fault);
        if (!go_on(c, fault, &end, error))
            return FALSE;
        c->detected = end == END_FAULT;
    } while (end == END_EXIT && frame > 0 && (frame /= 2) > 0);
    return TRUE;
}

/* FALSE and error: could not be tried. *good: recovered. */
static gboolean recover(Case *c, gboolean *good, GError **error)
{
    End end;

    *good = FALSE;
    if (c->harm == HARM_KILL_RESTART && !kill_restart(c, error))
        return FALSE;
    if (!go_on(c, NULL, &end, error))
        return FALSE;
    *good = end == END_EXIT && output_is_whole(c);
    return TRUE;
}

/* ---- cases ---- */

static void case_clear(Case *c)
{
    if (c->spool)
        preaches_tree_remove(c->spool);
    if (c->out)
        g_unlink(c->out);
    g_clear_pointer(&c->spool, g_free);
    g_clear_pointer(&c->out, g_free);
    if (c->story)
        g_string_free(c->story, TRUE);
    c->story = NULL;
}

static gboolean one_case(Case *c, guint number, FaultTally *tally, void (*say)(const char *text),
                         GError **error)
{
    const FaultCampaign *campaign = c->campaign;
    gboolean good = FALSE;

    c->newest = c->harmed = 0;
    c->detected = FALSE;
    c->spool = g_build_filename(campaign->scratch, "spool", NULL);
    c->out = g_build_filename(campaign->scratch, "out", NULL);
    c->story = g_string_new(NULL);
    sim_stream_init(&c->draw, campaign->seed, harm_names[c->harm], number);
    c->arch =
        campaign->arches[sim_stream_below(&c->draw, g_strv_length((char **)campaign->arches))];
    if (g_mkdir_with_parents(c->spool, 0777) != 0) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED, "%s: %s", c->spool,
                    g_strerror(errno));
        return FALSE;
    }
    if (!begin(c, error) || !recover(c, &good, error))
        return FALSE;
    tally->cases++;
    tally->detected += c->detected ? 1 : 0;
    tally->recovered += good ? 1 : 0;
    tally->violations += good ? 0 : 1;
    if (!good && say) {
        g_autofree char *text =
            g_strdup_printf("%s, seed %" G_GUINT64_FORMAT ", case %u, on %s:%s",
                            harm_names[c->harm], campaign->seed, number, c->arch, c->story->str);
        say(text);
    }
    return TRUE;
}

/* The undisturbed run: output and polls. */
static gboolean undisturbed(Case *c, GError **error)
{
    g_autofree char *out = g_build_filename(c->campaign->scratch, "wanted", NULL);
    PreachesSpec spec = {.program = c->campaign->program,
                         .args = c->campaign->args,
                         .out_path = out,
                         .listen = TRUE,
                         .break_poll = G_MAXINT64};
    PreachesProc *proc = preaches_proc_start(&spec, error);
    PreachesEvent event = {0};

    c->polls = 0;
    while (proc && preaches_proc_next(proc, PATIENCE_MS, &event, error) && event.line) {
        if (g_str_has_prefix(event.line, "exit ") && g_strv_length(event.field) == 3)
            c->polls = g_ascii_strtoull(event.field[2], NULL, 10);
        preaches_event_clear(&event);
    }
    preaches_proc_free(proc);
    if (error && *error)
        return FALSE;
    if (event.status != 0 || c->polls <= N_EPOCHS) {
        g_set_error(error, PREACHES_ERROR, PREACHES_ERROR_FAILED,
                    "%s: fails by itself or has too few polls", spec.program);
        return FALSE;
    }
    return g_file_get_contents(out, &c->wanted, &c->wanted_bytes, error);
}

gboolean fault_campaign_run(const FaultCampaign *campaign, void (*say)(const char *text),
                            GArray **tallies, GError **error)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, TRUE, sizeof(FaultTally));
    Case c = {.campaign = campaign};
    g_autoptr(GError) why = NULL;
    gboolean ok = undisturbed(&c, &why);

    c.at_polls = g_strdup_printf("%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT,
                                 MAX(c.polls / 4, 1), MAX(c.polls / 2, 2), MAX(c.polls * 3 / 4, 3));
    for (guint h = 0; ok && h < N_HARMS; h++) {
        FaultTally tally = {.name = harm_names[h]};
        c.harm = (Harm)h;
        for (guint i = 0; ok && i < campaign->cases; i++) {
            ok = one_case(&c, i, &tally, say, &why);
            case_clear(&c);
        }
        g_array_append_val(rows, tally);
    }
    g_free(c.at_polls);
    g_free(c.wanted);
    if (ok)
        *tallies = g_steal_pointer(&rows);
    else
        g_propagate_error(error, g_steal_pointer(&why));
    return ok;
}

/* Probability of at most `hits` of `cases` at rate p. */
static double at_most(guint hits, guint cases, double p)
{
    double sum = 0;

    for (guint i = 0; i <= hits; i++)
        sum += exp(lgamma(cases + 1.0) - lgamma(i + 1.0) - lgamma(cases - i + 1.0) + i * log(p) +
                   (cases - i) * log1p(-p));
    return sum;
}

double fault_bound95(guint hits, guint cases)
{
    double low = 0, high = 1;

    if (hits >= cases)
        return 1;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (at_most(hits, cases, middle) > 0.05)
            low = middle;
        else
            high = middle;
    }
    return high;
}
