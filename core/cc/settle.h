/* Configuration that differs by architecture, while a configure script settled it for one.
 *
 * After preprocessing, macros that name a representation (macros.h) are compared, on each other
 * architecture, with what its own compiler says. Where config.h is right natively and wrong there, it is
 * preprocessed again with the right value when the macro's meaning is well known (SIZEOF_T, ALIGNOF_T,
 * WORDS_BIGENDIAN and the like), and refused when it is only guessed from the name. What the user says
 * counts before all that: --config-for=ARCH:FILE, or PREACHES_CONFIG=DIR with DIR/ARCH.h, files of
 * `#define NAME VALUE` and `#undef NAME`. */
#ifndef PREACHES_CC_SETTLE_H
#define PREACHES_CC_SETTLE_H

#include "compile.h"

/* Takes the -dU lines out of the unit's texts, and preprocesses anew where that must be. `deps`: as
 * given to cc_preprocess_argv(). FALSE when something was refused, which has been told. */
gboolean cc_config_settle(const CcBuild *build, CcTextUnit *unit, const char *source, char *const *deps);

#endif
