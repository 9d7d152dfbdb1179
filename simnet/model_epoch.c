/* Checkpoints on their way. An epoch alone in its cell needs no events of its own: its profile says when each
 * copy is held. When something else is under way at the same time (another epoch, the reads of a recovery),
 * or links change with time, it is sent through the cell's traffic instead; one that was alone until then
 * is sent there from its begin, which comes to the same up to now. Traffic is run when its state matters. */
#include "model_priv.h"

static gint64 now_of(const ModelCell *cell) { return sim_engine_now(cell->engine); }

static ModelCopy *copy_of(ModelJob *job, guint i) { return &g_array_index(job->copies, ModelCopy, i); }

static const SimProfile *profile_of(const ModelFlight *f)
{
    return f->sending ? sim_sending_profile(f->sending) : f->of->profile;
}

/* ---- traffic ---- */

static gboolean alone_is_under_way(const ModelCell *cell)
{
    return cell->alone && now_of(cell) < cell->alone_until_ns;
}

/* As long as an epoch is alone, traffic's time stands still: it may have to be sent from its begin. */
static void run_traffic(ModelCell *cell, gboolean with)
{
    if (cell->traffic && !alone_is_under_way(cell))
        sim_traffic_run(cell->traffic, now_of(cell), with);
}

static void send(ModelJob *job)
{
    job->flight.sending = sim_traffic_repeat(job->cell->traffic, job->flight.of->profile, job->primary,
                                             job->cell->m->spec->sizes);
}

/* From now on everything that is under way is in it. */
static void open_traffic(ModelCell *cell)
{
    const Model *m = cell->m;
    if (!cell->traffic) {
        cell->traffic = sim_traffic_new(m->spec->costs, m->spec->platform);
        for (guint h = 0; h < m->n_hosts; h++)
            if (!cell->up[h])
                sim_traffic_host_failed(cell->traffic, h);
    }
    if (alone_is_under_way(cell)) {
        sim_traffic_run(cell->traffic, cell->alone->flight.begin_ns, FALSE);
        send(cell->alone);
    }
    cell->alone = NULL;
    for (guint h = 0; h < m->n_hosts && cell->loads_until_ns > now_of(cell); h++)
        sim_traffic_hold_disk(cell->traffic, h, cell->read_until_ns[h]);
    sim_traffic_run(cell->traffic, now_of(cell), FALSE);
}

static gboolean is_quiet(ModelCell *cell)
{
    run_traffic(cell, TRUE);
    return !cell->m->links_change && !alone_is_under_way(cell) && now_of(cell) >= cell->loads_until_ns &&
           (!cell->traffic || sim_traffic_is_idle(cell->traffic));
}

void model_epoch_begin(ModelJob *job, gint64 work_ns)
{
    ModelCell *cell = job->cell;
    const SimProfile *p = job->profile->profile;
    job->flight = (ModelFlight){.of = job->profile, .epoch = job->n_epochs, .n_open = p->n_copies,
                                .begin_ns = now_of(cell), .work_ns = work_ns};
    g_array_set_size(job->copies, 0);
    g_array_set_size(job->copies, p->n_copies);
    for (guint i = 0; i < p->n_copies; i++)
        *copy_of(job, i) = MODEL_COPY_OPEN;
    if (is_quiet(cell)) {
        cell->alone = job;
        cell->alone_until_ns = now_of(cell) + p->over_ns;
        return;
    }
    open_traffic(cell);
    send(job);
}

/* ---- what has become of it ---- */

/* Committed for an architecture: as many copies as replicas asks for are held. Then every host of the
 * architecture that holds one can be gone on from, and older images of it are dropped. */
static void commit(ModelJob *job, guint arch)
{
    const Model *m = job->cell->m;
    ModelFlight *f = &job->flight;
    const SimProfile *p = profile_of(f);
    guint n_held = 0;
    for (guint i = 0; i < p->n_copies; i++)
        n_held += *copy_of(job, i) == MODEL_COPY_HELD && p->copy[i].arch_place == arch ? 1 : 0;
    if (n_held < MAX(m->spec->replicas, 1))
        return;
    f->committed = TRUE;
    for (guint i = 0; i < p->n_copies; i++) {
        const SimProfileCopy *copy = &p->copy[i];
        if (*copy_of(job, i) == MODEL_COPY_HELD && copy->arch_place == arch && m->arch[copy->host] == arch)
            job->held[copy->host] = (ModelHeld){f->epoch, f->work_ns, copy->made, copy->bytes};
    }
    for (guint h = 0; h < m->n_hosts && !f->n_open; h++)
        if (job->held[h].epoch != f->epoch && m->arch[h] == arch)
            job->held[h].epoch = 0;
}

