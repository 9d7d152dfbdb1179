/* The world of the protocol: its nodes, its faults, and the judge. */
#include "protoworld_priv.h"

#include <stdarg.h>
#include <string.h>

enum { MAX_EVENTS = 200000 }; /* a hundred times what a run needs */
#define JOIN_NS G_GINT64_CONSTANT(500000000) /* when the late ones come */

static const struct {
    const char *name;
    gboolean ends; /* has an end at until_ns */
} faults[PROTO_N_FAULTS] = {
    [PROTO_CRASH] = {"crash", TRUE},         [PROTO_AGENT] = {"agent", TRUE},
    [PROTO_PAUSE] = {"pause", TRUE},         [PROTO_PARTITION] = {"partition", TRUE},
    [PROTO_ONE_WAY] = {"one-way", TRUE},     [PROTO_SLOW_DISK] = {"slow-disk", TRUE},
    [PROTO_BAD_DISK] = {"bad-disk", TRUE},   [PROTO_WIPE] = {"wipe", TRUE},
    [PROTO_DIE] = {"die", FALSE},            [PROTO_PROGRAM] = {"program", FALSE},
};

const char *proto_fault_name(ProtoFaultKind kind) { return faults[kind].name; }

void proto_say(ProtoWorld *world, const ProtoNode *node, const char *format, ...)
{
    g_autofree char *text = NULL, *line = NULL;
    va_list ap;

    if (!world->spec->trace)
        return;
    va_start(ap, format);
    text = g_strdup_vprintf(format, ap);
    va_end(ap);
    line = g_strdup_printf("%10.6f  %s%.0d: %s", (double)sim_engine_now(world->engine) / 1e9,
                           node ? "node " : "world", node ? (int)node->self.node : 0, text);
    world->spec->trace(line, world->spec->trace_data);
}

void proto_violation(ProtoWorld *world, const char *format, ...)
{
    va_list ap;

    if (*world->outcome->violation)
        return;
    va_start(ap, format);
    g_vsnprintf(world->outcome->violation, sizeof world->outcome->violation, format, ap);
    va_end(ap);
    proto_say(world, NULL, "VIOLATION: %s", world->outcome->violation);
}

/* ---- the judge ---- */

/* Whether that epoch must still be there: of one of its classes not all holders are lost. */
static gboolean must_exist(const ProtoCommitted *c)
{
    for (guint i = 0; i < c->epoch.n_classes; i++) {
        const PpHeld *held = &c->epoch.classes[i];
        guint left = 0;
        for (guint h = 0; h < held->n_holders; h++)
            left += (c->lost >> (held->holders[h] - 1) & 1) ? 0 : 1;
        if (left > 0)
            return TRUE;
    }
    return FALSE;
}

static const PpHeld *find_made(const ProtoWorld *world, const PpImage *image)
{
    for (guint i = 0; i < world->committed->len; i++) {
        const PpEpoch *epoch = &g_array_index(world->committed, ProtoCommitted, i).epoch;
        for (guint k = 0; k < epoch->n_classes; k++)
            if (memcmp(epoch->classes[k].image.hash, image->hash, sizeof image->hash) == 0)
                return &epoch->classes[k];
    }
    return NULL;
}

static gboolean is_on_disk(const ProtoNode *node, const PpImage *image, gboolean durable)
{
    for (guint i = 0; i < node->disk->len; i++) {
        const ProtoDiskImage *on = &g_array_index(node->disk, ProtoDiskImage, i);
        if (memcmp(on->image.hash, image->hash, sizeof image->hash) == 0 &&
            (on->durable || !durable))
            return TRUE;
    }
    return FALSE;
}

