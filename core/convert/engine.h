/* The converter's inside: one conversion's context, running plans, mapping pointers, naming places.
 * Private to core/convert (and its tests). C11 + libc only. */
#ifndef PREACHES_CONVERT_ENGINE_H
#define PREACHES_CONVERT_ENGINE_H

#include "../image/image_format.h"
#include "convert.h"
#include "overlays.h"
#include "plan.h"

typedef enum PrPlaceKind { PR_PLACE_BARE, PR_PLACE_HEAP, PR_PLACE_GLOBAL, PR_PLACE_LOCAL,
                           PR_PLACE_VALUE } PrPlaceKind;

typedef struct PrPlace { /* which object is being converted: for reports */
    PrPlaceKind kind;
    uint32_t type;       /* of its elements */
    const uint8_t *base; /* its first source byte; heap: the pool's */
    const PrPool *pool;  /* HEAP */
    uint32_t index;      /* GLOBAL: symbol; LOCAL: local; VALUE: variable */
    uint32_t func;       /* LOCAL, VALUE */
} PrPlace;

typedef struct PrStarts PrStarts; /* starts.c */

struct PrConv {
    const PrDesc *desc;
    const PrView *view; /* NULL: elements only; pointers are taken as they are */
    const PrLayout *from, *to;
    PrPlans plans;
    uint8_t *same;       /* [n_types] 0 unknown, 1 same offsets, 2 not */
    uint8_t *rows;       /* [n_types] 0 unknown, 1 holds rows of scalars, 2 none */
    uint32_t *unit_pool; /* heap unit -> pool index + 1 */
    PrStarts *starts;    /* made when first asked for */
    struct PrShape *shapes; /* [units] see offsets.c */
    uint32_t ***offsets; /* [n_types] by pointer type: [n_types] by block type; see offsets.h */
    bool use_starts, use_offsets; /* tests turn them off */
    uint32_t *frames;    /* frames that have a data stack part, by address */
    uint32_t n_frames;
    uint32_t *data, *funcs; /* indices into view->native, by address */
    uint32_t n_data, n_funcs;
    PrExtref *refs;
    uint64_t n_refs, refs_room;
    bool refs_unsorted;
    PrSection section; /* where converted bytes go: `out` is at `out_offset` in it */
    const uint8_t *out;
    uint64_t out_offset;
    PrPlace place;
    PrConvertStats stats;
    PrOverlays overlays;
    PrError *note, *error;
};

PrStatus pr_conv_init(PrConv *c, const PrDesc *desc, const PrView *view, uint32_t from, uint32_t to,
                      PrError *note, PrError *error);
void pr_conv_fini(PrConv *c);

typedef struct PrSpan { /* elements of one type at a stride, and how far may be read or scribbled */
    const uint8_t *from, *from_end;
    uint8_t *to, *to_end;
    uint64_t from_stride, to_stride, n;
} PrSpan;

/* Converts span->n elements. Target bytes beyond the elements, up to to_end, may become zero. */
PrStatus pr_conv_run(PrConv *c, uint32_t type, PrSpan span);
/* The same, one scalar at a time straight from the schema: slow, and what the plans are tested
 * against. The target has to be zero. */
PrStatus pr_conv_oracle(PrConv *c, uint32_t type, PrSpan span);

/* The common or native address that source byte `p` has in the process. False: it has none here. */
bool pr_conv_address(const PrConv *c, const uint8_t *p, uint64_t *address);

/* Maps one pointer. *external: record a reference to ref->symbol + ref->addend. `at` is the
 * pointer's place in the source, for reports. */
PrStatus pr_conv_pointer(PrConv *c, uint64_t value, uint32_t type, const uint8_t *at,
                         uint64_t *out, PrExtref *ref, bool *external);
PrStatus pr_conv_record(PrConv *c, PrExtref ref);

/* Whether a pointer of `pointer_type` to byte `off` of `count` elements of `type` would find there, in
 * the target's layout too, what its type says. */
bool pr_conv_sees(PrConv *c, uint32_t type, uint64_t count, uint64_t off, uint32_t pointer_type);

/* Fails with the path of the source byte `at` and the offending value. */
/* An integer that pr_integer_convert does not take: reports it, and why. */
PrStatus pr_conv_unfit(PrConv *c, const uint8_t *at, uint64_t value, bool is_signed, unsigned from_bytes,
                       unsigned to_bytes);
PrStatus pr_conv_fail(PrConv *c, PrError *error, PrStatus status, const char *what,
                      const uint8_t *at, uint64_t value, bool is_signed);

#endif
