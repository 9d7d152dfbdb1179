/* What a leader does with its lease: finds the newest committed epoch that somebody holds and the
 * best target; goes on itself, or hands its lease to the target. It gives the lease up only while it
 * has no process and never starts one in that term again, so the target need not wait for it to end. */
#include "protojob.h"

const char *pp_phase_name(PpPhase phase)
{
    static const char *const names[] = {
        [PP_PHASE_ADOPT] = "adopt", [PP_PHASE_CHOOSE] = "choose", [PP_PHASE_FETCH] = "fetch",
        [PP_PHASE_START] = "start", [PP_PHASE_RUN] = "run",       [PP_PHASE_STOP] = "stop",
        [PP_PHASE_FINISH] = "finish", [PP_PHASE_OVER] = "over"};

    return names[phase];
}

void pp_phase(PpJob *job, PpPhase phase)
{
    if (phase == PP_PHASE_CHOOSE && job->phase == PP_PHASE_FETCH)
        ; /* another try: its patience does not begin anew */
    else
        job->phase_ns = pp_now(job);
    if (phase == PP_PHASE_CHOOSE) /* what the members hold is asked for at once */
        job->round_ns = pp_now(job);
    job->phase = phase;
    if (phase != PP_PHASE_CHOOSE && phase != PP_PHASE_FETCH)
        job->waiting_told = FALSE;
}

/* ---- which image ---- */

/* Whether an image is of the class that is looked for; PP_NO_CLASS: of any that a program starts from. */
static gboolean is_wanted(const PpImage *image, guint16 class_id)
{
    return class_id == PP_NO_CLASS ? image->class_id != PP_FILES_CLASS : image->class_id == class_id;
}

/* Who can be asked for an image of that epoch and class (PP_NO_CLASS: any): this node itself, else a
 * live one, into *image. PP_NOBODY: nobody. */
static guint32 find_holder(PpJob *job, const PpEpoch *epoch, guint16 class_id, PpImage *image)
{
    guint32 found = PP_NOBODY;

    for (guint i = 0; i < epoch->n_classes; i++) {
        const PpImage *wanted = &epoch->classes[i].image;
        const PpLocal *local = pp_local(job, wanted);
        if (!is_wanted(wanted, class_id))
            continue;
        if (local && local->state == PP_IMAGE_HELD) {
            *image = *wanted;
            return pp_self(job);
        }
        for (guint p = 0; p < job->peers->len && found == PP_NOBODY; p++) {
            const PpPeer *peer = &g_array_index(job->peers, PpPeer, p);
            for (guint k = 0; pp_peer_alive(job, peer) && peer->reported && k < peer->n_images; k++)
                if (pp_image_same(&peer->images[k], wanted)) {
                    found = peer->node;
                    *image = *wanted;
                    break;
                }
        }
    }
    return found;
}

static gboolean peer_holds(const PpPeer *peer, const PpEpoch *epoch, guint16 class_id)
{
    for (guint i = 0; i < epoch->n_classes; i++)
        for (guint k = 0; k < peer->n_images; k++)
            if (is_wanted(&epoch->classes[i].image, class_id) &&
                pp_image_same(&peer->images[k], &epoch->classes[i].image))
                return TRUE;
    return FALSE;
}

static gboolean has_files(const PpEpoch *epoch)
{
    for (guint i = 0; i < epoch->n_classes; i++)
        if (epoch->classes[i].image.class_id == PP_FILES_CLASS)
            return TRUE;
    return FALSE;
}

static gboolean can_be_had(PpJob *job, const PpEpoch *epoch)
{
    PpImage image;

    return find_holder(job, epoch, PP_NO_CLASS, &image) != PP_NOBODY &&
           (!has_files(epoch) || find_holder(job, epoch, PP_FILES_CLASS, &image) != PP_NOBODY);
}

/* Newest committed epoch of which an image can be had. NULL and *wait: not yet. NULL and no *wait:
 * there is none, the program starts from its beginning. */
