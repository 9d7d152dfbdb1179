/* The real job. In the scratch folder: spool/ (images by epoch), run/ (the program's working folder)
 * and output (its standard output, all legs one after the other).
 *
 * The program checkpoints by itself at the polls that its leg names, waiting each time until the
 * images are written, and reports lines; the world asks for them in the same order. A break bounds how
 * far it runs ahead of virtual time, and is where it stands when its node dies. A program whose images
 * would fill the disk if it ran far ahead is stopped after each checkpoint until it is asked again. */
#include "livejob.h"
#include "../core/agent/proc.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

enum {
    SLICE_MS = 200,
    SILENCE_MS = 600000
}; /* of waiting: between looks at cancel; before giving up */
#define AHEAD_BYTES                                                                                \
    (G_GUINT64_CONSTANT(512) << 20) /* of images that may lie ahead of virtual time */

typedef struct Live {
    SimJob job;
    const SimRunSpec *spec;
    guint8 *blob;
    PrDesc desc;
    char *spool, *work, *output;
    PreachesProc *proc;
    gboolean at_break, at_fault, wants_break, ended, is_stopped;
    guint64 n_planned; /* checkpoints of this leg */
    int status;
    GHashTable *held; /* "epoch arch" of native images made; only looked up */
} Live;

static gint live_class_of(SimJob *job, const char *arch)
{
    const Live *live = (const Live *)job;
    int layout = pr_desc_layout(&live->desc, arch);
    g_autofree char *exe = preaches_exe_path(live->spec->program, arch);
    if (layout < 0 || !g_file_test(exe, G_FILE_TEST_IS_EXECUTABLE))
        return -1;
    return (gint)live->desc.layouts[layout].cls;
}

static char *class_path(const Live *live, guint64 epoch, const char *arch)
{
    int layout = pr_desc_layout(&live->desc, arch);
    guint32 first = pr_desc_class_layout(&live->desc, live->desc.layouts[layout].cls);
    g_autofree char *dir = preaches_epoch_dir(live->spool, epoch);
    return g_strdup_printf("%s/%s.class.img", dir, live->desc.layouts[first].arch->name);
}

static char *native_path(const Live *live, guint64 epoch, const char *arch)
{
    g_autofree char *dir = preaches_epoch_dir(live->spool, epoch);
    return g_strdup_printf("%s/%s.img", dir, arch);
}

/* ---- events ---- */

static gboolean next_event(Live *live, PreachesEvent *event, GError **error)
{
    for (gint64 waited_ms = 0;; waited_ms += SLICE_MS) {
        g_autoptr(GError) why = NULL;
        if (g_cancellable_set_error_if_cancelled(live->spec->cancel, error))
            return FALSE;
        if (preaches_proc_next(live->proc, SLICE_MS, event, &why))
            return TRUE;
        if (!g_error_matches(why, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)) {
            g_propagate_error(error, g_steal_pointer(&why));
            return FALSE;
        }
        if (waited_ms >= SILENCE_MS)
            return preaches_fail(error, PREACHES_ERROR_FAILED, "the program has said nothing for %d s", SILENCE_MS / 1000);
    }
}

static gboolean is_event(const PreachesEvent *event, const char *name, guint fields)
{
    return event->line && strcmp(event->field[0], name) == 0 &&
           g_strv_length(event->field) >= fields;
}

static guint64 number(const PreachesEvent *event, guint field)
{
    return g_ascii_strtoull(event->field[field], NULL, 10);
}

/* Takes notice of what every wait has to: breaks, faults, the end. */
static void observe(Live *live, const PreachesEvent *event)
{
    if (!event->line) {
        live->ended = TRUE;
        live->status = event->status;
    }
    if (is_event(event, "break", 2))
        live->at_break = TRUE;
    if (is_event(event, "fault", 3))
        live->at_fault = TRUE;
}

static void hold_back(Live *live, const SimJobCheckpoint *last)
{
    guint64 bytes = 0;
    for (guint i = 0; i < last->images->len; i++)
        bytes += g_array_index(last->images, SimJobImage, i).bytes;
    if (bytes > AHEAD_BYTES / MAX(live->n_planned, 1) && !live->ended)
        live->is_stopped = kill(-preaches_proc_pid(live->proc), SIGSTOP) == 0;
}

static void send_on(Live *live)
{
    if (live->is_stopped)
        kill(-preaches_proc_pid(live->proc), SIGCONT);
    live->is_stopped = FALSE;
    if (live->at_break || live->at_fault)
        preaches_proc_go_on(live->proc);
    if (live->at_break)
        live->wants_break = FALSE;
    live->at_break = live->at_fault = FALSE;
}

