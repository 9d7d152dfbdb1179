/* Where diagnostics go: "file:line:col: error: message [-Wpreaches-x]" on a stream. */
#ifndef PREACHES_CC_DIAG_H
#define PREACHES_CC_DIAG_H

#include "model.h"
#include <stdio.h>

typedef struct CcConsole {
    CcDiag diag;          /* first: what the source half sees */
    FILE *to;             /* borrowed */
    GHashTable *silenced; /* "preaches-x" of -Wno-preaches-x; borrowed; warnings only */
} CcConsole;

void cc_console_init(CcConsole *console, FILE *to, GHashTable *silenced);

#endif