static const PpEpoch *find_epoch(PpJob *job, gboolean *wait)
{
    gint64 until = job->phase_ns + job->node->config.patience_ns;

    *wait = FALSE;
    for (guint i = 0; i < job->record.n_epochs; i++) {
        if (can_be_had(job, &job->record.epochs[i]))
            return &job->record.epochs[i];
        if (pp_now(job) < until) {
            *wait = TRUE;
            if (!job->waiting_told)
                pp_notify(job, PP_NOTICE_WAITING)->epoch = job->record.epochs[i];
            job->waiting_told = TRUE;
            return NULL;
        }
        pp_trace(job, "nobody has epoch %" G_GUINT64_FORMAT, job->record.epochs[i].epoch);
        pp_notify(job, PP_NOTICE_OLDER)->epoch = job->record.epochs[i];
    }
    return NULL;
}

/* ---- which target ---- */

enum { /* the less the better */
    RANK_NATIVE,        /* its own image lies there */
    RANK_NATIVE_FETCH,  /* lies elsewhere */
    RANK_CONVERT,       /* another class's image lies there */
    RANK_CONVERT_FETCH,
    RANK_NEVER
};

static guint rank(PpJob *job, const PpEpoch *epoch, guint16 class_id, gboolean native_here,
                  gboolean any_here)
{
    PpImage image;

    if (class_id == PP_NO_CLASS)
        return RANK_NEVER;
    if (!epoch || native_here)
        return RANK_NATIVE;
    if (find_holder(job, epoch, class_id, &image) != PP_NOBODY)
        return RANK_NATIVE_FETCH;
    return any_here ? RANK_CONVERT : RANK_CONVERT_FETCH;
}

static guint rank_self(PpJob *job, const PpEpoch *epoch)
{
    const PpMember *me = pp_member(&job->record, pp_self(job));
    PpImage image;

    if (!me || job->no_start)
        return RANK_NEVER;
    return rank(job, epoch, me->class_id,
                epoch && find_holder(job, epoch, me->class_id, &image) == pp_self(job),
                epoch && find_holder(job, epoch, PP_NO_CLASS, &image) == pp_self(job));
}

static guint rank_peer(PpJob *job, const PpEpoch *epoch, const PpPeer *peer)
{
    const PpMember *member = pp_member(&job->record, peer->node);

    if (!pp_peer_alive(job, peer) || !peer->reported || peer->acked_ns < job->elected_ns ||
        pp_version_compare(peer->stored, job->record.version) != 0)
        return RANK_NEVER;
    return rank(job, epoch, member->class_id, epoch && peer_holds(peer, epoch, member->class_id),
                epoch && peer_holds(peer, epoch, PP_NO_CLASS));
}

/* The operator's choice first, then by rank, then by load; this node wins a draw. */
static guint32 choose_target(PpJob *job, const PpEpoch *epoch, guint *best_rank)
{
    guint32 best = pp_self(job), best_load = job->node->load;

    *best_rank = rank_self(job, epoch);
    if (*best_rank != RANK_NEVER && (job->by_transfer || job->record.prefer == best))
        return best;
    for (guint i = 0; i < job->peers->len; i++) {
        const PpPeer *peer = &g_array_index(job->peers, PpPeer, i);
        guint its = rank_peer(job, epoch, peer);
        if (its == RANK_NEVER)
            continue;
        if (peer->node == job->record.prefer) {
            *best_rank = its;
            return peer->node;
        }
        if (its < *best_rank || (its == *best_rank && peer->load < best_load)) {
            best = peer->node;
            best_load = peer->load;
            *best_rank = its;
        }
    }
    return best;
}

enum { OPERATOR_PATIENCE = 8 }; /* times longer, for the operator's choice */

static gboolean all_reported(const PpJob *job)
{
    for (guint i = 0; i < job->peers->len; i++) {
        const PpPeer *peer = &g_array_index(job->peers, PpPeer, i);
        if (!peer->reported || peer->acked_ns < job->elected_ns)
            return FALSE;
    }
    return TRUE;
}

/* Whether the operator's choice could go on, but has not said what it holds. */
static gboolean prefers_live(PpJob *job)
{
    const PpMember *member = pp_member(&job->record, job->record.prefer);
    const PpPeer *peer = pp_peer(job, job->record.prefer);

    return member && member->class_id != PP_NO_CLASS && peer && pp_peer_alive(job, peer);
}

