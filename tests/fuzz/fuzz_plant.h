/* A fault for the fuzzer to find: one saved variable of a committed image gets another value, and the
 * image's hashes are made to fit, as if the precompiler had left the variable out. */
#ifndef PREACHES_TESTS_FUZZ_PLANT_H
#define PREACHES_TESTS_FUZZ_PLANT_H

#include <glib.h>

/* Changes the newest image of `arch` in the spool; TRUE when there was an integer to change. */
gboolean fuzz_plant(const char *spool, const char *arch, guint64 seed);

#endif
