/* The operator's own choice: a wish that the leader keeps until it can be carried out. It waits for the
 * epoch at hand, for the record and for the target to answer; then the choice is put into the record,
 * a checkpoint is made for it, the program is stopped, and choose() in takeover.c hands the lease over.
 * Should the target be lost on the way, the program goes on here and the wish stands. */
#include "protojob.h"

gboolean pp_move_wish(PpJob *job, guint32 target)
{
    const PpMember *member = pp_member(&job->record, target);

    if (target == PP_NOBODY) {
        pp_move_forget(job);
        return TRUE;
    }
    if (!member || member->class_id == PP_NO_CLASS || target == pp_self(job))
        return FALSE;
    if (job->move == PP_MOVE_NONE || job->move == PP_MOVE_FAILED || job->move_to != target)
        job->move = PP_MOVE_ASKED;
    job->move_to = target;
    return TRUE;
}

void pp_move_forget(PpJob *job)
{
    job->move = PP_MOVE_NONE;
    job->move_to = PP_NOBODY;
}

void pp_move_failed(PpJob *job)
{
    if (job->move == PP_MOVE_SAVING)
        job->move = PP_MOVE_FAILED;
}

void pp_move_again(PpJob *job)
{
    if (job->move == PP_MOVE_SAVING)
        job->move = PP_MOVE_ASKED;
}

static void choose_in_record(PpJob *job)
{
    PpRecord next = job->record;

    next.prefer = job->move_to;
    pp_propose(job, &next);
}

void pp_move_step(PpJob *job)
{
    const PpPeer *target = pp_peer(job, job->move_to);

    if ((job->move != PP_MOVE_ASKED && job->move != PP_MOVE_SAVING) || job->phase != PP_PHASE_RUN ||
        job->run != PP_RUN_ALIVE || job->proposed || job->checkpointing || job->making.active)
        return;
    if (!target) {
        pp_move_forget(job); /* no member any more */
    } else if (!pp_peer_alive(job, target)) {
        job->move = PP_MOVE_ASKED; /* what was saved for it may be old when it answers */
    } else if (job->record.prefer != job->move_to) {
        choose_in_record(job);
    } else if (job->move == PP_MOVE_ASKED) {
        job->move = PP_MOVE_SAVING;
        pp_checkpoint(job);
    } else {
        job->move = PP_MOVE_ASKED;
        pp_kill(job);
        pp_phase(job, PP_PHASE_STOP);
    }
}
