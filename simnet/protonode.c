/* A node of the protocol's world: clock, disk, network and process around a PpNode. */
#include "protoworld_priv.h"

#include <string.h>

enum { SLOW_FACTOR = 50 };
#define JOIN_AGAIN_NS (1000 * G_GINT64_CONSTANT(1000000))
#define HELD_NS       (4000 * G_GINT64_CONSTANT(1000000))
#define TAIL_NS       (500 * G_GINT64_CONSTANT(1000000))

static void input_free(ProtoInput *input)
{
    if (input->bytes)
        g_bytes_unref(input->bytes);
    g_free(input);
}

/* ---- clock ---- */

gint64 proto_node_now(const ProtoNode *node)
{
    gint64 now = sim_engine_now(node->world->engine);

    return node->offset_ns + now + now / 1000 * node->ppm / 1000;
}

/* True time at which its clock shows local_ns, or a little later. */
static gint64 true_time(const ProtoNode *node, gint64 local_ns)
{
    gint64 now = sim_engine_now(node->world->engine), left = local_ns - proto_node_now(node);

    if (left <= 0)
        return now;
    return now + left - left / 1000 * node->ppm / 1000 + left / 100000 + 2000;
}

static gint64 drawn(SimStream *stream, gint64 mean_ns)
{
    return (gint64)MIN(sim_stream_exponential(stream, (double)mean_ns), 1e12);
}

/* A time of at most limit_ns, never 0. */
gint64 proto_below(SimStream *stream, gint64 limit_ns)
{
    return 1 + (gint64)sim_stream_below(stream, (guint64)MAX(limit_ns, 1));
}

/* ---- disk ---- */

static ProtoDiskImage *find_image(const ProtoNode *node, const PpImage *image)
{
    for (guint i = 0; i < node->disk->len; i++) {
        ProtoDiskImage *on = &g_array_index(node->disk, ProtoDiskImage, i);
        if (on->image.epoch == image->epoch && on->image.term == image->term &&
            on->image.class_id == image->class_id)
            return on;
    }
    return NULL;
}

void proto_disk_remove(ProtoNode *node, const PpImage *image)
{
    ProtoDiskImage *on = find_image(node, image);

    if (on)
        g_array_remove_index(node->disk, (guint)(on - (ProtoDiskImage *)(void *)node->disk->data));
}

static gint64 disk_time(ProtoNode *node)
{
    gint64 ns = 1 + drawn(&node->world->disk, node->world->spec->disk_ns);

    return node->slow ? ns * SLOW_FACTOR : ns;
}

/* ---- the core's inputs ---- */

/* Whether the image can be had from there, now. */
static gboolean can_fetch(ProtoNode *node, const ProtoInput *input)
{
    ProtoWorld *world = node->world;
    ProtoNode *source;
    const ProtoDiskImage *on;

    if (input->peer == 0)
        return FALSE;
    source = &world->node[input->peer - 1];
    on = find_image(source, &input->image);
    return on && source->core && !source->paused &&
           memcmp(on->image.hash, input->image.hash, sizeof on->image.hash) == 0 &&
           world->cut[source->index][node->index] == 0 &&
           world->cut[node->index][source->index] == 0 &&
           sim_stream_unit(&world->net) > world->spec->loss;
}

/* What the operation has done to the disk, at its end. */
static void disk_done(ProtoNode *node, ProtoInput *input)
{
    ProtoDiskImage *on = find_image(node, &input->image);
    ProtoDiskImage fetched = {.image = input->image};

    input->ok = node->bad == 0;
    if (input->disk == PP_SAVE) {
        if (input->ok) {
            g_clear_pointer(&node->saved, g_bytes_unref);
            node->saved = g_steal_pointer(&node->saving);
        }
        g_clear_pointer(&node->saving, g_bytes_unref);
    } else if (input->disk == PP_SYNC) {
        input->ok = input->ok && on;
        if (input->ok)
            on->durable = TRUE;
    } else {
        input->ok = input->ok && can_fetch(node, input);
        if (input->ok && !on)
            g_array_append_val(node->disk, fetched);
    }
}

static void hand_in(ProtoNode *node, ProtoInput *input)
{
    gint64 now = proto_node_now(node);
    gsize n;
    const guint8 *bytes;

    switch (input->kind) {
    case IN_MESSAGE:
        bytes = g_bytes_get_data(input->bytes, &n);
        if (!pp_node_message(node->core, now, input->from, bytes, n))
            proto_violation(node->world, "node %u does not understand a message", node->self.node);
        break;
    case IN_DONE:
        pp_node_done(node->core, now, input->token, input->ok);
        break;
    case IN_EVENT:
        pp_node_event(node->core, now, &input->event);
        break;
    }
}

static void feed(ProtoNode *node, ProtoInput *input)
{
    if (node->core && node->paused) {
        g_queue_push_tail(&node->inbox, input);
        return;
    }
    if (node->core && (input->kind == IN_MESSAGE || input->life == node->life)) {
        hand_in(node, input);
        proto_node_act(node);
    }
    input_free(input);
}

