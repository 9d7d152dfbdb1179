/* A node of the protocol's world: clock, disk, network and process around a PpNode. */
#include "protoworld_priv.h"

#include <string.h>

enum { SLOW_FACTOR = 50, EXIT_STATUS = 7 };
#define START_NS      (20 * G_GINT64_CONSTANT(1000000)) /* mean */
#define CHECKPOINT_NS (40 * G_GINT64_CONSTANT(1000000))
#define JOIN_AGAIN_NS (1000 * G_GINT64_CONSTANT(1000000))
#define HELD_NS       (4000 * G_GINT64_CONSTANT(1000000))
#define TAIL_NS       (500 * G_GINT64_CONSTANT(1000000))

typedef enum InputKind { IN_MESSAGE, IN_DONE, IN_EVENT } InputKind;

typedef struct ProtoInput { /* on its way to a node's core */
    InputKind kind;
    ProtoNode *node;
    guint64 life; /* that it is for; messages are for whoever is there */
    guint32 from;
    GBytes *bytes;
    guint64 token;
    gboolean ok;
    PpActionKind disk; /* IN_DONE: what is done */
    PpImage image;
    guint32 peer;
    PpEvent event;
    guint64 process;
} ProtoInput;

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
static gint64 below(SimStream *stream, gint64 limit_ns)
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

static void remove_image(ProtoNode *node, const PpImage *image)
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

static void schedule(ProtoInput *input, gint64 delay_ns)
{
    sim_engine_after(input->node->world->engine, MAX(delay_ns, 1), SIM_PRIORITY_NORMAL, arrive,
                     input);
}

static ProtoInput *input_new(ProtoNode *node, InputKind kind)
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
        ProtoInput *input = input_new(&world->node[action->peer - 1], IN_MESSAGE);
        gint64 delay = spec->delay_ns / 2 + drawn(&world->net, spec->delay_ns / 2);
        if (sim_stream_unit(&world->net) < spec->tail)
            delay += below(&world->net, TAIL_NS);
        if (held_ns)
            delay += below(&world->net, held_ns);
        input->from = node->self.node;
        input->bytes = g_bytes_ref(action->bytes);
        schedule(input, delay);
    }
}

/* ---- the process ---- */

typedef struct Death {
    ProtoNode *node;
    guint64 life;
    gboolean by_itself; /* exit, not a kill */
    gboolean by_signal;
} Death;

static gint64 progress(const ProtoNode *node)
{
    return node->process.progress_ns + sim_engine_now(node->world->engine) -
           node->process.since_ns;
}

static void die(gpointer data)
{
    Death *death = data;
    ProtoNode *node = death->node;
    ProtoWorld *world = node->world;
    ProtoProcess *process = &node->process;
    ProtoInput *input;

    if (process->alive && process->life == death->life) {
        process->alive = FALSE;
        sim_engine_cancel(world->engine, process->fence);
        if (death->by_itself && !death->by_signal)
            g_hash_table_add(world->ended, GSIZE_TO_POINTER((gsize)process->term));
        proto_say(world, node, "process of term %" G_GUINT64_FORMAT " %s after %.3f s of work",
                  process->term,
                  !death->by_itself  ? "is killed"
                  : death->by_signal ? "dies"
                                     : "ends",
                  (double)progress(node) / 1e9);
        if (node->core) {
            input = input_new(node, IN_EVENT);
            input->event = (PpEvent){.kind = PP_EVENT_ENDED,
                                     .job = world->job,
                                     .term = process->term,
                                     .status = death->by_signal ? 11 : EXIT_STATUS,
                                     .by_signal = !death->by_itself || death->by_signal};
            schedule(input, below(&world->run, START_NS / 10));
        }
    }
    g_free(death);
}

static void die_after(ProtoNode *node, gint64 delay_ns, gboolean by_itself, gboolean by_signal)
{
    Death *death = g_new(Death, 1);

    *death = (Death){node, node->process.life, by_itself, by_signal};
    sim_engine_after(node->world->engine, delay_ns, SIM_PRIORITY_NORMAL, die, death);
}

/* A kill is done within kill_ns of the slowest clock. */
static void kill_process(ProtoNode *node)
{
    if (node->process.alive)
        die_after(node, below(&node->world->run, node->world->spec->config.kill_ns * 9 / 10), FALSE,
                  FALSE);
}

static void fence_fires(gpointer data)
{
    ProtoNode *node = data;

    if (!node->process.alive)
        return;
    proto_say(node->world, node, "the fence kills the process of term %" G_GUINT64_FORMAT,
              node->process.term);
    kill_process(node);
}