void proto_judge_start(ProtoWorld *world, ProtoNode *node, const PpAction *action)
{
    const ProtoCommitted *newest = NULL;

    for (guint i = 0; i < world->spec->n_nodes; i++)
        if (world->node[i].process.alive)
            proto_violation(world,
                            "node %u starts the process of term %" G_GUINT64_FORMAT
                            " while node %u has one of term %" G_GUINT64_FORMAT,
                            node->self.node, action->term, i + 1, world->node[i].process.term);
    if (world->told)
        proto_violation(world, "node %u starts a job that is over", node->self.node);
    for (guint i = 0; i < world->committed->len; i++) {
        const ProtoCommitted *c = &g_array_index(world->committed, ProtoCommitted, i);
        if ((!newest || c->epoch.epoch > newest->epoch.epoch) && must_exist(c))
            newest = c;
    }
    if (newest && action->image.epoch < newest->epoch.epoch)
        proto_violation(world,
                        "node %u goes on from epoch %" G_GUINT64_FORMAT ", but %" G_GUINT64_FORMAT
                        " was committed",
                        node->self.node, action->image.epoch, newest->epoch.epoch);
    if (action->image.epoch && !is_on_disk(node, &action->image, FALSE))
        proto_violation(world, "node %u goes on from an image that it does not have",
                        node->self.node);
    if (action->image.class_id == PP_FILES_CLASS)
        proto_violation(world, "node %u goes on from files alone", node->self.node);
    if (world->spec->files && action->image.epoch &&
        (action->files.epoch != action->image.epoch || action->files.term != action->image.term ||
         !is_on_disk(node, &action->files, FALSE)))
        proto_violation(world, "node %u goes on without the files of epoch %" G_GUINT64_FORMAT,
                        node->self.node, action->image.epoch);
    if (action->image.epoch && newest && action->image.epoch == newest->epoch.epoch &&
        !find_made(world, &action->image))
        proto_violation(world, "node %u goes on from another epoch %" G_GUINT64_FORMAT,
                        node->self.node, action->image.epoch);
}

/* An agent that was stopped may tell late what was decided long ago: its images may have made place for
 * a later epoch's, or be gone with the job's end. */
static gboolean is_superseded(const ProtoWorld *world, const PpEpoch *epoch)
{
    if (world->told)
        return TRUE;
    for (guint i = 0; i < world->committed->len; i++)
        if (g_array_index(world->committed, ProtoCommitted, i).epoch.epoch > epoch->epoch)
            return TRUE;
    return FALSE;
}

static void judge_commit(ProtoWorld *world, ProtoNode *node, const PpEpoch *epoch)
{
    ProtoCommitted committed = {.epoch = *epoch};

    world->outcome->committed++;
    if (is_superseded(world, epoch))
        return;
    for (guint i = 0; i < epoch->n_classes; i++) {
        const PpHeld *held = &epoch->classes[i];
        for (guint h = 0; h < held->n_holders; h++) {
            ProtoNode *holder = &world->node[held->holders[h] - 1];
            if (holder == node)
                proto_violation(world, "the primary counts as a holder");
            if (is_on_disk(holder, &held->image, TRUE))
                continue;
            committed.lost |= 1u << holder->index;
            if (!holder->lost)
                proto_violation(world,
                                "epoch %" G_GUINT64_FORMAT
                                " is committed, class %u is not durable on node %u",
                                epoch->epoch, held->image.class_id, holder->self.node);
        }
        if (held->n_holders < MIN(world->spec->replicas, 1))
            proto_violation(world, "epoch %" G_GUINT64_FORMAT " is committed without holders",
                            epoch->epoch);
    }
    g_array_append_val(world->committed, committed);
}

static void judge_finish(ProtoWorld *world, ProtoNode *node, const PpAction *action)
{
    if (world->told && world->finish_term != action->term)
        proto_violation(world,
                        "finished by term %" G_GUINT64_FORMAT " and by term %" G_GUINT64_FORMAT,
                        world->finish_term, action->term);
    if (!g_hash_table_contains(world->ended, GSIZE_TO_POINTER((gsize)action->term)))
        proto_violation(world, "finished by term %" G_GUINT64_FORMAT ", whose process did not end",
                        action->term);
    for (guint i = 0; i < world->spec->n_nodes; i++)
        if (world->node[i].process.alive)
            proto_violation(world, "the job is over, and node %u still runs it", i + 1);
    world->told = TRUE;
    world->finish_term = action->term;
    world->told_by |= 1u << node->index;
}

