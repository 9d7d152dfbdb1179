/* What preaches-cc knows of library functions. Unknown functions are refused. */
#ifndef PREACHES_CC_LIBC_TABLE_H
#define PREACHES_CC_LIBC_TABLE_H

#include <glib.h>

typedef enum LibcRule {
    LIBC_UNKNOWN,
    LIBC_PLAIN,   /* keeps no state that a checkpoint would have to carry */
    LIBC_REPLACED, /* done by the runtime: `with` */
    LIBC_MALLOC, LIBC_CALLOC, LIBC_REALLOC, /* typed allocation, `with` */
    LIBC_REFUSED  /* `with` says why */
} LibcRule;

LibcRule cc_libc_rule(const char *name, const char **with);

#endif
