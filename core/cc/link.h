/* The link: one whole program, analysed, instrumented, compiled and linked for every architecture. */
#ifndef PREACHES_CC_LINK_H
#define PREACHES_CC_LINK_H

#include "compile.h"

/* Returns the exit status; errors have been told on standard error. On failure nothing that existed
 * has changed. */
int cc_link_command(const CcBuild *build);
/* -shared: an ordinary native library that carries its texts along. */
int cc_shared_command(const CcBuild *build);
/* What a configure script tries: natively, but "no" where another architecture lacks a library, or where
 * a program that did it would be refused. */
int cc_trial_command(const CcBuild *build);

#endif
