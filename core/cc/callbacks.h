/* Library functions that call the program back (qsort, bsearch, ...). The library's own frames cannot be
 * saved; so where a callback reaches a poll, the call goes to a version of our own, whose source
 * (library/search.c) is one more unit of the program (ownunits.h). */
#ifndef PREACHES_CC_CALLBACKS_H
#define PREACHES_CC_CALLBACKS_H

#include "ast.h"

/* Sends calls with a callback that reaches a poll, and functions taken as values, to our versions, if the
 * program has them. Values are looked at once, before anything reaches. TRUE: something changed. */
void cc_redirect_values(Program *p);
gboolean cc_redirect_calls(Program *p);
/* Those that are still the library's. */
void cc_refuse_callbacks(Program *p);

#endif