/* ---- start ---- */

static gboolean wait_restored(Live *live, SimJobOutcome *outcome, gint64 *real_load_ns,
                              GError **error)
{
    for (;;) {
        PreachesEvent event;
        if (!next_event(live, &event, error))
            return FALSE;
        observe(live, &event);
        gboolean restored = is_event(&event, "restored", 4);
        if (restored)
            *real_load_ns = MAX(*real_load_ns, 0) + (gint64)(number(&event, 2) + number(&event, 3));
        preaches_event_clear(&event);
        if (live->at_fault)
            *outcome = SIM_JOB_FAULT;
        if (restored || live->at_fault)
            return TRUE;
        if (live->ended)
            return preaches_fail(error, PREACHES_ERROR_FAILED, "the restored program ended with status %d", live->status);
    }
}

static char *fault_text(const SimJobLeg *leg)
{
    if (!leg->fault)
        return NULL;
    if (!leg->fault_epoch)
        return g_strdup(leg->fault);
    return g_strdup_printf("%s%s:%" G_GUINT64_FORMAT, leg->fault,
                           strchr(leg->fault, ':') ? "" : ":1", leg->fault_epoch);
}

static gboolean live_start(SimJob *job, const SimJobLeg *leg, SimJobOutcome *outcome,
                           gint64 *real_load_ns, GError **error)
{
    Live *live = (Live *)job;
    g_autofree char *fault = fault_text(leg);
    g_autofree char *image =
        leg->restore_epoch ? native_path(live, leg->restore_epoch, leg->arch) : NULL;
    const PreachesSpec spec = {.program = live->spec->program,
                               .name = live->spec->workload, /* images do not depend on the folder */
                               .arch = leg->arch,
                               .args = live->spec->args,
                               .spool = live->spool,
                               .classes = *leg->classes ? leg->classes : NULL,
                               .restore = image,
                               .at_polls = *leg->at_polls ? leg->at_polls : NULL,
                               .epoch = leg->first_epoch,
                               .break_poll = leg->break_poll,
                               .fault = fault,
                               .sync = TRUE,
                               .cut_output = image != NULL,
                               .out_path = live->output,
                               .dir = live->work,
                               .listen = TRUE};
    live->at_break = live->at_fault = live->ended = live->is_stopped = FALSE;
    live->n_planned = 1;
    for (const char *c = leg->at_polls; *c; c++)
        live->n_planned += *c == ',' ? 1 : 0;
    live->wants_break = leg->break_poll > 0;
    *outcome = SIM_JOB_IMAGES;
    live->proc = preaches_proc_start(&spec, error);
    if (!live->proc)
        return FALSE;
    return !image || wait_restored(live, outcome, real_load_ns, error);
}

/* ---- checkpoints ---- */

static gboolean add_image(Live *live, const PreachesEvent *event, SimJobCheckpoint *out,
                          GError **error)
{
    int layout = pr_desc_layout(&live->desc, event->field[2]);
    if (layout < 0)
        return preaches_fail(error, PREACHES_ERROR_FAILED, "unknown class in '%s'", event->line);
    SimJobImage image = {live->desc.layouts[layout].cls, number(event, 3)};
    g_array_append_val(out->images, image);
    out->real_convert_ns += (gint64)number(event, 4);
    return TRUE;
}

/* One event of the wait for checkpoint `epoch`. *over when its outcome is known. */
static gboolean take_event(Live *live, const PreachesEvent *event, guint64 epoch,
                           SimJobCheckpoint *out, gboolean *over, GError **error)
{
    if (live->ended)
        return preaches_fail(error, PREACHES_ERROR_FAILED,
                      "the program ended with status %d before checkpoint %" G_GUINT64_FORMAT,
                      live->status, epoch);
    if (is_event(event, "checkpoint", 5) && number(event, 1) == epoch) {
        out->real_pause_ns = (gint64)number(event, 3);
        out->state_bytes = number(event, 4);
    } else if (is_event(event, "image", 5) && number(event, 1) == epoch) {
        return add_image(live, event, out, error);
    } else if (is_event(event, "done", 3) && number(event, 1) == epoch) {
        if (number(event, 2) != out->images->len)
            return preaches_fail(error, PREACHES_ERROR_FAILED, "checkpoint %" G_GUINT64_FORMAT ": '%s' after %u images", epoch,
                          event->line, out->images->len);
        *over = TRUE;
        out->outcome = out->images->len ? SIM_JOB_IMAGES : SIM_JOB_FAILED;
    } else if (is_event(event, "failed", 2) && number(event, 1) == epoch) {
        *over = TRUE;
        out->outcome = SIM_JOB_FAILED;
    }
    return TRUE;
}

