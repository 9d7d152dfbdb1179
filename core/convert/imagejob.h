/* Writing one class image: what its parts share. Private to core/convert. C11 + libc only. */
#ifndef PREACHES_CONVERT_IMAGEJOB_H
#define PREACHES_CONVERT_IMAGEJOB_H

#include "../image/image_writer.h"
#include "delta.h"

typedef struct PrJob { /* one class image */
    PrConv c;
    const PrView *view;
    PrWriter *writer;
    PrFaultHook hook;
    uint64_t n_pools; /* passed at fault point "convert" */
    uint64_t shift;   /* from an offset in the section to one in memory: deltas are packed */
    PrRuns globals;   /* deltas: what the section GLOBALS holds */
    PrError *error;
} PrJob;

PrStatus pr_job_begin(PrJob *job, PrSection section, uint64_t length);
PrStatus pr_job_pair(PrJob *job, uint64_t first, uint64_t second);

/* One or more sections each, in the image's order. */
PrStatus pr_write_head(PrJob *job);    /* DESC, META */
PrStatus pr_write_frames(PrJob *job);  /* FRAMES */
PrStatus pr_write_files(PrJob *job);   /* FILES, LIBC */
PrStatus pr_write_heapmap(PrJob *job); /* HEAPMAP */
PrStatus pr_write_globals(PrJob *job); /* GLOBALS */
PrStatus pr_write_stack(PrJob *job);   /* STACK */
PrStatus pr_write_heap(PrJob *job);    /* RANGES, HEAP */

#endif
