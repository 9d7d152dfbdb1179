/* Incremental checkpoints: which elements of heap and variables overlap the pages that have changed. */
#ifndef PREACHES_CONVERT_DELTA_H
#define PREACHES_CONVERT_DELTA_H

#include "engine.h"

/* Whole slots of a pool (n_elements == 0), all live, or adjacent elements of one block or variable. */
typedef struct PrRun {
    uint32_t pool;          /* index into view->pools */
    uint32_t symbol;        /* of a variable */
    uint32_t slot, n_slots;
    uint32_t type;          /* of the elements, arrays flattened */
    uint64_t element, n_elements;
    PrRange range;          /* of the heap, or of the section GLOBALS, in the target layout */
} PrRun;

typedef struct PrRuns {
    PrRun *run;
    uint64_t n, room;
    uint64_t n_ranges; /* adjacent runs are one range */
    uint64_t bytes;    /* of all ranges */
} PrRuns;

/* The runs of c->view's dirty pages, ascending: of the heap, and of the variables. Free them also after a
 * failure. */
PrStatus pr_runs_find(PrRuns *runs, const PrConv *c, PrError *error);
PrStatus pr_runs_find_globals(PrRuns *runs, const PrConv *c, PrError *error);
void pr_runs_free(PrRuns *runs);
/* The range that begins with run *at; *at moves behind its last run. */
PrRange pr_runs_range(const PrRuns *runs, uint64_t *at);

#endif
