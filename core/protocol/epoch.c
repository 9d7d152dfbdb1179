/* An epoch on its way: placed, prepared on its holders (beside the older images), then put into the
 * record; when a majority has stored that record, the epoch is committed. Until then the one before
 * stands. */
#include "protojob.h"

void pp_checkpoint(PpJob *job)
{
    job->checkpointing = TRUE;
    job->checkpoint_wanted = FALSE;
    job->checkpoint_ns = pp_now(job);
    pp_act(job, PP_CHECKPOINT)->term = job->term;
}

static void prepare(PpJob *job, guint index, guint holder)
{
    const PpHeld *held = &job->making.epoch.classes[index];
    PpMessage m;

    pp_message_init(job, &m, PP_PREPARE, held->holders[holder]);
    m.image = held->image;
    m.source = job->making.source[index];
    pp_send(job, &m);
}

static void prepare_all(PpJob *job)
{
    PpMaking *making = &job->making;

    for (guint i = 0; i < making->epoch.n_classes; i++)
        for (guint h = 0; h < making->epoch.classes[i].n_holders; h++)
            if (!(making->acked[i] >> h & 1))
                prepare(job, i, h);
}

/* Enough of them have it. */
static gboolean is_complete(const PpMaking *making, guint index)
{
    guint n = 0;

    for (guint h = 0; h < making->epoch.classes[index].n_holders; h++)
        n += making->acked[index] >> h & 1;
    return n >= making->need;
}

/* What could be committed without the rest: some class of the program's, and the files if it has any. */
static gboolean is_usable(const PpMaking *making)
{
    gboolean any = FALSE;

    for (guint i = 0; i < making->epoch.n_classes; i++) {
        gboolean is_files = making->epoch.classes[i].image.class_id == PP_FILES_CLASS && !making->is_repair;
        if (is_files && !is_complete(making, i))
            return FALSE;
        any |= !is_files && is_complete(making, i);
    }
    return any;
}

void pp_epoch_begin(PpJob *job, const PpEvent *event)
{
    PpMaking *making = &job->making;
    guint64 epoch = event->n_images ? event->images[0].epoch : 0;

    job->checkpointing = FALSE;
    if (event->n_images == 0 || event->n_images > PP_MAX_CLASSES || epoch <= job->last_epoch) {
        pp_move_failed(job);
        return;
    }
    *making = (PpMaking){.active = TRUE, .need = pp_need(job)};
    making->epoch.epoch = job->last_epoch = epoch;
    making->epoch.term = job->term;
    making->until_ns = pp_now(job) + job->node->config.prepare_ns;
    for (guint i = 0; i < event->n_images; i++) {
        PpHeld *held = &making->epoch.classes[making->epoch.n_classes++];
        held->image = event->images[i];
        held->image.epoch = epoch;
        held->image.term = job->term;
        making->source[i] = pp_self(job);
        pp_image_held(job, &held->image);
    }
    for (guint i = 0; i < making->epoch.n_classes; i++)
        pp_place(job, i);
    pp_trace(job, "epoch %" G_GUINT64_FORMAT ": %u classes to %u holders each", epoch,
             making->epoch.n_classes, making->need);
    prepare_all(job);
}

/* ---- holders answer, or do not ---- */

static void drop_holder(PpJob *job, guint index, guint holder)
{
    PpMaking *making = &job->making;
    PpHeld *held = &making->epoch.classes[index];
    guint8 below = (guint8)((1u << holder) - 1), acked = making->acked[index];

    for (guint h = holder; h + 1 < held->n_holders; h++)
        held->holders[h] = held->holders[h + 1];
    held->n_holders--;
    making->acked[index] = (guint8)((acked & below) | (acked >> 1 & ~below));
}

