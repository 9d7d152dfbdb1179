/* Numbers of the C library that are others on another architecture: errors, signals, modes to open files with. */
#ifndef PREACHES_CC_NUMBERS_H
#define PREACHES_CC_NUMBERS_H

#include "ast.h"

guint64 cc_numbering(const PrArch *arch); /* the same for architectures that number alike */
guint cc_number_argument(const Node *call); /* which argument is such a number; 0: none */
gboolean cc_is_errno(const Node *n);
gboolean cc_is_exponent(const Node *n); /* a call of ilogb: compared with FP_ILOGB0, which differs; else a number */
/* A constant with a number in it that a macro of the library's stands for: ELOOP, -ETIMEDOUT, O_CREAT | O_APPEND. */
gboolean cc_is_library_number(const Node *n);
/* What an expression compares with such a constant, a switch with its cases, or & takes such bits of; or NULL. */
Node *cc_compared_with_number(const Node *n);
/* The function, if it takes a signal's number, that a call or an assignment makes a handler, or NULL. */
Func *cc_handler_given(const Node *n);
Func *cc_handler(Node *value); /* the same of what is given to a member of that kind */
gboolean cc_is_handler_member(CXCursor member);
guint64 cc_case_values(const Node *n); /* one number for the constants of a switch's cases */

#endif
