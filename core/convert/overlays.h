/* Blocks of raw bytes that hold numbers while some function runs: its pointers of type PR_OVERLAY say which, and from
 * where, up to the next one or the block's end; one with a counter has so many elements, and what surrounds them is the
 * others'. Of several frames that point into one block the innermost one's count. */
#ifndef PREACHES_CONVERT_OVERLAYS_H
#define PREACHES_CONVERT_OVERLAYS_H

#include "view.h"

typedef struct PrConv PrConv;

/* Bytes [from, to) of the heap hold elements of `type`; what is left behind the last whole one is bytes. */
typedef struct PrOverlay {
    uint64_t from, to;
    uint64_t block;  /* where their block begins */
    uint32_t type;
    uint32_t frame;  /* whose pointer says so */
    bool counted;    /* `to` comes from a counter */
} PrOverlay;

typedef struct PrOverlays {
    PrOverlay *list; /* ascending; they do not overlap */
    uint64_t n, room;
    bool possible;   /* the program has such pointers, so other epochs may have had other overlays */
} PrOverlays;

/* Finds those of c->view, whose heap is indexed. PR_E_UNTYPED: two of one frame are at the same place, or their numbers
 * have another size in the target. */
PrStatus pr_overlays_find(PrConv *c);
void pr_overlays_free(PrOverlays *overlays);
/* The first that ends behind byte `at` of the heap, or NULL. */
const PrOverlay *pr_overlays_from(const PrOverlays *overlays, uint64_t at);
/* Whether blocks of this type may be overlaid. */
bool pr_is_raw(const PrDesc *desc, uint32_t type);

#endif
