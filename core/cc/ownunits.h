/* Sources of our own that become units of a program which needs them, and are analysed and instrumented like its
 * others: library functions that call the program back (callbacks.h), values taken apart (copied_parts.c). */
#ifndef PREACHES_CC_OWNUNITS_H
#define PREACHES_CC_OWNUNITS_H

#include "ast.h"

typedef enum CcOwnUnit { CC_OWN_CALLBACKS, CC_OWN_PARTS, CC_OWN_UNITS } CcOwnUnit;

/* The unit's name among the program's; it says the kind. -1: a unit of the program's own. */
const char *cc_own_name(CcOwnUnit kind);
int cc_own_kind(const char *name);
/* Does a preprocessed text, or a hints file, ask for it? */
gboolean cc_own_wanted_by_text(CcOwnUnit kind, const char *text);
gboolean cc_own_wanted_by_hints(CcOwnUnit kind, const char *text);
/* The unit's text; the same for all architectures. g_free. */
char *cc_own_text(CcOwnUnit kind, GError **error);
/* Declarations of its functions, which all units begin with. g_free. */
char *cc_own_declarations(CcOwnUnit kind);
/* A unit's declaration of such a function, by its name without "preaches_"; NULL: the program has no such unit. */
Decl *cc_own_function(const Unit *u, const char *name);

#endif