/* Whether listening longer could change the choice. */
static gboolean is_settled(PpJob *job, guint32 target, guint its_rank)
{
    const PpConfig *config = &job->node->config;
    guint32 prefer = job->record.prefer;
    gint64 patience = MAX(config->choose_ns, 2 * config->heartbeat_ns);

    if (target != prefer && prefers_live(job))
        patience *= OPERATOR_PATIENCE;
    if (pp_now(job) >= job->phase_ns + patience || all_reported(job))
        return TRUE;
    return its_rank == RANK_NATIVE && target == pp_self(job) &&
           (job->by_transfer || prefer == PP_NOBODY || prefer == target ||
            !pp_member(&job->record, prefer)) &&
           job->node->load == 0;
}

/* ---- going on ---- */

static void hand_over(PpJob *job, guint32 target)
{
    PpMessage m;

    pp_trace(job, "term %" G_GUINT64_FORMAT ": hands over to %u", job->term, target);
    pp_message_init(job, &m, PP_TRANSFER, target);
    pp_send(job, &m);
    pp_follow(job, job->term, PP_NOBODY);
    job->election_ns = pp_now(job) + job->node->config.election_ns;
}

static void start(PpJob *job)
{
    gint64 until = pp_lease_until(job);
    guint64 newest = 0;
    PpAction *action;

    if (job->run != PP_RUN_NONE ||
        (until <= pp_now(job) && !pp_bug(job, PP_BUG_NO_FENCE)))
        return; /* the step is made again as the lease grows */
    job->run = PP_RUN_ALIVE;
    job->run_term = job->term;
    job->fence_ns = PP_LONG_AGO;
    pp_fence(job);
    for (guint i = 0; i < job->record.n_epochs; i++)
        newest = MAX(newest, job->record.epochs[i].epoch);
    for (guint i = 0; i < job->images->len; i++)
        newest = MAX(newest, g_array_index(job->images, PpLocal, i).image.epoch);
    job->last_epoch = newest;
    action = pp_act(job, PP_START);
    action->term = job->term;
    action->image = job->from;
    action->files = job->files;
    action->convert = job->convert;
    action->next_epoch = newest + 1;
    pp_trace(job, "term %" G_GUINT64_FORMAT ": starts from epoch %" G_GUINT64_FORMAT, job->term,
             job->from.epoch);
}

/* epoch NULL: from the beginning. */
static void go_on_here(PpJob *job, const PpEpoch *epoch)
{
    const PpMember *me = pp_member(&job->record, pp_self(job));
    guint32 holder = pp_self(job), of_files = pp_self(job);

    job->from = job->files = (PpImage){0};
    job->convert = FALSE;
    if (epoch)
        holder = find_holder(job, epoch, me->class_id, &job->from);
    if (holder == PP_NOBODY) {
        holder = find_holder(job, epoch, PP_NO_CLASS, &job->from);
        job->convert = TRUE;
    }
    if (epoch && has_files(epoch))
        of_files = find_holder(job, epoch, PP_FILES_CLASS, &job->files);
    job->source = holder != pp_self(job) ? holder : of_files;
    pp_phase(job, job->source == pp_self(job) ? PP_PHASE_START : PP_PHASE_FETCH);
    if (holder != pp_self(job))
        pp_image_want(job, &job->from, holder, PP_NOBODY);
    if (of_files != pp_self(job))
        pp_image_want(job, &job->files, of_files, PP_NOBODY);
}

static void choose(PpJob *job)
{
    gboolean wait = FALSE;
    const PpEpoch *epoch = find_epoch(job, &wait);
    guint its_rank;
    guint32 target;

    if (wait)
        return;
    target = choose_target(job, epoch, &its_rank);
    if (its_rank == RANK_NEVER) {
        if (pp_now(job) >= job->phase_ns + 10 * job->node->config.choose_ns)
            job->no_start = FALSE; /* nobody else: perhaps here after all */
        return;
    }
    if (!is_settled(job, target, its_rank))
        return;
    if (target != pp_self(job)) {
        hand_over(job, target);
        return;
    }
    go_on_here(job, epoch);
}

