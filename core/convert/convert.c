/* Writing a class image: section by section from the view. */
#include "imagejob.h"
#include <stdlib.h>

PrStatus pr_job_begin(PrJob *job, PrSection section, uint64_t length)
{
    job->c.section = section;
    return pr_writer_section(job->writer, section, length, job->error);
}

PrStatus pr_job_pair(PrJob *job, uint64_t first, uint64_t second)
{
    uint8_t row[16];
    pr_put64(row, first);
    pr_put64(row + 8, second);
    return pr_writer_bytes(job->writer, row, sizeof row, job->error);
}

static int by_place(const void *a, const void *b)
{
    const PrExtref *x = a, *y = b;
    if (x->section != y->section)
        return x->section < y->section ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static PrStatus write_extrefs(PrJob *job)
{
    PrConv *c = &job->c;
    if (c->refs_unsorted) /* fields that are not in the order of their offsets */
        qsort(c->refs, (size_t)c->n_refs, sizeof *c->refs, by_place);
    PrStatus status =
        pr_job_begin(job, PR_SEC_EXTREFS, PR_EXTREFS_HEAD + c->n_refs * PR_EXTREF_BYTES);
    if (status == PR_OK)
        status = pr_job_pair(job, c->n_refs, 0);
    for (uint64_t i = 0; i < c->n_refs && status == PR_OK; i++) {
        uint8_t row[PR_EXTREF_BYTES];
        pr_put32(row, c->refs[i].section);
        pr_put32(row + 4, c->refs[i].symbol);
        pr_put64(row + 8, c->refs[i].offset);
        pr_put64(row + 16, c->refs[i].addend);
        status = pr_writer_bytes(job->writer, row, sizeof row, job->error);
    }
    return status;
}

static PrStatus write_all(PrJob *job)
{
    static PrStatus (*const parts[])(PrJob *) = {pr_write_head,    pr_write_frames, pr_write_files,
                                               pr_write_heapmap, pr_write_globals, pr_write_stack,
                                               pr_write_heap,    write_extrefs};
    PrStatus status = PR_OK;
    for (unsigned i = 0; i < sizeof parts / sizeof *parts && status == PR_OK; i++)
        status = parts[i](job);
    return status;
}

PrStatus pr_convert_write(const PrView *view, uint32_t cls, int fd, PrFaultHook hook,
                          PrConvertStats *stats, PrError *note, PrError *error)
{
    PrError own = {0};
    PrJob job = {.view = view, .hook = hook, .error = error ? error : &own};
    if (cls >= view->desc->n_classes)
        return pr_fail(error, PR_E_ARCH, "no such layout class", cls, NULL);
    uint32_t to = pr_desc_class_layout(view->desc, cls);
    PrStatus status =
        pr_conv_init(&job.c, view->desc, view, view->layout, to, note, job.error);
    if (status == PR_OK && !(job.writer = pr_writer_new(fd, hook)))
        status = pr_fail(job.error, PR_E_NOMEM, "image writer", 0, NULL);
    if (status == PR_OK)
        status = write_all(&job);
    if (status == PR_OK)
        status = pr_writer_finish(job.writer, view->desc, to, view->dirty ? PR_IMAGE_DELTA : 0,
                                  &job.c.stats.image_bytes, job.error);
    if (stats)
        *stats = job.c.stats;
    pr_writer_free(job.writer);
    pr_runs_free(&job.globals);
    pr_conv_fini(&job.c);
    return status;
}
