/* A view of a checkpoint's state: what the converter reads. The runtime makes one of a live
 * (forked) process, the image reader makes one of a class image, so both are converted by the same
 * code. C11 + libc only. Everything is borrowed. */
#ifndef PREACHES_CONVERT_VIEW_H
#define PREACHES_CONVERT_VIEW_H

#include "../layout/desc.h"

/* Elements of a block whose slot is one of many: of a pool, so it has at most half a unit. */
typedef uint16_t PrCount;

/* A run of heap units: a pool of equal slots, or one large block (n_slots == 1). */
typedef struct PrPool {
    uint32_t unit;    /* first 64 KiB unit, from desc->heap_base */
    uint32_t n_units;
    uint32_t type;    /* element type of every block in it */
    uint32_t alloc;   /* allocation site of the (first) block, for reports; or PR_NO_ALLOC */
    uint64_t slot_bytes; /* common; slot i starts at unit start + i * slot_bytes */
    uint32_t n_slots;
    uint64_t count;          /* elements per block where counts == NULL */
    const PrCount *counts;   /* [n_slots] elements of each block, or NULL */
    const uint8_t *live;     /* bitmap, bit i of byte i/8: slot i holds a block */
} PrPool;

/* Whether the slot holds a block. */
static inline bool pr_pool_live(const PrPool *pool, uint32_t slot)
{
    return slot < pool->n_slots && pool->live[slot / 8] >> (slot % 8) & 1;
}

#define PR_NO_ALLOC UINT32_MAX /* a block of the runtime's own: arguments, getenv, strdup */

/* A saved value, wide enough for every kind. Integers are sign- or zero-extended to 64 bits,
 * float and double are held as a double's IEEE bits (exact for float), pointers are common or
 * virtual addresses, long double as IEEE binary128 bits (exact for every format but IBM's pairs). */
typedef struct PrValue {
    uint64_t lo, hi; /* hi only for long double: the upper half */
} PrValue;

typedef struct PrFrame { /* outermost (main) first */
    uint32_t site;
    uint64_t fp;           /* base of its data stack frame, a common address */
    const PrValue *values; /* [sites[site].n_vars] */
} PrFrame;

typedef struct PrFile { /* an open stream or descriptor, or a file that was open */
    uint32_t handle;      /* slot at PR_HANDLE_BASE; 0,1,2 are the standard streams; or see PR_FILE_DESCRIPTOR, _NAMED */
    uint32_t flags;       /* PR_FILE_* */
    uint64_t offset;      /* logical position in bytes (unread input is not counted as read) */
    uint64_t length;      /* of the file at the checkpoint; cut back to it when writable */
    uint64_t hash[2];     /* PR_FILE_HASHED: XXH3-128 of its `length` bytes, or of samples, low half first */
    const uint8_t *content; /* PR_FILE_KEPT: its `length` bytes */
    uint32_t permissions; /* PR_FILE_KEPT: of nine bits */
    const char *mode;     /* fopen mode, or a descriptor's flags */
    const char *path;     /* absolute; "" for standard streams */
} PrFile;
enum { PR_FILE_REGULAR = 1, PR_FILE_EOF = 2, PR_FILE_ERROR = 4, PR_FILE_STD = 8,
       PR_FILE_DESCRIPTOR = 16, /* no stream: handle is PR_N_HANDLES + number, mode its flags by name */
       PR_FILE_KEPT = 32, PR_FILE_HASHED = 64, PR_FILE_SAMPLED = 128, /* core/runtime/contents.c */
       PR_FILE_NAMED = 256, /* not open: handle is PR_NAMED_HANDLES + number, mode says how it was; core/runtime/paths.c */
       PR_FILE_ABSENT = 512 /* and there was no file of that name */
};
#define PR_NAMED_HANDLES (2 * PR_N_HANDLES)

/* One native symbol of a live process. `symbol` indexes desc->symbols. */
typedef struct PrNativeSym {
    uint64_t addr, size;
    uint32_t symbol;
} PrNativeSym;

enum { PR_PAGE_BYTES = 4096 }; /* in which changes are tracked, on every architecture */

/* Memory outside of the heap, whole pages, of which is known what may differ from the base epoch's. */
typedef struct PrTracked {
    const uint8_t *base;
    uint64_t bytes;
    const uint8_t *dirty; /* bit i of byte i/8: page i */
} PrTracked;

typedef struct PrView {
    const PrDesc *desc;
    uint32_t layout; /* index of the layout the bytes below are in */
    const uint8_t *stack; /* bytes of [PR_STACK_BASE, PR_STACK_BASE + stack_bytes) */
    uint64_t stack_bytes;
    const uint8_t *heap; /* bytes of [desc->heap_base, + heap_bytes) */
    uint64_t heap_bytes; /* multiple of PR_UNIT_BYTES */
    /* Incremental checkpoints: bit i of byte i/8 says that page i of the heap (PR_PAGE_BYTES) may differ
     * from epoch `base_epoch`'s. NULL: the whole heap is wanted. */
    const uint8_t *dirty;
    uint64_t base_epoch;
    const PrTracked *tracked; /* the same of large variables; those in none of them are wanted whole */
    uint32_t n_tracked;
    const PrPool *pools; /* ascending by unit */
    uint32_t n_pools;
    const PrFrame *frames;
    uint32_t n_frames;
    const uint8_t *const *globals; /* [n_symbols] bytes of each PR_SYM_DATA symbol, else NULL */
    const PrNativeSym *native;     /* ascending by addr; NULL when pointers are virtual already */
    uint32_t n_native;
    const PrFile *files;
    uint32_t n_files;
    const void *libc; /* portable state of wrapped libc functions (rand, strtok …), little endian */
    uint64_t libc_bytes;
    uint64_t epoch, term, polls; /* polls: total since the program's beginning */
    /* Live views: the C stack between the runtime's main and the poll, [dead_from, dead_to). Whatever
     * escapes lives on the data stack, so a pointer in here can only dangle. */
    uint64_t dead_from, dead_to;
} PrView;

#endif