static void fetch(PpJob *job)
{
    const PpLocal *local = pp_local(job, &job->from);
    const PpLocal *files = pp_local(job, &job->files);
    gboolean no_files = job->files.epoch == 0;

    if (local && local->state == PP_IMAGE_HELD && (no_files || (files && files->state == PP_IMAGE_HELD)))
        pp_phase(job, PP_PHASE_START);
    else if (!local || (!files && !no_files)) {
        /* failed: whom to ask is decided anew, when they have said what they hold */
        if (pp_peer(job, job->source))
            pp_peer(job, job->source)->reported = FALSE;
        pp_phase(job, PP_PHASE_CHOOSE);
    }
}

void pp_takeover_step(PpJob *job)
{
    if (job->phase == PP_PHASE_CHOOSE)
        choose(job);
    if (job->role == PP_LEADER && job->phase == PP_PHASE_FETCH)
        fetch(job);
    if (job->role == PP_LEADER && job->phase == PP_PHASE_START && job->run == PP_RUN_NONE)
        start(job);
    if (job->role == PP_LEADER)
        pp_move_step(job);
}

/* ---- decisions ---- */

static void over(PpJob *job) { pp_phase(job, PP_PHASE_OVER); }

void pp_decided(PpJob *job)
{
    if (job->record.finished) {
        over(job);
        pp_round(job);
        return;
    }
    if (job->phase == PP_PHASE_ADOPT)
        pp_phase(job, PP_PHASE_CHOOSE);
    pp_epoch_decided(job);
    pp_takeover_step(job);
}

/* ---- the program ---- */

static void not_started(PpJob *job)
{
    job->run = PP_RUN_NONE;
    job->no_start = TRUE;
    job->by_transfer = FALSE;
    pp_phase(job, PP_PHASE_CHOOSE);
}

static void ended(PpJob *job, const PpEvent *event)
{
    gboolean killed = job->run == PP_RUN_KILLED;

    job->run = PP_RUN_NONE;
    job->checkpointing = FALSE;
    pp_move_again(job);
    if (job->role != PP_LEADER || event->term != job->term)
        return;
    job->making.active = job->making.active && job->making.is_repair;
    if (!killed && event->by_signal && job->phase == PP_PHASE_START) {
        not_started(job); /* its lease may have been over before it began: no fault of the program */
    } else if (!killed && event->by_signal && job->deaths < job->node->config.tries) {
        job->deaths++;
        pp_trace(job, "term %" G_GUINT64_FORMAT ": the program died", job->term);
        pp_phase(job, PP_PHASE_CHOOSE);
    } else if (!killed) {
        job->exit_status = event->by_signal ? 128 + event->status : event->status;
        pp_trace(job, "term %" G_GUINT64_FORMAT ": the program ended", job->term);
        pp_phase(job, PP_PHASE_FINISH);
    } else {
        pp_phase(job, PP_PHASE_CHOOSE);
    }
    pp_takeover_step(job);
}

void pp_event_taken(PpJob *job, const PpEvent *event)
{
    gboolean mine = job->role == PP_LEADER && event->term == job->term;

    if (job->run == PP_RUN_NONE || event->term != job->run_term)
        return;
    switch (event->kind) {
    case PP_EVENT_STARTED:
        if (!mine || job->phase != PP_PHASE_START)
            break;
        pp_phase(job, PP_PHASE_RUN);
        job->by_transfer = FALSE; /* it has done what it was elected for */
        job->checkpoint_ns = pp_now(job);
        pp_notify(job, PP_NOTICE_PRIMARY)->term = job->term;
        break;
    case PP_EVENT_NO_START:
        job->run = PP_RUN_NONE;
        if (mine)
            not_started(job);
        break;
    case PP_EVENT_IMAGES:
        if (mine && job->run == PP_RUN_ALIVE && job->phase == PP_PHASE_RUN)
            pp_epoch_begin(job, event);
        break;
    case PP_EVENT_NO_IMAGES:
        if (mine) {
            job->checkpointing = FALSE;
            pp_move_failed(job);
        }
        break;
    case PP_EVENT_ENDED:
        ended(job, event);
        break;
    }
}
