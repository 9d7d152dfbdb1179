/* Plans: how elements of a type go from one layout to another. Compiled once per type; see
 * README.md. Private to core/convert (and its tests). C11 + libc only. */
#ifndef PREACHES_CONVERT_PLAN_H
#define PREACHES_CONVERT_PLAN_H

#include "view.h"

typedef struct PrLeaf { /* a run of scalars of one type inside an element */
    uint64_t from, to;  /* byte offsets in the source and target element; a bit-field's: in bits */
    uint64_t n;
    uint32_t type;
    uint8_t from_bytes, to_bytes; /* of one scalar */
    uint8_t bits;                 /* width of a bit-field, or 0 */
    bool one_pointer;             /* the frequent case, taken first */
    bool with_next;               /* so is the next one, of the same type, right behind it in the source */
} PrLeaf;

typedef struct PrPick { /* a union inside an element */
    uint64_t from, to;
    uint32_t type, choice; /* choice: PR_NO_FIELD when nothing says which member holds */
    PrLeaf tag;
} PrPick;

enum { PR_MAX_LEAVES = 512 }; /* of a type that is flattened */
enum { PR_MAX_GROUP = 16 };   /* elements that windows treat together, a power of two */
enum { PR_FAST_WINDOWS = 12 }; /* so many are run with all constants in registers */
typedef struct PrWindow PrWindow; /* a 16-byte shuffle, see window.c */
typedef struct PrWindows {        /* the shuffles for `group` elements, or none */
    PrWindow *list;
    uint32_t n, group;
    uint32_t flags; /* what any of them needs beyond shuffling; window.c's */
    uint64_t from_reach, to_reach; /* bytes a group may read and write, from its start */
} PrWindows;

typedef enum PrForm {
    PR_FORM_EMPTY, /* no bytes */
    PR_FORM_COPY,  /* data is the same in both layouts; pointers follow */
    PR_FORM_FLAT,  /* windows or leaves; pointers and long doubles follow */
    PR_FORM_ARRAY, /* count times the plan of `elem` */
    PR_FORM_STEPS  /* too large to flatten: field by field */
} PrForm;

typedef struct PrPlan {
    uint32_t type;
    PrForm form;
    uint64_t from_size, to_size;
    PrLeaf *leaves; /* COPY, FLAT: plain data */
    uint32_t n_leaves;
    PrLeaf *specials; /* COPY, FLAT: pointers, long doubles, bit-fields. Windows move pointers as they are,
                         and zero the others */
    uint32_t n_specials;
    PrPick *picks; /* FLAT, STEPS: unions */
    uint32_t n_picks;
    PrWindows packed, single; /* for elements without gaps; for any stride */
} PrPlan;

typedef struct PrPlans { /* all plans of a layout pair, made on demand */
    const PrDesc *desc;
    const PrLayout *from, *to;
    PrPlan **plan;    /* [n_types] */
    bool use_windows; /* tests turn it off */
} PrPlans;

PrStatus pr_plans_init(PrPlans *plans, const PrDesc *desc, uint32_t from, uint32_t to,
                       PrError *error);
void pr_plans_fini(PrPlans *plans);
/* The plan of a type, or NULL with *error set. Checks that every scalar lies inside its element
 * in both layouts, so running a plan is memory-safe whatever the schema says. */
const PrPlan *pr_plans_get(PrPlans *plans, uint32_t type, PrError *error);

static inline bool pr_leaf_is_pointer(const PrPlans *plans, const PrLeaf *leaf)
{
    PrKind kind = plans->desc->types[leaf->type].kind;
    return kind == PR_PTR || kind == PR_FPTR;
}

/* Window shuffles (x86-64 with SSSE3; elsewhere there are none and the leaves are used). */
PrStatus pr_windows_make(PrPlans *plans, const PrPlan *plan, uint32_t group, PrWindows *out);
bool pr_windows_usable(void);
/* Converts n groups; false when some value needs a closer look (does not fit, odd _Bool). */
bool pr_windows_run(const PrWindows *windows, const uint8_t *from, uint64_t from_stride,
                    uint8_t *to, uint64_t to_stride, uint64_t n);

/* Whether the type is the same bytes in both layouts, byte order aside (offsets stay). */
bool pr_type_same_offsets(const PrPlans *plans, uint32_t type);

#endif