void pp_prepared_taken(PpJob *job, const PpMessage *message)
{
    PpMaking *making = &job->making;

    if (message->term > job->term) {
        pp_follow(job, message->term, PP_NOBODY);
        return;
    }
    if (job->role != PP_LEADER || message->term != job->term || !making->active)
        return;
    for (guint i = 0; i < making->epoch.n_classes; i++) {
        PpHeld *held = &making->epoch.classes[i];
        if (!pp_image_same(&held->image, &message->image))
            continue;
        for (guint h = 0; h < held->n_holders; h++) {
            if (held->holders[h] != message->from || (making->acked[i] >> h & 1))
                continue;
            if (message->flags & PP_FLAG_OK) {
                making->acked[i] |= (guint8)(1u << h);
                if (pp_peer(job, message->from)) /* what it reported before is no longer all */
                    pp_peer(job, message->from)->reported = FALSE;
            } else {
                making->failed[i][making->n_failed[i]++ % PP_MAX_REPLICAS] = message->from;
                drop_holder(job, i, h); /* another is chosen at the next tick */
            }
            return;
        }
    }
}

static void give_up(PpJob *job)
{
    job->making.active = FALSE;
    if (job->making.is_repair)
        return;
    pp_move_failed(job);
    pp_trace(job, "epoch %" G_GUINT64_FORMAT " is given up", job->making.epoch.epoch);
    pp_notify(job, PP_NOTICE_ABANDONED)->epoch = job->making.epoch;
}

static void replace_silent(PpJob *job)
{
    PpMaking *making = &job->making;

    for (guint i = 0; i < making->epoch.n_classes; i++)
        for (guint h = making->epoch.classes[i].n_holders; h-- > 0;) {
            const PpPeer *peer = pp_peer(job, making->epoch.classes[i].holders[h]);
            if (!peer || (!pp_peer_alive(job, peer) && !(making->acked[i] >> h & 1)))
                drop_holder(job, i, h);
        }
}

void pp_epoch_tick(PpJob *job, gboolean resend)
{
    PpMaking *making = &job->making;
    gint64 interval = job->record.checkpoint_ns;
    gboolean due = job->checkpoint_wanted;

    if (making->active && resend) {
        making->need = making->is_repair ? making->need : pp_need(job);
        replace_silent(job);
        for (guint i = 0; i < making->epoch.n_classes; i++)
            pp_place(job, i);
        prepare_all(job);
    }
    if (making->active && !job->proposed && pp_now(job) >= making->until_ns && !is_usable(making))
        give_up(job);
    due |= interval > 0 && pp_now(job) >= job->checkpoint_ns + interval;
    if (due && job->phase == PP_PHASE_RUN && job->run == PP_RUN_ALIVE && !job->checkpointing &&
        !making->active && !job->proposed)
        pp_checkpoint(job);
    if (resend && job->phase == PP_PHASE_RUN && !making->active && !job->proposed &&
        !job->checkpointing)
        pp_repair_begin(job);
}

/* ---- commit ---- */

/* Of the classes: those that are on enough holders, with these. */
static void take_complete(const PpMaking *making, PpEpoch *epoch)
{
    *epoch = (PpEpoch){.epoch = making->epoch.epoch, .term = making->epoch.term};
    for (guint i = 0; i < making->epoch.n_classes; i++) {
        const PpHeld *from = &making->epoch.classes[i];
        PpHeld *to = &epoch->classes[epoch->n_classes];
        if (!is_complete(making, i))
            continue;
        *to = (PpHeld){.image = from->image};
        for (guint h = 0; h < from->n_holders; h++)
            if (making->acked[i] >> h & 1)
                to->holders[to->n_holders++] = from->holders[h];
        epoch->n_classes++;
    }
}

static gboolean repair_change(PpJob *job, PpRecord *record)
{
    const PpHeld *made = &job->making.epoch.classes[0];

    for (guint e = 0; e < record->n_epochs; e++)
        for (guint i = 0; i < record->epochs[e].n_classes; i++) {
            PpHeld *held = &record->epochs[e].classes[i];
            if (!pp_image_same(&held->image, &made->image))
                continue;
            held->n_holders = 0;
            for (guint h = 0; h < made->n_holders; h++)
                held->holders[held->n_holders++] = made->holders[h];
            return TRUE;
        }
    job->making.active = FALSE;
    return FALSE;
}

