/* The program description: everything a machine must know of a program to read, convert or verify
 * its images without running it. Written once by preaches-cc at link time, byte for byte the same
 * in every architecture's executable (section .preaches.desc) and first in every image ("carries
 * its schema first").
 *
 * On disk: one little-endian blob (layout in core/layout/README.md). In memory: the tables below,
 * parsed with every offset and count checked. Common sizes, slots and offsets are the largest over
 * all architectures of the job, so that every block has one address on all of them (common-address
 * arena). C11 + libc only. */
#ifndef PREACHES_LAYOUT_DESC_H
#define PREACHES_LAYOUT_DESC_H

#include "arch.h"
#include "status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- addresses, the same on every architecture ---- */
#define PR_HANDLE_BASE UINT64_C(0x50000000) /* FILE handles: 64 bytes each; 0,1,2 = std streams */
#define PR_HANDLE_BYTES UINT64_C(64)
#define PR_N_HANDLES UINT64_C(1024)
#define PR_STACK_BASE UINT64_C(0x50010000) /* data stack of escaping locals; grows upwards */
#define PR_STACK_END UINT64_C(0x54000000)
/* The heap, typed 64 KiB pools: where a 32-bit architecture takes part, and where none does. The second
 * range is free in every 64-bit user space, the smallest of which (RISC-V's Sv39) ends at 256 GiB. */
#define PR_HEAP_BASE UINT64_C(0x54000000)
#define PR_HEAP_END UINT64_C(0x7fff0000)
#define PR_WIDE_HEAP_BASE UINT64_C(0x1000000000)
#define PR_WIDE_HEAP_END UINT64_C(0x3800000000)
#define PR_UNIT_BYTES UINT64_C(65536) /* heap unit and alignment of image segments */
/* External references: each symbol (global, function, string literal) owns a range of *virtual*
 * addresses here. A class image holds these; resolving replaces them by an executable's own. */
#define PR_VADDR_BASE UINT64_C(0x90000000)
#define PR_VADDR_END UINT64_C(0xfff00000)
#define PR_POISON UINT64_C(0xbad) /* what a dangling pointer becomes: faults when it is used */

/* A site saves up to so many values as arguments of preaches_save(), more in a struct: as many as registers
 * hold everywhere, since arguments on the stack would cost the hot code its frame pointer. */
enum { PR_PASSED_VALUES = 4 };

typedef enum PrKind {
    PR_VOID, /* incomplete or void: only ever pointed to */
    PR_BOOL, PR_CHAR, PR_SCHAR, PR_UCHAR, PR_SHORT, PR_USHORT, PR_INT, PR_UINT, PR_LONG, PR_ULONG,
    PR_LLONG, PR_ULLONG, PR_FLOAT, PR_DOUBLE, PR_LDOUBLE,
    PR_PTR,  /* elem = pointee (data) */
    PR_FPTR, /* pointer to function; elem = a PR_FUNC type */
    PR_ARRAY, PR_STRUCT, PR_FUNC,
    PR_UNION,  /* which member holds is said by a choice of a struct around it */
    PR_OPAQUE, /* bytes that mean nothing elsewhere: carried over as zeros */
    PR_FLEX,   /* a heap block: a struct, then elements. Its last field is the first of these; its
                  size is their offset; elem = their type; a block's count is their number */
    PR_N_KINDS
} PrKind;
/* Enumerations appear as their underlying integer kind; PR_CHAR has the native machine's signedness
 * (signed) on every architecture (D21). */

/* Of PrType.count: any pointer may point to these bytes; what cannot be carried over is of no use any more
 * and becomes zero; while a frame has this pointer, the raw block to which it points holds what the pointer says, from
 * there to where the frame's next one points, or to its end; or as many of them as the frame's integer of a type with
 * this mark says whose elem is the pointer's type; a long may hold its type's least or greatest value, an unsigned one a
 * number below zero (scalar.h: pr_limits_convert); or an unsigned one is made of bits that were turned around, of which
 * 32 do not tell whether there are more. */
