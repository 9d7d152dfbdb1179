/* Between allocator.c (functions that are allocators) and alloc.c (allocation sites). */
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

#endif