static void flight_over(ModelJob *job)
{
    ModelFlight *f = &job->flight;
    Model *m = job->cell->m;
    const SimProfile *p = profile_of(f);
    if (f->committed) {
        f->of->n_epochs++;
        f->of->n_alone += f->sending ? 0 : 1;
        m->r.row.epochs++;
        job->seen.commit_ns = p->over_ns;
    }
    if (f->committed && f->sending) {
        g_array_append_val(m->phase[MODEL_PROPAGATE], p->propagate_ns);
        g_array_append_val(m->phase[MODEL_COMMIT], p->commit_ns);
    }
    if (f->sending)
        sim_sending_release(f->sending);
    if (job->cell->alone == job)
        job->cell->alone = NULL;
    f->of = NULL;
    f->sending = NULL;
}

void model_epoch_settle(ModelJob *job, gboolean before)
{
    ModelFlight *f = &job->flight;
    if (!f->of)
        return;
    run_traffic(job->cell, !before);
    const SimProfile *p = profile_of(f);
    gint64 since_ns = now_of(job->cell) - f->begin_ns - (before ? 1 : 0);
    gboolean arrived = FALSE;
    for (guint i = 0; i < p->n_copies; i++) {
        gboolean held = p->copy[i].held_ns <= since_ns;
        if (*copy_of(job, i) != MODEL_COPY_OPEN || !(held || p->copy[i].lost))
            continue;
        *copy_of(job, i) = held ? MODEL_COPY_HELD : MODEL_COPY_LOST;
        arrived |= held;
        f->n_open--;
    }
    guint seen = 0;
    for (guint i = 0; i < p->n_copies && (arrived || !f->n_open); i++) {
        if (!(seen >> p->copy[i].arch_place & 1))
            commit(job, p->copy[i].arch_place);
        seen |= 1u << p->copy[i].arch_place;
    }
    if (!f->n_open)
        flight_over(job);
}

void model_epoch_abort(ModelJob *job)
{
    ModelFlight *f = &job->flight;
    if (!f->of)
        return;
    if (f->sending)
        sim_sending_abort(f->sending);
    f->n_open = 0;
    flight_over(job);
}

/* ---- hosts ---- */

void model_epochs_host_fails(ModelCell *cell, guint host)
{
    if (alone_is_under_way(cell))
        open_traffic(cell);
    cell->read_until_ns[host] = 0;
    if (!cell->traffic)
        return;
    run_traffic(cell, FALSE);
    for (guint j = 0; j < cell->m->spec->jobs; j++)
        model_epoch_settle(&cell->job[j], TRUE);
    sim_traffic_host_failed(cell->traffic, host);
}

void model_epochs_host_back(ModelCell *cell, guint host)
{
    if (alone_is_under_way(cell))
        open_traffic(cell);
    if (!cell->traffic)
        return;
    run_traffic(cell, FALSE);
    sim_traffic_host_back(cell->traffic, host);
}

gint64 model_epochs_read(ModelCell *cell, guint host, gint64 read_ns)
{
    gint64 begin_ns = MAX(now_of(cell), cell->read_until_ns[host]);
    if (alone_is_under_way(cell))
        open_traffic(cell);
    run_traffic(cell, FALSE);
    if (cell->traffic)
        begin_ns = MAX(begin_ns, sim_traffic_disk_free_ns(cell->traffic, host));
    gint64 end_ns = sim_time_add(begin_ns, read_ns);
    cell->read_until_ns[host] = end_ns;
    cell->loads_until_ns = MAX(cell->loads_until_ns, end_ns);
    if (cell->traffic)
        sim_traffic_hold_disk(cell->traffic, host, end_ns);
    return end_ns;
}

void model_epochs_fini(ModelCell *cell) { sim_traffic_free(cell->traffic); }