gboolean pp_epoch_change(PpJob *job, PpRecord *record)
{
    PpMaking *making = &job->making;
    gboolean all = TRUE;
    PpEpoch epoch;

    if (!making->active)
        return FALSE;
    for (guint i = 0; i < making->epoch.n_classes; i++)
        all &= is_complete(making, i);
    if (!all && !(is_usable(making) && pp_now(job) >= making->until_ns))
        return FALSE;
    *record = job->record;
    making->proposed = TRUE;
    if (making->is_repair)
        return repair_change(job, record);
    take_complete(making, &epoch);
    record->n_epochs = MIN(record->n_epochs, MIN(record->keep, PP_MAX_KEEP) - 1);
    memmove(&record->epochs[1], &record->epochs[0], record->n_epochs * sizeof record->epochs[0]);
    record->epochs[0] = epoch;
    record->n_epochs++;
    return TRUE;
}

void pp_epoch_decided(PpJob *job)
{
    PpMaking *making = &job->making;
    const PpEpoch *newest = job->record.n_epochs ? &job->record.epochs[0] : NULL;

    if (!making->active || !making->proposed || !newest)
        return;
    if (making->is_repair) {
        making->active = FALSE;
        return;
    }
    making->active = FALSE;
    job->deaths = 0;
    pp_trace(job, "epoch %" G_GUINT64_FORMAT " is committed", newest->epoch);
    pp_notify(job, PP_NOTICE_COMMITTED)->epoch = *newest;
}

/* ---- a holder is gone: another takes its place ---- */

static gboolean still_holds(PpJob *job, const PpHeld *held, guint32 node)
{
    const PpPeer *peer = pp_peer(job, node);

    if (node == pp_self(job))
        return FALSE; /* it is the primary now */
    if (!peer || !pp_peer_alive(job, peer))
        return FALSE;
    for (guint k = 0; peer->reported && k < peer->n_images; k++)
        if (pp_image_same(&peer->images[k], &held->image))
            return TRUE;
    return !peer->reported;
}

void pp_repair_begin(PpJob *job)
{
    PpEpoch *newest = job->record.n_epochs ? &job->record.epochs[0] : NULL;

    for (guint i = 0; newest && i < newest->n_classes; i++) {
        PpHeld *held = &newest->classes[i];
        PpMaking *making = &job->making;
        const PpLocal *local = pp_local(job, &held->image);
        guint32 source = local && local->state == PP_IMAGE_HELD ? pp_self(job) : PP_NOBODY;
        PpHeld kept = {.image = held->image};

        for (guint h = 0; h < held->n_holders; h++)
            if (still_holds(job, held, held->holders[h])) {
                kept.holders[kept.n_holders++] = held->holders[h];
                source = held->holders[h];
            }
        if (kept.n_holders >= pp_need(job) || source == PP_NOBODY)
            continue;
        *making = (PpMaking){.active = TRUE, .is_repair = TRUE, .need = pp_need(job)};
        making->epoch = (PpEpoch){.epoch = newest->epoch, .term = newest->term, .n_classes = 1};
        making->epoch.classes[0] = kept;
        making->acked[0] = (guint8)((1u << kept.n_holders) - 1);
        making->source[0] = source;
        making->until_ns = pp_now(job) + job->node->config.prepare_ns;
        pp_place(job, 0);
        if (making->epoch.classes[0].n_holders < making->need) {
            making->active = FALSE; /* nobody to ask */
            continue;
        }
        pp_trace(job, "epoch %" G_GUINT64_FORMAT ", class %u: a holder is replaced", newest->epoch,
                 held->image.class_id);
        prepare_all(job);
        return;
    }
}