enum { PR_RAW = 1, PR_STALE = 2, PR_OVERLAY = 4, PR_LIMITS = 8, PR_BITS = PR_LIMITS | 16 };

/* Fixed type ids, present in every description. */
enum { PR_TYPE_VOID = 0, PR_TYPE_CHAR = 1, PR_TYPE_CHARPTR = 2 };
/* Likewise in every program's; the runtime keeps pointers of any kind in blocks of it. */
enum { PR_TYPE_VOIDPTR = 3 };

typedef struct PrType {
    PrKind kind;
    const char *name; /* as the source spells it, for reports */
    uint32_t elem;    /* PR_PTR, PR_FPTR: pointee; PR_ARRAY, PR_FLEX: element */
    uint64_t count;   /* PR_ARRAY: elements; PR_UCHAR: 0 or PR_RAW; integers and pointers: 0, PR_STALE, PR_LIMITS or
                         PR_BITS; of saved variables also PR_OVERLAY */
    uint32_t first_field, n_fields; /* PR_STRUCT, PR_UNION (all at offset 0), PR_FLEX */
    /* PR_FLEX with something behind its elements: a number of type `rest`, which has an element's room;
     * `counter` is the field that says how many elements there are. PR_TYPE_VOID: elements to the end. */
    uint32_t rest, counter;
    uint64_t common_size;           /* largest over the job's architectures */
    uint32_t common_align;          /* likewise */
    bool size_differs;              /* the size is not the same on all of them */
    bool has_pointers;              /* a PR_PTR or PR_FPTR somewhere inside */
} PrType;

typedef struct PrField {
    const char *name;
    uint32_t type;
    uint32_t bits; /* width of a bit-field, whose type is an integer's; 0: an ordinary member */
} PrField;

/* Which member of a union holds, by the value of a tag beside it. Both are reached by steps (fields)
 * from the struct `owner`. The first case whose range has the tag's value counts; none: the state is
 * refused. */
#define PR_NO_FIELD UINT32_MAX
typedef struct PrChoice {
    uint32_t owner;                       /* a PR_STRUCT or PR_FLEX */
    uint32_t first_step, n_union, n_tag;  /* steps to the union, then steps to the tag */
    bool here;     /* the tag is a pointer; its value counts as 1 when it points to the union, else 0 */
    uint64_t mask; /* of an integer tag, extended to 64 bits as its type says */
    uint32_t first_case, n_cases;
} PrChoice;
typedef struct PrCase {
    uint64_t low, high;
    uint32_t field; /* member of the union, or PR_NO_FIELD: it holds nothing */
} PrCase;

typedef struct PrLayout { /* one per architecture of the job */
    const PrArch *arch;
    uint64_t *size;   /* [n_types]; 0 for PR_VOID and PR_FUNC */
    uint32_t *align;  /* [n_types] */
    uint64_t *offset; /* [n_fields]; of a bit-field in bits, from the first byte's most significant bit
                         where the byte order is big, else from its least significant */
    uint32_t cls;     /* layout class: index into classes, numbered by first member */
} PrLayout;

typedef enum PrSymKind {
    PR_SYM_DATA,   /* user variable: saved and restored */
    PR_SYM_CONST,  /* const object or string literal: only pointed to */
    PR_SYM_FUNC    /* function, the user's or an external one whose address is taken */
} PrSymKind;

typedef struct PrSymbol {
    PrSymKind kind;
    const char *name; /* "table", "main.c:counter" for statics, "f.c:main:calls" for static locals */
    const char *file;
    uint32_t line;
    uint32_t type;  /* DATA and CONST: its type; FUNC: PR_FUNC type */
    uint64_t vaddr; /* start of its virtual range: common_size + at least 1, 16-aligned */
} PrSymbol;

typedef struct PrLocal { /* a local on the data stack */
    const char *name;
    uint32_t type;
    uint32_t offset; /* common offset from the frame's base */
} PrLocal;

