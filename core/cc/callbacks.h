/* Library functions that call the program back (qsort, bsearch, ...). The library's own frames cannot be
 * saved; so where a callback reaches a poll, the call goes to a version of our own, whose source
 * (library/search.c) is one more unit of the program and instrumented like the others. */
#ifndef PREACHES_CC_CALLBACKS_H
#define PREACHES_CC_CALLBACKS_H

#include "ast.h"

/* Name of that unit. */
#define CC_CALLBACKS_UNIT "<preaches>/callbacks.c"

/* Does a preprocessed text name such a function, system headers aside? Then the unit is wanted. */
gboolean cc_wants_callbacks(const char *text);
/* The unit's text; the same for all architectures. g_free. */
char *cc_callbacks_text(GError **error);
/* Declarations of our versions, which each unit that may call them begins with. g_free. */
char *cc_callbacks_declarations(void);

/* Sends calls with a callback that reaches a poll, and functions taken as values, to our versions, if the
 * program has them. Values are looked at once, before anything reaches. TRUE: something changed. */
void cc_redirect_values(Program *p);
gboolean cc_redirect_calls(Program *p);
/* Those that are still the library's. */
void cc_refuse_callbacks(Program *p);

#endif