void proto_judge_save(ProtoWorld *world, ProtoNode *node)
{
    PpJobStatus status;

    pp_node_status(node->core, proto_node_now(node), 0, &status);
    if (status.term < node->term)
        proto_violation(world, "node %u goes back from term %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
                        node->self.node, node->term, status.term);
    if (pp_version_compare(status.record->version, node->version) < 0)
        proto_violation(world, "node %u goes back to an older record", node->self.node);
    node->term = status.term;
    node->version = status.record->version;
}

static void judge_one_per_term(ProtoWorld *world, GHashTable *of_term, const char *what,
                               ProtoNode *node, guint64 term)
{
    gpointer key = GSIZE_TO_POINTER((gsize)term), before = g_hash_table_lookup(of_term, key);

    if (before && before != node)
        proto_violation(world, "two %s in term %" G_GUINT64_FORMAT, what, term);
    g_hash_table_insert(of_term, key, node);
}

void proto_judge_notice(ProtoWorld *world, ProtoNode *node, const PpAction *action)
{
    switch (action->notice) {
    case PP_NOTICE_ELECTED:
        judge_one_per_term(world, world->leader, "leaders", node, action->term);
        break;
    case PP_NOTICE_PRIMARY:
        judge_one_per_term(world, world->primary, "primaries", node, action->term);
        break;
    case PP_NOTICE_COMMITTED:
        proto_say(world, node, "epoch %" G_GUINT64_FORMAT " of term %" G_GUINT64_FORMAT
                               " is told to be committed", action->epoch.epoch, action->epoch.term);
        judge_commit(world, node, &action->epoch);
        break;
    case PP_NOTICE_FINISHED:
        judge_finish(world, node, action);
        break;
    case PP_NOTICE_ABANDONED:
    case PP_NOTICE_WAITING:
    case PP_NOTICE_OLDER:
    case PP_NOTICE_SUSPECT:
        break;
    }
}

/* ---- faults ---- */

typedef struct FaultEvent {
    ProtoWorld *world;
    guint index; /* of spec->faults */
    gboolean is_end;
} FaultEvent;

static void lose(ProtoWorld *world, ProtoNode *node)
{
    node->lost = TRUE;
    for (guint i = 0; i < world->committed->len; i++)
        g_array_index(world->committed, ProtoCommitted, i).lost |= 1u << node->index;
}

static void cut(ProtoWorld *world, guint32 nodes, gboolean both, gboolean heal)
{
    for (guint a = 0; a < world->spec->n_nodes; a++)
        for (guint b = 0; b < world->spec->n_nodes; b++)
            if ((nodes >> a & 1) != (nodes >> b & 1) && (both || (nodes >> a & 1)))
                world->cut[a][b] += heal ? -1u : 1u;
}

static void fault_one(ProtoWorld *world, ProtoNode *node, ProtoFaultKind kind)
{
    switch (kind) {
    case PROTO_CRASH:
        proto_node_crash(node, TRUE);
        break;
    case PROTO_AGENT:
        proto_node_crash(node, FALSE);
        break;
    case PROTO_PAUSE:
        proto_node_pause(node, TRUE);
        break;
    case PROTO_WIPE:
        proto_node_crash(node, TRUE);
        lose(world, node);
        proto_node_wipe(node);
        break;
    case PROTO_DIE:
        proto_node_crash(node, TRUE);
        lose(world, node);
        node->dead = TRUE;
        break;
    case PROTO_PROGRAM:
        proto_program_dies(node);
        break;
    default:
        node->slow += kind == PROTO_SLOW_DISK ? 1 : 0;
        node->bad += kind == PROTO_BAD_DISK ? 1 : 0;
        break;
    }
}

static void heal_one(ProtoWorld *world, ProtoNode *node, ProtoFaultKind kind)
{
    guint32 peer = (guint32)(node->index + 1) % world->spec->n_nodes + 1;

    switch (kind) {
    case PROTO_PAUSE:
        proto_node_pause(node, FALSE);
        break;
    case PROTO_WIPE:
        proto_node_up(node, FALSE);
        proto_node_join(node, peer);
        break;
    case PROTO_CRASH:
    case PROTO_AGENT:
        proto_node_up(node, FALSE);
        break;
    default:
        node->slow -= kind == PROTO_SLOW_DISK ? 1 : 0;
        node->bad -= kind == PROTO_BAD_DISK ? 1 : 0;
        break;
    }
}