typedef struct PrFunc { /* a reaching function */
    const char *name;
    const char *file;
    uint32_t symbol;                /* its PR_SYM_FUNC symbol */
    uint32_t frame_bytes;           /* multiple of 16, 0 when nothing escapes */
    uint32_t first_local, n_locals; /* of data stack locals */
} PrFunc;

typedef struct PrVar { /* a saved scalar or pointer */
    const char *name;
    uint32_t type;
} PrVar;

typedef struct PrSite { /* a resume point; the id is its index */
    uint32_t func;              /* index into funcs */
    uint32_t line;
    bool is_poll;               /* else a reaching call */
    uint32_t first_var, n_vars; /* saved values, in the order of preaches_save() */
} PrSite;

typedef struct PrAlloc { /* an allocation site */
    const char *file;
    uint32_t line;
    uint32_t type; /* element type */
} PrAlloc;

typedef struct PrDesc {
    uint64_t program_id[2]; /* XXH3-128 of the blob behind this field; set by the writer */
    uint32_t n_layouts, n_types, n_fields, n_symbols, n_funcs, n_locals, n_sites, n_vars, n_allocs;
    uint32_t n_choices, n_steps, n_cases;
    uint32_t n_classes;
    uint32_t native; /* index of the layout of the machine the job was built on */
    uint64_t heap_base, heap_end; /* by the pointers of its layouts; set by pr_desc_parse() */
    PrLayout *layouts;
    PrType *types;
    PrField *fields;
    PrSymbol *symbols; /* in the order of the executables' preaches_syms section; vaddr ascending */
    PrFunc *funcs;
    PrLocal *locals;
    PrSite *sites;
    PrVar *vars;
    PrAlloc *allocs;
    PrChoice *choices;
    uint32_t *steps; /* fields */
    PrCase *cases;
    const uint8_t *blob; /* the bytes it was parsed from, borrowed */
    size_t blob_bytes;
    void *storage; /* one allocation behind all tables */
} PrDesc;

/* Parses and validates `blob` (borrowed; must outlive the description; strings point into it).
 * Nothing in it is trusted. On failure *desc is zeroed. */
PrStatus pr_desc_parse(PrDesc *desc, const void *blob, size_t bytes, PrError *error);
void pr_desc_fini(PrDesc *desc); /* accepts a zeroed description */

/* Serialises the tables (strings included); computes program_id, layout classes, common sizes and
 * flags from the layouts. *blob is malloc'ed, the caller frees it. */
PrStatus pr_desc_write(PrDesc *desc, uint8_t **blob, size_t *bytes, PrError *error);

/* Index of the architecture's layout, or -1. */
int pr_desc_layout(const PrDesc *desc, const char *arch);
/* First layout index of a class: its representative, whose name names the class. */
uint32_t pr_desc_class_layout(const PrDesc *desc, uint32_t cls);
/* Bytes a slot takes for `count` elements of `type`: count * common_size rounded up to the common
 * alignment, plus one alignment unit when the size differs between architectures (so that one past
 * the end is never another block's start). Returns 0 on overflow. */
uint64_t pr_desc_slot_bytes(const PrDesc *desc, uint32_t type, uint64_t count);
/* Bytes of a block of `count` elements on one architecture; UINT64_MAX on overflow. */
uint64_t pr_desc_block_bytes(const PrDesc *desc, const PrLayout *layout, uint32_t type,
                             uint64_t count);
/* Whether such a block has room in `bytes` on all of them. Untyped blocks are counted in bytes. */
bool pr_desc_block_fits(const PrDesc *desc, uint32_t type, uint64_t count, uint64_t bytes);
/* Whether the address lies in the range of the program's heap. */
static inline bool pr_desc_in_heap(const PrDesc *desc, uint64_t address)
{
    return address - desc->heap_base < desc->heap_end - desc->heap_base;
}
/* Whether the type consists of fields: PR_STRUCT, PR_UNION, PR_FLEX. */
static inline bool pr_kind_has_fields(PrKind kind)
{
    return kind == PR_STRUCT || kind == PR_UNION || kind == PR_FLEX;
}

#endif
