/* Between allocator.c (functions that are allocators), blocksize.c (what sizes say) and alloc.c
 * (allocation sites). */
#ifndef PREACHES_CC_ALLOC_H
#define PREACHES_CC_ALLOC_H

#include "ast.h"

gboolean cc_is_pointer_to_void(CXType t, gboolean bytes_too);
/* A call that returns a new block: of the library's allocators, the program's own, or through a pointer
 * to one. */
gboolean cc_is_allocation(Program *p, const Node *n);
gboolean cc_is_null(const Unit *u, const Node *n); /* 0 or NULL */
/* Without parentheses and conversions between void and byte pointers. */
const Node *cc_plain_value(const Node *n);
/* Sets Func.allocator, and Node.passes of the calls whose blocks allocators hand on. */
void cc_find_allocators(Program *p);

/* blocksize.c: `n` is a call that allocates or, where so named, a part of its size. */
gboolean cc_is_byte_id(Program *p, guint type);
guint cc_builtin_type(Program *p, const char *words); /* "unsigned int"; PR_TYPE_VOID: none */
/* The one type that the sizeofs in a size speak of, PR_TYPE_VOID when there is none or another; its
 * record, if it is one. */
const Node *cc_sizeof_operand(const Node *n); /* of `sizeof x`; NULL of sizeof(type) */
CXType cc_sizeof_named(const Node *n); /* the type that has a name in it, or Invalid */
guint cc_size_witness(Program *p, Unit *u, const Node *size, CXType *record);
gboolean cc_is_text_room(Program *p, Unit *u, const Node *size);
/* Refuse sizeofs of another type than the elements', or than those of struct and tail. */
void cc_check_sizeofs(Program *p, Unit *u, const Node *size, guint type, CXType elem);
void cc_check_flex_sizeofs(Program *p, Unit *u, const Node *size, guint head, guint flex);
gboolean cc_may_have_tail(Program *p, const Node *n, guint type);
/* `type`, or the type of such a struct with what follows it. */
guint cc_flexible(Program *p, Unit *u, const Node *n, guint type, CXType elem);

CXType cc_fixed_part(CXType t); /* what a variable length array is made of; else the type */

#endif