static gint compare_images(gconstpointer a, gconstpointer b)
{
    guint x = ((const SimJobImage *)a)->cls, y = ((const SimJobImage *)b)->cls;
    return x < y ? -1 : x > y;
}

static gboolean live_checkpoint(SimJob *job, guint64 epoch, gboolean fire, SimJobCheckpoint *out,
                                GError **error)
{
    Live *live = (Live *)job;
    gboolean over = FALSE, ok = TRUE;
    *out = (SimJobCheckpoint){.images = g_array_new(FALSE, FALSE, sizeof(SimJobImage))};
    while (ok && !over) {
        PreachesEvent event;
        if (live->at_fault && fire) {
            out->outcome = SIM_JOB_FAULT;
            break;
        }
        send_on(live);
        ok = next_event(live, &event, error);
        if (!ok)
            break;
        observe(live, &event);
        ok = take_event(live, &event, epoch, out, &over, error);
        preaches_event_clear(&event);
    }
    g_array_sort(out->images, compare_images);
    if (ok)
        hold_back(live, out);
    else
        g_clear_pointer(&out->images, g_array_unref);
    return ok;
}

/* ---- spool ---- */

static void live_discard(SimJob *job, guint64 epoch)
{
    const Live *live = (const Live *)job;
    g_autofree char *dir = preaches_epoch_dir(live->spool, epoch);
    preaches_tree_remove(dir);
}

static void live_kill(SimJob *job, guint64 last_epoch)
{
    Live *live = (Live *)job;
    if (live->wants_break && !live->at_break && !live->at_fault)
        send_on(live);
    while (live->wants_break && !live->at_break && !live->at_fault && !live->ended) {
        PreachesEvent event; /* let it come to where it dies */
        if (!next_event(live, &event, NULL))
            break;
        observe(live, &event);
        preaches_event_clear(&event);
    }
    if (live->proc)
        preaches_proc_kill(live->proc);
    g_clear_pointer(&live->proc, preaches_proc_free);
    g_autoptr(GArray) epochs = preaches_epochs(live->spool, NULL);
    for (guint i = 0; epochs && i < epochs->len; i++)
        if (g_array_index(epochs, guint64, i) > last_epoch)
            live_discard(job, g_array_index(epochs, guint64, i));
}

static gboolean live_convert(SimJob *job, guint64 epoch, const char *from, const char *to,
                             guint64 *bytes, gint64 *real_ns, GError **error)
{
    const Live *live = (const Live *)job;
    g_autofree char *source = class_path(live, epoch, from);
    g_autofree char *target = class_path(live, epoch, to);
    gint64 begin_us = g_get_monotonic_time();
    GStatBuf info;
    if (!preaches_convert(source, to, NULL, target, PREACHES_PACK_NONE, NULL, error))
        return FALSE;
    *real_ns = MAX(*real_ns, 0) + (g_get_monotonic_time() - begin_us) * 1000;
    if (g_stat(target, &info) != 0)
        return preaches_fail(error, PREACHES_ERROR_FAILED, "%s: no image after conversion", target);
    *bytes = (guint64)info.st_size;
    return TRUE;
}

static gboolean live_verify(SimJob *job, guint64 epoch, const char *arch, GError **error)
{
    const Live *live = (const Live *)job;
    g_autofree char *path = class_path(live, epoch, arch);
    PrImage image;
    PrError why = {0};
    if (pr_image_open(&image, path, PR_VERIFY_ALL, &why) != PR_OK) {
        preaches_error_take(error, &why, path);
        return FALSE;
    }
    pr_image_close(&image);
    return TRUE;
}

/* Without the sections whose length depends on where, and with what environment, the program is run: the same
 * experiment is to give the same times in any folder. */
static guint64 head_bytes(const PrImage *image)
{
    guint64 bytes = 0;
    for (int i = 0; i < PR_SEC_STACK; i++)
        if (i != PR_SEC_FILES && i != PR_SEC_LIBC)
            bytes += image->length[i];
    return bytes;
}