/* ---- arrivals ---- */

static void arrive(gpointer data)
{
    ProtoInput *input = data;
    ProtoNode *node = input->node;
    ProtoWorld *world = node->world;

    if (input->kind == IN_MESSAGE && world->cut[input->from - 1][node->index] > 0) {
        input_free(input);
        return;
    }
    if (input->kind == IN_DONE && input->life == node->life)
        disk_done(node, input);
    feed(node, input);
}

void proto_input_schedule(ProtoInput *input, gint64 delay_ns)
{
    sim_engine_after(input->node->world->engine, MAX(delay_ns, 1), SIM_PRIORITY_NORMAL, arrive,
                     input);
}

ProtoInput *proto_input_new(ProtoNode *node, ProtoInputKind kind)
{
    ProtoInput *input = g_new0(ProtoInput, 1);

    input->kind = kind;
    input->node = node;
    input->life = node->life;
    return input;
}

static void send(ProtoNode *node, const PpAction *action)
{
    ProtoWorld *world = node->world;
    const ProtoWorldSpec *spec = world->spec;
    guint copies = 1;
    gint64 held_ns = 0;

    if (action->peer > spec->n_nodes || action->peer == node->self.node)
        return;
    if (sim_stream_unit(&world->net) < spec->loss)
        copies = 0;
    else if (sim_stream_unit(&world->net) < spec->dup)
        copies = 2;
    if (world->cut[node->index][action->peer - 1] > 0) {
        held_ns = HELD_NS; /* as TCP does: it is sent again and again until it gets through */
        copies = sim_stream_unit(&world->net) < spec->hold ? copies : 0;
    }
    for (; copies > 0; copies--) {
        ProtoInput *input = proto_input_new(&world->node[action->peer - 1], IN_MESSAGE);
        gint64 delay = spec->delay_ns / 2 + drawn(&world->net, spec->delay_ns / 2);
        if (sim_stream_unit(&world->net) < spec->tail)
            delay += proto_below(&world->net, TAIL_NS);
        if (held_ns)
            delay += proto_below(&world->net, held_ns);
        input->from = node->self.node;
        input->bytes = g_bytes_ref(action->bytes);
        proto_input_schedule(input, delay);
    }
}

/* ---- actions ---- */

static void tick(gpointer data)
{
    ProtoNode *node = data;

    node->tick = 0;
    if (!node->core || node->paused)
        return;
    pp_node_tick(node->core, proto_node_now(node));
    proto_node_act(node);
}

static void disk_action(ProtoNode *node, const PpAction *action)
{
    ProtoInput *input = proto_input_new(node, IN_DONE);
    gint64 delay = disk_time(node);

    input->token = action->token;
    input->disk = action->kind;
    input->image = action->image;
    if (action->kind == PP_FETCH) {
        input->peer = action->peer <= node->world->spec->n_nodes ? action->peer : 0;
        delay += proto_below(&node->world->net, 2 * node->world->spec->fetch_ns);
    }
    if (action->kind == PP_SAVE) {
        proto_judge_save(node->world, node);
        g_clear_pointer(&node->saving, g_bytes_unref);
        node->saving = g_bytes_ref(action->bytes);
    }
    proto_input_schedule(input, delay);
}

static void act(ProtoNode *node, const PpAction *action)
{
    switch (action->kind) {
    case PP_SEND:
        send(node, action);
        break;
    case PP_SAVE:
    case PP_FETCH:
    case PP_SYNC:
        disk_action(node, action);
        break;
    case PP_DROP:
        proto_disk_remove(node, &action->image);
        break;
    case PP_START:
        node->next_epoch = action->next_epoch;
        proto_program_start(node, action);
        break;
    case PP_FENCE:
        proto_program_fence(node, action->until_ns);
        break;
    case PP_CHECKPOINT:
        proto_program_checkpoint(node, node->next_epoch++);
        break;
    case PP_KILL:
        proto_program_kill(node);
        break;
    case PP_NOTIFY:
        proto_judge_notice(node->world, node, action);
        break;
    }
}

void proto_node_act(ProtoNode *node)
{
    PpAction action;
    gint64 wake;

    while (node->core && pp_node_next(node->core, &action)) {
        act(node, &action);
        pp_action_clear(&action);
    }
    if (!node->core || node->paused)
        return;
    wake = pp_node_wake_ns(node->core);
    if (node->tick && wake == node->tick_local_ns)
        return;
    sim_engine_cancel(node->world->engine, node->tick);
    node->tick = 0;
    node->tick_local_ns = wake;
    if (wake < G_MAXINT64)
        node->tick = sim_engine_at(node->world->engine, true_time(node, wake), SIM_PRIORITY_NORMAL,
                                   tick, node);
}

/* ---- up and down ---- */

