/* The whole program from a link command's inputs: units in link order, and what else to link. */
#ifndef PREACHES_CC_GATHER_H
#define PREACHES_CC_GATHER_H

#include "compile.h"

typedef struct CcProgram {
    GPtrArray *units;   /* CcTextUnit *, as the linker would lay them out */
    GPtrArray *natives; /* inputs and linker options of a plain native link, in order */
    GPtrArray *libs;    /* what every architecture's link adds: -lm, -Wl,… */
    char *native_only;  /* why there can be no other architectures and no checkpoints, or NULL */
} CcProgram;

/* Compiles sources, reads objects, lets the linker select from archives. NULL after an error, which
 * has been told. */
CcProgram *cc_gather(const CcBuild *build);
void cc_program_free(CcProgram *program);

#endif