/* Whose process runs; else who leads; else the first. */
static guint primary_index(const ProtoWorld *world)
{
    guint leader = 0;

    for (guint i = 0; i < world->spec->n_nodes; i++) {
        const ProtoNode *node = &world->node[i];
        PpJobStatus status;
        if (node->process.alive)
            return i;
        if (!node->core || pp_node_n_jobs(node->core) == 0)
            continue;
        pp_node_status(node->core, proto_node_now(node), 0, &status);
        if (status.leader == node->self.node)
            leader = i;
    }
    return leader;
}

static void fault_fires(gpointer data)
{
    FaultEvent *event = data;
    ProtoWorld *world = event->world;
    const ProtoFault *fault = &world->spec->faults[event->index];
    gboolean heal = event->is_end;
    guint32 nodes;

    if (!heal)
        world->struck[event->index] = fault->nodes ? fault->nodes : 1u << primary_index(world);
    nodes = world->struck[event->index];
    proto_say(world, NULL, "%s of nodes 0x%x %s", faults[fault->kind].name, nodes,
              heal ? "ends" : "begins");
    if (fault->kind == PROTO_PARTITION || fault->kind == PROTO_ONE_WAY)
        cut(world, nodes, fault->kind == PROTO_PARTITION, heal);
    for (guint i = 0; i < world->spec->n_nodes; i++) {
        if (!(nodes >> i & 1))
            continue;
        if (heal)
            heal_one(world, &world->node[i], fault->kind);
        else
            fault_one(world, &world->node[i], fault->kind);
    }
    g_free(event);
}

static void plan_fault(ProtoWorld *world, guint index, gboolean is_end)
{
    const ProtoFault *fault = &world->spec->faults[index];
    FaultEvent *event = g_new(FaultEvent, 1);

    *event = (FaultEvent){world, index, is_end};
    sim_engine_at(world->engine, is_end ? fault->until_ns : fault->at_ns, SIM_PRIORITY_FAULT,
                  fault_fires, event);
}

/* ---- the operator ---- */

static void join_late(gpointer data)
{
    ProtoNode *node = data;

    proto_say(node->world, node, "asks to be taken in");
    proto_node_join(node, 1);
}

static void move(gpointer data)
{
    ProtoWorld *world = data;
    guint32 target = 1 + (guint32)sim_stream_below(&world->run, world->spec->n_nodes);

    for (guint i = 0; i < world->spec->n_nodes; i++) {
        ProtoNode *node = &world->node[i];
        if (!node->core || node->paused)
            continue;
        if (pp_node_request(node->core, proto_node_now(node), world->job, PP_REQUEST_MOVE, target))
            proto_say(world, node, "the operator moves the job to node %u", target);
        proto_node_act(node);
    }
}

/* ---- a run ---- */

static void world_init(ProtoWorld *world, const ProtoWorldSpec *spec, ProtoOutcome *outcome)
{
    SimStream draw;

    *world = (ProtoWorld){.spec = spec, .outcome = outcome, .job = {spec->seed, 1}};
    *outcome = (ProtoOutcome){.violation = ""};
    world->engine = sim_engine_new();
    sim_stream_init(&world->net, spec->seed, "proto.net", 0);
    sim_stream_init(&world->disk, spec->seed, "proto.disk", 0);
    sim_stream_init(&world->run, spec->seed, "proto.run", 0);
    sim_stream_init(&draw, spec->seed, "proto.nodes", 0);
    world->committed = g_array_new(FALSE, TRUE, sizeof(ProtoCommitted));
    world->ended = g_hash_table_new(NULL, NULL);
    world->primary = g_hash_table_new(NULL, NULL);
    world->leader = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < spec->n_nodes; i++) {
        ProtoNode *node = &world->node[i];
        *node = (ProtoNode){.world = world, .index = i};
        node->self = (PpMember){.node = i + 1, .incarnation = 1};
        node->self.class_id = (guint16)(i % spec->n_classes);
        g_strlcpy(node->self.arch, "sim", sizeof node->self.arch);
        node->disk = g_array_new(FALSE, TRUE, sizeof(ProtoDiskImage));
        g_queue_init(&node->inbox);
        node->ppm = (gint64)sim_stream_below(&draw, 2 * (guint64)spec->clock_ppm + 1) -
                    spec->clock_ppm;
        node->offset_ns = (gint64)sim_stream_below(&draw, G_GUINT64_CONSTANT(1) << 40);
    }
}