static void fence(ProtoNode *node, gint64 until_local_ns)
{
    ProtoProcess *process = &node->process;
    gint64 left = until_local_ns - proto_node_now(node);
    /* Its own clock, and not later than that. */
    gint64 at = left - left / 1000 * node->ppm / 1000;

    sim_engine_cancel(node->world->engine, process->fence);
    process->fence_local_ns = until_local_ns;
    process->fence = sim_engine_after(node->world->engine, MAX(at, 0), SIM_PRIORITY_NORMAL,
                                      fence_fires, node);
}

static gint64 image_progress(const PpImage *image)
{
    gint64 ns;

    memcpy(&ns, image->hash, sizeof ns);
    return ns;
}

static void start(ProtoNode *node, const PpAction *action)
{
    ProtoWorld *world = node->world;
    ProtoProcess *process = &node->process;
    ProtoInput *input = input_new(node, IN_EVENT);

    proto_judge_start(world, node, action);
    process->alive = TRUE;
    process->life++;
    process->term = action->term;
    process->progress_ns = action->image.epoch ? image_progress(&action->image) : 0;
    process->since_ns = sim_engine_now(world->engine) + below(&world->run, 2 * START_NS);
    die_after(node,
              process->since_ns - sim_engine_now(world->engine) +
                  MAX(world->spec->work_ns - process->progress_ns, 1),
              TRUE, FALSE);
    world->outcome->primaries++;
    proto_say(world, node, "process of term %" G_GUINT64_FORMAT " starts from epoch %" G_GUINT64_FORMAT
                           ", %.3f s of work done",
              action->term, action->image.epoch, (double)process->progress_ns / 1e9);
    input->event = (PpEvent){.kind = PP_EVENT_STARTED, .job = world->job, .term = action->term};
    schedule(input, process->since_ns - sim_engine_now(world->engine));
}

typedef struct Checkpoint {
    ProtoNode *node;
    guint64 life, epoch;
    gint64 progress_ns;
} Checkpoint;

static void images_made(gpointer data)
{
    Checkpoint *c = data;
    ProtoNode *node = c->node;
    ProtoWorld *world = node->world;
    ProtoInput *input;
    PpEvent *event;

    if (!node->process.alive || node->process.life != c->life || !node->core) {
        g_free(c);
        return;
    }
    input = input_new(node, IN_EVENT);
    event = &input->event;
    *event = (PpEvent){.kind = node->bad ? PP_EVENT_NO_IMAGES : PP_EVENT_IMAGES,
                       .job = world->job,
                       .term = node->process.term};
    for (guint16 i = 0; !node->bad && i < world->spec->n_classes; i++) {
        PpImage *image = &event->images[event->n_images++];
        ProtoDiskImage made = {.durable = TRUE};
        guint64 mark = c->epoch << 32 | (guint64)i << 16 | (node->process.term & 0xffff);
        *image = (PpImage){
            .epoch = c->epoch, .term = node->process.term, .class_id = i, .bytes = 1000};
        memcpy(image->hash, &c->progress_ns, 8);
        memcpy(image->hash + 8, &mark, 8);
        made.image = *image;
        remove_image(node, image);
        g_array_append_val(node->disk, made);
    }
    schedule(input, 1);
    g_free(c);
}

static void checkpoint(ProtoNode *node, guint64 epoch)
{
    Checkpoint *c;

    if (!node->process.alive)
        return;
    c = g_new(Checkpoint, 1);
    *c = (Checkpoint){node, node->process.life, epoch, MAX(progress(node), 0)};
    sim_engine_after(node->world->engine, below(&node->world->run, 2 * CHECKPOINT_NS),
                     SIM_PRIORITY_NORMAL, images_made, c);
}

void proto_node_program_dies(ProtoNode *node)
{
    if (node->process.alive)
        die_after(node, 0, TRUE, TRUE);
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
    ProtoInput *input = input_new(node, IN_DONE);
    gint64 delay = disk_time(node);

    input->token = action->token;
    input->disk = action->kind;
    input->image = action->image;
    if (action->kind == PP_FETCH) {
        input->peer = action->peer <= node->world->spec->n_nodes ? action->peer : 0;
        delay += below(&node->world->net, 2 * node->world->spec->fetch_ns);
    }
    if (action->kind == PP_SAVE) {
        g_clear_pointer(&node->saving, g_bytes_unref);
        node->saving = g_bytes_ref(action->bytes);
    }
    schedule(input, delay);
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
        remove_image(node, &action->image);
        break;
    case PP_START:
        node->next_epoch = action->next_epoch;
        start(node, action);
        break;
    case PP_FENCE:
        fence(node, action->until_ns);
        break;
    case PP_CHECKPOINT:
        checkpoint(node, node->next_epoch++);
        break;
    case PP_KILL:
        kill_process(node);
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
        die_after(node, 0, FALSE, FALSE);
    else
        kill_process(node);
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
