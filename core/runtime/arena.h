/* Pools and size classes of the typed allocator; arena.c and adopt.c only, and their unit test. */
#ifndef PREACHES_RUNTIME_ARENA_H
#define PREACHES_RUNTIME_ARENA_H

#include "runtime.h"
#include "heapunits.h"

enum {
    RT_RECIP_SHIFT = 40,
    RT_NO_CLASS = 0xffff,
    RT_MAX_CLASSES = 8192,
    RT_SMALL_BYTES = 512,       /* single elements up to this size have slots of just their size */
    RT_SLOT_MAX = 32 * 1024,    /* larger blocks have units of their own */
    RT_POOL_SLOTS = 8,          /* a pool holds at least so many slots */
    RT_RECENT = 10
#define RT_TAIL 0x80000000u     /* in a requested type: one element and something behind it */
#define RT_ROOM 0x40000000u     /* whole elements, and nothing of interest behind them */
#define RT_FLAGS (RT_TAIL | RT_ROOM)
};

/* A pool: one run of units, equal slots, one element type. Indexed by its first unit. */
typedef struct RtPool {
    PrPool p;
    uint64_t recip;     /* ceil(2^RT_RECIP_SHIFT / slot_bytes): slot number without a division */
    uint32_t n_free;
    uint32_t hint;      /* no free slot below word `hint` of the bitmap */
    uint32_t clean;     /* slots from here on have never been used: zero */
    uint32_t cls;       /* its size class, RT_NO_CLASS for a block of its own */
    uint32_t prev, next; /* in the class's list of pools with free slots */
    bool listed, owned, misfit;
    uint8_t n_recent;    /* slots freed last, taken again before the bitmap is searched */
    uint16_t recent[RT_RECENT];
} RtPool;

/* Pools of one element type and slot size; `each` elements in every block, or counted per slot. */
typedef struct RtClass {
    uint32_t type;
    uint64_t slot_bytes;
    bool counted, misfit;
    uint32_t current, list; /* pool allocated from; first of the others with free slots */
} RtClass;

extern RtPool *rt_pools; /* by first unit */
extern RtClass rt_classes[RT_MAX_CLASSES];

/* The class of pools of this kind, made when there is none; RT_NO_CLASS when there are too many. */
uint32_t rt_class_find(uint32_t type, uint64_t slot_bytes, bool counted, bool misfit);
/* Puts a pool that has free slots into its class's list, and takes it out. */
void rt_pool_list(RtClass *c, uint32_t unit);
void rt_pool_unlist(RtClass *c, uint32_t unit);
/* A restored pool's bitmap and counts lie in the image: copies them. False: no memory. */
bool rt_pool_own(RtPool *q);
/* The pool as an image has it, `n_live` of its slots in use; in no list yet. */
void rt_pool_restored(const PrPool *p, uint64_t n_live);
/* As if nothing had ever been allocated, before a restore. */
void rt_arena_clear(void);

/* Bytes of the size class that `bytes` falls in: 16-byte steps, then eight classes a doubling. */
uint64_t rt_class_bytes(uint64_t bytes);

#endif