static void world_begin(ProtoWorld *world)
{
    const ProtoWorldSpec *spec = world->spec;
    PpRecord record = {.replicas = spec->replicas,
                       .keep = spec->keep,
                       .checkpoint_ns = spec->checkpoint_ns};

    for (guint i = 0; i < spec->n_nodes; i++) {
        proto_node_up(&world->node[i], TRUE);
        if (i + spec->late < spec->n_nodes)
            record.members[record.n_members++] = world->node[i].self;
        else
            sim_engine_after(world->engine, JOIN_NS * (i + 1), SIM_PRIORITY_NORMAL, join_late,
                             &world->node[i]);
    }
    if (!pp_node_create(world->node[0].core, proto_node_now(&world->node[0]), world->job, &record,
                        (const guint8 *)"spec", 4))
        proto_violation(world, "the job cannot be created");
    proto_node_act(&world->node[0]);
    for (guint i = 0; i < spec->n_faults; i++) {
        plan_fault(world, i, FALSE);
        if (faults[spec->faults[i].kind].ends)
            plan_fault(world, i, TRUE);
    }
    if (spec->move_ns > 0)
        sim_engine_at(world->engine, spec->move_ns, SIM_PRIORITY_NORMAL, move, world);
}

/* The judge waits until all that are up know of the end. */
static gboolean all_know(const ProtoWorld *world)
{
    for (guint i = 0; i < world->spec->n_nodes; i++)
        if (!world->node[i].dead && !(world->told_by >> i & 1))
            return FALSE;
    return TRUE;
}

static void world_end(ProtoWorld *world)
{
    for (guint i = 0; i < world->spec->n_nodes; i++) {
        g_clear_pointer(&world->node[i].core, pp_node_free);
        world->node[i].dead = TRUE; /* nothing comes up again while the rest runs out */
        world->node[i].process.alive = FALSE;
    }
    while (sim_engine_step(world->engine))
        ; /* everything on its way frees itself */
    for (guint i = 0; i < world->spec->n_nodes; i++)
        proto_node_fini(&world->node[i]);
    g_array_unref(world->committed);
    g_hash_table_unref(world->ended);
    g_hash_table_unref(world->primary);
    g_hash_table_unref(world->leader);
    sim_engine_free(world->engine);
}

void proto_world_run(const ProtoWorldSpec *spec, ProtoOutcome *outcome)
{
    ProtoWorld world;

    world_init(&world, spec, outcome);
    world_begin(&world);
    while (!*outcome->violation && !(world.told && all_know(&world)) &&
           sim_engine_now(world.engine) < spec->limit_ns && sim_engine_step(world.engine))
        if (sim_engine_n_run(world.engine) > MAX_EVENTS)
            proto_violation(&world, "no end: %u events", MAX_EVENTS);
    outcome->finished = world.told;
    outcome->end_ns = sim_engine_now(world.engine);
    outcome->events = sim_engine_n_run(world.engine);
    if (!*outcome->violation && !world.told)
        proto_violation(&world, "not finished at %.1f s, faults stopped at %.1f s",
                        (double)outcome->end_ns / 1e9, (double)spec->calm_ns / 1e9);
    else if (!*outcome->violation && !all_know(&world))
        proto_violation(&world, "finished, but at %.1f s nodes 0x%x alone know it",
                        (double)outcome->end_ns / 1e9, world.told_by);
    world_end(&world);
}
