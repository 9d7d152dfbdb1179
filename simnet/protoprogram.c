/* The program of a node of the protocol's world: it counts its work, and dies. */
#include "protoworld_priv.h"

#include <string.h>

enum { EXIT_STATUS = 7 };
#define START_NS      (20 * G_GINT64_CONSTANT(1000000)) /* mean */
#define CHECKPOINT_NS (40 * G_GINT64_CONSTANT(1000000))

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
            input = proto_input_new(node, IN_EVENT);
            input->event = (PpEvent){.kind = PP_EVENT_ENDED,
                                     .job = world->job,
                                     .term = process->term,
                                     .status = death->by_signal ? 11 : EXIT_STATUS,
                                     .by_signal = !death->by_itself || death->by_signal};
            proto_input_schedule(input, proto_below(&world->run, START_NS / 10));
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
void proto_program_kill(ProtoNode *node)
{
    if (node->process.alive)
        die_after(node, proto_below(&node->world->run, node->world->spec->config.kill_ns * 9 / 10), FALSE,
                  FALSE);
}

static void fence_fires(gpointer data)
{
    ProtoNode *node = data;

    if (!node->process.alive)
        return;
    proto_say(node->world, node, "the fence kills the process of term %" G_GUINT64_FORMAT,
              node->process.term);
    proto_program_kill(node);
}

void proto_program_fence(ProtoNode *node, gint64 until_local_ns)
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

void proto_program_start(ProtoNode *node, const PpAction *action)
{
    ProtoWorld *world = node->world;
    ProtoProcess *process = &node->process;
    ProtoInput *input = proto_input_new(node, IN_EVENT);

    proto_judge_start(world, node, action);
    process->alive = TRUE;
    process->life++;
    process->term = action->term;
    process->progress_ns = action->image.epoch ? image_progress(&action->image) : 0;
    process->since_ns = sim_engine_now(world->engine) + proto_below(&world->run, 2 * START_NS);
    die_after(node,
              process->since_ns - sim_engine_now(world->engine) +
                  MAX(world->spec->work_ns - process->progress_ns, 1),
              TRUE, FALSE);
    world->outcome->primaries++;
    proto_say(world, node, "process of term %" G_GUINT64_FORMAT " starts from epoch %" G_GUINT64_FORMAT
                           ", %.3f s of work done",
              action->term, action->image.epoch, (double)process->progress_ns / 1e9);
    input->event = (PpEvent){.kind = PP_EVENT_STARTED, .job = world->job, .term = action->term};
    proto_input_schedule(input, process->since_ns - sim_engine_now(world->engine));
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
    input = proto_input_new(node, IN_EVENT);
    event = &input->event;
    *event = (PpEvent){.kind = node->bad ? PP_EVENT_NO_IMAGES : PP_EVENT_IMAGES,
                       .job = world->job,
                       .term = node->process.term};
    for (guint16 i = 0; !node->bad && i < world->spec->n_classes + (world->spec->files ? 1 : 0); i++) {
        PpImage *image = &event->images[event->n_images++];
        ProtoDiskImage made = {.durable = TRUE};
        guint64 mark = c->epoch << 32 | (guint64)i << 16 | (node->process.term & 0xffff);
        *image = (PpImage){
            .epoch = c->epoch, .term = node->process.term, .bytes = 1000,
            .class_id = i < world->spec->n_classes ? i : PP_FILES_CLASS};
        memcpy(image->hash, &c->progress_ns, 8);
        memcpy(image->hash + 8, &mark, 8);
        made.image = *image;
        proto_disk_remove(node, image);
        g_array_append_val(node->disk, made);
    }
    proto_input_schedule(input, 1);
    g_free(c);
}

void proto_program_checkpoint(ProtoNode *node, guint64 epoch)
{
    Checkpoint *c;

    if (!node->process.alive)
        return;
    c = g_new(Checkpoint, 1);
    *c = (Checkpoint){node, node->process.life, epoch, MAX(progress(node), 0)};
    sim_engine_after(node->world->engine, proto_below(&node->world->run, 2 * CHECKPOINT_NS),
                     SIM_PRIORITY_NORMAL, images_made, c);
}

void proto_program_dies(ProtoNode *node)
{
    if (node->process.alive)
        die_after(node, 0, TRUE, TRUE);
}

void proto_program_gone(ProtoNode *node)
{
    if (node->process.alive)
        die_after(node, 0, FALSE, FALSE);
}
