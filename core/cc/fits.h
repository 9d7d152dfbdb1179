/* Which functions a call through a pointer enters, as C's own rule has it: one of a compatible type (C11 6.3.2.3,
 * 6.5.2.2). reach.c's loose shapes are right for the sites, which must be the same on every architecture; what a
 * `char *` may lead to would become that of every pointer in the program. Programs that break the rule by a cast are
 * believed: a function that is named as another type, and types that other pointers are made into, fit as loosely
 * as there. Only types of pointers tell functions apart, and only by what is the same on all architectures: not by
 * the widths of integers. */
#ifndef PREACHES_CC_FITS_H
#define PREACHES_CC_FITS_H
#include "ast.h"

typedef struct CcFits CcFits;

CcFits *cc_fits_new(Program *p); /* after cc_reach; not freed with the program */
void cc_fits_free(CcFits *rule);

/* Appends Func*: all that the call may enter, a subset of cc_call_targets(). */
void cc_fitting_targets(const CcFits *rule, const Node *call, GPtrArray *list);

#endif
