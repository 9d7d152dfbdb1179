#include "sizes.h"

#include <string.h>

typedef struct SizesJob {
    SimJob job;
    const SimSizes *sizes;
    guint wanted; /* classes of this leg, one bit each */
} SizesJob;

const SimSizesArch *sim_sizes_arch(const SimSizes *sizes, const char *arch)
{
    for (guint a = 0; a < PR_N_ARCHES; a++)
        if (strcmp(pr_arches[a].name, arch) == 0)
            return sizes->arch[a].cls >= 0 ? &sizes->arch[a] : NULL;
    return NULL;
}

static const SimSizes *sizes_of(const SimJob *job)
{
    return ((const SizesJob *)(gconstpointer)job)->sizes;
}

static gint class_of(SimJob *job, const char *arch)
{
    const SimSizesArch *row = sim_sizes_arch(sizes_of(job), arch);
    return row ? row->cls : -1;
}

static gboolean start(SimJob *job, const SimJobLeg *leg, SimJobOutcome *outcome,
                      gint64 *real_load_ns, GError **error)
{
    (void)real_load_ns, (void)error;
    SizesJob *self = (SizesJob *)(gpointer)job;
    g_auto(GStrv) classes = g_strsplit(leg->classes, ",", -1);
    self->wanted = 0;
    for (guint i = 0; classes[i] && *classes[i]; i++)
        self->wanted |= 1u << class_of(job, classes[i]);
    *outcome = leg->fault && !leg->fault_epoch ? SIM_JOB_FAULT : SIM_JOB_IMAGES;
    return TRUE;
}

static gboolean checkpoint(SimJob *job, guint64 epoch, gboolean fire, SimJobCheckpoint *out,
                           GError **error)
{
    (void)epoch, (void)error;
    const SizesJob *self = (SizesJob *)(gpointer)job;
    *out = (SimJobCheckpoint){.outcome = fire ? SIM_JOB_FAULT : SIM_JOB_IMAGES,
                              .state_bytes = self->sizes->state_bytes,
                              .images = g_array_new(FALSE, FALSE, sizeof(SimJobImage)),
                              .real_pause_ns = -1,
                              .real_convert_ns = -1};
    guint made = 0;
    for (guint a = 0; a < PR_N_ARCHES && !fire; a++) {
        const SimSizesArch *row = &self->sizes->arch[a];
        if (row->cls < 0 || !(self->wanted >> row->cls & 1) || made >> row->cls & 1)
            continue;
        SimJobImage image = {(guint)row->cls, row->image_bytes};
        g_array_append_val(out->images, image);
        made |= 1u << row->cls;
    }
    return TRUE;
}

static void no_kill(SimJob *job, guint64 last_epoch) { (void)job, (void)last_epoch; }

static gboolean convert(SimJob *job, guint64 epoch, const char *from, const char *to,
                        guint64 *bytes, gint64 *real_ns, GError **error)
{
    (void)epoch, (void)from, (void)real_ns, (void)error;
    *bytes = sim_sizes_arch(sizes_of(job), to)->image_bytes;
    return TRUE;
}

static gboolean verify(SimJob *job, guint64 epoch, const char *arch, GError **error)
{
    (void)job, (void)epoch, (void)arch, (void)error;
    return TRUE;
}

static gboolean hold(SimJob *job, guint64 epoch, const char *arch, SimJobFacts *facts,
                     GError **error)
{
    (void)epoch, (void)error;
    if (facts)
        *facts = sim_sizes_arch(sizes_of(job), arch)->facts;
    return TRUE;
}

static gboolean commit(SimJob *job, guint64 epoch, GError **error)
{
    (void)job, (void)epoch, (void)error;
    return TRUE;
}

static void discard(SimJob *job, guint64 epoch) { (void)job, (void)epoch; }

static gboolean finish(SimJob *job, gboolean *match, GError **error)
{
    (void)job, (void)error;
    *match = TRUE;
    return TRUE;
}

static void job_free(SimJob *job) { g_free(job); }

static const SimJobOps ops = {class_of, start,   checkpoint, no_kill, convert, verify,
                              hold,     commit,  discard,    finish,  job_free};

SimJob *sim_sizes_job_new(const SimSizes *sizes)
{
    SizesJob *self = g_new0(SizesJob, 1);
    self->job.ops = &ops;
    self->sizes = sizes;
    return &self->job;
}
