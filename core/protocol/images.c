/* A node's images of a job: got, made durable, reported, dropped. */
#include "protojob.h"

gboolean pp_image_same(const PpImage *a, const PpImage *b)
{
    return a->epoch == b->epoch && a->term == b->term && a->class_id == b->class_id &&
           a->bytes == b->bytes && memcmp(a->hash, b->hash, sizeof a->hash) == 0;
}

PpLocal *pp_local(PpJob *job, const PpImage *image)
{
    for (guint i = 0; i < job->images->len; i++) {
        PpLocal *local = &g_array_index(job->images, PpLocal, i);
        if (pp_image_same(&local->image, image))
            return local;
    }
    return NULL;
}

static void remove_local(PpJob *job, PpLocal *local)
{
    PpImage image = local->image;

    g_array_remove_index_fast(job->images, (guint)(local - (PpLocal *)(void *)job->images->data));
    pp_act(job, PP_DROP)->image = image;
}

void pp_image_held(PpJob *job, const PpImage *image)
{
    PpLocal local = {.image = *image, .state = PP_IMAGE_HELD};

    if (!pp_local(job, image))
        g_array_append_val(job->images, local);
}

/* ---- getting one ---- */

static void tell(PpJob *job, const PpLocal *local, gboolean ok)
{
    PpMessage m;

    if (local->asked_by == PP_NOBODY ||
        (local->asked_term != job->term && !pp_bug(job, PP_BUG_OLD_TERM)))
        return;
    pp_message_init(job, &m, PP_PREPARED, local->asked_by);
    m.term = local->asked_term;
    m.flags = ok ? PP_FLAG_OK : 0;
    m.image = local->image;
    m.source = pp_self(job);
    pp_send(job, &m);
}

void pp_image_want(PpJob *job, const PpImage *image, guint32 source, guint32 asked_by)
{
    PpLocal *known = pp_local(job, image);
    PpAction *action;

    if (!known) {
        PpLocal local = {.image = *image, .state = PP_IMAGE_FETCHING, .source = source};
        local.token = ++job->node->tokens;
        g_array_append_val(job->images, local);
        known = &g_array_index(job->images, PpLocal, job->images->len - 1);
        action = pp_act(job, PP_FETCH);
        action->image = *image;
        action->peer = source;
        action->token = known->token;
    }
    if (asked_by != PP_NOBODY) {
        known->asked_by = asked_by;
        known->asked_term = job->term;
    }
    if (known->state == PP_IMAGE_HELD)
        tell(job, known, TRUE);
}

void pp_prepare_taken(PpJob *job, const PpMessage *message)
{
    PpMessage m;

    if (message->term < job->term && !pp_bug(job, PP_BUG_OLD_TERM)) {
        pp_message_init(job, &m, PP_PREPARED, message->from);
        m.image = message->image;
        m.source = pp_self(job);
        pp_send(job, &m); /* our term says why not */
        return;
    }
    if (message->term > job->term || message->image.term > message->term ||
        job->images->len >= PP_MAX_IMAGES)
        return;
    pp_image_want(job, &message->image, message->source, message->from);
}

gboolean pp_image_done(PpJob *job, guint64 token, gboolean ok)
{
    PpLocal *local = NULL;
    PpAction *action;

    for (guint i = 0; i < job->images->len && !local; i++)
        if (g_array_index(job->images, PpLocal, i).token == token)
            local = &g_array_index(job->images, PpLocal, i);
    if (!local || token == 0)
        return FALSE;
    local->token = 0;
    if (!ok) {
        tell(job, local, FALSE);
        remove_local(job, local);
    } else if (local->state == PP_IMAGE_FETCHING) {
        local->state = PP_IMAGE_SYNCING;
        local->token = ++job->node->tokens;
        action = pp_act(job, PP_SYNC);
        action->image = local->image;
        action->token = local->token;
        if (pp_bug(job, PP_BUG_EARLY_COMMIT))
            tell(job, local, TRUE);
    } else {
        local->state = PP_IMAGE_HELD;
        tell(job, local, TRUE);
    }
    return TRUE;
}

/* ---- reports and garbage ---- */

void pp_report(const PpJob *job, PpMessage *message)
{
    message->flags |= PP_FLAG_REPORT;
    for (guint i = 0; i < job->images->len && message->n_images < PP_MAX_IMAGES; i++)
        if (g_array_index(job->images, PpLocal, i).state == PP_IMAGE_HELD)
            message->images[message->n_images++] = g_array_index(job->images, PpLocal, i).image;
}

static gboolean is_listed(const PpRecord *record, const PpImage *image)
{
    for (guint e = 0; e < record->n_epochs; e++)
        for (guint i = 0; i < record->epochs[e].n_classes; i++)
            if (pp_image_same(&record->epochs[e].classes[i].image, image))
                return TRUE;
    return FALSE;
}

/* Only by a record that is known to be decided. What it lists stays, and so the newest epoch always
 * does; what could still come into a later one stays; the rest goes. */
void pp_collect_garbage(PpJob *job)
{
    const PpRecord *record = &job->record;
    guint64 newest = record->n_epochs ? record->epochs[0].epoch : 0;

    if (!pp_record_decided(job))
        return;
    for (guint i = job->images->len; i-- > 0;) {
        PpLocal *local = &g_array_index(job->images, PpLocal, i);
        const PpImage *image = &local->image;
        gboolean late = image->term == record->version.term && image->epoch > newest;
        if (local->state != PP_IMAGE_HELD ||
            (!record->finished && (late || is_listed(record, image) ||
                                   image->term > record->version.term)))
            continue;
        remove_local(job, local);
    }
}
