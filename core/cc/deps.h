/* Dependency files (-MD, -MMD): what the other architectures' preprocessors read besides. */
#ifndef PREACHES_CC_DEPS_H
#define PREACHES_CC_DEPS_H

#include "driver.h"

/* File that the native compile of `source` into `object` writes its dependencies to, or NULL when none
 * were asked for: g_free. `given`: the options it is called with. */
char *cc_deps_file(const GPtrArray *given, const char *object);
/* Adds to the rule in `file` what the rules in `others` name and it does not. FALSE and error when a
 * file cannot be read or written. */
gboolean cc_deps_merge(const char *file, char *const *others, guint n, gboolean phony, GError **error);

#endif