static gboolean read_facts(const char *path, SimJobFacts *facts, GError **error)
{
    PrImage image;
    PrError why = {0};
    if (pr_image_open(&image, path, PR_VERIFY_HEAD, &why) != PR_OK) {
        preaches_error_take(error, &why, path);
        return FALSE;
    }
    *facts = (SimJobFacts){.bytes = image.bytes,
                           .head_bytes = head_bytes(&image),
                           .global_bytes = image.length[PR_SEC_GLOBALS],
                           .n_frames = image.view.n_frames};
    pr_image_close(&image);
    return TRUE;
}

static gboolean live_hold(SimJob *job, guint64 epoch, const char *arch, SimJobFacts *facts,
                          GError **error)
{
    Live *live = (Live *)job;
    char *key = g_strdup_printf("%" G_GUINT64_FORMAT " %s", epoch, arch);
    g_autofree char *path = native_path(live, epoch, arch);
    gboolean ok = g_hash_table_contains(live->held, key) ||
                  preaches_hold(live->spec->program, live->spool, epoch, arch, NULL, error);
    if (ok)
        g_hash_table_add(live->held, key);
    else
        g_free(key);
    return ok && (!facts || read_facts(path, facts, error));
}

static gboolean live_commit(SimJob *job, guint64 epoch, GError **error)
{
    const Live *live = (const Live *)job;
    return preaches_commit(live->spec->program, live->spool, epoch, PREACHES_PACK_NONE, error) >= 0;
}

/* ---- the end ---- */

static gboolean same_bytes(const char *a, const char *b, gboolean *same, GError **error)
{
    g_autoptr(GMappedFile) one = g_mapped_file_new(a, FALSE, error);
    g_autoptr(GMappedFile) two = one ? g_mapped_file_new(b, FALSE, error) : NULL;
    if (!two)
        return FALSE;
    gsize bytes = g_mapped_file_get_length(one);
    *same = bytes == g_mapped_file_get_length(two) &&
            (bytes == 0 ||
             memcmp(g_mapped_file_get_contents(one), g_mapped_file_get_contents(two), bytes) == 0);
    return TRUE;
}

static gboolean live_finish(SimJob *job, gboolean *match, GError **error)
{
    Live *live = (Live *)job;
    while (!live->ended) {
        PreachesEvent event;
        send_on(live);
        if (!next_event(live, &event, error))
            return FALSE;
        observe(live, &event);
        preaches_event_clear(&event);
    }
    g_clear_pointer(&live->proc, preaches_proc_free);
    if (!same_bytes(live->output, live->spec->expected_output, match, error))
        return FALSE;
    *match = *match && live->status < 128; /* killed by a signal: not an end of its own */
    return TRUE;
}

static void live_free(SimJob *job)
{
    Live *live = (Live *)job;
    preaches_proc_free(live->proc);
    pr_desc_fini(&live->desc);
    g_free(live->blob);
    g_free(live->spool);
    g_free(live->work);
    g_free(live->output);
    g_hash_table_unref(live->held);
    g_free(live);
}

static const SimJobOps live_ops = {
    .class_of = live_class_of,
    .start = live_start,
    .checkpoint = live_checkpoint,
    .kill = live_kill,
    .convert = live_convert,
    .verify = live_verify,
    .hold = live_hold,
    .commit = live_commit,
    .discard = live_discard,
    .finish = live_finish,
    .free = live_free,
};

static gboolean make_folders(const Live *live, GError **error)
{
    if (g_mkdir_with_parents(live->spool, 0777) != 0 || g_mkdir_with_parents(live->work, 0777) != 0)
        return preaches_fail(error, PREACHES_ERROR_FAILED, "%s: cannot make folders", live->spec->scratch);
    return TRUE;
}

SimJob *sim_live_new(const SimRunSpec *spec, GError **error)
{
    Live *live = g_new0(Live, 1);
    PrError why = {0};
    gsize bytes = 0;
    live->job.ops = &live_ops;
    live->spec = spec;
    live->spool = g_build_filename(spec->scratch, "spool", NULL);
    live->work = g_build_filename(spec->scratch, "run", NULL);
    live->output = g_build_filename(spec->scratch, "output", NULL);
    live->held = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    gboolean ok =
        make_folders(live, error) && preaches_exe_desc(spec->program, &live->blob, &bytes, error);
    if (ok && pr_desc_parse(&live->desc, live->blob, bytes, &why) != PR_OK) {
        preaches_error_take(error, &why, spec->program);
        ok = FALSE;
    }
    if (ok)
        return &live->job;
    live_free(&live->job);
    return NULL;
}