static void on_trace(const char *text, gpointer data)
{
    ProtoNode *node = data;

    proto_say(node->world, node, "%s", text);
}

void proto_node_up(ProtoNode *node, gboolean first)
{
    g_autofree PpImage *images = NULL;
    guint n = 0;
    gsize bytes;
    const guint8 *saved;

    if (node->core || node->dead)
        return;
    node->paused = FALSE;
    node->term = 0;
    node->version = (PpVersion){0, 0};
    if (!first)
        proto_say(node->world, node, "is back");
    node->core = pp_node_new(&node->world->spec->config, &node->self, proto_node_now(node));
    if (node->world->spec->trace)
        pp_node_on_trace(node->core, on_trace, node);
    images = g_new0(PpImage, node->disk->len + 1);
    for (guint i = 0; i < node->disk->len; i++)
        images[n++] = g_array_index(node->disk, ProtoDiskImage, i).image;
    if (node->saved) {
        saved = g_bytes_get_data(node->saved, &bytes);
        if (!pp_node_restore(node->core, proto_node_now(node), saved, bytes, images, n))
            proto_violation(node->world, "node %u cannot read what it saved", node->self.node);
    } else if (node->join_peer) {
        proto_node_join(node, node->join_peer);
    }
    proto_node_act(node);
}

/* Whether it knows who is in the job. */
static gboolean knows_job(const ProtoNode *node)
{
    PpJobStatus status;

    if (pp_node_n_jobs(node->core) == 0)
        return FALSE;
    pp_node_status(node->core, proto_node_now(node), 0, &status);
    return status.record->n_members > 0;
}

static void join_again(gpointer data)
{
    ProtoNode *node = data;

    node->join = 0;
    if (!node->dead)
        proto_node_join(node, node->join_peer % node->world->spec->n_nodes + 1);
}

/* Asks one after the other, as long as nobody answers. */
void proto_node_join(ProtoNode *node, guint32 peer)
{
    node->join_peer = peer; /* as its configuration says: also after a crash */
    if (node->core && !node->paused) {
        if (knows_job(node))
            return;
        pp_node_join(node->core, proto_node_now(node), node->world->job, peer, node->self.class_id);
        proto_node_act(node);
    }
    sim_engine_cancel(node->world->engine, node->join);
    node->join = sim_engine_after(node->world->engine, JOIN_AGAIN_NS, SIM_PRIORITY_NORMAL,
                                  join_again, node);
}

static void drop_inbox(ProtoNode *node)
{
    for (ProtoInput *input; (input = g_queue_pop_head(&node->inbox)) != NULL;)
        input_free(input);
}

void proto_node_crash(ProtoNode *node, gboolean host)
{
    ProtoWorld *world = node->world;

    if (!node->core)
        return;
    proto_say(world, node, host ? "host crashes" : "agent is killed");
    node->life++;
    g_clear_pointer(&node->core, pp_node_free);
    sim_engine_cancel(world->engine, node->tick);
    node->tick = 0;
    drop_inbox(node);
    if (node->saving && sim_stream_unit(&world->disk) < 0.5) { /* the rename had reached the disk */
        g_clear_pointer(&node->saved, g_bytes_unref);
        node->saved = g_steal_pointer(&node->saving);
    }
    g_clear_pointer(&node->saving, g_bytes_unref);
    for (guint i = node->disk->len; i-- > 0;) { /* lost, torn (found by its checksum), or whole */
        ProtoDiskImage *on = &g_array_index(node->disk, ProtoDiskImage, i);
        if (!on->durable && sim_stream_unit(&world->disk) < 0.7)
            g_array_remove_index(node->disk, i);
        else
            on->durable = TRUE;
    }
    if (!node->process.alive)
        return;
    if (host)
        proto_program_gone(node);
    else
        proto_program_kill(node);
}

void proto_node_wipe(ProtoNode *node)
{
    g_clear_pointer(&node->saved, g_bytes_unref);
    g_array_set_size(node->disk, 0);
    node->self.incarnation++;
}

void proto_node_pause(ProtoNode *node, gboolean paused)
{
    ProtoInput *input;

    if (!node->core || node->paused == paused)
        return;
    proto_say(node->world, node, paused ? "agent is stopped" : "agent goes on");
    node->paused = paused;
    if (paused) {
        sim_engine_cancel(node->world->engine, node->tick);
        node->tick = 0;
        return;
    }
    while (node->core && !node->paused && (input = g_queue_pop_head(&node->inbox)) != NULL)
        feed(node, input);
    if (node->core) {
        pp_node_tick(node->core, proto_node_now(node));
        proto_node_act(node);
    }
}

void proto_node_fini(ProtoNode *node)
{
    g_clear_pointer(&node->core, pp_node_free);
    drop_inbox(node);
    g_clear_pointer(&node->saved, g_bytes_unref);
    g_clear_pointer(&node->saving, g_bytes_unref);
    g_array_unref(node->disk);
}
